//! The roster over HTTP: proposals, what people make of them, and when helpers can come.
#![allow(clippy::unwrap_used, missing_docs)]

mod arranging;
mod reasons;
mod times;

use accounts::Actor;
use axum::http::{StatusCode, header};
use kit::id::{HelperId, OrgId, PostId, ShiftId};
use muster::{
    model::{assignment, shift},
    pattern::{Pattern, slots},
    shift::NewShifts,
};
use people::model::helper;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use crate::common::{Client, Reply, World, worlds};

/// The plan of these tests: 11 February 2020, the day after the world's morning.
const DAYS: &str = "from=2020-02-11&to=2020-02-11";

/// Shifts on 11 February 2020 at a post.
async fn shifts(
    world: &World,
    post: PostId,
    hours: &str,
    needed: i64,
    org: Option<OrgId>,
) -> Vec<shift::Model> {
    let day = "2020-02-11".parse().unwrap();
    let new = NewShifts {
        posts: vec![post],
        pattern: Pattern {
            first: day,
            last: day,
            weekdays: (1..=7).collect(),
            slots: slots(hours).unwrap(),
        },
        needed,
        org,
        call: None,
    };
    let ids = muster::shift::create(&world.house.app, &Actor::command_line(), &new)
        .await
        .unwrap();
    let mut made = Vec::new();
    for id in ids {
        made.push(world.load_shift(id).await);
    }
    made
}

/// Everybody of the world lives in the community of its post.
async fn settle(world: &World) {
    change(world, &world.helpers, |row| {
        row.home_id = Set(Some(world.here.id));
    })
    .await;
    change(world, &[world.stranger], |row| {
        row.home_id = Set(Some(world.here.id));
    })
    .await;
}

async fn change(world: &World, ids: &[HelperId], change: impl Fn(&mut helper::ActiveModel)) {
    for id in ids {
        let mut row = helper::ActiveModel {
            id: Set(*id),
            ..helper::ActiveModel::default()
        };
        change(&mut row);
        helper::Entity::update(row)
            .exec(world.house.app.store.write())
            .await
            .unwrap();
    }
}

async fn names(world: &World, shift: ShiftId) -> Vec<HelperId> {
    assignment::Entity::find()
        .filter(assignment::Column::ShiftId.eq(shift))
        .order_by_asc(assignment::Column::HelperId)
        .all(world.house.app.store.read())
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.helper_id)
        .collect()
}

/// The values of all fields of this name in a page.
fn fields(page: &str, name: &str) -> Vec<String> {
    page.match_indices(&format!("name=\"{name}\" value=\""))
        .map(|(at, found)| page[at + found.len()..].split('"').next().unwrap().to_owned())
        .collect()
}

async fn proposal(client: &Client) -> String {
    let reply = client.get(&format!("/roster/proposal?{DAYS}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.text()
}

async fn send(client: &Client, path: &str, fields: &[(&str, &str)]) -> Reply {
    let days = [("place", ""), ("from", "2020-02-11"), ("to", "2020-02-11")];
    client.form(path, &[&days[..], fields].concat()).await
}

fn ticked(names: &[String]) -> Vec<(&str, &str)> {
    names.iter().map(|name| ("name", name.as_str())).collect()
}

fn pair(shift: &shift::Model, helper: HelperId) -> String {
    format!("{}.{helper}", shift.id)
}

#[tokio::test]
async fn what_is_proposed_and_accepted_is_written() {
    for world in worlds().await {
        settle(&world).await;
        let made = shifts(&world, world.post, "08:00-16:00,16:00-24:00", 2, None).await;
        world.put(&made[0], world.helpers[0], false).await;
        let staff = world.worker().await;

        let page = proposal(&staff).await;
        let proposed = fields(&page, "name");
        assert_eq!(proposed.len(), 3, "{page}");
        assert!(
            !proposed.contains(&pair(&made[0], world.helpers[0])),
            "who is there already is not proposed"
        );
        assert!(page.contains("王建国"), "who is there already is shown");
        assert_eq!(names(&world, made[1].id).await, [], "a proposal writes nothing");

        let done = send(&staff, "/roster/accept", &ticked(&proposed)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let back = done.headers[header::LOCATION].to_str().unwrap().to_owned();
        let roster = staff.get(&back).await.text();
        assert!(roster.contains("The ticked names are on the roster."), "{roster}");
        for shift in &made {
            let stand = names(&world, shift.id).await;
            assert_eq!(stand.len(), 2);
            assert_eq!(world.load_shift(shift.id).await.filled, 2);
        }
        assert!(names(&world, made[0].id).await.contains(&world.helpers[0]));
        // The same form once more does no harm.
        let again = send(&staff, "/roster/accept", &ticked(&proposed)).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER);
        assert_eq!(names(&world, made[0].id).await.len(), 2);
        // Each name is in the trail.
        let noted = accounts::model::audit::Entity::find()
            .filter(accounts::model::audit::Column::Action.eq("shift.assign"))
            .count(world.house.app.store.read())
            .await
            .unwrap();
        assert_eq!(noted, 4);
    }
}

#[tokio::test]
async fn what_people_want_is_kept() {
    for world in worlds().await {
        settle(&world).await;
        let shift = shifts(&world, world.post, "08:00-16:00", 2, None).await.remove(0);
        let staff = world.worker().await;
        let shown = fields(&proposal(&staff).await, "name");
        assert_eq!(shown.len(), 2);

        // One stays, the other is taken off.
        let mut sent = vec![("name", shown[0].as_str())];
        sent.extend(shown.iter().map(|name| ("shown", name.as_str())));
        let page = send(&staff, "/roster/proposal", &sent).await.text();
        let then = fields(&page, "name");
        assert_eq!(then.len(), 2, "{page}");
        assert!(then.contains(&shown[0]), "what is ticked stays");
        assert!(
            !then.contains(&shown[1]),
            "what is not ticked is not proposed there again"
        );
        assert_eq!(fields(&page, "not"), [shown[1].clone()], "and is remembered");

        // Everybody taken off: the place is empty, and the page says that it was people who did it.
        let everybody: Vec<String> = world
            .helpers
            .iter()
            .chain([&world.stranger])
            .map(|helper| pair(&shift, *helper))
            .collect();
        let off: Vec<(&str, &str)> = everybody.iter().map(|name| ("not", name.as_str())).collect();
        let page = send(&staff, "/roster/proposal", &off).await.text();
        assert_eq!(fields(&page, "name"), Vec::<String>::new());
        assert!(page.contains("5 were taken off by hand"), "{page}");

        // Somebody chosen by hand stands there in the next proposal, and comes first when it is accepted.
        let chosen = pair(&shift, world.stranger);
        let page = send(&staff, "/roster/proposal", &[("also", &chosen)])
            .await
            .text();
        assert!(fields(&page, "name").contains(&chosen), "{page}");
        let mut sent = ticked(&shown);
        sent.push(("also", &chosen));
        let reply = send(&staff, "/roster/accept", &sent).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(reply.text().contains("This shift is full."), "{}", reply.text());
        assert!(names(&world, shift.id).await.contains(&world.stranger));
        assert_eq!(names(&world, shift.id).await.len(), 2);
    }
}
