//! Pages of the list of activities.

use accounts::Actor;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use sea_orm::EntityTrait;
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Window},
    problem::Answer,
};

use crate::{activity, model::activity as activities};

pub async fn list(State(app): State<App>, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/activities".into(),
        columns: list::columns(
            &page,
            &[
                ("", "muster-activity-zh"),
                ("", "muster-activity-en"),
                ("", "muster-activity-code"),
                ("", "muster-activity-active"),
            ],
        ),
        empty: page.t("muster-no-activities"),
        ..Definition::default()
    };
    let words = page.clone();
    let listed = list::answer(page.clone(), query, definition, |window: Window| {
        let (app, page) = (app.clone(), words.clone());
        async move {
            // The list is short: one page, no cursor.
            if window.after.is_some() {
                return Ok(Vec::new());
            }
            let rows = activity::all(app.store.read()).await?;
            Ok(rows
                .into_iter()
                .take(50)
                .map(|row| Row {
                    id: uuid::Uuid::nil(),
                    key: row.position.into(),
                    href: Some(format!("/activities/edit?code={}", row.code)),
                    cells: vec![
                        row.zh.into(),
                        row.en.into(),
                        row.code.into(),
                        if row.active {
                            page.t("yes").into()
                        } else {
                            Cell::Badge(page.t("no"), "secondary")
                        },
                    ],
                })
                .collect())
        }
    })
    .await?;
    let actions = vec![("/activities/edit".into(), page.t("add"))];
    Ok(listed.page(page.clone(), page.t("muster-activities"), actions)?)
}

fn form(page: &Page) -> Form {
    Form::new(page, "/activities/edit", "save")
        .required(page, "code", "muster-activity-code", Control::Text)
        .required(page, "zh", "muster-activity-zh", Control::Text)
        .required(page, "en", "muster-activity-en", Control::Text)
        .required(
            page,
            "position",
            "muster-activity-position",
            Control::Number(1, 10_000),
        )
        .field(page, "active", "muster-activity-active", Control::Check)
        .cancel(page, "/activities")
}

pub async fn edit(State(app): State<App>, page: Page, query: ListQuery) -> Answer {
    let found = activities::Entity::find_by_id(query.filter("code"))
        .one(app.store.read())
        .await?;
    let typed = match found {
        Some(row) => Typed::default()
            .set("code", row.code)
            .set("zh", row.zh)
            .set("en", row.en)
            .set("position", row.position)
            .set("active", if row.active { "on" } else { "" }),
        None => Typed::default().set("position", 100).set("active", "on"),
    };
    let title = page.t("muster-activities");
    Ok(form(&page).fill(&typed).answer(page, title)?)
}

pub async fn save(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    match activity::read(&typed) {
        Ok(row) => {
            activity::save(&app, &actor, row).await?;
            Ok(Redirect::to("/activities?done=saved").into_response())
        }
        Err(errors) => {
            let title = page.t("muster-activities");
            Ok(form(&page)
                .fill(&typed)
                .errors(&page, &errors)
                .answer(page, title)?)
        }
    }
}
