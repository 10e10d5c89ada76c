//! How long a card takes beside a million attendances. Not part of the usual run:
//! `cargo test -p reports --test big -- --ignored --nocapture`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::too_many_lines
)]

use std::time::Instant;

use crate::world::{day, now, worlds};
use kit::{
    Day, Role,
    id::{HelperId, OrgId, PlaceId, ShiftId},
};
use reports::{Subject, card};
use sea_orm::{ConnectionTrait, EntityTrait, Statement, Value};
use store::bulk::{Insert, Type};

const TALLIES: Insert = Insert {
    table: "tallies",
    columns: &[
        ("community_id", Type::Uuid),
        ("day", Type::Text),
        ("org_id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("activity", Type::Text),
        ("quantity", Type::Int),
    ],
    suffix: "",
};
const SHIFTS: Insert = Insert {
    table: "shifts",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("post_id", Type::Uuid),
        ("place_path", Type::Text),
        ("day", Type::Text),
        ("starts_at", Type::Int),
        ("ends_at", Type::Int),
        ("needed", Type::Int),
        ("filled", Type::Int),
        ("cancelled", Type::Bool),
    ],
    suffix: "",
};
const ASSIGNMENTS: Insert = Insert {
    table: "assignments",
    columns: &[
        ("community_id", Type::Uuid),
        ("shift_id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("day", Type::Text),
        ("org_id", Type::Uuid),
        ("leader", Type::Bool),
        ("source", Type::Text),
        ("at", Type::Int),
    ],
    suffix: "",
};

const COMMUNITIES: usize = 300;
const ORGS: usize = 50;
const HELPERS: usize = 100;
const DAYS: usize = 200;
const TEAM: usize = 5;

#[tokio::test]
#[ignore = "takes minutes; run by hand"]
async fn beside_a_million_attendances() {
    for world in worlds().await {
        let store = &world.app.store;
        if store.backend() == sea_orm::DbBackend::Sqlite {
            // Filling is not what is measured. There is one writing connection, so this holds for all of it.
            for pragma in ["synchronous = OFF", "cache_size = -500000"] {
                store
                    .write()
                    .execute_unprepared(&format!("PRAGMA {pragma}"))
                    .await
                    .unwrap();
            }
        }
        let street = places::place::Entity::find_by_id(world.changshou)
            .one(store.read())
            .await
            .unwrap()
            .unwrap();
        let mut communities = Vec::new();
        for i in 0..COMMUNITIES {
            let id = PlaceId::fresh(now());
            let place = places::place::Model {
                id,
                parent_id: Some(street.id),
                community_id: id,
                kind: places::PlaceKind::Community,
                code: Some(format!("b{i}")),
                name: format!("第{i}居民区"),
                path: format!("{}{}", street.path, store::scope::path_step(id)),
                ..street.clone()
            };
            communities.push((id, place.path.clone()));
            places::place::Entity::insert(places::place::ActiveModel::from(place))
                .exec_without_returning(store.write())
                .await
                .unwrap();
        }
        let mut orgs: Vec<(OrgId, Vec<HelperId>)> = Vec::new();
        for i in 0..ORGS {
            let org = OrgId::fresh(now());
            let model = people::model::org::Entity::find_by_id(world.sports)
                .one(store.read())
                .await
                .unwrap()
                .unwrap();
            let model = people::model::org::Model {
                id: org,
                parent_id: None,
                name: format!("单位{i}"),
                path: format!("big{i}/"),
                ..model
            };
            people::model::org::Entity::insert(people::model::org::ActiveModel::from(model))
                .exec_without_returning(store.write())
                .await
                .unwrap();
            let mut helpers = Vec::new();
            for h in 0..HELPERS {
                let rank = ["处级", "科级", "", ""][h % 4];
                helpers.push(crate::world::helper(store, org, &format!("人{h}"), rank).await);
            }
            orgs.push((org, helpers));
        }
        let days: Vec<Day> = day("2020-03-01").through(day("2021-03-01")).take(DAYS).collect();
        let mut seed = 7_usize;
        let mut random = |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for date in &days {
            let mut tallies: Vec<Vec<Value>> = Vec::new();
            let mut shifts: Vec<Vec<Value>> = Vec::new();
            let mut assignments: Vec<Vec<Value>> = Vec::new();
            for (org, helpers) in &orgs {
                for team in helpers.chunks(TEAM) {
                    let (community, path) = &communities[random(COMMUNITIES)];
                    let shift = ShiftId::fresh(date.start());
                    shifts.push(vec![
                        community.0.into(),
                        shift.0.into(),
                        shift.0.into(),
                        path.clone().into(),
                        date.to_string().into(),
                        0_i64.into(),
                        0_i64.into(),
                        5_i64.into(),
                        5_i64.into(),
                        false.into(),
                    ]);
                    for helper in team {
                        assignments.push(vec![
                            community.0.into(),
                            shift.0.into(),
                            helper.0.into(),
                            date.to_string().into(),
                            org.0.into(),
                            false.into(),
                            "org".into(),
                            0_i64.into(),
                        ]);
                        let mut tally = |activity: &str, quantity: i64| {
                            tallies.push(vec![
                                community.0.into(),
                                date.to_string().into(),
                                org.0.into(),
                                helper.0.into(),
                                activity.into(),
                                quantity.into(),
                            ]);
                        };
                        tally("person-times", 1);
                        tally("hours", 70);
                        if random(2) == 0 {
                            tally(["gate", "mask-handout", "disinfection"][random(3)], 9);
                        }
                    }
                }
            }
            let tx = store.begin().await.unwrap();
            TALLIES.run(&tx, tallies).await.unwrap();
            SHIFTS.run(&tx, shifts).await.unwrap();
            ASSIGNMENTS.run(&tx, assignments).await.unwrap();
            tx.commit().await.unwrap();
        }
        if store.backend() == sea_orm::DbBackend::Postgres {
            store
                .write()
                .execute_raw(Statement::from_string(store.backend(), "VACUUM ANALYZE"))
                .await
                .unwrap();
        }
        let commander = world.commander();
        let mut worker = world.actor(Role::CommunityWorker, None, None);
        worker.grants[0].place_path = communities[3].1.clone();
        let mut chief = world.actor(Role::Commander, None, None);
        chief.grants[0].place_path = street.path.clone();
        let (month, all) = (("2020-03-01", "2020-03-30"), ("2020-03-01", "2020-09-16"));
        let org = Subject::Org(orgs[9].0);
        for (name, actor, subject, (from, to)) in [
            ("org, month", &commander, org, month),
            ("org, 200 days", &commander, org, all),
            ("org, month, one street", &chief, org, month),
            ("org, month, one community", &worker, org, month),
            ("helper, 200 days", &commander, Subject::Helper(orgs[9].1[4]), all),
            (
                "community, month",
                &commander,
                Subject::Place(communities[3].0),
                month,
            ),
            (
                "community, 200 days",
                &commander,
                Subject::Place(communities[3].0),
                all,
            ),
            ("whole city, month", &commander, Subject::Place(street.id), month),
            ("whole city, 200 days", &commander, Subject::Place(street.id), all),
        ] {
            let mut best = f64::MAX;
            let mut times = 0;
            for _ in 0..4 {
                let start = Instant::now();
                let card = card(store.read(), actor, subject, day(from), day(to))
                    .await
                    .unwrap();
                best = best.min(start.elapsed().as_secs_f64() * 1000.0);
                times = card.person_times;
            }
            eprintln!(
                "{:?} {name:28} {times:8} attendances {best:8.1} ms",
                store.backend()
            );
        }
        let start = Instant::now();
        let differences = reports::check(store).await.unwrap().len();
        eprintln!(
            "check: {differences} differences in {:.1} s",
            start.elapsed().as_secs_f64()
        );
    }
}
