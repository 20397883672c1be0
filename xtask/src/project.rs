//! Paths: the workspace, its build folders, and the cache of tools that all clones share.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use crate::failure::{Failure, Outcome};
use crate::process::Program;

/// The workspace's root, which is the folder above this package's.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The built site.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// The browser tests.
pub(crate) fn e2e() -> PathBuf {
    root().join("tests").join("e2e")
}

/// Real depth files, which benchmarks and some tests use where they exist.
pub(crate) fn data() -> PathBuf {
    env::var_os("FATHOM_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from)
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The folder of one tool of one version, in the cache of this user.
///
/// # Errors
/// If neither `XDG_CACHE_HOME` nor `HOME` is set.
pub(crate) fn tool_folder(name: &str, version: &str) -> Outcome<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .ok_or_else(|| {
            Failure::new(
                "cannot choose a folder for tools",
                "HOME is not set",
                "set HOME or XDG_CACHE_HOME",
            )
        })?;
    Ok(cache.join("fathom-tools").join(format!("{name}-{version}")))
}

/// A folder outside the workspace that is removed when dropped. Cargo run in it does not see the workspace's settings.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder.
    ///
    /// # Errors
    /// If the system's folder for temporary files cannot be written.
    pub(crate) fn new(purpose: &str) -> Outcome<Self> {
        let folder = env::temp_dir().join(format!("fathom-{purpose}-{}", process::id()));
        fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, &error))?;
        Ok(Self(folder))
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Ignored: the system cleans its folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The failure to write a file or folder.
pub(crate) fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        format!("cannot write {}", path.display()),
        error.to_string(),
        "check the disk and the permissions",
    )
}

/// The failure to read a file or folder.
pub(crate) fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        format!("cannot read {}", path.display()),
        error.to_string(),
        "check that it exists and may be read",
    )
}

/// The version of a crate that `Cargo.lock` pins.
///
/// # Errors
/// If it pins no version, or several.
pub(crate) fn locked_version(krate: &str) -> Outcome<String> {
    let id = Program::new("cargo")
        .args(["pkgid", "--quiet", krate])
        .within(&root())
        .output()
        .map_err(|failure| failure.advise("restore Cargo.lock from version control"))?;
    let version = id.rsplit(['@', '#']).next().unwrap_or_default();
    Ok(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Scratch, locked_version, root};

    #[test]
    fn the_real_lock_file_pins_one_wasm_bindgen() {
        let version = locked_version("wasm-bindgen").expect("it is a dependency of the page");
        assert_eq!(version.split('.').count(), 3, "{version}");
        let failure = locked_version("no-such-crate").expect_err("it is no dependency");
        assert!(failure.to_string().contains("no-such-crate"), "{failure}");
    }

    #[test]
    fn a_scratch_folder_is_outside_the_workspace_and_goes_away() {
        let scratch = Scratch::new("scratch-test").expect("temporary files can be written");
        let path = scratch.path().to_path_buf();
        assert!(path.is_dir() && !path.starts_with(root()));
        drop(scratch);
        assert!(!path.exists());
    }
}
