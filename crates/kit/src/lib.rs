//! Words every room shares: ids, time, languages, roles, problem codes, rule profiles, masks.
//! Nothing here reads or writes anything.

pub mod clock;
pub mod id;
pub mod mask;
pub mod problem;
mod recent;
pub mod role;
pub mod rules;
pub mod text;
pub mod time;
mod words;

pub use clock::{Clock, FixedClock, SystemClock};
pub use problem::{Code, FieldError, Problem, Result};
pub use recent::Recent;
pub use role::Role;
pub use text::Lang;
pub use time::{Day, Timestamp};
