//! The JSON interface: what a phone at a gate holds, and "may I pass".

use accounts::Actor;
use axum::{
    Extension, Json,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use field::Field;
use kit::{FieldError, Problem, id::PlaceId};
use serde::{Deserialize, Serialize};
use shell::{
    App,
    problem::{Details, Failure},
};
use utoipa::{IntoParams, ToSchema};

use crate::{
    body::{Decision, Direction},
    pass::number,
    roster::{self, Roster},
    scan,
    status::{Memory, Who},
};

/// What a phone at this gate holds. `ETag` and `If-None-Match` spare what has not changed.
#[utoipa::path(
    get,
    path = "/api/gates/{id}/roster",
    tag = "gates",
    params(("id" = uuid::Uuid, Path, description = "The gate's place")),
    responses(
        (status = 200, body = Roster),
        (status = 304, description = "Nothing has changed"),
        (status = 401, description = "Not signed in: the phone forgets what it holds", body = Details),
        (status = 404, description = "No such gate, or none at which you stand now", body = Details),
    )
)]
pub async fn roster(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<PlaceId>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let roster = roster::load(&app, &actor, id).await?;
    let version = roster::version(&roster)?;
    let tag = HeaderValue::from_str(&version).map_err(Problem::internal)?;
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes() || known.as_bytes().ends_with(tag.as_bytes()))
    {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::ETAG, tag)], Json(roster)).into_response())
}

/// Who asks to pass, and where to.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Question {
    /// Id of a pass.
    pass: Option<uuid::Uuid>,
    /// Number of a card.
    number: Option<String>,
    /// A resident.
    resident: Option<uuid::Uuid>,
    /// `in` or `out`.
    #[param(value_type = String)]
    direction: Direction,
}

/// What the gate says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Said {
    /// `go` or `stop`.
    #[schema(value_type = String)]
    pub decision: Decision,
    /// Code of what stands against it; empty when nothing does.
    pub reason: String,
}

/// May this person pass? Temperature, codes and mask are for the guard to see. Answered from memory; a change made on
/// any server counts within a second. Nothing is recorded.
#[utoipa::path(
    get,
    path = "/api/gates/{id}/status",
    tag = "gates",
    params(("id" = uuid::Uuid, Path, description = "The gate's place"), Question),
    responses(
        (status = 200, body = Said),
        (status = 404, description = "No such gate for you, or nobody knows this person there", body = Details),
        (status = 422, description = "Not one of pass, number, resident", body = Details),
    )
)]
pub async fn status(
    State(app): State<App>,
    Extension(memory): Extension<Memory>,
    actor: Actor,
    Path(id): Path<PlaceId>,
    Query(question): Query<Question>,
) -> Result<Json<Said>, Failure> {
    let who = match (question.pass, question.number, question.resident) {
        (Some(pass), None, None) => Who::Pass(pass.into()),
        (None, Some(text), None) => Who::Number(
            number::read(&text)
                .ok_or_else(|| Problem::invalid(vec![FieldError::new("number", "card-number")]))?,
        ),
        (None, None, Some(resident)) => Who::Resident(resident.into()),
        _ => {
            return Err(Failure(Problem::invalid(vec![FieldError::new(
                "pass", "required",
            )])));
        }
    };
    let (decision, reason) = memory.ask(&app, &actor, id, &who, question.direction).await?;
    Ok(Json(Said {
        decision,
        reason: reason.to_owned(),
    }))
}

/// A pass held before a turnstile's scanner.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// UUIDv7 made by the scanner; the same when it asks again about the same person.
    pub id: uuid::Uuid,
    /// The code, as it was read.
    pub code: String,
    /// `in` or `out`.
    #[schema(value_type = String)]
    pub direction: Direction,
    /// Temperature in tenths of a degree, where it is measured.
    #[serde(default)]
    pub temperature: Option<i64>,
}

/// A turnstile's scan: the pass is verified, the gate decides, and the passage is recorded; the answer comes after the
/// commit. Asked again with the same id, it answers what it answered and records nothing.
#[utoipa::path(
    post,
    path = "/api/gates/{id}/scans",
    tag = "gates",
    params(("id" = uuid::Uuid, Path, description = "The gate's place")),
    request_body = Scan,
    responses(
        (status = 200, body = Said),
        (status = 404, description = "No such gate for you", body = Details),
        (status = 503, description = "Nothing can be kept now: do not open", body = Details),
    )
)]
pub async fn scan(
    State(app): State<App>,
    Extension(memory): Extension<Memory>,
    Extension(field): Extension<Field>,
    actor: Actor,
    Path(id): Path<PlaceId>,
    Json(scan): Json<Scan>,
) -> Result<Json<Said>, Failure> {
    Ok(Json(scan::pass(&app, &memory, &field, &actor, id, &scan).await?))
}
