//! Who is inside when: asked before a name is put on a shift, and by whoever fills rosters.

use std::collections::{HashMap, HashSet};

use kit::{
    Day, Problem, Result,
    id::{HelperId, LoopId, PostId},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{
    model::{closed_loop, loop_member},
    rules::{Running, Span, Stay, may_stand},
};
use crate::model::shift;

/// Ids asked for in one statement at most.
const AT_ONCE: usize = 1_000;

/// Loops and stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stays {
    /// Loops of the posts asked for.
    pub loops: Vec<Running>,
    /// Stays of the helpers asked for, in loops of any post.
    pub stays: Vec<Stay>,
}

/// All loops of these posts, and all stays of these helpers, that touch the days from `first` to `last`.
pub async fn stays(
    db: &impl ConnectionTrait,
    helpers: &[HelperId],
    posts: &[PostId],
    (first, last): (Day, Day),
) -> Result<Stays> {
    let days = Span {
        from: first.start(),
        until: last.next().start(),
    };
    let mut found = Stays::default();
    for some in posts.chunks(AT_ONCE) {
        let of_posts = closed_loop::Entity::find().filter(closed_loop::Column::PostId.is_in(some.to_vec()));
        let rows = of_posts
            .filter(touching(first, last))
            .order_by_asc(closed_loop::Column::Id)
            .all(db)
            .await?;
        found.loops.extend(
            rows.into_iter()
                .map(running)
                .filter(|one| one.span.overlaps(days)),
        );
    }
    let mut members = Vec::new();
    for some in helpers.chunks(AT_ONCE) {
        let still = Condition::any()
            .add(loop_member::Column::LeftAt.is_null())
            .add(loop_member::Column::LeftAt.gt(days.from));
        let rows = loop_member::Entity::find()
            .filter(loop_member::Column::HelperId.is_in(some.to_vec()))
            .filter(loop_member::Column::EnteredAt.lt(days.until))
            .filter(still)
            .order_by_asc(loop_member::Column::EntryId)
            .all(db)
            .await?;
        members.extend(rows);
    }
    let mut loops: HashMap<LoopId, closed_loop::Model> = HashMap::new();
    let ids: HashSet<LoopId> = members.iter().map(|row| row.loop_id).collect();
    let ids: Vec<LoopId> = ids.into_iter().collect();
    for some in ids.chunks(AT_ONCE) {
        let rows = closed_loop::Entity::find()
            .filter(closed_loop::Column::Id.is_in(some.to_vec()))
            .filter(touching(first, last))
            .all(db)
            .await?;
        loops.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    let stay = |row: &loop_member::Model| stay(loops.get(&row.loop_id)?, row);
    found.stays = members
        .iter()
        .filter_map(stay)
        .filter(|stay| stay.span.overlaps(days))
        .collect();
    Ok(found)
}

fn touching(first: Day, last: Day) -> Condition {
    Condition::all()
        .add(closed_loop::Column::FirstDay.lte(last))
        .add(closed_loop::Column::PlannedEnd.gte(first))
}

/// A loop as the rules see it.
pub fn running(row: closed_loop::Model) -> Running {
    Running {
        id: row.id,
        post: row.post_id,
        span: row.span(),
        name: row.name,
    }
}

/// A stay as the rules see it; `None` when nothing of it lies in the loop.
pub fn stay(of: &closed_loop::Model, row: &loop_member::Model) -> Option<Stay> {
    let inside = Span {
        from: row.entered_at,
        until: row.left_at.unwrap_or(of.span().until),
    };
    Some(Stay {
        helper: row.helper_id,
        closed_loop: of.id,
        post: of.post_id,
        span: inside.cut(of.span())?,
    })
}

/// The time of a shift.
pub fn span(shift: &shift::Model) -> Span {
    Span {
        from: shift.starts_at,
        until: shift.ends_at,
    }
}

/// Refuses a name that a closed loop keeps off this shift.
pub(crate) async fn admit(tx: &impl ConnectionTrait, shift: &shift::Model, helper: HelperId) -> Result<()> {
    let days = (shift.starts_at.day(), shift.ends_at.day());
    let found = stays(tx, &[helper], &[shift.post_id], days).await?;
    may_stand(helper, (shift.post_id, span(shift)), &found.loops, &found.stays).map_err(Problem::new)
}

/// The loops that run at these posts in a span, by post.
pub async fn at_posts(
    db: &impl ConnectionTrait,
    posts: &[PostId],
    span: Span,
) -> Result<HashMap<PostId, Running>> {
    let found = stays(db, &[], posts, (span.from.day(), span.until.day())).await?;
    Ok(found
        .loops
        .into_iter()
        .filter(|one| one.span.overlaps(span))
        .map(|one| (one.post, one))
        .collect())
}
