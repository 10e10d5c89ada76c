//! Reads of the place tree.

use std::collections::{HashMap, HashSet};

use kit::{Problem, Result, id::PlaceId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use store::Scope;

use crate::{
    model::{
        PlaceKind,
        place::{Column, Entity, Model},
    },
    search::BY_KIND,
};

pub use crate::search::{search, search_public};

/// Values in one `IN (...)`.
const STEP: usize = 1_000;
/// Names of official nodes that only fill a level of the code and mean no place.
const PLACEHOLDERS: [&str; 4] = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"];
/// A place within the scope; what lies outside it is not found.
pub async fn find(db: &impl ConnectionTrait, scope: &Scope, id: PlaceId) -> Result<Model> {
    Entity::find_by_id(id)
        .filter(scope.path(Column::Path))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A place, whoever asks.
pub async fn load(db: &impl ConnectionTrait, id: PlaceId) -> Result<Model> {
    find(db, &Scope::Everything, id).await
}

/// As [`load`]; until the transaction ends nobody can merge the place away. For whoever is about to write a
/// row that refers to it.
pub async fn hold(tx: &impl ConnectionTrait, id: PlaceId) -> Result<Model> {
    Entity::find_by_id(id)
        .lock_shared()
        .one(tx)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The place with this official code.
pub async fn by_code(db: &impl ConnectionTrait, code: &str) -> Result<Option<Model>> {
    Ok(Entity::find().filter(Column::Code.eq(code)).one(db).await?)
}

/// All places of exactly this name (and kind) in the scope, from the top of the tree.
pub async fn by_name(
    db: &impl ConnectionTrait,
    scope: &Scope,
    name: &str,
    kind: Option<PlaceKind>,
) -> Result<Vec<Model>> {
    // Kinds are always named: the index begins with them.
    let kinds = kind.map_or_else(|| PlaceKind::ALL.to_vec(), |kind| vec![kind]);
    Ok(Entity::find()
        .filter(Column::Kind.is_in(kinds))
        .filter(Column::Name.eq(name))
        .filter(scope.path(Column::Path))
        .order_by(Expr::cust(BY_KIND), Order::Asc)
        .order_by_asc(Column::Path)
        .all(db)
        .await?)
}

/// The places a place lies in, from the province down.
pub async fn ancestors(db: &impl ConnectionTrait, place: &Model) -> Result<Vec<Model>> {
    let above: Vec<&str> = paths(&place.path).filter(|path| *path != place.path).collect();
    if above.is_empty() {
        return Ok(Vec::new());
    }
    // A prefix sorts before what it begins.
    Ok(Entity::find()
        .filter(Column::Path.is_in(above))
        .order_by_asc(Column::Path)
        .all(db)
        .await?)
}

/// The places directly in a place, by name.
pub async fn children(db: &impl ConnectionTrait, place: &Model) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(Column::ParentId.eq(place.id))
        .order_by_asc(Column::SortKey)
        .order_by_asc(Column::Id)
        .all(db)
        .await?)
}

/// A place with all it lies in: `上海市 普陀区 万里街道`.
pub async fn full_name(db: &impl ConnectionTrait, place: &Model) -> Result<String> {
    let mut names = full_names(db, std::slice::from_ref(place)).await?;
    Ok(names.remove(&place.id).unwrap_or_default())
}

/// [`full_name`] of many places with one or two queries.
pub async fn full_names(db: &impl ConnectionTrait, places: &[Model]) -> Result<HashMap<PlaceId, String>> {
    let wanted: HashSet<&str> = places
        .iter()
        .flat_map(|place| paths(&place.path).filter(|path| *path != place.path))
        .collect();
    let mut wanted: Vec<&str> = wanted.into_iter().collect();
    wanted.sort_unstable();
    let mut names: HashMap<String, String> = HashMap::with_capacity(wanted.len());
    for step in wanted.chunks(STEP) {
        let found: Vec<(String, String)> = Entity::find()
            .select_only()
            .columns([Column::Path, Column::Name])
            .filter(Column::Path.is_in(step.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        names.extend(found);
    }
    Ok(places
        .iter()
        .map(|place| {
            let above = paths(&place.path)
                .filter(|path| *path != place.path)
                .filter_map(|path| names.get(path).map(String::as_str))
                .filter(|name| !PLACEHOLDERS.contains(name));
            let all: Vec<&str> = above.chain([place.name.as_str()]).collect();
            (place.id, all.join(" "))
        })
        .collect())
}

/// Names of places, for tables that hold only ids. Unknown ids are left out.
pub async fn names(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = PlaceId>,
) -> Result<HashMap<PlaceId, String>> {
    let ids: HashSet<PlaceId> = ids.into_iter().collect();
    let ids: Vec<PlaceId> = ids.into_iter().collect();
    let mut names = HashMap::with_capacity(ids.len());
    for step in ids.chunks(STEP) {
        let found: Vec<(PlaceId, String)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Name])
            .filter(Column::Id.is_in(step.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        names.extend(found);
    }
    Ok(names)
}

/// The paths of a place's ancestors and its own, from the top.
pub(crate) fn paths(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..=at])
}
