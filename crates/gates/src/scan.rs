//! A turnstile's scan: verify, decide, record, answer.

use accounts::Actor;
use field::{Field, Status};
use kit::{
    Code, Problem, Result,
    id::{PlaceId, RecordId},
};
use shell::App;

use crate::{
    api::{Said, Scan},
    body::{By, Decision, PASSAGE, Passage},
    pass::code::Unreadable,
    rule::TEMPERATURES,
    status::Memory,
};

/// The passage could not be recorded, so nobody may be let through on it.
pub const NOT_RECORDED: Code = Code::new("not-recorded", 409);

/// Characters of a code that is not believed by which it is found again.
const KEPT: usize = 12;

/// Decides about a scanned code and records what was decided.
pub async fn pass(
    app: &App,
    memory: &Memory,
    field: &Field,
    actor: &Actor,
    gate: PlaceId,
    scan: &Scan,
) -> Result<Said> {
    if scan
        .temperature
        .is_some_and(|tenths| !TEMPERATURES.contains(&tenths))
    {
        return Err(Problem::invalid(vec![kit::FieldError::new(
            "temperature",
            "invalid",
        )]));
    }
    let id = RecordId(scan.id);
    let judged = memory
        .judge(app, actor, gate, &scan.code, scan.direction, scan.temperature)
        .await?;
    let body = Passage {
        gate,
        direction: scan.direction,
        decision: judged.decision,
        reason: judged.reason.to_owned(),
        by: By::Scan,
        resident: judged.resident,
        pass: judged.pass,
        visit: None,
        // A code that is not believed names nobody.
        name: if judged.pass.is_none() {
            end(&scan.code)
        } else {
            String::new()
        },
        phone: String::new(),
        visiting: String::new(),
        from: String::new(),
        plate: String::new(),
        companions: 0,
        temperature: scan.temperature,
        health: String::new(),
        travel: String::new(),
        mask: None,
        boot: None,
        despite: String::new(),
    };
    let taken = field
        .record_soon(actor, id, PASSAGE, app.now(), judged.shift, &body)
        .await?;
    match taken.status {
        Status::Accepted | Status::Duplicate => Ok(Said {
            decision: judged.decision,
            reason: judged.reason.to_owned(),
        }),
        // Asked again, and something has changed between: what was answered stands.
        Status::Conflict => before(app, judged.community, id).await,
        Status::Rejected => Err(Problem::new(NOT_RECORDED).with("why", taken.refusal.unwrap_or_default())),
    }
}

/// What was answered the first time.
async fn before(app: &App, community: PlaceId, id: RecordId) -> Result<Said> {
    let record = field::journal::find(app, community, id)
        .await?
        .filter(|record| record.kind == PASSAGE)
        .ok_or_else(|| Problem::new(NOT_RECORDED))?;
    let body: Passage = record.body()?;
    Ok(Said {
        decision: if body.despite.is_empty() {
            body.decision
        } else {
            Decision::Go
        },
        reason: body.reason,
    })
}

fn end(code: &str) -> String {
    let n = code.chars().count();
    let end: String = code
        .chars()
        .skip(n.saturating_sub(KEPT))
        .filter(|c| !c.is_control())
        .collect();
    if end.trim().is_empty() {
        "?".to_owned()
    } else {
        end
    }
}

/// The reason that stands for a code that is no pass of ours.
pub fn unreadable(why: Unreadable) -> &'static str {
    match why {
        Unreadable::UnknownKey => "pass-foreign",
        _ => "pass-forged",
    }
}
