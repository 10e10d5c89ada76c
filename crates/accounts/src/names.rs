//! Names of places and organisations. Their rooms are above this one, so their tables are asked by name.

use std::collections::HashMap;

use kit::{Result, id::PlaceId};
use sea_orm::{
    Condition, ConnectionTrait, ExprTrait,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

/// A place, as far as a grant must know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Id.
    pub id: PlaceId,
    /// Its community; above communities its own id.
    pub community_id: PlaceId,
    /// Short codes from the root to it.
    pub path: String,
    /// Name.
    pub name: String,
}

/// The place with this official code, id or path.
pub async fn place(db: &impl ConnectionTrait, text: &str) -> Result<Option<Place>> {
    let mut named = Condition::any()
        .add(Expr::col("code").eq(text))
        .add(Expr::col("path").eq(text));
    if let Ok(id) = text.parse::<Uuid>() {
        named = named.add(Expr::col("id").eq(id));
    }
    let select = Query::select()
        .columns(["id", "community_id", "path", "name"])
        .from("places")
        .cond_where(named)
        .limit(1)
        .to_owned();
    let Some(row) = db.query_one(&select).await? else {
        return Ok(None);
    };
    Ok(Some(Place {
        id: PlaceId(row.try_get("", "id")?),
        community_id: PlaceId(row.try_get("", "community_id")?),
        path: row.try_get("", "path")?,
        name: row.try_get("", "name")?,
    }))
}

/// Names by id from `places` or `orgs`. What cannot be found is left out, and a table that cannot be read
/// costs only the names: a page about rights must open all the same. Not for use in a transaction.
pub async fn names(db: &impl ConnectionTrait, table: &'static str, ids: Vec<Uuid>) -> HashMap<Uuid, String> {
    if ids.is_empty() {
        return HashMap::new();
    }
    let select = Query::select()
        .columns(["id", "name"])
        .from(table)
        .and_where(Expr::col("id").is_in(ids))
        .to_owned();
    match db.query_all(&select).await {
        Ok(rows) => rows
            .iter()
            .filter_map(|row| Some((row.try_get("", "id").ok()?, row.try_get("", "name").ok()?)))
            .collect(),
        Err(error) => {
            tracing::warn!(%error, table, "names cannot be read");
            HashMap::new()
        }
    }
}
