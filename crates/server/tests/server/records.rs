//! The way in, driven over HTTP: right input is kept once, wrong input is answered clearly.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod wrong;

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
        let other = world.neighbour().await;
        assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}
