//! The Rust compilers: the user's own for everything native, and one that can write WebAssembly for the page.
//!
//! These are the same compiler wherever rustup can add the WebAssembly target. Where it cannot (no way to its server), the
//! page is built with Debian's compiler and a standard library built from Debian's source: see [`crate::debian`].

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::process::{Program, find_on_path};
use crate::{debian, project};

/// The target of the page.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// A compiler that can write WebAssembly, as settings for Cargo.
pub(crate) struct WasmToolchain {
    /// What tells Cargo (and Trunk, which calls it) to use that compiler.
    pub(crate) env: Vec<(&'static str, OsString)>,
    /// The compiler's own name for itself.
    pub(crate) compiler: String,
    /// Whether clippy belongs to that compiler.
    pub(crate) has_clippy: bool,
}

impl WasmToolchain {
    /// The user's own compiler.
    fn native() -> Outcome<Self> {
        let compiler = Program::new("rustc").args(["--version"]).output()?;
        Ok(Self {
            env: Vec::new(),
            compiler,
            has_clippy: true,
        })
    }

    /// Another compiler, with a folder of its own: two compilers that share one rebuild everything at each change of turn.
    fn separate(rustc: PathBuf, linker: &str) -> Outcome<Self> {
        let compiler = Program::new(&rustc).args(["--version"]).output()?;
        let env = vec![
            ("RUSTC", rustc.into_os_string()),
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.into()),
            (
                "CARGO_TARGET_DIR",
                project::target().join("site").into_os_string(),
            ),
        ];
        Ok(Self {
            env,
            compiler,
            has_clippy: false,
        })
    }

    /// A command with this compiler. `RUSTFLAGS` is hidden because it would replace the flags in `.cargo/config.toml`,
    /// and the page would lose its SIMD without a word.
    pub(crate) fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Program {
        Program::new(program)
            .without_env(&["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"])
            .envs(&self.env)
    }
}

/// A compiler for the page, installed if there is none yet.
///
/// # Errors
/// If none can be had; the sentence says what was tried.
pub(crate) fn for_wasm() -> Outcome<WasmToolchain> {
    if rustup_has_wasm()? {
        return WasmToolchain::native();
    }
    if let Some(rustc) = debian::installed()? {
        return WasmToolchain::separate(rustc, debian::LINKER);
    }
    println!("Adding the target {WASM} with rustup: the page is compiled to WebAssembly.");
    let added = add_with_rustup();
    if added.is_ok() && rustup_has_wasm()? {
        return WasmToolchain::native();
    }
    println!("rustup could not add it; Debian's compiler and library source can replace it.");
    WasmToolchain::separate(debian::install()?, debian::LINKER)
}

fn add_with_rustup() -> Outcome {
    // Its failure is foreseen: a stack trace would only frighten.
    Program::new("rustup")
        .args(["target", "add", WASM])
        .without_env(&["RUST_BACKTRACE"])
        .run()
}

fn rustup_has_wasm() -> Outcome<bool> {
    let sysroot = Program::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .map_err(|failure| failure.advise("install Rust with rustup, https://rustup.rs"))?;
    Ok(has_wasm_library(Path::new(&sysroot)))
}

/// Whether a compiler's folder holds a standard library for WebAssembly.
pub(crate) fn has_wasm_library(sysroot: &Path) -> bool {
    let library = sysroot.join("lib/rustlib").join(WASM).join("lib");
    library.read_dir().is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
        })
    })
}

/// Makes sure that rustfmt and clippy are there.
///
/// # Errors
/// If they are not and rustup cannot add them.
pub(crate) fn ensure_linters() -> Outcome {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if Program::new("cargo")
            .args([subcommand, "--version"])
            .output()
            .is_ok()
        {
            continue;
        }
        println!("Adding {component} with rustup: `lint` runs it.");
        Program::new("rustup")
            .args(["component", "add", component])
            .run()
            .map_err(|failure| {
                failure.advise(format!(
                    "install the component {component} of this Rust toolchain yourself"
                ))
            })?;
    }
    Ok(())
}

/// Makes sure that there is a compiler and linker for programs of this machine, which build scripts need.
///
/// # Errors
/// If `cc` is missing and apt cannot install it.
pub(crate) fn ensure_native_linker() -> Outcome {
    if find_on_path("cc").is_some() {
        return Ok(());
    }
    crate::apt::install(&["gcc", "libc6-dev"], "Rust links native programs with it")
        .map_err(|failure: Failure| failure.advise("install a C compiler that answers to `cc`"))
}

/// Makes sure that there is a compiler of C++.
///
/// # Errors
/// If `c++` is missing and apt cannot install it.
pub(crate) fn ensure_cpp_compiler() -> Outcome {
    ensure_native_linker()?;
    if find_on_path("c++").is_some() {
        return Ok(());
    }
    crate::apt::install(&["g++"], "libFuzzer, which invents the files, is C++")
        .map_err(|failure: Failure| failure.advise("install a C++ compiler that answers to `c++`"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{WASM, WasmToolchain, has_wasm_library};
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

    #[test]
    fn a_second_compiler_gets_its_own_folder() {
        let toolchain = WasmToolchain::separate("rustc".into(), "ld").expect("rustc answers");
        let folder = toolchain
            .env
            .iter()
            .find(|(key, _)| *key == "CARGO_TARGET_DIR")
            .expect("it is set");
        assert_ne!(folder.1, crate::project::target().as_os_str());
        assert!(
            WasmToolchain::native()
                .expect("rustc answers")
                .env
                .is_empty()
        );
    }
}
