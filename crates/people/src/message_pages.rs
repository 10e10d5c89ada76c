//! A helper's messages: the page, and what the browser asks for to show notifications.

use accounts::Actor;
use askama::Template;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Redirect},
};
use kit::{Problem, Result, Timestamp, id::HelperId};
use serde::Serialize;
use shell::{
    App, Page,
    problem::{Answer, Details, Failure},
};
use utoipa::ToSchema;

use crate::{message, model::message::Model};

struct Line {
    text: String,
    href: String,
    at: Timestamp,
    fresh: bool,
}

#[derive(Template)]
#[template(path = "messages.html")]
struct MessagesPage {
    page: Page,
    title: String,
    lines: Vec<Line>,
    fresh: bool,
}

fn words(page: &Page, message: &Model) -> String {
    let args: std::collections::HashMap<String, String> =
        serde_json::from_str(&message.args).unwrap_or_default();
    let args: Vec<(&str, String)> = args
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    page.tn(&message.key, &args)
}

fn helper(actor: &Actor) -> Result<HelperId> {
    actor.helper_id.ok_or_else(Problem::not_found)
}

/// `GET /messages`
pub(crate) async fn show(State(app): State<App>, actor: Actor, page: Page) -> Answer {
    let helper = helper(&actor)?;
    let lines: Vec<Line> = message::told(app.store.read(), helper, app.now())
        .await?
        .into_iter()
        .map(|message| Line {
            text: words(&page, &message),
            fresh: message.read_at.is_none(),
            at: message.due_at,
            href: message.href,
        })
        .collect();
    Ok(Page::draw(&MessagesPage {
        title: page.t("message-title"),
        fresh: lines.iter().any(|line| line.fresh),
        lines,
        page,
    })?)
}

/// `POST /messages/read`
pub(crate) async fn read(State(app): State<App>, actor: Actor) -> Answer {
    let helper = helper(&actor)?;
    let tx = app.store.begin().await?;
    message::read(&tx, helper, app.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to("/messages").into_response())
}

/// A message that the browser may show.
#[derive(Debug, Serialize, ToSchema)]
pub struct Told {
    /// Id; a message is shown once.
    pub id: uuid::Uuid,
    /// In the language of whoever asks.
    pub text: String,
    /// Where a tap on it goes.
    pub href: String,
    /// Since when it may be told.
    #[schema(value_type = String)]
    pub at: Timestamp,
}

/// Messages of whoever is signed in that are not read and still of use, the newest first.
#[utoipa::path(
    get,
    path = "/api/messages",
    tag = "people",
    responses((status = 200, body = Vec<Told>), (status = 401, description = "Not signed in", body = Details))
)]
pub(crate) async fn told(
    State(app): State<App>,
    actor: Actor,
    page: Page,
) -> Result<Json<Vec<Told>>, Failure> {
    let Some(helper) = actor.helper_id else {
        return Ok(Json(Vec::new()));
    };
    let now = app.now();
    let told = message::told(app.store.read(), helper, now).await?;
    Ok(Json(
        told.into_iter()
            .filter(|message| message.read_at.is_none() && message.expires_at > now)
            .map(|message| Told {
                id: message.id.0,
                text: words(&page, &message),
                at: message.due_at,
                href: message.href,
            })
            .collect(),
    ))
}
