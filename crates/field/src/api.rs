//! `POST /api/field/records`.

use std::sync::Arc;

use accounts::Actor;
use axum::{
    Extension, Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use kit::{Code, Lang, Problem, problem::code};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use shell::{
    App,
    http::Language,
    problem::{Details, Failure},
};
use utoipa::ToSchema;

use crate::{
    Field,
    record::{Answer, LARGEST_REQUEST},
    submit::Outcome,
};

/// The body does not have the hash that its header names: it was cut or altered on its way.
pub const WRONG_DIGEST: Code = Code::new("wrong-digest", 400);

/// The phone holds records of one user while another is signed in; nothing was taken.
pub const OTHER_USER: Code = Code::new("other-user", 409);

#[derive(Deserialize)]
struct Sent<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

/// A batch of records from a phone.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[allow(dead_code, reason = "describes the request")]
pub struct Batch {
    /// At most 500 envelopes, oldest first.
    records: Vec<EnvelopeShape>,
}

/// The envelope of a record. What stands in `body` depends on `kind`; see docs/records.md.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EnvelopeShape {
    /// UUIDv7 made by the phone; the same when the record is sent again.
    id: uuid::Uuid,
    /// Registered kind, such as `attendance.check-in`.
    kind: String,
    /// When it happened, by the phone's clock, RFC 3339.
    at: String,
    /// The shift on which it was done.
    shift: Option<uuid::Uuid>,
    /// What the kind asks for.
    #[schema(value_type = Object)]
    body: serde_json::Value,
}

/// One answer per record, in the order of the request.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Answers {
    /// The answers.
    pub answers: Vec<Answer>,
}

/// Takes records. The answer comes after the commit: what is `accepted` or `duplicate` may be forgotten
/// by the phone, everything else may not. A `Content-Digest` header (RFC 9530, SHA-256) is checked.
#[utoipa::path(
    post,
    path = "/api/field/records",
    tag = "field",
    request_body = Batch,
    responses(
        (status = 200, description = "One answer per record", body = Answers),
        (status = 400, description = "Not readable, or not what its digest names; nothing was taken", body = Details),
        (status = 401, description = "Not signed in", body = Details),
        (status = 413, description = "Larger than 4 MiB; nothing was taken", body = Details),
        (status = 503, description = "Nothing can be kept now; nothing was taken; see Retry-After", body = Details),
    )
)]
pub async fn records(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    Extension(actor): Extension<Arc<Actor>>,
    Language(lang): Language,
    Meant(body): Meant,
) -> Result<Json<Answers>, Failure> {
    let sent: Sent<'_> = serde_json::from_slice(&body).map_err(|e| Problem {
        source: Some(Box::new(e)),
        ..Problem::new(code::MALFORMED)
    })?;
    let outcomes = field.submit(&actor, &sent.records, false).await?;
    let answers = outcomes
        .into_iter()
        .map(|outcome| answer(outcome, &app, lang))
        .collect();
    Ok(Json(Answers { answers }))
}

fn answer(outcome: Outcome, app: &App, lang: Lang) -> Answer {
    Answer {
        id: outcome.id,
        status: outcome.status,
        code: outcome.refusal.map(str::to_owned),
        detail: outcome
            .refusal
            .map(|code| app.texts.get(lang, &format!("record-{code}"))),
    }
}

/// A body that is what its headers name, meant for whoever is signed in.
pub struct Meant(Bytes);

impl FromRequest<App> for Meant {
    type Rejection = Response;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Response> {
        let headers = std::mem::take(request.headers_mut());
        let actor = request.extensions().get::<Arc<Actor>>().cloned();
        let body = Bytes::from_request(request, app)
            .await
            .map_err(IntoResponse::into_response)?;
        check(&headers, actor.as_deref(), &body).map_err(|problem| Failure(problem).into_response())?;
        Ok(Self(body))
    }
}

fn check(headers: &HeaderMap, actor: Option<&Actor>, body: &[u8]) -> Result<(), Problem> {
    if body.len() > LARGEST_REQUEST {
        return Err(Problem::new(code::TOO_LARGE));
    }
    check_digest(headers, body)?;
    match headers.get("x-field-user").and_then(|value| value.to_str().ok()) {
        Some(user) if user.parse().ok() != actor.and_then(|actor| actor.user_id) => {
            Err(Problem::new(OTHER_USER))
        }
        _ => Ok(()),
    }
}

fn check_digest(headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let Some(header) = headers
        .get("content-digest")
        .and_then(|value| value.to_str().ok())
    else {
        return Ok(());
    };
    let named = header
        .split(',')
        .find_map(|part| part.trim().strip_prefix("sha-256=:")?.strip_suffix(':'))
        .and_then(|text| BASE64_STANDARD.decode(text).ok());
    match named {
        Some(named) if named.as_slice() == Sha256::digest(body).as_slice() => Ok(()),
        _ => Err(Problem::new(WRONG_DIGEST)),
    }
}
