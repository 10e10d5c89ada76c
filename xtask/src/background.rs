//! A program that runs in the background and never outlives this one.

use std::ffi::OsString;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, process, thread};

use anyhow::{Context, Result, bail};

use crate::tools;

/// Runs the program and waits for standard input to close, which it does however xtask ends: dropped,
/// interrupted or killed. Then it signals the program until it has ended (after 10 s with KILL) and removes the
/// directory. It has a process group of its own, so Ctrl-C does not reach it.
const KEEPER: &str = r#"
dir=$1 signal=$2
shift 2
exec 3<&0
"$@" </dev/null 3<&- >"$dir/log" 2>&1 &
pid=$!
(
    read -r _ <&3
    tries=0
    until [ -e "$dir/ended" ]; do
        [ $tries -lt 100 ] || signal=KILL
        kill -s $signal $pid
        tries=$((tries + 1))
        sleep 0.1
    done
) >/dev/null 2>&1 &
wait $pid
: >"$dir/ended"
wait
rm -rf "$dir"
"#;

/// The user and group a background program runs as.
#[derive(Clone, Copy)]
pub struct Owner {
    /// Number of the user.
    pub user: u32,
    /// Number of the group.
    pub group: u32,
}

/// A program in the background with a directory of its own; both are gone when this is dropped or xtask ends.
pub struct Background {
    name: &'static str,
    keeper: Child,
    dir: PathBuf,
}

impl Background {
    /// Starts the program that `command` names, given the directory it may use, as `owner` or as whoever runs
    /// xtask. `signal` is what asks it to stop at once but in order, for example `TERM`.
    pub fn start(
        name: &'static str,
        owner: Option<Owner>,
        signal: &str,
        command: impl FnOnce(&Path) -> Vec<OsString>,
    ) -> Result<Self> {
        let dir = scratch_directory(name, owner)?;
        let command = command(&dir);
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", KEEPER, name])
            .arg(&dir)
            .arg(signal)
            .args(&command);
        keeper
            .current_dir(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        if let Some(owner) = owner {
            keeper.uid(owner.user).gid(owner.group);
        }
        println!("$ {} &", tools::shell_words(command));
        let keeper = keeper.spawn().with_context(|| format!("{name} does not start"))?;
        Ok(Self { name, keeper, dir })
    }

    /// The directory of the program.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Asks `ready` ten times a second, for at most `limit`. Fails with the end of the log when the program ends
    /// or the time is up.
    pub fn wait_until(&self, limit: Duration, ready: impl Fn() -> bool) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < limit {
            if self.dir.join("ended").exists() {
                bail!("{} ended at once. The end of its log:\n{}", self.name, self.log());
            }
            if ready() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!(
            "{} is not ready after {} s. The end of its log:\n{}",
            self.name,
            limit.as_secs(),
            self.log()
        );
    }

    /// The last 40 lines the program printed.
    pub fn log(&self) -> String {
        let log = fs::read(self.dir.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            eprintln!("{} may still be running: {error}", self.name);
        }
    }
}

/// Makes an empty directory that nobody but its owner can read.
fn scratch_directory(name: &str, owner: Option<Owner>) -> Result<PathBuf> {
    let nanos = SystemTime::UNIX_EPOCH
        .elapsed()
        .map_or(0, |age| age.subsec_nanos());
    let dir = env::temp_dir().join(format!("xtask-{name}-{}-{nanos}", process::id()));
    let made = fs::DirBuilder::new().mode(0o700).create(&dir);
    made.with_context(|| format!("cannot make the directory {}", dir.display()))?;
    if let Some(owner) = owner {
        chown(&dir, Some(owner.user), Some(owner.group))?;
    }
    Ok(dir)
}

/// A port of 127.0.0.1 that nothing listens on now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts a shell script in the background.
    fn script(text: &str) -> Background {
        Background::start("script", None, "TERM", |_| {
            vec!["sh".into(), "-c".into(), text.into()]
        })
        .expect("sh starts")
    }

    #[test]
    fn nothing_is_left_after_drop() {
        let background = script("echo $$; exec sleep 1000");
        let log = background.dir().join("log");
        let pid = || fs::read_to_string(&log).unwrap_or_default().trim().to_owned();
        background
            .wait_until(Duration::from_secs(10), || !pid().is_empty())
            .expect("it starts");
        let pid = pid();
        let dir = background.dir().to_owned();
        drop(background);
        assert!(!dir.exists());
        let alive = Command::new("sh")
            .args(["-c", r#"kill -0 "$0" 2>/dev/null"#, &pid])
            .status();
        assert!(!alive.expect("sh runs").success());
    }

    #[test]
    fn one_that_ends_shows_its_log() {
        let background = script("echo no such disk; exit 3");
        let error = background
            .wait_until(Duration::from_secs(10), || false)
            .expect_err("it ended");
        assert!(error.to_string().contains("no such disk"), "{error}");
    }
}
