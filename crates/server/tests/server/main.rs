//! Tests of this room at its edge: one program, so that it is linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod access;
mod callup;
mod certificates;
mod changes;
mod claims;
mod clock;
mod common;
mod correct;
mod crash;
mod facts;
mod gates;
mod join;
mod loops;
mod merge;
mod race;
mod records;
mod rolls;
mod roster;
mod rounds;
mod sampling;
mod story_d;
mod tls;
mod two_servers;
mod words;
