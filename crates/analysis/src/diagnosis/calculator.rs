//! The calculator: predictions, gap and error shares from figures alone (two RMSEs, a range and a bit width).
//!
//! It checks the input and applies [`IndependenceModel`]. Errors are assumed to be independent throughout; without maps the deviation from
//! that assumption is unknown.

use serde::{Deserialize, Serialize};

use super::super::independence_model::IndependenceModel;
use super::super::published_case::PUBLISHED_CASE;
use fathom_core::quant::{Bits, OutputRange, RangeError};
use fathom_core::units;

/// Largest accepted RMSE, in metres: the largest end of a range.
const MAX_RMSE_M: f64 = 1e9;

/// Largest accepted number of parameters: a network of 10^13 does not fit a device that needs INT8.
const MAX_PARAMETERS: f64 = 1e13;

/// Relative difference below which two RMSEs count as equal.
const EQUAL: f64 = 1e-12;

/// Share of the gap below which the output's rounding error counts as small.
pub const SMALL_SHARE: f64 = 0.01;

/// A metric before and after quantization; either may be unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BeforeAfter {
    /// Value of the floating-point network.
    pub fp32: Option<f64>,
    /// Value of the INT8 network.
    pub int8: Option<f64>,
}

/// The input of the calculator, unchecked. Lengths in metres, shares in 0..1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalculatorInput {
    /// RMSE of the floating-point network.
    pub rmse_fp32_m: f64,
    /// RMSE of the INT8 network.
    pub rmse_int8_m: f64,
    /// Start of the output range.
    pub min_m: f64,
    /// End of the output range.
    pub max_m: f64,
    /// Bit width of the output.
    pub bits: u8,
    /// Mean relative error, where known.
    pub abs_rel: BeforeAfter,
    /// Share of pixels within a factor of 1.25, where known.
    pub delta1: BeforeAfter,
    /// Number of the network's parameters, where known.
    pub parameters: Option<f64>,
}

impl CalculatorInput {
    /// Returns the figures of the published case.
    #[must_use]
    pub fn published() -> Self {
        let current = &PUBLISHED_CASE.ranges[3];
        Self {
            rmse_fp32_m: PUBLISHED_CASE.rmse_fp32_m,
            rmse_int8_m: PUBLISHED_CASE.rmse_int8_m,
            min_m: PUBLISHED_CASE.min_m,
            max_m: current.max_m,
            bits: Bits::EIGHT.get(),
            abs_rel: BeforeAfter {
                fp32: None,
                int8: Some(current.abs_rel),
            },
            delta1: BeforeAfter {
                fp32: None,
                int8: Some(PUBLISHED_CASE.delta1),
            },
            parameters: Some(PUBLISHED_CASE.parameters()),
        }
    }
}

/// An input field of the calculator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CalculatorField {
    /// RMSE of the floating-point network.
    RmseFp32,
    /// RMSE of the INT8 network.
    RmseInt8,
    /// Both ends of the range.
    Range,
    /// Bit width.
    Bits,
    /// `abs_rel` before or after.
    AbsRel,
    /// `delta1` before or after.
    Delta1,
    /// Number of parameters.
    Parameters,
}

/// The reason why a field is invalid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldProblem {
    /// An RMSE that is negative, too large or not a number.
    NoRmse,
    /// Ends that make no range.
    Range(RangeError),
    /// Bits outside 1 to 16.
    Bits(u8),
    /// An `abs_rel` that is negative or not finite.
    NoRatio,
    /// A share outside 0..1.
    NoShare,
    /// A number of parameters that is under 1, too large or not a number.
    NoCount,
}

/// An invalid field with the reason.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldError {
    /// The field.
    pub field: CalculatorField,
    /// The reason.
    pub problem: FieldProblem,
}

/// The direction of the change from FP32 to INT8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The RMSE rose: INT8 is worse.
    Rose,
    /// Both RMSEs are equal.
    Equal,
    /// The RMSE fell: INT8 is better on these frames.
    Fell,
}

/// The code resolution at which the output's rounding error is small beside the gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequiredResolution {
    /// Rounding RMSE to reach, in metres: [`SMALL_SHARE`] of the gap.
    pub rmse_m: f64,
    /// Number of values that a uniform code over the range needs for it.
    pub values: f64,
    /// That number over the number of values of the code in use: above 1, more values are needed.
    pub share_of_codes: f64,
    /// Bits for that many values.
    pub bits: u32,
}

/// Size of the weights, in MB of 10^6 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightSizes {
    /// Number of parameters.
    pub parameters: f64,
    /// Four bytes each.
    pub fp32_mb: f64,
    /// Two bytes each.
    pub fp16_mb: f64,
    /// One byte each; scales and zero points are not counted.
    pub int8_mb: f64,
}

impl WeightSizes {
    /// Computes the sizes from the number of parameters.
    #[must_use]
    pub(super) fn from_parameters(parameters: f64) -> Self {
        Self {
            parameters,
            fp32_mb: 4.0 * parameters / 1e6,
            fp16_mb: 2.0 * parameters / 1e6,
            int8_mb: parameters / 1e6,
        }
    }
}

/// The result of the calculator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calculator {
    /// The checked input.
    pub input: CalculatorInput,
    /// The range.
    pub range: OutputRange,
    /// The bit width.
    pub bits: Bits,
    /// Predictions, gap and shares.
    pub theory: IndependenceModel,
    /// Direction of the change.
    pub direction: Direction,
    /// Rise of the RMSE from the output's ideal rounding alone, in metres.
    pub rise_by_output_m: f64,
    /// That rise as a share of the gap, where there is one.
    pub share_of_gap: Option<f64>,
    /// RMSE of the part of the implied variance that the output's ideal rounding does not explain, in metres.
    ///
    /// `None` where no variance is implied; 0 m where the output alone explains more than is implied.
    pub unexplained_m: Option<f64>,
    /// Resolution that brings the output's rounding to a hundredth of the gap; `None` without a gap.
    pub required_resolution: Option<RequiredResolution>,
    /// Relative rise of abs_rel, where both are known.
    pub abs_rel_rise: Option<f64>,
    /// Change of delta1 as a difference of shares, where both are known.
    pub delta1_change: Option<f64>,
    /// Size of the weights, where the parameters are known.
    pub sizes: Option<WeightSizes>,
}

impl Calculator {
    /// Checks the input and computes the result.
    ///
    /// # Errors
    /// All invalid fields.
    pub fn new(input: &CalculatorInput) -> Result<Self, Vec<FieldError>> {
        let mut errors = field_errors(input);
        let range = OutputRange::new(input.min_m, input.max_m);
        if let Err(error) = range {
            errors.push(FieldError {
                field: CalculatorField::Range,
                problem: FieldProblem::Range(error),
            });
        }
        let bits = Bits::new(input.bits);
        if bits.is_none() {
            errors.push(FieldError {
                field: CalculatorField::Bits,
                problem: FieldProblem::Bits(input.bits),
            });
        }
        match (range, bits) {
            (Ok(range), Some(bits)) if errors.is_empty() => Ok(Self::checked(input, range, bits)),
            _ => Err(errors),
        }
    }

    fn checked(input: &CalculatorInput, range: OutputRange, bits: Bits) -> Self {
        let theory = IndependenceModel::new(input.rmse_fp32_m, input.rmse_int8_m, range, bits);
        let direction = direction(&theory);
        let rise_by_output_m = rise_m(theory.rmse_fp32_m, theory.ideal_rmse_m);
        let has_gap = direction == Direction::Rose;
        let both = |f: BeforeAfter| f.fp32.zip(f.int8);
        Self {
            input: *input,
            range,
            bits,
            theory,
            direction,
            rise_by_output_m,
            share_of_gap: has_gap.then(|| rise_by_output_m / theory.gap_m),
            unexplained_m: theory.implied_m.map(|implied| {
                let left = implied * implied - theory.ideal_rmse_m * theory.ideal_rmse_m;
                left.max(0.0).sqrt()
            }),
            required_resolution: has_gap
                .then(|| required_resolution(range, bits, SMALL_SHARE * theory.gap_m)),
            abs_rel_rise: both(input.abs_rel)
                .filter(|(before, _)| *before > 0.0)
                .map(|(before, after)| after / before - 1.0),
            delta1_change: both(input.delta1).map(|(before, after)| after - before),
            sizes: input.parameters.map(WeightSizes::from_parameters),
        }
    }

    /// Returns the meaning of the two RMSEs in one or two sentences, translated.
    #[must_use]
    pub fn meaning(&self) -> String {
        text::meaning(self)
    }

    /// Returns the ratio of lengths beside the share of the variance, which it is often mistaken for, translated; `None` without a gap.
    #[must_use]
    pub fn length_against_variance(&self) -> Option<String> {
        text::length_against_variance(self)
    }

    /// Returns the resolution at which the output's rounding is small beside the gap, translated; `None` without a gap.
    #[must_use]
    pub fn required_resolution_text(&self) -> Option<String> {
        self.required_resolution
            .map(|f| text::required_resolution(self, &f))
    }
}

impl WeightSizes {
    /// Returns the sizes in a sentence that defines the MB, translated.
    #[must_use]
    pub fn text(&self) -> String {
        text::sizes(self)
    }
}

impl FieldError {
    /// Returns the error message for the field, translated.
    #[must_use]
    pub fn text(&self) -> String {
        text::problem(self)
    }
}

fn direction(theory: &IndependenceModel) -> Direction {
    let scale = theory.rmse_fp32_m.max(theory.rmse_int8_m);
    if theory.gap_m.abs() <= EQUAL * scale {
        Direction::Equal
    } else if theory.gap_m > 0.0 {
        Direction::Rose
    } else {
        Direction::Fell
    }
}

/// `sqrt(before^2 + added^2) - before` without the cancellation of a small rise.
fn rise_m(before_m: f64, added_m: f64) -> f64 {
    let after_m = (before_m * before_m + added_m * added_m).sqrt();
    added_m * added_m / (after_m + before_m)
}

fn required_resolution(range: OutputRange, bits: Bits, rmse_m: f64) -> RequiredResolution {
    let steps = (range.width_m() / (12.0_f64.sqrt() * rmse_m)).max(1.0);
    // An integer number of steps, robust against rounding in the last bit.
    let steps = (steps * (1.0 - 1e-12)).ceil();
    let values = steps + 1.0;
    RequiredResolution {
        rmse_m,
        values,
        share_of_codes: values / (f64::from(bits.steps()) + 1.0),
        bits: libm::ceil(libm::log2(values) - 1e-12) as u32,
    }
}

fn field_errors(input: &CalculatorInput) -> Vec<FieldError> {
    let rmse = |v: f64| (0.0..=MAX_RMSE_M).contains(&v);
    let known =
        |f: BeforeAfter, good: fn(f64) -> bool| [f.fp32, f.int8].into_iter().flatten().all(good);
    let parameters = input
        .parameters
        .is_none_or(|n| (1.0..=MAX_PARAMETERS).contains(&n));
    let checks = [
        (
            rmse(input.rmse_fp32_m),
            CalculatorField::RmseFp32,
            FieldProblem::NoRmse,
        ),
        (
            rmse(input.rmse_int8_m),
            CalculatorField::RmseInt8,
            FieldProblem::NoRmse,
        ),
        (
            known(input.abs_rel, |v| v.is_finite() && v >= 0.0),
            CalculatorField::AbsRel,
            FieldProblem::NoRatio,
        ),
        (
            known(input.delta1, |v| (0.0..=1.0).contains(&v)),
            CalculatorField::Delta1,
            FieldProblem::NoShare,
        ),
        (
            parameters,
            CalculatorField::Parameters,
            FieldProblem::NoCount,
        ),
    ];
    let wrong = checks.into_iter().filter(|(good, ..)| !good);
    wrong
        .map(|(_, field, problem)| FieldError { field, problem })
        .collect()
}

/// Formats a share of a variance with three digits, because it is often far under one per cent.
pub fn fine_percent(share: f64) -> String {
    format!("{} %", units::ratio(share * 100.0))
}

/// Texts of the calculator.
mod text {
    use super::{
        Calculator, CalculatorField, Direction, FieldError, FieldProblem, MAX_PARAMETERS,
        RequiredResolution, WeightSizes, fine_percent,
    };
    use fathom_core::i18n::tr;
    use fathom_core::units;

    pub(super) fn problem(error: &FieldError) -> String {
        let of = match error.field {
            CalculatorField::RmseFp32 => tr!("The RMSE of FP32"),
            CalculatorField::RmseInt8 => tr!("The RMSE of INT8"),
            CalculatorField::Range => tr!("The output range"),
            CalculatorField::Bits => tr!("The bit width"),
            CalculatorField::AbsRel => "abs_rel",
            CalculatorField::Delta1 => "delta1",
            CalculatorField::Parameters => tr!("The number of parameters"),
        };
        match error.problem {
            FieldProblem::NoRmse => tr!("{of} must be a length of at least 0 m.", of),
            FieldProblem::Range(why) => tr!("{of} cannot be used: {why}.", of, why),
            FieldProblem::Bits(bits) => {
                tr!(
                    "{of} must be from 1 to 16 bits, not {}.",
                    units::counted(bits.into(), units::Noun::Bit),
                    of
                )
            }
            FieldProblem::NoRatio => tr!("{of} must be a ratio of at least 0.", of),
            FieldProblem::NoShare => tr!("{of} must be a share from 0 % to 100 %.", of),
            FieldProblem::NoCount => tr!(
                "{of} must be from 1 to {} million parameters.",
                units::count(MAX_PARAMETERS / 1e6),
                of
            ),
        }
    }

    pub(super) fn meaning(c: &Calculator) -> String {
        let t = &c.theory;
        let (before, after) = (units::length(t.rmse_fp32_m), units::length(t.rmse_int8_m));
        match (c.direction, t.implied_m) {
            (Direction::Rose, Some(implied)) => tr!(
                "INT8 is worse by {}: {before} became {after}. If its errors are independent of FP32's, they have an RMSE of {}, and \
                 rounding the output, {}, explains {} of their variance.",
                units::length(t.gap_m),
                units::length(implied),
                units::length(t.ideal_rmse_m),
                fine_percent(t.output_share.unwrap_or(0.0)),
                before,
                after
            ),
            (Direction::Fell, _) => tr!(
                "INT8 is better by {} on these frames: its errors partly cancel FP32's, or the frames differ. Independent errors cannot \
                 do that, so no quantization error can be inferred. The maps can show it.",
                units::length(-t.gap_m)
            ),
            _ => tr!(
                "INT8 and FP32 have the same RMSE, {before}. No quantization error shows in it; rounding the output alone would \
                 raise it by {}.",
                units::length(c.rise_by_output_m),
                before
            ),
        }
    }

    pub(super) fn length_against_variance(c: &Calculator) -> Option<String> {
        let t = &c.theory;
        let of_variance = fine_percent(t.output_share?);
        let with_half_step = fine_percent(t.output_share_with_half_step?);
        let ratio = units::share(t.length_ratio?);
        Some(tr!(
            "{} is {} over {}, a ratio of lengths. Errors add as squares: of the variance that the rise implies, the output's rounding \
             is {}, and would be {} if its largest error were its RMSE.",
            ratio,
            units::length(t.half_step_m),
            units::length(t.gap_m),
            of_variance,
            with_half_step
        ))
    }

    pub(super) fn required_resolution(c: &Calculator, f: &RequiredResolution) -> String {
        let than = if f.share_of_codes <= 1.0 {
            tr!(
                "{} of those in use are enough",
                units::share(f.share_of_codes)
            )
        } else {
            tr!(
                "{} times those in use, {}",
                units::ratio(f.share_of_codes),
                units::counted(f.bits as usize, units::Noun::Bit)
            )
        };
        tr!(
            "For a rounding of 1 % of the rise, {}, the output needs {} values: {than}. Rounding now raises the RMSE by {} of {}.",
            units::length(f.rmse_m),
            units::count(f.values),
            units::length(c.rise_by_output_m),
            units::length(c.theory.gap_m),
            than
        )
    }

    pub(super) fn sizes(s: &WeightSizes) -> String {
        let mb = |v: f64| units::bytes(v * 1e6);
        tr!(
            "{} parameters: {} as FP32, {} as FP16, {} as INT8. An MB is 10^6 bytes; scales and zero points are not counted.",
            units::count(s.parameters),
            mb(s.fp32_mb),
            mb(s.fp16_mb),
            mb(s.int8_mb)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn published() -> Calculator {
        Calculator::new(&CalculatorInput::published()).expect("the published case")
    }

    #[test]
    fn the_published_case_has_its_known_results() {
        let c = published();
        assert_eq!(c.direction, Direction::Rose);
        let rows = [
            ("rise by the output", c.rise_by_output_m, 0.000_345, 1e-6),
            (
                "its share of the gap",
                c.share_of_gap.expect("a gap"),
                0.000_984,
                2e-6,
            ),
            (
                "unexplained",
                c.unexplained_m.expect("a rise"),
                0.629_8,
                1e-4,
            ),
            (
                "values",
                c.required_resolution.expect("a gap").values,
                1194.0,
                0.0,
            ),
            (
                "share of codes",
                c.required_resolution.expect("a gap").share_of_codes,
                1194.0 / 256.0,
                1e-12,
            ),
            ("fp32", c.sizes.expect("parameters").fp32_mb, 54.0, 0.0),
            ("fp16", c.sizes.expect("parameters").fp16_mb, 27.0, 0.0),
            ("int8", c.sizes.expect("parameters").int8_mb, 13.5, 0.0),
        ];
        for (name, got, expected, tolerance) in rows {
            assert!(
                (got - expected).abs() <= tolerance,
                "{name}: {got} against {expected}"
            );
        }
        assert_eq!(c.required_resolution.expect("a gap").bits, 11);
        assert!(
            c.meaning().contains("0.0679 % of their variance"),
            "{}",
            c.meaning()
        );
        let why = c.length_against_variance().expect("a gap");
        assert!(
            why.starts_with("8.1 % is 28.4 mm over 351 mm") && why.contains("0.204 %"),
            "{why}"
        );
        let fine = c.required_resolution_text().expect("a gap");
        assert!(
            fine.contains("1,194 values: 4.66 times those in use, 11 bits"),
            "{fine}"
        );
        let sizes = c.sizes.expect("parameters").text();
        assert!(sizes.starts_with("13,500,000 parameters: 54.0 MB as FP32, 27.0 MB as FP16, 13.5 MB as INT8. An MB is 10^6"), "{sizes}");
    }

    #[test]
    fn every_invalid_field_has_its_message() {
        let good = CalculatorInput::published();
        let rows: [(CalculatorInput, CalculatorField, &str); 11] = [
            (
                CalculatorInput {
                    rmse_fp32_m: f64::NAN,
                    ..good
                },
                CalculatorField::RmseFp32,
                "RMSE of FP32 must be a length",
            ),
            (
                CalculatorInput {
                    rmse_int8_m: -0.1,
                    ..good
                },
                CalculatorField::RmseInt8,
                "RMSE of INT8 must be a length",
            ),
            (
                CalculatorInput {
                    rmse_int8_m: f64::INFINITY,
                    ..good
                },
                CalculatorField::RmseInt8,
                "RMSE of INT8 must be a length",
            ),
            (
                CalculatorInput {
                    min_m: 15.0,
                    ..good
                },
                CalculatorField::Range,
                "needs its start below its end",
            ),
            (
                CalculatorInput {
                    max_m: f64::NAN,
                    ..good
                },
                CalculatorField::Range,
                "two finite ends",
            ),
            (
                CalculatorInput { bits: 0, ..good },
                CalculatorField::Bits,
                "from 1 to 16 bits, not 0 bits",
            ),
            (
                CalculatorInput { bits: 17, ..good },
                CalculatorField::Bits,
                "not 17 bits",
            ),
            (
                CalculatorInput {
                    abs_rel: BeforeAfter {
                        fp32: Some(-1.0),
                        int8: None,
                    },
                    ..good
                },
                CalculatorField::AbsRel,
                "abs_rel must be a ratio",
            ),
            (
                CalculatorInput {
                    delta1: BeforeAfter {
                        fp32: None,
                        int8: Some(92.4),
                    },
                    ..good
                },
                CalculatorField::Delta1,
                "a share from 0 % to 100 %",
            ),
            (
                CalculatorInput {
                    parameters: Some(0.0),
                    ..good
                },
                CalculatorField::Parameters,
                "from 1 to 10,000,000 million",
            ),
            (
                CalculatorInput {
                    parameters: Some(f64::INFINITY),
                    ..good
                },
                CalculatorField::Parameters,
                "from 1 to",
            ),
        ];
        for (input, field, words) in rows {
            let errors = Calculator::new(&input).expect_err(words);
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(errors[0].field, field);
            let text = errors[0].text();
            assert!(
                text.contains(words) && text.ends_with('.') && !text.contains("NaN"),
                "{text}"
            );
        }
        let all = CalculatorInput {
            rmse_fp32_m: -1.0,
            rmse_int8_m: -1.0,
            bits: 0,
            max_m: 0.0,
            ..good
        };
        assert_eq!(Calculator::new(&all).expect_err("four").len(), 4);
    }

    #[test]
    fn a_fall_and_a_tie_are_valid_input() {
        let fell = CalculatorInput {
            rmse_int8_m: 0.3,
            ..CalculatorInput::published()
        };
        let c = Calculator::new(&fell).expect("figures");
        assert_eq!(
            (c.direction, c.share_of_gap, c.required_resolution),
            (Direction::Fell, None, None)
        );
        assert!(
            c.meaning()
                .starts_with("INT8 is better by 90.0 mm on these frames: its errors partly cancel"),
            "{}",
            c.meaning()
        );
        assert_eq!(c.length_against_variance(), None);
        let tie = CalculatorInput {
            rmse_int8_m: 0.39,
            ..fell
        };
        let c = Calculator::new(&tie).expect("figures");
        assert_eq!(c.direction, Direction::Equal);
        assert!(
            c.meaning()
                .starts_with("INT8 and FP32 have the same RMSE, 390 mm"),
            "{}",
            c.meaning()
        );
        let zero = CalculatorInput {
            rmse_fp32_m: 0.0,
            rmse_int8_m: 0.0,
            ..fell
        };
        assert_eq!(
            Calculator::new(&zero).expect("figures").direction,
            Direction::Equal
        );
    }

    #[test]
    fn values_before_and_after_give_the_change_of_a_metric() {
        let input = CalculatorInput {
            abs_rel: BeforeAfter {
                fp32: Some(0.1),
                int8: Some(0.125),
            },
            delta1: BeforeAfter {
                fp32: Some(0.95),
                int8: Some(0.92),
            },
            ..CalculatorInput::published()
        };
        let c = Calculator::new(&input).expect("figures");
        assert!((c.abs_rel_rise.expect("both") - 0.25).abs() < 1e-12);
        assert!((c.delta1_change.expect("both") + 0.03).abs() < 1e-12);
        assert_eq!(
            (published().abs_rel_rise, published().delta1_change),
            (None, None)
        );
    }

    proptest! {
        #[test]
        fn the_required_number_of_values_is_the_smallest(
            fp32 in 0.0_f64..2.0, gap in 1e-4_f64..2.0, min_m in 0.0_f64..2.0, width in 0.1_f64..200.0, bits in 1_u8..=16,
        ) {
            let input = CalculatorInput {
                rmse_fp32_m: fp32, rmse_int8_m: fp32 + gap, min_m, max_m: min_m + width, bits, ..CalculatorInput::published()
            };
            let c = Calculator::new(&input).expect("figures");
            let f = c.required_resolution.expect("a gap");
            let rmse = |values: f64| c.range.width_m() / (values - 1.0) / 12.0_f64.sqrt();
            prop_assert!(rmse(f.values) <= f.rmse_m * (1.0 + 1e-9));
            prop_assert!(f.values <= 2.0 || rmse(f.values - 1.0) > f.rmse_m * (1.0 - 1e-9));
            let power = f64::from(f.bits);
            prop_assert!(libm::exp2(power) >= f.values && libm::exp2(power - 1.0) < f.values);
            let direct = (fp32 * fp32 + c.theory.ideal_rmse_m * c.theory.ideal_rmse_m).sqrt() - fp32;
            prop_assert!((c.rise_by_output_m - direct).abs() < 1e-9 * c.rise_by_output_m.max(1e-6));
            let text = format!("{} {:?} {:?}", c.meaning(), c.length_against_variance(), c.required_resolution_text());
            prop_assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }
}
