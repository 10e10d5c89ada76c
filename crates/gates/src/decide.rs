//! Go or stop: what a gate says to a person. A pure function; the phone decides offline by the same table
//! (`web/src/field/gate/decide.ts`), and both are tested by `tests/decisions.json`.

use kit::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    body::{Decision, Direction},
    rule::Rule,
};

/// What a person is at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A resident, by pass or by the roster.
    Resident,
    /// A car with a pass.
    Vehicle,
    /// A visitor, with a pass or with their particulars taken down.
    Visitor,
    /// A worker with a pass.
    Worker,
    /// Nobody knows.
    Unknown,
}

/// Whether a pass can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// Signed by this deployment, for this community.
    Ok,
    /// Altered, or not a pass at all.
    Forged,
    /// Signed by somebody else, or for another community.
    Foreign,
}

/// A pass as the gate sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// `active`, `withdrawn`, `replaced` or `returned`.
    pub state: String,
    /// Valid from.
    pub from: Timestamp,
    /// Valid until, not included.
    pub until: Timestamp,
    /// Whether it can be believed.
    pub trust: Trust,
}

/// A span of time, for confinement and permits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// From.
    pub from: Timestamp,
    /// Until, not included.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

impl Span {
    fn covers(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

/// What is known when the question is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// In or out.
    pub direction: Direction,
    /// What the person is.
    pub kind: Kind,
    /// Their pass.
    #[serde(default)]
    pub pass: Option<Seen>,
    /// Confined.
    #[serde(default)]
    pub confined: Option<Span>,
    /// Allowed out all the same.
    #[serde(default)]
    pub permit: Option<Span>,
    /// Exits the household has left; none when there is no limit or it is not known.
    #[serde(default)]
    pub exits_left: Option<i64>,
    /// Temperature in tenths of a degree.
    #[serde(default)]
    pub temperature: Option<i64>,
    /// Health code.
    #[serde(default)]
    pub health: Option<String>,
    /// Travel code.
    #[serde(default)]
    pub travel: Option<String>,
    /// Wears a mask.
    #[serde(default)]
    pub mask: Option<bool>,
    /// The boot was opened.
    #[serde(default)]
    pub boot: Option<bool>,
    /// Comes by car.
    #[serde(default)]
    pub car: bool,
    /// The rules of the gate.
    #[serde(default)]
    pub rule: Rule,
    /// The moment.
    pub now: Timestamp,
}

/// What the gate says, and what stands against it; the first that applies.
pub fn decide(asked: &Asked) -> (Decision, &'static str) {
    match against(asked) {
        Some(reason) => (Decision::Stop, reason),
        None => (Decision::Go, ""),
    }
}

fn against(asked: &Asked) -> Option<&'static str> {
    let Asked { rule, now, .. } = asked;
    let (inward, outward) = (
        asked.direction == Direction::In,
        asked.direction == Direction::Out,
    );
    let permitted = asked.permit.as_ref().is_some_and(|span| span.covers(*now));
    let stranger = matches!(asked.kind, Kind::Visitor | Kind::Unknown);
    let no_code = |seen: &Option<String>| seen.as_deref().is_none_or(|seen| seen == "none");
    let checks = [
        (trust(asked) == Some(Trust::Forged), "pass-forged"),
        (trust(asked) == Some(Trust::Foreign), "pass-foreign"),
        (asked.temperature.is_some_and(|tenths| tenths > rule.alarm), "hot"),
    ];
    if let Some((_, reason)) = checks.into_iter().find(|(applies, _)| *applies) {
        return Some(reason);
    }
    if let Some(reason) = asked.pass.as_ref().and_then(|pass| unfit(pass, *now)) {
        return Some(reason);
    }
    let confined = asked.confined.as_ref().is_some_and(|span| span.covers(*now));
    let checks = [
        (asked.health.as_deref() == Some("red"), "code-red"),
        (asked.health.as_deref() == Some("yellow"), "code-yellow"),
        (
            inward && asked.travel.as_deref() == Some("marked") && (stranger || asked.kind == Kind::Worker),
            "travel-marked",
        ),
        (outward && confined && !permitted, "confined"),
        (
            inward && stranger && asked.pass.is_none() && !rule.visitors,
            "visitors-closed",
        ),
        (inward && asked.kind == Kind::Unknown, "unknown"),
        (
            outward
                && asked.kind == Kind::Resident
                && rule.exits.is_some()
                && asked.exits_left.is_some_and(|left| left <= 0)
                && !permitted,
            "exits-used",
        ),
        (rule.mask && asked.mask == Some(false), "no-mask"),
        (
            inward && asked.kind == Kind::Visitor && rule.health && no_code(&asked.health),
            "no-health-code",
        ),
        (
            inward && asked.kind == Kind::Visitor && rule.travel && no_code(&asked.travel),
            "no-travel-code",
        ),
        (
            inward && asked.car && rule.boot && asked.boot == Some(false),
            "boot-closed",
        ),
    ];
    checks
        .into_iter()
        .find(|(applies, _)| *applies)
        .map(|(_, reason)| reason)
}

fn trust(asked: &Asked) -> Option<Trust> {
    asked.pass.as_ref().map(|pass| pass.trust)
}

/// Why a believed pass does not count now.
pub fn unfit(pass: &Seen, now: Timestamp) -> Option<&'static str> {
    match pass.state.as_str() {
        "withdrawn" | "returned" => Some("pass-withdrawn"),
        "replaced" => Some("pass-replaced"),
        _ if now < pass.from => Some("pass-early"),
        _ if now >= pass.until => Some("pass-expired"),
        _ => None,
    }
}

/// All reasons, for the pages that word them (`gate-reason-REASON`).
pub const REASONS: [&str; 19] = [
    "pass-forged",
    "pass-foreign",
    "hot",
    "pass-withdrawn",
    "pass-replaced",
    "pass-early",
    "pass-expired",
    "code-red",
    "code-yellow",
    "travel-marked",
    "confined",
    "visitors-closed",
    "unknown",
    "exits-used",
    "no-mask",
    "no-health-code",
    "no-travel-code",
    "boot-closed",
    "other",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Case {
        #[serde(rename = "case")]
        name: String,
        asked: Asked,
        decision: Decision,
        reason: String,
    }

    #[test]
    fn the_table_that_the_phone_is_tested_by() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../tests/decisions.json")).unwrap();
        assert!(cases.len() >= 30, "{}", cases.len());
        for case in cases {
            let (decision, reason) = decide(&case.asked);
            assert_eq!(
                (decision, reason),
                (case.decision, case.reason.as_str()),
                "{}",
                case.name
            );
            assert!(reason.is_empty() || REASONS.contains(&reason), "{reason}");
        }
    }
}
