//! Call-up: buildings are called one after the other, each in a slot of its own, so that nobody queues in the cold.

use std::collections::HashMap;

use accounts::{Actor, audit};
use kit::{
    Code, FieldError, Problem, Result, Role, Timestamp,
    id::{PieceId, PlaceId, RoundId},
};
use rounds::{
    kind::{Reach, RoundKind},
    model::{piece, round},
    queries,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use shell::App;

use crate::model::call_up;

/// Slots begin and end at whole steps of so many minutes: people remember 14:20, not 14:23.
pub const STEP: i64 = 5;
/// Seconds a sample takes, where nobody has said otherwise.
pub const SERVICE: i64 = 25;

/// Not a round of samples from people.
pub const NO_SAMPLING: Code = Code::new("no-sampling", 409);

/// How buildings are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// The place of the lanes.
    pub site: PlaceId,
    /// When the first building is called.
    pub from: Timestamp,
    /// Lanes.
    pub lanes: i64,
    /// Seconds a sample takes.
    pub service: i64,
}

/// Minutes that so many people take, in whole steps; at least one step.
pub const fn minutes(people: i64, lanes: i64, service: i64) -> i64 {
    let seconds = people * service;
    let lanes = if lanes < 1 { 1 } else { lanes };
    let step = STEP * 60 * lanes;
    let steps = (seconds + step - 1) / step;
    if steps < 1 { STEP } else { steps * STEP }
}

/// The slots of buildings with so many people each, one after the other.
pub fn slots(people: &[i64], wish: &Wish) -> Vec<(Timestamp, Timestamp)> {
    let mut at = wish.from.millis();
    people
        .iter()
        .map(|n| {
            let from = at;
            at += minutes(*n, wish.lanes, wish.service) * 60_000;
            (Timestamp::from_millis(from), Timestamp::from_millis(at))
        })
        .collect()
}

/// A round of samples within the actor's reach.
pub async fn sampling(
    db: &impl ConnectionTrait,
    actor: &Actor,
    roles: &[Role],
    id: RoundId,
) -> Result<round::Model> {
    let row = queries::find(db, actor, roles, id).await?;
    if row.kind == RoundKind::Sampling && row.reach == Reach::Residents {
        Ok(row)
    } else {
        Err(Problem::new(NO_SAMPLING))
    }
}

/// Calls the buildings of the site's community that are not finished, in the order of the way. What was called there before
/// is called anew.
pub async fn call(app: &App, actor: &Actor, id: RoundId, wish: &Wish) -> Result<usize> {
    let tx = app.store.begin().await?;
    let row = sampling(&tx, actor, Role::STAFF, id).await?;
    let site = places::tree::find(&tx, &actor.scope(Role::STAFF), wish.site).await?;
    let invalid = |field: &str, kind| Problem::invalid(vec![FieldError::new(field.to_owned(), kind)]);
    if !queries::touches(&store::scope::under(&site.path), &row.place_path) {
        return Err(invalid("site", "sampling-elsewhere"));
    }
    let pieces: Vec<piece::Model> = piece::Entity::find()
        .filter(piece::Column::RoundId.eq(id))
        .filter(piece::Column::CommunityId.eq(site.community_id))
        .order_by_asc(piece::Column::SortKey)
        .order_by_asc(piece::Column::Id)
        .all(&tx)
        .await?
        .into_iter()
        .filter(|piece| piece.finals < piece.targets)
        .collect();
    if pieces.is_empty() {
        return Err(invalid("site", "sampling-nobody-left"));
    }
    let people: Vec<i64> = pieces.iter().map(|piece| piece.targets - piece.finals).collect();
    call_up::Entity::delete_many()
        .filter(call_up::Column::RoundId.eq(id))
        .filter(call_up::Column::CommunityId.eq(site.community_id))
        .exec(&tx)
        .await?;
    let rows = pieces
        .iter()
        .zip(slots(&people, wish))
        .map(|(piece, (from, until))| call_up::ActiveModel {
            community_id: Set(site.community_id),
            round_id: Set(id),
            piece_id: Set(piece.id),
            site_id: Set(site.id),
            from_at: Set(from),
            until_at: Set(until),
            lanes: Set(wish.lanes),
            service: Set(wish.service),
        });
    let rows: Vec<call_up::ActiveModel> = rows.collect();
    for some in rows.chunks(100) {
        call_up::Entity::insert_many(some.iter().cloned())
            .exec_without_returning(&tx)
            .await?;
    }
    let entry = audit::Entry {
        action: "sampling.call-up",
        subject: &row.name,
        community: Some(site.community_id),
    };
    audit::note(&tx, actor, app.now(), entry).await?;
    tx.commit().await?;
    Ok(pieces.len())
}

/// Call-ups of a round by piece, within some pieces.
pub async fn of(
    db: &impl ConnectionTrait,
    round: RoundId,
    pieces: &[PieceId],
) -> Result<HashMap<PieceId, call_up::Model>> {
    let mut found = HashMap::new();
    for some in pieces.chunks(1_000) {
        let rows = call_up::Entity::find()
            .filter(call_up::Column::RoundId.eq(round))
            .filter(call_up::Column::PieceId.is_in(some.iter().copied()))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.piece_id, row)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_building_takes_whole_steps() {
        for (people, lanes, service, is) in [
            (0, 1, 25, 5),
            (1, 1, 25, 5),
            (12, 1, 25, 5),
            (13, 1, 25, 10),
            (96, 4, 25, 10),
            (97, 4, 25, 15),
            (10, 0, 30, 5),
        ] {
            assert_eq!(minutes(people, lanes, service), is, "{people} in {lanes} lanes");
        }
    }

    #[test]
    fn one_building_after_the_other() {
        let wish = Wish {
            site: PlaceId::default(),
            from: Timestamp::from_millis(0),
            lanes: 2,
            service: 30,
        };
        let at = |minute: i64| Timestamp::from_millis(minute * 60_000);
        assert_eq!(
            slots(&[20, 41, 1], &wish),
            [(at(0), at(5)), (at(5), at(20)), (at(20), at(25))]
        );
    }
}
