//! Taking and applying without HTTP: what the journal and the tables can hold.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use accounts::Actor;
use kit::{Problem, Result};
use serde_json::value::RawValue;

use crate::{
    Options,
    bench::{Row, field},
};

const BATCHES: usize = 600;
const SIZE: usize = 500;

/// Batches of the steady load.
const STEADY: usize = 300;

/// A request's body.
#[derive(serde::Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

/// Batches of 500 straight into the way in, sixteen at a time.
pub async fn run(engine: &str, options: Options, goals: (f64, f64)) -> Result<Vec<Row>> {
    let bench = field::open(options).await?;
    let bodies: Vec<String> = (0..BATCHES)
        .map(|_| field::body(bench.shift, &bench.helpers, SIZE))
        .collect();
    let actor = Actor::command_line();
    let field = bench.house.field.clone();
    let start = Instant::now();
    let mut tasks = Vec::new();
    let bodies = Arc::new(bodies);
    for worker in 0..16 {
        let (field, actor, bodies) = (field.clone(), actor.clone(), bodies.clone());
        tasks.push(tokio::spawn(async move {
            for text in bodies.iter().skip(worker).step_by(16) {
                let batch: Batch<'_> = serde_json::from_str(text).map_err(Problem::internal)?;
                field.submit(&actor, &batch.records, false).await?;
            }
            Ok::<(), Problem>(())
        }));
    }
    for task in tasks {
        task.await.map_err(Problem::internal)??;
    }
    let taken = start.elapsed();
    field.settled().await;
    let applied = start.elapsed();
    let records = f64::from(u32::try_from(BATCHES * SIZE).unwrap_or(u32::MAX));
    let lag = lag(&bench, goals.1 / 2.0).await?;
    bench.house.close().await?;
    Ok(vec![
        Row::rate(
            format!("{engine}: taken, in batches of {SIZE} (goal)"),
            records / taken.as_secs_f64(),
            "records/s",
            goals.0,
        ),
        Row::rate(
            format!("{engine}: taken and applied (goal)"),
            records / applied.as_secs_f64(),
            "records/s",
            goals.1,
        ),
        Row::cost(
            format!(
                "{engine}: from sent to applied at {:.0} a second, the worst (goal)",
                goals.1 / 2.0
            ),
            lag.as_secs_f64() * 1000.0,
            "ms",
            1000.0,
        ),
    ])
}

/// The longest time from sending a batch until it is applied, at a steady load for some seconds.
async fn lag(bench: &field::Bench, records_per_second: f64) -> Result<Duration> {
    let every =
        Duration::from_secs_f64(f64::from(u32::try_from(SIZE).unwrap_or(u32::MAX)) / records_per_second);
    let (field, actor) = (bench.house.field.clone(), Arc::new(Actor::command_line()));
    let bodies: Vec<String> = (0..STEADY)
        .map(|_| field::body(bench.shift, &bench.helpers, SIZE))
        .collect();
    let mut beat = tokio::time::interval(every);
    let mut sent = Vec::with_capacity(bodies.len());
    for text in bodies {
        beat.tick().await;
        let (field, actor) = (field.clone(), actor.clone());
        sent.push(tokio::spawn(async move {
            let start = Instant::now();
            let batch: Batch<'_> = serde_json::from_str(&text).map_err(Problem::internal)?;
            field.submit(&actor, &batch.records, true).await?;
            Ok::<Duration, Problem>(start.elapsed())
        }));
    }
    let mut worst = Duration::ZERO;
    for one in sent {
        worst = worst.max(one.await.map_err(Problem::internal)??);
    }
    Ok(worst)
}
