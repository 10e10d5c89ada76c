//! Opening a round, wrongly too; who comes later; a round that comes again.

use super::*;

#[tokio::test]
async fn who_moves_in_later_is_a_target_and_what_happened_there_before_counts() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let round = opened(&world, &letter(&world)).await;
        let piece = pieces(&world, round).await.remove(0);
        world.clock.set(minute(30));
        let late = home(&world, "1号楼", "1单元", "401").await;
        let somewhere = home(&world, "9号楼", "", "101").await;
        let staff = world.worker().await;
        let body = json!({"round": round, "piece": piece.id, "target": late, "outcome": "letter"});
        let record = json!({"id": RecordId::fresh(minute(30)), "kind": "round.outcome", "at": minute(30), "shift": null, "body": body});
        assert_eq!(staff.records(&[record]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(coverage(&world, round).await.targets, 12);
        world.clock.set(minute(40));
        assert_eq!(open::sync(&world.house.app).await.unwrap(), 2);
        assert_eq!(open::sync(&world.house.app).await.unwrap(), 0, "once");
        let now = coverage(&world, round).await;
        assert_eq!((now.targets, now.finals, now.pieces), (14, 1, 2));
        let added = targets(&world, round).await;
        assert!(
            added
                .iter()
                .any(|target| target.id.0 == somewhere.0 && target.added_at == minute(40))
        );
    }
}

#[tokio::test]
async fn wrong_rounds_are_answered_and_strangers_see_nothing() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let staff = world.worker().await;
        let fill = |place: &str, deadline: &str| -> Vec<(&'static str, String)> {
            vec![
                ("name", "第二批".into()),
                ("place", place.to_owned()),
                ("kind", "screening".into()),
                ("reach", "households".into()),
                ("which", "all".into()),
                ("deadline", deadline.to_owned()),
                ("again_hours", "4".into()),
                ("hold_minutes", "120".into()),
            ]
        };
        let post = async |fields: Vec<(&'static str, String)>| {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            staff.form("/rounds/new", &fields).await
        };
        for (place, deadline) in [
            ("交暨居民区", "2020-02-09T08:00"),
            ("交暨居民区", "2029-02-09T08:00"),
            ("交暨居民区", "soon"),
            ("香泉居民区", "2020-02-11T08:00"),
            ("没有的地方", "2020-02-11T08:00"),
            ("", "2020-02-11T08:00"),
        ] {
            let answer = post(fill(place, deadline)).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{place} {deadline}"
            );
            assert!(answer.text().contains("第二批") && answer.text().contains("is-invalid"));
        }
        assert_eq!(
            outcome::Entity::find()
                .count(world.house.app.store.read())
                .await
                .unwrap(),
            0
        );
        let answer = post(fill("交暨居民区", "2020-02-11T08:00")).await;
        let path = made(&answer);
        let round: RoundId = path.rsplit('/').next().unwrap().parse().unwrap();
        let far = world.neighbour().await;
        let all = targets(&world, round).await;
        for hidden in [
            path.clone(),
            format!("{path}/missing"),
            format!("{path}/board"),
            format!("{path}/targets/{}", all[0].id),
            format!("/api/rounds/{round}/pieces"),
            format!("/api/rounds/pieces/{}", all[0].piece_id),
        ] {
            assert_eq!(far.get(&hidden).await.status, StatusCode::NOT_FOUND, "{hidden}");
        }
        assert!(!far.get("/rounds").await.text().contains("第二批"));
        let foreign = visited(round, &all[0], minute(1), None, &json!({"outcome": "done"}));
        assert_eq!(far.records(&[foreign]).await[0].1.as_deref(), Some("no-right"));
        let unknown = json!({"round": round, "piece": PieceId::fresh(minute(0)), "target": all[0].id, "outcome": "done"});
        let unknown = json!({"id": RecordId::fresh(minute(1)), "kind": "round.outcome", "at": minute(1), "shift": null, "body": unknown});
        assert_eq!(
            staff.records(&[unknown]).await[0].1.as_deref(),
            Some("unknown-piece")
        );
        // A guard at the gate is not told what happens at doors.
        let shift = world.shift(world.post, 2).await;
        world.put(&shift, world.helpers[0], false).await;
        let guard = helper(&world, 0).await;
        assert_eq!(guard.get("/api/rounds").await.json()["rounds"], json!([]));
        // Split among teams, then closed: nothing more is claimed, what comes late is kept.
        assert_eq!(
            staff
                .form(&format!("{path}/split"), &[("teams", "3")])
                .await
                .status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            staff
                .form(&format!("{path}/split"), &[("teams", "-1")])
                .await
                .status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        assert_eq!(
            staff.form(&format!("{path}/close"), &[]).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            claim_of(&staff, round, &json!({})).await.json()["code"],
            "round-closed"
        );
        let late = visited(round, &all[0], minute(1), None, &json!({"outcome": "done"}));
        assert_eq!(staff.records(&[late]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(coverage(&world, round).await.finals, 1);
    }
}

#[tokio::test]
async fn a_round_comes_again_in_step_until_it_is_closed() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let app = &world.house.app;
        let daily = Wish {
            repeat_hours: 24,
            deadline: minute(10 * 60),
            ..letter(&world)
        };
        let first = open::open(app, &Actor::command_line(), &daily).await.unwrap();
        assert_eq!(open::repeat(app).await.unwrap(), 0);
        home(&world, "1号楼", "1单元", "401").await;
        // The server was off for a day: in step with the first, and nothing is made up for.
        world.clock.set(minute(50 * 60));
        assert_eq!(open::repeat(app).await.unwrap(), 1);
        assert_eq!(open::repeat(app).await.unwrap(), 0, "once");
        let rounds = rounds::model::round::Entity::find()
            .order_by_asc(rounds::model::round::Column::Number)
            .all(app.store.read())
            .await
            .unwrap();
        let [before, after] = rounds.as_slice() else {
            panic!("{rounds:?}")
        };
        assert_eq!(before.id, first.id);
        assert!(before.closed_at.is_some());
        let day = 24 * 3_600_000;
        assert_eq!(after.opened_at.millis() - before.opened_at.millis(), 2 * day);
        assert_eq!(
            after.deadline_at.millis() - after.opened_at.millis(),
            before.deadline_at.millis() - before.opened_at.millis()
        );
        assert_eq!(
            coverage(&world, after.id).await.targets,
            13,
            "with those who moved in"
        );
        open::close(app, &Actor::command_line(), after.id).await.unwrap();
        world.clock.set(minute(90 * 60));
        assert_eq!(open::repeat(app).await.unwrap(), 0);
    }
}
