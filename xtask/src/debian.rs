//! A compiler for WebAssembly out of Debian's packages, for machines that reach Debian's and Cargo's servers but not rustup's.
//!
//! Debian packages a recent compiler and the source of its standard library, but no library for `wasm32-unknown-unknown`.
//! It is built here once. Nothing of Debian's is changed: the result is a folder in this user's cache that
//! looks to the compiler like an installation of its own (a "sysroot"), with links to Debian's native library.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::process::Program;
use crate::project::{self, Scratch, cannot_read, cannot_write};
use crate::toolchain::{WASM, has_wasm_library};
use crate::{apt, versions};

/// Where Debian's packages put the compiler: everything below is under this prefix.
const PREFIX: &str = "/usr";

/// The linker for WebAssembly.
pub(crate) const LINKER: &str = versions::DEBIAN_WASM_LINKER;

/// The compiler that [`install`] made, if it did so before for Debian's current compiler.
///
/// # Errors
/// If there is no place for tools.
pub(crate) fn installed() -> Outcome<Option<PathBuf>> {
    let Ok(compiler) = Compiler::find() else {
        return Ok(None);
    };
    let sysroot = compiler.sysroot()?;
    let complete = has_wasm_library(&sysroot) && linker().is_file();
    Ok(complete.then(|| wrapper(&sysroot)))
}

/// Installs the packages that are missing, builds the library, and gives the compiler.
///
/// # Errors
/// If there is no apt, its compiler is too old, or the library cannot be built.
pub(crate) fn install() -> Outcome<PathBuf> {
    if Compiler::find().is_err() || !library_source().is_dir() || !linker().is_file() {
        let why =
            "rustup cannot be reached, and this compiler comes with the source of its library";
        apt::install(&versions::DEBIAN_RUST_PACKAGES, why)?;
    }
    let compiler = Compiler::find()?;
    let sysroot = compiler.sysroot()?;
    println!(
        "Building the standard library for {WASM} from Debian's source: once, about a minute."
    );
    let unfinished = project::tool_folder("wasm-sysroot-unfinished", &compiler.version)?;
    remove_if_there(&unfinished)?;
    build_library(&unfinished.join("lib/rustlib").join(WASM).join("lib"))?;
    link_native_library(&compiler, &unfinished)?;
    write_wrapper(&unfinished, &sysroot)?;
    // The last step is the one that counts: an interrupted run leaves nothing that looks finished.
    remove_if_there(&sysroot)?;
    fs::rename(&unfinished, &sysroot).map_err(|error| cannot_write(&sysroot, &error))?;
    Ok(wrapper(&sysroot))
}

/// Debian's compiler, as it describes itself.
struct Compiler {
    version: String,
    host: String,
}

impl Compiler {
    fn find() -> Outcome<Self> {
        let description = Program::new(rustc())
            .args(["--version", "--verbose"])
            .output()?;
        let field = |name| field(&description, name);
        match (field("release"), field("host")) {
            (Some(version), Some(host)) if is_at_least(version, env!("CARGO_PKG_RUST_VERSION")) => {
                Ok(Self {
                    version: version.to_owned(),
                    host: host.to_owned(),
                })
            }
            (version, _) => Err(Failure::new(
                "cannot build the page with Debian's Rust compiler",
                format!(
                    "it is {}, and {} is needed",
                    version.unwrap_or("unknown"),
                    env!("CARGO_PKG_RUST_VERSION")
                ),
                format!("let rustup add the target {WASM} on a machine with access to its server"),
            )),
        }
    }

    fn sysroot(&self) -> Outcome<PathBuf> {
        project::tool_folder("wasm-sysroot", &self.version)
    }
}

fn rustc() -> PathBuf {
    Path::new(PREFIX).join("bin/rustc")
}

fn linker() -> PathBuf {
    Path::new(PREFIX).join("bin").join(LINKER)
}

fn library_source() -> PathBuf {
    Path::new(PREFIX).join("lib/rustlib/src/rust/library")
}

/// The value of a line `name: value`.
fn field<'a>(description: &'a str, name: &str) -> Option<&'a str> {
    description
        .lines()
        .find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
}

/// Whether a version reaches a minimum, compared number by number; a suffix such as `-beta` is ignored.
fn is_at_least(version: &str, minimum: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> {
        text.split(['.', '-', '+'])
            .map_while(|part| part.parse().ok())
            .collect()
    };
    numbers(version) >= numbers(minimum)
}

/// Builds the library as a by-product of an empty crate and keeps its parts.
fn build_library(into: &Path) -> Outcome {
    let scratch = Scratch::new("std")?;
    let krate = scratch.path();
    write(
        &krate.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n",
    )?;
    write(&krate.join("src/lib.rs"), "")?;
    let target = krate.join("target");
    Program::new("cargo")
        .args([
            "build",
            "--quiet",
            "--release",
            "--target",
            WASM,
            "-Zbuild-std=std,panic_abort,test",
        ])
        .env("RUSTC", rustc())
        // What the real standard library of a release is built with: it may use unfinished features of its own compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        // Without it, link-time optimization of the page finds nothing to optimize in the library, and fails.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .without_env(&["CARGO_ENCODED_RUSTFLAGS"])
        .env("CARGO_TARGET_DIR", &target)
        .within(krate)
        .run()
        .map_err(|failure| {
            failure.advise("check that crates can be downloaded, then run this again")
        })?;
    copy_libraries(&target.join(WASM).join("release/deps"), into)
}

fn copy_libraries(from: &Path, into: &Path) -> Outcome {
    fs::create_dir_all(into).map_err(|error| cannot_write(into, &error))?;
    for entry in from
        .read_dir()
        .map_err(|error| cannot_read(from, &error))?
        .flatten()
    {
        if is_library_part(&entry.file_name().to_string_lossy()) {
            let copy = into.join(entry.file_name());
            fs::copy(entry.path(), &copy).map_err(|error| cannot_write(&copy, &error))?;
        }
    }
    Ok(())
}

/// Whether a built file is a part of the standard library: every library but that of the empty crate.
fn is_library_part(file: &str) -> bool {
    file.starts_with("lib") && file.ends_with(".rlib") && !file.starts_with("libempty-")
}

/// Build scripts and macros run on this machine: they need the native library too.
fn link_native_library(compiler: &Compiler, sysroot: &Path) -> Outcome {
    let native = Path::new(PREFIX).join("lib/rustlib").join(&compiler.host);
    let link = sysroot.join("lib/rustlib").join(&compiler.host);
    symlink(&native, &link).map_err(|error| cannot_write(&link, &error))
}

#[cfg(unix)]
fn symlink(original: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

#[cfg(not(unix))]
fn symlink(_original: &Path, _link: &Path) -> std::io::Result<()> {
    Err(std::io::Error::other("Debian's packages are for Debian"))
}

fn wrapper(sysroot: &Path) -> PathBuf {
    sysroot.join("bin/rustc")
}

/// The compiler by another name, which looks for libraries in `sysroot`. It is written to `folder`, to be moved there.
fn write_wrapper(folder: &Path, sysroot: &Path) -> Outcome {
    let file = wrapper(folder);
    write(
        &file,
        &format!(
            "#!/bin/sh\nexec {} --sysroot \"{}\" \"$@\"\n",
            rustc().display(),
            sysroot.display()
        ),
    )?;
    make_executable(&file).map_err(|error| cannot_write(&file, &error))
}

#[cfg(unix)]
fn make_executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_file: &Path) -> std::io::Result<()> {
    Ok(())
}

fn write(file: &Path, text: &str) -> Outcome {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    fs::write(file, text).map_err(|error| cannot_write(file, &error))
}

fn remove_if_there(folder: &Path) -> Outcome {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| cannot_write(folder, &error))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{field, is_at_least, is_library_part};

    #[test]
    fn a_compiler_is_read_from_its_description() {
        let description = "rustc 1.96.0 (abc 2026-05-25)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.96.0\n";
        assert_eq!(field(description, "release"), Some("1.96.0"));
        assert_eq!(field(description, "host"), Some("x86_64-unknown-linux-gnu"));
        assert_eq!(field(description, "rustc"), None);
    }

    #[test]
    fn versions_compare_as_numbers() {
        for (version, minimum, expected) in [
            ("1.96.0", "1.95", true),
            ("1.95.0", "1.95", true),
            ("1.100.0", "1.95", true),
            ("2.0.0-beta.1", "1.95", true),
            ("1.63.0", "1.95", false),
            ("", "1.95", false),
        ] {
            assert_eq!(
                is_at_least(version, minimum),
                expected,
                "{version} against {minimum}"
            );
        }
    }

    #[test]
    fn the_empty_crate_is_no_part_of_the_library() {
        for (file, expected) in [
            ("libstd-1.rlib", true),
            ("libtest-2.rlib", true),
            ("libempty-3.rlib", false),
            ("libstd-1.rmeta", false),
        ] {
            assert_eq!(is_library_part(file), expected, "{file}");
        }
    }
}
