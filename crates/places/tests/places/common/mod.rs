//! What the tests of this room share.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{fs, path::PathBuf};

use accounts::{Actor, Grant};
use kit::{
    Problem, Role, Timestamp,
    id::{PlaceId, UserId},
};
use places::{NewPlace, PlaceKind, import, place, tree};
use store::{Migrations, Store, Which, testing};

pub const PROVINCES: &str = "code,name\n31,\"上海市\"\n32,\"江苏省\"\n";
pub const CITIES: &str = "code,name,provinceCode\n3101,\"市辖区\",31\n3201,\"南京市\",32\n";
pub const AREAS: &str = "code,name,cityCode,provinceCode\n310107,\"普陀区\",3101,31\n310105,\"长宁区\",3101,31\n320106,\"鼓楼区\",3201,32\n";
pub const STREETS: &str = "code,name,areaCode,provinceCode,cityCode\n310107021,\"万里街道\",310107,31,3101\n\
    310107022,\"真如镇街道\",310107,31,3101\n310105001,\"华阳路街道\",310105,31,3101\n";

pub fn now() -> Timestamp {
    "2020-02-10T00:00:00Z".parse().unwrap()
}

/// An empty directory.
pub fn directory() -> PathBuf {
    let dir = std::env::temp_dir()
        .join("fangxian-tests")
        .join(kit::id::fresh(now()).simple().to_string());
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// A directory with the four files.
pub fn files(provinces: &[u8], cities: &[u8], areas: &[u8], streets: &[u8]) -> PathBuf {
    let dir = directory();
    for (file, bytes) in [
        ("provinces.csv", provinces),
        ("cities.csv", cities),
        ("areas.csv", areas),
        ("streets.csv", streets),
    ] {
        fs::write(dir.join(file), bytes).unwrap();
    }
    dir
}

pub fn small() -> PathBuf {
    files(
        PROVINCES.as_bytes(),
        CITIES.as_bytes(),
        AREAS.as_bytes(),
        STREETS.as_bytes(),
    )
}

/// Empty stores with the tables of accounts and places.
pub async fn empty_stores() -> Vec<Store> {
    let mut all = Vec::new();
    for test in testing::stores().await.unwrap() {
        Migrations {
            which: Which::Main,
            rooms: vec![accounts::migrations, places::migrations],
        }
        .run(&test.store)
        .await
        .unwrap();
        all.push(test.store);
    }
    all
}

/// Stores with three streets.
pub async fn stores() -> Vec<Store> {
    let all = empty_stores().await;
    for store in &all {
        import::official(store, now(), &small()).await.unwrap();
    }
    all
}

pub async fn code(store: &Store, code: &str) -> place::Model {
    tree::by_code(store.read(), code).await.unwrap().unwrap()
}

pub fn actor(role: Role, path: &str) -> Actor {
    Actor {
        user_id: Some(UserId::fresh(now())),
        name: "测试员".to_owned(),
        helper_id: None,
        grants: vec![Grant {
            role,
            place_id: None,
            place_path: path.to_owned(),
            org_id: None,
        }],
        only: None,
        address: "test".to_owned(),
    }
}

pub fn new(parent: PlaceId, kind: PlaceKind, name: &str) -> NewPlace {
    NewPlace {
        parent: Some(parent),
        kind,
        name: name.to_owned(),
        floors: 0,
        lift: false,
    }
}

/// Enters a place as the command line.
pub async fn put(store: &Store, parent: &place::Model, kind: PlaceKind, name: &str) -> place::Model {
    let tx = store.begin().await.unwrap();
    let place = places::create(&tx, now(), &Actor::command_line(), new(parent.id, kind, name))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    place
}

pub async fn audit_actions(store: &Store) -> Vec<String> {
    use sea_orm::{EntityTrait, QueryOrder};
    accounts::model::audit::Entity::find()
        .order_by_asc(accounts::model::audit::Column::Id)
        .all(store.read())
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.action)
        .collect()
}

/// The fields that are wrong, and how.
pub fn kinds(problem: &Problem) -> Vec<(&str, &str)> {
    problem
        .fields
        .iter()
        .map(|e| (e.field.as_ref(), e.kind))
        .collect()
}
