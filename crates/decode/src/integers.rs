//! Conversion of wide or signed integers: 16-bit codes if all fit, else exact doubles.

use super::DecodeError;
use fathom_core::i18n::tr;

/// Largest integer up to which `f64` holds all integers exactly.
const MAX_EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// Integers in the narrower form that holds them all.
pub(super) enum Narrowed {
    Codes(Vec<u16>),
    Wide(Vec<f64>),
}

pub(super) fn narrow<T: Copy + TryInto<u16> + Into<i128>>(
    values: &[T],
) -> Result<Narrowed, DecodeError> {
    let codes: Option<Vec<u16>> = values.iter().map(|&v| v.try_into().ok()).collect();
    if let Some(codes) = codes {
        return Ok(Narrowed::Codes(codes));
    }
    let wide = |&v: &T| -> Option<f64> {
        let wide: i128 = v.into();
        (wide.unsigned_abs() <= u128::from(MAX_EXACT)).then_some(wide as f64)
    };
    values
        .iter()
        .map(wide)
        .collect::<Option<Vec<f64>>>()
        .map(Narrowed::Wide)
        .ok_or_else(|| {
            DecodeError::unsuitable(
                tr!("integers beyond 2^53"),
                tr!("depths that a double can hold"),
                tr!("convert the array with array.astype(\"float64\")"),
            )
        })
}
