//! The download of a first visit and of the files that the page fetches later, compressed by brotli at its highest level.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::files;
use crate::project::dist;
use crate::site::Quality;

/// The limit of a first visit, workers included: 380 KB take a second on a slow mobile line (3 Mbit/s). With a larger limit visitors
/// would wait longer; a smaller one would exclude features that users asked for.
const LIMIT_BYTES: usize = 380 * KB;

/// The limit of a quick build, in percent of [`LIMIT_BYTES`]. Without link-time optimisation and wasm-opt a first visit is 86 % larger;
/// 4 % are left for changes of that ratio. The check finds a large dependency early; a full build decides.
const QUICK_PERCENT: usize = 190;

const KB: usize = 1024;

/// Beginnings of the names of files that are fetched after the first paint: the study, the readers, the service worker. The theory is
/// a separate page.
const LATER: [&str; 7] = [
    "fathom-readers",
    "fathom-study",
    "offline.js",
    "study",
    "sw.js",
    "theory",
    "tokens.css",
];

/// Names' ends of the files that a browser fetches to show the page.
const FETCHED: [&str; 8] = ["html", "css", "js", "mjs", "wasm", "svg", "ico", "woff2"];

/// A file and its two sizes.
struct Weight {
    file: PathBuf,
    plain_bytes: usize,
    brotli_bytes: usize,
}

/// Prints the sizes of the built site.
///
/// # Errors
/// If the site is over the limit of its quality, or there is none.
pub(crate) fn report(quality: Quality) -> Outcome {
    let limit = limit_bytes(quality);
    let mut weights = weigh(&dist())?;
    weights.sort_by_key(|weight| std::cmp::Reverse(weight.brotli_bytes));
    let line = |plain, brotli, what: &str| {
        println!("{:>10} {:>10}  {what}", kilobytes(plain), kilobytes(brotli));
    };
    println!("{:>10} {:>10}  file", "KB plain", "KB brotli");
    for weight in &weights {
        let name = weight.file.display().to_string();
        line(weight.plain_bytes, weight.brotli_bytes, &name);
    }
    let (later, first): (Vec<Weight>, Vec<Weight>) = weights
        .into_iter()
        .partition(|weight| is_later(&weight.file));
    let sum = |weights: &[Weight], bytes: fn(&Weight) -> usize| weights.iter().map(bytes).sum();
    let plain = |weight: &Weight| weight.plain_bytes;
    let brotli = |weight: &Weight| weight.brotli_bytes;
    let total = sum(&first, brotli);
    let allowed = format!("in a first visit, of {} allowed", kilobytes(limit));
    line(sum(&first, plain), total, &allowed);
    line(
        sum(&later, plain),
        sum(&later, brotli),
        "later, the programs for the first file included",
    );
    judge(first.len(), total, limit)
}

fn limit_bytes(quality: Quality) -> usize {
    match quality {
        Quality::Quick => LIMIT_BYTES * QUICK_PERCENT / 100,
        Quality::Full => LIMIT_BYTES,
    }
}

fn judge(count: usize, total_bytes: usize, limit: usize) -> Outcome {
    if count == 0 {
        return Err(Failure::new(
            "cannot measure the site",
            "dist holds no page",
            "run `cargo xtask build`",
        ));
    }
    if total_bytes > limit {
        let why = format!(
            "{} KB of {} KB allowed",
            kilobytes(total_bytes),
            kilobytes(limit)
        );
        return Err(Failure::new(
            "the download is too large",
            why,
            "make it smaller: the table above lists every file",
        ));
    }
    Ok(())
}

fn is_later(file: &Path) -> bool {
    let begins = |name: &str| LATER.iter().any(|later| name.starts_with(later));
    file.to_str().is_some_and(begins)
}

fn weigh(site: &Path) -> Outcome<Vec<Weight>> {
    let fetched = files::below(site)?
        .into_iter()
        .filter(|file| is_fetched(file));
    fetched.map(|file| weigh_file(site, &file)).collect()
}

fn weigh_file(site: &Path, file: &Path) -> Outcome<Weight> {
    let contents = files::read(file)?;
    Ok(Weight {
        file: file.strip_prefix(site).unwrap_or(file).to_path_buf(),
        plain_bytes: contents.len(),
        brotli_bytes: brotli_bytes(&contents)?,
    })
}

fn is_fetched(file: &Path) -> bool {
    file.extension()
        .and_then(|end| end.to_str())
        .is_some_and(|end| FETCHED.contains(&end))
}

/// The compressed size at quality 11 with the window of 4 MB (2^22) that servers use.
fn brotli_bytes(contents: &[u8]) -> Outcome<usize> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*contents, &mut compressed, &params).map_err(|error| {
        Failure::new(
            "cannot measure the site",
            error.to_string(),
            "report it as a bug of xtask",
        )
    })?;
    Ok(compressed.len())
}

/// Bytes in KB with one decimal, rounded up so that nothing over a limit reads as if it were within.
fn kilobytes(bytes: usize) -> String {
    let tenths = (bytes * 10).div_ceil(KB);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{LIMIT_BYTES, brotli_bytes, is_fetched, is_later, judge, kilobytes, weigh};
    use crate::project::Scratch;

    #[test]
    fn sizes_are_rounded_up() {
        for (bytes, expected) in [
            (0, "0.0"),
            (1, "0.1"),
            (1024, "1.0"),
            (1025, "1.1"),
            (LIMIT_BYTES, "380.0"),
        ] {
            assert_eq!(kilobytes(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert!(judge(1, LIMIT_BYTES, LIMIT_BYTES).is_ok());
        assert!(judge(1, LIMIT_BYTES + 1, LIMIT_BYTES).is_err());
        assert!(
            judge(0, 0, LIMIT_BYTES).is_err(),
            "an empty site is no site"
        );
    }

    #[test]
    fn only_what_the_browser_fetches_counts() {
        for (name, expected) in [
            ("a.wasm", true),
            ("a.html", true),
            ("sw.mjs", true),
            ("a.d.ts", false),
            ("a.map", false),
        ] {
            assert_eq!(is_fetched(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn the_readers_come_later() {
        assert!(is_later(Path::new("fathom-readers_bg.wasm")));
        assert!(!is_later(Path::new("fathom-5de0b511_bg.wasm")));
    }

    #[test]
    fn a_site_is_weighed_file_by_file() {
        let scratch = Scratch::new("size-test").expect("temporary files can be written");
        fs::create_dir(scratch.path().join("snippets")).expect("folder");
        fs::write(scratch.path().join("index.html"), "a".repeat(10_000)).expect("file");
        fs::write(scratch.path().join("snippets/b.js"), "b").expect("file");
        fs::write(scratch.path().join("notes.txt"), "not fetched").expect("file");
        let weights = weigh(scratch.path()).expect("readable");
        let sizes: Vec<_> = weights.iter().map(|weight| weight.plain_bytes).collect();
        assert_eq!(sizes, [10_000, 1]);
        assert!(weights[0].brotli_bytes < 100, "{}", weights[0].brotli_bytes);
    }

    #[test]
    fn brotli_gives_back_what_it_was_given() {
        let text = b"depth depth depth depth".repeat(50);
        let size = brotli_bytes(&text).expect("compressible");
        assert!(size > 5 && size < 60, "{size}");
    }
}
