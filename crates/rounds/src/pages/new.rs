//! Opening a round.

use std::time::Duration;

use accounts::Actor;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use kit::{FieldError, Role, id::PlaceId, problem::code, time};
use places::place;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Form, ListQuery, Page,
    form::{Control, Typed},
    problem::Answer,
};
use store::Scope;

use crate::{
    forms,
    kind::{Only, Outcome, Reach, RoundKind},
    open::{self, AGAIN_HOURS, HOLD_MINUTES, Wish},
    targets::MOST_PARTS,
};

/// Hours until the deadline, where nobody says otherwise.
const DEADLINE: Duration = Duration::from_secs(24 * 3600);

fn form(page: &Page, forms: &[crate::model::form::Model]) -> Form {
    let mut asked = vec![(String::new(), page.t("round-form-none"))];
    asked.extend(forms.iter().map(|form| (form.id.to_string(), form.name.clone())));
    let repeats = open::REPEATS
        .into_iter()
        .map(|hours| (hours.to_string(), page.t(&format!("round-repeat-{hours}"))))
        .collect();
    let words = |prefix: &str, names: Vec<&'static str>| {
        names
            .into_iter()
            .map(|name| (name.to_owned(), page.code(prefix, name)))
            .collect::<Vec<_>>()
    };
    let kinds = words(
        "round-kind",
        RoundKind::ALL.iter().map(|one| one.name()).collect(),
    );
    let reach = words("round-reach", Reach::ALL.iter().map(|one| one.name()).collect());
    let which = words("round-which", Only::ALL.iter().map(|one| one.name()).collect());
    let finals = words(
        "round-outcome",
        Outcome::ALL.iter().map(|one| one.name()).collect(),
    );
    Form::new(page, "/rounds/new", "round-open")
        .required(page, "name", "round-name", Control::Text)
        .required(page, "place", "round-place", Control::Text)
        .required(page, "kind", "round-kind", Control::Select(kinds))
        .required(page, "reach", "round-reach", Control::Select(reach))
        .required(page, "which", "round-which", Control::Select(which))
        .field(page, "since", "round-since", Control::Date)
        .field(page, "parts", "round-parts", Control::Area)
        .field(page, "form", "round-form", Control::Select(asked))
        .required(page, "deadline", "round-deadline", Control::DateTime)
        .field(page, "finals", "round-final-outcomes", Control::Checks(finals))
        .required(page, "repeat", "round-repeat", Control::Select(repeats))
        .required(page, "again_hours", "round-again", Control::Number(1, 72))
        .required(page, "hold_minutes", "round-hold", Control::Number(10, 1_440))
        .cancel(page, "/rounds")
}

/// `GET /rounds/new`, with `?place=`.
pub async fn new(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let forms = forms::all(app.store.read()).await?;
    let mut place = query.filter("place");
    // Whoever works for one place only need not name it.
    if let (true, Scope::Within(paths)) = (place.is_empty(), actor.scope(Role::STAFF))
        && let [path] = paths.as_slice()
        && let Some(only) = place::Entity::find()
            .filter(place::Column::Path.eq(path.as_str()))
            .one(app.store.read())
            .await?
    {
        place = places::tree::full_name(app.store.read(), &only).await?;
    }
    let typed = Typed::default()
        .set("place", place)
        .set("kind", RoundKind::Letter.name())
        .set("reach", Reach::Households.name())
        .set("which", Only::All.name())
        .set("deadline", time::Typed(page.now + DEADLINE))
        .set("repeat", 0)
        .set("again_hours", AGAIN_HOURS)
        .set("hold_minutes", HOLD_MINUTES);
    let title = page.t("round-new");
    Ok(form(&page, &forms).fill(&typed).answer(page, title)?)
}

/// The places that the lines of a field name; the inner error is the first that names none, or several.
async fn parts(app: &App, actor: &Actor, text: &str) -> kit::Result<Result<Vec<PlaceId>, String>> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        // One more than there may be is looked at, so that too many are told.
        if found.len() > MOST_PARTS {
            break;
        }
        let name: String = line.chars().take(100).collect();
        match places::typed::place(app.store.read(), &actor.scope(Role::STAFF), &name).await? {
            Ok(Some(place)) => found.push(place.id),
            _ => return Ok(Err(name)),
        }
    }
    Ok(Ok(found))
}

/// `POST /rounds/new`
pub async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let place =
        places::typed::place(app.store.read(), &actor.scope(Role::STAFF), &typed.get("place")).await?;
    let mut check = typed.check();
    let name = check.text("name", 60);
    let kind = RoundKind::of(&check.text("kind", 20));
    let reach = Reach::of(&check.text("reach", 20));
    let which = Only::of(&check.text("which", 20));
    for (field, known) in [
        ("kind", kind.is_some()),
        ("reach", reach.is_some()),
        ("which", which.is_some()),
    ] {
        if !known && !typed.get(field).is_empty() {
            check.error(FieldError::new(field, "invalid"));
        }
    }
    let since = check.parse_optional("since", "date");
    let asked = check.parse_optional("form", "unknown");
    let deadline = check.parse::<time::Typed>("deadline", "date").0;
    let repeat_hours = if typed.get("repeat").is_empty() {
        0
    } else {
        check.number("repeat", 0, 72)
    };
    if !open::REPEATS.contains(&repeat_hours) {
        check.error(FieldError::new("repeat", "invalid"));
    }
    let again_hours = check.number("again_hours", 1, 72);
    let hold_minutes = check.number("hold_minutes", 10, 1_440);
    if !check.text("place", 100).is_empty() && !matches!(place, Ok(Some(_))) {
        check.error(FieldError::new(
            "place",
            place.as_ref().err().copied().unwrap_or("unknown"),
        ));
    }
    let parts = parts(&app, &actor, typed.raw("parts")).await?;
    if let Err(name) = &parts {
        check.error(FieldError::new("parts", "round-part-unknown").with("name", name));
    }
    let finals: Vec<Outcome> = typed
        .all("finals")
        .iter()
        .filter_map(|name| Outcome::of(name))
        .collect();
    let errors = match (check.done(()), place, kind, reach, which) {
        (Ok(()), Ok(Some(place)), Some(kind), Some(reach), Some(which)) => {
            let wish = Wish {
                place: place.id,
                name,
                kind,
                reach,
                which,
                since,
                parts: parts.unwrap_or_default(),
                finals,
                deadline,
                again_hours,
                hold_minutes,
                form: asked,
                repeat_hours,
            };
            match open::open(&app, &actor, &wish).await {
                Ok(row) => return Ok(Redirect::to(&format!("/rounds/{}?done=saved", row.id)).into_response()),
                Err(problem) if problem.code == code::INVALID => problem.fields,
                Err(problem) => return Err(problem.into()),
            }
        }
        (checked, ..) => checked.err().unwrap_or_default(),
    };
    let title = page.t("round-new");
    let forms = forms::all(app.store.read()).await?;
    Ok(form(&page, &forms)
        .fill(&typed)
        .errors(&page, &errors)
        .answer(page, title)?)
}
