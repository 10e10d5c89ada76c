//! Places: the tree from the provinces down to the staircase, who answers for what, and the import of the
//! official codes.
//!
//! A place's `path` makes a subtree a range of an index; roles, scopes and lists of all rooms rest on it.

pub mod api;
pub mod compounds;
pub mod create;
pub mod edit;
mod forms;
pub mod import;
pub mod merge;
pub mod migration;
pub mod model;
mod pages;
pub mod pinyin;
pub mod plain;
pub mod responsibility;
pub mod search;
pub mod tree;
mod twins;
pub mod typed;

pub use create::{NewPlace, create};
pub use merge::PathUser;
pub use migration::migrations;
pub use model::{PlaceKind, place};

use accounts::{Actor, Allow, Routes, Sessions};
use axum::{Extension, extract::State};
use kit::Role;
use shell::{App, NavItem, form::Typed};
use utoipa_axum::routes;

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

/// This room's entries of the navigation.
pub const NAV: &[NavItem] = &[NavItem {
    key: "places-nav",
    href: "/places",
    icon: r#"<path d="M9 11a3 3 0 1 0 6 0a3 3 0 0 0 -6 0"/><path d="M17.657 16.657l-4.243 4.243a2 2 0 0 1 -2.827 0l-4.244 -4.243a8 8 0 1 1 11.314 0z"/>"#,
    roles: Role::READERS,
}];

/// This room's routes. `users` are the tables of the higher rooms that refer to places, for merging.
pub fn routes(users: &'static [PathUser]) -> Routes {
    let (read, change) = (Allow::Roles(Role::READERS), Allow::Roles(Role::STAFF));
    Routes::new()
        .get("/places", read, pages::list)
        .get("/places/unanswered", read, pages::unanswered)
        .get("/places/duplicates", read, twins::list)
        .get("/places/merge", change, twins::ask)
        .post(
            "/places/merge",
            change,
            move |app: State<App>, actor: Actor, sessions: Option<Extension<Sessions>>, typed: Typed| {
                twins::merge(app, actor, sessions, typed, users)
            },
        )
        .get("/places/{id}", read, pages::show)
        .get("/places/{id}/new", change, forms::new)
        .post("/places/{id}/new", change, forms::create)
        .get("/places/{id}/edit", change, forms::edit)
        .post("/places/{id}/edit", change, forms::save)
        .get("/places/{id}/responsibility", change, forms::answerer)
        .post("/places/{id}/responsibility", change, forms::set_answerer)
        .post(
            "/places/{id}/responsibility/remove",
            change,
            forms::remove_answerer,
        )
        .post("/places/{id}/responsibility/reveal", change, pages::reveal)
        .api(Allow::SignedIn, routes!(api::search))
}
