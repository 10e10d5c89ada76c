//! `/field`: the page on which a phone checks in and out and counts work. The field app (web/src/field)
//! takes it over; without JavaScript it lists the shifts, whose pages have plain buttons.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderName, header::CONTENT_SECURITY_POLICY},
    response::IntoResponse,
};
use shell::{App, Page, problem::Answer};

use crate::api::{self, Duty};

/// As on other pages, without styles in lines, and with WebAssembly: the decoder of the camera's pictures.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; \
                      object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "field.html")]
struct FieldPage {
    page: Page,
    duty: Duty,
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page) -> Answer {
    let duty = api::load(&app, &actor).await?;
    let drawn = Page::draw(&FieldPage { page, duty })?;
    let headers = [
        // The service worker keeps this page only when it is the real one.
        (HeaderName::from_static("x-fangxian"), "field"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    Ok((headers, drawn).into_response())
}
