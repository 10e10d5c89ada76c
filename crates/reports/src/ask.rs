//! What is asked for: whose cards, and for which days. The same for the page, the files, the JSON
//! interface and the command line.

use accounts::Actor;
use kit::{Day, FieldError, Problem, Result, Role, problem::code};
use people::model::{helper, org};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shell::form::Typed;
use uuid::Uuid;

use crate::{
    Card, Subject, access,
    access::View,
    actual, card,
    period::{self, Period},
};

/// Cards side by side at most.
pub const MOST: usize = 8;
/// Longest name that is looked for.
const LONGEST: usize = 100;
/// Helpers of one name that are looked at.
const NAMESAKES: u64 = 30;

/// What a subject is looked for among.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Organisations.
    Org,
    /// Helpers.
    Helper,
    /// Places.
    Place,
}

impl Kind {
    /// In the order of the form.
    pub const ALL: [Self; 3] = [Self::Org, Self::Place, Self::Helper];

    /// `org`, `helper` or `place`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Org => "org",
            Self::Helper => "helper",
            Self::Place => "place",
        }
    }

    const fn subject(self, id: Uuid) -> Subject {
        match self {
            Self::Org => Subject::Org(kit::id::OrgId(id)),
            Self::Helper => Subject::Helper(kit::id::HelperId(id)),
            Self::Place => Subject::Place(kit::id::PlaceId(id)),
        }
    }
}

/// One of several of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Which.
    pub subject: Subject,
    /// Its name with what it belongs to.
    pub words: String,
}

/// What came of a question.
#[derive(Debug)]
pub(crate) enum Asked {
    /// The cards, for the same days.
    Cards(Vec<Card>),
    /// Several are called so: choose.
    Choose(Kind, Vec<Choice>),
    /// The form has errors.
    Wrong(Vec<FieldError>),
}

/// Answers a query string (or form) with `org`, `place` or `helper` (ids or exact names), `from`, `to`, `period`.
pub(crate) async fn ask(
    db: &impl ConnectionTrait,
    actor: &Actor,
    typed: &Typed,
    today: Day,
) -> Result<Asked> {
    let (period, mut errors) = period::read(typed);
    let (kind, wanted) = match wanted(typed) {
        Ok(wanted) => wanted,
        Err(error) => {
            errors.insert(0, error);
            return Ok(Asked::Wrong(errors));
        }
    };
    let mut views: Vec<View> = Vec::new();
    for text in &wanted {
        match find(db, actor, kind, text).await? {
            Found::One(view) if views.iter().any(|other| other.subject == view.subject) => {}
            Found::One(view) => views.push(*view),
            Found::Several(choices) => return Ok(Asked::Choose(kind, choices)),
            Found::None => {
                errors.insert(
                    0,
                    FieldError::new(kind.name(), "reports-unknown").with("name", text),
                );
                return Ok(Asked::Wrong(errors));
            }
        }
    }
    let Some(period) = period.filter(|_| errors.is_empty()) else {
        return Ok(Asked::Wrong(errors));
    };
    let (from, to) = match days(db, &views, period, today).await? {
        Ok(days) => days,
        Err(error) => return Ok(Asked::Wrong(vec![error])),
    };
    let mut cards = Vec::with_capacity(views.len());
    for view in &views {
        cards.push(card::of_view(db, view, from, to).await?);
    }
    Ok(Asked::Cards(cards))
}

/// The days of a period; "all" is from the first to the last day with work of any of the subjects.
async fn days(
    db: &impl ConnectionTrait,
    views: &[View],
    period: Period,
    today: Day,
) -> Result<Result<(Day, Day), FieldError>> {
    let mut span = None;
    if period.needs_span() {
        for view in views {
            span = match (span, actual::span(db, view).await?) {
                (Some((a, b)), Some((c, d))) => Some((Day::min(a, c), Day::max(b, d))),
                (one, other) => one.or(other),
            };
        }
    }
    Ok(period.days(span, today))
}

/// The kind of subject asked for and what was typed, id or name, one or several.
fn wanted(typed: &Typed) -> Result<(Kind, Vec<String>), FieldError> {
    let filled: Vec<(Kind, Vec<String>)> = Kind::ALL
        .into_iter()
        .map(|kind| (kind, names(typed, kind)))
        .filter(|(_, names)| !names.is_empty())
        .collect();
    let [(kind, names)] = filled.as_slice() else {
        let (field, error) = match filled.get(1) {
            None => ("org", "reports-no-subject"),
            Some((second, _)) => (second.name(), "reports-one-subject"),
        };
        return Err(FieldError::new(field, error));
    };
    if names.iter().any(|name| name.chars().count() > LONGEST) {
        return Err(FieldError::new(kind.name(), "too-long").with("most", LONGEST));
    }
    if names.len() > MOST {
        return Err(FieldError::new(kind.name(), "reports-too-many").with("most", MOST));
    }
    Ok((*kind, names.clone()))
}

/// Only organisations stand side by side; their names are parted by commas of either language.
fn names(typed: &Typed, kind: Kind) -> Vec<String> {
    let all = typed.all(kind.name());
    if kind == Kind::Org {
        all.iter()
            .flat_map(|text| text.split(['、', '，', ',', ';', '；', '\n']))
            .map(kit::text::tidy)
            .filter(|name| !name.is_empty())
            .collect()
    } else {
        // A name may itself hold a comma.
        let whole = typed.get(kind.name());
        if whole.is_empty() { Vec::new() } else { vec![whole] }
    }
}

enum Found {
    One(Box<View>),
    Several(Vec<Choice>),
    None,
}

/// Looks for a subject by id or exact name among those the actor may see.
async fn find(db: &impl ConnectionTrait, actor: &Actor, kind: Kind, text: &str) -> Result<Found> {
    if let Ok(id) = text.parse::<Uuid>() {
        return Ok(Found::One(Box::new(
            access::view(db, actor, kind.subject(id)).await?,
        )));
    }
    let ids: Vec<Uuid> = match kind {
        Kind::Org => org::Entity::find()
            .filter(org::Column::Name.eq(text))
            .all(db)
            .await?
            .into_iter()
            .map(|org| org.id.0)
            .collect(),
        Kind::Place => access::places_named(db, actor, text)
            .await?
            .into_iter()
            .map(|place| place.id.0)
            .collect(),
        Kind::Helper => helper::Entity::find()
            .filter(helper::Column::Name.eq(text))
            .order_by_asc(helper::Column::Id)
            .limit(NAMESAKES)
            .all(db)
            .await?
            .into_iter()
            .map(|helper| helper.id.0)
            .collect(),
    };
    let mut views: Vec<View> = Vec::new();
    for id in ids {
        match access::view(db, actor, kind.subject(id)).await {
            Ok(view) => views.push(view),
            Err(problem) if problem.code == code::NOT_FOUND => {}
            Err(problem) => return Err(problem),
        }
    }
    match views.len() {
        // Who may see only their own must not learn which other names exist.
        0 if !actor.has(Role::READERS) => Err(Problem::not_found()),
        0 => Ok(Found::None),
        1 => Ok(views.pop().map_or(Found::None, |view| Found::One(Box::new(view)))),
        _ => Ok(Found::Several(
            views
                .into_iter()
                .map(|view| Choice {
                    subject: view.subject,
                    words: if view.belongs.is_empty() {
                        view.name
                    } else {
                        format!("{} ({})", view.name, view.belongs)
                    },
                })
                .collect(),
        )),
    }
}

/// The cards, or everything else as a problem: for JSON, files and the command line, where nobody can choose.
pub(crate) async fn cards(
    db: &impl ConnectionTrait,
    actor: &Actor,
    typed: &Typed,
    today: Day,
) -> Result<Vec<Card>> {
    match ask(db, actor, typed, today).await? {
        Asked::Cards(cards) => Ok(cards),
        Asked::Wrong(errors) => Err(Problem::invalid(errors)),
        Asked::Choose(kind, choices) => {
            let words: Vec<String> = choices
                .iter()
                .map(|choice| format!("{} {}", choice.words, choice.subject.id()))
                .collect();
            let error = FieldError::new(kind.name(), "reports-several").with("choices", words.join("; "));
            Err(Problem::invalid(vec![error]))
        }
    }
}
