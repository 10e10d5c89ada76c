//! Compounds, buildings and units as a roster names them: found, or entered on the way.

use std::collections::{HashMap, HashSet};

use kit::{FieldError, Problem, Result, Timestamp, id::PlaceId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
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
    cache.created += 1;
    cache.read.insert(id);
    cache.keep(place);
    Ok(id)
}

/// Groups of siblings at most that [`duplicates`] looks at.
const GROUPS: u64 = 200;

/// Siblings of one kind below a community whose names differ only in the way of writing
/// (see [`crate::plain`]); at most some hundred pairs, in the order of the tree. The first of a pair is
/// the one entered earlier.
pub async fn duplicates(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<(Model, Model)>> {
    let kinds = PlaceKind::ALL.into_iter().filter(|kind| kind.below_community());
    let groups: Vec<(PlaceId, PlaceKind, String)> = Entity::find()
        .select_only()
        .columns([Column::ParentId, Column::Kind, Column::Plain])
        .filter(Column::ParentId.is_not_null())
        .filter(Column::Kind.is_in(kinds))
        .filter(scope.path(Column::Path))
        .group_by(Column::ParentId)
        .group_by(Column::Kind)
        .group_by(Column::Plain)
        .having(Expr::cust("COUNT(*)").gt(1))
        .limit(GROUPS)
        .into_tuple()
        .all(db)
        .await?;
    let mut pairs = Vec::new();
    for (parent, kind, plain) in groups {
        let same = Entity::find()
            .filter(Column::ParentId.eq(parent))
            .filter(Column::Kind.eq(kind))
            .filter(Column::Plain.eq(plain))
            .filter(scope.path(Column::Path))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .all(db)
            .await?;
        if let Some((first, others)) = same.split_first() {
            pairs.extend(others.iter().map(|other| (first.clone(), other.clone())));
        }
    }
    pairs.sort_by(|(a, x), (b, y)| (&a.path, &x.path).cmp(&(&b.path, &y.path)));
    Ok(pairs)
}
