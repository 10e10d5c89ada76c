//! A roll-call in an emergency: everybody on duty at a place at this moment, and who of them has answered. Who is
//! asked is fixed when it starts, so that "all" has a meaning; answers are field records.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use accounts::{Actor, audit};
use field::{
    Admission, Effects, Envelope, Projection, Record,
    record::{Refusal, refusal},
};
use kit::{
    Code, Problem, Result, Role, Timestamp,
    id::{HelperId, PlaceId, RollCallId, ShiftId},
};
use people::message::{self, Message};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Value, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use shell::App;
use store::{
    Scope,
    bulk::{Insert, Type},
};

use crate::{
    model::{roll_answer, roll_call, roll_name},
    wall,
};

/// Somebody answers a roll-call, or their leader does for them.
pub const ANSWER: &str = "rollcall.answer";
/// There is no such roll-call, or they are not asked.
const NOT_ASKED: Refusal = Refusal("not-asked");
/// Nobody is on duty there.
pub const NOBODY: Code = Code::new("rollcall-nobody", 409);
/// More are on duty than one roll-call takes; a smaller place is needed.
pub const TOO_MANY: Code = Code::new("rollcall-too-many", 409);

/// Body of `rollcall.answer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Which roll-call.
    pub rollcall: RollCallId,
    /// About whom.
    pub helper: HelperId,
    /// Safe; otherwise they need help.
    pub safe: bool,
}

const NAMES: Insert = Insert {
    table: "roll_names",
    columns: &[
        ("community_id", Type::Uuid),
        ("roll_call_id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("shift_community_id", Type::Uuid),
        ("shift_id", Type::Uuid),
        ("org_id", Type::UuidOrNull),
        ("leader", Type::Bool),
        ("here", Type::Bool),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

const ANSWERS: Insert = Insert {
    table: "roll_answers",
    columns: &[
        ("community_id", Type::Uuid),
        ("record_id", Type::Uuid),
        ("roll_call_id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("safe", Type::Bool),
        ("by", Type::UuidOrNull),
        ("at", Type::Int),
        ("received_at", Type::Int),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// Where a roll-call is held: a place, or everything the actor has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Where {
    /// Community of the place (nil for the whole deployment).
    pub community: PlaceId,
    /// The place.
    pub place: Option<PlaceId>,
    /// Its path.
    pub path: String,
}

/// Starts a roll-call with this id and tells everybody on duty. The caller has asked for the right.
pub async fn start(app: &App, actor: &Actor, id: RollCallId, at: &Where, reason: &str) -> Result<()> {
    let now = app.now();
    let scope = if at.path.is_empty() {
        Scope::Everything
    } else {
        store::scope::under(&at.path)
    };
    let tx = app.store.begin().await?;
    if roll_call::Entity::find()
        .filter(roll_call::Column::Id.eq(id))
        .one(&tx)
        .await?
        .is_some()
    {
        // The same form, sent twice.
        return Ok(());
    }
    let (spots, cut) = wall::load(&tx, &scope, now).await?;
    if cut {
        return Err(Problem::new(TOO_MANY));
    }
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut told = Vec::new();
    let mut seen = HashSet::new();
    for spot in &spots {
        let here = spot.here.iter().map(|person| (&person.name, true));
        for (name, here) in here.chain(spot.missing.iter().map(|name| (name, false))) {
            let shift = spot.shift_of(name.helper);
            // Who is at two posts is asked once.
            let Some(shift) = shift.filter(|_| seen.insert(name.helper)) else {
                continue;
            };
            rows.push(vec![
                at.community.0.into(),
                id.0.into(),
                name.helper.0.into(),
                spot.post.community_id.0.into(),
                shift.0.into(),
                name.org.map(|org| org.0).into(),
                name.leader.into(),
                here.into(),
            ]);
            told.push(Message {
                helper: name.helper,
                key: "told-roll",
                args: vec![("reason", reason.to_owned())],
                href: format!("/rollcalls/{id}"),
                by: now,
                until: now + std::time::Duration::from_secs(12 * 3600),
            });
        }
    }
    if rows.is_empty() {
        return Err(Problem::new(NOBODY));
    }
    roll_call::Entity::insert(roll_call::ActiveModel {
        community_id: Set(at.community),
        id: Set(id),
        place_id: Set(at.place),
        place_path: Set(at.path.clone()),
        reason: Set(reason.to_owned()),
        started_by: Set(actor.user_id),
        started_at: Set(now),
        ended_at: Set(None),
    })
    .exec_without_returning(&tx)
    .await?;
    NAMES.run(&tx, rows).await?;
    message::send(&tx, now, &told).await?;
    let entry = audit::Entry {
        action: "rollcall.start",
        subject: reason,
        community: at.place.map(|_| at.community),
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a roll-call; saying so twice changes nothing. Answers that are still on the way are taken.
pub async fn end(app: &App, actor: &Actor, call: &roll_call::Model) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let ended = roll_call::Entity::update_many()
        .col_expr(roll_call::Column::EndedAt, Expr::value(now))
        .filter(roll_call::Column::CommunityId.eq(call.community_id))
        .filter(roll_call::Column::Id.eq(call.id))
        .filter(roll_call::Column::EndedAt.is_null())
        .exec(&tx)
        .await?;
    if ended.rows_affected > 0 {
        let entry = audit::Entry {
            action: "rollcall.end",
            subject: &call.reason,
            community: call.place_id.map(|_| call.community_id),
        };
        audit::note(&tx, actor, now, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// How the actor stands to a roll-call: sees all of it, and for whom they may answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight {
    /// Reads the whole.
    pub reads: bool,
    /// Answers for everybody, starts and ends.
    pub staff: bool,
    /// Answers for these.
    pub answers: HashSet<HelperId>,
}

/// What the actor may see and say: staff and readers all; leaders their shift; coordinators their people; everybody
/// themself.
pub fn sight(actor: &Actor, call: &roll_call::Model, names: &[roll_name::Model]) -> Sight {
    if let Some(only) = &actor.only {
        let own = |name: &&roll_name::Model| {
            actor.helper_id == Some(name.helper_id) && only.contains(&name.shift_id)
        };
        return Sight {
            answers: names.iter().filter(own).map(|name| name.helper_id).collect(),
            ..Sight::default()
        };
    }
    let staff = actor.may(Role::STAFF, &call.place_path);
    let led: HashSet<ShiftId> = names
        .iter()
        .filter(|name| name.leader && actor.helper_id == Some(name.helper_id))
        .map(|name| name.shift_id)
        .collect();
    let orgs = actor.orgs(&[Role::Coordinator, Role::TeamLeader]);
    Sight {
        reads: staff || actor.may(Role::READERS, &call.place_path),
        staff,
        answers: names
            .iter()
            .filter(|name| {
                staff
                    || actor.helper_id == Some(name.helper_id)
                    || led.contains(&name.shift_id)
                    || name.org_id.is_some_and(|org| orgs.contains(&org))
            })
            .map(|name| name.helper_id)
            .collect(),
    }
}

/// The roll-call with its names, if there is one.
pub async fn find(
    db: &impl ConnectionTrait,
    id: RollCallId,
) -> Result<Option<(roll_call::Model, Vec<roll_name::Model>)>> {
    let Some(call) = roll_call::Entity::find()
        .filter(roll_call::Column::Id.eq(id))
        .one(db)
        .await?
    else {
        return Ok(None);
    };
    let names = roll_name::Entity::find()
        .filter(roll_name::Column::CommunityId.eq(call.community_id))
        .filter(roll_name::Column::RollCallId.eq(id))
        .all(db)
        .await?;
    Ok(Some((call, names)))
}

/// The last answer about everybody: safe or not, and since when.
pub async fn answers(
    db: &impl ConnectionTrait,
    call: &roll_call::Model,
) -> Result<HashMap<HelperId, (bool, Timestamp)>> {
    let rows = roll_answer::Entity::find()
        .filter(roll_answer::Column::CommunityId.eq(call.community_id))
        .filter(roll_answer::Column::RollCallId.eq(call.id))
        .order_by_asc(roll_answer::Column::ReceivedAt)
        .order_by_asc(roll_answer::Column::RecordId)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.helper_id, (row.safe, row.at.min(row.received_at))))
        .collect())
}

/// Roll-calls of a scope, the latest first.
pub async fn latest(db: &impl ConnectionTrait, scope: &Scope, most: u64) -> Result<Vec<roll_call::Model>> {
    Ok(roll_call::Entity::find()
        .filter(scope.path(roll_call::Column::PlacePath))
        .order_by_desc(roll_call::Column::StartedAt)
        .limit(most)
        .all(db)
        .await?)
}

/// The projection of answers.
#[derive(Debug, Default)]
pub struct Rolls;

#[async_trait::async_trait]
impl Projection for Rolls {
    fn kinds(&self) -> &'static [&'static str] {
        &[ANSWER]
    }

    async fn admit(&self, app: &App, actor: &Actor, envelopes: &[&Envelope]) -> Result<Vec<Admission>> {
        let mut known = HashMap::new();
        let mut admissions = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            let Ok(body) = serde_json::from_str::<Answer>(envelope.body.get()) else {
                admissions.push(Err(refusal::MALFORMED));
                continue;
            };
            let seen = match known.entry(body.rollcall) {
                Entry::Occupied(seen) => seen.into_mut(),
                Entry::Vacant(new) => {
                    let found = find(app.store.read(), body.rollcall).await?;
                    new.insert(found.map(|(call, names)| {
                        let asked: HashSet<HelperId> = names.iter().map(|name| name.helper_id).collect();
                        (sight(actor, &call, &names), call.community_id, asked)
                    }))
                }
            };
            admissions.push(match seen {
                Some((_, _, asked)) if !asked.contains(&body.helper) => Err(NOT_ASKED),
                Some((sight, community, _)) if sight.answers.contains(&body.helper) => Ok(*community),
                Some(_) => Err(refusal::NO_RIGHT),
                None => Err(NOT_ASKED),
            });
        }
        Ok(admissions)
    }

    async fn apply(&self, tx: &DatabaseTransaction, records: &[&Record], _: &mut Effects) -> Result<()> {
        let mut rows = Vec::with_capacity(records.len());
        for record in records.iter().copied().filter(|record| !record.voided) {
            let body: Answer = record.body()?;
            rows.push(vec![
                record.community.0.into(),
                record.id.0.into(),
                body.rollcall.0.into(),
                body.helper.0.into(),
                body.safe.into(),
                record.sender.map(|id| id.0).into(),
                record.at.millis().into(),
                record.received_at.millis().into(),
            ]);
        }
        ANSWERS.run(tx, rows).await?;
        Ok(())
    }

    async fn void(&self, tx: &DatabaseTransaction, record: &Record, _: &mut Effects) -> Result<()> {
        roll_answer::Entity::delete_by_id((record.community, record.id))
            .exec(tx)
            .await?;
        Ok(())
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<()> {
        roll_answer::Entity::delete_many().exec(tx).await?;
        Ok(())
    }
}

/// Running roll-calls that ask the helper the actor is.
pub async fn asked(db: &impl ConnectionTrait, actor: &Actor) -> Result<Vec<roll_call::Model>> {
    let Some(helper) = actor.helper_id else {
        return Ok(Vec::new());
    };
    let names: Vec<(RollCallId, ShiftId)> = roll_name::Entity::find()
        .select_only()
        .column(roll_name::Column::RollCallId)
        .column(roll_name::Column::ShiftId)
        .filter(roll_name::Column::HelperId.eq(helper))
        .into_tuple()
        .all(db)
        .await?;
    let ids = names
        .into_iter()
        .filter(|(_, shift)| actor.reaches(*shift))
        .map(|(id, _)| id);
    Ok(roll_call::Entity::find()
        .filter(roll_call::Column::Id.is_in(ids))
        .filter(roll_call::Column::EndedAt.is_null())
        .order_by_desc(roll_call::Column::StartedAt)
        .limit(5)
        .all(db)
        .await?)
}
