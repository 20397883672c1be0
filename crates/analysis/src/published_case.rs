//! The published case behind the built-in sample, and a check of its statements against computed figures.
//!
//! All figures in [`PUBLISHED_CASE`] are the publication's; the percentiles of its depths are in `fathom_core::synth`. Each published
//! statement stands beside the figure computed from the sample, with the condition under which it holds.

use super::independence_model::IndependenceModel;
use super::policy::Policy;
use super::range_report::{NamedRange, RangeReport, RangeSettings};
use fathom_core::i18n::{msgid, tr};
use fathom_core::quant::{Bits, OutputRange, RangeError, UniformCode};
use fathom_core::stats::Distribution;
use fathom_core::units;
use serde::{Deserialize, Serialize};

/// The published figures of one candidate range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PublishedRange {
    /// Name of the range.
    pub name: &'static str,
    /// End of the range in metres; all ranges start at 0.5 m.
    pub max_m: f64,
    /// Stated largest rounding error, in metres.
    pub half_step_m: f64,
    /// Stated share of pixels up to the end.
    pub far_coverage: f64,
    /// Expected RMSE in metres; the measured one for the current range.
    pub rmse_m: f64,
    /// Expected abs_rel; the measured one for the current range.
    pub abs_rel: f64,
}

/// The published figures, with all lengths in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PublishedCase {
    /// Start of all candidate ranges.
    pub min_m: f64,
    /// The candidates, narrowest first; the last is the current one.
    pub ranges: [PublishedRange; 4],
    /// RMSE of the floating-point model.
    pub rmse_fp32_m: f64,
    /// RMSE of the INT8 model.
    pub rmse_int8_m: f64,
    /// Stated gain of the narrowest range.
    pub stated_gain_m: f64,
    /// Smallest and largest stated loss by clipping.
    pub stated_loss_m: (f64, f64),
    /// Stated delta1 of the INT8 model.
    pub delta1: f64,
    /// Stated shares of the error sources.
    pub split: PublishedShares,
    /// Stated error after the first, the second, the third and the last layer.
    pub accumulated_m: [f64; 4],
    /// Stated size of the weights as FP32, FP16 and INT8, in MB.
    pub sizes_mb: [f64; 3],
}

/// The stated shares of the error sources; they add up to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PublishedShares {
    /// Rounding of the weights.
    pub weights: f64,
    /// Rounding of the activations.
    pub activations: f64,
    /// Rounding of the output.
    pub output: f64,
    /// Interactions of the other three.
    pub interactions: f64,
}

/// The case of the sample `long-tail`: a monocular-depth network on an INT8 accelerator, 91 frames.
pub const PUBLISHED_CASE: PublishedCase = PublishedCase {
    min_m: 0.5,
    ranges: [
        PublishedRange {
            name: msgid("aggressive"),
            max_m: 7.5,
            half_step_m: 0.0137,
            far_coverage: 0.879,
            rmse_m: 2.70,
            abs_rel: 0.350,
        },
        PublishedRange {
            name: msgid("balanced"),
            max_m: 10.0,
            half_step_m: 0.0186,
            far_coverage: 0.920,
            rmse_m: 0.94,
            abs_rel: 0.180,
        },
        PublishedRange {
            name: msgid("conservative"),
            max_m: 12.5,
            half_step_m: 0.0235,
            far_coverage: 0.946,
            rmse_m: 0.82,
            abs_rel: 0.140,
        },
        PublishedRange {
            name: msgid("current"),
            max_m: 15.0,
            half_step_m: 0.0284,
            far_coverage: 0.963,
            rmse_m: 0.741,
            abs_rel: 0.1133,
        },
    ],
    rmse_fp32_m: 0.390,
    rmse_int8_m: 0.741,
    stated_gain_m: 0.06,
    stated_loss_m: (0.5, 2.6),
    delta1: 0.9239,
    split: PublishedShares {
        weights: 0.50,
        activations: 0.40,
        output: 0.08,
        interactions: 0.02,
    },
    accumulated_m: [0.1e-3, 0.3e-3, 0.7e-3, 351e-3],
    sizes_mb: [54.0, 27.0, 14.0],
};

/// Returns the four candidate ranges with their names, narrowest first.
///
/// # Errors
/// [`RangeError`] if the ends of a range were out of order, which they are not.
pub fn published_candidates() -> Result<Vec<NamedRange>, RangeError> {
    let named = |r: &PublishedRange| {
        Ok(NamedRange {
            name: r.name.to_owned(),
            range: OutputRange::new(PUBLISHED_CASE.min_m, r.max_m)?,
        })
    };
    PUBLISHED_CASE.ranges.iter().map(named).collect()
}

/// The result of checking a published statement against computed figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Validity {
    /// The figures agree.
    Holds,
    /// The statement holds only under a condition that the publication does not state.
    OnlyIf,
    /// The figures disagree.
    DoesNotHold,
}

/// A published statement with the computed figures, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The subject of the statement.
    pub about: String,
    /// The published figure or figures.
    pub published: String,
    /// The computed figure or figures.
    pub computed: String,
    /// The result of the check.
    pub validity: Validity,
    /// The reason for the result.
    pub why: String,
}

/// Largest relative difference that rounding to the published digits explains.
const ROUNDING: f64 = 0.005;

impl PublishedCase {
    /// Returns the number of parameters, from the stated FP32 size at four bytes each.
    #[must_use]
    pub fn parameters(&self) -> f64 {
        self.sizes_mb[0] * 1e6 / 4.0
    }

    /// Returns the predictions of theory for the network with its own range; `None` if its ends made no range, which they do.
    #[must_use]
    pub fn figures(&self) -> Option<IndependenceModel> {
        let [.., last] = &self.ranges;
        let range = OutputRange::new(self.min_m, last.max_m).ok()?;
        Some(IndependenceModel::new(
            self.rmse_fp32_m,
            self.rmse_int8_m,
            range,
            Bits::EIGHT,
        ))
    }

    /// Checks the statements against the sample's distribution. Returns `None` if a candidate cannot be measured.
    #[must_use]
    pub fn statements(&self, depths: &Distribution) -> Option<Vec<Statement>> {
        let candidates = published_candidates().ok()?;
        let reports = |policy| {
            let settings = RangeSettings {
                policy,
                ..RangeSettings::default()
            };
            candidates
                .iter()
                .map(|named| RangeReport::measure(depths, named, &settings))
                .collect::<Vec<_>>()
        };
        let (count, exclude) = (reports(Policy::Count), reports(Policy::Exclude));
        Some(vec![
            self.half_steps()?,
            self.theory()?,
            self.coverage(&count),
            self.rmse(&count, &exclude)?,
            self.abs_rel(&count)?,
            self.gain_and_loss(&count)?,
        ])
    }

    fn list(&self, of: impl Fn(&PublishedRange) -> String) -> String {
        self.ranges
            .iter()
            .map(of)
            .collect::<Vec<_>>()
            .join(" \u{b7} ")
    }

    /// Checks the largest rounding errors, which need no depths.
    pub(super) fn half_steps(&self) -> Option<Statement> {
        let half_step_m = |r: &PublishedRange| {
            let range = OutputRange::new(self.min_m, r.max_m).ok()?;
            Some(UniformCode::new(range, Bits::EIGHT).half_step_m())
        };
        let computed: Vec<f64> = self.ranges.iter().map(half_step_m).collect::<Option<_>>()?;
        let agrees = self
            .ranges
            .iter()
            .zip(&computed)
            .all(|(p, c)| (p.half_step_m - c).abs() < 0.000_06);
        Some(Statement {
            about: tr!("Largest rounding error of the four ranges").to_owned(),
            published: format!("\u{b1} {}", units::lengths(&self.ranges.map(|r| r.half_step_m))),
            computed: format!(
                "\u{b1} {}",
                units::lengths(&computed)
            ),
            validity: holds_if(agrees),
            why: tr!("It is half a step, the largest error of one pixel. The RMSE of rounding is smaller by \u{221a}3, so it must \
                  not be compared with an RMSE.")
                .to_owned(),
        })
    }

    /// Checks the share of the output code in the loss, which needs no depths.
    pub(super) fn theory(&self) -> Option<Statement> {
        let current = self.ranges.last()?;
        let range = OutputRange::new(self.min_m, current.max_m).ok()?;
        let t = IndependenceModel::new(self.rmse_fp32_m, self.rmse_int8_m, range, Bits::EIGHT);
        let (share, implied_m) = (t.output_share?, t.implied_m?);
        Some(Statement {
            about: tr!("Share of the output code in the loss").to_owned(),
            published: "8 %".to_owned(),
            computed: percent_of_variance(share),
            validity: Validity::DoesNotHold,
            why: tr!(
                "8 % is {} over {}, a ratio of lengths. Errors add as squares: rounding the output has an RMSE of {}, the loss \
                 implies {}, and the square of their ratio is {}.",
                units::length(t.half_step_m),
                units::length(t.gap_m),
                units::length(t.ideal_rmse_m),
                units::length(implied_m),
                percent_of_variance(share)
            ),
        })
    }

    fn coverage(&self, count: &[RangeReport]) -> Statement {
        let far = self
            .ranges
            .iter()
            .zip(count)
            .all(|(p, c)| (p.far_coverage - c.far_coverage).abs() < 0.000_6);
        Statement {
            about: tr!("Coverage of the four ranges").to_owned(),
            published: self.list(|r| units::share(r.far_coverage)),
            computed: joined(count, |r| units::share(r.coverage)),
            validity: if far {
                Validity::OnlyIf
            } else {
                Validity::DoesNotHold
            },
            why: tr!(
                "The published figure is the far side alone, the share up to the end. {} of the pixels lie nearer than the start at {} \
                 and clip as well (an assumed share, which brings mean and spread to the published ones).",
                count
                    .first()
                    .map_or_else(String::new, |r| units::share(r.below.share)),
                units::depth(self.min_m)
            ),
        }
    }

    fn rmse(&self, count: &[RangeReport], exclude: &[RangeReport]) -> Option<Statement> {
        let current = count.last()?;
        let agrees = self.ranges.iter().zip(count).all(|(p, c)| {
            c.rmse_m()
                .is_some_and(|rmse| (rmse / p.rmse_m - 1.0).abs() < ROUNDING)
        });
        Some(Statement {
            about: tr!("RMSE of the four ranges").to_owned(),
            published: units::lengths(&self.ranges.map(|r| r.rmse_m)),
            computed: units::lengths(&rmses(count)),
            validity: holds_if(agrees),
            why: tr!(
                "Clipping beyond {} alone costs {} of RMSE when every pixel counts, so {} can only be a masked figure. With \
                 clipped pixels excluded the four ranges differ by millimetres ({}). The order is right: narrower is worse.",
                units::depth(current.named.range.max_m()),
                units::length(current.above.contribution_m),
                units::length(self.rmse_int8_m),
                units::lengths(&rmses(exclude))
            ),
        })
    }

    fn abs_rel(&self, count: &[RangeReport]) -> Option<Statement> {
        let first = count.first()?.errors?.metrics.abs_rel;
        let last = count.last()?.errors?.metrics.abs_rel;
        Some(Statement {
            about: tr!("abs_rel of the four ranges").to_owned(),
            published: self.list(|r| units::ratio(r.abs_rel)),
            computed: joined(count, |r| {
                r.errors.map_or(units::MISSING.to_owned(), |e| {
                    units::ratio(e.metrics.abs_rel)
                })
            }),
            validity: Validity::DoesNotHold,
            why: tr!(
                "From the widest to the narrowest range the output code moves abs_rel by {} only; most of it comes from pixels \
                 nearer than {}, which all four ranges clip alike.",
                units::ratio(first - last),
                units::depth(self.min_m)
            ),
        })
    }

    fn gain_and_loss(&self, count: &[RangeReport]) -> Option<Statement> {
        let narrow = count.first()?.errors?;
        let wide = count.last()?.errors?;
        Some(Statement {
            about: tr!("Gain against loss of narrowing").to_owned(),
            published: tr!("{} gained, {} to {} lost", units::length(self.stated_gain_m), units::length(self.stated_loss_m.0), units::length(self.stated_loss_m.1)),
            computed: tr!("{} gained, {} lost", units::length(wide.rounding_m - narrow.rounding_m), units::length(narrow.clipping_m - wide.clipping_m)),
            validity: Validity::OnlyIf,
            why: tr!("The conclusion holds: the loss is far larger than the gain. The stated gain is too large: even the half steps \
                      differ by only 14.7 mm. The stated loss depends on which pixels were masked.")
                .to_owned(),
        })
    }
}

fn holds_if(agrees: bool) -> Validity {
    if agrees {
        Validity::Holds
    } else {
        Validity::DoesNotHold
    }
}

fn joined(reports: &[RangeReport], of: impl Fn(&RangeReport) -> String) -> String {
    reports.iter().map(of).collect::<Vec<_>>().join(" \u{b7} ")
}

fn rmses(reports: &[RangeReport]) -> Vec<f64> {
    reports
        .iter()
        .map(|r| r.rmse_m().unwrap_or(f64::NAN))
        .collect()
}

/// Formats a share of a variance in per cent, with more digits for values far below 1 %.
fn percent_of_variance(share: f64) -> String {
    format!("{} %", units::ratio((share * 1e6).round() / 1e4))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numpy's figures for the sample with a uniform 8-bit code under `count`.
    #[test]
    fn the_sample_gives_numpys_figures() {
        let depths = fathom_core::synth::long_tail().expect("a distribution");
        let rows = [
            (7.5, 75.9, 12.1, 6.9, 3.662, 3.662, 0.171, 82.8),
            (10.0, 80.0, 8.0, 9.6, 3.150, 3.150, 0.154, 86.2),
            (12.5, 82.6, 5.4, 12.3, 2.728, 2.728, 0.145, 88.2),
            (15.0, 84.3, 3.7, 15.1, 2.377, 2.377, 0.140, 89.3),
            (129.0, 88.0, 0.0, 137.0, 0.121, 0.183, 0.193, 84.2),
        ];
        for (max_m, inside, above, rounding_mm, clipping_m, rmse_m, abs_rel, delta1) in rows {
            let named = NamedRange {
                name: String::new(),
                range: OutputRange::new(0.5, max_m).expect("a range"),
            };
            let r = RangeReport::measure(&depths, &named, &RangeSettings::default());
            let e = r.errors.expect("pixels");
            let check = |name: &str, got: f64, expected: f64, half_digit: f64| {
                assert!(
                    (got - expected).abs() <= half_digit * 1.001,
                    "{name} of {max_m}: {got} against {expected}"
                );
            };
            check("inside", r.coverage * 100.0, inside, 0.05);
            check("above", r.above.share * 100.0, above, 0.05);
            check(
                "rounding",
                e.rounding_m * 1e3,
                rounding_mm,
                if max_m > 100.0 { 0.5 } else { 0.05 },
            );
            check("clipping", e.clipping_m, clipping_m, 0.0005);
            check("rmse", e.metrics.rmse, rmse_m, 0.0005);
            check("abs_rel", e.metrics.abs_rel, abs_rel, 0.0005);
            check("delta1", e.metrics.delta1 * 100.0, delta1, 0.05);
        }
    }

    #[test]
    fn every_statement_is_checked_on_the_sample() {
        let depths = fathom_core::synth::long_tail().expect("a distribution");
        let statements = PUBLISHED_CASE.statements(&depths).expect("measured");
        let validities: Vec<_> = statements.iter().map(|s| s.validity).collect();
        use Validity::{DoesNotHold, Holds, OnlyIf};
        assert_eq!(
            validities,
            [Holds, DoesNotHold, OnlyIf, DoesNotHold, DoesNotHold, OnlyIf]
        );
        assert_eq!(statements[1].computed, "0.0679 %");
        assert!(
            statements[3].why.contains("costs 2.38 m"),
            "{}",
            statements[3].why
        );
    }
}
