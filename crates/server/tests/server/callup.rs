//! Call-up and queue: a building in its slot, a number for a household, results for its people; strangers see nothing.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashSet;

use accounts::Actor;
use axum::http::StatusCode;
use futures_util::future::join_all;
use kit::id::{HouseholdId, RecordId, RoundId};
use rounds::{
    kind::{Reach, RoundKind},
    model::target,
};
use sampling::{callup, model::call_up, queue, results};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use crate::common::{
    Client, World, accepted, helper, minute,
    rounds::{opened, wish},
    worlds,
};

/// Three buildings of two flats with three people each, and a round that samples them.
async fn round(world: &World) -> (RoundId, Vec<HouseholdId>) {
    let (app, admin) = (&world.house.app, Actor::command_line());
    let mut homes = Vec::new();
    for building in 1..=3 {
        for flat in 1..=2 {
            let home = people::household::Input {
                community: world.here.id.to_string(),
                building: format!("{building}号楼"),
                label: format!("{flat}01"),
                ..people::household::Input::default()
            };
            let home = people::household::create(app, &admin, &home).await.unwrap();
            for n in 0..3 {
                let input = people::resident::Input {
                    name: format!("沈{building}{flat}{n}"),
                    ..people::resident::Input::default()
                };
                people::resident::create(app, &admin, home, &input).await.unwrap();
            }
            homes.push(home);
        }
    }
    let everybody = wish(world, "全员核酸", RoundKind::Sampling, Reach::Residents);
    (opened(world, &everybody).await, homes)
}

/// The secret of the pass of somebody in this household.
async fn secret(world: &World, staff: &Client, home: HouseholdId) -> String {
    let resident = people::model::resident::Entity::find()
        .filter(people::model::resident::Column::HouseholdId.eq(home))
        .order_by_asc(people::model::resident::Column::Name)
        .one(world.house.app.store.write())
        .await
        .unwrap()
        .unwrap();
    let wish = gates::pass::issue::Wish {
        community: world.here.id,
        kind: gates::model::PassKind::Resident,
        resident: Some(resident.id),
        household: Some(home),
        name: resident.name,
        phone: String::new(),
        plate: String::new(),
        purpose: String::new(),
        from: minute(-60),
        until: minute(60 * 48),
    };
    let row = gates::pass::issue::issue(&world.house.app, &Actor::command_line(), &wish)
        .await
        .unwrap();
    let page = staff.get(&format!("/passes/{}", row.id)).await.text();
    page.split("href=\"/my-pass/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_building_is_called_a_household_draws_a_number_and_learns_what_came_out() {
    for world in worlds().await {
        let (round, homes) = round(&world).await;
        let staff = world.worker().await;
        let nobody = Client {
            token: "nobody".into(),
            ..helper(&world, 3).await
        };
        let (first, third) = (
            secret(&world, &staff, homes[0]).await,
            secret(&world, &staff, homes[4]).await,
        );
        let pass = nobody.get(&format!("/my-pass/{first}")).await;
        assert!(pass.text().contains(&format!("/my-test/{first}")));
        let page = nobody.get(&format!("/my-test/{first}")).await;
        assert!(
            page.text().contains("has not been called yet") && !page.text().contains("沈110"),
            "{}",
            page.text()
        );
        // Not called yet: no number.
        let round_text = round.to_string();
        let draw = async |secret: &str| {
            nobody
                .form(
                    &format!("/my-test/{secret}/number"),
                    &[("round", round_text.as_str())],
                )
                .await
                .status
        };
        assert_eq!(draw(&first).await, StatusCode::NOT_FOUND);

        let from = kit::time::Typed(minute(60)).to_string();
        let here = world.here.id.to_string();
        let there = world.there.id.to_string();
        let asked = |site: &str, lanes: &str| {
            vec![
                ("site".to_owned(), site.to_owned()),
                ("from".to_owned(), from.clone()),
                ("lanes".to_owned(), lanes.to_owned()),
                ("service".to_owned(), "100".to_owned()),
            ]
        };
        let path = format!("/sampling/rounds/{round}");
        let call = async |client: &Client, fields: Vec<(String, String)>| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            client.form(&path, &fields).await
        };
        for (fields, said) in [
            (asked("", "2"), "Please fill"),
            (asked(&here, "0"), "from 1 to 200"),
            (asked(&there, "2"), "check"),
        ] {
            let answer = call(&staff, fields.clone()).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
            assert!(answer.text().contains(said), "{said}: {}", answer.text());
        }
        let elsewhere = world.neighbour().await;
        assert_eq!(
            call(&elsewhere, asked(&there, "2")).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            call(&staff, asked(&here, "2")).await.status,
            StatusCode::SEE_OTHER
        );
        // Six people in two lanes at 100 s: five minutes a building.
        let calls = call_up::Entity::find()
            .order_by_asc(call_up::Column::FromAt)
            .all(world.house.app.store.write())
            .await
            .unwrap();
        let starts: Vec<i64> = calls
            .iter()
            .map(|row| (row.from_at.millis() - minute(60).millis()) / 60_000)
            .collect();
        assert_eq!(starts, [0, 5, 10]);
        let board = staff.get(&path).await;
        assert!(board.text().contains("3号楼"), "{}", board.text());

        assert_eq!(draw(&first).await, StatusCode::SEE_OTHER);
        assert_eq!(draw(&third).await, StatusCode::SEE_OTHER);
        assert_eq!(
            draw(&third).await,
            StatusCode::SEE_OTHER,
            "again is the same number"
        );
        assert_eq!(draw("guess").await, StatusCode::NOT_FOUND);
        let page = nobody.get(&format!("/my-test/{third}")).await;
        assert!(
            page.text().contains("<b>2</b>") && page.text().contains("3 people before you"),
            "{}",
            page.text()
        );
        let waiting = async || {
            queue::people(
                &queue::waiting(
                    world.house.app.store.write(),
                    round,
                    world.here.id,
                    world.house.app.now(),
                )
                .await
                .unwrap(),
            )
        };
        assert_eq!(waiting().await, 6);
        let lane = staff
            .get(&format!("/api/sampling/rounds/{round}/lanes/{}", world.here.id))
            .await
            .json();
        assert_eq!(lane["waiting"], 6);

        // The first household is sampled: it has left the queue, and waits for its result.
        let all = target::Entity::find()
            .filter(target::Column::RoundId.eq(round))
            .filter(target::Column::HouseholdId.eq(homes[0]))
            .all(world.house.app.store.write())
            .await
            .unwrap();
        let mut records: Vec<_> = all
            .iter()
            .map(|who| {
                let body = json!({"round": round, "site": world.here.id, "lane": "1号", "tube": "NJ000001", "capacity": 10, "piece": who.piece_id, "target": who.id});
                json!({"id": RecordId::fresh(minute(1)), "kind": "sampling.sample", "at": minute(1), "shift": null, "body": body})
            })
            .collect();
        let body = json!({"round": round, "site": world.here.id, "tube": "NJ000001", "box": "甲箱"});
        records.push(json!({"id": RecordId::fresh(minute(2)), "kind": "sampling.seal", "at": minute(2), "shift": null, "body": body}));
        assert_eq!(staff.records(&records).await, accepted(4));
        world.house.field.settled().await;
        assert_eq!(waiting().await, 3);
        let page = nobody.get(&format!("/my-test/{first}")).await.text();
        assert!(
            page.contains("All of you are sampled") && page.matches("waiting for the result").count() == 3,
            "{page}"
        );
        let line = results::Line {
            line: 1,
            tube: "NJ000001".into(),
            verdict: "阴性".into(),
        };
        results::enter(&world.house.app, &Actor::command_line(), vec![line])
            .await
            .unwrap();
        let page = nobody.get(&format!("/my-test/{first}")).await.text();
        assert_eq!(page.matches("Negative").count(), 3, "{page}");
        assert!(
            !nobody
                .get(&format!("/my-test/{third}"))
                .await
                .text()
                .contains("Negative"),
            "another household's"
        );
        // Called again: only those who are left.
        assert_eq!(
            call(&staff, asked(&here, "2")).await.status,
            StatusCode::SEE_OTHER
        );
        let lane = staff
            .get(&format!("/api/sampling/rounds/{round}/lanes/{}", world.here.id))
            .await
            .json();
        assert_eq!(
            (&lane["tubes"][0]["box"], &lane["handed"]),
            (&json!("甲箱"), &json!([]))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_households_have_one_number() {
    for world in worlds().await {
        let (round, homes) = round(&world).await;
        let wish = callup::Wish {
            site: world.here.id,
            from: minute(60),
            lanes: 2,
            service: 25,
        };
        callup::call(&world.house.app, &Actor::command_line(), round, &wish)
            .await
            .unwrap();
        let piece = target::Entity::find()
            .filter(target::Column::RoundId.eq(round))
            .one(world.house.app.store.write())
            .await
            .unwrap()
            .unwrap()
            .piece_id;
        // Each asks five times at once, as from several phones.
        let drawn = join_all((0..homes.len() * 5).map(|i| {
            let (app, home) = (world.house.app.clone(), homes[i % homes.len()]);
            let site = (world.here.id, piece);
            tokio::spawn(async move { (home, queue::draw(&app, round, site, home).await.unwrap()) })
        }))
        .await;
        let last: HashSet<(HouseholdId, i64)> = drawn.into_iter().map(Result::unwrap).collect();
        let numbers: HashSet<i64> = last.iter().map(|(_, number)| *number).collect();
        assert_eq!(last.len(), homes.len(), "one number a household: {last:?}");
        assert_eq!(numbers.len(), homes.len(), "no number twice");
    }
}
