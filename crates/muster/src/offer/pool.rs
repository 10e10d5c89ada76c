//! Who might take a free place, as far as the database knows.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use accounts::model::user;
use kit::{
    Result, Timestamp,
    id::{HelperId, PlaceId},
};
use people::{model::helper, skills};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Query,
};

use super::{
    LATELY,
    suit::{Candidate, Wanted, covered, suits},
};
use crate::{
    loops::{rules::may_stand, stays},
    model::{assignment, call, call_org, offer, release, shift},
    times::{
        self,
        model::{absence, week, wishes},
    },
};

/// People looked at.
const POOL: u64 = 2_000;

/// What the shift asks for, and those who might: of its organisation; or those who live in the community, have
/// been on a shift there lately, or belong to an organisation that was called.
pub(super) async fn pool(
    tx: &impl ConnectionTrait,
    shift: &shift::Model,
) -> Result<(Wanted, Vec<Candidate>)> {
    let helpers = around(tx, shift).await?;
    let helpers = willing(tx, shift, helpers).await?;
    Ok((wanted(tx, shift).await?, candidates(tx, shift, helpers).await?))
}

/// Whether this helper suits the shift.
pub(crate) async fn fits(
    tx: &impl ConnectionTrait,
    shift: &shift::Model,
    helper: helper::Model,
) -> Result<bool> {
    let wanted = wanted(tx, shift).await?;
    let found = candidates(tx, shift, vec![helper]).await?;
    Ok(found.iter().all(|candidate| suits(&wanted, candidate)))
}

async fn wanted(tx: &impl ConnectionTrait, shift: &shift::Model) -> Result<Wanted> {
    let wanted = match shift.call_id {
        Some(id) => call::Entity::find()
            .filter(call::Column::Id.eq(id))
            .one(tx)
            .await?
            .map(|call| {
                skills::split(&call.skills)
                    .into_iter()
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(Wanted {
        span: (shift.starts_at, shift.ends_at),
        org: shift.org_id,
        skills: wanted,
        path: shift.place_path.clone(),
    })
}

/// Those who might be asked: of the shift's organisation; or those who live there, have been there lately, or belong
/// to an organisation that was called. Neither who is on it, nor who left it, nor who was asked.
async fn around(tx: &impl ConnectionTrait, shift: &shift::Model) -> Result<Vec<helper::Model>> {
    let select = |column: assignment::Column| {
        Query::select()
            .column(column)
            .from(assignment::Entity)
            .and_where(assignment::Column::CommunityId.eq(shift.community_id))
            .to_owned()
    };
    let around = if let Some(org) = shift.org_id {
        Condition::all().add(helper::Column::OrgId.eq(org))
    } else {
        let lately = select(assignment::Column::HelperId)
            .and_where(assignment::Column::Day.gte(shift.starts_at.minus(LATELY).day()))
            .to_owned();
        let mut any = Condition::any()
            .add(helper::Column::HomeId.eq(shift.community_id))
            .add(helper::Column::Id.in_subquery(lately));
        if let Some(call) = shift.call_id {
            let called = Query::select()
                .column(call_org::Column::OrgId)
                .from(call_org::Entity)
                .and_where(call_org::Column::CallId.eq(call))
                .and_where(call_org::Column::SentAt.is_not_null())
                .to_owned();
            any = any.add(helper::Column::OrgId.in_subquery(called));
        }
        any
    };
    let asked = Query::select()
        .column(offer::Column::HelperId)
        .from(offer::Entity)
        .and_where(offer::Column::CommunityId.eq(shift.community_id))
        .and_where(offer::Column::ShiftId.eq(shift.id))
        .to_owned();
    let on_it = select(assignment::Column::HelperId)
        .and_where(assignment::Column::ShiftId.eq(shift.id))
        .to_owned();
    let left = Query::select()
        .column(release::Column::HelperId)
        .from(release::Entity)
        .and_where(release::Column::CommunityId.eq(shift.community_id))
        .and_where(release::Column::ShiftId.eq(shift.id))
        .to_owned();
    Ok(helper::Entity::find()
        .filter(around)
        .filter(helper::Column::Active.eq(true))
        .filter(helper::Column::Id.not_in_subquery(on_it))
        .filter(helper::Column::Id.not_in_subquery(left))
        .filter(helper::Column::Id.not_in_subquery(asked))
        .order_by_asc(helper::Column::Id)
        .limit(POOL)
        .all(tx)
        .await?)
}

/// What must be known of helpers for a shift.
async fn candidates(
    tx: &impl ConnectionTrait,
    shift: &shift::Model,
    helpers: Vec<helper::Model>,
) -> Result<Vec<Candidate>> {
    let homes: HashSet<PlaceId> = helpers.iter().filter_map(|helper| helper.home_id).collect();
    let homes: HashMap<PlaceId, String> = places::place::Entity::find()
        .filter(places::place::Column::Id.is_in(homes))
        .all(tx)
        .await?
        .into_iter()
        .map(|place| (place.id, place.path))
        .collect();
    let mut reachable: HashSet<HelperId> = HashSet::new();
    for some in helpers.chunks(1_000) {
        let users: Vec<Option<HelperId>> = user::Entity::find()
            .select_only()
            .column(user::Column::HelperId)
            .filter(user::Column::HelperId.is_in(some.iter().map(|helper| helper.id)))
            .filter(user::Column::Disabled.eq(false))
            .filter(user::Column::Password.is_not_null())
            .into_tuple()
            .all(tx)
            .await?;
        reachable.extend(users.into_iter().flatten());
    }
    let mut duties = duties(tx, shift, &helpers).await?;
    let mut away = away(tx, shift, &helpers).await?;
    Ok(helpers
        .into_iter()
        .map(|helper| Candidate {
            reachable: reachable.contains(&helper.id),
            org: helper.org_id,
            skills: skills::split(&helper.skills)
                .into_iter()
                .map(str::to_owned)
                .collect(),
            cover_until: helper.cover_until,
            home: helper
                .home_id
                .and_then(|home| homes.get(&home).cloned())
                .unwrap_or_default(),
            duties: duties.remove(&helper.id).unwrap_or_default(),
            away: away.remove(&helper.id).unwrap_or_default(),
            helper: helper.id,
        })
        .collect())
}

/// Those who want to be asked, and whom no closed loop keeps away.
async fn willing(
    tx: &impl ConnectionTrait,
    shift: &shift::Model,
    helpers: Vec<helper::Model>,
) -> Result<Vec<helper::Model>> {
    let ids: Vec<HelperId> = helpers.iter().map(|helper| helper.id).collect();
    let days = (shift.starts_at.day(), shift.ends_at.day());
    let inside = stays::stays(tx, &ids, &[shift.post_id], days).await?;
    let mut refused: HashSet<HelperId> = HashSet::new();
    for some in ids.chunks(1_000) {
        let rows = wishes::Entity::find()
            .filter(wishes::Column::HelperId.is_in(some.iter().copied()))
            .filter(wishes::Column::Offers.eq(false))
            .all(tx)
            .await?;
        refused.extend(rows.into_iter().map(|row| row.helper_id));
    }
    let here = (shift.post_id, stays::span(shift));
    Ok(helpers
        .into_iter()
        .filter(|helper| !refused.contains(&helper.id))
        .filter(|helper| may_stand(helper.id, here, &inside.loops, &inside.stays).is_ok())
        .collect())
}

/// When these people cannot come: their absences, and for those who give lines of their week all of the shift that
/// these do not cover.
async fn away(
    tx: &impl ConnectionTrait,
    shift: &shift::Model,
    helpers: &[helper::Model],
) -> Result<HashMap<HelperId, Vec<(Timestamp, Timestamp)>>> {
    let span = (shift.starts_at, shift.ends_at);
    let mut found: HashMap<HelperId, Vec<(Timestamp, Timestamp)>> = HashMap::new();
    for some in helpers.chunks(1_000) {
        let ids = || some.iter().map(|helper| helper.id);
        let absences = absence::Entity::find()
            .filter(absence::Column::HelperId.is_in(ids()))
            .filter(absence::Column::UntilAt.gt(span.0))
            .filter(absence::Column::FromAt.lt(span.1));
        for it in absences.all(tx).await? {
            found
                .entry(it.helper_id)
                .or_default()
                .push((it.from_at, it.until_at));
        }
        let mut weeks: HashMap<HelperId, Vec<week::Model>> = HashMap::new();
        let lines = week::Entity::find().filter(week::Column::HelperId.is_in(ids()));
        for line in lines.all(tx).await? {
            weeks.entry(line.helper_id).or_default().push(line);
        }
        for (helper, lines) in weeks {
            let free = times::spans(&lines, span.0.day(), span.1.day()).unwrap_or_default();
            if !covered(span, &free) {
                found.entry(helper).or_default().push(span);
            }
        }
    }
    Ok(found)
}

/// Shifts of these people from a day before to a day after.
async fn duties(
    tx: &impl ConnectionTrait,
    shift: &shift::Model,
    helpers: &[helper::Model],
) -> Result<HashMap<HelperId, Vec<(Timestamp, Timestamp)>>> {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let mut found: HashMap<HelperId, Vec<(Timestamp, Timestamp)>> = HashMap::new();
    for some in helpers.chunks(1_000) {
        let rows: Vec<(HelperId, Timestamp, Timestamp)> = assignment::Entity::find()
            .select_only()
            .column(assignment::Column::HelperId)
            .column(shift::Column::StartsAt)
            .column(shift::Column::EndsAt)
            .join(
                JoinType::InnerJoin,
                assignment::Entity::belongs_to(shift::Entity)
                    .from((assignment::Column::CommunityId, assignment::Column::ShiftId))
                    .to((shift::Column::CommunityId, shift::Column::Id))
                    .into(),
            )
            .filter(assignment::Column::HelperId.is_in(some.iter().map(|helper| helper.id)))
            .filter(assignment::Column::ShiftId.ne(shift.id))
            .filter(shift::Column::Cancelled.eq(false))
            .filter(shift::Column::EndsAt.gt(shift.starts_at.minus(DAY)))
            .filter(shift::Column::StartsAt.lt(shift.ends_at + DAY))
            .into_tuple()
            .all(tx)
            .await?;
        for (helper, start, end) in rows {
            found.entry(helper).or_default().push((start, end));
        }
    }
    Ok(found)
}
