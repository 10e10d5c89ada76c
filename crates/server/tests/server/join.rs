//! Joining at the kerb by a code, over HTTP: in under a minute without an account; and all that may be wrong.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::common::{Client, Reply, World, accepted, minute, record, worlds};
use axum::http::{Method, StatusCode, header};
use futures_util::future::join_all;
use muster::model::{assignment, shift};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

/// A browser in which nobody has signed in.
fn stranger(world: &World) -> Client {
    Client {
        router: world.house.router(),
        token: "nobody".to_owned(),
        lang: "en",
    }
}

async fn code(staff: &Client, shift: &shift::Model, most: &str, every: &str) -> String {
    let path = format!("/shifts/{}/invitations", shift.id);
    let made = staff
        .form(&path, &[("most", most), ("hours", "6"), ("every_shift", every)])
        .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let poster = made.headers[header::LOCATION].to_str().unwrap().to_owned();
    let code = poster.split(['/', '?']).nth(4).unwrap().to_owned();
    let poster = staff.get(&poster).await;
    assert!(
        poster.text().contains("<svg"),
        "the poster shows the code as a picture"
    );
    code
}

async fn join(client: &Client, code: &str, name: &str, phone: &str) -> Reply {
    let fields = [("name", name), ("phone", phone), ("rules", "on"), ("cover", "on")];
    client.form(&format!("/join/{code}"), &fields).await
}

async fn names(world: &World, shift: &shift::Model) -> u64 {
    assignment::Entity::find()
        .filter(assignment::Column::ShiftId.eq(shift.id))
        .count(world.house.app.store.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_walk_up_helper_works_the_shift() {
    for world in worlds().await {
        let staff = world.worker().await;
        let shift = world.shift(world.post, 4).await;
        let other = world.shift(world.far_post, 4).await;
        let other_day = world
            .shift_on("2020-02-12", "08:00-16:00", (world.far_post, 4), None)
            .await;
        let staff_there = world.neighbour().await;
        let code = code(&staff, &shift, "3", "").await;
        let nobody = stranger(&world);
        let shown = nobody.get(&format!("/join/{}", code.to_lowercase())).await;
        assert!(shown.text().contains("北门卡点"), "{}", shown.text());

        let joined = join(&nobody, &code, "赵小满", "00012340001").await;
        assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.text());
        let cookie = joined.headers[header::SET_COOKIE].to_str().unwrap();
        let secret = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
        let phone = Client {
            token: secret,
            ..nobody.clone()
        };
        let duty = phone.get("/api/field/duty").await.json();
        assert_eq!(duty["shifts"].as_array().unwrap().len(), 1);
        let helper = duty["user"]["helper"].as_str().unwrap().to_owned();
        let come = record(
            "attendance.check-in",
            minute(0),
            shift.id,
            json!({"helper": helper}),
        );
        assert_eq!(phone.records(&[come]).await, accepted(1));
        assert_eq!(
            phone.get(&format!("/shifts/{}", shift.id)).await.status,
            StatusCode::OK
        );
        assert_eq!(
            duty["gates"],
            json!([]),
            "who lives behind a gate is not for a code"
        );
        for closed in [
            format!("/api/gates/{}/roster", world.here.id),
            format!("/api/gates/{}/status?direction=in&number=1234", world.here.id),
            format!("/shifts/{}", other.id),
            "/residents".to_owned(),
            "/calls".to_owned(),
        ] {
            let status = phone.get(&closed).await.status;
            assert!(
                status == StatusCode::NOT_FOUND || status == StatusCode::FORBIDDEN,
                "{closed}: {status}"
            );
        }

        // A name and a number are no proof: their other shifts do not exist for this phone.
        let next = world
            .shift_on("2020-02-10", "18:00-20:00", (world.far_post, 4), None)
            .await;
        world.put(&next, helper.parse().unwrap(), false).await;
        world.house.sessions.forget();
        let duty = phone.get("/api/field/duty").await.json();
        assert_eq!(duty["shifts"].as_array().unwrap().len(), 1);
        let closed = phone.get(&format!("/shifts/{}", next.id)).await.status;
        assert_eq!(closed, StatusCode::NOT_FOUND);
        for closed in [
            "/offers",
            "/messages",
            "/hours",
            "/reports",
            "/account",
            "/shifts",
        ] {
            assert_eq!(phone.get(closed).await.status, StatusCode::FORBIDDEN, "{closed}");
        }
        let there = record(
            "attendance.check-in",
            minute(0),
            next.id,
            json!({"helper": helper}),
        );
        let refused = vec![("rejected".to_owned(), Some("no-right".to_owned()))];
        assert_eq!(phone.records(&[there]).await, refused);

        // Another code on the same phone adds its shift, and keeps the first.
        let second = self::code(&staff_there, &other_day, "3", "").await;
        let again = phone.get(&format!("/join/{second}")).await.text();
        assert!(
            again.contains("name=\"cover\""),
            "they confirm their cover again: {again}"
        );
        let more = join(&phone, &second, "赵小满", "00012340001").await;
        assert_eq!(more.status, StatusCode::SEE_OTHER, "{}", more.text());
        let cookie = more.headers[header::SET_COOKIE].to_str().unwrap();
        let both = Client {
            token: cookie.split(['=', ';']).nth(1).unwrap().to_owned(),
            ..phone.clone()
        };
        let duty = both.get("/api/field/duty").await.json();
        assert_eq!(duty["shifts"].as_array().unwrap().len(), 2, "{duty}");
        assert_eq!(duty["user"]["joined"], true);

        // Again from a second phone: the same person, once.
        let again = join(&nobody, &code, "赵小满", "000 1234 0001").await;
        assert_eq!(again.status, StatusCode::SEE_OTHER);
        assert_eq!(names(&world, &shift).await, 1);
        // When the shift is long over the session is too.
        world.clock.set(minute(21 * 60));
        world.house.sessions.forget();
        assert_eq!(
            phone.get("/api/field/duty").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn every_wrong_code_and_form_is_answered_in_words() {
    for world in worlds().await {
        let staff = world.worker().await;
        let shift = world.shift(world.post, 2).await;
        let code = code(&staff, &shift, "5", "on").await;
        let nobody = stranger(&world);
        let blank = nobody.form(&format!("/join/{code}"), &[("name", "赵小满")]).await;
        assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(blank.text().contains("赵小满") && blank.text().contains("Please confirm this."));
        let unknown = nobody.get("/join/AAAAAAAA").await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert!(unknown.text().contains("There is no such code"));
        assert_eq!(
            nobody.form("/join", &[("code", "")]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );

        // Somebody with a password signs in instead.
        let admin = accounts::Actor::command_line();
        let row = people::model::helper::Entity::find_by_id(world.helpers[0])
            .one(world.house.app.store.read())
            .await
            .unwrap()
            .unwrap();
        people::account::link(&world.house.app, &admin, &row)
            .await
            .unwrap();
        let list = "赵小满 00012340001\n钱多 电话\n孙大 00012340002\n李四 00012340003";
        let team = staff
            .form(&format!("/shifts/{}/team", shift.id), &[("list", list)])
            .await;
        assert_eq!(team.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = team.text();
        assert!(text.contains("2 are on the shift"), "{text}");
        assert!(
            text.contains("钱多 电话: please write") && text.contains("李四 00012340003"),
            "{text}"
        );
        let full = join(&nobody, &code, "周五", "00012340009").await;
        assert_eq!(full.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(names(&world, &shift).await, 2);

        let withdraw = format!("/shifts/{}/invitations/{code}/withdraw", shift.id);
        assert_eq!(staff.form(&withdraw, &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(
            nobody.get(&format!("/join/{code}")).await.status,
            StatusCode::NOT_FOUND
        );
        let code = self::code(&staff, &shift, "5", "on").await;
        world.clock.set(minute(7 * 60));
        let ended = nobody.get(&format!("/join/{code}")).await;
        assert_eq!(ended.status, StatusCode::GONE);
        assert!(ended.text().contains("This code has ended"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn scanned_five_hundred_times_it_lets_in_as_many_as_it_says() {
    for world in worlds().await {
        let staff = world.worker().await;
        let shift = world.shift(world.post, 400).await;
        let code = code(&staff, &shift, "30", "").await;
        let tries = (0..500).map(|i| {
            let (client, code) = (stranger(&world), code.clone());
            tokio::spawn(async move {
                join(&client, &code, &format!("志愿者{i}"), &format!("000{i:08}"))
                    .await
                    .status
            })
        });
        let statuses: Vec<StatusCode> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
        let joined = statuses
            .iter()
            .filter(|status| **status == StatusCode::SEE_OTHER)
            .count();
        let refused = statuses
            .iter()
            .filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY)
            .count();
        assert_eq!((joined, refused), (30, 470), "{statuses:?}");
        assert_eq!(names(&world, &shift).await, 30);
        let helpers = people::model::helper::Entity::find()
            .filter(people::model::helper::Column::Name.starts_with("志愿者"))
            .count(world.house.app.store.read())
            .await
            .unwrap();
        assert_eq!(helpers, 30, "whoever was refused leaves no trace");
        let reply = staff
            .send(Method::GET, &format!("/shifts/{}", shift.id), "", &[], vec![])
            .await;
        assert!(reply.text().contains("30 of 30 have joined"));
    }
}

#[tokio::test]
async fn a_code_frees_no_other_shift() {
    for world in worlds().await {
        let staff = world.worker().await;
        let shift = world.shift(world.post, 4).await;
        let next = world
            .shift_on("2020-02-10", "18:00-20:00", (world.post, 4), None)
            .await;
        let code = code(&staff, &shift, "3", "").await;
        let joined = join(&stranger(&world), &code, "赵小满", "00012340001").await;
        let cookie = joined.headers[header::SET_COOKIE].to_str().unwrap();
        let phone = Client {
            token: cookie.split(['=', ';']).nth(1).unwrap().to_owned(),
            ..stranger(&world)
        };
        let duty = phone.get("/api/field/duty").await.json();
        let helper = duty["user"]["helper"].as_str().unwrap().to_owned();
        world.put(&next, helper.parse().unwrap(), false).await;
        let path = format!("/shifts/{}/helpers/{helper}/release", shift.id);
        assert!(!phone.get(&path).await.text().contains("name=\"until\""));
        let left = phone
            .form(&path, &[("why", "ill"), ("until", "2020-02-12")])
            .await;
        assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.text());
        assert_eq!((names(&world, &shift).await, names(&world, &next).await), (0, 1));
        let db = world.house.app.store.read();
        let times = muster::times::load(db, helper.parse().unwrap(), minute(0))
            .await
            .unwrap();
        assert!(times.absences.is_empty());
    }
}
