//! Who from outside is inside now, and the parcel shelves.

use std::sync::Arc;

use accounts::Actor;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use field::Field;
use kit::{Problem, Result, Role, Timestamp, id::PlaceId, id::RecordId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Cell, ListQuery, Page, Row,
    list::{self, Column, Definition, Filter, Window},
    problem::Answer,
};
use store::Scope;

use super::exported;
use crate::{
    body::{PARCEL_OUT, ParcelOut},
    inside,
    model::{parcel, parcel_out, passage},
    parcels,
};

/// Whoever is inside longer is marked.
const LONG: i64 = 12 * 3_600_000;

fn columns(page: &Page, keys: &[(&'static str, &str)]) -> Vec<Column> {
    keys.iter()
        .map(|(sort, key)| Column {
            sort,
            label: page.t(key),
        })
        .collect()
}

/// `GET /inside`
pub async fn inside(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/inside".into(),
        columns: columns(
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
        exported(&app, &actor, "gate.export").await?;
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

/// `GET /parcels`
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/parcels".into(),
        columns: columns(
            &page,
            &[
                ("at", "gate-since"),
                ("", "gate-gate"),
                ("", "gate-flat"),
                ("", "gate-parcel-name"),
                ("", "gate-parcel-code"),
                ("", "gate-parcel-marks"),
                ("", "gate-state"),
            ],
        ),
        filters: vec![Filter {
            name: "state",
            label: page.t("gate-state"),
            options: vec![("out".to_owned(), page.t("gate-parcel-all"))],
        }],
        default_sort: "-at",
        empty: page.t("gate-parcels-none"),
        export: page.t("gate-parcels"),
        ..Definition::default()
    };
    let (words, asked) = (page.clone(), query.clone());
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window| {
        shelves(&app, &words, &scope, &asked, window)
    })
    .await?;
    Ok(listed.page(page.clone(), page.t("gate-parcels"), vec![])?)
}

async fn shelves(
    app: &App,
    page: &Page,
    scope: &Scope,
    query: &ListQuery,
    window: Window,
) -> Result<Vec<Row>> {
    let db = app.store.read();
    let mut select = parcel::Entity::find().filter(scope.community(parcel::Column::CommunityId));
    if let Ok(gate) = query.filter("gate").parse::<PlaceId>() {
        select = select.filter(parcel::Column::GateId.eq(gate));
    }
    if query.filter("state") != "out" {
        select = select.filter(parcels::waiting());
    }
    let found = window
        .cut(select, parcel::Column::At, parcel::Column::Id)
        .all(db)
        .await?;
    let gates = places::tree::names(db, found.iter().map(|row| row.gate_id)).await?;
    let mut outs = std::collections::HashMap::new();
    let ids: Vec<RecordId> = found.iter().map(|row| row.id).collect();
    for some in ids.chunks(1_000) {
        let rows = parcel_out::Entity::find()
            .filter(parcel_out::Column::ParcelId.is_in(some.iter().copied()))
            .all(db)
            .await?;
        outs.extend(rows.into_iter().map(|row| (row.parcel_id, (row.at, row.carried))));
    }
    Ok(found
        .into_iter()
        .map(|row| {
            let marks: Vec<String> = [(row.heavy, "gate-parcel-heavy"), (row.carry, "gate-parcel-carry")]
                .into_iter()
                .filter(|(is, _)| *is)
                .map(|(_, key)| page.t(key))
                .collect();
            let state = match outs.get(&row.id) {
                None => Cell::Badge(page.t("gate-parcel-waits"), "yellow"),
                Some((at, true)) => page.t1("gate-parcel-carried", "time", at.minute_text()).into(),
                Some((at, false)) => page.t1("gate-parcel-out", "time", at.minute_text()).into(),
            };
            Row {
                id: row.id.0,
                key: row.at.into(),
                href: None,
                cells: vec![
                    row.at.minute_text().into(),
                    gates.get(&row.gate_id).cloned().unwrap_or_default().into(),
                    row.flat.into(),
                    row.name.into(),
                    row.code.into(),
                    marks.join(" · ").into(),
                    state,
                ],
            }
        })
        .collect())
}

/// `POST /parcels/{id}/out`: staff note at the desk that a parcel was handed out.
pub async fn out(
    State(app): State<App>,
    Extension(field): Extension<Arc<Field>>,
    actor: Actor,
    Path(id): Path<RecordId>,
) -> Answer {
    let row = parcel::Entity::find()
        .filter(parcel::Column::Id.eq(id))
        .filter(actor.scope(Role::STAFF).community(parcel::Column::CommunityId))
        .one(app.store.read())
        .await?
        .ok_or_else(Problem::not_found)?;
    let body = ParcelOut {
        gate: row.gate_id,
        parcel: row.id,
        carried: false,
    };
    let now = app.now();
    field
        .record(&actor, RecordId::fresh(now), PARCEL_OUT, now, None, &body)
        .await?;
    Ok(Redirect::to("/parcels?done=saved").into_response())
}
