//! The browser tests: their npm packages, a Chromium, and the run.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::process::{Program, find_on_path};
use crate::project::{cannot_read, dist, e2e};
use crate::{apt, files, tools, versions};

/// The variable that names the browser to use.
const CHROMIUM: &str = "FATHOM_CHROMIUM";

/// Names under which Chromium and its kin are installed.
const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Installs what the tests need.
///
/// # Errors
/// If Node, the packages or a browser are missing and cannot be installed.
pub(crate) fn set_up() -> Outcome<PathBuf> {
    tools::ensure_node()?;
    install_packages()?;
    browser()
}

/// Runs every `*.test.mjs` on the built site.
///
/// # Errors
/// If there are none, or one fails.
pub(crate) fn test() -> Outcome {
    let chromium = set_up()?;
    let tests = test_files()?;
    if tests.is_empty() {
        let why = "tests/e2e holds no *.test.mjs";
        return Err(Failure::new(
            "cannot run the browser tests",
            why,
            "restore them from version control",
        ));
    }
    // One after another: each starts a browser, and timings on a busy machine would mean nothing.
    node(&chromium)
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(tests)
        .run()
}

/// Runs the benchmark in the browser.
///
/// # Errors
/// If it fails.
pub(crate) fn bench(script: &Path) -> Outcome {
    node(&set_up()?).args([script]).run()
}

fn node(chromium: &Path) -> Program {
    Program::new("node")
        .env("FATHOM_DIST", dist())
        .env(CHROMIUM, chromium)
        .within(&e2e())
}

fn test_files() -> Outcome<Vec<PathBuf>> {
    let folder = e2e();
    let entries = folder
        .read_dir()
        .map_err(|error| cannot_read(&folder, &error))?;
    let mut tests: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| is_test(file))
        .collect();
    tests.sort();
    Ok(tests)
}

fn is_test(file: &Path) -> bool {
    file.file_name()
        .and_then(OsStr::to_str)
        .is_some_and(|name| name.ends_with(".test.mjs"))
}

/// Installs the packages of the lock file, unless npm's own record says that they are there.
fn install_packages() -> Outcome {
    let lock = e2e().join("package-lock.json");
    check_lock(&String::from_utf8_lossy(&files::read(&lock)?))?;
    if is_newer(&e2e().join("node_modules/.package-lock.json"), &lock) {
        return Ok(());
    }
    println!("Installing the npm packages of tests/e2e: they drive the browser.");
    let args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    Program::new("npm")
        .args(args)
        .within(&e2e())
        .run()
        .map_err(|failure| {
            failure.advise("check that npm can reach its registry, then run this again")
        })
}

/// A lock file that names hosts would send everybody to the registry of whoever wrote it.
fn check_lock(lock: &str) -> Outcome {
    if lock.contains("\"resolved\"") {
        let remedy = "keep omit-lockfile-registry-resolved=true in tests/e2e/.npmrc and write the lock file again";
        return Err(Failure::new(
            "cannot use tests/e2e/package-lock.json",
            "it names a package registry",
            remedy,
        ));
    }
    Ok(())
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    modified(file)
        .zip(modified(than))
        .is_some_and(|(file, than)| file >= than)
}

/// The browser to test with, installed if there is none.
fn browser() -> Outcome<PathBuf> {
    if let Some(chosen) = env::var_os(CHROMIUM).filter(|path| !path.is_empty()) {
        return chosen_browser(PathBuf::from(chosen));
    }
    if let Some(found) = any_browser() {
        return Ok(found);
    }
    apt::install(
        &[versions::DEBIAN_BROWSER_PACKAGE],
        "the browser tests run in it",
    )
    .map_err(|failure| {
        failure.advise(format!(
            "install Chromium or Chrome, or name one in {CHROMIUM}"
        ))
    })?;
    any_browser().ok_or_else(|| {
        let why = "apt installed it, but no known program is on PATH";
        Failure::new(
            "cannot find Chromium",
            why,
            format!("name it in {CHROMIUM}"),
        )
    })
}

fn chosen_browser(chosen: PathBuf) -> Outcome<PathBuf> {
    if chosen.is_file() {
        return Ok(chosen);
    }
    let why = format!("{CHROMIUM} names {}, which is no file", chosen.display());
    Err(Failure::new(
        "cannot find Chromium",
        why,
        "correct the variable or unset it",
    ))
}

fn any_browser() -> Option<PathBuf> {
    PROGRAMS.iter().find_map(|name| find_on_path(name))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{check_lock, chosen_browser, e2e, is_newer, is_test};

    #[test]
    fn a_lock_file_with_a_host_is_refused() {
        assert!(check_lock(r#"{ "resolved": "https://registry/x.tgz" }"#).is_err());
        let ours =
            fs::read_to_string(e2e().join("package-lock.json")).expect("it is in the repository");
        assert!(
            check_lock(&ours).is_ok() && ours.contains("\"integrity\""),
            "{ours}"
        );
        assert!(!ours.contains("://"), "no address of any kind");
    }

    #[test]
    fn driver_is_pinned_exactly() {
        let package =
            fs::read_to_string(e2e().join("package.json")).expect("it is in the repository");
        let line = package
            .lines()
            .find(|line| line.contains("\"playwright-core\""))
            .expect("the driver");
        assert!(!line.contains(['^', '~', '*', '>']), "{line}");
    }

    #[test]
    fn tests_are_known_by_their_names() {
        for (name, expected) in [
            ("smoke.test.mjs", true),
            ("site.mjs", false),
            ("bench.mjs", false),
            ("test.mjs", false),
        ] {
            assert_eq!(is_test(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn what_is_missing_is_never_newer() {
        let manifest = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        let missing = Path::new("no-such-file");
        assert!(is_newer(manifest, manifest));
        assert!(!is_newer(missing, manifest));
        assert!(!is_newer(manifest, missing));
    }

    #[test]
    fn a_wrong_browser_is_named() {
        let failure = chosen_browser("no-such-browser".into()).expect_err("it does not exist");
        assert!(failure.to_string().contains("no-such-browser"), "{failure}");
    }
}
