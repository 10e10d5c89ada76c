//! `cargo xtask run`.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::tools::{self, Workspace};

/// Builds the server and becomes `fangxian demo`, so that Ctrl-C and the exit code are the server's own.
pub fn run(workspace: &Workspace, release: bool, args: &[String]) -> Result<()> {
    let program = build_server(workspace, if release { Build::Release } else { Build::Debug })?;
    let mut demo = workspace.command(program);
    demo.args(["demo", "--data"])
        .arg(workspace.target.join("demo-data"))
        .args(args);
    println!("{}", tools::describe(&demo));
    println!(
        "When it is ready, open http://{} in a browser. Ctrl-C stops it.",
        listen(args)
    );
    Err(demo.exec()).context("fangxian does not start")
}

/// How the server is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// For a look at it.
    Debug,
    /// For its speed.
    Release,
    /// With its tests, so that it is the program the Rust tests have built: alone it would ask for other features of
    /// its libraries, and everything would be compiled a second time.
    Tests,
}

/// Builds the server, pages and all (the build script of the crate `shell` builds `web/`), and names the program.
pub fn build_server(workspace: &Workspace, build: Build) -> Result<PathBuf> {
    tools::npm_packages(workspace)?;
    let mut cargo = workspace.cargo(&["build", "-p", "server", "--bin", "fangxian"]);
    cargo.args(match build {
        Build::Debug => &[][..],
        Build::Release => &["--release"],
        Build::Tests => &["--tests"],
    });
    tools::run(&mut cargo)?;
    let profile = if build == Build::Release {
        "release"
    } else {
        "debug"
    };
    Ok(workspace.target.join(profile).join("fangxian"))
}

/// The address the server will listen on, given its arguments.
fn listen(args: &[String]) -> &str {
    let value = |(at, arg): (usize, &'_ String)| match arg.strip_prefix("--listen")? {
        "" => args.get(at + 1).map(String::as_str),
        _ => args[at].strip_prefix("--listen="),
    };
    args.iter()
        .enumerate()
        .find_map(value)
        .unwrap_or("127.0.0.1:8080")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_one_asked_for() {
        let listen_to =
            |args: &[&str]| listen(&args.iter().map(ToString::to_string).collect::<Vec<_>>()).to_owned();
        assert_eq!(listen_to(&[]), "127.0.0.1:8080");
        assert_eq!(listen_to(&["--listen", "[::1]:80"]), "[::1]:80");
        assert_eq!(listen_to(&["-v", "--listen=0.0.0.0:9000"]), "0.0.0.0:9000");
    }
}
