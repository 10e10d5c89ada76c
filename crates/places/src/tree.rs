//! Reads of the place tree.

use std::collections::{HashMap, HashSet};

use kit::{Problem, Result, id::PlaceId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use store::Scope;

use crate::model::{
    PlaceKind,
    place::{Column, Entity, Model},
};

/// Sorts after every character of a name.
const LAST: char = '\u{10FFFF}';
/// Values in one `IN (...)`.
const STEP: usize = 1_000;
/// Names of official nodes that only fill a level of the code and mean no place.
const PLACEHOLDERS: [&str; 4] = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"];
/// The kinds in the order of the tree; the database keeps their names.
const BY_KIND: &str = "CASE kind WHEN 'province' THEN 1 WHEN 'city' THEN 2 WHEN 'district' THEN 3 \
                       WHEN 'street' THEN 4 WHEN 'community' THEN 5 WHEN 'compound' THEN 6 WHEN 'gate' THEN 7 \
                       WHEN 'building' THEN 8 ELSE 9 END";

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
    let mut found = Entity::find()
        .filter(Column::Name.eq(name))
        .filter(scope.path(Column::Path));
    if let Some(kind) = kind {
        found = found.filter(Column::Kind.eq(kind));
    }
    Ok(found
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

/// Places in the scope whose name, full pinyin, initials or official code begin with the text; the
/// highest kind first, then by name.
pub async fn search(db: &impl ConnectionTrait, scope: &Scope, text: &str, limit: u64) -> Result<Vec<Model>> {
    search_in(db, scope.path(Column::Path), text, limit).await
}

/// As [`search`], but places whose names everybody may know ([`PlaceKind::PUBLIC`]) are found everywhere.
pub async fn search_public(
    db: &impl ConnectionTrait,
    scope: &Scope,
    text: &str,
    limit: u64,
) -> Result<Vec<Model>> {
    let public = Column::Kind.is_in(PlaceKind::PUBLIC);
    let seen = match scope {
        Scope::Everything => Condition::all(),
        Scope::Nothing => Condition::all().add(public),
        Scope::Within(_) => Condition::any().add(public).add(scope.path(Column::Path)),
    };
    search_in(db, seen, text, limit).await
}

async fn search_in(db: &impl ConnectionTrait, seen: Condition, text: &str, limit: u64) -> Result<Vec<Model>> {
    let Some(begins) = begins_with(text) else {
        return Ok(Vec::new());
    };
    Ok(Entity::find()
        .filter(begins)
        .filter(seen)
        .order_by(Expr::cust(BY_KIND), Order::Asc)
        .order_by_asc(Column::SortKey)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// The condition of a search, made of ranges of indexed columns; `None` when there is nothing to search for.
pub fn begins_with(text: &str) -> Option<Condition> {
    let text = kit::text::tidy(text);
    let letters: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    if letters.is_empty() {
        return None;
    }
    if !letters.is_ascii() {
        return Some(range(Column::Name, &text));
    }
    let mut any = Condition::any().add(range(Column::Pinyin, &letters));
    // The first letter of the pinyin is that of the initials: one range is enough.
    if letters.len() > 1 {
        any = any.add(range(Column::Initials, &letters));
    }
    if letters.bytes().all(|b| b.is_ascii_digit()) {
        any = any.add(range(Column::Code, &letters));
    }
    Some(any)
}

fn range(column: Column, text: &str) -> Condition {
    Condition::all()
        .add(column.gte(text))
        .add(column.lt(format!("{text}{LAST}")))
}

/// The paths of a place's ancestors and its own, from the top.
pub(crate) fn paths(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..=at])
}
