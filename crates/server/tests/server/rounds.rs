//! Rounds over HTTP and in the database: nobody is missed, no outcome is lost, nobody holds what another holds.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashSet;

use accounts::Actor;
use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use kit::{
    Role, Timestamp,
    id::{HouseholdId, PieceId, RecordId, RoundId, ShiftId, UserId},
};
use muster::model::Duty;
use rounds::{
    claim,
    kind::{Only, Outcome, Reach, RoundKind},
    model::{outcome, piece, target},
    open::{self, Wish},
    queries::{self, Coverage},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::common::{Client, World, accepted, helper, minute, worlds};

async fn home(world: &World, building: &str, unit: &str, flat: &str) -> HouseholdId {
    let input = people::household::Input {
        community: world.here.id.to_string(),
        compound: "交暨小区".into(),
        building: building.into(),
        unit: unit.into(),
        label: flat.into(),
        ..people::household::Input::default()
    };
    people::household::create(&world.house.app, &Actor::command_line(), &input)
        .await
        .unwrap()
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

fn wish(world: &World) -> Wish {
    Wish {
        place: world.here.id,
        name: "送一封信".into(),
        kind: RoundKind::Letter,
        reach: Reach::Households,
        which: Only::All,
        since: None,
        parts: vec![],
        finals: vec![],
        deadline: minute(60 * 24),
        again_hours: open::AGAIN_HOURS,
        hold_minutes: open::HOLD_MINUTES,
        form: None,
        repeat_hours: 0,
    }
}

async fn opened(world: &World) -> RoundId {
    open::open(&world.house.app, &Actor::command_line(), &wish(world))
        .await
        .unwrap()
        .id
}

async fn pieces(world: &World, round: RoundId) -> Vec<piece::Model> {
    queries::pieces(
        world.house.app.store.write(),
        round,
        &store::Scope::Everything,
        1_000,
    )
    .await
    .unwrap()
}

async fn targets(world: &World, round: RoundId) -> Vec<target::Model> {
    target::Entity::find()
        .filter(target::Column::RoundId.eq(round))
        .order_by_asc(target::Column::Id)
        .all(world.house.app.store.write())
        .await
        .unwrap()
}

async fn coverage(world: &World, round: RoundId) -> Coverage {
    queries::coverage(world.house.app.store.write(), round, &store::Scope::Everything)
        .await
        .unwrap()
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

async fn claim_of(client: &Client, round: RoundId, wanted: &Value) -> crate::common::Reply {
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
        let round = opened(&world).await;
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
        let round = opened(&world).await;
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
        let round = opened(&world).await;
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
        let curve = queries::curve(world.house.app.store.read(), round, &store::Scope::Everything)
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_claim_sixty_buildings_and_no_building_twice() {
    for world in worlds().await {
        for building in 1..=60 {
            home(&world, &format!("{building}号楼"), "", "101").await;
        }
        let round = opened(&world).await;
        let app = &world.house.app;
        let users: Vec<UserId> = (0..100).map(|_| UserId::fresh(app.now())).collect();
        let tries = users.iter().map(|user| {
            let app = app.clone();
            let actor = Actor {
                user_id: Some(*user),
                ..Actor::command_line()
            };
            tokio::spawn(async move { claim::claim(&app, &actor, round, None, None, 0).await })
        });
        let mut got = HashSet::new();
        let mut without = 0;
        for result in join_all(tries).await {
            match result.unwrap() {
                Ok(piece) => assert!(got.insert(piece.id), "nobody holds what another holds"),
                Err(problem) => {
                    assert_eq!(problem.code, claim::NOTHING_LEFT, "{problem}");
                    without += 1;
                }
            }
        }
        assert_eq!((got.len(), without), (60, 40));
        // A claim nobody works on comes back.
        world.clock.set(minute(open::HOLD_MINUTES + 1));
        let late = Actor {
            user_id: Some(users[99]),
            ..Actor::command_line()
        };
        assert!(claim::claim(app, &late, round, None, None, 0).await.is_ok());
    }
}

#[tokio::test]
async fn work_goes_on_holding_and_another_is_told_who_holds() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let round = opened(&world).await;
        let (one, shift) = at_the_door(&world, 0).await;
        let (two, other_shift) = at_the_door(&world, 1).await;
        let mine = claim_of(&one, round, &json!({})).await.json();
        let piece = mine["piece"]["id"].clone();
        let held = claim_of(&two, round, &json!({"piece": piece})).await;
        assert_eq!(
            (held.status, &held.json()["code"]),
            (StatusCode::CONFLICT, &json!("piece-held"))
        );
        assert_eq!(
            two.get(&format!("/api/rounds/pieces/{}", piece.as_str().unwrap()))
                .await
                .status,
            StatusCode::NOT_FOUND
        );
        // Offline they were both there: nothing is lost, and both outcomes count once.
        let all = targets(&world, round).await;
        let first = visited(
            round,
            &all[0],
            minute(100),
            Some(shift),
            &json!({"outcome": "letter"}),
        );
        let second = visited(
            round,
            &all[1],
            minute(101),
            Some(other_shift),
            &json!({"outcome": "letter"}),
        );
        world.clock.set(minute(110));
        assert_eq!(one.records(&[first]).await, accepted(1));
        assert_eq!(two.records(&[second]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(coverage(&world, round).await.finals, 2);
        // A claim that ran out is still on the phone of who had it, until somebody else takes the piece.
        world.clock.set(minute(open::HOLD_MINUTES * 3));
        let sheet = one
            .get(&format!("/api/rounds/pieces/{}", piece.as_str().unwrap()))
            .await;
        assert_eq!(sheet.status, StatusCode::OK, "{}", sheet.text());
        world.clock.set(minute(110));
        // Whoever works holds on: the claim runs from the last outcome.
        world.clock.set(minute(open::HOLD_MINUTES + 30));
        assert_eq!(
            claim_of(&two, round, &json!({"piece": piece})).await.status,
            StatusCode::CONFLICT
        );
        world.clock.set(minute(open::HOLD_MINUTES + 101));
        assert_eq!(
            claim_of(&two, round, &json!({"piece": piece})).await.status,
            StatusCode::OK
        );
        // Given back, it is free.
        let path = format!("/api/rounds/pieces/{}/claim", piece.as_str().unwrap());
        assert_eq!(
            two.send(Method::DELETE, &path, "", &[], vec![]).await.status,
            StatusCode::NO_CONTENT
        );
        let free = pieces(&world, round).await.remove(0);
        assert_eq!(free.holder, None);
    }
}

#[tokio::test]
async fn what_was_noted_wrongly_is_taken_back_by_staff_and_by_a_team_of_the_whole_street() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let round = opened(&world).await;
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

#[tokio::test]
async fn who_moves_in_later_is_a_target_and_what_happened_there_before_counts() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let round = opened(&world).await;
        let piece = pieces(&world, round).await.remove(0);
        world.clock.set(minute(30));
        let late = home(&world, "1号楼", "1单元", "401").await;
        let somewhere = home(&world, "9号楼", "", "101").await;
        let staff = world.worker().await;
        let body = json!({"round": round, "piece": piece.id, "target": late, "outcome": "letter"});
        let record = json!({"id": RecordId::fresh(minute(30)), "kind": "round.outcome", "at": minute(30), "shift": null, "body": body});
        assert_eq!(staff.records(&[record]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(coverage(&world, round).await.targets, 12);
        world.clock.set(minute(40));
        assert_eq!(open::sync(&world.house.app).await.unwrap(), 2);
        assert_eq!(open::sync(&world.house.app).await.unwrap(), 0, "once");
        let now = coverage(&world, round).await;
        assert_eq!((now.targets, now.finals, now.pieces), (14, 1, 2));
        let added = targets(&world, round).await;
        assert!(
            added
                .iter()
                .any(|target| target.id.0 == somewhere.0 && target.added_at == minute(40))
        );
    }
}

#[tokio::test]
async fn wrong_rounds_are_answered_and_strangers_see_nothing() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let staff = world.worker().await;
        let fill = |place: &str, deadline: &str| -> Vec<(&'static str, String)> {
            vec![
                ("name", "第二批".into()),
                ("place", place.to_owned()),
                ("kind", "screening".into()),
                ("reach", "households".into()),
                ("which", "all".into()),
                ("deadline", deadline.to_owned()),
                ("again_hours", "4".into()),
                ("hold_minutes", "120".into()),
            ]
        };
        let post = async |fields: Vec<(&'static str, String)>| {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            staff.form("/rounds/new", &fields).await
        };
        for (place, deadline) in [
            ("交暨居民区", "2020-02-09T08:00"),
            ("交暨居民区", "2029-02-09T08:00"),
            ("交暨居民区", "soon"),
            ("香泉居民区", "2020-02-11T08:00"),
            ("没有的地方", "2020-02-11T08:00"),
            ("", "2020-02-11T08:00"),
        ] {
            let answer = post(fill(place, deadline)).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{place} {deadline}"
            );
            assert!(answer.text().contains("第二批") && answer.text().contains("is-invalid"));
        }
        assert_eq!(
            outcome::Entity::find()
                .count(world.house.app.store.read())
                .await
                .unwrap(),
            0
        );
        let answer = post(fill("交暨居民区", "2020-02-11T08:00")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let path = answer.headers["location"]
            .to_str()
            .unwrap()
            .split('?')
            .next()
            .unwrap()
            .to_owned();
        let round: RoundId = path.rsplit('/').next().unwrap().parse().unwrap();
        let far = world
            .client(
                "别的社区",
                &[world.at(Role::CommunityWorker, &world.there, None)],
                None,
            )
            .await;
        let all = targets(&world, round).await;
        for hidden in [
            path.clone(),
            format!("{path}/missing"),
            format!("{path}/board"),
            format!("{path}/targets/{}", all[0].id),
            format!("/api/rounds/{round}/pieces"),
            format!("/api/rounds/pieces/{}", all[0].piece_id),
        ] {
            assert_eq!(far.get(&hidden).await.status, StatusCode::NOT_FOUND, "{hidden}");
        }
        assert!(!far.get("/rounds").await.text().contains("第二批"));
        let foreign = visited(round, &all[0], minute(1), None, &json!({"outcome": "done"}));
        assert_eq!(far.records(&[foreign]).await[0].1.as_deref(), Some("no-right"));
        let unknown = json!({"round": round, "piece": PieceId::fresh(minute(0)), "target": all[0].id, "outcome": "done"});
        let unknown = json!({"id": RecordId::fresh(minute(1)), "kind": "round.outcome", "at": minute(1), "shift": null, "body": unknown});
        assert_eq!(
            staff.records(&[unknown]).await[0].1.as_deref(),
            Some("unknown-piece")
        );
        // A guard at the gate is not told what happens at doors.
        let shift = world.shift(world.post, 2).await;
        world.put(&shift, world.helpers[0], false).await;
        let guard = helper(&world, 0).await;
        assert_eq!(guard.get("/api/rounds").await.json()["rounds"], json!([]));
        // Split among teams, then closed: nothing more is claimed, what comes late is kept.
        assert_eq!(
            staff
                .form(&format!("{path}/split"), &[("teams", "3")])
                .await
                .status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            staff
                .form(&format!("{path}/split"), &[("teams", "-1")])
                .await
                .status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert_eq!(
            staff.form(&format!("{path}/close"), &[]).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            claim_of(&staff, round, &json!({})).await.json()["code"],
            "round-closed"
        );
        let late = visited(round, &all[0], minute(1), None, &json!({"outcome": "done"}));
        assert_eq!(staff.records(&[late]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(coverage(&world, round).await.finals, 1);
    }
}

#[tokio::test]
async fn a_round_comes_again_in_step_until_it_is_closed() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let app = &world.house.app;
        let daily = Wish {
            repeat_hours: 24,
            deadline: minute(10 * 60),
            ..wish(&world)
        };
        let first = open::open(app, &Actor::command_line(), &daily).await.unwrap();
        assert_eq!(open::repeat(app).await.unwrap(), 0);
        home(&world, "1号楼", "1单元", "401").await;
        // The server was off for a day: in step with the first, and nothing is made up for.
        world.clock.set(minute(50 * 60));
        assert_eq!(open::repeat(app).await.unwrap(), 1);
        assert_eq!(open::repeat(app).await.unwrap(), 0, "once");
        let rounds = rounds::model::round::Entity::find()
            .order_by_asc(rounds::model::round::Column::Number)
            .all(app.store.read())
            .await
            .unwrap();
        let [before, after] = rounds.as_slice() else {
            panic!("{rounds:?}")
        };
        assert_eq!(before.id, first.id);
        assert!(before.closed_at.is_some());
        let day = 24 * 3_600_000;
        assert_eq!(after.opened_at.millis() - before.opened_at.millis(), 2 * day);
        assert_eq!(
            after.deadline_at.millis() - after.opened_at.millis(),
            before.deadline_at.millis() - before.opened_at.millis()
        );
        assert_eq!(
            coverage(&world, after.id).await.targets,
            13,
            "with those who moved in"
        );
        open::close(app, &Actor::command_line(), after.id).await.unwrap();
        world.clock.set(minute(90 * 60));
        assert_eq!(open::repeat(app).await.unwrap(), 0);
    }
}

/// An XLSForm of these rows: type, name, label, English label, required, relevant, constraint.
fn xlsform(survey: &[[&str; 7]], choices: &[[&str; 4]]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let head = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let cells = |row: &[&str]| {
        row.iter()
            .map(|text| shell::Cell::from(*text))
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = survey.iter().map(|row| cells(row)).collect();
    let names = [
        "type",
        "name",
        "label",
        "label::English (en)",
        "required",
        "relevant",
        "constraint",
    ];
    shell::sheet::add_sheet(&mut book, "survey", &head(&names), &rows).unwrap();
    let rows: Vec<_> = choices.iter().map(|row| cells(row)).collect();
    shell::sheet::add_sheet(
        &mut book,
        "choices",
        &head(&["list_name", "name", "label", "label::English (en)"]),
        &rows,
    )
    .unwrap();
    book.save_to_buffer().unwrap()
}

async fn upload(client: &Client, name: &str, file: &[u8]) -> crate::common::Reply {
    let mut body =
        format!("--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{name}\r\n").into_bytes();
    body.extend(b"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.xlsx\"\r\n\r\n");
    body.extend(file);
    body.extend(b"\r\n--B--\r\n");
    client
        .send(
            Method::POST,
            "/forms",
            "multipart/form-data; boundary=B",
            &[],
            body,
        )
        .await
}

const YES_NO: [[&str; 4]; 2] = [["yn", "yes", "是", "Yes"], ["yn", "no", "否", "No"]];

#[tokio::test]
async fn a_form_is_taken_in_asked_and_answered() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let staff = world.worker().await;
        let good = xlsform(
            &[
                [
                    "select_one yn",
                    "away",
                    "14天内离开过本市吗？",
                    "Away within 14 days?",
                    "yes",
                    "",
                    "",
                ],
                [
                    "date",
                    "since",
                    "哪天回来的？",
                    "Back since?",
                    "yes",
                    "${away} = 'yes'",
                    "",
                ],
                [
                    "decimal",
                    "degrees",
                    "体温",
                    "Temperature",
                    "",
                    "",
                    ". >= 34.0 and . <= 43.0",
                ],
            ],
            &YES_NO,
        );
        let made = upload(&staff, "返沪排摸", &good).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
        let path = made.headers["location"]
            .to_str()
            .unwrap()
            .split('?')
            .next()
            .unwrap()
            .to_owned();
        let preview = staff.get(&path).await;
        assert!(
            preview.text().contains("14天内离开过本市吗") && preview.text().contains("34.0 – 43.0"),
            "{}",
            preview.text()
        );
        // What is not supported is named; nothing is taken in by halves.
        for (rows, named) in [
            (vec![["barcode", "where", "在哪里", "", "", "", ""]], "barcode"),
            (vec![["text", "a", "甲", "", "", "${b} != 'x'", ""]], "!="),
            (vec![["text", "a", "甲", "", "", "", "regex(., 'x')"]], "regex"),
            (
                vec![
                    ["text", "a", "甲", "", "", "${b} = 'x'", ""],
                    ["text", "b", "乙", "", "", "${a} = 'x'", ""],
                ],
                "earlier question",
            ),
            (
                vec![["select_one nothing", "a", "甲", "", "", "", ""]],
                "no choices",
            ),
            (vec![["text", "a", "甲", "", "", "", ""]; 61], "60 at most"),
            (vec![["text", "a", "甲", "", "", "", ""]; 5_000], "5000"),
            (vec![], "no questions"),
        ] {
            let answer = upload(&staff, "坏表", &xlsform(&rows, &YES_NO)).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{named}");
            assert!(answer.text().contains(named), "{named}: {}", answer.text());
        }
        assert_eq!(
            upload(&staff, "坏表", b"no spreadsheet").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert!(!staff.get("/forms").await.text().contains("坏表"));

        let form = path.rsplit('/').next().unwrap().parse().unwrap();
        let asking = Wish {
            form: Some(form),
            kind: RoundKind::Screening,
            ..wish(&world)
        };
        let round = open::open(&world.house.app, &Actor::command_line(), &asking)
            .await
            .unwrap()
            .id;
        let works = staff.get("/api/rounds").await.json();
        assert_eq!(
            works["rounds"][0]["form"]["questions"][1]["only_if"],
            json!({"question": "away", "is": "yes"})
        );
        let all = targets(&world, round).await;
        let records = [
            visited(
                round,
                &all[0],
                minute(1),
                None,
                &json!({"outcome": "done", "answers": {"away": "yes", "since": "2020-02-09", "degrees": 365}}),
            ),
            visited(
                round,
                &all[1],
                minute(1),
                None,
                &json!({"outcome": "done", "answers": {"away": "yes"}}),
            ),
            visited(round, &all[2], minute(1), None, &json!({"outcome": "nobody-in"})),
        ];
        assert_eq!(staff.records(&records).await, accepted(3));
        world.house.field.settled().await;
        assert_eq!(
            coverage(&world, round).await.finals,
            2,
            "what does not fit counts all the same"
        );
        let issues = field::model::issue::Entity::find()
            .filter(field::model::issue::Column::Code.eq(rounds::projection::UNFIT))
            .count(world.house.app.store.read())
            .await
            .unwrap();
        assert_eq!(issues, 1);
        let kept = outcome::Entity::find()
            .all(world.house.app.store.read())
            .await
            .unwrap();
        assert!(kept.iter().all(|row| {
            row.answers_sealed
                .as_ref()
                .is_none_or(|sealed| !String::from_utf8_lossy(sealed).contains("away"))
        }));
        // A new version leaves what was asked as it was.
        let more = [
            ("zh", "有什么困难？"),
            ("en", ""),
            ("kind", "text"),
            ("choices", ""),
            ("least", ""),
            ("most", ""),
            ("only_if", "away=yes"),
        ];
        assert_eq!(
            staff.form(&format!("{path}/questions"), &more).await.status,
            StatusCode::SEE_OTHER
        );
        assert!(staff.get(&path).await.text().contains("Version 2"));
        let works = staff.get("/api/rounds").await.json();
        assert_eq!(
            works["rounds"][0]["form"]["questions"].as_array().unwrap().len(),
            3
        );
        let page = staff.get(&format!("/rounds/{round}/targets/{}", all[0].id)).await;
        assert!(
            page.text().contains("36.5 ℃") && page.text().contains("Away within 14 days?"),
            "{}",
            page.text()
        );
        let wrong = [
            ("zh", "选哪个"),
            ("kind", "choice"),
            ("choices", "甲\n甲"),
            ("least", "x"),
        ];
        let answer = staff.form(&format!("{path}/questions"), &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains("选哪个"), "what was typed is kept");
        let other = world
            .client(
                "另一位",
                &[world.at(Role::CommunityWorker, &world.here, None)],
                None,
            )
            .await;
        let refused = other.form(&format!("{path}/questions/away/remove"), &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "somebody else's form");
        assert_eq!(
            staff
                .form(&format!("{path}/questions/away/remove"), &[])
                .await
                .status,
            StatusCode::SEE_OTHER
        );
    }
}
