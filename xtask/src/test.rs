//! `cargo xtask test`.

use std::env;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;

use crate::browser;
use crate::postgres::{Durability, Postgres};
use crate::tools::{self, Workspace};

/// Where the tests of the database find a PostgreSQL whose superuser may make and drop databases.
const TEST_POSTGRES: &str = "FANGXIAN_TEST_POSTGRES";

/// A part of the tests, in the order they run: what fails fastest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// The layout of the Rust code
    Fmt,
    /// The lints of the Rust code
    Clippy,
    /// The licences and origins of what the program is made of
    Deny,
    /// The Rust tests, on SQLite and on a throw-away PostgreSQL
    Rust,
    /// The TypeScript tests
    Web,
    /// The browser tests, against a server with the demonstration in it
    Browser,
}

impl Step {
    /// The name and the meaning, as the help of the command line gives them.
    fn heading(self) -> (String, String) {
        let value = self.to_possible_value().unwrap_or_default();
        (
            value.get_name().to_owned(),
            value.get_help().map(ToString::to_string).unwrap_or_default(),
        )
    }

    /// Does the step.
    fn run(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Fmt => tools::run(&mut workspace.cargo(&["fmt", "--all", "--check"])),
            Self::Clippy => {
                tools::node(workspace)?;
                let args = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
                tools::run(&mut workspace.cargo(&args))
            }
            Self::Deny => deny(workspace),
            Self::Rust => rust(workspace),
            Self::Web => {
                tools::npm_packages(workspace)?;
                tools::run(&mut workspace.node("npm", &["run", "test"]))
            }
            Self::Browser => browser::browser(workspace),
        }
    }
}

/// Runs the steps asked for, or all, up to the first that fails, and prints a table of them.
pub fn test(workspace: &Workspace, only: &[Step]) -> Result<()> {
    let mut table = Vec::new();
    let mut failed = None;
    for &step in Step::value_variants()
        .iter()
        .filter(|step| only.is_empty() || only.contains(step))
    {
        let (name, about) = step.heading();
        let outcome = if failed.is_some() {
            "not run".to_owned()
        } else {
            println!("\n=== {name}: {about}");
            let start = Instant::now();
            let result = step.run(workspace);
            let time = seconds(start.elapsed());
            let word = if result.is_ok() { "passed" } else { "FAILED" };
            println!("=== {name} {word} in {}", time.trim());
            failed = result
                .err()
                .map(|error| error.context(format!("the step `{name}` failed")));
            format!("{word}  {time}")
        };
        table.push(format!("  {name:<9}{outcome}"));
    }
    println!("\n{}", table.join("\n"));
    failed.map_or(Ok(()), Err)
}

/// A time for the table, such as `  12.3 s`.
fn seconds(time: Duration) -> String {
    format!("{:6.1} s", time.as_secs_f64())
}

/// Checks licences, bans and sources by `deny.toml`. Known vulnerabilities are left out: they need the network, and
/// a change is not wrong because something became known today.
fn deny(workspace: &Workspace) -> Result<()> {
    println!(
        "Known vulnerabilities are not looked up here: that needs the network (`cargo deny check advisories`)."
    );
    let program = tools::cargo_deny(workspace)?;
    tools::run(
        workspace
            .command(program)
            .args(["check", "licenses", "bans", "sources"]),
    )
}

/// Runs the Rust tests. A PostgreSQL named in the environment is used instead of a throw-away one.
fn rust(workspace: &Workspace) -> Result<()> {
    tools::node(workspace)?;
    tools::pebble(workspace);
    let postgres;
    let url = match env::var(TEST_POSTGRES) {
        Ok(url) if !url.is_empty() => url,
        _ => {
            postgres = Postgres::start(workspace, Durability::None)?;
            postgres.url.clone()
        }
    };
    let tests: &[&str] = match tools::on_path("cargo-nextest") {
        Some(_) => &["nextest", "run", "--workspace"],
        None => &["test", "--workspace", "--lib", "--bins", "--tests"],
    };
    // The product has no examples in its doc comments, so no doc tests either: building them would cost minutes.
    tools::run(workspace.cargo(tests).env(TEST_POSTGRES, &url))?;
    Ok(())
}
