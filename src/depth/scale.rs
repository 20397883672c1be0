//! From samples to metres: scales, and a guess at the right one that shows its evidence.
//!
//! The scales are the ones that public data sets and tools write: millimetres (most depth cameras, NYUv2 as exported, 7-Scenes),
//! 1/256 m (KITTI depth benchmark), 1/5000 m (TUM RGB-D), 1/10000 m (ARC 2017), centimetres (Virtual KITTI).

use serde::{Deserialize, Serialize};

use super::SampleKind;

/// Units of a sample per metre.
///
/// Depths are `raw / units_per_metre`, a division on purpose: `12345.0 / 1000.0` is the double nearest to 12.345, while
/// `12345.0 * 0.001` is not, and a pixel exactly on the end of a range must count as inside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Scale {
    units_per_metre: f64,
}

/// Why a number is no scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScaleError {
    /// Zero, negative, infinite or not a number, or so far out that depths would not be finite.
    #[error("a scale must be a positive number of metres per unit, between 1e-9 and 1e9")]
    OutOfRange,
}

impl Scale {
    /// One unit is one metre.
    pub const METRES: Self = Self {
        units_per_metre: 1.0,
    };

    /// A scale from the number of units in a metre.
    ///
    /// # Errors
    /// [`ScaleError::OutOfRange`].
    pub fn from_units_per_metre(units_per_metre: f64) -> Result<Self, ScaleError> {
        // A NaN is in no interval.
        if (1e-9..=1e9).contains(&units_per_metre) {
            Ok(Self { units_per_metre })
        } else {
            Err(ScaleError::OutOfRange)
        }
    }

    /// A scale from the length of a unit.
    ///
    /// # Errors
    /// [`ScaleError::OutOfRange`].
    pub fn from_metres_per_unit(metres: f64) -> Result<Self, ScaleError> {
        Self::from_units_per_metre(1.0 / metres)
    }

    /// Number of units in a metre.
    #[must_use]
    pub fn units_per_metre(self) -> f64 {
        self.units_per_metre
    }

    /// Length of a unit in metres.
    #[must_use]
    pub fn metres_per_unit(self) -> f64 {
        1.0 / self.units_per_metre
    }

    /// The depth of a raw sample, in metres.
    #[must_use]
    pub fn metres(self, raw: f64) -> f64 {
        raw / self.units_per_metre
    }
}

impl TryFrom<f64> for Scale {
    type Error = ScaleError;

    fn try_from(units_per_metre: f64) -> Result<Self, ScaleError> {
        Self::from_units_per_metre(units_per_metre)
    }
}

impl From<Scale> for f64 {
    fn from(scale: Scale) -> Self {
        scale.units_per_metre
    }
}

/// A scale that people use, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ScalePreset {
    /// 1 m.
    Metre,
    /// 1/1000 m.
    Millimetre,
    /// 1/100 m.
    Centimetre,
    /// 1/256 m, KITTI.
    Kitti,
    /// 1/5000 m, TUM RGB-D.
    Tum,
    /// 1/10000 m.
    TenthMillimetre,
}

impl ScalePreset {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 6] = [
        Self::Millimetre,
        Self::Metre,
        Self::Kitti,
        Self::Tum,
        Self::TenthMillimetre,
        Self::Centimetre,
    ];

    /// The scale.
    #[must_use]
    pub fn scale(self) -> Scale {
        let units_per_metre = match self {
            Self::Metre => 1.0,
            Self::Millimetre => 1000.0,
            Self::Centimetre => 100.0,
            Self::Kitti => 256.0,
            Self::Tum => 5000.0,
            Self::TenthMillimetre => 10_000.0,
        };
        Scale { units_per_metre }
    }

    /// What one unit is, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Metre => "1 m",
            Self::Millimetre => "1 mm",
            Self::Centimetre => "1 cm",
            Self::Kitti => "1/256 m (KITTI)",
            Self::Tum => "1/5000 m (TUM)",
            Self::TenthMillimetre => "1/10000 m",
        }
    }
}

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
    /// Why, in a sentence with the numbers.
    pub reason: String,
    /// The scale to try next if this one is wrong.
    pub runner_up: Option<ScalePreset>,
}

/// Width over height from which a map looks like a car's camera crop: KITTI is 3.3, the widest usual picture 2.4.
const KITTI_ASPECT: f64 = 2.8;

/// Median depths in metres that a scene plausibly has: a hand's breadth in front of the camera to the end of a street.
const PLAUSIBLE_MEDIAN_M: std::ops::RangeInclusive<f64> = 0.15..=40.0;

/// Largest depth of an indoor sensor, in metres; files in a finer unit than millimetres come from such sensors.
const INDOOR_MAX_M: f64 = 15.0;

/// Guesses the scale of a set: millimetres where they give plausible depths, with the exceptions that data sets are known for.
#[must_use]
pub fn guess_scale(evidence: &ScaleEvidence) -> ScaleGuess {
    match evidence.kind {
        SampleKind::Integer => guess_integer(evidence),
        SampleKind::Float => guess_float(evidence),
    }
}

fn in_metres(preset: ScalePreset, raw: f64) -> String {
    crate::units::depth(preset.scale().metres(raw))
}

fn because(preset: ScalePreset, evidence: &ScaleEvidence, why: &str) -> String {
    format!(
        "{}: the median {} is then {} and the largest {} is {}{why}",
        preset.title(),
        crate::units::depth_number(evidence.median),
        in_metres(preset, evidence.median),
        crate::units::depth_number(evidence.max),
        in_metres(preset, evidence.max),
    )
}

fn guess_integer(e: &ScaleEvidence) -> ScaleGuess {
    let median_m = |preset: ScalePreset| preset.scale().metres(e.median);
    let guess = |preset, runner_up, why: &str| ScaleGuess {
        preset,
        reason: because(preset, e, why),
        runner_up: Some(runner_up),
    };
    if e.aspect >= KITTI_ASPECT && PLAUSIBLE_MEDIAN_M.contains(&median_m(ScalePreset::Kitti)) {
        return guess(
            ScalePreset::Kitti,
            ScalePreset::Millimetre,
            &format!(
                "; the maps are {:.1} times as wide as high, as KITTI's are",
                e.aspect
            ),
        );
    }
    // An indoor camera's file in 1/5000 m read as millimetres has a median of 5 m and more, and fills the 16 bits.
    let fills = e.max > 32_768.0;
    if fills && ScalePreset::Tum.scale().metres(e.max) <= INDOOR_MAX_M {
        return guess(
            ScalePreset::Tum,
            ScalePreset::Millimetre,
            ", as an indoor camera sees it; as millimetres it would be out of such a camera's reach",
        );
    }
    if PLAUSIBLE_MEDIAN_M.contains(&median_m(ScalePreset::Millimetre)) {
        let runner_up = if e.max > 8000.0 {
            ScalePreset::Tum
        } else {
            ScalePreset::Kitti
        };
        return guess(ScalePreset::Millimetre, runner_up, ", plausible depths");
    }
    if median_m(ScalePreset::Millimetre) > *PLAUSIBLE_MEDIAN_M.end() {
        return guess(
            ScalePreset::TenthMillimetre,
            ScalePreset::Tum,
            "; millimetres would be too far",
        );
    }
    if PLAUSIBLE_MEDIAN_M.contains(&median_m(ScalePreset::Centimetre)) {
        return guess(
            ScalePreset::Centimetre,
            ScalePreset::Metre,
            "; millimetres would be too near",
        );
    }
    guess(
        ScalePreset::Metre,
        ScalePreset::Centimetre,
        "; finer units would be too near",
    )
}

fn guess_float(e: &ScaleEvidence) -> ScaleGuess {
    // Floats are metres unless that puts the median where no camera sees: a set in millimetres has medians of 500 and more.
    if e.median > 200.0 {
        return ScaleGuess {
            preset: ScalePreset::Millimetre,
            reason: because(ScalePreset::Millimetre, e, "; metres would be too far"),
            runner_up: Some(ScalePreset::Metre),
        };
    }
    ScaleGuess {
        preset: ScalePreset::Metre,
        reason: because(
            ScalePreset::Metre,
            e,
            ", as floating-point maps are in metres",
        ),
        runner_up: Some(ScalePreset::Millimetre),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(kind: SampleKind, median: f64, max: f64, aspect: f64) -> ScaleEvidence {
        ScaleEvidence {
            kind,
            median,
            max,
            valid_share: 0.8,
            aspect,
        }
    }

    #[test]
    fn known_data_sets_are_recognised() {
        use SampleKind::{Float, Integer};
        let rows = [
            (
                "7-Scenes, Kinect",
                evidence(Integer, 1841.0, 2930.0, 1.22),
                ScalePreset::Millimetre,
            ),
            (
                "NYUv2 export",
                evidence(Integer, 3258.0, 6625.0, 1.33),
                ScalePreset::Millimetre,
            ),
            (
                "KITTI lidar",
                evidence(Integer, 3543.0, 21_732.0, 3.31),
                ScalePreset::Kitti,
            ),
            (
                "TUM",
                evidence(Integer, 9800.0, 44_000.0, 1.33),
                ScalePreset::Tum,
            ),
            (
                "centimetres",
                evidence(Integer, 90.0, 240.0, 1.33),
                ScalePreset::Centimetre,
            ),
            (
                "metres",
                evidence(Integer, 3.0, 9.0, 1.33),
                ScalePreset::Metre,
            ),
            ("floats", evidence(Float, 3.2, 5.9, 1.0), ScalePreset::Metre),
            (
                "floats in millimetres",
                evidence(Float, 1800.0, 2900.0, 1.33),
                ScalePreset::Millimetre,
            ),
        ];
        for (name, evidence, preset) in rows {
            let guess = guess_scale(&evidence);
            assert_eq!(guess.preset, preset, "{name}: {}", guess.reason);
            assert!(guess.reason.contains(" m"), "{}", guess.reason);
        }
    }

    #[test]
    fn integer_depths_are_correctly_rounded() {
        let mm = ScalePreset::Millimetre.scale();
        for raw in 1..65_535_u32 {
            let text = format!("{}.{:03}", raw / 1000, raw % 1000);
            let nearest: f64 = text.parse().expect("a number");
            assert_eq!(mm.metres(f64::from(raw)), nearest);
        }
    }

    #[test]
    fn only_positive_numbers_are_scales() {
        for metres in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300] {
            assert_eq!(
                Scale::from_metres_per_unit(metres),
                Err(ScaleError::OutOfRange)
            );
        }
        let kitti = Scale::from_metres_per_unit(0.003_906_25).expect("a scale");
        assert_eq!(kitti, ScalePreset::Kitti.scale());
    }
}
