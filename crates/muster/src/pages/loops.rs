//! Pages of closed loops: the list, a new one, and one loop.

pub mod change;
pub mod panels;
pub mod show;

use accounts::Actor;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use kit::{Result, Role, id::PostId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Filter, Window},
    problem::Answer,
};

use crate::{
    loops::{
        manage::{self, BEDS, MEALS, NewLoop, TEST_DAYS},
        model::closed_loop,
        state::State as Stands,
        view,
    },
    queries,
};

/// Where a loop stands, as a badge.
pub fn badge(page: &Page, state: Stands) -> Cell {
    let colour = match state {
        Stands::Coming => "blue",
        Stands::Running => "green",
        Stands::Overdue => "yellow",
        Stands::Over => "secondary",
    };
    Cell::Badge(page.t(&format!("loops-state-{}", state.name())), colour)
}

pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let state = query.filter("state");
    let definition = Definition {
        path: "/loops".into(),
        columns: list::columns(
            &page,
            &[
                ("", "loops-name"),
                ("", "loops-place"),
                ("day", "loops-first-day"),
                ("", "loops-planned-end"),
                ("", "loops-inside-of-beds"),
                ("", "loops-state"),
            ],
        ),
        filters: vec![Filter {
            name: "state",
            label: page.t("loops-state"),
            options: [Stands::Running, Stands::Coming, Stands::Overdue, Stands::Over]
                .map(Stands::name)
                .iter()
                .map(|name| ((*name).to_owned(), page.t(&format!("loops-state-{name}"))))
                .collect(),
        }],
        default_sort: "-day",
        search: page.t("loops-search"),
        empty: page.t("loops-none"),
        export: "loops".into(),
    };
    let words = page.clone();
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window: Window| {
        let (app, page, scope, state) = (app.clone(), words.clone(), scope.clone(), state.clone());
        async move {
            let today = app.now().day();
            let mut select = closed_loop::Entity::find().filter(scope.path(closed_loop::Column::PlacePath));
            select = match state.as_str() {
                "over" => select.filter(closed_loop::Column::EndedAt.is_not_null()),
                "coming" | "running" | "overdue" => select.filter(closed_loop::Column::EndedAt.is_null()),
                _ => select,
            };
            select = match state.as_str() {
                "coming" => select.filter(closed_loop::Column::FirstDay.gt(today)),
                "running" => select
                    .filter(closed_loop::Column::FirstDay.lte(today))
                    .filter(closed_loop::Column::PlannedEnd.gte(today)),
                "overdue" => select.filter(closed_loop::Column::PlannedEnd.lt(today)),
                _ => select,
            };
            if !window.q.is_empty() {
                select = select
                    .filter(closed_loop::Column::Name.gte(window.q.as_str()))
                    .filter(closed_loop::Column::Name.lt(format!("{}\u{10FFFF}", window.q)));
            }
            let rows = window
                .cut(select, closed_loop::Column::FirstDay, closed_loop::Column::Id)
                .all(app.store.read())
                .await?;
            draw_rows(&app, &page, rows).await
        }
    })
    .await?;
    let actions = if actor.has(Role::STAFF) {
        vec![("/loops/new".into(), page.t("loops-new"))]
    } else {
        vec![]
    };
    Ok(listed.page(page.clone(), page.t("loops-title"), actions)?)
}

async fn draw_rows(app: &App, page: &Page, rows: Vec<closed_loop::Model>) -> Result<Vec<Row>> {
    let db = app.store.read();
    let posts = queries::posts_of(db, rows.iter().map(|row| row.post_id)).await?;
    let places = queries::spots(db, posts.values()).await?;
    let counts = view::counts(db, &rows).await?;
    let now = app.now();
    Ok(rows
        .into_iter()
        .map(|row| {
            let post = posts.get(&row.post_id).map_or("", |post| post.name.as_str());
            let place = places.get(&row.post_id).map_or("", String::as_str);
            let inside = counts.get(&row.id).copied().unwrap_or(0);
            Row {
                id: row.id.0,
                key: row.first_day.to_string().into(),
                href: Some(format!("/loops/{}", row.id)),
                cells: vec![
                    row.name.clone().into(),
                    format!("{place} {post}").into(),
                    row.first_day.to_string().into(),
                    row.planned_end.to_string().into(),
                    format!("{inside} / {}", row.beds).into(),
                    badge(page, row.state(now)),
                ],
            }
        })
        .collect())
}

/// The form for a new loop; `chosen` is offered even where there are too many posts to offer all.
async fn form(app: &App, actor: &Actor, page: &Page, chosen: Option<PostId>) -> Result<Form> {
    let db = app.store.read();
    let scope = actor.scope(Role::STAFF);
    let mut posts = queries::posts(db, &scope, 300).await?;
    if let Some(id) = chosen
        && !posts.iter().any(|post| post.id == id)
    {
        let found = queries::posts_of(db, [id]).await?.remove(&id);
        posts.extend(found.filter(|post| scope.holds(&post.place_path)));
    }
    let spots = queries::spots(db, &posts).await?;
    let choices = posts
        .iter()
        .map(|post| {
            let spot = spots.get(&post.id).map_or("", String::as_str);
            (post.id.to_string(), format!("{spot} · {}", post.name))
        })
        .collect();
    let mut form = Form::new(page, "/loops/new", "save")
        .required(page, "post", "loops-post", Control::Select(choices))
        .required(page, "name", "loops-name", Control::Text)
        .field(page, "org_name", "loops-org", Control::Text)
        .required(page, "first_day", "loops-first-day", Control::Date)
        .required(page, "planned_end", "loops-planned-end", Control::Date)
        .required(page, "beds", "loops-beds", Control::Number(1, BEDS))
        .required(page, "meals", "loops-meals", Control::Number(0, MEALS))
        .required(
            page,
            "test_days",
            "loops-test-days",
            Control::Number(1, TEST_DAYS),
        )
        .field(page, "note", "loops-note", Control::Area)
        .cancel(page, "/loops");
    if let Some(field) = form.fields.iter_mut().find(|field| field.name == "org_name") {
        field.suggest = people::queries::org_offers(db, actor).await?;
    }
    Ok(form)
}

pub async fn new(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let post: Option<PostId> = query.filter("post").parse().ok();
    let mut typed = Typed::default()
        .set("first_day", app.now().day())
        .set("meals", 3)
        .set("test_days", 1);
    if let Some(post) = post {
        typed = typed.set("post", post);
    }
    let title = page.t("loops-new");
    let form = form(&app, &actor, &page, post).await?;
    Ok(form.fill(&typed).answer(page, title)?)
}

pub async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let org = people::queries::org_typed(app.store.read(), &actor, &typed.get("org_name")).await?;
    let made = match NewLoop::read(&typed, org.map(|org| org.id), app.now().day()) {
        Ok(new) => manage::create(&app, &actor, new).await,
        Err(errors) => Err(kit::Problem::invalid(errors)),
    };
    match made {
        Ok(id) => Ok(Redirect::to(&format!("/loops/{id}?done=loops-made")).into_response()),
        Err(problem) if matches!(problem.code.status, 409 | 422) => {
            let title = page.t("loops-new");
            let form = form(&app, &actor, &page, typed.get("post").parse().ok())
                .await?
                .fill(&typed);
            Ok(panels::told(form, &page, &problem).answer(page, title)?)
        }
        Err(problem) => Err(problem.into()),
    }
}
