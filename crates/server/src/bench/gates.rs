//! The gate: passages with a verified pass, each answered after the commit, and "may I pass" at a million residents,
//! against the bare handler and plain records in the same run.

use std::{sync::Arc, time::Duration};

use ::gates::{
    model::PassKind,
    pass::{code, keys},
};
use kit::{
    Clock, Result, SystemClock,
    id::{HouseholdId, PassId, PlaceId, ResidentId},
};
use sea_orm::EntityTrait;
use store::bulk::{Insert, Type};

use crate::{
    Options,
    bench::{Row, field, load},
};

const SPAN: Duration = Duration::from_secs(4);
const CONNECTIONS: usize = 256;
/// Residents with a pass each.
const RESIDENTS: usize = 1_000_000;
/// Passes whose codes are scanned.
const SCANNED: usize = 2_000;
const STEP: usize = 10_000;
/// Goal of the project: share of the bare handler for "may I pass".
const GOAL: f64 = 0.8;

const PASSES: Insert = Insert {
    table: "passes",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("kind", Type::Text),
        ("number", Type::Text),
        ("resident_id", Type::Uuid),
        ("household_id", Type::Uuid),
        ("name", Type::Text),
        ("pinyin", Type::Text),
        ("initials", Type::Text),
        ("plate", Type::Text),
        ("purpose", Type::Text),
        ("from_at", Type::Int),
        ("until_at", Type::Int),
        ("state", Type::Text),
        ("why", Type::Text),
        ("secret_hash", Type::BytesOrNull),
        ("secret_sealed", Type::BytesOrNull),
        ("issued_at", Type::Int),
        ("updated_at", Type::Int),
    ],
    suffix: "",
};

async fn fill(bench: &field::Bench, community: PlaceId) -> Result<(Vec<ResidentId>, Vec<String>)> {
    let app = &bench.house.app;
    // Long ago, so that nobody takes them for changes of this moment.
    let now = app.now().minus(Duration::from_secs(24 * 3600));
    let until = now + Duration::from_secs(90 * 24 * 3600);
    let signing = keys::signing(app).await?;
    let mut residents = Vec::with_capacity(RESIDENTS);
    let mut codes = Vec::with_capacity(SCANNED);
    for step in 0..RESIDENTS / STEP {
        let (mut people, mut passes) = (Vec::with_capacity(STEP), Vec::with_capacity(STEP));
        for i in 0..STEP {
            let n = step * STEP + i;
            let (resident, household, pass) = (
                ResidentId::fresh(now),
                HouseholdId::fresh(now),
                PassId::fresh(now),
            );
            people.push(vec![
                community.0.into(),
                resident.0.into(),
                household.0.into(),
                "王建国".into(),
                "wangjianguo".into(),
                "wjg".into(),
                "".into(),
                false.into(),
                false.into(),
                "".into(),
                now.millis().into(),
            ]);
            passes.push(vec![
                community.0.into(),
                pass.0.into(),
                "resident".into(),
                format!("{n:08}").into(),
                resident.0.into(),
                household.0.into(),
                "王建国".into(),
                "wangjianguo".into(),
                "wjg".into(),
                "".into(),
                "".into(),
                now.millis().into(),
                until.millis().into(),
                "active".into(),
                "".into(),
                n.to_le_bytes().to_vec().into(),
                vec![0_u8; 8].into(),
                now.millis().into(),
                now.millis().into(),
            ]);
            if codes.len() < SCANNED {
                let claims = code::Claims {
                    id: pass,
                    kind: PassKind::Resident,
                    community,
                    resident: Some(resident),
                    label: "王**".into(),
                    issued: now,
                    from: now,
                    until,
                };
                codes.push(code::sign(&signing, &claims)?);
            }
            residents.push(resident);
        }
        let tx = app.store.begin().await?;
        super::lists::RESIDENTS.run(&tx, people).await?;
        PASSES.run(&tx, passes).await?;
        tx.commit().await?;
    }
    Ok((residents, codes))
}

/// Scans, plain records and "may I pass", at 256 connections.
pub async fn run(engine: &str, options: Options) -> Result<Vec<Row>> {
    let bench = field::open(options).await?;
    let bare = field::bare().await?;
    let place = places::place::Entity::find()
        .one(bench.house.app.store.read())
        .await?
        .ok_or_else(kit::Problem::not_found)?;
    let (residents, codes) = fill(&bench, place.id).await?;
    let (residents, codes): (Arc<[ResidentId]>, Arc<[String]>) = (residents.into(), codes.into());
    let mut rows = Vec::new();
    let scans = |gate: PlaceId, codes: Arc<[String]>| {
        move |n: u64| {
            let code = &codes[usize::try_from(n).unwrap_or(0) % codes.len()];
            let id = kit::id::fresh(SystemClock.now());
            let way = if n.is_multiple_of(2) { "in" } else { "out" };
            (
                format!("/api/gates/{gate}/scans"),
                format!(r#"{{"id":"{id}","code":"{code}","direction":"{way}"}}"#),
            )
        }
    };
    let bodies = {
        let (shift, helpers) = (bench.shift, bench.helpers.clone());
        move |_| field::body(shift, &helpers, 1)
    };
    let reference = load::run(bare, "/", "x", CONNECTIONS, SPAN, bodies.clone()).await?;
    let plain = load::run(
        bench.address,
        "/api/field/records",
        &bench.token,
        CONNECTIONS,
        SPAN,
        bodies,
    )
    .await?;
    bench.house.field.settled().await;
    // The first question loads the community.
    load::requests(
        bench.address,
        &bench.token,
        1,
        Duration::from_millis(200),
        scans(place.id, codes.clone()),
    )
    .await?;
    let scanned = load::requests(
        bench.address,
        &bench.token,
        CONNECTIONS,
        SPAN,
        scans(place.id, codes),
    )
    .await?;
    rows.push(Row::rate(
        format!("{engine}: passages with a verified pass"),
        scanned.rate,
        "1/s",
        reference.rate,
    ));
    rows.push(Row::rate(
        format!("{engine}:   beside plain records"),
        scanned.rate,
        "1/s",
        plain.rate,
    ));
    rows.push(Row::cost(
        format!("{engine}:   p99"),
        scanned.p99,
        "ms",
        plain.p99,
    ));
    if scanned.failed > 0 {
        println!("{engine}: {} scans were not answered with 200", scanned.failed);
    }
    let start = std::time::Instant::now();
    bench.house.field.settled().await;
    rows.push(Row::cost(
        format!("{engine}:   applied after the load ended"),
        start.elapsed().as_secs_f64() * 1000.0,
        "ms",
        1000.0,
    ));
    let gate = place.id;
    let asks = move |n: u64| {
        let at = usize::try_from(n.wrapping_mul(2_654_435_761)).unwrap_or(0) % residents.len();
        let path = format!(
            "/api/gates/{gate}/status?direction=out&resident={}",
            residents[at]
        );
        (path, String::new())
    };
    let get = load::requests(bare, "x", CONNECTIONS, SPAN, |_| ("/".to_owned(), String::new())).await?;
    let asked = load::requests(bench.address, &bench.token, CONNECTIONS, SPAN, asks).await?;
    rows.push(Row::rate(
        format!("{engine}: may I pass, {RESIDENTS} residents (goal {GOAL})"),
        asked.rate,
        "1/s",
        get.rate,
    ));
    rows.push(Row::cost(format!("{engine}:   p99"), asked.p99, "ms", get.p99));
    if asked.failed > 0 {
        println!("{engine}: {} questions were not answered with 200", asked.failed);
    }
    bench.house.close().await?;
    Ok(rows)
}
