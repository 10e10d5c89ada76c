//! Measures; run by `cargo xtask bench [NAME]`.

use std::process::ExitCode;

use kit::Result;
use server::bench::{engines, field, gates, lists, pages, report, rounds, start, take};

#[tokio::main]
async fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
    match run(wanted.as_deref()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("bench: {problem}");
            ExitCode::from(2)
        }
    }
}

async fn run(wanted: Option<&str>) -> Result<()> {
    let wants = |name: &str| wanted.is_none_or(|wanted| wanted == name);
    if wants("field") {
        let mut rows = Vec::new();
        for (engine, options) in engines().await? {
            rows.extend(field::run(engine, options).await?);
        }
        report("field", &rows)?;
    }
    if wants("take") {
        let mut rows = Vec::new();
        for (engine, options) in engines().await? {
            let goals = if engine == "SQLite" {
                (150_000.0, 60_000.0)
            } else {
                (80_000.0, 50_000.0)
            };
            let options = server::Options {
                data: options.data.join("take"),
                ..options
            };
            rows.extend(take::run(engine, options, goals).await?);
        }
        report("take", &rows)?;
    }
    if wants("pages") {
        let mut rows = Vec::new();
        for (engine, options) in engines().await? {
            let options = server::Options {
                data: options.data.join("pages"),
                ..options
            };
            rows.extend(pages::run(engine, options).await?);
        }
        report("pages", &rows)?;
    }
    if wants("gates") {
        let mut rows = Vec::new();
        for (engine, options) in engines().await? {
            let options = server::Options {
                data: options.data.join("gates"),
                ..options
            };
            rows.extend(gates::run(engine, options).await?);
        }
        report("gates", &rows)?;
    }
    if wants("rounds") {
        let mut rows = Vec::new();
        for (engine, options) in engines().await? {
            let options = server::Options {
                data: options.data.join("rounds"),
                ..options
            };
            rows.extend(rounds::run(engine, options).await?);
        }
        report("rounds", &rows)?;
    }
    if wants("lists") {
        let mut rows = Vec::new();
        for (engine, options) in engines().await? {
            let options = server::Options {
                data: options.data.join("lists"),
                ..options
            };
            rows.extend(lists::run(engine, options).await?);
        }
        report("lists", &rows)?;
    }
    if wants("start") {
        report("start", &start::run().await?)?;
    }
    Ok(())
}
