//! Tests of this room at its edge: one program, so that it is linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod account;
mod common;
mod sign_in;
mod trail;
mod users;
mod welcome;
