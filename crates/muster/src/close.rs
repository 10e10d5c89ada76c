//! Closing forgotten shifts: who has not checked out by the end of the shift is closed by the system at its
//! end, flagged, and confirmed by the leader (rules.md, "forgotten check-out").

use std::time::Duration;

use accounts::Actor;
use field::Field;
use kit::{Result, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use shell::App;

use crate::{
    body::{CLOSE, Presence},
    model::{attendance, shift},
    projection::closing_id,
};

/// How long after the end of a shift its phones may still send the check-out themselves.
pub const GRACE: Duration = Duration::from_secs(30 * 60);
/// How far back the job looks; older ones were closed when it last ran.
const BACK: Duration = Duration::from_secs(45 * 24 * 3600);
const STEP: u64 = 500;

/// Closes what was forgotten. Returns how many attendances.
pub async fn forgotten(app: &App, field: &Field) -> Result<usize> {
    let now = app.now();
    let rows: Vec<(attendance::Model, Option<shift::Model>)> = attendance::Entity::find()
        .filter(attendance::Column::InAt.is_not_null())
        .filter(attendance::Column::OutAt.is_null())
        .filter(attendance::Column::Day.gte(now.minus(BACK).day()))
        .join(
            sea_orm::JoinType::InnerJoin,
            attendance::Entity::belongs_to(shift::Entity)
                .from((attendance::Column::CommunityId, attendance::Column::ShiftId))
                .to((shift::Column::CommunityId, shift::Column::Id))
                .into(),
        )
        .filter(shift::Column::EndsAt.lt(now.minus(GRACE)))
        .select_also(shift::Entity)
        .limit(STEP)
        .all(app.store.read())
        .await?;
    let system = Actor {
        name: "system".to_owned(),
        ..Actor::command_line()
    };
    let mut closed = 0;
    for (row, shift) in rows {
        let at: Timestamp = shift.map_or(now, |shift| shift.ends_at);
        let body = Presence {
            helper: row.helper_id,
            place: None,
        };
        let id = closing_id(row.shift_id, row.helper_id);
        field
            .record(&system, id, CLOSE, at, Some(row.shift_id), &body)
            .await?;
        closed += 1;
    }
    Ok(closed)
}

/// Runs for ever, once a minute.
pub async fn job(app: App, field: Field) {
    loop {
        if let Err(problem) = forgotten(&app, &field).await {
            tracing::warn!(error = %problem, "could not close forgotten shifts");
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}
