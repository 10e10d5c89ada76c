//! Corrections: what was recorded wrong is voided with a reason, and what was meant is recorded in its place.
//! Nothing is overwritten; the trace of an attendance shows all of it.

use std::{collections::HashMap, time::Duration};

use accounts::Actor;
use field::{
    Field, Record, Status,
    record::{VOID, Void},
};
use kit::{
    FieldError, Problem, Result, Timestamp,
    id::{HelperId, RecordId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{App, form::Typed};

use crate::{
    body::{CHECK_IN, CHECK_OUT, Presence},
    model::{fact, shift, work},
};

/// How far outside its shift a check-in or check-out may be entered.
const FAR: Duration = Duration::from_secs(24 * 3600);

/// The times that should have been recorded; none where there should be no record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// Came.
    pub in_at: Option<Timestamp>,
    /// Left.
    pub out_at: Option<Timestamp>,
    /// Why the records were wrong.
    pub reason: String,
}

impl Times {
    /// From the form: `in_at`, `out_at` as a day and a time of day, `reason`.
    pub fn read(typed: &Typed, shift: &shift::Model, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        let [in_at, out_at] = ["in_at", "out_at"].map(|name| {
            let at: Option<jiff::civil::DateTime> = check.parse_optional(name, "date");
            let at = at.map(|at| Timestamp::local(at.date(), at.time()));
            if at.is_some_and(|at| at > now) {
                check.error(FieldError::new(name, "in-future"));
            } else if at.is_some_and(|at| at < shift.starts_at.minus(FAR) || at > shift.ends_at + FAR) {
                check.error(FieldError::new(name, "far-from-shift"));
            }
            at
        });
        if out_at.is_some_and(|out| in_at.is_none_or(|came| out < came)) {
            check.error(FieldError::new("out_at", "before-start"));
        }
        let reason = check.text("reason", 500);
        check.done(Self {
            in_at,
            out_at,
            reason,
        })
    }
}

/// A record about an attendance.
#[derive(Debug, Clone)]
pub struct Traced {
    /// What was recorded.
    pub record: Record,
    /// Name of who sent it; none for the system.
    pub by: Option<String>,
    /// Why it was voided.
    pub voided: Option<String>,
}

/// Everything recorded about a helper on a shift, in the order in which it happened.
pub async fn trace(app: &App, shift: &shift::Model, helper: HelperId) -> Result<Vec<Traced>> {
    let db = app.store.read();
    let facts = fact::Entity::find()
        .filter(fact::Column::CommunityId.eq(shift.community_id))
        .filter(fact::Column::ShiftId.eq(shift.id))
        .filter(fact::Column::HelperId.eq(helper))
        .all(db)
        .await?;
    let works = work::Entity::find()
        .filter(work::Column::CommunityId.eq(shift.community_id))
        .filter(work::Column::ShiftId.eq(shift.id))
        .filter(work::Column::HelperId.eq(helper))
        .all(db)
        .await?;
    let ids: Vec<RecordId> = facts
        .iter()
        .map(|fact| fact.record_id)
        .chain(works.iter().map(|work| work.record_id))
        .collect();
    let mut records = field::journal::some(app, shift.community_id, &ids).await?;
    records.sort_by_key(|record| (record.at, record.id));
    let reasons: HashMap<RecordId, String> = field::model::void::Entity::find()
        .filter(field::model::void::Column::CommunityId.eq(shift.community_id))
        .filter(field::model::void::Column::RecordId.is_in(ids))
        .all(db)
        .await?
        .into_iter()
        .map(|void| (void.record_id, void.reason))
        .collect();
    let senders = records
        .iter()
        .filter_map(|record| record.sender)
        .map(|id| id.0)
        .collect();
    let names = accounts::names::names(db, "users", senders).await;
    Ok(records
        .into_iter()
        .map(|record| Traced {
            by: record.sender.and_then(|id| names.get(&id.0).cloned()),
            voided: reasons.get(&record.id).cloned(),
            record,
        })
        .collect())
}

/// Sets the times of an attendance: voids the check-ins and check-outs that say otherwise, and records those
/// meant. Sent twice, the second finds nothing left to do. Answers why a record was not taken, if one was not.
pub async fn times(
    app: &App,
    field: &Field,
    actor: &Actor,
    shift: &shift::Model,
    helper: HelperId,
    times: &Times,
) -> Result<Option<&'static str>> {
    let mut drafts = Vec::new();
    let trace = trace(app, shift, helper).await?;
    for (kind, meant) in [(CHECK_IN, times.in_at), (CHECK_OUT, times.out_at)] {
        let standing: Vec<&Record> = trace
            .iter()
            .filter(|traced| traced.voided.is_none() && traced.record.kind == kind)
            .map(|traced| &traced.record)
            .collect();
        let right = |record: &&&Record| meant.is_some_and(|at| at.minute_text() == record.at.minute_text());
        let kept = standing.iter().find(right);
        for wrong in standing
            .iter()
            .filter(|record| kept.is_none_or(|kept| kept.id != record.id))
        {
            drafts.push((VOID, app.now(), void(wrong.id, &times.reason)?));
        }
        if let (None, Some(at)) = (kept, meant) {
            let body = serde_json::to_value(Presence { helper, place: None }).map_err(Problem::internal)?;
            drafts.push((kind, at, body));
        }
    }
    submit(app, field, actor, shift, drafts).await
}

/// Voids one record of a shift. Answers why that was not taken, if it was not.
pub async fn one(
    app: &App,
    field: &Field,
    actor: &Actor,
    shift: &shift::Model,
    record: RecordId,
    reason: &str,
) -> Result<Option<&'static str>> {
    submit(
        app,
        field,
        actor,
        shift,
        vec![(VOID, app.now(), void(record, reason)?)],
    )
    .await
}

fn void(record: RecordId, reason: &str) -> Result<serde_json::Value> {
    serde_json::to_value(Void {
        record,
        reason: reason.to_owned(),
        place: None,
    })
    .map_err(Problem::internal)
}

async fn submit(
    app: &App,
    field: &Field,
    actor: &Actor,
    shift: &shift::Model,
    drafts: Vec<(&str, Timestamp, serde_json::Value)>,
) -> Result<Option<&'static str>> {
    let raw = drafts
        .into_iter()
        .map(|(kind, at, body)| {
            serde_json::value::to_raw_value(&serde_json::json!({
                "id": RecordId::fresh(app.now()),
                "kind": kind,
                "at": at,
                "shift": shift.id,
                "body": body,
            }))
        })
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(Problem::internal)?;
    let raw: Vec<&serde_json::value::RawValue> = raw.iter().map(AsRef::as_ref).collect();
    let outcomes = field.submit(actor, &raw, true).await?;
    let refused = outcomes.iter().find(|outcome| outcome.status != Status::Accepted);
    Ok(refused.map(|outcome| outcome.refusal.unwrap_or("malformed")))
}
