//! Every code that needs no data, by name and parameters, and its construction over a range.

use super::bit_width::Bits;
use super::code_error::CodeError;
use super::companding::{Curve, companded};
use super::float_format::{BFLOAT16, FLOAT8_E4M3, FLOAT8_E5M2, FLOAT16};
use super::output_range::OutputRange;
use super::piecewise_code::Pieces;
use super::scalar_code::ScalarCode;
use super::table_code::TableCode;
use super::uniform_code::UniformCode;
use crate::i18n::tr;
use serde::{Deserialize, Serialize};

/// A code and its parameters, without range and bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CodeSpec {
    /// Equal steps between the given ends.
    Uniform,
    /// Equal steps of a range widened to hold 0 and shifted to an integer zero point.
    UniformZeroPoint,
    /// A constant ratio between neighbouring values.
    Logarithmic,
    /// Equal steps in 1/d: disparity, Google's `RangeInverse`.
    InverseDepth,
    /// Equal steps in the square root of d.
    SquareRoot,
    /// Equal steps in d to this power.
    Power(f64),
    /// Equal steps in ln(1 + mu x), with x the position in the range; telephony uses 255.
    MuLaw(f64),
    /// Equal steps within pieces, each with its own bit width.
    Piecewise(Pieces),
    /// Two INT8 outputs, coarse and fine: the high and the low byte of one 16-bit index.
    ///
    /// The values are those of 16 uniform bits. The network that predicts them differs: Uss et al., ICML 2024, put a Hilbert curve
    /// between the two, so that an error of one coarse step is not 256 fine ones.
    TwoChannel,
    /// 65,536 equal steps. A tensor symmetric about 0, as some runtimes want it at 16 bits, has half of them.
    Int16,
    /// IEEE half precision, in metres.
    Float16,
    /// The high half of single precision, in metres.
    BFloat16,
    /// OFP8 E4M3, in metres.
    Float8E4M3,
    /// OFP8 E5M2, in metres.
    Float8E5M2,
}

impl CodeSpec {
    /// The codes of a comparison with their usual parameters, in the order of the page.
    #[must_use]
    pub fn standard() -> Vec<Self> {
        vec![
            Self::Uniform,
            Self::UniformZeroPoint,
            Self::Logarithmic,
            Self::InverseDepth,
            Self::SquareRoot,
            Self::MuLaw(255.0),
            Self::Piecewise(Pieces::depth_aware()),
            Self::TwoChannel,
            Self::Int16,
            Self::Float16,
            Self::BFloat16,
            Self::Float8E4M3,
            Self::Float8E5M2,
        ]
    }

    /// The codes that exist with any number of values.
    #[must_use]
    pub fn with_free_bits() -> Vec<Self> {
        vec![
            Self::Uniform,
            Self::UniformZeroPoint,
            Self::Logarithmic,
            Self::InverseDepth,
            Self::SquareRoot,
            Self::MuLaw(255.0),
        ]
    }

    /// The name in reports and on the page.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Uniform => tr!("uniform").to_owned(),
            Self::UniformZeroPoint => tr!("uniform, zero point").to_owned(),
            Self::Logarithmic => tr!("logarithmic").to_owned(),
            Self::InverseDepth => tr!("inverse depth").to_owned(),
            Self::SquareRoot => tr!("square root").to_owned(),
            Self::Power(p) => tr!("power {p}", p),
            Self::MuLaw(mu) => tr!("mu-law {mu}", mu),
            Self::Piecewise(pieces) => {
                let bits: Vec<String> = pieces.bits.iter().map(|b| b.get().to_string()).collect();
                tr!("piecewise {} bits", bits.join("/"))
            }
            Self::TwoChannel => tr!("two channels, coarse and fine").to_owned(),
            Self::Int16 => "INT16".to_owned(),
            Self::Float16 => FLOAT16.name().to_owned(),
            Self::BFloat16 => BFLOAT16.name().to_owned(),
            Self::Float8E4M3 => FLOAT8_E4M3.name().to_owned(),
            Self::Float8E5M2 => FLOAT8_E5M2.name().to_owned(),
        }
    }

    /// Returns the range that the code covers where depths begin at `nearest_m`. Codes of equal ratios or of equal steps in inverse depth
    /// cannot begin at 0 m: they begin at the nearest depth.
    #[must_use]
    pub fn range_from(&self, range: OutputRange, nearest_m: f64) -> OutputRange {
        let needs_positive = matches!(self, Self::Logarithmic | Self::InverseDepth);
        if !needs_positive || range.min_m() > 0.0 {
            return range;
        }
        OutputRange::new(nearest_m, range.max_m())
            .ok()
            .filter(|moved| moved.min_m() > 0.0)
            .unwrap_or(range)
    }

    /// Returns true if the format fixes the number of values.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        matches!(
            self,
            Self::TwoChannel
                | Self::Int16
                | Self::Float16
                | Self::BFloat16
                | Self::Float8E4M3
                | Self::Float8E5M2
        )
    }

    /// The code with this bit width over a range. Formats have their own bits; floating-point formats and pieces have their own range.
    ///
    /// # Errors
    /// [`CodeError`] if parameters or range do not suit the code.
    pub fn over(&self, range: OutputRange, bits: Bits) -> Result<AnyCode, CodeError> {
        match self {
            Self::Piecewise(pieces) => Ok(AnyCode::Table(pieces.code(&self.name())?)),
            Self::TwoChannel | Self::Int16 => {
                Ok(AnyCode::Uniform(UniformCode::new(range, Bits::SIXTEEN)))
            }
            Self::Float16 => Ok(AnyCode::Table(FLOAT16.code()?)),
            Self::BFloat16 => Ok(AnyCode::Table(BFLOAT16.code()?)),
            Self::Float8E4M3 => Ok(AnyCode::Table(FLOAT8_E4M3.code()?)),
            Self::Float8E5M2 => Ok(AnyCode::Table(FLOAT8_E5M2.code()?)),
            _ => self.with_levels(range, bits.steps() as usize + 1),
        }
    }

    /// The code with a given number of values, for comparisons at equal numbers. Pieces share them in proportion to their own.
    ///
    /// # Errors
    /// [`CodeError::Fixed`] for formats, and the errors of [`Self::over`].
    pub fn with_levels(&self, range: OutputRange, levels: usize) -> Result<AnyCode, CodeError> {
        let companded_code =
            |curve| companded(&self.name(), curve, range, levels).map(AnyCode::Table);
        match self {
            Self::Uniform => Ok(AnyCode::Uniform(UniformCode::with_levels(range, levels)?)),
            Self::UniformZeroPoint => {
                let code = UniformCode::with_zero_point_and_levels(range, levels)?;
                Ok(AnyCode::Uniform(code))
            }
            Self::Logarithmic => companded_code(Curve::Logarithm),
            Self::InverseDepth => companded_code(Curve::Power(-1.0)),
            Self::SquareRoot => companded_code(Curve::Power(0.5)),
            Self::Power(p) => companded_code(Curve::Power(*p)),
            Self::MuLaw(mu) => companded_code(Curve::MuLaw(*mu)),
            Self::Piecewise(pieces) => {
                Ok(AnyCode::Table(pieces.with_levels(&self.name(), levels)?))
            }
            Self::TwoChannel
            | Self::Int16
            | Self::Float16
            | Self::BFloat16
            | Self::Float8E4M3
            | Self::Float8E5M2 => Err(CodeError::Fixed(self.name())),
        }
    }
}

/// A code of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyCode {
    /// Equal steps.
    Uniform(UniformCode),
    /// Any other code, as a table.
    Table(TableCode),
}

impl From<TableCode> for AnyCode {
    fn from(code: TableCode) -> Self {
        Self::Table(code)
    }
}

impl From<UniformCode> for AnyCode {
    fn from(code: UniformCode) -> Self {
        Self::Uniform(code)
    }
}

impl ScalarCode for AnyCode {
    fn levels(&self) -> usize {
        match self {
            Self::Uniform(code) => code.levels(),
            Self::Table(code) => code.levels(),
        }
    }

    fn value_m(&self, index: usize) -> f64 {
        match self {
            Self::Uniform(code) => code.value_m(index),
            Self::Table(code) => code.value_m(index),
        }
    }

    fn index_of(&self, depth_m: f64) -> usize {
        match self {
            Self::Uniform(code) => code.index_of(depth_m),
            Self::Table(code) => code.index_of(depth_m),
        }
    }

    fn range(&self) -> OutputRange {
        match self {
            Self::Uniform(code) => code.range(),
            Self::Table(code) => code.range(),
        }
    }

    fn upper_threshold_m(&self, index: usize) -> f64 {
        match self {
            Self::Uniform(code) => code.upper_threshold_m(index),
            Self::Table(code) => code.upper_threshold_m(index),
        }
    }

    fn index_at_or_after(&self, min_index: usize, depth_m: f64) -> usize {
        match self {
            Self::Uniform(code) => code.index_of(depth_m),
            Self::Table(code) => code.index_at_or_after(min_index, depth_m),
        }
    }

    fn storage_bits(&self) -> u32 {
        match self {
            Self::Uniform(code) => code.storage_bits(),
            Self::Table(code) => code.storage_bits(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range() -> OutputRange {
        OutputRange::new(0.5, 15.0).expect("a range")
    }

    #[test]
    fn values_and_bits_of_all_codes() {
        let expected = [
            ("uniform", 256, 8),
            ("uniform, zero point", 256, 8),
            ("logarithmic", 256, 8),
            ("inverse depth", 256, 8),
            ("square root", 256, 8),
            ("mu-law 255", 256, 8),
            ("piecewise 10/8/6 bits", 1344, 11),
            ("two channels, coarse and fine", 65_536, 16),
            ("INT16", 65_536, 16),
            ("FP16", 31_744, 16),
            ("bfloat16", 32_640, 16),
            ("FP8 E4M3", 127, 8),
            ("FP8 E5M2", 124, 8),
        ];
        let got: Vec<_> = CodeSpec::standard()
            .iter()
            .map(|spec| {
                let code = spec.over(range(), Bits::EIGHT).expect("a code");
                (spec.name(), code.levels(), code.storage_bits())
            })
            .collect();
        for (a, b) in got.iter().zip(expected) {
            assert_eq!((a.0.as_str(), a.1, a.2), b);
        }
        assert_eq!(got.len(), expected.len());
    }

    #[test]
    fn codes_have_the_number_of_values_asked_for() {
        for spec in CodeSpec::standard() {
            match spec.with_levels(range(), 1344) {
                Ok(code) => assert_eq!(code.levels(), 1344, "{}", spec.name()),
                Err(error) => {
                    assert!(spec.is_fixed(), "{}", spec.name());
                    assert_eq!(error, CodeError::Fixed(spec.name()));
                }
            }
        }
    }

    #[test]
    fn invalid_numbers_of_values_are_refused() {
        for levels in [0, 1, 65_537, usize::MAX] {
            for spec in CodeSpec::standard() {
                assert!(
                    spec.with_levels(range(), levels).is_err(),
                    "{}",
                    spec.name()
                );
            }
        }
    }

    proptest! {
        #[test]
        fn no_rule_ever_decreases(a in 0.0_f64..40.0, b in 0.0_f64..40.0) {
            let (low, high) = (a.min(b), a.max(b));
            for spec in CodeSpec::standard() {
                let code = spec.over(range(), Bits::EIGHT).expect("a code");
                prop_assert!(code.index_of(low) <= code.index_of(high), "{}", spec.name());
                prop_assert!(code.index_of(high) < code.levels());
                let step = code.step_at_m(low);
                prop_assert!(step.is_none_or(|s| s > 0.0), "{}: {step:?}", spec.name());
            }
        }
    }

    #[test]
    fn codes_of_ratios_begin_at_the_nearest_depth_where_the_range_begins_at_zero() {
        let range = |a, b| OutputRange::new(a, b).expect("a range");
        let whole = range(0.0, 12.0);
        for spec in CodeSpec::standard() {
            let moved = spec.range_from(whole, 0.4);
            let is_ratio = matches!(spec, CodeSpec::Logarithmic | CodeSpec::InverseDepth);
            assert_eq!(moved.min_m(), if is_ratio { 0.4 } else { 0.0 }, "{spec:?}");
            assert_eq!(spec.range_from(range(0.5, 12.0), 0.4), range(0.5, 12.0));
            // Depths beyond the range give no other start.
            assert_eq!(spec.range_from(whole, 12.5), whole);
        }
    }
}
