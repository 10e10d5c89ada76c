//! Tests of this room at its edge: one program, so that it is linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod big;
mod card;
mod pages;
mod world;
