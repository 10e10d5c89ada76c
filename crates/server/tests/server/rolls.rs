//! Roll-calls over HTTP: who is asked, who may answer for whom, who sees what.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::common::{Client, accepted, helper, minute, record, worlds};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_roll_call_finds_who_has_not_answered() {
    for world in worlds().await {
        let shift = world.shift(world.post, 3).await;
        world.put(&shift, world.helpers[0], true).await;
        for n in [1, 2] {
            world.put(&shift, world.helpers[n], false).await;
        }
        let staff = world.worker().await;
        let far = world.neighbour().await;
        let (leader, member) = (helper(&world, 0).await, helper(&world, 1).await);
        let start = async |client: &Client, reason: &str, place: &str| {
            client
                .form("/rollcalls/new", &[("reason", reason), ("place", place)])
                .await
        };
        // Before the shift nobody is on duty.
        assert!(
            start(&staff, "火警", "")
                .await
                .text()
                .contains("Nobody is on duty")
        );
        world.clock.set(minute(10));
        let come = record(
            "attendance.check-in",
            minute(1),
            shift.id,
            json!({"helper": world.helpers[1]}),
        );
        assert_eq!(member.records(&[come]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(
            start(&staff, "", "").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert_eq!(
            start(&staff, "火警", "香泉居民区").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert_eq!(start(&member, "火警", "").await.status, StatusCode::FORBIDDEN);
        let started = start(&staff, "3号楼起火，请马上撤离", "").await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text());
        let path = started.headers[axum::http::header::LOCATION]
            .to_str()
            .unwrap()
            .to_owned();

        let page = staff.get(&path).await.text();
        assert_eq!(
            page.matches("No answer</span>").count(),
            4,
            "three people and the sum: {page}"
        );
        assert_eq!(far.get(&path).await.status, StatusCode::NOT_FOUND);
        let told = member.get("/api/messages").await.json();
        assert!(told[0]["text"].as_str().unwrap().contains("3号楼起火"));
        let answer = async |client: &Client, who: usize, answer: &str| {
            let who = world.helpers[who].to_string();
            client
                .form(&format!("{path}/answer"), &[("helper", &who), ("answer", answer)])
                .await
                .status
        };
        assert_eq!(answer(&member, 1, "help").await, StatusCode::SEE_OTHER);
        assert_eq!(
            answer(&member, 2, "safe").await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "not for others"
        );
        assert_eq!(
            answer(&leader, 2, "safe").await,
            StatusCode::SEE_OTHER,
            "the leader for the team"
        );
        assert_eq!(answer(&far, 0, "safe").await, StatusCode::NOT_FOUND);
        assert_eq!(
            answer(&member, 1, "safe").await,
            StatusCode::SEE_OTHER,
            "a later answer counts"
        );
        let seen = member.get(&path).await.text();
        assert!(!seen.contains("王建国"), "a helper sees only themself");
        assert_eq!(
            staff.form(&format!("{path}/end"), &[]).await.status,
            StatusCode::SEE_OTHER
        );
        let zh = Client {
            lang: "zh",
            ..staff.clone()
        };
        let page = zh.get(&path).await.text();
        assert!(page.contains("紧急点名") && page.contains("结束"), "{page}");
        assert!(staff.get("/rollcalls").await.text().contains("3号楼起火"));
        assert_eq!(
            far.form(&format!("{path}/end"), &[]).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn who_has_come_early_is_asked_and_a_form_sent_twice_calls_once() {
    for world in worlds().await {
        let shift = world.shift(world.post, 1).await;
        world.put(&shift, world.helpers[0], false).await;
        let staff = world.worker().await;
        world.clock.set(minute(-60));
        let come = record(
            "attendance.check-in",
            minute(-60),
            shift.id,
            json!({"helper": world.helpers[0]}),
        );
        assert_eq!(staff.records(&[come]).await, accepted(1));
        world.house.field.settled().await;
        let id = kit::id::RollCallId::fresh(minute(-50)).to_string();
        for _ in 0..2 {
            let started = staff
                .form(
                    "/rollcalls/new",
                    &[("id", &id), ("reason", "地震"), ("place", "")],
                )
                .await;
            assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text());
        }
        let page = staff.get(&format!("/rollcalls/{id}")).await.text();
        assert!(page.contains("王建国"), "{page}");
        let phone = helper(&world, 0).await;
        let duty = phone.get("/api/field/duty").await.json();
        assert_eq!(duty["roll_calls"].as_array().unwrap().len(), 1, "{duty}");
    }
}
