//! Comparison of the calibration methods' ranges, measured with the same settings.

use serde::{Deserialize, Serialize};

use super::calibration_error::CalibrationError;
use super::calibrator::Calibrator;
use crate::range_report::{NamedRange, RangeReport, RangeSettings};
use fathom_core::stats::Distribution;

/// The report of one method's range, or the reason why it has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibratorRow {
    /// The method.
    pub method: Calibrator,
    /// The report, whose range has the method's name.
    pub report: Result<RangeReport, CalibrationError>,
}

/// A comparison that measures one method per step.
#[derive(Clone, Debug)]
pub struct CalibratorComparison {
    pending: Vec<Calibrator>,
    settings: RangeSettings,
    rows: Vec<CalibratorRow>,
}

impl CalibratorComparison {
    /// Prepares a comparison. Methods that depend on the bit width use that of `settings`.
    #[must_use]
    pub fn new(methods: Vec<Calibrator>, settings: RangeSettings) -> Self {
        let mut pending = methods;
        // `step` pops from the end.
        pending.reverse();
        Self {
            pending,
            settings,
            rows: Vec::new(),
        }
    }

    /// Measures the next method. Returns false once none is left.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let Some(method) = self.pending.pop() else {
            return false;
        };
        let report = method.range(depths, self.settings.bits).map(|range| {
            let named = NamedRange {
                name: method.name(),
                range,
            };
            RangeReport::measure(depths, &named, &self.settings)
        });
        self.rows.push(CalibratorRow { method, report });
        true
    }

    /// Returns true once every method is measured.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.pending.is_empty()
    }

    /// Returns the rows so far, in the order of the methods.
    #[must_use]
    pub fn rows(&self) -> &[CalibratorRow] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use crate::range_space::OptimumSearch;
    use fathom_core::metrics::Criterion;
    use fathom_core::stats::Resolution;

    #[test]
    fn no_method_beats_the_best_range() {
        let values: Vec<f64> = (0..3000)
            .map(|i| 0.7 * libm::exp(f64::from(i) / 900.0))
            .collect();
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        let settings = RangeSettings::default();
        let mut comparison = CalibratorComparison::new(Calibrator::all(), settings);
        while comparison.step(&depths) {}
        assert!(comparison.is_done());
        let criteria = [Criterion::Rmse, Criterion::AbsRel];
        let search = OptimumSearch {
            settings,
            clipping_weight: 1.0,
        };
        for best in search.run(&depths, &criteria) {
            let least = best
                .point
                .parts(best.criterion, Policy::Count, 1.0)
                .expect("pixels")
                .value;
            for row in comparison.rows() {
                let report = row.report.as_ref().expect("a range");
                let value = best
                    .criterion
                    .value_in(&report.errors.expect("pixels").metrics);
                assert!(
                    least <= value * (1.0 + 1e-9),
                    "{}: {value} under {least}",
                    report.named.name
                );
            }
        }
    }
}
