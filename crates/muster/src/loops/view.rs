//! What the page of a loop shows.

use std::collections::{HashMap, HashSet};

use kit::{
    Day, Result, Timestamp,
    id::{HelperId, LoopEntryId, LoopId, PlaceId, ShiftId},
    rules::{MusterRules, tenths_of_hours},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    CLOSED_LOOP,
    model::{Per, TestResult, closed_loop, loop_member, loop_supply, loop_test},
    rules::{self, Rest, Span},
    stays,
};
use crate::{
    model::{assignment, shift},
    queries,
};

/// Days shown on the sheet for the wall.
pub const DAYS: usize = 7;
/// Shifts looked at for names that do not belong there, and such names told, at most.
const LOOKED_AT: u64 = 300;
const TOLD: usize = 20;

/// Somebody inside.
#[derive(Debug, Clone)]
pub struct Member {
    /// The stay.
    pub entry: LoopEntryId,
    /// Who.
    pub helper: HelperId,
    /// Name.
    pub name: String,
    /// Bed.
    pub bed: String,
    /// Inside since.
    pub since: Timestamp,
    /// Days inside, today counted; 0 for whoever comes later.
    pub days: i64,
    /// The last test.
    pub last: Option<(Day, TestResult)>,
    /// The next test; none for whoever is positive.
    pub due: Option<Day>,
    /// The next test's day has passed.
    pub overdue: bool,
    /// Work and rest.
    pub rest: Rest,
    /// The next shift.
    pub next: Option<shift::Model>,
    /// Shifts that begin on each of the coming days, today first.
    pub week: Vec<Vec<Span>>,
    /// The shortest rest between these, in milliseconds.
    pub least: Option<i64>,
}

impl Member {
    /// Whether less than the rule's rest lies between two shifts of the coming days.
    pub fn tired(&self) -> bool {
        self.least
            .is_some_and(|least| least < rules::millis(MusterRules::default().rest))
    }
}

/// Somebody who was inside.
#[derive(Debug, Clone)]
pub struct Gone {
    /// Name.
    pub name: String,
    /// From when.
    pub since: Timestamp,
    /// Until when.
    pub left: Timestamp,
    /// Why, when before the planned end.
    pub reason: String,
}

/// A supply with what is needed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What.
    pub item: String,
    /// For whom.
    pub per: Per,
    /// Tenths a day for one person, or for the loop.
    pub tenths: i64,
    /// Tenths a day in all.
    pub a_day: i64,
    /// Tenths until the planned end.
    pub in_all: i64,
}

/// A loop with all that belongs to it.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Those inside, by bed.
    pub members: Vec<Member>,
    /// Those who were, the last to leave first.
    pub gone: Vec<Gone>,
    /// Days until the planned end, today counted.
    pub days: i64,
    /// Supplies, by name.
    pub needs: Vec<Need>,
    /// Names on coming shifts of the post that do not belong there.
    pub strays: Vec<(shift::Model, String)>,
}

/// Hours with one decimal.
pub fn hours(millis: i64) -> String {
    rules::shown(tenths_of_hours(millis, &MusterRules::default()))
}

/// Loads what a loop's page shows.
pub async fn load(db: &impl ConnectionTrait, row: &closed_loop::Model, now: Timestamp) -> Result<View> {
    let rows = loop_member::Entity::find()
        .filter(loop_member::Column::CommunityId.eq(row.community_id))
        .filter(loop_member::Column::LoopId.eq(row.id))
        .order_by_asc(loop_member::Column::EntryId)
        .all(db)
        .await?;
    let names = people::queries::helper_names(db, rows.iter().map(|one| one.helper_id)).await?;
    let name = |id| names.get(&id).cloned().unwrap_or_default();
    let (inside, gone): (Vec<_>, Vec<_>) = rows.into_iter().partition(|one| one.left_at.is_none());
    let helpers: Vec<HelperId> = inside.iter().map(|one| one.helper_id).collect();
    let shifts = shifts(db, &helpers, now).await?;
    let tests = tests(db, row).await?;
    let mut members: Vec<Member> = inside
        .into_iter()
        .map(|one| {
            let own = shifts.get(&one.helper_id).map_or(&[][..], Vec::as_slice);
            let last = tests.get(&one.helper_id).copied();
            member(row, one, (own, last), now)
        })
        .collect();
    for member in &mut members {
        member.name = name(member.helper);
    }
    members.sort_by(|a, b| (number(&a.bed), &a.bed, a.entry).cmp(&(number(&b.bed), &b.bed, b.entry)));
    let mut gone: Vec<Gone> = gone
        .into_iter()
        .map(|one| Gone {
            name: name(one.helper_id),
            since: one.entered_at,
            left: one.left_at.unwrap_or(one.entered_at),
            reason: one.leave_reason,
        })
        .collect();
    gone.sort_by_key(|one| std::cmp::Reverse(one.left));
    let days = if row.ended_at.is_some() {
        0
    } else {
        rules::days_left(now.day(), row.first_day, row.planned_end)
    };
    let people = i64::try_from(members.len()).unwrap_or(i64::MAX);
    Ok(View {
        needs: needs(db, row, (people, days)).await?,
        strays: strays(db, row, now).await?,
        members,
        gone,
        days,
    })
}

/// Beds with plain numbers come in their order.
fn number(bed: &str) -> u32 {
    bed.parse().unwrap_or(u32::MAX)
}

fn member(
    row: &closed_loop::Model,
    one: loop_member::Model,
    (shifts, last): (&[shift::Model], Option<(Day, TestResult)>),
    now: Timestamp,
) -> Member {
    let today = now.day();
    let entered = one.entered_at.day();
    let spans: Vec<Span> = shifts.iter().map(stays::span).collect();
    let due = rules::next_test(entered, last, row.test_days);
    let mut day = today;
    let mut week = Vec::with_capacity(DAYS);
    for _ in 0..DAYS {
        let of_day = spans.iter().filter(|span| span.from.day() == day);
        week.push(of_day.copied().collect::<Vec<_>>());
        day = day.next();
    }
    Member {
        entry: one.entry_id,
        helper: one.helper_id,
        name: String::new(),
        bed: one.bed,
        since: one.entered_at,
        days: if one.entered_at <= now {
            rules::days_left(entered, entered, today)
        } else {
            0
        },
        last,
        due,
        overdue: due.is_some_and(|due| due < today),
        rest: rules::rest(&spans, now, MusterRules::default().rest),
        next: shifts.iter().find(|shift| shift.starts_at > now).cloned(),
        least: rules::least_rest(&week.concat()),
        week,
    }
}

/// Shifts of these helpers around a moment, the earliest first.
async fn shifts(
    db: &impl ConnectionTrait,
    helpers: &[HelperId],
    now: Timestamp,
) -> Result<HashMap<HelperId, Vec<shift::Model>>> {
    let day = std::time::Duration::from_secs(24 * 3600);
    let rows = assignment::Entity::find()
        .filter(assignment::Column::HelperId.is_in(helpers.iter().copied()))
        .filter(assignment::Column::Day.gte(now.minus(day * 3).day()))
        .filter(assignment::Column::Day.lte((now + day * 14).day()))
        .all(db)
        .await?;
    let mut by_id: HashMap<ShiftId, shift::Model> = HashMap::new();
    let ids: HashSet<ShiftId> = rows.iter().map(|row| row.shift_id).collect();
    let ids: Vec<ShiftId> = ids.into_iter().collect();
    for some in ids.chunks(1_000) {
        let found = shift::Entity::find()
            .filter(shift::Column::Id.is_in(some.iter().copied()))
            .filter(shift::Column::Cancelled.eq(false))
            .all(db)
            .await?;
        by_id.extend(found.into_iter().map(|shift| (shift.id, shift)));
    }
    let mut all: HashMap<HelperId, Vec<shift::Model>> = HashMap::new();
    for row in rows {
        if let Some(shift) = by_id.get(&row.shift_id) {
            all.entry(row.helper_id).or_default().push(shift.clone());
        }
    }
    for own in all.values_mut() {
        own.sort_by_key(|shift| shift.starts_at);
    }
    Ok(all)
}

/// The last test of each.
async fn tests(
    db: &impl ConnectionTrait,
    row: &closed_loop::Model,
) -> Result<HashMap<HelperId, (Day, TestResult)>> {
    let rows = loop_test::Entity::find()
        .filter(loop_test::Column::CommunityId.eq(row.community_id))
        .filter(loop_test::Column::LoopId.eq(row.id))
        .order_by_asc(loop_test::Column::Day)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|test| (test.helper_id, (test.day, test.result)))
        .collect())
}

async fn needs(
    db: &impl ConnectionTrait,
    row: &closed_loop::Model,
    (people, days): (i64, i64),
) -> Result<Vec<Need>> {
    let rows = loop_supply::Entity::find()
        .filter(loop_supply::Column::CommunityId.eq(row.community_id))
        .filter(loop_supply::Column::LoopId.eq(row.id))
        .order_by_asc(loop_supply::Column::Item)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|one| Need {
            a_day: rules::needed((one.per, one.tenths), people, 1),
            in_all: rules::needed((one.per, one.tenths), people, days),
            item: one.item,
            per: one.per,
            tenths: one.tenths,
        })
        .collect())
}

/// Names on the loop's coming shifts of people who are not inside then: they stood there before the loop
/// was made.
async fn strays(
    db: &impl ConnectionTrait,
    row: &closed_loop::Model,
    now: Timestamp,
) -> Result<Vec<(shift::Model, String)>> {
    let span = row.span();
    let coming = shift::Entity::find()
        .filter(shift::Column::PostId.eq(row.post_id))
        .filter(shift::Column::Cancelled.eq(false))
        .filter(shift::Column::EndsAt.gt(now.max(span.from)))
        .filter(shift::Column::StartsAt.lt(span.until))
        .order_by_asc(shift::Column::StartsAt)
        .limit(LOOKED_AT)
        .all(db)
        .await?;
    let names = queries::names(db, &coming).await?;
    let helpers: HashSet<HelperId> = names.values().flatten().map(|name| name.helper).collect();
    let helpers: Vec<HelperId> = helpers.into_iter().collect();
    let days = (span.from.day(), span.until.day());
    let found = stays::stays(db, &helpers, &[row.post_id], days).await?;
    let mut strays = Vec::new();
    for shift in coming {
        let time = (shift.post_id, stays::span(&shift));
        for name in names.get(&shift.id).map_or(&[][..], Vec::as_slice) {
            let judged = rules::may_stand(name.helper, time, &found.loops, &found.stays);
            if name.rostered && judged == Err(CLOSED_LOOP) {
                strays.push((shift.clone(), name.name.clone()));
            }
        }
    }
    strays.truncate(TOLD);
    Ok(strays)
}

/// How many are inside each of these loops.
pub async fn counts(db: &impl ConnectionTrait, loops: &[closed_loop::Model]) -> Result<HashMap<LoopId, i64>> {
    let communities: HashSet<PlaceId> = loops.iter().map(|one| one.community_id).collect();
    let rows: Vec<(LoopId, i64)> = loop_member::Entity::find()
        .select_only()
        .column(loop_member::Column::LoopId)
        .column_as(loop_member::Column::EntryId.count(), "inside")
        .filter(loop_member::Column::CommunityId.is_in(communities))
        .filter(loop_member::Column::LoopId.is_in(loops.iter().map(|one| one.id)))
        .filter(loop_member::Column::LeftAt.is_null())
        .group_by(loop_member::Column::LoopId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
