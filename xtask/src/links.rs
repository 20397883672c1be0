//! A test of the links in the documentation to files and headings of the repository. Links to other hosts are not tested.

use std::path::{Path, PathBuf};

use crate::project::root;
use crate::{files, markdown};

/// Folders at the root with Markdown of this repository.
const FOLDERS: [&str; 8] = [
    ".github",
    "crates",
    "docs",
    "fuzz/seeds",
    "public",
    "src",
    "tests/fixtures",
    "xtask",
];

/// The Markdown files, those at the root included.
fn documents() -> Vec<PathBuf> {
    let at_root = root().read_dir().expect("the root is a folder");
    let at_root = at_root.flatten().map(|entry| entry.path());
    let below = FOLDERS
        .iter()
        .flat_map(|folder| files::below(&root().join(folder)).expect("readable"));
    let mut found: Vec<_> = at_root
        .filter(|path| path.is_file())
        .chain(below)
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    found.sort();
    found
}

/// The problem of a link in a document; none if it is correct.
fn problem(document: &Path, target: &str) -> Option<String> {
    // An address with a scheme (`https:`, `mailto:`) leaves the repository.
    if target.contains(':') {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if path.is_empty() {
        document.to_path_buf()
    } else {
        document.parent()?.join(path)
    };
    if !file.exists() {
        return Some(format!("{}: {target} does not exist", document.display()));
    }
    let has_anchors = file.extension().is_some_and(|end| end == "md");
    if anchor.is_empty() || !has_anchors {
        return None;
    }
    let text = std::fs::read_to_string(&file).expect("a text");
    let known = markdown::anchors(&text);
    (!known.iter().any(|found| found == anchor))
        .then(|| format!("{}: {target} has no such heading", document.display()))
}

#[test]
fn every_link_of_the_documentation_exists() {
    let documents = documents();
    assert!(documents.len() > 5, "{documents:?}");
    let mut seen = 0;
    let mut broken = Vec::new();
    for document in &documents {
        let text = std::fs::read_to_string(document).expect("a text");
        let targets = markdown::targets(&text);
        seen += targets.len();
        broken.extend(
            targets
                .iter()
                .filter_map(|target| problem(document, target)),
        );
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(seen > 10, "only {seen} links were found");
}

#[test]
fn broken_links_are_found() {
    let readme = root().join("README.md");
    for (target, broken) in [
        ("docs/THEORY.md", false),
        ("docs/THEORY.md#the-best-range", false),
        ("#run-it", false),
        ("https://example.org/nowhere", false),
        ("docs", false),
        ("docs/NOWHERE.md", true),
        ("docs/THEORY.md#nowhere", true),
        ("#nowhere", true),
    ] {
        assert_eq!(problem(&readme, target).is_some(), broken, "{target}");
    }
}
