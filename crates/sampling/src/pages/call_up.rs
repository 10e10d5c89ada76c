//! Call-up: which building comes when, how long the queues are now, and the notice for the wall.

use std::collections::HashMap;

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    FieldError, Result, Role, Timestamp,
    id::{PieceId, PlaceId, RoundId},
    problem::code,
    time,
};
use rounds::model::{piece, round};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    callup::{self, SERVICE, Wish},
    model::call_up,
    queue,
};

/// Buildings on the page at most.
const MOST: usize = 600;

struct Line {
    name: String,
    from: Timestamp,
    until: Timestamp,
    targets: i64,
    finals: i64,
    now: bool,
}

struct Site {
    name: String,
    waiting: i64,
    numbers: usize,
    minutes: Option<i64>,
    next: Option<i64>,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "call_up.html")]
struct CallUpPage {
    page: Page,
    title: String,
    round: round::Model,
    sites: Vec<Site>,
    more: bool,
    form: Option<Form>,
}

fn form(page: &Page, round: &round::Model) -> Form {
    Form::new(page, format!("/sampling/rounds/{}", round.id), "sampling-call")
        .required(page, "site", "sampling-site", Control::Text)
        .required(page, "from", "sampling-from", Control::DateTime)
        .required(page, "lanes", "sampling-lanes", Control::Number(1, 200))
        .required(page, "service", "sampling-service", Control::Number(5, 300))
}

/// `GET /sampling/rounds/{id}`
pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<RoundId>) -> Answer {
    let round = callup::sampling(app.store.read(), &actor, Role::READERS, id).await?;
    // The next quarter of an hour, and half an hour for word to go round.
    let quarter = 15 * 60_000;
    let from = (page.now.millis() + 2 * quarter + quarter - 1) / quarter * quarter;
    let place = places::tree::load(app.store.read(), round.place_id).await?;
    let typed = Typed::default()
        .set("site", places::tree::full_name(app.store.read(), &place).await?)
        .set("from", time::Typed(Timestamp::from_millis(from)))
        .set("lanes", 4)
        .set("service", SERVICE);
    Ok(drawn(&app, &actor, page, round, &typed, &[]).await?)
}

async fn drawn(
    app: &App,
    actor: &Actor,
    page: Page,
    round: round::Model,
    typed: &Typed,
    errors: &[FieldError],
) -> Result<Response> {
    let db = app.store.write();
    let scope = actor.scope(Role::READERS);
    let mut calls = call_up::Entity::find()
        .filter(call_up::Column::RoundId.eq(round.id))
        .filter(scope.community(call_up::Column::CommunityId))
        .order_by_asc(call_up::Column::FromAt)
        .order_by_asc(call_up::Column::PieceId)
        .all(db)
        .await?;
    let more = calls.len() > MOST;
    calls.truncate(MOST);
    let mut pieces = HashMap::<PieceId, piece::Model>::new();
    for some in calls.chunks(1_000) {
        let rows = piece::Entity::find()
            .filter(piece::Column::Id.is_in(some.iter().map(|call| call.piece_id)))
            .all(db)
            .await?;
        pieces.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    let mut by_site: Vec<(PlaceId, PlaceId, Vec<call_up::Model>)> = Vec::new();
    for call in calls {
        match by_site.iter_mut().find(|(site, ..)| *site == call.site_id) {
            Some((.., of)) => of.push(call),
            None => by_site.push((call.site_id, call.community_id, vec![call])),
        }
    }
    let names = places::tree::names(db, by_site.iter().map(|(site, ..)| *site)).await?;
    let now = app.now();
    let mut sites = Vec::with_capacity(by_site.len());
    for (site, community, calls) in by_site {
        let waiting = queue::waiting(db, round.id, site, now).await?;
        let pace = queue::pace(db, round.id, community, now).await?;
        let length = queue::people(&waiting);
        sites.push(Site {
            name: names.get(&site).cloned().unwrap_or_default(),
            minutes: pace.map(|pace| queue::minutes(length, pace)),
            waiting: length,
            numbers: waiting.len(),
            next: waiting.first().map(|one| one.number),
            lines: calls
                .into_iter()
                .filter_map(|call| {
                    let piece = pieces.get(&call.piece_id)?;
                    Some(Line {
                        name: piece.name.clone(),
                        from: call.from_at,
                        until: call.until_at,
                        targets: piece.targets,
                        finals: piece.finals,
                        now: call.from_at <= now && now < call.until_at,
                    })
                })
                .collect(),
        });
    }
    let staff = actor.may(Role::STAFF, &round.place_path) && round.closed_at.is_none();
    let form = staff.then(|| form(&page, &round).fill(typed).errors(&page, errors));
    Page::draw(&CallUpPage {
        title: page.t("sampling-call-up"),
        sites,
        more,
        form,
        round,
        page,
    })
}

/// `POST /sampling/rounds/{id}`: the buildings are called.
pub async fn call(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<RoundId>,
    typed: Typed,
) -> Answer {
    let round = callup::sampling(app.store.read(), &actor, Role::STAFF, id).await?;
    let site = places::typed::place(app.store.read(), &actor.scope(Role::STAFF), &typed.get("site")).await?;
    let mut check = typed.check();
    if !check.text("site", 200).is_empty() && !matches!(site, Ok(Some(_))) {
        check.error(FieldError::new(
            "site",
            site.as_ref().err().copied().unwrap_or("unknown"),
        ));
    }
    let from = check.parse::<time::Typed>("from", "date").0;
    let lanes = check.number("lanes", 1, 200);
    let service = check.number("service", 5, 300);
    let errors = match (check.done(()), site) {
        (Ok(()), Ok(Some(site))) => {
            let wish = Wish {
                site: site.id,
                from,
                lanes,
                service,
            };
            match callup::call(&app, &actor, id, &wish).await {
                Ok(_) => {
                    return Ok(Redirect::to(&format!("/sampling/rounds/{id}?done=saved")).into_response());
                }
                Err(problem) if problem.code == code::INVALID => problem.fields,
                Err(problem) => return Err(problem.into()),
            }
        }
        (checked, _) => checked.err().unwrap_or_default(),
    };
    let drawn = drawn(&app, &actor, page, round, &typed, &errors).await?;
    Ok(Page::again(drawn))
}
