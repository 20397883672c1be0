//! Values of flags that may name a role: `--unit gt=mm`, `--array depth`.

use std::str::FromStr;

use fathom_core::depth::{Encoding, Role, Scale, ScalePreset};
use fathom_core::quant::OutputRange;

/// A value for one role, or for all.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RoleValue<T> {
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

/// Names of units on the command line.
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

/// The name of a unit on the command line.
pub(crate) fn unit_name(preset: ScalePreset) -> &'static str {
    let own = UNITS.iter().find(|(_, other)| *other == preset);
    own.map_or("m", |(name, _)| name)
}

/// What a sample stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unit(pub Encoding);

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
pub(crate) struct ArrayName(pub String);

impl FromStr for ArrayName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}

/// Two numbers separated by a comma; a missing one is `None`.
pub(crate) fn two_numbers(text: &str) -> Result<(Option<f64>, Option<f64>), String> {
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
pub(crate) fn output_range(text: &str) -> Result<OutputRange, String> {
    let (Some(min_m), Some(max_m)) = two_numbers(text)? else {
        return Err(format!("{text} has one end; expected two, such as 0.5,15"));
    };
    OutputRange::new(min_m, max_m).map_err(|error| error.to_string())
}

/// Samples that mean "no depth", such as `65535,1e11`; `none` for no sample but 0.
pub(crate) fn markers(text: &str) -> Result<Vec<f64>, String> {
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
