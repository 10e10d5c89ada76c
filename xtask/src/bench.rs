//! `cargo xtask bench`.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::Result;

use crate::postgres::{Durability, Postgres};
use crate::tools::{self, Workspace};

/// The package of CP-SAT, the solver that the roster is held against.
const OR_TOOLS: &str = "ortools>=9.8,<10";

/// Builds the measurements with optimisation and runs one of them, or all. The first word of `args` names it.
pub fn bench(workspace: &Workspace, args: &[String]) -> Result<()> {
    let named = args.first().filter(|word| !word.starts_with('-'));
    if named.is_none_or(|name| name != "roster") {
        server(workspace, args)?;
    }
    match named {
        Some(name) if name == "roster" => roster(workspace, &args[1..]),
        Some(_) => Ok(()),
        None => roster(workspace, &[]),
    }
}

/// The measurements of the server crate, with a PostgreSQL that waits for the disk as a real one does. Its data
/// lie in `TMPDIR`, which should be a disk and not memory.
fn server(workspace: &Workspace, args: &[String]) -> Result<()> {
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

/// The roster: solve time, places filled and cost, against the bound and, where it can be had, against CP-SAT
/// on the same instances in the same run.
fn roster(workspace: &Workspace, args: &[String]) -> Result<()> {
    const BENCH: &[&str] = &["--release", "-p", "rota", "--bin", "rota-bench"];
    tools::run(workspace.cargo(&["build"]).args(BENCH))?;
    let python = or_tools(workspace);
    let mut run = workspace.cargo(&["run"]);
    run.args(BENCH).arg("--").args(args);
    if let Some(python) = python {
        run.env("FANGXIAN_BENCH_PYTHON", python);
    } else {
        println!(
            "The comparison with CP-SAT is left out: it needs python3 with the package ortools, which is \
             neither here nor could it be installed."
        );
        run.env_remove("FANGXIAN_BENCH_PYTHON");
    }
    tools::run(&mut run)
}

/// A Python that has OR-Tools: the one `FANGXIAN_BENCH_PYTHON` names, the one on the path, or one of its own in
/// the target directory; `None` when there is none and none can be made.
fn or_tools(workspace: &Workspace) -> Option<PathBuf> {
    let has = |python: &PathBuf| {
        let mut import = workspace.command(python);
        let output = import
            .args(["-c", "from ortools.sat.python import cp_model"])
            .output();
        output.is_ok_and(|output| output.status.success())
    };
    let named = env::var_os("FANGXIAN_BENCH_PYTHON").filter(|path| !path.is_empty());
    let named = named.map(PathBuf::from);
    let own = workspace.target.join("bench-python");
    let python = own.join("bin/python");
    let found = named
        .into_iter()
        .chain(tools::on_path("python3"))
        .chain([python.clone()])
        .find(has);
    if found.is_some() {
        return found;
    }
    // What an interrupted try left behind is no use.
    let _ = fs::remove_dir_all(&own);
    let venv = tools::on_path("python3")?;
    let made = tools::run(workspace.command(venv).args(["-m", "venv"]).arg(&own)).and_then(|()| {
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            // Without a network it should say so soon.
            "--retries",
            "1",
            "--timeout",
            "30",
            OR_TOOLS,
        ];
        tools::run(workspace.command(&python).args(pip))
    });
    if let Err(error) = made {
        println!("{error:#}");
        return None;
    }
    has(&python).then_some(python)
}
