//! What a newcomer finds under way: a call for this week, with shifts round the clock, so that the pages of
//! today and the phone page have something to show. The figures of the story are not touched.

use std::time::Duration;

use kit::{Problem, Result, id::UserId};
use muster::model::shift;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    House,
    demo::{browser::Browser, places_of::Wanli, session, unit::People},
};

/// Makes the call, its shifts and the names on them.
pub async fn load(house: &House, wanli: &Wanli, worker: UserId, people: &[People]) -> Result<()> {
    let worker = Browser::new(house, session(house, worker).await?);
    let today = house.app.now().day();
    let (first, last) = (
        today.to_string(),
        (today.start() + Duration::from_secs(6 * 24 * 3600))
            .day()
            .to_string(),
    );
    let (area, post) = wanli.area("交暨")?;
    let (place, post) = (area.id.to_string(), post.to_string());
    let call = worker
        .form(
            "/calls/new",
            &[
                ("title", "本周北门卡点昼夜值守"),
                ("place", &place),
                ("purpose", "演示用：本周每天三班，四人一班。"),
                ("first_day", &first),
                ("last_day", &last),
                ("weekdays", "1,2,3,4,5,6,7"),
                ("from_time", "00:00"),
                ("to_time", "24:00"),
                ("people_per_day", "12"),
            ],
        )
        .await?;
    worker
        .form(&format!("{call}/ask"), &[("org", "区体育局"), ("asked", "8")])
        .await?;
    worker
        .form(&format!("{call}/ask"), &[("org", "区少体校"), ("asked", "4")])
        .await?;
    worker.form(&format!("{call}/send"), &[]).await?;
    let org = people[1].org.to_string();
    worker
        .form(
            &format!("{call}/pledge"),
            &[("org", &org), ("people", "8"), ("note", "每班至少两人")],
        )
        .await?;
    let id = call.trim_start_matches("/calls/").to_owned();
    worker
        .form(
            "/shifts/new",
            &[
                ("posts", &post),
                ("first_day", &first),
                ("last_day", &last),
                ("weekdays", "1,2,3,4,5,6,7"),
                ("hours", "00:00-08:00, 08:00-16:00, 16:00-24:00"),
                ("needed", "4"),
                ("group", "4"),
                ("call", &id),
            ],
        )
        .await?;
    let shifts = shift::Entity::find()
        .filter(shift::Column::CallId.eq(id.parse::<kit::id::CallId>().map_err(Problem::internal)?))
        .order_by_asc(shift::Column::StartsAt)
        .all(house.app.store.read())
        .await?;
    // The demonstration's team leader and helper stand on every shift of today, so that whoever looks at
    // any hour finds them on duty; the others fill the week.
    for (i, shift) in shifts.iter().enumerate() {
        let team = &people[1].helpers;
        let names: Vec<&(kit::id::HelperId, String)> = if i < 3 {
            vec![&team[0], &team[1], &team[2 + i]]
        } else {
            vec![&team[2 + i % 40], &team[3 + i % 40]]
        };
        for (place, (helper, _)) in names.into_iter().enumerate() {
            let id = helper.to_string();
            let leads = if place == 0 { "on" } else { "" };
            worker
                .form(
                    &format!("/shifts/{}/assign", shift.id),
                    &[("helper", &id), ("leader", leads)],
                )
                .await?;
        }
    }
    Ok(())
}
