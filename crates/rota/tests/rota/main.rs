//! What holds for every roster, whatever the instance.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod best;
mod explained;
mod hard;
mod instances;
mod search;
