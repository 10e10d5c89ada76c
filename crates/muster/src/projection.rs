//! Attendance and work counts as derived from field records.

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use field::{
    Admission, Effects, Envelope, Projection, Record,
    issues::Flag,
    record::{Refusal, VOID, Void, refusal},
};
use kit::{
    Result,
    id::{HelperId, OrgId, PlaceId, RecordId, ShiftId},
    rules::MusterRules,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Value};
use serde_json::value::RawValue;
use shell::App;
use store::bulk::{Insert, Type};

use crate::{
    attendance::{self, Derived, Span},
    body::{CHECK_IN, CHECK_OUT, CLOSE, CONFIRM, MOST_QUANTITY, Presence, WORK, Work},
    model::{FactKind, assignment, attendance as attendances, fact, post, shift, work},
    roster::{Activities, Roster, Rosters},
};

/// What is counted for a complete attendance.
pub const PERSON_TIMES: &str = "person-times";
/// Hours, in tenths.
pub const HOURS: &str = "hours";

/// No such activity is counted here.
const UNKNOWN_ACTIVITY: Refusal = Refusal("unknown-activity");
/// The quantity is not from 1 to [`MOST_QUANTITY`].
const IMPOSSIBLE_QUANTITY: Refusal = Refusal("impossible-quantity");
/// Only the system closes shifts.
const SYSTEM_ONLY: Refusal = Refusal("system-only");

/// This room's projection.
#[derive(Debug, Default)]
pub struct Muster {
    rosters: Rosters,
    activities: Activities,
}

type Key = (PlaceId, ShiftId, HelperId);

const FACTS: Insert = Insert {
    table: "attendance_facts",
    columns: &[
        ("community_id", Type::Uuid),
        ("shift_id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("record_id", Type::Uuid),
        ("kind", Type::Text),
        ("at", Type::Int),
        ("received_at", Type::Int),
        ("elsewhere", Type::Bool),
        ("voided", Type::Bool),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

const ATTENDANCES: Insert = Insert {
    table: "attendances",
    columns: &[
        ("community_id", Type::Uuid),
        ("shift_id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("org_id", Type::Uuid),
        ("place_id", Type::Uuid),
        ("day", Type::Text),
        ("in_at", Type::IntOrNull),
        ("out_at", Type::IntOrNull),
        ("tenths", Type::Int),
        ("complete", Type::Bool),
        ("flags", Type::Text),
    ],
    suffix: "ON CONFLICT (community_id, shift_id, helper_id) DO UPDATE SET in_at = excluded.in_at, \
             out_at = excluded.out_at, tenths = excluded.tenths, complete = excluded.complete, \
             flags = excluded.flags",
};

const WORKS: Insert = Insert {
    table: "work_counts",
    columns: &[
        ("community_id", Type::Uuid),
        ("record_id", Type::Uuid),
        ("shift_id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("org_id", Type::Uuid),
        ("day", Type::Text),
        ("activity", Type::Text),
        ("quantity", Type::Int),
        ("voided", Type::Bool),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

#[async_trait::async_trait]
impl Projection for Muster {
    fn kinds(&self) -> &'static [&'static str] {
        &[CHECK_IN, CHECK_OUT, CLOSE, CONFIRM, WORK, VOID]
    }

    async fn admit(&self, app: &App, actor: &Actor, envelopes: &[&Envelope]) -> Result<Vec<Admission>> {
        let shifts: HashSet<ShiftId> = envelopes.iter().filter_map(|envelope| envelope.shift).collect();
        let rosters = self.rosters.of(app, &shifts, false).await?;
        let activities = self.activities.codes(app).await?;
        let judge = |rosters: &HashMap<ShiftId, std::sync::Arc<Roster>>| -> Vec<Admission> {
            envelopes
                .iter()
                .map(|envelope| admit(actor, envelope, rosters, &activities))
                .collect()
        };
        let mut admissions = judge(&rosters);
        // A name may have been put on the shift a moment ago: before anybody is refused, ask the database.
        if admissions.iter().any(Result::is_err) {
            let rosters = self.rosters.of(app, &shifts, true).await?;
            admissions = judge(&rosters);
            for (envelope, admission) in envelopes.iter().zip(&mut admissions) {
                if envelope.kind == VOID && *admission == Err(refusal::NO_RIGHT) {
                    *admission = own_void(app, actor, envelope, &rosters).await?;
                }
            }
        }
        Ok(admissions)
    }

    async fn apply(&self, tx: &DatabaseTransaction, records: &[Record], effects: &mut Effects) -> Result<()> {
        let ids: HashSet<ShiftId> = records.iter().filter_map(|record| record.shift).collect();
        let shifts = Shifts::load(tx, &ids).await?;
        let mut facts = Vec::new();
        let mut works = Vec::new();
        for record in records {
            let Some(shift) = record.shift.and_then(|id| shifts.all.get(&id)) else {
                effects.flag(Flag::of(record, "unknown-shift", None));
                continue;
            };
            if record.kind == WORK {
                works.push((record, shift, record.body::<Work>()?));
            } else {
                facts.push((record, shift, record.body::<Presence>()?));
            }
        }
        let helpers: HashSet<HelperId> = facts
            .iter()
            .map(|(_, _, b)| b.helper)
            .chain(works.iter().map(|(_, _, b)| b.helper))
            .collect();
        let names = Names::load(tx, &shifts, &helpers).await?;
        apply_works(tx, &works, &names, effects).await?;
        apply_facts(tx, &facts, &shifts, &names, effects).await
    }

    async fn void(&self, tx: &DatabaseTransaction, record: &Record, effects: &mut Effects) -> Result<()> {
        let Some(shift_id) = record.shift else {
            return Ok(());
        };
        let shifts = Shifts::load(tx, &HashSet::from([shift_id])).await?;
        let Some(shift) = shifts.all.get(&shift_id) else {
            return Ok(());
        };
        if record.kind == WORK {
            return void_work(tx, record, effects).await;
        }
        let body: Presence = record.body()?;
        fact::Entity::update_many()
            .col_expr(fact::Column::Voided, sea_orm::sea_query::Expr::value(true))
            .filter(fact::Column::CommunityId.eq(record.community))
            .filter(fact::Column::ShiftId.eq(shift_id))
            .filter(fact::Column::HelperId.eq(body.helper))
            .filter(fact::Column::RecordId.eq(record.id))
            .exec(tx)
            .await?;
        let names = Names::load(tx, &shifts, &HashSet::from([body.helper])).await?;
        derive_again(
            tx,
            &[(shift.community_id, shift_id, body.helper)],
            &shifts,
            &names,
            effects,
        )
        .await
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<()> {
        fact::Entity::delete_many().exec(tx).await?;
        attendances::Entity::delete_many().exec(tx).await?;
        work::Entity::delete_many().exec(tx).await?;
        Ok(())
    }
}

fn admit(
    actor: &Actor,
    envelope: &Envelope,
    rosters: &HashMap<ShiftId, std::sync::Arc<Roster>>,
    activities: &HashSet<String>,
) -> Admission {
    let shift = envelope.shift.ok_or(refusal::MALFORMED)?;
    let helper = match envelope.kind.as_str() {
        VOID => {
            let body: Void = parse(&envelope.body)?;
            let reason = body.reason.trim().chars().count();
            if !(1..=500).contains(&reason) {
                return Err(refusal::MALFORMED);
            }
            None
        }
        WORK => {
            let body: Work = parse(&envelope.body)?;
            if !activities.contains(&body.activity) {
                return Err(UNKNOWN_ACTIVITY);
            }
            if !(1..=MOST_QUANTITY).contains(&body.quantity) {
                return Err(IMPOSSIBLE_QUANTITY);
            }
            Some(body.helper)
        }
        _ => Some(parse::<Presence>(&envelope.body)?.helper),
    };
    let roster = rosters.get(&shift).ok_or(refusal::UNKNOWN_SHIFT)?;
    let right = match (envelope.kind.as_str(), helper) {
        (CLOSE, _) if actor.user_id.is_some() => return Err(SYSTEM_ONLY),
        (CONFIRM, Some(_)) | (VOID, _) => actor.may(kit::Role::STAFF, &roster.path) || roster.leads(actor),
        (_, Some(helper)) => roster.admits(actor, helper),
        (_, None) => false,
    };
    if right {
        Ok(roster.community)
    } else {
        Err(refusal::NO_RIGHT)
    }
}

/// Whoever recorded something may void it, as long as their name is on the shift.
async fn own_void(
    app: &App,
    actor: &Actor,
    envelope: &Envelope,
    rosters: &HashMap<ShiftId, std::sync::Arc<Roster>>,
) -> Result<Admission> {
    let Some(roster) = envelope.shift.and_then(|shift| rosters.get(&shift)) else {
        return Ok(Err(refusal::UNKNOWN_SHIFT));
    };
    let Ok(body) = parse::<Void>(&envelope.body) else {
        return Ok(Err(refusal::MALFORMED));
    };
    let own = match field::journal::find(&app.store, roster.community, body.record).await? {
        Some(target) => target.sender.is_some() && target.sender == actor.user_id,
        // It has overtaken the record it voids.
        None => roster.lists(actor),
    };
    Ok(if own {
        Ok(roster.community)
    } else {
        Err(refusal::NO_RIGHT)
    })
}

fn parse<'a, T: serde::Deserialize<'a>>(body: &'a RawValue) -> std::result::Result<T, Refusal> {
    serde_json::from_str(body.get()).map_err(|_| refusal::MALFORMED)
}

/// The shifts of some records, with the places of their posts.
struct Shifts {
    all: HashMap<ShiftId, shift::Model>,
    places: HashMap<ShiftId, PlaceId>,
}

impl Shifts {
    async fn load(tx: &DatabaseTransaction, ids: &HashSet<ShiftId>) -> Result<Self> {
        let mut all = HashMap::new();
        let ids: Vec<ShiftId> = ids.iter().copied().collect();
        for some in ids.chunks(5_000) {
            let rows = shift::Entity::find()
                .filter(shift::Column::Id.is_in(some.iter().copied()))
                .all(tx)
                .await?;
            all.extend(rows.into_iter().map(|row| (row.id, row)));
        }
        let posts: HashSet<kit::id::PostId> = all.values().map(|shift| shift.post_id).collect();
        let posts: HashMap<_, _> = post::Entity::find()
            .filter(post::Column::Id.is_in(posts))
            .all(tx)
            .await?
            .into_iter()
            .map(|post| (post.id, post.place_id))
            .collect();
        let places = all
            .iter()
            .map(|(id, shift)| {
                (
                    *id,
                    posts.get(&shift.post_id).copied().unwrap_or(shift.community_id),
                )
            })
            .collect();
        Ok(Self { all, places })
    }
}

/// Whose name stands on which shift, and which organisation everybody belongs to.
struct Names {
    rostered: HashMap<(ShiftId, HelperId), Option<OrgId>>,
    orgs: HashMap<HelperId, Option<OrgId>>,
}

impl Names {
    async fn load(tx: &DatabaseTransaction, shifts: &Shifts, helpers: &HashSet<HelperId>) -> Result<Self> {
        let communities: HashSet<PlaceId> = shifts.all.values().map(|shift| shift.community_id).collect();
        let mut rostered = HashMap::new();
        let ids: Vec<ShiftId> = shifts.all.keys().copied().collect();
        for some in ids.chunks(5_000) {
            let rows = assignment::Entity::find()
                .filter(assignment::Column::CommunityId.is_in(communities.iter().copied()))
                .filter(assignment::Column::ShiftId.is_in(some.iter().copied()))
                .all(tx)
                .await?;
            rostered.extend(
                rows.into_iter()
                    .map(|row| ((row.shift_id, row.helper_id), row.org_id)),
            );
        }
        let strangers: Vec<HelperId> = helpers.iter().copied().collect();
        let mut orgs = HashMap::new();
        for some in strangers.chunks(5_000) {
            let rows = people::model::helper::Entity::find()
                .filter(people::model::helper::Column::Id.is_in(some.iter().copied()))
                .all(tx)
                .await?;
            orgs.extend(rows.into_iter().map(|row| (row.id, row.org_id)));
        }
        Ok(Self { rostered, orgs })
    }

    fn org(&self, shift: ShiftId, helper: HelperId) -> OrgId {
        self.rostered
            .get(&(shift, helper))
            .copied()
            .flatten()
            .or_else(|| self.orgs.get(&helper).copied().flatten())
            .unwrap_or_default()
    }
}

async fn apply_works(
    tx: &DatabaseTransaction,
    works: &[(&Record, &shift::Model, Work)],
    names: &Names,
    effects: &mut Effects,
) -> Result<()> {
    let mut rows = Vec::with_capacity(works.len());
    for (record, shift, body) in works {
        let org = names.org(shift.id, body.helper);
        if !record.voided {
            effects.tally(
                shift.community_id,
                shift.day,
                org,
                body.helper,
                &body.activity,
                body.quantity,
            );
            if !names.rostered.contains_key(&(shift.id, body.helper)) {
                effects.flag(Flag::of(record, "not-on-roster", Some(body.helper)));
            }
        }
        rows.push(vec![
            record.community.0.into(),
            record.id.0.into(),
            shift.id.0.into(),
            body.helper.0.into(),
            org.0.into(),
            shift.day.to_string().into(),
            body.activity.clone().into(),
            body.quantity.into(),
            record.voided.into(),
        ]);
    }
    WORKS.run(tx, rows).await?;
    Ok(())
}

async fn void_work(tx: &DatabaseTransaction, record: &Record, effects: &mut Effects) -> Result<()> {
    let found = work::Entity::find_by_id((record.community, record.id))
        .one(tx)
        .await?;
    let Some(row) = found.filter(|row| !row.voided) else {
        return Ok(());
    };
    effects.tally(
        row.community_id,
        row.day,
        row.org_id,
        row.helper_id,
        &row.activity,
        -row.quantity,
    );
    work::Entity::update_many()
        .col_expr(work::Column::Voided, sea_orm::sea_query::Expr::value(true))
        .filter(work::Column::CommunityId.eq(row.community_id))
        .filter(work::Column::RecordId.eq(row.record_id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn apply_facts(
    tx: &DatabaseTransaction,
    facts: &[(&Record, &shift::Model, Presence)],
    shifts: &Shifts,
    names: &Names,
    effects: &mut Effects,
) -> Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(facts.len());
    let mut keys: Vec<Key> = Vec::with_capacity(facts.len());
    for (record, shift, body) in facts {
        let kind = match record.kind.as_str() {
            CHECK_IN => "in",
            CHECK_OUT => "out",
            CLOSE => "close",
            _ => "confirm",
        };
        let elsewhere = body.place.is_some_and(|place| {
            place != shifts.places.get(&shift.id).copied().unwrap_or_default() && place != shift.community_id
        });
        keys.push((shift.community_id, shift.id, body.helper));
        rows.push(vec![
            shift.community_id.0.into(),
            shift.id.0.into(),
            body.helper.0.into(),
            record.id.0.into(),
            kind.into(),
            record.at.millis().into(),
            record.received_at.millis().into(),
            elsewhere.into(),
            record.voided.into(),
        ]);
    }
    FACTS.run(tx, rows).await?;
    keys.sort_unstable();
    keys.dedup();
    derive_again(tx, &keys, shifts, names, effects).await
}

/// Derives the attendance of these keys from all their facts, and moves tallies and flags by the difference.
async fn derive_again(
    tx: &DatabaseTransaction,
    keys: &[Key],
    shifts: &Shifts,
    names: &Names,
    effects: &mut Effects,
) -> Result<()> {
    let rules = MusterRules::default();
    let facts = facts_of(tx, keys).await?;
    let before = attendances_of(tx, keys).await?;
    let mut rows: Vec<Vec<Value>> = Vec::with_capacity(keys.len());
    for key in keys {
        let (community, shift_id, helper) = *key;
        let Some(shift) = shifts.all.get(&shift_id) else {
            continue;
        };
        let none = Vec::new();
        let facts = facts.get(key).unwrap_or(&none);
        let counted: Vec<attendance::Fact> = facts.iter().filter(|fact| !fact.voided).map(as_fact).collect();
        let span = Span {
            starts_at: shift.starts_at,
            ends_at: shift.ends_at,
        };
        let rostered = names.rostered.contains_key(&(shift_id, helper));
        let derived = attendance::derive(&counted, span, rostered, &rules);
        let old = before.get(key);
        // The organisation stays what it was at the first record, so that tallies always cancel out.
        let org = old.map_or_else(|| names.org(shift_id, helper), |old| old.org_id);
        let (was_complete, was_tenths) = old.map_or((false, 0), |old| (old.complete, old.tenths));
        let difference = i64::from(derived.complete) - i64::from(was_complete);
        effects.tally(community, shift.day, org, helper, PERSON_TIMES, difference);
        effects.tally(
            community,
            shift.day,
            org,
            helper,
            HOURS,
            derived.tenths - was_tenths,
        );
        let codes = codes(&derived);
        if old.is_some_and(|old| !old.flags.is_empty()) {
            for fact in facts {
                effects.unflag(community, fact.record_id);
            }
        }
        for (record, code) in &derived.flags {
            if let Some(fact) = facts.iter().find(|fact| fact.record_id == *record) {
                effects.flag(flag(fact, code));
            }
        }
        rows.push(vec![
            community.0.into(),
            shift_id.0.into(),
            helper.0.into(),
            org.0.into(),
            shifts
                .places
                .get(&shift_id)
                .copied()
                .unwrap_or(community)
                .0
                .into(),
            shift.day.to_string().into(),
            derived.in_at.map(kit::Timestamp::millis).into(),
            derived.out_at.map(kit::Timestamp::millis).into(),
            derived.tenths.into(),
            derived.complete.into(),
            codes.into(),
        ]);
    }
    ATTENDANCES.run(tx, rows).await?;
    Ok(())
}

fn as_fact(row: &fact::Model) -> attendance::Fact {
    attendance::Fact {
        record: row.record_id,
        kind: row.kind,
        at: row.at,
        received_at: row.received_at,
        elsewhere: row.elsewhere,
    }
}

fn codes(derived: &Derived) -> String {
    let mut codes: Vec<&str> = derived
        .flags
        .iter()
        .map(|(_, code)| *code)
        .chain(derived.notes.iter().copied())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes.join(",")
}

fn flag(fact: &fact::Model, code: &'static str) -> Flag {
    let kind = match fact.kind {
        FactKind::In => CHECK_IN,
        FactKind::Out => CHECK_OUT,
        FactKind::Close => CLOSE,
        FactKind::Confirm => CONFIRM,
    };
    let body = serde_json::to_string(&Presence {
        helper: fact.helper_id,
        place: None,
    })
    .unwrap_or_default();
    let record = Record {
        id: fact.record_id,
        community: fact.community_id,
        kind: kind.to_owned(),
        at: fact.at,
        received_at: fact.received_at,
        sender: None,
        shift: Some(fact.shift_id),
        body,
        voided: false,
    };
    Flag::of(&record, code, Some(fact.helper_id))
}

async fn facts_of(tx: &DatabaseTransaction, keys: &[Key]) -> Result<HashMap<Key, Vec<fact::Model>>> {
    let mut found: HashMap<Key, Vec<fact::Model>> = HashMap::new();
    for some in keys.chunks(2_000) {
        let (communities, shifts, helpers) = sides(some);
        let rows = fact::Entity::find()
            .filter(fact::Column::CommunityId.is_in(communities))
            .filter(fact::Column::ShiftId.is_in(shifts))
            .filter(fact::Column::HelperId.is_in(helpers))
            .all(tx)
            .await?;
        for row in rows {
            found
                .entry((row.community_id, row.shift_id, row.helper_id))
                .or_default()
                .push(row);
        }
    }
    // Two chunks may both have met a row.
    for rows in found.values_mut() {
        rows.sort_by_key(|row| row.record_id);
        rows.dedup_by_key(|row| row.record_id);
    }
    Ok(found)
}

async fn attendances_of(tx: &DatabaseTransaction, keys: &[Key]) -> Result<HashMap<Key, attendances::Model>> {
    let mut found = HashMap::new();
    for some in keys.chunks(2_000) {
        let (communities, shifts, helpers) = sides(some);
        let rows = attendances::Entity::find()
            .filter(attendances::Column::CommunityId.is_in(communities))
            .filter(attendances::Column::ShiftId.is_in(shifts))
            .filter(attendances::Column::HelperId.is_in(helpers))
            .all(tx)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|row| ((row.community_id, row.shift_id, row.helper_id), row)),
        );
    }
    Ok(found)
}

fn sides(keys: &[Key]) -> (HashSet<PlaceId>, HashSet<ShiftId>, HashSet<HelperId>) {
    (
        keys.iter().map(|key| key.0).collect(),
        keys.iter().map(|key| key.1).collect(),
        keys.iter().map(|key| key.2).collect(),
    )
}

/// The id of the record by which the system closes an attendance: the same on every server, so that two
/// servers that close it at once make one record.
pub fn closing_id(shift: ShiftId, helper: HelperId) -> RecordId {
    let mut bytes = [0; 16];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = shift.0.as_bytes()[i] ^ helper.0.as_bytes()[(i + 5) % 16].rotate_left(3);
    }
    RecordId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
