//! A guess at the scale of files that do not state it, with its evidence and its doubts.
//!
//! Knows the units that public data sets use and how far their sensors see. One file often fits two units (0.8 m in 1/10000 m is
//! 8 m in millimetres); the guess then takes the commoner one and says which others fit.

use std::ops::RangeInclusive;

use super::{SampleKind, ScalePreset};
use crate::units;

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
}

/// A guessed scale.
#[derive(Clone, Debug, PartialEq)]
pub struct ScaleGuess {
    /// The guess.
    pub preset: ScalePreset,
    /// Why, in a sentence with the numbers, without its full stop. Where the guess is not confident it says why not.
    pub reason: String,
    /// The scale to try next if this one is wrong, where another one fits at all.
    pub runner_up: Option<ScalePreset>,
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
    let mut reason = format!(
        "{}: the median {} is then {} and the largest {} is {}{why}",
        preset.title(),
        units::depth_number(evidence.median),
        in_metres(preset, evidence.median),
        units::depth_number(evidence.max),
        in_metres(preset, evidence.max),
    );
    if !confident {
        reason.push_str(&doubt(evidence, &others));
    }
    ScaleGuess {
        preset,
        reason,
        runner_up: others.first().copied(),
        confident,
    }
}

fn in_metres(preset: ScalePreset, raw: f64) -> String {
    units::depth(preset.scale().metres(raw))
}

fn median_is_plausible(preset: ScalePreset, e: &ScaleEvidence) -> bool {
    PLAUSIBLE_MEDIAN_M.contains(&preset.scale().metres(e.median))
}

fn choose(e: &ScaleEvidence) -> (ScalePreset, String) {
    match e.kind {
        SampleKind::Integer if e.aspect >= KITTI_ASPECT => {
            choose_wide(e).unwrap_or_else(|| choose_integer(e))
        }
        SampleKind::Integer => choose_integer(e),
        SampleKind::Float => choose_float(e),
    }
}

/// Maps of a car's camera: KITTI's own unit, or the centimetres of Virtual KITTI, which sees farther than a lidar.
fn choose_wide(e: &ScaleEvidence) -> Option<(ScalePreset, String)> {
    let wide = format!("; the maps are {:.1} times as wide as high, as", e.aspect);
    let within_reach = ScalePreset::Kitti.scale().metres(e.max) <= KITTI_REACH_M;
    if within_reach && median_is_plausible(ScalePreset::Kitti, e) {
        return Some((ScalePreset::Kitti, format!("{wide} KITTI's are")));
    }
    (!within_reach && median_is_plausible(ScalePreset::Centimetre, e)).then(|| {
        (
            ScalePreset::Centimetre,
            format!("{wide} Virtual KITTI's are"),
        )
    })
}

fn choose_integer(e: &ScaleEvidence) -> (ScalePreset, String) {
    let millimetres = |raw| ScalePreset::Millimetre.scale().metres(raw);
    // A room in 1/5000 m read as millimetres is five times as far and fills the 16 bits.
    let is_far = millimetres(e.median) > ROOM_MEDIAN_M && e.max > 32_768.0;
    let (preset, why) = if is_far && e.max < 65_536.0 {
        (
            ScalePreset::Tum,
            ", as an indoor camera sees it; as millimetres it would be out of such a camera's reach",
        )
    } else if median_is_plausible(ScalePreset::Millimetre, e) {
        (ScalePreset::Millimetre, ", plausible depths")
    } else if millimetres(e.median) > *PLAUSIBLE_MEDIAN_M.end() {
        (
            ScalePreset::TenthMillimetre,
            "; millimetres would be too far",
        )
    } else if median_is_plausible(ScalePreset::Centimetre, e) {
        (ScalePreset::Centimetre, "; millimetres would be too near")
    } else {
        (ScalePreset::Metre, "; finer units would be too near")
    };
    (preset, why.to_owned())
}

fn choose_float(e: &ScaleEvidence) -> (ScalePreset, String) {
    let (preset, why) = if e.median > FLOAT_FAR {
        (ScalePreset::Millimetre, "; metres would be too far")
    } else {
        (ScalePreset::Metre, ", as floating-point maps are in metres")
    };
    (preset, why.to_owned())
}

fn is_confident(preset: ScalePreset, e: &ScaleEvidence) -> bool {
    let metres = |raw| preset.scale().metres(raw);
    match (e.kind, preset) {
        (SampleKind::Integer, ScalePreset::Millimetre) => {
            e.max > PICTURE_MAX
                && metres(e.median) <= ROOM_MEDIAN_M
                && metres(e.max) <= ROOM_REACH_M
        }
        (SampleKind::Integer, ScalePreset::Kitti) => e.valid_share < SPARSE,
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
            other != ScalePreset::Kitti || other.scale().metres(e.max) <= KITTI_REACH_M;
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
        return format!(
            "; values up to {no_unit_up_to} are often relative depths without a unit, so check it"
        );
    }
    let titles: Vec<&str> = others.iter().map(|preset| preset.title()).collect();
    match titles.as_slice() {
        [] => "; no usual unit fits well, so check it".to_owned(),
        [one] => format!("; {one} fits as well, so check it"),
        [first @ .., last] => {
            format!("; {} and {last} fit as well, so check it", first.join(", "))
        }
    }
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
        assert_ne!(guess.runner_up, Some(preset), "{name}");
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
        assert_eq!(guess.runner_up, Some(Tum));
    }
}
