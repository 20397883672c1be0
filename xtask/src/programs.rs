//! The WebAssembly programs of the site, as the rust links of `index.html` describe them to Trunk.

use std::path::PathBuf;

use crate::failure::{Failure, Outcome};
use crate::files;
use crate::project::root;

/// One program of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WasmProgram {
    /// The manifest of its package, from the workspace's root.
    pub(crate) manifest: PathBuf,
    /// The options that choose its features, for every command of Cargo.
    pub(crate) features: Vec<String>,
}

/// All programs, in the order of the page.
///
/// # Errors
/// If `index.html` cannot be read or names no program.
pub(crate) fn all() -> Outcome<Vec<WasmProgram>> {
    let page = files::text(&root().join("index.html"))?;
    let programs = in_page(&page);
    if programs.is_empty() {
        let remedy = "restore its `<link data-trunk rel=\"rust\">` from version control";
        return Err(Failure::new(
            "cannot read index.html",
            "it names no program",
            remedy,
        ));
    }
    Ok(programs)
}

fn in_page(page: &str) -> Vec<WasmProgram> {
    let links = page.split("<link").skip(1);
    links
        .filter_map(|rest| Some(rest.split_once('>')?.0))
        .filter(|link| attribute(link, "rel") == Some("rust"))
        .map(program)
        .collect()
}

fn program(link: &str) -> WasmProgram {
    let manifest = PathBuf::from(attribute(link, "href").unwrap_or("Cargo.toml"));
    let mut features = Vec::new();
    if link.contains("data-cargo-no-default-features") {
        features.push("--no-default-features".to_owned());
    }
    if let Some(list) = attribute(link, "data-cargo-features") {
        features.extend(["--features".to_owned(), list.to_owned()]);
    }
    WasmProgram {
        manifest: if manifest.extension().is_some() {
            manifest
        } else {
            manifest.join("Cargo.toml")
        },
        features,
    }
}

/// The value of `name="value"` in the text of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::{WasmProgram, all, in_page};

    #[test]
    fn links_become_programs() {
        let page = r#"<link rel="icon" href="a.svg"><link data-trunk rel="rust"
            data-cargo-no-default-features data-cargo-features="web" data-wasm-opt="2">
            <link data-trunk rel="rust" href="crates/engine">"#;
        let expected = [
            (
                "Cargo.toml",
                vec!["--no-default-features", "--features", "web"],
            ),
            ("crates/engine/Cargo.toml", vec![]),
        ];
        let expected = expected.map(|(manifest, features)| WasmProgram {
            manifest: manifest.into(),
            features: features.into_iter().map(str::to_owned).collect(),
        });
        assert_eq!(in_page(page), expected);
        assert!(in_page("<p>no link</p>").is_empty());
    }

    #[test]
    fn the_real_page_has_programs() {
        assert!(all().is_ok_and(|programs| programs.len() > 1));
    }
}
