//! The context in which a page is drawn: language, who looks, navigation, large type.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{Method, StatusCode, header::REFERER, request::Parts},
    response::{Html, IntoResponse, Response},
};
use axum_extra::extract::CookieJar;
use kit::{Lang, Problem, Result, Role, Timestamp};

use crate::{App, Texts};

/// Who looks at a page; put into the request by `accounts`. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Viewer {
    /// Name on the page.
    pub name: Arc<str>,
    /// Roles held anywhere; navigation shows what one of them may open.
    pub roles: Arc<[Role]>,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct NavItem {
    /// Locale key.
    pub key: &'static str,
    /// Address.
    pub href: &'static str,
    /// Icon: the inside of a 24x24 SVG, stroked.
    pub icon: &'static str,
    /// Roles that see it.
    pub roles: &'static [Role],
}

/// An entry of the navigation on a page.
#[derive(Debug, Clone)]
pub struct NavLink {
    /// Words.
    pub label: String,
    /// Address.
    pub href: &'static str,
    /// Inside of the icon.
    pub icon: &'static str,
    /// Whether the page lies under it.
    pub active: bool,
}

/// What every template has as `page`.
#[derive(Clone)]
pub struct Page {
    /// Language of the page.
    pub lang: Lang,
    /// Who looks, if signed in.
    pub viewer: Option<Viewer>,
    /// Path and query of the request, to come back to.
    pub here: String,
    /// Large type, for old eyes and for the wall.
    pub large: bool,
    /// Demonstration mode.
    pub demo: bool,
    /// A sentence to show once (from `?done=key`).
    pub done: Option<String>,
    /// The moment at which the page was drawn.
    pub now: Timestamp,
    texts: Texts,
    nav: Arc<[crate::NavItem]>,
}

/// The address to come back to: this one, without what is said once; for a form that is drawn again, the
/// page it was sent from.
fn here(parts: &Parts) -> String {
    let address = parts
        .uri
        .path_and_query()
        .map_or("/", axum::http::uri::PathAndQuery::as_str);
    let sent_from = || {
        let referer = parts.headers.get(REFERER)?.to_str().ok()?;
        let (_, rest) = referer.split_once("://")?;
        rest.find('/').map(|at| &rest[at..])
    };
    let address = match parts.method {
        Method::GET | Method::HEAD => address,
        _ => sent_from().unwrap_or(address),
    };
    let Some((path, query)) = address.split_once('?') else {
        return address.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("done="))
        .collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

impl Page {
    /// The page context of a request.
    pub fn of(app: &App, parts: &Parts) -> Self {
        let jar = CookieJar::from_headers(&parts.headers);
        let here = here(parts);
        let lang = crate::http::language(&parts.headers, &jar);
        let done = parts.uri.query().and_then(|query| {
            serde_urlencoded::from_str::<Vec<(String, String)>>(query)
                .ok()?
                .into_iter()
                .find(|(name, _)| name == "done")
                .map(|(_, key)| format!("done-{key}"))
                .filter(|key| app.texts.has(lang, key))
                .map(|key| app.texts.get(lang, &key))
        });
        Self {
            lang,
            viewer: parts.extensions.get::<Viewer>().cloned(),
            here,
            large: jar.get("type").is_some_and(|c| c.value() == "large"),
            demo: app.demo,
            done,
            now: app.now(),
            texts: app.texts.clone(),
            nav: app.nav.clone(),
        }
    }

    /// A page outside a request, for tests and files.
    pub fn plain(texts: Texts, lang: Lang, now: Timestamp) -> Self {
        Self {
            lang,
            viewer: None,
            here: "/".into(),
            large: false,
            demo: false,
            done: None,
            now,
            texts,
            nav: Arc::default(),
        }
    }

    /// A sentence.
    pub fn t(&self, key: &str) -> String {
        self.texts.get(self.lang, key)
    }

    /// A sentence with one argument.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "templates pass references and values alike"
    )]
    pub fn t1(&self, key: &str, name: &str, value: impl ToString) -> String {
        self.texts.with(self.lang, key, &[(name, value.to_string())])
    }

    /// A sentence with arguments.
    pub fn tn(&self, key: &str, args: &[(&str, String)]) -> String {
        self.texts.with(self.lang, key, args)
    }

    /// The sentence of a stable code: `record` and `late` make `record-late`.
    pub fn code(&self, prefix: &str, code: &str) -> String {
        self.t(&format!("{prefix}-{code}"))
    }

    /// Whether a sentence exists.
    pub fn has(&self, key: &str) -> bool {
        self.texts.has(self.lang, key)
    }

    /// The sentences themselves.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// One of two words, by language; for data that carries both.
    pub fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::ZhCn => zh,
            Lang::En if en.is_empty() => zh,
            Lang::En => en,
        }
    }

    /// Navigation for the one who looks.
    pub fn nav(&self) -> Vec<NavLink> {
        let Some(viewer) = &self.viewer else {
            return Vec::new();
        };
        let path = self.here.split('?').next().unwrap_or("/");
        self.nav
            .iter()
            .filter(|item| item.roles.iter().any(|role| viewer.roles.contains(role)))
            .map(|item| NavLink {
                label: self.t(item.key),
                href: item.href,
                icon: item.icon,
                active: path == item.href
                    || (item.href != "/" && path.starts_with(&format!("{}/", item.href))),
            })
            .collect()
    }

    /// Whether the one who looks holds one of these roles somewhere. For showing a button only;
    /// rights are checked where the thing is done.
    pub fn may(&self, roles: &[Role]) -> bool {
        self.viewer
            .as_ref()
            .is_some_and(|viewer| viewer.roles.iter().any(|role| roles.contains(role)))
    }

    /// Draws a template.
    pub fn draw(template: &impl Template) -> Result<Response> {
        Ok(Html(template.render().map_err(Problem::internal)?).into_response())
    }

    /// A drawn page that answers what could not be taken: it shows again what was typed, and why.
    pub fn again(drawn: Response) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, drawn).into_response()
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(app, parts))
    }
}

#[cfg(test)]
mod tests {
    use super::here;

    #[test]
    fn comes_back_to_a_page_that_can_be_opened() {
        let of = |method: &str, uri: &str, from: &str| {
            let request = axum::http::Request::builder()
                .method(method)
                .uri(uri)
                .header("referer", from)
                .body(())
                .unwrap();
            here(&request.into_parts().0)
        };
        assert_eq!(of("GET", "/calls/1?done=saved", "http://x/"), "/calls/1");
        assert_eq!(
            of("GET", "/calls?q=a&done=saved&sort=day", ""),
            "/calls?q=a&sort=day"
        );
        assert_eq!(
            of("POST", "/calls/1/ask", "https://x:8080/calls/1?done=saved"),
            "/calls/1"
        );
        assert_eq!(of("POST", "/calls/new", ""), "/calls/new");
    }
}
