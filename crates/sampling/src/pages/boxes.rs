//! Boxes of tubes that were handed over: who, when, how many, and how many the records say.

use std::collections::HashMap;

use accounts::Actor;
use axum::extract::State;
use kit::{Result, Role};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Definition, Window},
    problem::Answer,
};
use store::Scope;

use crate::model::{hand_over, tube};

/// `GET /tubes/boxes`
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/tubes/boxes".into(),
        columns: list::columns(
            &page,
            &[
                ("at", "sampling-at"),
                ("", "sampling-box"),
                ("", "sampling-counted"),
                ("", "sampling-recorded"),
                ("", "sampling-carrier"),
                ("", "sampling-by"),
            ],
        ),
        default_sort: "-at",
        empty: page.t("sampling-no-boxes"),
        export: page.t("sampling-boxes"),
        ..Definition::default()
    };
    let words = page.clone();
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &scope, window)
    })
    .await?;
    Ok(listed.page(
        page.clone(),
        page.t("sampling-boxes"),
        vec![("/tubes".into(), page.t("sampling-tubes"))],
    )?)
}

async fn rows(app: &App, page: &Page, scope: &Scope, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let select = hand_over::Entity::find().filter(scope.community(hand_over::Column::CommunityId));
    let found = window
        .cut(select, hand_over::Column::At, hand_over::Column::Id)
        .all(db)
        .await?;
    let counted: HashMap<String, i64> = tube::Entity::find()
        .select_only()
        .column(tube::Column::CrateCode)
        .column_as(tube::Column::Code.count(), "n")
        .filter(tube::Column::CrateCode.is_in(found.iter().map(|row| row.crate_code.as_str())))
        .filter(scope.community(tube::Column::CommunityId))
        .group_by(tube::Column::CrateCode)
        .into_tuple::<(String, i64)>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let senders = found.iter().filter_map(|row| row.sender.map(|id| id.0)).collect();
    let names = accounts::names::names(db, "users", senders).await;
    Ok(found
        .into_iter()
        .map(|row| {
            let recorded = counted.get(&row.crate_code).copied().unwrap_or(0);
            Row {
                id: row.id.0,
                key: row.at.into(),
                href: None,
                cells: vec![
                    row.at.minute_text().into(),
                    row.crate_code.into(),
                    Cell::int(row.tubes),
                    if recorded == row.tubes {
                        recorded.to_string().into()
                    } else {
                        Cell::Badge(page.t1("sampling-differs", "count", recorded), "red")
                    },
                    row.carrier.into(),
                    row.sender
                        .and_then(|id| names.get(&id.0).cloned())
                        .unwrap_or_default()
                        .into(),
                ],
            }
        })
        .collect())
}
