//! No page of residents is sorted or walked as a whole: the plans of both engines.

use std::sync::Arc;

use kit::{FixedClock, Timestamp, id::PlaceId};
use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};
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
        fill(&test.store).await;
        all.push(App::new(Parts {
            store: test.store,
            clock: Arc::new(FixedClock::at(Timestamp::from_millis(0))),
            cipher: store::Cipher::new(&[1; 32]),
            texts: Texts::new(&[]),
            nav: [].into(),
            demo: false,
            secure: false,
        }));
    }
    all
}

/// PostgreSQL plans by what there is: some people, so that it chooses as it would at size.
async fn fill(store: &store::Store) {
    if store.backend() != DbBackend::Postgres {
        return;
    }
    for sql in [
        "INSERT INTO residents SELECT md5((i % 100)::text)::uuid, md5('r' || i)::uuid, md5('h' || i)::uuid, \
         chr(19968 + i % 5000), 'wa' || md5(i::text), substr(md5(i::text), 1, 2), NULL, \
         decode(md5('p' || i), 'hex'), NULL, decode(md5('i' || i), 'hex'), '', i % 20 = 0, i % 10 = 0, \
         CASE WHEN i % 100 = 0 THEN 'x' ELSE '' END, 0 FROM generate_series(1, 50000) i",
        "ANALYZE residents",
    ] {
        store.write().execute_unprepared(sql).await.unwrap();
    }
}

/// A community in which somebody lives.
fn community() -> PlaceId {
    // md5('7')
    "8f14e45f-ceea-167a-5a36-dedd4bea2543".parse().unwrap()
}

async fn plan(app: &App, statement: Statement) -> String {
    let postgres = statement.db_backend == DbBackend::Postgres;
    let (explain, column) = if postgres {
        ("EXPLAIN", "QUERY PLAN")
    } else {
        ("EXPLAIN QUERY PLAN", "detail")
    };
    let explained = Statement {
        sql: format!("{explain} {}", statement.sql),
        ..statement
    };
    let lines: Vec<String> = app
        .store
        .read()
        .query_all_raw(explained)
        .await
        .unwrap()
        .iter()
        .map(|row| row.try_get("", column).unwrap())
        .collect();
    lines.join("\n")
}

/// SQLite must use exactly this index, and sort nothing where the index has the order. PostgreSQL may
/// choose among indexes and sort a handful, but never reads the table as a whole.
fn quick(plan: &str, index: &str, ordered: bool) {
    if let Some((_, cost)) = plan.split_once("..") {
        let cost: f64 = cost.split(' ').next().unwrap().parse().unwrap();
        assert!(
            plan.contains("residents_") && !plan.contains("Seq Scan") && cost < 300.0,
            "{index}: {plan}"
        );
    } else {
        assert!(plan.contains(index), "{index}: {plan}");
        assert!(!(ordered && plan.contains("TEMP B-TREE")), "{plan}");
    }
}

#[tokio::test]
async fn every_page_comes_from_an_index() {
    for app in apps().await {
        let query = ListQuery::default();
        let everything = bases(&app, &Scope::Everything, &query, false).await.unwrap();
        let one = resident::Entity::find().filter(resident::Column::CommunityId.eq(community()));
        let after = || Some(Cursor("0:wa7".into(), uuid::Uuid::nil()));
        for (base, all) in [(&everything[0], "all_"), (&one, "")] {
            for (q, indexes) in [
                ("", vec!["pinyin"]),
                ("wa", vec!["pinyin", "initials"]),
                ("王", vec!["name"]),
                ("00013800000", vec!["phone", "identity"]),
            ] {
                for window in [
                    window(q, false, None),
                    window(q, true, None),
                    window(q, false, after()),
                ] {
                    let phases = search::phases(q, &app.cipher, &COLUMNS);
                    assert_eq!(phases.len(), indexes.len());
                    for (phase, index) in phases.iter().zip(&indexes) {
                        let part = Window {
                            after: window.after.clone().map(|Cursor(_, id)| Cursor("wa7".into(), id)),
                            ..window.clone()
                        };
                        let select = search::select(&part, base, phase, &COLUMNS);
                        let plan = plan(&app, select.build(app.store.backend())).await;
                        let exact = ["phone", "identity"].contains(index);
                        let all = if exact { "" } else { all };
                        quick(&plan, &format!("residents_{all}{index}"), !exact);
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
            let one = all.clone().filter(resident::Column::CommunityId.eq(community()));
            for (base, wanted) in [
                (all, format!("residents_all_{index}")),
                (one, format!("residents_{index}")),
            ] {
                let phases = search::phases("", &app.cipher, &COLUMNS);
                let select = search::select(&window("", false, None), &base, &phases[0], &COLUMNS);
                let plan = plan(&app, select.build(app.store.backend())).await;
                quick(&plan, &wanted, true);
            }
        }
    }
}
