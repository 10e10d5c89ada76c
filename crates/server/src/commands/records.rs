//! Records from and to files: one envelope a line.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use accounts::Actor;
use field::{Status, model::journal, submit::Outcome};
use kit::{
    Problem, Result, Timestamp,
    id::{BatchId, RecordId, ShiftId},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{json, value::RawValue};

use crate::{House, commands::Done};

/// Lines taken at a time.
const STEP: usize = 500;

/// Takes records from a file by the same checks as over HTTP. Lines that are rejected go to
/// `FILE.rejected.ndjson` with the reason. Safe to run twice.
pub async fn import(house: &House, file: &Path) -> Result<Done> {
    let input = File::open(file).map_err(|e| Problem::unavailable(format!("{}: {e}", file.display())))?;
    let rejected_file = file.with_extension("rejected.ndjson");
    let mut rejected: Option<BufWriter<File>> = None;
    let (mut accepted, mut repeated, mut refused) = (0_u64, 0_u64, 0_u64);
    let bar = super::progress("records");
    let mut lines = BufReader::new(input).lines();
    loop {
        let mut step: Vec<String> = Vec::with_capacity(STEP);
        for line in lines.by_ref() {
            let line = line.map_err(|e| Problem::unavailable(format!("{}: {e}", file.display())))?;
            if !line.trim().is_empty() {
                step.push(line);
            }
            if step.len() == STEP {
                break;
            }
        }
        if step.is_empty() {
            break;
        }
        for (line, outcome) in take(house, &step).await? {
            match outcome.status {
                Status::Accepted => accepted += 1,
                Status::Duplicate => repeated += 1,
                Status::Conflict | Status::Rejected => {
                    refused += 1;
                    let out = match &mut rejected {
                        Some(out) => out,
                        None => rejected.insert(BufWriter::new(
                            File::create(&rejected_file).map_err(|e| Problem::unavailable(e.to_string()))?,
                        )),
                    };
                    let line = json!({"code": outcome.refusal, "line": line});
                    writeln!(out, "{line}").map_err(|e| Problem::unavailable(e.to_string()))?;
                }
            }
        }
        bar.set_position(accepted + repeated + refused);
    }
    if let Some(mut out) = rejected {
        out.flush().map_err(|e| Problem::unavailable(e.to_string()))?;
    }
    house.field.settled().await;
    bar.finish_and_clear();
    println!("accepted {accepted}, already there {repeated}, rejected {refused}");
    if refused > 0 {
        println!("rejected lines with their reasons: {}", rejected_file.display());
        return Ok(Done::Found);
    }
    Ok(Done::Well)
}

/// Submits lines; a line that is no JSON at all is rejected by itself, not with its neighbours.
async fn take(house: &House, lines: &[String]) -> Result<Vec<(String, Outcome)>> {
    let actor = Actor::command_line();
    // What is no JSON travels as a JSON text, which is no envelope either, so that staff see it.
    let raw: Vec<Box<RawValue>> = lines
        .iter()
        .map(|line| match serde_json::from_str::<Box<RawValue>>(line) {
            Ok(raw) => Ok(raw),
            Err(_) => serde_json::value::to_raw_value(line),
        })
        .collect::<Result<_, _>>()
        .map_err(Problem::internal)?;
    let raw: Vec<&RawValue> = raw.iter().map(Box::as_ref).collect();
    let outcomes = house.field.submit(&actor, &raw, false).await?;
    Ok(lines.iter().cloned().zip(outcomes).collect())
}

/// An envelope as it came: the body word for word, so that it is the same record when it is taken again.
#[derive(serde::Serialize)]
struct Line<'a> {
    id: RecordId,
    kind: &'a str,
    at: Timestamp,
    shift: Option<ShiftId>,
    body: &'a RawValue,
}

/// Writes the whole journal, oldest first, one envelope a line.
pub async fn export(house: &House, file: &Path) -> Result<Done> {
    let out = File::create(file).map_err(|e| Problem::unavailable(format!("{}: {e}", file.display())))?;
    let mut out = BufWriter::new(out);
    let mut after: Option<(BatchId, i64)> = None;
    let mut written = 0_u64;
    let bar = super::progress("records");
    loop {
        let mut select = journal::Entity::find();
        if let Some((batch, position)) = after {
            let same = Condition::all()
                .add(journal::Column::BatchId.eq(batch))
                .add(journal::Column::Position.gt(position));
            select = select.filter(Condition::any().add(journal::Column::BatchId.gt(batch)).add(same));
        }
        let rows = select
            .order_by_asc(journal::Column::BatchId)
            .order_by_asc(journal::Column::Position)
            .limit(10_000)
            .all(house.app.store.journal())
            .await?;
        let Some(last) = rows.last() else { break };
        after = Some((last.batch_id, last.position));
        for row in rows {
            // The file is for the operator: what is kept encrypted stands in it as it came.
            let body = field::private::open(&house.app.cipher, &row.body)?;
            let body: &RawValue = serde_json::from_str(&body).map_err(Problem::internal)?;
            let line = Line {
                id: row.id,
                kind: &row.kind,
                at: row.at,
                shift: row.shift_id,
                body,
            };
            let line = serde_json::to_string(&line).map_err(Problem::internal)?;
            writeln!(out, "{line}").map_err(|e| Problem::unavailable(e.to_string()))?;
            written += 1;
        }
        bar.set_position(written);
    }
    out.flush().map_err(|e| Problem::unavailable(e.to_string()))?;
    bar.finish_and_clear();
    println!("{written} records");
    Ok(Done::Well)
}
