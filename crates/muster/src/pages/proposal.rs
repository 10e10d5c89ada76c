//! The proposal: who should stand where, why places stay empty, what each helper bears. Nothing is written
//! until it is accepted.

use std::collections::HashSet;

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{Result, id::HelperId};
use rota::{Assignment, Candidate, Empty, NearMiss, Rule};
use shell::{
    App, ListQuery, Page,
    form::Typed,
    problem::{Answer, Failure},
};

use crate::{
    pages::roster::{self, Asked, Line, day_words},
    plan::{
        self, Pair, Rights, accept,
        load::{self, Loaded},
        propose::{self, Proposal},
        rows::{Load, Wanted},
    },
};

/// Bytes of a form at most: a thousand shifts with twenty names each are about 4 MB.
const MOST: usize = 16 * 1024 * 1024;
/// Helpers in the table of burdens at most.
const MOST_BURDENS: usize = 500;

/// A form with very many fields.
pub struct Large(Typed);

impl<S: Send + Sync> FromRequest<S> for Large {
    type Rejection = Failure;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Self::Rejection> {
        DefaultBodyLimit::max(MOST).apply(&mut request);
        Typed::from_request(request, state).await.map(Self)
    }
}

/// A proposed name with its box.
struct Tick {
    value: String,
    name: String,
    /// The rules it breaks, when people put it there.
    broken: String,
}

/// Why a place is empty, in words.
struct Why {
    places: usize,
    counts: Vec<String>,
    near: Vec<String>,
}

/// A shift of the proposal.
struct Proposed {
    line: Line,
    open: bool,
    ticks: Vec<Tick>,
    choices: Vec<(String, String)>,
    why: Option<Why>,
}

/// What a helper bears, before and with the proposal.
struct Burden {
    helper: HelperId,
    name: String,
    before: Load,
    with: Load,
}

#[derive(Template)]
#[template(path = "proposal.html")]
struct ProposalPage {
    page: Page,
    title: String,
    asked: Asked,
    days: Vec<(String, Vec<Proposed>)>,
    sums: [(String, usize); 3],
    /// Names that people have taken off, carried along.
    barred: Vec<String>,
    burdens: Vec<Burden>,
    helpers: usize,
    more: bool,
    more_helpers: bool,
}

fn value((shift, helper): Pair) -> String {
    format!("{shift}.{helper}")
}

/// Puts rules and names of a proposal into words.
struct Words<'a> {
    page: &'a Page,
    loaded: &'a Loaded,
    proposal: &'a Proposal,
}

impl Words<'_> {
    fn pair(&self, name: &Assignment) -> Pair {
        (
            self.loaded.rows.shifts[name.shift].id,
            self.loaded.helpers[name.helper].id,
        )
    }

    fn join(&self, words: &[String]) -> String {
        words.join(self.page.pick("、", ", "))
    }

    fn rule(&self, rule: Rule) -> String {
        self.page.code("roster-rule", rule.code())
    }

    fn ticks(&self, shift: usize, written: &HashSet<Assignment>) -> Vec<Tick> {
        let first = self.proposal.names.partition_point(|name| name.shift < shift);
        self.proposal.names[first..]
            .iter()
            .take_while(|name| name.shift == shift)
            .filter(|name| !written.contains(name))
            .map(|name| {
                let helper = &self.loaded.helpers[name.helper];
                let broken: Vec<String> = self
                    .proposal
                    .broken
                    .iter()
                    .filter(|it| it.shift == shift && it.helper == Some(name.helper))
                    .map(|it| self.rule(it.rule))
                    .collect();
                Tick {
                    value: value(self.pair(name)),
                    name: helper.name.clone(),
                    broken: self.join(&broken),
                }
            })
            .collect()
    }

    fn choice(&self, shift: usize, candidate: &Candidate) -> (String, String) {
        let helper = candidate.helper;
        let name = &self.loaded.helpers[helper].name;
        let against: Vec<String> = candidate.reasons.iter().map(|rule| self.rule(rule)).collect();
        let words = if against.is_empty() {
            name.clone()
        } else {
            let args = [("name", name.clone()), ("why", self.join(&against))];
            self.page.tn("roster-choice-against", &args)
        };
        (value(self.pair(&Assignment { shift, helper })), words)
    }

    fn why(&self, empty: &Empty) -> Why {
        let page = self.page;
        let counts = empty
            .counts
            .iter()
            .map(|(rule, count)| page.t1(&format!("roster-why-{}", rule.code()), "count", count))
            .collect();
        Why {
            places: empty.places,
            counts,
            near: empty.near.iter().map(|miss| self.near(miss)).collect(),
        }
    }

    /// Somebody whom one rule keeps away: by how much, and because of which shift.
    fn near(&self, miss: &NearMiss) -> String {
        let rules = &self.proposal.plan;
        let mut why = self.rule(miss.rule);
        if miss.by > 0 {
            let args = [
                ("why", why),
                ("hours", (miss.by / 60).to_string()),
                ("minutes", (miss.by % 60).to_string()),
            ];
            why = self.page.tn("roster-near-by", &args);
        }
        let other = miss.other.filter(|other| *other < rules.shifts);
        if let Some(row) = other.map(|other| &self.loaded.rows.shifts[other]) {
            let args = [("why", why), ("time", row.starts_at.minute_text())];
            why = self.page.tn("roster-near-other", &args);
        }
        let name = self.loaded.helpers[miss.helper].name.clone();
        self.page.tn("roster-near", &[("name", name), ("why", why)])
    }

    fn burdens(&self) -> Vec<Burden> {
        let plan = &self.proposal.plan;
        let (before, with) = (plan.burdens(plan.written()), plan.burdens(&self.proposal.names));
        let mut burdens: Vec<Burden> = self
            .loaded
            .helpers
            .iter()
            .zip(before.into_iter().zip(with))
            .map(|(helper, (before, with))| Burden {
                helper: helper.id,
                name: helper.name.clone(),
                before,
                with,
            })
            .collect();
        burdens.retain(|burden| burden.before.minutes > 0 || burden.with.minutes > 0);
        burdens.sort_by_key(|burden| std::cmp::Reverse(burden.with.minutes));
        burdens.truncate(MOST_BURDENS);
        burdens
    }
}

async fn draw(app: &App, actor: &Actor, page: Page, typed: &Typed) -> Result<Response> {
    let (ask, asked) = roster::read(app, actor, &page, typed).await?;
    let Some(ask) = ask else {
        return roster::draw(app, actor, page, typed, None).await;
    };
    let db = app.store.read();
    let rights = Rights::of(actor);
    let found = load::shifts(db, &rights, &ask).await?;
    let loaded = load::rows(db, actor, &rights, &ask, &found, app.now()).await?;

    let mut wanted = wanted(typed);
    let proposal = propose::propose(loaded.rows.clone(), wanted.clone()).await?;
    let words = Words {
        page: &page,
        loaded: &loaded,
        proposal: &proposal,
    };
    let written: HashSet<Assignment> = proposal.plan.written().iter().copied().collect();
    let mut number: std::collections::HashMap<_, usize> =
        found.shifts.iter().map(|shift| shift.id).zip(0..).collect();
    let days: Vec<(String, Vec<Proposed>)> = roster::days(&found)
        .into_iter()
        .map(|(day, lines)| {
            let proposed = lines.into_iter().filter_map(|line| {
                let shift = number.remove(&line.shift.id)?;
                let choices = proposal
                    .choices
                    .get(&shift)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                Some(Proposed {
                    open: proposal.plan.open[shift],
                    ticks: words.ticks(shift, &written),
                    choices: choices.iter().map(|other| words.choice(shift, other)).collect(),
                    why: proposal.empty.get(&shift).map(|empty| words.why(empty)),
                    line,
                })
            });
            (day_words(&page, day), proposed.collect())
        })
        .collect();
    let lines = || days.iter().flat_map(|(_, lines)| lines);
    let sums = [
        (page.t("roster-shifts"), lines().count()),
        (
            page.t("roster-proposed"),
            lines().map(|line| line.ticks.len()).sum(),
        ),
        (
            page.t("roster-still-empty"),
            lines()
                .filter_map(|line| line.why.as_ref())
                .map(|why| why.places)
                .sum(),
        ),
    ];
    wanted.barred.sort_unstable();
    wanted.barred.dedup();
    Page::draw(&ProposalPage {
        title: page.t("roster-proposal"),
        burdens: words.burdens(),
        helpers: loaded.helpers.len(),
        more: found.more,
        more_helpers: loaded.more,
        barred: wanted.barred.into_iter().map(value).collect(),
        days,
        sums,
        asked,
        page,
    })
}

/// What a form wants: names that are ticked or chosen stay; those that were shown and are not ticked are not
/// proposed there again.
fn wanted(typed: &Typed) -> Wanted {
    let mut ticked = plan::pairs(typed, "also");
    ticked.extend(plan::pairs(typed, "name"));
    let kept: HashSet<Pair> = ticked.iter().copied().collect();
    let mut barred = plan::pairs(typed, "not");
    barred.extend(plan::pairs(typed, "shown"));
    barred.retain(|pair| !kept.contains(pair));
    Wanted { ticked, barred }
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    Ok(draw(&app, &actor, page, &roster::typed(&query)).await?)
}

pub async fn again(State(app): State<App>, actor: Actor, page: Page, Large(typed): Large) -> Answer {
    Ok(draw(&app, &actor, page, &typed).await?)
}

pub async fn accept(State(app): State<App>, actor: Actor, page: Page, Large(typed): Large) -> Answer {
    let accepted = accept::accept(&app, &actor, &wanted(&typed).ticked).await?;
    if accepted.refused.is_empty() {
        let (_, asked) = roster::read(&app, &actor, &page, &typed).await?;
        let back = format!("{}&done=roster-accepted", asked.address());
        return Ok(Redirect::to(&back).into_response());
    }
    Ok(roster::draw(&app, &actor, page, &typed, Some(accepted)).await?)
}
