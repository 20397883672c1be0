//! The crates of the site: a list with every licence and its text, and a CycloneDX bill of materials.
//!
//! `cargo metadata` knows the locked versions, so no further tool is installed: cargo-about and cargo-cyclonedx take minutes to compile.
//! Crates of tests and build scripts are left out. Procedural macros are listed, because the code that they write is compiled in.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use spdx::{Expression, ParseMode};

use crate::failure::{Failure, Outcome};
use crate::process::Program;
use crate::project::root;
use crate::toolchain::WASM;
use crate::{files, programs};

/// The name of the site in the bill of materials.
const SITE: &str = "fathom";

/// Licences under which a crate may be compiled in: each allows copies of the site that contain the notices of the list.
const ACCEPTED: [&str; 9] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Beginnings of the names of files that hold a licence's text or a notice.
const TEXTS: [&str; 5] = ["licen", "copying", "copyright", "notice", "unlicense"];

/// Licences of works that a crate contains without their text: the crate, a name for the text, and the text.
const CARRIED: [(&str, &str, &str); 1] = [(
    "icondata_lu",
    "lucide.txt",
    include_str!("../licences/lucide.txt"),
)];

/// A crate of the site.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    name: String,
    version: String,
    licence: String,
    repository: String,
    authors: Vec<String>,
    /// The texts that came with it, by file name.
    texts: Vec<(String, String)>,
}

/// Every crate of other authors that is compiled into the site, by name and version.
///
/// # Errors
/// If Cargo cannot list the crates, or a licence is not accepted.
pub(crate) fn parts() -> Outcome<Vec<Part>> {
    let mut parts = BTreeMap::new();
    for program in programs::all()? {
        let manifest = root().join(&program.manifest);
        let metadata = Program::new("cargo")
            .args(["metadata", "--locked", "--format-version", "1"])
            .args(["--filter-platform", WASM, "--manifest-path"])
            .args([&manifest])
            .args(program.features)
            .within(&root())
            .output()?;
        let metadata: Value =
            serde_json::from_str(&metadata).map_err(|error| unreadable(&error.to_string()))?;
        let used = reached(&metadata, &manifest)?;
        for package in array(&metadata, "packages") {
            // A package of the workspace has no source.
            if used.contains(text(package, "id")) && !package["source"].is_null() {
                let key = (text(package, "name"), text(package, "version"));
                let key = (key.0.to_owned(), key.1.to_owned());
                if let Entry::Vacant(place) = parts.entry(key) {
                    place.insert(part(package)?);
                }
            }
        }
    }
    Ok(parts.into_values().collect())
}

/// The packages that the package of a manifest needs to run, itself included, by id.
fn reached<'a>(metadata: &'a Value, manifest: &Path) -> Outcome<BTreeSet<&'a str>> {
    let is_root = |package: &&Value| Path::new(text(package, "manifest_path")) == manifest;
    let start = array(metadata, "packages").find(is_root);
    let start =
        start.ok_or_else(|| unreadable(&format!("{} is in no package", manifest.display())))?;
    let nodes: BTreeMap<_, _> = array(&metadata["resolve"], "nodes")
        .map(|node| (text(node, "id"), node))
        .collect();
    let mut waiting = vec![text(start, "id")];
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let Some(node) = nodes.get(id) else { continue };
        // The kind of a plain dependency is null; tests and build scripts have other kinds.
        let plain = |d: &&Value| array(d, "dep_kinds").any(|kind| kind["kind"].is_null());
        waiting.extend(array(node, "deps").filter(plain).map(|d| text(d, "pkg")));
    }
    Ok(seen)
}

fn part(package: &Value) -> Outcome<Part> {
    let (name, version, licence) = (
        text(package, "name"),
        text(package, "version"),
        text(package, "license"),
    );
    if !is_accepted(licence) {
        return Err(Failure::new(
            format!("cannot compile {name} {version} into the site"),
            format!("its licence is {licence:?}"),
            "use another crate, or add the licence to those in xtask/src/licences.rs after reading it",
        ));
    }
    let manifest = Path::new(text(package, "manifest_path"));
    let authors = array(package, "authors").filter_map(Value::as_str);
    let mut texts = manifest.parent().map_or_else(|| Ok(Vec::new()), texts_in)?;
    let carried = CARRIED.iter().filter(|(owner, ..)| *owner == name);
    texts.extend(carried.map(|(_, file, text)| ((*file).to_owned(), text.trim().to_owned())));
    Ok(Part {
        name: name.to_owned(),
        version: version.to_owned(),
        licence: licence.to_owned(),
        repository: text(package, "repository").to_owned(),
        authors: authors.map(str::to_owned).collect(),
        texts,
    })
}

/// The texts at the top of a crate's folder, and of its folder of licences.
fn texts_in(folder: &Path) -> Outcome<Vec<(String, String)>> {
    let mut found = Vec::new();
    for file in files::below(folder)? {
        let name = files::name_in(folder, &file);
        let lower = name.to_lowercase();
        let own = lower.strip_prefix("licenses/").unwrap_or(&lower);
        let is_code = [".rs", ".toml", ".py"].iter().any(|end| own.ends_with(end));
        if own.contains('/') || is_code || !TEXTS.iter().any(|text| own.starts_with(text)) {
            continue;
        }
        let text = String::from_utf8_lossy(&files::read(&file)?).replace("\r\n", "\n");
        found.push((name, text.trim().to_owned()));
    }
    Ok(found)
}

/// True if a crate under this expression may be compiled in.
fn is_accepted(licence: &str) -> bool {
    let accepted = |requirement: &spdx::LicenseReq| {
        requirement
            .license
            .id()
            .is_some_and(|id| requirement.addition.is_none() && ACCEPTED.contains(&id.name))
    };
    // Older crates separate with a slash.
    Expression::parse_mode(licence, ParseMode::LAX)
        .is_ok_and(|expression| expression.evaluate(accepted))
}

/// The list for readers: each crate with its licence, then every text once with its crates.
pub(crate) fn list(parts: &[Part]) -> String {
    let mut out = String::from(
        "Fathom is licensed under MIT or Apache-2.0, at your choice.\n\
         Compiled into it are the standard library of Rust (MIT OR Apache-2.0) and these crates:\n\n",
    );
    let mut texts: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for part in parts {
        let Part {
            name,
            version,
            licence,
            repository,
            authors,
            ..
        } = part;
        let mut line = format!("{name} {version}: {licence}");
        if !authors.is_empty() {
            write!(line, "; {}", authors.join(", ")).unwrap_or_default();
        }
        if !repository.is_empty() {
            write!(line, "; {repository}").unwrap_or_default();
        }
        if part.texts.is_empty() {
            line.push_str("; its package contains no text of the licence");
        }
        out.push_str(&line);
        out.push('\n');
        for (_, text) in &part.texts {
            let digest = format!("{:x}", Sha256::digest(text));
            let entry = texts
                .entry(digest)
                .or_insert_with(|| (text.clone(), BTreeSet::new()));
            entry.1.insert(format!("{name} {version}"));
        }
    }
    let mut texts: Vec<_> = texts.into_values().collect();
    texts.sort_by(|a, b| a.1.first().cmp(&b.1.first()).then_with(|| a.0.cmp(&b.0)));
    for (text, owners) in texts {
        let owners: Vec<_> = owners.into_iter().collect();
        write!(
            out,
            "\n{}\n{}\n\n{text}\n",
            "-".repeat(80),
            owners.join(", ")
        )
        .unwrap_or_default();
    }
    out
}

/// The bill of materials: CycloneDX 1.5, without a time or a serial number, so that the same sources give the same bytes.
pub(crate) fn bill(parts: &[Part], version: &str) -> Outcome<String> {
    let address = |name: &str, version: &str| format!("pkg:cargo/{name}@{version}");
    let components: Vec<_> = parts
        .iter()
        .map(|part| {
            let mut component = json!({
                "type": "library",
                "bom-ref": address(&part.name, &part.version),
                "name": part.name,
                "version": part.version,
                "purl": address(&part.name, &part.version),
                "licenses": [{ "expression": part.licence.replace('/', " OR ") }],
            });
            if !part.repository.is_empty() {
                component["externalReferences"] =
                    json!([{ "type": "vcs", "url": part.repository }]);
            }
            component
        })
        .collect();
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "application",
            "bom-ref": address(SITE, version),
            "name": SITE,
            "version": version,
            "licenses": [{ "expression": "MIT OR Apache-2.0" }],
        } },
        "components": components,
    });
    serde_json::to_string_pretty(&bill)
        .map(|text| text + "\n")
        .map_err(|error| unreadable(&error.to_string()))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn unreadable(why: &str) -> Failure {
    Failure::new(
        "cannot list the crates of the site",
        why,
        "check that `cargo metadata` works here",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use std::path::Path;

    use super::{CARRIED, Part, bill, is_accepted, list, parts, reached};

    #[test]
    fn every_crate_of_the_site_has_an_accepted_licence() {
        let parts = parts().expect("Cargo knows its packages");
        let names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
        for expected in ["leptos", "wasm-bindgen", "png", "plotters", "exr"] {
            assert!(names.contains(&expected), "{expected} is missing");
        }
        for other in ["proptest", "criterion", "tiny_http", "fathom", "xtask"] {
            assert!(!names.contains(&other), "{other} is not in the site");
        }
        let carries = |(owner, _, text): &(&str, &str, &str)| {
            let own = parts.iter().find(|part| part.name == *owner);
            own.is_some_and(|part| part.texts.iter().any(|(_, own)| own == text.trim()))
        };
        assert!(CARRIED.iter().all(carries), "a text without its crate");
        let with_text = parts.iter().filter(|part| !part.texts.is_empty()).count();
        assert!(
            with_text * 4 > parts.len() * 3,
            "{with_text} of {}",
            parts.len()
        );
    }

    #[test]
    fn licences_are_read_as_expressions() {
        for (licence, accepted) in [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("Unlicense OR MIT", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("GPL-3.0-only OR MIT", true),
            ("MIT AND GPL-3.0-only", false),
            ("GPL-3.0-only", false),
            ("", false),
            ("Something", false),
        ] {
            assert_eq!(is_accepted(licence), accepted, "{licence}");
        }
    }

    #[test]
    fn only_plain_dependencies_are_followed() {
        let node = |id: &str, deps: Value| json!({ "id": id, "deps": deps });
        let to = |id: &str, kind: Value| json!({ "pkg": id, "dep_kinds": [{ "kind": kind }] });
        let package = |name: &str| json!({ "id": name, "manifest_path": format!("/{name}") });
        let metadata = json!({
            "packages": [package("own"), package("a"), package("b"), package("t")],
            "resolve": { "nodes": [
                node("own", json!([to("a", Value::Null), to("t", json!("dev"))])),
                node("a", json!([to("b", json!("build")), to("own", Value::Null)])),
                node("b", json!([])), node("t", json!([])),
            ] },
        });
        let found: Vec<_> = reached(&metadata, Path::new("/own"))
            .expect("it is there")
            .into_iter()
            .collect();
        assert_eq!(found, ["a", "own"]);
        assert!(reached(&metadata, Path::new("/other")).is_err());
    }

    #[test]
    fn the_lists_name_each_crate_and_each_text_once() {
        let part = |name: &str, text: &str| Part {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT/Apache-2.0".to_owned(),
            repository: format!("https://example.org/{name}"),
            authors: vec!["A. Author".to_owned()],
            texts: [text]
                .iter()
                .filter(|t| !t.is_empty())
                .map(|t| ("LICENSE".to_owned(), (*t).to_owned()))
                .collect(),
        };
        let parts = [
            part("one", "Be free."),
            part("two", "Be free."),
            part("three", ""),
        ];
        let text = list(&parts);
        assert_eq!(text.matches("Be free.").count(), 1, "{text}");
        assert!(text.contains("\none 1.0.0, two 1.0.0\n"), "{text}");
        assert!(text.contains("three 1.0.0: MIT/Apache-2.0; A. Author; https://example.org/three; its package contains no text"), "{text}");
        let bill: Value =
            serde_json::from_str(&bill(&parts, "0.1.0").expect("text")).expect("JSON");
        assert_eq!(bill["bomFormat"], "CycloneDX");
        assert_eq!(bill["components"][1]["purl"], "pkg:cargo/two@1.0.0");
        assert_eq!(
            bill["components"][1]["licenses"][0]["expression"],
            "MIT OR Apache-2.0"
        );
    }
}
