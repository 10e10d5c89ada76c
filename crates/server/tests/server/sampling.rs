//! Sampling over HTTP: tubes, what is wrong with them, results, and the round of single swabs after a positive tube.
#![allow(clippy::unwrap_used, missing_docs)]

use accounts::Actor;
use axum::http::{Method, StatusCode};
use kit::{
    Timestamp,
    id::{RecordId, ResidentId, RoundId, ShiftId},
};
use muster::model::Duty;
use rounds::{
    kind::{Reach, RoundKind},
    model::target,
    open,
};
use sampling::{model::tube, results};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::common::{
    Client, World, accepted, helper, minute,
    rounds::{coverage, opened, targets, wish},
    worlds,
};

/// Twelve people in four flats, and a round that samples them.
async fn round(world: &World) -> RoundId {
    let (app, admin) = (&world.house.app, Actor::command_line());
    for flat in 1..=4 {
        let home = people::household::Input {
            community: world.here.id.to_string(),
            building: "1号楼".into(),
            label: format!("{flat}01"),
            ..people::household::Input::default()
        };
        let home = people::household::create(app, &admin, &home).await.unwrap();
        for n in 0..3 {
            let input = people::resident::Input {
                name: format!("沈{flat}{n}"),
                phone: people::numbers::Number::Set(format!("000123{flat}{n}000")),
                ..people::resident::Input::default()
            };
            people::resident::create(app, &admin, home, &input).await.unwrap();
        }
    }
    let everybody = wish(world, "全员核酸", RoundKind::Sampling, Reach::Residents);
    opened(world, &everybody).await
}

async fn finals(world: &World, round: RoundId) -> i64 {
    coverage(world, round).await.finals
}

async fn issues(world: &World, code: &str) -> u64 {
    field::model::issue::Entity::find()
        .filter(field::model::issue::Column::Code.eq(code))
        .count(world.house.app.store.read())
        .await
        .unwrap()
}

fn made(kind: &str, at: Timestamp, shift: Option<ShiftId>, body: &Value) -> Value {
    json!({"id": RecordId::fresh(at), "kind": kind, "at": at, "shift": shift, "body": body})
}

fn sample(
    world: &World,
    who: &target::Model,
    tube: &str,
    lane: &str,
    at: Timestamp,
    shift: Option<ShiftId>,
) -> Value {
    made(
        "sampling.sample",
        at,
        shift,
        &json!({"round": who.round_id, "site": world.here.id, "lane": lane, "tube": tube, "capacity": 5, "piece": who.piece_id, "target": who.id}),
    )
}

fn seal(world: &World, round: RoundId, tube: &str, at: Timestamp, shift: Option<ShiftId>) -> Value {
    made(
        "sampling.seal",
        at,
        shift,
        &json!({"round": round, "site": world.here.id, "tube": tube, "box": "A箱"}),
    )
}

async fn at_the_lane(world: &World) -> (Client, ShiftId) {
    let post = muster::shift::create_post(
        &world.house.app,
        &Actor::command_line(),
        world.here.id,
        Duty::Lane,
        "1号通道",
    )
    .await
    .unwrap();
    let shift = world.shift(post, 2).await;
    world.put(&shift, world.helpers[0], false).await;
    (helper(world, 0).await, shift.id)
}

async fn confined(world: &World, who: &target::Model) -> Option<people::standing::Span> {
    people::standing::of(world.house.app.store.write(), ResidentId(who.id.0))
        .await
        .unwrap()
        .confined
}

#[tokio::test]
async fn a_lane_fills_tubes_and_what_is_wrong_with_them_is_seen() {
    for world in worlds().await {
        let round = round(&world).await;
        let (phone, shift) = at_the_lane(&world).await;
        world.clock.set(minute(10));
        let lanes = phone.get("/api/sampling/lanes").await.json();
        assert_eq!(lanes["lanes"][0]["lane"], "1号通道", "{lanes}");
        let list = phone
            .get(&format!("/api/sampling/rounds/{round}/lanes/{}", world.here.id))
            .await;
        assert_eq!(list.status, StatusCode::OK, "{}", list.text());
        assert_eq!(list.json()["people"].as_array().unwrap().len(), 12);
        assert!(!list.text().contains("00012310000"), "no whole numbers on phones");
        let all = targets(&world, round).await;
        // Five into the first tube, which is then closed and boxed.
        let mut records: Vec<Value> = (0..5)
            .map(|i| sample(&world, &all[i], "hx-000001", "1号通道", minute(1), Some(shift)))
            .collect();
        records.push(seal(&world, round, "HX000001", minute(2), Some(shift)));
        assert_eq!(phone.records(&records).await, accepted(6));
        world.house.field.settled().await;
        assert_eq!(finals(&world, round).await, 5);
        let first = tube::Entity::find()
            .one(world.house.app.store.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (first.code.as_str(), first.taken, first.crate_code.as_str()),
            ("HX000001", 5, "A箱")
        );
        assert!(first.sealed_at.is_some());
        for code in ["tube-overfull", "tube-closed", "tube-two-lanes", "sampled-twice"] {
            assert_eq!(issues(&world, code).await, 0, "{code}");
        }
        // A sixth, after it was closed, at another lane; and somebody a second time.
        let sixth = sample(&world, &all[5], "HX000001", "2号通道", minute(3), Some(shift));
        let twice = sample(&world, &all[0], "HX000002", "1号通道", minute(4), Some(shift));
        assert_eq!(phone.records(&[sixth.clone(), twice]).await, accepted(2));
        world.house.field.settled().await;
        for code in ["tube-overfull", "tube-closed", "tube-two-lanes", "sampled-twice"] {
            assert_eq!(issues(&world, code).await, 1, "{code}");
        }
        assert_eq!(finals(&world, round).await, 6, "twice counts once");
        // Taken back, they are missing again.
        let void = made(
            "record.void",
            minute(5),
            Some(shift),
            &json!({"record": sixth["id"], "reason": "扫错了"}),
        );
        assert_eq!(phone.records(&[void]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(finals(&world, round).await, 5);
        // Somebody who is on no list is sampled all the same.
        let body = json!({"round": round, "site": world.here.id, "tube": "HX000002", "capacity": 5, "name": "过路的<i>", "phone": "00099990000"});
        assert_eq!(
            phone
                .records(&[made("sampling.sample", minute(6), Some(shift), &body)])
                .await,
            accepted(1)
        );
        for (wrong, code) in [
            (
                json!({"round": round, "site": world.here.id, "tube": "试管", "capacity": 5, "name": "甲"}),
                "no-tube",
            ),
            (
                json!({"round": round, "site": world.here.id, "tube": "HX000002", "capacity": 5}),
                "nobody-named",
            ),
            (
                json!({"round": round, "site": world.here.id, "tube": "HX000002", "capacity": 7, "name": "甲"}),
                "malformed",
            ),
            (
                json!({"round": round, "site": world.there.id, "tube": "HX000002", "capacity": 5, "name": "甲"}),
                "no-right",
            ),
        ] {
            let answer = phone
                .records(&[made("sampling.sample", minute(6), Some(shift), &wrong)])
                .await;
            assert_eq!(answer[0].1.as_deref(), Some(code), "{wrong}");
        }
        world.house.field.settled().await;
        let before = (
            finals(&world, round).await,
            tube::Entity::find()
                .order_by_asc(tube::Column::Code)
                .all(world.house.app.store.read())
                .await
                .unwrap(),
        );
        field::rebuild::rebuild(&world.house.app, world.house.field.registry(), |_| {})
            .await
            .unwrap();
        let after = (
            finals(&world, round).await,
            tube::Entity::find()
                .order_by_asc(tube::Column::Code)
                .all(world.house.app.store.read())
                .await
                .unwrap(),
        );
        assert_eq!(after, before, "a rebuild gives the same");
        let staff = world.worker().await;
        let page = staff.get("/tubes/HX000002").await;
        assert!(
            page.text().contains("过路的") && !page.text().contains("<i>"),
            "{}",
            page.text()
        );
        let over = json!({"site": world.here.id, "box": "A箱", "tubes": 2, "to": "冷链车 沪A00001"});
        assert_eq!(
            staff
                .records(&[made("sampling.hand-over", minute(7), None, &over)])
                .await,
            accepted(1)
        );
        world.house.field.settled().await;
        let boxes = staff.get("/tubes/boxes").await;
        assert!(boxes.text().contains("records say 1"), "{}", boxes.text());
    }
}

#[tokio::test]
async fn a_positive_tube_is_swabbed_again_one_by_one_and_a_negative_swab_clears() {
    for world in worlds().await {
        let round = round(&world).await;
        let all = targets(&world, round).await;
        let staff = world.worker().await;
        let mut records: Vec<Value> = (0..3)
            .map(|i| sample(&world, &all[i], "HX000001", "", minute(1), None))
            .collect();
        records.extend((3..6).map(|i| sample(&world, &all[i], "HX000002", "", minute(1), None)));
        records.push(sample(&world, &all[6], "HX000003", "", minute(1), None));
        records.push(seal(&world, round, "HX000001", minute(2), None));
        records.push(seal(&world, round, "HX000002", minute(2), None));
        assert_eq!(staff.records(&records).await, accepted(9));
        world.house.field.settled().await;
        // One of them is confined for longer already: that stays.
        let home = people::model::resident::Entity::find_by_id((world.here.id, ResidentId(all[0].id.0)))
            .one(world.house.app.store.read())
            .await
            .unwrap()
            .unwrap();
        let span = people::standing::Span {
            from: minute(0),
            until: Some(minute(60 * 24 * 14)),
            why: "密接".into(),
        };
        people::standing::by_hand(
            &world.house.app,
            &Actor::command_line(),
            home.household_id,
            Some(home.id),
            people::standing::Part::Confined,
            Some(span.clone()),
        )
        .await
        .unwrap();
        let file = "试管,结果\nHX000001,阳性\nHX000002,阴性\nHX000003,阴性\nHX999999,阴性\nHX000002,也许\nHX000001,阴性\nHX000002,阴性\n";
        let report = results::enter(
            &world.house.app,
            &Actor::command_line(),
            results::read(file.as_bytes()).unwrap(),
        )
        .await
        .unwrap();
        assert_eq!(
            (report.added, report.unchanged, report.positive),
            (2, 1, 1),
            "{report:?}"
        );
        let rejected: Vec<(usize, &str)> = report
            .rejected
            .iter()
            .map(|one| (one.line.line, one.why))
            .collect();
        assert_eq!(
            rejected,
            [
                (4, "sampling-open-tube"),
                (5, "sampling-unknown-tube"),
                (6, "sampling-no-verdict"),
                (7, "sampling-other-verdict"),
            ]
        );
        // Its three people, nobody else, one by one; in for a day at most.
        let swabs = targets(&world, report.follow_ups[0]).await;
        let names = |rows: &[target::Model]| rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&swabs), names(&all[0..3]));
        assert_eq!(confined(&world, &all[0]).await, Some(span));
        let until = confined(&world, &all[1]).await.unwrap().until.unwrap();
        assert_eq!(until, world.house.app.now() + results::HOLD);
        assert_eq!(confined(&world, &all[3]).await, None);
        // The single swab of one of them is negative.
        let single = swabs.iter().find(|row| row.id == all[1].id).unwrap();
        let mut body = sample(&world, single, "HX000101", "", minute(3), None);
        body["body"]["capacity"] = json!(1);
        let records = [
            body,
            seal(&world, report.follow_ups[0], "HX000101", minute(4), None),
        ];
        assert_eq!(staff.records(&records).await, accepted(2));
        world.house.field.settled().await;
        let answer = staff
            .send(
                Method::POST,
                "/api/sampling/results",
                "application/json",
                &[],
                json!({"results": [{"tube": "hx000101", "result": "negative"}, {"tube": "nothing", "result": "negative"}]})
                    .to_string()
                    .into_bytes(),
            )
            .await;
        assert_eq!(answer.json()["added"], 1, "{}", answer.text());
        assert_eq!(answer.json()["rejected"][0]["code"], "sampling-unknown-tube");
        assert_eq!(confined(&world, &all[1]).await, None);
        assert!(confined(&world, &all[2]).await.is_some(), "the others still wait");
        // Nobody moves into a round of single swabs.
        assert_eq!(open::sync(&world.house.app).await.unwrap(), 0);
        // Others see none of it.
        let far = world.neighbour().await;
        assert_eq!(far.get("/tubes/HX000001").await.status, StatusCode::NOT_FOUND);
        assert!(!far.get("/tubes").await.text().contains("HX000001"));
        let list = format!("/api/sampling/rounds/{round}/lanes/{}", world.here.id);
        assert_eq!(far.get(&list).await.status, StatusCode::NOT_FOUND);
        let answer = far
            .send(
                Method::POST,
                "/api/sampling/results",
                "application/json",
                &[],
                json!({"results": [{"tube": "HX000003", "result": "positive"}]})
                    .to_string()
                    .into_bytes(),
            )
            .await;
        assert_eq!(answer.json()["rejected"][0]["code"], "sampling-unknown-tube");
        let plan = staff
            .get("/sampling/plan?people=10000&hours=8&waves=40&service=25")
            .await;
        assert!(plan.text().contains("<b>15</b>"), "{}", plan.text());
        let wrong = staff.get("/sampling/plan?people=-3").await;
        assert!(wrong.text().contains("Whole numbers") && wrong.text().contains("-3"));
    }
}
