//! The tree: search, scope, entering, changing, who answers, rosters.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::common::{actor, audit_actions, code, kinds, new, now, put, stores};
use accounts::Actor;
use kit::{Role, id::PlaceId};
use places::{
    PlaceKind,
    compounds::{self, Cache},
    create::NAME_MOST,
    edit::{self, Change, OFFICIAL},
    tree,
};
use store::{Scope, scope::under};

async fn found(store: &store::Store, scope: &Scope, text: &str) -> Vec<String> {
    tree::search(store.read(), scope, text, 20)
        .await
        .unwrap()
        .into_iter()
        .map(|p| p.name)
        .collect()
}

#[tokio::test]
async fn places_are_found_three_ways_and_by_code() {
    for store in stores().await {
        let street = code(&store, "310107021").await;
        let community = put(&store, &street, PlaceKind::Community, "万里名轩居民区").await;
        put(&store, &community, PlaceKind::Compound, "Wanli Court").await;
        let all = &Scope::Everything;
        for text in ["万里", " wanli ", "Wanli"] {
            let names = found(&store, all, text).await;
            assert_eq!(names[..2], ["万里街道", "万里名轩居民区"], "{text}");
        }
        assert_eq!(
            found(&store, all, "wan li").await.len(),
            3,
            "a compound with a Latin name too"
        );
        assert_eq!(found(&store, all, "wlj").await, ["万里街道"]);
        assert_eq!(found(&store, all, "cn").await, ["长宁区"], "two letters");
        assert_eq!(found(&store, all, "p").await, ["普陀区"], "one letter");
        assert_eq!(
            found(&store, all, "310107").await,
            ["普陀区", "万里街道", "真如镇街道"]
        );
        for nothing in ["", "  ", "里街", "%", "_", "'"] {
            assert!(found(&store, all, nothing).await.is_empty(), "{nothing}");
        }
        assert_eq!(
            found(&store, &under(&community.path), "w").await,
            ["万里名轩居民区", "Wanli Court"]
        );
        let named = tree::by_name(store.read(), all, "普陀区", Some(PlaceKind::District))
            .await
            .unwrap();
        assert_eq!(named.len(), 1);
        assert!(
            tree::by_name(store.read(), all, "普陀区", Some(PlaceKind::City))
                .await
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn what_lies_outside_does_not_exist() {
    for store in stores().await {
        let (mine, theirs) = (code(&store, "310107021").await, code(&store, "310107022").await);
        let compound = {
            let community = put(&store, &theirs, PlaceKind::Community, "真如居民区").await;
            put(&store, &community, PlaceKind::Compound, "真如小区").await
        };
        let worker = actor(Role::CommunityWorker, &mine.path);
        let scope = worker.scope(Role::READERS);
        assert!(tree::find(store.read(), &scope, mine.id).await.is_ok());
        let problem = tree::find(store.read(), &scope, compound.id).await.unwrap_err();
        assert_eq!(problem.code.status, 404);
        assert!(found(&store, &scope, "zhenru").await.is_empty());
        let public = tree::search_public(store.read(), &scope, "zhenru", 9)
            .await
            .unwrap();
        let kinds: Vec<PlaceKind> = public.iter().map(|p| p.kind).collect();
        assert_eq!(kinds, [PlaceKind::Street, PlaceKind::Community], "no compound");
        assert_eq!(
            tree::search_public(store.read(), &Scope::Nothing, "zhenru", 9)
                .await
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            tree::search_public(store.read(), &Scope::Everything, "zhenru", 9)
                .await
                .unwrap()
                .len(),
            3
        );

        let tx = store.begin().await.unwrap();
        let problem = places::create(
            &tx,
            now(),
            &worker,
            new(theirs.id, PlaceKind::Community, "偷偷加的"),
        )
        .await
        .unwrap_err();
        assert_eq!(problem.code.status, 404);
        let helper = actor(Role::Helper, &mine.path);
        let problem = places::create(
            &tx,
            now(),
            &helper,
            new(mine.id, PlaceKind::Community, "志愿者加的"),
        )
        .await
        .unwrap_err();
        assert_eq!(problem.code.status, 403);
    }
}

#[tokio::test]
async fn places_are_entered_where_they_may_lie() {
    for store in stores().await {
        let street = code(&store, "310107021").await;
        let community = put(&store, &street, PlaceKind::Community, "交暨居民区").await;
        assert_eq!(community.community_id, community.id);
        assert!(community.path.starts_with(&street.path));
        let building = put(&store, &community, PlaceKind::Building, "3号楼").await;
        assert_eq!(building.community_id, community.id);
        let gate = put(&store, &street, PlaceKind::Gate, "真北路卡点").await;
        assert_eq!(
            gate.community_id, street.id,
            "above communities the street counts"
        );
        assert_eq!(
            tree::full_name(store.read(), &building).await.unwrap(),
            "上海市 普陀区 万里街道 交暨居民区 3号楼"
        );
        put(&store, &community, PlaceKind::Building, "10号楼").await;
        let names: Vec<String> = tree::children(store.read(), &community)
            .await
            .unwrap()
            .into_iter()
            .map(|p| p.name)
            .collect();
        assert_eq!(names, ["3号楼", "10号楼"], "by number, not by letter");

        let me = Actor::command_line();
        let tx = store.begin().await.unwrap();
        for (place, wanted) in [
            (new(community.id, PlaceKind::Building, "3号楼"), ("name", "taken")),
            (new(community.id, PlaceKind::Building, " "), ("name", "required")),
            (
                new(community.id, PlaceKind::Building, &"长".repeat(NAME_MOST + 1)),
                ("name", "too-long"),
            ),
            (
                new(street.id, PlaceKind::Building, "5号楼"),
                ("kind", "places-kind"),
            ),
            (new(building.id, PlaceKind::Gate, "后门"), ("kind", "places-kind")),
        ] {
            let problem = places::create(&tx, now(), &me, place).await.unwrap_err();
            assert_eq!(kinds(&problem), [wanted]);
        }
        let mut high = new(community.id, PlaceKind::Building, "塔");
        high.floors = 201;
        let problem = places::create(&tx, now(), &me, high).await.unwrap_err();
        assert_eq!(kinds(&problem), [("floors", "out-of-range")]);
        let mut orphan = new(community.id, PlaceKind::City, "孤城");
        orphan.parent = None;
        let problem = places::create(&tx, now(), &me, orphan).await.unwrap_err();
        assert_eq!(kinds(&problem), [("kind", "places-kind")]);
        let missing = new(PlaceId::fresh(now()), PlaceKind::Unit, "x");
        assert_eq!(
            places::create(&tx, now(), &me, missing)
                .await
                .unwrap_err()
                .code
                .status,
            404
        );
        // The same name in another kind is another place.
        places::create(&tx, now(), &me, new(community.id, PlaceKind::Gate, "3号楼"))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn places_change() {
    for store in stores().await {
        let street = code(&store, "310107021").await;
        let community = put(&store, &street, PlaceKind::Community, "香泉居民区").await;
        let building = put(&store, &community, PlaceKind::Building, "1号楼").await;
        put(&store, &community, PlaceKind::Building, "2号楼").await;
        let me = actor(Role::CommunityWorker, &community.path);
        let change = |name: &str, floors| Change {
            name: name.to_owned(),
            floors,
            lift: true,
        };
        let tx = store.begin().await.unwrap();
        let after = edit::edit(&tx, now(), &me, building.id, change("11号楼", 18))
            .await
            .unwrap();
        assert_eq!(
            (after.name.as_str(), after.floors, after.lift, after.path.as_str()),
            ("11号楼", 18, true, building.path.as_str())
        );
        assert_eq!(tree::load(&tx, building.id).await.unwrap(), after);
        let problem = edit::edit(&tx, now(), &me, building.id, change("2号楼", 1))
            .await
            .unwrap_err();
        assert_eq!(kinds(&problem), [("name", "taken")]);
        let problem = edit::edit(&tx, now(), &me, street.id, change("百里街道", 0))
            .await
            .unwrap_err();
        assert_eq!(problem.code.status, 404, "not one's own");
        let problem = edit::edit(
            &tx,
            now(),
            &Actor::command_line(),
            street.id,
            change("百里街道", 0),
        )
        .await
        .unwrap_err();
        assert_eq!(problem.code, OFFICIAL);
        tx.commit().await.unwrap();
        assert!(audit_actions(&store).await.contains(&"place.edit".to_owned()));
    }
}

#[tokio::test]
async fn a_roster_finds_or_enters_its_buildings() {
    for store in stores().await {
        let street = code(&store, "310107021").await;
        let community = put(&store, &street, PlaceKind::Community, "颐和华城居民区").await;
        let known = put(&store, &community, PlaceKind::Compound, "颐和华城").await;
        let tx = store.begin().await.unwrap();
        let mut cache = Cache::new();
        let compound = compounds::ensure(
            &tx,
            now(),
            community.id,
            PlaceKind::Compound,
            " 颐和华城 ",
            &mut cache,
        )
        .await
        .unwrap();
        assert_eq!(compound, known.id);
        let mut units = std::collections::HashSet::new();
        for row in 0..3_000 {
            let building = format!("{}号楼", row % 30 + 1);
            let building =
                compounds::ensure(&tx, now(), compound, PlaceKind::Building, &building, &mut cache)
                    .await
                    .unwrap();
            let unit = format!("{}单元", row / 30 % 4 + 1);
            let unit = compounds::ensure(&tx, now(), building, PlaceKind::Unit, &unit, &mut cache)
                .await
                .unwrap();
            units.insert(unit);
        }
        assert_eq!((units.len(), cache.created), (120, 150));
        let unit = *units.iter().next().unwrap();
        assert!(cache.place(unit).unwrap().path.starts_with(&known.path));
        for name in ["东卡点", "东卡点"] {
            compounds::ensure(&tx, now(), street.id, PlaceKind::Gate, name, &mut cache)
                .await
                .unwrap();
        }
        assert_eq!(cache.created, 151);
        let problem = compounds::ensure(&tx, now(), unit, PlaceKind::Building, "楼中楼", &mut cache)
            .await
            .unwrap_err();
        assert_eq!(kinds(&problem), [("kind", "places-kind")]);
        tx.commit().await.unwrap();

        // Another import finds all of it again.
        let tx = store.begin().await.unwrap();
        let mut cache = Cache::new();
        let building = compounds::ensure(&tx, now(), compound, PlaceKind::Building, "30号楼", &mut cache)
            .await
            .unwrap();
        compounds::ensure(&tx, now(), building, PlaceKind::Unit, "1单元", &mut cache)
            .await
            .unwrap();
        compounds::ensure(&tx, now(), street.id, PlaceKind::Gate, "东卡点", &mut cache)
            .await
            .unwrap();
        assert_eq!(cache.created, 0);
        let names = tree::names(&tx, units).await.unwrap();
        assert_eq!(names.len(), 120);
    }
}
