//! Swaps: one helper asks another to take their place on a shift, with or without taking theirs in return.
//! It is done in one transaction when the other agrees, by the same rules as any name on a shift.

use std::time::Duration;

use accounts::{Actor, audit};
use kit::{
    Code, Problem, Result, Timestamp,
    id::{HelperId, ShiftId, SwapId},
};
use people::{
    message::{self, Message},
    model::helper,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use shell::App;

use crate::{
    assign, loops,
    model::{Source, SwapState, Why, assignment, post, shift, swap},
    offer,
    queries::{self, Name},
    release::{self, Reason},
};

/// The same person has been asked about this shift and has not answered.
pub const ASKED: Code = Code::new("swap-asked", 409);
/// The wish was answered or taken back before.
pub const ANSWERED: Code = Code::new("swap-answered", 409);
/// One of them would have too little rest, is away, or has not the skills.
pub const NOT_SUITED: Code = Code::new("swap-not-suited", 409);
/// The one who is asked stands there already, or does not stand on the shift wanted in return.
pub const NOT_POSSIBLE: Code = Code::new("swap-not-possible", 409);

/// How far ahead shifts are offered for a swap.
const AHEAD: Duration = Duration::from_secs(21 * 24 * 3600);
/// Shifts looked at.
const MOST: u64 = 120;

/// Somebody who may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Who.
    pub helper: HelperId,
    /// Name.
    pub name: String,
    /// The shift they would give in return.
    pub shift: shift::Model,
}

/// Whom a helper may ask about a shift: those on other shifts of the post, and those of the same organisation on
/// other shifts in the community, at other times.
pub async fn partners(
    db: &impl ConnectionTrait,
    shift: &shift::Model,
    (me, org): (HelperId, Option<kit::id::OrgId>),
    now: Timestamp,
) -> Result<Vec<Partner>> {
    let others = shift::Entity::find()
        .filter(shift::Column::CommunityId.eq(shift.community_id))
        .filter(shift::Column::Id.ne(shift.id))
        .filter(shift::Column::Cancelled.eq(false))
        .filter(shift::Column::StartsAt.gt(now))
        .filter(shift::Column::StartsAt.lt(now + AHEAD))
        .filter(
            Condition::any()
                .add(shift::Column::EndsAt.lte(shift.starts_at))
                .add(shift::Column::StartsAt.gte(shift.ends_at)),
        )
        .order_by_asc(shift::Column::StartsAt)
        .limit(MOST)
        .all(db)
        .await?;
    let mut names = queries::names(db, &others).await?;
    let mut found = Vec::new();
    for other in others {
        let team: Vec<Name> = names.remove(&other.id).unwrap_or_default();
        if team.iter().any(|name| name.helper == me) {
            continue;
        }
        for name in team {
            let known = other.post_id == shift.post_id || (name.org.is_some() && name.org == org);
            if known && name.rostered {
                found.push(Partner {
                    helper: name.helper,
                    name: name.name,
                    shift: other.clone(),
                });
            }
        }
    }
    Ok(found)
}

/// Asks. The actor's name stands on the shift; the caller has taken the partner from [`partners`].
pub async fn ask(
    app: &App,
    actor: &Actor,
    (shift, post): (&shift::Model, &post::Model),
    (other, in_return): (HelperId, Option<ShiftId>),
    note: &str,
) -> Result<()> {
    let me = actor.helper_id.ok_or_else(Problem::forbidden)?;
    let now = app.now();
    if shift.cancelled || shift.starts_at <= now {
        return Err(Problem::new(assign::SHIFT_OVER));
    }
    let tx = app.store.begin().await?;
    let same = swap::Entity::find()
        .filter(swap::Column::CommunityId.eq(shift.community_id))
        .filter(swap::Column::ShiftId.eq(shift.id))
        .filter(swap::Column::HelperId.eq(me))
        .filter(swap::Column::OtherId.eq(other))
        .filter(swap::Column::State.eq(SwapState::Asked));
    if same.one(&tx).await?.is_some() {
        return Err(Problem::new(ASKED));
    }
    if !assign::stands(&tx, shift, me).await? || assign::stands(&tx, shift, other).await? {
        return Err(Problem::new(NOT_POSSIBLE));
    }
    swap::Entity::insert(swap::ActiveModel {
        community_id: Set(shift.community_id),
        id: Set(SwapId::fresh(now)),
        shift_id: Set(shift.id),
        helper_id: Set(me),
        other_id: Set(other),
        other_shift_id: Set(in_return),
        state: Set(SwapState::Asked),
        note: Set(note.to_owned()),
        asked_at: Set(now),
        answered_at: Set(None),
    })
    .exec_without_returning(&tx)
    .await?;
    tell(&tx, app, (shift, post), other, ("told-swap", &actor.name)).await?;
    let entry = audit::Entry {
        action: "swap.ask",
        subject: &post.name,
        community: Some(shift.community_id),
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(())
}

async fn tell(
    tx: &DatabaseTransaction,
    app: &App,
    (shift, post): (&shift::Model, &post::Model),
    helper: HelperId,
    (key, name): (&'static str, &str),
) -> Result<()> {
    let told = Message {
        helper,
        key,
        args: vec![
            ("name", name.to_owned()),
            ("post", post.name.clone()),
            ("time", shift.starts_at.minute_text()),
        ],
        href: "/offers".to_owned(),
        by: shift.starts_at.minus(Duration::from_secs(3600)),
        until: shift.ends_at,
    };
    message::send(tx, app.now(), &[told]).await
}

/// What an answer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The one who was asked agrees.
    Agree,
    /// The one who was asked refuses.
    Decline,
    /// The one who asked takes it back.
    Withdraw,
}

/// Answers, once.
pub async fn answer(app: &App, actor: &Actor, id: SwapId, answer: Answer) -> Result<()> {
    let me = actor.helper_id.ok_or_else(Problem::not_found)?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let wish = swap::Entity::find()
        .filter(swap::Column::Id.eq(id))
        .one(&tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    let (mine, state) = match answer {
        Answer::Agree => (wish.other_id, SwapState::Agreed),
        Answer::Decline => (wish.other_id, SwapState::Declined),
        Answer::Withdraw => (wish.helper_id, SwapState::Withdrawn),
    };
    if mine != me {
        return Err(Problem::not_found());
    }
    let done = swap::Entity::update_many()
        .col_expr(swap::Column::State, Expr::value(state))
        .col_expr(swap::Column::AnsweredAt, Expr::value(now))
        .filter(swap::Column::CommunityId.eq(wish.community_id))
        .filter(swap::Column::Id.eq(id))
        .filter(swap::Column::State.eq(SwapState::Asked))
        .exec(&tx)
        .await?;
    if done.rows_affected == 0 {
        return Err(Problem::new(ANSWERED));
    }
    let shift = load(&tx, &wish, wish.shift_id).await?;
    let post = post::Entity::find_by_id((shift.community_id, shift.post_id))
        .one(&tx)
        .await?
        .ok_or_else(Problem::not_found)?;
    if answer == Answer::Agree {
        exchange(&tx, app, actor, &wish, &shift).await?;
    }
    if answer != Answer::Withdraw {
        let key = if answer == Answer::Agree {
            "told-agreed"
        } else {
            "told-declined"
        };
        tell(&tx, app, (&shift, &post), wish.helper_id, (key, &actor.name)).await?;
    }
    let entry = audit::Entry {
        action: match answer {
            Answer::Agree => "swap.agree",
            Answer::Decline => "swap.decline",
            Answer::Withdraw => "swap.withdraw",
        },
        subject: &post.name,
        community: Some(wish.community_id),
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(())
}

async fn load(tx: &DatabaseTransaction, wish: &swap::Model, id: ShiftId) -> Result<shift::Model> {
    shift::Entity::find_by_id((wish.community_id, id))
        .one(tx)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Both names leave before either is put anew, so that neither is in the other's way.
async fn exchange(
    tx: &DatabaseTransaction,
    app: &App,
    actor: &Actor,
    wish: &swap::Model,
    shift: &shift::Model,
) -> Result<()> {
    let now = app.now();
    // Helpers, then shifts, as everybody does (decision 11).
    loops::hold_helpers(tx, [wish.helper_id, wish.other_id]).await?;
    let held = shift::Entity::find()
        .filter(shift::Column::CommunityId.eq(wish.community_id))
        .filter(shift::Column::Id.is_in([Some(shift.id), wish.other_shift_id].into_iter().flatten()))
        .order_by_asc(shift::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let moves: Vec<(shift::Model, HelperId, HelperId)> = held
        .into_iter()
        .map(|held| {
            if held.id == shift.id {
                (held, wish.helper_id, wish.other_id)
            } else {
                (held, wish.other_id, wish.helper_id)
            }
        })
        .collect();
    let mut leads = Vec::new();
    for (shift, leaves, _) in &moves {
        if shift.cancelled || shift.starts_at <= now {
            return Err(Problem::new(assign::SHIFT_OVER));
        }
        let name = assignment::Entity::find_by_id((shift.community_id, shift.id, *leaves))
            .one(tx)
            .await?
            .ok_or_else(|| Problem::new(NOT_POSSIBLE))?;
        leads.push(name.leader);
        assign::take_off(tx, shift, *leaves).await?;
        let reason = Reason {
            why: Why::Swapped,
            note: String::new(),
            until: None,
        };
        release::note(tx, app, actor, shift, *leaves, &reason).await?;
    }
    for ((shift, leaves, comes), leader) in moves.iter().zip(leads) {
        let helper = helper::Entity::find_by_id(*comes)
            .one(tx)
            .await?
            .ok_or_else(Problem::not_found)?;
        if !offer::fits(tx, shift, helper.clone()).await? {
            return Err(Problem::new(NOT_SUITED));
        }
        // A team is led by somebody of the same organisation, or by whom the staff choose.
        let org = helper::Entity::find_by_id(*leaves)
            .one(tx)
            .await?
            .and_then(|helper| helper.org_id);
        let leader = leader && org.is_some() && org == helper.org_id;
        assign::put(tx, app, actor, shift, &helper, (leader, Source::Helper)).await?;
    }
    Ok(())
}

/// A wish in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The wish.
    pub swap: swap::Model,
    /// The shift given away.
    pub shift: shift::Model,
    /// Its post.
    pub post: String,
    /// The shift wanted in return.
    pub in_return: Option<shift::Model>,
    /// The name of the other side.
    pub with: String,
}

/// Wishes that wait for an answer, to a helper and by them.
pub async fn waiting(
    db: &impl ConnectionTrait,
    helper: HelperId,
    now: Timestamp,
) -> Result<(Vec<Wish>, Vec<Wish>)> {
    let swaps = swap::Entity::find()
        .filter(swap::Column::State.eq(SwapState::Asked))
        .filter(
            Condition::any()
                .add(swap::Column::OtherId.eq(helper))
                .add(swap::Column::HelperId.eq(helper)),
        )
        .order_by_desc(swap::Column::AskedAt)
        .limit(100)
        .all(db)
        .await?;
    let ids = swaps
        .iter()
        .flat_map(|swap| [Some(swap.shift_id), swap.other_shift_id])
        .flatten();
    let shifts: std::collections::HashMap<ShiftId, shift::Model> = shift::Entity::find()
        .filter(shift::Column::CommunityId.is_in(swaps.iter().map(|swap| swap.community_id)))
        .filter(shift::Column::Id.is_in(ids))
        .all(db)
        .await?
        .into_iter()
        .map(|shift| (shift.id, shift))
        .collect();
    let posts = queries::posts_of(db, shifts.values().map(|shift| shift.post_id)).await?;
    let names =
        people::queries::helper_names(db, swaps.iter().flat_map(|swap| [swap.helper_id, swap.other_id]))
            .await?;
    let (mut to, mut by) = (Vec::new(), Vec::new());
    for swap in swaps {
        let Some(shift) = shifts.get(&swap.shift_id) else {
            continue;
        };
        if shift.cancelled || shift.starts_at <= now {
            continue;
        }
        let mine = swap.helper_id == helper;
        let with = if mine { swap.other_id } else { swap.helper_id };
        let wish = Wish {
            post: posts
                .get(&shift.post_id)
                .map(|post| post.name.clone())
                .unwrap_or_default(),
            shift: shift.clone(),
            in_return: swap.other_shift_id.and_then(|id| shifts.get(&id).cloned()),
            with: names.get(&with).cloned().unwrap_or_default(),
            swap,
        };
        if mine { by.push(wish) } else { to.push(wish) }
    }
    Ok((to, by))
}
