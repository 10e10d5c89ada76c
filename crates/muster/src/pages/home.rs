//! The first page after signing in: what matters today.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use field::model::issue;
use kit::Role;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use shell::{App, Page, problem::Answer};

use crate::{
    model::{CallState, call, shift},
    queries::{self, Figures},
};

/// Calls and shifts shown at most.
const MOST: u64 = 8;

struct CallLine {
    call: call::Model,
    place: String,
    figures: Figures,
}

struct ShiftLine {
    shift: shift::Model,
    post: String,
    place: String,
    here: usize,
    missing: usize,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    title: String,
    calls: Vec<CallLine>,
    shifts: Vec<ShiftLine>,
    issues: u64,
    staff: bool,
    own: Option<kit::id::HelperId>,
}

pub async fn home(State(app): State<App>, actor: Actor, page: Page) -> Answer {
    let arranges = actor.has(&[
        Role::Administrator,
        Role::Commander,
        Role::CommunityWorker,
        Role::Auditor,
        Role::Coordinator,
    ]);
    if !arranges && actor.helper_id.is_some() {
        return Ok(Redirect::to("/field").into_response());
    }
    let db = app.store.read();
    let found = call::Entity::find()
        .filter(queries::calls(&actor))
        .filter(call::Column::State.is_in([CallState::Open, CallState::Draft]))
        .order_by_desc(call::Column::FirstDay)
        .limit(MOST)
        .all(db)
        .await?;
    let places = places::tree::names(db, found.iter().map(|call| call.place_id)).await?;
    let mut calls = Vec::with_capacity(found.len());
    for call in found {
        let figures = queries::figures(db, call.id).await?;
        calls.push(CallLine {
            place: places.get(&call.place_id).cloned().unwrap_or_default(),
            figures,
            call,
        });
    }

    let now = app.now();
    let org = queries::own_org(db, &actor).await?;
    let rows = shift::Entity::find()
        .filter(queries::shifts(&actor, org))
        .filter(shift::Column::Cancelled.eq(false))
        .filter(shift::Column::EndsAt.gt(now))
        .filter(shift::Column::StartsAt.lt(now.day().next().start()))
        .order_by_asc(shift::Column::StartsAt)
        .limit(MOST)
        .all(db)
        .await?;
    let posts = queries::posts_of(db, rows.iter().map(|row| row.post_id)).await?;
    let places = queries::spots(db, posts.values()).await?;
    let mut names = queries::names(db, &rows).await?;
    let shifts = rows
        .into_iter()
        .map(|shift| {
            let team = names.remove(&shift.id).unwrap_or_default();
            let post = posts.get(&shift.post_id);
            ShiftLine {
                post: post.map(|post| post.name.clone()).unwrap_or_default(),
                place: places.get(&shift.post_id).cloned().unwrap_or_default(),
                here: team.iter().filter(|name| name.state() == "here").count(),
                missing: team.iter().filter(|name| name.state() == "expected").count(),
                shift,
            }
        })
        .collect();
    let issues = issue::Entity::find()
        .filter(issue::Column::Open.eq(true))
        .filter(actor.scope(Role::READERS).community(issue::Column::CommunityId))
        .count(db)
        .await?;
    let title = page.t("muster-home");
    let staff = actor.has(Role::STAFF);
    Ok(Page::draw(&HomePage {
        page,
        title,
        calls,
        shifts,
        issues,
        staff,
        own: actor.helper_id,
    })?)
}
