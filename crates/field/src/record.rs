//! The envelope of a record, and the answer to it.

use kit::{
    Timestamp,
    id::{PlaceId, RecordId, ShiftId, UserId},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// Records in one request at most.
pub const MOST_RECORDS: usize = 500;
/// Bytes of one record at most.
pub const LARGEST_RECORD: usize = 16 * 1024;
/// Bytes of a request at most.
pub const LARGEST_REQUEST: usize = 4 * 1024 * 1024;

/// A record as a phone sends it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// UUIDv7 made by the phone; the same when the record is sent again.
    pub id: RecordId,
    /// Registered kind, such as `attendance.check-in`.
    pub kind: String,
    /// When it happened, by the phone's clock.
    pub at: Timestamp,
    /// The shift on which it was done.
    #[serde(default)]
    pub shift: Option<ShiftId>,
    /// What the kind asks for.
    pub body: Box<RawValue>,
}

impl Envelope {
    /// What the record says: an id that comes again with another hash is a conflict.
    pub fn hash(&self) -> [u8; 16] {
        let mut sha = Sha256::new();
        sha.update(self.kind.as_bytes());
        sha.update([0]);
        sha.update(self.at.millis().to_be_bytes());
        sha.update(self.shift.map_or([0; 16], |shift| shift.0.into_bytes()));
        sha.update(self.body.get().as_bytes());
        let mut hash = [0; 16];
        hash.copy_from_slice(&sha.finalize()[..16]);
        hash
    }
}

/// A record that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Id.
    pub id: RecordId,
    /// Community it belongs to.
    pub community: PlaceId,
    /// Registered kind.
    pub kind: String,
    /// When it happened, by the phone's clock.
    pub at: Timestamp,
    /// When it was taken.
    pub received_at: Timestamp,
    /// Who sent it; `None` for the system.
    pub sender: Option<UserId>,
    /// The shift.
    pub shift: Option<ShiftId>,
    /// Body, JSON, as it came.
    pub body: String,
    /// The body as it is kept, where that is encrypted ([`crate::private`]).
    pub sealed: Option<String>,
    /// A record that came earlier voids it.
    pub voided: bool,
}

impl Record {
    /// The body as it is kept in the database.
    pub fn kept(&self) -> &str {
        self.sealed.as_deref().unwrap_or(&self.body)
    }

    /// When it happened: a phone whose clock is ahead does not write from the future.
    pub fn happened_at(&self) -> Timestamp {
        Ord::min(self.at, self.received_at)
    }

    /// The body as the room's type. Bodies were checked when they were taken.
    pub fn body<T: serde::de::DeserializeOwned>(&self) -> kit::Result<T> {
        serde_json::from_str(&self.body).map_err(kit::Problem::internal)
    }
}

/// The body of `record.void`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Void {
    /// The record that was wrong.
    #[schema(value_type = uuid::Uuid)]
    pub record: RecordId,
    /// Why.
    pub reason: String,
    /// Where it was made, when it belongs to no shift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub place: Option<PlaceId>,
}

/// Kind of a record that voids another.
pub const VOID: &str = "record.void";

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Kept for good. The phone may forget it.
    Accepted,
    /// It was here already. The phone may forget it.
    Duplicate,
    /// Another record has this id.
    Conflict,
    /// Not taken; `code` says why. Staff can see it.
    Rejected,
}

/// The answer to one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// The record; nil when its id could not be read.
    #[schema(value_type = uuid::Uuid)]
    pub id: RecordId,
    /// What became of it.
    pub status: Status,
    /// Problem code, when it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The problem in the user's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A reason to reject a record. Its words are `record-CODE` in the locale files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal(pub &'static str);

/// Reasons every room uses.
pub mod refusal {
    use super::Refusal;

    /// Not an envelope, or its body does not fit its kind.
    pub const MALFORMED: Refusal = Refusal("malformed");
    /// No room knows this kind.
    pub const UNKNOWN_KIND: Refusal = Refusal("unknown-kind");
    /// Larger than a record may be.
    pub const TOO_LARGE: Refusal = Refusal("record-too-large");
    /// Beyond the 500th of the request: send it again in the next one.
    pub const BATCH_TOO_LONG: Refusal = Refusal("batch-too-long");
    /// The sender has not the right.
    pub const NO_RIGHT: Refusal = Refusal("no-right");
    /// Another record has its id.
    pub const ID_CONFLICT: Refusal = Refusal("id-conflict");
    /// There is no such shift.
    pub const UNKNOWN_SHIFT: Refusal = Refusal("unknown-shift");
}
