//! Tests of this room at its edge: one program, so that it is linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;
mod import;
mod merge;
mod pages;
mod responsibility;
mod tree;
mod words;
