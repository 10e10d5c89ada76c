//! Taking a piece: one conditional write, so that two people never hold one.

use std::collections::HashMap;

use accounts::{Actor, audit};
use field::Record;
use kit::{
    Code, Problem, Result, Role, Timestamp,
    id::{PieceId, RoundId, UserId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use shell::App;
use store::Scope;

use crate::{
    body::Claimed,
    model::{piece, round},
    queries,
    work::{self, Area},
};

/// Somebody else holds the piece.
pub const HELD: Code = Code::new("piece-held", 409);
/// Every piece is finished or held.
pub const NOTHING_LEFT: Code = Code::new("nothing-left", 409);
/// The round is closed.
pub const CLOSED: Code = Code::new("round-closed", 409);

/// Free pieces looked at before the nearest is taken.
const LOOK: u64 = 400;

/// Free to take: nobody holds it, or who did has not worked on it for too long.
pub fn free(now: Timestamp) -> Condition {
    Condition::any()
        .add(piece::Column::Holder.is_null())
        .add(piece::Column::HeldUntil.lte(now))
}

/// Whether somebody holds it now.
pub fn holder(piece: &piece::Model, now: Timestamp) -> Option<UserId> {
    piece
        .holder
        .filter(|_| piece.held_until.is_some_and(|until| until > now))
}

/// The places in which the actor works now.
pub fn scope(areas: &[Area]) -> Scope {
    if areas.iter().any(|area| area.path.is_empty()) {
        Scope::Everything
    } else if areas.is_empty() {
        Scope::Nothing
    } else {
        Scope::Within(areas.iter().map(|area| area.path.clone()).collect())
    }
}

async fn open_round(db: &impl ConnectionTrait, scope: &Scope, id: RoundId) -> Result<round::Model> {
    let round = round::Entity::find_by_id(id)
        .one(db)
        .await?
        .filter(|round| queries::touches(scope, &round.place_path))
        .ok_or_else(Problem::not_found)?;
    if round.closed_at.is_some() {
        return Err(Problem::new(CLOSED));
    }
    Ok(round)
}

/// Takes a piece: this one, or the nearest free one. `near` is where the team stands; `team` is theirs when the work was
/// split. Taken again by who holds it, it is held longer.
pub async fn claim(
    app: &App,
    actor: &Actor,
    id: RoundId,
    wanted: Option<PieceId>,
    near: Option<PieceId>,
    team: i64,
) -> Result<piece::Model> {
    let user = actor
        .user_id
        .ok_or_else(|| Problem::new(kit::problem::code::FORBIDDEN))?;
    let now = app.now();
    let db = app.store.read();
    let areas = work::areas(db, actor, now).await?;
    let scope = scope(&areas);
    let round = open_round(db, &scope, id).await?;
    let until = Timestamp::from_millis(now.millis() + round.hold_minutes * 60_000);
    if let Some(wanted) = wanted {
        let row = queries::piece(db, &scope, wanted).await?;
        if row.round_id != id {
            return Err(Problem::not_found());
        }
        if take(app, &row, user, until, now).await? {
            return queries::piece(app.store.write(), &scope, wanted).await;
        }
        let names = accounts::names::names(db, "users", row.holder.iter().map(|id| id.0).collect()).await;
        let name = row
            .holder
            .and_then(|id| names.get(&id.0).cloned())
            .unwrap_or_default();
        return Err(Problem::new(HELD).with("name", name));
    }
    // Whoever is quicker takes one away; the next is tried, and in the end the list is read again.
    loop {
        for row in around(app, &scope, id, near, team).await? {
            if take(app, &row, user, until, now).await? {
                return queries::piece(app.store.write(), &scope, row.id).await;
            }
        }
    }
}

/// The piece that [`claim`] would take, not taken: what a phone holds for when it has no network.
pub async fn next(
    app: &App,
    actor: &Actor,
    id: RoundId,
    near: Option<PieceId>,
    team: i64,
) -> Result<piece::Model> {
    let db = app.store.read();
    let areas = work::areas(db, actor, app.now()).await?;
    let scope = scope(&areas);
    open_round(db, &scope, id).await?;
    let rows = around(app, &scope, id, near, team).await?;
    rows.into_iter().next().ok_or_else(|| Problem::new(NOTHING_LEFT))
}

/// Free pieces that are not finished, the nearest first; at least one.
async fn around(
    app: &App,
    scope: &Scope,
    id: RoundId,
    near: Option<PieceId>,
    team: i64,
) -> Result<Vec<piece::Model>> {
    let near = match near {
        Some(near) => queries::piece(app.store.read(), scope, near).await.ok(),
        None => None,
    };
    let mut rows = piece::Entity::find()
        .filter(piece::Column::RoundId.eq(id))
        .filter(scope.path(piece::Column::PlacePath))
        .filter(Expr::col(piece::Column::Finals).lt(Expr::col(piece::Column::Targets)))
        .filter(free(app.now()))
        .order_by_asc(piece::Column::SortKey)
        .limit(LOOK)
        .all(app.store.write())
        .await?;
    if rows.is_empty() {
        return Err(Problem::new(NOTHING_LEFT));
    }
    rows.sort_by_key(|row| far(row, near.as_ref(), team));
    Ok(rows)
}

/// Claims made without a network, in the order in which they were made: a piece that is free when they come is theirs; one
/// that somebody else holds by then stays with them. Nothing that was done there is lost either way.
pub(crate) async fn late(tx: &impl ConnectionTrait, claims: &[(&Record, Claimed)]) -> Result<()> {
    let mut claims: Vec<(Timestamp, &Record, Claimed)> = claims
        .iter()
        .map(|(record, body)| (record.happened_at(), *record, *body))
        .collect();
    claims.sort_by_key(|(at, record, _)| (*at, record.id));
    let rounds: Vec<RoundId> = claims.iter().map(|(.., body)| body.round).collect();
    let rounds: HashMap<RoundId, round::Model> = round::Entity::find()
        .filter(round::Column::Id.is_in(rounds))
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    for (at, record, body) in claims {
        let (Some(sender), Some(round)) = (record.sender, rounds.get(&body.round)) else {
            continue;
        };
        if round.closed_at.is_some() {
            continue;
        }
        let until = Timestamp::from_millis(at.millis() + round.hold_minutes * 60_000);
        piece::Entity::update_many()
            .col_expr(piece::Column::Holder, Expr::value(sender))
            .col_expr(piece::Column::HeldUntil, Expr::value(until))
            .filter(piece::Column::CommunityId.eq(record.community))
            .filter(piece::Column::Id.eq(body.piece))
            .filter(free(record.received_at))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// How far a piece is from where a team stands: other teams' last, before them those at whose every door somebody has been;
/// then the compound, and on along the way before back.
fn far(
    row: &piece::Model,
    near: Option<&piece::Model>,
    team: i64,
) -> (bool, bool, std::cmp::Reverse<usize>, bool, String) {
    let common = near.map_or(0, |near| {
        row.place_path
            .bytes()
            .zip(near.place_path.bytes())
            .take_while(|(a, b)| a == b)
            .count()
    });
    let behind = near.is_some_and(|near| row.sort_key < near.sort_key);
    (
        team > 0 && row.team != team,
        row.tried >= row.targets,
        std::cmp::Reverse(common / 13),
        behind,
        row.sort_key.clone(),
    )
}

async fn take(app: &App, row: &piece::Model, user: UserId, until: Timestamp, now: Timestamp) -> Result<bool> {
    let done = piece::Entity::update_many()
        .col_expr(piece::Column::Holder, Expr::value(user))
        .col_expr(piece::Column::HeldUntil, Expr::value(until))
        .filter(piece::Column::CommunityId.eq(row.community_id))
        .filter(piece::Column::Id.eq(row.id))
        .filter(free(now).add(piece::Column::Holder.eq(user)))
        .exec(app.store.write())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Somebody is given a piece who does not work there now.
pub const NOT_THERE: Code = Code::new("round-not-there", 409);

/// Gives a piece to somebody who works there now, whoever holds it: the coordinator decides.
pub async fn hand(app: &App, actor: &Actor, round: RoundId, id: PieceId, to: UserId) -> Result<piece::Model> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let row = queries::piece(&tx, &actor.scope(Role::STAFF), id).await?;
    let of = queries::find(&tx, actor, Role::STAFF, round).await?;
    if row.round_id != round {
        return Err(Problem::not_found());
    }
    if of.closed_at.is_some() {
        return Err(Problem::new(CLOSED));
    }
    let worker = work::workers(&tx, &row.place_path, now)
        .await?
        .into_iter()
        .find(|one| {
            one.user == to
                && one
                    .posts
                    .iter()
                    .any(|post| row.place_path.starts_with(post.as_str()))
        })
        .ok_or_else(|| Problem::new(NOT_THERE))?;
    let until = Timestamp::from_millis(now.millis() + of.hold_minutes * 60_000);
    piece::Entity::update_many()
        .col_expr(piece::Column::Holder, Expr::value(to))
        .col_expr(piece::Column::HeldUntil, Expr::value(until))
        .filter(piece::Column::CommunityId.eq(row.community_id))
        .filter(piece::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    let subject = format!("{} → {}", row.name, worker.name);
    let entry = audit::Entry {
        action: "round.give",
        subject: &subject,
        community: Some(row.community_id),
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(row)
}

/// Gives a piece back: who holds it, or the staff of the place. Nobody else's claim is touched.
pub async fn release(app: &App, actor: &Actor, id: PieceId) -> Result<()> {
    let now = app.now();
    let db = app.store.read();
    let areas = work::areas(db, actor, now).await?;
    let row = queries::piece(db, &scope(&areas), id).await?;
    let staff = actor.may(Role::STAFF, &row.place_path);
    let mut give = piece::Entity::update_many()
        .col_expr(piece::Column::Holder, Expr::cust("NULL"))
        .col_expr(piece::Column::HeldUntil, Expr::cust("NULL"))
        .filter(piece::Column::CommunityId.eq(row.community_id))
        .filter(piece::Column::Id.eq(id));
    if !staff {
        give = give.filter(piece::Column::Holder.eq(actor.user_id.unwrap_or_default()));
    }
    let tx = app.store.begin().await?;
    let given = give.exec(&tx).await?.rows_affected == 1;
    if given && row.holder != actor.user_id {
        let entry = audit::Entry {
            action: "round.release",
            subject: &row.name,
            community: Some(row.community_id),
        };
        audit::note(&tx, actor, now, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Gives the work of a round to so many teams, evenly by effort, each a run of neighbours; 0 takes the split back.
pub async fn split(app: &App, actor: &Actor, id: RoundId, teams: usize) -> Result<()> {
    let tx = app.store.begin().await?;
    let round = queries::find(&tx, actor, Role::STAFF, id).await?;
    let scope = actor.scope(Role::STAFF);
    let rows = queries::pieces(&tx, id, &scope, u64::MAX >> 1).await?;
    let efforts: Vec<i64> = rows.iter().map(|row| row.effort).collect();
    let shares = crate::effort::split(&efforts, teams);
    let mut by_team = std::collections::BTreeMap::<i64, Vec<PieceId>>::new();
    for (row, share) in rows.iter().zip(shares) {
        let team = if teams == 0 {
            0
        } else {
            i64::try_from(share).unwrap_or(0) + 1
        };
        by_team.entry(team).or_default().push(row.id);
    }
    for (team, ids) in by_team {
        for some in ids.chunks(1_000) {
            piece::Entity::update_many()
                .col_expr(piece::Column::Team, Expr::value(team))
                .filter(piece::Column::Id.is_in(some.iter().copied()))
                .exec(&tx)
                .await?;
        }
    }
    let entry = audit::Entry {
        action: "round.split",
        subject: &round.name,
        community: Some(round.community_id),
    };
    audit::note(&tx, actor, app.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}
