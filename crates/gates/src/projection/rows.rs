//! Records as rows, many at a time.

use std::collections::HashMap;

use field::Record;
use kit::{
    Result,
    id::{HouseholdId, PassId, PlaceId, RecordId, ResidentId},
};
use people::{model::resident, numbers::Sealed};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use store::{
    Cipher,
    bulk::{Insert, Type},
};

use crate::{
    body::{Decision, Direction, Parcel, ParcelOut, Passage, Returnee},
    model::{PassKind, pass, passage},
    pass::issue::plate,
};

const STEP: usize = 1_000;

const PASSAGES: Insert = Insert {
    table: "passages",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("gate_id", Type::Uuid),
        ("at", Type::Int),
        ("received_at", Type::Int),
        ("inward", Type::Bool),
        ("go", Type::Bool),
        ("reason", Type::Text),
        ("despite", Type::Text),
        ("found_by", Type::Text),
        ("resident_id", Type::UuidOrNull),
        ("household_id", Type::UuidOrNull),
        ("pass_id", Type::UuidOrNull),
        ("visit_id", Type::UuidOrNull),
        ("outsider", Type::Bool),
        ("name", Type::Text),
        ("phone_sealed", Type::BytesOrNull),
        ("phone_index", Type::BytesOrNull),
        ("visiting", Type::Text),
        ("origin", Type::Text),
        ("plate", Type::Text),
        ("companions", Type::Int),
        ("temperature", Type::IntOrNull),
        ("hot", Type::Bool),
        ("health", Type::Text),
        ("travel", Type::Text),
        ("mask", Type::Text),
        ("boot", Type::Text),
        ("shift_id", Type::UuidOrNull),
        ("sender", Type::UuidOrNull),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// What is known of the people named in passages.
#[derive(Default)]
struct Named {
    residents: HashMap<(PlaceId, ResidentId), (HouseholdId, String)>,
    passes: HashMap<(PlaceId, PassId), Holder>,
    visits: HashMap<(PlaceId, RecordId), (String, String)>,
}

struct Holder {
    kind: PassKind,
    household: Option<HouseholdId>,
    name: String,
    plate: String,
}

async fn named(tx: &impl ConnectionTrait, taken: &[(&Record, Box<Passage>)]) -> Result<Named> {
    let mut named = Named::default();
    let residents: Vec<ResidentId> = taken.iter().filter_map(|(_, body)| body.resident).collect();
    for some in residents.chunks(STEP) {
        let rows: Vec<(PlaceId, ResidentId, HouseholdId, String)> = resident::Entity::find()
            .select_only()
            .columns([
                resident::Column::CommunityId,
                resident::Column::Id,
                resident::Column::HouseholdId,
                resident::Column::Name,
            ])
            .filter(resident::Column::Id.is_in(some.iter().copied()))
            .into_tuple()
            .all(tx)
            .await?;
        named.residents.extend(
            rows.into_iter()
                .map(|(place, id, home, name)| ((place, id), (home, name))),
        );
    }
    let passes: Vec<PassId> = taken.iter().filter_map(|(_, body)| body.pass).collect();
    for some in passes.chunks(STEP) {
        let rows = pass::Entity::find()
            .filter(pass::Column::Id.is_in(some.iter().copied()))
            .all(tx)
            .await?;
        named.passes.extend(rows.into_iter().map(|row| {
            let holder = Holder {
                kind: row.kind,
                household: row.household_id,
                name: row.name,
                plate: row.plate,
            };
            ((row.community_id, row.id), holder)
        }));
    }
    let visits: Vec<RecordId> = taken.iter().filter_map(|(_, body)| body.visit).collect();
    for some in visits.chunks(STEP) {
        let rows = passage::Entity::find()
            .filter(passage::Column::Id.is_in(some.iter().copied()))
            .all(tx)
            .await?;
        named.visits.extend(
            rows.into_iter()
                .map(|row| ((row.community_id, row.id), (row.name, row.plate))),
        );
    }
    Ok(named)
}

/// A fact that may not have been noted: `yes`, `no` or empty.
const fn truth(noted: Option<bool>) -> &'static str {
    match noted {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    }
}

/// Writes passages.
pub(super) async fn passages(
    tx: &impl ConnectionTrait,
    cipher: &Cipher,
    taken: &[(&Record, Box<Passage>)],
) -> Result<()> {
    if taken.is_empty() {
        return Ok(());
    }
    let named = named(tx, taken).await?;
    let mut rows = Vec::with_capacity(taken.len());
    for (record, body) in taken {
        let phone = Sealed::new(cipher, &kit::text::phone(&body.phone).unwrap_or_default())?;
        let resident = body
            .resident
            .and_then(|id| named.residents.get(&(record.community, id)));
        let holder = body.pass.and_then(|id| named.passes.get(&(record.community, id)));
        let visit = body
            .visit
            .and_then(|id| named.visits.get(&(record.community, id)));
        let household = resident
            .map(|(home, _)| *home)
            .or(holder.and_then(|holder| holder.household));
        let name = [
            body.name.trim(),
            resident.map_or("", |(_, name)| name),
            holder.map_or("", |holder| &holder.name),
            visit.map_or("", |(name, _)| name),
        ]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or("");
        let typed = plate(&body.plate);
        let car = [
            typed.as_str(),
            holder.map_or("", |holder| &holder.plate),
            visit.map_or("", |(_, plate)| plate),
        ]
        .into_iter()
        .find(|plate| !plate.is_empty())
        .unwrap_or("");
        let outsider = body.resident.is_none()
            && holder.is_none_or(|holder| matches!(holder.kind, PassKind::Visitor | PassKind::Worker));
        rows.push(vec![
            record.community.0.into(),
            record.id.0.into(),
            body.gate.0.into(),
            record.happened_at().millis().into(),
            record.received_at.millis().into(),
            (body.direction == Direction::In).into(),
            (body.decision == Decision::Go).into(),
            body.reason.as_str().into(),
            body.despite.as_str().into(),
            body.by.name().into(),
            body.resident.map(|id| id.0).into(),
            household.map(|id| id.0).into(),
            body.pass.map(|id| id.0).into(),
            body.visit.map(|id| id.0).into(),
            outsider.into(),
            name.into(),
            phone.sealed.into(),
            phone.index.into(),
            body.visiting.trim().into(),
            body.from.trim().into(),
            car.into(),
            body.companions.into(),
            body.temperature.into(),
            (body.reason == "hot").into(),
            body.health.as_str().into(),
            body.travel.as_str().into(),
            truth(body.mask).into(),
            truth(body.boot).into(),
            record.shift.map(|id| id.0).into(),
            record.sender.map(|id| id.0).into(),
        ]);
    }
    PASSAGES.run(tx, rows).await?;
    Ok(())
}

const RETURNEES: Insert = Insert {
    table: "returnees",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("gate_id", Type::Uuid),
        ("at", Type::Int),
        ("day", Type::Text),
        ("name", Type::Text),
        ("phone_sealed", Type::BytesOrNull),
        ("phone_index", Type::BytesOrNull),
        ("identity_sealed", Type::BytesOrNull),
        ("origin", Type::Text),
        ("arrived", Type::Text),
        ("staying", Type::Text),
        ("household_id", Type::UuidOrNull),
        ("resident_id", Type::UuidOrNull),
        ("health", Type::Text),
        ("travel", Type::Text),
        ("temperature", Type::IntOrNull),
        ("sender", Type::UuidOrNull),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// Writes returnees.
pub(super) async fn returnees(
    tx: &impl ConnectionTrait,
    cipher: &Cipher,
    taken: &[(&Record, Box<Returnee>)],
) -> Result<()> {
    let mut rows = Vec::with_capacity(taken.len());
    for (record, body) in taken {
        let phone = Sealed::new(cipher, &kit::text::phone(&body.phone).unwrap_or_default())?;
        let identity = people::numbers::identity(&body.identity).unwrap_or_default();
        rows.push(vec![
            record.community.0.into(),
            record.id.0.into(),
            body.gate.0.into(),
            record.happened_at().millis().into(),
            record.happened_at().day().to_string().into(),
            body.name.trim().into(),
            phone.sealed.into(),
            phone.index.into(),
            Sealed::new(cipher, &identity)?.sealed.into(),
            body.from.trim().into(),
            body.arrived.to_string().into(),
            body.staying.trim().into(),
            body.household.map(|id| id.0).into(),
            body.resident.map(|id| id.0).into(),
            body.health.as_str().into(),
            body.travel.as_str().into(),
            body.temperature.into(),
            record.sender.map(|id| id.0).into(),
        ]);
    }
    RETURNEES.run(tx, rows).await?;
    Ok(())
}

const PARCELS: Insert = Insert {
    table: "parcels",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("gate_id", Type::Uuid),
        ("at", Type::Int),
        ("code", Type::Text),
        ("household_id", Type::UuidOrNull),
        ("flat", Type::Text),
        ("name", Type::Text),
        ("heavy", Type::Bool),
        ("carry", Type::Bool),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// Writes parcels.
pub(super) async fn parcels(tx: &impl ConnectionTrait, taken: &[(&Record, Parcel)]) -> Result<()> {
    let rows = taken
        .iter()
        .map(|(record, body)| {
            vec![
                record.community.0.into(),
                record.id.0.into(),
                body.gate.0.into(),
                record.happened_at().millis().into(),
                body.code.trim().into(),
                body.household.map(|id| id.0).into(),
                body.flat.trim().into(),
                body.name.trim().into(),
                body.heavy.into(),
                body.carry.into(),
            ]
        })
        .collect();
    PARCELS.run(tx, rows).await?;
    Ok(())
}

const PARCEL_OUTS: Insert = Insert {
    table: "parcel_outs",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("parcel_id", Type::Uuid),
        ("at", Type::Int),
        ("carried", Type::Bool),
        ("sender", Type::UuidOrNull),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// Writes parcels that have left the shelf.
pub(super) async fn parcel_outs(tx: &impl ConnectionTrait, taken: &[(&Record, ParcelOut)]) -> Result<()> {
    let rows = taken
        .iter()
        .map(|(record, body)| {
            vec![
                record.community.0.into(),
                record.id.0.into(),
                body.parcel.0.into(),
                record.happened_at().millis().into(),
                body.carried.into(),
                record.sender.map(|id| id.0).into(),
            ]
        })
        .collect();
    PARCEL_OUTS.run(tx, rows).await?;
    Ok(())
}
