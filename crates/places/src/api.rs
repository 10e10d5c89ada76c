//! JSON: places by the first letters of their names.

use accounts::Actor;
use axum::{
    Json,
    extract::{Query, State},
};
use kit::{Role, id::PlaceId};
use serde::{Deserialize, Serialize};
use shell::{App, problem::Answer};
use utoipa::{IntoParams, ToSchema};

use crate::{model::PlaceKind, tree};

/// Places in one answer at most.
const MOST: u64 = 50;
/// Places in an answer when no number is asked for.
const USUAL: u64 = 20;

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Beginning of the name, of its full pinyin (`wanli`), of the pinyin's first letters (`wljd`) or of
    /// the official code.
    #[serde(default)]
    q: String,
    /// How many at most: 1 to 50, 20 when not said.
    limit: Option<u64>,
}

/// A place that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    /// Id.
    #[schema(value_type = String, format = "uuid")]
    pub id: PlaceId,
    /// Name.
    pub name: String,
    /// Name with all the places it lies in.
    pub full_name: String,
    /// What it is.
    pub kind: PlaceKind,
    /// Official code of 2, 4, 6 or 9 digits, when it has one.
    pub code: Option<String>,
}

/// Search for places.
///
/// The highest kind first. Communities and what lies above them are found by everybody who is signed in;
/// compounds, gates, buildings and units only within the places one may read.
#[utoipa::path(
    get,
    path = "/api/places",
    tag = "places",
    params(Search),
    responses((status = 200, description = "Places that begin so", body = Vec<Found>))
)]
pub async fn search(
    State(app): State<App>,
    actor: Actor,
    Query(asked): Query<Search>,
) -> Answer<Json<Vec<Found>>> {
    let db = app.store.read();
    let limit = asked.limit.unwrap_or(USUAL).clamp(1, MOST);
    let q: String = asked.q.chars().take(100).collect();
    let places = tree::search_public(db, &actor.scope(Role::READERS), &q, limit).await?;
    let mut full = tree::full_names(db, &places).await?;
    Ok(Json(
        places
            .into_iter()
            .map(|place| Found {
                full_name: full.remove(&place.id).unwrap_or_default(),
                id: place.id,
                name: place.name,
                kind: place.kind,
                code: place.code,
            })
            .collect(),
    ))
}
