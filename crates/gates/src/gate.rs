//! Gates: the places at which people are let through, and who stands there.

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use kit::{
    Problem, Recent, Result, Role, Timestamp,
    id::{PlaceId, ShiftId},
};
use muster::{
    api::{GATE_AFTER as AFTER, GATE_BEFORE as BEFORE, GATE_STAFF as STAFF},
    model::{Duty, assignment, post, shift},
};
use places::place;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query,
};
use shell::App;

/// How long a place may be remembered, in milliseconds.
const FRESH: i64 = 5_000;

/// A gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Its community.
    pub community: PlaceId,
    /// Its path.
    pub path: String,
}

/// Gates by id, kept in memory for a moment.
#[derive(Debug, Clone, Default)]
pub struct Known(Recent<PlaceId, Gate, FRESH>);

impl Known {
    /// These gates; places that do not exist are missing.
    pub async fn of(&self, app: &App, ids: &HashSet<PlaceId>) -> Result<HashMap<PlaceId, Gate>> {
        let now = app.now();
        let (mut found, wanted) = self.0.split(ids, now);
        if wanted.is_empty() {
            return Ok(found);
        }
        let rows = place::Entity::find()
            .filter(place::Column::Id.is_in(wanted.iter().copied()))
            .all(app.store.read());
        let rows = Box::pin(rows).await?;
        let gate = |row: place::Model| Gate {
            community: row.community_id,
            path: row.path,
        };
        let loaded: HashMap<PlaceId, Gate> = rows.into_iter().map(|row| (row.id, gate(row))).collect();
        self.0.keep(&wanted, loaded.clone(), now);
        found.extend(loaded);
        Ok(found)
    }
}

/// A gate post at which the actor may be now.
#[derive(Debug, Clone)]
pub struct OnPost {
    /// The place.
    pub place: place::Model,
    /// Their shift there; none for staff without one.
    pub shift: Option<ShiftId>,
    /// Until when the phone may keep what it holds of it.
    pub until: Timestamp,
}

/// The gate at which the actor asks to stand: by a shift around now, or as staff of the place. Else "not found".
pub async fn on_post(app: &App, actor: &Actor, id: PlaceId) -> Result<OnPost> {
    let db = app.store.read();
    let place = place::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let now = app.now();
    if let Some(shift) = on_shift(db, actor, &place, now).await? {
        return Ok(OnPost {
            place,
            shift: Some(shift.id),
            until: shift.ends_at + AFTER,
        });
    }
    if actor.may(Role::STAFF, &place.path) {
        return Ok(OnPost {
            place,
            shift: None,
            until: now + STAFF,
        });
    }
    Err(Problem::not_found())
}

/// The shift on which the actor stands at this gate around now; the one that ends last.
async fn on_shift(
    db: &impl ConnectionTrait,
    actor: &Actor,
    place: &place::Model,
    now: Timestamp,
) -> Result<Option<shift::Model>> {
    let Some(helper) = actor.helper_id else {
        return Ok(None);
    };
    let own = Query::select()
        .column(assignment::Column::ShiftId)
        .from(assignment::Entity)
        .and_where(assignment::Column::HelperId.eq(helper))
        .to_owned();
    // The post is at the gate, or at a place around it.
    let around: Vec<&str> = place
        .path
        .match_indices('/')
        .map(|(at, _)| &place.path[..=at])
        .collect();
    let watch = Query::select()
        .column(post::Column::Id)
        .from(post::Entity)
        .and_where(post::Column::Duty.eq(Duty::GateWatch))
        .and_where(post::Column::PlacePath.is_in(around))
        .to_owned();
    Ok(shift::Entity::find()
        .filter(shift::Column::Id.in_subquery(own))
        .filter(shift::Column::PostId.in_subquery(watch))
        .filter(shift::Column::Cancelled.eq(false))
        .filter(shift::Column::StartsAt.lte(now + BEFORE))
        .filter(shift::Column::EndsAt.gte(now.minus(AFTER)))
        .order_by_desc(shift::Column::EndsAt)
        .all(db)
        .await?
        .into_iter()
        .find(|shift| actor.reaches(shift.id)))
}

/// A gate whose book the actor may read: at one of their places, or where they stand now. Else "not found".
pub async fn readable(app: &App, actor: &Actor, id: PlaceId) -> Result<place::Model> {
    let db = app.store.read();
    let place = place::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    if actor.may(Role::READERS, &place.path) {
        return Ok(place);
    }
    Err(Problem::not_found())
}

/// Places of gate posts and places of kind gate in a scope, by path; the first `most`.
pub async fn all(db: &impl ConnectionTrait, scope: &store::Scope, most: u64) -> Result<Vec<place::Model>> {
    let posts = Query::select()
        .column(post::Column::PlaceId)
        .from(post::Entity)
        .and_where(post::Column::Duty.eq(Duty::GateWatch))
        .cond_where(scope.path(post::Column::PlacePath))
        .to_owned();
    Ok(place::Entity::find()
        .filter(scope.path(place::Column::Path))
        .filter(
            sea_orm::Condition::any()
                .add(place::Column::Kind.eq(places::PlaceKind::Gate))
                .add(place::Column::Id.in_subquery(posts)),
        )
        .order_by_asc(place::Column::Path)
        .limit(most)
        .all(db)
        .await?)
}
