//! `cargo xtask bench`.

use anyhow::Result;

use crate::postgres::{Durability, Postgres};
use crate::tools::{self, Workspace};

/// Builds the measurements of the server crate with optimisation and runs them, with a PostgreSQL that waits for
/// the disk as a real one does. Its data lie in `TMPDIR`, which should be a disk and not memory.
pub fn bench(workspace: &Workspace, args: &[String]) -> Result<()> {
    tools::node(workspace)?;
    tools::run(&mut workspace.cargo(&["build", "--release", "-p", "server", "--bin", "fangxian-bench"]))?;
    let postgres = Postgres::start(workspace, Durability::Full)?;
    let mut run = workspace.cargo(&[
        "run",
        "--release",
        "-p",
        "server",
        "--bin",
        "fangxian-bench",
        "--",
    ]);
    tools::run(run.args(args).env("FANGXIAN_BENCH_POSTGRES", &postgres.url))
}
