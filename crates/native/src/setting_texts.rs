//! Settings as users write them on the command line and in Python: `gt=mm`, `0.5,15`, `kitti`.

use std::str::FromStr;

use fathom_analysis::compare::Evaluator;
use fathom_core::depth::{Encoding, Resample, Role, SampleKind, Scale, ScalePreset};
use fathom_core::quant::{Bits, OutputRange};
use fathom_engine::file_set::ChosenEncoding;

/// A value for one role, or for all.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleValue<T> {
    /// The role; `None` for all.
    pub role: Option<Role>,
    /// The value.
    pub value: T,
}

impl<T: FromStr<Err = String>> FromStr for RoleValue<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let role_of = |name: &str| Role::ALL.into_iter().find(|role| role.name() == name);
        match text.split_once('=') {
            Some((name, rest)) => Ok(Self {
                role: Some(role_of(name).ok_or_else(|| {
                    format!("there is no role {name}; expected gt, fp32, int8 or board")
                })?),
                value: rest.parse()?,
            }),
            None => Ok(Self {
                role: None,
                value: text.parse()?,
            }),
        }
    }
}

/// Names of units.
const UNITS: [(&str, ScalePreset); 8] = [
    ("mm", ScalePreset::Millimetre),
    ("m", ScalePreset::Metre),
    ("kitti", ScalePreset::Kitti),
    ("tum", ScalePreset::Tum),
    ("0.1mm", ScalePreset::TenthMillimetre),
    ("cm", ScalePreset::Centimetre),
    ("sun", ScalePreset::SunRotated),
    ("kinect", ScalePreset::KinectRaw),
];

/// The name of a unit.
#[must_use]
pub fn unit_name(preset: ScalePreset) -> &'static str {
    let own = UNITS.iter().find(|(_, other)| *other == preset);
    own.map_or("m", |(name, _)| name)
}

/// The quantity of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit(
    /// From samples to metres.
    pub Encoding,
);

impl FromStr for Unit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, preset)) = UNITS.iter().find(|(name, _)| *name == text) {
            return Ok(Self(preset.encoding()));
        }
        let wrong = || {
            let names: Vec<&str> = UNITS.iter().map(|(name, _)| *name).collect();
            format!(
                "{text} is no unit; expected {}, metres per unit such as 1/4000 or 0.3048, or disparity:PRODUCT with baseline times focal length",
                names.join(", ")
            )
        };
        if let Some(product) = text.strip_prefix("disparity:") {
            let product = product.parse().ok();
            let encoding = product.and_then(|product| Encoding::inverse(product).ok());
            return encoding.map(Self).ok_or_else(wrong);
        }
        let scale = match text.split_once('/') {
            Some(("1", units)) => units
                .parse()
                .ok()
                .and_then(|n| Scale::from_units_per_metre(n).ok()),
            Some(_) => None,
            None => text
                .parse()
                .ok()
                .and_then(|n| Scale::from_metres_per_unit(n).ok()),
        };
        scale.map(|s| Self(Encoding::Linear(s))).ok_or_else(wrong)
    }
}

/// The name of an array or channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrayName(
    /// The name.
    pub String,
);

impl FromStr for ArrayName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}

/// Two numbers separated by a comma; a missing one is `None`.
///
/// # Errors
/// One sentence.
pub fn two_numbers(text: &str) -> Result<(Option<f64>, Option<f64>), String> {
    let wrong = || format!("{text} is no pair of numbers; expected two in metres, such as 0.5,15");
    let (first, second) = text.split_once(',').ok_or_else(wrong)?;
    let number = |text: &str| -> Result<Option<f64>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let number: Option<f64> = text.parse().ok();
        let number = number.filter(|n| n.is_finite());
        number.map(Some).ok_or_else(wrong)
    };
    Ok((number(first)?, number(second)?))
}

/// A range of the output, such as `0.5,15`.
///
/// # Errors
/// One sentence.
pub fn output_range(text: &str) -> Result<OutputRange, String> {
    let (Some(min_m), Some(max_m)) = two_numbers(text)? else {
        return Err(format!("{text} has one end; expected two, such as 0.5,15"));
    };
    OutputRange::new(min_m, max_m).map_err(|error| error.to_string())
}

/// A whole number.
///
/// # Errors
/// One sentence.
pub fn whole_number(text: &str) -> Result<usize, String> {
    let number = text.parse().ok();
    number.ok_or_else(|| format!("{text} is no whole number; expected one such as 4"))
}

/// A number of bits of the output.
///
/// # Errors
/// One sentence.
pub fn bits(text: &str) -> Result<Bits, String> {
    let number = text.parse().ok();
    number
        .and_then(Bits::new)
        .ok_or_else(|| format!("{text} is no number of bits; expected 1 to 16"))
}

/// Names of evaluators.
pub const EVALUATORS: [(&str, Evaluator); 7] = [
    ("plain", Evaluator::Plain),
    ("kitti", Evaluator::KittiDevkit),
    ("monodepth2", Evaluator::Monodepth2),
    ("bts-kitti", Evaluator::BtsKitti),
    ("nyu", Evaluator::Nyu),
    ("depth-anything-80m", Evaluator::DepthAnythingOutdoor),
    ("depth-anything-20m", Evaluator::DepthAnythingIndoor),
];

/// Names of ways of resizing.
pub const RESIZES: [(&str, Resample); 2] = [
    ("nearest", Resample::Nearest),
    ("bilinear", Resample::Bilinear),
];

/// The value of a name in a list.
///
/// # Errors
/// One sentence with all names.
pub fn named<T: Copy>(names: &[(&str, T)], text: &str) -> Result<T, String> {
    let own = names.iter().find(|(name, _)| *name == text);
    own.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        format!("there is no {text}; expected {}", names.join(", "))
    })
}

/// The encodings of roles from their units; later ones replace earlier ones.
#[must_use]
pub fn encodings(units: &[RoleValue<Unit>]) -> Vec<ChosenEncoding> {
    let mut out: Vec<ChosenEncoding> = Vec::new();
    for RoleValue { role, value } in units {
        let roles = role.map_or_else(|| Role::ALL.to_vec(), |role| vec![role]);
        for key in roles
            .into_iter()
            .flat_map(|role| KINDS.map(|kind| (role, kind)))
        {
            out.retain(|(other, _)| *other != key);
            out.push((key, value.0));
        }
    }
    out
}

/// Kinds of samples.
const KINDS: [SampleKind; 2] = [SampleKind::Integer, SampleKind::Float];

/// Samples that mean "no depth", such as `65535,1e11`; `none` for no sample but 0.
///
/// # Errors
/// One sentence.
pub fn markers(text: &str) -> Result<Vec<f64>, String> {
    if text == "none" {
        return Ok(Vec::new());
    }
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    numbers.map_err(|_| {
        format!("{text} is no list of samples; expected numbers such as 65535,1e11, or none")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_names_fractions_and_numbers() {
        let unit = |text: &str| text.parse::<RoleValue<Unit>>();
        let of = |preset: ScalePreset| Unit(preset.encoding());
        for (text, role, expected) in [
            ("mm", None, of(ScalePreset::Millimetre)),
            ("gt=kitti", Some(Role::GroundTruth), of(ScalePreset::Kitti)),
            ("1/256", None, of(ScalePreset::Kitti)),
            (
                "board=0.001",
                Some(Role::Board),
                of(ScalePreset::Millimetre),
            ),
            (
                "fp32=disparity:388.8",
                Some(Role::Float),
                Unit(Encoding::Inverse { product: 388.8 }),
            ),
        ] {
            assert_eq!(
                unit(text),
                Ok(RoleValue {
                    role,
                    value: expected
                }),
                "{text}"
            );
        }
        for (text, part) in [
            ("gt=inch", "1/4000"),
            ("2/3", "1/4000"),
            ("disparity:x", "PRODUCT"),
            ("truth=mm", "no role truth"),
            ("-1", "1/4000"),
        ] {
            let error = unit(text).expect_err(text);
            assert!(error.contains(part), "{error}");
        }
        for (name, preset) in UNITS {
            assert_eq!(unit_name(preset), name);
        }
    }

    #[test]
    fn ranges_and_windows_are_two_numbers() {
        assert_eq!(two_numbers("0.5, 15"), Ok((Some(0.5), Some(15.0))));
        assert_eq!(two_numbers(",80"), Ok((None, Some(80.0))));
        assert!(two_numbers("5").is_err() && two_numbers("a,b").is_err());
        assert!(output_range("1,").is_err() && output_range("2,1").is_err());
        assert_eq!(output_range("0,10").map(OutputRange::max_m), Ok(10.0));
        assert_eq!(markers("65535, 1e11"), Ok(vec![65_535.0, 1e11]));
        assert_eq!(markers("none"), Ok(Vec::new()));
        assert!(markers("zero").is_err());
    }
}
