//! Every fixture decodes to what numpy says is in it, or is refused with the sentence that fits; no cut or flipped byte panics or
//! breaks the one line of an error.

use std::fs;
use std::path::{Path, PathBuf};

use fathom::decode::{Limits, decode};
use fathom::depth::{RawMap, Samples};
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
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn expected() -> Expected {
    let text = fs::read_to_string(folder().join("expected.json")).expect("expected.json");
    serde_json::from_str(&text).expect("expected.json holds what its script writes")
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).expect("a fixture")
}

fn values(map: &RawMap) -> Vec<f64> {
    match &map.samples {
        Samples::U16(a) => a.iter().map(|&v| f64::from(v)).collect(),
        Samples::F32(a) => a.iter().map(|&v| f64::from(v)).collect(),
        Samples::F64(a) => a.iter().copied().collect(),
    }
}

/// JSON has no NaN and no infinity, so the script writes them as text.
fn number(value: &serde_json::Value) -> f64 {
    value
        .as_f64()
        .or_else(|| value.as_str()?.parse().ok())
        .expect("a number")
}

fn check(name: &str, expected: &ExpectedMap) -> Result<(), String> {
    let map = decode(&bytes(name), &Limits::default()).map_err(|e| format!("{name}: {e}"))?;
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
fn every_map_holds_numpys_values() {
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
fn every_unsuitable_file_is_refused_in_one_sentence_that_fits() {
    let mut failures = Vec::new();
    for (name, why) in expected().refused {
        match decode(&bytes(&name), &Limits::default()) {
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

#[test]
fn equal_colour_channels_are_read_with_a_notice() {
    let map = decode(&bytes("equal_rgb8.png"), &Limits::default()).expect("grey");
    assert_eq!(map.notices.len(), 1);
}

#[test]
fn a_limit_on_pixels_holds_before_anything_is_decoded() {
    let limits = Limits { max_pixels: 7 };
    for name in ["le_f4.npy", "grey16.png"] {
        let error = decode(&bytes(name), &limits).expect_err("over the limit");
        assert!(error.to_string().contains("at most 7"), "{error}");
    }
}

#[test]
fn a_file_cut_anywhere_is_an_error_or_the_same_map() {
    for name in expected().maps.keys() {
        let whole = bytes(name);
        let map = decode(&whole, &Limits::default()).expect("a fixture");
        for end in 0..whole.len() {
            if let Ok(cut) = decode(&whole[..end], &Limits::default()) {
                // NaN is not equal to itself; its bits are what must agree.
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
        for name in expected.maps.keys().chain(expected.refused.keys()) {
            let mut data = bytes(name);
            for &(place, value) in &at {
                let index = (place * data.len() as f64) as usize;
                if let Some(byte) = data.get_mut(index) {
                    *byte = value;
                }
            }
            if let Err(error) = decode(&data, &Limits::default()) {
                let text = error.to_string();
                prop_assert!(!text.contains('\n'), "{}: {}", name, text);
            }
        }
    }

    #[test]
    fn any_bytes_behind_a_signature_never_panic(tail in prop::collection::vec(any::<u8>(), 0..300)) {
        for magic in [&b"\x93NUMPY\x01\x00"[..], b"\x93NUMPY\x02\x00", b"\x89PNG\r\n\x1a\n", b""] {
            let _ = decode(&[magic, &tail].concat(), &Limits::default());
        }
    }
}
