//! The parcel shelf of a gate.

use kit::{Result, id::PlaceId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::model::parcel;

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
