//! Who works where on rounds: by a shift around now at a post for such work, or as staff of the place.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use accounts::{Actor, model::user};
use kit::{
    Recent, Result, Role, Timestamp,
    id::{HelperId, PieceId, PlaceId, RoundId, ShiftId, UserId},
};
use muster::{
    api::{GATE_AFTER as AFTER, GATE_BEFORE as BEFORE, GATE_STAFF as STAFF},
    model::{Duty, assignment, post, shift},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Query,
};
use shell::App;
use store::Scope;

use crate::model::piece;

/// Posts whose people work on rounds. A guard at a gate does not see what happens at doors.
pub const DUTIES: [Duty; 6] = [
    Duty::DoorToDoor,
    Duty::Lane,
    Duty::Hotline,
    Duty::Disinfection,
    Duty::Delivery,
    Duty::Desk,
];

/// An area in which somebody works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Path of the place.
    pub path: String,
    /// The shift; none for staff.
    pub shift: Option<ShiftId>,
    /// Until when a phone may hold what it needs there.
    pub until: Timestamp,
}

/// Where the actor works now. Empty for whoever joined by a code: they see the post, the place and the hours alone.
pub async fn areas(db: &impl ConnectionTrait, actor: &Actor, now: Timestamp) -> Result<Vec<Area>> {
    if actor.only.is_some() {
        return Ok(Vec::new());
    }
    let mut areas = Vec::new();
    if let Some(helper) = actor.helper_id {
        let own = Query::select()
            .column(assignment::Column::ShiftId)
            .from(assignment::Entity)
            .and_where(assignment::Column::HelperId.eq(helper))
            .to_owned();
        let found: Vec<(ShiftId, Timestamp, String)> = shift::Entity::find()
            .select_only()
            .columns([shift::Column::Id, shift::Column::EndsAt])
            .column(post::Column::PlacePath)
            .join(
                sea_orm::JoinType::InnerJoin,
                shift::Entity::belongs_to(post::Entity)
                    .from(shift::Column::PostId)
                    .to(post::Column::Id)
                    .into(),
            )
            .filter(shift::Column::Id.in_subquery(own))
            .filter(post::Column::Duty.is_in(DUTIES))
            .filter(shift::Column::Cancelled.eq(false))
            .filter(shift::Column::StartsAt.lte(now + BEFORE))
            .filter(shift::Column::EndsAt.gte(now.minus(AFTER)))
            .into_tuple()
            .all(db)
            .await?;
        areas.extend(found.into_iter().map(|(shift, ends, path)| Area {
            path,
            shift: Some(shift),
            until: ends + AFTER,
        }));
    }
    match actor.scope(Role::STAFF) {
        Scope::Within(paths) => areas.extend(paths.into_iter().map(|path| Area {
            path,
            shift: None,
            until: now + STAFF,
        })),
        Scope::Everything => areas.push(Area {
            path: String::new(),
            shift: None,
            until: now + STAFF,
        }),
        Scope::Nothing => {}
    }
    Ok(areas)
}

/// Who works on rounds at a place now: by a shift whose post lies there, below or above it. By name.
pub async fn workers(db: &impl ConnectionTrait, path: &str, now: Timestamp) -> Result<Vec<Worker>> {
    let step = store::scope::path_step(PlaceId::default()).len();
    let above: Vec<&str> = (1..=path.len() / step).map(|n| &path[..n * step]).collect();
    let rows: Vec<(HelperId, String)> = shift::Entity::find()
        .select_only()
        .column(assignment::Column::HelperId)
        .column(post::Column::PlacePath)
        .join(
            sea_orm::JoinType::InnerJoin,
            shift::Entity::belongs_to(post::Entity)
                .from(shift::Column::PostId)
                .to(post::Column::Id)
                .into(),
        )
        .join(
            sea_orm::JoinType::InnerJoin,
            shift::Entity::belongs_to(assignment::Entity)
                .from(shift::Column::Id)
                .to(assignment::Column::ShiftId)
                .into(),
        )
        .filter(post::Column::Duty.is_in(DUTIES))
        .filter(
            Condition::any()
                .add(post::Column::PlacePath.is_in(above))
                .add(store::scope::under(path).path(post::Column::PlacePath)),
        )
        .filter(shift::Column::Cancelled.eq(false))
        .filter(shift::Column::StartsAt.lte(now + BEFORE))
        .filter(shift::Column::EndsAt.gte(now.minus(AFTER)))
        .into_tuple()
        .all(db)
        .await?;
    let posts: HashMap<HelperId, Vec<String>> =
        rows.into_iter().fold(HashMap::new(), |mut all, (id, path)| {
            all.entry(id).or_insert_with(Vec::new).push(path);
            all
        });
    let mut found = Vec::new();
    let ids: Vec<HelperId> = posts.keys().copied().collect();
    for some in ids.chunks(1_000) {
        let users: Vec<(UserId, String, HelperId)> = user::Entity::find()
            .select_only()
            .columns([user::Column::Id, user::Column::Name, user::Column::HelperId])
            .filter(user::Column::HelperId.is_in(some.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(users.into_iter().map(|(user, name, helper)| Worker {
            user,
            name,
            posts: posts.get(&helper).cloned().unwrap_or_default(),
        }));
    }
    found.sort_by(|a, b| (&a.name, a.user).cmp(&(&b.name, b.user)));
    Ok(found)
}

/// Somebody who works on rounds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Who.
    pub user: UserId,
    /// Name.
    pub name: String,
    /// Paths of their posts.
    pub posts: Vec<String>,
}

/// The area in which a place lies, a shift before the right of staff.
pub fn area_of<'a>(areas: &'a [Area], path: &str) -> Option<&'a Area> {
    areas
        .iter()
        .filter(|area| path.starts_with(area.path.as_str()))
        .max_by_key(|area| area.shift.is_some())
}

/// A piece, as far as records need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its community.
    pub community: PlaceId,
    /// Its round.
    pub round: RoundId,
    /// Path of its place.
    pub path: String,
}

/// How long a piece may be remembered, in milliseconds: a merge of places changes its path.
const FRESH: i64 = 60_000;

/// Pieces by id, kept in memory for a while.
#[derive(Debug, Clone, Default)]
pub struct Pieces(Recent<PieceId, Arc<Known>, FRESH>);

impl Pieces {
    /// These pieces; those that do not exist are missing.
    pub async fn of(&self, app: &App, ids: &HashSet<PieceId>) -> Result<HashMap<PieceId, Arc<Known>>> {
        let now = app.now();
        let (mut found, wanted) = self.0.split(ids, now);
        if wanted.is_empty() {
            return Ok(found);
        }
        let rows = piece::Entity::find()
            .filter(piece::Column::Id.is_in(wanted.iter().copied()))
            .all(app.store.read());
        let rows = Box::pin(rows).await?;
        let known = |row: piece::Model| Known {
            community: row.community_id,
            round: row.round_id,
            path: row.place_path,
        };
        let loaded: HashMap<PieceId, Arc<Known>> = rows
            .into_iter()
            .map(|row| (row.id, Arc::new(known(row))))
            .collect();
        self.0.keep(&wanted, loaded.clone(), now);
        found.extend(loaded);
        Ok(found)
    }
}
