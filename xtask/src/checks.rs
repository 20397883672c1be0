//! The checks that need no browser: formatting, lints and native tests.

use crate::failure::Outcome;
use crate::process::Program;
use crate::project::root;
use crate::toolchain::{self, WASM};
use crate::{oracles, programs};

/// Checks formatting and lints, natively and for the browser.
///
/// # Errors
/// If a check finds anything.
pub(crate) fn lint() -> Outcome {
    lint_native()?;
    toolchain::ensure_wasm()?;
    println!("Linting the page for the browser, about 2 minutes on two cores the first time.");
    let mut programs = programs::all()?;
    programs.dedup_by(|a, b| (&a.manifest, &a.features) == (&b.manifest, &b.features));
    for program in programs {
        toolchain::wasm_program("cargo")
            .args(["clippy", "--quiet", "--target", WASM, "--manifest-path"])
            .args([program.manifest])
            .args(program.features)
            .args(["--", "-D", "warnings"])
            .within(&root())
            .run()?;
    }
    Ok(())
}

/// Checks formatting and native lints.
///
/// # Errors
/// If a check finds anything.
pub(crate) fn lint_native() -> Outcome {
    toolchain::ensure_native_linker()?;
    toolchain::ensure_linters()?;
    cargo(&["fmt", "--all", "--check"])
        .run()
        .map_err(|failure| failure.advise("run `cargo fmt --all`"))?;
    println!("Linting native code, about 2 minutes on two cores the first time.");
    cargo(&[
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])
    .run()
}

/// Runs the native tests: unit, integration, property, tidy and documentation tests. Those that compare with numpy must run.
///
/// # Errors
/// If a test fails.
pub(crate) fn unit() -> Outcome {
    toolchain::ensure_native_linker()?;
    let python = oracles::ensure()?;
    println!(
        "Compiling and running the native tests, about 4 minutes on two cores the first time."
    );
    cargo(&["test", "--quiet", "--workspace"])
        .env("FATHOM_PYTHON", python)
        .env("FATHOM_REQUIRE_ORACLES", "1")
        .run()
}

fn cargo(args: &[&str]) -> Program {
    Program::new("cargo").args(args).within(&root())
}
