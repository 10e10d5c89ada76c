//! Standing on the household's page: who may not go out, who may all the same; set by hand, with a trace.

use accounts::Actor;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kit::{FieldError, Problem, Result, Timestamp, id::HouseholdId, id::ResidentId, time};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    model::{household, resident, standing},
    queries,
    standing::{self as standings, MOST_WHY, Part, Span, Standing},
    view::mend,
};

/// What can be done: its name in the form, which half of the standing, whether something is set.
const ACTS: [(&str, Part, bool); 4] = [
    ("confine", Part::Confined, true),
    ("lift", Part::Confined, false),
    ("permit", Part::Permit, true),
    ("withdraw", Part::Permit, false),
];

/// The standing of the people of a household, one line for each who is not simply free.
pub(crate) async fn lines(
    app: &App,
    page: &Page,
    it: &household::Model,
    residents: &[resident::Model],
) -> Result<Vec<(String, String, String)>> {
    let rows = standing::Entity::find()
        .filter(standing::Column::CommunityId.eq(it.community_id))
        .filter(standing::Column::ResidentId.is_in(residents.iter().map(|one| one.id)))
        .all(app.store.read())
        .await?;
    let now = app.now();
    let until = |span: &Span| match span.until {
        Some(until) => page.t1("people-standing-until", "time", until.minute_text()),
        None => page.t("people-standing-open"),
    };
    let mut lines = Vec::new();
    for row in rows {
        let it = Standing::of(&row);
        let Some(resident) = residents.iter().find(|one| one.id == row.resident_id) else {
            continue;
        };
        for (span, key) in [
            (it.confined, "people-standing-confined"),
            (it.permit, "people-standing-permitted"),
        ] {
            let Some(span) = span.filter(|span| span.until.is_none_or(|until| until > now)) else {
                continue;
            };
            let words = format!("{} {} · {}", page.t(key), until(&span), span.why);
            lines.push((
                format!("/residents/{}", resident.id),
                resident.name.clone(),
                words,
            ));
        }
    }
    Ok(lines)
}

/// The form that changes it.
pub(crate) fn form(page: &Page, id: HouseholdId, residents: &[resident::Model]) -> Form {
    let mut who = vec![(String::new(), page.t("people-standing-all"))];
    who.extend(residents.iter().map(|one| (one.id.to_string(), one.name.clone())));
    let acts = ACTS
        .iter()
        .map(|(act, ..)| ((*act).to_owned(), page.code("people-standing-act", act)))
        .collect();
    Form::new(page, format!("/households/{id}/standing"), "save")
        .field(page, "resident", "people-standing-who", Control::Select(who))
        .required(page, "act", "people-standing-act", Control::Select(acts))
        .field(page, "until", "people-standing-ends", Control::DateTime)
        .field(page, "why", "people-standing-why", Control::Text)
}

fn read(typed: &Typed, now: Timestamp) -> Result<(Option<ResidentId>, Part, Option<Span>)> {
    let mut check = typed.check();
    let act = ACTS.into_iter().find(|(act, ..)| *act == typed.get("act"));
    if act.is_none() {
        check.error(FieldError::new("act", "invalid"));
    }
    let (_, part, sets) = act.unwrap_or(ACTS[0]);
    let resident = check.parse_optional("resident", "unknown");
    let until = check.parse_optional("until", "date").map(|time::Typed(at)| at);
    let why = if sets {
        check.text("why", MOST_WHY)
    } else {
        check.optional("why", MOST_WHY)
    };
    let span = sets.then_some(Span {
        from: now,
        until,
        why,
    });
    check.done((resident, part, span)).map_err(Problem::invalid)
}

/// `POST /households/{id}/standing`
pub(crate) async fn set(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<HouseholdId>,
    typed: Typed,
) -> Answer {
    let done = match read(&typed, app.now()) {
        Ok((resident, part, span)) => standings::by_hand(&app, &actor, id, resident, part, span).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/households/{id}?done=saved")).into_response()),
        Err(problem) => {
            let errors = mend(problem)?;
            let db = app.store.read();
            let it = queries::household(db, &actor.scope(kit::Role::STAFF), id).await?;
            let residents = queries::residents_of(db, it.community_id, id).await?;
            let title = page.t("people-standing");
            Ok(form(&page, id, &residents)
                .fill(&typed)
                .errors(&page, &errors)
                .cancel(&page, &format!("/households/{id}"))
                .answer(page, title)?)
        }
    }
}
