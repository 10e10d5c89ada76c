//! Finding, fetching and running the programs that the tasks need.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, path};

use anyhow::{Context, Result, bail, ensure};

/// The version of cargo-deny that is fetched when there is none.
const CARGO_DENY: &str = "cargo-deny@0.20.2";

/// The checkout and where its builds go.
pub struct Workspace {
    /// The directory with the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target directory.
    pub target: PathBuf,
}

impl Workspace {
    /// The checkout this program was built from. Builds go where `CARGO_TARGET_DIR` says; with `CI=true`, where
    /// every run starts from a fresh clone, to the user's cache; else where Cargo puts them.
    pub fn find() -> Result<Self> {
        let own = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = PathBuf::from(own)
            .parent()
            .context("xtask is not in a workspace")?
            .to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) if !dir.is_empty() => path::absolute(dir)?,
            _ if env::var_os("CI").is_some_and(|ci| ci == "true") => cache()?.join("target"),
            _ => cargo_target(&root)?,
        };
        Ok(Self { root, target })
    }

    /// A command that runs in the root of the checkout and builds into the target directory.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// `cargo` with these arguments.
    pub fn cargo(&self, args: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args(args);
        command
    }

    /// A program of Node with these arguments, in `web/`.
    pub fn node(&self, program: &str, args: &[&str]) -> Command {
        let mut command = self.command(program);
        command.args(args).current_dir(self.root.join("web"));
        command
    }
}

/// Where Cargo puts builds when nobody says otherwise.
fn cargo_target(root: &Path) -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not start")?;
    ensure!(output.status.success(), "cargo metadata failed");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    Ok(metadata["target_directory"]
        .as_str()
        .context("cargo metadata names no target directory")?
        .into())
}

/// Where this program keeps what it can fetch again.
fn cache() -> Result<PathBuf> {
    let xdg = env::var_os("XDG_CACHE_HOME")
        .filter(|dir| !dir.is_empty())
        .map(PathBuf::from);
    let cache = xdg.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")));
    Ok(cache
        .context("neither HOME nor XDG_CACHE_HOME is set")?
        .join("fangxian"))
}

/// Prints the command, runs it without input and fails unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    println!("{}", describe(command));
    let name = Path::new(command.get_program()).display().to_string();
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("`{name}` does not start"))?;
    ensure!(status.success(), "`{name}` failed ({status})");
    Ok(())
}

/// The line that is printed before a command runs, such as `$ cd web && CHROMIUM=… npx playwright test`.
pub fn describe(command: &Command) -> String {
    let web = command
        .get_current_dir()
        .and_then(Path::file_name)
        .is_some_and(|dir| dir == "web");
    let set = |(name, value): (&OsStr, Option<&OsStr>)| {
        let value = value.filter(|_| name != "CARGO_TARGET_DIR")?;
        Some(format!("{}={} ", name.display(), shell_words([value])))
    };
    let variables: String = command.get_envs().filter_map(set).collect();
    let words = shell_words([command.get_program()].into_iter().chain(command.get_args()));
    format!("$ {}{variables}{words}", if web { "cd web && " } else { "" })
}

/// The words as one would type them into a shell.
pub fn shell_words(words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@,+%".contains(c);
    let quote = |word: &OsStr| {
        let word = word.to_string_lossy();
        if !word.is_empty() && word.chars().all(plain) {
            return word.into_owned();
        }
        format!("'{}'", word.replace('\'', r"'\''"))
    };
    words
        .into_iter()
        .map(|word| quote(word.as_ref()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The full path of a program, looked up as a shell would.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let executable = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(executable)
}

/// The number that `id` prints with these arguments, if it knows the user.
pub fn id(args: &[&str]) -> Option<u32> {
    let output = Command::new("id")
        .args(args)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Whether the person running this is root.
pub fn is_root() -> bool {
    id(&["-u"]) == Some(0)
}

/// Installs a package of Debian or one of its descendants; only root can.
pub fn apt_install(workspace: &Workspace, package: &str) -> Result<()> {
    if !is_root() || on_path("apt-get").is_none() {
        bail!("it can be installed from here only by root, with apt-get");
    }
    let apt = |args: &[&str]| {
        run(workspace
            .command("apt-get")
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "--quiet"])?;
    apt(&["install", "--quiet", "--yes", "--no-install-recommends", package])
}

/// A Chromium for the browser tests: `CHROMIUM`, else one on the path, else installed.
pub fn chromium(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
    {
        ensure!(
            path.is_file(),
            "CHROMIUM names {}, which is no file",
            path.display()
        );
        return Ok(path);
    }
    let installed = || {
        ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(on_path)
    };
    if let Some(path) = installed() {
        return Ok(path);
    }
    apt_install(workspace, "chromium")
        .context("a browser is needed: install Chromium, or set CHROMIUM to the path of one")?;
    installed().context("chromium was installed, but is not on the path")
}

/// Pebble, a test authority for certificates: one test wants it and goes without where it cannot be had.
pub fn pebble(workspace: &Workspace) {
    if on_path("pebble").is_none() && apt_install(workspace, "pebble").is_err() {
        println!("Pebble is not installed: certificates from an ACME authority are not tried");
    }
}

/// cargo-deny: on the path, else in the cache, else fetched and built, which takes some minutes once.
pub fn cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    let tools = cache()?.join("tools");
    let cached = tools.join("bin/cargo-deny");
    if let Some(path) = on_path("cargo-deny") {
        return Ok(path);
    }
    if !cached.is_file() {
        println!(
            "cargo-deny is built into {} once; this takes some minutes.",
            tools.display()
        );
        let mut install = workspace.cargo(&["install", "--locked", CARGO_DENY, "--root"]);
        run(install.arg(&tools).env_remove("CARGO_TARGET_DIR")).context("cargo-deny cannot be installed")?;
    }
    Ok(cached)
}

/// Fails with a sentence unless there is a Node.js that the web parts can be built with, and npm.
pub fn node(workspace: &Workspace) -> Result<()> {
    const NEEDED: &str = "Node.js 20.19 or newer and npm are needed; please install them (a distribution's own may be too old)";
    let output = workspace
        .command("node")
        .arg("--version")
        .output()
        .context(NEEDED)?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    ensure!(
        node_version(&version) >= Some((20, 19)),
        "{NEEDED}: this is {version:?}"
    );
    on_path("npm").context(NEEDED)?;
    Ok(())
}

/// The first two numbers of a version such as `v20.19.1`.
fn node_version(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version
        .strip_prefix('v')?
        .split('.')
        .map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// Installs the packages of `web/` unless those installed are the ones `package-lock.json` asks for.
/// A copy of that file among them says what they were installed from; the build script of `shell` keeps it too.
pub fn npm_packages(workspace: &Workspace) -> Result<()> {
    node(workspace)?;
    let web = workspace.root.join("web");
    let stamp = web.join("node_modules/.fangxian-lock");
    let wanted = fs::read(web.join("package-lock.json")).context("web/package-lock.json cannot be read")?;
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    run(&mut workspace.node("npm", &["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_be_typed_into_a_shell() {
        assert_eq!(
            shell_words(["sh", "-c", "echo 'a' $b", ""]),
            r"sh -c 'echo '\''a'\'' $b' ''"
        );
        let mut command = Command::new("npx");
        command
            .args(["playwright", "test"])
            .env("BASE_URL", "http://127.0.0.1:1")
            .current_dir("/x/web");
        assert_eq!(
            describe(&command),
            "$ cd web && BASE_URL=http://127.0.0.1:1 npx playwright test"
        );
    }

    #[test]
    fn versions_of_node() {
        assert_eq!(node_version("v20.19.1"), Some((20, 19)));
        assert!(node_version("v22.2.0") > node_version("v20.19.1"));
        assert_eq!(node_version(""), None);
    }
}
