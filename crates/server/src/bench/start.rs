//! How soon the program is ready, and what it needs when nothing happens.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use kit::{Problem, Result};

use crate::bench::Row;

/// Starts the release binary beside this one on an empty directory.
pub async fn run() -> Result<Vec<Row>> {
    let own = std::env::current_exe().map_err(Problem::internal)?;
    let binary = own.with_file_name("fangxian");
    let data = std::env::temp_dir().join(format!("fangxian-start-{}", std::process::id()));
    let start = Instant::now();
    let mut child = Command::new(binary)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Problem::internal)?;
    let out = child.stdout.take().ok_or_else(Problem::not_found)?;
    let said = BufReader::new(out)
        .lines()
        .map_while(std::result::Result::ok)
        .find(|line| line.contains("http://"));
    let ready = start.elapsed().as_secs_f64();
    if said.is_none() {
        println!("the server did not start");
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let resident: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|kb| kb.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(f64::NAN);
    let _ = child.kill();
    let _ = child.wait();
    Ok(vec![
        Row::cost("ready on an empty directory (goal)", ready, "s", 1.0),
        Row::cost("memory when idle (goal)", resident / 1024.0, "MiB", 100.0),
    ])
}
