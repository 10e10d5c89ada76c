//! Who from outside is inside now.

use accounts::Actor;
use axum::extract::State;
use kit::{Result, Role, Timestamp};
use sea_orm::{EntityTrait, QueryFilter};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Definition, Window},
    problem::Answer,
};
use store::Scope;

use crate::{inside, model::passage};

/// Whoever is inside longer is marked.
const LONG: i64 = 12 * 3_600_000;

/// `GET /inside`
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/inside".into(),
        columns: list::columns(
            &page,
            &[
                ("at", "gate-since"),
                ("", "gate-who"),
                ("", "gate-visiting"),
                ("", "gate-from"),
                ("", "gate-plate"),
                ("", "gate-phone"),
                ("", "gate-gate"),
            ],
        ),
        default_sort: "-at",
        empty: page.t("gate-inside-none"),
        export: page.t("gate-inside"),
        ..Definition::default()
    };
    let export = query.filter("format") == "xlsx";
    let words = page.clone();
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window| {
        those_inside(&app, &words, &scope, window)
    })
    .await?;
    if export {
        accounts::audit::exported(&app, &actor, "gate.export").await?;
    }
    Ok(listed.page(page.clone(), page.t("gate-inside"), vec![])?)
}

async fn those_inside(app: &App, page: &Page, scope: &Scope, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let now = app.now();
    let select = passage::Entity::find()
        .filter(scope.community(passage::Column::CommunityId))
        .filter(inside::condition(now));
    let found = window
        .cut(select, passage::Column::At, passage::Column::Id)
        .all(db)
        .await?;
    let gates = places::tree::names(db, found.iter().map(|row| row.gate_id)).await?;
    let since = |at: Timestamp| {
        if now.since(at) > LONG {
            Cell::Badge(page.t1("gate-long", "time", at.minute_text()), "yellow")
        } else {
            at.minute_text().into()
        }
    };
    Ok(found
        .into_iter()
        .map(|row| Row {
            id: row.id.0,
            key: row.at.into(),
            href: Some(format!("/passages/{}", row.id)),
            cells: vec![
                since(row.at),
                row.name.into(),
                row.visiting.into(),
                row.origin.into(),
                row.plate.into(),
                people::numbers::masked_phone(&app.cipher, row.phone_sealed.as_ref()).into(),
                gates.get(&row.gate_id).cloned().unwrap_or_default().into(),
            ],
        })
        .collect())
}
