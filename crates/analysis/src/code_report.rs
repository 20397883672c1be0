//! Codes side by side on one distribution: values, bits, steps, and every error.
//!
//! May know codes, policies and metrics. A comparison is cut into one step per code: those with tens of thousands of values take
//! some 15 ms on millions of depths.

use serde::{Deserialize, Serialize};

use super::policy::Policy;
use super::range_report::{Clipped, MeasuredErrors, Outcome};
use fathom_core::quant::{
    AnyCode, Bits, CodeError, CodeSpec, ErrorWeight, OutputRange, PointDensity, ScalarCode,
    lloyd_max,
};
use fathom_core::stats::Distribution;

/// Depths at which a code's step is told, in metres.
pub const STEP_DEPTHS_M: [f64; 5] = [1.0, 2.0, 5.0, 10.0, 20.0];

/// A code to compare: given by parameters, or fitted to the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CodeChoice {
    /// Given.
    Given(CodeSpec),
    /// The smooth code whose values have the best density.
    Companding(ErrorWeight),
    /// The best code of the data in RMSE.
    LloydMax,
}

/// How many values a code may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeAmount {
    /// As a code of so many bits has them; formats and pieces have their own.
    Bits(Bits),
    /// Exactly so many for every code: the fair comparison, which leaves formats out.
    Levels(usize),
}

impl CodeAmount {
    fn levels(self) -> usize {
        match self {
            Self::Bits(bits) => bits.steps() as usize + 1,
            Self::Levels(levels) => levels,
        }
    }
}

impl CodeChoice {
    /// All of them with their usual parameters, in the order they are shown.
    #[must_use]
    pub fn shown() -> Vec<Self> {
        let given = CodeSpec::shown().into_iter().map(Self::Given);
        let fitted = [
            Self::Companding(ErrorWeight::Relative),
            Self::Companding(ErrorWeight::Same),
            Self::LloydMax,
        ];
        given.chain(fitted).collect()
    }

    /// The name in reports and on the page.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Given(spec) => spec.name(),
            Self::Companding(weight) => weight.code_name().to_owned(),
            Self::LloydMax => "Lloyd-Max".to_owned(),
        }
    }

    /// The code over a range; fitted codes take the range of the data.
    ///
    /// # Errors
    /// [`CodeError`] where parameters, range or data do not suit the code.
    pub fn build(
        &self,
        depths: &Distribution,
        range: OutputRange,
        amount: CodeAmount,
    ) -> Result<AnyCode, CodeError> {
        match (self, amount) {
            (Self::Given(spec), CodeAmount::Bits(bits)) => spec.over(range, bits),
            (Self::Given(spec), CodeAmount::Levels(levels)) => spec.with_levels(range, levels),
            (Self::Companding(weight), _) => {
                let density = PointDensity::of(depths, *weight)?;
                Ok(density.code(amount.levels())?.into())
            }
            (Self::LloydMax, _) => Ok(lloyd_max(depths, amount.levels())?.into()),
        }
    }
}

/// Everything there is to say about one code. Lengths in metres, shares in 0..1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeReport {
    /// Number of different values.
    pub levels: usize,
    /// Its base-2 logarithm: 10.4 for 1,344 values.
    pub level_bits: f64,
    /// Bits that one stored number takes.
    pub storage_bits: u32,
    /// Outside this depths are clipped.
    pub effective: OutputRange,
    /// Steps at [`STEP_DEPTHS_M`]; `None` beyond the values.
    pub steps_m: [Option<f64>; STEP_DEPTHS_M.len()],
    /// The values of a code that was fitted to the data, in metres; `None` for a code that its parameters tell.
    pub fitted_values_m: Option<Vec<f64>>,
    /// Number of valid pixels.
    pub count: f64,
    /// Share of valid pixels inside.
    pub coverage: f64,
    /// Share of valid pixels at or under the end.
    pub far_coverage: f64,
    /// Pixels under the range.
    pub below: Clipped,
    /// Pixels over the range.
    pub above: Clipped,
    /// Pixels under or over.
    pub clipped: Clipped,
    /// Errors under the policy; `None` where it leaves no pixel.
    pub errors: Option<MeasuredErrors>,
}

impl CodeReport {
    /// Measures a code on a distribution, predictions floored at `eval_min_m` for ratios and logarithms.
    #[must_use]
    pub fn measure(depths: &Distribution, code: &AnyCode, policy: Policy, eval_min_m: f64) -> Self {
        let outcome = Outcome::measure(depths, code, policy, eval_min_m);
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

/// One row: a code's name and its report, or why there is no such code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeRow {
    /// The code.
    pub choice: CodeChoice,
    /// What it does.
    pub report: Result<CodeReport, CodeError>,
}

/// A comparison of codes, measured one at a time.
#[derive(Clone, Debug)]
pub struct CodeComparison {
    waiting: Vec<CodeChoice>,
    range: OutputRange,
    amount: CodeAmount,
    policy: Policy,
    eval_min_m: f64,
    rows: Vec<CodeRow>,
}

impl CodeComparison {
    /// Prepares a comparison over a range. With a fixed number of values, formats are left out: they have their own.
    #[must_use]
    pub fn new(
        choices: Vec<CodeChoice>,
        range: OutputRange,
        amount: CodeAmount,
        policy: Policy,
        eval_min_m: f64,
    ) -> Self {
        let fair = matches!(amount, CodeAmount::Levels(_));
        let fixed = |choice: &CodeChoice| matches!(choice, CodeChoice::Given(s) if s.is_fixed());
        let mut waiting = choices;
        waiting.retain(|choice| !(fair && fixed(choice)));
        // Taken from the end.
        waiting.reverse();
        Self {
            waiting,
            range,
            amount,
            policy,
            eval_min_m,
            rows: Vec::new(),
        }
    }

    /// Measures one more code; `true` while there are more.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let Some(choice) = self.waiting.pop() else {
            return false;
        };
        let code = choice.build(depths, self.range, self.amount);
        let is_fitted = !matches!(choice, CodeChoice::Given(_));
        let report = code.map(|code| CodeReport {
            fitted_values_m: is_fitted
                .then(|| (0..code.levels()).map(|k| code.value_m(k)).collect()),
            ..CodeReport::measure(depths, &code, self.policy, self.eval_min_m)
        });
        self.rows.push(CodeRow { choice, report });
        true
    }

    /// Whether every code is measured.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The rows so far, in the order asked for.
    #[must_use]
    pub fn rows(&self) -> &[CodeRow] {
        &self.rows
    }

    /// The Panter-Dite estimate of the least RMSE with as many values, in metres; `None` where all depths are equal.
    #[must_use]
    pub fn panter_dite_m(&self, depths: &Distribution) -> Option<f64> {
        let density = PointDensity::of(depths, ErrorWeight::Same).ok()?;
        Some(density.panter_dite(self.amount.levels()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::metrics::DEFAULT_EVAL_MIN_M;
    use fathom_core::stats::Resolution;
    use proptest::prelude::*;

    fn compare(depths: &Distribution, range: (f64, f64), amount: CodeAmount) -> Vec<CodeRow> {
        let range = OutputRange::new(range.0, range.1).expect("a range");
        let mut comparison = CodeComparison::new(
            CodeChoice::shown(),
            range,
            amount,
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
    fn the_published_case_shows_that_the_code_matters_more_than_the_range() {
        let depths = fathom_core::synth::long_tail().expect("the sample");
        let range = OutputRange::new(0.05, 230.3).expect("a range");
        let code = CodeSpec::Logarithmic
            .over(range, Bits::EIGHT)
            .expect("a code");
        let report = CodeReport::measure(&depths, &code, Policy::Count, DEFAULT_EVAL_MIN_M);
        let metrics = report.errors.expect("pixels").metrics;
        // Numpy's figures for the sample.
        assert!((metrics.rmse - 0.059).abs() < 5e-4, "{}", metrics.rmse);
        assert!(
            (metrics.abs_rel - 0.0087).abs() < 5e-5,
            "{}",
            metrics.abs_rel
        );
        let best = lloyd_max(&depths, 256).expect("a code").into();
        let best = CodeReport::measure(&depths, &best, Policy::Count, DEFAULT_EVAL_MIN_M);
        let best = best.errors.expect("pixels").metrics.rmse;
        let estimate = PointDensity::of(&depths, ErrorWeight::Same).expect("a density");
        let ratio = best / estimate.panter_dite(256);
        assert!(
            best < metrics.rmse && (0.9..1.05).contains(&ratio),
            "{best}, {ratio}"
        );
    }

    proptest! {
        #[test]
        fn no_code_with_as_many_values_beats_the_lloyd_max_code(
            values in prop::collection::vec(0.02_f64..60.0, 40..300), a in 0.01_f64..1.0, levels in 3_usize..24,
        ) {
            let depths = distribution(values);
            let rows = compare(&depths, (a, 60.0), CodeAmount::Levels(levels));
            let bound = rmse(rows.last().expect("rows"));
            for row in &rows {
                prop_assert!(bound <= rmse(row) * (1.0 + 1e-9), "{}: {} under {bound}", row.choice.name(), rmse(row));
                prop_assert_eq!(row.report.as_ref().expect("a code").levels, levels);
            }
        }
    }

    #[test]
    fn degenerate_data_and_ranges_give_figures_or_a_sentence() {
        for values in [
            vec![2.0],
            vec![1.0, 2.0],
            vec![5e-324, 2.0],
            vec![500.0, 501.0],
        ] {
            let depths = distribution(values.clone());
            for amount in [CodeAmount::Bits(Bits::EIGHT), CodeAmount::Levels(256)] {
                for range in [(0.0, 15.0), (0.5, 15.0), (100.0, 200.0)] {
                    for row in compare(&depths, range, amount) {
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
