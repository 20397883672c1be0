//! What must be true of every answer of a reader.

use fathom_core::depth::{Crop, RawMap, Region, SampleKind, guess_scale};
use fathom_core::stats::SampleSummary;
use fathom_decode::{DecodeError, DecodeOptions, Decoded, Limits, decode};
use fathom_engine::MergeError;
use fathom_network::NetworkError;

/// Longest sentence that is still one: it may quote a dozen names from the file.
const LONGEST: usize = 2000;

/// An error is one sentence: what was found, what was expected, what to do.
#[track_caller]
pub(crate) fn one_sentence(error: &DecodeError) {
    let text = error.to_string();
    let whole = text.contains("; expected ") && text.contains(": ");
    assert!(whole && is_one_line(&text), "no whole sentence: {text:?}");
}

/// An error about a network is one sentence with a remedy.
#[track_caller]
pub(crate) fn one_network_sentence(error: &NetworkError) {
    let text = error.to_string();
    let whole = text.contains("; ") && text.ends_with('.');
    assert!(whole && is_one_line(&text), "no whole sentence: {text:?}");
}

/// An error about parts of a set is one sentence.
#[track_caller]
pub(crate) fn one_merge_sentence(error: &MergeError) {
    let text = error.to_string();
    assert!(is_one_line(&text), "no sentence: {text:?}");
}

fn is_one_line(text: &str) -> bool {
    !text.contains(char::is_control) && text.chars().count() <= LONGEST
}

/// Decodes a file.
pub(crate) fn file(bytes: &[u8]) {
    picked(bytes, None);
}

/// Decodes a file of which an array, channel or layout is wanted, and again with each of the first offers picked.
pub(crate) fn picked(bytes: &[u8], pick: Option<&str>) {
    let Some(decoded) = decoded(bytes, pick) else {
        return;
    };
    let offers = decoded.choice.map_or(Vec::new(), |c| c.candidates);
    for offer in offers.iter().take(3) {
        assert!(is_one_line(&offer.name), "a name: {:?}", offer.name);
        let _ = self::decoded(bytes, Some(&offer.name));
    }
}

fn decoded(bytes: &[u8], pick: Option<&str>) -> Option<Decoded> {
    let limits = Limits::default();
    let options = DecodeOptions { limits, pick };
    let decoded = decode(bytes, &options).inspect_err(one_sentence).ok()?;
    assert!(!decoded.maps.is_empty(), "no map and no error");
    if let Some(choice) = &decoded.choice {
        assert!(choice.selected < choice.candidates.len(), "{choice:?}");
    }
    let pixels: usize = decoded.maps.iter().map(|m| m.width() * m.height()).sum();
    assert!(pixels as u64 <= limits.max_pixels, "{pixels} pixels");
    decoded.maps.iter().for_each(map);
    gathered(&decoded);
    Some(decoded)
}

fn map(map: &RawMap) {
    assert!(map.width() * map.height() > 0, "an empty map");
    for notice in &map.notices {
        assert!(is_one_line(notice), "a notice: {notice:?}");
    }
}

/// What the page does next with a map: counts it, and guesses its unit.
fn gathered(decoded: &Decoded) {
    let mut summary = SampleSummary::default();
    let region = Region {
        crop: Crop::Garg,
        mask: None,
    };
    let nodata: Vec<f64> = decoded.maps[0].nodata.into_iter().collect();
    for map in decoded.maps.iter().take(4) {
        let counts = summary.add(map, &region, &nodata);
        let all = counts.positive + counts.invalid.total(&[]);
        assert_eq!(all, (map.width() * map.height()) as u64, "lost pixels");
    }
    for kind in [SampleKind::Integer, SampleKind::Float] {
        let survey = summary.kind_evidence(kind, &nodata, None);
        if let Some(evidence) = survey.and_then(|s| s.evidence) {
            let guess = guess_scale(&evidence);
            assert!(is_one_line(&guess.reason), "{}", guess.reason);
        }
    }
}
