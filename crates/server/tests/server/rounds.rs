//! Rounds over HTTP and in the database: nobody is missed, no outcome is lost, nobody holds what another holds.
#![allow(clippy::unwrap_used, missing_docs)]

mod forms;
mod holding;
mod opening;

use std::collections::HashSet;

use accounts::Actor;
use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use kit::{
    Role, Timestamp,
    id::{PieceId, RecordId, RoundId, ShiftId, UserId},
};
use muster::model::Duty;
use rounds::{
    claim,
    kind::{Outcome, Reach, RoundKind},
    model::{outcome, target},
    open::{self, Wish},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::common::{
    Client, Reply, World, accepted, helper, made, minute,
    rounds::{coverage, home, opened, pieces, targets},
    worlds,
};

/// A letter for every household.
fn letter(world: &World) -> Wish {
    crate::common::rounds::wish(world, "送一封信", RoundKind::Letter, Reach::Households)
}

/// A walk-up: two staircases, three floors, two flats on each.
async fn walk_up(world: &World, building: &str) {
    for unit in ["1单元", "2单元"] {
        for floor in 1..=3 {
            for flat in 1..=2 {
                home(world, building, unit, &format!("{floor}0{flat}")).await;
            }
        }
    }
}

fn visited(
    round: RoundId,
    target: &target::Model,
    at: Timestamp,
    shift: Option<ShiftId>,
    what: &Value,
) -> Value {
    let mut body = json!({"round": round, "piece": target.piece_id, "target": target.id});
    for (key, value) in what.as_object().unwrap() {
        body[key] = value.clone();
    }
    json!({"id": RecordId::fresh(at), "kind": "round.outcome", "at": at, "shift": shift, "body": body})
}

/// A team member at the doors of the community.
async fn at_the_door(world: &World, n: usize) -> (Client, ShiftId) {
    let post = muster::shift::create_post(
        &world.house.app,
        &Actor::command_line(),
        world.here.id,
        Duty::DoorToDoor,
        &format!("上门{n}组"),
    )
    .await
    .unwrap();
    let shift = world.shift(post, 2).await;
    world.put(&shift, world.helpers[n], false).await;
    (helper(world, n).await, shift.id)
}

async fn claim_of(client: &Client, round: RoundId, wanted: &Value) -> Reply {
    client
        .send(
            Method::POST,
            &format!("/api/rounds/{round}/claims"),
            "application/json",
            &[],
            wanted.to_string().into_bytes(),
        )
        .await
}

#[tokio::test]
async fn a_team_goes_from_building_to_building_until_nobody_is_missing() {
    for world in worlds().await {
        for building in ["1号楼", "2号楼"] {
            walk_up(&world, building).await;
        }
        let round = opened(&world, &letter(&world)).await;
        let staff = world.worker().await;
        let (phone, shift) = at_the_door(&world, 0).await;
        let works = phone.get("/api/rounds").await.json();
        assert_eq!(works["rounds"][0]["targets"], 24, "{works}");
        assert_eq!(
            works["rounds"][0]["offers"][0],
            json!({"outcome": "letter", "last": true})
        );

        let mut near = Value::Null;
        for building in ["1号楼", "2号楼"] {
            let sheet = claim_of(&phone, round, &json!({"near": near})).await;
            assert_eq!(sheet.status, StatusCode::OK, "{}", sheet.text());
            let sheet = sheet.json();
            assert!(
                sheet["piece"]["name"].as_str().unwrap().contains(building),
                "{sheet}"
            );
            near = sheet["piece"]["id"].clone();
            let doors = sheet["doors"].as_array().unwrap();
            assert_eq!(doors.len(), 12);
            assert_eq!(
                (&doors[0]["unit"], &doors[0]["floor"]),
                (&json!("1单元"), &json!(1))
            );
            let records: Vec<Value> = doors
                .iter()
                .map(|door| {
                    let body = json!({"round": round, "piece": near, "target": door["id"], "outcome": "letter"});
                    json!({"id": RecordId::fresh(minute(5)), "kind": "round.outcome", "at": minute(5), "shift": shift, "body": body})
                })
                .collect();
            assert_eq!(phone.records(&records).await, accepted(12));
        }
        world.house.field.settled().await;
        let after = coverage(&world, round).await;
        assert_eq!((after.targets, after.finals, after.finished), (24, 24, 2));
        assert_eq!(
            claim_of(&phone, round, &json!({})).await.json()["code"],
            "nothing-left"
        );
        let page = staff.get(&format!("/rounds/{round}")).await;
        assert!(page.text().contains("100 %"), "{}", page.text());
        let missing = staff.get(&format!("/rounds/{round}/missing")).await;
        assert!(missing.text().contains("Nobody is missing"));
        let board = staff
            .get(&format!("/rounds/{round}/board?place={}", world.here.id))
            .await;
        assert_eq!(
            board.text().matches("fx-cell fx-green").count(),
            25,
            "24 doors and the legend"
        );
    }
}

#[tokio::test]
async fn what_was_tried_stands_on_the_missing_list_and_what_contradicts_is_shown() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let round = opened(&world, &letter(&world)).await;
        let all = targets(&world, round).await;
        let staff = world.worker().await;
        let (phone, shift) = at_the_door(&world, 0).await;
        let records = [
            visited(
                round,
                &all[0],
                minute(1),
                Some(shift),
                &json!({"outcome": "nobody-in"}),
            ),
            visited(
                round,
                &all[1],
                minute(2),
                Some(shift),
                &json!({"outcome": "letter"}),
            ),
            visited(
                round,
                &all[2],
                minute(3),
                Some(shift),
                &json!({"outcome": "needs-help", "need": "medicine", "note": "胰岛素<b>"}),
            ),
        ];
        assert_eq!(phone.records(&records).await, accepted(3));
        // Somebody else was at the second door too, and saw something else.
        let again = visited(round, &all[1], minute(9), None, &json!({"outcome": "moved"}));
        assert_eq!(staff.records(&[again]).await, accepted(1));
        world.house.field.settled().await;
        let now = coverage(&world, round).await;
        assert_eq!((now.targets, now.finals, now.tried), (12, 2, 3));
        let issues = field::model::issue::Entity::find()
            .filter(field::model::issue::Column::Code.eq(rounds::projection::CONTRADICTS))
            .count(world.house.app.store.read())
            .await
            .unwrap();
        assert_eq!(issues, 1);
        let missing = staff.get(&format!("/rounds/{round}/missing?tried=yes")).await;
        assert!(missing.text().contains("Nobody in"), "{}", missing.text());
        let one = staff.get(&format!("/rounds/{round}/targets/{}", all[1].id)).await;
        assert!(
            one.text().contains("Letter handed") && one.text().contains("Moved away"),
            "both are shown"
        );
        let needs = staff.get("/needs").await;
        assert!(
            needs.text().contains("胰岛素&#60;b&#62;") || needs.text().contains("胰岛素&lt;b&gt;"),
            "{}",
            needs.text()
        );
        // The desk notes that the letter was handed after all.
        let path = format!("/rounds/{round}/targets/{}", all[0].id);
        let typed = [("outcome", "letter"), ("need", ""), ("note", "")];
        assert_eq!(staff.form(&path, &typed).await.status, StatusCode::SEE_OTHER);
        assert_eq!(coverage(&world, round).await.finals, 3);
        let wrong = staff.form(&path, &[("outcome", "eaten"), ("note", "狗")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text().contains('狗'));
    }
}

#[tokio::test]
async fn in_any_order_twice_and_late_coverage_is_what_a_rebuild_counts() {
    for world in worlds().await {
        for building in ["1号楼", "2号楼"] {
            walk_up(&world, building).await;
        }
        let round = opened(&world, &letter(&world)).await;
        let all = targets(&world, round).await;
        let staff = world.worker().await;
        // A fixed row of numbers that looks like chance.
        let mut seed = 20_211_225_u64;
        let mut dice = move |n: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % n
        };
        let mut records: Vec<Value> = (0..120)
            .map(|_| {
                let what = RoundKind::Letter.offers()[dice(7)];
                let at = minute(i64::try_from(dice(600)).unwrap());
                visited(round, &all[dice(24)], at, None, &json!({"outcome": what}))
            })
            .collect();
        for i in (1..records.len()).rev() {
            records.swap(i, dice(i + 1));
        }
        world.clock.set(minute(700));
        for some in records.chunks(17) {
            staff.records(some).await;
            staff.records(some).await;
        }
        world.house.field.settled().await;
        let before = (coverage(&world, round).await, targets(&world, round).await);
        let by_hand = before
            .1
            .iter()
            .filter(|target| {
                records.iter().any(|record| {
                    record["body"]["target"] == json!(target.id)
                        && serde_json::from_value::<Outcome>(record["body"]["outcome"].clone())
                            .is_ok_and(|outcome| RoundKind::Letter.ends(outcome))
                })
            })
            .count();
        assert_eq!(before.0.finals, i64::try_from(by_hand).unwrap());
        assert_eq!(
            before.0.finals,
            i64::try_from(before.1.iter().filter(|target| target.last).count()).unwrap()
        );
        for piece in pieces(&world, round).await {
            let own = || before.1.iter().filter(|target| target.piece_id == piece.id);
            let counted = (
                own().count(),
                own().filter(|one| one.last).count(),
                own().filter(|one| one.tries > 0).count(),
            );
            let kept = [piece.targets, piece.finals, piece.tried].map(|n| usize::try_from(n).unwrap());
            assert_eq!((kept[0], kept[1], kept[2]), counted, "{}", piece.name);
        }
        let curve = rounds::queries::curve(world.house.app.store.read(), round, &store::Scope::Everything)
            .await
            .unwrap();
        assert_eq!(
            curve.last().unwrap().1,
            before.0.finals,
            "the curve ends where coverage stands"
        );
        field::rebuild::rebuild(&world.house.app, world.house.field.registry(), |_| {})
            .await
            .unwrap();
        assert_eq!(
            (coverage(&world, round).await, targets(&world, round).await),
            before
        );
    }
}

#[tokio::test]
async fn what_was_noted_wrongly_is_taken_back_by_staff_and_by_a_team_of_the_whole_street() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let round = opened(&world, &letter(&world)).await;
        let all = targets(&world, round).await;
        let place = pieces(&world, round).await[0].place_id;
        let post = muster::shift::create_post(
            &world.house.app,
            &Actor::command_line(),
            world.street.id,
            Duty::DoorToDoor,
            "街道上门",
        )
        .await
        .unwrap();
        let shift = world.shift(post, 2).await;
        world.put(&shift, world.helpers[0], false).await;
        let (team, staff) = (helper(&world, 0).await, world.worker().await);
        for (client, shift) in [(&team, Some(shift.id)), (&staff, None)] {
            let wrong = visited(round, &all[0], minute(1), shift, &json!({"outcome": "letter"}));
            assert_eq!(client.records(std::slice::from_ref(&wrong)).await, accepted(1));
            world.house.field.settled().await;
            assert_eq!(coverage(&world, round).await.finals, 1);
            let body = json!({"record": wrong["id"], "reason": "点错了", "place": place});
            let void = json!({"id": RecordId::fresh(minute(2)), "kind": "record.void", "at": minute(2), "shift": shift, "body": body});
            assert_eq!(client.records(&[void]).await, accepted(1));
            world.house.field.settled().await;
            let now = coverage(&world, round).await;
            assert_eq!((now.finals, now.tried), (0, 0));
        }
        // Not at a place elsewhere, and not another's.
        let other = visited(round, &all[1], minute(3), None, &json!({"outcome": "letter"}));
        assert_eq!(staff.records(std::slice::from_ref(&other)).await, accepted(1));
        let body = json!({"record": other["id"], "reason": "不是我的", "place": place});
        let void = json!({"id": RecordId::fresh(minute(4)), "kind": "record.void", "at": minute(4), "shift": shift.id, "body": body});
        assert_eq!(team.records(&[void]).await[0].1.as_deref(), Some("no-right"));
    }
}
