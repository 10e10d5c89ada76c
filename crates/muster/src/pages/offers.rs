//! The page of what waits for a helper's answer: free places offered, swaps asked for.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    Problem, Result,
    id::{ShiftId, SwapId},
};
use shell::{App, Page, form::Typed, problem::Answer};

use crate::{
    model::roll_call,
    offer::{self, Open},
    roll,
    swap::{self, Wish},
};

#[derive(Template)]
#[template(path = "offers.html")]
struct OffersPage {
    page: Page,
    title: String,
    calls: Vec<roll_call::Model>,
    open: Vec<Open>,
    asked: Vec<Wish>,
    own: Vec<Wish>,
    error: Option<String>,
}

async fn draw(app: &App, actor: &Actor, page: Page, error: Option<String>) -> Result<Response> {
    let me = actor.helper_id.ok_or_else(Problem::not_found)?;
    let (db, now) = (app.store.read(), app.now());
    let (asked, own) = swap::waiting(db, me, now).await?;
    let status = if error.is_some() {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    let drawn = Page::draw(&OffersPage {
        title: page.t("change-offers"),
        calls: roll::asked(db, actor).await?,
        open: offer::open(db, me, now).await?,
        asked,
        own,
        error,
        page,
    })?;
    Ok((status, drawn).into_response())
}

/// `GET /offers`
pub async fn show(State(app): State<App>, actor: Actor, page: Page) -> Answer {
    Ok(draw(&app, &actor, page, None).await?)
}

/// A problem of a wish is a sentence on the page; anything else is a problem.
async fn answered(app: &App, actor: &Actor, page: Page, done: Result<()>, to: &str) -> Answer {
    match done {
        Ok(()) => Ok(Redirect::to(to).into_response()),
        Err(problem) if problem.code.status == 409 => {
            let words = super::sentence(&page, &problem);
            Ok(draw(app, actor, page, Some(words)).await?)
        }
        Err(problem) => Err(problem.into()),
    }
}

/// `POST /offers/{shift}`: takes the place, or says no.
pub async fn answer(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ShiftId>,
    typed: Typed,
) -> Answer {
    let takes = typed.get("answer") == "take";
    let done = offer::answer(&app, &actor, id, takes).await;
    let to = if takes {
        format!("/shifts/{id}?done=muster-assigned")
    } else {
        "/offers?done=change-answered".to_owned()
    };
    answered(&app, &actor, page, done, &to).await
}

/// `POST /swaps/{id}`: agrees, refuses, takes back.
pub async fn swap(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<SwapId>,
    typed: Typed,
) -> Answer {
    let answer = match typed.get("answer").as_str() {
        "agree" => swap::Answer::Agree,
        "withdraw" => swap::Answer::Withdraw,
        _ => swap::Answer::Decline,
    };
    let done = swap::answer(&app, &actor, id, answer).await;
    answered(&app, &actor, page, done, "/offers?done=change-answered").await
}
