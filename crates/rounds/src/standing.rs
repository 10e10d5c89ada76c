//! Where targets stand is derived anew from what was recorded about them, with all that is counted from it: the figures of
//! pieces and the hours of the curve.

use std::collections::{BTreeMap, HashMap, HashSet};

use kit::{
    Result, Timestamp,
    id::{PieceId, PlaceId, RecordId, RoundId, TargetId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, Value,
    sea_query::Expr,
};
use store::bulk::{Insert, Type};

use crate::{
    fold::{Heard, fold},
    model::{outcome, piece, round, target},
};

/// Ids in one statement.
const STEP: usize = 1_000;
const HOUR: i64 = 3_600_000;

/// A target of a round.
pub(crate) type Key = (PlaceId, RoundId, TargetId);

const TARGETS: Insert = Insert {
    table: "round_targets",
    columns: &[
        ("community_id", Type::Uuid),
        ("round_id", Type::Uuid),
        ("id", Type::Uuid),
        ("piece_id", Type::Uuid),
        ("unit", Type::Text),
        ("floor", Type::Int),
        ("label", Type::Text),
        ("name", Type::Text),
        ("added_at", Type::Int),
        ("outcome", Type::Text),
        ("last", Type::Bool),
        ("contradicts", Type::Bool),
        ("tries", Type::Int),
        ("at", Type::IntOrNull),
        ("record_id", Type::UuidOrNull),
    ],
    suffix: "ON CONFLICT (community_id, round_id, id) DO UPDATE SET outcome = excluded.outcome, \
             last = excluded.last, contradicts = excluded.contradicts, tries = excluded.tries, \
             at = excluded.at, record_id = excluded.record_id",
};

const HOURS: Insert = Insert {
    table: "round_hours",
    columns: &[
        ("community_id", Type::Uuid),
        ("round_id", Type::Uuid),
        ("hour", Type::Int),
        ("finals", Type::Int),
    ],
    suffix: "ON CONFLICT (community_id, round_id, hour) DO UPDATE SET finals = round_hours.finals + excluded.finals",
};

/// Derives anew where these targets stand, and all that is counted from it. Returns, for each that is a target of its
/// round, the records whose final outcomes contradict each other there; usually none. `heard` is what was written just
/// now: at a door where nobody had been before it is all there is, and nothing more is read.
pub(crate) async fn refresh(
    tx: &DatabaseTransaction,
    keys: &HashSet<Key>,
    heard: Option<HashMap<Key, Vec<Heard>>>,
) -> Result<HashMap<Key, Vec<RecordId>>> {
    let rounds: HashSet<RoundId> = keys.iter().map(|(_, round, _)| *round).collect();
    let rounds: HashMap<RoundId, round::Model> = round::Entity::find()
        .filter(round::Column::Id.is_in(rounds.iter().copied()))
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let targets = targets(tx, keys, &rounds).await?;
    let heard = all_heard(tx, &targets, &rounds, heard).await?;
    let mut contradicts = HashMap::with_capacity(targets.len());
    let mut hours = BTreeMap::<(PlaceId, RoundId, i64), i64>::new();
    let mut changes = HashMap::<PieceId, (i64, i64)>::new();
    let mut rows = Vec::with_capacity(targets.len());
    for row in targets {
        let key = (row.community_id, row.round_id, row.id);
        let Some(round) = rounds.get(&row.round_id) else {
            continue;
        };
        let state = fold(heard.get(&key).map_or(&[], Vec::as_slice), |outcome| {
            round.ends(outcome)
        });
        let mut count = |at: Timestamp, n: i64| {
            let hour = at.millis().div_euclid(HOUR) * HOUR;
            *hours.entry((row.community_id, row.round_id, hour)).or_default() += n;
        };
        if let (true, Some(at)) = (row.last, row.at) {
            count(at, -1);
        }
        if let Some(state) = state.filter(|state| state.last) {
            count(state.heard.at, 1);
        }
        let (finals, tried) = changes.entry(row.piece_id).or_default();
        *finals += i64::from(state.is_some_and(|state| state.last)) - i64::from(row.last);
        *tried += i64::from(state.is_some()) - i64::from(row.tries > 0);
        let against = match state {
            Some(state) if state.contradicts => heard[&key]
                .iter()
                .filter(|one| round.ends(one.outcome))
                .map(|one| one.id)
                .collect(),
            _ => Vec::new(),
        };
        contradicts.insert(key, against);
        rows.push(vec![
            row.community_id.0.into(),
            row.round_id.0.into(),
            row.id.0.into(),
            row.piece_id.0.into(),
            row.unit.into(),
            row.floor.into(),
            row.label.into(),
            row.name.into(),
            row.added_at.millis().into(),
            state.map_or("", |state| state.heard.outcome.name()).into(),
            state.is_some_and(|state| state.last).into(),
            state.is_some_and(|state| state.contradicts).into(),
            state.map_or(0, |state| state.tries).into(),
            state.map(|state| state.heard.at.millis()).into(),
            state.map(|state| state.heard.id.0).into(),
        ]);
    }
    TARGETS.run(tx, rows).await?;
    let hours: Vec<Vec<Value>> = hours
        .into_iter()
        .filter(|(_, n)| *n != 0)
        .map(|((community, round, hour), n)| vec![community.0.into(), round.0.into(), hour.into(), n.into()])
        .collect();
    HOURS.run(tx, hours).await?;
    change(tx, changes).await?;
    Ok(contradicts)
}

/// The targets of these keys.
async fn targets(
    tx: &DatabaseTransaction,
    keys: &HashSet<Key>,
    rounds: &HashMap<RoundId, round::Model>,
) -> Result<Vec<target::Model>> {
    let ids: Vec<TargetId> = keys.iter().map(|(.., target)| *target).collect();
    let mut targets = Vec::with_capacity(keys.len());
    for some in ids.chunks(STEP) {
        let rows = target::Entity::find()
            .filter(target::Column::Id.is_in(some.iter().copied()))
            .filter(target::Column::RoundId.is_in(rounds.keys().copied()))
            .all(tx)
            .await?;
        targets.extend(
            rows.into_iter()
                .filter(|row| keys.contains(&(row.community_id, row.round_id, row.id))),
        );
    }
    Ok(targets)
}

/// All that was ever heard of these targets: what was written just now, and what lies in the store where somebody had
/// been before, or where nothing was given.
async fn all_heard(
    tx: &DatabaseTransaction,
    targets: &[target::Model],
    rounds: &HashMap<RoundId, round::Model>,
    now: Option<HashMap<Key, Vec<Heard>>>,
) -> Result<HashMap<Key, Vec<Heard>>> {
    let whole = now.is_none();
    let mut heard = now.unwrap_or_default();
    let visited = targets.iter().filter(|row| whole || row.tries > 0);
    let visited: Vec<TargetId> = visited.map(|row| row.id).collect();
    for some in visited.chunks(STEP) {
        let rows = outcome::Entity::find()
            .filter(outcome::Column::TargetId.is_in(some.iter().copied()))
            .filter(outcome::Column::RoundId.is_in(rounds.keys().copied()))
            .all(tx)
            .await?;
        for row in rows {
            let all = heard
                .entry((row.community_id, row.round_id, row.target_id))
                .or_default();
            if all.iter().all(|one| one.id != row.id) {
                all.push(Heard {
                    at: row.at,
                    id: row.id,
                    outcome: row.outcome,
                });
            }
        }
    }
    Ok(heard)
}

/// Adds to the figures of pieces what has changed at their targets. Both are written by one transaction that is alone in
/// the community, so the figures are what a count would say. Few pieces change by different numbers: a statement a change.
async fn change(tx: &impl ConnectionTrait, changes: HashMap<PieceId, (i64, i64)>) -> Result<()> {
    let mut alike = BTreeMap::<(i64, i64), Vec<PieceId>>::new();
    for (piece, by) in changes.into_iter().filter(|(_, by)| *by != (0, 0)) {
        alike.entry(by).or_default().push(piece);
    }
    for ((finals, tried), mut pieces) in alike {
        // In order, so that two servers never wait for each other in a circle.
        pieces.sort_unstable();
        for some in pieces.chunks(STEP) {
            piece::Entity::update_many()
                .col_expr(
                    piece::Column::Finals,
                    Expr::col(piece::Column::Finals).add(finals),
                )
                .col_expr(piece::Column::Tried, Expr::col(piece::Column::Tried).add(tried))
                .filter(piece::Column::Id.is_in(some.iter().copied()))
                .exec(tx)
                .await?;
        }
    }
    Ok(())
}

/// Counts pieces anew, where targets were added.
pub(crate) async fn count(tx: &impl ConnectionTrait, pieces: &[PieceId]) -> Result<()> {
    let of = |more: &str| {
        Expr::cust(format!(
            "(SELECT COUNT(*) FROM round_targets AS t WHERE t.piece_id = round_pieces.id {more})"
        ))
    };
    for some in pieces.chunks(STEP) {
        piece::Entity::update_many()
            .col_expr(piece::Column::Targets, of(""))
            .col_expr(piece::Column::Finals, of("AND t.last"))
            .col_expr(piece::Column::Tried, of("AND t.tries > 0"))
            .filter(piece::Column::Id.is_in(some.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}
