//! Wrong requests, and a disk that is full.

use super::*;

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
