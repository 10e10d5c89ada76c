//! Needs taken down at doors: medicine, an examination, a way to the hospital.

use std::collections::HashMap;

use accounts::Actor;
use axum::extract::State;
use kit::{Result, Role, id::TargetId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use shell::{
    App, ListQuery, Page, Row,
    list::{self, Definition, Filter, Window},
    problem::Answer,
};
use store::Scope;

use crate::{
    kind::Need,
    model::{outcome, target},
};

/// `GET /needs`
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/needs".into(),
        columns: list::columns(
            &page,
            &[
                ("at", "round-last-at"),
                ("", "round-need"),
                ("", "round-community"),
                ("", "round-flat"),
                ("", "round-person"),
                ("", "round-remark"),
            ],
        ),
        filters: vec![Filter {
            name: "need",
            label: page.t("round-need"),
            options: Need::ALL
                .iter()
                .map(|one| (one.name().to_owned(), page.code("round-need", one.name())))
                .collect(),
        }],
        default_sort: "-at",
        empty: page.t("round-needs-none"),
        export: page.t("round-needs"),
        ..Definition::default()
    };
    let export = query.filter("format") == "xlsx";
    let (words, asked) = (page.clone(), query.filter("need"));
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &scope, &asked, window)
    })
    .await?;
    if export {
        accounts::audit::exported(&app, &actor, "round.needs-export").await?;
    }
    Ok(listed.page(page.clone(), page.t("round-needs"), vec![])?)
}

async fn rows(app: &App, page: &Page, scope: &Scope, need: &str, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let mut select = outcome::Entity::find()
        .filter(Expr::cust("need <> ''"))
        .filter(scope.community(outcome::Column::CommunityId));
    if Need::of(need).is_some() {
        select = select.filter(outcome::Column::Need.eq(need));
    }
    let found = window
        .cut(select, outcome::Column::At, outcome::Column::Id)
        .all(db)
        .await?;
    let ids: Vec<TargetId> = found.iter().map(|row| row.target_id).collect();
    let mut targets = HashMap::new();
    for some in ids.chunks(1_000) {
        let rows = target::Entity::find()
            .filter(target::Column::Id.is_in(some.iter().copied()))
            .all(db)
            .await?;
        targets.extend(rows.into_iter().map(|row| ((row.round_id, row.id), row)));
    }
    let names = places::tree::names(db, found.iter().map(|row| row.community_id)).await?;
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        let target = targets.get(&(row.round_id, row.target_id));
        let flat = target
            .map(|target| format!("{} {}", target.unit, target.label))
            .unwrap_or_default();
        let note = match &row.note_sealed {
            Some(sealed) => app.cipher.decrypt(sealed)?,
            None => String::new(),
        };
        rows.push(Row {
            id: row.id.0,
            key: row.at.into(),
            href: Some(format!("/rounds/{}/targets/{}", row.round_id, row.target_id)),
            cells: vec![
                row.at.minute_text().into(),
                page.code("round-need", &row.need).into(),
                names.get(&row.community_id).cloned().unwrap_or_default().into(),
                flat.trim().into(),
                target
                    .map(|target| target.name.clone())
                    .unwrap_or_default()
                    .into(),
                note.into(),
            ],
        });
    }
    Ok(rows)
}
