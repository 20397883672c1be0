//! The Rust toolchain: the target and the components that commands need, and the native compilers that build scripts use.

use std::ffi::OsStr;
use std::path::Path;

use crate::apt;
use crate::failure::{Failure, Outcome};
use crate::process::{Program, find_on_path};

/// The target of the page.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// A command that compiles for [`WASM`]. `RUSTFLAGS` is hidden: it would replace the flags in `.cargo/config.toml`, which turn SIMD on.
pub(crate) fn wasm_program(name: impl AsRef<OsStr>) -> Program {
    Program::new(name).without_env(&["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"])
}

/// Makes sure that the compiler can write WebAssembly; gives the compiler's version.
///
/// # Errors
/// If rustup cannot add the target.
pub(crate) fn ensure_wasm() -> Outcome<String> {
    let rustc = |argument: &[&str]| {
        let answer = Program::new("rustc").args(argument).output();
        answer.map_err(|failure| failure.advise("install Rust with rustup, https://rustup.rs"))
    };
    if !has_wasm_library(Path::new(&rustc(&["--print", "sysroot"])?)) {
        println!("Adding the target {WASM} with rustup, some seconds: the page is WebAssembly.");
        Program::new("rustup")
            .args(["target", "add", WASM])
            // The failure is foreseen, and a stack trace does not help with it.
            .without_env(&["RUST_BACKTRACE"])
            .run()
            .map_err(|failure| {
                failure.advise(format!(
                    "check that rustup reaches its server, or install the target {WASM} of this compiler by other means"
                ))
            })?;
    }
    rustc(&["--version"])
}

/// True if a compiler's folder holds a standard library for WebAssembly.
fn has_wasm_library(sysroot: &Path) -> bool {
    let library = sysroot.join("lib/rustlib").join(WASM).join("lib");
    library.read_dir().is_ok_and(|entries| {
        let mut names = entries.flatten().map(|entry| entry.file_name());
        names.any(|name| name.to_string_lossy().starts_with("libstd-"))
    })
}

/// Makes sure that rustfmt and clippy are installed.
///
/// # Errors
/// If they are missing and rustup cannot add them.
pub(crate) fn ensure_linters() -> Outcome {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        let version = Program::new("cargo").args([subcommand, "--version"]);
        if version.output().is_ok() {
            continue;
        }
        println!("Adding {component} with rustup: `lint` runs it.");
        Program::new("rustup")
            .args(["component", "add", component])
            .run()
            .map_err(|failure| {
                failure.advise(format!(
                    "install the component {component} of this Rust toolchain"
                ))
            })?;
    }
    Ok(())
}

/// Makes sure that there is a C compiler and linker, which build scripts need.
///
/// # Errors
/// If `cc` is missing and apt cannot install it.
pub(crate) fn ensure_native_linker() -> Outcome {
    ensure(
        "cc",
        &["gcc", "libc6-dev"],
        "Rust links native programs with it",
    )
}

/// Makes sure that there is a C++ compiler.
///
/// # Errors
/// If `c++` is missing and apt cannot install it.
pub(crate) fn ensure_cpp_compiler() -> Outcome {
    ensure_native_linker()?;
    ensure("c++", &["g++"], "libFuzzer is written in C++")
}

fn ensure(program: &str, packages: &[&str], why: &str) -> Outcome {
    if find_on_path(program).is_some() {
        return Ok(());
    }
    let advise = |failure: Failure| {
        failure.advise(format!("install a compiler that answers to `{program}`"))
    };
    apt::install(packages, why).map_err(advise)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{WASM, has_wasm_library};
    use crate::project::Scratch;

    #[test]
    fn a_library_counts_when_its_std_is_there() {
        let scratch = Scratch::new("sysroot-test").expect("temporary files can be written");
        let library = scratch.path().join("lib/rustlib").join(WASM).join("lib");
        assert!(!has_wasm_library(scratch.path()), "nothing there");
        fs::create_dir_all(&library).expect("folder");
        fs::write(library.join("libcore-0.rlib"), "").expect("file");
        assert!(!has_wasm_library(scratch.path()), "only a part there");
        fs::write(library.join("libstd-0.rlib"), "").expect("file");
        assert!(has_wasm_library(scratch.path()), "all there");
    }
}
