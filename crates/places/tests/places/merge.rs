//! Suspected duplicates and merging.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::common::{actor, audit_actions, code, now, put, stores};
use kit::{Role, id::PlaceId};
use places::{
    PathUser, PlaceKind, compounds, edit,
    merge::{self, NOT_SIBLINGS},
    place,
    responsibility::{self, Answerer},
    tree,
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use store::{Cipher, Scope, Store, scope::under};

const USERS: &[PathUser] = &[
    PathUser {
        table: "flats",
        path: "place_path",
        id: "place_id",
    },
    PathUser {
        table: "copies",
        path: "place_path",
        id: "",
    },
];

/// Tables of a higher room.
async fn higher_room(store: &Store) {
    let uuid = if store.backend() == DbBackend::Postgres {
        "uuid"
    } else {
        "blob"
    };
    for sql in [
        format!("CREATE TABLE flats (label text, place_id {uuid}, place_path text)"),
        "CREATE TABLE copies (label text, place_path text)".to_owned(),
    ] {
        store.write().execute_unprepared(&sql).await.unwrap();
    }
}

async fn flat(store: &Store, label: &str, place: &place::Model) {
    let statement = Statement::from_sql_and_values(
        store.backend(),
        "INSERT INTO flats VALUES ($1, $2, $3)",
        [label.into(), place.id.0.into(), place.path.as_str().into()],
    );
    store.write().execute_raw(statement).await.unwrap();
    let statement = Statement::from_sql_and_values(
        store.backend(),
        "INSERT INTO copies VALUES ($1, $2)",
        [label.into(), place.path.as_str().into()],
    );
    store.write().execute_raw(statement).await.unwrap();
}

async fn flats(store: &Store) -> Vec<(String, PlaceId, String, String)> {
    let rows = store
        .read()
        .query_all_raw(Statement::from_string(
            store.backend(),
            "SELECT f.label AS l, f.place_id AS i, f.place_path AS p, c.place_path AS c \
             FROM flats f JOIN copies c ON c.label = f.label ORDER BY f.label",
        ))
        .await
        .unwrap();
    rows.into_iter()
        .map(|row| {
            (
                row.try_get("", "l").unwrap(),
                row.try_get("", "i").unwrap(),
                row.try_get("", "p").unwrap(),
                row.try_get("", "c").unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn duplicates_are_suspected_among_siblings() {
    for store in stores().await {
        let street = code(&store, "310107021").await;
        let community = put(&store, &street, PlaceKind::Community, "愉景华庭居民区").await;
        let other = put(&store, &street, PlaceKind::Community, "中骏天誉居民区").await;
        let first = put(&store, &community, PlaceKind::Building, "3号楼").await;
        let second = put(&store, &community, PlaceKind::Building, "三幢").await;
        put(&store, &community, PlaceKind::Building, "13号楼").await;
        put(&store, &community, PlaceKind::Gate, "3号楼").await;
        put(&store, &other, PlaceKind::Building, "3#").await;
        let pairs = compounds::duplicates(store.read(), &Scope::Everything)
            .await
            .unwrap();
        assert_eq!(pairs.len(), 1);
        let ids = [pairs[0].0.id, pairs[0].1.id];
        assert!(ids.contains(&first.id) && ids.contains(&second.id));
        for (scope, count) in [
            (under(&community.path), 1),
            (under(&other.path), 0),
            (Scope::Nothing, 0),
        ] {
            assert_eq!(
                compounds::duplicates(store.read(), &scope).await.unwrap().len(),
                count
            );
        }
    }
}

#[tokio::test]
async fn the_suspicion_follows_names_and_merges() {
    for store in stores().await {
        let street = code(&store, "310107021").await;
        let community = put(&store, &street, PlaceKind::Community, "愉景华庭居民区").await;
        let keep = put(&store, &community, PlaceKind::Building, "3号楼").await;
        let drop = put(&store, &community, PlaceKind::Building, "三幢").await;
        put(&store, &keep, PlaceKind::Unit, "1单元").await;
        put(&store, &drop, PlaceKind::Unit, "一单元").await;
        let suspected = async || -> Vec<String> {
            let pairs = compounds::duplicates(store.read(), &Scope::Everything)
                .await
                .unwrap();
            pairs
                .into_iter()
                .map(|(first, other)| {
                    // Entered in the same millisecond, either may be the first.
                    let mut names = [first.name, other.name];
                    names.sort();
                    names.join("=")
                })
                .collect()
        };
        assert_eq!(suspected().await, ["3号楼=三幢"]);
        let rename = async |name: &str| {
            let change = edit::Change {
                name: name.into(),
                floors: 0,
                lift: false,
            };
            let tx = store.begin().await.unwrap();
            edit::edit(&tx, now(), &accounts::Actor::command_line(), drop.id, change)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        };
        rename("5号楼").await;
        assert!(suspected().await.is_empty());
        rename("三幢").await;
        assert_eq!(suspected().await, ["3号楼=三幢"]);
        let tx = store.begin().await.unwrap();
        merge::merge(
            &tx,
            &accounts::Actor::command_line(),
            now(),
            keep.id,
            drop.id,
            &[],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(suspected().await, ["1单元=一单元"]);
    }
}

#[tokio::test]
async fn after_a_merge_nothing_refers_to_the_dropped_place() {
    let cipher = Cipher::new(&[3; 32]);
    for store in stores().await {
        higher_room(&store).await;
        let street = code(&store, "310107021").await;
        let community = put(&store, &street, PlaceKind::Community, "愉景华庭居民区").await;
        let keep = put(&store, &community, PlaceKind::Building, "3号楼").await;
        let drop = put(&store, &community, PlaceKind::Building, "三幢").await;
        let beside = put(&store, &community, PlaceKind::Building, "4号楼").await;
        let one = put(&store, &keep, PlaceKind::Unit, "1单元").await;
        let one_too = put(&store, &drop, PlaceKind::Unit, "1单元").await;
        let two = put(&store, &drop, PlaceKind::Unit, "2单元").await;
        for (label, place) in [
            ("a", &keep),
            ("b", &drop),
            ("c", &one),
            ("d", &one_too),
            ("e", &two),
            ("f", &beside),
        ] {
            flat(&store, label, place).await;
        }
        let grant = accounts::model::grant::Model {
            id: kit::id::fresh(now()),
            user_id: kit::id::UserId::fresh(now()),
            role: Role::TeamLeader,
            place_id: Some(two.id),
            place_path: two.path.clone(),
            org_id: None,
        };
        let active: accounts::model::grant::ActiveModel = grant.clone().into();
        accounts::model::grant::Entity::insert(sea_orm::IntoActiveModel::into_active_model(active))
            .exec_without_returning(store.write())
            .await
            .unwrap();
        let me = actor(Role::CommunityWorker, &community.path);
        let tx = store.begin().await.unwrap();
        let answerer = Answerer {
            unit: "区医保中心".to_owned(),
            person: "孙敏".to_owned(),
            phone: String::new(),
            since: "2020-02-10".parse().unwrap(),
        };
        for id in [drop.id, one.id, one_too.id] {
            responsibility::set(&tx, now(), &me, &cipher, id, answerer.clone())
                .await
                .unwrap();
        }
        let kept = merge::merge(&tx, &me, now(), keep.id, drop.id, USERS)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kept.id, keep.id);

        assert!(tree::load(store.read(), drop.id).await.is_err());
        assert!(tree::load(store.read(), one_too.id).await.is_err());
        let moved = tree::load(store.read(), two.id).await.unwrap();
        assert_eq!(moved.parent_id, Some(keep.id));
        assert!(moved.path.starts_with(&keep.path));
        let expected = [
            ("a", &keep),
            ("b", &keep),
            ("c", &one),
            ("d", &one),
            ("e", &moved),
            ("f", &beside),
        ];
        let wanted: Vec<_> = expected
            .iter()
            .map(|(label, p)| ((*label).to_owned(), p.id, p.path.clone(), p.path.clone()))
            .collect();
        assert_eq!(flats(&store).await, wanted);
        let all = place::Entity::find().all(store.read()).await.unwrap();
        assert!(
            !all.iter()
                .any(|p| p.path.starts_with(&drop.path) || p.parent_id == Some(drop.id))
        );
        let answers = places::model::responsibility::Entity::find()
            .all(store.read())
            .await
            .unwrap();
        let mut ids: Vec<PlaceId> = answers.iter().map(|a| a.place_id).collect();
        ids.sort();
        let mut both = vec![keep.id, one.id];
        both.sort();
        assert_eq!(ids, both, "the answer moved, or the kept place's own stayed");
        let grants = accounts::model::grant::Entity::find()
            .all(store.read())
            .await
            .unwrap();
        assert_eq!(
            (grants[0].place_id, &grants[0].place_path),
            (Some(moved.id), &moved.path)
        );
        assert!(audit_actions(&store).await.contains(&"place.merge".to_owned()));
    }
}

#[tokio::test]
async fn only_siblings_below_a_community_are_merged() {
    for store in stores().await {
        let street = code(&store, "310107021").await;
        let community = put(&store, &street, PlaceKind::Community, "香泉居民区").await;
        let other = put(&store, &street, PlaceKind::Community, "香泉社区").await;
        let building = put(&store, &community, PlaceKind::Building, "1号楼").await;
        let gate = put(&store, &community, PlaceKind::Gate, "1号楼").await;
        let elsewhere = put(&store, &other, PlaceKind::Building, "1号楼").await;
        let twin = put(&store, &community, PlaceKind::Building, "1幢").await;
        let me = actor(Role::Administrator, "");
        let tx = store.begin().await.unwrap();
        for (keep, drop) in [
            (&community, &other),
            (&building, &gate),
            (&building, &elsewhere),
            (&building, &building),
        ] {
            let problem = merge::merge(&tx, &me, now(), keep.id, drop.id, &[])
                .await
                .unwrap_err();
            assert_eq!(problem.code, NOT_SIBLINGS);
        }
        let narrow = actor(Role::CommunityWorker, &building.path);
        let problem = merge::merge(&tx, &narrow, now(), building.id, twin.id, &[])
            .await
            .unwrap_err();
        assert_eq!(problem.code.status, 404);
    }
}

#[tokio::test]
async fn a_forgotten_table_is_noticed() {
    for store in stores().await {
        assert!(merge::forgotten(store.read(), &[]).await.unwrap().is_empty());
        higher_room(&store).await;
        assert!(merge::forgotten(store.read(), USERS).await.unwrap().is_empty());
        assert_eq!(
            merge::forgotten(store.read(), &USERS[1..]).await.unwrap(),
            ["flats.place_id", "flats.place_path"]
        );
    }
}
