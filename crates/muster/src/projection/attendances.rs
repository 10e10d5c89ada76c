//! Attendances, derived from all facts about a helper on a shift.

use std::collections::{HashMap, HashSet};

use field::{Effects, Record, issues::Flag};
use kit::{
    Result,
    id::{HelperId, PlaceId, ShiftId},
    rules::MusterRules,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Value};
use store::bulk::{Insert, Type};

use super::{
    HOURS, PERSON_TIMES,
    names::{Names, Shifts},
};
use crate::{
    attendance::{self, Derived, Span},
    body::{CHECK_IN, CHECK_OUT, CLOSE, CONFIRM, Presence},
    model::{FactKind, attendance as attendances, fact, shift},
};

/// Whose attendance on which shift.
pub(super) type Key = (PlaceId, ShiftId, HelperId);

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

/// Keeps the facts and derives again what they are about.
pub(super) async fn apply(
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
pub(super) async fn derive_again(
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
        sealed: None,
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
