//! The way in, driven over HTTP: right input is kept once, wrong input is answered clearly.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use crate::common::{Client, World, accepted, minute, record, worlds};
use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_STANDARD};
use field::model::{issue, journal, tally};
use kit::{Role, id::RecordId};
use muster::model::{attendance, shift};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Appender;

async fn attendance_of(world: &World, shift: &shift::Model, helper: usize) -> Option<attendance::Model> {
    attendance::Entity::find_by_id((shift.community_id, shift.id, world.helpers[helper]))
        .one(world.house.app.store.read())
        .await
        .unwrap()
}

async fn open_issues(world: &World) -> Vec<String> {
    let mut codes: Vec<String> = issue::Entity::find()
        .filter(issue::Column::Open.eq(true))
        .all(world.house.app.store.read())
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.code)
        .collect();
    codes.sort();
    codes
}

async fn tallied(world: &World, activity: &str) -> i64 {
    tally::Entity::find()
        .filter(tally::Column::Activity.eq(activity))
        .all(world.house.app.store.read())
        .await
        .unwrap()
        .iter()
        .map(|row| row.quantity)
        .sum()
}

/// A team leader on a shift with three names.
async fn team(world: &World) -> (shift::Model, Client) {
    let shift = world.shift(world.post, 4).await;
    for (i, helper) in world.helpers[..3].iter().enumerate() {
        world.put(&shift, *helper, i == 0).await;
    }
    let grant = world.at(Role::Helper, &world.here, None);
    let leader = world.client("队长", &[grant], Some(world.helpers[0])).await;
    (shift, leader)
}

#[tokio::test]
async fn a_day_at_the_gate() {
    for world in worlds().await {
        let (shift, leader) = team(&world).await;
        let helper = world.helpers[1];
        let check_in = record(
            "attendance.check-in",
            minute(-3),
            shift.id,
            json!({"helper": helper}),
        );
        assert_eq!(leader.records(std::slice::from_ref(&check_in)).await, accepted(1));
        world.clock.set(minute(481));
        let rest = [
            record(
                "work.count",
                minute(300),
                shift.id,
                json!({"helper": helper, "activity": "temperature-taken", "quantity": 250}),
            ),
            record(
                "attendance.check-out",
                minute(480),
                shift.id,
                json!({"helper": helper}),
            ),
        ];
        assert_eq!(leader.records(&rest).await, accepted(2));
        // Sent again, because the answer was lost.
        let again = leader
            .records(&[check_in.clone(), rest[0].clone(), rest[1].clone()])
            .await;
        assert!(again.iter().all(|(status, _)| status == "duplicate"), "{again:?}");
        // The same id with other content.
        let mut other = check_in;
        other["at"] = json!(minute(-2));
        assert_eq!(
            leader.records(&[other]).await,
            [("conflict".to_owned(), Some("id-conflict".to_owned()))]
        );
        world.house.field.settled().await;
        let row = attendance_of(&world, &shift, 1).await.unwrap();
        assert!(row.complete);
        assert_eq!(row.tenths, 81, "8 h 3 min is 8.1 h");
        assert_eq!(tallied(&world, "person-times").await, 1);
        assert_eq!(tallied(&world, "hours").await, 81);
        assert_eq!(tallied(&world, "temperature-taken").await, 250);
        // What the second one says is not lost: it waits for somebody to look at it.
        assert_eq!(open_issues(&world).await, ["id-conflict"]);
    }
}

#[tokio::test]
async fn a_check_out_before_its_check_in_is_kept_and_explained_later() {
    for world in worlds().await {
        let (shift, leader) = team(&world).await;
        world.clock.set(minute(500));
        let helper = json!({"helper": world.helpers[1]});
        let out = record("attendance.check-out", minute(480), shift.id, helper.clone());
        assert_eq!(leader.records(&[out]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(open_issues(&world).await, ["no-check-in"]);
        assert_eq!(tallied(&world, "person-times").await, 0);
        // The phone with the check-in comes back on the network.
        let late = record("attendance.check-in", minute(0), shift.id, helper);
        assert_eq!(leader.records(&[late]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(open_issues(&world).await, Vec::<String>::new());
        assert_eq!(tallied(&world, "hours").await, 80);
    }
}

#[tokio::test]
async fn voiding_takes_back_whatever_order_it_comes_in() {
    for world in worlds().await {
        let (shift, leader) = team(&world).await;
        world.clock.set(minute(500));
        let helper = world.helpers[1];
        let (inn, out) = (
            record(
                "attendance.check-in",
                minute(0),
                shift.id,
                json!({"helper": helper}),
            ),
            record(
                "attendance.check-out",
                minute(480),
                shift.id,
                json!({"helper": helper}),
            ),
        );
        let work = record(
            "work.count",
            minute(100),
            shift.id,
            json!({"helper": helper, "activity": "rubbish-loads", "quantity": 7}),
        );
        let early = record(
            "record.void",
            minute(490),
            shift.id,
            json!({"record": work["id"], "reason": "数错了"}),
        );
        assert_eq!(leader.records(&[early]).await, accepted(1));
        assert_eq!(leader.records(&[inn, out.clone(), work]).await, accepted(3));
        world.house.field.settled().await;
        assert_eq!(tallied(&world, "rubbish-loads").await, 0, "the void came first");
        assert_eq!(tallied(&world, "person-times").await, 1);
        let void = record(
            "record.void",
            minute(491),
            shift.id,
            json!({"record": out["id"], "reason": "签错人"}),
        );
        assert_eq!(leader.records(&[void]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(tallied(&world, "person-times").await, 0);
        assert_eq!(tallied(&world, "hours").await, 0);
        let differences = field::rebuild::verify(&world.house.app, world.house.field.registry(), |_| {})
            .await
            .unwrap();
        assert_eq!(differences, []);
    }
}

#[tokio::test]
async fn who_has_no_right_is_refused_and_staff_can_see_it() {
    for world in worlds().await {
        let (shift, _) = team(&world).await;
        let far = world.shift(world.far_post, 2).await;
        // A worker of one community sends a record of another.
        let worker = world.worker().await;
        let foreign = record(
            "attendance.check-in",
            minute(0),
            far.id,
            json!({"helper": world.stranger}),
        );
        assert_eq!(
            worker.records(&[foreign]).await,
            [("rejected".to_owned(), Some("no-right".to_owned()))]
        );
        // A helper checks somebody else in; and themself on a shift elsewhere.
        let grant = world.at(Role::Helper, &world.here, None);
        let helper = world.client("志愿者", &[grant], Some(world.helpers[1])).await;
        let other = record(
            "attendance.check-in",
            minute(0),
            shift.id,
            json!({"helper": world.helpers[2]}),
        );
        let elsewhere = record(
            "attendance.check-in",
            minute(0),
            far.id,
            json!({"helper": world.helpers[1]}),
        );
        let own = record(
            "attendance.check-in",
            minute(0),
            shift.id,
            json!({"helper": world.helpers[1]}),
        );
        let answers = helper.records(&[other, elsewhere, own]).await;
        let codes: Vec<_> = answers.iter().map(|(status, _)| status.as_str()).collect();
        assert_eq!(
            codes,
            ["rejected", "rejected", "accepted"],
            "the good one goes in"
        );
        // Somebody without an account.
        let nobody = Client {
            token: "wrong".into(),
            ..helper.clone()
        };
        let reply = nobody.post_records("{\"records\":[]}", &[]).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        world.house.field.settled().await;
        assert_eq!(open_issues(&world).await, ["no-right", "no-right", "no-right"]);
    }
}

#[tokio::test]
async fn unreadable_requests_take_nothing_and_unreadable_records_only_themselves() {
    for world in worlds().await {
        let (shift, leader) = team(&world).await;
        let good = record(
            "attendance.check-in",
            minute(0),
            shift.id,
            json!({"helper": world.helpers[1]}),
        );
        let body = json!({ "records": [good] }).to_string();
        let digest = |body: &str| format!("sha-256=:{}:", BASE64_STANDARD.encode(Sha256::digest(body)));
        let cut = &body[..body.len() - 20];
        assert_eq!(
            leader.post_records(cut, &[]).await.status,
            StatusCode::BAD_REQUEST
        );
        let reply = leader
            .post_records(cut, &[("content-digest", &digest(&body))])
            .await;
        assert_eq!(
            (reply.status, reply.json()["code"].clone()),
            (StatusCode::BAD_REQUEST, json!("wrong-digest"))
        );
        let reply = leader
            .post_records(
                &body,
                &[("x-field-user", &RecordId::fresh(minute(0)).to_string())],
            )
            .await;
        assert_eq!(
            (reply.status, reply.json()["code"].clone()),
            (StatusCode::CONFLICT, json!("other-user"))
        );
        let huge = format!("{{\"records\":[{}]}}", " ".repeat(5 * 1024 * 1024));
        assert_eq!(
            leader.post_records(&huge, &[]).await.status,
            StatusCode::PAYLOAD_TOO_LARGE
        );
        let there = journal::Entity::find()
            .count(world.house.app.store.journal())
            .await
            .unwrap();
        assert_eq!(there, 0, "nothing was taken");

        assert_eq!(
            leader
                .post_records(&body, &[("content-digest", &digest(&body))])
                .await
                .status,
            StatusCode::OK
        );
        let helper = world.helpers[1];
        let wrong: Vec<(Value, &str)> = vec![
            (json!("hello"), "malformed"),
            (json!({"id": "not an id"}), "malformed"),
            (
                record(
                    "attendance.check-in",
                    minute(0),
                    shift.id,
                    json!({"helper": "nobody"}),
                ),
                "malformed",
            ),
            (
                record(
                    "attendance.check-in",
                    minute(0),
                    shift.id,
                    json!({"helper": helper, "more": 1}),
                ),
                "malformed",
            ),
            (
                record("tea.drunk", minute(0), shift.id, json!({})),
                "unknown-kind",
            ),
            (
                record(
                    "work.count",
                    minute(0),
                    shift.id,
                    json!({"helper": helper, "activity": "rubbish-loads", "quantity": 0}),
                ),
                "impossible-quantity",
            ),
            (
                record(
                    "work.count",
                    minute(0),
                    shift.id,
                    json!({"helper": helper, "activity": "rubbish-loads", "quantity": 1_000_000}),
                ),
                "impossible-quantity",
            ),
            (
                record(
                    "work.count",
                    minute(0),
                    shift.id,
                    json!({"helper": helper, "activity": "tea", "quantity": 1}),
                ),
                "unknown-activity",
            ),
            (
                record(
                    "attendance.check-in",
                    minute(0),
                    kit::id::ShiftId::fresh(minute(0)),
                    json!({"helper": helper}),
                ),
                "unknown-shift",
            ),
            (
                record("attendance.close", minute(0), shift.id, json!({"helper": helper})),
                "system-only",
            ),
            (
                record(
                    "work.count",
                    minute(0),
                    shift.id,
                    json!({"helper": helper, "activity": "x".repeat(20_000), "quantity": 1}),
                ),
                "record-too-large",
            ),
        ];
        let mut batch: Vec<Value> = wrong.iter().map(|(value, _)| value.clone()).collect();
        batch.push(record(
            "attendance.check-in",
            minute(1),
            shift.id,
            json!({"helper": world.helpers[2]}),
        ));
        let answers = leader.records(&batch).await;
        for ((status, code), (value, wanted)) in answers.iter().zip(&wrong) {
            assert_eq!(
                (status.as_str(), code.as_deref()),
                ("rejected", Some(*wanted)),
                "{value}"
            );
        }
        assert_eq!(answers.last().unwrap().0, "accepted");
    }
}

#[tokio::test]
async fn of_too_many_records_the_first_five_hundred_go_in() {
    for world in worlds().await {
        let (shift, leader) = team(&world).await;
        let work = |i: i64| {
            record(
                "work.count",
                minute(i),
                shift.id,
                json!({"helper": world.helpers[0], "activity": "rubbish-loads", "quantity": 1}),
            )
        };
        let batch: Vec<Value> = (0..510).map(work).collect();
        let answers = leader.records(&batch).await;
        assert_eq!(answers[..500], accepted(500)[..]);
        assert!(
            answers[500..]
                .iter()
                .all(|(_, code)| code.as_deref() == Some("batch-too-long"))
        );
        world.house.field.settled().await;
        assert_eq!(tallied(&world, "rubbish-loads").await, 500);
        assert_eq!(leader.records(&batch[500..]).await, accepted(10));
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_acknowledged() {
    for world in worlds().await {
        let (shift, leader) = team(&world).await;
        let store = &world.house.app.store;
        let Appender::Sqlite(appender) = store.appender() else {
            continue;
        };
        let may_grow_to = |pages: i64| {
            let appender = appender.lock();
            let appender = appender.as_ref().unwrap();
            appender.pragma_update(None, "max_page_count", pages).unwrap();
        };
        // No further than the file is now.
        may_grow_to(1);
        let mut refused = None;
        for i in 0..400 {
            let work = json!({"helper": world.helpers[0], "activity": "rubbish-loads", "quantity": 1});
            let body = json!({ "records": [record("work.count", minute(i), shift.id, work)] }).to_string();
            let reply = leader.post_records(&body, &[]).await;
            if reply.status == StatusCode::SERVICE_UNAVAILABLE {
                assert!(reply.headers.contains_key("retry-after"));
                assert_eq!(reply.json()["code"], "unavailable");
                refused = Some(body);
                break;
            }
        }
        let refused = refused.expect("the full disk was never noticed");
        may_grow_to(1_000_000);
        let reply = leader.post_records(&refused, &[]).await;
        assert_eq!(
            reply.json()["answers"][0]["status"],
            "accepted",
            "sent again when there is room"
        );
    }
}

#[tokio::test]
async fn a_forgotten_check_out_is_closed_flagged_and_confirmed() {
    for world in worlds().await {
        let (shift, leader) = team(&world).await;
        let helper = json!({"helper": world.helpers[1]});
        leader
            .records(&[record("attendance.check-in", minute(0), shift.id, helper.clone())])
            .await;
        world.house.field.settled().await;
        world.clock.set(minute(485));
        assert_eq!(
            muster::close::forgotten(&world.house.app, &world.house.field)
                .await
                .unwrap(),
            0,
            "phones get time"
        );
        world.clock.set(minute(520));
        assert_eq!(
            muster::close::forgotten(&world.house.app, &world.house.field)
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            muster::close::forgotten(&world.house.app, &world.house.field)
                .await
                .unwrap(),
            0
        );
        assert_eq!(open_issues(&world).await, ["forgotten-check-out"]);
        assert_eq!(tallied(&world, "hours").await, 80);
        world.clock.set(minute(530));
        leader
            .records(&[record("attendance.confirm", minute(530), shift.id, helper)])
            .await;
        world.house.field.settled().await;
        assert_eq!(open_issues(&world).await, Vec::<String>::new());
        assert_eq!(tallied(&world, "hours").await, 80);
    }
}

#[tokio::test]
async fn staff_settle_an_issue_with_a_word() {
    for world in worlds().await {
        let (shift, leader) = team(&world).await;
        world.clock.set(minute(500));
        leader
            .records(&[record(
                "attendance.check-out",
                minute(480),
                shift.id,
                json!({"helper": world.helpers[1]}),
            )])
            .await;
        world.house.field.settled().await;
        let worker = world.worker().await;
        let list = worker.get("/issues").await.text();
        assert!(list.contains("Checked out without checking in"), "{list}");
        let found = issue::Entity::find()
            .one(world.house.app.store.read())
            .await
            .unwrap()
            .unwrap();
        let path = format!(
            "/issues/{}/{}/{}",
            found.community_id, found.record_id, found.code
        );
        assert_eq!(worker.get(&path).await.status, StatusCode::OK);
        let empty = worker.form(&format!("{path}/settle"), &[("note", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = worker
            .form(&format!("{path}/settle"), &[("note", "已电话核实")])
            .await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let again = worker
            .form(&format!("{path}/settle"), &[("note", "再一次")])
            .await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        // The worker of another community sees nothing of it.
        let other = world
            .client(
                "别处",
                &[world.at(Role::CommunityWorker, &world.there, None)],
                None,
            )
            .await;
        assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}
