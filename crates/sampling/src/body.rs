//! Bodies of this room's record kinds. docs/records.md shows an example of each. They name people, so they are kept
//! encrypted.

use field::record::{Refusal, refusal};
use kit::id::{PieceId, PlaceId, RoundId, TargetId};
use serde::{Deserialize, Serialize};

/// Somebody is sampled into a tube.
pub const SAMPLE: &str = "sampling.sample";
/// A tube is closed.
pub const SEAL: &str = "sampling.seal";
/// A box of tubes goes to whoever carries it away.
pub const HAND_OVER: &str = "sampling.hand-over";

/// What is printed on a tube cannot be read as a code of one.
pub const NO_TUBE: Refusal = Refusal("no-tube");
/// Nobody is named.
pub const NOBODY: Refusal = Refusal("nobody-named");

/// People in one tube; 0 stands for a household, whatever its size.
pub const CAPACITIES: [i64; 5] = [10, 20, 5, 1, 0];

/// The code of a tube as it is kept: 6 to 20 letters and digits.
pub fn tube(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let good = (6..=20).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric());
    good.then_some(code)
}

/// Body of `sampling.sample`. A target, or a name, says who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The round.
    pub round: RoundId,
    /// The place of the lane.
    pub site: PlaceId,
    /// The lane, in words.
    #[serde(default)]
    pub lane: String,
    /// Code of the tube.
    pub tube: String,
    /// How many it takes; 0 for a household.
    pub capacity: i64,
    /// The piece in which the target lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub piece: Option<PieceId>,
    /// The resident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetId>,
    /// Name of somebody who is no target.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Their telephone number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
}

/// Body of `sampling.seal`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The round.
    pub round: RoundId,
    /// The place of the lane.
    pub site: PlaceId,
    /// Code of the tube.
    pub tube: String,
    /// Box into which it goes.
    #[serde(default, rename = "box", skip_serializing_if = "String::is_empty")]
    pub crate_: String,
}

/// Body of `sampling.hand-over`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The place.
    pub site: PlaceId,
    /// The box.
    #[serde(rename = "box")]
    pub crate_: String,
    /// Tubes in it, as counted by both.
    pub tubes: i64,
    /// Who takes it.
    pub to: String,
}

/// A body of one of this room's kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// [`SAMPLE`]
    Sample(Box<Sample>),
    /// [`SEAL`]
    Seal(Seal),
    /// [`HAND_OVER`]
    HandOver(HandOver),
}

fn short(text: &str, most: usize) -> Result<(), Refusal> {
    if text.chars().count() <= most && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(refusal::MALFORMED)
    }
}

impl Body {
    /// The place where it happened.
    pub fn site(&self) -> PlaceId {
        match self {
            Self::Sample(body) => body.site,
            Self::Seal(body) => body.site,
            Self::HandOver(body) => body.site,
        }
    }

    /// The piece it names.
    pub fn piece(&self) -> Option<(RoundId, PieceId)> {
        match self {
            Self::Sample(body) => body.piece.map(|piece| (body.round, piece)),
            _ => None,
        }
    }

    /// Parses and checks the body of a kind of this room; codes of tubes come out as they are kept.
    pub fn read(kind: &str, body: &str) -> Result<Self, Refusal> {
        fn parse<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, Refusal> {
            serde_json::from_str(body).map_err(|_| refusal::MALFORMED)
        }
        match kind {
            SAMPLE => {
                let mut body: Sample = parse(body)?;
                short(&body.lane, 20)?;
                short(&body.name, 40)?;
                short(&body.phone, 20)?;
                body.tube = tube(&body.tube).ok_or(NO_TUBE)?;
                if !CAPACITIES.contains(&body.capacity) {
                    return Err(refusal::MALFORMED);
                }
                if body.target.is_some() != body.piece.is_some() {
                    return Err(refusal::MALFORMED);
                }
                if body.target.is_none() && body.name.trim().is_empty() {
                    return Err(NOBODY);
                }
                Ok(Self::Sample(Box::new(body)))
            }
            SEAL => {
                let mut body: Seal = parse(body)?;
                short(&body.crate_, 30)?;
                body.tube = tube(&body.tube).ok_or(NO_TUBE)?;
                Ok(Self::Seal(body))
            }
            HAND_OVER => {
                let body: HandOver = parse(body)?;
                short(&body.crate_, 30)?;
                short(&body.to, 60)?;
                if body.crate_.trim().is_empty()
                    || body.to.trim().is_empty()
                    || !(1..=10_000).contains(&body.tubes)
                {
                    return Err(refusal::MALFORMED);
                }
                Ok(Self::HandOver(body))
            }
            _ => Err(refusal::UNKNOWN_KIND),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn tubes_as_they_are_scanned_and_typed() {
        for (text, code) in [
            ("hx-2021 000123", Some("HX2021000123")),
            ("123456", Some("123456")),
            ("12345", None),
            ("123456789012345678901", None),
            ("试管000001", None),
            ("", None),
        ] {
            assert_eq!(super::tube(text).as_deref(), code, "{text}");
        }
    }
}
