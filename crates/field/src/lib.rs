//! The way in for what people did on the ground. One promise: what was answered `accepted` is there, once.
//!
//! 1. *Take* ([`take`]): a request's records are parsed, their sender's right is checked by the room
//!    they belong to, and everything queued is written to the journal in one transaction; only then is
//!    each record answered.
//! 2. *Apply* ([`apply`]): journal batches are applied, about in the order in which they were taken (nothing
//!    depends on it), by one transaction that writes the rooms' tables, adds to the tallies and notes the batch
//!    as applied. Batches that a dead server left behind are found and applied.
//! 3. *Mend* ([`issues`]): what was rejected, or taken but does not fit, stands on a page until
//!    somebody has settled it. Corrections are new records that void old ones.
//!
//! Everything derived can be dropped and made again from the journal ([`rebuild`]).

pub mod api;
pub mod apply;
pub mod issues;
pub mod journal;
pub mod migration;
pub mod model;
mod pages;
pub mod private;
pub mod projection;
pub mod rebuild;
pub mod record;
pub mod submit;
pub mod take;

use accounts::{Allow, Routes};
use axum::extract::DefaultBodyLimit;
use kit::Role;
use shell::NavItem;
use utoipa_axum::routes;

pub use apply::Effects;
pub use migration::{journal_migrations, migrations};
pub use projection::{Admission, Projection};
pub use record::{Answer, Envelope, Record, Status};
pub use submit::Field;

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};

/// This room's entries of the navigation.
pub const NAV: &[NavItem] = &[NavItem {
    key: "field-nav-issues",
    href: "/issues",
    icon: "<path d='M12 9v4'/><path d='M12 16v.01'/><path d='M5 19h14a2 2 0 0 0 1.8-2.8L13.8 4a2 2 0 0 0-3.6 0L3.2 16.2A2 2 0 0 0 5 19'/>",
    roles: Role::READERS,
}];

/// This room's routes.
pub fn routes() -> Routes {
    let (schemas, paths, records) = routes!(api::records);
    // One byte more than is taken, so that a request of just the largest size is not cut.
    let records = records.layer(DefaultBodyLimit::max(record::LARGEST_REQUEST + 1));
    Routes::new()
        .api(Allow::Joined, (schemas, paths, records))
        .get("/issues", Allow::Roles(Role::READERS), pages::list)
        .get(
            "/issues/{community}/{record}/{code}",
            Allow::Roles(Role::READERS),
            pages::show,
        )
        .post(
            "/issues/{community}/{record}/{code}/settle",
            Allow::Roles(Role::STAFF),
            pages::settle,
        )
}
