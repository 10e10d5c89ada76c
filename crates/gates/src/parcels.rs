//! The parcel shelf of a gate.

use std::time::Duration;

use kit::{Result, id::PlaceId};
use people::{
    message::{self, Message},
    model::{helper, resident},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use shell::App;

use crate::model::{parcel, parcel_telling};

/// How often residents are told of parcels.
const EVERY: Duration = Duration::from_secs(30);
/// Nobody is told of a parcel that came longer ago.
const LATE: Duration = Duration::from_secs(24 * 3600);

/// What is counted when a parcel is carried to the door: code, Chinese, English.
pub const CARRIED: (&str, &str, &str) = ("parcels-carried", "包裹送上门", "Parcels carried up");

/// Parcels on one shelf at most.
pub const MOST: u64 = 2_000;

/// Still on the shelf.
pub fn waiting() -> Condition {
    Condition::all().add(Expr::cust(
        "NOT EXISTS (SELECT 1 FROM parcel_outs AS o WHERE o.community_id = parcels.community_id \
         AND o.parcel_id = parcels.id)",
    ))
}

/// What lies on the shelf of a gate, the oldest first.
pub async fn shelf(db: &impl ConnectionTrait, gate: PlaceId) -> Result<Vec<parcel::Model>> {
    Ok(parcel::Entity::find()
        .filter(parcel::Column::GateId.eq(gate))
        .filter(waiting())
        .order_by_asc(parcel::Column::At)
        .limit(MOST)
        .all(db)
        .await?)
}

/// Tells residents, as far as they are helpers and so can be told, of parcels that have come; each once, also after a
/// rebuild. Returns how many were told.
pub async fn tell(app: &App) -> Result<usize> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let fresh = parcel::Entity::find()
        .filter(parcel::Column::At.gt(now.minus(LATE)))
        .filter(parcel::Column::HouseholdId.is_not_null())
        .filter(waiting())
        .filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM parcel_tellings AS t WHERE t.community_id = parcels.community_id \
             AND t.parcel_id = parcels.id)",
        ))
        .limit(MOST)
        .all(&tx)
        .await?;
    let mut messages = Vec::new();
    for row in &fresh {
        let noted = parcel_telling::Entity::insert(parcel_telling::ActiveModel {
            community_id: Set(row.community_id),
            parcel_id: Set(row.id),
            at: Set(now),
        })
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
        if noted == 0 {
            // Another server is telling of it.
            continue;
        }
        let lives = sea_orm::sea_query::Query::select()
            .column(resident::Column::Id)
            .from(resident::Entity)
            .and_where(resident::Column::CommunityId.eq(row.community_id))
            .and_where(resident::Column::HouseholdId.eq(row.household_id))
            .to_owned();
        let helpers = helper::Entity::find()
            .filter(helper::Column::ResidentId.in_subquery(lives))
            .all(&tx)
            .await?;
        messages.extend(helpers.into_iter().map(|helper| Message {
            helper: helper.id,
            key: "gate-parcel-told",
            args: vec![("flat", row.flat.clone())],
            href: "/messages".to_owned(),
            by: now + LATE,
            until: now + LATE,
        }));
    }
    message::send(&tx, now, &messages).await?;
    tx.commit().await?;
    Ok(messages.len())
}

/// Tells residents from time to time. Never returns.
pub async fn job(app: App) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(problem) = tell(&app).await {
            tracing::warn!(error = %problem, "residents could not be told of parcels");
        }
    }
}
