//! Rounds: a city-size round opened, claimed and counted; outcomes at doors and samples beside plain records; coverage
//! and the missing list while they come in.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use accounts::Actor;
use kit::{
    Clock, Result, SystemClock,
    id::{HouseholdId, PieceId, PlaceId, RoundId, TargetId},
};
use places::PlaceKind;
use rounds::{
    kind::{Only, Reach, RoundKind},
    model::target,
    open::{self, Wish},
    queries,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use store::scope::under;

use crate::{
    Options,
    bench::{Row, field, lists, load},
};

const SPAN: Duration = Duration::from_secs(5);
const CONNECTIONS: usize = 256;
/// How long samples come: ten times Tianjin's peak is to be held for a minute.
const LONG: Duration = Duration::from_secs(60);
/// Communities, buildings in each, flats in each building: 10,000 pieces, 1,000,000 targets.
const COMMUNITIES: usize = 100;
const BUILDINGS: usize = 100;
const FLATS: usize = 100;
/// Doors at which records are made.
const DOORS: u64 = 1_000_000;
/// Goals of the project: seconds to open it, milliseconds of a figure or list while records come in.
const OPEN: f64 = 10_000.0;
const FIGURE: f64 = 50.0;
/// Ten times Tianjin's peak (January 2022), samples a second.
const TIANJIN: f64 = 7_250.0;
/// Records in one request of a phone that was offline.
const BATCH: usize = 20;

struct City {
    path: String,
    communities: Vec<(PlaceId, String)>,
}

async fn fill(bench: &field::Bench, root: &places::place::Model) -> Result<City> {
    let app = &bench.house.app;
    let now = app.now().minus(Duration::from_secs(24 * 3600));
    let mut city = City {
        path: root.path.clone(),
        communities: Vec::new(),
    };
    let place =
        |id: PlaceId, parent: PlaceId, community: PlaceId, kind: PlaceKind, name: String, path: &str| {
            vec![
                id.0.into(),
                parent.0.into(),
                community.0.into(),
                sea_orm::ActiveEnum::to_value(&kind).into(),
                name.clone().into(),
                path.into(),
                "".into(),
                "".into(),
                name.clone().into(),
                name.into(),
                6_i64.into(),
                false.into(),
                now.millis().into(),
            ]
        };
    for c in 0..COMMUNITIES {
        let community = PlaceId::fresh(now);
        let path = format!("{}{}", root.path, store::scope::path_step(community));
        let mut places = vec![place(
            community,
            root.id,
            community,
            PlaceKind::Community,
            format!("社区{c:04}"),
            &path,
        )];
        let mut homes = Vec::with_capacity(BUILDINGS * FLATS);
        for b in 0..BUILDINGS {
            let building = PlaceId::fresh(now);
            let inner = format!("{path}{}", store::scope::path_step(building));
            places.push(place(
                building,
                community,
                community,
                PlaceKind::Building,
                format!("{b:03}号楼"),
                &inner,
            ));
            for f in 0..FLATS {
                homes.push(vec![
                    community.0.into(),
                    HouseholdId::fresh(now).0.into(),
                    building.0.into(),
                    inner.as_str().into(),
                    format!("{}{:02}", f / 4 + 1, f % 4 + 1).into(),
                    i64::try_from(f / 4 + 1).unwrap_or(1).into(),
                    false.into(),
                    "".into(),
                    now.millis().into(),
                ]);
            }
        }
        let tx = app.store.begin().await?;
        lists::PLACES.run(&tx, places).await?;
        lists::HOUSEHOLDS.run(&tx, homes).await?;
        tx.commit().await?;
        city.communities.push((community, path));
    }
    Ok(city)
}

fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

type Doors = Arc<[(TargetId, PieceId, PlaceId)]>;

fn visits(round: RoundId, doors: &Doors, n: u64, count: usize) -> String {
    let now = SystemClock.now();
    let records: Vec<String> = (0..count)
        .map(|i| {
            let at = n.wrapping_mul(count as u64).wrapping_add(i as u64).wrapping_mul(2_654_435_761);
            let (target, piece, _) = doors[usize::try_from(at).unwrap_or(0) % doors.len()];
            let outcome = if at.is_multiple_of(9) { "nobody-in" } else { "letter" };
            format!(
                r#"{{"id":"{}","kind":"round.outcome","at":"{now}","shift":null,"body":{{"round":"{round}","piece":"{piece}","target":"{target}","outcome":"{outcome}"}}}}"#,
                kit::id::fresh(now)
            )
        })
        .collect();
    format!(r#"{{"records":[{}]}}"#, records.join(","))
}

fn samples(round: RoundId, doors: &Doors, n: u64, count: usize) -> String {
    let now = SystemClock.now();
    let records: Vec<String> = (0..count)
        .map(|i| {
            let at = n.wrapping_mul(count as u64).wrapping_add(i as u64);
            let (target, piece, site) = doors[usize::try_from(at).unwrap_or(0) % doors.len()];
            format!(
                r#"{{"id":"{}","kind":"sampling.sample","at":"{now}","shift":null,"body":{{"round":"{round}","site":"{site}","lane":"1","tube":"T{:09}","capacity":10,"piece":"{piece}","target":"{target}"}}}}"#,
                kit::id::fresh(now),
                at / 10
            )
        })
        .collect();
    format!(r#"{{"records":[{}]}}"#, records.join(","))
}

/// Times of a figure, sorted, milliseconds.
async fn timed<F: Future<Output = Result<()>>>(
    stop: Arc<AtomicBool>,
    mut ask: impl FnMut() -> F,
) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let start = Instant::now();
        ask().await?;
        times.push(millis(start));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

fn p95(times: &[f64]) -> f64 {
    times
        .get(times.len() * 95 / 100)
        .or(times.last())
        .copied()
        .unwrap_or(f64::NAN)
}

/// Opens, claims, records and reads a city's round.
pub async fn run(engine: &str, options: Options) -> Result<Vec<Row>> {
    let bench = field::open(options).await?;
    let bare = field::bare().await?;
    let app = &bench.house.app;
    let root = places::place::Entity::find()
        .one(app.store.read())
        .await?
        .ok_or_else(kit::Problem::not_found)?;
    let city = fill(&bench, &root).await?;
    let wish = Wish {
        place: root.id,
        name: "全城送信".into(),
        kind: RoundKind::Letter,
        reach: Reach::Households,
        which: Only::All,
        since: None,
        parts: vec![],
        finals: vec![],
        deadline: app.now() + Duration::from_secs(24 * 3600),
        again_hours: 4,
        hold_minutes: 120,
        form: None,
        repeat_hours: 0,
    };
    let mut rows = Vec::new();
    let start = Instant::now();
    let round = open::open(app, &Actor::command_line(), &wish).await?.id;
    rows.push(Row::cost(
        format!("{engine}: open a round of 1,000,000 targets"),
        millis(start),
        "ms",
        OPEN,
    ));
    let doors: Doors = target::Entity::find()
        .select_only()
        .columns([
            target::Column::Id,
            target::Column::PieceId,
            target::Column::CommunityId,
        ])
        .filter(target::Column::RoundId.eq(round))
        .order_by_asc(target::Column::CommunityId)
        .order_by_asc(target::Column::Id)
        .limit(DOORS)
        .into_tuple::<(TargetId, PieceId, PlaceId)>()
        .all(app.store.read())
        .await?
        .into();
    let claims = load::requests(bench.address, &bench.token, 64, SPAN, {
        let pieces: Arc<[PieceId]> =
            queries::pieces(app.store.read(), round, &store::Scope::Everything, 10_000)
                .await?
                .into_iter()
                .map(|piece| piece.id)
                .collect();
        move |n| {
            let piece = pieces[usize::try_from(n).unwrap_or(0) % pieces.len()];
            (
                format!("/api/rounds/{round}/claims"),
                format!(r#"{{"piece":"{piece}"}}"#),
            )
        }
    })
    .await?;
    rows.push(Row::rate(
        format!("{engine}: claims of a piece, with its doors"),
        claims.rate,
        "1/s",
        60.0,
    ));
    rows.push(Row::cost(format!("{engine}:   p99"), claims.p99, "ms", 1000.0));
    let bodies = {
        let (shift, helpers) = (bench.shift, bench.helpers.clone());
        move |_| field::body(shift, &helpers, 1)
    };
    let reference = load::run(bare, "/", "x", CONNECTIONS, SPAN, bodies.clone()).await?;
    let records = "/api/field/records";
    let plain = load::run(bench.address, records, &bench.token, CONNECTIONS, SPAN, bodies).await?;
    bench.house.field.settled().await;
    let stop = Arc::new(AtomicBool::new(false));
    let (path, one) = (city.path.clone(), city.communities[0].1.clone());
    let reads = {
        let (app, stop) = (app.clone(), stop.clone());
        tokio::spawn(async move {
            let whole = timed(stop.clone(), || async {
                queries::below(app.store.read(), round, &under(&path), &path).await?;
                Ok(())
            });
            let part = timed(stop.clone(), || async {
                queries::coverage(app.store.read(), round, &under(&one)).await?;
                Ok(())
            });
            let missing = timed(stop.clone(), || async {
                queries::missing(round, &under(&one))
                    .order_by_asc(target::Column::Label)
                    .order_by_asc(target::Column::Id)
                    .limit(51)
                    .all(app.store.read())
                    .await?;
                Ok(())
            });
            tokio::try_join!(whole, part, missing)
        })
    };
    let made = {
        let doors = doors.clone();
        load::run(
            bench.address,
            records,
            &bench.token,
            CONNECTIONS,
            SPAN,
            move |n| visits(round, &doors, n, 1),
        )
        .await?
    };
    stop.store(true, Ordering::Relaxed);
    let (whole, part, missing) = reads.await.map_err(kit::Problem::internal)??;
    let start = Instant::now();
    bench.house.field.settled().await;
    rows.push(Row::rate(
        format!("{engine}: outcomes at doors, one a request"),
        made.rate,
        "1/s",
        reference.rate,
    ));
    rows.push(Row::rate(
        format!("{engine}:   beside plain records"),
        made.rate,
        "1/s",
        plain.rate,
    ));
    rows.push(Row::cost(format!("{engine}:   p99"), made.p99, "ms", plain.p99));
    rows.push(Row::cost(
        format!("{engine}:   applied after the load ended"),
        millis(start),
        "ms",
        1000.0,
    ));
    for (name, times) in [
        ("coverage of 100 communities", &whole),
        ("coverage of one community", &part),
        ("missing list of one community", &missing),
    ] {
        rows.push(Row::cost(
            format!("{engine}: {name} during writes, p95"),
            p95(times),
            "ms",
            FIGURE,
        ));
    }
    let batched = {
        let doors = doors.clone();
        load::run(bench.address, records, &bench.token, 64, LONG, move |n| {
            samples(round, &doors, n, BATCH)
        })
        .await?
    };
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let rate = batched.rate * BATCH as f64;
    rows.push(Row::rate(
        format!("{engine}: samples for a minute, {BATCH} a request, durable"),
        rate,
        "1/s",
        TIANJIN,
    ));
    rows.push(Row::cost(format!("{engine}:   p99"), batched.p99, "ms", 1000.0));
    let start = Instant::now();
    bench.house.field.settled().await;
    rows.push(Row::cost(
        format!("{engine}:   applied after the load ended"),
        millis(start),
        "ms",
        1000.0,
    ));
    if made.failed + batched.failed + claims.failed > 0 {
        println!(
            "{engine}: not answered with 200: {} claims, {} outcomes, {} samples",
            claims.failed, made.failed, batched.failed
        );
    }
    let start = Instant::now();
    open::close(app, &Actor::command_line(), round).await?;
    rows.push(Row::cost(
        format!("{engine}: close the round"),
        millis(start),
        "ms",
        1000.0,
    ));
    bench.house.close().await?;
    Ok(rows)
}
