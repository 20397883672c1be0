//! Files that nobody here wrote, where they lie beside the checkout: every one is read or refused in a sentence, none
//! panics. What is in them is held against their list in `manifest.rs`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use fathom_decode::{DecodeOptions, decode};

fn corpus() -> Option<PathBuf> {
    let folder = env::var_os("FATHOM_DATA").map_or_else(
        || crate::common::root().join("../shared/data"),
        PathBuf::from,
    );
    if folder.join("files").is_dir() {
        return Some(folder);
    }
    println!("skipped: no real files at {}", folder.display());
    None
}

/// The files below a folder that were refused, each with the sentence; and how many there are in all.
fn refusals(folder: &Path) -> (usize, Vec<(String, String)>) {
    let (mut count, mut out) = (0, Vec::new());
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            let (more, refused) = refusals(&path);
            count += more;
            out.extend(refused);
            continue;
        }
        let bytes = fs::read(&path).expect("a file");
        count += 1;
        if let Err(error) = decode(&bytes, &DecodeOptions::default()) {
            out.push((path.display().to_string(), error.to_string()));
        }
    }
    (count, out)
}

#[test]
fn every_file_is_read_or_refused_in_one_sentence() {
    let Some(folder) = corpus() else { return };
    let (count, refused) = refusals(&folder);
    assert!(count > 300, "{count} files");
    for (name, text) in refused {
        let whole = text.contains("; expected ") && text.contains(": ") && !text.contains('\n');
        assert!(whole, "{name}: {text}");
    }
}
