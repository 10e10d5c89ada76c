//! What a loop does not allow, and who may see and change it.

use super::*;

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
