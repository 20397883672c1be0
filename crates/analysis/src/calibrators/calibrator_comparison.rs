//! What the ranges of the calibration methods cost, beside each other.
//!
//! The one part of this module that knows measurements and policies; the methods themselves do not.

use serde::{Deserialize, Serialize};

use super::super::range_report::{Measurement, NamedRange, RangeReport};
use super::{CalibrationError, Calibrator};
use fathom_core::stats::Distribution;

/// One method: what its range does, or why it picks none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibratorRow {
    /// The method.
    pub method: Calibrator,
    /// The range under the method's name, and every figure of it.
    pub report: Result<RangeReport, CalibrationError>,
}

/// A comparison of methods, one at a time.
#[derive(Clone, Debug)]
pub struct CalibratorComparison {
    waiting: Vec<Calibrator>,
    how: Measurement,
    rows: Vec<CalibratorRow>,
}

impl CalibratorComparison {
    /// Prepares a comparison; methods that depend on the bits take those of `how`.
    #[must_use]
    pub fn new(methods: Vec<Calibrator>, how: Measurement) -> Self {
        let mut waiting = methods;
        // Taken from the end.
        waiting.reverse();
        Self {
            waiting,
            how,
            rows: Vec::new(),
        }
    }

    /// Asks and measures one more method; `true` while there are more.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let Some(method) = self.waiting.pop() else {
            return false;
        };
        let report = method.range(depths, self.how.bits).map(|range| {
            let named = NamedRange {
                name: method.name(),
                range,
            };
            RangeReport::measure(depths, &named, &self.how)
        });
        self.rows.push(CalibratorRow { method, report });
        true
    }

    /// Whether every method is measured.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The rows so far, in the order asked for.
    #[must_use]
    pub fn rows(&self) -> &[CalibratorRow] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use crate::landscape::OptimumSearch;
    use fathom_core::metrics::Criterion;
    use fathom_core::stats::Resolution;

    #[test]
    fn no_method_beats_the_best_range() {
        let values: Vec<f64> = (0..3000)
            .map(|i| 0.7 * libm::exp(f64::from(i) / 900.0))
            .collect();
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        let how = Measurement::default();
        let mut comparison = CalibratorComparison::new(Calibrator::shown(), how);
        while comparison.step(&depths) {}
        assert!(comparison.is_done());
        let criteria = [Criterion::Rmse, Criterion::AbsRel];
        let search = OptimumSearch {
            how,
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
                let value = best.criterion.of(&report.errors.expect("pixels").metrics);
                assert!(
                    least <= value * (1.0 + 1e-9),
                    "{}: {value} under {least}",
                    report.named.name
                );
            }
        }
    }
}
