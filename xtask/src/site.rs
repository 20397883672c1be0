//! The site in `dist`. Trunk builds it, unless it is up to date.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::project::{dist, root, target};
use crate::{files, offline, texts, toolchain, tools, versions};

/// The sources of the site, the files of this program that finish it included.
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

/// Folders of a crate without code of the site.
const NOT_IN_SITE: [&str; 4] = ["benches", "examples", "proptest-regressions", "tests"];

/// The variable in which Trunk gives its hooks the folder of the unfinished site.
const STAGING: &str = "TRUNK_STAGING_DIR";

/// The compiler's effort on size and speed of the programs. A better build serves where a lesser one is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quality {
    /// One profile for all programs, without link-time optimisation and wasm-opt: for looking at the site and for tests.
    Quick,
    /// Trunk's release mode: for publishing and for measuring.
    Full,
}

impl Quality {
    const ALL: [Self; 2] = [Self::Quick, Self::Full];

    fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Full => "full",
        }
    }

    /// The usual time of a build.
    fn takes(self) -> &'static str {
        match self {
            Self::Quick => "about 4 minutes on two cores the first time",
            Self::Full => "about 15 minutes on two cores the first time",
        }
    }

    /// The arguments of Trunk.
    fn trunk_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Quick => &["build", "--cargo-profile", "quick", "--minify", "true"],
            Self::Full => &["build", "--release"],
        }
    }
}

/// Makes sure that `dist` holds the site of at least this quality; gives its quality. Missing tools are installed.
///
/// # Errors
/// If a tool is missing and cannot be installed, or the build fails.
pub(crate) fn build(quality: Quality) -> Outcome<Quality> {
    let compiler = toolchain::ensure_wasm()?;
    let path = tools::path_for_site()?;
    let stamp = target().join("site.stamp");
    let sources = sources_digest(&compiler)?;
    let site = digest_of([dist()])?;
    let old = fs::read_to_string(&stamp).unwrap_or_default();
    let is_there = |quality: &Quality| old == stamp_of(*quality, sources, site);
    if let Some(found) = Quality::ALL.into_iter().rev().find(is_there)
        && found >= quality
    {
        println!("The site in dist is up to date ({} build).", found.name());
        return Ok(found);
    }
    println!(
        "Building the site ({} build) with {compiler}: {}.",
        quality.name(),
        quality.takes()
    );
    run_trunk(quality, &path)?;
    let text = stamp_of(quality, sources, digest_of([dist()])?);
    files::write(&stamp, text)?;
    Ok(quality)
}

fn run_trunk(quality: Quality, path: &std::ffi::OsStr) -> Outcome {
    toolchain::wasm_program("trunk")
        .args(quality.trunk_arguments())
        .env("PATH", path)
        // Trunk downloads a tool where the one on PATH has another version than it expects.
        .env(
            "TRUNK_TOOLS_WASM_OPT",
            format!("version_{}", versions::wasm_opt()),
        )
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        // Trunk stops at the customary `NO_COLOR=1`: it accepts `true` and `false` alone.
        .without_env(&["NO_COLOR"])
        .within(&root())
        .run()?;
    if dist().join("index.html").is_file() {
        return Ok(());
    }
    Err(Failure::new(
        "cannot build the site",
        "Trunk left no index.html in dist",
        "check `dist` in Trunk.toml",
    ))
}

/// Adds the texts of other languages and the list for offline visits to a site that Trunk has built: its hook of `Trunk.toml`.
///
/// # Errors
/// If Trunk does not say where the site is, or the site cannot be finished.
pub(crate) fn finish() -> Outcome {
    let site = std::env::var_os(STAGING).ok_or_else(|| {
        let why = format!("{STAGING} is not set");
        Failure::new(
            "cannot finish the site",
            why,
            "run `cargo xtask build`, which calls this",
        )
    })?;
    let site = Path::new(&site);
    texts::pack(site)?;
    offline::finish(site)
}

fn sources_digest(compiler: &str) -> Outcome<u64> {
    let mut hasher = DefaultHasher::new();
    (compiler, versions::TRUNK, versions::BINARYEN).hash(&mut hasher);
    digest_of(SOURCES.map(|source| root().join(source)))?.hash(&mut hasher);
    Ok(hasher.finish())
}

/// The text of the stamp: the quality, the digest of the sources, and that of `dist`, so that a changed `dist` is built again.
fn stamp_of(quality: Quality, sources: u64, site: u64) -> String {
    format!("{} {sources:016x} {site:016x}\n", quality.name())
}

/// A digest of names and contents.
fn digest_of(paths: impl IntoIterator<Item = PathBuf>) -> Outcome<u64> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        for file in files::below(&path)? {
            let name = files::name_in(&root(), &file);
            if is_in_site(&name) {
                (name, files::read(&file)?).hash(&mut hasher);
            }
        }
    }
    Ok(hasher.finish())
}

/// True if a source, by its path from the root, can change the site: tests of a crate cannot.
fn is_in_site(name: &str) -> bool {
    let mut parts = name.split('/');
    parts.next() != Some("crates") || parts.nth(1).is_none_or(|part| !NOT_IN_SITE.contains(&part))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Quality, SOURCES, digest_of, is_in_site, root};
    use crate::project::Scratch;

    fn digest(folder: &Path) -> u64 {
        digest_of([folder.to_path_buf()]).expect("readable")
    }

    #[test]
    fn a_digest_sees_contents_names_and_new_files() {
        let scratch = Scratch::new("digest-test").expect("temporary files can be written");
        let (first, second) = (scratch.path().join("first"), scratch.path().join("second"));
        fs::write(&first, "1").expect("file");
        let before = digest(scratch.path());
        assert_eq!(before, digest(scratch.path()), "nothing changed");
        fs::write(&first, "2").expect("file");
        let changed = digest(scratch.path());
        assert_ne!(before, changed, "contents");
        fs::rename(&first, &second).expect("rename");
        assert_ne!(changed, digest(scratch.path()), "names");
    }

    #[test]
    fn the_listed_sources_exist() {
        let missing = SOURCES.map(|source| root().join(source));
        let missing: Vec<_> = missing.iter().filter(|path| !path.exists()).collect();
        assert!(missing.len() <= 1, "{missing:?}");
    }

    #[test]
    fn tests_of_a_crate_do_not_change_the_site() {
        for (name, expected) in [
            ("src/tests/a.rs", true),
            ("crates/core/src/a.rs", true),
            ("crates/core/Cargo.toml", true),
            ("crates/core/tests/a.rs", false),
            ("crates/core/benches/a.rs", false),
        ] {
            assert_eq!(is_in_site(name), expected, "{name}");
        }
    }

    #[test]
    fn a_full_site_serves_where_a_quick_one_is_asked_for() {
        assert!(Quality::Full > Quality::Quick);
        let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
        assert!(manifest.contains("[profile.quick]"), "Trunk builds with it");
    }
}
