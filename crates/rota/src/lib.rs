//! A roster that fills itself and explains itself: pure functions over shifts and helpers. Nothing here reads
//! a clock, a file or a database; the same instance and budget always give the same roster.
//!
//! [`solve`] proposes, [`explain`] says of every empty place why nobody has it, [`violations`] and
//! [`candidates`] serve people who change the proposal, [`cost`] and [`lower_bound`] say how good it is.
//! The model stands in `docs/roster.md`.

pub mod calendar;
pub mod instance;
pub mod rule;

mod bound;
mod cost;
mod explain;
mod facts;
mod fill;
mod random;
mod roster;
pub mod sample;
mod solve;
mod violations;

pub use bound::{Bound, lower_bound};
pub use cost::{Cost, cost};
pub use explain::{Candidate, Empty, NearMiss, candidates, candidates_of, explain};
pub use instance::{Assignment, Helper, Instance, Minute, Rules, Shift, Span, Stay, Weights};
pub use rule::{Reasons, Rule};
pub use sample::sample;
pub use solve::{Budget, PER_PLACE, Proposal, solve};
pub use violations::{Violation, violations};
