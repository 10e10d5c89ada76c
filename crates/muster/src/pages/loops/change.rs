//! What staff do on a loop's page.

use accounts::Actor;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kit::{
    Day, FieldError, Problem, Result, Role,
    id::{HelperId, LoopEntryId, LoopId},
};
use shell::{App, Page, form::Typed, problem::Answer};

use super::{panels, show};
use crate::{
    loops::{
        self,
        enter::Entering,
        manage::{self, REASON},
        model::closed_loop,
        supply::{self, Supply},
        test::{self, Noted},
        view,
    },
    pages::shift::helper_typed,
};

/// The loop, if the actor arranges the work at its place.
async fn own(app: &App, actor: &Actor, id: LoopId) -> Result<closed_loop::Model> {
    let row = loops::find(app.store.read(), &actor.scope(Role::READERS), id).await?;
    actor.require(Role::STAFF, &row.place_path)?;
    Ok(row)
}

/// Back to the loop after a step; a step that was refused is told at its form, with what was typed.
async fn after(
    (app, actor, page): (&App, &Actor, Page),
    row: closed_loop::Model,
    (panel, typed, done): (&'static str, Typed, &str),
    step: Result<()>,
) -> Answer {
    match step {
        Ok(()) => Ok(Redirect::to(&format!("/loops/{}?done={done}", row.id)).into_response()),
        Err(problem) if matches!(problem.code.status, 409 | 422) => {
            Ok(show::draw(app, actor, page, row, Some((panel, typed, problem))).await?)
        }
        Err(problem) => Err(problem.into()),
    }
}

/// A reason as typed.
fn reason(typed: &Typed) -> Result<String> {
    let mut check = typed.check();
    let reason = check.optional("reason", REASON);
    check.done(reason).map_err(Problem::invalid)
}

pub async fn enter(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<LoopId>,
    typed: Typed,
) -> Answer {
    let row = own(&app, &actor, id).await?;
    let step = match entering(&app, &actor, &row, &typed).await {
        Ok(new) => loops::enter::enter(&app, &actor, &row, &new).await,
        Err(problem) => Err(problem),
    };
    let told = ("enter", typed, "loops-entered");
    after((&app, &actor, page), row, told, step).await
}

/// Who was given a bed, and the rest of the form; all errors at once.
async fn entering(app: &App, actor: &Actor, row: &closed_loop::Model, typed: &Typed) -> Result<Entering> {
    let view = view::load(app.store.read(), row, app.now()).await?;
    let mut errors = Vec::new();
    let mut people: Vec<(HelperId, String, String)> = panels::candidates(app, actor, row, &view)
        .await?
        .iter()
        .map(|helper| {
            let field = panels::bed_field(helper);
            (helper.id, typed.get(&field), field)
        })
        .filter(|(_, bed, _)| !bed.is_empty())
        .collect();
    let other = typed.get("other");
    if !other.is_empty() {
        match helper_typed(app, actor, &other).await? {
            Some(helper) if people.iter().any(|(id, ..)| *id == helper.id) => {
                errors.push(FieldError::new("other", "taken"));
            }
            Some(helper) => people.push((helper.id, typed.get("other_bed"), "other_bed".into())),
            None => errors.push(FieldError::new("other", "unknown")),
        }
    } else if people.is_empty() {
        errors.push(FieldError::new("people", "loop-nobody"));
    }
    match Entering::read(typed, people, app.now()) {
        Ok(new) if errors.is_empty() => Ok(new),
        read => {
            errors.extend(read.err().unwrap_or_default());
            Err(Problem::invalid(errors))
        }
    }
}

pub async fn note_test(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<LoopId>,
    typed: Typed,
) -> Answer {
    let row = own(&app, &actor, id).await?;
    let step = match Noted::read(&typed, row.first_day, app.now()) {
        Ok(new) => test::record(&app, &actor, &row, &new).await,
        Err(errors) => Err(Problem::invalid(errors)),
    };
    after((&app, &actor, page), row, ("test", typed, "loops-tested"), step).await
}

pub async fn leave(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<LoopId>,
    typed: Typed,
) -> Answer {
    let row = own(&app, &actor, id).await?;
    let entries: Vec<LoopEntryId> = typed.all("who").iter().filter_map(|id| id.parse().ok()).collect();
    let step = match reason(&typed) {
        Ok(reason) => loops::leave::leave(&app, &actor, &row, (&entries, &reason)).await,
        Err(problem) => Err(problem),
    };
    after((&app, &actor, page), row, ("leave", typed, "loops-left"), step).await
}

pub async fn set_supply(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<LoopId>,
    typed: Typed,
) -> Answer {
    let row = own(&app, &actor, id).await?;
    let struck = typed.get("remove");
    let step = if struck.is_empty() {
        match Supply::read(&typed) {
            Ok(new) => supply::set(&app, &actor, &row, new).await,
            Err(errors) => Err(Problem::invalid(errors)),
        }
    } else {
        supply::remove(&app, &actor, &row, &struck).await
    };
    after((&app, &actor, page), row, ("supply", typed, "saved"), step).await
}

pub async fn extend(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<LoopId>,
    typed: Typed,
) -> Answer {
    let row = own(&app, &actor, id).await?;
    let mut check = typed.check();
    let end: Day = check.parse("planned_end", "date");
    let step = match check.done(end) {
        Ok(end) => manage::extend(&app, &actor, &row, (end, typed.ticked("off"))).await,
        Err(errors) => Err(Problem::invalid(errors)),
    };
    after(
        (&app, &actor, page),
        row,
        ("extend", typed, "loops-extended"),
        step,
    )
    .await
}

pub async fn end(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<LoopId>,
    typed: Typed,
) -> Answer {
    let row = own(&app, &actor, id).await?;
    let step = match reason(&typed) {
        Ok(reason) => manage::end(&app, &actor, &row, &reason).await,
        Err(problem) => Err(problem),
    };
    after((&app, &actor, page), row, ("end", typed, "loops-ended"), step).await
}
