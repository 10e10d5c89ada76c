//! The JSON interface of the phone: which rounds there are, taking a piece, its doors, giving it back.

use accounts::Actor;
use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use kit::{
    Problem, Result,
    id::{PieceId, RoundId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use shell::{
    App,
    problem::{Details, Failure},
};
use utoipa::ToSchema;

use crate::{
    claim,
    model::{piece, round},
    queries,
    sheet::{self, Piece, Sheet, Work},
    work::{self, Area},
};

/// Rounds shown to a phone at most.
const MOST_ROUNDS: usize = 30;
/// Pieces shown to a phone at most.
const MOST_PIECES: u64 = 200;

/// Rounds on which somebody works.
#[derive(Debug, Serialize, ToSchema)]
pub struct Works {
    /// Open rounds, the next deadline first.
    pub rounds: Vec<Work>,
}

/// Open rounds where you work now.
#[utoipa::path(
    get,
    path = "/api/rounds",
    tag = "rounds",
    responses((status = 200, body = Works))
)]
pub async fn list(State(app): State<App>, actor: Actor) -> Result<Json<Works>, Failure> {
    let db = app.store.read();
    let areas = work::areas(db, &actor, app.now()).await?;
    let scope = claim::scope(&areas);
    let open = round::Entity::find()
        .filter(round::Column::ClosedAt.is_null())
        .order_by_asc(round::Column::DeadlineAt)
        .all(db)
        .await?;
    let here: Vec<round::Model> = open
        .into_iter()
        .filter(|row| queries::touches(&scope, &row.place_path))
        .take(MOST_ROUNDS)
        .collect();
    let names = queries::place_names(db, &here).await?;
    let mut rounds = Vec::with_capacity(here.len());
    for row in here {
        let coverage = queries::coverage(db, row.id, &scope).await?;
        if coverage.targets > 0 {
            let place = names.get(&row.place_id).cloned().unwrap_or_default();
            let form = crate::forms::of(db, &row).await?;
            rounds.push(Work::of(&row, place, coverage, form));
        }
    }
    Ok(Json(Works { rounds }))
}

/// Pieces of a round.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pieces {
    /// Those you hold first, then those that are not finished, in the order of the way.
    pub pieces: Vec<Piece>,
}

/// The pieces of a round where you work.
#[utoipa::path(
    get,
    path = "/api/rounds/{id}/pieces",
    tag = "rounds",
    params(("id" = uuid::Uuid, Path, description = "The round")),
    responses(
        (status = 200, body = Pieces),
        (status = 404, description = "No such round where you work", body = Details),
    )
)]
pub async fn pieces(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<RoundId>,
) -> Result<Json<Pieces>, Failure> {
    let db = app.store.read();
    let now = app.now();
    let areas = work::areas(db, &actor, now).await?;
    let scope = claim::scope(&areas);
    round(&app, &areas, id).await?;
    let mut rows = piece::Entity::find()
        .filter(piece::Column::RoundId.eq(id))
        .filter(scope.path(piece::Column::PlacePath))
        .order_by_asc(piece::Column::SortKey)
        .limit(MOST_PIECES)
        .all(db)
        .await?;
    rows.sort_by_key(|row| {
        let mine = row.holder.is_some() && row.holder == actor.user_id;
        (!mine, row.finals >= row.targets)
    });
    Ok(Json(Pieces {
        pieces: rows
            .iter()
            .map(|row| Piece::of(row, actor.user_id, now))
            .collect(),
    }))
}

async fn round(app: &App, areas: &[Area], id: RoundId) -> Result<round::Model> {
    round::Entity::find_by_id(id)
        .one(app.store.read())
        .await?
        .filter(|row| queries::touches(&claim::scope(areas), &row.place_path))
        .ok_or_else(Problem::not_found)
}

async fn sheet(app: &App, actor: &Actor, row: &piece::Model) -> Result<Sheet> {
    let db = app.store.read();
    let now = app.now();
    let areas = work::areas(db, actor, now).await?;
    let round = round(app, &areas, row.round_id).await?;
    let area = work::area_of(&areas, &row.place_path).ok_or_else(Problem::not_found)?;
    let names = queries::place_names(db, std::slice::from_ref(&round)).await?;
    let coverage = queries::coverage(db, round.id, &claim::scope(&areas)).await?;
    let place = names.get(&round.place_id).cloned().unwrap_or_default();
    let form = crate::forms::of(db, &round).await?;
    let doors = sheet::doors(app.store.write(), &app.cipher, row, round.reach, form.as_ref()).await?;
    Ok(Sheet {
        round: Work::of(&round, place, coverage, form),
        piece: Piece::of(row, actor.user_id, now),
        doors,
        shift: area.shift.map(|id| id.0),
        now,
        until: area.until,
    })
}

/// The doors of a piece that you hold, or of any piece for staff of the place.
#[utoipa::path(
    get,
    path = "/api/rounds/pieces/{id}",
    tag = "rounds",
    params(("id" = uuid::Uuid, Path, description = "The piece")),
    responses(
        (status = 200, body = Sheet),
        (status = 404, description = "No such piece where you work, or somebody else holds it", body = Details),
    )
)]
pub async fn show(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<PieceId>,
) -> Result<Json<Sheet>, Failure> {
    let now = app.now();
    let areas = work::areas(app.store.read(), &actor, now).await?;
    let row = queries::piece(app.store.read(), &claim::scope(&areas), id).await?;
    let mine = row.holder.is_some() && row.holder == actor.user_id;
    if !mine && !actor.may(kit::Role::STAFF, &row.place_path) {
        return Err(Failure(Problem::not_found()));
    }
    Ok(Json(sheet(&app, &actor, &row).await?))
}

/// Which piece to take.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// This one; else the nearest free one.
    pub piece: Option<uuid::Uuid>,
    /// The piece at which the team stands.
    pub near: Option<uuid::Uuid>,
    /// The team's number, where the work was split; 0 for none.
    pub team: i64,
}

/// Takes a piece. Two people never hold one.
#[utoipa::path(
    post,
    path = "/api/rounds/{id}/claims",
    tag = "rounds",
    params(("id" = uuid::Uuid, Path, description = "The round")),
    request_body = Wanted,
    responses(
        (status = 200, body = Sheet),
        (status = 404, description = "No such round or piece where you work", body = Details),
        (status = 409, description = "Somebody else holds it, or nothing is left", body = Details),
    )
)]
pub async fn take(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<RoundId>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Sheet>, Failure> {
    let row = claim::claim(
        &app,
        &actor,
        id,
        wanted.piece.map(PieceId),
        wanted.near.map(PieceId),
        wanted.team,
    )
    .await?;
    Ok(Json(sheet(&app, &actor, &row).await?))
}

/// Where a team stands.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Where {
    /// The piece at which the team stands.
    pub near: Option<uuid::Uuid>,
    /// The team's number, where the work was split; 0 for none.
    pub team: i64,
}

/// The nearest free piece with its doors, not taken: for a phone that will have no network when it is needed. Taken then by
/// a record `round.claim`.
#[utoipa::path(
    get,
    path = "/api/rounds/{id}/next",
    tag = "rounds",
    params(("id" = uuid::Uuid, Path, description = "The round"), Where),
    responses(
        (status = 200, body = Sheet),
        (status = 404, description = "No such round where you work", body = Details),
        (status = 409, description = "Nothing is left", body = Details),
    )
)]
pub async fn next(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<RoundId>,
    Query(at): Query<Where>,
) -> Result<Json<Sheet>, Failure> {
    let row = claim::next(&app, &actor, id, at.near.map(PieceId), at.team).await?;
    Ok(Json(sheet(&app, &actor, &row).await?))
}

/// Gives a piece back.
#[utoipa::path(
    delete,
    path = "/api/rounds/pieces/{id}/claim",
    tag = "rounds",
    params(("id" = uuid::Uuid, Path, description = "The piece")),
    responses((status = 204, description = "Given back, or not held by you")),
)]
pub async fn give(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<PieceId>,
) -> Result<StatusCode, Failure> {
    claim::release(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
