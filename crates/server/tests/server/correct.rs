//! Corrections on the page: nothing is overwritten, the hours follow, and what cannot be is answered in words.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::common::{accepted, minute, record, worlds};
use axum::http::StatusCode;
use field::model::issue;
use kit::Role;
use muster::model::attendance;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

#[tokio::test]
async fn the_leader_mends_an_attendance() {
    for world in worlds().await {
        let shift = world.shift(world.post, 4).await;
        world.put(&shift, world.helpers[0], true).await;
        world.put(&shift, world.helpers[1], false).await;
        let grant = world.at(Role::Helper, &world.here, None);
        let leader = world
            .client("队长", std::slice::from_ref(&grant), Some(world.helpers[0]))
            .await;
        let member = world.client("队员", &[grant], Some(world.helpers[1])).await;
        let who = world.helpers[1];
        let body = json!({"helper": who});
        let work = json!({"helper": who, "activity": "rubbish-loads", "quantity": 7});
        let count = record("work.count", minute(30), shift.id, work);
        world.clock.set(minute(10 * 60));
        let sent = [
            record("attendance.check-in", minute(5), shift.id, body.clone()),
            record("attendance.check-out", minute(70), shift.id, body),
            count.clone(),
        ];
        assert_eq!(leader.records(&sent).await, accepted(3));
        world.house.field.settled().await;
        let path = format!("/shifts/{}/helpers/{who}", shift.id);
        let times =
            |client: crate::common::Client, came: &'static str, left: &'static str, reason: &'static str| {
                let path = format!("{path}/times");
                async move {
                    client
                        .form(&path, &[("in_at", came), ("out_at", left), ("reason", reason)])
                        .await
                }
            };
        // Half a form, an end before its beginning, tomorrow, another week: nothing changes.
        for (came, left, reason, says) in [
            ("2020-02-10T08:05", "2020-02-10T16:00", "", "required"),
            (
                "2020-02-10T08:05",
                "2020-02-10T07:00",
                "x",
                "The end may not come before the start.",
            ),
            (
                "2020-02-10T08:05",
                "2020-02-10T23:00",
                "x",
                "This time has not come yet.",
            ),
            (
                "2020-01-10T08:05",
                "2020-02-10T16:00",
                "x",
                "Too far from this shift",
            ),
        ] {
            let reply = times(leader.clone(), came, left, reason).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(
                reply.text().to_lowercase().contains(&says.to_lowercase()),
                "{says}: {}",
                reply.text()
            );
        }
        // Whoever does not lead reads only.
        assert_eq!(member.get(&path).await.status, StatusCode::OK);
        let refused = times(member, "2020-02-10T08:05", "2020-02-10T16:00", "x").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);

        for _ in 0..2 {
            let reply = times(leader.clone(), "2020-02-10T08:05", "2020-02-10T16:05", "忘了签退").await;
            assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        }
        let load = || async {
            attendance::Entity::find_by_id((shift.community_id, shift.id, who))
                .one(world.house.app.store.read())
                .await
                .unwrap()
                .unwrap()
        };
        let row = load().await;
        assert_eq!((row.tenths, row.flags.as_str()), (80, ""));
        let shown = leader.get(&path).await.text();
        assert!(shown.contains("忘了签退"), "{shown}");
        assert_eq!(shown.matches("<s>check-out</s>").count(), 1, "{shown}");

        // One record voided: without a reason it is not.
        let id = count["id"].as_str().unwrap();
        let void = format!("{path}/void");
        let reply = leader.form(&void, &[("record", id), ("reason", " ")]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        let reply = leader.form(&void, &[("record", id), ("reason", "记错了")]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
        assert!(leader.get(&path).await.text().contains("<s>Loads of rubbish"));
        // They never came: both empty.
        let reply = times(leader.clone(), "", "", "没有来").await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        assert!(!load().await.complete);
        assert_eq!(reports::check(&world.house.app.store).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_name_added_later_explains_who_came_without() {
    for world in worlds().await {
        let shift = world.shift(world.post, 4).await;
        let staff = world.worker().await;
        let who = world.helpers[2];
        world.clock.set(minute(5));
        let come = record("attendance.check-in", minute(5), shift.id, json!({"helper": who}));
        assert_eq!(staff.records(&[come]).await, accepted(1));
        world.house.field.settled().await;
        let open = || async {
            issue::Entity::find()
                .filter(issue::Column::Open.eq(true))
                .all(world.house.app.store.read())
                .await
                .unwrap()
                .len()
        };
        assert_eq!(open().await, 1);
        world.put(&shift, who, false).await;
        assert_eq!(open().await, 0);
    }
}
