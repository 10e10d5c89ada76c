//! `GET /api/field/duty`: what the field app needs to work through a day without a network.

use std::time::Duration;

use accounts::Actor;
use axum::{Json, extract::State};
use kit::{Result, Timestamp};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query};
use serde::Serialize;
use shell::{
    App,
    problem::{Details, Failure},
};
use utoipa::ToSchema;

use crate::{
    activity,
    model::{assignment, shift},
    queries, roll,
};

/// How far back and ahead the phone's shifts reach.
const BACK: Duration = Duration::from_secs(36 * 3600);
const AHEAD: Duration = Duration::from_secs(14 * 24 * 3600);
/// Shifts at most.
const MOST: u64 = 60;

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
    /// Roll-calls that wait for an answer.
    pub roll_calls: Vec<DutyRollCall>,
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

/// Loads the duty of a user.
pub async fn load(app: &App, actor: &Actor) -> Result<Duty> {
    let db = app.store.read();
    let now = app.now();
    let activities = activity::all(db).await?.into_iter().filter(|row| row.active);
    let mut shifts = Vec::new();
    if let Some(helper) = actor.helper_id {
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
        let orgs = people::queries::org_names(
            db,
            names
                .values()
                .flatten()
                .filter(|name| name.helper == helper)
                .filter_map(|name| name.org),
        )
        .await?;
        for row in rows {
            let team = names.remove(&row.id).unwrap_or_default();
            let own = team.iter().find(|name| name.helper == helper);
            let leader = own.is_some_and(|name| name.leader);
            let org = own
                .and_then(|name| name.org)
                .and_then(|org| orgs.get(&org).cloned())
                .unwrap_or_default();
            let post = posts.get(&row.post_id);
            shifts.push(DutyShift {
                id: row.id.0,
                post: post.map(|post| post.name.clone()).unwrap_or_default(),
                place: places.get(&row.post_id).cloned().unwrap_or_default(),
                org,
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
    }
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
