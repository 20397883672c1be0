//! Building the release site into `dist`, unless it is there already from the same sources.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use crate::failure::{Failure, Outcome};
use crate::project::{cannot_write, dist, root, target};
use crate::toolchain::{self, WasmToolchain};
use crate::{files, offline, texts, tools, versions};

/// Everything that decides what the built site is; of this program the part that finishes it.
const SOURCES: [&str; 12] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "crates",
    "index.html",
    "po",
    "public",
    "src",
    "style",
    "xtask/src/offline.rs",
    "xtask/src/texts.rs",
];

/// Builds the site, installing what that needs.
///
/// # Errors
/// If a tool is missing and cannot be installed, or the build fails.
pub(crate) fn build() -> Outcome {
    let toolchain = toolchain::for_wasm()?;
    let path = tools::path_for_site()?;
    let stamp = target().join("site.stamp");
    let sources = sources_digest(&toolchain)?;
    if fs::read_to_string(&stamp).is_ok_and(|old| Some(old) == stamp_of(sources).ok()) {
        println!("The site in dist is up to date.");
        return Ok(());
    }
    println!("Building the site with {}.", toolchain.compiler);
    toolchain
        .program("trunk")
        .args(["build", "--release"])
        .env("PATH", path)
        // Trunk would download another version, where the one on PATH is not the one it expects.
        .env(
            "TRUNK_TOOLS_WASM_OPT",
            format!("version_{}", versions::wasm_opt()),
        )
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        // Trunk stops at the customary `NO_COLOR=1`: it accepts `true` and `false` alone.
        .without_env(&["NO_COLOR"])
        .within(&root())
        .run()?;
    require_page()?;
    texts::pack(&dist())?;
    offline::finish(&dist())?;
    fs::write(&stamp, stamp_of(sources)?).map_err(|error| cannot_write(&stamp, &error))
}

fn require_page() -> Outcome {
    if dist().join("index.html").is_file() {
        return Ok(());
    }
    let why = "Trunk ended well but left no index.html in dist";
    Err(Failure::new(
        "cannot build the site",
        why,
        "check `dist` in Trunk.toml",
    ))
}

fn sources_digest(toolchain: &WasmToolchain) -> Outcome<u64> {
    let mut hasher = DefaultHasher::new();
    (&toolchain.compiler, versions::TRUNK, versions::BINARYEN).hash(&mut hasher);
    digest(
        SOURCES.iter().map(|source| root().join(source)),
        &mut hasher,
    )?;
    Ok(hasher.finish())
}

/// What the stamp holds: the sources' digest and that of the site built from them, so that a changed `dist` is rebuilt too.
fn stamp_of(sources: u64) -> Outcome<String> {
    let mut hasher = DefaultHasher::new();
    digest([dist()], &mut hasher)?;
    Ok(format!("{sources:016x} {:016x}\n", hasher.finish()))
}

fn digest(paths: impl IntoIterator<Item = PathBuf>, hasher: &mut DefaultHasher) -> Outcome {
    for path in paths {
        for file in files::below(&path)? {
            (
                file.strip_prefix(root()).unwrap_or(&file),
                files::read(&file)?,
            )
                .hash(hasher);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::hash::{DefaultHasher, Hasher};
    use std::path::Path;

    use super::{SOURCES, digest, root};
    use crate::project::Scratch;

    fn digest_of(folder: &Path) -> u64 {
        let mut hasher = DefaultHasher::new();
        digest([folder.to_path_buf()], &mut hasher).expect("readable");
        hasher.finish()
    }

    #[test]
    fn a_digest_sees_contents_names_and_new_files() {
        let scratch = Scratch::new("digest-test").expect("temporary files can be written");
        let (first, second) = (scratch.path().join("first"), scratch.path().join("second"));
        fs::write(&first, "1").expect("file");
        let before = digest_of(scratch.path());
        assert_eq!(before, digest_of(scratch.path()), "nothing changed");
        fs::write(&first, "2").expect("file");
        let changed = digest_of(scratch.path());
        assert_ne!(before, changed, "contents");
        fs::rename(&first, &second).expect("rename");
        assert_ne!(changed, digest_of(scratch.path()), "names");
    }

    #[test]
    fn the_listed_sources_exist() {
        for source in SOURCES {
            // Version control keeps no empty folders, and these two may be.
            let may_be_absent = ["public", "style"].contains(&source);
            assert!(may_be_absent || root().join(source).exists(), "{source}");
        }
    }
}
