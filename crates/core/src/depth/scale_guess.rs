//! Guesses of the encoding of files that do not state it, with reasons and alternatives.
//!
//! The rules come from the units of public data sets and the reach of their sensors. One file often fits two units: 0.8 m in 1/10000 m is
//! 8 m in millimetres. The guess then is the commoner unit, and the others are listed.

use std::ops::RangeInclusive;

use super::{Encoding, MARKERS, SampleKind, ScalePreset};
use crate::i18n::tr;
use crate::units;
use serde::{Deserialize, Serialize};

/// The statistics that a guess uses, in raw units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleEvidence {
    /// Integers or floats.
    pub kind: SampleKind,
    /// Median of the valid samples.
    pub median: f64,
    /// Largest valid sample.
    pub max: f64,
    /// Share of samples that are valid.
    pub valid_share: f64,
    /// Width over height of the maps.
    pub aspect: f64,
    /// The special encoding of integers that `detect_encoding` found.
    pub special: Option<ScalePreset>,
}

/// Detects SUN RGB-D's and the first Kinect's encodings from distinct codes with their counts, ascending.
///
/// Rotated bits leave gaps that no sensor leaves. The first Kinect marks missing depths by the largest of its 11 bits.
#[must_use]
pub(crate) fn detect_encoding(codes: &[(f64, u64)]) -> Option<ScalePreset> {
    let total: u64 = codes.iter().map(|c| c.1).sum();
    let (last, last_count) = *codes.last()?;
    let kinect = MARKERS.iter().find(|m| m.value == KINECT_MARKER)?;
    if last == KINECT_MARKER && kinect.applies(last_count as f64 / total.max(1) as f64, true) {
        let farthest = codes.iter().rev().nth(1).map_or(0.0, |c| c.0);
        return (farthest < KINECT_FARTHEST).then_some(ScalePreset::KinectRaw);
    }
    // After a rotation by 3, depths below 8.192 m are multiples of 8, and the others are one more.
    let is_code = |code: f64| (0.0..65_536.0).contains(&code);
    if codes.len() < ROTATED_CODES || !codes.iter().all(|c| is_code(c.0)) {
        return None;
    }
    let low = |code: f64| (code as u16) & 7;
    let rotated = codes.iter().all(|c| low(c.0) <= 1);
    let finer = codes.iter().any(|c| (c.0 as u16) & 15 == 8);
    let wide = last > ROTATED_MAX;
    (rotated && finer && wide).then_some(ScalePreset::SunRotated)
}

/// The first Kinect's marker of missing disparity.
const KINECT_MARKER: f64 = 2047.0;

/// The disparity of infinite depth.
const KINECT_FARTHEST: f64 = 1092.5;

/// Number of distinct codes from which gaps between them are significant.
const ROTATED_CODES: usize = 100;

/// Largest code from which rotated depths reach 1 m.
const ROTATED_MAX: f64 = 8000.0;

/// A guessed scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleGuess {
    /// The guess.
    pub preset: ScalePreset,
    /// The reason in a sentence with numbers, without full stop. A guess that is not confident includes its doubt.
    pub reason: String,
    /// Other presets that fit, the likeliest first.
    pub others: Vec<ScalePreset>,
    /// True if the data leave no reasonable doubt.
    pub confident: bool,
}

/// Smallest aspect ratio of a car camera's crop: KITTI has 3.3, the widest usual picture 2.4.
const KITTI_ASPECT: f64 = 2.8;

/// Reach of a car's lidar, which bounds depths in 1/256 m. KITTI's reaches 120 m; a larger bound would accept impossible depths.
const KITTI_REACH_M: f64 = 130.0;

/// Largest valid share of a lidar map, of which a fifth is valid. Rendered, completed and predicted maps have more.
const SPARSE: f64 = 0.5;

/// Plausible median depths of a scene, in metres: from a hand's breadth to the end of a street.
const PLAUSIBLE_MEDIAN_M: RangeInclusive<f64> = 0.15..=40.0;

/// Largest median of a room, in metres. A room in a finer unit exceeds it when read as millimetres.
const ROOM_MEDIAN_M: f64 = 5.0;

/// Reach of indoor depth cameras, in metres. Within it, millimetres are nearly certain.
const ROOM_REACH_M: f64 = 10.0;

/// Largest value of an 8-bit picture of relative depth.
const PICTURE_MAX: f64 = 255.0;

/// Largest value of normalised floats, which are relative depths.
const NORMALISED_MAX: f64 = 1.0;

/// Median above which floats are not metres: few scenes are that far away.
const FLOAT_FAR: f64 = 200.0;

/// Guesses the encoding of a set: millimetres for integers and metres for floats if these give plausible depths, with exceptions for
/// known data sets.
#[must_use]
pub fn guess_scale(evidence: &ScaleEvidence) -> ScaleGuess {
    let (preset, why) = choose(evidence);
    let confident = is_confident(preset, evidence);
    let others = others(preset, evidence);
    let mut reason = tr!(
        "{}: the median {} is then {} and the largest {} is {}{why}",
        preset.title(),
        units::depth_number(evidence.median),
        in_metres(preset, evidence.median),
        units::depth_number(evidence.max),
        in_metres(preset, evidence.max),
        why
    );
    if !confident {
        reason.push_str(&doubt(evidence, &others));
    }
    ScaleGuess {
        preset,
        reason,
        others,
        confident,
    }
}

fn in_metres(preset: ScalePreset, raw: f64) -> String {
    units::depth(preset.encoding().metres(raw))
}

fn median_is_plausible(preset: ScalePreset, e: &ScaleEvidence) -> bool {
    PLAUSIBLE_MEDIAN_M.contains(&preset.encoding().metres(e.median))
}

fn choose(e: &ScaleEvidence) -> (ScalePreset, String) {
    match e.kind {
        SampleKind::Integer if e.special == Some(ScalePreset::SunRotated) => (
            ScalePreset::SunRotated,
            tr!("; every code is a multiple of 8 or one more, as SUN RGB-D's rotated bits leave them").to_owned(),
        ),
        SampleKind::Integer if e.special == Some(ScalePreset::KinectRaw) => (
            ScalePreset::KinectRaw,
            tr!("; 2047 marks what could not be measured, as the first Kinect's raw disparities have it").to_owned(),
        ),
        SampleKind::Integer if e.aspect >= KITTI_ASPECT => {
            choose_wide(e).unwrap_or_else(|| choose_integer(e))
        }
        SampleKind::Integer => choose_integer(e),
        SampleKind::Float => choose_float(e),
    }
}

/// Maps of a car's camera: KITTI's unit, or the centimetres of Virtual KITTI, which exceeds a lidar's reach.
fn choose_wide(e: &ScaleEvidence) -> Option<(ScalePreset, String)> {
    let wide = || format!("{:.1}", e.aspect);
    let within_reach = ScalePreset::Kitti.encoding().metres(e.max) <= KITTI_REACH_M;
    if within_reach && median_is_plausible(ScalePreset::Kitti, e) {
        return Some((
            ScalePreset::Kitti,
            tr!(
                "; the maps are {} times as wide as high, as KITTI's are",
                wide()
            ),
        ));
    }
    (!within_reach && median_is_plausible(ScalePreset::Centimetre, e)).then(|| {
        (
            ScalePreset::Centimetre,
            tr!(
                "; the maps are {} times as wide as high, as Virtual KITTI's are",
                wide()
            ),
        )
    })
}

fn choose_integer(e: &ScaleEvidence) -> (ScalePreset, String) {
    let millimetres = |raw| ScalePreset::Millimetre.encoding().metres(raw);
    // A room in 1/5000 m read as millimetres is five times as far and fills the 16 bits.
    let is_far = millimetres(e.median) > ROOM_MEDIAN_M && e.max > 32_768.0;
    let (preset, why) = if is_far && e.max < 65_536.0 {
        (
            ScalePreset::Tum,
            tr!(
                ", typical of an indoor camera; in millimetres it would be out of such a camera's range",
            ),
        )
    } else if median_is_plausible(ScalePreset::Millimetre, e) {
        (ScalePreset::Millimetre, tr!(", plausible depths"))
    } else if millimetres(e.median) > *PLAUSIBLE_MEDIAN_M.end() {
        (
            ScalePreset::TenthMillimetre,
            tr!("; millimetres would be too far"),
        )
    } else if median_is_plausible(ScalePreset::Centimetre, e) {
        (
            ScalePreset::Centimetre,
            tr!("; millimetres would be too near"),
        )
    } else {
        (ScalePreset::Metre, tr!("; finer units would be too near"))
    };
    (preset, why.to_owned())
}

fn choose_float(e: &ScaleEvidence) -> (ScalePreset, String) {
    let (preset, why) = if e.median > FLOAT_FAR {
        (ScalePreset::Millimetre, tr!("; metres would be too far"))
    } else {
        (
            ScalePreset::Metre,
            tr!(", as floating-point maps are in metres"),
        )
    };
    (preset, why.to_owned())
}

fn is_confident(preset: ScalePreset, e: &ScaleEvidence) -> bool {
    let metres = |raw| preset.encoding().metres(raw);
    match (e.kind, preset) {
        (SampleKind::Integer, ScalePreset::Millimetre) => {
            e.max > PICTURE_MAX
                && metres(e.median) <= ROOM_MEDIAN_M
                && metres(e.max) <= ROOM_REACH_M
        }
        (SampleKind::Integer, ScalePreset::Kitti) => e.valid_share < SPARSE,
        (SampleKind::Integer, ScalePreset::SunRotated) => median_is_plausible(preset, e),
        (SampleKind::Float, ScalePreset::Metre) => {
            e.max > NORMALISED_MAX && median_is_plausible(preset, e)
        }
        _ => false,
    }
}

/// The other presets that fit, the commonest first.
fn others(preset: ScalePreset, e: &ScaleEvidence) -> Vec<ScalePreset> {
    let candidates: &[ScalePreset] = match e.kind {
        SampleKind::Integer => &[
            ScalePreset::Millimetre,
            ScalePreset::Tum,
            ScalePreset::TenthMillimetre,
            ScalePreset::Kitti,
            ScalePreset::Centimetre,
        ],
        SampleKind::Float => &[
            ScalePreset::Metre,
            ScalePreset::Millimetre,
            ScalePreset::Centimetre,
        ],
    };
    let fits = |other: ScalePreset| {
        let within_reach =
            other != ScalePreset::Kitti || other.encoding().metres(e.max) <= KITTI_REACH_M;
        other != preset && within_reach && median_is_plausible(other, e)
    };
    candidates.iter().copied().filter(|&c| fits(c)).collect()
}

/// The doubt about a guess, to follow its reason.
fn doubt(e: &ScaleEvidence, others: &[ScalePreset]) -> String {
    let no_unit_up_to = match e.kind {
        SampleKind::Integer => PICTURE_MAX,
        SampleKind::Float => NORMALISED_MAX,
    };
    if e.max <= no_unit_up_to {
        return tr!(
            "; values up to {no_unit_up_to} are often relative depths without a unit, so check it",
            no_unit_up_to
        );
    }
    let titles: Vec<&str> = others.iter().map(|preset| preset.title()).collect();
    match titles.as_slice() {
        [] => tr!("; no usual unit fits well, so check it").to_owned(),
        [one] => tr!("; {one} fits as well, so check it", one),
        [first @ .., last] => {
            tr!(
                "; {} and {last} fit as well, so check it",
                first.join(", "),
                last
            )
        }
    }
}

/// Smallest ratio of two medians that indicates different units. Networks err by less.
const MISMATCH: f64 = 2.2;

/// Largest ratio of two medians that indicates the same unit.
const MATCH: f64 = 1.6;

/// A preset that fits better than the encoding in use, if any.
///
/// `reference_m` is the median of another role of the same frames, in metres. `raw_median` is the median of this role in its raw unit.
#[must_use]
pub fn better_scale(reference_m: f64, raw_median: f64, in_use: Encoding) -> Option<ScalePreset> {
    let ratio = |encoding: Encoding| {
        let ratio = encoding.metres(raw_median) / reference_m;
        if ratio > 1.0 { ratio } else { 1.0 / ratio }
    };
    let off = ratio(in_use);
    // A NaN ratio is no evidence.
    if off.is_nan() || off <= MISMATCH {
        return None;
    }
    let best = ScalePreset::ALL
        .into_iter()
        .filter(|p| matches!(p.encoding(), Encoding::Linear(_)))
        .min_by(|a, b| ratio(a.encoding()).total_cmp(&ratio(b.encoding())))?;
    (ratio(best.encoding()) < MATCH).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ScalePreset::{Centimetre, Kitti, Metre, Millimetre, TenthMillimetre, Tum};

    /// Kind, median, largest, valid share, aspect.
    type Row = (SampleKind, f64, f64, f64, f64);

    #[track_caller]
    fn check(name: &str, row: Row, preset: ScalePreset, confident: bool) -> ScaleGuess {
        let (kind, median, max, valid_share, aspect) = row;
        let guess = guess_scale(&ScaleEvidence {
            kind,
            median,
            max,
            valid_share,
            aspect,
            special: None,
        });
        assert_eq!(
            (guess.preset, guess.confident),
            (preset, confident),
            "{name}: {}",
            guess.reason
        );
        assert_eq!(
            guess.reason.contains("check it"),
            !confident,
            "{name}: {}",
            guess.reason
        );
        assert!(!guess.others.contains(&preset), "{name}");
        guess
    }

    #[test]
    fn known_data_sets_are_recognised() {
        use SampleKind::{Float, Integer};
        let rows = [
            (
                "7-Scenes",
                (Integer, 1841.0, 2930.0, 0.9, 1.22),
                Millimetre,
                true,
            ),
            (
                "NYUv2",
                (Integer, 3258.0, 6625.0, 0.7, 1.33),
                Millimetre,
                true,
            ),
            (
                "clipped at 10 m",
                (Integer, 4392.0, 1e4, 1.0, 1.33),
                Millimetre,
                true,
            ),
            (
                "far noise",
                (Integer, 1500.0, 61_000.0, 0.9, 1.33),
                Millimetre,
                false,
            ),
            (
                "KITTI lidar",
                (Integer, 3543.0, 21_732.0, 0.2, 3.31),
                Kitti,
                true,
            ),
            (
                "KITTI completed",
                (Integer, 3543.0, 21_732.0, 1.0, 3.31),
                Kitti,
                false,
            ),
            (
                "Virtual KITTI",
                (Integer, 1900.0, 60_000.0, 0.9, 3.31),
                Centimetre,
                false,
            ),
            ("TUM", (Integer, 9800.0, 44_000.0, 0.8, 1.33), Tum, false),
            (
                "centimetres",
                (Integer, 90.0, 240.0, 0.8, 1.33),
                Centimetre,
                false,
            ),
            ("metres", (Integer, 3.0, 9.0, 0.8, 1.33), Metre, false),
            (
                "8-bit picture",
                (Integer, 180.0, 255.0, 1.0, 1.33),
                Millimetre,
                false,
            ),
            (
                "1/10000 m beyond 16 bits",
                (Integer, 50_000.0, 90_000.0, 1.0, 1.33),
                TenthMillimetre,
                false,
            ),
            ("floats", (Float, 3.2, 5.9, 1.0, 1.0), Metre, true),
            (
                "normalised floats",
                (Float, 0.4, 1.0, 1.0, 1.0),
                Metre,
                false,
            ),
            (
                "floats in millimetres",
                (Float, 1800.0, 2900.0, 0.8, 1.33),
                Millimetre,
                false,
            ),
            ("tiny floats", (Float, 0.01, 3.0, 0.8, 1.33), Metre, false),
        ];
        for (name, row, preset, confident) in rows {
            check(name, row, preset, confident);
        }
    }

    #[test]
    fn a_doubt_names_the_alternatives() {
        // A table top at 0.78 m in 1/10000 m, as a robot's camera wrote it.
        let row = (SampleKind::Integer, 7845.0, 13_044.0, 0.6, 1.33);
        let guess = check("robot", row, Millimetre, false);
        assert!(
            guess.reason.ends_with(
                "; 1/5000 m (TUM), 1/10000 m and 1/256 m (KITTI) fit as well, so check it"
            ),
            "{}",
            guess.reason
        );
        assert_eq!(guess.others, [Tum, TenthMillimetre, Kitti]);
    }

    #[test]
    fn special_encodings_are_detected() {
        let counted = |codes: &mut dyn Iterator<Item = u16>| {
            let mut all: Vec<(f64, u64)> = codes.map(|c| (f64::from(c), 10)).collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            all
        };
        let sun = counted(&mut (1057..9870_u16).step_by(9).map(|mm| mm.rotate_left(3)));
        assert_eq!(detect_encoding(&sun), Some(ScalePreset::SunRotated));
        let kinect = counted(&mut (400..1040).chain([2047]));
        assert_eq!(
            detect_encoding(&kinect),
            None,
            "2047 is as common as any other"
        );
        let mut many = kinect.clone();
        many[640].1 = 1000;
        assert_eq!(detect_encoding(&many), Some(ScalePreset::KinectRaw));
        let millimetres = counted(&mut (1057..9870));
        assert_eq!(detect_encoding(&millimetres), None);
        let eight_bits = counted(&mut (1..=255).map(|v| v * 256));
        assert_eq!(
            detect_encoding(&eight_bits),
            None,
            "an 8-bit picture in the upper byte"
        );
        assert_eq!(detect_encoding(&[]), None);
    }

    #[test]
    fn a_role_in_another_unit_is_detected() {
        let mm = Millimetre.encoding();
        let rows = [
            (1.84, 1841.0, mm, None),
            (1.84, 1500.0, mm, None),
            (1.84, 471.0, mm, Some(Kitti)),
            (1.84, 9200.0, mm, Some(Tum)),
            (1.84, 1.9, mm, Some(Metre)),
            (1.84, 1841.0, Metre.encoding(), Some(Millimetre)),
            (1.84, 40.0, mm, None),
            (0.0, 40.0, mm, None),
            (f64::NAN, 40.0, mm, None),
        ];
        for (reference_m, raw, in_use, wanted) in rows {
            assert_eq!(
                better_scale(reference_m, raw, in_use),
                wanted,
                "{raw} against {reference_m} m"
            );
        }
    }
}
