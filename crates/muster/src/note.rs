//! Handover notes: what one shift leaves to the next, in words. A field record, so that it can be written without
//! a network.

use std::{collections::HashSet, time::Duration};

use accounts::Actor;
use field::{
    Admission, Effects, Envelope, Projection, Record,
    record::{Refusal, refusal},
};
use kit::{Result, Role, Timestamp, id::ShiftId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use shell::App;
use store::bulk::{Insert, Type};

use crate::{
    model::{note, shift},
    roster::{Roster, Rosters},
};

/// What one shift hands over to the next.
pub const NOTE: &str = "shift.note";
/// Longest note, in characters.
pub const MOST: usize = 1_000;
/// Too long, or nothing in it.
const NO_NOTE: Refusal = Refusal("note-length");

/// How far back the notes of earlier shifts of a post are shown.
const BACK: Duration = Duration::from_secs(36 * 3600);

/// Body of `shift.note`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Words; 1 to [`MOST`] characters.
    pub text: String,
}

const NOTES: Insert = Insert {
    table: "shift_notes",
    columns: &[
        ("community_id", Type::Uuid),
        ("record_id", Type::Uuid),
        ("shift_id", Type::Uuid),
        ("by", Type::UuidOrNull),
        ("text", Type::Text),
        ("at", Type::Int),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// The projection of handover notes.
#[derive(Debug, Default)]
pub struct Notes {
    rosters: Rosters,
}

#[async_trait::async_trait]
impl Projection for Notes {
    fn kinds(&self) -> &'static [&'static str] {
        &[NOTE]
    }

    async fn admit(&self, app: &App, actor: &Actor, envelopes: &[&Envelope]) -> Result<Vec<Admission>> {
        let shifts: HashSet<ShiftId> = envelopes.iter().filter_map(|envelope| envelope.shift).collect();
        let rosters = self.rosters.of(app, &shifts, true).await?;
        Ok(envelopes
            .iter()
            .map(|envelope| {
                let body: Note = serde_json::from_str(envelope.body.get()).map_err(|_| refusal::MALFORMED)?;
                let shift = envelope.shift.ok_or(refusal::MALFORMED)?;
                let roster = rosters.get(&shift).ok_or(refusal::UNKNOWN_SHIFT)?;
                if !(1..=MOST).contains(&body.text.trim().chars().count()) {
                    return Err(NO_NOTE);
                }
                if writes(actor, roster) {
                    Ok(roster.community)
                } else {
                    Err(refusal::NO_RIGHT)
                }
            })
            .collect())
    }

    async fn apply(&self, tx: &DatabaseTransaction, records: &[&Record], _: &mut Effects) -> Result<()> {
        let mut rows = Vec::with_capacity(records.len());
        for record in records.iter().copied().filter(|record| !record.voided) {
            let Some(shift) = record.shift else { continue };
            let body: Note = record.body()?;
            rows.push(vec![
                record.community.0.into(),
                record.id.0.into(),
                shift.0.into(),
                record.sender.map(|id| id.0).into(),
                body.text.trim().into(),
                // A phone whose clock is ahead does not write from the future.
                record.happened_at().millis().into(),
            ]);
        }
        NOTES.run(tx, rows).await?;
        Ok(())
    }

    async fn void(&self, tx: &DatabaseTransaction, record: &Record, _: &mut Effects) -> Result<()> {
        note::Entity::delete_by_id((record.community, record.id))
            .exec(tx)
            .await?;
        Ok(())
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<()> {
        note::Entity::delete_many().exec(tx).await?;
        Ok(())
    }
}

/// Staff of the place, and whoever stands on the shift or coordinates somebody who does.
fn writes(actor: &Actor, roster: &Roster) -> bool {
    let coordinated = actor.orgs(&[Role::Coordinator]);
    actor.may(Role::STAFF, &roster.path)
        || roster.lists(actor)
        || roster
            .names
            .values()
            .any(|(org, _)| org.is_some_and(|org| coordinated.contains(&org)))
}

/// A note as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// When.
    pub at: Timestamp,
    /// By whom; empty when the user is gone.
    pub by: String,
    /// Words.
    pub text: String,
    /// Of an earlier shift.
    pub earlier: bool,
}

/// The notes of a shift, and those of the shifts of its post before it; the oldest first.
pub async fn read(db: &impl ConnectionTrait, shift: &shift::Model) -> Result<Vec<Written>> {
    let before: Vec<ShiftId> = shift::Entity::find()
        .select_only()
        .column(shift::Column::Id)
        .filter(shift::Column::CommunityId.eq(shift.community_id))
        .filter(shift::Column::PostId.eq(shift.post_id))
        .filter(shift::Column::StartsAt.lt(shift.starts_at))
        .filter(shift::Column::EndsAt.gt(shift.starts_at.minus(BACK)))
        .into_tuple()
        .all(db)
        .await?;
    let rows = note::Entity::find()
        .filter(note::Column::CommunityId.eq(shift.community_id))
        .filter(note::Column::ShiftId.is_in(before.into_iter().chain([shift.id])))
        .order_by_asc(note::Column::At)
        .limit(100)
        .all(db)
        .await?;
    let writers = rows.iter().filter_map(|row| row.by.map(|id| id.0)).collect();
    let names = accounts::names::names(db, "users", writers).await;
    Ok(rows
        .into_iter()
        .map(|row| Written {
            at: row.at,
            by: row
                .by
                .and_then(|by| names.get(&by.0).cloned())
                .unwrap_or_default(),
            text: row.text,
            earlier: row.shift_id != shift.id,
        })
        .collect())
}
