//! Who may arrange what, and what happens when several do, or late.

use kit::Role;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_accept_at_once() {
    for world in worlds().await {
        settle(&world).await;
        let made = shifts(&world, world.post, "08:00-16:00,16:00-24:00,08:00-12:00", 1, None).await;
        let staff = world.worker().await;
        let other = world
            .client(
                "另一人",
                &[world.at(Role::CommunityWorker, &world.here, None)],
                None,
            )
            .await;
        // The second wants the same helper for two shifts at the same time as the first has them.
        let one = [pair(&made[0], world.helpers[0]), pair(&made[1], world.helpers[1])];
        let two = [
            pair(&made[0], world.helpers[2]),
            pair(&made[1], world.helpers[3]),
            pair(&made[2], world.helpers[0]),
        ];
        let (one, two) = (ticked(&one), ticked(&two));
        let (first, second) = tokio::join!(
            send(&staff, "/roster/accept", &one),
            send(&other, "/roster/accept", &two)
        );
        for reply in [first, second] {
            assert!(
                matches!(reply.status, StatusCode::OK | StatusCode::SEE_OTHER),
                "{}",
                reply.text()
            );
        }
        let mut early = Vec::new();
        for shift in &made {
            let stand = names(&world, shift.id).await;
            assert!(stand.len() <= 1, "never more names than places");
            assert_eq!(
                world.load_shift(shift.id).await.filled,
                i64::try_from(stand.len()).unwrap()
            );
            if shift.id != made[1].id {
                early.extend(stand);
            }
        }
        assert_eq!(names(&world, made[0].id).await.len(), 1);
        assert_eq!(names(&world, made[1].id).await.len(), 1);
        early.sort_unstable();
        let count = early.len();
        early.dedup();
        assert_eq!(early.len(), count, "nobody in two places");
    }
}

#[tokio::test]
async fn what_has_become_impossible_is_told_and_the_rest_written() {
    for world in worlds().await {
        settle(&world).await;
        let made = shifts(&world, world.post, "08:00-16:00,16:00-24:00", 1, None).await;
        let mut staff = world.worker().await;
        let proposed = fields(&proposal(&staff).await, "name");
        assert_eq!(proposed.len(), 2);
        let gone = proposed
            .iter()
            .find(|name| name.starts_with(&made[0].id.to_string()))
            .unwrap();
        let off = staff.form(&format!("/shifts/{}/cancel", made[0].id), &[]).await;
        assert_eq!(off.status, StatusCode::SEE_OTHER);

        staff.lang = "zh-CN";
        let reply = send(&staff, "/roster/accept", &ticked(&proposed)).await;
        assert_eq!(reply.status, StatusCode::OK);
        let page = reply.text();
        let helper: HelperId = gone.split('.').nth(1).unwrap().parse().unwrap();
        let row = helper::Entity::find_by_id(helper)
            .one(world.house.app.store.read())
            .await
            .unwrap();
        assert!(page.contains("已排上 1 人次"), "{page}");
        assert!(
            page.contains(&format!("2020-02-11 08:00 · {}", row.unwrap().name)),
            "{page}"
        );
        assert_eq!(names(&world, made[0].id).await, []);
        assert_eq!(world.load_shift(made[0].id).await.filled, 0);
        assert_eq!(names(&world, made[1].id).await.len(), 1);

        // A form that was left lying until the shift had begun.
        let late = shifts(&world, world.far_post, "08:00-09:00", 1, None)
            .await
            .remove(0);
        let commander = world
            .client("街道", &[world.at(Role::Commander, &world.street, None)], None)
            .await;
        world.clock.set(late.starts_at);
        let reply = send(
            &commander,
            "/roster/accept",
            &[("name", &pair(&late, world.helpers[0]))],
        )
        .await;
        assert!(
            reply.text().contains("This shift has begun already."),
            "{}",
            reply.text()
        );
        assert_eq!(names(&world, late.id).await, []);
    }
}

#[tokio::test]
async fn a_coordinator_arranges_their_own_people_on_their_own_shifts() {
    for world in worlds().await {
        settle(&world).await;
        let kept = shifts(&world, world.post, "08:00-16:00", 2, Some(world.org))
            .await
            .remove(0);
        let open = shifts(&world, world.far_post, "08:00-16:00", 2, None)
            .await
            .remove(0);
        let theirs = shifts(&world, world.far_post, "16:00-24:00", 1, Some(world.other_org))
            .await
            .remove(0);
        // The committee has put somebody of another organisation there.
        world.put(&kept, world.stranger, false).await;
        let client = world
            .client(
                "张联络",
                &[world.at(Role::Coordinator, &world.street, Some(world.org))],
                None,
            )
            .await;
        let page = proposal(&client).await;
        let proposed = fields(&page, "name");
        assert_eq!(proposed.len(), 1, "one place is left: {page}");
        assert!(proposed[0].starts_with(&kept.id.to_string()));
        assert!(!page.contains(&open.id.to_string()) && !page.contains(&theirs.id.to_string()));
        assert!(!page.contains("陈海燕"), "people of others are not named");
        assert!(page.contains("and 1 of other organisations"));
        let roster = client.get(&format!("/roster?{DAYS}")).await.text();
        assert!(roster.contains(&kept.id.to_string()) && !roster.contains(&open.id.to_string()));
        assert!(!roster.contains("陈海燕"));

        // What they may not do is not done, however the form was made.
        let foreign = [
            pair(&open, world.helpers[0]),
            pair(&theirs, world.helpers[1]),
            pair(&kept, world.stranger),
        ];
        send(&client, "/roster/accept", &ticked(&foreign)).await;
        assert_eq!(names(&world, open.id).await, []);
        assert_eq!(names(&world, theirs.id).await, []);
        let done = send(&client, "/roster/accept", &ticked(&proposed)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        assert_eq!(names(&world, kept.id).await.len(), 2);

        // Staff of another community sees nothing of all this.
        let elsewhere = world.neighbour().await;
        let page = proposal(&elsewhere).await;
        assert!(!page.contains(&kept.id.to_string()) && page.contains(&open.id.to_string()));
        send(
            &elsewhere,
            "/roster/accept",
            &ticked(&[pair(&kept, world.helpers[3])]),
        )
        .await;
        assert_eq!(names(&world, kept.id).await.len(), 2);
    }
}

#[tokio::test]
async fn helpers_and_auditors_arrange_nothing() {
    for world in worlds().await {
        let helper = world
            .client(
                "王建国",
                &[world.at(Role::Helper, &world.here, Some(world.org))],
                Some(world.helpers[0]),
            )
            .await;
        let auditor = world
            .client("审计", &[world.at(Role::Auditor, &world.here, None)], None)
            .await;
        for client in [helper, auditor] {
            for path in ["/roster", "/roster/proposal"] {
                assert_eq!(client.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
            }
            for path in ["/roster/proposal", "/roster/accept"] {
                assert_eq!(
                    client.form(path, &[]).await.status,
                    StatusCode::FORBIDDEN,
                    "{path}"
                );
            }
        }
    }
}

/// A form of a thousand shifts is larger than forms usually may be.
#[tokio::test]
async fn a_large_form_is_read() {
    for world in worlds().await {
        settle(&world).await;
        let shift = shifts(&world, world.post, "08:00-16:00", 1, None).await.remove(0);
        let staff = world.worker().await;
        let unknown = format!("{}.{}", ShiftId::fresh(world.house.app.now()), world.helpers[0]);
        let mut body = format!(
            "from=2020-02-11&to=2020-02-11&name={}",
            pair(&shift, world.helpers[0])
        );
        while body.len() < 4_000_000 {
            body.push_str("&shown=");
            body.push_str(&unknown);
        }
        let kind = "application/x-www-form-urlencoded";
        let method = axum::http::Method::POST;
        let reply = staff
            .send(method, "/roster/accept", kind, &[], body.into_bytes())
            .await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        assert_eq!(names(&world, shift.id).await, [world.helpers[0]]);
    }
}
