//! Parser of repairs: `ROLE:NAME=VALUE`, as on the command line and in links.

use std::str::FromStr;

use super::finding_kind::FindingKind;
use super::repair::{AxisOrder, Flip, Quantity, Repair, RoleRepair, Window};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;

/// A text that is no repair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepairTextError {
    /// Not of the form `ROLE:NAME=VALUE`, or an unknown role.
    #[error(
        "{}",
        tr!("{text} is no repair; expected ROLE:NAME=VALUE with the role gt, fp32, int8 or board, such as fp32:flip=rows", text = .0)
    )]
    Form(String),
    /// An unknown name.
    #[error(
        "{}",
        tr!(
            "there is no repair {name}; expected swap_axes, flip, window, byte_order, quantity, unit, factor, codes, no_depth or as_is",
            name = .0
        )
    )]
    Name(String),
    /// A value that the repair does not have.
    #[error("{}", tr!("{value} is no value of {name}; expected {expected}", value = .value, name = .name, expected = .expected))]
    Value {
        /// The name of the repair.
        name: String,
        /// The value found.
        value: String,
        /// An example of a value.
        expected: &'static str,
    },
}

impl FromStr for RoleRepair {
    type Err = RepairTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || RepairTextError::Form(text.to_owned());
        let (role, rest) = text.split_once(':').ok_or_else(form)?;
        let (name, value) = rest.split_once('=').ok_or_else(form)?;
        let role = Role::ALL
            .into_iter()
            .find(|r| r.name() == role)
            .ok_or_else(form)?;
        let expected = example(name).ok_or_else(|| RepairTextError::Name(name.to_owned()))?;
        let repair = repair(name, value).ok_or_else(|| RepairTextError::Value {
            name: name.to_owned(),
            value: value.to_owned(),
            expected,
        })?;
        Ok(Self { role, repair })
    }
}

/// Values of a repair as an error names them; `None` for an unknown name.
fn example(name: &str) -> Option<&'static str> {
    Some(match name {
        "swap_axes" => "transposed, frames_last, frames_middle",
        "flip" => "rows, columns, both",
        "window" => "1216x352+13+23/1242x375",
        "byte_order" => "swapped",
        "quantity" => "inverse:SCALE,SHIFT, log:SCALE,SHIFT, affine:SCALE,SHIFT, ray:FOCAL",
        "unit" => "0.001",
        "factor" => "0.25",
        "codes" => "0.03125,-128",
        "no_depth" => "1e11",
        "as_is" => "unrelated, orientation, quantity, unit, size",
        _ => return None,
    })
}

fn repair(name: &str, value: &str) -> Option<Repair> {
    Some(match (name, value) {
        ("swap_axes", "transposed") => Repair::SwapAxes(AxisOrder::Transposed),
        ("swap_axes", "frames_last") => Repair::SwapAxes(AxisOrder::FramesLast),
        ("swap_axes", "frames_middle") => Repair::SwapAxes(AxisOrder::FramesMiddle),
        ("flip", "rows") => Repair::Flip(Flip::Rows),
        ("flip", "columns") => Repair::Flip(Flip::Columns),
        ("flip", "both") => Repair::Flip(Flip::Both),
        ("byte_order", "swapped") => Repair::ByteOrder,
        ("window", _) => Repair::Window(window(value)?),
        ("quantity", _) => Repair::Quantity(quantity(value)?),
        ("unit", _) => Repair::Unit(positive(value)?),
        ("factor", _) => Repair::Factor(positive(value)?),
        ("no_depth", _) => Repair::NoDepth(number(value)?),
        ("as_is", _) => {
            let kind = FindingKind::ALL.into_iter().find(|k| k.name() == value);
            Repair::AsIs(kind?)
        }
        ("codes", _) => {
            let (scale, zero_point) = pair(value)?;
            (scale > 0.0).then_some(Repair::Codes { scale, zero_point })?
        }
        _ => return None,
    })
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|v: &f64| v.is_finite())
}

/// A factor or unit, within the limits of [`Scale`](fathom_core::depth::Scale).
fn positive(text: &str) -> Option<f64> {
    number(text).filter(|v| (1e-9..=1e9).contains(v))
}

fn pair(text: &str) -> Option<(f64, f64)> {
    let (a, b) = text.split_once(',')?;
    Some((number(a)?, number(b)?))
}

fn quantity(text: &str) -> Option<Quantity> {
    let (kind, numbers) = text.split_once(':')?;
    if kind == "ray" {
        return positive(numbers).map(|focal| Quantity::Ray { focal });
    }
    let (scale, shift) = pair(numbers).filter(|(scale, _)| *scale != 0.0)?;
    match kind {
        "inverse" => Some(Quantity::Inverse { scale, shift }),
        "log" => Some(Quantity::Log { scale, shift }),
        "affine" => Some(Quantity::Affine { scale, shift }),
        _ => None,
    }
}

/// Largest length of a side, in pixels: that of a decoded map.
const MAX_SIDE: u32 = 1 << 26;

/// A window as X11 writes geometries: `WIDTHxHEIGHT+LEFT+TOP/FRAME_WIDTHxFRAME_HEIGHT`.
fn window(text: &str) -> Option<Window> {
    let (place, frame) = text.split_once('/')?;
    let (frame_width, frame_height) = size(frame)?;
    let at = place.find(['+', '-'])?;
    let (width, height) = size(&place[..at])?;
    let offsets = &place[at..];
    let second = offsets[1..].find(['+', '-'])? + 1;
    let offset = |text: &str| -> Option<i32> {
        text.parse()
            .ok()
            .filter(|v: &i32| v.unsigned_abs() <= MAX_SIDE)
    };
    Some(Window {
        top: offset(&offsets[second..])?,
        left: offset(&offsets[..second])?,
        height,
        width,
        frame_height,
        frame_width,
    })
}

fn size(text: &str) -> Option<(u32, u32)> {
    let side = |text: &str| -> Option<u32> {
        text.parse()
            .ok()
            .filter(|v: &u32| (1..=MAX_SIDE).contains(v))
    };
    let (width, height) = text.split_once('x')?;
    Some((side(width)?, side(height)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn written_repairs_are_read() {
        let rows = [
            "fp32:flip=rows",
            "gt:swap_axes=frames_last",
            "int8:window=1216x352+13+23/1242x375",
            "int8:window=518x392-2-1/512x384",
            "fp32:byte_order=swapped",
            "fp32:quantity=inverse:4.7e-5,0.04",
            "fp32:quantity=ray:525",
            "gt:unit=0.00390625",
            "int8:codes=0.03137255,-128",
            "gt:no_depth=1e11",
            "board:factor=0.5",
            "fp32:as_is=unrelated",
        ];
        for text in rows {
            let parsed: RoleRepair = text.parse().expect(text);
            assert_eq!(parsed.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_refused_with_a_reason() {
        for (text, part) in [
            ("flip=rows", "ROLE:NAME=VALUE"),
            ("truth:flip=rows", "gt, fp32, int8"),
            ("gt:turn=1", "there is no repair turn"),
            ("gt:flip=left", "rows, columns, both"),
            ("gt:factor=-1", "0.25"),
            ("gt:factor=nan", "0.25"),
            ("gt:window=1x1+0/1x1", "1216x352+13+23/1242x375"),
            ("gt:window=0x1+0+0/1x1", "1216x352"),
            ("gt:codes=1", "0.03125,-128"),
            ("gt:as_is=fine", "unrelated"),
        ] {
            let error = text.parse::<RoleRepair>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    fn any_repair() -> impl Strategy<Value = Repair> {
        let number = || -1e6..1e6_f64;
        let side = || 1..5000_u32;
        prop_oneof![
            (1e-8..1e8_f64).prop_map(Repair::Factor),
            (1e-8..1e8_f64).prop_map(Repair::Unit),
            number().prop_map(Repair::NoDepth),
            (1e-6..1e6_f64, number())
                .prop_map(|(scale, zero_point)| Repair::Codes { scale, zero_point }),
            (1e-6..1e6_f64, number())
                .prop_map(|(scale, shift)| Repair::Quantity(Quantity::Inverse { scale, shift })),
            (1e-6..1e6_f64, number())
                .prop_map(|(scale, shift)| Repair::Quantity(Quantity::Log { scale, shift })),
            (1e-6..1e6_f64, number())
                .prop_map(|(scale, shift)| Repair::Quantity(Quantity::Affine { scale, shift })),
            (-500..500_i32, -500..500_i32, side(), side(), side(), side()).prop_map(
                |(top, left, height, width, frame_height, frame_width)| {
                    Repair::Window(Window {
                        top,
                        left,
                        height,
                        width,
                        frame_height,
                        frame_width,
                    })
                }
            ),
        ]
    }

    #[test]
    fn every_kind_of_finding_can_be_settled() {
        for kind in FindingKind::ALL {
            let one = RoleRepair {
                role: Role::Float,
                repair: Repair::AsIs(kind),
            };
            assert_eq!(one.to_string().parse(), Ok(one));
        }
    }

    proptest! {
        #[test]
        fn texts_lose_nothing(repair in any_repair(), role in 0..4_usize) {
            let one = RoleRepair { role: Role::ALL[role], repair };
            prop_assert_eq!(one.to_string().parse(), Ok(one));
        }

        #[test]
        fn no_text_panics(text in "(gt|fp32):(flip|window|codes|quantity|factor)=[-+x/0-9a-z:,.é]{0,24}") {
            let _ = text.parse::<RoleRepair>();
        }
    }
}
