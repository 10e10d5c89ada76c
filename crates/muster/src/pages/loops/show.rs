//! The page of one loop, and the sheet for the wall of its quarters.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use kit::{Day, Problem, Result, Role, id::LoopId};
use shell::{App, Cell, Page, form::Typed, problem::Answer};

use super::{
    badge,
    panels::{self, Panel},
};
use crate::{
    loops::{
        self, NAMES_ELSEWHERE,
        model::{Per, TestResult, closed_loop},
        rules,
        view::{self, View},
    },
    queries,
};

#[derive(Template)]
#[template(path = "loop.html")]
struct LoopPage {
    page: Page,
    title: String,
    row: closed_loop::Model,
    state: Cell,
    post: String,
    place: String,
    org: String,
    view: View,
    free: i64,
    panels: Vec<Panel>,
}

#[derive(Template)]
#[template(path = "loop_sheet.html")]
struct Sheet {
    page: Page,
    title: String,
    row: closed_loop::Model,
    post: String,
    place: String,
    org: String,
    view: View,
    days: Vec<Day>,
}

/// Words of a test: the day and what it said.
fn tested(page: &Page, last: (Day, TestResult)) -> String {
    let word = page.t(&format!("loops-test-{}", result(last.1)));
    format!("{} {word}", last.0)
}

fn result(result: TestResult) -> &'static str {
    match result {
        TestResult::Negative => "negative",
        TestResult::Positive => "positive",
        TestResult::Pending => "pending",
    }
}

fn colour(last: (Day, TestResult)) -> &'static str {
    match last.1 {
        TestResult::Negative => "green",
        TestResult::Positive => "red",
        TestResult::Pending => "yellow",
    }
}

fn per(page: &Page, per: Per) -> String {
    page.t(match per {
        Per::Person => "loops-per-person",
        Per::Loop => "loops-per-loop",
    })
}

/// Names of the post, of where it is and of the organisation.
async fn names(app: &App, row: &closed_loop::Model) -> Result<(String, String, String)> {
    let db = app.store.read();
    let posts = queries::posts_of(db, [row.post_id]).await?;
    let post = posts.get(&row.post_id).ok_or_else(Problem::not_found)?;
    let place = places::tree::load(db, post.place_id).await?;
    let place = places::tree::full_name(db, &place).await?;
    let org = people::queries::org_names(db, row.org_id).await?;
    let org = org.into_values().next().unwrap_or_default();
    Ok((post.name.clone(), place, org))
}

/// Draws the page; `failed` is a form that was refused: its name, what was typed, and why.
pub async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    row: closed_loop::Model,
    failed: Option<(&'static str, Typed, Problem)>,
) -> Result<Response> {
    let view = view::load(app.store.read(), &row, app.now()).await?;
    let mut panels = Vec::new();
    if row.ended_at.is_none() && actor.may(Role::STAFF, &row.place_path) {
        let off = failed
            .as_ref()
            .filter(|(_, typed, problem)| problem.code == NAMES_ELSEWHERE || typed.ticked("off"))
            .map(|(id, ..)| *id);
        let people = panels::candidates(app, actor, &row, &view).await?;
        panels = panels::all(&page, &row, &view, (&people, off));
    }
    let wrong = failed.is_some();
    if let Some((id, typed, problem)) = failed {
        // A form that is not on the page any more: the loop has ended meanwhile.
        let Some(panel) = panels.iter_mut().find(|panel| panel.id == id) else {
            return Err(problem);
        };
        panel.form = panels::told(panel.form.clone().fill(&typed), &page, &problem);
    }
    // What was refused comes first, so that it is seen.
    panels.sort_by_key(|panel| panel.form.error.is_none());
    let (post, place, org) = names(app, &row).await?;
    let drawn = Page::draw(&LoopPage {
        title: row.name.clone(),
        state: badge(&page, row.state(app.now())),
        free: (row.beds - i64::try_from(view.members.len()).unwrap_or(i64::MAX)).max(0),
        post,
        place,
        org,
        view,
        panels,
        row,
        page,
    })?;
    Ok(if wrong { Page::again(drawn) } else { drawn })
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<LoopId>) -> Answer {
    let row = loops::find(app.store.read(), &actor.scope(Role::READERS), id).await?;
    Ok(draw(&app, &actor, page, row, None).await?)
}

pub async fn sheet(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<LoopId>) -> Answer {
    let row = loops::find(app.store.read(), &actor.scope(Role::READERS), id).await?;
    let view = view::load(app.store.read(), &row, app.now()).await?;
    let (post, place, org) = names(&app, &row).await?;
    let days = std::iter::successors(Some(app.now().day()), |day| Some(day.next()))
        .take(view::DAYS)
        .collect();
    Ok(Page::draw(&Sheet {
        title: row.name.clone(),
        row,
        post,
        place,
        org,
        view,
        days,
        page,
    })?)
}
