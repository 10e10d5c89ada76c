//! Story E1: Jilin's culture centre takes over the gate of a compound. Eleven people, their leader among them,
//! stay on post in a closed loop for three weeks in the spring of 2022, and once more in these days, so that
//! today's pages have a loop to show. Days, names, beds and quantities are made up.

use std::{fmt::Write as _, time::Duration};

use kit::{
    Day, FixedClock, Problem, Result, Role, Timestamp,
    id::{HelperId, PostId},
};
use muster::model::{post, shift};
use people::model::helper;
use places::model::PlaceKind;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    House,
    demo::{
        browser::Browser,
        plan, setter,
        xiqing::{browser, place},
    },
};

const ORG: &str = "吉林市文化活动中心";
/// Of these, the first leads.
const PEOPLE: usize = 11;
/// Made-up names and numbers begin here, past those of the other stories.
const FIRST_NAME: usize = 420;
const FIRST_DAY: &str = "2022-03-28";
/// Days of a loop, and days with shifts.
const DAYS: u64 = 21;
const ROSTERED: u64 = 10;
/// Places on a shift: with eleven people, nobody stands more than once in 24 hours.
const PLACES: usize = 3;
/// Of today's loop this many days have passed.
const PASSED: u64 = 5;
/// Item, for whom, how much a day.
const SUPPLIES: [(&str, &str, &str); 5] = [
    ("口罩（只）", "person", "2"),
    ("防护服（套）", "person", "1"),
    ("暖贴（片）", "person", "2"),
    ("抗原试剂（份）", "person", "1"),
    ("消毒液（升）", "loop", "1.5"),
];

/// Those who tell the story.
struct Cast {
    worker: Browser,
    post: PostId,
    helpers: Vec<HelperId>,
}

/// A day so many days later.
fn later(day: Day, days: u64) -> Day {
    (day.start() + Duration::from_secs(days * 24 * 3600)).day()
}

/// A day at this hour.
fn hour(day: Day, hour: u64) -> Timestamp {
    day.start() + Duration::from_secs(hour * 3600)
}

/// Lives the three weeks of 2022, and those that are under way at `now`.
pub async fn load(house: &House, clock: &FixedClock, now: Timestamp) -> Result<()> {
    println!("  {ORG} ...");
    let first: Day = FIRST_DAY.parse().map_err(Problem::internal)?;
    clock.set(hour(first, 0).minus(Duration::from_secs(36 * 3600)));
    let mut cast = muster_up(house, first).await?;
    let path = closed_loop(house, clock, &cast, (first, "嫩江小区大门闭环")).await?;
    negative(clock, &cast.worker, &path, (first, DAYS)).await?;
    clock.set(hour(later(first, DAYS - 1), 18));
    cast.worker.form(&format!("{path}/end"), &[]).await?;

    let first = now.minus(Duration::from_secs(PASSED * 24 * 3600)).day();
    clock.set(hour(first, 0));
    // A session lasts a year: today's worker signs in anew.
    let community = place(house, PlaceKind::Community, "嫩江社区").await?;
    cast.worker = browser(house, "嫩江社区值班员", Role::CommunityWorker, &community, None).await?;
    let path = closed_loop(house, clock, &cast, (first, "嫩江小区大门闭环（本期）")).await?;
    negative(clock, &cast.worker, &path, (first, PASSED)).await
}

/// The organisation, its people, the call it answers, and the gate's post.
async fn muster_up(house: &House, first: Day) -> Result<Cast> {
    let community = place(house, PlaceKind::Community, "嫩江社区").await?;
    let compound = place(house, PlaceKind::Compound, "嫩江小区").await?;
    let db = house.app.store.read();
    let gate = places::tree::children(db, &compound)
        .await?
        .into_iter()
        .find(|place| place.kind == PlaceKind::Gate)
        .ok_or_else(Problem::not_found)?;
    let mut sheet = String::from("姓名,单位,电话,类别,保险至\n");
    for n in FIRST_NAME..FIRST_NAME + PEOPLE {
        let (name, phone) = (plan::name(n), plan::phone(n));
        let _ = writeln!(sheet, "{name},{ORG},{phone},公务,2035-12-31");
    }
    let options = people::import::HelperOptions {
        dry_run: false,
        create_orgs: true,
    };
    people::import::helpers(&house.app, &setter(), sheet.into_bytes(), options).await?;
    let org = people::queries::by_name(db, ORG)
        .await?
        .ok_or_else(Problem::not_found)?;
    let helpers = helper::Entity::find()
        .filter(helper::Column::OrgId.eq(org.id))
        .order_by_asc(helper::Column::Id)
        .all(db)
        .await?;
    let worker = browser(house, "嫩江社区居委会", Role::CommunityWorker, &community, None).await?;
    let name = format!("{ORG}联络员");
    let coordinator = browser(house, &name, Role::Coordinator, &community, Some(org.id)).await?;
    let call = worker
        .form(
            "/calls/new",
            &[
                ("title", "认领嫩江小区大门卡点"),
                ("place", &community.id.to_string()),
                (
                    "purpose",
                    "请一个单位认领卡点，闭环值守三周，吃住在岗，昼夜三班。",
                ),
                ("first_day", &first.to_string()),
                ("last_day", &later(first, DAYS - 1).to_string()),
                ("weekdays", "1,2,3,4,5,6,7"),
                ("from_time", "00:00"),
                ("to_time", "24:00"),
                ("people_per_day", "11"),
            ],
        )
        .await?;
    worker
        .form(&format!("{call}/ask"), &[("org", ORG), ("asked", "11")])
        .await?;
    worker.form(&format!("{call}/send"), &[]).await?;
    let org = org.id.to_string();
    let pledge = [
        ("org", org.as_str()),
        ("people", "11"),
        ("note", "十一人，由负责人带队"),
    ];
    coordinator.form(&format!("{call}/pledge"), &pledge).await?;
    worker.form(&format!("{call}/close"), &[]).await?;
    let gate = gate.id.to_string();
    let new = [
        ("place", gate.as_str()),
        ("duty", "gate-watch"),
        ("name", "大门卡点"),
    ];
    worker.form("/posts/new", &new).await?;
    let post = post::Entity::find()
        .filter(post::Column::CommunityId.eq(community.id))
        .filter(post::Column::Name.eq("大门卡点"))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(Cast {
        worker,
        post: post.id,
        helpers: helpers.into_iter().map(|helper| helper.id).collect(),
    })
}

/// Makes a loop, lets everybody in on its first morning, and fills the shifts of its first days.
async fn closed_loop(
    house: &House,
    clock: &FixedClock,
    cast: &Cast,
    (first, name): (Day, &str),
) -> Result<String> {
    let post = cast.post.to_string();
    let worker = &cast.worker;
    clock.set(hour(first, 6));
    let path = worker
        .form(
            "/loops/new",
            &[
                ("post", &post),
                ("name", name),
                ("org_name", ORG),
                ("first_day", &first.to_string()),
                ("planned_end", &later(first, DAYS - 1).to_string()),
                ("beds", "12"),
                ("meals", "3"),
                ("test_days", "1"),
                ("note", "住小区门口的活动板房，三餐由社区送到卡点，零接触交接。"),
            ],
        )
        .await?;
    let beds: Vec<(String, String)> = cast
        .helpers
        .iter()
        .enumerate()
        .map(|(n, helper)| (format!("bed-{helper}"), (n + 1).to_string()))
        .collect();
    let mut fields: Vec<(&str, &str)> = beds
        .iter()
        .map(|(name, bed)| (name.as_str(), bed.as_str()))
        .collect();
    fields.push(("test", "negative"));
    worker.form(&format!("{path}/enter"), &fields).await?;
    for (item, per, amount) in SUPPLIES {
        let fields = [("item", item), ("amount", amount), ("per", per)];
        worker.form(&format!("{path}/supply"), &fields).await?;
    }
    // The first night belongs to those who stood there before.
    let end = later(first, ROSTERED - 1);
    for (from, to, hours) in [
        (first, first, "08:00-16:00, 16:00-24:00"),
        (first.next(), end, "00:00-08:00, 08:00-16:00, 16:00-24:00"),
    ] {
        let fields = [
            ("posts", post.clone()),
            ("first_day", from.to_string()),
            ("last_day", to.to_string()),
            ("weekdays", "1,2,3,4,5,6,7".to_owned()),
            ("hours", hours.to_owned()),
            ("needed", PLACES.to_string()),
            ("org_name", ORG.to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        worker.form("/shifts/new", &fields).await?;
    }
    let shifts = shift::Entity::find()
        .filter(shift::Column::PostId.eq(cast.post))
        .filter(shift::Column::StartsAt.gte(first.start()))
        .filter(shift::Column::StartsAt.lt(end.next().start()))
        .order_by_asc(shift::Column::StartsAt)
        .all(house.app.store.read())
        .await?;
    for (n, shift) in shifts.iter().enumerate() {
        let team: Vec<usize> = (0..PLACES).map(|i| (n * PLACES + i) % PEOPLE).collect();
        let leader = if team.contains(&0) { 0 } else { team[0] };
        for one in team {
            let helper = cast.helpers.get(one).map(HelperId::to_string).unwrap_or_default();
            let leads = if one == leader { "on" } else { "" };
            let fields = [("helper", helper.as_str()), ("leader", leads)];
            worker
                .form(&format!("/shifts/{}/assign", shift.id), &fields)
                .await?;
        }
    }
    Ok(path)
}

/// Everybody is tested in the morning of each of these days, and negative.
async fn negative(clock: &FixedClock, worker: &Browser, path: &str, (first, days): (Day, u64)) -> Result<()> {
    for n in 0..days {
        clock.set(hour(later(first, n), 7));
        let fields = [("everybody", "on"), ("result", "negative")];
        worker.form(&format!("{path}/test"), &fields).await?;
    }
    Ok(())
}
