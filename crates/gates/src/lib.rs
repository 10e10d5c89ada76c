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
pub mod parcels;
pub mod pass;
pub mod projection;
pub mod roster;
pub mod rule;
pub mod scan;
pub mod status;

use accounts::{Allow, Routes};
use utoipa_axum::routes;

pub use migration::migrations;
pub use projection::Gates;
pub use status::Book;

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

/// This room's routes.
pub fn routes() -> Routes {
    Routes::new()
        .api(Allow::Joined, routes!(api::roster))
        .api(Allow::SignedIn, routes!(api::status))
        .api(Allow::SignedIn, routes!(api::scan))
}
