//! From samples to metres: scales, and those of them that have a name.
//!
//! The scales are the ones that public data sets and tools write: millimetres (most depth cameras, NYUv2 as exported, 7-Scenes),
//! 1/256 m (KITTI depth benchmark), 1/5000 m (TUM RGB-D), 1/10000 m (ARC 2017), centimetres (Virtual KITTI).

use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

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
