//! Search for places by the beginning of the name, the full pinyin, the initials or the official code.
//!
//! A million places must not make it slow, and no engine may guess wrong which index serves it. A street
//! or less is a short range of paths: all of it is looked at. A wider scope is searched through the
//! indexes of the spellings, kind by kind, at most [`MOST`] places of each kind below communities.

use kit::Result;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, Iterable, Order, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, Query, SelectStatement, UnionType},
};
use store::Scope;

use crate::model::{
    PlaceKind,
    place::{Column, Entity, Model},
};

/// Places of one kind below communities that one way of spelling adds to a search wider than a street.
pub const MOST: u64 = 1_000;
/// Sorts after every character of a name.
const LAST: char = '\u{10FFFF}';
/// Steps of a street's path.
const STREET: usize = 4;
/// The kinds in the order of the tree; the database keeps their names.
pub(crate) const BY_KIND: &str = "CASE kind WHEN 'province' THEN 1 WHEN 'city' THEN 2 WHEN 'district' THEN 3 \
                       WHEN 'street' THEN 4 WHEN 'community' THEN 5 WHEN 'compound' THEN 6 WHEN 'gate' THEN 7 \
                       WHEN 'building' THEN 8 ELSE 9 END";

/// Places in the scope that begin with the text; the highest kind first, then by name.
pub async fn search(db: &impl ConnectionTrait, scope: &Scope, text: &str, limit: u64) -> Result<Vec<Model>> {
    match matching(scope, text) {
        Some(found) => best(db, found, limit).await,
        None => Ok(Vec::new()),
    }
}

/// As [`search`], but places whose names everybody may know ([`PlaceKind::PUBLIC`]) are found everywhere.
pub async fn search_public(
    db: &impl ConnectionTrait,
    scope: &Scope,
    text: &str,
    limit: u64,
) -> Result<Vec<Model>> {
    let Some(ways) = ways(text) else {
        return Ok(Vec::new());
    };
    let public = Condition::all().add(Column::Id.in_subquery(joined(public(&Scope::Everything, &ways))));
    let mut found = best(db, public, limit).await?;
    let left = limit.saturating_sub(found.len() as u64);
    if let Some(below) = matching(scope, text).filter(|_| left > 0) {
        let below = below.add(Column::Kind.is_not_in(PlaceKind::PUBLIC));
        found.extend(best(db, below, left).await?);
    }
    Ok(found)
}

async fn best(db: &impl ConnectionTrait, found: Condition, limit: u64) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(found)
        .order_by(Expr::cust(BY_KIND), Order::Asc)
        .order_by_asc(Column::SortKey)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// The condition of a search within a scope, quick at any size; `None` when there is nothing to search for.
pub fn matching(scope: &Scope, text: &str) -> Option<Condition> {
    if narrow(scope) {
        return begins_with(text).map(|begins| Condition::all().add(scope.path(Column::Path)).add(begins));
    }
    let ways = ways(text)?;
    let mut parts = public(scope, &ways);
    for kind in PlaceKind::iter().filter(|kind| kind.below_community()) {
        // What lies below communities has no code.
        for (column, text) in ways.iter().filter(|(column, _)| !matches!(column, Column::Code)) {
            let part = part(scope, &[kind], *column, text)
                .order_by(*column, Order::Asc)
                .limit(MOST)
                .to_owned();
            parts.push(part);
        }
    }
    Some(Condition::all().add(Column::Id.in_subquery(joined(parts))))
}

/// The condition of a search among few places (those of one parent, of one street): no index is used for
/// it. `None` when there is nothing to search for.
pub fn begins_with(text: &str) -> Option<Condition> {
    Some(
        ways(text)?
            .into_iter()
            .fold(Condition::any(), |any, (column, text)| {
                any.add(range(&unindexed(column), &text))
            }),
    )
}

/// A column in a form that no index serves, where another index is known to be better.
pub(crate) fn unindexed(column: Column) -> Expr {
    use sea_orm::IdenStatic;
    Expr::cust(format!("(places.{} || '')", column.as_str()))
}

/// Whether a scope is a street or less.
pub(crate) fn narrow(scope: &Scope) -> bool {
    match scope {
        Scope::Everything => false,
        Scope::Nothing => true,
        Scope::Within(roots) => roots.iter().all(|root| root.matches('/').count() >= STREET),
    }
}

/// The columns that may begin with the text, and how it looks there.
fn ways(text: &str) -> Option<Vec<(Column, String)>> {
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
        return Some(vec![(Column::Name, text)]);
    }
    let mut ways = vec![(Column::Pinyin, letters.clone())];
    // The first letter of the pinyin is that of the initials: one range is enough.
    if letters.len() > 1 {
        ways.push((Column::Initials, letters.clone()));
    }
    if letters.bytes().all(|b| b.is_ascii_digit()) {
        ways.push((Column::Code, letters));
    }
    Some(ways)
}

fn range(column: &Expr, text: &str) -> Condition {
    Condition::all()
        .add(column.clone().gte(text))
        .add(column.clone().lt(format!("{text}{LAST}")))
}

/// Ids of public places, all of them: they are few.
fn public(scope: &Scope, ways: &[(Column, String)]) -> Vec<SelectStatement> {
    ways.iter()
        .map(|(column, text)| part(scope, &PlaceKind::PUBLIC, *column, text))
        .collect()
}

/// Ids of places of some kinds, through the index of kind and column.
fn part(scope: &Scope, kinds: &[PlaceKind], column: Column, text: &str) -> SelectStatement {
    let mut select = Query::select();
    select
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::Kind.is_in(kinds.iter().copied()))
        .cond_where(range(&Expr::col(column), text));
    if let Scope::Within(roots) = scope {
        let path = unindexed(Column::Path);
        let inside = roots
            .iter()
            .fold(Condition::any(), |any, root| any.add(range(&path, root)));
        select.cond_where(inside);
    }
    select
}

/// All ids of several selects, each with its own limit.
fn joined(parts: Vec<SelectStatement>) -> SelectStatement {
    parts
        .into_iter()
        .map(|part| {
            Query::select()
                .column(Column::Id)
                .from_subquery(part, "part")
                .to_owned()
        })
        .reduce(|mut all, part| all.union(UnionType::All, part).to_owned())
        .unwrap_or_default()
}
