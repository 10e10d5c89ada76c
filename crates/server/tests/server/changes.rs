//! What changes on a shift, over HTTP: somebody cannot come, the place is offered, the first to accept has it;
//! swaps; handover notes; messages by night.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::common::{Client, Reply, World, accepted, helper, minute, record, worlds};
use axum::http::StatusCode;
use futures_util::future::join_all;
use kit::{Role, id::HelperId};
use muster::model::{assignment, shift, swap};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

async fn on(world: &World, shift: &shift::Model) -> Vec<HelperId> {
    let mut names: Vec<HelperId> = assignment::Entity::find()
        .filter(assignment::Column::ShiftId.eq(shift.id))
        .all(world.house.app.store.read())
        .await
        .unwrap()
        .into_iter()
        .map(|name| name.helper_id)
        .collect();
    names.sort();
    names
}

async fn release(client: &Client, shift: &shift::Model, who: HelperId, why: &str, note: &str) -> Reply {
    let path = format!("/shifts/{}/helpers/{who}/release", shift.id);
    client.form(&path, &[("why", why), ("note", note)]).await
}

async fn offer(client: &Client, shift: &shift::Model, answer: &str) -> Reply {
    client
        .form(&format!("/offers/{}", shift.id), &[("answer", answer)])
        .await
}

/// A shift of the organisation on the next day, by day.
async fn tomorrow(world: &World, needed: i64) -> shift::Model {
    world
        .shift_on("2020-02-11", "08:00-16:00", (world.post, needed), Some(world.org))
        .await
}

#[tokio::test]
async fn a_hole_is_offered_and_the_first_has_it() {
    for world in worlds().await {
        let shift = tomorrow(&world, 2).await;
        for n in [0, 1] {
            world.put(&shift, world.helpers[n], false).await;
        }
        let staff = world.worker().await;
        let phones = [
            helper(&world, 0).await,
            helper(&world, 2).await,
            helper(&world, 3).await,
        ];

        let asked = phones[0]
            .get(&format!(
                "/shifts/{}/helpers/{}/release",
                shift.id, world.helpers[0]
            ))
            .await;
        assert_eq!(asked.status, StatusCode::OK);
        assert!(
            !asked.text().contains("no-show"),
            "nobody says of themself that they did not come"
        );
        let bare = release(&phones[0], &shift, world.helpers[0], "cannot", "").await;
        assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
        let other = release(&phones[0], &shift, world.helpers[1], "ill", "").await;
        assert_eq!(
            other.status,
            StatusCode::NOT_FOUND,
            "a helper sees only their own name"
        );
        let early = release(&staff, &shift, world.helpers[1], "no-show", "").await;
        assert_eq!(
            early.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "not before it has begun"
        );

        let left = release(&phones[0], &shift, world.helpers[0], "cannot", "家里有事").await;
        assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.text());
        assert_eq!(on(&world, &shift).await, [world.helpers[1]]);
        let page = staff.get(&format!("/shifts/{}", shift.id)).await.text();
        assert!(
            page.contains("家里有事") && page.contains("1 / 2"),
            "the hole and its reason show at once"
        );
        assert!(page.contains("2 people were offered"), "{page}");

        // Those who suit are told; the one who left and other organisations' people are not.
        for phone in &phones[1..] {
            let told = phone.get("/api/messages").await.json();
            assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
            assert!(told[0]["text"].as_str().unwrap().contains("2020-02-11 08:00"));
            assert!(phone.get("/offers").await.text().contains("I take it"));
        }
        assert_eq!(phones[0].get("/api/messages").await.json(), json!([]));
        let stranger = world
            .client(
                "外人",
                &[world.at(Role::Helper, &world.here, None)],
                Some(world.stranger),
            )
            .await;
        assert_eq!(stranger.get("/api/messages").await.json(), json!([]));
        assert_eq!(
            offer(&stranger, &shift, "take").await.status,
            StatusCode::CONFLICT
        );

        let answers = join_all(phones[1..].iter().map(|phone| offer(phone, &shift, "take"))).await;
        let mut statuses: Vec<StatusCode> = answers.iter().map(|reply| reply.status).collect();
        statuses.sort();
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
        assert_eq!(on(&world, &shift).await.len(), 2);
        let loser = if answers[0].status == StatusCode::CONFLICT {
            &phones[1]
        } else {
            &phones[2]
        };
        assert!(
            loser
                .get("/offers")
                .await
                .text()
                .contains("Somebody else was quicker")
        );
        assert_eq!(
            offer(loser, &shift, "decline").await.status,
            StatusCode::SEE_OTHER
        );
        let twice = offer(loser, &shift, "decline").await;
        assert_eq!(twice.status, StatusCode::CONFLICT);
        assert!(twice.text().contains("answered before"));
        let zh = Client {
            lang: "zh",
            ..loser.clone()
        };
        assert!(zh.get("/offers").await.text().contains("空岗与换班"));
    }
}

#[tokio::test]
async fn who_did_not_come_makes_room_and_who_is_here_does_not() {
    for world in worlds().await {
        let shift = world.shift(world.post, 2).await;
        for n in [0, 1] {
            world.put(&shift, world.helpers[n], false).await;
        }
        let staff = world.worker().await;
        world.clock.set(minute(20));
        let come = record(
            "attendance.check-in",
            minute(2),
            shift.id,
            json!({"helper": world.helpers[0]}),
        );
        assert_eq!(staff.records(&[come]).await, accepted(1));
        let here = release(&staff, &shift, world.helpers[0], "ill", "").await;
        assert_eq!(here.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(here.text().contains("has checked in already"), "{}", here.text());
        let gone = release(&staff, &shift, world.helpers[1], "no-show", "").await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.text());
        assert_eq!(on(&world, &shift).await, [world.helpers[0]]);

        // They were only late: what their phone sends is kept and shown.
        world.clock.set(minute(40));
        let late = record(
            "attendance.check-in",
            minute(35),
            shift.id,
            json!({"helper": world.helpers[1]}),
        );
        assert_eq!(staff.records(&[late]).await, accepted(1));
        world.house.field.settled().await;
        let page = staff.get(&format!("/shifts/{}", shift.id)).await.text();
        assert!(
            page.contains("Did not come") && page.contains("Not on the roster"),
            "{page}"
        );
        world.clock.set(minute(600));
        let over = release(&staff, &shift, world.helpers[0], "ill", "").await;
        assert_eq!(over.status, StatusCode::UNPROCESSABLE_ENTITY, "the shift is over");
    }
}

#[tokio::test]
async fn what_is_free_within_the_hour_is_offered_without_anybody_asking() {
    for world in worlds().await {
        let shift = world.shift(world.post, 1).await;
        let app = &world.house.app;
        // At 06:50 the shift is more than an hour away, at 07:01 it is not.
        world.clock.set(minute(-70));
        assert_eq!(muster::offer::late(app).await.unwrap(), 0);
        world.clock.set(minute(-59));
        let staff = world.worker().await;
        let none = staff.form(&format!("/shifts/{}/offer", shift.id), &[]).await;
        assert!(
            none.text().contains("nobody else to ask"),
            "no helper is known here: {}",
            none.text()
        );
        // Whoever has been on a shift of the community lately is asked.
        let before = tomorrow(&world, 1).await;
        world.put(&before, world.helpers[0], false).await;
        assert_eq!(muster::offer::late(app).await.unwrap(), 1);
        assert_eq!(muster::offer::late(app).await.unwrap(), 0, "once");
        let phone = helper(&world, 0).await;
        let taken = offer(&phone, &shift, "take").await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text());
        assert_eq!(on(&world, &shift).await, [world.helpers[0]]);
    }
}

#[tokio::test]
async fn nobody_is_told_at_night_what_can_wait() {
    for world in worlds().await {
        let shift = tomorrow(&world, 1).await;
        world.put(&shift, world.helpers[0], false).await;
        let phone = helper(&world, 2).await;
        // 10 February, 23:00: the shift begins at 08:00, morning is soon enough.
        world.clock.set(minute(15 * 60));
        let staff = world.worker().await;
        let left = release(&staff, &shift, world.helpers[0], "ill", "").await;
        assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.text());
        assert_eq!(phone.get("/api/messages").await.json(), json!([]));
        assert!(
            phone.get("/offers").await.text().contains("I take it"),
            "whoever looks sees it"
        );
        let queue = async |channel: &str| {
            people::message::undelivered(world.house.app.store.read(), channel, world.house.app.now(), 10)
                .await
                .unwrap()
        };
        assert!(queue("sms").await.is_empty());
        world.clock.set(minute(23 * 60));
        let told = phone.get("/api/messages").await.json();
        assert_eq!(told.as_array().unwrap().len(), 1, "at 07:00");

        // Another channel carries each once.
        let waiting = queue("sms").await;
        assert_eq!(waiting.len(), 3);
        let ids: Vec<_> = waiting.iter().map(|message| message.id).collect();
        let tx = world.house.app.store.begin().await.unwrap();
        for _ in 0..2 {
            people::message::delivered(&tx, "sms", &ids[..2], world.house.app.now())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(queue("sms").await.len(), 1);
        assert_eq!(queue("e-mail").await.len(), 3);
        assert_eq!(
            phone.form("/messages/read", &[]).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(phone.get("/api/messages").await.json(), json!([]));
        assert!(
            phone.get("/messages").await.text().contains("2020-02-11 08:00"),
            "read, not lost"
        );
    }
}

#[tokio::test]
async fn two_swap_and_nobody_else_answers_for_them() {
    for world in worlds().await {
        let (first, second) = (tomorrow(&world, 1).await, world.shift(world.post, 1).await);
        world.clock.set(minute(-50));
        world.put(&first, world.helpers[0], true).await;
        world.put(&second, world.helpers[1], false).await;
        let (ann, bob, eve) = (
            helper(&world, 0).await,
            helper(&world, 1).await,
            helper(&world, 2).await,
        );
        let path = format!("/shifts/{}/swap", first.id);
        let form = ann.get(&path).await;
        assert!(form.text().contains("李丽华"), "{}", form.text());
        let wrong = ann.form(&path, &[("with", &world.helpers[2].to_string())]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let with = format!("{} {}", world.helpers[1], second.id);
        let asked = ann.form(&path, &[("with", &with), ("note", "孩子考试")]).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        assert_eq!(eve.get(&path).await.status, StatusCode::NOT_FOUND);

        let id = swap::Entity::find()
            .one(world.house.app.store.read())
            .await
            .unwrap()
            .unwrap()
            .id;
        let answer = async |who: &Client, answer: &str| {
            who.form(&format!("/swaps/{id}"), &[("answer", answer)])
                .await
                .status
        };
        assert!(bob.get("/offers").await.text().contains("孩子考试"));
        assert_eq!(answer(&eve, "agree").await, StatusCode::NOT_FOUND);
        assert_eq!(answer(&ann, "agree").await, StatusCode::NOT_FOUND);
        assert_eq!(answer(&bob, "withdraw").await, StatusCode::NOT_FOUND);
        assert_eq!(answer(&bob, "agree").await, StatusCode::SEE_OTHER);
        assert_eq!(on(&world, &first).await, [world.helpers[1]]);
        assert_eq!(on(&world, &second).await, [world.helpers[0]]);
        assert_eq!(world.load_shift(first.id).await.filled, 1);
        let leader = assignment::Entity::find_by_id((first.community_id, first.id, world.helpers[1]))
            .one(world.house.app.store.read())
            .await
            .unwrap()
            .unwrap();
        assert!(leader.leader, "who takes the leader's place leads");
        assert_eq!(
            answer(&bob, "decline").await,
            StatusCode::CONFLICT,
            "answered once"
        );
        let told = ann.get("/api/messages").await.json();
        assert!(told[0]["text"].as_str().unwrap().contains("agreed"), "{told}");
    }
}

#[tokio::test]
async fn a_swap_that_breaks_a_rule_changes_nothing() {
    for world in worlds().await {
        let (first, second) = (tomorrow(&world, 1).await, world.shift(world.post, 2).await);
        world.clock.set(minute(-50));
        world.put(&first, world.helpers[0], false).await;
        world.put(&second, world.helpers[1], false).await;
        let (ann, bob) = (helper(&world, 0).await, helper(&world, 1).await);
        let path = format!("/shifts/{}/swap", first.id);
        let asked = ann.form(&path, &[("with", &world.helpers[1].to_string())]).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        // Meanwhile Bob gets another shift at that time.
        let far = world
            .shift_on("2020-02-11", "12:00-20:00", (world.far_post, 1), None)
            .await;
        world.put(&far, world.helpers[1], false).await;
        let id = swap::Entity::find()
            .one(world.house.app.store.read())
            .await
            .unwrap()
            .unwrap()
            .id;
        let agreed = bob.form(&format!("/swaps/{id}"), &[("answer", "agree")]).await;
        assert_eq!(agreed.status, StatusCode::CONFLICT);
        assert!(agreed.text().contains("too little rest"), "{}", agreed.text());
        assert_eq!(on(&world, &first).await, [world.helpers[0]]);
        assert_eq!(world.load_shift(first.id).await.filled, 1);
        // It still waits: Ann takes it back.
        let back = ann.form(&format!("/swaps/{id}"), &[("answer", "withdraw")]).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn notes_go_from_shift_to_shift() {
    for world in worlds().await {
        let (now, next) = (world.shift(world.post, 2).await, tomorrow(&world, 2).await);
        world.put(&now, world.helpers[0], false).await;
        world.put(&next, world.helpers[1], false).await;
        let (ann, bob, eve) = (
            helper(&world, 0).await,
            helper(&world, 1).await,
            helper(&world, 2).await,
        );
        let path = format!("/shifts/{}/notes", now.id);
        let id = kit::id::RecordId::fresh(minute(0)).to_string();
        for _ in 0..2 {
            let kept = ann
                .form(&path, &[("id", &id), ("text", "3号楼王奶奶的药\n放在岗亭")])
                .await;
            assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text());
        }
        let page = bob.get(&format!("/shifts/{}", next.id)).await.text();
        assert_eq!(
            page.matches("王奶奶的药").count(),
            1,
            "sent twice, kept once: {page}"
        );
        assert!(page.contains("earlier shift"));
        let empty = ann.form(&path, &[("text", "  ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(empty.text().contains("1 to 1,000"));
        let long = "长".repeat(1_001);
        let refused = ann.form(&path, &[("text", &long)]).await;
        assert!(refused.text().contains(&long), "what was typed is kept");
        let other = eve.form(&path, &[("text", "不是我的班")]).await;
        assert_eq!(
            other.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "only who stands there writes"
        );
        // From a phone that was offline: a record like any other; rebuilt from the journal.
        let note = record("shift.note", minute(30), now.id, json!({"text": "雨棚漏水"}));
        let bad = record("shift.note", minute(30), now.id, json!({"text": ""}));
        world.clock.set(minute(200));
        let answers = ann.records(&[note, bad]).await;
        assert_eq!(answers[0], accepted(1)[0]);
        assert_eq!(
            answers[1],
            ("rejected".to_owned(), Some("note-length".to_owned()))
        );
        field::rebuild::rebuild(&world.house.app, world.house.field.registry(), |_| {})
            .await
            .unwrap();
        let page = bob.get(&format!("/shifts/{}", next.id)).await.text();
        assert!(page.contains("雨棚漏水") && page.contains("王奶奶的药"));
    }
}

#[tokio::test]
async fn who_is_ill_for_days_leaves_all_their_shifts() {
    for world in worlds().await {
        let (first, next) = (world.shift(world.post, 1).await, tomorrow(&world, 1).await);
        let last = world
            .shift_on("2020-02-13", "08:00-16:00", (world.post, 1), Some(world.org))
            .await;
        for shift in [&first, &next, &last] {
            world.put(shift, world.helpers[0], false).await;
        }
        let phone = helper(&world, 0).await;
        let path = format!("/shifts/{}/helpers/{}/release", first.id, world.helpers[0]);
        let early = phone
            .form(&path, &[("why", "ill"), ("until", "2020-02-09")])
            .await;
        assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(early.text().contains("a year at most"), "{}", early.text());
        let ill = phone
            .form(&path, &[("why", "ill"), ("until", "2020-02-12")])
            .await;
        assert_eq!(ill.status, StatusCode::SEE_OTHER, "{}", ill.text());
        assert!(on(&world, &first).await.is_empty() && on(&world, &next).await.is_empty());
        assert_eq!(on(&world, &last).await, [world.helpers[0]], "back by then");
        // Meanwhile nothing is offered to them; the others are asked about both.
        let times = phone.get(&format!("/helpers/{}/times", world.helpers[0])).await;
        assert!(
            times.text().contains("2020-02-13 00:00") || times.text().contains("2020-02-12"),
            "{}",
            times.text()
        );
        let other = helper(&world, 1).await;
        assert!(other.get("/offers").await.text().contains("2020-02-11 08:00"));
    }
}
