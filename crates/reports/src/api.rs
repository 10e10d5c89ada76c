//! JSON: a report card.

use accounts::Actor;
use axum::{
    Json,
    extract::{RawQuery, State},
};
use kit::{FieldError, Problem};
use serde::Deserialize;
use shell::{
    App,
    form::Typed,
    problem::{Answer, Details},
};
use utoipa::IntoParams;

use crate::{Card, ask};

/// Whose card, and for which days. One of `org`, `place` and `helper` must be there.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the query; it is read like the page's")]
pub struct Query {
    /// Organisation, with all below it: id or exact name.
    org: Option<String>,
    /// Place, with all below it: id or exact name.
    place: Option<String>,
    /// Helper: id or exact name.
    helper: Option<String>,
    /// First day, such as `2020-02-10`; when left out, the first day with work.
    from: Option<String>,
    /// Last day, included; when left out, the last day with work.
    to: Option<String>,
    /// Instead of days: `all`, `today`, `week`, `month`, `this-month`, `last-month`.
    period: Option<String>,
}

/// The report card of an organisation, a place or a helper.
///
/// Staff and auditors see the work done in their places; a coordinator the own organisations' work
/// everywhere; a helper the own work.
#[utoipa::path(
    get,
    path = "/api/reports/card",
    tag = "reports",
    params(Query),
    responses(
        (status = 200, description = "The card", body = Card),
        (status = 401, description = "Not signed in", body = Details),
        (status = 404, description = "No such subject, or none you may see", body = Details),
        (status = 422, description = "A name or a day is wrong; named field by field", body = Details),
    )
)]
pub async fn card(State(app): State<App>, actor: Actor, RawQuery(query): RawQuery) -> Answer<Json<Card>> {
    let typed = Typed::parse(query.as_deref().unwrap_or_default());
    let mut cards = ask::cards(app.store.read(), &actor, &typed, app.now().day()).await?;
    match (cards.pop(), cards.is_empty()) {
        (Some(card), true) => Ok(Json(card)),
        _ => Err(Problem::invalid(vec![FieldError::new("org", "reports-one-at-a-time")]).into()),
    }
}
