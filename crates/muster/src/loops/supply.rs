//! What a loop uses in a day.

use accounts::Actor;
use kit::{FieldError, Problem, Result};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use shell::{App, form::Typed};

use super::{
    model::{Per, closed_loop, loop_supply},
    note,
    rules::tenths,
    state::Open,
};

/// Characters of an item at most.
const ITEM: usize = 40;

/// A supply as filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supply {
    /// What, with its unit.
    pub item: String,
    /// For whom.
    pub per: Per,
    /// Tenths of it a day.
    pub tenths: i64,
}

impl Supply {
    /// From the form.
    pub fn read(typed: &Typed) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        let item = check.text("item", ITEM);
        let amount = check.text("amount", 10);
        let amount = tenths(&amount).unwrap_or_else(|| {
            if !amount.is_empty() {
                check.error(FieldError::new("amount", "loop-amount"));
            }
            0
        });
        let per = Per::of(&typed.get("per"));
        if per.is_none() {
            check.error(FieldError::new("per", "required"));
        }
        check.done(Self {
            item,
            per: per.unwrap_or(Per::Person),
            tenths: amount,
        })
    }
}

/// Notes what is used of an item; noted again, the quantity changes.
pub async fn set(app: &App, actor: &Actor, row: &closed_loop::Model, new: Supply) -> Result<()> {
    let tx = app.store.begin().await?;
    Open::hold(&tx, (row.community_id, row.id)).await?;
    note(&tx, actor, app.now(), "loop.supply", (row, &new.item)).await?;
    loop_supply::Entity::insert(loop_supply::ActiveModel {
        community_id: Set(row.community_id),
        loop_id: Set(row.id),
        item: Set(new.item),
        per: Set(new.per),
        tenths: Set(new.tenths),
    })
    .on_conflict(
        OnConflict::columns([
            loop_supply::Column::CommunityId,
            loop_supply::Column::LoopId,
            loop_supply::Column::Item,
        ])
        .update_columns([loop_supply::Column::Per, loop_supply::Column::Tenths])
        .to_owned(),
    )
    .exec_without_returning(&tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Strikes an item out.
pub async fn remove(app: &App, actor: &Actor, row: &closed_loop::Model, item: &str) -> Result<()> {
    let tx = app.store.begin().await?;
    Open::hold(&tx, (row.community_id, row.id)).await?;
    let gone = loop_supply::Entity::delete_by_id((row.community_id, row.id, item.to_owned()))
        .exec(&tx)
        .await?;
    if gone.rows_affected == 0 {
        return Err(Problem::not_found());
    }
    note(&tx, actor, app.now(), "loop.supply", (row, item)).await?;
    tx.commit().await?;
    Ok(())
}
