//! Story C's mustering: on the morning of 25 December 2021 the command of Xiqing district calls five units to
//! Zhongbei town. Who answers, assembles and arrives when is lived through as forms and field records.

use std::time::Duration;

use accounts::Grant;
use kit::{
    FixedClock, Problem, Result, Role, Timestamp,
    id::{OrgId, RecordId, UserId},
};
use places::model::{PlaceKind, place};
use serde_json::json;
use store::Scope;

use crate::{
    House,
    demo::{browser::Browser, session, setter},
};

/// 25 December 2021, 07:00 in Tianjin.
const MORNING: i64 = 1_640_386_800_000;
/// The unit's name, how many are asked for, and minutes after the call: answered, half of them and all of
/// them assembled, all taken over. The story tells Yangliuqing's and Wangwenzhuang's 80 and Yangliuqing's 30
/// minutes; the rest is made up.
const UNITS: [(&str, i64, [i64; 4]); 5] = [
    ("西营门街", 40, [6, 18, 34, 58]),
    ("大寺镇", 40, [8, 20, 38, 71]),
    ("杨柳青镇", 80, [3, 15, 30, 52]),
    ("王稳庄镇", 80, [5, 22, 41, 80]),
    ("赤龙南街", 40, [9, 25, 45, 66]),
];
/// Yangliuqing's second batch: people, minutes after the call at which they stood together and arrived.
const SECOND: (usize, i64, i64, i64) = (2, 30, 150, 185);

fn minute(n: i64) -> Timestamp {
    Timestamp::from_millis(MORNING + n * 60_000)
}

/// The place of this kind and name.
pub(super) async fn place(house: &House, kind: PlaceKind, name: &str) -> Result<place::Model> {
    let found = places::tree::by_name(house.app.store.read(), &Scope::Everything, name, Some(kind)).await?;
    found.into_iter().next().ok_or_else(Problem::not_found)
}

/// Somebody with a role at a place, in front of a browser.
pub(super) async fn browser(
    house: &House,
    name: &str,
    role: Role,
    at: &place::Model,
    org: Option<OrgId>,
) -> Result<Browser> {
    let id = UserId::fresh(house.app.now());
    let grant = Grant {
        role,
        place_id: Some(at.id),
        place_path: at.path.clone(),
        org_id: org,
    };
    let tx = house.app.store.begin().await?;
    accounts::demo::story_user(&tx, &house.app, id, name, &[grant]).await?;
    tx.commit().await?;
    Ok(Browser::new(house, session(house, id).await?))
}

/// Lives the morning through.
pub async fn load(house: &House, clock: &FixedClock) -> Result<()> {
    println!("  西青区中北镇 ...");
    clock.set(Timestamp::from_millis(MORNING).minus(Duration::from_secs(1_800)));
    let district = place(house, PlaceKind::District, "西青区").await?;
    let town = place(house, PlaceKind::Street, "中北镇").await?;
    let commander = browser(house, "西青区指挥部", Role::Commander, &district, None).await?;
    let receiver = browser(house, "中北镇接收组", Role::CommunityWorker, &town, None).await?;
    let call = commander
        .form(
            "/calls/new",
            &[
                ("title", "支援中北镇核酸检测"),
                ("place", &town.id.to_string()),
                (
                    "purpose",
                    "入户送一封信、通知采样、维持采样点秩序。自带防寒衣物。",
                ),
                ("first_day", "2021-12-25"),
                ("last_day", "2021-12-25"),
                ("weekdays", "1,2,3,4,5,6,7"),
                ("from_time", "08:00"),
                ("to_time", "22:00"),
                ("people_per_day", "280"),
            ],
        )
        .await?;
    let mut units = Vec::new();
    for (name, asked, _) in UNITS {
        let input = people::org::Input {
            name: name.to_owned(),
            ..people::org::Input::default()
        };
        let org = people::org::create(&house.app, &setter(), &input).await?;
        let coordinator = browser(
            house,
            &format!("{name}联络员"),
            Role::Coordinator,
            &town,
            Some(org),
        )
        .await?;
        units.push((org, coordinator));
        let asked = asked.to_string();
        commander
            .form(&format!("{call}/ask"), &[("org", name), ("asked", &asked)])
            .await?;
    }
    clock.set(minute(0));
    commander.form(&format!("{call}/send"), &[]).await?;
    let id = call.trim_start_matches("/calls/");

    // All that happens, in the order of the morning: answers by form, the rest as records.
    let mut morning: Vec<(i64, usize, &str, i64, i64)> = Vec::new();
    for (unit, (_, asked, [answered, half, whole, arrived])) in UNITS.into_iter().enumerate() {
        morning.extend([
            (answered, unit, "pledge", 0, asked),
            (half, unit, "call.heads", 1, asked / 2),
            (whole, unit, "call.heads", 1, asked),
            (arrived, unit, "call.arrived", 1, asked),
        ]);
    }
    let (unit, people, together, there) = SECOND;
    morning.push((together, unit, "call.heads", 2, people));
    morning.push((there, unit, "call.arrived", 2, people));
    morning.sort_unstable();
    for (at, unit, what, batch, people) in morning {
        clock.set(minute(at));
        let (org, coordinator) = &units[unit];
        if what == "pledge" {
            let (org, people) = (org.to_string(), people.to_string());
            let fields = [("org", org.as_str()), ("people", people.as_str()), ("note", "")];
            coordinator.form(&format!("{call}/pledge"), &fields).await?;
            continue;
        }
        let record = json!({
            "id": RecordId::fresh(minute(at)),
            "kind": what,
            "at": minute(at),
            "body": {"call": id, "org": org, "batch": batch, "people": people},
        });
        let by = if what == "call.arrived" {
            &receiver
        } else {
            coordinator
        };
        by.records(&[record]).await?;
    }
    commander.form(&format!("{call}/close"), &[]).await?;
    house.field.settled().await;
    Ok(())
}
