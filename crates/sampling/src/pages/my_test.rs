//! The holder's page of a sampling, on their own phone: when their building is called, a number in the queue, and what came
//! out. Its address is the secret of the household's pass.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::header::REFERRER_POLICY,
    response::{IntoResponse, Redirect},
};
use gates::{model::PassKind, pass::held::held};
use kit::{
    Problem, Result, Timestamp,
    id::{HouseholdId, PieceId, PlaceId, RoundId, TargetId},
};
use rounds::{
    kind::{Reach, RoundKind},
    model::{round, target},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shell::{App, Page, form::Typed, problem::Answer};

use crate::{
    callup,
    model::{Verdict, result, sample},
    queue,
};

/// Samples of a household shown, the latest first.
const SHOWN: u64 = 30;
/// Sampling rounds looked at, the nearest deadline first.
const ROUNDS: usize = 5;

/// A sampling that goes on.
struct Open {
    id: RoundId,
    name: String,
    deadline: Timestamp,
    /// People of the household on it, and those who are done.
    people: usize,
    done: usize,
    call: Option<Called>,
}

/// When and where the building is called, and how long the queue is now.
struct Called {
    place: String,
    from: Timestamp,
    until: Timestamp,
    length: i64,
    minutes: Option<i64>,
    /// The household's number, people before it and minutes they take.
    number: Option<(i64, i64, Option<i64>)>,
}

/// A sample and what came out.
struct Sampled {
    name: String,
    at: Timestamp,
    words: String,
    colour: &'static str,
}

#[derive(Template)]
#[template(path = "my_test.html")]
struct MyTest {
    page: Page,
    title: String,
    secret: String,
    why: bool,
    open: Vec<Open>,
    samples: Vec<Sampled>,
}

struct Home {
    community: PlaceId,
    id: HouseholdId,
}

/// The household of a pass that counts; none for a pass without one or one that has ended.
async fn home(app: &App, secret: &str) -> Result<Option<Home>> {
    let (row, why) = held(app, secret).await?;
    Ok(match (row.household_id, row.kind, why) {
        (Some(id), PassKind::Resident, None) => Some(Home {
            community: row.community_id,
            id,
        }),
        _ => None,
    })
}

/// The open samplings on which somebody of the household is, with their targets.
async fn rounds_of(
    app: &App,
    home: &Home,
    people: &[TargetId],
) -> Result<Vec<(round::Model, Vec<target::Model>)>> {
    let db = app.store.read();
    let place = places::tree::load(db, home.community).await?;
    let rounds = round::Entity::find()
        .filter(round::Column::Kind.eq(RoundKind::Sampling))
        .filter(round::Column::Reach.eq(Reach::Residents))
        .filter(round::Column::ClosedAt.is_null())
        .order_by_asc(round::Column::DeadlineAt)
        .all(db)
        .await?;
    let mut found = Vec::new();
    for round in rounds {
        if !place.path.starts_with(&round.place_path) && !round.place_path.starts_with(&place.path) {
            continue;
        }
        let targets = target::Entity::find()
            .filter(target::Column::CommunityId.eq(home.community))
            .filter(target::Column::RoundId.eq(round.id))
            .filter(target::Column::Id.is_in(people.iter().copied()))
            .all(db)
            .await?;
        if !targets.is_empty() {
            found.push((round, targets));
        }
        if found.len() >= ROUNDS {
            break;
        }
    }
    Ok(found)
}

async fn people(app: &App, home: &Home) -> Result<Vec<(TargetId, String)>> {
    let rows = people::queries::residents_of(app.store.read(), home.community, home.id).await?;
    Ok(rows
        .into_iter()
        .map(|row| (TargetId(row.id.0), kit::mask::name(&row.name)))
        .collect())
}

/// `GET /my-test/{secret}`
pub async fn show(State(app): State<App>, page: Page, Path(secret): Path<String>) -> Answer {
    let home = home(&app, &secret).await?;
    let (mut open, mut samples) = (Vec::new(), Vec::new());
    if let Some(home) = &home {
        let people = people(&app, home).await?;
        let ids: Vec<TargetId> = people.iter().map(|(id, _)| *id).collect();
        for (round, targets) in rounds_of(&app, home, &ids).await? {
            open.push(Open {
                call: called(&app, home, round.id, &targets).await?,
                people: targets.len(),
                done: targets.iter().filter(|row| row.last).count(),
                id: round.id,
                name: round.name,
                deadline: round.deadline_at,
            });
        }
        samples = sampled(&app, &page, &people.into_iter().collect()).await?;
    }
    let drawn = Page::draw(&MyTest {
        title: page.t("my-test-title"),
        why: home.is_none(),
        secret,
        open,
        samples,
        page,
    })?;
    // The address is the key: it goes to nobody else.
    Ok(([(REFERRER_POLICY, "no-referrer")], drawn).into_response())
}

async fn called(app: &App, home: &Home, round: RoundId, targets: &[target::Model]) -> Result<Option<Called>> {
    let db = app.store.read();
    let pieces: Vec<PieceId> = targets.iter().map(|row| row.piece_id).collect();
    let Some(call) = callup::of(db, round, &pieces).await?.into_values().next() else {
        return Ok(None);
    };
    let now = app.now();
    let waiting = queue::lately(db, round, call.site_id, now).await?;
    let pace = queue::pace(db, round, home.community, now).await?;
    let minutes = |people: i64| pace.map(|pace| queue::minutes(people, pace));
    let length = queue::people(&waiting);
    let number = queue::mine(app.store.write(), round, home.id, now)
        .await?
        .filter(|row| row.site_id == call.site_id && targets.iter().any(|target| !target.last))
        .map(|row| {
            let before = queue::before(&waiting, row.number);
            (row.number, before, minutes(before))
        });
    let places = places::tree::names(db, [call.site_id]).await?;
    Ok(Some(Called {
        place: places.get(&call.site_id).cloned().unwrap_or_default(),
        from: call.from_at,
        until: call.until_at,
        minutes: minutes(length),
        length,
        number,
    }))
}

/// What came out. Nobody is called positive by the system: a tube in which somebody is asks its people to wait at home.
async fn sampled(app: &App, page: &Page, people: &HashMap<TargetId, String>) -> Result<Vec<Sampled>> {
    let db = app.store.read();
    let rows = sample::Entity::find()
        .filter(sample::Column::TargetId.is_in(people.keys().copied()))
        .order_by_desc(sample::Column::At)
        .limit(SHOWN)
        .all(db)
        .await?;
    let verdicts: HashMap<(PlaceId, String), Verdict> = result::Entity::find()
        .filter(result::Column::Code.is_in(rows.iter().map(|row| row.tube.as_str())))
        .all(db)
        .await?
        .into_iter()
        .map(|row| ((row.community_id, row.code), row.verdict))
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| {
            let (key, colour) = match verdicts.get(&(row.community_id, row.tube)) {
                None => ("my-test-waits", "blue"),
                Some(Verdict::Negative) => ("sampling-negative", "green"),
                Some(Verdict::Positive) => ("my-test-again-alone", "yellow"),
                Some(Verdict::Invalid) => ("my-test-again", "yellow"),
            };
            Sampled {
                name: row
                    .target_id
                    .and_then(|id| people.get(&id).cloned())
                    .unwrap_or_default(),
                at: row.at,
                words: page.t(key),
                colour,
            }
        })
        .collect())
}

/// `POST /my-test/{secret}/number`: a number in the queue of the site at which the building is called.
pub async fn number(State(app): State<App>, Path(secret): Path<String>, typed: Typed) -> Answer {
    let home = home(&app, &secret).await?.ok_or_else(Problem::not_found)?;
    let round: RoundId = typed.get("round").parse().map_err(|_| Problem::not_found())?;
    let ids: Vec<TargetId> = people(&app, &home).await?.into_iter().map(|(id, _)| id).collect();
    let (_, targets) = rounds_of(&app, &home, &ids)
        .await?
        .into_iter()
        .find(|(row, _)| row.id == round)
        .ok_or_else(Problem::not_found)?;
    // Whoever is done with needs no number.
    if let Some(target) = targets.iter().find(|row| !row.last) {
        let call = callup::of(app.store.read(), round, &[target.piece_id])
            .await?
            .remove(&target.piece_id)
            .ok_or_else(Problem::not_found)?;
        queue::draw(&app, round, (call.site_id, target.piece_id), home.id).await?;
    }
    Ok((
        [(REFERRER_POLICY, "no-referrer")],
        Redirect::to(&format!("/my-test/{secret}")),
    )
        .into_response())
}
