//! What a phone holds of a piece: its doors as the building is, the least that is needed there.

use std::collections::HashMap;

use kit::{
    Result, Timestamp,
    id::{HouseholdId, RoundId, TargetId},
};
use people::{
    known::{self, Known},
    model::{household, resident},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use store::Cipher;
use utoipa::ToSchema;

use crate::{
    form::Form,
    kind::{Outcome, Reach, RoundKind},
    model::{piece, round, target},
    queries::Coverage,
};

/// An outcome that is offered.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Offer {
    /// What happened.
    pub outcome: Outcome,
    /// Whether it is final.
    pub last: bool,
}

/// A round on which somebody works.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Work {
    /// Id.
    #[schema(value_type = uuid::Uuid)]
    pub id: RoundId,
    /// Name.
    pub name: String,
    /// Where.
    pub place: String,
    /// What is done.
    pub kind: RoundKind,
    /// What is reached.
    pub reach: Reach,
    /// To be done by.
    #[schema(value_type = String)]
    pub deadline: Timestamp,
    /// What may happen, the most common first.
    pub offers: Vec<Offer>,
    /// Targets where they work.
    pub targets: i64,
    /// Those with a final outcome.
    pub finals: i64,
    /// What is asked with the first outcome; none: nothing.
    pub form: Option<crate::form::Form>,
}

impl Work {
    /// A round with what is done of it.
    pub fn of(
        row: &round::Model,
        place: String,
        coverage: Coverage,
        form: Option<crate::form::Form>,
    ) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            place,
            kind: row.kind,
            reach: row.reach,
            deadline: row.deadline_at,
            offers: row
                .kind
                .offers()
                .iter()
                .map(|outcome| Offer {
                    outcome: *outcome,
                    last: row.ends(*outcome),
                })
                .collect(),
            targets: coverage.targets,
            finals: coverage.finals,
            form,
        }
    }
}

/// A piece in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Piece {
    /// Id.
    pub id: uuid::Uuid,
    /// Its place.
    pub place: uuid::Uuid,
    /// Compound and building.
    pub name: String,
    /// Floors; 0 when not known.
    pub floors: i64,
    /// Whether it has a lift.
    pub lift: bool,
    /// Minutes it takes.
    pub effort: i64,
    /// The team it falls to, from 1; 0 for none.
    pub team: i64,
    /// Targets.
    pub targets: i64,
    /// Those with a final outcome.
    pub finals: i64,
    /// Whether the one who asks holds it.
    pub mine: bool,
    /// Whether somebody else does.
    pub held: bool,
}

impl Piece {
    /// As it is for somebody.
    pub fn of(row: &piece::Model, user: Option<kit::id::UserId>, now: Timestamp) -> Self {
        let holder = crate::claim::holder(row, now);
        Self {
            id: row.id.0,
            place: row.place_id.0,
            name: row.name.clone(),
            floors: row.floors,
            lift: row.lift,
            effort: row.effort,
            team: row.team,
            targets: row.targets,
            finals: row.finals,
            // A claim that has run out is still theirs until somebody else takes the piece: their phone may be offline.
            mine: user.is_some() && row.holder == user,
            held: holder.is_some() && holder != user,
        }
    }
}

/// A door.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Door {
    /// The target.
    pub id: uuid::Uuid,
    /// Staircase.
    pub unit: String,
    /// Floor.
    pub floor: i64,
    /// Flat.
    pub label: String,
    /// Name of a resident, on rounds that reach each person.
    pub name: String,
    /// People who live there.
    pub people: i64,
    /// Somebody there needs help: special needs, or cannot shop.
    pub weak: bool,
    /// The outcome that counts; empty for none.
    pub outcome: String,
    /// Whether it is final.
    pub last: bool,
    /// Times somebody was there.
    pub tries: i64,
    /// When the outcome happened.
    #[schema(value_type = Option<String>)]
    pub at: Option<Timestamp>,
    /// What is known already of what the form asks, to be confirmed.
    #[serde(skip_serializing_if = "Known::is_empty")]
    #[schema(value_type = Object)]
    pub known: Known,
}

/// A piece with its doors.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sheet {
    /// The round.
    pub round: Work,
    /// The piece.
    pub piece: Piece,
    /// Its doors: staircase by staircase, from the ground up.
    pub doors: Vec<Door>,
    /// On which shift what happens is recorded; none for staff.
    pub shift: Option<uuid::Uuid>,
    /// The server's time.
    #[schema(value_type = String)]
    pub now: Timestamp,
    /// The phone forgets it after.
    #[schema(value_type = String)]
    pub until: Timestamp,
}

/// The floor of a flat by its number: `502` is on the fifth, `1203` on the twelfth; 0 when it does not say.
pub fn floor_of(label: &str) -> i64 {
    let digits: String = label
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    match digits.len() {
        3 | 4 => digits[..digits.len() - 2].parse().unwrap_or(0),
        _ => 0,
    }
}

/// The doors of a piece, with what is known of what the round's form asks.
pub async fn doors(
    db: &impl ConnectionTrait,
    cipher: &Cipher,
    piece: &piece::Model,
    reach: Reach,
    form: Option<&Form>,
) -> Result<Vec<Door>> {
    let targets = target::Entity::find()
        .filter(target::Column::PieceId.eq(piece.id))
        .filter(target::Column::CommunityId.eq(piece.community_id))
        .order_by_asc(target::Column::Label)
        .order_by_asc(target::Column::Id)
        .all(db)
        .await?;
    let ids: Vec<TargetId> = targets.iter().map(|row| row.id).collect();
    let names = form.map(Form::remembered).unwrap_or_default();
    let mut known = known::of(db, cipher, reach.whose(), piece.community_id, &ids, &names).await?;
    let homes: Vec<HouseholdId> = targets.iter().filter_map(|row| row.household_id).collect();
    let mut facts = HashMap::<HouseholdId, (i64, bool)>::new();
    for some in homes.chunks(1_000) {
        let weak: Vec<(HouseholdId, String, bool)> = household::Entity::find()
            .select_only()
            .columns([
                household::Column::Id,
                household::Column::Needs,
                household::Column::CannotShop,
            ])
            .filter(household::Column::CommunityId.eq(piece.community_id))
            .filter(household::Column::Id.is_in(some.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        for (id, needs, cannot_shop) in weak {
            facts.entry(id).or_default().1 |= !needs.is_empty() || cannot_shop;
        }
        let people: Vec<(HouseholdId, i64)> = resident::Entity::find()
            .select_only()
            .column(resident::Column::HouseholdId)
            .column_as(resident::Column::Id.count(), "n")
            .filter(resident::Column::CommunityId.eq(piece.community_id))
            .filter(resident::Column::HouseholdId.is_in(some.iter().copied()))
            .group_by(resident::Column::HouseholdId)
            .into_tuple()
            .all(db)
            .await?;
        for (id, n) in people {
            facts.entry(id).or_default().0 = n;
        }
    }
    let mut doors: Vec<Door> = targets
        .into_iter()
        .map(|row| {
            let (people, weak) = row
                .household_id
                .and_then(|id| facts.get(&id).copied())
                .unwrap_or_default();
            Door {
                id: row.id.0,
                unit: row.unit,
                floor: if row.floor == 0 {
                    floor_of(&row.label)
                } else {
                    row.floor
                },
                label: row.label,
                name: row.name,
                people,
                weak,
                outcome: row.outcome,
                last: row.last,
                tries: row.tries,
                at: row.at,
                known: known.remove(&row.id).unwrap_or_default(),
            }
        })
        .collect();
    doors.sort_by(|a, b| {
        (&a.unit, a.floor, a.label.len(), &a.label, &a.name).cmp(&(
            &b.unit,
            b.floor,
            b.label.len(),
            &b.label,
            &b.name,
        ))
    });
    Ok(doors)
}

#[cfg(test)]
mod tests {
    #[test]
    fn flats_say_their_floor() {
        for (label, floor) in [
            ("502", 5),
            ("1203", 12),
            ("5-302室", 0),
            ("12", 0),
            ("", 0),
            ("301室", 3),
            ("一楼", 0),
        ] {
            assert_eq!(super::floor_of(label), floor, "{label}");
        }
    }
}
