//! When helpers can come: the lines of their week, their absences, the hours they give.

pub mod model;
#[cfg(test)]
mod tests;

use std::time::Duration;

use accounts::{Actor, audit};
use kit::{Day, FieldError, Problem, Result, Role, Timestamp, id::HelperId};
use people::model::helper;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};
use shell::{App, form::Typed};

use self::model::{TimesId, absence, week, wishes};
use crate::{
    call::weekdays,
    pattern::{self, Pattern, Slot},
};

/// Lines of one week at most.
pub const MOST_LINES: usize = 28;
/// Absences of one helper that are not over, at most.
pub const MOST_ABSENCES: usize = 100;
/// The longest absence.
pub const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
/// Hours of a week.
const WEEK_HOURS: i64 = 168;

/// Whether the actor may change when this helper can come: the helper, whoever may change the helper, and
/// the leader of their team. Whoever sees the helper may look.
pub async fn may_change(db: &impl ConnectionTrait, actor: &Actor, helper: &helper::Model) -> Result<bool> {
    if actor.helper_id == Some(helper.id) {
        return Ok(true);
    }
    let leads = actor.orgs(&[Role::TeamLeader]);
    if helper.org_id.is_some_and(|org| leads.contains(&org)) {
        return Ok(true);
    }
    let found = helper::Entity::find_by_id(helper.id)
        .filter(people::scope::helper_rights(actor))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// A helper's own say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// Lines of the week; none for any time.
    pub weeks: Vec<week::Model>,
    /// Absences that are not over.
    pub absences: Vec<absence::Model>,
    /// Hours and offers.
    pub wishes: wishes::Model,
}

/// When a helper can come.
pub async fn load(db: &impl ConnectionTrait, helper: HelperId, now: Timestamp) -> Result<Times> {
    let weeks = week::Entity::find()
        .filter(week::Column::HelperId.eq(helper))
        .order_by_asc(week::Column::Id)
        .all(db)
        .await?;
    let absences = absence::Entity::find()
        .filter(absence::Column::HelperId.eq(helper))
        .filter(absence::Column::UntilAt.gt(now))
        .order_by_asc(absence::Column::FromAt)
        .limit(1_000)
        .all(db)
        .await?;
    let wishes = wishes::Entity::find_by_id(helper).one(db).await?;
    Ok(Times {
        weeks,
        absences,
        wishes: wishes.unwrap_or(wishes::Model {
            helper_id: helper,
            week_minutes: None,
            offers: true,
        }),
    })
}

/// A line as a pattern of these days; `None` when what is kept cannot be read.
fn pattern(line: &week::Model, first: Day, last: Day) -> Option<Pattern> {
    let slot = Slot {
        from: pattern::minutes(&line.from_time)?,
        to: pattern::minutes(&line.to_time)?,
    };
    let digits = line.weekdays.chars().filter_map(|c| c.to_digit(10));
    Some(Pattern {
        first,
        last,
        weekdays: digits.filter_map(|day| i8::try_from(day).ok()).collect(),
        slots: vec![slot],
    })
}

/// The times at which a helper with these lines can come, from the first day to the last; what began the
/// night before is in it. `None` for at any time.
pub fn spans(lines: &[week::Model], first: Day, last: Day) -> Option<Vec<(Timestamp, Timestamp)>> {
    let before = Day(first.0.yesterday().unwrap_or(first.0));
    (!lines.is_empty()).then(|| {
        lines
            .iter()
            .filter_map(|line| pattern(line, before, last))
            .flat_map(|line| pattern::spans(&line))
            .map(|(_, start, end)| (start, end))
            .collect()
    })
}

/// Whether two lines have time in common.
fn overlap(one: &week::Model, other: &week::Model) -> bool {
    // Three weeks around a Monday: a line of Sunday night reaches into Monday.
    let monday = Timestamp::from_millis(1_580_659_200_000).day();
    let last = Day(monday
        .0
        .checked_add(jiff::Span::new().days(20))
        .unwrap_or(monday.0));
    let of = |line: &week::Model| spans(std::slice::from_ref(line), monday, last).unwrap_or_default();
    let others = of(other);
    of(one)
        .iter()
        .any(|a| others.iter().any(|b| a.0 < b.1 && b.0 < a.1))
}

/// A line as typed.
fn week_typed(typed: &Typed, helper: HelperId) -> Result<week::Model> {
    let mut check = typed.check();
    let mut line = week::Model {
        helper_id: helper,
        id: TimesId::default(),
        weekdays: weekdays(typed),
        from_time: String::new(),
        to_time: String::new(),
        noted_by: None,
        noted_at: Timestamp::default(),
    };
    if line.weekdays.is_empty() {
        check.error(FieldError::new("weekdays", "required"));
    }
    for (name, most) in [("from_time", 1439), ("to_time", 1440)] {
        let text = check.text(name, 5);
        match pattern::minutes(&text).filter(|minutes| *minutes <= most) {
            Some(minutes) if name == "from_time" => line.from_time = pattern::clock(minutes),
            Some(minutes) => line.to_time = pattern::clock(minutes),
            None if text.is_empty() => {}
            None => check.error(FieldError::new(name, "time")),
        }
    }
    check.done(line).map_err(Problem::invalid)
}

/// Adds a line to the week of a helper. The caller has asked for the right.
pub async fn add_week(app: &App, actor: &Actor, helper: &helper::Model, typed: &Typed) -> Result<()> {
    let now = app.now();
    let line = week_typed(typed, helper.id)?;
    let tx = app.store.begin().await?;
    let there = load(&tx, helper.id, now).await?.weeks;
    if there.len() >= MOST_LINES {
        return Err(wrong("weekdays", "times-too-many", MOST_LINES));
    }
    if there.iter().any(|other| overlap(&line, other)) {
        return Err(wrong("from_time", "times-overlap", 0));
    }
    week::Entity::insert(week::ActiveModel {
        helper_id: Set(helper.id),
        id: Set(TimesId::fresh(now)),
        weekdays: Set(line.weekdays),
        from_time: Set(line.from_time),
        to_time: Set(line.to_time),
        noted_by: Set(actor.user_id),
        noted_at: Set(now),
    })
    .exec_without_returning(&tx)
    .await?;
    note(&tx, actor, now, helper).await?;
    tx.commit().await?;
    Ok(())
}

/// An absence as typed: beginning, end, reason.
fn absence_typed(typed: &Typed, now: Timestamp) -> Result<(Timestamp, Timestamp, String)> {
    let mut check = typed.check();
    let moment = |at: jiff::civil::DateTime| Timestamp::local(at.date(), at.time());
    let from: jiff::civil::DateTime = check.parse("from_at", "date");
    let until: jiff::civil::DateTime = check.parse("until_at", "date");
    let (from, until) = (moment(from), moment(until));
    let reason = check.optional("reason", 200);
    if check.errors.is_empty() {
        if until == from {
            check.error(FieldError::new("until_at", "times-no-time"));
        } else if until < from {
            check.error(FieldError::new("until_at", "before-start"));
        } else if until <= now {
            check.error(FieldError::new("until_at", "in-past"));
        } else if from + LONGEST < until {
            check.error(FieldError::new("until_at", "times-too-long"));
        }
    }
    check.done((from, until, reason)).map_err(Problem::invalid)
}

/// Notes a time at which a helper cannot come. The caller has asked for the right.
pub async fn add_absence(app: &App, actor: &Actor, helper: &helper::Model, typed: &Typed) -> Result<()> {
    let now = app.now();
    let (from, until, reason) = absence_typed(typed, now)?;
    let tx = app.store.begin().await?;
    let there = load(&tx, helper.id, now).await?.absences;
    if there.len() >= MOST_ABSENCES {
        return Err(wrong("from_at", "times-too-many", MOST_ABSENCES));
    }
    if there.iter().any(|it| it.from_at < until && from < it.until_at) {
        return Err(wrong("from_at", "times-overlap", 0));
    }
    keep_absence(&tx, actor, now, helper, (from, until), &reason).await?;
    tx.commit().await?;
    Ok(())
}

/// Notes that a helper is away, whatever they have noted for that time before. The caller has asked for the right.
pub(crate) async fn note_absence(
    app: &App,
    actor: &Actor,
    helper: &helper::Model,
    (from, until): (Timestamp, Timestamp),
    reason: &str,
) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let there = load(&tx, helper.id, now).await?.absences;
    if !there.iter().any(|it| it.from_at <= from && until <= it.until_at) {
        keep_absence(&tx, actor, now, helper, (from, until), reason).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn keep_absence(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    now: Timestamp,
    helper: &helper::Model,
    (from, until): (Timestamp, Timestamp),
    reason: &str,
) -> Result<()> {
    absence::Entity::insert(absence::ActiveModel {
        helper_id: Set(helper.id),
        id: Set(TimesId::fresh(now)),
        from_at: Set(from),
        until_at: Set(until),
        reason: Set(reason.to_owned()),
        noted_by: Set(actor.user_id),
        noted_at: Set(now),
    })
    .exec_without_returning(tx)
    .await?;
    note(tx, actor, now, helper).await
}

/// Takes a line or an absence away.
pub async fn remove(app: &App, actor: &Actor, helper: &helper::Model, id: TimesId) -> Result<()> {
    let tx = app.store.begin().await?;
    let weeks = week::Entity::delete_by_id((helper.id, id)).exec(&tx).await?;
    let absences = absence::Entity::delete_by_id((helper.id, id)).exec(&tx).await?;
    if weeks.rows_affected + absences.rows_affected == 0 {
        return Err(Problem::not_found());
    }
    note(&tx, actor, app.now(), helper).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps how many hours a helper gives, and whether they want offers.
pub async fn save_wishes(app: &App, actor: &Actor, helper: &helper::Model, typed: &Typed) -> Result<()> {
    let mut check = typed.check();
    let hours: Option<i64> = check.parse_optional("week_hours", "not-a-number");
    if hours.is_some_and(|hours| !(1..=WEEK_HOURS).contains(&hours)) {
        let error = FieldError::new("week_hours", "out-of-range");
        check.error(error.with("least", 1).with("most", WEEK_HOURS));
    }
    let hours = check.done(hours).map_err(Problem::invalid)?;
    let tx = app.store.begin().await?;
    wishes::Entity::insert(wishes::ActiveModel {
        helper_id: Set(helper.id),
        week_minutes: Set(hours.map(|hours| hours * 60)),
        offers: Set(typed.ticked("offers")),
    })
    .on_conflict(
        OnConflict::column(wishes::Column::HelperId)
            .update_columns([wishes::Column::WeekMinutes, wishes::Column::Offers])
            .to_owned(),
    )
    .exec_without_returning(&tx)
    .await?;
    note(&tx, actor, app.now(), helper).await?;
    tx.commit().await?;
    Ok(())
}

fn wrong(field: &'static str, kind: &'static str, most: usize) -> Problem {
    Problem::invalid(vec![FieldError::new(field, kind).with("most", most)])
}

async fn note(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    now: Timestamp,
    helper: &helper::Model,
) -> Result<()> {
    let entry = audit::Entry {
        action: "times.change",
        subject: &helper.name,
        community: helper.home_id,
    };
    audit::note(tx, actor, now, entry).await
}
