//! Throw-away stores for tests: every database test runs on SQLite and, where
//! `FANGXIAN_TEST_POSTGRES` names a server, on a fresh PostgreSQL database too.

use std::{env, path::PathBuf};

use kit::Result;
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};

use crate::{Location, Store};

/// A store on which a test may do anything.
#[derive(Debug)]
pub struct TestStore {
    /// The open store.
    pub store: Store,
    /// Where it is, to be opened again.
    pub location: Location,
}

/// One empty store for every engine that is at hand. `cargo xtask test` provides both.
pub async fn stores() -> Result<Vec<TestStore>> {
    let mut all = vec![sqlite().await?];
    if let Ok(server) = env::var("FANGXIAN_TEST_POSTGRES") {
        all.push(postgres(&server).await?);
    }
    Ok(all)
}

/// An empty SQLite store in a fresh directory.
pub async fn sqlite() -> Result<TestStore> {
    let location = Location {
        data: directory(),
        database: None,
    };
    Ok(TestStore {
        store: Store::open(&location).await?,
        location,
    })
}

/// An empty PostgreSQL store on the server at `url`.
pub async fn postgres(url: &str) -> Result<TestStore> {
    let name = format!("t{}", uuid::Uuid::now_v7().simple());
    let server = Database::connect(url).await?;
    server
        .execute_raw(Statement::from_string(
            DbBackend::Postgres,
            format!("CREATE DATABASE {name}"),
        ))
        .await?;
    server.close().await?;
    let base = url.rsplit_once('/').map_or(url, |(base, _)| base);
    let location = Location {
        data: directory(),
        database: Some(format!("{base}/{name}")),
    };
    Ok(TestStore {
        store: Store::open(&location).await?,
        location,
    })
}

fn directory() -> PathBuf {
    env::temp_dir()
        .join("fangxian-tests")
        .join(uuid::Uuid::now_v7().simple().to_string())
}
