//! People go into a loop, several at once: each with a bed and a test.

use std::collections::HashSet;

use accounts::Actor;
use kit::{
    Day, FieldError, Problem, Result, Timestamp,
    id::{HelperId, LoopEntryId},
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use shell::{App, form::Typed};

use super::{
    BEDS_FULL, POST_CLOSED, elsewhere, hold_helpers,
    manage::inside,
    model::{TestResult, closed_loop, loop_member},
    note,
    rules::{Span, TEST_COUNTS},
    state::Open,
    test,
};
use crate::{assign::NOT_ACTIVE, model::post};

/// Characters of a bed's label at most.
pub const BED: usize = 20;

/// Who goes in, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entering {
    /// Helpers, each with the label of a bed and the name of its field.
    pub people: Vec<(HelperId, String, String)>,
    /// When; `None` for now, or the beginning of the loop when that has not come.
    pub at: Option<Timestamp>,
    /// Their test: the day of the sample, and whether it was negative or is waited for.
    pub test: (Day, TestResult),
    /// Take their names off shifts of other posts.
    pub off: bool,
}

impl Entering {
    /// Reads all but the people from the form.
    pub fn read(
        typed: &Typed,
        people: Vec<(HelperId, String, String)>,
        now: Timestamp,
    ) -> Result<Self, Vec<FieldError>> {
        let mut check = typed.check();
        let mut beds = HashSet::new();
        for (_, bed, field) in &people {
            if bed.is_empty() {
                check.error(FieldError::new(field.clone(), "required"));
            } else if bed.chars().count() > BED {
                check.error(FieldError::new(field.clone(), "too-long").with("most", BED));
            } else if !beds.insert(bed.as_str()) {
                check.error(FieldError::new(field.clone(), "loop-bed-taken"));
            }
        }
        let at: Option<jiff::civil::DateTime> = check.parse_optional("entered_at", "date");
        let day: Option<Day> = check.parse_optional("test_day", "date");
        let day = day.unwrap_or_else(|| now.day());
        let result = match typed.get("test").as_str() {
            "negative" => TestResult::Negative,
            "pending" => TestResult::Pending,
            _ => {
                check.error(FieldError::new("test", "required"));
                TestResult::Pending
            }
        };
        if day > now.day() {
            check.error(FieldError::new("test_day", "in-future"));
        } else if day < now.minus(TEST_COUNTS).day() {
            check.error(FieldError::new("test_day", "loop-test-old"));
        }
        check.done(Self {
            people,
            at: at.map(|at| Timestamp::local(at.date(), at.time())),
            test: (day, result),
            off: typed.ticked("off"),
        })
    }
}

/// Takes people into a loop. All go in, or nobody.
pub async fn enter(app: &App, actor: &Actor, row: &closed_loop::Model, new: &Entering) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let open = Open::hold(&tx, (row.community_id, row.id))
        .await?
        .enterable(now)?;
    manned(&tx, open.get()).await?;
    let span = open.get().span();
    let at = new.at.unwrap_or_else(|| now.max(span.from));
    if at < span.from || at >= span.until {
        return Err(Problem::invalid(vec![FieldError::new(
            "entered_at",
            "loop-outside",
        )]));
    }
    beds(&tx, open.get(), new).await?;
    let ids: Vec<HelperId> = new.people.iter().map(|(helper, ..)| *helper).collect();
    let helpers = hold_helpers(&tx, ids.iter().copied()).await?;
    if helpers.len() != ids.len() || helpers.iter().any(|helper| !helper.active) {
        return Err(Problem::new(NOT_ACTIVE));
    }
    let stay = Span {
        from: at,
        until: span.until,
    };
    elsewhere::clear(&tx, app, actor, (&ids, row.post_id), (stay, new.off)).await?;
    let rows = new
        .people
        .iter()
        .map(|(helper, bed, _)| loop_member::ActiveModel {
            community_id: Set(row.community_id),
            loop_id: Set(row.id),
            entry_id: Set(LoopEntryId::fresh(now)),
            helper_id: Set(*helper),
            bed: Set(bed.clone()),
            entered_at: Set(at),
            left_at: Set(None),
            leave_reason: Set(String::new()),
        });
    loop_member::Entity::insert_many(rows)
        .exec_without_returning(&tx)
        .await?;
    test::write(&tx, (actor, now), row, &ids, new.test).await?;
    let names: Vec<&str> = helpers.iter().map(|helper| helper.name.as_str()).collect();
    note(&tx, actor, now, "loop.enter", (row, &names.join("、"))).await?;
    tx.commit().await?;
    Ok(())
}

/// Nobody goes to a post that is not manned any more.
async fn manned(tx: &impl ConnectionTrait, row: &closed_loop::Model) -> Result<()> {
    let post = post::Entity::find_by_id((row.community_id, row.post_id))
        .one(tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    if post.active {
        Ok(())
    } else {
        Err(Problem::new(POST_CLOSED))
    }
}

/// Never more people than beds, and never two in one bed. The caller holds the loop.
async fn beds(tx: &impl ConnectionTrait, row: &closed_loop::Model, new: &Entering) -> Result<()> {
    let there = inside(tx, row).await?;
    let free = row.beds - i64::try_from(there.len()).unwrap_or(i64::MAX);
    if i64::try_from(new.people.len()).unwrap_or(i64::MAX) > free {
        return Err(Problem::new(BEDS_FULL).with("free", free.max(0)));
    }
    let taken: Vec<FieldError> = new
        .people
        .iter()
        .filter(|(_, bed, _)| there.iter().any(|one| one.bed == *bed))
        .map(|(_, _, field)| FieldError::new(field.clone(), "loop-bed-taken"))
        .collect();
    if taken.is_empty() {
        Ok(())
    } else {
        Err(Problem::invalid(taken))
    }
}
