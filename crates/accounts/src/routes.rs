//! Registering routes together with the rule of who may use them.

use std::sync::Arc;

use axum::{
    Router,
    extract::{MatchedPath, Request},
    handler::Handler,
    response::IntoResponse,
    routing::{MethodRouter, get, post},
};
use kit::{Problem, Role, problem::code};
use shell::{App, problem::Failure};
use tower_http::validate_request::ValidateRequestHeaderLayer;
use utoipa_axum::{router::OpenApiRouter, router::UtoipaMethodRouter};

use crate::Actor;

/// Who may use a route at all. At which places is for its handler to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allow {
    /// Everybody, signed in or not.
    Everyone,
    /// Whoever is signed in, those who came in by an invitation's code included: its handler keeps them to their
    /// shift.
    Joined,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever holds one of these roles somewhere.
    Roles(&'static [Role]),
}

impl Allow {
    /// Whether this actor may use the route.
    pub fn admits(self, actor: Option<&Actor>) -> Result<(), Problem> {
        match (self, actor) {
            (Self::Everyone, _) | (Self::Joined, Some(_)) => Ok(()),
            (_, Some(actor)) if actor.only.is_some() => Err(Problem::forbidden()),
            (Self::SignedIn, Some(_)) => Ok(()),
            (Self::Roles(roles), Some(actor)) if actor.has(roles) => Ok(()),
            (_, Some(_)) => Err(Problem::forbidden()),
            (_, None) => Err(Problem::new(code::SIGNED_OUT)),
        }
    }
}

/// A route and its rule, for the access test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `GET` or `POST`.
    pub method: String,
    /// Pattern, such as `/calls/{id}`.
    pub path: String,
    /// Who.
    pub allow: Allow,
}

/// The routes of a room (or of all), each with its rule.
#[derive(Default)]
pub struct Routes {
    router: OpenApiRouter<App>,
    rules: Vec<Rule>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page or file that is read.
    #[must_use]
    pub fn get<H: Handler<T, App>, T: 'static>(self, path: &str, allow: Allow, handler: H) -> Self {
        self.add("GET", path, allow, get(handler))
    }

    /// A form that is sent.
    #[must_use]
    pub fn post<H: Handler<T, App>, T: 'static>(self, path: &str, allow: Allow, handler: H) -> Self {
        self.add("POST", path, allow, post(handler))
    }

    /// A JSON interface described by `#[utoipa::path]`: `.api(allow, routes!(handler))`.
    #[must_use]
    pub fn api(mut self, allow: Allow, (schemas, paths, router): UtoipaMethodRouter<App>) -> Self {
        for (path, item) in &paths.paths {
            for (method, there) in [
                ("GET", item.get.is_some()),
                ("POST", item.post.is_some()),
                ("PUT", item.put.is_some()),
                ("DELETE", item.delete.is_some()),
            ] {
                if there {
                    self.rules.push(Rule {
                        method: method.to_owned(),
                        path: path.clone(),
                        allow,
                    });
                }
            }
        }
        self.router = self.router.routes((schemas, paths, guarded(router, allow)));
        self
    }

    fn add(mut self, method: &str, path: &str, allow: Allow, router: MethodRouter<App>) -> Self {
        self.rules.push(Rule {
            method: method.to_owned(),
            path: path.to_owned(),
            allow,
        });
        self.router = self.router.route(path, guarded(router, allow));
        self
    }

    /// Adds another room's routes.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.rules.extend(other.rules);
        self
    }

    /// The router, the description of the JSON interface, and all rules.
    pub fn finish(self) -> (Router<App>, utoipa::openapi::OpenApi, Vec<Rule>) {
        let (router, api) = self.router.split_for_parts();
        (router, api, self.rules)
    }
}

#[expect(clippy::result_large_err, reason = "the layer wants a whole answer")]
fn guarded(router: MethodRouter<App>, allow: Allow) -> MethodRouter<App> {
    router.layer(ValidateRequestHeaderLayer::custom(
        move |request: &mut Request| {
            let extensions = request.extensions();
            if let Some(route) = extensions.get::<MatchedPath>() {
                tracing::Span::current().record("route", route.as_str());
            }
            let actor = extensions.get::<Arc<Actor>>();
            allow
                .admits(actor.map(Arc::as_ref))
                .map_err(|problem| Failure(problem).into_response())
        },
    ))
}
