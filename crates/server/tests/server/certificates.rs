//! Certificates of hours over HTTP: announced, issued when their days are over, checked by anybody, withdrawn;
//! and everything that must not be.
#![allow(clippy::unwrap_used, missing_docs)]

mod wrong;

use std::time::Duration;

use crate::common::{Client, Reply, World, accepted, made, minute, record, worlds};
use axum::http::{StatusCode, header};
use futures_util::future::join_all;
use kit::{
    Role, Timestamp,
    id::{HelperId, ShiftId},
};
use people::{helper, numbers::Number};
use reports::{certificate::serial, model::certificate};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

const IDENTITY: &str = "310107199001014567";
const PHONE: &str = "00012347654";
const FROM: &str = "2020-02-01";
const TO: &str = "2020-02-10";
const ISSUER: &str = "交暨居民委员会";

fn nobody(world: &World) -> Client {
    Client {
        router: world.house.router(),
        token: String::new(),
        lang: "en",
    }
}

fn chinese(client: &Client) -> Client {
    Client {
        lang: "zh-CN",
        ..client.clone()
    }
}

async fn person(world: &World, name: &str, official: bool) -> HelperId {
    let number = |number: &str| {
        if official {
            Number::Keep
        } else {
            Number::Set(number.into())
        }
    };
    let input = helper::Input {
        name: name.into(),
        org: "区体育局".into(),
        phone: number(PHONE),
        identity: number(IDENTITY),
        official,
        active: true,
        ..helper::Input::default()
    };
    helper::create(&world.house.app, &accounts::Actor::command_line(), &input)
        .await
        .unwrap()
}

/// A volunteer and an official who were at the gate from 08:00 to 16:00; it is 16:05.
async fn worked(world: &World, staff: &Client) -> (HelperId, HelperId, ShiftId) {
    let shift = world.shift(world.post, 4).await;
    let mut sent = Vec::new();
    let mut people = Vec::new();
    for (name, official) in [("赵小明", false), ("钱主任", true)] {
        let who = person(world, name, official).await;
        world.put(&shift, who, false).await;
        let body = json!({"helper": who});
        sent.push(record("attendance.check-in", minute(0), shift.id, body.clone()));
        sent.push(record("attendance.check-out", minute(8 * 60), shift.id, body));
        people.push(who);
    }
    world.clock.set(minute(8 * 60 + 5));
    assert_eq!(staff.records(&sent).await, accepted(4));
    world.house.field.settled().await;
    (people[0], people[1], shift.id)
}

async fn ask(staff: &Client, who: HelperId, from: &str, to: &str) -> Reply {
    let who = who.to_string();
    let fields = [
        ("helper", who.as_str()),
        ("from", from),
        ("to", to),
        ("issuer", ISSUER),
        ("contact", "居委会办公室"),
        ("public_days", "7"),
    ];
    staff.form("/certificates/new", &fields).await
}

async fn newest(world: &World, who: HelperId) -> certificate::Model {
    certificate::Entity::find()
        .filter(certificate::Column::HelperId.eq(who))
        .order_by_desc(certificate::Column::CreatedAt)
        .order_by_desc(certificate::Column::Id)
        .one(world.house.app.store.read())
        .await
        .unwrap()
        .unwrap()
}

/// Moves the clock to noon, so many days after 10 February.
fn days_later(world: &World, days: u64) {
    let noon: Timestamp = minute(4 * 60);
    world.clock.set(noon + Duration::from_secs(days * 24 * 3600));
}

/// A public page tells neither whole name nor numbers.
fn discreet(text: &str) {
    for secret in ["赵小明", IDENTITY, PHONE, "4567", "7654"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(!text.contains('⟨'), "{text}");
}

async fn printed(client: &Client, path: &str) -> String {
    let reply = client.get(&format!("{path}/pdf")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/pdf");
    assert!(reply.bytes.starts_with(b"%PDF"));
    let file = std::env::temp_dir().join(format!(
        "fangxian-certificate-{}-{}.pdf",
        client.lang,
        reply.bytes.len()
    ));
    std::fs::write(&file, &reply.bytes).unwrap();
    let text = std::process::Command::new("pdftotext")
        .arg(&file)
        .arg("-")
        .output();
    text.map_or_else(
        |_| String::new(),
        |out| String::from_utf8_lossy(&out.stdout).into_owned(),
    )
}

#[tokio::test]
async fn from_the_announcement_to_the_withdrawal() {
    for world in worlds().await {
        let staff = world.worker().await;
        let (who, ..) = worked(&world, &staff).await;
        let look = staff
            .get(&format!("/certificates/new?helper={who}&from={FROM}&to={TO}"))
            .await;
        assert_eq!(look.status, StatusCode::OK, "{}", look.text());
        assert!(look.text().contains("Gate watch") && look.text().contains("<b>8</b>"));
        let path = made(&ask(&staff, who, FROM, TO).await);
        let it = newest(&world, who).await;
        assert_eq!((it.tenths, it.times, it.number.as_str()), (80, 1, "****4567"));
        let (open, shown) = (nobody(&world), serial::shown(&it.serial));

        for client in [open.clone(), chinese(&open)] {
            let list = client.get("/certificates/announced").await.text();
            discreet(&list);
            for part in ["赵*明", ISSUER, "2020-02-16", "居委会办公室"] {
                assert!(list.contains(part), "{part}: {list}");
            }
        }
        let check = open.get(&format!("/check/{}", it.serial)).await;
        discreet(&check.text());
        assert!(check.text().contains("not issued yet"), "{}", check.text());

        // Its days are not over; there is no paper.
        for days in [0, 6] {
            days_later(&world, days);
            let early = staff.form(&format!("{path}/issue"), &[]).await;
            assert_eq!(early.status, StatusCode::CONFLICT);
            assert!(early.text().contains("It can be issued from 2020-02-17"));
        }
        assert_eq!(
            staff.get(&format!("{path}/pdf")).await.status,
            StatusCode::CONFLICT
        );
        days_later(&world, 7);
        let issued = staff.form(&format!("{path}/issue"), &[]).await;
        assert_eq!(issued.status, StatusCode::SEE_OTHER, "{}", issued.text());
        assert_eq!(
            staff.form(&format!("{path}/issue"), &[]).await.status,
            StatusCode::CONFLICT,
            "twice is once"
        );
        assert!(!open.get("/certificates/announced").await.text().contains("赵*明"));

        let careless = shown.to_lowercase().replace('0', "o").replace('-', " ");
        let sent = open.form("/check", &[("serial", &careless)]).await;
        assert_eq!(
            sent.headers[header::LOCATION],
            format!("/check/{}", it.serial).as_str()
        );
        for (client, says) in [
            (open.clone(), "This certificate is valid"),
            (chinese(&open), "这份证明有效"),
        ] {
            let text = client.get(&format!("/check/{}", it.serial)).await.text();
            discreet(&text);
            for part in [says, "赵*明", ISSUER, &shown, FROM, TO] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }

        let zh = printed(&chinese(&staff), &path).await;
        let en = printed(&staff, &path).await;
        if !zh.is_empty() {
            for part in [
                "赵小明",
                &shown,
                ISSUER,
                "****4567",
                "工作人员",
                "卡点值守",
                "2020-02-17",
            ] {
                assert!(zh.contains(part), "{part}: {zh}");
            }
            assert!(!zh.contains(IDENTITY) && !zh.contains("已撤回"), "{zh}");
            assert!(
                en.contains("Certificate of hours") && en.contains("Gate watch"),
                "{en}"
            );
        }
        let raw = staff.get(&format!("{path}/pdf")).await.bytes;
        assert!(
            raw.windows(shown.len()).any(|part| part == shown.as_bytes()),
            "the serial stands in the file"
        );

        // Hours are certified once.
        let twice = ask(&staff, who, "2020-02-10", "2020-02-12").await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(twice.text().contains(&shown), "{}", twice.text());
        let none = ask(&staff, who, "2020-02-11", "2020-02-12").await;
        assert!(none.text().contains("No hours in these days"), "{}", none.text());

        let withdraw = format!("{path}/withdraw");
        let blank = staff.form(&withdraw, &[("reason", " ")]).await;
        assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = staff.form(&withdraw, &[("reason", "名字写错")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let text = open.get(&format!("/check/{}", it.serial)).await.text();
        discreet(&text);
        assert!(
            text.contains("withdrawn on 2020-02-17") && !text.contains("名字写错"),
            "{text}"
        );
        let zh = printed(&chinese(&staff), &path).await;
        assert!(zh.is_empty() || zh.contains("已于 2020-02-17 12:00 撤回"), "{zh}");
        made(&ask(&staff, who, FROM, TO).await);

        let trail = accounts::model::audit::Entity::find()
            .filter(accounts::model::audit::Column::Action.starts_with("certificate."))
            .all(world.house.app.store.read())
            .await
            .unwrap();
        let noted = |action: &str| trail.iter().filter(|entry| entry.action == action).count();
        let steps =
            ["announce", "issue", "pdf", "withdraw"].map(|step| noted(&format!("certificate.{step}")));
        assert_eq!(steps, [2, 1, 4, 1]);
    }
}

#[tokio::test]
async fn what_changed_in_between_is_announced_again() {
    for world in worlds().await {
        let staff = world.worker().await;
        let (who, _, shift) = worked(&world, &staff).await;
        let path = made(&ask(&staff, who, FROM, TO).await);
        let times = [
            ("in_at", "2020-02-10T08:00"),
            ("out_at", "2020-02-10T12:00"),
            ("reason", "中午走的"),
        ];
        let mended = staff
            .form(&format!("/shifts/{shift}/helpers/{who}/times"), &times)
            .await;
        assert_eq!(mended.status, StatusCode::SEE_OTHER, "{}", mended.text());
        world.house.field.settled().await;
        days_later(&world, 7);
        let refused = staff.form(&format!("{path}/issue"), &[]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(
            refused
                .text()
                .contains("now 4 hours, 1 person-times; the certificate says 8 hours"),
            "{}",
            refused.text()
        );
        let again = staff.form(&format!("{path}/announce"), &[]).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());
        let early = staff.form(&format!("{path}/issue"), &[]).await;
        assert!(
            early.text().contains("It can be issued from 2020-02-24"),
            "{}",
            early.text()
        );
        days_later(&world, 14);
        let issued = staff.form(&format!("{path}/issue"), &[]).await;
        assert_eq!(issued.status, StatusCode::SEE_OTHER, "{}", issued.text());
        assert_eq!(newest(&world, who).await.tenths, 40);
        assert_eq!(
            staff.form(&format!("{path}/announce"), &[]).await.status,
            StatusCode::CONFLICT,
            "what is issued is withdrawn, not announced again"
        );
    }
}

#[tokio::test]
async fn everybody_sees_their_part() {
    for world in worlds().await {
        let staff = world.worker().await;
        let (who, ..) = worked(&world, &staff).await;
        let path = made(&ask(&staff, who, FROM, TO).await);
        let grant = |role, org| world.at(role, &world.here, org);
        let own = world
            .client("联络员", &[grant(Role::Coordinator, Some(world.org))], None)
            .await;
        let other = world
            .client(
                "别的联络员",
                &[grant(Role::Coordinator, Some(world.other_org))],
                None,
            )
            .await;
        let holder = world
            .client("赵小明", &[grant(Role::Helper, None)], Some(who))
            .await;
        let mate = world
            .client("王建国", &[grant(Role::Helper, None)], Some(world.helpers[0]))
            .await;
        let far = world.neighbour().await;
        for (client, sees) in [
            (&staff, true),
            (&own, true),
            (&holder, true),
            (&other, false),
            (&mate, false),
            (&far, false),
        ] {
            let wanted = if sees {
                StatusCode::OK
            } else {
                StatusCode::NOT_FOUND
            };
            assert_eq!(client.get(&path).await.status, wanted);
            let list = client.get("/certificates").await.text();
            assert_eq!(list.contains(&path), sees, "{list}");
            if !sees {
                assert_eq!(
                    client.get(&format!("{path}/pdf")).await.status,
                    StatusCode::NOT_FOUND
                );
            }
        }
        for client in [&own, &holder, &other] {
            for step in ["issue", "withdraw", "announce"] {
                let reply = client.form(&format!("{path}/{step}"), &[("reason", "x")]).await;
                assert_eq!(reply.status, StatusCode::FORBIDDEN, "{step}");
            }
        }
        for step in ["issue", "withdraw", "announce"] {
            let reply = far.form(&format!("{path}/{step}"), &[("reason", "x")]).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{step}");
        }
        assert_eq!(
            ask(&far, who, FROM, TO).await.status,
            StatusCode::NOT_FOUND,
            "nobody certifies for people they do not know"
        );
    }
}
