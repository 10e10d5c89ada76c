//! `fangxian`: the command line.

use std::process::ExitCode;

use clap::Parser;
use server::commands::{Cli, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("fangxian: {error}");
            return ExitCode::from(2);
        }
    };
    runtime.block_on(run(cli))
}
