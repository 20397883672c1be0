//! The architecture as a test: which module may use which, and what must be absent where. A broken rule is named with its file and
//! line.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules from the ground up; each may use those before it. Modules in one row do not know each other.
const LAYERS: [&[&str]; 15] = [
    &["language"],
    &["units"],
    &["depth"],
    &["decode", "stats"],
    &["synth", "quant"],
    &["metrics"],
    &["compare"],
    &["analysis"],
    &["plot", "share", "protocol"],
    &["schedule", "bridge", "export", "gather"],
    &["inquiry"],
    &["charts", "controls", "rehearsal"],
    &["web"],
    &["ui"],
    &["app", "study"],
];

/// Words that must not occur in the core: it knows nothing of the browser.
const BROWSER: [&str; 6] = [
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "leptos",
    "gloo",
    "target_arch",
];

/// Roots of the library and of the programs.
const ROOTS: [&str; 4] = ["lib", "main", "readers", "study_program"];

/// Modules that are the browser's.
const WEB: [&str; 4] = ["web", "ui", "app", "study"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder)
        .expect("a folder of the project")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, out);
        } else if path.extension().is_some_and(|end| end == "rs") {
            out.push(path);
        }
    }
}

/// Every line of every source file with its file, its module and its number. Lines of tests are left out where asked.
fn for_each_line(with_tests: bool, mut visit: impl FnMut(&str, &str, usize, &str)) {
    let mut files = Vec::new();
    files_below(&root().join("src"), &mut files);
    assert!(files.len() > 30, "the sources are gone");
    for path in files {
        let name = path
            .strip_prefix(root())
            .expect("below the root")
            .display()
            .to_string();
        let module = name
            .trim_start_matches("src/")
            .split(['/', '.'])
            .next()
            .unwrap_or_default()
            .to_owned();
        let text = fs::read_to_string(&path).expect("text");
        for (i, line) in text.lines().enumerate() {
            if !with_tests && line.starts_with("#[cfg(test)]") {
                break;
            }
            visit(&name, &module, i + 1, line);
        }
    }
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

/// Modules of this crate that a line names by a path from the root.
fn used(line: &str) -> Vec<&str> {
    let code = line.split("//").next().unwrap_or_default();
    // What stands before the first path names no module.
    code.split("crate::")
        .skip(1)
        .filter_map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
        })
        .collect()
}

#[track_caller]
fn none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn arrows_point_one_way() {
    let mut broken = Vec::new();
    for_each_line(false, |file, module, number, line| {
        let Some(own) = layer(module) else { return };
        for other in used(line) {
            if other != module && layer(other).is_some_and(|l| l >= own) {
                broken.push(format!("{file}:{number}: {module} must not use {other}"));
            }
        }
    });
    none(&broken);
}

#[test]
fn every_module_has_a_layer() {
    let mut broken = Vec::new();
    for_each_line(true, |file, module, number, _| {
        if number == 1 && layer(module).is_none() && !ROOTS.contains(&module) {
            broken.push(format!(
                "{file}: give the module {module} a place among the layers"
            ));
        }
    });
    none(&broken);
}

#[test]
fn the_core_cannot_see_the_browser() {
    let mut broken = Vec::new();
    for_each_line(true, |file, module, number, line| {
        if WEB.contains(&module) || ROOTS.contains(&module) {
            return;
        }
        let code = line.split("//").next().unwrap_or_default();
        for word in BROWSER.iter().filter(|word| code.contains(*word)) {
            broken.push(format!("{file}:{number}: the core must not know {word}"));
        }
    });
    none(&broken);
}

#[test]
fn every_module_says_what_it_is() {
    let mut broken = Vec::new();
    for_each_line(true, |file, _, number, line| {
        if number == 1 && !line.starts_with("//! ") {
            broken.push(format!("{file}: its documentation must come first"));
        }
    });
    none(&broken);
}

#[test]
fn colours_stand_in_the_tokens_only() {
    let mut broken = Vec::new();
    for name in ["base.css", "app.css", "study.css", "theory.css"] {
        let text = fs::read_to_string(root().join("style").join(name)).expect("a style sheet");
        for (i, line) in text.lines().enumerate() {
            // What follows each "#".
            let hex = line
                .split('#')
                // What stands before the first sign is no colour.
                .skip(1)
                .any(|rest| rest.len() >= 3 && rest.chars().take(3).all(|c| c.is_ascii_hexdigit()));
            if hex || line.contains("rgb(") || line.contains("hsl(") {
                broken.push(format!("style/{name}:{}: use a token", i + 1));
            }
        }
    }
    none(&broken);
}

#[test]
fn charts_know_every_colour_they_use() {
    // The canvas reads its colours from these custom properties, in the two hexadecimal forms alone.
    let canvas = fs::read_to_string(root().join("src/web/canvas.rs")).expect("the canvas");
    let tokens = fs::read_to_string(root().join("style/tokens.css")).expect("the tokens");
    let names: Vec<&str> = canvas
        .split('"')
        .filter(|text| text.starts_with("--"))
        .collect();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        let uses = tokens.matches(&format!("{name}: #")).count();
        assert_eq!(
            uses, 3,
            "{name} must be a hexadecimal colour in light, system dark and chosen dark"
        );
    }
}

#[test]
fn answers_lead_to_places_that_the_page_has() {
    let mut files = Vec::new();
    for folder in ["src/app", "src/study"] {
        files_below(&root().join(folder), &mut files);
    }
    let views: Vec<String> = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect();
    assert!(views.len() > 20);
    for place in fathom::analysis::practice::answers::Place::ALL {
        let id = format!("id=\"{}\"", place.id());
        let holders = views.iter().filter(|view| view.contains(&id)).count();
        assert!(holders > 0, "no view has {id}");
    }
}
