//! Names that a stay in a loop does not allow: found, told, and taken off.

use std::collections::HashMap;

use accounts::{Actor, audit};
use kit::{
    Problem, Result, Role, Timestamp,
    id::{HelperId, PostId, ShiftId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use shell::App;

use super::{NAMES_ELSEWHERE, ON_DUTY, OUTSIDE, TWICE, rules::Span, stays};
use crate::{
    assign,
    model::{assignment, attendance, shift},
    projection, queries,
};

/// Shifts named in one sentence at most.
const NAMED: usize = 8;

/// A name on a shift.
#[derive(Debug, Clone)]
pub struct Name {
    /// The shift.
    pub shift: shift::Model,
    /// Who.
    pub helper: HelperId,
    /// Checked in and not out.
    pub on_duty: bool,
}

/// Names of these helpers on shifts of a span that are not over; those who have done the whole shift do not
/// count. `posts` limits the posts.
pub async fn names(
    db: &impl ConnectionTrait,
    helpers: &[HelperId],
    span: Span,
    now: Timestamp,
    posts: Condition,
) -> Result<Vec<Name>> {
    // A shift may have begun on the day before.
    let early = span.from.minus(std::time::Duration::from_secs(24 * 3600)).day();
    let rows = assignment::Entity::find()
        .filter(assignment::Column::HelperId.is_in(helpers.iter().copied()))
        .filter(assignment::Column::Day.gte(early))
        .filter(assignment::Column::Day.lte(span.until.day()))
        .all(db)
        .await?;
    let mut shifts: HashMap<ShiftId, shift::Model> = HashMap::new();
    let ids: Vec<ShiftId> = rows.iter().map(|row| row.shift_id).collect();
    for some in ids.chunks(1_000) {
        let found = shift::Entity::find()
            .filter(shift::Column::Id.is_in(some.iter().copied()))
            .filter(shift::Column::Cancelled.eq(false))
            .filter(shift::Column::EndsAt.gt(Ord::max(span.from, now)))
            .filter(shift::Column::StartsAt.lt(span.until))
            .filter(posts.clone())
            .all(db)
            .await?;
        shifts.extend(found.into_iter().map(|row| (row.id, row)));
    }
    let attended = attendance::Entity::find()
        .filter(attendance::Column::HelperId.is_in(helpers.iter().copied()))
        .filter(attendance::Column::Day.gte(early))
        .filter(attendance::Column::InAt.is_not_null())
        .order_by_asc(attendance::Column::ShiftId)
        .all(db)
        .await?;
    let attended: HashMap<(ShiftId, HelperId), bool> = attended
        .into_iter()
        .map(|row| ((row.shift_id, row.helper_id), row.out_at.is_some()))
        .collect();
    let mut found: Vec<Name> = rows
        .into_iter()
        .filter_map(|row| {
            let done = attended.get(&(row.shift_id, row.helper_id)).copied();
            (done != Some(true)).then_some(())?;
            Some(Name {
                shift: shifts.get(&row.shift_id)?.clone(),
                helper: row.helper_id,
                on_duty: done.is_some(),
            })
        })
        .collect();
    found.sort_by_key(|name| (name.shift.id, name.helper));
    Ok(found)
}

/// Takes names off shifts. The caller holds the helpers.
pub async fn take_off(tx: &DatabaseTransaction, app: &App, actor: &Actor, names: &[Name]) -> Result<()> {
    let who = people::queries::helper_names(tx, names.iter().map(|name| name.helper)).await?;
    // All rows first, what is derived last: whoever derives holds the whole community.
    for name in names {
        if !assign::clear(tx, &name.shift, name.helper).await? {
            continue;
        }
        let entry = audit::Entry {
            action: "shift.withdraw",
            subject: who.get(&name.helper).map_or("", String::as_str),
            community: Some(name.shift.community_id),
        };
        audit::note(tx, actor, app.now(), entry).await?;
    }
    field::apply::alone(tx, names.iter().map(|name| name.shift.community_id)).await?;
    for name in names {
        projection::again(tx, &name.shift, name.helper).await?;
    }
    Ok(())
}

/// Makes sure that nothing else wants these helpers in a span: no other loop, no shift of another post. With
/// `off` their names are taken off those shifts; nobody is taken off a shift on which they stand right now.
/// The caller holds the helpers.
pub async fn clear(
    tx: &DatabaseTransaction,
    app: &App,
    actor: &Actor,
    (helpers, post): (&[HelperId], PostId),
    (span, off): (Span, bool),
) -> Result<()> {
    let days = (span.from.day(), span.until.day());
    let others = stays::stays(tx, helpers, &[], days).await?.stays;
    let twice: Vec<HelperId> = others
        .iter()
        .filter(|stay| stay.span.overlaps(span))
        .map(|stay| stay.helper)
        .collect();
    if !twice.is_empty() {
        let names = people::queries::helper_names(tx, twice).await?;
        let mut names: Vec<String> = names.into_values().collect();
        names.sort();
        return Err(Problem::new(TWICE).with("names", names.join("、")));
    }
    let elsewhere = Condition::all().add(shift::Column::PostId.ne(post));
    let found = names(tx, helpers, span, app.now(), elsewhere).await?;
    let foreign = |name: &&Name| !actor.may(Role::STAFF, &name.shift.place_path);
    let outside: Vec<HelperId> = found.iter().filter(foreign).map(|name| name.helper).collect();
    if !outside.is_empty() {
        // What lies outside somebody's places is not told, and not changed by them.
        let names = people::queries::helper_names(tx, outside).await?;
        let mut names: Vec<String> = names.into_values().collect();
        names.sort();
        return Err(Problem::new(OUTSIDE).with("names", names.join("、")));
    }
    let on_duty: Vec<&Name> = found.iter().filter(|name| name.on_duty).collect();
    if !on_duty.is_empty() {
        return Err(Problem::new(ON_DUTY).with("shifts", words(tx, &on_duty).await?));
    }
    if found.is_empty() {
        return Ok(());
    }
    if !off {
        let all: Vec<&Name> = found.iter().collect();
        return Err(Problem::new(NAMES_ELSEWHERE).with("shifts", words(tx, &all).await?));
    }
    take_off(tx, app, actor, &found).await
}

/// `王建国 2022-04-03 08:00 南门卡点; …`, the earliest first.
async fn words(db: &impl ConnectionTrait, names: &[&Name]) -> Result<String> {
    let mut names = names.to_vec();
    names.sort_by_key(|name| (name.shift.starts_at, name.shift.id, name.helper));
    let who = people::queries::helper_names(db, names.iter().map(|name| name.helper)).await?;
    let posts = queries::posts_of(db, names.iter().map(|name| name.shift.post_id)).await?;
    let mut lines: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|name| {
            let post = posts.get(&name.shift.post_id);
            format!(
                "{} {} {}",
                who.get(&name.helper).map_or("", String::as_str),
                name.shift.starts_at.minute_text(),
                post.map_or("", |post| post.name.as_str()),
            )
        })
        .collect();
    if names.len() > NAMED {
        lines.push(format!("+{}", names.len() - NAMED));
    }
    Ok(lines.join("; "))
}
