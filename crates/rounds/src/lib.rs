//! Rounds: every target in an area is to be reached by a time, pieces are claimed, outcomes recorded, and the missing
//! list is live.
//!
//! What a round must reach is fixed when it opens ([`open`], [`targets`]). What happens at a door is a field record ([`body`]); where a
//! target stands is derived from all records about it, in any order ([`fold`], `standing`, [`projection`]). Taking a piece is one
//! conditional write ([`claim`]).

pub mod api;
pub mod body;
pub mod claim;
pub mod effort;
pub mod facts;
pub mod fold;
pub mod form;
pub mod forms;
pub mod kind;
pub mod migration;
pub mod model;
pub mod open;
pub mod pages;
pub mod projection;
pub mod queries;
pub mod sheet;
mod standing;
pub mod targets;
pub mod work;
pub mod xlsform;

use accounts::{Allow, Routes};
use kit::Role;
use shell::NavItem;
use utoipa_axum::routes;

pub use migration::migrations;
pub use projection::Rounds;

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

const STAFF: Allow = Allow::Roles(Role::STAFF);
const READERS: Allow = Allow::Roles(Role::READERS);

/// This room's entry of the navigation.
pub const NAV: &[NavItem] = &[NavItem {
    key: "round-nav",
    href: "/rounds",
    icon: "<path d='M4 21V8l8-5 8 5v13z'/><path d='M9 12h2M13 12h2M9 16h2M13 16h2'/>",
    roles: Role::READERS,
}];

/// This room's routes.
pub fn routes() -> Routes {
    use pages::{answers, board, forms, missing, needs, new, overview, show, target};
    Routes::new()
        .get("/rounds", READERS, overview::list)
        .get("/rounds/new", STAFF, new::new)
        .post("/rounds/new", STAFF, new::create)
        .get("/rounds/{id}", READERS, show::show)
        .post("/rounds/{id}/close", STAFF, show::close)
        .post("/rounds/{id}/split", STAFF, show::split)
        .post("/rounds/{id}/give", STAFF, show::give)
        .post("/rounds/pieces/{id}/release", STAFF, show::release)
        .get("/rounds/{id}/answers", STAFF, answers::show)
        .get("/rounds/{id}/missing", READERS, missing::list)
        .get("/rounds/{id}/board", READERS, board::show)
        .get("/rounds/{id}/targets/{target}", READERS, target::show)
        .post("/rounds/{id}/targets/{target}", STAFF, target::note)
        .get("/needs", READERS, needs::list)
        .get("/forms", READERS, forms::list)
        .post("/forms", STAFF, forms::create)
        .get("/forms/{id}", READERS, forms::show)
        .post("/forms/{id}/questions", STAFF, forms::add)
        .post("/forms/{id}/questions/{name}/remove", STAFF, forms::remove)
        .api(Allow::SignedIn, routes!(api::list))
        .api(Allow::SignedIn, routes!(api::pieces))
        .api(Allow::SignedIn, routes!(api::show))
        .api(Allow::SignedIn, routes!(api::take))
        .api(Allow::SignedIn, routes!(api::next))
        .api(Allow::SignedIn, routes!(api::give))
}
