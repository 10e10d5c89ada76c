//! Lists at size: every page comes from an index, none is sorted or walked as a whole.

use std::time::Instant;

use accounts::Actor;
use kit::{
    Role,
    id::{OrgId, PlaceId},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use crate::common::{House, actor, admin, houses, worker};

/// A resident of a large roster: 3 people a household, 40 households a unit, 2 units a building.
pub fn row(n: usize) -> [String; 12] {
    const FIRST: [&str; 20] = [
        "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
        "郭", "马", "罗",
    ];
    const SECOND: [&str; 16] = [
        "伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛",
    ];
    let (household, scattered) = (n / 3, n.wrapping_mul(2_654_435_761) % 1_000_003);
    [
        format!("小区{}", household / 4_000),
        format!("{}号楼", household / 80 % 50),
        format!("{}单元", household / 40 % 2 + 1),
        format!("{}{:02}", household % 40 / 4 + 1, household % 4 + 1),
        String::new(),
        format!("{}{}{n}", FIRST[scattered % 20], SECOND[scattered / 20 % 16]),
        format!("000{n:08}"),
        format!("9999992000{n:08}"),
        String::new(),
        if scattered % 20 == 0 { "是" } else { "" }.to_owned(),
        if scattered % 10 == 0 { "是" } else { "" }.to_owned(),
        if scattered % 100 == 0 { "透析" } else { "" }.to_owned(),
    ]
}

/// Forty organisations have ids from here on.
const ORG: u128 = 0xA000_0000;

/// Residents, straight into the tables: `per` in each of `communities` communities of a street, half of
/// them also helpers with a shift in another community.
async fn fill(house: &House, communities: u128, per: usize) {
    let db = house.app.store.write();
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let street = &house.street;
    let raw = async |sql: String| {
        db.execute_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .unwrap();
    };
    let uuid = |hex: String| {
        if postgres {
            format!("'{hex}'::uuid")
        } else {
            format!("x'{hex}'")
        }
    };
    for c in 0..communities {
        let id = PlaceId(uuid::Uuid::from_u128(0xC000_0000 + c));
        house
            .execute(
                "INSERT INTO places (id, parent_id, community_id, kind, name, path, pinyin, initials, sort_key, plain, \
                 floors, lift, created_at) VALUES ($1, $2, $1, 'community', $3, $4, $5, $5, $5, $5, 0, FALSE, 0)",
                vec![
                    id.0.into(),
                    street.id.0.into(),
                    format!("社区{c}").into(),
                    // Twenty to a street; the streets themselves are not needed.
                    format!("{}s{:03}/{c:06}/", district(house), c / 20).into(),
                    format!("shequ{c}").into(),
                ],
            )
            .await;
    }
    for org in 0..40 {
        house
            .execute(
                "INSERT INTO orgs (id, name, path, pinyin, initials, contact, created_at) \
                 VALUES ($1, $2, $3, $2, $2, $2, 0)",
                vec![
                    uuid::Uuid::from_u128(ORG + org).into(),
                    format!("org{org}").into(),
                    format!("o{org}/").into(),
                ],
            )
            .await;
    }
    let n = usize::try_from(communities).unwrap() * per;
    for start in (0..n).step_by(500) {
        let tx = db.begin().await.unwrap();
        let (mut people, mut helpers, mut shifts) = (Vec::new(), Vec::new(), Vec::new());
        for i in start..(start + 500).min(n) {
            let row = row(i);
            let community = uuid(format!("{:032x}", 0xC000_0000 + (i / per) as u128));
            let id = uuid(format!("{:032x}", 0xF000_0000_0000 + i as u128));
            let name = &row[5];
            let spelling = places::pinyin::of(name);
            let (full, initials) = (spelling.full, spelling.initials);
            let (alone, shop) = (!row[9].is_empty(), !row[10].is_empty());
            let needs = &row[11];
            let index = if postgres {
                format!("'\\x{i:032x}'::bytea")
            } else {
                format!("x'{i:032x}'")
            };
            people.push(format!(
                "({community}, {id}, {id}, '{name}', '{full}', '{initials}', {index}, {index}, '', {alone}, {shop}, '{needs}', 0)"
            ));
            if i % 2 == 0 {
                let org = uuid(format!("{:032x}", ORG + (i / 2 % 40) as u128));
                helpers.push(format!(
                    "({id}, {org}, '{name}', '{full}', '{initials}', '', FALSE, '', {community}, TRUE, 0)"
                ));
                let other = uuid(format!(
                    "{:032x}",
                    0xC000_0000 + ((i / per) as u128 + 1) % communities
                ));
                shifts.push(format!("({other}, {id}, {id})"));
            }
        }
        for (table, columns, rows) in [
            (
                "residents",
                "community_id, id, household_id, name, pinyin, initials, phone_index, identity_index, language, \
                 lives_alone, cannot_shop, needs, created_at",
                people,
            ),
            (
                "helpers",
                "id, org_id, name, pinyin, initials, rank, official, skills, home_id, active, created_at",
                helpers,
            ),
            ("assignments", "community_id, shift_id, helper_id", shifts),
        ] {
            let sql = format!("INSERT INTO {table} ({columns}) VALUES {}", rows.join(","));
            tx.execute_raw(Statement::from_string(db.get_database_backend(), sql))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
    if postgres {
        raw("ANALYZE".to_owned()).await;
    }
}

/// The path of the district.
fn district(house: &House) -> &str {
    let steps: Vec<usize> = house.street.path.match_indices('/').map(|(at, _)| at).collect();
    &house.street.path[..=steps[2]]
}

/// Lists that must be quick, and who asks for them.
fn asked(house: &House) -> Vec<(&'static str, Actor, &'static str)> {
    let at = |path: String| {
        let mut actor = worker(&house.street);
        actor.grants[0].place_path = path;
        actor
    };
    let mut all = Vec::new();
    for (who, actor) in [
        ("one community", at(format!("{}s000/000001/", district(house)))),
        ("one street", at(format!("{}s000/", district(house)))),
        ("three streets", {
            let mut actor = at(format!("{}s000/", district(house)));
            for n in 1..3 {
                let mut grant = actor.grants[0].clone();
                grant.place_path = format!("{}s{n:03}/", district(house));
                actor.grants.push(grant);
            }
            actor
        }),
        ("district", at(district(house).to_owned())),
        ("all", admin()),
        (
            "coordinator",
            actor(Role::Coordinator, None, Some(OrgId(uuid::Uuid::from_u128(ORG)))),
        ),
    ] {
        for path in [
            "/residents",
            "/residents?sort=-name",
            "/residents?q=wang",
            "/residents?q=wa",
            "/residents?q=zzz",
            "/residents?q=王伟",
            "/residents?q=00000000042",
            "/residents?alone=yes",
            "/residents?needs=yes&q=luo",
            "/helpers",
            "/helpers?sort=-name",
            "/helpers?q=wangwei",
            "/helpers?q=lj",
            "/helpers?q=00000000042",
            "/helpers?active=no",
            "/helpers?kind=official",
        ] {
            if who != "coordinator" || path.starts_with("/helpers") {
                all.push((who, actor.clone(), path));
            }
        }
    }
    all
}

/// `ENGINE=Postgres ROWS=1000000 COMMUNITIES=200 cargo test --release -p people -- --ignored --nocapture at_size`
#[tokio::test]
#[ignore = "measures; takes minutes"]
async fn at_size() {
    let read = |name: &str, default: usize| std::env::var(name).map_or(default, |n| n.parse().unwrap());
    let (rows, communities) = (read("ROWS", 1_000_000), read("COMMUNITIES", 200));
    for house in houses().await {
        let engine = format!("{:?}", house.app.store.backend());
        if std::env::var("ENGINE").is_ok_and(|only| only != engine) {
            continue;
        }
        let start = Instant::now();
        fill(&house, communities as u128, rows / communities).await;
        println!("{engine}: filled in {:.0} s", start.elapsed().as_secs_f64());
        for (who, actor, path) in asked(&house) {
            let mut best = f64::MAX;
            let mut found = 0;
            for _ in 0..3 {
                let start = Instant::now();
                let page = house.get(&actor, path).await.text();
                best = best.min(start.elapsed().as_secs_f64() * 1000.0);
                found = page.matches("<tr>").count().saturating_sub(1);
            }
            let mark = if best > 100.0 { "  <-- slow" } else { "" };
            println!("{best:8.1} ms {found:3} rows  {who}: {path}{mark}");
        }
    }
}
