//! The plans that SQLite makes for a card's statements: none may walk through a table.

use kit::{
    Day,
    id::{HelperId, OrgId, PlaceId},
};
use store::{Migrations, Scope, Which, scope::under};

use crate::{
    Subject,
    access::{View, Who},
    actual,
    hours::{self, Ledger},
    sql::Values,
    wanted,
};

fn view(subject: Subject, who: Who, scope: Scope) -> View {
    View {
        subject,
        name: String::new(),
        belongs: String::new(),
        who,
        scope,
    }
}

#[tokio::test]
async fn no_statement_walks_through_a_table() {
    let store = store::testing::sqlite().await.unwrap().store;
    let rooms: Vec<store::migrate::Room> = vec![
        accounts::migrations,
        field::migrations,
        places::migrations,
        people::migrations,
        muster::migrations,
        crate::migrations,
    ];
    Migrations {
        which: Which::Main,
        rooms,
    }
    .run(&store)
    .await
    .unwrap();
    let (from, to): (Day, Day) = ("2020-02-10".parse().unwrap(), "2020-02-24".parse().unwrap());
    let org = Subject::Org(OrgId::default());
    let place = Subject::Place(PlaceId::default());
    let two = Scope::Within(vec!["31/07/".into(), "31/08/".into()]);
    let alone = || Who::Org(OrgId::default());
    for (name, view) in [
        ("org", view(org, alone(), Scope::Everything)),
        ("org, one place", view(org, alone(), under("31/07/"))),
        ("org, two places", view(org, alone(), two)),
        ("orgs", view(org, Who::Orgs("top/".into()), Scope::Everything)),
        (
            "helper",
            view(
                Subject::Helper(HelperId::default()),
                Who::Helper(HelperId::default()),
                Scope::Everything,
            ),
        ),
        ("place", view(place, Who::Anybody, under("31/07/"))),
        (
            "compound",
            view(
                place,
                Who::At(PlaceId::default(), "31/07/1/".into()),
                Scope::Everything,
            ),
        ),
    ] {
        for (what, make) in [
            (
                "actual",
                actual::statement as fn(&mut Values, &View, Day, Day) -> String,
            ),
            ("planned", wanted::names),
        ] {
            let mut values = Values::default();
            let text = make(&mut values, &view, from, to);
            let mut plan = Vec::new();
            for row in values
                .all(store.read(), &format!("EXPLAIN QUERY PLAN {text}"))
                .await
                .unwrap()
            {
                plan.push(row.try_get_by_index::<String>(3).unwrap());
            }
            let plan = plan.join("\n");
            for table in [" t", " a", " s", " c", " h", "places", "orgs"] {
                assert!(
                    !plan.contains(&format!("SCAN{table}\n")),
                    "{name}, {what}:\n{plan}"
                );
            }
            if what == "actual" && matches!(view.who, Who::Org(_)) {
                assert!(
                    plan.contains("SEARCH t USING COVERING INDEX tallies_org (org_id=? AND day>? AND day<?)"),
                    "{name}:\n{plan}"
                );
            }
        }
    }
}

#[tokio::test]
async fn no_ledger_walks_through_a_table() {
    use accounts::{Actor, Grant};
    use kit::Role;
    let store = store::testing::sqlite().await.unwrap().store;
    let rooms: Vec<store::migrate::Room> = vec![
        accounts::migrations,
        field::migrations,
        places::migrations,
        people::migrations,
        muster::migrations,
    ];
    Migrations {
        which: Which::Main,
        rooms,
    }
    .run(&store)
    .await
    .unwrap();
    let by = |role, path: &str| Actor {
        grants: vec![Grant {
            role,
            place_id: None,
            place_path: path.into(),
            org_id: None,
        }],
        ..Actor::command_line()
    };
    let themself = Actor {
        helper_id: Some(HelperId::default()),
        grants: Vec::new(),
        ..Actor::command_line()
    };
    for (name, actor) in [
        ("everywhere", by(Role::Commander, "")),
        ("a community", by(Role::CommunityWorker, "31/07/")),
        ("themself", themself),
    ] {
        let asked = hours::Asked {
            ledger: Ledger::Volunteer,
            from: "2020-02-01".parse().unwrap(),
            to: "2020-02-29".parse().unwrap(),
            who: hours::Who::of(store.read(), &actor).await.unwrap(),
            org: Some("top/".into()),
            place: Some("31/07/1/".into()),
        };
        let window = shell::list::Window {
            q: "王".into(),
            sort: "hours".into(),
            descending: true,
            after: None,
            limit: 51,
            export: false,
        };
        let mut values = Values::default();
        let text = hours::statement(&mut values, &asked, &window);
        let mut plan = Vec::new();
        for row in values
            .all(store.read(), &format!("EXPLAIN QUERY PLAN {text}"))
            .await
            .unwrap()
        {
            plan.push(row.try_get_by_index::<String>(3).unwrap());
        }
        let plan = plan.join("\n");
        for table in [" a", " h", "places", "orgs"] {
            assert!(!plan.contains(&format!("SCAN{table}")), "{name}:\n{plan}");
        }
    }
}
