//! Encodings of depth in samples: linear scales, disparity and two formats of their own, with presets by name.
//!
//! Public data sets and tools write the presets:
//!
//! - millimetres: most depth cameras, NYUv2 as exported, 7-Scenes
//! - 1/256 m: the KITTI depth benchmark
//! - 1/5000 m: TUM RGB-D
//! - 1/10000 m: ARC 2017
//! - centimetres: Virtual KITTI

use crate::i18n::tr;
use serde::{Deserialize, Serialize};

/// Number of sample units per metre.
///
/// Depths are `raw / units_per_metre`. A division is exact where a product is not: `12345.0 / 1000.0` is the double nearest to 12.345,
/// `12345.0 * 0.001` is not. A pixel exactly on the end of a range must count as inside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Scale {
    units_per_metre: f64,
}

/// A number that is no scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScaleError {
    /// Not within 1e-9..=1e9: zero, negative, NaN, or so extreme that depths would not be finite.
    #[error(
        "{}",
        tr!("a scale must be a positive number of metres per unit, between 1e-9 and 1e9")
    )]
    OutOfRange,
}

impl Scale {
    /// One unit is one metre.
    pub const METRES: Self = Self {
        units_per_metre: 1.0,
    };

    /// The scale with this number of units per metre.
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

    /// The scale with this length of a unit, in metres.
    ///
    /// # Errors
    /// [`ScaleError::OutOfRange`].
    pub fn from_metres_per_unit(metres: f64) -> Result<Self, ScaleError> {
        Self::from_units_per_metre(1.0 / metres)
    }

    /// Number of units per metre.
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

/// The function from a sample to a depth in metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Encoding {
    /// Linear: depth = sample / units per metre.
    Linear(Scale),
    /// Disparity or inverse depth: depth = product / sample. For a disparity in pixels the product is baseline times focal length, in
    /// metres times pixels. For an inverse depth in 1/m it is 1.
    Inverse {
        /// In metres times the unit of the sample.
        product: f64,
    },
    /// Millimetres whose 16 bits are rotated left by 3, as SUN RGB-D stores them (its toolbox rotates them back).
    SunRotated,
    /// Raw disparity of the first Kinect, 11 bits, as in NYU's raw data: depth = 351.3 / (1092.5 - sample). Open3D uses these constants.
    KinectRaw,
}

impl Encoding {
    /// Samples in metres.
    pub const METRES: Self = Self::Linear(Scale::METRES);

    /// Disparity or inverse depth with this product of baseline and focal length.
    ///
    /// # Errors
    /// [`ScaleError::OutOfRange`].
    pub fn inverse(product: f64) -> Result<Self, ScaleError> {
        if (1e-9..=1e9).contains(&product) {
            Ok(Self::Inverse { product })
        } else {
            Err(ScaleError::OutOfRange)
        }
    }

    /// The depth of a raw sample, in metres. An invalid sample gives a number that is not positive or not finite.
    #[must_use]
    pub fn metres(self, raw: f64) -> f64 {
        match self {
            Self::Linear(scale) => scale.metres(raw),
            Self::Inverse { product } => product / raw,
            Self::SunRotated if (0.0..65_536.0).contains(&raw) => {
                f64::from((raw as u16).rotate_right(3)) / 1000.0
            }
            Self::SunRotated => f64::NAN,
            Self::KinectRaw => 351.3 / (1092.5 - raw),
        }
    }

    /// Returns true if the order of samples is that of the depths, or its reverse.
    #[must_use]
    pub fn is_monotone(self) -> bool {
        self != Self::SunRotated
    }

    /// Length of a unit in metres, for linear encodings.
    #[must_use]
    pub fn metres_per_unit(self) -> Option<f64> {
        match self {
            Self::Linear(scale) => Some(scale.metres_per_unit()),
            _ => None,
        }
    }

    /// The name on the page: that of the preset if there is one.
    #[must_use]
    pub fn title(self) -> String {
        if let Some(preset) = ScalePreset::ALL.into_iter().find(|p| p.encoding() == self) {
            return preset.title().to_owned();
        }
        match self {
            Self::Linear(scale) => format!("{} m", scale.metres_per_unit()),
            Self::Inverse { product } => tr!("{product} m / sample (disparity)", product),
            Self::SunRotated | Self::KinectRaw => String::new(),
        }
    }
}

/// A named encoding.
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
    /// [`Encoding::SunRotated`].
    SunRotated,
    /// [`Encoding::KinectRaw`].
    KinectRaw,
}

impl ScalePreset {
    /// All presets, in the order of the page.
    pub const ALL: [Self; 8] = [
        Self::Millimetre,
        Self::Metre,
        Self::Kitti,
        Self::Tum,
        Self::TenthMillimetre,
        Self::Centimetre,
        Self::SunRotated,
        Self::KinectRaw,
    ];

    /// The encoding.
    #[must_use]
    pub fn encoding(self) -> Encoding {
        let units_per_metre = match self {
            Self::Metre => 1.0,
            Self::Millimetre => 1000.0,
            Self::Centimetre => 100.0,
            Self::Kitti => 256.0,
            Self::Tum => 5000.0,
            Self::TenthMillimetre => 10_000.0,
            Self::SunRotated => return Encoding::SunRotated,
            Self::KinectRaw => return Encoding::KinectRaw,
        };
        Encoding::Linear(Scale { units_per_metre })
    }

    /// The name on the page: the length of one unit.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Metre => "1 m",
            Self::Millimetre => tr!("1 mm"),
            Self::Centimetre => tr!("1 cm"),
            Self::Kitti => tr!("1/256 m (KITTI)"),
            Self::Tum => tr!("1/5000 m (TUM)"),
            Self::TenthMillimetre => "1/10000 m",
            Self::SunRotated => tr!("rotated mm (SUN RGB-D)"),
            Self::KinectRaw => tr!("Kinect raw disparity"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_depths_are_correctly_rounded() {
        let mm = ScalePreset::Millimetre.encoding();
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
        assert_eq!(Encoding::Linear(kitti), ScalePreset::Kitti.encoding());
    }

    #[test]
    fn nonlinear_encodings() {
        // 1.5 m on SUN RGB-D: 1500 rotated left by 3.
        assert_eq!(Encoding::SunRotated.metres(12_000.0), 1.5);
        // Beyond 13 bits the low bits come back from the top.
        let far = f64::from(9870_u16.rotate_left(3));
        assert_eq!(Encoding::SunRotated.metres(far), 9.87);
        assert!(Encoding::SunRotated.metres(-1.0).is_nan());
        assert_eq!(Encoding::KinectRaw.metres(1000.0), 351.3 / 92.5);
        assert!(Encoding::KinectRaw.metres(2047.0) < 0.0);
        let stereo = Encoding::inverse(0.54 * 720.0).expect("a product");
        assert_eq!(stereo.metres(38.88), 10.0);
        assert!(stereo.metres(0.0).is_infinite());
        assert!(Encoding::inverse(0.0).is_err());
    }
}
