//! The programs that build the site: taken from PATH where the version is the pinned one, installed into the cache otherwise.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::process::{Program, find_on_path, path_with};
use crate::project::{self, Scratch};
use crate::{toolchain, versions};

/// A program of a pinned version.
struct Tool {
    /// The program, and the package that holds it.
    program: &'static str,
    package: &'static str,
    /// The package's version, and the one the program names when asked.
    version: String,
    spoken_version: String,
    source: Source,
    /// Why it is needed, and how long it takes to install.
    why: &'static str,
}

/// Who builds or delivers a package.
enum Source {
    Cargo,
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
            spoken_version: versions::TRUNK.to_owned(),
            source: Source::Cargo,
            why: "it bundles the site; once, about 6 minutes",
        },
        Tool {
            program: "wasm-bindgen",
            package: "wasm-bindgen-cli",
            version: bindgen.clone(),
            spoken_version: bindgen,
            source: Source::Cargo,
            why: "it joins WebAssembly and JavaScript, and must match Cargo.lock; once, about 2 minutes",
        },
        Tool {
            program: "wasm-opt",
            package: "binaryen",
            version: versions::BINARYEN.to_owned(),
            spoken_version: versions::wasm_opt().to_owned(),
            source: Source::Npm,
            why: "its wasm-opt makes the download smaller; once, some seconds",
        },
    ])
}

/// PATH with every tool that the site's build needs, installed if missing.
///
/// # Errors
/// If one can be neither found nor installed.
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
            Ok(Some(folder))
        } else {
            Err(self.wrong(&program))
        }
    }

    fn install(&self, home: &Path) -> Outcome {
        println!(
            "Installing {} {} into {}: {}.",
            self.package,
            self.version,
            home.display(),
            self.why
        );
        let outside = Scratch::new("install")?;
        let mut outcome = Ok(());
        for (way, program) in self.source.ways(self, home) {
            println!("  {way}");
            outcome = program.within(outside.path()).run();
            if outcome.is_ok() {
                break;
            }
        }
        outcome.map_err(|failure| {
            let Self {
                program,
                spoken_version,
                ..
            } = self;
            failure.advise(format!(
                "put {program} {spoken_version} on PATH yourself, then run this again"
            ))
        })
    }

    fn is_right(&self, program: &Path) -> bool {
        let spoken = Program::new(program).args(["--version"]).output();
        spoken.is_ok_and(|spoken| speaks_version(&spoken, &self.spoken_version))
    }

    fn wrong(&self, program: &Path) -> Failure {
        Failure::new(
            format!("cannot use {}", program.display()),
            format!(
                "it was just installed, but does not name itself version {}",
                self.spoken_version
            ),
            "remove that folder and run this again",
        )
    }
}

impl Source {
    fn program_folder(&self, home: &Path) -> PathBuf {
        match self {
            Self::Cargo => home.join("bin"),
            Self::Npm => home.join("node_modules").join(".bin"),
        }
    }

    /// The ways to install a tool, the best first, each with its name.
    fn ways(&self, tool: &Tool, home: &Path) -> Vec<(&'static str, Program)> {
        let Tool {
            package, version, ..
        } = tool;
        match self {
            Self::Cargo => {
                let install = |flags: &[&str]| {
                    let program = Program::new("cargo")
                        .args(["install", "--quiet", "--force"])
                        .args(flags);
                    program
                        .args([package, "--version", version, "--root"])
                        .args([home])
                };
                // A registry's mirror may lack the very latest of the locked dependencies, though not the package.
                vec![
                    (
                        "with the dependencies that its authors tested",
                        install(&["--locked"]),
                    ),
                    ("with the newest dependencies that can be had", install(&[])),
                ]
            }
            Self::Npm => {
                let flags = [
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--loglevel=error",
                    "--prefix",
                ];
                let program = Program::new("npm").args(flags).args([home]);
                vec![("with npm", program.args([format!("{package}@{version}")]))]
            }
        }
    }
}

/// Whether a program's answer to `--version` names exactly this version.
fn speaks_version(answer: &str, version: &str) -> bool {
    answer
        .split_whitespace()
        .any(|word| word.trim_start_matches('v') == version)
}

/// Makes sure that Node and npm are there, and Node is recent enough.
///
/// # Errors
/// If not: which Node to install is the user's choice.
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
    use super::{node_major, site_tools, speaks_version};

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
                speaks_version(answer, version),
                expected,
                "{answer} against {version}"
            );
        }
    }

    #[test]
    fn node_names_itself_with_a_v() {
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
