//! The parcel shelves: what lies there, and handing one out at the desk.

use accounts::Actor;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use field::{Field, Status};
use kit::{Problem, Result, Role, id::PlaceId, id::RecordId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Filter, Window},
    problem::Answer,
};
use store::Scope;

use super::asked_only;
use crate::{
    body::{PARCEL_OUT, ParcelOut},
    model::{parcel, parcel_out},
    parcels,
};

/// `GET /parcels`
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/parcels".into(),
        columns: list::columns(
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
        filters: std::iter::once(Filter {
            name: "state",
            label: page.t("gate-state"),
            options: vec![("out".to_owned(), page.t("gate-parcel-all"))],
        })
        .chain(asked_only(&page, &query, "gate", "gate-gate"))
        .collect(),
        default_sort: "-at",
        empty: page.t("gate-parcels-none"),
        export: page.t("gate-parcels"),
        ..Definition::default()
    };
    let (words, asked) = (page.clone(), query.clone());
    let scope = actor.scope(Role::READERS);
    let staff = actor.has(Role::STAFF);
    let listed = list::answer(page.clone(), query, definition, |window| {
        shelves(&app, &words, &scope, &asked, staff, window)
    })
    .await?;
    Ok(listed.page(page.clone(), page.t("gate-parcels"), vec![])?)
}

async fn shelves(
    app: &App,
    page: &Page,
    scope: &Scope,
    query: &ListQuery,
    staff: bool,
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
                href: (staff && !outs.contains_key(&row.id)).then(|| format!("/parcels/{}/out", row.id)),
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

async fn find(app: &App, actor: &Actor, id: RecordId) -> Result<parcel::Model> {
    parcel::Entity::find()
        .filter(parcel::Column::Id.eq(id))
        .filter(actor.scope(Role::STAFF).community(parcel::Column::CommunityId))
        .one(app.store.read())
        .await?
        .ok_or_else(Problem::not_found)
}

fn out_form(page: &Page, id: RecordId) -> Form {
    Form::new(page, format!("/parcels/{id}/out"), "gate-parcel-hand-out")
        .field(page, "id", "gate-parcel-hand-out", Control::Hidden)
        .field(page, "carried", "gate-parcel-carried-up", Control::Check)
        .cancel(page, "/parcels")
}

/// `GET /parcels/{id}/out`: asks first.
pub async fn ask_out(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<RecordId>) -> Answer {
    let row = find(&app, &actor, id).await?;
    let typed = Typed::default().set("id", RecordId::fresh(page.now));
    let title = [row.flat, row.name, row.code]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    Ok(out_form(&page, id).fill(&typed).answer(page, title)?)
}

/// `POST /parcels/{id}/out`: staff note at the desk that a parcel was handed out. Sent twice, it is noted once.
pub async fn out(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    Path(id): Path<RecordId>,
    typed: Typed,
) -> Answer {
    let row = find(&app, &actor, id).await?;
    let body = ParcelOut {
        gate: row.gate_id,
        parcel: row.id,
        carried: typed.ticked("carried"),
    };
    let now = app.now();
    let record = typed.get("id").parse().unwrap_or_else(|_| RecordId::fresh(now));
    let outcome = field.record(&actor, record, PARCEL_OUT, now, None, &body).await?;
    match outcome.status {
        Status::Rejected => Err(Problem::not_found().into()),
        _ => Ok(Redirect::to("/parcels?done=saved").into_response()),
    }
}
