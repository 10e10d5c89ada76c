//! What happens around every request: language, foreign pages, headers, problems.

use axum::{
    Router,
    extract::{FromRequestParts, Query, Request},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method,
        header::{
            ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERER,
            REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        },
        request::Parts,
    },
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use axum_extra::extract::{CookieJar, cookie::Cookie};
use kit::{Lang, Problem, problem::code};
use serde::Deserialize;

use crate::{
    App,
    problem::{Asked, Failure},
};

/// The language of a request: the cookie's, else the browser's, else Chinese.
pub fn language(headers: &HeaderMap, jar: &CookieJar) -> Lang {
    jar.get("lang")
        .and_then(|cookie| Lang::from_tag(cookie.value()))
        .or_else(|| {
            headers
                .get(ACCEPT_LANGUAGE)?
                .to_str()
                .ok()
                .and_then(Lang::from_header)
        })
        .unwrap_or_default()
}

/// The language of a request, for handlers that draw no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language(pub Lang);

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let jar = CookieJar::from_headers(&parts.headers);
        Ok(Self(language(&parts.headers, &jar)))
    }
}

/// This room's routes: static files and the two switches. Open to everybody.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/language", get(set_language))
        .route("/settings/type", get(set_type))
        .merge(crate::assets::routes())
}

/// What is around every route: foreign pages are refused, problems become pages or JSON, and every answer has its headers.
/// Not a layer: each would be another box on the way of every record.
pub async fn around(app: &App, request: Request, inner: impl AsyncFnOnce(Request) -> Response) -> Response {
    let (asked, request) = Asked::of(app, request);
    let answer = if foreign(&request) {
        Failure(Problem::new(code::FOREIGN_ORIGIN)).into_response()
    } else {
        inner(request).await
    };
    headers(asked.shown(app, answer))
}

#[derive(Debug, Deserialize)]
struct Switch {
    to: String,
    #[serde(default)]
    back: String,
}

async fn set_language(jar: CookieJar, Query(switch): Query<Switch>) -> Response {
    let lang = Lang::from_tag(&switch.to).unwrap_or_default();
    (
        jar.add(lasting("lang", lang.tag().to_owned())),
        Redirect::to(local(&switch.back)),
    )
        .into_response()
}

async fn set_type(jar: CookieJar, Query(switch): Query<Switch>) -> Response {
    let size = if switch.to == "large" { "large" } else { "normal" };
    (
        jar.add(lasting("type", size.to_owned())),
        Redirect::to(local(&switch.back)),
    )
        .into_response()
}

fn lasting(name: &'static str, value: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(name, value);
    cookie.set_path("/");
    cookie.make_permanent();
    cookie.set_same_site(axum_extra::extract::cookie::SameSite::Lax);
    cookie
}

/// An address on this server, or `/`: never a redirect to somewhere else.
pub fn local(address: &str) -> &str {
    let safe =
        address.starts_with('/') && !address.starts_with("//") && !address.contains(['\\', '\r', '\n']);
    if safe { address } else { "/" }
}

/// Whether a form was sent from another site. Programs send neither header and are let through: they carry a token, not a
/// cookie.
fn foreign(request: &Request) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return !matches!(site, "same-origin" | "none");
    }
    text(ORIGIN).or_else(|| text(REFERER)).is_some_and(|origin| {
        let named = origin.split("://").nth(1).unwrap_or_default().split('/').next();
        named != Some(text(HOST).unwrap_or_default())
    })
}

/// On every answer, unless it has its own.
const ALWAYS: [(HeaderName, HeaderValue); 2] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// On what a browser may show; JSON it hands to a program.
const SHOWN: [(HeaderName, HeaderValue); 3] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(self), geolocation=(self), microphone=()"),
    ),
];

fn headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().ends_with(b"json"));
    let shown = (!json).then_some(SHOWN).into_iter().flatten();
    for (name, value) in ALWAYS.into_iter().chain(shown) {
        headers.entry(name).or_insert(value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn redirects_stay_here() {
        assert_eq!(local("/calls?q=1"), "/calls?q=1");
        for elsewhere in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "calls",
        ] {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
    }
}
