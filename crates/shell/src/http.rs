//! What happens around every request: language, foreign pages, headers, problems.

use axum::{
    Router,
    extract::{FromRequestParts, Query, Request},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method,
        header::{ACCEPT_LANGUAGE, CACHE_CONTROL, ORIGIN, REFERER},
        request::Parts,
    },
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use axum_extra::extract::{CookieJar, cookie::Cookie};
use kit::{Lang, Problem, problem::code};
use serde::Deserialize;

use crate::{App, problem::Failure};

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

/// Puts the layers around a finished router: problems become pages or JSON, foreign pages are refused.
pub fn around(router: Router<App>, app: &App) -> Router<App> {
    router
        .layer(from_fn(refuse_foreign))
        .layer(from_fn_with_state(app.clone(), crate::problem::show))
        .layer(from_fn(headers))
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

/// A form sent from another site is refused. Programs send neither header and are let through:
/// they carry a token, not a cookie.
async fn refuse_foreign(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let headers = request.headers();
    let site = headers
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok());
    let foreign = match site {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => match headers
            .get(ORIGIN)
            .or_else(|| headers.get(REFERER))
            .and_then(|v| v.to_str().ok())
        {
            None => false,
            Some(origin) => {
                let host = headers
                    .get("host")
                    .and_then(|v| v.to_str().ok())
                    .unwrap_or_default();
                let named = origin
                    .split("://")
                    .nth(1)
                    .unwrap_or_default()
                    .split('/')
                    .next()
                    .unwrap_or_default();
                named != host
            }
        },
    };
    if foreign {
        Failure(Problem::new(code::FOREIGN_ORIGIN)).into_response()
    } else {
        next.run(request).await
    }
}

const CSP: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                   object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    };
    set("content-security-policy", CSP);
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "same-origin");
    set(
        "permissions-policy",
        "camera=(self), geolocation=(self), microphone=()",
    );
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
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
