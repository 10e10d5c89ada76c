//! The commands of a developer: `cargo xtask run`, `test`, `bench` and `setup`. Each fetches what it needs
//! by itself, prints every command it runs, and leaves nothing running behind it.

mod background;
mod bench;
mod browser;
mod postgres;
mod run;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::tools::Workspace;

/// What a developer can ask for.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Run, test and measure Fangxian"
)]
enum Task {
    /// Build the server and serve the demonstration on this machine
    Run {
        /// Build with optimisation
        #[arg(long)]
        release: bool,
        /// Passed on to `fangxian demo`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Run the checks and tests, stopping at the first that fails
    Test {
        /// Only this step; may be given more than once
        #[arg(long, value_name = "NAME")]
        only: Vec<test::Step>,
    },
    /// Measure the release build, on SQLite and on a throw-away PostgreSQL that syncs to disk
    Bench {
        /// The name of one measurement (field, take, gates, pages, lists, start, roster), or nothing for all, and its
        /// options
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Only fetch what the other commands need
    Setup,
}

/// Finds the workspace and does what was asked.
fn perform(task: Task) -> Result<()> {
    let workspace = Workspace::find()?;
    match task {
        Task::Run { release, args } => run::run(&workspace, release, &args),
        Task::Test { only } => test::test(&workspace, &only),
        Task::Bench { args } => bench::bench(&workspace, &args),
        Task::Setup => setup(&workspace),
    }
}

/// Fetches everything the other commands need, and says where it is.
fn setup(workspace: &Workspace) -> Result<()> {
    tools::npm_packages(workspace)?;
    println!("cargo-deny  {}", tools::cargo_deny(workspace)?.display());
    println!("PostgreSQL  {}", postgres::programs(workspace)?.display());
    println!("Chromium    {}", tools::chromium(workspace)?.display());
    println!("Everything is in place.");
    Ok(())
}

fn main() -> ExitCode {
    match perform(Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
