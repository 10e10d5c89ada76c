//! Tests of those inside: noted for everybody at once, or one by one.

use std::collections::HashSet;

use accounts::Actor;
use kit::{Day, FieldError, Problem, Result, Timestamp, id::HelperId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict,
};
use shell::{App, form::Typed};

use super::{
    manage::inside,
    model::{TestResult, closed_loop, loop_test},
    note,
    rules::TEST_COUNTS,
    state::Open,
};

/// Whose tests are noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's; who is noted as positive on that day stays so.
    All,
    /// These people's.
    Some(Vec<HelperId>),
}

/// Tests as filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// Whose.
    pub whose: Whose,
    /// Day of the samples.
    pub day: Day,
    /// What they said.
    pub result: TestResult,
}

impl Noted {
    /// From the form; `first` is the loop's first day, before which only tests for going in are of use.
    pub fn read(typed: &Typed, first: Day, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        let result = TestResult::of(&typed.get("result"));
        if result.is_none() {
            check.error(FieldError::new("result", "required"));
        }
        let day: Option<Day> = check.parse_optional("day", "date");
        let day = day.unwrap_or_else(|| now.day());
        if day > now.day() {
            check.error(FieldError::new("day", "in-future"));
        } else if day < first.start().minus(TEST_COUNTS).day() {
            check.error(FieldError::new("day", "loop-test-old"));
        }
        let whose = if typed.ticked("everybody") {
            Whose::All
        } else {
            let ids = typed.all("who");
            Whose::Some(ids.iter().filter_map(|id| id.parse().ok()).collect())
        };
        if whose == Whose::Some(vec![]) {
            check.error(FieldError::new("who", "required"));
        }
        check.done(Self {
            whose,
            day,
            result: result.unwrap_or(TestResult::Pending),
        })
    }
}

/// Notes tests of people inside.
pub async fn record(app: &App, actor: &Actor, row: &closed_loop::Model, new: &Noted) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    Open::hold(&tx, (row.community_id, row.id)).await?;
    let there: HashSet<HelperId> = inside(&tx, row).await?.iter().map(|one| one.helper_id).collect();
    let helpers: Vec<HelperId> = match &new.whose {
        Whose::All => {
            let positive = positive(&tx, row, new.day).await?;
            there.difference(&positive).copied().collect()
        }
        Whose::Some(ids) if ids.iter().all(|id| there.contains(id)) => ids.clone(),
        Whose::Some(_) => return Err(Problem::not_found()),
    };
    write(&tx, (actor, now), row, &helpers, (new.day, new.result)).await?;
    let subject = match helpers.as_slice() {
        [one] => people::queries::helper_names(&tx, [*one])
            .await?
            .remove(one)
            .unwrap_or_default(),
        several => format!("{} × {}", new.day, several.len()),
    };
    note(&tx, actor, now, "loop.test", (row, &subject)).await?;
    tx.commit().await?;
    Ok(())
}

/// Who is noted as positive on a day.
async fn positive(
    tx: &impl ConnectionTrait,
    row: &closed_loop::Model,
    day: Day,
) -> Result<HashSet<HelperId>> {
    let found = loop_test::Entity::find()
        .filter(loop_test::Column::CommunityId.eq(row.community_id))
        .filter(loop_test::Column::LoopId.eq(row.id))
        .filter(loop_test::Column::Day.eq(day))
        .filter(loop_test::Column::Result.eq(TestResult::Positive))
        .all(tx)
        .await?;
    Ok(found.into_iter().map(|test| test.helper_id).collect())
}

/// Writes one result for several people; what was noted for the day before is replaced.
pub(super) async fn write(
    tx: &impl ConnectionTrait,
    (actor, now): (&Actor, Timestamp),
    row: &closed_loop::Model,
    helpers: &[HelperId],
    (day, result): (Day, TestResult),
) -> Result<()> {
    if helpers.is_empty() {
        return Ok(());
    }
    let rows = helpers.iter().map(|helper| loop_test::ActiveModel {
        community_id: Set(row.community_id),
        loop_id: Set(row.id),
        helper_id: Set(*helper),
        day: Set(day),
        result: Set(result),
        noted_by: Set(actor.user_id),
        noted_at: Set(now),
    });
    let again = OnConflict::columns([
        loop_test::Column::CommunityId,
        loop_test::Column::LoopId,
        loop_test::Column::HelperId,
        loop_test::Column::Day,
    ])
    .update_columns([
        loop_test::Column::Result,
        loop_test::Column::NotedBy,
        loop_test::Column::NotedAt,
    ])
    .to_owned();
    loop_test::Entity::insert_many(rows)
        .on_conflict(again)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
