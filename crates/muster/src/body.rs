//! Bodies of this room's record kinds. docs/records.md shows an example of each.

use kit::id::{CallId, HelperId, OrgId, PlaceId};
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

/// One of a unit's people is where the unit assembles.
pub const HERE: &str = "call.here";
/// The leader has counted heads where the unit assembles.
pub const HEADS: &str = "call.heads";
/// The receiving community has taken people over.
pub const ARRIVED: &str = "call.arrived";

/// Most people one count of heads may say.
pub const MOST_PEOPLE: i64 = 10_000;
/// Most batches of one organisation in one call.
pub const MOST_BATCHES: i64 = 99;

/// Body of the three kinds of gathering: `helper` for `call.here`, `people` for the other two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gathering {
    /// The call that is answered.
    pub call: CallId,
    /// Whose people.
    pub org: OrgId,
    /// Which of their batches; 1 to [`MOST_BATCHES`].
    pub batch: i64,
    /// Who is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helper: Option<HelperId>,
    /// How many; 0 to [`MOST_PEOPLE`]. A later count of a batch replaces the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<i64>,
}

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
