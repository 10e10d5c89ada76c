//! A PostgreSQL server that is thrown away after use.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::background::{Background, Owner, free_port};
use crate::tools::{self, Workspace};

/// Whether what the server has answered must survive a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As installed: every commit waits for the disk. For measuring.
    Full,
    /// Nothing waits for the disk. For tests.
    None,
}

/// A running server; stopped and removed when dropped.
pub struct Postgres {
    /// Where the superuser connects; tests make databases of their own from there.
    pub url: String,
    _server: Background,
}

impl Postgres {
    /// Makes a new database cluster in the directory for temporary files and serves it on a free port of
    /// 127.0.0.1, without passwords.
    pub fn start(workspace: &Workspace, durability: Durability) -> Result<Self> {
        let programs = programs(workspace)?;
        let port = free_port()?;
        let server = Background::start("postgres", owner()?, "INT", |dir| {
            ["sh", "-c", &script(&programs, dir, port, durability)]
                .map(Into::into)
                .into()
        })?;
        // The server writes its state on the eighth line; pg_ctl reads it there too.
        let state = server.dir().join("data/postmaster.pid");
        server.wait_until(Duration::from_mins(1), || {
            fs::read_to_string(&state).is_ok_and(|text| text.lines().nth(7).map(str::trim) == Some("ready"))
        })?;
        Ok(Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            _server: server,
        })
    }
}

/// The shell script that makes the cluster and becomes its server. Names sort by their bytes, as in SQLite, yet
/// Chinese letters count as letters (for searches by parts of words).
fn script(programs: &Path, dir: &Path, port: u16, durability: Durability) -> String {
    let [initdb, postgres, data, socket] = [
        &programs.join("initdb"),
        &programs.join("postgres"),
        &dir.join("data"),
        dir,
    ]
    .map(|path| tools::shell_words([path]));
    let locale = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };
    let careless = match durability {
        Durability::Full => "",
        Durability::None => " -c fsync=off -c synchronous_commit=off -c full_page_writes=off",
    };
    format!(
        "{initdb} -D {data} -U postgres -A trust -E UTF8 --locale={locale} --no-sync && \
         exec {postgres} -D {data} -c listen_addresses=127.0.0.1 -c port={port} \
         -c unix_socket_directories={socket} -c max_connections=200{careless}"
    )
}

/// Who runs the server: PostgreSQL refuses to be run by root.
fn owner() -> Result<Option<Owner>> {
    if !tools::is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let (Some(user), Some(group)) = (tools::id(&["-u", name]), tools::id(&["-g", name])) {
            return Ok(Some(Owner { user, group }));
        }
    }
    bail!("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`");
}

/// The directory with `initdb` and `postgres`, installing them where that is possible.
pub fn programs(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(dir) = installed() {
        return Ok(dir);
    }
    tools::apt_install(workspace, "postgresql")
        .context("PostgreSQL (the programs initdb and postgres) is needed; please install it")?;
    installed().context("PostgreSQL was installed, but initdb is not in /usr/lib/postgresql/*/bin")
}

/// The directory with `initdb` and `postgres`: on the path, else the newest where Debian puts them.
fn installed() -> Option<PathBuf> {
    let complete = |dir: &PathBuf| dir.join("initdb").is_file() && dir.join("postgres").is_file();
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).find(complete).or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let version = |dir: &PathBuf| dir.file_name()?.to_str()?.parse::<u32>().ok();
        let mut dirs: Vec<PathBuf> = versions.filter_map(|entry| Some(entry.ok()?.path())).collect();
        dirs.sort_by_key(version);
        dirs.into_iter().rev().map(|dir| dir.join("bin")).find(complete)
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn only_tests_may_lose_what_was_committed() {
        let script = |durability| script(Path::new("/opt/pg 17/bin"), Path::new("/tmp/x"), 5433, durability);
        assert!(script(Durability::None).contains("-c fsync=off"));
        assert!(!script(Durability::Full).contains("=off"));
        assert!(script(Durability::Full).starts_with("'/opt/pg 17/bin/initdb' -D /tmp/x/data "));
    }

    #[test]
    fn a_server_comes_and_goes() {
        if installed().is_none() {
            return eprintln!("skipped: there is no PostgreSQL here");
        }
        let workspace = Workspace::find().expect("the workspace");
        let postgres = Postgres::start(&workspace, Durability::None).expect("it starts");
        let address = postgres
            .url
            .split(['@', '/'])
            .nth(3)
            .expect("an address")
            .to_owned();
        assert!(TcpStream::connect(&address).is_ok());
        drop(postgres);
        assert!(TcpStream::connect(&address).is_err());
    }
}
