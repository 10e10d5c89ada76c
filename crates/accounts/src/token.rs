//! Tokens with which programs ask in a user's name.

use std::time::Duration;

use askama::Template;
use axum::{extract::State, http::HeaderMap};
use kit::{Problem, Result};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};
use uuid::Uuid;

use crate::{
    Actor,
    account::{self, Back, own},
    model::ticket::{self, Kind},
    session, user as users,
};

/// Longest life of a token, in days.
const MOST_DAYS: i64 = 3650;

/// A secret (token, one-time link), shown once.
#[derive(Template)]
#[template(path = "secret.html")]
pub(crate) struct SecretPage {
    /// Page.
    pub page: Page,
    /// Title.
    pub title: String,
    /// What to do with it.
    pub about: String,
    /// The secret.
    pub secret: String,
    /// Where the button below goes.
    pub back: String,
}

/// The form for a new token.
pub(crate) fn form(page: &Page) -> Form {
    Form::new(page, "/account/tokens", "accounts-token-create")
        .required(page, "label", "accounts-token-name", Control::Text)
        .required(page, "days", "accounts-token-days", Control::Number(1, MOST_DAYS))
        .fill(&Typed::default().set("days", 90))
}

/// `POST /account/tokens`: the answer shows the secret, this once.
pub async fn create(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    headers: HeaderMap,
    typed: Typed,
) -> Answer {
    // A token that could make tokens would never end.
    if session::bearer(&headers).is_some() {
        return Err(Problem::forbidden().into());
    }
    let mut check = typed.check();
    let label = check.text("label", 60);
    let days = check.number("days", 1, MOST_DAYS);
    if let Err(errors) = check.done(()) {
        return Ok(account::draw(&app, page, &actor, &headers, Back::Token(&typed, &errors)).await?);
    }
    let lasts = Duration::from_secs(u64::try_from(days).unwrap_or(1) * 24 * 3600);
    let tx = app.store.begin().await?;
    let secret = session::issue(&tx, &app, own(&actor)?, Kind::Token, &label, lasts).await?;
    users::note(&tx, &app, &actor, "token.create", &label).await?;
    tx.commit().await?;
    let until = (app.now() + lasts).minute_text();
    Ok(Page::draw(&SecretPage {
        title: page.t1("accounts-token-made", "name", &label),
        about: page.t1("accounts-token-made-about", "until", until),
        secret,
        back: "/account".to_owned(),
        page,
    })?)
}

/// Revokes one of the actor's own tokens.
pub(crate) async fn revoke(app: &App, actor: &Actor, id: Uuid) -> Result<()> {
    let tx = app.store.begin().await?;
    let token = ticket::Entity::find()
        .filter(ticket::Column::Id.eq(id))
        .filter(ticket::Column::UserId.eq(own(actor)?))
        .filter(ticket::Column::Kind.eq(Kind::Token))
        .one(&tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    ticket::Entity::delete_by_id(token.hash).exec(&tx).await?;
    users::note(&tx, app, actor, "token.revoke", &token.label).await?;
    tx.commit().await?;
    Ok(())
}
