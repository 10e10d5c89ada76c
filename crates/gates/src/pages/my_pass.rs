//! The holder's page of a pass, on their own phone: the code, and who of the household has passed. Its address is a
//! secret that was handed over with the pass; there is no other way in.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::header::REFERRER_POLICY,
    response::IntoResponse,
};
use kit::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shell::{App, Page, problem::Answer};

use super::reason;
use crate::{
    model::{PassKind, parcel, pass, passage},
    parcels,
    pass::{held::held, issue},
};

/// How far back the household's passages are shown.
const BACK: Duration = Duration::from_secs(7 * 24 * 3600);
/// Passages shown.
const MOST: u64 = 50;

struct Passed {
    at: Timestamp,
    name: String,
    inward: bool,
    go: bool,
    gate: String,
}

#[derive(Template)]
#[template(path = "my_pass.html")]
struct MyPass {
    page: Page,
    title: String,
    row: pass::Model,
    name: String,
    why: String,
    qr: String,
    household: Vec<Passed>,
    parcels: Vec<parcel::Model>,
    secret: String,
}

/// `GET /my-pass/{secret}`
pub async fn show(State(app): State<App>, page: Page, Path(secret): Path<String>) -> Answer {
    let db = app.store.read();
    let (row, why) = held(&app, &secret).await?;
    let now = app.now();
    let (mut household, mut shelf) = (Vec::new(), Vec::new());
    if let (Some(home), PassKind::Resident, None) = (row.household_id, row.kind, why) {
        let rows = passage::Entity::find()
            .filter(passage::Column::CommunityId.eq(row.community_id))
            .filter(passage::Column::HouseholdId.eq(home))
            .filter(passage::Column::At.gt(now.minus(BACK)))
            .order_by_desc(passage::Column::At)
            .limit(MOST)
            .all(db)
            .await?;
        let gates = places::tree::names(db, rows.iter().map(|row| row.gate_id)).await?;
        household = rows
            .into_iter()
            .map(|row| Passed {
                at: row.at,
                name: row.name,
                inward: row.inward,
                go: row.go,
                gate: gates.get(&row.gate_id).cloned().unwrap_or_default(),
            })
            .collect();
        shelf = parcel::Entity::find()
            .filter(parcel::Column::CommunityId.eq(row.community_id))
            .filter(parcel::Column::HouseholdId.eq(home))
            .filter(parcels::waiting())
            .order_by_asc(parcel::Column::At)
            .limit(MOST)
            .all(db)
            .await?;
    }
    let drawn = Page::draw(&MyPass {
        title: page.t("my-pass-title"),
        name: match row.kind {
            PassKind::Vehicle => row.plate.clone(),
            _ => kit::mask::name(&row.name),
        },
        why: why.map(|code| reason(&page, code)).unwrap_or_default(),
        qr: if why.is_none() {
            muster::invitation::picture(&issue::signed(&app, &row).await?)?
        } else {
            String::new()
        },
        household,
        parcels: shelf,
        secret,
        row,
        page,
    })?;
    // The address is the key: it goes to nobody else.
    Ok(([(REFERRER_POLICY, "no-referrer")], drawn).into_response())
}
