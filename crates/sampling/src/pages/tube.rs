//! One tube: who is in it, who sampled them, what the laboratory said.

use std::collections::HashMap;

use accounts::Actor;
use askama::Template;
use axum::extract::{Path, State};
use kit::{Problem, Role, Timestamp, id::RoundId};
use rounds::model::{round, target};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use shell::{App, Cell, ListQuery, Page, problem::Answer};

use super::tubes::verdict;
use crate::{
    body,
    model::{result, sample, tube},
};

struct Line {
    at: Timestamp,
    name: String,
    flat: String,
    target: Option<kit::id::TargetId>,
    lane: String,
    by: String,
}

#[derive(Template)]
#[template(path = "tube.html")]
struct TubePage {
    page: Page,
    title: String,
    row: tube::Model,
    round: String,
    round_id: RoundId,
    verdict: Option<(String, String)>,
    follow_up: Option<RoundId>,
    lines: Vec<Line>,
}

/// `GET /tubes/{code}`, with `?community=` where several have used the same code.
pub async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(code): Path<String>,
    query: ListQuery,
) -> Answer {
    let db = app.store.read();
    let code = body::tube(&code).ok_or_else(Problem::not_found)?;
    let mut select = tube::Entity::find()
        .filter(tube::Column::Code.eq(&code))
        .filter(actor.scope(Role::READERS).community(tube::Column::CommunityId));
    if let Ok(community) = query.filter("community").parse::<kit::id::PlaceId>() {
        select = select.filter(tube::Column::CommunityId.eq(community));
    }
    let row = select.one(db).await?.ok_or_else(Problem::not_found)?;
    let samples = sample::Entity::find()
        .filter(sample::Column::CommunityId.eq(row.community_id))
        .filter(sample::Column::Tube.eq(&code))
        .order_by_asc(sample::Column::At)
        .all(db)
        .await?;
    let targets: HashMap<_, _> = target::Entity::find()
        .filter(target::Column::RoundId.eq(row.round_id))
        .filter(target::Column::Id.is_in(samples.iter().filter_map(|one| one.target_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|target| (target.id, target))
        .collect();
    let senders = samples
        .iter()
        .filter_map(|one| one.sender.map(|id| id.0))
        .collect();
    let names = accounts::names::names(db, "users", senders).await;
    let known = result::Entity::find_by_id((row.community_id, code.clone()))
        .one(db)
        .await?;
    let round = round::Entity::find_by_id(row.round_id).one(db).await?;
    let badge = match verdict(&page, known.as_ref().map(|known| known.verdict)) {
        Cell::Badge(words, colour) => Some((words, colour.to_owned())),
        _ => None,
    };
    Ok(Page::draw(&TubePage {
        title: code,
        round: round.map(|round| round.name).unwrap_or_default(),
        round_id: row.round_id,
        verdict: badge,
        follow_up: known.and_then(|known| known.follow_up),
        lines: samples
            .into_iter()
            .map(|one| {
                let target = one.target_id.and_then(|id| targets.get(&id));
                Line {
                    at: one.at,
                    name: target.map_or(one.name, |target| target.name.clone()),
                    flat: target
                        .map(|target| format!("{} {}", target.unit, target.label))
                        .unwrap_or_default(),
                    target: target.map(|target| target.id),
                    lane: one.lane,
                    by: one
                        .sender
                        .and_then(|id| names.get(&id.0).cloned())
                        .unwrap_or_default(),
                }
            })
            .collect(),
        row,
        page,
    })?)
}
