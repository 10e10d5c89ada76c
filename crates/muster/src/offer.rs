//! A free place is offered to those who suit: free at that time with rest before and after, with the skills and
//! the cover, of the organisation it is kept for; the nearest and least burdened first. The first to accept
//! has it, by the same conditional write as everybody else's name ([`crate::assign`]).

mod pool;
pub mod suit;

use std::time::Duration;

use accounts::{Actor, audit};
use kit::{
    Code, Problem, Result, Timestamp,
    id::{HelperId, ShiftId},
};
use people::{
    message::{self, Message},
    model::helper,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, Query},
};
use shell::App;

pub(crate) use self::pool::fits;
use self::{pool::pool, suit::ranked};
use crate::{
    assign,
    model::{OfferState, Source, offer, post, shift},
    queries,
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
/// Shifts within this time are looked after by the job.
const SOON: Duration = Duration::from_secs(48 * 3600);
/// Who has been on a shift of the community so lately is asked too.
const LATELY: Duration = Duration::from_secs(28 * 24 * 3600);

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
