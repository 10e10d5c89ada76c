//! The server puts the rooms together and decides nothing: one router, one navigation, one set of
//! migrations and sentences, the jobs, the command line, the demonstration.

pub mod bench;
pub mod commands;
pub mod demo;
pub mod health;
pub mod house;
pub mod tls;

pub use house::{House, Options};

/// Thousands of small requests at once cost the standard allocator more than the work they ask for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
