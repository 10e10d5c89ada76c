//! One round: its coverage at every level, the curve, the forecast, who works where. It renews itself.

use std::collections::HashMap;

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kit::{
    Result, Role, Timestamp,
    id::{PieceId, PlaceId, RoundId},
};
use places::{PlaceKind, place};
use shell::{App, Cell, ListQuery, Page, form::Typed, problem::Answer};
use store::{Scope, scope::under};

use super::state;
use crate::{
    claim,
    kind::{Reach, RoundKind},
    model::{piece, round},
    queries::{self, Coverage},
    work,
};

/// Pieces on the page at most; a larger area is looked at by its parts.
const MOST: u64 = 300;
/// Teams among which the work may be split.
const TEAMS: i64 = 99;

struct Below {
    id: PlaceId,
    name: String,
    coverage: Coverage,
}

struct Line {
    id: PieceId,
    place: PlaceId,
    name: String,
    effort: i64,
    team: i64,
    targets: i64,
    finals: i64,
    holder: String,
}

#[derive(Template)]
#[template(path = "round.html")]
struct RoundPage {
    page: Page,
    title: String,
    row: round::Model,
    kind: String,
    place: String,
    at: PlaceId,
    up: Option<(PlaceId, String)>,
    state: (String, String),
    coverage: Coverage,
    forecast: Option<Timestamp>,
    in_time: bool,
    below: Vec<Below>,
    lines: Vec<Line>,
    chart: String,
    staff: bool,
    asks: bool,
    /// Buildings are called one after the other.
    calls: bool,
    /// Who may be given a piece: id and name.
    workers: Vec<(String, String)>,
    error: Option<String>,
}

/// The place at which a round is looked at: one below it and within the scope, else its own.
pub(super) async fn looked_at(
    app: &App,
    actor: &Actor,
    round: &round::Model,
    asked: &str,
) -> Result<place::Model> {
    let db = app.store.read();
    if let Ok(id) = asked.parse::<PlaceId>()
        && let Ok(place) = places::tree::load(db, id).await
        && place.path.starts_with(&round.place_path)
        && queries::touches(&actor.scope(Role::READERS), &place.path)
    {
        return Ok(place);
    }
    places::tree::load(db, round.place_id).await
}

/// What of a place the actor may read.
pub(super) fn within(actor: &Actor, path: &str) -> Scope {
    within_of(actor, Role::READERS, path)
}

/// What of a place lies in the actor's scope for these roles.
pub(super) fn within_of(actor: &Actor, roles: &[Role], path: &str) -> Scope {
    match actor.scope(roles) {
        Scope::Within(paths) if !paths.iter().any(|root| path.starts_with(root.as_str())) => {
            let below: Vec<String> = paths.into_iter().filter(|root| root.starts_with(path)).collect();
            if below.is_empty() {
                Scope::Nothing
            } else {
                Scope::Within(below)
            }
        }
        Scope::Nothing => Scope::Nothing,
        _ => under(path),
    }
}

/// `GET /rounds/{id}`, with `?place=` to look at a part of it.
pub async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<RoundId>,
    query: ListQuery,
) -> Answer {
    Ok(drawn(&app, &actor, page, id, &query.filter("place"), None).await?)
}

async fn drawn(
    app: &App,
    actor: &Actor,
    page: Page,
    id: RoundId,
    asked: &str,
    error: Option<String>,
) -> Result<axum::response::Response> {
    let db = app.store.read();
    let now = app.now();
    let row = queries::find(db, actor, Role::READERS, id).await?;
    let at = looked_at(app, actor, &row, asked).await?;
    let scope = within(actor, &at.path);
    let coverage = queries::coverage(db, id, &scope).await?;
    // Hours are counted by community: a part of one has no curve of its own.
    let curve = if at.kind <= PlaceKind::Community {
        queries::curve(db, id, &scope).await?
    } else {
        Vec::new()
    };
    let forecast = queries::forecast(&curve, &coverage, row.opened_at, now);
    let below = if at.kind < PlaceKind::Compound {
        queries::below(db, id, &scope, &at.path).await?
    } else {
        Vec::new()
    };
    let pieces = if at.kind >= PlaceKind::Community {
        queries::pieces(db, id, &scope, MOST).await?
    } else {
        Vec::new()
    };
    let up = match at.parent_id {
        Some(parent) if at.path != row.place_path => {
            let parent = places::tree::load(db, parent).await?;
            Some((parent.id, parent.name))
        }
        _ => None,
    };
    let Cell::Badge(words, colour) = state(&page, &row, coverage.missing(), now) else {
        return Err(kit::Problem::internal("a state without words"));
    };
    let lines = lines(app, pieces, now).await;
    let staff = actor.may(Role::STAFF, &at.path);
    let workers = if staff && !lines.is_empty() && row.closed_at.is_none() {
        work::workers(db, &at.path, now)
            .await?
            .into_iter()
            .map(|one| (one.user.to_string(), one.name))
            .collect()
    } else {
        Vec::new()
    };
    Page::draw(&RoundPage {
        title: row.name.clone(),
        kind: page.code("round-kind", row.kind.name()),
        place: places::tree::full_name(db, &at).await?,
        at: at.id,
        up,
        state: (words, colour.to_owned()),
        in_time: forecast.is_some_and(|end| end <= row.deadline_at),
        forecast,
        below: below
            .into_iter()
            .map(|(place, coverage)| Below {
                id: place.id,
                name: place.name,
                coverage,
            })
            .collect(),
        lines,
        chart: chart(&page, &row, &curve, coverage.targets, now),
        asks: staff && row.form_id.is_some(),
        calls: row.kind == RoundKind::Sampling && row.reach == Reach::Residents,
        workers,
        staff,
        coverage,
        error,
        row,
        page,
    })
}

async fn lines(app: &App, pieces: Vec<piece::Model>, now: Timestamp) -> Vec<Line> {
    let holders = pieces
        .iter()
        .filter_map(|row| claim::holder(row, now))
        .map(|id| id.0)
        .collect();
    let names: HashMap<_, _> = accounts::names::names(app.store.read(), "users", holders).await;
    pieces
        .into_iter()
        .map(|row| Line {
            holder: claim::holder(&row, now)
                .and_then(|id| names.get(&id.0).cloned())
                .unwrap_or_default(),
            id: row.id,
            place: row.place_id,
            name: row.name,
            effort: row.effort,
            team: row.team,
            targets: row.targets,
            finals: row.finals,
        })
        .collect()
}

/// Targets finished by the hour, beside the line to the deadline.
fn chart(
    page: &Page,
    row: &round::Model,
    curve: &[(Timestamp, i64)],
    targets: i64,
    now: Timestamp,
) -> String {
    const HOUR: i64 = 3_600_000;
    /// More points than this are no better picture.
    const POINTS: i64 = 96;
    if curve.is_empty() {
        return String::new();
    }
    let start = row.opened_at.millis().div_euclid(HOUR);
    let last = curve
        .last()
        .map_or(start, |(hour, _)| hour.millis().div_euclid(HOUR));
    let end = row
        .deadline_at
        .millis()
        .div_euclid(HOUR)
        .max(last)
        .min(start + 24 * 14);
    let step = ((end - start) / POINTS).max(1);
    let (mut x, mut done, mut plan) = (Vec::new(), Vec::new(), Vec::new());
    let span = (row.deadline_at.millis() - row.opened_at.millis()).max(1);
    let mut hour = start;
    while hour <= end {
        let until = (hour + step) * HOUR;
        let at = Timestamp::from_millis(until);
        x.push(at.minute_text());
        let sum = curve
            .iter()
            .rev()
            .find(|(of, _)| of.millis() < until)
            .map_or(0, |(_, sum)| *sum);
        done.push((hour * HOUR <= now.millis()).then_some(sum));
        let share = (until - row.opened_at.millis()).clamp(0, span);
        plan.push(i128::from(targets) * i128::from(share) / i128::from(span));
        hour += step;
    }
    serde_json::json!({
        "kind": "line",
        "title": page.t("round-curve"),
        "x": x,
        "series": [
            { "name": page.t("round-finals-so-far"), "data": done },
            { "name": page.t("round-even-pace"), "data": plan.iter().map(|n| i64::try_from(*n).unwrap_or(0)).collect::<Vec<_>>() },
        ],
    })
    .to_string()
    .replace('<', "\\u003c")
}

/// `POST /rounds/{id}/close`
pub async fn close(State(app): State<App>, actor: Actor, Path(id): Path<RoundId>) -> Answer {
    crate::open::close(&app, &actor, id).await?;
    Ok(Redirect::to(&format!("/rounds/{id}?done=saved")).into_response())
}

/// `POST /rounds/{id}/split`: the work is given to so many teams, evenly by effort.
pub async fn split(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<RoundId>,
    typed: Typed,
) -> Answer {
    let mut check = typed.check();
    let teams = check.number("teams", 0, TEAMS);
    if check.done(()).is_err() {
        let error = page.t("round-teams-wrong");
        let drawn = drawn(&app, &actor, page, id, "", Some(error)).await?;
        return Ok(Page::again(drawn));
    }
    claim::split(&app, &actor, id, usize::try_from(teams).unwrap_or(0)).await?;
    Ok(Redirect::to(&format!("/rounds/{id}?done=saved")).into_response())
}

/// `POST /rounds/{id}/give`: the coordinator gives a piece to somebody.
pub async fn give(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<RoundId>,
    typed: Typed,
) -> Answer {
    let back = typed.get("place");
    let (Ok(piece), Ok(user)) = (typed.get("piece").parse(), typed.get("user").parse()) else {
        let error = page.t("round-give-whom");
        let drawn = drawn(&app, &actor, page, id, &back, Some(error)).await?;
        return Ok(Page::again(drawn));
    };
    match claim::hand(&app, &actor, id, piece, user).await {
        Ok(row) => {
            Ok(Redirect::to(&format!("/rounds/{id}?place={}&done=saved", row.community_id)).into_response())
        }
        Err(problem) if problem.code == claim::NOT_THERE => {
            let error = page.t("problem-round-not-there");
            let drawn = drawn(&app, &actor, page, id, &back, Some(error)).await?;
            Ok((axum::http::StatusCode::CONFLICT, drawn).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

/// `POST /rounds/pieces/{id}/release`: the coordinator frees a piece.
pub async fn release(State(app): State<App>, actor: Actor, Path(id): Path<PieceId>) -> Answer {
    let row = queries::piece(app.store.read(), &actor.scope(Role::STAFF), id).await?;
    claim::release(&app, &actor, id).await?;
    Ok(Redirect::to(&format!(
        "/rounds/{}?place={}&done=saved",
        row.round_id, row.community_id
    ))
    .into_response())
}
