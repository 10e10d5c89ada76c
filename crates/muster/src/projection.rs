//! Attendance and work counts as derived from field records.

mod admit;
mod attendances;
mod names;
mod works;

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use field::{
    Admission, Effects, Envelope, Projection, Record,
    issues::Flag,
    record::{VOID, refusal},
};
use kit::{
    Result,
    id::{HelperId, RecordId, ShiftId},
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use shell::App;

use self::names::{Names, Shifts};
use crate::{
    body::{CHECK_IN, CHECK_OUT, CLOSE, CONFIRM, Presence, WORK, Work},
    model::{attendance, fact, shift, work},
    roster::{Activities, Roster, Rosters},
};

/// What is counted for a complete attendance.
pub const PERSON_TIMES: &str = "person-times";
/// Hours, in tenths.
pub const HOURS: &str = "hours";

/// This room's projection.
#[derive(Debug, Default)]
pub struct Muster {
    rosters: Rosters,
    activities: Activities,
}

#[async_trait::async_trait]
impl Projection for Muster {
    fn kinds(&self) -> &'static [&'static str] {
        &[CHECK_IN, CHECK_OUT, CLOSE, CONFIRM, WORK, VOID]
    }

    async fn admit(&self, app: &App, actor: &Actor, envelopes: &[&Envelope]) -> Result<Vec<Admission>> {
        let shifts: HashSet<ShiftId> = envelopes.iter().filter_map(|envelope| envelope.shift).collect();
        let mut rosters = self.rosters.of(app, &shifts, false).await?;
        let activities = self.activities.codes(app).await?;
        let judge = |rosters: &HashMap<ShiftId, std::sync::Arc<Roster>>| -> Vec<Admission> {
            envelopes
                .iter()
                .map(|envelope| admit::admit(actor, envelope, rosters, &activities))
                .collect()
        };
        let mut admissions = judge(&rosters);
        // A name may have been put on the shift a moment ago: before anybody is refused, ask the database.
        if admissions.iter().any(Result::is_err) {
            rosters = self.rosters.of(app, &shifts, true).await?;
            admissions = judge(&rosters);
            for (envelope, admission) in envelopes.iter().zip(&mut admissions) {
                if envelope.kind != VOID {
                    continue;
                }
                if envelope.shift.is_none() {
                    *admission = Box::pin(admit::placed_void(app, actor, envelope)).await?;
                } else if *admission == Err(refusal::NO_RIGHT) {
                    *admission = Box::pin(admit::own_void(app, actor, envelope, &rosters)).await?;
                }
            }
        }
        for (envelope, admission) in envelopes.iter().zip(&mut admissions) {
            if envelope.kind == VOID && envelope.shift.is_some() {
                let judged = admit::void_at(app, actor, envelope, &rosters, *admission);
                *admission = Box::pin(judged).await?;
            }
        }
        Ok(admissions)
    }

    async fn apply(
        &self,
        tx: &DatabaseTransaction,
        records: &[&Record],
        effects: &mut Effects,
    ) -> Result<()> {
        let ids: HashSet<ShiftId> = records.iter().filter_map(|record| record.shift).collect();
        let shifts = Shifts::load(tx, &ids).await?;
        let mut facts = Vec::new();
        let mut works = Vec::new();
        for record in records.iter().copied() {
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
        works::apply(tx, &works, &names, effects).await?;
        attendances::apply(tx, &facts, &shifts, &names, effects).await
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
            return works::void(tx, record, effects).await;
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
        attendances::derive_again(
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
        attendance::Entity::delete_many().exec(tx).await?;
        work::Entity::delete_many().exec(tx).await?;
        Ok(())
    }
}

/// Derives the attendance of a helper on a shift again, because their name was put there or taken off.
pub(crate) async fn again(tx: &DatabaseTransaction, shift: &shift::Model, helper: HelperId) -> Result<()> {
    field::apply::alone(tx, [shift.community_id]).await?;
    let key = (shift.community_id, shift.id, helper);
    if attendance::Entity::find_by_id(key).one(tx).await?.is_none() {
        return Ok(());
    }
    let shifts = Shifts::load(tx, &HashSet::from([shift.id])).await?;
    let names = Names::load(tx, &shifts, &HashSet::from([helper])).await?;
    let mut effects = Effects::default();
    attendances::derive_again(tx, &[key], &shifts, &names, &mut effects).await?;
    effects.write(tx).await
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
