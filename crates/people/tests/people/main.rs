//! The room of people, by HTTP and by its functions, on every engine at hand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod common;
mod forms;
mod import_helpers;
mod import_roster;
mod lists;
mod locales;
mod plans;
mod residents;
