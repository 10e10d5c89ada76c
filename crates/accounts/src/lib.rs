//! Who somebody is and what they may do: users, sign-in, roles by place, tokens, audit trail.
//!
//! Every route of the product is registered through [`Routes`] with an [`Allow`] rule, checked
//! before its handler runs; what part of the tree a handler may touch comes from [`Actor::scope`]
//! and [`Actor::require`].

pub mod actor;
pub mod audit;
pub mod migration;
pub mod model;
pub mod password;
pub mod routes;
pub mod session;

pub use actor::{Actor, Grant};
pub use migration::migrations;
pub use routes::{Allow, Routes};
pub use session::Sessions;

/// This room's sentences.
pub const LOCALES: shell::texts::Locales = shell::texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};
