//! Speed, as ratios against a reference measured in the same run. `cargo xtask bench [NAME]` runs these in
//! a release build; each prints a table and writes `target/bench/NAME.json`.

pub mod field;
pub mod gates;
pub mod lists;
pub mod load;
pub mod pages;
pub mod rounds;
pub mod start;
pub mod take;

use std::{fs, path::Path};

use kit::{Problem, Result};
use serde::Serialize;

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// How much.
    pub value: f64,
    /// In what.
    pub unit: &'static str,
    /// What it is held against: a measurement of the same run, or a goal in the same unit.
    pub reference: f64,
    /// `value / reference`; for times and sizes `reference / value`, so that more is always better.
    pub ratio: f64,
}

impl Row {
    /// A rate: more is better.
    pub fn rate(name: impl Into<String>, value: f64, unit: &'static str, reference: f64) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            reference,
            ratio: value / reference,
        }
    }

    /// A time or size: less is better.
    pub fn cost(name: impl Into<String>, value: f64, unit: &'static str, reference: f64) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            reference,
            ratio: reference / value,
        }
    }
}

/// Prints the table and writes the file.
pub fn report(name: &str, rows: &[Row]) -> Result<()> {
    println!(
        "\n{name}\n{:<58} {:>14} {:<10} {:>14} {:>7}",
        "", "value", "unit", "reference", "ratio"
    );
    for row in rows {
        println!(
            "{:<58} {:>14.1} {:<10} {:>14.1} {:>7.2}",
            row.name, row.value, row.unit, row.reference, row.ratio
        );
    }
    let directory = Path::new("target/bench");
    fs::create_dir_all(directory).map_err(Problem::internal)?;
    let json = serde_json::to_vec_pretty(rows).map_err(Problem::internal)?;
    fs::write(directory.join(format!("{name}.json")), json).map_err(Problem::internal)
}

/// The engines to measure: SQLite, and PostgreSQL where `FANGXIAN_BENCH_POSTGRES` names a server.
pub async fn engines() -> Result<Vec<(&'static str, crate::Options)>> {
    let mut all = Vec::new();
    let base = std::env::temp_dir().join(format!("fangxian-bench-{}", std::process::id()));
    all.push(("SQLite", crate::Options::new(base.join("sqlite"), None)));
    if let Ok(server) = std::env::var("FANGXIAN_BENCH_POSTGRES") {
        let name = format!("b{}", kit::id::fresh(kit::Clock::now(&kit::SystemClock)).simple());
        let connection = sea_orm::Database::connect(&server).await?;
        sea_orm::ConnectionTrait::execute_raw(
            &connection,
            sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, format!("CREATE DATABASE {name}")),
        )
        .await?;
        let url = format!(
            "{}/{name}",
            server.rsplit_once('/').map_or(server.as_str(), |(base, _)| base)
        );
        all.push((
            "PostgreSQL",
            crate::Options::new(base.join("postgres"), Some(url)),
        ));
    }
    Ok(all)
}
