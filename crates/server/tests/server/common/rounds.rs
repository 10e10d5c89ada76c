//! Rounds for tests: homes to go to, a round over them, what it must reach.
#![allow(dead_code, clippy::unwrap_used, missing_docs)]

use accounts::Actor;
use kit::id::{HouseholdId, RoundId};
use rounds::{
    kind::{Only, Reach, RoundKind},
    model::{piece, target},
    open::{self, Wish},
    queries::{self, Coverage},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{World, minute};

/// A flat of a compound; `unit` may be empty.
pub async fn home(world: &World, building: &str, unit: &str, flat: &str) -> HouseholdId {
    let input = people::household::Input {
        community: world.here.id.to_string(),
        compound: "交暨小区".into(),
        building: building.into(),
        unit: unit.into(),
        label: flat.into(),
        ..people::household::Input::default()
    };
    people::household::create(&world.house.app, &Actor::command_line(), &input)
        .await
        .unwrap()
}

/// Everybody of the community, until tomorrow.
pub fn wish(world: &World, name: &str, kind: RoundKind, reach: Reach) -> Wish {
    Wish {
        place: world.here.id,
        name: name.into(),
        kind,
        reach,
        which: Only::All,
        since: None,
        parts: vec![],
        finals: vec![],
        deadline: minute(60 * 24),
        again_hours: open::AGAIN_HOURS,
        hold_minutes: open::HOLD_MINUTES,
        form: None,
        repeat_hours: 0,
    }
}

pub async fn opened(world: &World, wish: &Wish) -> RoundId {
    open::open(&world.house.app, &Actor::command_line(), wish)
        .await
        .unwrap()
        .id
}

pub async fn pieces(world: &World, round: RoundId) -> Vec<piece::Model> {
    let db = world.house.app.store.write();
    queries::pieces(db, round, &store::Scope::Everything, 1_000)
        .await
        .unwrap()
}

/// In the order of flats, then of names.
pub async fn targets(world: &World, round: RoundId) -> Vec<target::Model> {
    target::Entity::find()
        .filter(target::Column::RoundId.eq(round))
        .order_by_asc(target::Column::Label)
        .order_by_asc(target::Column::Name)
        .order_by_asc(target::Column::Id)
        .all(world.house.app.store.write())
        .await
        .unwrap()
}

pub async fn coverage(world: &World, round: RoundId) -> Coverage {
    queries::coverage(world.house.app.store.write(), round, &store::Scope::Everything)
        .await
        .unwrap()
}
