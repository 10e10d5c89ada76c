//! The one problem type as an answer: a page for people, RFC 9457 JSON for programs.

use askama::Template;
use axum::{
    Json,
    extract::Request,
    http::{
        HeaderValue, StatusCode,
        header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use kit::{Lang, Problem, problem::code};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, Page, Texts};

/// A [`Problem`] on its way out of a handler; [`Asked`] draws it.
#[derive(Debug)]
pub struct Failure(pub Problem);

impl<E: Into<Problem>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The result of a handler.
pub type Answer<T = Response> = Result<T, Failure>;

#[derive(Clone)]
struct Carried(std::sync::Arc<Problem>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response
            .extensions_mut()
            .insert(Carried(std::sync::Arc::new(self.0)));
        response
    }
}

/// RFC 9457 problem details.
#[derive(Debug, Serialize, ToSchema)]
pub struct Details {
    /// `urn:fangxian:problem:CODE`
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence in the user's language.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// Errors by field, for forms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldDetail>,
}

/// One field's error.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldDetail {
    /// Name of the field.
    pub field: String,
    /// Stable kind.
    pub code: String,
    /// Sentence in the user's language.
    pub detail: String,
}

/// Puts a problem into words.
pub fn details(problem: &Problem, texts: &Texts, lang: Lang) -> Details {
    Details {
        kind: format!("urn:fangxian:problem:{}", problem.code.name),
        title: texts.with(lang, &format!("problem-{}", problem.code.name), &problem.args),
        status: problem.code.status,
        code: problem.code.name.to_owned(),
        errors: problem
            .fields
            .iter()
            .map(|field| FieldDetail {
                field: field.field.to_string(),
                code: field.kind.to_owned(),
                detail: field_text(field, texts, lang),
            })
            .collect(),
    }
}

/// A field's error as a sentence.
pub fn field_text(field: &kit::FieldError, texts: &Texts, lang: Lang) -> String {
    texts.with(lang, &format!("field-{}", field.kind), &field.args)
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    page: Page,
    title: String,
    details: Details,
}

/// How somebody asked, as far as an answer to a problem must know it.
pub(crate) struct Asked {
    /// In a box: every request carries this, and mostly in vain.
    page: Option<Box<Page>>,
    lang: Lang,
}

impl Asked {
    /// Made before the request is gone; a program needs no page.
    pub(crate) fn of(app: &App, request: Request) -> (Self, Request) {
        let (parts, body) = request.into_parts();
        let accepts_page = || {
            let accept = parts.headers.get(ACCEPT).and_then(|v| v.to_str().ok());
            accept.is_some_and(|v| v.contains("text/html"))
        };
        let page = (!parts.uri.path().starts_with("/api/") && accepts_page())
            .then(|| Box::new(Page::of(app, &parts)));
        let lang = crate::http::language(&parts.headers, &CookieJar::from_headers(&parts.headers));
        (Self { page, lang }, Request::from_parts(parts, body))
    }

    /// Turns problems (and bare 404, 405, 413, 415, 422 of the framework) into answers.
    pub(crate) fn shown(self, app: &App, response: Response) -> Response {
        let Self { page, lang } = self;
        let carried = response.extensions().get::<Carried>().cloned();
        let bare = match response.status() {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Some(code::NOT_FOUND),
            StatusCode::PAYLOAD_TOO_LARGE => Some(code::TOO_LARGE),
            StatusCode::BAD_REQUEST
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY => Some(code::MALFORMED),
            StatusCode::INTERNAL_SERVER_ERROR => Some(code::INTERNAL),
            _ => None,
        };
        let problem = match (carried, bare) {
            (Some(Carried(problem)), _) => problem,
            (None, Some(code)) if !has_own_body(&response) => std::sync::Arc::new(Problem::new(code)),
            _ => return response,
        };
        if problem.code.status >= 500 {
            tracing::error!(code = problem.code.name, error = %problem, "request failed");
        }
        let details = details(&problem, &app.texts, lang);
        let status = StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = if let Some(mut page) = page {
            if problem.code == code::SIGNED_OUT {
                let next = serde_urlencoded::to_string([("next", &page.here)]).unwrap_or_default();
                return Redirect::to(&format!("/sign-in?{next}")).into_response();
            }
            // `Viewer` is put in by an inner layer; it returns with the response.
            page.viewer = response
                .extensions()
                .get::<crate::Viewer>()
                .cloned()
                .or(page.viewer);
            let title = page.t("problem-title");
            let page = *page;
            match Page::draw(&ProblemPage { page, title, details }) {
                Ok(drawn) => (status, drawn).into_response(),
                Err(_) => status.into_response(),
            }
        } else {
            let mut json = (status, Json(details)).into_response();
            json.headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
            json
        };
        if let Some(seconds) = problem.retry_after {
            answer
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// A handler that answers an error status with a page of its own (a form with errors) is left alone.
fn has_own_body(response: &Response) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.starts_with("text/html") || v.contains("json") || v.starts_with("application/vnd"))
}
