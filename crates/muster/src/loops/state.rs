//! Where a loop stands. What changes a loop goes through [`Open`], which only a loop that has not ended gives.

use kit::{Day, FieldError, Problem, Result, Timestamp, id::LoopId, id::PlaceId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};

use super::{
    LOOP_OVER,
    model::{closed_loop, loop_member},
    rules::Span,
};

/// Where a loop stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its first day has not come.
    Coming,
    /// People are, or may be, inside.
    Running,
    /// Its planned end has passed and nobody has ended or extended it.
    Overdue,
    /// Ended.
    Over,
}

impl State {
    /// The word in locale keys: `loops-state-NAME`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coming => "coming",
            Self::Running => "running",
            Self::Overdue => "overdue",
            Self::Over => "over",
        }
    }
}

impl closed_loop::Model {
    /// From the beginning of the first day until it was ended, at the latest until the planned end is over.
    pub fn span(&self) -> Span {
        let planned = self.planned_end.next().start();
        Span {
            from: self.first_day.start(),
            until: self.ended_at.map_or(planned, |ended| ended.min(planned)),
        }
    }

    /// Where it stands at a moment.
    pub fn state(&self, now: Timestamp) -> State {
        let span = self.span();
        match () {
            () if self.ended_at.is_some() => State::Over,
            () if now < span.from => State::Coming,
            () if now < span.until => State::Running,
            () => State::Overdue,
        }
    }

    /// The loop as one that may be changed.
    pub fn open(self) -> Result<Open> {
        if self.ended_at.is_some() {
            Err(Problem::new(LOOP_OVER))
        } else {
            Ok(Open(self))
        }
    }
}

/// A loop that has not been ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open(closed_loop::Model);

impl Open {
    /// Loads a loop and holds it until the transaction ends; one that is over is refused.
    pub async fn hold(tx: &impl ConnectionTrait, (community, id): (PlaceId, LoopId)) -> Result<Self> {
        closed_loop::Entity::find_by_id((community, id))
            .lock_exclusive()
            .one(tx)
            .await?
            .ok_or_else(Problem::not_found)?
            .open()
    }

    /// The loop.
    pub const fn get(&self) -> &closed_loop::Model {
        &self.0
    }

    /// The loop, if people may still come in: its planned end has not passed.
    pub fn enterable(self, now: Timestamp) -> Result<Self> {
        if now < self.0.span().until {
            Ok(self)
        } else {
            Err(Problem::new(LOOP_OVER))
        }
    }

    /// Leaving and ending before the day of the planned end need a reason.
    pub fn reason(&self, now: Timestamp, reason: &str) -> Result<()> {
        if now.day() < self.0.planned_end && reason.is_empty() {
            Err(Problem::invalid(vec![
                FieldError::new("reason", "loop-reason").with("day", self.0.planned_end),
            ]))
        } else {
            Ok(())
        }
    }

    /// Moves the planned end.
    pub async fn extend(self, tx: &impl ConnectionTrait, end: Day) -> Result<()> {
        closed_loop::Entity::update_many()
            .col_expr(closed_loop::Column::PlannedEnd, Expr::value(end.to_string()))
            .filter(closed_loop::Column::CommunityId.eq(self.0.community_id))
            .filter(closed_loop::Column::Id.eq(self.0.id))
            .exec(tx)
            .await?;
        Ok(())
    }

    /// Ends it: everybody inside leaves. Consumes the loop, which can be changed no more.
    pub async fn end(self, tx: &impl ConnectionTrait, now: Timestamp, reason: &str) -> Result<()> {
        closed_loop::Entity::update_many()
            .col_expr(closed_loop::Column::EndedAt, Expr::value(now.millis()))
            .col_expr(closed_loop::Column::EndReason, Expr::value(reason))
            .filter(closed_loop::Column::CommunityId.eq(self.0.community_id))
            .filter(closed_loop::Column::Id.eq(self.0.id))
            .exec(tx)
            .await?;
        loop_member::Entity::update_many()
            .col_expr(loop_member::Column::LeftAt, Expr::value(now.millis()))
            .col_expr(loop_member::Column::LeaveReason, Expr::value(reason))
            .filter(loop_member::Column::CommunityId.eq(self.0.community_id))
            .filter(loop_member::Column::LoopId.eq(self.0.id))
            .filter(loop_member::Column::LeftAt.is_null())
            .exec(tx)
            .await?;
        Ok(())
    }
}
