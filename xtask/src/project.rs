//! Where things are: the workspace, its build folders, the cache of tools shared by all clones.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use crate::failure::{Failure, Outcome};

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

/// Cargo's folder for what it builds.
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
                "cannot tell where to install tools",
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

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover in the folder for temporary files harms nobody, and there is nobody to tell.
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
/// If the file cannot be read, or holds no such crate, or several versions of it.
pub(crate) fn locked_version(krate: &str) -> Outcome<String> {
    let file = root().join("Cargo.lock");
    let text = fs::read_to_string(&file).map_err(|error| cannot_read(&file, &error))?;
    match versions_in(&text, krate).as_slice() {
        [version] => Ok((*version).to_owned()),
        found => Err(Failure::new(
            format!("cannot tell the version of {krate}"),
            format!("Cargo.lock holds {} of them", found.len()),
            "restore Cargo.lock from version control",
        )),
    }
}

/// All versions of a crate in a lock file's text, in its order.
fn versions_in<'a>(lock: &'a str, krate: &str) -> Vec<&'a str> {
    lock.split("[[package]]")
        .filter(|entry| quoted(entry, "name") == Some(krate))
        .filter_map(|entry| quoted(entry, "version"))
        .collect()
}

/// The value of a line `key = "value"`.
fn quoted<'a>(entry: &'a str, key: &str) -> Option<&'a str> {
    entry.lines().find_map(|line| {
        let value = line.strip_prefix(key)?.trim_start().strip_prefix('=')?;
        value.trim().strip_prefix('"')?.strip_suffix('"')
    })
}

#[cfg(test)]
mod tests {
    use super::{Scratch, locked_version, root, versions_in};

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.9"
dependencies = [
 "wasm-bindgen",
]

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "registry"

[[package]]
name = "twice"
version = "1.0.0"

[[package]]
name = "twice"
version = "2.0.0-rc.1"
"#;

    #[test]
    fn versions_are_found_by_the_whole_name() {
        for (krate, expected) in [
            ("wasm-bindgen", vec!["0.2.130"]),
            ("twice", vec!["1.0.0", "2.0.0-rc.1"]),
            ("wasm", vec![]),
            ("version", vec![]),
        ] {
            assert_eq!(versions_in(LOCK, krate), expected, "{krate}");
        }
    }

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
