//! Bodies of this room's record kinds. docs/records.md shows an example of each.

use kit::id::{HelperId, PlaceId};
use serde::{Deserialize, Serialize};

/// A helper begins work on a shift.
pub const CHECK_IN: &str = "attendance.check-in";
/// A helper ends work on a shift.
pub const CHECK_OUT: &str = "attendance.check-out";
/// The system closes a shift that has no check-out.
pub const CLOSE: &str = "attendance.close";
/// The leader confirms a closing by the system.
pub const CONFIRM: &str = "attendance.confirm";
/// Work done on a shift.
pub const WORK: &str = "work.count";

/// Most that one count may say.
pub const MOST_QUANTITY: i64 = 100_000;

/// Body of the four kinds of attendance.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// Who.
    pub helper: HelperId,
    /// Where it was recorded, when the phone knows (a scanned post).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceId>,
}

/// Body of `work.count`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Who did it.
    pub helper: HelperId,
    /// Code of the activity.
    pub activity: String,
    /// How many; 1 to [`MOST_QUANTITY`].
    pub quantity: i64,
}
