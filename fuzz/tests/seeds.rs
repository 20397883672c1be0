//! Every file that the fuzzer starts from, through every target, within the budget of memory. A file that the fuzzer found lies among
//! the fixtures, and so stays found.

use std::fs;
use std::path::{Path, PathBuf};

use fathom_fuzz::{TARGETS, memory};

#[global_allocator]
static ALLOCATOR: memory::Counted = memory::Counted;

fn below(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, out);
        } else {
            out.push(path);
        }
    }
}

// One test alone: memory is counted for the whole program.
#[test]
fn every_seed_keeps_every_promise() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    below(&here.join("../tests/fixtures"), &mut files);
    below(&here.join("seeds"), &mut files);
    assert!(files.len() > 100, "the fixtures are gone");
    for file in files {
        let bytes = fs::read(&file).expect("a file");
        for target in TARGETS {
            println!("{} as {}", file.display(), target.name);
            target.feed(&bytes);
        }
    }
}
