//! At the desk: the form without a network, rules by order, passes, parcels.

use super::*;

#[tokio::test]
async fn a_form_without_its_reason_comes_back_with_what_was_typed() {
    for world in worlds().await {
        let home = home(&world, "502", ["沈玉兰", "沈建军"]).await;
        let passes = passes(&world, &home).await;
        let staff = world.worker().await;
        let long = "长".repeat(101);
        for action in ["withdraw", "replace"] {
            for why in ["", long.as_str()] {
                let answer = staff
                    .form(&format!("/passes/{}/{action}", passes[0].id), &[("why", why)])
                    .await;
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
                assert!(answer.text().contains(why), "what was typed is kept");
                assert!(answer.text().contains("is-invalid"), "the field is marked");
            }
        }
        let hot = record(
            "gate.passage",
            minute(1),
            None,
            &passage(
                world.here.id,
                "in",
                &json!({"name": "<script>alert(1)</script>", "by": "visitor", "temperature": 385, "decision": "stop", "reason": "hot"}),
            ),
        );
        assert_eq!(staff.records(std::slice::from_ref(&hot)).await, accepted(1));
        world.house.field.settled().await;
        let path = format!("/passages/{}/answered", id(&hot));
        let answer = staff.form(&path, &[("note", long.repeat(2).as_str())]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(&long) && !answer.text().contains("<script>alert"));
        let board = staff.get(&format!("/gates?place={}", world.here.id)).await;
        assert!(board.text().contains("38.5"), "{}", board.text());
        assert_eq!(
            staff.form(&path, &[("note", "送发热门诊")]).await.status,
            StatusCode::SEE_OTHER
        );
        let board = staff.get(&format!("/gates?place={}", world.here.id)).await;
        assert!(!board.text().contains("38.5"), "answered, and no longer open");
    }
}

#[tokio::test]
async fn rules_by_order_reach_the_phone() {
    for world in worlds().await {
        let staff = world.worker().await;
        let typed = |from: &'static str, alarm: &'static str| {
            vec![
                ("place", "交暨居民区"),
                ("order_no", "万里防指〔2020〕7号"),
                ("from", from),
                ("alarm", alarm),
                ("persons", "1"),
                ("days", "2"),
                ("hours", "2"),
                ("mask", "on"),
            ]
        };
        let wrong = staff.form("/gates/rules/new", &typed("soon", "99")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text().contains("万里防指"), "what was typed stays");
        let done = staff
            .form("/gates/rules/new", &typed("2020-02-10T07:00", "37.5"))
            .await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let rule = roster(&staff, world.here.id).await.json()["rule"].clone();
        assert_eq!(rule["alarm"], 375);
        assert_eq!(rule["exits"], json!({"persons": 1, "days": 2, "hours": 2}));
        assert_eq!(rule["visitors"], false);
        assert!(staff.get("/gates/rules").await.text().contains("万里防指"));
    }
}

#[tokio::test]
async fn passes_are_issued_printed_shown_and_ended_on_pages() {
    for world in worlds().await {
        home(&world, "502", ["沈玉兰", "沈建军"]).await;
        let staff = world.worker().await;
        let issue = [("place", "交暨居民区"), ("days", "90")];
        for done in ["pass-issued", "pass-issued-none"] {
            let reply = staff.form("/passes/issue", &issue).await;
            assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
            assert!(reply.headers["location"].to_str().unwrap().ends_with(done));
        }
        let pdf = staff.form("/passes/print", &[("place", "交暨居民区")]).await;
        assert!(pdf.bytes.starts_with(b"%PDF"), "{}", pdf.text());
        let row = gates::model::pass::Entity::find()
            .one(world.house.app.store.read())
            .await
            .unwrap()
            .unwrap();
        let path = format!("/passes/{}", row.id);
        let page = staff.get(&path).await.text();
        let holders = page
            .split("href=\"/my-pass/")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let phone = Client {
            token: "nobody".into(),
            ..helper(&world, 3).await
        };
        let mine = phone.get(&format!("/my-pass/{holders}")).await;
        assert_eq!(mine.status, StatusCode::OK);
        assert!(mine.text().contains(&row.number) && mine.text().contains("<svg"));
        assert_eq!(phone.get("/my-pass/guess").await.status, StatusCode::NOT_FOUND);
        let collected = staff.form(&format!("{path}/collect"), &[]).await;
        assert_eq!(collected.status, StatusCode::SEE_OTHER);
        assert_eq!(
            staff.form(&format!("{path}/collect"), &[]).await.status,
            StatusCode::CONFLICT
        );
        assert!(
            !phone
                .get(&format!("/my-pass/{holders}"))
                .await
                .text()
                .contains("<svg")
        );
        // A car without a plate, an end before its start: told field by field, what was typed stays.
        let wrong = staff
            .form(
                "/passes/new",
                &[
                    ("kind", "vehicle"),
                    ("place", "交暨居民区"),
                    ("purpose", "送菜"),
                    ("from", "2020-02-10T08:00"),
                    ("until", "2020-02-09T08:00"),
                ],
            )
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text().contains("送菜"));
        let far = world.neighbour().await;
        assert_eq!(far.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            helper(&world, 0).await.get(&path).await.status,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn parcels_wait_are_told_of_once_and_leave() {
    for world in worlds().await {
        let home = home(&world, "502", ["沈玉兰", "沈建军"]).await;
        let (app, admin) = (&world.house.app, accounts::Actor::command_line());
        let neighbour = people::helper::from_resident(app, &admin, home.residents[0])
            .await
            .unwrap();
        let shift = world.shift(world.post, 2).await;
        world.put(&shift, world.helpers[0], false).await;
        let guard = helper(&world, 0).await;
        world.clock.set(minute(60));
        let gate = world.here.id;
        let parcel = json!({"gate": gate, "flat": "3号楼 502", "household": home.household, "heavy": true, "carry": true});
        let came = record("gate.parcel", minute(5), Some(shift.id), &parcel);
        let other = record(
            "gate.parcel",
            minute(6),
            Some(shift.id),
            &json!({"gate": gate, "flat": "3号楼 101"}),
        );
        let out = json!({"gate": gate, "parcel": id(&other), "carried": true});
        let out = record("gate.parcel-out", minute(9), Some(shift.id), &out);
        let work = json!({"helper": world.helpers[0], "activity": "parcels-carried", "quantity": 1});
        let work = record("work.count", minute(9), Some(shift.id), &work);
        // One leaves before it has come.
        assert_eq!(guard.records(&[out, work, came, other]).await, accepted(4));
        world.house.field.settled().await;
        let shelf = gates::parcels::shelf(app.store.read(), gate).await.unwrap();
        assert_eq!(
            shelf.iter().map(|row| row.flat.as_str()).collect::<Vec<_>>(),
            ["3号楼 502"]
        );
        let told = async || gates::parcels::tell(app).await.unwrap();
        assert_eq!((told().await, told().await), (1, 0));
        let registry = world.house.field.registry().clone();
        field::rebuild::rebuild(app, &registry, |_| {}).await.unwrap();
        assert_eq!(told().await, 0, "a rebuild tells nobody again");
        let messages = people::message::told(app.store.read(), neighbour, app.now())
            .await
            .unwrap();
        assert_eq!(messages.len(), 1);
        let staff = world.worker().await;
        assert!(staff.get("/parcels").await.text().contains("3号楼 502"));
        let done = staff.form(&format!("/parcels/{}/out", shelf[0].id), &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        assert!(
            gates::parcels::shelf(app.store.read(), gate)
                .await
                .unwrap()
                .is_empty()
        );
    }
}
