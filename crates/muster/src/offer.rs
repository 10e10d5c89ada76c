//! A free place is offered to those who suit: free at that time with rest before and after, with the skills and
//! the cover, of the organisation it is kept for; the nearest and least burdened first. The first to accept
//! has it, by the same conditional write as everybody else's name ([`crate::assign`]).

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use accounts::{Actor, audit, model::user};
use kit::{
    Code, Problem, Result, Timestamp,
    id::{HelperId, OrgId, PlaceId, ShiftId},
    rules::MusterRules,
};
use people::{
    message::{self, Message},
    model::helper,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, Query},
};
use shell::App;

use crate::{
    assign,
    loops::{rules::may_stand, stays},
    model::{OfferState, Source, assignment, call, call_org, offer, post, release, shift},
    queries,
    times::{
        self,
        model::{absence, week, wishes},
    },
};

/// The offer was answered before, or there is none.
pub const NO_OFFER: Code = Code::new("no-offer", 409);

/// By when those who are offered a place must know.
const AHEAD: Duration = Duration::from_secs(30 * 60);
/// What is still free so long before it begins is offered without anybody asking.
const LATE: Duration = Duration::from_secs(60 * 60);
/// Whoever has not answered for so long is waited for no more: others are asked too.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// People asked for each free place at a time.
const EACH: usize = 10;
/// People asked at most.
const MOST: usize = 60;
/// People looked at.
const POOL: u64 = 2_000;
/// Shifts within this time are looked after by the job.
const SOON: Duration = Duration::from_secs(48 * 3600);
/// Who has been on a shift of the community so lately is asked too.
const LATELY: Duration = Duration::from_secs(28 * 24 * 3600);

/// What a shift asks of those who take a place on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Beginning and end.
    pub span: (Timestamp, Timestamp),
    /// Kept for this organisation.
    pub org: Option<OrgId>,
    /// Skills it takes.
    pub skills: Vec<String>,
    /// Path of its place.
    pub path: String,
}

/// Somebody who might.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub helper: HelperId,
    /// Organisation.
    pub org: Option<OrgId>,
    /// Skills.
    pub skills: HashSet<String>,
    /// Last day of accident cover, where it is known.
    pub cover_until: Option<kit::Day>,
    /// Path of the home community, empty when it is not known.
    pub home: String,
    /// Has a user of their own, and so can be told.
    pub reachable: bool,
    /// Other shifts around that time.
    pub duties: Vec<(Timestamp, Timestamp)>,
    /// When they cannot come.
    pub away: Vec<(Timestamp, Timestamp)>,
}

/// Whether somebody suits the shift.
pub fn suits(wanted: &Wanted, candidate: &Candidate) -> bool {
    let (from, to) = wanted.span;
    let rest = MusterRules::default().rest;
    let free =
        |(start, end): &(Timestamp, Timestamp), rest: Duration| *end + rest <= from || to + rest <= *start;
    (wanted.org.is_none() || wanted.org == candidate.org)
        && wanted.skills.iter().all(|skill| candidate.skills.contains(skill))
        && candidate.cover_until.is_none_or(|until| until >= from.day())
        && candidate.duties.iter().all(|duty| free(duty, rest))
        && candidate.away.iter().all(|away| free(away, Duration::ZERO))
}

/// Those who suit: first those who can be told; of them the nearest, then those with the fewest duties around that time.
pub fn ranked(wanted: &Wanted, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let near = |home: &str| {
        home.split('/')
            .zip(wanted.path.split('/'))
            .take_while(|(a, b)| !a.is_empty() && a == b)
            .count()
    };
    let mut suited: Vec<Candidate> = candidates
        .into_iter()
        .filter(|candidate| suits(wanted, candidate))
        .collect();
    suited.sort_by_key(|candidate| {
        (
            !candidate.reachable,
            std::cmp::Reverse(near(&candidate.home)),
            candidate.duties.len(),
            candidate.helper,
        )
    });
    suited
}

/// Offers the free places of a shift to those who suit and have not been asked; returns how many were asked.
pub(crate) async fn offer(
    tx: &DatabaseTransaction,
    app: &App,
    (shift, post): (&shift::Model, &post::Model),
) -> Result<usize> {
    let now = app.now();
    let Some(shift) = shift::Entity::find_by_id((shift.community_id, shift.id))
        .one(tx)
        .await?
        .filter(|shift| !shift.cancelled && shift.ends_at > now)
    else {
        return Ok(0);
    };
    let free = usize::try_from(shift.needed - shift.filled).unwrap_or(0);
    if free == 0 {
        return Ok(0);
    }
    let waiting = waiting(tx, &shift, now).await?;
    let most = (free * EACH).min(MOST);
    let more = most.saturating_sub(usize::try_from(waiting).unwrap_or(most));
    if more == 0 {
        return Ok(0);
    }
    // Whoever sleeps until they are told is waited for from then on.
    let told_at = message::due(now, shift.starts_at.minus(AHEAD));
    let (wanted, pool) = pool(tx, &shift).await?;
    let mut asked = Vec::new();
    for candidate in ranked(&wanted, pool).into_iter().take(more) {
        let made = offer::Entity::insert(offer::ActiveModel {
            community_id: Set(shift.community_id),
            shift_id: Set(shift.id),
            helper_id: Set(candidate.helper),
            state: Set(OfferState::Open),
            made_at: Set(told_at),
            answered_at: Set(None),
        })
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
        if made > 0 {
            asked.push(candidate.helper);
        }
    }
    let place = queries::spots(tx, [post])
        .await?
        .remove(&post.id)
        .unwrap_or_default();
    let messages: Vec<Message> = asked
        .iter()
        .map(|helper| Message {
            helper: *helper,
            key: "told-offer",
            args: vec![
                ("post", format!("{place} {}", post.name)),
                ("time", shift.starts_at.minute_text()),
            ],
            href: "/offers".to_owned(),
            by: shift.starts_at.minus(AHEAD),
            until: shift.ends_at,
        })
        .collect();
    message::send(tx, now, &messages).await?;
    Ok(asked.len())
}

/// How many have been asked and may still answer.
pub async fn waiting(db: &impl ConnectionTrait, shift: &shift::Model, now: Timestamp) -> Result<u64> {
    Ok(offer::Entity::find()
        .filter(offer::Column::CommunityId.eq(shift.community_id))
        .filter(offer::Column::ShiftId.eq(shift.id))
        .filter(offer::Column::State.eq(OfferState::Open))
        .filter(offer::Column::MadeAt.gt(now.minus(PATIENCE)))
        .count(db)
        .await?)
}

/// What the shift asks for, and those who might: of its organisation; or those who live in the community, have
/// been on a shift there lately, or belong to an organisation that was called.
async fn pool(tx: &impl ConnectionTrait, shift: &shift::Model) -> Result<(Wanted, Vec<Candidate>)> {
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
    let skills = match shift.call_id {
        Some(id) => call::Entity::find()
            .filter(call::Column::Id.eq(id))
            .one(tx)
            .await?
            .map(|call| words(&call.skills))
            .unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(Wanted {
        span: (shift.starts_at, shift.ends_at),
        org: shift.org_id,
        skills,
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
            skills: words(&helper.skills).into_iter().collect(),
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
            if !covered(span, free) {
                found.entry(helper).or_default().push(span);
            }
        }
    }
    Ok(found)
}

/// Whether some spans together cover all of one.
fn covered((from, until): (Timestamp, Timestamp), mut free: Vec<(Timestamp, Timestamp)>) -> bool {
    free.sort_unstable();
    let mut at = from;
    for (start, end) in free {
        if start <= at {
            at = std::cmp::max(at, end);
        }
    }
    at >= until
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

/// `,medical,driver,` as words.
fn words(codes: &str) -> Vec<String> {
    codes
        .split(',')
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect()
}

/// An open offer with what the helper must know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The shift.
    pub shift: shift::Model,
    /// Post and place in words.
    pub post: String,
    /// Somebody else has the place by now.
    pub gone: bool,
}

/// What a helper is offered: open and not over, the next first.
pub async fn open(db: &impl ConnectionTrait, helper: HelperId, now: Timestamp) -> Result<Vec<Open>> {
    let offers = offer::Entity::find()
        .filter(offer::Column::HelperId.eq(helper))
        .filter(offer::Column::State.eq(OfferState::Open))
        .order_by_desc(offer::Column::MadeAt)
        .limit(200)
        .all(db)
        .await?;
    let shifts = shift::Entity::find()
        .filter(shift::Column::CommunityId.is_in(offers.iter().map(|offer| offer.community_id)))
        .filter(shift::Column::Id.is_in(offers.iter().map(|offer| offer.shift_id)))
        .filter(shift::Column::Cancelled.eq(false))
        .filter(shift::Column::EndsAt.gt(now))
        .order_by_asc(shift::Column::StartsAt)
        .all(db)
        .await?;
    let posts = queries::posts_of(db, shifts.iter().map(|shift| shift.post_id)).await?;
    let places = queries::spots(db, posts.values()).await?;
    Ok(shifts
        .into_iter()
        .map(|shift| Open {
            post: posts
                .get(&shift.post_id)
                .map(|post| {
                    let place = places.get(&post.id).map_or("", String::as_str);
                    format!("{place} {}", post.name)
                })
                .unwrap_or_default(),
            gone: shift.filled >= shift.needed,
            shift,
        })
        .collect())
}

/// Answers an offer: takes the place if it is still free, or says no.
pub async fn answer(app: &App, actor: &Actor, id: ShiftId, takes: bool) -> Result<()> {
    let me = actor.helper_id.ok_or_else(Problem::not_found)?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let shift = shift::Entity::find()
        .filter(shift::Column::Id.eq(id))
        .one(&tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    let state = if takes {
        OfferState::Taken
    } else {
        OfferState::Declined
    };
    let answered = offer::Entity::update_many()
        .col_expr(offer::Column::State, Expr::value(state))
        .col_expr(offer::Column::AnsweredAt, Expr::value(now))
        .filter(offer::Column::CommunityId.eq(shift.community_id))
        .filter(offer::Column::ShiftId.eq(id))
        .filter(offer::Column::HelperId.eq(me))
        .filter(offer::Column::State.eq(OfferState::Open))
        .exec(&tx)
        .await?;
    if answered.rows_affected == 0 {
        return Err(Problem::new(NO_OFFER));
    }
    if takes {
        if shift.ends_at <= now {
            return Err(Problem::new(assign::SHIFT_OVER));
        }
        let helper = helper::Entity::find_by_id(me)
            .one(&tx)
            .await?
            .ok_or_else(Problem::not_found)?;
        assign::put(&tx, app, actor, &shift, &helper, (false, Source::Helper)).await?;
    } else {
        let entry = audit::Entry {
            action: "offer.decline",
            subject: &actor.name,
            community: Some(shift.community_id),
        };
        audit::note(&tx, actor, now, entry).await?;
        let post = post::Entity::find_by_id((shift.community_id, shift.post_id))
            .one(&tx)
            .await?
            .ok_or_else(Problem::not_found)?;
        offer(&tx, app, (&shift, &post)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// How many were asked, and how many of them said no.
pub async fn asked(db: &impl ConnectionTrait, shift: &shift::Model) -> Result<(usize, usize)> {
    let rows = offer::Entity::find()
        .filter(offer::Column::CommunityId.eq(shift.community_id))
        .filter(offer::Column::ShiftId.eq(shift.id))
        .all(db)
        .await?;
    let declined = rows
        .iter()
        .filter(|row| row.state == OfferState::Declined)
        .count();
    Ok((rows.len(), declined))
}

/// Offers what is free within the hour, and asks others where those who were asked have not answered. At night only
/// what cannot wait. Returns how many people were asked.
pub async fn late(app: &App) -> Result<usize> {
    let now = app.now();
    let made = |column| {
        Query::select()
            .column(offer::Column::ShiftId)
            .from(offer::Entity)
            .and_where(column)
            .to_owned()
    };
    let unanswered = made(offer::Column::MadeAt.gt(now.minus(LATELY)));
    let asked_now = made(offer::Column::MadeAt.gt(now.minus(PATIENCE)));
    let shifts = shift::Entity::find()
        .filter(shift::Column::StartsAt.gt(now))
        .filter(shift::Column::StartsAt.lt(now + SOON))
        .filter(shift::Column::Cancelled.eq(false))
        .filter(Expr::col(shift::Column::Filled).lt(Expr::col(shift::Column::Needed)))
        .filter(
            Condition::any()
                .add(shift::Column::StartsAt.lte(now + LATE))
                .add(shift::Column::Id.in_subquery(unanswered)),
        )
        .filter(shift::Column::Id.not_in_subquery(asked_now))
        .order_by_asc(shift::Column::StartsAt)
        .limit(500)
        .all(app.store.read())
        .await?;
    let posts = queries::posts_of(app.store.read(), shifts.iter().map(|shift| shift.post_id)).await?;
    let mut asked = 0;
    for shift in &shifts {
        let waits = message::due(now, shift.starts_at.minus(AHEAD)) > now;
        if let Some(post) = posts.get(&shift.post_id).filter(|_| !waits) {
            match now_offer(app, (shift, post)).await {
                Ok(more) => asked += more,
                // One shift's trouble is not the others'.
                Err(problem) => {
                    tracing::warn!(error = %problem, shift = %shift.id, "could not offer a place");
                }
            }
        }
    }
    Ok(asked)
}

/// [`offer`] in a transaction of its own.
pub async fn now_offer(app: &App, place: (&shift::Model, &post::Model)) -> Result<usize> {
    let tx = app.store.begin().await?;
    let asked = offer(&tx, app, place).await?;
    tx.commit().await?;
    Ok(asked)
}

/// Runs for ever, once a minute.
pub async fn job(app: App) {
    loop {
        if let Err(problem) = late(&app).await {
            tracing::warn!(error = %problem, "could not offer free places");
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

#[cfg(test)]
mod tests;
