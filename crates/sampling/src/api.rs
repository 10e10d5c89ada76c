//! The JSON interface: lanes of a phone, and results from a laboratory's program.

use accounts::Actor;
use axum::{
    Json,
    extract::{Path, State},
};
use kit::id::{PlaceId, RoundId};
use serde::{Deserialize, Serialize};
use shell::{
    App,
    problem::{Details, Failure},
};
use utoipa::ToSchema;

use crate::{
    lane::{self, Lane, LaneList},
    results::{self, Line},
};

/// Lanes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lanes {
    /// At which you may stand now.
    pub lanes: Vec<Lane>,
}

/// The sampling lanes at which you may stand now.
#[utoipa::path(get, path = "/api/sampling/lanes", tag = "sampling", responses((status = 200, body = Lanes)))]
pub async fn lanes(State(app): State<App>, actor: Actor) -> Result<Json<Lanes>, Failure> {
    Ok(Json(Lanes {
        lanes: lane::lanes(&app, &actor).await?,
    }))
}

/// What a phone at this lane holds.
#[utoipa::path(
    get,
    path = "/api/sampling/rounds/{round}/lanes/{site}",
    tag = "sampling",
    params(
        ("round" = uuid::Uuid, Path, description = "The round"),
        ("site" = uuid::Uuid, Path, description = "The place of the lane"),
    ),
    responses(
        (status = 200, body = LaneList),
        (status = 404, description = "No such lane, or none at which you stand now", body = Details),
    )
)]
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    Path((round, site)): Path<(RoundId, PlaceId)>,
) -> Result<Json<LaneList>, Failure> {
    Ok(Json(lane::list(&app, &actor, round, site).await?))
}

/// A result of a tube.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TubeResult {
    /// Code of the tube.
    pub tube: String,
    /// `negative`, `positive` or `invalid`, or as laboratories write it.
    pub result: String,
}

/// Results of tubes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// One for each tube.
    pub results: Vec<TubeResult>,
}

/// A result that was not taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotTaken {
    /// Its place in what was sent, from 1.
    pub line: usize,
    /// The tube as written.
    pub tube: String,
    /// Why.
    pub code: String,
}

/// What became of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entered {
    /// Entered.
    pub added: usize,
    /// Known before, and the same.
    pub unchanged: usize,
    /// Rounds of single swabs that positive tubes opened.
    pub follow_ups: Vec<uuid::Uuid>,
    /// Not taken.
    pub rejected: Vec<NotTaken>,
}

/// Enters results of tubes in your places: the good ones go in, the others come back with a code.
#[utoipa::path(
    post,
    path = "/api/sampling/results",
    tag = "sampling",
    request_body = Results,
    responses((status = 200, body = Entered))
)]
pub async fn results(
    State(app): State<App>,
    actor: Actor,
    Json(body): Json<Results>,
) -> Result<Json<Entered>, Failure> {
    let lines = body
        .results
        .into_iter()
        .take(results::MOST)
        .enumerate()
        .map(|(i, one)| Line {
            line: i + 1,
            tube: one.tube,
            verdict: one.result,
        })
        .collect();
    let report = results::enter(&app, &actor, lines).await?;
    Ok(Json(Entered {
        added: report.added,
        unchanged: report.unchanged,
        follow_ups: report.follow_ups.iter().map(|id| id.0).collect(),
        rejected: report
            .rejected
            .into_iter()
            .map(|one| NotTaken {
                line: one.line.line,
                tube: one.line.tube,
                code: one.why.to_owned(),
            })
            .collect(),
    }))
}
