//! The download before the page is drawn, and until every section can be used, compressed by brotli at its highest level.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::files;
use crate::project::dist;
use crate::site::Quality;

/// The limit of the first program: what a visit fetches before the page is drawn. The goal is 450 KB; the views of all sections are in it.
const FIRST_LIMIT_BYTES: usize = 1020 * KB;

/// The limit of everything until every section can be used, the workers' program included. The goal is 1,024 KB.
const ALL_LIMIT_BYTES: usize = 1660 * KB;

/// The limit of the program of a network's workers, which is fetched with the first model.
const NETWORK_LIMIT_BYTES: usize = 1300 * KB;

/// The limits of a quick build, in percent of the full ones: it has no link-time optimisation and no wasm-opt. The check finds a large
/// dependency early; a full build decides.
const QUICK_PERCENT: usize = 190;

const KB: usize = 1024;

/// Beginnings of the names of files that are fetched after the page is drawn: the program of the workers.
const LATER: [&str; 1] = ["fathom-engine-wasm"];

/// The same for the program of a network's workers.
const NETWORK: [&str; 1] = ["fathom-network-wasm"];

/// Beginnings of the names of files that no section needs: the offline copy, and the theory, which is a separate page.
const BESIDE: [&str; 4] = ["offline.js", "sw.js", "theory", "tokens.css"];

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
    weights.retain(|weight| !begins_with(&weight.file, &BESIDE));
    let (network, weights): (Vec<Weight>, Vec<Weight>) = weights
        .into_iter()
        .partition(|weight| begins_with(&weight.file, &NETWORK));
    let (later, first): (Vec<Weight>, Vec<Weight>) = weights
        .into_iter()
        .partition(|weight| begins_with(&weight.file, &LATER));
    let sum = |weights: &[Weight], bytes: fn(&Weight) -> usize| weights.iter().map(bytes).sum();
    let plain = |weight: &Weight| weight.plain_bytes;
    let brotli = |weight: &Weight| weight.brotli_bytes;
    let first_bytes: usize = sum(&first, brotli);
    let all_bytes = first_bytes + sum(&later, brotli);
    let network_bytes: usize = sum(&network, brotli);
    let limits = [FIRST_LIMIT_BYTES, ALL_LIMIT_BYTES, NETWORK_LIMIT_BYTES];
    let limits = limits.map(|limit| limit_bytes(quality, limit));
    let what = format!(
        "before the page is drawn, of {} allowed",
        kilobytes(limits[0])
    );
    let first_plain = sum(&first, plain);
    line(first_plain, first_bytes, &what);
    let what = format!(
        "until every section can be used, of {} allowed",
        kilobytes(limits[1])
    );
    line(first_plain + sum(&later, plain), all_bytes, &what);
    let what = format!("with the first model, of {} allowed", kilobytes(limits[2]));
    line(sum(&network, plain), network_bytes, &what);
    judge(first.len(), first_bytes, limits[0])?;
    judge(first.len(), all_bytes, limits[1])?;
    judge(network.len(), network_bytes, limits[2])
}

fn limit_bytes(quality: Quality, limit: usize) -> usize {
    match quality {
        Quality::Quick => limit * QUICK_PERCENT / 100,
        Quality::Full => limit,
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

fn begins_with(file: &Path, names: &[&str]) -> bool {
    let begins = |file: &str| names.iter().any(|name| file.starts_with(name));
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

    use super::{
        FIRST_LIMIT_BYTES, LATER, begins_with, brotli_bytes, is_fetched, judge, kilobytes, weigh,
    };
    use crate::project::Scratch;

    #[test]
    fn sizes_are_rounded_up() {
        for (bytes, expected) in [
            (0, "0.0"),
            (1, "0.1"),
            (1024, "1.0"),
            (1025, "1.1"),
            (FIRST_LIMIT_BYTES, "1020.0"),
        ] {
            assert_eq!(kilobytes(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert!(judge(1, FIRST_LIMIT_BYTES, FIRST_LIMIT_BYTES).is_ok());
        assert!(judge(1, FIRST_LIMIT_BYTES + 1, FIRST_LIMIT_BYTES).is_err());
        assert!(
            judge(0, 0, FIRST_LIMIT_BYTES).is_err(),
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
    fn the_engine_comes_later() {
        assert!(begins_with(Path::new("fathom-engine-wasm_bg.wasm"), &LATER));
        assert!(!begins_with(Path::new("fathom-5de0b511_bg.wasm"), &LATER));
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
