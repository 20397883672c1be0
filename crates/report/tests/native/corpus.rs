//! Real files of other programs: each is decoded or rejected with one sentence, and none panics. `manifest.rs` checks their values.

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

/// Returns the number of files below a folder, and the name and error of each rejected one.
fn rejections(folder: &Path) -> (usize, Vec<(String, String)>) {
    let (mut count, mut out) = (0, Vec::new());
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            let (more, rejected) = rejections(&path);
            count += more;
            out.extend(rejected);
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
fn every_file_is_decoded_or_rejected_with_one_sentence() {
    let Some(folder) = corpus() else { return };
    let (count, rejected) = rejections(&folder);
    assert!(count > 300, "{count} files");
    for (name, text) in rejected {
        let whole = text.contains("; expected ") && text.contains(": ") && !text.contains('\n');
        assert!(whole, "{name}: {text}");
    }
}
