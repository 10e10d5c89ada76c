//! Compounds, buildings and units as a roster names them: found, or entered on the way.

use std::collections::{BTreeMap, HashMap, HashSet};

use kit::{FieldError, Problem, Result, Timestamp, id::PlaceId};
use sea_orm::{
    ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value, sea_query::Expr,
};
use store::{Scope, scope};

use crate::{
    create::{INSERT, name_errors, node, row, taken_meanwhile},
    model::{
        PlaceKind,
        place::{Column, Entity, Model},
    },
    tree,
};

/// What an import has seen of the tree: every community it touches is read once, so that a roster of
/// 100,000 residents asks the database only about places it does not know yet. Lives as long as the
/// transaction of the import.
#[derive(Debug, Default)]
pub struct Cache {
    read: HashSet<PlaceId>,
    places: HashMap<PlaceId, Model>,
    names: HashMap<(PlaceId, PlaceKind), HashMap<String, PlaceId>>,
    /// How many places were entered.
    pub created: u64,
}

impl Cache {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A place that was returned by [`ensure`], or lies in a community that was read for one.
    pub fn place(&self, id: PlaceId) -> Option<&Model> {
        self.places.get(&id)
    }

    fn keep(&mut self, place: Model) {
        if let Some(parent) = place.parent_id {
            self.names
                .entry((parent, place.kind))
                .or_default()
                .insert(place.name.clone(), place.id);
        }
        self.places.insert(place.id, place);
    }

    /// Makes sure that all places directly in `parent` are known.
    async fn read(&mut self, db: &impl ConnectionTrait, parent: PlaceId) -> Result<()> {
        if self.read.contains(&parent) {
            return Ok(());
        }
        let place = tree::hold(db, parent).await?;
        if place.kind < PlaceKind::Community {
            for child in tree::children(db, &place).await? {
                self.keep(child);
            }
            self.read.insert(parent);
            self.keep(place);
            return Ok(());
        }
        let community = tree::load(db, place.community_id).await?;
        let all = Entity::find()
            .filter(scope::under(&community.path).path(Column::Path))
            .lock_shared()
            .all(db)
            .await?;
        for place in all {
            self.read.insert(place.id);
            self.keep(place);
        }
        Ok(())
    }
}

/// The place of this kind and name in `parent`; entered when there is none. Whoever imports checks the
/// actor's rights for the community and notes the import in the audit trail.
pub async fn ensure(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    parent: PlaceId,
    kind: PlaceKind,
    name: &str,
    cache: &mut Cache,
) -> Result<PlaceId> {
    let name = kit::text::tidy(name);
    cache.read(tx, parent).await?;
    if let Some(id) = cache
        .names
        .get(&(parent, kind))
        .and_then(|names| names.get(&name))
    {
        return Ok(*id);
    }
    let mut errors = name_errors(&name);
    let above = cache.places.get(&parent);
    if !kind.lies_in(above.map(|place| place.kind)) {
        errors.push(FieldError::new("kind", "places-kind"));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let place = node(now, above, kind, name, None);
    let id = place.id;
    INSERT
        .run(tx, vec![row(place.clone())])
        .await
        .map_err(taken_meanwhile)?;
    suspect(tx, &place).await?;
    cache.created += 1;
    cache.read.insert(id);
    cache.keep(place);
    Ok(id)
}

/// Notes whether siblings of one kind have this place's name but for the way of writing. To be called whenever
/// a place gets or loses its name or its parent.
pub(crate) async fn suspect(tx: &impl ConnectionTrait, place: &Model) -> Result<()> {
    if !place.kind.below_community() {
        return Ok(());
    }
    let same = "parent_id = $1 AND kind = $2 AND plain = $3";
    let several = format!("(SELECT COUNT(*) FROM places WHERE {same}) > 1");
    let text = format!("UPDATE places SET twin = ({several}) WHERE {same} AND twin <> ({several})");
    let values: [Value; 3] = [
        place.parent_id.map(|id| id.0).into(),
        place.kind.name().into(),
        place.plain.as_str().into(),
    ];
    tx.execute_raw(Statement::from_sql_and_values(
        tx.get_database_backend(),
        text,
        values,
    ))
    .await?;
    Ok(())
}

/// Places at most that [`duplicates`] returns as one side of a pair or the other.
const MOST: u64 = 500;

/// Siblings of one kind below a community whose names differ only in the way of writing
/// (see [`crate::plain`]); at most some hundred pairs, in the order of the tree. The first of a pair is
/// the one entered earlier.
pub async fn duplicates(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<(Model, Model)>> {
    let suspected = Entity::find()
        .filter(Expr::cust("twin"))
        .filter(scope.path(Column::Path))
        .order_by_asc(Column::Path)
        .limit(MOST)
        .all(db)
        .await?;
    let mut by_name: BTreeMap<_, Vec<Model>> = BTreeMap::new();
    for place in suspected {
        let name = (place.parent_id, place.kind, place.plain.clone());
        by_name.entry(name).or_default().push(place);
    }
    let mut pairs = Vec::new();
    for mut group in by_name.into_values() {
        group.sort_by_key(|place| (place.created_at, place.id));
        if let Some((first, others)) = group.split_first() {
            pairs.extend(others.iter().map(|other| (first.clone(), other.clone())));
        }
    }
    pairs.sort_by(|(a, x), (b, y)| (&a.path, &x.path).cmp(&(&b.path, &y.path)));
    Ok(pairs)
}
