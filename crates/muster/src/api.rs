//! `GET /api/field/duty`: what the field app needs to work through a day without a network.

use std::{collections::HashSet, time::Duration};

use accounts::Actor;
use axum::{Json, extract::State};
use kit::{Result, Role, Timestamp, id::HelperId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Query,
};
use serde::Serialize;
use shell::{
    App,
    problem::{Details, Failure},
};
use utoipa::ToSchema;

use crate::{
    activity,
    model::{Duty as Post, assignment, post, shift},
    queries, roll,
};

/// How far back and ahead the phone's shifts reach.
const BACK: Duration = Duration::from_secs(36 * 3600);
const AHEAD: Duration = Duration::from_secs(14 * 24 * 3600);
/// Shifts at most.
const MOST: u64 = 60;
/// Gates of somebody who arranges the work, at most.
const MOST_GATES: u64 = 200;
/// Whoever stands on a shift may open its gate so long before it begins ...
pub const GATE_BEFORE: Duration = Duration::from_secs(2 * 3600);
/// ... and keeps it so long after its end.
pub const GATE_AFTER: Duration = Duration::from_secs(4 * 3600);
/// For how long staff without a shift keep a gate.
pub const GATE_STAFF: Duration = Duration::from_secs(12 * 3600);

/// Who is signed in, what may be counted, and the shifts around now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Duty {
    /// Who.
    pub user: DutyUser,
    /// The server's time.
    #[schema(value_type = String)]
    pub now: Timestamp,
    /// Zone of the places.
    pub zone: String,
    /// What may be counted.
    pub activities: Vec<DutyActivity>,
    /// Shifts, the earliest first.
    pub shifts: Vec<DutyShift>,
    /// Gate posts at which the user may stand now.
    pub gates: Vec<DutyGate>,
    /// Roll-calls that wait for an answer.
    pub roll_calls: Vec<DutyRollCall>,
}

/// A gate post at which the user may stand now.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyGate {
    /// The place of the post.
    pub id: uuid::Uuid,
    /// Name of the post.
    pub name: String,
    /// Where it is.
    pub place: String,
    /// The user's shift there; none for staff without one.
    pub shift: Option<uuid::Uuid>,
    /// Until when the phone may keep what it holds of the gate.
    #[schema(value_type = String)]
    pub until: Timestamp,
}

/// A roll-call that is running.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyRollCall {
    /// Id.
    pub id: uuid::Uuid,
    /// What has happened.
    pub reason: String,
}

/// The user of the phone.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyUser {
    /// Id.
    pub id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// The helper this user is.
    pub helper: Option<uuid::Uuid>,
    /// Came in by a code: has these shifts and no other pages.
    pub joined: bool,
}

/// An activity.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyActivity {
    /// Stable code.
    pub code: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A shift on the phone.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyShift {
    /// Id.
    pub id: uuid::Uuid,
    /// Name of the post.
    pub post: String,
    /// Name of the place.
    pub place: String,
    /// Organisation for which the user is there.
    pub org: String,
    /// Beginning.
    #[schema(value_type = String)]
    pub starts_at: Timestamp,
    /// End.
    #[schema(value_type = String)]
    pub ends_at: Timestamp,
    /// The user may check everybody in and out.
    pub leader: bool,
    /// The team; for those who do not lead, themselves only.
    pub people: Vec<DutyPerson>,
}

/// Somebody on the shift.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyPerson {
    /// Helper.
    pub helper: uuid::Uuid,
    /// Name.
    pub name: String,
    /// `expected`, `here` or `left`.
    pub state: String,
    /// Checked in.
    #[schema(value_type = Option<String>)]
    pub in_at: Option<Timestamp>,
    /// Checked out.
    #[schema(value_type = Option<String>)]
    pub out_at: Option<Timestamp>,
}

/// The duty of whoever is signed in.
#[utoipa::path(
    get,
    path = "/api/field/duty",
    tag = "field",
    responses((status = 200, body = Duty), (status = 401, description = "Not signed in", body = Details))
)]
pub async fn duty(State(app): State<App>, actor: Actor) -> Result<Json<Duty>, Failure> {
    Ok(Json(load(&app, &actor).await?))
}

/// The gate posts of the places of somebody who arranges the work there.
async fn staff_gates(db: &impl ConnectionTrait, actor: &Actor, now: Timestamp) -> Result<Vec<DutyGate>> {
    let scope = actor.scope(Role::STAFF);
    if scope == store::Scope::Nothing {
        return Ok(Vec::new());
    }
    let posts = post::Entity::find()
        .filter(scope.path(post::Column::PlacePath))
        .filter(post::Column::Duty.eq(Post::GateWatch))
        .filter(post::Column::Active.eq(true))
        .order_by_asc(post::Column::PlacePath)
        .limit(MOST_GATES)
        .all(db)
        .await?;
    let places = queries::spots(db, &posts).await?;
    Ok(posts
        .into_iter()
        .map(|post| DutyGate {
            id: post.place_id.0,
            place: places.get(&post.id).cloned().unwrap_or_default(),
            name: post.name,
            shift: None,
            until: now + GATE_STAFF,
        })
        .collect())
}

/// The shifts of a helper around now, and the gates at which they stand on them.
async fn own_shifts(
    db: &impl ConnectionTrait,
    actor: &Actor,
    helper: HelperId,
    now: Timestamp,
) -> Result<(Vec<DutyShift>, Vec<DutyGate>)> {
    let own = Query::select()
        .column(assignment::Column::ShiftId)
        .from(assignment::Entity)
        .and_where(assignment::Column::HelperId.eq(helper))
        .to_owned();
    let mine = match &actor.only {
        Some(only) => shift::Column::Id.is_in(only.iter().copied()),
        None => shift::Column::Id.in_subquery(own),
    };
    let rows = shift::Entity::find()
        .filter(
            Condition::all()
                .add(mine)
                .add(shift::Column::EndsAt.gt(now.minus(BACK)))
                .add(shift::Column::StartsAt.lt(now + AHEAD))
                .add(shift::Column::Cancelled.eq(false)),
        )
        .order_by_asc(shift::Column::StartsAt)
        .limit(MOST)
        .all(db)
        .await?;
    let mut names = queries::names(db, &rows).await?;
    let posts = queries::posts_of(db, rows.iter().map(|row| row.post_id)).await?;
    let places = queries::spots(db, posts.values()).await?;
    let own = names.values().flatten().filter(|name| name.helper == helper);
    let orgs = people::queries::org_names(db, own.filter_map(|name| name.org)).await?;
    let mut shifts = Vec::new();
    let mut gates: Vec<DutyGate> = Vec::new();
    for row in rows {
        let post = posts.get(&row.post_id);
        let place = places.get(&row.post_id).cloned().unwrap_or_default();
        if let Some(gate) = post.and_then(|post| own_gate(actor, now, &row, post, &place)) {
            gates.retain(|known| known.id != gate.id);
            gates.push(gate);
        }
        let team = names.remove(&row.id).unwrap_or_default();
        let own = team.iter().find(|name| name.helper == helper);
        let leader = own.is_some_and(|name| name.leader);
        let org = own.and_then(|name| name.org).and_then(|org| orgs.get(&org));
        shifts.push(DutyShift {
            id: row.id.0,
            post: post.map(|post| post.name.clone()).unwrap_or_default(),
            place,
            org: org.cloned().unwrap_or_default(),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            leader,
            people: team
                .into_iter()
                .filter(|name| leader || name.helper == helper)
                .map(|name| DutyPerson {
                    helper: name.helper.0,
                    state: name.state().to_owned(),
                    name: name.name,
                    in_at: name.in_at,
                    out_at: name.out_at,
                })
                .collect(),
        });
    }
    Ok((shifts, gates))
}

/// The gate of a shift that is about to begin, runs, or has just ended. Whoever joined by a code sees the shift, and
/// not who lives behind a gate.
fn own_gate(
    actor: &Actor,
    now: Timestamp,
    row: &shift::Model,
    post: &post::Model,
    place: &str,
) -> Option<DutyGate> {
    let around = row.starts_at <= now + GATE_BEFORE && row.ends_at + GATE_AFTER >= now;
    let stands = around && actor.only.is_none() && post.duty == Post::GateWatch;
    stands.then(|| DutyGate {
        id: post.place_id.0,
        name: post.name.clone(),
        place: place.to_owned(),
        shift: Some(row.id.0),
        until: row.ends_at + GATE_AFTER,
    })
}

/// Loads the duty of a user.
pub async fn load(app: &App, actor: &Actor) -> Result<Duty> {
    let db = app.store.read();
    let now = app.now();
    let activities = activity::all(db).await?.into_iter().filter(|row| row.active);
    let (shifts, mut gates) = match actor.helper_id {
        Some(helper) => own_shifts(db, actor, helper, now).await?,
        None => Default::default(),
    };
    let known: HashSet<uuid::Uuid> = gates.iter().map(|gate| gate.id).collect();
    let arranged = staff_gates(db, actor, now).await?;
    gates.extend(arranged.into_iter().filter(|gate| !known.contains(&gate.id)));
    let roll_calls = roll::asked(db, actor)
        .await?
        .into_iter()
        .map(|call| DutyRollCall {
            id: call.id.0,
            reason: call.reason,
        })
        .collect();
    Ok(Duty {
        user: DutyUser {
            id: actor.user_id.unwrap_or_default().0,
            name: actor.name.clone(),
            helper: actor.helper_id.map(|id| id.0),
            joined: actor.only.is_some(),
        },
        gates,
        roll_calls,
        now,
        zone: kit::time::ZONE.to_owned(),
        activities: activities
            .map(|row| DutyActivity {
                code: row.code,
                zh: row.zh,
                en: row.en,
            })
            .collect(),
        shifts,
    })
}
