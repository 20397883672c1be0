//! The browser tests: their npm packages, a Chromium and a Firefox, and the run.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::process::{Program, find_on_path};
use crate::project::{cannot_read, dist, e2e};
use crate::{apt, files, tools, versions};

/// A browser that tests drive.
struct Browser {
    name: &'static str,
    /// The variable that names the program to use.
    variable: &'static str,
    /// Names under which it and its kin are installed.
    programs: &'static [&'static str],
    /// Debian's package of it, and what needs it.
    package: &'static str,
    why: &'static str,
}

const CHROMIUM: Browser = Browser {
    name: "Chromium",
    variable: "FATHOM_CHROMIUM",
    programs: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ],
    package: versions::DEBIAN_CHROMIUM_PACKAGE,
    why: "the browser tests run in it",
};

const FIREFOX: Browser = Browser {
    name: "Firefox",
    variable: "FATHOM_FIREFOX",
    programs: &["firefox-esr", "firefox"],
    package: versions::DEBIAN_FIREFOX_PACKAGE,
    why: "one of the browser tests runs in it",
};

/// The programs of both browsers. Where Firefox can be neither found nor installed its test is left out.
pub(crate) struct Browsers {
    pub(crate) chromium: PathBuf,
    pub(crate) firefox: Option<PathBuf>,
}

/// Installs what the tests need.
///
/// # Errors
/// If Node, the packages or Chromium are missing and cannot be installed.
pub(crate) fn set_up() -> Outcome<Browsers> {
    tools::ensure_node()?;
    install_packages()?;
    let chromium = CHROMIUM.program()?;
    let firefox = match FIREFOX.program() {
        Ok(program) => Some(program),
        // A wrong word of the user's is no reason to test less.
        Err(failure) if FIREFOX.chosen().is_some() => return Err(failure),
        Err(failure) => {
            println!("The test in Firefox is left out: {failure}.");
            None
        }
    };
    Ok(Browsers { chromium, firefox })
}

/// Runs every `*.test.mjs` on the built site.
///
/// # Errors
/// If there are none, or one fails.
pub(crate) fn test() -> Outcome {
    let browsers = set_up()?;
    let tests = test_files()?;
    if tests.is_empty() {
        let why = "tests/e2e holds no *.test.mjs";
        return Err(Failure::new(
            "cannot run the browser tests",
            why,
            "restore them from version control",
        ));
    }
    let (alone, together): (Vec<_>, Vec<_>) = tests.into_iter().partition(|file| runs_alone(file));
    for (tests, concurrency) in [(together, 2), (alone, 1)] {
        node(&browsers)
            .args(["--test", "--test-reporter=spec"])
            .args([format!("--test-concurrency={concurrency}")])
            .args(tests)
            .run()?;
    }
    Ok(())
}

/// Whether a test means nothing on a machine that does something else meanwhile.
fn runs_alone(file: &Path) -> bool {
    file.file_name() == Some(OsStr::new("shift.test.mjs"))
}

/// Runs the benchmark in the browser.
///
/// # Errors
/// If it fails.
pub(crate) fn bench(script: &Path) -> Outcome {
    node(&set_up()?).args([script]).run()
}

fn node(browsers: &Browsers) -> Program {
    let node = Program::new("node")
        .env("FATHOM_DIST", dist())
        .env(CHROMIUM.variable, &browsers.chromium)
        .within(&e2e());
    match &browsers.firefox {
        Some(firefox) => node.env(FIREFOX.variable, firefox),
        None => node,
    }
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

impl Browser {
    /// The program, installed if there is none.
    fn program(&self) -> Outcome<PathBuf> {
        if let Some(chosen) = self.chosen() {
            return self.existing(chosen);
        }
        if let Some(found) = self.installed() {
            return Ok(found);
        }
        let Self {
            name,
            variable,
            package,
            ..
        } = self;
        apt::install(&[package], self.why).map_err(|failure| {
            failure.advise(format!("install {name}, or name one in {variable}"))
        })?;
        self.installed().ok_or_else(|| {
            let why = "apt installed it, but no known program is on PATH";
            Failure::new(
                format!("cannot find {name}"),
                why,
                format!("name it in {variable}"),
            )
        })
    }

    /// What the user named.
    fn chosen(&self) -> Option<PathBuf> {
        env::var_os(self.variable)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    }

    fn existing(&self, chosen: PathBuf) -> Outcome<PathBuf> {
        if chosen.is_file() {
            return Ok(chosen);
        }
        let why = format!(
            "{} names {}, which is no file",
            self.variable,
            chosen.display()
        );
        Err(Failure::new(
            format!("cannot find {}", self.name),
            why,
            "correct the variable or unset it",
        ))
    }

    fn installed(&self) -> Option<PathBuf> {
        self.programs.iter().find_map(|name| find_on_path(name))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{CHROMIUM, FIREFOX, check_lock, e2e, is_newer, is_test};

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
    fn the_test_that_runs_alone_exists() {
        let files = super::test_files().expect("it is in the repository");
        let alone = files.iter().filter(|file| super::runs_alone(file));
        assert_eq!(alone.count(), 1);
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
        for browser in [CHROMIUM, FIREFOX] {
            let failure = browser
                .existing("no-such-browser".into())
                .expect_err("it does not exist")
                .to_string();
            assert!(failure.contains("no-such-browser"), "{failure}");
            assert!(failure.contains(browser.name), "{failure}");
        }
    }
}
