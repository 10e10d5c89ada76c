//! Closed loops over HTTP: going in, standing on shifts, tests, leaving, ending; and all that is refused.
#![allow(clippy::unwrap_used, missing_docs)]

mod limits;

use crate::common::{Client, Reply, World, made, minute, worlds};
use accounts::Actor;
use axum::http::StatusCode;
use futures_util::future::join_all;
use kit::{Role, id::HelperId, id::LoopId, id::PostId};
use muster::{
    assign,
    loops::{
        enter::{self, Entering},
        model::{TestResult, closed_loop, loop_member, loop_test},
        stays,
    },
    model::{assignment, post, shift},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};

const DAY: i64 = 24 * 60;

/// Staff of the whole street, where the organisation was called, so that they see its helpers.
async fn staff(world: &World) -> Client {
    let role = world.at(Role::CommunityWorker, &world.street, None);
    let staff = world.client("街道工作人员", &[role], None).await;
    let here = world.here.id.to_string();
    let call = [
        ("title", "认领卡点"),
        ("place", here.as_str()),
        ("first_day", "2020-02-10"),
        ("last_day", "2020-02-16"),
        ("weekdays", "1,2,3,4,5,6,7"),
        ("from_time", "00:00"),
        ("to_time", "24:00"),
        ("people_per_day", "4"),
    ];
    let call = made(&staff.form("/calls/new", &call).await);
    let asked = staff
        .form(&format!("{call}/ask"), &[("org", "区体育局"), ("asked", "4")])
        .await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
    staff
}

fn refused(reply: &Reply, sentence: &str) {
    let text = reply.text();
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
    assert!(text.contains(sentence), "{sentence}: {text}");
}

async fn new_loop(staff: &Client, post: PostId, beds: &str, changes: &[(&str, &str)]) -> Reply {
    let post = post.to_string();
    let mut fields = vec![
        ("post", post.as_str()),
        ("name", "北门闭环"),
        ("org_name", "区体育局"),
        ("first_day", "2020-02-10"),
        ("planned_end", "2020-02-16"),
        ("beds", beds),
        ("meals", "3"),
        ("test_days", "1"),
        ("note", ""),
    ];
    for change in changes {
        fields.retain(|field| field.0 != change.0);
        fields.push(*change);
    }
    staff.form("/loops/new", &fields).await
}

async fn go_in(staff: &Client, path: &str, people: &[(HelperId, &str)], more: &[(&str, &str)]) -> Reply {
    let beds: Vec<(String, &str)> = people
        .iter()
        .map(|(helper, bed)| (format!("bed-{helper}"), *bed))
        .collect();
    let mut fields: Vec<(&str, &str)> = beds.iter().map(|(name, bed)| (name.as_str(), *bed)).collect();
    if !more.iter().any(|field| field.0 == "test") {
        fields.push(("test", "negative"));
    }
    fields.extend(more);
    staff.form(&format!("{path}/enter"), &fields).await
}

async fn put(staff: &Client, shift: &shift::Model, helper: HelperId) -> Reply {
    let helper = helper.to_string();
    let path = format!("/shifts/{}/assign", shift.id);
    staff.form(&path, &[("helper", &helper)]).await
}

async fn members(world: &World) -> Vec<loop_member::Model> {
    loop_member::Entity::find()
        .all(world.house.app.store.read())
        .await
        .unwrap()
}

async fn entry(world: &World, helper: HelperId) -> String {
    let all = members(world).await;
    let one = all.iter().find(|one| one.helper_id == helper).unwrap();
    one.entry_id.to_string()
}

#[tokio::test]
async fn people_stay_on_post_until_the_planned_end() {
    for world in worlds().await {
        let staff = staff(&world).await;
        let path = made(&new_loop(&staff, world.post, "3", &[]).await);
        let (one, two, outside) = (world.helpers[0], world.helpers[1], world.helpers[2]);
        made(&go_in(&staff, &path, &[(one, "1"), (two, "2")], &[]).await);
        let shown = staff.get(&path).await.text();
        assert!(shown.contains("王建国") && shown.contains("(day 1)"), "{shown}");

        // Only those inside on its shifts, and on no other.
        let (own, far) = (
            world.shift(world.post, 3).await,
            world.shift(world.far_post, 3).await,
        );
        refused(&put(&staff, &own, outside).await, "only people who are inside");
        refused(
            &put(&staff, &far, one).await,
            "inside a closed loop at another post",
        );
        made(&put(&staff, &far, outside).await);
        // Who came at 07:55 stands on the shift from 08:00.
        made(&put(&staff, &own, one).await);
        let page = staff.get(&format!("/shifts/{}", own.id)).await.text();
        assert!(page.contains(&path), "the shift leads to its loop");
        assert!(
            !staff
                .get(&format!("/shifts/{}", far.id))
                .await
                .text()
                .contains(&path)
        );
        world.clock.set(minute(60));
        assert!(staff.get("/wall").await.text().contains("closed loop</a>"));
        let shown = staff.get(&path).await.text();
        assert!(shown.contains("8 h") && shown.contains("on shift"), "{shown}");

        // Supplies: two people for seven days.
        for (item, amount, per) in [("口罩（只）", "2", "person"), ("消毒液（升）", "1.5", "loop")]
        {
            let fields = [("item", item), ("amount", amount), ("per", per)];
            made(&staff.form(&format!("{path}/supply"), &fields).await);
        }
        let shown = staff.get(&path).await.text();
        for figure in [">28<", ">10.5<", ">42<", ">4<"] {
            assert!(shown.contains(figure), "{figure}: {shown}");
        }
        let strike = staff
            .form(&format!("{path}/supply"), &[("remove", "口罩（只）")])
            .await;
        made(&strike);
        assert!(!staff.get(&path).await.text().contains("口罩（只）"));

        // Tests: overdue two days later; one positive stays so when all are noted as negative.
        world.clock.set(minute(2 * DAY));
        assert!(staff.get(&path).await.text().contains("overdue"));
        let two_text = two.to_string();
        let positive = [("who", two_text.as_str()), ("result", "positive")];
        made(&staff.form(&format!("{path}/test"), &positive).await);
        let all = [("everybody", "on"), ("result", "negative")];
        made(&staff.form(&format!("{path}/test"), &all).await);
        let shown = staff.get(&path).await.text();
        assert!(
            !shown.contains("overdue") && shown.contains("2020-02-12 positive"),
            "{shown}"
        );
        let tests = loop_test::Entity::find()
            .filter(loop_test::Column::Result.eq(TestResult::Positive))
            .count(world.house.app.store.read())
            .await
            .unwrap();
        assert_eq!(tests, 1);

        let sheet = staff.get(&format!("{path}/sheet")).await.text();
        assert!(sheet.contains("02-18") && sheet.contains("王建国"), "{sheet}");
        let chinese = Client {
            lang: "zh-CN",
            ..staff.clone()
        };
        for (path, word) in [
            (path.clone(), "闭环人员"),
            (format!("{path}/sheet"), "出闭环必须登记"),
            ("/loops".to_owned(), "北门闭环"),
            ("/loops/new".to_owned(), "计划结束日"),
        ] {
            assert!(chinese.get(&path).await.text().contains(word), "{path}");
        }

        // At the planned end nobody needs a reason.
        let extend = format!("{path}/extend");
        refused(
            &staff.form(&extend, &[("planned_end", "2020-02-16")]).await,
            "must lie after",
        );
        made(&staff.form(&extend, &[("planned_end", "2020-02-18")]).await);
        world.clock.set(minute(8 * DAY));
        let who = entry(&world, two).await;
        made(&staff.form(&format!("{path}/leave"), &[("who", &who)]).await);
        made(&staff.form(&format!("{path}/end"), &[]).await);
        assert!(members(&world).await.iter().all(|one| one.left_at.is_some()));
        let shown = staff.get(&path).await.text();
        assert!(shown.contains("ended") && !shown.contains("/enter"), "{shown}");
        let late = go_in(&staff, &path, &[(one, "1")], &[]).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text());
        for action in ["loop.create", "loop.enter", "loop.test", "loop.leave", "loop.end"] {
            let noted = accounts::model::audit::Entity::find()
                .filter(accounts::model::audit::Column::Action.eq(action))
                .count(world.house.app.store.read())
                .await
                .unwrap();
            assert!(noted > 0, "{action}");
        }
    }
}

#[tokio::test]
async fn a_longer_loop_wants_its_people_for_longer() {
    for world in worlds().await {
        let staff = staff(&world).await;
        let days = [("first_day", "2020-02-08"), ("planned_end", "2020-02-10")];
        let path = made(&new_loop(&staff, world.post, "2", &days).await);
        made(&go_in(&staff, &path, &[(world.helpers[0], "1")], &[]).await);
        let posts = world.far_post.to_string();
        let shifts = [
            ("posts", posts.as_str()),
            ("first_day", "2020-02-12"),
            ("last_day", "2020-02-12"),
            ("weekdays", "1,2,3,4,5,6,7"),
            ("hours", "08:00-16:00"),
            ("needed", "2"),
        ];
        made(&staff.form("/shifts/new", &shifts).await);
        let later = shift::Entity::find()
            .filter(shift::Column::PostId.eq(world.far_post))
            .one(world.house.app.store.read())
            .await
            .unwrap()
            .unwrap();
        made(&put(&staff, &later, world.helpers[0]).await);
        let extend = format!("{path}/extend");
        let end = ("planned_end", "2020-02-14");
        refused(
            &staff.form(&extend, &[end]).await,
            "王建国 2020-02-12 08:00 南门卡点",
        );
        made(&staff.form(&extend, &[end, ("off", "on")]).await);
        assert_eq!(world.load_shift(later.id).await.filled, 0);
        refused(
            &put(&staff, &later, world.helpers[0]).await,
            "inside a closed loop at another post",
        );
        // Names that stood there before somebody thought of a loop are told.
        world.put(&later, world.helpers[1], false).await;
        let other = made(&new_loop(&staff, world.far_post, "2", &[]).await);
        let text = staff.get(&other).await.text();
        assert!(text.contains("李丽华 2020-02-12 08:00"), "{text}");
    }
}

#[tokio::test]
async fn stays_are_told_to_whoever_fills_rosters() {
    for world in worlds().await {
        let staff = staff(&world).await;
        let path = made(&new_loop(&staff, world.post, "2", &[]).await);
        let (one, two) = (world.helpers[0], world.helpers[1]);
        made(&go_in(&staff, &path, &[(one, "1"), (two, "2")], &[]).await);
        world.clock.set(minute(DAY));
        let who = entry(&world, two).await;
        let leave = [("who", who.as_str()), ("reason", "换班")];
        made(&staff.form(&format!("{path}/leave"), &leave).await);
        let db = world.house.app.store.read();
        let (posts, helpers) = ([world.post, world.far_post], [one, two, world.stranger]);
        let days = |first: &str, last: &str| (first.parse().unwrap(), last.parse().unwrap());
        let all = stays::stays(db, &helpers, &posts, days("2020-02-01", "2020-02-28"))
            .await
            .unwrap();
        assert_eq!(all.loops.len(), 1);
        assert_eq!(all.loops[0].span.until, "2020-02-16T16:00:00Z".parse().unwrap());
        let until: Vec<_> = all
            .stays
            .iter()
            .map(|stay| (stay.helper, stay.span.until))
            .collect();
        assert!(until.contains(&(one, all.loops[0].span.until)));
        assert!(until.contains(&(two, minute(DAY))) && until.len() == 2);
        let later = stays::stays(db, &helpers, &posts, days("2020-02-12", "2020-02-12"))
            .await
            .unwrap();
        assert_eq!((later.loops.len(), later.stays.len()), (1, 1));
        let after = stays::stays(db, &helpers, &posts, days("2020-02-17", "2020-02-20"))
            .await
            .unwrap();
        assert_eq!(after, stays::Stays::default());
        // Ended early, it binds nobody any more.
        made(&staff.form(&format!("{path}/end"), &[("reason", "解封")]).await);
        let ended = stays::stays(db, &helpers, &posts, days("2020-02-12", "2020-02-12"))
            .await
            .unwrap();
        assert_eq!(ended, stays::Stays::default());
    }
}
