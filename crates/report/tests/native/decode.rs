//! Every fixture decodes to the values of numpy or is rejected with the expected error. Cut or changed files never panic, and their errors
//! have one line.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use fathom_core::depth::{RawMap, Samples};
use fathom_decode::zip_archive::Directory;
use fathom_decode::{DecodeError, DecodeOptions, Limits, decode};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Expected {
    maps: BTreeMap<String, ExpectedMap>,
    refused: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct ExpectedMap {
    dtype: String,
    height: usize,
    width: usize,
    values: Vec<serde_json::Value>,
}

fn folder() -> PathBuf {
    crate::common::root().join("tests/fixtures")
}

fn expected() -> Expected {
    let text = fs::read_to_string(folder().join("expected.json")).expect("expected.json");
    serde_json::from_str(&text).expect("expected.json holds what its script writes")
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).expect("a fixture")
}

/// Decodes the first map of a file.
fn only(bytes: &[u8]) -> Result<RawMap, DecodeError> {
    let decoded = decode(bytes, &DecodeOptions::default())?;
    Ok(decoded.maps.into_iter().next().expect("at least one map"))
}

fn values(map: &RawMap) -> Vec<f64> {
    match &map.samples {
        Samples::U16(a) => a.iter().map(|&v| f64::from(v)).collect(),
        Samples::F32(a) => a.iter().map(|&v| f64::from(v)).collect(),
        Samples::F64(a) => a.iter().copied().collect(),
    }
}

/// Converts a JSON value to a number. The script writes NaN and infinity as text, which JSON lacks.
fn number(value: &serde_json::Value) -> f64 {
    value
        .as_f64()
        .or_else(|| value.as_str()?.parse().ok())
        .expect("a number")
}

/// Decodes a map of `expected.json`, named `file`, `file#index` or `file@pick`.
fn decode_named(name: &str) -> Result<RawMap, DecodeError> {
    let (file, pick) = name
        .split_once('@')
        .map_or((name, None), |(f, p)| (f, Some(p)));
    let (file, index) = file
        .split_once('#')
        .map_or((file, 0), |(f, i)| (f, i.parse().expect("an index")));
    let options = DecodeOptions {
        pick,
        ..DecodeOptions::default()
    };
    let decoded = decode(&bytes(file), &options)?;
    Ok(decoded
        .maps
        .into_iter()
        .nth(index)
        .expect("as many maps as numpy has"))
}

fn check(name: &str, expected: &ExpectedMap) -> Result<(), String> {
    let map = decode_named(name).map_err(|e| format!("{name}: {e}"))?;
    let wanted: Vec<f64> = expected.values.iter().map(number).collect();
    let got = values(&map);
    let same = got.len() == wanted.len()
        && got
            .iter()
            .zip(&wanted)
            .all(|(a, b)| a == b || (a.is_nan() && b.is_nan()));
    let facts = (map.dtype.name(), map.height(), map.width());
    if same && facts == (expected.dtype.as_str(), expected.height, expected.width) {
        Ok(())
    } else {
        Err(format!("{name}: {facts:?} {got:?} instead of {wanted:?}"))
    }
}

#[track_caller]
fn no_failures(failures: &[String]) {
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_map_has_the_values_of_numpy() {
    let expected = expected();
    assert!(expected.maps.len() > 30, "the fixtures are gone");
    let failures: Vec<String> = expected
        .maps
        .iter()
        .filter_map(|(name, map)| check(name, map).err())
        .collect();
    no_failures(&failures);
}

#[test]
fn every_unsuitable_file_is_rejected_with_its_error() {
    let mut failures = Vec::new();
    for (name, why) in expected().refused {
        match only(&bytes(&name)) {
            Ok(map) => failures.push(format!("{name} was read as {:?}", map.dtype)),
            Err(error) => {
                let text = error.to_string();
                let whole =
                    text.contains(&why) && text.contains("; expected ") && text.contains(": ");
                if !whole || text.contains('\n') {
                    failures.push(format!(
                        "{name}: {text:?} lacks {why:?} or is no whole sentence"
                    ));
                }
            }
        }
    }
    no_failures(&failures);
}

/// Files of fixed bugs that the fuzzer found. `fuzz/tests/seeds.rs` tests them against the memory budget.
#[test]
fn every_file_of_the_fuzzer_is_decoded_or_rejected_with_one_sentence() {
    let found = fs::read_dir(folder().join("found")).expect("the found files");
    let names: Vec<String> = found
        .flatten()
        .map(|entry| format!("found/{}", entry.file_name().display()))
        .collect();
    assert!(!names.is_empty(), "the found files are gone");
    let wrong = |name: &String| {
        let text = only(&bytes(name)).err()?.to_string();
        let whole = text.contains("; expected ") && text.contains(": ");
        let fair = text.chars().count() < 500 && !text.contains(char::is_control);
        (!whole || !fair).then(|| format!("{name}: {text}"))
    };
    let failures: Vec<String> = names.iter().filter_map(wrong).collect();
    no_failures(&failures);
}

#[test]
fn names_with_control_characters_are_shown_on_one_line_and_can_be_picked() {
    let data = bytes("found/control_character_in_a_name.exr");
    let choice = decode(&data, &DecodeOptions::default())
        .expect("readable")
        .choice
        .expect("several channels");
    for offer in choice.candidates {
        assert!(!offer.name.contains(char::is_control), "{offer:?}");
        let options = DecodeOptions {
            pick: Some(&offer.name),
            ..DecodeOptions::default()
        };
        // Other parts of the file are damaged; only an unknown channel would be wrong.
        let error = decode(&data, &options).err().map(|e| e.to_string());
        assert!(!error.is_some_and(|e| e.contains("it holds")), "{offer:?}");
    }
}

#[test]
fn equal_colour_channels_are_read_with_a_notice() {
    let map = only(&bytes("equal_rgb8.png")).expect("grey");
    assert_eq!(map.notices.len(), 1);
}

#[test]
fn choices_list_the_candidates_and_their_certainty() {
    let rows = [
        ("deflated.npz", &["K", "depth"][..], "depth", true),
        ("unsure.npz", &["first", "second"], "first", false),
        ("layers.exr", &["B", "G", "R", "Z", "normal.Z"], "Z", true),
        ("colour_rgb.exr", &["B", "G", "R"], "R", false),
        ("grey_rgb.exr", &["B", "G", "R"], "R", true),
        (
            "parts.exr",
            &["beauty: B", "beauty: G", "beauty: R", "depth: Z"],
            "depth: Z",
            true,
        ),
    ];
    let mut failures = Vec::new();
    for (name, offers, taken, sure) in rows {
        let choice = decode(&bytes(name), &DecodeOptions::default())
            .expect("readable")
            .choice
            .expect("a choice");
        let names: Vec<&str> = choice.candidates.iter().map(|o| o.name.as_str()).collect();
        if (names.as_slice(), names[choice.selected], choice.is_certain) != (offers, taken, sure) {
            failures.push(format!("{name}: {choice:?}"));
        }
    }
    no_failures(&failures);
}

#[test]
fn the_nodata_tag_is_read() {
    assert_eq!(
        only(&bytes("nodata_f4.tif")).expect("readable").nodata,
        Some(-9999.0)
    );
}

#[test]
fn a_cached_header_is_not_used_for_another_file() {
    let all = expected().maps;
    let names = || all.keys().filter(|name| name.ends_with(".npy"));
    // A new thread has no cached header.
    let alone = |name: &String| {
        let bytes = bytes(name);
        let thread =
            std::thread::spawn(move || format!("{:?}", decode(&bytes, &DecodeOptions::default())));
        thread.join().expect("a result")
    };
    let alone: Vec<String> = names().map(alone).collect();
    assert!(alone.len() > 3);
    // Every ordered pair of files: a cached header must not be used for another file.
    for first in names() {
        for (second, expected) in names().zip(&alone) {
            drop(decode(&bytes(first), &DecodeOptions::default()));
            let got = decode(&bytes(second), &DecodeOptions::default());
            assert_eq!(format!("{got:?}"), *expected, "{second} after {first}");
        }
    }
}

#[test]
fn an_archive_lists_its_files_and_unpacks_each() {
    let limits = Limits::default();
    let zip = bytes("set.zip");
    let directory = Directory::read(Cursor::new(&zip), &limits).expect("a list");
    let members = &directory.members;
    let paths: Vec<&str> = members.iter().map(|m| m.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "set/gt/1.png",
            "set/gt/2.png",
            "set/fp32/1.npy",
            "up/readme.txt"
        ]
    );
    for member in &members[..3] {
        let data = directory
            .extract(Cursor::new(&zip), member.index, &limits)
            .expect("a file");
        assert_eq!(data.len() as u64, member.bytes);
        only(&data).expect("a map");
    }
    let few = Limits {
        max_members: 2,
        ..limits
    };
    let error = Directory::read(Cursor::new(&zip), &few).expect_err("too many");
    assert!(error.to_string().contains("expected at most 2"), "{error}");
    let small = Limits {
        max_unpacked: 10,
        ..limits
    };
    let error = directory
        .extract(Cursor::new(&zip), 0, &small)
        .expect_err("too large");
    assert!(
        error.to_string().contains("unpacks to more than"),
        "{error}"
    );
}

#[test]
fn the_pixel_limit_is_checked_before_decoding() {
    let options = DecodeOptions {
        limits: Limits {
            max_pixels: 7,
            ..Limits::default()
        },
        pick: None,
    };
    for name in ["le_f4.npy", "grey16.png"] {
        let error = decode(&bytes(name), &options).expect_err("over the limit");
        assert!(error.to_string().contains("at most 7"), "{error}");
    }
}

#[test]
fn a_file_cut_anywhere_is_an_error_or_the_same_map() {
    for name in expected().maps.keys().filter(|n| !n.contains(['#', '@'])) {
        // A text file does not show that the last digit of its last number is missing.
        if name == "plain.pgm" {
            continue;
        }
        let whole = bytes(name);
        // Every cut of a large file would take minutes.
        let step = 1 + whole.len() / 500;
        let map = only(&whole).expect("a fixture");
        for end in (0..whole.len()).step_by(step) {
            if let Ok(cut) = only(&whole[..end]) {
                // Compares bits, because NaN is not equal to itself.
                let bits = |m: &RawMap| values(m).iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&cut), bits(&map), "{name} cut at {end}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn flipped_bytes_never_panic(at in prop::collection::vec((0.0_f64..1.0, any::<u8>()), 1..6)) {
        let expected = expected();
        let files = expected.maps.keys().filter(|n| !n.contains(['#', '@']));
        for name in files.chain(expected.refused.keys()) {
            let mut data = bytes(name);
            for &(share, value) in &at {
                let index = (share * data.len() as f64) as usize;
                if let Some(byte) = data.get_mut(index) {
                    *byte = value;
                }
            }
            if let Err(error) = only(&data) {
                let text = error.to_string();
                prop_assert!(!text.contains('\n'), "{}: {}", name, text);
            }
        }
    }

    #[test]
    fn any_bytes_after_a_signature_never_panic(tail in prop::collection::vec(any::<u8>(), 0..300)) {
        let magics = [
            &b"\x93NUMPY\x01\x00"[..], b"\x93NUMPY\x02\x00", b"\x89PNG\r\n\x1a\n", b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08",
            b"II+\0\x08\0\0\0", b"v/1\x01\x02\0\0\0", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"P5 ", b"P2\n", b"Pf\n",
        ];
        for magic in magics {
            let _ = only(&[magic, &tail].concat());
        }
    }
}
