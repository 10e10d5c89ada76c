//! No page of residents is sorted or walked as a whole: the plans of both engines.

use std::sync::Arc;

use kit::{FixedClock, Timestamp, id::PlaceId};
use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement, TransactionTrait};
use shell::{Texts, app::Parts, list::Cursor};
use store::{Migrations, Which};

use super::*;

fn window(q: &str, descending: bool, after: Option<Cursor>) -> Window {
    Window {
        q: q.to_owned(),
        sort: "name".to_owned(),
        descending,
        after,
        limit: 51,
        export: false,
    }
}

async fn apps() -> Vec<App> {
    let mut all = Vec::new();
    for test in store::testing::stores().await.unwrap() {
        let main = Migrations {
            which: Which::Main,
            rooms: vec![places::migrations, crate::migrations],
        };
        main.run(&test.store).await.unwrap();
        all.push(App::new(Parts {
            store: test.store,
            clock: Arc::new(FixedClock::at(Timestamp::from_millis(0))),
            cipher: store::Cipher::new(&[1; 32]),
            texts: Texts::new(&[]),
            nav: Vec::new(),
            demo: false,
            secure: false,
        }));
    }
    all
}

/// The engine's plan. PostgreSQL is told to avoid what an empty table would make it choose.
async fn plan(app: &App, statement: Statement) -> String {
    let tx = app.store.read().begin().await.unwrap();
    let backend = statement.db_backend;
    let explain = if backend == DbBackend::Postgres {
        for off in ["enable_seqscan", "enable_sort", "enable_bitmapscan"] {
            tx.execute_unprepared(&format!("SET LOCAL {off} = off")).await.unwrap();
        }
        "EXPLAIN"
    } else {
        "EXPLAIN QUERY PLAN"
    };
    let sql = format!("{explain} {}", statement.sql);
    let explained = Statement {
        sql,
        ..statement.clone()
    };
    let column = if backend == DbBackend::Postgres { "QUERY PLAN" } else { "detail" };
    let lines: Vec<String> = tx
        .query_all_raw(explained)
        .await
        .unwrap()
        .iter()
        .map(|row| row.try_get("", column).unwrap())
        .collect();
    lines.join("\n")
}

#[tokio::test]
async fn every_page_comes_from_an_index() {
    for app in apps().await {
        let query = ListQuery::default();
        let everything = bases(&app, &Scope::Everything, &query, false).await.unwrap();
        let one = resident::Entity::find().filter(resident::Column::CommunityId.eq(PlaceId::default()));
        let after = || Some(Cursor("0:wang".into(), uuid::Uuid::nil()));
        for (base, community) in [(&everything[0], ""), (&one, "community")] {
            for (q, indexes) in [
                ("", vec!["pinyin"]),
                ("wang", vec!["pinyin", "initials"]),
                ("王", vec!["name"]),
                ("00013800000", vec!["phone", "identity"]),
            ] {
                for window in [window(q, false, None), window(q, true, None), window(q, false, after())] {
                    let phases = search::phases(q, &app.cipher, &COLUMNS);
                    assert_eq!(phases.len(), indexes.len());
                    for (phase, index) in phases.iter().zip(&indexes) {
                        let part = Window {
                            after: window.after.clone().map(|Cursor(_, id)| Cursor("wang".into(), id)),
                            ..window.clone()
                        };
                        let select = search::select(&part, base, phase, &COLUMNS);
                        let plan = plan(&app, select.build(app.store.backend())).await;
                        let exact = ["phone", "identity"].contains(index);
                        let wanted = match (exact, community.is_empty()) {
                            (true, _) => format!("residents_{index}"),
                            (false, true) => format!("residents_all_{index}"),
                            (false, false) => format!("residents_{index}"),
                        };
                        assert!(plan.contains(&wanted), "{q} {community}: {wanted} in {plan}");
                        assert!(!plan.contains("Seq Scan"), "{plan}");
                        // The few with an exact number may be sorted.
                        assert!(exact || !(plan.contains("TEMP B-TREE") || plan.contains("Sort")), "{plan}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn filters_have_indexes_of_their_own() {
    for app in apps().await {
        for (filter, index) in [
            ("lives_alone", "alone"),
            ("cannot_shop", "shop"),
            ("needs <> ''", "needs"),
        ] {
            let all = resident::Entity::find().filter(Expr::cust(filter));
            let one = all.clone().filter(resident::Column::CommunityId.eq(PlaceId::default()));
            for (base, wanted) in [
                (all, format!("residents_all_{index}")),
                (one, format!("residents_{index}")),
            ] {
                let phases = search::phases("", &app.cipher, &COLUMNS);
                let select = search::select(&window("", false, None), &base, &phases[0], &COLUMNS);
                let plan = plan(&app, select.build(app.store.backend())).await;
                assert!(plan.contains(&wanted), "{wanted} in {plan}");
                assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
            }
        }
    }
}
