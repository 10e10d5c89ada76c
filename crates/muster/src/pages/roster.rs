//! The roster of some days: who stands where, what is empty. Made to be printed.

use std::collections::BTreeMap;

use accounts::Actor;
use askama::Template;
use axum::{extract::State, response::Response};
use kit::{Day, FieldError, Result, Role, id::HelperId};
use shell::{App, ListQuery, Page, form::Typed, problem::Answer};

use crate::{
    model::shift,
    pages::place_typed,
    plan::{
        Ask, Rights,
        accept::Accepted,
        load::{self, Shifts},
    },
};

/// The days and the place as typed, with what is wrong.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Place.
    pub place: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    errors: Vec<(String, String)>,
}

impl Asked {
    /// What is wrong with a field.
    pub fn error(&self, name: &str) -> Option<&str> {
        let found = self.errors.iter().find(|(field, _)| field == name);
        found.map(|(_, words)| words.as_str())
    }

    /// The address of the roster that was asked for.
    pub fn address(&self) -> String {
        let fields = [("place", &self.place), ("from", &self.from), ("to", &self.to)];
        let typed = |text: &str| -> String {
            text.bytes()
                .map(|byte| match byte {
                    b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' => char::from(byte).to_string(),
                    _ => format!("%{byte:02X}"),
                })
                .collect()
        };
        let pairs: Vec<String> = fields
            .into_iter()
            .map(|(name, text)| format!("{name}={}", typed(text)))
            .collect();
        format!("/roster?{}", pairs.join("&"))
    }
}

/// The three fields of a query.
pub fn typed(query: &ListQuery) -> Typed {
    ["place", "from", "to"]
        .into_iter()
        .fold(Typed::default(), |typed, name| {
            typed.set(name, query.filter(name))
        })
}

/// Reads what is asked for. The first is `None` when something is wrong with it.
pub async fn read(app: &App, actor: &Actor, page: &Page, typed: &Typed) -> Result<(Option<Ask>, Asked)> {
    let arrangers: Vec<Role> = [Role::STAFF, &[Role::Coordinator]].concat();
    let text = typed.get("place");
    let place = if text.chars().count() > 100 {
        None
    } else {
        place_typed(app.store.read(), &actor.scope(&arrangers), &text).await?
    };
    let mut asked = Asked {
        place: text,
        from: typed.get("from"),
        to: typed.get("to"),
        errors: Vec::new(),
    };
    match Ask::read(typed, place, app.now().day()) {
        Ok(ask) => {
            asked.from = ask.from.to_string();
            asked.to = ask.to.to_string();
            Ok((Some(ask), asked))
        }
        Err(errors) => {
            let words = |error: &FieldError| shell::problem::field_text(error, page.texts(), page.lang);
            asked.errors = errors
                .iter()
                .map(|error| (error.field.to_string(), words(error)))
                .collect();
            Ok((None, asked))
        }
    }
}

/// A shift in words.
pub struct Line {
    pub shift: shift::Model,
    pub post: String,
    pub place: String,
    pub names: Vec<(HelperId, String)>,
    pub hidden: i64,
}

impl Line {
    /// Places that nobody has.
    pub fn empty(&self) -> i64 {
        (self.shift.needed - self.shift.filled).max(0)
    }
}

/// Shifts in words, by day.
pub fn days(found: &Shifts) -> BTreeMap<Day, Vec<Line>> {
    let mut days: BTreeMap<Day, Vec<Line>> = BTreeMap::new();
    for shift in &found.shifts {
        let post = found.posts.get(&shift.post_id);
        let names = found.names.get(&shift.id).map(Vec::as_slice).unwrap_or_default();
        days.entry(shift.day).or_default().push(Line {
            post: post.map(|post| post.name.clone()).unwrap_or_default(),
            place: found.spots.get(&shift.post_id).cloned().unwrap_or_default(),
            names: names
                .iter()
                .map(|helper| (*helper, found.words.get(helper).cloned().unwrap_or_default()))
                .collect(),
            hidden: found.hidden.get(&shift.id).copied().unwrap_or(0),
            shift: shift.clone(),
        });
    }
    for lines in days.values_mut() {
        // As one reads a plan on the wall: a post's shifts one below the other.
        lines.sort_by(|a, b| {
            (&a.place, &a.post, a.shift.starts_at, a.shift.id).cmp(&(
                &b.place,
                &b.post,
                b.shift.starts_at,
                b.shift.id,
            ))
        });
    }
    days
}

/// A day with its weekday in words.
pub fn day_words(page: &Page, day: Day) -> String {
    let weekday = day.0.weekday().to_monday_one_offset();
    format!("{day} {}", page.t(&format!("muster-weekday-{weekday}")))
}

/// A word for what could not be written.
struct Refused {
    when: String,
    name: String,
    why: String,
}

#[derive(Template)]
#[template(path = "roster.html")]
struct RosterPage {
    page: Page,
    title: String,
    asked: Asked,
    wrong: bool,
    days: Vec<(String, i64, Vec<Line>)>,
    sums: [(String, i64); 4],
    more: bool,
    written: Option<usize>,
    refused: Vec<Refused>,
}

/// Draws the roster; after names were accepted, with what became of them.
pub async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    typed: &Typed,
    accepted: Option<Accepted>,
) -> Result<Response> {
    let (ask, asked) = read(app, actor, &page, typed).await?;
    let found = match &ask {
        Some(ask) => load::shifts(app.store.read(), &Rights::of(actor), ask).await?,
        None => Shifts::default(),
    };
    let sum = |of: &dyn Fn(&shift::Model) -> i64| found.shifts.iter().map(of).sum::<i64>();
    let sums = [
        (page.t("roster-shifts"), sum(&|_| 1)),
        (page.t("roster-places"), sum(&|shift| shift.needed)),
        (page.t("roster-names"), sum(&|shift| shift.filled)),
        (
            page.t("roster-empty"),
            sum(&|shift| (shift.needed - shift.filled).max(0)),
        ),
    ];
    let days = days(&found)
        .into_iter()
        .map(|(day, lines)| {
            let empty = lines.iter().map(Line::empty).sum();
            (day_words(&page, day), empty, lines)
        })
        .collect();
    let written = accepted.as_ref().map(|accepted| accepted.written);
    let refused = accepted
        .map(|accepted| accepted.refused)
        .unwrap_or_default()
        .into_iter()
        .map(|(when, name, code)| Refused {
            when: when.minute_text(),
            name,
            why: page.code("problem", code),
        })
        .collect();
    let wrong = ask.is_none();
    let drawn = Page::draw(&RosterPage {
        title: page.t("roster-title"),
        more: found.more,
        page,
        asked,
        wrong,
        days,
        sums,
        written,
        refused,
    })?;
    Ok(if wrong { Page::again(drawn) } else { drawn })
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    Ok(draw(&app, &actor, page, &typed(&query), None).await?)
}
