//! Report cards: what was asked for, pledged, planned and done, by an organisation, a helper or in a place.
//!
//! Beside them the ledgers of hours ([`hours`]) and the certificates made of them ([`certificate`]).
//!
//! A card ([`card`]) is put together from the tallies by few queries and drawn as a page, an Excel file, a
//! PDF, Markdown or JSON; all of them show the same tables. [`check()`] recounts the tallies.

mod access;
mod actual;
pub mod api;
pub mod ask;
pub mod card;
pub mod certificate;
mod chart;
pub mod check;
mod choose;
pub mod command;
mod excel;
mod export;
pub mod hours;
mod markdown;
pub mod migration;
pub mod model;
mod pages;
pub mod pdf;
pub mod period;
#[cfg(test)]
mod plans;
mod sql;
mod tables;
mod wanted;

use accounts::{Allow, Routes};
use kit::Role;
use shell::NavItem;
use utoipa_axum::routes;

pub use ask::Kind;
pub use card::{Card, Subject, card};
pub use check::{Difference, check};
pub use command::{Format, Wish, report};
pub use migration::migrations;

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

/// This room's entries of the navigation.
pub const NAV: &[NavItem] = &[
    NavItem {
        key: "reports-nav",
        href: "/reports",
        icon: "<path d='M3 12h4v8h-4z'/><path d='M10 8h4v12h-4z'/><path d='M17 4h4v16h-4z'/>",
        roles: &Role::ALL,
    },
    NavItem {
        key: "hours-nav",
        href: "/hours",
        icon: "<path d='M3 12a9 9 0 1 0 18 0a9 9 0 0 0 -18 0'/><path d='M12 7v5l3 3'/>",
        roles: &Role::ALL,
    },
];

/// This room's routes. Everybody who is signed in has at least the own card.
pub fn routes() -> Routes {
    Routes::new()
        .get("/reports", Allow::SignedIn, pages::choose)
        .get("/reports/card", Allow::SignedIn, pages::card)
        .get("/reports/card.xlsx", Allow::SignedIn, pages::xlsx)
        .get("/reports/card.pdf", Allow::SignedIn, pages::pdf)
        .get("/reports/card.md", Allow::SignedIn, pages::markdown)
        .api(Allow::SignedIn, routes!(api::card))
        .get("/hours", Allow::SignedIn, hours::pages::find)
        .get("/hours/{ledger}/{days}", Allow::SignedIn, hours::pages::show)
        .merge(certificates())
}

/// Certificates: seen by their holder, coordinators and readers, handled by staff, checked by anybody.
fn certificates() -> Routes {
    use certificate::{pages, public};
    let staff = Allow::Roles(Role::STAFF);
    Routes::new()
        .get("/certificates", Allow::SignedIn, pages::all)
        .get("/certificates/new", staff, pages::new)
        .post("/certificates/new", staff, pages::create)
        .get("/certificates/announced", Allow::Everyone, public::announced)
        .get("/certificates/{id}", Allow::SignedIn, pages::show)
        .get("/certificates/{id}/pdf", Allow::SignedIn, pages::pdf)
        .post("/certificates/{id}/announce", staff, pages::again)
        .post("/certificates/{id}/issue", staff, pages::issue_it)
        .post("/certificates/{id}/withdraw", staff, pages::take_back)
        .get("/check", Allow::Everyone, public::ask)
        .post("/check", Allow::Everyone, public::go)
        .get("/check/{serial}", Allow::Everyone, public::check)
}
