//! The rules of the workspace that neither Cargo nor clippy checks. A broken rule is named with its file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use syn::visit::{self, Visit};

/// Crates that must work without a browser.
const NATIVE: [&str; 8] = [
    "fathom-core",
    "fathom-decode",
    "fathom-analysis",
    "fathom-report",
    "fathom-plot",
    "fathom-network",
    "fathom-engine",
    "fathom-native",
];

/// Crates that only a browser can use.
const BROWSER: [&str; 6] = [
    "gloo",
    "js-sys",
    "leptos",
    "plotters-canvas",
    "wasm-bindgen",
    "web-sys",
];

/// Source folders whose files must not use each other in a circle.
const ACYCLIC: [&str; 12] = [
    "crates/core/src",
    "crates/decode/src",
    "crates/analysis/src",
    "crates/report/src",
    "crates/plot/src",
    "crates/network/src",
    "crates/engine/src",
    "crates/engine-wasm/src",
    "crates/native/src",
    "crates/cli/src",
    "src",
    "xtask/src",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Rust file below a folder, in a fixed order.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder)
        .expect("a folder of the project")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            out.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            out.push(path);
        }
    }
    out.sort();
    out
}

#[track_caller]
fn none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn crates_below_the_page_need_no_browser() {
    let mut broken = Vec::new();
    for package in NATIVE {
        let tree = Command::new(env!("CARGO"))
            .args([
                "tree", "--edges", "normal", "--prefix", "none", "--format", "{p}",
            ])
            .args(["--package", package])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        let names = String::from_utf8_lossy(&tree.stdout);
        assert!(names.starts_with(package), "{names}");
        for name in names.lines().filter_map(|line| line.split(' ').next()) {
            if BROWSER.contains(&name) {
                broken.push(format!("{package} must not need {name}"));
            }
        }
    }
    none(&broken);
}

#[test]
fn pure_crates_have_no_code_for_one_platform() {
    let mut broken = Vec::new();
    for file in ACYCLIC
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
    {
        for (i, line) in read(&file).lines().enumerate() {
            if line.contains("target_arch") || line.contains("target_family") {
                broken.push(format!("{}:{}", file.display(), i + 1));
            }
        }
    }
    none(&broken);
}

#[test]
fn every_file_begins_with_its_documentation() {
    let mut broken = Vec::new();
    for folder in ACYCLIC.iter().chain(&["src"]) {
        for file in rust_files(&root().join(folder)) {
            if !read(&file).starts_with("//! ") {
                broken.push(format!("{}: begin with `//!`", file.display()));
            }
        }
    }
    none(&broken);
}

#[test]
fn colours_stand_in_the_tokens_only() {
    let mut broken = Vec::new();
    for name in ["base.css", "app.css", "sections.css", "theory.css"] {
        for (i, line) in read(&root().join("style").join(name)).lines().enumerate() {
            // The text before the first "#" is no colour.
            let hex = line
                .split('#')
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
    let palette = read(&root().join("crates/plot/src/paper_palette.rs"));
    let tokens = read(&root().join("style/tokens.css"));
    let names: Vec<&str> = palette
        .split('"')
        .filter(|text| text.starts_with("--") && !text.contains(':'))
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
fn files_of_a_crate_use_each_other_in_one_direction() {
    let mut broken = Vec::new();
    for folder in ACYCLIC {
        let graph = Sources::read(&root().join(folder));
        assert!(graph.modules.len() > 5, "{folder} has no sources");
        for circle in circles(&graph.edges()) {
            broken.push(format!("{folder}: {}", circle.join(" -> ")));
        }
    }
    none(&broken);
}

#[test]
fn folders_of_the_page_use_each_other_in_one_direction() {
    const LAYERS: [&str; 4] = ["browser", "state", "actions", "views"];
    let mut broken = Vec::new();
    for (at, layer) in LAYERS.iter().enumerate() {
        for file in rust_files(&root().join("src").join(layer)) {
            let text = read(&file);
            let above = LAYERS[at + 1..].iter();
            for above in above.filter(|above| text.contains(&format!("crate::{above}"))) {
                broken.push(format!("{} must not use {above}", file.display()));
            }
        }
    }
    none(&broken);
}

#[test]
fn the_circle_test_sees_every_kind_of_path() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let sources = |child: &str| {
        Sources::new([
            file("lib.rs", "mod a; mod b; pub use a::{Top, helper};"),
            file(
                "a/mod.rs",
                "mod deep; pub struct Top; pub fn helper() {} pub use deep::Low;",
            ),
            file("a/deep.rs", child),
            file("b.rs", "use crate::a::Low;"),
        ])
    };
    for (child, has_circle) in [
        ("pub struct Low;", false),
        ("pub struct Low; use super::super::b::Other;", false),
        ("pub struct Low; use crate::{b};", true),
        ("pub struct Low; fn f() { crate::b::g(); }", true),
        ("pub struct Low; fn f() -> super::super::b::Deep {}", true),
        (
            "pub struct Low; #[cfg(test)] mod tests { use crate::b; }",
            false,
        ),
    ] {
        let mut sources = sources(child);
        sources.define("b", ["g", "Deep"]);
        assert_eq!(!circles(&sources.edges()).is_empty(), has_circle, "{child}");
    }
}

/// The files of a crate with what each defines, passes on and uses.
struct Sources {
    modules: BTreeMap<Vec<String>, Module>,
}

#[derive(Default)]
struct Module {
    file: String,
    defined: BTreeSet<String>,
    /// Imports by the name that they have here, as absolute paths.
    imports: BTreeMap<String, Vec<String>>,
    /// Modules whose names are all imported.
    globs: Vec<Vec<String>>,
    /// Absolute paths that the code uses.
    used: Vec<Vec<String>>,
}

impl Sources {
    fn read(folder: &Path) -> Self {
        Self::new(rust_files(folder).into_iter().map(|file| {
            let name = file.strip_prefix(folder).expect("below the folder");
            (name.display().to_string(), read(&file))
        }))
    }

    fn new(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut modules = BTreeMap::new();
        for (name, text) in files {
            let stem = name.trim_end_matches(".rs");
            let mut path: Vec<String> = stem.split('/').map(str::to_owned).collect();
            if matches!(
                path.last().map(String::as_str),
                Some("mod" | "lib" | "main")
            ) {
                path.pop();
            }
            let parsed = syn::parse_file(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            let mut reader = Reader {
                path: path.clone(),
                module: Module {
                    file: name,
                    ..Module::default()
                },
            };
            reader.visit_file(&parsed);
            modules.insert(path, reader.module);
        }
        Self { modules }
    }

    fn define<const N: usize>(&mut self, module: &str, names: [&str; N]) {
        let module = self
            .modules
            .get_mut(&[module.to_owned()][..])
            .expect("a module");
        module.defined.extend(names.map(str::to_owned));
    }

    /// The file that defines what a path names.
    fn file_of(&self, path: &[String], depth: usize) -> Option<&str> {
        let mut at = Vec::new();
        for (i, name) in path.iter().enumerate() {
            let module = self.modules.get(&at)?;
            let mut child = at.clone();
            child.push(name.clone());
            if self.modules.contains_key(&child) {
                at = child;
                continue;
            }
            if module.defined.contains(name) {
                return Some(&module.file);
            }
            let through = |target: &[String]| {
                let whole: Vec<String> = target.iter().chain(&path[i + 1..]).cloned().collect();
                (depth < 16).then(|| self.file_of(&whole, depth + 1))?
            };
            if let Some(target) = module.imports.get(name) {
                return through(target);
            }
            return module.globs.iter().find_map(|glob| {
                let mut target = glob.clone();
                target.push(name.clone());
                through(&target)
            });
        }
        self.modules.get(&at).map(|module| module.file.as_str())
    }

    /// Which file uses which other.
    fn edges(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for module in self.modules.values() {
            let targets = module.used.iter().filter_map(|path| self.file_of(path, 0));
            let others = targets.filter(|file| *file != module.file);
            out.entry(&module.file).or_default().extend(others);
        }
        out
    }
}

/// Collects the names and paths of one file. Code for tests is left out: it may use anything.
struct Reader {
    path: Vec<String>,
    module: Module,
}

impl Reader {
    /// The path from the crate's root; `None` for another crate's.
    fn absolute(&self, names: &[String]) -> Option<Vec<String>> {
        let mut at = self.path.clone();
        let mut names = names.iter().peekable();
        match names.peek()?.as_str() {
            "crate" => {
                at.clear();
                names.next();
            }
            "self" => {
                names.next();
            }
            "super" => {
                while names.next_if(|name| *name == "super").is_some() {
                    at.pop()?;
                }
            }
            _ => return None,
        }
        at.extend(names.cloned());
        Some(at)
    }

    fn import(&mut self, tree: &syn::UseTree, before: &[String], is_passed_on: bool) {
        let with = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => {
                self.import(&path.tree, &with(&path.ident), is_passed_on);
            }
            syn::UseTree::Group(group) => {
                for item in &group.items {
                    self.import(item, before, is_passed_on);
                }
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                let own = before.last().cloned().unwrap_or_default();
                self.note(own, before, is_passed_on);
            }
            syn::UseTree::Name(name) => {
                self.note(name.ident.to_string(), &with(&name.ident), is_passed_on);
            }
            syn::UseTree::Rename(renamed) => {
                let path = with(&renamed.ident);
                self.note(renamed.rename.to_string(), &path, is_passed_on);
            }
            syn::UseTree::Glob(_) => {
                if let Some(path) = self.import_path(before) {
                    if !is_passed_on {
                        self.module.used.push(path.clone());
                    }
                    self.module.globs.push(path);
                }
            }
        }
    }

    /// An import may begin with a child module's name.
    fn import_path(&self, names: &[String]) -> Option<Vec<String>> {
        let relative = || [&self.path[..], names].concat();
        self.absolute(names).or_else(|| Some(relative()))
    }

    fn note(&mut self, name: String, path: &[String], is_passed_on: bool) {
        let Some(path) = self.import_path(path) else {
            return;
        };
        if !is_passed_on {
            self.module.used.push(path.clone());
        }
        self.module.imports.insert(name, path);
    }

    fn define(&mut self, name: &impl ToString) {
        self.module.defined.insert(name.to_string());
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
    })
}

impl<'a> Visit<'a> for Reader {
    fn visit_item(&mut self, item: &'a syn::Item) {
        use syn::Item as I;
        let attributes = match item {
            I::Mod(i) => &i.attrs,
            I::Use(i) => &i.attrs,
            I::Fn(i) => &i.attrs,
            I::Impl(i) => &i.attrs,
            I::Const(i) => &i.attrs,
            _ => &vec![],
        };
        if is_for_tests(attributes) {
            return;
        }
        match item {
            I::Use(i) => {
                let is_passed_on = !matches!(i.vis, syn::Visibility::Inherited);
                self.import(&i.tree, &[], is_passed_on);
                return;
            }
            I::Const(i) => self.define(&i.ident),
            I::Enum(i) => self.define(&i.ident),
            I::Fn(i) => self.define(&i.sig.ident),
            I::Static(i) => self.define(&i.ident),
            I::Struct(i) => self.define(&i.ident),
            I::Trait(i) => self.define(&i.ident),
            I::Type(i) => self.define(&i.ident),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    /// The path of `pub(super)` says who may use an item, not what the item uses.
    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}

    fn visit_path(&mut self, path: &'a syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        // A child module's name begins a path too; other first names are imports, which were noted.
        if let Some(absolute) = self.absolute(&names) {
            self.module.used.push(absolute);
        } else if names.len() > 1 {
            self.module.used.push([&self.path[..], &names].concat());
        }
        visit::visit_path(self, path);
    }
}

/// The circles of a graph: each as its files, smallest first.
fn circles<'a>(edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<Vec<&'a str>> {
    let reached = |from: &'a str| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            for next in edges.get(at).into_iter().flatten() {
                if seen.insert(*next) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|file| (*file, reached(file))).collect();
    let mut out: Vec<Vec<&str>> = Vec::new();
    for (file, seen) in &reach {
        let circle: Vec<&str> = seen
            .iter()
            .copied()
            .filter(|other| reach[other].contains(file))
            .collect();
        if !circle.is_empty() && !out.contains(&circle) {
            out.push(circle);
        }
    }
    out
}
