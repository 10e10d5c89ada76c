//! Closed loops over HTTP: going in, standing on shifts, tests, leaving, ending; and all that is refused.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::common::{Client, Reply, World, minute, worlds};
use accounts::Actor;
use axum::http::{StatusCode, header};
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

/// Where a form led.
fn made(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    let to = reply.headers[header::LOCATION].to_str().unwrap();
    to.split('?').next().unwrap().to_owned()
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
async fn what_does_not_fit_is_refused_in_words() {
    for world in worlds().await {
        let staff = staff(&world).await;
        let (one, two) = (world.helpers[0], world.helpers[1]);
        let wrong = new_loop(
            &staff,
            world.post,
            "0",
            &[("planned_end", "2020-02-01"), ("name", "")],
        )
        .await;
        refused(&wrong, "The end may not come before the start");
        assert!(wrong.text().contains("from 1 to 500"));
        let path = made(&new_loop(&staff, world.post, "2", &[]).await);
        refused(
            &new_loop(&staff, world.post, "2", &[]).await,
            "another closed loop in these days: 北门闭环",
        );

        // Beds, tests, times.
        let three = [(one, "1"), (two, "2"), (world.helpers[2], "3")];
        let full = go_in(&staff, &path, &three, &[]).await;
        refused(&full, "Not enough beds: 2 free");
        assert!(full.text().contains("value=\"3\""), "what was typed is kept");
        refused(
            &go_in(&staff, &path, &[(one, "1"), (two, "1")], &[]).await,
            "This bed is taken",
        );
        refused(&go_in(&staff, &path, &[], &[]).await, "at least one person");
        let untested = go_in(&staff, &path, &[(one, "1")], &[("test", "")]).await;
        refused(&untested, "id=\"f-test-error\"");
        for (day, why) in [("2020-02-07", "Too long ago"), ("2020-02-11", "not come yet")] {
            let reply = go_in(&staff, &path, &[(one, "1")], &[("test_day", day)]).await;
            refused(&reply, why);
        }
        let early = [("entered_at", "2020-02-09T12:00")];
        refused(
            &go_in(&staff, &path, &[(one, "1")], &early).await,
            "does not lie in the closed loop",
        );
        let nobody = [("other", "没有这个人"), ("other_bed", "1")];
        refused(&go_in(&staff, &path, &[], &nobody).await, "Not found");
        assert_eq!(members(&world).await.len(), 0);

        // Names on other posts' shifts: told, then taken off.
        let far = world.shift(world.far_post, 3).await;
        made(&put(&staff, &far, one).await);
        let elsewhere = go_in(&staff, &path, &[(one, "1")], &[]).await;
        refused(&elsewhere, "王建国 2020-02-10 08:00 南门卡点");
        assert!(elsewhere.text().contains("Take them off those shifts"));
        assert_eq!(world.load_shift(far.id).await.filled, 1);
        made(
            &go_in(
                &staff,
                &path,
                &[(one, "1")],
                &[("off", "on"), ("test", "pending")],
            )
            .await,
        );
        assert_eq!(world.load_shift(far.id).await.filled, 0);
        assert!(staff.get(&path).await.text().contains("result waited for"));

        // Two loops at once.
        let other = made(&new_loop(&staff, world.far_post, "2", &[("name", "南门闭环")]).await);
        refused(
            &go_in(&staff, &other, &[(one, "1")], &[]).await,
            "Already in a closed loop in that time: 王建国",
        );
        refused(
            &go_in(&staff, &path, &[(two, "1")], &[]).await,
            "This bed is taken",
        );

        // Leaving before the planned end.
        let who = entry(&world, one).await;
        let leave = format!("{path}/leave");
        let unreasoned = staff.form(&leave, &[("who", &who), ("reason", "")]).await;
        refused(&unreasoned, "The planned end is 2020-02-16");
        let text = unreasoned.text();
        assert!(text.contains(&format!("value=\"{who}\" checked")), "{text}");
        assert!(text.contains("id=\"f-reason-error\""), "{text}");
        refused(&staff.form(&leave, &[("reason", "发烧")]).await, "f-who-error");
        refused(&staff.form(&format!("{path}/end"), &[]).await, "reason is needed");
        let own = world.shift(world.post, 2).await;
        world.clock.set(minute(-2));
        made(&put(&staff, &own, one).await);
        let text = staff.form(&leave, &[("who", &who), ("reason", "家人生病")]).await;
        made(&text);
        assert_eq!(world.load_shift(own.id).await.filled, 0, "off the later shifts");
        let again = staff.form(&leave, &[("who", &who), ("reason", "再走一次")]).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "nobody is inside to leave");
        assert!(staff.get(&path).await.text().contains("家人生病"));
        // In again: a second stay.
        made(&go_in(&staff, &path, &[(one, "1")], &[]).await);
        assert_eq!(members(&world).await.len(), 2);

        // A post that is not manned any more.
        post::Entity::update_many()
            .col_expr(post::Column::Active, Expr::value(false))
            .filter(post::Column::Id.eq(world.post))
            .exec(world.house.app.store.write())
            .await
            .unwrap();
        refused(
            &go_in(&staff, &path, &[(two, "2")], &[]).await,
            "This post is not manned any more",
        );
        for (fields, why) in [
            ([("item", ""), ("amount", "2"), ("per", "person")], "f-item-error"),
            (
                [("item", "水"), ("amount", "1.25"), ("per", "person")],
                "f-amount-error",
            ),
            ([("item", "水"), ("amount", "2"), ("per", "week")], "f-per-error"),
        ] {
            refused(&staff.form(&format!("{path}/supply"), &fields).await, why);
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
async fn nobody_joins_a_loops_shift_by_a_code() {
    for world in worlds().await {
        let staff = staff(&world).await;
        made(&new_loop(&staff, world.post, "2", &[]).await);
        let own = world.shift(world.post, 4).await;
        let invite = [("most", "5"), ("hours", "6"), ("every_shift", "")];
        let poster = made(
            &staff
                .form(&format!("/shifts/{}/invitations", own.id), &invite)
                .await,
        );
        let code = poster.split('/').nth(4).unwrap();
        let nobody = Client {
            token: "nobody".into(),
            ..staff.clone()
        };
        let walker = [
            ("name", "赵小满"),
            ("phone", "00012340001"),
            ("rules", "on"),
            ("cover", "on"),
        ];
        refused(
            &nobody.form(&format!("/join/{code}"), &walker).await,
            "This post is in a closed loop",
        );
        let list = [("list", "赵小满 00012340001")];
        let team = staff.form(&format!("/shifts/{}/team", own.id), &list).await;
        refused(&team, "This post is in a closed loop");
        assert_eq!(world.load_shift(own.id).await.filled, 0);
    }
}

#[tokio::test]
async fn a_loop_is_seen_and_changed_where_ones_roles_lie() {
    for world in worlds().await {
        let staff = staff(&world).await;
        let path = made(&new_loop(&staff, world.post, "2", &[]).await);
        made(&go_in(&staff, &path, &[(world.helpers[0], "1")], &[]).await);
        let there = world.at(Role::CommunityWorker, &world.there, None);
        let neighbour = world.client("邻居社区", &[there], None).await;
        let helper = world.at(Role::Helper, &world.here, None);
        let helper = world.client("王建国", &[helper], Some(world.helpers[0])).await;
        let auditor = world.at(Role::Auditor, &world.here, None);
        let auditor = world.client("审计", &[auditor], None).await;
        for page in [path.clone(), format!("{path}/sheet")] {
            assert_eq!(neighbour.get(&page).await.status, StatusCode::NOT_FOUND, "{page}");
            assert_eq!(helper.get(&page).await.status, StatusCode::FORBIDDEN, "{page}");
            assert_eq!(auditor.get(&page).await.status, StatusCode::OK, "{page}");
        }
        assert!(!neighbour.get("/loops").await.text().contains("北门闭环"));
        assert!(
            auditor
                .get("/loops?state=running")
                .await
                .text()
                .contains("北门闭环")
        );
        assert!(!auditor.get("/loops?state=over").await.text().contains("北门闭环"));
        for step in ["enter", "test", "leave", "supply", "extend", "end"] {
            let to = format!("{path}/{step}");
            let fields = [("reason", "x"), ("everybody", "on"), ("result", "negative")];
            assert_eq!(
                neighbour.form(&to, &fields).await.status,
                StatusCode::NOT_FOUND,
                "{step}"
            );
            for client in [&helper, &auditor] {
                assert_eq!(
                    client.form(&to, &fields).await.status,
                    StatusCode::FORBIDDEN,
                    "{step}"
                );
            }
        }
        let made = new_loop(&neighbour, world.post, "2", &[("name", "别处")]).await;
        assert_eq!(made.status, StatusCode::NOT_FOUND);
        assert_eq!(members(&world).await.len(), 1);
    }
}

/// Going in and being put on another post's shift at once: one of them happens, never both.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn going_in_and_a_name_elsewhere_at_once() {
    for world in worlds().await {
        let app = &world.house.app;
        let staff = staff(&world).await;
        let path = made(&new_loop(&staff, world.post, "4", &[]).await);
        let id: LoopId = path.trim_start_matches("/loops/").parse().unwrap();
        let row = closed_loop::Entity::find()
            .filter(closed_loop::Column::Id.eq(id))
            .one(app.store.read())
            .await
            .unwrap()
            .unwrap();
        let far = world.shift(world.far_post, 4).await;
        let mut tasks = Vec::new();
        for (n, helper) in world.helpers.iter().copied().enumerate() {
            let found = people::model::helper::Entity::find_by_id(helper)
                .one(app.store.read())
                .await
                .unwrap()
                .unwrap();
            let (one, two, shift, row) = (app.clone(), app.clone(), far.clone(), row.clone());
            let new = Entering {
                people: vec![(helper, n.to_string(), "other".into())],
                at: None,
                test: (app.now().day(), TestResult::Negative),
                off: false,
            };
            tasks.push(tokio::spawn(async move {
                enter::enter(&one, &Actor::command_line(), &row, &new).await
            }));
            tasks.push(tokio::spawn(async move {
                assign::assign(&two, &Actor::command_line(), &shift, &found, false).await
            }));
        }
        let done = join_all(tasks).await;
        let won = done.iter().filter(|one| one.as_ref().unwrap().is_ok()).count();
        for problem in done.into_iter().filter_map(|one| one.unwrap().err()) {
            assert!(
                problem.code == muster::loops::NAMES_ELSEWHERE
                    || problem.code == muster::loops::HELPER_IN_LOOP,
                "{problem}"
            );
        }
        assert_eq!(won, 4, "for each helper, one of the two");
        let names = assignment::Entity::find()
            .filter(assignment::Column::ShiftId.eq(far.id))
            .all(app.store.read())
            .await
            .unwrap();
        let inside = members(&world).await;
        assert_eq!(names.len() + inside.len(), 4);
        assert!(
            names
                .iter()
                .all(|name| inside.iter().all(|one| one.helper_id != name.helper_id))
        );
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
