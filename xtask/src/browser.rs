//! The browser tests and benchmarks, with their npm packages, Chromium and Firefox.

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::process::{Program, find_on_path};
use crate::project::{cannot_read, dist, e2e};
use crate::{apt, command_line, files, tools, versions};

/// A browser that the tests drive.
struct Browser {
    name: &'static str,
    /// The variable that names the program to use.
    variable: &'static str,
    /// Names under which it and its kin are installed.
    programs: &'static [&'static str],
    /// Debian's package, and the reason for it.
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

/// The programs of both browsers. Without a Firefox, its test is skipped.
pub(crate) struct Browsers {
    pub(crate) chromium: PathBuf,
    pub(crate) firefox: Option<PathBuf>,
}

/// The end of the name of every test.
const TEST: &str = ".test.mjs";

/// The beginning of the names of tests that a second browser would disturb: they measure shifts of the layout.
const ALONE: &str = "shift";

/// The number of test files that run at the same time: each starts a browser with workers.
const AT_ONCE: usize = 2;

/// Installs Node's packages and the browsers.
///
/// # Errors
/// If Node, the packages or Chromium are missing and cannot be installed.
pub(crate) fn set_up() -> Outcome<Browsers> {
    tools::ensure_node()?;
    install_packages()?;
    let chromium = CHROMIUM.program()?;
    let firefox = match FIREFOX.program() {
        Ok(program) => Some(program),
        // The user named a Firefox: a wrong name is an error.
        Err(failure) if FIREFOX.chosen().is_some() => return Err(failure),
        Err(failure) => {
            println!("The test in Firefox is skipped: {failure}.");
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
    let tests = scripts(|name| name.ends_with(TEST))?;
    let (alone, together): (Vec<PathBuf>, _) = tests
        .into_iter()
        .partition(|test| files::name_in(&e2e(), test).starts_with(ALONE));
    if together.is_empty() {
        return Err(Failure::new(
            "cannot run the browser tests",
            "tests/e2e has no *.test.mjs",
            "restore them from version control",
        ));
    }
    let program = command_line::built()?;
    println!("Running the tests in Chromium and Firefox, some minutes.");
    let run = |tests: &[PathBuf], at_once: usize| {
        node(&browsers)
            .env(command_line::VARIABLE, &program)
            .args(["--test", "--test-reporter=spec"])
            .args([format!("--test-concurrency={at_once}")])
            .args(tests)
            .run()
    };
    let outcome = run(&together, AT_ONCE);
    if alone.is_empty() {
        return outcome;
    }
    outcome.and(run(&alone, 1))
}

/// Writes `public/first-visit.html` from the answers that the built site computes.
///
/// # Errors
/// If a browser is missing or the page has no answers.
pub(crate) fn first_visit() -> Outcome {
    node(&set_up()?).args(["first-visit.mjs"]).run()
}

/// Runs a benchmark in the browser; gives what it printed.
///
/// # Errors
/// If it fails.
pub(crate) fn bench(script: &Path) -> Outcome<String> {
    node(&set_up()?).args([script]).echoed()
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

/// The benchmarks in the browser.
///
/// # Errors
/// If their folder cannot be read.
pub(crate) fn benchmarks() -> Outcome<Vec<PathBuf>> {
    scripts(|name| name.ends_with("bench.mjs") || name.starts_with("many"))
}

/// The scripts of the browser tests with such names, sorted. Those of installed packages lie deeper.
fn scripts(is_wanted: impl Fn(&str) -> bool) -> Outcome<Vec<PathBuf>> {
    let folder = e2e();
    let entries = folder
        .read_dir()
        .map_err(|error| cannot_read(&folder, &error))?;
    let mut scripts: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    scripts.retain(|file| is_wanted(&files::name_in(&folder, file)));
    scripts.sort();
    Ok(scripts)
}

/// Installs the packages of the lock file, unless npm's record is newer than that file.
fn install_packages() -> Outcome {
    let lock = e2e().join("package-lock.json");
    check_lock(&files::text(&lock)?)?;
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

/// Refuses a lock file that names hosts: it would bind every machine to the registry of its author.
fn check_lock(lock: &str) -> Outcome {
    if lock.contains("\"resolved\"") {
        let remedy = "keep omit-lockfile-registry-resolved=true in tests/e2e/.npmrc and write the lock file again";
        return Err(Failure::new(
            "cannot use tests/e2e/package-lock.json",
            "it names a registry",
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
        let (name, variable) = (self.name, self.variable);
        if let Some(chosen) = self.chosen() {
            return self.existing(chosen);
        }
        let installed = || self.programs.iter().find_map(|name| find_on_path(name));
        if let Some(found) = installed() {
            return Ok(found);
        }
        let remedy = format!("install {name}, or name its program in {variable}");
        apt::install(&[self.package], self.why).map_err(|failure| failure.advise(&remedy))?;
        installed().ok_or_else(|| {
            let why = "apt installed it, but its program is not on PATH";
            Failure::new(format!("cannot find {name}"), why, remedy)
        })
    }

    /// The program that the user's variable names.
    fn chosen(&self) -> Option<PathBuf> {
        env::var_os(self.variable)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    }

    fn existing(&self, chosen: PathBuf) -> Outcome<PathBuf> {
        if chosen.is_file() {
            return Ok(chosen);
        }
        Err(Failure::new(
            format!("cannot find {}", self.name),
            format!(
                "{} names {}, which is no file",
                self.variable,
                chosen.display()
            ),
            "correct the variable or unset it",
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{CHROMIUM, FIREFOX, TEST, benchmarks, check_lock, e2e, is_newer, scripts};

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
    fn tests_and_benchmarks_are_found_by_their_names() {
        let tests = scripts(|name| name.ends_with(TEST)).expect("the folder is there");
        let benchmarks = benchmarks().expect("the folder is there");
        assert!(!tests.is_empty() && !benchmarks.is_empty());
        assert!(benchmarks.iter().all(|file| !tests.contains(file)));
    }

    #[test]
    fn a_missing_file_is_not_newer() {
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
