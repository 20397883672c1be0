//! The checks that need no browser: formatting, lints, native tests and benchmarks.

use crate::failure::Outcome;
use crate::process::Program;
use crate::project::{e2e, root};
use crate::toolchain::{self, WASM, WasmToolchain};
use crate::{browser, site};

/// Makes every warning an error, in addition to the flags in `.cargo/config.toml` (which `RUSTFLAGS` would replace).
const DENY_WARNINGS: &str = "target.wasm32-unknown-unknown.rustflags=[\"-Dwarnings\"]";

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
    lint_page(&toolchain::for_wasm()?)
}

/// Lints the page as it is compiled for the browser. Where that compiler has no clippy, the compiler's own warnings are checked
/// for the browser, and clippy reads the page as if it were a native program.
fn lint_page(toolchain: &WasmToolchain) -> Outcome {
    // The page, the study and the readers are programs with features of their own.
    for program in ["web", "study", "readers"] {
        let package = ["--package", "fathom", "--quiet", "--features", program];
        let for_browser = |subcommand| {
            toolchain
                .program("cargo")
                .args([subcommand, "--target", WASM])
                .args(package)
                .within(&root())
        };
        if toolchain.has_clippy {
            for_browser("clippy").args(["--", "-D", "warnings"]).run()?;
            continue;
        }
        for_browser("check")
            .args(["--config", DENY_WARNINGS])
            .run()?;
        cargo(&["clippy"])
            .args(package)
            .args(["--", "-D", "warnings"])
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
    cargo(&["bench", "--package", "fathom-analysis"]).run()?;
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
