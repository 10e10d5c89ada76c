//! `/field`: the page on which a phone checks in and out and counts work. The field app (web/src/field)
//! takes it over; without JavaScript it lists the shifts, whose pages have plain buttons.

use accounts::Actor;
use askama::Template;
use axum::{extract::State, http::HeaderName, response::IntoResponse};
use shell::{App, Page, problem::Answer};

use crate::api::{self, Duty};

#[derive(Template)]
#[template(path = "field.html")]
struct FieldPage {
    page: Page,
    duty: Duty,
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page) -> Answer {
    let duty = api::load(&app, &actor).await?;
    let drawn = Page::draw(&FieldPage { page, duty })?;
    // The service worker keeps this page only when it is the real one.
    Ok(([(HeaderName::from_static("x-fangxian"), "field")], drawn).into_response())
}
