//! Pages of posts.

use accounts::Actor;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use kit::{FieldError, Role};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Window},
    problem::Answer,
};

use crate::{
    model::{Duty, post},
    pages::place_typed,
    queries, shift,
};

/// Words of a duty.
pub fn duty(page: &Page, duty: Duty) -> String {
    page.t(&format!("muster-duty-{}", duty.name()))
}

pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/posts".into(),
        columns: list::columns(
            &page,
            &[
                ("", "muster-post"),
                ("", "muster-duty"),
                ("place", "muster-place"),
            ],
        ),
        filters: vec![],
        default_sort: "place",
        search: page.t("muster-search-posts"),
        empty: page.t("muster-no-posts"),
        export: "posts".into(),
    };
    let words = page.clone();
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window: Window| {
        let (app, page, scope) = (app.clone(), words.clone(), scope.clone());
        async move {
            let mut select = post::Entity::find().filter(scope.path(post::Column::PlacePath));
            if !window.q.is_empty() {
                select = select
                    .filter(post::Column::Name.gte(window.q.as_str()))
                    .filter(post::Column::Name.lt(format!("{}\u{10FFFF}", window.q)));
            }
            let rows = window
                .cut(select, post::Column::PlacePath, post::Column::Id)
                .all(app.store.read())
                .await?;
            let places = queries::spots(app.store.read(), &rows).await?;
            Ok(rows
                .into_iter()
                .map(|row| Row {
                    id: row.id.0,
                    key: row.place_path.into(),
                    href: Some(format!("/shifts?post={}", row.id)),
                    cells: vec![
                        row.name.into(),
                        duty(&page, row.duty).into(),
                        places.get(&row.id).cloned().unwrap_or_default().into(),
                    ],
                })
                .collect())
        }
    })
    .await?;
    let actions = if actor.has(Role::STAFF) {
        vec![("/posts/new".into(), page.t("muster-new-post"))]
    } else {
        vec![]
    };
    Ok(listed.page(page.clone(), page.t("muster-posts"), actions)?)
}

fn form(page: &Page) -> Form {
    let duties = Duty::ALL
        .iter()
        .map(|d| (d.name().to_owned(), duty(page, *d)))
        .collect();
    Form::new(page, "/posts/new", "save")
        .required(page, "place", "muster-place-typed", Control::Text)
        .required(page, "duty", "muster-duty", Control::Select(duties))
        .required(page, "name", "muster-post-name", Control::Text)
        .cancel(page, "/posts")
}

pub async fn new(page: Page) -> Answer {
    let title = page.t("muster-new-post");
    Ok(form(&page).answer(page, title)?)
}

pub async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let scope = actor.scope(Role::STAFF);
    let place = place_typed(app.store.read(), &scope, &typed.get("place")).await?;
    let mut check = typed.check();
    let name = check.text("name", 60);
    let duty = Duty::of(&typed.get("duty"));
    if duty.is_none() {
        check.error(FieldError::new("duty", "invalid"));
    }
    if !check.text("place", 100).is_empty() && place.is_none() {
        check.error(FieldError::new("place", "unknown"));
    }
    match (check.done(name), duty, place) {
        (Ok(name), Some(duty), Some(place)) => {
            shift::create_post(&app, &actor, place, duty, &name).await?;
            Ok(Redirect::to("/posts?done=saved").into_response())
        }
        (checked, ..) => {
            let errors = checked.err().unwrap_or_default();
            let title = page.t("muster-new-post");
            Ok(form(&page)
                .fill(&typed)
                .errors(&page, &errors)
                .answer(page, title)?)
        }
    }
}
