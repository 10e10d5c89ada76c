//! The call's clock over HTTP: who may record what, and what the page shows.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::common::{Client, World, accepted, minute, worlds};
use axum::http::{StatusCode, header};
use kit::{Role, id::RecordId};
use serde_json::{Value, json};

async fn call(world: &World, staff: &Client) -> String {
    let place = world.here.id.to_string();
    let made = staff
        .form(
            "/calls/new",
            &[
                ("title", "支援采样"),
                ("place", &place),
                ("first_day", "2020-02-10"),
                ("last_day", "2020-02-10"),
                ("weekdays", "1,2,3,4,5,6,7"),
                ("from_time", "08:00"),
                ("to_time", "20:00"),
                ("people_per_day", "80"),
            ],
        )
        .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let path = made.headers[header::LOCATION].to_str().unwrap();
    let path = path.split('?').next().unwrap().to_owned();
    let asked = staff
        .form(&format!("{path}/ask"), &[("org", "区体育局"), ("asked", "80")])
        .await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
    world.clock.set(minute(0));
    assert_eq!(
        staff.form(&format!("{path}/send"), &[]).await.status,
        StatusCode::SEE_OTHER
    );
    path
}

#[tokio::test]
async fn from_the_call_to_the_arrival() {
    for world in worlds().await {
        let staff = world.worker().await;
        let path = call(&world, &staff).await;
        let id = path.trim_start_matches("/calls/").to_owned();
        let at = |role, org| world.at(role, &world.street, Some(org));
        let coordinator = world
            .client("联络员", &[at(Role::Coordinator, world.org)], None)
            .await;
        let other = world
            .client("外单位", &[at(Role::Coordinator, world.other_org)], None)
            .await;
        let helper = world
            .client(
                "队员",
                &[world.at(Role::Helper, &world.street, None)],
                Some(world.helpers[0]),
            )
            .await;
        let record = |kind: &str, minutes: i64, body: Value| {
            let mut all = json!({"call": id, "org": world.org, "batch": 1});
            all.as_object_mut()
                .unwrap()
                .extend(body.as_object().unwrap().clone());
            json!({"id": RecordId::fresh(minute(minutes)), "kind": kind, "at": minute(minutes), "body": all})
        };

        world.clock.set(minute(4));
        let org = world.org.to_string();
        let above = coordinator
            .form(
                &format!("{path}/pledge"),
                &[("org", &org), ("people", "81"), ("note", "再多一人")],
            )
            .await;
        assert_eq!(above.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = above.text();
        assert!(
            text.contains("asked for 80 a day") && text.contains("再多一人"),
            "{text}"
        );
        let pledged = coordinator
            .form(
                &format!("{path}/pledge"),
                &[("org", &org), ("people", "80"), ("note", "")],
            )
            .await;
        assert_eq!(pledged.status, StatusCode::SEE_OTHER, "{}", pledged.text());
        world.clock.set(minute(30));
        let here = record("call.here", 12, json!({"helper": world.helpers[0]}));
        assert_eq!(helper.records(&[here]).await, accepted(1));
        // Without a phone's queue: the page itself.
        let form = [
            ("kind", "heads"),
            ("org", org.as_str()),
            ("batch", "1"),
            ("people", "80"),
        ];
        let heads = coordinator.form(&format!("{path}/gather"), &form).await;
        assert_eq!(heads.status, StatusCode::SEE_OTHER, "{}", heads.text());
        world.clock.set(minute(55));
        let arrived = record("call.arrived", 55, json!({"people": 80}));
        assert_eq!(staff.records(std::slice::from_ref(&arrived)).await, accepted(1));
        world.house.field.settled().await;

        // What may not be.
        for (client, record, code) in [
            (
                &coordinator,
                record("call.arrived", 56, json!({"people": 80})),
                "no-right",
            ),
            (&other, record("call.heads", 56, json!({"people": 3})), "no-right"),
            (
                &coordinator,
                record("call.heads", 56, json!({"people": -3})),
                "impossible-quantity",
            ),
            (
                &coordinator,
                record("call.heads", 56, json!({"people": 3, "batch": 0})),
                "impossible-quantity",
            ),
            (
                &coordinator,
                record("call.heads", 56, json!({"helper": world.helpers[0]})),
                "malformed",
            ),
            (
                &coordinator,
                record("call.heads", 56, json!({"people": 3, "org": world.other_org})),
                "not-called",
            ),
        ] {
            let answer = client.records(&[record]).await;
            assert_eq!(answer, [("rejected".to_owned(), Some(code.to_owned()))]);
        }
        let blank = [
            ("kind", "heads"),
            ("org", org.as_str()),
            ("batch", "1"),
            ("people", "many"),
        ];
        let blank = coordinator.form(&format!("{path}/gather"), &blank).await;
        assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(blank.text().contains("many"));

        let page = staff.get(&format!("{path}/clock")).await;
        assert_eq!(page.status, StatusCode::OK);
        let text = page.text();
        for shown in ["4 min", "30 min", "55 min", "<polyline"] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
        assert_eq!(helper.get(&format!("{path}/clock")).await.status, StatusCode::OK);
        assert_eq!(
            other.get(&format!("{path}/clock")).await.status,
            StatusCode::NOT_FOUND
        );
        // From the journal the same clock comes again.
        let app = &world.house.app;
        field::rebuild::rebuild(app, world.house.field.registry(), |_| {})
            .await
            .unwrap();
        assert!(
            staff
                .get(&format!("{path}/clock"))
                .await
                .text()
                .contains("55 min")
        );
    }
}
