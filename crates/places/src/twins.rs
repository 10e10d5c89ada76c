//! Pages: places suspected to be one, and merging them by hand.

use accounts::{Actor, Sessions};
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use kit::{Problem, Result, Role, id::PlaceId};
use serde::Deserialize;
use shell::{App, Page, form::Typed, problem::Answer};

use crate::{
    compounds,
    merge::{self, NOT_SIBLINGS, PathUser},
    model::place,
    pages::kind_name,
    responsibility, tree,
};

/// Two places that may be one.
struct Pair {
    kind: String,
    /// Where both lie.
    area: String,
    first: (PlaceId, String),
    other: (PlaceId, String),
    may_merge: bool,
}

#[derive(Template)]
#[template(path = "duplicates.html")]
struct DuplicatesPage {
    page: Page,
    title: String,
    pairs: Vec<Pair>,
}

/// `GET /places/duplicates`
pub async fn list(State(app): State<App>, page: Page, actor: Actor) -> Answer {
    let db = app.store.read();
    let found = compounds::duplicates(db, &actor.scope(Role::READERS)).await?;
    let firsts: Vec<place::Model> = found.iter().map(|(first, _)| first.clone()).collect();
    let full = tree::full_names(db, &firsts).await?;
    let pairs = found
        .into_iter()
        .map(|(first, other)| Pair {
            kind: kind_name(&page, first.kind),
            area: full
                .get(&first.id)
                .and_then(|full| full.strip_suffix(&first.name))
                .map_or("", str::trim)
                .to_owned(),
            may_merge: actor.may(Role::STAFF, &first.path) && actor.may(Role::STAFF, &other.path),
            first: (first.id, first.name),
            other: (other.id, other.name),
        })
        .collect();
    Ok(Page::draw(&DuplicatesPage {
        title: page.t("places-duplicates"),
        pairs,
        page,
    })?)
}

/// Which of two places shall stay.
#[derive(Debug, Deserialize)]
pub struct Choice {
    keep: PlaceId,
    drop: PlaceId,
}

/// A place before a merge.
struct Side {
    place: place::Model,
    full: String,
    inside: usize,
    answers: String,
}

#[derive(Template)]
#[template(path = "merge.html")]
struct MergePage {
    page: Page,
    title: String,
    keep: Side,
    drop: Side,
}

/// `GET /places/merge?keep=…&drop=…`: what will happen, to be confirmed.
pub async fn ask(State(app): State<App>, page: Page, actor: Actor, Query(choice): Query<Choice>) -> Answer {
    let keep = side(&app, &actor, choice.keep).await?;
    let drop = side(&app, &actor, choice.drop).await?;
    if !merge::mergeable(&keep.place, &drop.place) {
        return Err(Problem::new(NOT_SIBLINGS).into());
    }
    Ok(Page::draw(&MergePage {
        title: page.t("places-merge"),
        page,
        keep,
        drop,
    })?)
}

async fn side(app: &App, actor: &Actor, id: PlaceId) -> Result<Side> {
    let db = app.store.read();
    let place = tree::find(db, &actor.scope(Role::STAFF), id).await?;
    Ok(Side {
        full: tree::full_name(db, &place).await?,
        inside: tree::children(db, &place).await?.len(),
        answers: responsibility::of(db, &place)
            .await?
            .map(|answer| format!("{} {}", answer.unit, answer.person))
            .unwrap_or_default(),
        place,
    })
}

/// `POST /places/merge`
pub async fn merge(
    State(app): State<App>,
    actor: Actor,
    sessions: Option<Extension<Sessions>>,
    typed: Typed,
    users: &'static [PathUser],
) -> Answer {
    let mut check = typed.check();
    let (keep, drop) = (
        check.parse::<PlaceId>("keep", "invalid"),
        check.parse::<PlaceId>("drop", "invalid"),
    );
    let (keep, drop) = check.done((keep, drop)).map_err(Problem::invalid)?;
    let tx = app.store.begin().await?;
    let kept = merge::merge(&tx, &actor, app.now(), keep, drop, users).await?;
    tx.commit().await?;
    // Roles may have been held at the place that is gone.
    if let Some(Extension(sessions)) = sessions {
        sessions.forget();
    }
    Ok(Redirect::to(&format!("/places/{}?done=places-merged", kept.id)).into_response())
}
