//! Buildings taken without a network: each ends with one holder, none is forgotten, and no outcome is lost.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;

use accounts::Actor;
use axum::http::{Method, StatusCode};
use kit::id::{RecordId, RoundId, ShiftId, UserId};
use muster::model::Duty;
use rounds::{
    kind::{Reach, RoundKind},
    model::{outcome, piece, target},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::common::{
    Client, World, accepted, minute,
    rounds::{home, opened, pieces, wish},
    worlds,
};

/// So many buildings with two flats each.
async fn letters(world: &World, buildings: usize) -> RoundId {
    for building in 1..=buildings {
        for flat in ["101", "102"] {
            home(world, &format!("{building}号楼"), "", flat).await;
        }
    }
    let letter = wish(world, "送一封信", RoundKind::Letter, Reach::Households);
    opened(world, &letter).await
}

/// So many people at the doors, on one shift.
async fn team(world: &World, n: usize) -> (Vec<Client>, ShiftId) {
    let app = &world.house.app;
    let post = muster::shift::create_post(
        app,
        &Actor::command_line(),
        world.here.id,
        Duty::DoorToDoor,
        "上门",
    )
    .await
    .unwrap();
    let shift = world.shift(post, 200).await;
    let mut clients = Vec::with_capacity(n);
    for i in 0..n {
        let input = people::helper::Input {
            name: format!("上门{i:03}"),
            active: true,
            ..people::helper::Input::default()
        };
        let id = people::helper::create(app, &Actor::command_line(), &input)
            .await
            .unwrap();
        world.put(&shift, id, false).await;
        let grants = [world.at(kit::Role::Helper, &world.here, None)];
        clients.push(world.client(&format!("上门{i:03}"), &grants, Some(id)).await);
    }
    (clients, shift.id)
}

fn claim(round: RoundId, piece: &piece::Model, at: i64, shift: ShiftId) -> Value {
    json!({
        "id": RecordId::fresh(minute(at)), "kind": "round.claim", "at": minute(at), "shift": shift,
        "body": {"round": round, "piece": piece.id},
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_take_sixty_buildings_without_a_network() {
    for world in worlds().await {
        let round = letters(&world, 60).await;
        let (clients, shift) = team(&world, 100).await;
        let all = pieces(&world, round).await;
        let doors = target::Entity::find()
            .filter(target::Column::RoundId.eq(round))
            .all(world.house.app.store.write())
            .await
            .unwrap();
        world.clock.set(minute(30));
        // Each took a building and did its two doors; forty buildings have two teams in them. All come back at once.
        let sent = clients.into_iter().enumerate().map(|(i, client)| {
            let piece = &all[i % 60];
            let mut records = vec![claim(round, piece, 1, shift)];
            for (n, door) in doors.iter().filter(|door| door.piece_id == piece.id).enumerate() {
                let at = minute(2 + i64::try_from(n).unwrap());
                let body = json!({"round": round, "piece": piece.id, "target": door.id, "outcome": "letter"});
                records.push(json!({"id": RecordId::fresh(at), "kind": "round.outcome", "at": at, "shift": shift, "body": body}));
            }
            tokio::spawn(async move { client.records(&records).await })
        });
        for answer in futures_util::future::join_all(sent).await {
            assert_eq!(answer.unwrap(), accepted(3));
        }
        world.house.field.settled().await;
        let after = pieces(&world, round).await;
        let mut holders = HashMap::<UserId, usize>::new();
        for piece in &after {
            *holders
                .entry(piece.holder.expect("no building is forgotten"))
                .or_default() += 1;
            assert_eq!((piece.targets, piece.finals), (2, 2));
        }
        assert_eq!(holders.len(), 60, "one building each");
        let outcomes = outcome::Entity::find()
            .filter(outcome::Column::RoundId.eq(round))
            .count(world.house.app.store.write())
            .await
            .unwrap();
        assert_eq!(outcomes, 200, "nothing is lost");
        // Rebuilt from the journal nobody loses their building.
        field::rebuild::rebuild(&world.house.app, world.house.field.registry(), |_| {})
            .await
            .unwrap();
        let again = pieces(&world, round).await;
        assert_eq!(
            again.iter().map(|piece| piece.holder).collect::<Vec<_>>(),
            after.iter().map(|piece| piece.holder).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn the_next_building_is_brought_along_and_whoever_holds_it_keeps_it() {
    for world in worlds().await {
        let round = letters(&world, 2).await;
        let (clients, shift) = team(&world, 2).await;
        let [first, second] = clients.try_into().unwrap_or_else(|_| panic!("two"));
        let take = async |client: &Client, wanted: Value| {
            let path = format!("/api/rounds/{round}/claims");
            client
                .send(
                    Method::POST,
                    &path,
                    "application/json",
                    &[],
                    wanted.to_string().into_bytes(),
                )
                .await
        };
        let mine = take(&first, json!({})).await.json();
        let near = mine["piece"]["id"].as_str().unwrap().to_owned();
        let next = first
            .get(&format!("/api/rounds/{round}/next?near={near}&team=0"))
            .await;
        assert_eq!(next.status, StatusCode::OK, "{}", next.text());
        let next = next.json();
        assert_eq!(
            (&next["piece"]["mine"], next["doors"].as_array().unwrap().len()),
            (&json!(false), 2)
        );
        assert_ne!(next["piece"]["id"].as_str(), Some(near.as_str()));
        // Another takes it in the meantime: it stays theirs, whenever the first one began.
        assert_eq!(take(&second, json!({})).await.status, StatusCode::OK);
        let piece = pieces(&world, round)
            .await
            .into_iter()
            .find(|piece| next["piece"]["id"] == json!(piece.id))
            .unwrap();
        let holder = piece.holder.unwrap();
        assert_eq!(
            first.records(&[claim(round, &piece, -5, shift)]).await,
            accepted(1)
        );
        world.house.field.settled().await;
        let after = pieces(&world, round).await;
        let of = |id| after.iter().find(|piece| piece.id == id).unwrap().holder;
        assert_eq!(of(piece.id), Some(holder));
        let nothing = second.get(&format!("/api/rounds/{round}/next")).await;
        assert_eq!(nothing.json()["code"], "nothing-left");
        // A claim of what is none, and by somebody who is not there.
        let mut none = claim(round, &piece, 1, shift);
        none["body"]["piece"] = json!(RecordId::fresh(minute(1)));
        assert_eq!(
            first.records(&[none]).await[0].1.as_deref(),
            Some("unknown-piece")
        );
        let stranger = world
            .client("别处", &[world.at(kit::Role::Helper, &world.there, None)], None)
            .await;
        assert_eq!(
            stranger.records(&[claim(round, &piece, 1, shift)]).await[0]
                .1
                .as_deref(),
            Some("no-right")
        );
        assert_eq!(
            stranger.get(&format!("/api/rounds/{round}/next")).await.status,
            StatusCode::NOT_FOUND
        );
    }
}
