//! room

pub mod migration;
pub mod model;

pub use migration::migrations;
