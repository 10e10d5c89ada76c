//! Gates: who may go through, and who did.
//!
//! A passage is a field record ([`body`]): the phone at the gate decides by what it holds ([`roster`]) and one pure
//! function ([`decide`]), with or without a network, and records what happened. Passes ([`pass`]) are signed codes that
//! a phone verifies by itself. Standing ([`people::standing`]) is read here and never written.

pub mod api;
pub mod body;
pub mod decide;
pub mod gate;
pub mod inside;
pub mod migration;
pub mod model;
pub mod pages;
pub mod parcels;
pub mod pass;
pub mod projection;
pub mod queries;
pub mod roster;
pub mod rule;
pub mod scan;
pub mod status;

use accounts::{Allow, Routes};
use kit::Role;
use shell::NavItem;
use utoipa_axum::routes;

pub use migration::migrations;
pub use projection::Gates;
pub use status::Memory;

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

const STAFF: Allow = Allow::Roles(Role::STAFF);
const READERS: Allow = Allow::Roles(Role::READERS);
const ORDERING: Allow = Allow::Roles(rule::ORDERING);

/// This room's entries of the navigation.
pub const NAV: &[NavItem] = &[
    NavItem {
        key: "gate-nav",
        href: "/gates",
        icon: "<path d='M4 21V6l8-3 8 3v15'/><path d='M4 11h16M9 11v10M15 11v10'/>",
        roles: Role::READERS,
    },
    NavItem {
        key: "pass-nav",
        href: "/passes",
        icon: "<path d='M3 7a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z'/><path d='M7 9h4v4H7zM14 9h3M14 13h3M7 16h10'/>",
        roles: Role::READERS,
    },
];

/// This room's routes.
pub fn routes() -> Routes {
    use pages::{board, book, inside, parcels, returnees, rules};
    Routes::new()
        .api(Allow::SignedIn, routes!(api::roster))
        .api(Allow::SignedIn, routes!(api::status))
        .api(Allow::SignedIn, routes!(api::scan))
        .get("/gates", READERS, board::list)
        .get("/gates/rules", READERS, rules::list)
        .get("/gates/rules/new", ORDERING, rules::new)
        .post("/gates/rules/new", ORDERING, rules::create)
        .get("/gates/rules/{id}/end", ORDERING, rules::ask_end)
        .post("/gates/rules/{id}/end", ORDERING, rules::end)
        .get("/gates/{id}", READERS, board::show)
        .get("/passages", READERS, book::list)
        .get("/passages/{id}", READERS, book::show)
        .post("/passages/{id}/void", STAFF, book::void)
        .post("/passages/{id}/answered", STAFF, board::answered)
        .get("/inside", READERS, inside::list)
        .get("/returnees", READERS, returnees::list)
        .get("/returnees/new", STAFF, returnees::new)
        .post("/returnees/new", STAFF, returnees::create)
        .get("/parcels", READERS, parcels::list)
        .get("/parcels/{id}/out", STAFF, parcels::ask_out)
        .post("/parcels/{id}/out", STAFF, parcels::out)
        .merge(pass_routes())
}

fn pass_routes() -> Routes {
    use pages::{my_pass, pass, passes};
    Routes::new()
        .get("/passes", READERS, passes::list)
        .get("/passes/new", STAFF, passes::new)
        .post("/passes/new", STAFF, passes::create)
        .get("/passes/issue", STAFF, passes::ask_issue)
        .post("/passes/issue", STAFF, passes::issue_all)
        .get("/passes/print", STAFF, passes::ask_print)
        .post("/passes/print", STAFF, passes::print)
        .get("/passes/{id}", READERS, pass::show)
        .get("/passes/{id}/card.pdf", STAFF, pass::card)
        .post("/passes/{id}/withdraw", STAFF, pass::withdraw)
        .post("/passes/{id}/collect", STAFF, pass::collect)
        .post("/passes/{id}/replace", STAFF, pass::replace)
        .get("/my-pass/{secret}", Allow::Everyone, my_pass::show)
}
