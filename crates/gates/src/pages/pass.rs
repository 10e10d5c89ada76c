//! One pass: what it is, who went through on it, and what becomes of it.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kit::{FieldError, Problem, Result, Role, Timestamp, id::PassId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shell::{
    App, Cell, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use super::passes::{file, kind, state};
use crate::{
    model::{PassState, pass, passage},
    pass::{change, issue, print},
    queries,
};

/// Passages shown of one pass.
const LAST: u64 = 30;

struct Passed {
    id: kit::id::RecordId,
    at: Timestamp,
    inward: bool,
    go: bool,
    gate: String,
    again: bool,
}

#[derive(Template)]
#[template(path = "pass.html")]
struct PassPage {
    page: Page,
    title: String,
    row: pass::Model,
    state: (String, String),
    kind: String,
    qr: String,
    holders_page: String,
    passed: Vec<Passed>,
    again: usize,
    forms: Vec<(String, Form)>,
}

fn with_reason(page: &Page, id: PassId, action: &str) -> Form {
    Form::new(page, format!("/passes/{id}/{action}"), &format!("pass-{action}")).required(
        page,
        "why",
        "pass-why",
        Control::Text,
    )
}

fn close_forms(page: &Page, id: PassId) -> Vec<(String, Form)> {
    vec![
        (page.t("pass-replace-title"), with_reason(page, id, "replace")),
        (page.t("pass-withdraw-title"), with_reason(page, id, "withdraw")),
        (
            page.t("pass-collect-title"),
            Form::new(page, format!("/passes/{id}/collect"), "pass-collect"),
        ),
    ]
}

/// `GET /passes/{id}`
pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<PassId>) -> Answer {
    let db = app.store.read();
    let row = change::find(db, &actor.scope(Role::READERS), id).await?;
    let place = places::tree::load(db, row.community_id).await?;
    let staff = actor.may(Role::STAFF, &place.path);
    let last = passage::Entity::find()
        .filter(passage::Column::PassId.eq(id))
        .order_by_desc(passage::Column::At)
        .limit(LAST)
        .all(db)
        .await?;
    let gates = places::tree::names(db, last.iter().map(|row| row.gate_id)).await?;
    let again = queries::again(&last);
    let active = row.state == PassState::Active;
    let Cell::Badge(words, colour) = state(&page, &row, app.now()) else {
        return Err(Problem::internal("a state without words").into());
    };
    Ok(Page::draw(&PassPage {
        title: issue::holder(&row).to_owned(),
        state: (words, colour.to_owned()),
        kind: kind(&page, row.kind),
        qr: if active && staff {
            muster::invitation::picture(&issue::signed(&app, &row).await?)?
        } else {
            String::new()
        },
        holders_page: if active && staff {
            format!("/my-pass/{}", app.cipher.decrypt(&row.secret_sealed)?)
        } else {
            String::new()
        },
        again: again.iter().filter(|is| **is).count(),
        passed: last
            .into_iter()
            .zip(again)
            .map(|(row, again)| Passed {
                id: row.id,
                at: row.at,
                inward: row.inward,
                go: row.go,
                gate: gates.get(&row.gate_id).cloned().unwrap_or_default(),
                again,
            })
            .collect(),
        forms: if active && staff {
            close_forms(&page, id)
        } else {
            vec![]
        },
        row,
        page,
    })?)
}

/// `GET /passes/{id}/card.pdf`
pub async fn card(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<PassId>) -> Answer {
    let row = change::find(app.store.read(), &actor.scope(Role::STAFF), id).await?;
    if row.state != PassState::Active {
        return Err(Problem::new(change::PASS_ENDED).into());
    }
    accounts::audit::exported(&app, &actor, "pass.print").await?;
    Ok(file(&page, print::cards(&app, &page, &[row]).await?))
}

/// `POST /passes/{id}/withdraw`
pub async fn withdraw(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<PassId>,
    typed: Typed,
) -> Answer {
    match why(&typed) {
        Ok(why) => {
            change::withdraw(&app, &actor, id, &why).await?;
            Ok(Redirect::to(&format!("/passes/{id}?done=saved")).into_response())
        }
        Err(errors) => again(&page, id, "withdraw", &typed, &errors),
    }
}

/// `POST /passes/{id}/collect`
pub async fn collect(State(app): State<App>, actor: Actor, Path(id): Path<PassId>) -> Answer {
    change::collect(&app, &actor, id).await?;
    Ok(Redirect::to(&format!("/passes/{id}?done=saved")).into_response())
}

/// `POST /passes/{id}/replace`
pub async fn replace(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<PassId>,
    typed: Typed,
) -> Answer {
    match why(&typed) {
        Ok(why) => {
            let new = change::replace(&app, &actor, id, &why).await?;
            Ok(Redirect::to(&format!("/passes/{}?done=saved", new.id)).into_response())
        }
        Err(errors) => again(&page, id, "replace", &typed, &errors),
    }
}

fn why(typed: &Typed) -> Result<String, Vec<FieldError>> {
    let mut check = typed.check();
    let why = check.text("why", 100);
    check.done(why)
}

/// The form with what was typed and what is wrong with it.
fn again(page: &Page, id: PassId, action: &str, typed: &Typed, errors: &[FieldError]) -> Answer {
    let title = page.t(&format!("pass-{action}-title"));
    Ok(with_reason(page, id, action)
        .cancel(page, &format!("/passes/{id}"))
        .fill(typed)
        .errors(page, errors)
        .answer(page.clone(), title)?)
}
