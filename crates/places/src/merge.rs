//! Merging two siblings that are one place: what belonged to the one belongs to the other afterwards.
//!
//! Only places below communities can be merged: a community's id is part of the keys of every big table.

use std::{collections::HashSet, future::Future, pin::Pin};

use accounts::{Actor, audit};
use kit::{Code, Problem, Result, Role, Timestamp, id::PlaceId, problem::code};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
    Value, sea_query::Expr,
};
use store::Scope;

use crate::{
    compounds,
    edit::save,
    model::{
        place::{Column, Entity, Model},
        responsibility,
    },
    responsibility::of,
    tree,
};

/// Only two places of one kind in the same place, below a community, can be merged.
pub const NOT_SIBLINGS: Code = Code::new("places-not-siblings", 409);

/// A table of a higher room that refers to places. The server hands in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathUser {
    /// Table name.
    pub table: &'static str,
    /// The column with a copy of a place's path; empty when there is none.
    pub path: &'static str,
    /// The column with a place's id; empty when there is none.
    pub id: &'static str,
}

/// What refers to places in the rooms below and in this one.
const OWN: [PathUser; 2] = [
    PathUser {
        table: "grants",
        path: "place_path",
        id: "place_id",
    },
    // Its rows are moved by hand below, for a place has one answer at most.
    PathUser {
        table: "responsibilities",
        path: "",
        id: "place_id",
    },
];

/// Merges `drop` into `keep`. Children move; those that `keep` has too, by kind and name, are merged in
/// turn. Who answers for `drop` answers for `keep` where nobody did. The actor must be staff at both.
/// Sessions should be forgotten afterwards: paths of roles may have changed.
pub async fn merge<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    now: Timestamp,
    keep: PlaceId,
    drop: PlaceId,
    users: &[PathUser],
) -> Result<Model> {
    let (keep, drop) = (tree::load(tx, keep).await?, tree::load(tx, drop).await?);
    // Whoever holds a place of these subtrees is waited for; the statements after this one see what they wrote.
    let subtrees = Scope::Within(vec![keep.path.clone(), drop.path.clone()]);
    let held: Vec<PlaceId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(subtrees.path(Column::Path))
        .order_by_asc(Column::Path)
        .lock_exclusive()
        .into_tuple()
        .all(tx)
        .await?;
    if !held.contains(&keep.id) || !held.contains(&drop.id) {
        return Err(Problem::new(code::CONFLICT));
    }
    actor.require(Role::STAFF, &keep.path)?;
    actor.require(Role::STAFF, &drop.path)?;
    if !mergeable(&keep, &drop) {
        return Err(Problem::new(NOT_SIBLINGS));
    }
    let gone = tree::full_name(tx, &drop).await?;
    let kept = one(tx, keep, drop, users).await?;
    audit::note(
        tx,
        actor,
        now,
        audit::Entry {
            action: "place.merge",
            subject: &format!("{gone} → {}", kept.name),
            community: Some(kept.community_id),
        },
    )
    .await?;
    Ok(kept)
}

/// Whether two places can be merged.
pub fn mergeable(keep: &Model, drop: &Model) -> bool {
    keep.id != drop.id
        && keep.parent_id == drop.parent_id
        && keep.kind == drop.kind
        && keep.kind.below_community()
}

fn one<'a, C: ConnectionTrait>(
    tx: &'a C,
    keep: Model,
    drop: Model,
    users: &'a [PathUser],
) -> Pin<Box<dyn Future<Output = Result<Model>> + Send + 'a>> {
    Box::pin(async move {
        let there = tree::children(tx, &keep).await?;
        let mut moved = Vec::new();
        for child in tree::children(tx, &drop).await? {
            let twin = there
                .iter()
                .find(|other| other.kind == child.kind && other.name == child.name);
            match twin {
                Some(twin) => {
                    one(tx, twin.clone(), child, users).await?;
                }
                None => moved.push(child),
            }
        }
        move_answer(tx, &keep, &drop).await?;
        // Before the paths of its subtree change, for paths are unique.
        Entity::delete_by_id(drop.id).exec(tx).await?;
        compounds::suspect(tx, &keep).await?;
        Entity::update_many()
            .col_expr(Column::ParentId, Expr::value(keep.id))
            .filter(Column::ParentId.eq(drop.id))
            .exec(tx)
            .await?;
        rewrite_path(tx, "places", "path", &keep, &drop).await?;
        for child in moved {
            let here = Model {
                parent_id: Some(keep.id),
                ..child
            };
            compounds::suspect(tx, &here).await?;
        }
        for user in OWN.iter().chain(users) {
            if !user.path.is_empty() {
                rewrite_path(tx, user.table, user.path, &keep, &drop).await?;
            }
            if !user.id.is_empty() {
                rewrite_id(tx, user, &keep, &drop).await?;
            }
        }
        let kept = Model {
            floors: keep.floors.max(drop.floors),
            lift: keep.lift || drop.lift,
            ..keep.clone()
        };
        if kept != keep {
            save(tx, &kept).await?;
        }
        Ok(kept)
    })
}

async fn move_answer(tx: &impl ConnectionTrait, keep: &Model, drop: &Model) -> Result<()> {
    if of(tx, keep).await?.is_none() {
        responsibility::Entity::update_many()
            .col_expr(responsibility::Column::PlaceId, Expr::value(keep.id))
            .filter(responsibility::Column::CommunityId.eq(drop.community_id))
            .filter(responsibility::Column::PlaceId.eq(drop.id))
            .exec(tx)
            .await?;
    } else {
        responsibility::Entity::delete_by_id((drop.community_id, drop.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

async fn rewrite_path(
    tx: &impl ConnectionTrait,
    table: &str,
    column: &str,
    keep: &Model,
    drop: &Model,
) -> Result<()> {
    let sql = format!(
        "UPDATE {table} SET {column} = CAST($1 AS text) || substr({column}, CAST($2 AS integer)) \
         WHERE {column} >= $3 AND {column} < $4"
    );
    let after = i64::try_from(drop.path.len()).map_err(Problem::internal)? + 1;
    let values: [Value; 4] = [
        keep.path.as_str().into(),
        after.into(),
        drop.path.as_str().into(),
        format!("{}~", drop.path).into(),
    ];
    tx.execute_raw(Statement::from_sql_and_values(
        tx.get_database_backend(),
        sql,
        values,
    ))
    .await?;
    Ok(())
}

async fn rewrite_id(tx: &impl ConnectionTrait, user: &PathUser, keep: &Model, drop: &Model) -> Result<()> {
    let PathUser { table, id, .. } = user;
    let sql = format!("UPDATE {table} SET {id} = $1 WHERE {id} = $2");
    let values: [Value; 2] = [keep.id.0.into(), drop.id.0.into()];
    tx.execute_raw(Statement::from_sql_and_values(
        tx.get_database_backend(),
        sql,
        values,
    ))
    .await?;
    Ok(())
}

/// Columns named `place_id` or `place_path` of the database that neither this room nor `users` knows, as
/// `table.column`: the server's tests want none, so that a merge leaves nothing behind.
pub async fn forgotten(db: &impl ConnectionTrait, users: &[PathUser]) -> Result<Vec<String>> {
    let backend = db.get_database_backend();
    let sql = if backend == DbBackend::Postgres {
        "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
         WHERE table_schema = current_schema() AND column_name IN ('place_id', 'place_path')"
    } else {
        "SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p \
         WHERE m.type = 'table' AND p.name IN ('place_id', 'place_path')"
    };
    let known: HashSet<(&str, &str)> = OWN
        .iter()
        .chain(users)
        .flat_map(|user| [(user.table, user.path), (user.table, user.id)])
        .collect();
    let mut all = Vec::new();
    for row in db.query_all_raw(Statement::from_string(backend, sql)).await? {
        let (table, column): (String, String) = (row.try_get("", "t")?, row.try_get("", "c")?);
        if !known.contains(&(table.as_str(), column.as_str())) {
            all.push(format!("{table}.{column}"));
        }
    }
    all.sort();
    Ok(all)
}
