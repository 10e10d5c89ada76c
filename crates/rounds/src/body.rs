//! Bodies of this room's record kinds. docs/records.md shows an example of each. Notes hold personal data, so bodies are
//! kept encrypted.

use field::record::{Refusal, refusal};
use kit::id::{PieceId, RoundId, TargetId};
use serde::{Deserialize, Serialize};

use crate::{
    form::Answers,
    kind::{Need, Outcome},
};

/// What happened at a target of a round.
pub const OUTCOME: &str = "round.outcome";

/// A piece was taken on a phone without a network.
pub const CLAIM: &str = "round.claim";

/// Body of `round.claim`. It counts where the piece is free when it comes; what was done there counts in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    /// The round.
    pub round: RoundId,
    /// The piece.
    pub piece: PieceId,
}

/// The round and the piece that the body of a kind of this room names.
pub fn piece_of(kind: &str, body: &str) -> Result<(RoundId, PieceId), Refusal> {
    if kind == CLAIM {
        let body: Claimed = serde_json::from_str(body).map_err(|_| refusal::MALFORMED)?;
        return Ok((body.round, body.piece));
    }
    Visited::read(body).map(|body| (body.round, body.piece))
}

/// Characters of a note at most.
pub const MOST_NOTE: usize = 300;

/// Body of `round.outcome`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visited {
    /// The round.
    pub round: RoundId,
    /// The piece in which the target lies.
    pub piece: PieceId,
    /// The household, resident or building unit.
    pub target: TargetId,
    /// What happened.
    pub outcome: Outcome,
    /// What somebody there needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<Need>,
    /// A note.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Answers to the round's form.
    #[serde(default, skip_serializing_if = "Answers::is_empty")]
    pub answers: Answers,
}

impl Visited {
    /// Parses and checks a body.
    pub fn read(body: &str) -> Result<Self, Refusal> {
        let body: Self = serde_json::from_str(body).map_err(|_| refusal::MALFORMED)?;
        if body.note.chars().count() > MOST_NOTE || body.note.contains('\0') {
            return Err(refusal::MALFORMED);
        }
        Ok(body)
    }
}
