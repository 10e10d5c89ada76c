//! What every page stands in: layout, lists, forms, problems, languages, spreadsheets, static files.
//!
//! A page is built from three components, all of them plain data that a template draws:
//! [`list::List`] (search, filter, sort, keyset pages, Excel), [`form::Form`] (keeps what was typed,
//! marks the field) and the layout around both ([`page::Page`]).

pub mod app;
pub mod assets;
pub mod form;
pub mod http;
pub mod list;
pub mod page;
pub mod problem;
pub mod sheet;
pub mod texts;
pub mod upload;

pub use app::App;
pub use form::{Field, Form};
pub use list::{Cell, List, ListQuery, Row};
pub use page::{NavItem, Page, Viewer};
pub use texts::Texts;

/// This room's sentences, Chinese and English.
pub const LOCALES: texts::Locales = texts::Locales {
    zh: include_str!("../locales/zh-CN.ftl"),
    en: include_str!("../locales/en.ftl"),
};
