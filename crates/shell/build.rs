//! Builds the web files before they are embedded, so that a plain `cargo build` is enough.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    // Asked when it runs: a target directory shared by several checkouts may hold a build script of another one.
    let web = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(PathBuf::new, PathBuf::from)
        .join("../../web");
    for watched in [
        "src",
        "public",
        "package.json",
        "package-lock.json",
        "vite.config.ts",
        "tsconfig.json",
    ] {
        println!("cargo::rerun-if-changed={}", web.join(watched).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("FANGXIAN_SKIP_WEB").is_some() && web.join("dist").is_dir() {
        return;
    }
    if let Err(sentence) = build(&web) {
        println!("cargo::error={sentence}");
    }
}

fn build(web: &Path) -> Result<(), String> {
    let lock = fs::read_to_string(web.join("package-lock.json"))
        .map_err(|e| format!("web/package-lock.json: {e}"))?;
    let stamp = web.join("node_modules/.fangxian-lock");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(lock.as_str()) {
        npm(web, &["ci", "--no-audit", "--no-fund"])?;
        fs::write(&stamp, lock).map_err(|e| format!("cannot write {}: {e}", stamp.display()))?;
    }
    npm(web, &["run", "build"])
}

fn npm(web: &Path, args: &[&str]) -> Result<(), String> {
    let output = Command::new("npm").args(args).current_dir(web).output().map_err(|e| {
        format!("npm cannot be started ({e}): install Node.js 20 or newer with npm, it builds the pages' scripts and styles")
    })?;
    if output.status.success() {
        return Ok(());
    }
    let log = String::from_utf8_lossy(&output.stderr).replace('\n', " | ");
    Err(format!("npm {} failed: {log}", args.join(" ")))
}
