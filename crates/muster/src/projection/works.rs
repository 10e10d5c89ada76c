//! Work counted on shifts.

use field::{Effects, Record, issues::Flag};
use kit::Result;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use store::bulk::{Insert, Type};

use super::names::Names;
use crate::{
    body::Work,
    model::{shift, work},
};

const WORKS: Insert = Insert {
    table: "work_counts",
    columns: &[
        ("community_id", Type::Uuid),
        ("record_id", Type::Uuid),
        ("shift_id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("org_id", Type::Uuid),
        ("day", Type::Text),
        ("activity", Type::Text),
        ("quantity", Type::Int),
        ("voided", Type::Bool),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// Keeps the counts and adds them up.
pub(super) async fn apply(
    tx: &DatabaseTransaction,
    works: &[(&Record, &shift::Model, Work)],
    names: &Names,
    effects: &mut Effects,
) -> Result<()> {
    let mut rows = Vec::with_capacity(works.len());
    for (record, shift, body) in works {
        let org = names.org(shift.id, body.helper);
        if !record.voided {
            effects.tally(
                shift.community_id,
                shift.day,
                org,
                body.helper,
                &body.activity,
                body.quantity,
            );
            if !names.rostered.contains_key(&(shift.id, body.helper)) {
                effects.flag(Flag::of(record, "not-on-roster", Some(body.helper)));
            }
        }
        rows.push(vec![
            record.community.0.into(),
            record.id.0.into(),
            shift.id.0.into(),
            body.helper.0.into(),
            org.0.into(),
            shift.day.to_string().into(),
            body.activity.clone().into(),
            body.quantity.into(),
            record.voided.into(),
        ]);
    }
    WORKS.run(tx, rows).await?;
    Ok(())
}

/// Takes one count back.
pub(super) async fn void(tx: &DatabaseTransaction, record: &Record, effects: &mut Effects) -> Result<()> {
    let found = work::Entity::find_by_id((record.community, record.id))
        .one(tx)
        .await?;
    let Some(row) = found.filter(|row| !row.voided) else {
        return Ok(());
    };
    effects.tally(
        row.community_id,
        row.day,
        row.org_id,
        row.helper_id,
        &row.activity,
        -row.quantity,
    );
    work::Entity::update_many()
        .col_expr(work::Column::Voided, sea_orm::sea_query::Expr::value(true))
        .filter(work::Column::CommunityId.eq(row.community_id))
        .filter(work::Column::RecordId.eq(row.record_id))
        .exec(tx)
        .await?;
    Ok(())
}
