//! A guess at the scale of files that do not state it, with its evidence and its doubts.
//!
//! Knows the units that public data sets use and how far their sensors see. One file often fits two units (0.8 m in 1/10000 m is
//! 8 m in millimetres); the guess then takes the commoner one and says which others fit.

use std::ops::RangeInclusive;

use super::{Encoding, MARKERS, SampleKind, ScalePreset};
use crate::i18n::tr;
use crate::units;
use serde::{Deserialize, Serialize};

/// What a guess goes by, in raw units.
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
    /// Where integers are in an encoding of their own, which one: see [`detect_encoding`].
    pub special: Option<ScalePreset>,
}

/// The encoding that a set of integer codes gives away by itself, from each code that occurs and how often, in ascending order:
/// rotated bits leave gaps that no sensor leaves, and the first Kinect marks what it cannot see by the largest of its 11 bits.
#[must_use]
pub fn detect_encoding(codes: &[(f64, u64)]) -> Option<ScalePreset> {
    let total: u64 = codes.iter().map(|c| c.1).sum();
    let (last, last_count) = *codes.last()?;
    let kinect = MARKERS.iter().find(|m| m.value == KINECT_MARKER)?;
    if last == KINECT_MARKER && kinect.applies(last_count as f64 / total.max(1) as f64, true) {
        let farthest = codes.iter().rev().nth(1).map_or(0.0, |c| c.0);
        return (farthest < KINECT_FARTHEST).then_some(ScalePreset::KinectRaw);
    }
    // Rotated left by 3, depths under 8.192 m are multiples of 8 and the others one more.
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

/// "No disparity" of the first Kinect.
const KINECT_MARKER: f64 = 2047.0;

/// The disparity at which its depth becomes infinite.
const KINECT_FARTHEST: f64 = 1092.5;

/// Different codes from which gaps between them are no accident.
const ROTATED_CODES: usize = 100;

/// Largest code from which rotated depths reach 1 m.
const ROTATED_MAX: f64 = 8000.0;

/// A guessed scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleGuess {
    /// The guess.
    pub preset: ScalePreset,
    /// Why, in a sentence with the numbers, without its full stop. Where the guess is not confident it says why not.
    pub reason: String,
    /// The other scales that fit, the one to try first in front.
    pub others: Vec<ScalePreset>,
    /// Whether the data leave no reasonable doubt.
    pub confident: bool,
}

/// Width over height from which a map looks like a car's camera crop: KITTI is 3.3, the widest usual picture 2.4.
const KITTI_ASPECT: f64 = 2.8;

/// Reach of a car's lidar and so of depths in 1/256 m. KITTI's sees 120 m; a larger one would call longer depths impossible too late.
const KITTI_REACH_M: f64 = 130.0;

/// A lidar fills a fifth of its picture; maps with more than this share of valid pixels are rendered, completed or predicted.
const SPARSE: f64 = 0.5;

/// Median depths in metres that a scene plausibly has: a hand's breadth in front of the camera to the end of a street.
const PLAUSIBLE_MEDIAN_M: RangeInclusive<f64> = 0.15..=40.0;

/// Largest median of a room, in metres. A file of a room in a finer unit lies above it when read as millimetres.
const ROOM_MEDIAN_M: f64 = 5.0;

/// Reach of indoor depth cameras, in metres. Within it millimetres are all but certain.
const ROOM_REACH_M: f64 = 10.0;

/// Largest value of an 8-bit picture of depth, which has no unit.
const PICTURE_MAX: f64 = 255.0;

/// Largest value of normalised floats, which have no unit.
const NORMALISED_MAX: f64 = 1.0;

/// Median from which floats cannot be metres, unless a camera sees nothing nearer than the far end of a runway.
const FLOAT_FAR: f64 = 200.0;

/// Guesses the scale of a set: millimetres for integers and metres for floats where these give plausible depths, with the exceptions
/// that data sets are known for.
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

/// Maps of a car's camera: KITTI's own unit, or the centimetres of Virtual KITTI, which sees farther than a lidar.
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
                ", as an indoor camera sees it; as millimetres it would be out of such a camera's reach",
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

/// The other scales that fit, the commonest first.
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

/// Why a guess is not certain, to follow its reason.
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

/// Ratio of two medians from which one of them is in another unit: networks are off by less.
const MISMATCH: f64 = 2.2;

/// Largest ratio of two medians that are in the same unit.
const MATCH: f64 = 1.6;

/// The scale under which the median of one role fits that of another role of the same frames, where the scale in use does not fit and
/// that one does. `reference_m` is the other role's median in metres, `raw_median` this one's in its own unit.
#[must_use]
pub fn better_scale(reference_m: f64, raw_median: f64, in_use: Encoding) -> Option<ScalePreset> {
    let ratio = |encoding: Encoding| {
        let ratio = encoding.metres(raw_median) / reference_m;
        if ratio > 1.0 { ratio } else { 1.0 / ratio }
    };
    let off = ratio(in_use);
    // A ratio that is no number is no evidence.
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
    fn a_doubt_names_what_else_fits() {
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
    fn encodings_of_their_own_are_recognised() {
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
    fn a_role_in_another_unit_is_found_out() {
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
