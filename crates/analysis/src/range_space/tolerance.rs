//! The answer to "How many bits do I need for an error of X at Y m?", from typed text to a sentence.

use super::bit_sweep::{ErrorMeasure, bits_needed};
use fathom_core::i18n::tr;
use fathom_core::quant::{CodeSpec, OutputRange};
use fathom_core::units;

/// A tolerated rounding error at a depth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The error, in metres.
    pub tolerance_m: f64,
    /// The depth, in metres.
    pub depth_m: f64,
    /// The error that the tolerance bounds.
    pub measure: ErrorMeasure,
}

impl Tolerance {
    /// Parses the texts of an input form; `unit` is "mm", or "%" of the depth.
    ///
    /// # Errors
    /// A sentence that names the number which is not above 0.
    pub fn parse(
        tolerance: &str,
        unit: &str,
        depth: &str,
        measure: ErrorMeasure,
    ) -> Result<Self, String> {
        let positive = |text: &str, what: &str| {
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|v| *v > 0.0 && v.is_finite())
                .ok_or_else(|| tr!("{what} must be a number above 0", what))
        };
        let depth_m = positive(depth, tr!("the depth in metres"))?;
        let tolerance_m = match unit {
            "%" => positive(tolerance, tr!("the tolerance in percent"))? / 100.0 * depth_m,
            _ => positive(tolerance, tr!("the tolerance in millimetres"))? / 1e3,
        };
        Ok(Self {
            tolerance_m,
            depth_m,
            measure,
        })
    }

    /// Returns the number of bits for a code over a range as text, or the reason why there is none.
    #[must_use]
    pub fn sentence(&self, code: &CodeSpec, range: OutputRange) -> String {
        let needed = bits_needed(code, range, self.depth_m, self.tolerance_m, self.measure);
        match needed {
            Ok(Some(bits)) => units::counted(usize::from(bits.get()), units::Noun::Bit),
            Ok(None) => tr!("more than 16 bits").to_owned(),
            Err(error) => error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range() -> OutputRange {
        OutputRange::new(0.5, 15.0).expect("a range")
    }

    #[test]
    fn the_published_range_needs_its_eight_bits_for_its_half_step() {
        let asked = Tolerance::parse("28.5", "mm", "5", ErrorMeasure::Largest).expect("numbers");
        assert_eq!(asked.sentence(&CodeSpec::Uniform, range()), "8 bits");
        // 10 mm: 14.5 m / (2 * 0.01 m) = 725 steps.
        let asked = Tolerance::parse(" 10 ", "mm", "5", ErrorMeasure::Largest).expect("numbers");
        assert_eq!(asked.sentence(&CodeSpec::Uniform, range()), "10 bits");
        // 1 % of 2 m is 20 mm: 362.5 steps.
        let asked = Tolerance::parse("1", "%", "2", ErrorMeasure::Largest).expect("numbers");
        assert_eq!(asked.tolerance_m, 0.02);
        assert_eq!(asked.sentence(&CodeSpec::Uniform, range()), "9 bits");
        let asked = Tolerance::parse("0.001", "mm", "2", ErrorMeasure::Rmse).expect("numbers");
        assert_eq!(
            asked.sentence(&CodeSpec::Uniform, range()),
            "more than 16 bits"
        );
    }

    #[test]
    fn an_error_names_the_wrong_number() {
        let parse = |t, u, d| Tolerance::parse(t, u, d, ErrorMeasure::Largest).expect_err("wrong");
        assert_eq!(
            parse("x", "mm", "5"),
            "the tolerance in millimetres must be a number above 0"
        );
        assert_eq!(
            parse("0", "%", "5"),
            "the tolerance in percent must be a number above 0"
        );
        assert_eq!(
            parse("1", "mm", "-5"),
            "the depth in metres must be a number above 0"
        );
        let beyond = Tolerance::parse("1", "mm", "50", ErrorMeasure::Largest).expect("numbers");
        let text = beyond.sentence(&CodeSpec::Uniform, range());
        assert!(text.contains("50 m lies outside the range"), "{text}");
    }
}
