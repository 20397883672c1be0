//! The tools that build the site: taken from PATH if they have the pinned version, installed into the cache otherwise.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::process::{Program, find_on_path, path_with};
use crate::project::{self, Scratch};
use crate::{toolchain, versions};

/// Settings of Cargo's development profile: building a tool costs more than running it.
const CHEAP_BUILD: [&str; 4] = [
    "--config",
    "profile.dev.debug=false",
    "--config",
    "profile.dev.opt-level=0",
];

/// A program of a pinned version.
struct Tool {
    /// The program, and the package that holds it.
    program: &'static str,
    package: &'static str,
    /// The package's version, and the one that the program prints.
    version: String,
    printed_version: String,
    source: Source,
    why: &'static str,
}

/// The origin of a package.
enum Source {
    /// Built by Cargo, or downloaded by cargo-binstall.
    Cargo {
        /// Options of `cargo install`, with which the tool is built in the least time.
        options: &'static [&'static str],
        /// Time of building on two cores.
        takes: &'static str,
    },
    Npm,
}

/// The tools that Trunk and its build need.
fn site_tools() -> Outcome<[Tool; 3]> {
    let bindgen = project::locked_version("wasm-bindgen")?;
    Ok([
        Tool {
            program: "trunk",
            package: "trunk",
            version: versions::TRUNK.to_owned(),
            printed_version: versions::TRUNK.to_owned(),
            // Its downloads need TLS. It downloads nothing here: every tool is on PATH.
            source: Source::Cargo {
                options: &["--no-default-features"],
                takes: "about 3 minutes",
            },
            why: "it bundles the site",
        },
        Tool {
            program: "wasm-bindgen",
            package: "wasm-bindgen-cli",
            version: bindgen.clone(),
            printed_version: bindgen,
            source: Source::Cargo {
                options: &["--no-default-features", "--bin", "wasm-bindgen"],
                takes: "about a minute",
            },
            why: "it joins WebAssembly and JavaScript, and its version is the one in Cargo.lock",
        },
        Tool {
            program: "wasm-opt",
            package: "binaryen",
            version: versions::BINARYEN.to_owned(),
            printed_version: versions::wasm_opt().to_owned(),
            source: Source::Npm,
            why: "its wasm-opt makes the download smaller",
        },
    ])
}

/// PATH with every tool that the site's build needs, installed if missing.
///
/// # Errors
/// If a tool is missing and cannot be installed.
pub(crate) fn path_for_site() -> Outcome<OsString> {
    toolchain::ensure_native_linker()?;
    let mut folders = Vec::new();
    for tool in site_tools()? {
        folders.extend(tool.ensure()?);
    }
    path_with(&folders)
}

impl Tool {
    /// The folder to put on PATH; none if the right version is there already.
    fn ensure(&self) -> Outcome<Option<PathBuf>> {
        if find_on_path(self.program).is_some_and(|program| self.is_right(&program)) {
            return Ok(None);
        }
        let home = project::tool_folder(self.package, &self.version)?;
        let folder = self.source.program_folder(&home);
        let program = folder.join(self.program);
        if !program.exists() || !self.is_right(&program) {
            self.install(&home)?;
        }
        if self.is_right(&program) {
            return Ok(Some(folder));
        }
        let version = &self.printed_version;
        Err(Failure::new(
            format!("cannot use {}", program.display()),
            format!("it was just installed, but does not print version {version}"),
            "remove that folder and run this again",
        ))
    }

    fn install(&self, home: &Path) -> Outcome {
        let (package, version) = (self.package, &self.version);
        println!("Installing {package} {version}: {}.", self.why);
        let outside = Scratch::new("install")?;
        let mut outcome = Ok(());
        for (way, program) in self.ways(home) {
            println!("  {way}");
            outcome = program.within(outside.path()).run();
            if outcome.is_ok() {
                break;
            }
        }
        outcome.map_err(|failure| {
            let (program, version) = (self.program, &self.printed_version);
            failure.advise(format!(
                "put {program} {version} on PATH yourself, then run this again"
            ))
        })
    }

    fn is_right(&self, program: &Path) -> bool {
        let answer = Program::new(program).args(["--version"]).output();
        answer.is_ok_and(|answer| prints_version(&answer, &self.printed_version))
    }

    /// The ways to install the tool, the fastest first, each with a message.
    fn ways(&self, home: &Path) -> Vec<(String, Program)> {
        let (package, version) = (self.package, self.version.as_str());
        match &self.source {
            Source::Cargo { options, takes } => {
                let ready = find_on_path("cargo-binstall").map(|_| {
                    let program = Program::new("cargo")
                        .args([
                            "binstall",
                            "--no-confirm",
                            "--force",
                            "--disable-strategies",
                        ])
                        .args(["compile", "--version", version, package, "--root"])
                        .args([home]);
                    ("as a ready program, some seconds".to_owned(), program)
                });
                let build = |lock: &[&str]| {
                    Program::new("cargo")
                        .args(["install", "--quiet", "--force", "--debug"])
                        .args(CHEAP_BUILD)
                        .args(lock)
                        .args(*options)
                        .args([package, "--version", version, "--root"])
                        .args([home])
                };
                // A mirror of the registry may lack the newest of the locked dependencies.
                let built = [
                    (
                        format!("built here, {takes} on two cores"),
                        build(&["--locked"]),
                    ),
                    (
                        format!("built with newer dependencies, {takes} on two cores"),
                        build(&[]),
                    ),
                ];
                ready.into_iter().chain(built).collect()
            }
            Source::Npm => {
                let program = Program::new("npm")
                    .args([
                        "install",
                        "--no-audit",
                        "--no-fund",
                        "--loglevel=error",
                        "--prefix",
                    ])
                    .args([home])
                    .args([format!("{package}@{version}")]);
                vec![("with npm, some seconds".to_owned(), program)]
            }
        }
    }
}

impl Source {
    fn program_folder(&self, home: &Path) -> PathBuf {
        match self {
            Self::Cargo { .. } => home.join("bin"),
            Self::Npm => home.join("node_modules").join(".bin"),
        }
    }
}

/// True if the answer to `--version` holds exactly this version.
fn prints_version(answer: &str, version: &str) -> bool {
    answer
        .split_whitespace()
        .any(|word| word.trim_start_matches('v') == version)
}

/// Makes sure that npm and a recent Node are installed.
///
/// # Errors
/// If not. The user chooses which Node to install.
pub(crate) fn ensure_node() -> Outcome {
    let remedy = format!(
        "install Node {} or newer with npm, then run this again",
        versions::NODE_MIN_MAJOR
    );
    let version = Program::new("node")
        .args(["--version"])
        .output()
        .map_err(|failure| failure.advise(&remedy))?;
    if find_on_path("npm").is_none() {
        return Err(Failure::new(
            "cannot run the browser tests",
            "npm is not on PATH",
            remedy,
        ));
    }
    match node_major(&version) {
        Some(major) if major >= versions::NODE_MIN_MAJOR => Ok(()),
        _ => Err(Failure::new(
            "cannot run the browser tests",
            format!("Node is {version}"),
            remedy,
        )),
    }
}

/// The first number of an answer such as `v20.20.2`.
fn node_major(answer: &str) -> Option<u32> {
    answer
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{node_major, prints_version, site_tools};

    #[test]
    fn only_the_exact_version_counts() {
        for (answer, version, expected) in [
            ("trunk 0.21.14", "0.21.14", true),
            ("trunk 0.21.1", "0.21.14", false),
            ("trunk 0.21.14-alpha.1", "0.21.14", false),
            ("wasm-opt version 130 (version_130)", "130", true),
            ("wasm-opt version 108", "130", false),
            ("tool v2.0.0", "2.0.0", true),
            ("", "1.0.0", false),
        ] {
            assert_eq!(
                prints_version(answer, version),
                expected,
                "{answer} against {version}"
            );
        }
    }

    #[test]
    fn node_prints_its_version_with_a_v() {
        for (answer, expected) in [
            ("v20.20.2", Some(20)),
            ("22.1.0", Some(22)),
            ("node", None),
            ("", None),
        ] {
            assert_eq!(node_major(answer), expected, "{answer}");
        }
    }

    #[test]
    fn each_tool_has_a_whole_version() {
        for tool in site_tools().expect("Cargo.lock is there") {
            assert_eq!(
                tool.version.split('.').count(),
                3,
                "{} {}",
                tool.package,
                tool.version
            );
        }
    }
}
