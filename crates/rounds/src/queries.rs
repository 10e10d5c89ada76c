//! Reads: rounds, coverage at every level, the curve, what is missing.

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use kit::{
    Problem, Result, Role, Timestamp,
    id::{PieceId, PlaceId, RoundId, TargetId},
};
use places::place;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, Query, SelectStatement},
};
use store::{Scope, scope::under};

use crate::model::{hour, piece, round, target};

/// Characters of one step of a path.
const PATH_STEP: usize = 13;

/// A round that touches the actor's places; else "not found". Whoever works in one community of a round over a whole
/// city sees the round, and of it their community.
pub async fn find(
    db: &impl ConnectionTrait,
    actor: &Actor,
    roles: &[Role],
    id: RoundId,
) -> Result<round::Model> {
    let row = round::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    if touches(&actor.scope(roles), &row.place_path) {
        Ok(row)
    } else {
        Err(Problem::not_found())
    }
}

/// Whether a round over this place has something of this scope in it.
pub fn touches(scope: &Scope, path: &str) -> bool {
    match scope {
        Scope::Within(paths) => paths
            .iter()
            .any(|root| path.starts_with(root.as_str()) || root.starts_with(path)),
        _ => scope.holds(path),
    }
}

/// Targets and how many of them are finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Targets.
    pub targets: i64,
    /// Those with a final outcome.
    pub finals: i64,
    /// Those at which somebody has been.
    pub tried: i64,
    /// Pieces.
    pub pieces: i64,
    /// Pieces that are finished.
    pub finished: i64,
}

impl Coverage {
    /// Without a final outcome.
    pub const fn missing(&self) -> i64 {
        self.targets - self.finals
    }

    /// Percent, rounded down: 100 only when nobody is missing.
    pub const fn percent(&self) -> i64 {
        if self.targets == 0 {
            0
        } else {
            self.finals * 100 / self.targets
        }
    }
}

#[derive(FromQueryResult)]
struct Sums {
    prefix: String,
    targets: i64,
    finals: i64,
    tried: i64,
    pieces: i64,
    finished: i64,
}

/// Coverage of a round within a scope, by the part of the path of this length.
async fn sums(
    db: &impl ConnectionTrait,
    id: RoundId,
    scope: &Scope,
    length: usize,
) -> Result<HashMap<String, Coverage>> {
    // Sums of bigints are numerics on PostgreSQL. Written out: an expression with parameters is another each time.
    let sum = |what: &str| Expr::cust(format!("CAST(SUM({what}) AS BIGINT)"));
    let prefix = Expr::cust(format!("SUBSTR(place_path, 1, {length})"));
    let rows: Vec<Sums> = piece::Entity::find()
        .select_only()
        .column_as(prefix.clone(), "prefix")
        .column_as(sum("targets"), "targets")
        .column_as(sum("finals"), "finals")
        .column_as(sum("tried"), "tried")
        .column_as(Expr::cust("COUNT(*)"), "pieces")
        .column_as(sum("CASE WHEN finals = targets THEN 1 ELSE 0 END"), "finished")
        .filter(piece::Column::RoundId.eq(id))
        .filter(scope.path(piece::Column::PlacePath))
        .group_by(prefix)
        .into_model()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let coverage = Coverage {
                targets: row.targets,
                finals: row.finals,
                tried: row.tried,
                pieces: row.pieces,
                finished: row.finished,
            };
            (row.prefix, coverage)
        })
        .collect())
}

/// Coverage of a round within a scope.
pub async fn coverage(db: &impl ConnectionTrait, id: RoundId, scope: &Scope) -> Result<Coverage> {
    Ok(sums(db, id, scope, 0)
        .await?
        .into_values()
        .next()
        .unwrap_or_default())
}

/// Coverage of the places right below a place, as far as the scope goes; the least covered first.
pub async fn below(
    db: &impl ConnectionTrait,
    id: RoundId,
    scope: &Scope,
    path: &str,
) -> Result<Vec<(place::Model, Coverage)>> {
    let within = match scope {
        Scope::Within(paths) => Scope::Within(
            paths
                .iter()
                .filter(|root| root.starts_with(path) || path.starts_with(root.as_str()))
                .map(|root| {
                    if root.len() > path.len() {
                        root.clone()
                    } else {
                        path.to_owned()
                    }
                })
                .collect(),
        ),
        Scope::Everything => under(path),
        Scope::Nothing => Scope::Nothing,
    };
    let sums = sums(db, id, &within, path.len() + PATH_STEP).await?;
    let places = place::Entity::find()
        .filter(place::Column::Path.is_in(sums.keys().filter(|prefix| prefix.len() > path.len()).cloned()))
        .order_by_asc(place::Column::SortKey)
        .all(db)
        .await?;
    let mut rows: Vec<(place::Model, Coverage)> = places
        .into_iter()
        .filter_map(|place| {
            let coverage = *sums.get(&place.path)?;
            Some((place, coverage))
        })
        .collect();
    rows.sort_by_key(|(_, coverage)| (coverage.missing() == 0, coverage.percent()));
    Ok(rows)
}

/// Targets finished up to the end of each hour, from the opening on; within the scope.
pub async fn curve(db: &impl ConnectionTrait, id: RoundId, scope: &Scope) -> Result<Vec<(Timestamp, i64)>> {
    let rows: Vec<(Timestamp, i64)> = hour::Entity::find()
        .select_only()
        .column(hour::Column::Hour)
        .column_as(Expr::cust("CAST(SUM(finals) AS BIGINT)"), "finals")
        .filter(hour::Column::RoundId.eq(id))
        .filter(scope.community(hour::Column::CommunityId))
        .group_by(hour::Column::Hour)
        .order_by_asc(hour::Column::Hour)
        .into_tuple()
        .all(db)
        .await?;
    let mut sum = 0;
    Ok(rows
        .into_iter()
        .map(|(hour, finals)| {
            sum += finals;
            (hour, sum)
        })
        .collect())
}

/// When a round ends, if it goes on as in its last hours; `None` when nothing has been done in them, or nothing is
/// missing. Pure.
pub fn forecast(
    curve: &[(Timestamp, i64)],
    coverage: &Coverage,
    opened: Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    /// So many hours back are looked at: a morning says nothing about the night.
    const LOOK: i64 = 3 * 3_600_000;
    let from = (now.millis() - LOOK).max(opened.millis());
    let before = curve
        .iter()
        .rev()
        .find(|(hour, _)| hour.millis() + 3_600_000 <= from)
        .map_or(0, |(_, sum)| *sum);
    let done = coverage.finals - before;
    let span = now.millis() - from;
    if coverage.missing() == 0 || done <= 0 || span <= 0 {
        return None;
    }
    let left = i128::from(coverage.missing()) * i128::from(span) / i128::from(done);
    i64::try_from(i128::from(now.millis()) + left)
        .ok()
        .map(Timestamp::from_millis)
}

/// The ids of a round's pieces within a scope, to be asked for by a larger query.
pub(crate) fn pieces_within(id: RoundId, scope: &Scope) -> SelectStatement {
    Query::select()
        .column(piece::Column::Id)
        .from(piece::Entity)
        .and_where(piece::Column::RoundId.eq(id))
        .cond_where(scope.path(piece::Column::PlacePath))
        .to_owned()
}

/// Names of pieces.
pub(crate) async fn piece_names(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = PieceId>,
) -> Result<HashMap<PieceId, String>> {
    let ids: HashSet<PieceId> = ids.collect();
    let ids: Vec<PieceId> = ids.into_iter().collect();
    let mut names = HashMap::with_capacity(ids.len());
    for some in ids.chunks(1_000) {
        let rows: Vec<(PieceId, String)> = piece::Entity::find()
            .select_only()
            .columns([piece::Column::Id, piece::Column::Name])
            .filter(piece::Column::Id.is_in(some.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        names.extend(rows);
    }
    Ok(names)
}

/// Targets of a round within a scope that have no final outcome.
pub fn missing(id: RoundId, scope: &Scope) -> Select<target::Entity> {
    target::Entity::find()
        .filter(target::Column::RoundId.eq(id))
        // As the partial index says, word for word.
        .filter(Expr::cust("NOT last"))
        .filter(target::Column::PieceId.in_subquery(pieces_within(id, scope)))
}

/// Targets of a round at which two final outcomes say different things.
pub async fn contradicting(db: &impl ConnectionTrait, id: RoundId) -> Result<HashSet<uuid::Uuid>> {
    Ok(target::Entity::find()
        .select_only()
        .column(target::Column::Id)
        .filter(target::Column::RoundId.eq(id))
        .filter(Expr::cust("contradicts"))
        .into_tuple::<TargetId>()
        .all(db)
        .await?
        .into_iter()
        .map(|id| id.0)
        .collect())
}

/// A piece of a round within a scope; else "not found".
pub async fn piece(db: &impl ConnectionTrait, scope: &Scope, id: PieceId) -> Result<piece::Model> {
    piece::Entity::find()
        .filter(piece::Column::Id.eq(id))
        .filter(scope.path(piece::Column::PlacePath))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Pieces of a round within a scope, in the order of the way.
pub async fn pieces(
    db: &impl ConnectionTrait,
    id: RoundId,
    scope: &Scope,
    most: u64,
) -> Result<Vec<piece::Model>> {
    Ok(piece::Entity::find()
        .filter(piece::Column::RoundId.eq(id))
        .filter(scope.path(piece::Column::PlacePath))
        .order_by_asc(piece::Column::SortKey)
        .order_by_asc(piece::Column::Id)
        .limit(most)
        .all(db)
        .await?)
}

/// Names of places by id, for pieces and rounds.
pub async fn place_names(
    db: &impl ConnectionTrait,
    rounds: &[round::Model],
) -> Result<HashMap<PlaceId, String>> {
    places::tree::names(db, rounds.iter().map(|round| round.place_id)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn the_forecast_is_honest() {
        let at = |hour: i64| Timestamp::from_millis(hour * HOUR);
        let coverage = |targets, finals| Coverage {
            targets,
            finals,
            ..Coverage::default()
        };
        let curve = [(at(10), 20), (at(11), 40), (at(12), 60)];
        for (name, curve, targets, finals, now, is) in [
            ("twenty an hour", &curve[..], 100, 60, 13, Some(15)),
            (
                "the last three hours count",
                &curve[..],
                100,
                60,
                14,
                Some(14 + 3),
            ),
            ("nothing done for long", &curve[..], 100, 60, 30, None),
            ("finished", &curve[..], 60, 60, 13, None),
            ("not begun", &[][..], 60, 0, 13, None),
        ] {
            let forecast = forecast(curve, &coverage(targets, finals), at(10), at(now));
            assert_eq!(forecast.map(|end| end.millis() / HOUR), is, "{name}");
        }
        assert_eq!(coverage(1_000, 999).percent(), 99);
        assert_eq!(coverage(0, 0).percent(), 0);
    }
}
