//! Taking and applying without HTTP: what the journal and the tables can hold.

use std::time::Instant;

use accounts::Actor;
use kit::{Problem, Result};
use serde_json::value::RawValue;

use crate::{
    Options,
    bench::{Row, field},
};

const BATCHES: usize = 600;
const SIZE: usize = 500;

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
    let bodies = std::sync::Arc::new(bodies);
    for worker in 0..16 {
        let (field, actor, bodies) = (field.clone(), actor.clone(), bodies.clone());
        tasks.push(tokio::spawn(async move {
            for text in bodies.iter().skip(worker).step_by(16) {
                #[derive(serde::Deserialize)]
                struct Batch<'a> {
                    #[serde(borrow)]
                    records: Vec<&'a RawValue>,
                }
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
    ])
}
