//! Bodies of this room's record kinds. docs/records.md shows an example of each. They hold personal data, so they are
//! kept encrypted ([`field::private`]).

use field::record::{Refusal, refusal};
use kit::{
    Day,
    id::{HouseholdId, PassId, PlaceId, RecordId, ResidentId},
};
use serde::{Deserialize, Serialize};

use crate::rule::TEMPERATURES;

/// One person through one gate, or turned away.
pub const PASSAGE: &str = "gate.passage";
/// Somebody who has come back from elsewhere registers.
pub const RETURNEE: &str = "gate.returnee";
/// A parcel is put on the shelf.
pub const PARCEL: &str = "gate.parcel";
/// A parcel leaves the shelf.
pub const PARCEL_OUT: &str = "gate.parcel-out";

/// A figure that no thermometer and no car can show.
pub const IMPOSSIBLE: Refusal = Refusal("impossible-passage");
/// Nobody is named.
pub const NOBODY: Refusal = Refusal("nobody-named");

/// In or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the compound.
    In,
    /// Out of it.
    Out,
}

/// Went through or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Went through.
    Go,
    /// Was turned away.
    Stop,
}

/// How the person was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The pass was scanned.
    Scan,
    /// Its number was typed.
    Number,
    /// Name.
    Name,
    /// End of the telephone number.
    Phone,
    /// End of the identity number.
    Identity,
    /// Number plate.
    Plate,
    /// From the list of those inside.
    Visit,
    /// A visitor who gave their particulars.
    Visitor,
}

impl By {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Number => "number",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Identity => "identity",
            Self::Plate => "plate",
            Self::Visit => "visit",
            Self::Visitor => "visitor",
        }
    }
}

/// Body of `gate.passage`. One of `resident`, `pass`, `visit`, `name` says who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// The gate.
    pub gate: PlaceId,
    /// In or out.
    pub direction: Direction,
    /// Went through or was turned away.
    pub decision: Decision,
    /// What stood against it; empty when nothing did. With `despite` they went through all the same.
    #[serde(default)]
    pub reason: String,
    /// How the person was found.
    pub by: By,
    /// A resident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident: Option<ResidentId>,
    /// The holder of this pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<PassId>,
    /// Who came in with this passage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<RecordId>,
    /// Name of a visitor.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// Whom they visit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub visiting: String,
    /// Where they come from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// Number plate.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plate: String,
    /// People with them.
    #[serde(default)]
    pub companions: i64,
    /// Temperature in tenths of a degree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<i64>,
    /// Health code as seen: `green`, `yellow`, `red`, `none`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub health: String,
    /// Travel code as seen: `clear`, `marked`, `none`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub travel: String,
    /// Wears a mask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<bool>,
    /// The boot was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<bool>,
    /// Why they were let through although something stood against it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub despite: String,
}

/// Body of `gate.returnee`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returnee {
    /// The gate.
    pub gate: PlaceId,
    /// Name.
    pub name: String,
    /// Telephone number.
    pub phone: String,
    /// Identity number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub identity: String,
    /// Where they come from.
    pub from: String,
    /// When they arrived.
    pub arrived: Day,
    /// Where they stay.
    pub staying: String,
    /// Household in which they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdId>,
    /// The resident they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident: Option<ResidentId>,
    /// Health code as seen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub health: String,
    /// Travel code as seen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub travel: String,
    /// Temperature in tenths of a degree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<i64>,
    /// The passage with which they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<RecordId>,
}

/// Body of `gate.parcel`; the record's id names the parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    /// On whose shelf.
    pub gate: PlaceId,
    /// Code on the parcel.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Household.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdId>,
    /// Building and flat.
    pub flat: String,
    /// Name on the parcel.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Heavy.
    #[serde(default)]
    pub heavy: bool,
    /// To be carried up.
    #[serde(default)]
    pub carry: bool,
}

/// Body of `gate.parcel-out`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParcelOut {
    /// From whose shelf.
    pub gate: PlaceId,
    /// The parcel.
    pub parcel: RecordId,
    /// Carried to the door.
    #[serde(default)]
    pub carried: bool,
}

/// A body of this room, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// `gate.passage`
    Passage(Box<Passage>),
    /// `gate.returnee`
    Returnee(Box<Returnee>),
    /// `gate.parcel`
    Parcel(Parcel),
    /// `gate.parcel-out`
    ParcelOut(ParcelOut),
}

impl Body {
    /// The gate it happened at.
    pub fn gate(&self) -> PlaceId {
        match self {
            Self::Passage(body) => body.gate,
            Self::Returnee(body) => body.gate,
            Self::Parcel(body) => body.gate,
            Self::ParcelOut(body) => body.gate,
        }
    }

    /// Parses and checks the body of a kind of this room.
    pub fn read(kind: &str, body: &str) -> Result<Self, Refusal> {
        fn parse<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, Refusal> {
            serde_json::from_str(body).map_err(|_| refusal::MALFORMED)
        }
        match kind {
            PASSAGE => {
                let body: Passage = parse(body)?;
                body.check()?;
                Ok(Self::Passage(Box::new(body)))
            }
            RETURNEE => {
                let body: Returnee = parse(body)?;
                body.check()?;
                Ok(Self::Returnee(Box::new(body)))
            }
            PARCEL => {
                let body: Parcel = parse(body)?;
                short(&body.code, 40)?;
                short(&body.flat, 60)?;
                short(&body.name, 40)?;
                if body.flat.trim().is_empty() && body.household.is_none() && body.name.trim().is_empty() {
                    return Err(NOBODY);
                }
                Ok(Self::Parcel(body))
            }
            PARCEL_OUT => Ok(Self::ParcelOut(parse(body)?)),
            _ => Err(refusal::UNKNOWN_KIND),
        }
    }
}

fn short(text: &str, most: usize) -> Result<(), Refusal> {
    if text.chars().count() <= most && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(refusal::MALFORMED)
    }
}

fn one_of(text: &str, words: &[&str]) -> Result<(), Refusal> {
    if text.is_empty() || words.contains(&text) {
        Ok(())
    } else {
        Err(refusal::MALFORMED)
    }
}

fn seen(health: &str, travel: &str, temperature: Option<i64>) -> Result<(), Refusal> {
    one_of(health, &["green", "yellow", "red", "none"])?;
    one_of(travel, &["clear", "marked", "none"])?;
    if temperature.is_some_and(|tenths| !TEMPERATURES.contains(&tenths)) {
        return Err(IMPOSSIBLE);
    }
    Ok(())
}

impl Passage {
    fn check(&self) -> Result<(), Refusal> {
        for (text, most) in [
            (&self.reason, 40),
            (&self.name, 40),
            (&self.visiting, 60),
            (&self.from, 60),
            (&self.plate, 12),
            (&self.despite, 100),
        ] {
            short(text, most)?;
        }
        if !self.phone.is_empty() && kit::text::phone(&self.phone).is_none() {
            return Err(refusal::MALFORMED);
        }
        seen(&self.health, &self.travel, self.temperature)?;
        if !(0..=20).contains(&self.companions) {
            return Err(IMPOSSIBLE);
        }
        // Who was turned away was turned away for something; who went through despite something, for a reason.
        let told = match self.decision {
            Decision::Stop => !self.reason.is_empty() && self.despite.is_empty(),
            Decision::Go => self.reason.is_empty() == self.despite.is_empty(),
        };
        if !told {
            return Err(refusal::MALFORMED);
        }
        if self.resident.is_none()
            && self.pass.is_none()
            && self.visit.is_none()
            && self.name.trim().is_empty()
        {
            return Err(NOBODY);
        }
        Ok(())
    }
}

impl Returnee {
    fn check(&self) -> Result<(), Refusal> {
        for (text, most) in [(&self.name, 40), (&self.from, 60), (&self.staying, 60)] {
            short(text, most)?;
        }
        if self.name.trim().is_empty() {
            return Err(NOBODY);
        }
        if kit::text::phone(&self.phone).is_none()
            || self.from.trim().is_empty()
            || (!self.identity.is_empty() && people::numbers::identity(&self.identity).is_none())
        {
            return Err(refusal::MALFORMED);
        }
        seen(&self.health, &self.travel, self.temperature)
    }
}
