//! How a call's people gather: field records of three kinds, from the assembly point and from the community
//! that receives them. What the call's clock shows is made from them by one pure rule ([`crate::clock`]).

use std::collections::{HashMap, HashSet};

use accounts::Actor;
use field::{
    Admission, Effects, Envelope, Projection, Record,
    record::{Refusal, refusal},
};
use kit::{
    Result, Role,
    id::{CallId, OrgId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use shell::App;
use store::bulk::{Insert, Type};

use crate::{
    body::{ARRIVED, Gathering, HEADS, HERE, MOST_BATCHES, MOST_PEOPLE},
    clock::{self, Answer, Clock, Event, What},
    model::{call, call_org, gathering},
};

/// There is no such call, or it did not go to this organisation.
const NOT_CALLED: Refusal = Refusal("not-called");
/// The number of people or of the batch cannot be.
const IMPOSSIBLE: Refusal = Refusal("impossible-quantity");

const GATHERINGS: Insert = Insert {
    table: "gatherings",
    columns: &[
        ("community_id", Type::Uuid),
        ("record_id", Type::Uuid),
        ("call_id", Type::Uuid),
        ("org_id", Type::Uuid),
        ("batch", Type::Int),
        ("kind", Type::Text),
        ("helper_id", Type::UuidOrNull),
        ("people", Type::Int),
        ("at", Type::Int),
        ("received_at", Type::Int),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// The projection of gathering records.
#[derive(Debug, Default)]
pub struct Gather;

#[async_trait::async_trait]
impl Projection for Gather {
    fn kinds(&self) -> &'static [&'static str] {
        &[HERE, HEADS, ARRIVED]
    }

    async fn admit(&self, app: &App, actor: &Actor, envelopes: &[&Envelope]) -> Result<Vec<Admission>> {
        let bodies: Vec<Option<Gathering>> = envelopes
            .iter()
            .map(|envelope| serde_json::from_str(envelope.body.get()).ok())
            .collect();
        let ids: HashSet<CallId> = bodies.iter().flatten().map(|body| body.call).collect();
        let db = app.store.read();
        let calls: HashMap<CallId, call::Model> = call::Entity::find()
            .filter(call::Column::Id.is_in(ids.iter().copied()))
            .all(db)
            .await?
            .into_iter()
            .map(|call| (call.id, call))
            .collect();
        let sent: HashSet<(CallId, OrgId)> = call_org::Entity::find()
            .filter(call_org::Column::CallId.is_in(ids))
            .filter(call_org::Column::SentAt.is_not_null())
            .all(db)
            .await?
            .into_iter()
            .map(|row| (row.call_id, row.org_id))
            .collect();
        let judged = envelopes.iter().zip(bodies).map(|(envelope, body)| {
            let body = body.ok_or(refusal::MALFORMED)?;
            let call = calls
                .get(&body.call)
                .filter(|_| sent.contains(&(body.call, body.org)))
                .ok_or(NOT_CALLED)?;
            judge(actor, &envelope.kind, &body, call)
        });
        Ok(judged.collect())
    }

    async fn apply(&self, tx: &DatabaseTransaction, records: &[&Record], _: &mut Effects) -> Result<()> {
        let mut rows = Vec::with_capacity(records.len());
        for record in records.iter().copied().filter(|record| !record.voided) {
            let body: Gathering = record.body()?;
            rows.push(vec![
                record.community.0.into(),
                record.id.0.into(),
                body.call.0.into(),
                body.org.0.into(),
                body.batch.into(),
                record.kind.clone().into(),
                body.helper.map(|id| id.0).into(),
                body.people.unwrap_or(0).into(),
                record.at.millis().into(),
                record.received_at.millis().into(),
            ]);
        }
        GATHERINGS.run(tx, rows).await?;
        Ok(())
    }

    async fn void(&self, tx: &DatabaseTransaction, record: &Record, _: &mut Effects) -> Result<()> {
        gathering::Entity::delete_by_id((record.community, record.id))
            .exec(tx)
            .await?;
        Ok(())
    }

    async fn clear(&self, tx: &DatabaseTransaction) -> Result<()> {
        gathering::Entity::delete_many().exec(tx).await?;
        Ok(())
    }
}

fn judge(actor: &Actor, kind: &str, body: &Gathering, call: &call::Model) -> Admission {
    let fits = match kind {
        HERE => body.helper.is_some() && body.people.is_none(),
        _ => body.people.is_some() && body.helper.is_none(),
    };
    if !fits {
        return Err(refusal::MALFORMED);
    }
    let people = body.people.unwrap_or(0);
    if !(1..=MOST_BATCHES).contains(&body.batch) || !(0..=MOST_PEOPLE).contains(&people) {
        return Err(IMPOSSIBLE);
    }
    let right = match kind {
        ARRIVED => receives(actor, call),
        HERE if actor.helper_id == body.helper => true,
        _ => leads(actor, body.org) || actor.may(Role::STAFF, &call.place_path),
    };
    if right {
        Ok(call.community_id)
    } else {
        Err(refusal::NO_RIGHT)
    }
}

/// Whether the actor counts heads for this organisation.
pub fn leads(actor: &Actor, org: OrgId) -> bool {
    actor.orgs(&[Role::Coordinator, Role::TeamLeader]).contains(&org)
}

/// Whether the actor takes people over: staff where the call asks for them, or of a place inside it.
pub fn receives(actor: &Actor, call: &call::Model) -> bool {
    actor.may(Role::STAFF, &call.place_path)
        || actor
            .grants
            .iter()
            .any(|grant| Role::STAFF.contains(&grant.role) && grant.place_path.starts_with(&call.place_path))
}

/// The clock of a call, for the organisations whose lines the viewer may see.
pub async fn load(db: &impl ConnectionTrait, call: &call::Model, lines: &[call_org::Model]) -> Result<Clock> {
    let answers: Vec<Answer> = lines
        .iter()
        .map(|line| Answer {
            org: line.org_id,
            asked: line.asked,
            sent_at: line.sent_at,
            pledged: line.pledged.zip(line.answered_at),
        })
        .collect();
    let events: Vec<Event> = gathering::Entity::find()
        .filter(gathering::Column::CommunityId.eq(call.community_id))
        .filter(gathering::Column::CallId.eq(call.id))
        .all(db)
        .await?
        .into_iter()
        .filter_map(|row| {
            let what = match (row.kind.as_str(), row.helper_id) {
                (HERE, Some(helper)) => What::Here(helper),
                (HEADS, _) => What::Heads(row.people),
                (ARRIVED, _) => What::Arrived(row.people),
                _ => return None,
            };
            Some(Event {
                org: row.org_id,
                batch: row.batch,
                what,
                at: row.at,
                received_at: row.received_at,
            })
        })
        .collect();
    Ok(clock::clock(&answers, &events))
}
