//! Imports, and pages at size: places, residents, lists, report cards. References are the goals.

use std::time::Instant;

use accounts::Actor;
use kit::{
    Problem, Result,
    id::{HelperId, OrgId, PlaceId},
};
use places::{NewPlace, PlaceKind};
use reports::Subject;
use sea_orm::{ConnectionTrait, Statement};
use store::bulk::{Insert, Type};

use crate::{House, Options, bench::Row};

const RESIDENTS: usize = 100_000;
const ATTENDANCES: usize = 1_000_000;

/// All of them on one engine.
pub async fn run(engine: &str, options: Options) -> Result<Vec<Row>> {
    let house = House::open(options).await?;
    let mut rows = Vec::new();
    let start = Instant::now();
    crate::demo::official_places(&house).await?;
    rows.push(Row::cost(
        format!("{engine}: import of 44,703 places (goal)"),
        start.elapsed().as_secs_f64(),
        "s",
        3.0,
    ));
    rows.extend(residents(engine, &house).await?);
    rows.extend(card(engine, &house).await?);
    house.close().await?;
    Ok(rows)
}

async fn community(house: &House) -> Result<PlaceId> {
    let street = places::tree::by_code(house.app.store.read(), "310107021")
        .await?
        .ok_or_else(Problem::not_found)?;
    let tx = house.app.store.begin().await?;
    let new = NewPlace {
        parent: Some(street.id),
        kind: PlaceKind::Community,
        name: "交暨居民区".into(),
        floors: 0,
        lift: false,
    };
    let place = places::create(&tx, house.app.now(), &Actor::command_line(), new).await?;
    tx.commit().await?;
    Ok(place.id)
}

async fn residents(engine: &str, house: &House) -> Result<Vec<Row>> {
    let community = community(house).await?;
    let head: Vec<String> = ["小区", "楼栋", "单元", "室号", "姓名", "电话"]
        .iter()
        .map(|s| (*s).to_owned())
        .collect();
    let cells: Vec<Vec<shell::Cell>> = (0..RESIDENTS)
        .map(|i| {
            let flat = i / 3;
            vec![
                "交暨小区".into(),
                format!("{}号楼", flat / 72 + 1).into(),
                format!("{}单元", flat / 24 % 3 + 1).into(),
                format!("{}{:02}", flat / 4 % 6 + 1, flat % 4 + 1).into(),
                format!("{}{}", ["王", "李", "张", "刘"][i % 4], i).into(),
                format!("000{i:08}").into(),
            ]
        })
        .collect();
    let sheet = shell::sheet::workbook("roster", &head, &cells)?;
    let start = Instant::now();
    let options = people::import::RosterOptions {
        community,
        dry_run: false,
    };
    let report = people::import::roster(&house.app, &Actor::command_line(), sheet, options).await?;
    if report.added != RESIDENTS {
        println!(
            "{engine}: only {} residents came in, {} rejected",
            report.added,
            report.rejected.len()
        );
    }
    Ok(vec![Row::cost(
        format!("{engine}: import of 100,000 residents from Excel (goal)"),
        start.elapsed().as_secs_f64(),
        "s",
        30.0,
    )])
}

const TALLIES: Insert = Insert {
    table: "tallies",
    columns: &[
        ("community_id", Type::Uuid),
        ("day", Type::Text),
        ("org_id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("activity", Type::Text),
        ("quantity", Type::Int),
    ],
    suffix: "",
};

/// A card of one of 200 organisations in a store of a million attendances.
async fn card(engine: &str, house: &House) -> Result<Vec<Row>> {
    let app = &house.app;
    let actor = Actor::command_line();
    let mut orgs: Vec<OrgId> = Vec::new();
    for i in 0..200 {
        let input = people::org::Input {
            name: format!("单位{i}"),
            ..people::org::Input::default()
        };
        orgs.push(people::org::create(app, &actor, &input).await?);
    }
    let community = places::tree::by_code(app.store.read(), "310107021")
        .await?
        .ok_or_else(Problem::not_found)?
        .id;
    let helpers: Vec<HelperId> = (0..20_000).map(|_| HelperId::fresh(app.now())).collect();
    let first: kit::Day = "2020-01-01".parse().map_err(Problem::internal)?;
    let days: Vec<kit::Day> = first
        .through("2020-02-19".parse().map_err(Problem::internal)?)
        .collect();
    let tx = app.store.begin().await?;
    for step in 0..(ATTENDANCES / 10_000) {
        let rows = (0..10_000)
            .flat_map(|j| {
                let i = step * 10_000 + j;
                let (helper, day) = (i % helpers.len(), days[i / helpers.len() % days.len()]);
                ["person-times", "hours"].map(|activity| {
                    vec![
                        community.0.into(),
                        day.to_string().into(),
                        orgs[helper % orgs.len()].0.into(),
                        helpers[helper].0.into(),
                        activity.into(),
                        if activity == "hours" { 80_i64 } else { 1 }.into(),
                    ]
                })
            })
            .collect();
        TALLIES.run(&tx, rows).await?;
    }
    tx.commit().await?;
    app.store
        .write()
        .execute_raw(Statement::from_string(app.store.backend(), "ANALYZE"))
        .await?;
    let mut best = f64::MAX;
    for org in orgs.iter().take(5) {
        let start = Instant::now();
        let card = reports::card(
            app.store.read(),
            &actor,
            Subject::Org(*org),
            days[0],
            days[days.len() - 1],
        )
        .await?;
        best = best.min(start.elapsed().as_secs_f64() * 1000.0);
        if card.person_times == 0 {
            println!("{engine}: the card is empty");
        }
    }
    Ok(vec![Row::cost(
        format!("{engine}: card of an organisation, 1,000,000 attendances (goal)"),
        best,
        "ms",
        50.0,
    )])
}
