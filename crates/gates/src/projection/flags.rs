//! What a committee must look at: let through at two gates, with a pass that was no longer in use, out of confinement.
//! Phones decide offline by what they knew; that is no error of the guard.

use std::collections::{HashMap, HashSet};

use field::{Effects, Record, issues::Flag};
use kit::{
    Result, Timestamp,
    id::{PassId, PlaceId, RecordId, ResidentId},
};
use people::{model::standing, standing::Standing};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::{
    body::{Decision, Direction, Passage},
    model::{PassState, pass, passage},
};

/// Through two gates in the same direction within this long is a conflict.
pub const TWICE: std::time::Duration = std::time::Duration::from_secs(600);

/// The same person went through two gates in the same direction at almost the same time.
pub const AT_TWO_GATES: &str = "gate-twice";
/// The pass had been withdrawn, replaced or collected before.
pub const ENDED_PASS: &str = "gate-ended-pass";
/// Somebody confined went out.
pub const CONFINED: &str = "gate-confined";

/// Ids in one statement.
const STEP: usize = 1_000;

type Taken<'a> = (&'a Record, Box<Passage>);

/// Flags what these passages show.
pub(super) async fn of(tx: &DatabaseTransaction, taken: &[Taken<'_>], effects: &mut Effects) -> Result<()> {
    let through: Vec<&Taken<'_>> = taken
        .iter()
        .filter(|(_, body)| body.decision == Decision::Go && body.despite.is_empty())
        .collect();
    if through.is_empty() {
        return Ok(());
    }
    twice(tx, &through, effects).await?;
    ended(tx, &through, effects).await?;
    confined(tx, &through, effects).await
}

/// Who somebody is at a gate: a resident, else a pass.
fn who(row: &passage::Model) -> Option<uuid::Uuid> {
    row.resident_id.map(|id| id.0).or(row.pass_id.map(|id| id.0))
}

async fn twice(tx: &DatabaseTransaction, through: &[&Taken<'_>], effects: &mut Effects) -> Result<()> {
    let ids: HashSet<RecordId> = through.iter().map(|(record, _)| record.id).collect();
    let residents: Vec<ResidentId> = through.iter().filter_map(|(_, body)| body.resident).collect();
    let passes: Vec<PassId> = through
        .iter()
        .filter(|(_, body)| body.resident.is_none())
        .filter_map(|(_, body)| body.pass)
        .collect();
    let first = through
        .iter()
        .map(|(record, _)| record.happened_at())
        .min()
        .unwrap_or_default();
    let last = through
        .iter()
        .map(|(record, _)| record.happened_at())
        .max()
        .unwrap_or_default();
    let span = Condition::all()
        .add(passage::Column::At.gte(first.minus(TWICE)))
        .add(passage::Column::At.lte(last + TWICE))
        .add(passage::Column::Go.eq(true));
    let mut by_person: HashMap<(uuid::Uuid, bool), Vec<passage::Model>> = HashMap::new();
    let mut rows = Vec::new();
    for some in residents.chunks(STEP) {
        let of = passage::Column::ResidentId.is_in(some.iter().copied());
        rows.extend(
            passage::Entity::find()
                .filter(of)
                .filter(span.clone())
                .all(tx)
                .await?,
        );
    }
    for some in passes.chunks(STEP) {
        let of = passage::Column::PassId.is_in(some.iter().copied());
        rows.extend(
            passage::Entity::find()
                .filter(of)
                .filter(span.clone())
                .all(tx)
                .await?,
        );
    }
    for row in rows {
        if let Some(who) = who(&row) {
            by_person.entry((who, row.inward)).or_default().push(row);
        }
    }
    for rows in by_person.values_mut() {
        rows.sort_by_key(|row| (row.at, row.id));
        rows.dedup_by_key(|row| row.id);
        for pair in rows.windows(2) {
            let [earlier, later] = pair else { continue };
            let near = later.at.since(earlier.at) <= i64::try_from(TWICE.as_millis()).unwrap_or(i64::MAX);
            let fresh = ids.contains(&earlier.id) || ids.contains(&later.id);
            if near && fresh && earlier.gate_id != later.gate_id {
                effects.flag(Flag::of(&again(later), AT_TWO_GATES, None));
            }
        }
    }
    Ok(())
}

/// A passage as the record it came from; its body is in the journal.
fn again(row: &passage::Model) -> Record {
    Record {
        id: row.id,
        community: row.community_id,
        kind: crate::body::PASSAGE.to_owned(),
        at: row.at,
        received_at: row.received_at,
        sender: row.sender,
        shift: row.shift_id,
        body: serde_json::json!({ "gate": row.gate_id, "resident": row.resident_id, "pass": row.pass_id })
            .to_string(),
        sealed: None,
        voided: false,
    }
}

async fn ended(tx: &DatabaseTransaction, through: &[&Taken<'_>], effects: &mut Effects) -> Result<()> {
    let ids: Vec<PassId> = through.iter().filter_map(|(_, body)| body.pass).collect();
    let mut since: HashMap<PassId, Timestamp> = HashMap::new();
    for some in ids.chunks(STEP) {
        let rows = pass::Entity::find()
            .filter(pass::Column::Id.is_in(some.iter().copied()))
            .filter(pass::Column::State.ne(PassState::Active))
            .all(tx)
            .await?;
        since.extend(rows.into_iter().map(|row| (row.id, row.updated_at)));
    }
    for (record, body) in through {
        let ended = body.pass.and_then(|id| since.get(&id));
        if ended.is_some_and(|ended| *ended <= record.happened_at()) {
            effects.flag(Flag::of(record, ENDED_PASS, None));
        }
    }
    Ok(())
}

async fn confined(tx: &DatabaseTransaction, through: &[&Taken<'_>], effects: &mut Effects) -> Result<()> {
    let out: Vec<&&Taken<'_>> = through
        .iter()
        .filter(|(_, body)| body.direction == Direction::Out)
        .collect();
    let ids: Vec<ResidentId> = out.iter().filter_map(|(_, body)| body.resident).collect();
    let mut standings: HashMap<(PlaceId, ResidentId), (Standing, Timestamp)> = HashMap::new();
    for some in ids.chunks(STEP) {
        let rows = standing::Entity::find()
            .filter(standing::Column::ResidentId.is_in(some.iter().copied()))
            .all(tx)
            .await?;
        standings.extend(rows.into_iter().map(|row| {
            let standing = Standing::of(&row);
            ((row.community_id, row.resident_id), (standing, row.updated_at))
        }));
    }
    for (record, body) in out {
        let Some(resident) = body.resident else { continue };
        let standing = standings.get(&(record.community, resident));
        if standing.is_some_and(|(standing, since)| {
            *since <= record.happened_at() && standing.confined_at(record.happened_at())
        }) {
            effects.flag(Flag::of(record, CONFINED, None));
        }
    }
    Ok(())
}
