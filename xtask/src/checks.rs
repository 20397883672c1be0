//! The checks that need no browser: formatting, lints, native tests and benchmarks.

use crate::failure::Outcome;
use crate::process::Program;
use crate::project::{e2e, root};
use crate::toolchain::{self, WASM};
use crate::{browser, site};

/// Checks formatting and lints, natively and for the page.
///
/// # Errors
/// If anything is found.
pub(crate) fn lint() -> Outcome {
    toolchain::ensure_linters()?;
    cargo(&["fmt", "--all", "--check"])
        .run()
        .map_err(|failure| failure.advise("run `cargo fmt --all`"))?;
    cargo(&[
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])
    .run()?;
    toolchain::ensure_wasm()?;
    // The page, the study and the readers are programs with features of their own.
    for program in ["web", "study", "readers"] {
        toolchain::wasm_program("cargo")
            .args(["clippy", "--quiet", "--target", WASM])
            .args(["--package", "fathom", "--no-default-features"])
            .args(["--features", program, "--", "-D", "warnings"])
            .within(&root())
            .run()?;
    }
    Ok(())
}

/// Runs the native tests: unit, integration, property, tidy and documentation tests.
///
/// # Errors
/// If one fails.
pub(crate) fn unit() -> Outcome {
    toolchain::ensure_native_linker()?;
    cargo(&["test", "--quiet", "--workspace"]).run()
}

/// Runs the native benchmarks, then the one in the browser.
///
/// # Errors
/// If one fails.
pub(crate) fn bench() -> Outcome {
    // Each is built like the program that does its work.
    cargo(&["bench", "--bench", "ranges", "--profile", "release"]).run()?;
    cargo(&["bench", "--bench", "codes", "--bench", "practice"]).run()?;
    site::build()?;
    for script in [
        "visit-bench.mjs",
        "bench.mjs",
        "many.mjs",
        "many-triples.mjs",
        "study-bench.mjs",
    ] {
        browser::bench(&e2e().join(script))?;
    }
    Ok(())
}

fn cargo(args: &[&str]) -> Program {
    Program::new("cargo").args(args).within(&root())
}
