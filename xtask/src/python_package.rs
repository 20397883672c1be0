//! The Python package: its wheel, and its tests in an environment of their own.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::process::Program;
use crate::project::{Scratch, root, target};
use crate::{command_line, files, oracles, toolchain};

/// The folder of the package.
const PACKAGE: &str = "crates/python";

/// The pinned libraries of its tests, and a program that imports them.
const REQUIREMENTS: &str = "crates/python/requirements.txt";
const IMPORTS: &str = "import numpy, pytest, pandas, distributed; from importlib.metadata import version; version('maturin')";

/// Builds the wheel for publishing.
///
/// # Errors
/// If maturin or cargo fails.
pub(crate) fn wheel() -> Outcome {
    toolchain::ensure_native_linker()?;
    let python = environment()?;
    println!("Building the Python package, about 4 minutes on two cores the first time.");
    let scratch = Scratch::new("wheel")?;
    let wheel = built(&python, "release", scratch.path())?;
    let kept = target()
        .join("wheels")
        .join(wheel.file_name().unwrap_or_default());
    files::write(&kept, files::read(&wheel)?)?;
    println!("Wheel: {}", kept.display());
    Ok(())
}

/// Checks the package's Rust, builds it, installs it and runs its tests. Paths are compared with the command line.
///
/// # Errors
/// If a check or a test fails.
pub(crate) fn test() -> Outcome {
    toolchain::ensure_native_linker()?;
    let python = environment()?;
    let package = root().join(PACKAGE);
    let cargo = |args: &[&str]| Program::new("cargo").args(args);
    cargo(&["fmt", "--check"])
        .within(&package)
        .run()
        .map_err(|failure| failure.advise("run `cargo fmt` in crates/python"))?;
    println!(
        "Compiling and testing the Python package, about 3 minutes on two cores the first time."
    );
    cargo(&["clippy", "--quiet", "--", "-D", "warnings"])
        .within(&package)
        .env("CARGO_TARGET_DIR", target().join("python"))
        .env("PYO3_PYTHON", &python)
        .run()?;
    let program = command_line::built()?;
    let scratch = Scratch::new("python-package")?;
    let wheel = built(&python, "dev", scratch.path())?;
    oracles::pip(&python, &scratch)
        .args(["--force-reinstall", "--no-deps"])
        .args([&wheel])
        .run()?;
    Program::new(&python)
        .args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider"])
        .args([package.join("tests")])
        .within(scratch.path())
        .env(command_line::VARIABLE, program)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .run()
}

fn environment() -> Outcome<PathBuf> {
    let what = "maturin, pytest, pandas and Dask for the Python package";
    oracles::environment("python-package", REQUIREMENTS, IMPORTS, what)
}

/// Builds the wheel into a folder that holds no other.
fn built(python: &Path, profile: &str, folder: &Path) -> Outcome<PathBuf> {
    Program::new(python)
        .args(["-m", "maturin", "build", "--quiet", "--profile", profile])
        .args(["--interpreter".as_ref(), python.as_os_str()])
        .args(["--out".as_ref(), folder.as_os_str()])
        .within(&root().join(PACKAGE))
        .env("CARGO_TARGET_DIR", target().join("python"))
        .run()?;
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|end| end == "whl");
    let wheel = files::below(folder)?.into_iter().find(is_wheel);
    wheel.ok_or_else(|| {
        Failure::new(
            "cannot build the Python package",
            "maturin made no wheel",
            "run it in crates/python and read what it says",
        )
    })
}
