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
    let community = memory.community_of(app, actor, gate).await?;
    // Asked again: what was answered stands, even if something has changed since.
    if let Some(said) = before(app, community, id).await? {
        return Ok(said);
    }
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
        // The same scanner asked twice at once.
        Status::Conflict => before(app, community, id)
            .await?
            .ok_or_else(|| Problem::new(NOT_RECORDED)),
        Status::Rejected => Err(Problem::new(NOT_RECORDED).with("why", taken.refusal.unwrap_or_default())),
    }
}

/// What was answered the first time, when this scan has been answered before.
async fn before(app: &App, community: PlaceId, id: RecordId) -> Result<Option<Said>> {
    let Some(record) = field::journal::find(app, community, id).await? else {
        return Ok(None);
    };
    if record.kind != PASSAGE {
        return Err(Problem::new(NOT_RECORDED));
    }
    let body: Passage = record.body()?;
    Ok(Some(Said {
        decision: if body.despite.is_empty() {
            body.decision
        } else {
            Decision::Go
        },
        reason: body.reason,
    }))
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
