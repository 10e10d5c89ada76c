//! Every list at a million rows, for a user of one community and of the whole city. The reference is the goal.

use std::time::Instant;

use accounts::{Actor, Grant, demo::story_user, model::ticket::Kind, session};
use axum::{
    body::Body,
    http::{Request, header},
};
use kit::{Problem, Result, Role, id::UserId};
use places::{NewPlace, PlaceKind, place};
use sea_orm::{ConnectionTrait, Statement, Value};
use store::bulk::{Insert, Type};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{House, Options, bench::Row};

const COMMUNITIES: usize = 200;
const STEP: usize = 10_000;
/// Milliseconds.
const GOAL: f64 = 100.0;

pub(super) const PLACES: Insert = Insert {
    table: "places",
    columns: &[
        ("id", Type::Uuid),
        ("parent_id", Type::Uuid),
        ("community_id", Type::Uuid),
        ("kind", Type::Text),
        ("name", Type::Text),
        ("path", Type::Text),
        ("pinyin", Type::Text),
        ("initials", Type::Text),
        ("sort_key", Type::Text),
        ("plain", Type::Text),
        ("floors", Type::Int),
        ("lift", Type::Bool),
        ("created_at", Type::Int),
    ],
    suffix: "",
};

pub(super) const HOUSEHOLDS: Insert = Insert {
    table: "households",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("place_id", Type::Uuid),
        ("place_path", Type::Text),
        ("label", Type::Text),
        ("floor", Type::Int),
        ("cannot_shop", Type::Bool),
        ("needs", Type::Text),
        ("created_at", Type::Int),
    ],
    suffix: "",
};

pub(super) const RESIDENTS: Insert = Insert {
    table: "residents",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("household_id", Type::Uuid),
        ("name", Type::Text),
        ("pinyin", Type::Text),
        ("initials", Type::Text),
        ("language", Type::Text),
        ("lives_alone", Type::Bool),
        ("cannot_shop", Type::Bool),
        ("needs", Type::Text),
        ("created_at", Type::Int),
    ],
    suffix: "",
};

const HELPERS: Insert = Insert {
    table: "helpers",
    columns: &[
        ("id", Type::Uuid),
        ("name", Type::Text),
        ("pinyin", Type::Text),
        ("initials", Type::Text),
        ("rank", Type::Text),
        ("official", Type::Bool),
        ("skills", Type::Text),
        ("home_id", Type::Uuid),
        ("active", Type::Bool),
        ("created_at", Type::Int),
    ],
    suffix: "",
};

const SHIFTS: Insert = Insert {
    table: "shifts",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("post_id", Type::Uuid),
        ("place_path", Type::Text),
        ("day", Type::Text),
        ("starts_at", Type::Int),
        ("ends_at", Type::Int),
        ("needed", Type::Int),
        ("filled", Type::Int),
        ("cancelled", Type::Bool),
    ],
    suffix: "",
};

const AUDIT: Insert = Insert {
    table: "audit",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("at", Type::Int),
        ("user_name", Type::Text),
        ("action", Type::Text),
        ("subject", Type::Text),
        ("address", Type::Text),
    ],
    suffix: "",
};

const ISSUES: Insert = Insert {
    table: "field_issues",
    columns: &[
        ("community_id", Type::Uuid),
        ("record_id", Type::Uuid),
        ("code", Type::Text),
        ("rejected", Type::Bool),
        ("kind", Type::Text),
        ("at", Type::Int),
        ("received_at", Type::Int),
        ("body", Type::Text),
        ("open", Type::Bool),
        ("note", Type::Text),
    ],
    suffix: "",
};

/// Lists and searches that must be quick.
const ASKED: &[&str] = &[
    "/places?q=danyuan",
    "/places/duplicates",
    "/places/unanswered",
    "/residents",
    "/residents?q=wang",
    "/residents?q=王伟",
    "/residents?needs=yes",
    "/helpers",
    "/helpers?q=wangwei",
    "/shifts",
    "/shifts?when=today",
    "/shifts?free=yes",
    "/issues",
    "/audit",
];

/// All of them on one engine. `FANGXIAN_BENCH_ROWS` changes the number of rows of each table.
pub async fn run(engine: &str, options: Options) -> Result<Vec<Row>> {
    let rows = std::env::var("FANGXIAN_BENCH_ROWS")
        .ok()
        .and_then(|rows| rows.parse().ok())
        .unwrap_or(1_000_000);
    let house = House::open(options).await?;
    let start = Instant::now();
    let communities = communities(&house).await?;
    fill(&house, &communities, rows).await?;
    println!("{engine}: filled in {:.0} s", start.elapsed().as_secs_f64());
    let router = house.router();
    let mut measured = Vec::new();
    for (who, place) in [("one community", communities.get(7)), ("whole city", None)] {
        let token = token(&house, who, place).await?;
        for path in ASKED {
            let mut best = f64::MAX;
            let mut status = 0;
            for _ in 0..3 {
                let request = Request::get(*path)
                    .header(header::AUTHORIZATION, format!("Bearer {token}"))
                    .header(header::ACCEPT, "text/html")
                    .body(Body::empty())
                    .map_err(Problem::internal)?;
                let start = Instant::now();
                let response = router.clone().oneshot(request).await.map_err(Problem::internal)?;
                status = response.status().as_u16();
                axum::body::to_bytes(response.into_body(), usize::MAX)
                    .await
                    .map_err(Problem::internal)?;
                best = best.min(start.elapsed().as_secs_f64() * 1000.0);
            }
            if status != 200 {
                // The audit trail is not for staff of a community.
                println!("{engine}: {who}: {path} was answered {status}, and is not measured");
                continue;
            }
            measured.push(Row::cost(format!("{engine}: {who}: {path}"), best, "ms", GOAL));
        }
    }
    house.close().await?;
    Ok(measured)
}

async fn token(house: &House, name: &str, place: Option<&place::Model>) -> Result<String> {
    let app = &house.app;
    let user = UserId::fresh(app.now());
    let grant = Grant {
        role: if place.is_some() {
            Role::CommunityWorker
        } else {
            Role::Administrator
        },
        place_id: place.map(|place| place.id),
        place_path: place.map(|place| place.path.clone()).unwrap_or_default(),
        org_id: None,
    };
    story_user(app.store.write(), app, user, name, &[grant]).await?;
    let day = std::time::Duration::from_secs(24 * 3600);
    session::issue(app.store.write(), app, user, Kind::Token, name, day).await
}

async fn communities(house: &House) -> Result<Vec<place::Model>> {
    let actor = Actor::command_line();
    let tx = house.app.store.begin().await?;
    let mut parent = None;
    for (kind, name) in [
        (PlaceKind::Province, "上海市"),
        (PlaceKind::City, "市辖区"),
        (PlaceKind::District, "普陀区"),
        (PlaceKind::Street, "万里街道"),
    ] {
        let new = NewPlace {
            parent,
            kind,
            name: name.into(),
            floors: 0,
            lift: false,
        };
        parent = Some(places::create(&tx, house.app.now(), &actor, new).await?.id);
    }
    let mut made = Vec::with_capacity(COMMUNITIES);
    for i in 0..COMMUNITIES {
        let new = NewPlace {
            parent,
            kind: PlaceKind::Community,
            name: format!("第{i}居民区"),
            floors: 0,
            lift: false,
        };
        made.push(places::create(&tx, house.app.now(), &actor, new).await?);
    }
    tx.commit().await?;
    Ok(made)
}

/// A name of two or three characters with its spelling and initials, a hundred different ones.
fn name(i: usize) -> (&'static str, &'static str, String, String) {
    const SURNAMES: [(&str, &str); 10] = [
        ("王", "wang"),
        ("李", "li"),
        ("张", "zhang"),
        ("刘", "liu"),
        ("陈", "chen"),
        ("杨", "yang"),
        ("黄", "huang"),
        ("赵", "zhao"),
        ("吴", "wu"),
        ("周", "zhou"),
    ];
    const GIVEN: [(&str, &str); 10] = [
        ("伟", "wei"),
        ("芳", "fang"),
        ("娜", "na"),
        ("敏", "min"),
        ("静", "jing"),
        ("丽", "li"),
        ("强", "qiang"),
        ("磊", "lei"),
        ("军", "jun"),
        ("洋", "yang"),
    ];
    let ((surname, s), (given, g)) = (SURNAMES[i % 10], GIVEN[i / 10 % 10]);
    let initials = [s, g].iter().filter_map(|word| word.chars().next()).collect();
    (surname, given, format!("{s}{g}"), initials)
}

async fn fill(house: &House, communities: &[place::Model], rows: usize) -> Result<()> {
    let app = &house.app;
    let now = app.now();
    let hour = 3_600_000;
    let day = |i: usize| now.minus(std::time::Duration::from_secs(24 * 3600 * (i as u64 % 365)));
    for first in (0..rows).step_by(STEP) {
        let all = first..(first + STEP).min(rows);
        let tx = app.store.begin().await?;
        let mut tables: [Vec<Vec<Value>>; 7] = Default::default();
        for i in all {
            let community = &communities[i % communities.len()];
            let here = community.id.0;
            let (surname, given, spelling, initials) = name(i / communities.len());
            let person = format!("{surname}{given}");
            let [unit, household, resident, helper, shift, entry, record] =
                [(); 7].map(|()| kit::id::fresh(now));
            let path = format!("{}{i:x}/", community.path);
            let label = format!("{}单元", i / communities.len());
            let spelled = format!("{}danyuan", i / communities.len());
            let needs = if i % 50 == 0 { "透析" } else { "" };
            let starts = day(i).day().start().millis();
            tables[0].push(vec![
                unit.into(),
                here.into(),
                here.into(),
                "unit".into(),
                label.clone().into(),
                path.clone().into(),
                spelled.clone().into(),
                "dy".into(),
                spelled.into(),
                label.into(),
                6_i64.into(),
                false.into(),
                now.millis().into(),
            ]);
            tables[1].push(vec![
                here.into(),
                household.into(),
                unit.into(),
                path.into(),
                format!("{:04}", i % 1_000).into(),
                1_i64.into(),
                false.into(),
                needs.into(),
                now.millis().into(),
            ]);
            tables[2].push(vec![
                here.into(),
                resident.into(),
                household.into(),
                person.clone().into(),
                spelling.clone().into(),
                initials.clone().into(),
                "".into(),
                (i % 30 == 0).into(),
                false.into(),
                needs.into(),
                now.millis().into(),
            ]);
            tables[3].push(vec![
                helper.into(),
                person.clone().into(),
                spelling.into(),
                initials.into(),
                "".into(),
                (i % 2 == 0).into(),
                "".into(),
                here.into(),
                true.into(),
                now.millis().into(),
            ]);
            tables[4].push(vec![
                here.into(),
                shift.into(),
                Uuid::nil().into(),
                community.path.clone().into(),
                day(i).day().to_string().into(),
                starts.into(),
                (starts + 8 * hour).into(),
                4_i64.into(),
                (if i % 1_000 == 0 { 3_i64 } else { 4 }).into(),
                false.into(),
            ]);
            tables[5].push(vec![
                here.into(),
                entry.into(),
                starts.into(),
                person.into(),
                "shift.assign".into(),
                "".into(),
                "127.0.0.1".into(),
            ]);
            tables[6].push(vec![
                here.into(),
                record.into(),
                "not-on-roster".into(),
                false.into(),
                "attendance.check-in".into(),
                starts.into(),
                starts.into(),
                "{}".into(),
                (i % 100 == 0).into(),
                "".into(),
            ]);
        }
        let inserts = [PLACES, HOUSEHOLDS, RESIDENTS, HELPERS, SHIFTS, AUDIT, ISSUES];
        for (insert, rows) in inserts.iter().zip(tables) {
            insert.run(&tx, rows).await?;
        }
        tx.commit().await?;
    }
    app.store
        .write()
        .execute_raw(Statement::from_string(app.store.backend(), "ANALYZE"))
        .await?;
    Ok(())
}
