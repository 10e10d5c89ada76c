//! HTML handlers.

pub mod activities;
pub mod attendance;
pub mod call;
pub mod calls;
pub mod changes;
pub mod clock;
pub mod field_app;
pub mod home;
pub mod invitations;
pub mod join;
pub mod loops;
pub mod offers;
pub mod posts;
pub mod proposal;
pub mod rolls;
pub mod roster;
pub mod shift;
pub mod shifts;
pub mod times;
pub mod wall;

use kit::{Problem, id::PlaceId};
use sea_orm::ConnectionTrait;
use shell::Page;
use store::Scope;

/// The place a form names: an id, an official code, or a name that only one place in the scope has.
pub async fn place_typed(
    db: &impl ConnectionTrait,
    scope: &Scope,
    text: &str,
) -> kit::Result<Option<PlaceId>> {
    let found = places::typed::place(db, scope, text).await?;
    Ok(found.ok().flatten().map(|place| place.id))
}

/// Weekdays to tick.
pub fn weekday_choices(page: &Page) -> Vec<(String, String)> {
    (1..=7)
        .map(|day| (day.to_string(), page.t(&format!("muster-weekday-{day}"))))
        .collect()
}

/// A problem of a wish that is shown on the page it came from, as a key of its sentence.
pub fn sentence(page: &Page, problem: &Problem) -> String {
    page.tn(&format!("problem-{}", problem.code.name), &problem.args)
}
