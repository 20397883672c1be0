//! Comparison of codes on one distribution: numbers of values, bits, steps and errors.
//!
//! A comparison is cut into one step per code. Codes with tens of thousands of values take some 15 ms on millions of depths.

use serde::{Deserialize, Serialize};

use super::policy::Policy;
use super::range_report::{ClippedPixels, CodeOutcome, MeasuredErrors};
use fathom_core::quant::{
    AnyCode, Bits, CodeError, CodeSpec, ErrorWeight, OutputRange, PointDensity, ScalarCode,
    lloyd_max,
};
use fathom_core::stats::Distribution;

/// Depths at which the step of a code is reported, in metres.
pub const STEP_DEPTHS_M: [f64; 5] = [1.0, 2.0, 5.0, 10.0, 20.0];

/// A code to compare: defined by parameters, or fitted to the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CodeChoice {
    /// A code defined by its parameters.
    Given(CodeSpec),
    /// The companding code whose values have the optimal density.
    Companding(ErrorWeight),
    /// The code with the lowest RMSE on the data.
    LloydMax,
}

/// The number of values that codes may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeSize {
    /// As many as a code of this bit width has. Number formats and piecewise codes have their own numbers.
    Bits(Bits),
    /// The same number for every code, which is the fair comparison. It excludes number formats.
    Levels(usize),
}

impl CodeSize {
    fn levels(self) -> usize {
        match self {
            Self::Bits(bits) => bits.steps() as usize + 1,
            Self::Levels(levels) => levels,
        }
    }
}

impl CodeChoice {
    /// Returns all codes with their usual parameters, in display order.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let given = CodeSpec::standard().into_iter().map(Self::Given);
        let fitted = [
            Self::Companding(ErrorWeight::Relative),
            Self::Companding(ErrorWeight::Same),
            Self::LloydMax,
        ];
        given.chain(fitted).collect()
    }

    /// Returns true if the values are fitted to the depths. On the sketch of a link they miss its bound, so that such rows are left out there.
    #[must_use]
    pub fn is_fitted(&self) -> bool {
        match self {
            Self::Given(_) => false,
            Self::Companding(_) | Self::LloydMax => true,
        }
    }

    /// Returns the name in reports and on the page.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Given(spec) => spec.name(),
            Self::Companding(weight) => weight.code_name().to_owned(),
            Self::LloydMax => "Lloyd-Max".to_owned(),
        }
    }

    /// Builds the code over a range. Fitted codes take the range of the data.
    ///
    /// # Errors
    /// [`CodeError`] where the parameters, the range or the data do not suit the code.
    pub fn build(
        &self,
        depths: &Distribution,
        range: OutputRange,
        size: CodeSize,
    ) -> Result<AnyCode, CodeError> {
        match (self, size) {
            (Self::Given(spec), size) => {
                let range = spec.range_from(range, depths.min_m());
                match size {
                    CodeSize::Bits(bits) => spec.over(range, bits),
                    CodeSize::Levels(levels) => spec.with_levels(range, levels),
                }
            }
            (Self::Companding(weight), _) => {
                let density = PointDensity::estimate(depths, *weight)?;
                Ok(density.code(size.levels())?.into())
            }
            (Self::LloydMax, _) => Ok(lloyd_max(depths, size.levels())?.into()),
        }
    }
}

/// The report of one code. Lengths are in metres, shares in 0..1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeReport {
    /// Number of distinct values.
    pub levels: usize,
    /// Base-2 logarithm of the number of values: 10.4 for 1,344 values.
    pub level_bits: f64,
    /// Bits of one stored number.
    pub storage_bits: u32,
    /// The range outside of which depths are clipped.
    pub effective: OutputRange,
    /// Steps at [`STEP_DEPTHS_M`] in metres; `None` beyond the values.
    pub steps_m: [Option<f64>; STEP_DEPTHS_M.len()],
    /// The values of a fitted code, in metres; `None` for a code that its parameters define.
    pub fitted_values_m: Option<Vec<f64>>,
    /// Number of valid pixels.
    pub count: f64,
    /// Share of valid pixels inside the range.
    pub coverage: f64,
    /// Share of valid pixels at or below the end.
    pub far_coverage: f64,
    /// Pixels below the range.
    pub below: ClippedPixels,
    /// Pixels above the range.
    pub above: ClippedPixels,
    /// Pixels below or above the range.
    pub clipped: ClippedPixels,
    /// Errors under the policy; `None` where it leaves no pixel.
    pub errors: Option<MeasuredErrors>,
}

impl CodeReport {
    /// Measures a code on a distribution. Ratios and logarithms raise values to `eval_min_m`.
    #[must_use]
    pub fn measure(depths: &Distribution, code: &AnyCode, policy: Policy, eval_min_m: f64) -> Self {
        let outcome = CodeOutcome::measure(depths, code, policy, eval_min_m);
        Self {
            levels: code.levels(),
            level_bits: code.level_bits(),
            storage_bits: code.storage_bits(),
            effective: code.range(),
            steps_m: STEP_DEPTHS_M.map(|depth_m| code.step_at_m(depth_m)),
            fitted_values_m: None,
            count: outcome.count,
            coverage: outcome.coverage,
            far_coverage: outcome.far_coverage,
            below: outcome.below,
            above: outcome.above,
            clipped: outcome.clipped,
            errors: outcome.errors,
        }
    }
}

/// The report of one code, or the reason why it cannot be built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeRow {
    /// The code.
    pub choice: CodeChoice,
    /// The report.
    pub report: Result<CodeReport, CodeError>,
}

/// A comparison that measures one code per step.
#[derive(Clone, Debug)]
pub struct CodeComparison {
    pending: Vec<CodeChoice>,
    range: OutputRange,
    size: CodeSize,
    policy: Policy,
    eval_min_m: f64,
    rows: Vec<CodeRow>,
}

impl CodeComparison {
    /// Prepares a comparison over a range. A fixed number of values excludes number formats, which have their own.
    #[must_use]
    pub fn new(
        choices: Vec<CodeChoice>,
        range: OutputRange,
        size: CodeSize,
        policy: Policy,
        eval_min_m: f64,
    ) -> Self {
        let has_fixed_levels = matches!(size, CodeSize::Levels(_));
        let is_format =
            |choice: &CodeChoice| matches!(choice, CodeChoice::Given(s) if s.is_fixed());
        let mut pending = choices;
        pending.retain(|choice| !(has_fixed_levels && is_format(choice)));
        // `step` pops from the end.
        pending.reverse();
        Self {
            pending,
            range,
            size,
            policy,
            eval_min_m,
            rows: Vec::new(),
        }
    }

    /// Measures the next code. Returns false once none is left.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let Some(choice) = self.pending.pop() else {
            return false;
        };
        let code = choice.build(depths, self.range, self.size);
        let is_fitted = !matches!(choice, CodeChoice::Given(_));
        let report = code.map(|code| CodeReport {
            fitted_values_m: is_fitted
                .then(|| (0..code.levels()).map(|k| code.value_m(k)).collect()),
            ..CodeReport::measure(depths, &code, self.policy, self.eval_min_m)
        });
        self.rows.push(CodeRow { choice, report });
        true
    }

    /// Returns true once every code is measured.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.pending.is_empty()
    }

    /// Returns the rows so far, in the order of the choices.
    #[must_use]
    pub fn rows(&self) -> &[CodeRow] {
        &self.rows
    }

    /// Computes the Panter-Dite estimate of the lowest RMSE with this number of values, in metres; `None` where all depths are equal.
    #[must_use]
    pub fn panter_dite_m(&self, depths: &Distribution) -> Option<f64> {
        let density = PointDensity::estimate(depths, ErrorWeight::Same).ok()?;
        Some(density.panter_dite(self.size.levels()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::metrics::DEFAULT_EVAL_MIN_M;
    use fathom_core::stats::Resolution;
    use proptest::prelude::*;

    fn compare(depths: &Distribution, range: (f64, f64), size: CodeSize) -> Vec<CodeRow> {
        let range = OutputRange::new(range.0, range.1).expect("a range");
        let mut comparison = CodeComparison::new(
            CodeChoice::all(),
            range,
            size,
            Policy::Count,
            DEFAULT_EVAL_MIN_M,
        );
        while comparison.step(depths) {}
        assert!(comparison.is_done());
        comparison.rows().to_vec()
    }

    fn rmse(row: &CodeRow) -> f64 {
        let report = row.report.as_ref().expect("a code");
        report.errors.expect("pixels").metrics.rmse
    }

    fn distribution(mut values: Vec<f64>) -> Distribution {
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn a_logarithmic_code_of_the_sample_has_numpys_figures() {
        let depths = fathom_core::synth::long_tail().expect("the sample");
        let range = OutputRange::new(0.05, 230.3).expect("a range");
        let code = CodeSpec::Logarithmic
            .over(range, Bits::EIGHT)
            .expect("a code");
        let report = CodeReport::measure(&depths, &code, Policy::Count, DEFAULT_EVAL_MIN_M);
        let metrics = report.errors.expect("pixels").metrics;
        // Numpy's figures over [0.05, 230.3] m.
        assert!((metrics.rmse - 0.059).abs() < 5e-4, "{}", metrics.rmse);
        assert!(
            (metrics.abs_rel - 0.0087).abs() < 5e-5,
            "{}",
            metrics.abs_rel
        );
        let best = lloyd_max(&depths, 256).expect("a code").into();
        let best = CodeReport::measure(&depths, &best, Policy::Count, DEFAULT_EVAL_MIN_M);
        let best = best.errors.expect("pixels").metrics.rmse;
        let estimate = PointDensity::estimate(&depths, ErrorWeight::Same).expect("a density");
        let ratio = best / estimate.panter_dite(256);
        assert!(
            best < metrics.rmse && (0.9..1.05).contains(&ratio),
            "{best}, {ratio}"
        );
    }

    proptest! {
        #[test]
        fn no_code_with_as_many_values_has_a_lower_rmse_than_lloyd_max(
            values in prop::collection::vec(0.02_f64..60.0, 40..300), a in 0.01_f64..1.0, levels in 3_usize..24,
        ) {
            let depths = distribution(values);
            let rows = compare(&depths, (a, 60.0), CodeSize::Levels(levels));
            let bound = rmse(rows.last().expect("rows"));
            for row in &rows {
                prop_assert!(bound <= rmse(row) * (1.0 + 1e-9), "{}: {} under {bound}", row.choice.name(), rmse(row));
                prop_assert_eq!(row.report.as_ref().expect("a code").levels, levels);
            }
        }
    }

    #[test]
    fn degenerate_depths_and_ranges_give_finite_figures_or_an_error() {
        for values in [
            vec![2.0],
            vec![1.0, 2.0],
            vec![5e-324, 2.0],
            vec![500.0, 501.0],
        ] {
            let depths = distribution(values.clone());
            for size in [CodeSize::Bits(Bits::EIGHT), CodeSize::Levels(256)] {
                for range in [(0.0, 15.0), (0.5, 15.0), (100.0, 200.0)] {
                    for row in compare(&depths, range, size) {
                        let text = format!("{:?}", row.report);
                        assert!(
                            !text.contains("NaN") && !text.contains("inf"),
                            "{values:?}: {text}"
                        );
                    }
                }
            }
        }
    }
}
