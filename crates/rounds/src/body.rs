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
