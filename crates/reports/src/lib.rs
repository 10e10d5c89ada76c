//! Report cards: what was asked for, pledged, planned and done, by an organisation, a helper or in a place.
//!
//! A card ([`card`]) is put together from the tallies by few queries and drawn as a page, an Excel file, a
//! PDF, Markdown or JSON; all of them show the same tables. [`check()`] recounts the tallies.

mod access;
mod actual;
pub mod api;
pub mod ask;
pub mod card;
mod chart;
pub mod check;
mod choose;
pub mod command;
mod excel;
mod export;
mod markdown;
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

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

/// This room's entries of the navigation.
pub const NAV: &[NavItem] = &[NavItem {
    key: "reports-nav",
    href: "/reports",
    icon: "<path d='M3 12h4v8h-4z'/><path d='M10 8h4v12h-4z'/><path d='M17 4h4v16h-4z'/>",
    roles: &Role::ALL,
}];

/// This room's routes. Everybody who is signed in has at least the own card.
pub fn routes() -> Routes {
    Routes::new()
        .get("/reports", Allow::SignedIn, pages::choose)
        .get("/reports/card", Allow::SignedIn, pages::card)
        .get("/reports/card.xlsx", Allow::SignedIn, pages::xlsx)
        .get("/reports/card.pdf", Allow::SignedIn, pages::pdf)
        .get("/reports/card.md", Allow::SignedIn, pages::markdown)
        .api(Allow::SignedIn, routes!(api::card))
}
