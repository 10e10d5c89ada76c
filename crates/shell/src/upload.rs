//! A form with a file.

use crate::{form::Typed, problem::Failure};
use axum::{
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::StatusCode,
    response::IntoResponse,
};
use kit::{Problem, problem::code};

/// Bytes of a file at most: a roster of 100,000 residents takes about 10 MB.
const MOST: usize = 64 * 1024 * 1024;

/// What came: the fields, and the file (empty when none was chosen).
pub struct Upload {
    /// Fields that are no file.
    pub typed: Typed,
    /// The file.
    pub file: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Failure;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Self::Rejection> {
        DefaultBodyLimit::max(MOST).apply(&mut request);
        let mut form = Multipart::from_request(request, state)
            .await
            .map_err(|_| Problem::new(code::MALFORMED))?;
        let (mut pairs, mut file) = (Vec::new(), Vec::new());
        while let Some(field) = form.next_field().await.map_err(unreadable)? {
            let name = field.name().unwrap_or_default().to_owned();
            if field.file_name().is_some() {
                file = field.bytes().await.map_err(unreadable)?.to_vec();
            } else {
                pairs.push((name, field.text().await.map_err(unreadable)?));
            }
        }
        let typed = Typed::parse(&form_urlencoded(&pairs)?);
        Ok(Self { typed, file })
    }
}

fn unreadable(error: axum::extract::multipart::MultipartError) -> Problem {
    let too_large = error.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE;
    Problem::new(if too_large {
        code::TOO_LARGE
    } else {
        code::MALFORMED
    })
}

fn form_urlencoded(pairs: &[(String, String)]) -> Result<String, Problem> {
    serde_urlencoded::to_string(pairs).map_err(|_| Problem::new(code::MALFORMED))
}
