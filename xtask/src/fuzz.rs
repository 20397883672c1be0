//! Fuzzing: random files for every reader of untrusted bytes, for a fixed time.
//!
//! libFuzzer, which is a crate, makes the files, guided by the code that they reach. The stable compiler measures that coverage, so
//! only a C++ compiler is installed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use crate::failure::{Failure, Outcome};
use crate::process::Program;
use crate::project::{cannot_write, data, root, target};
use crate::{files, toolchain};

/// The default time of each target.
pub(crate) const DEFAULT_TIME: Duration = Duration::from_secs(60);

/// The targets, with the endings of the files that each starts from. `fuzz/src/targets.rs` describes them.
const TARGETS: [(&str, &[&str]); 19] = [
    ("png", &["png"]),
    ("npy", &["npy"]),
    ("npz", &["npy"]),
    ("zip", &["zip", "npz"]),
    ("gzip", &["gz"]),
    ("pnm", &["pgm", "pfm"]),
    ("exr", &["exr"]),
    ("tiff", &["tif", "tiff"]),
    ("hdf5", &["h5", "mat"]),
    ("sintel", &[]),
    ("ros", &["png"]),
    ("tensor-proto", &[]),
    ("dump", &["raw"]),
    ("link", &[]),
    ("names", &[]),
    ("part", &[]),
    ("onnx", &["onnx"]),
    ("image", &["jpg", "webp", "png"]),
    ("tensor", &["npy", "npz"]),
];

/// The longest file that is made or started from: larger files are slow, and reach no more code.
const LONGEST: u64 = 64 << 10;

/// Seconds after which a file counts as endless.
const TIMEOUT_S: u32 = 10;

/// Compiler flags for libFuzzer: counters of the reached code, and the compared values.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Runs every target for this time; reports the failed ones at the end.
///
/// # Errors
/// If one failed, or the fuzzer cannot be built.
pub(crate) fn run(time: Duration) -> Outcome {
    toolchain::ensure_cpp_compiler()?;
    let fuzzer = build()?;
    let mut failed = Vec::new();
    for (name, endings) in TARGETS {
        println!("\n== {name}, {} s", time.as_secs());
        if let Err(failure) = feed(&fuzzer, name, endings, time) {
            println!("{failure}.");
            failed.push(name);
        }
    }
    if failed.is_empty() {
        println!("\nall {} targets passed", TARGETS.len());
        return Ok(());
    }
    Err(Failure::new(
        format!("{} of {} targets failed", failed.len(), TARGETS.len()),
        format!("the output above describes {}", failed.join(", ")),
        format!(
            "correct the code, and keep the file from {} in tests/fixtures/found",
            found().display()
        ),
    ))
}

/// The folder of the runs: files that reached new code, and files that broke a promise.
fn home() -> PathBuf {
    target().join("fuzz-files")
}

fn found() -> PathBuf {
    home().join("found")
}

/// Builds the fuzzer; gives its path.
fn build() -> Outcome<PathBuf> {
    let host = Program::new("rustc")
        .args(["--print", "host-tuple"])
        .output()
        .map_err(|failure| failure.advise("use Rust 1.84 or newer"))?;
    println!("Building the fuzzer, about 3 minutes the first time.");
    // Naming the target keeps the flags away from build scripts, which could not be linked with them.
    let build = ["build", "--quiet", "--package", "fathom-fuzz"];
    let with = ["--features", "libfuzzer", "--profile", "fuzz"];
    Program::new("cargo")
        .args(build)
        .args(with)
        .args(["--target", &host])
        .without_env(&["CARGO_ENCODED_RUSTFLAGS"])
        .env("RUSTFLAGS", COVERAGE)
        .within(&root())
        .run()?;
    let program = format!("fathom-fuzz{}", env::consts::EXE_SUFFIX);
    Ok(target().join(host).join("fuzz").join(program))
}

/// Runs one target.
fn feed(fuzzer: &Path, name: &str, endings: &[&str], time: Duration) -> Outcome {
    let seeds = home().join("seeds").join(name);
    let kept = home().join("kept").join(name);
    for folder in [&kept, &found()] {
        fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    }
    let count = gather(&seeds, name, endings)?;
    println!("It starts from {count} files, and from the files that earlier runs kept.");
    let mut prefix = OsString::from("-artifact_prefix=");
    prefix.push(found().join(format!("{name}-")));
    Program::new(fuzzer)
        .args([&kept, &seeds])
        .args([prefix])
        .args([
            format!("-max_total_time={}", time.as_secs()),
            format!("-max_len={LONGEST}"),
            format!("-timeout={TIMEOUT_S}"),
        ])
        // The program has a memory budget for each file; this one is for all kept files.
        .args(["-rss_limit_mb=6000", "-print_final_stats=1", "-verbosity=0"])
        .env("FATHOM_FUZZ_TARGET", name)
        .run()
}

/// Copies the files that a target starts from into a folder of its own; gives their number.
fn gather(seeds: &Path, name: &str, endings: &[&str]) -> Outcome<usize> {
    let write = |error| cannot_write(seeds, &error);
    if seeds.exists() {
        fs::remove_dir_all(seeds).map_err(write)?;
    }
    fs::create_dir_all(seeds).map_err(write)?;
    let mut from = files::below(&root().join("fuzz").join("seeds").join(name))?;
    let tests = root().join("tests");
    for folder in [
        tests.join("fixtures"),
        tests.join("golden/preprocessing"),
        data().join("files"),
    ] {
        let all = files::below(&folder)?;
        from.extend(all.into_iter().filter(|file| ends_in(file, endings)));
    }
    let is_short = |file: &PathBuf| file.metadata().is_ok_and(|meta| meta.len() <= LONGEST);
    from.retain(is_short);
    for (i, file) in from.iter().enumerate() {
        fs::copy(file, seeds.join(i.to_string())).map_err(write)?;
    }
    Ok(from.len())
}

fn ends_in(file: &Path, endings: &[&str]) -> bool {
    file.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| endings.contains(&ending))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{TARGETS, ends_in, gather};
    use crate::project::{Scratch, root};

    #[test]
    fn every_target_is_one_of_the_fuzzer() {
        let file = root().join("fuzz/src/targets.rs");
        let text = fs::read_to_string(file).expect("the targets");
        assert_eq!(text.matches("    target(\"").count(), TARGETS.len());
        for (name, _) in TARGETS {
            assert!(text.contains(&format!("target(\"{name}\"")), "{name}");
        }
    }

    #[test]
    fn every_target_has_something_to_start_from() {
        let scratch = Scratch::new("seeds-test").expect("temporary files can be written");
        for (name, endings) in TARGETS {
            let count = gather(&scratch.path().join(name), name, endings).expect("files");
            assert!(count > 0, "{name}");
        }
    }

    #[test]
    fn endings_are_whole() {
        assert!(ends_in("a/b.tif".as_ref(), &["tif"]));
        assert!(!ends_in("a/b.tiff".as_ref(), &["tif"]));
        assert!(!ends_in("a/tif".as_ref(), &["tif"]));
    }
}
