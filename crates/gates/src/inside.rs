//! Who from outside is inside now: let in, and not seen going out since.

use std::time::Duration;

use kit::{
    Result, Timestamp,
    id::{PlaceId, RecordId},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use serde::Serialize;
use shell::App;
use utoipa::ToSchema;

use crate::model::passage;

/// Who came in longer ago is taken to have left unseen.
pub const BACK: Duration = Duration::from_secs(7 * 24 * 3600);
/// Shown at most.
pub const MOST: u64 = 500;

/// Somebody from outside who is inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Inside {
    /// The passage with which they came in.
    pub visit: uuid::Uuid,
    /// Name.
    pub name: String,
    /// Last four digits of their telephone number.
    pub phone_end: String,
    /// Plate.
    pub plate: String,
    /// Whom they visit.
    pub visiting: String,
    /// Since when.
    #[schema(value_type = String)]
    pub at: Timestamp,
}

/// Has not gone out since: no passage out names this one, nor its pass later. Written out, because the condition is
/// about two rows of one table.
const STAYS: &str = "NOT EXISTS (SELECT 1 FROM passages AS o WHERE o.community_id = passages.community_id \
    AND o.visit_id = passages.id AND NOT o.inward AND o.go) \
    AND (passages.pass_id IS NULL OR NOT EXISTS (SELECT 1 FROM passages AS p WHERE p.pass_id = passages.pass_id \
    AND p.at > passages.at AND NOT p.inward AND p.go))";

/// The condition of somebody from outside who is inside.
pub fn condition(now: Timestamp) -> Condition {
    Condition::all()
        .add(Expr::cust("outsider AND inward AND go"))
        .add(passage::Column::At.gt(now.minus(BACK)))
        .add(Expr::cust(STAYS))
}

/// Those inside a community, or those let in at one of its gates; the latest first.
pub async fn of_gates(
    app: &App,
    community: PlaceId,
    gate: Option<PlaceId>,
    now: Timestamp,
) -> Result<Vec<Inside>> {
    let mut select = passage::Entity::find()
        .filter(passage::Column::CommunityId.eq(community))
        .filter(condition(now));
    if let Some(gate) = gate {
        select = select.filter(passage::Column::GateId.eq(gate));
    }
    let rows = select
        .order_by_desc(passage::Column::At)
        .limit(MOST)
        .all(app.store.read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let phone = people::numbers::open(&app.cipher, row.phone_sealed.as_ref()).unwrap_or_default();
            let skip = phone.chars().count().saturating_sub(4);
            Inside {
                visit: row.id.0,
                name: row.name,
                phone_end: phone.chars().skip(skip).collect(),
                plate: row.plate,
                visiting: row.visiting,
                at: row.at,
            }
        })
        .collect())
}

/// Whether this passage is one of somebody who is still inside.
pub async fn is_inside(app: &App, community: PlaceId, id: RecordId, now: Timestamp) -> Result<bool> {
    Ok(passage::Entity::find_by_id((community, id))
        .filter(condition(now))
        .one(app.store.read())
        .await?
        .is_some())
}
