//! Sampling: a round whose targets are people. Sites and lanes from a plan, samples into tubes, boxes handed over, results.
//!
//! A sample is a field record ([`body`]); tubes are derived from their samples and seals ([`projection`]), and whoever was
//! sampled is done with on the round. Buildings are called one after the other ([`callup`]), households draw a number
//! ([`queue`]). Results come from the laboratory ([`results`]).

pub mod api;
pub mod body;
pub mod callup;
pub mod lane;
pub mod migration;
pub mod model;
pub mod pages;
pub mod plan;
pub mod projection;
pub mod queue;
pub mod results;

use accounts::{Allow, Routes};
use kit::Role;
use shell::NavItem;
use utoipa_axum::routes;

pub use migration::migrations;
pub use projection::Sampling;

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

const STAFF: Allow = Allow::Roles(Role::STAFF);
const READERS: Allow = Allow::Roles(Role::READERS);

/// This room's entry of the navigation.
pub const NAV: &[NavItem] = &[NavItem {
    key: "sampling-nav",
    href: "/tubes",
    icon: "<path d='M9 3h6M10 3v15a2 2 0 0 0 4 0V3'/><path d='M10 12h4'/>",
    roles: Role::READERS,
}];

/// This room's routes.
pub fn routes() -> Routes {
    use pages::{boxes, call_up, my_test, plan, results, tube, tubes};
    Routes::new()
        .get("/tubes", READERS, tubes::list)
        .get("/tubes/results", STAFF, results::ask)
        .post("/tubes/results", STAFF, results::enter)
        .get("/tubes/boxes", READERS, boxes::list)
        .get("/tubes/{code}", READERS, tube::show)
        .get("/sampling/plan", READERS, plan::show)
        .get("/sampling/rounds/{id}", READERS, call_up::show)
        .post("/sampling/rounds/{id}", STAFF, call_up::call)
        .get("/my-test/{secret}", Allow::Everyone, my_test::show)
        .post("/my-test/{secret}/number", Allow::Everyone, my_test::number)
        .api(Allow::SignedIn, routes!(api::lanes))
        .api(Allow::SignedIn, routes!(api::list))
        .api(STAFF, routes!(api::results))
}
