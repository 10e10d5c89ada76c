//! Who holds a building.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_claim_sixty_buildings_and_no_building_twice() {
    for world in worlds().await {
        for building in 1..=60 {
            home(&world, &format!("{building}号楼"), "", "101").await;
        }
        let round = opened(&world, &letter(&world)).await;
        let app = &world.house.app;
        let users: Vec<UserId> = (0..100).map(|_| UserId::fresh(app.now())).collect();
        let tries = users.iter().map(|user| {
            let app = app.clone();
            let actor = Actor {
                user_id: Some(*user),
                ..Actor::command_line()
            };
            tokio::spawn(async move { claim::claim(&app, &actor, round, None, None, 0).await })
        });
        let mut got = HashSet::new();
        let mut without = 0;
        for result in join_all(tries).await {
            match result.unwrap() {
                Ok(piece) => assert!(got.insert(piece.id), "nobody holds what another holds"),
                Err(problem) => {
                    assert_eq!(problem.code, claim::NOTHING_LEFT, "{problem}");
                    without += 1;
                }
            }
        }
        assert_eq!((got.len(), without), (60, 40));
        // A claim nobody works on comes back.
        world.clock.set(minute(open::HOLD_MINUTES + 1));
        let late = Actor {
            user_id: Some(users[99]),
            ..Actor::command_line()
        };
        assert!(claim::claim(app, &late, round, None, None, 0).await.is_ok());
    }
}

#[tokio::test]
async fn work_goes_on_holding_and_another_is_told_who_holds() {
    for world in worlds().await {
        walk_up(&world, "1号楼").await;
        let round = opened(&world, &letter(&world)).await;
        let (one, shift) = at_the_door(&world, 0).await;
        let (two, other_shift) = at_the_door(&world, 1).await;
        let mine = claim_of(&one, round, &json!({})).await.json();
        let piece = mine["piece"]["id"].clone();
        let held = claim_of(&two, round, &json!({"piece": piece})).await;
        assert_eq!(
            (held.status, &held.json()["code"]),
            (StatusCode::CONFLICT, &json!("piece-held"))
        );
        assert_eq!(
            two.get(&format!("/api/rounds/pieces/{}", piece.as_str().unwrap()))
                .await
                .status,
            StatusCode::NOT_FOUND
        );
        // Offline they were both there: nothing is lost, and both outcomes count once.
        let all = targets(&world, round).await;
        let first = visited(
            round,
            &all[0],
            minute(100),
            Some(shift),
            &json!({"outcome": "letter"}),
        );
        let second = visited(
            round,
            &all[1],
            minute(101),
            Some(other_shift),
            &json!({"outcome": "letter"}),
        );
        world.clock.set(minute(110));
        assert_eq!(one.records(&[first]).await, accepted(1));
        assert_eq!(two.records(&[second]).await, accepted(1));
        world.house.field.settled().await;
        assert_eq!(coverage(&world, round).await.finals, 2);
        // A claim that ran out is still on the phone of who had it, until somebody else takes the piece.
        world.clock.set(minute(open::HOLD_MINUTES * 3));
        let sheet = one
            .get(&format!("/api/rounds/pieces/{}", piece.as_str().unwrap()))
            .await;
        assert_eq!(sheet.status, StatusCode::OK, "{}", sheet.text());
        world.clock.set(minute(110));
        // Whoever works holds on: the claim runs from the last outcome.
        world.clock.set(minute(open::HOLD_MINUTES + 30));
        assert_eq!(
            claim_of(&two, round, &json!({"piece": piece})).await.status,
            StatusCode::CONFLICT
        );
        world.clock.set(minute(open::HOLD_MINUTES + 101));
        assert_eq!(
            claim_of(&two, round, &json!({"piece": piece})).await.status,
            StatusCode::OK
        );
        // Given back, it is free.
        let path = format!("/api/rounds/pieces/{}/claim", piece.as_str().unwrap());
        assert_eq!(
            two.send(Method::DELETE, &path, "", &[], vec![]).await.status,
            StatusCode::NO_CONTENT
        );
        let free = pieces(&world, round).await.remove(0);
        assert_eq!(free.holder, None);
    }
}
