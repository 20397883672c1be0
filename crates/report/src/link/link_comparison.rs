//! The comparison of two links: the content of each, and the differences.
//!
//! A link carries no maps, so the differences are not paired by frame. The ranges of both links are measured with the settings of the
//! first.

use serde::{Deserialize, Serialize};

use super::link_codec::{LinkError, Settings, SharedDepths, SharedPage, decode};
use super::shared_comparison::SharedComparison;
use super::shared_study::SharedStudy;
use crate::answers::{
    AnswerEvidence, Answers, AnswersInput, Card, ComparedMaps, DepthsSource, RangeEvidence,
    RequantizedRange,
};
use fathom_analysis::compare::{ALL_METRICS, Average, Budget, Change, Evaluator, GridQuantity};
use fathom_analysis::diagnosis::planner::{Plan, PlanEvidence, PlannerInput};
use fathom_analysis::{
    BestEndSearch, DistributionSummary, NamedRange, RangeReport, RangeSettings, SweepDomain,
};
use fathom_core::metrics::Criterion;
use fathom_core::stats::Distribution;
use fathom_core::synth;

/// Largest number of compared ranges.
const MAX_RANGES: usize = 8;

/// Two compared links. In every pair the page's own link is the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkComparison {
    /// Content of each link.
    pub sides: [LinkSide; 2],
    /// Every metric; empty if neither link has a comparison of maps.
    pub metrics: Vec<LinkMetric>,
    /// Error budgets.
    pub budgets: [Option<Budget>; 2],
    /// Ranges of both tables, without duplicates.
    pub ranges: Vec<LinkRange>,
    /// Differences that make the links hard to compare.
    pub incomparable: Vec<Incomparable>,
}

/// The content of one link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkSide {
    /// Title; may be empty.
    pub title: String,
    /// Description of the depths; `None` for the built-in sample.
    pub source: Option<String>,
    /// Statistics of the depths.
    pub summary: DistributionSummary,
    /// Relative error of figures that are measured on its sketch.
    pub relative_error: f64,
    /// Range in use.
    pub current: NamedRange,
    /// Settings of its measurements.
    pub how: RangeSettings,
    /// Number of compared frames, evaluator, and average.
    pub compared: Option<(u32, Option<Evaluator>, Average)>,
    /// Headlines of the three answers.
    pub answers: Option<[String; 3]>,
}

/// A metric of both links.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkMetric {
    /// The metric.
    pub metric: Criterion,
    /// Change from `F` to `Q` in each link.
    pub sides: [Option<Change>; 2],
}

/// Relation of the confidence intervals of two changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalOverlap {
    /// An interval is missing.
    Unknown,
    /// The intervals overlap: the changes may be equal.
    Some,
    /// The intervals are disjoint.
    None,
}

impl LinkMetric {
    /// Returns the metric of `Q` in the second link minus that in the first.
    #[must_use]
    pub fn int8_difference(&self) -> Option<f64> {
        self.difference(|change| change.int8)
    }

    /// Returns the metric of `F` in the second link minus that in the first.
    #[must_use]
    pub fn fp32_difference(&self) -> Option<f64> {
        self.difference(|change| change.fp32)
    }

    fn difference(&self, of: fn(&Change) -> f64) -> Option<f64> {
        let [first, second] = self.sides;
        Some(of(&second?) - of(&first?)).filter(|difference| difference.is_finite())
    }

    /// Compares the intervals of the changes from `F` to `Q`.
    #[must_use]
    pub fn overlap(&self) -> IntervalOverlap {
        let [first, second] = self
            .sides
            .map(|side| side.and_then(|change| change.interval()));
        match (first, second) {
            (Some(a), Some(b)) if a.0 <= b.1 && b.0 <= a.1 => IntervalOverlap::Some,
            (Some(_), Some(_)) => IntervalOverlap::None,
            _ => IntervalOverlap::Unknown,
        }
    }
}

/// A range on the depths of both links, measured with the settings of the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkRange {
    /// The range, with the first of its names.
    pub named: NamedRange,
    /// True for a link that has this range in use.
    pub in_use: [bool; 2],
    /// RMSE in metres; `None` where the policy excludes every pixel.
    pub rmse_m: [Option<f64>; 2],
    /// Share of the pixels inside.
    pub coverage: [f64; 2],
}

/// A difference that makes two links hard to compare.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Incomparable {
    /// The numbers of valid pixels differ.
    Pixels,
    /// The numbers of frames differ.
    Frames,
    /// Evaluator, protocol or average differ.
    Evaluators,
    /// Code, bits, policy or floor differ; those of the first link are used for both.
    Measurements,
    /// Only one link has a comparison of maps.
    Comparison,
    /// Neither link has a comparison of maps.
    NoComparison,
}

/// A decoded link with its depths rebuilt.
struct OpenedLink {
    source: Option<String>,
    settings: Settings,
    study: SharedStudy,
    summary: DistributionSummary,
    depths: Distribution,
    relative_error: f64,
}

/// Compares two links, given as fragments.
///
/// # Errors
/// The [`LinkError`] of the first fragment that is no link; an empty fragment is [`LinkError::Foreign`].
pub fn compare_links(own: &str, other: &str) -> Result<LinkComparison, LinkError> {
    Ok(LinkComparison::new(
        &OpenedLink::decode(own)?,
        &OpenedLink::decode(other)?,
    ))
}

impl OpenedLink {
    fn decode(fragment: &str) -> Result<Self, LinkError> {
        let SharedPage {
            depths,
            settings,
            study,
            network: _,
            has_unknown: _,
        } = decode(fragment)?.ok_or(LinkError::Foreign)?;
        let study = SharedStudy::from_bytes(&study).ok_or(LinkError::Damaged)?;
        Ok(match depths {
            SharedDepths::Sample => {
                let depths = synth::long_tail().map_err(|_| LinkError::Damaged)?;
                Self {
                    source: None,
                    settings,
                    study,
                    summary: DistributionSummary::measure(&depths),
                    depths,
                    relative_error: 0.0,
                }
            }
            SharedDepths::Sketch {
                source,
                summary,
                sketch,
            } => Self {
                source: Some(source),
                settings,
                study,
                summary,
                depths: sketch.distribution().map_err(|_| LinkError::Damaged)?,
                relative_error: sketch.relative_error(),
            },
        })
    }

    fn current(&self) -> Option<&NamedRange> {
        self.settings.ranges.get(self.settings.current as usize)
    }

    fn compared(&self) -> Option<(u32, Option<Evaluator>, Average)> {
        let compared = self.study.comparison.as_ref()?.compared();
        Some((compared.frames, compared.evaluator, compared.average))
    }

    fn side(&self) -> LinkSide {
        let fallback = || self.settings.ranges[0].clone();
        LinkSide {
            title: self.study.title.clone(),
            source: self.source.clone(),
            summary: self.summary,
            relative_error: self.relative_error,
            // Decoding has checked the index.
            current: self.current().cloned().unwrap_or_else(fallback),
            how: self.settings.how,
            compared: self.compared(),
            answers: self.answers(),
        }
    }

    /// Returns the headlines of the three answers, as the page gives them for this link.
    fn answers(&self) -> Option<[String; 3]> {
        let comparison = self.study.comparison.as_ref()?;
        let (budget, compared) = (comparison.budget(), comparison.compared());
        let changes = comparison.changes();
        let change = changes.iter().find(|c| c.metric == Criterion::Rmse)?;
        let how = &self.settings.how;
        let reports: Vec<RangeReport> = self
            .settings
            .ranges
            .iter()
            .map(|named| RangeReport::measure(&self.depths, named, how))
            .collect();
        let current = reports.get(self.settings.current as usize)?;
        let start_m = current.named.range.min_m();
        let same_start: Vec<NamedRange> = self
            .settings
            .ranges
            .iter()
            .filter(|named| named.range.min_m() == start_m)
            .cloned()
            .collect();
        let domain = SweepDomain::around(&self.depths, start_m, &same_start);
        let best = BestEndSearch::new(domain, *how).run(&self.depths);
        let mut input = PlannerInput::new(PlanEvidence::Measured(&budget), how.bits);
        input.step_m = compared.step_m;
        input.change_interval_m = change.interval();
        let in_use = self.settings.range_in_use()?;
        input.steps = in_use.source.quantity();
        let requantized = self.study.requantized.as_ref();
        if let Some(requantized) = requantized.filter(|_| input.steps == GridQuantity::Depth) {
            input.tried = requantized.tried.clone();
        }
        let plan = Plan::compute(&input).ok();
        let range = RangeEvidence {
            in_use,
            current,
            policy: how.policy,
            depths_source: DepthsSource::from_role(self.study.role),
            best: &best,
            requantized: requantized.map(RequantizedRange::from),
            log_code: None,
        };
        let maps = ComparedMaps {
            budget: &budget,
            step_m: compared.step_m,
            changes: &changes,
            average: compared.average,
            evaluator: compared.evaluator,
            frames: compared.frames as usize,
            copies: compared.copies as usize,
        };
        let answers = Answers::new(&AnswersInput {
            evidence: AnswerEvidence::All(&maps),
            range: Some(range),
            plan: plan.as_ref(),
            network: None,
        });
        Some(answers.cards().map(Card::headline))
    }
}

impl LinkComparison {
    fn new(own: &OpenedLink, other: &OpenedLink) -> Self {
        let both = [own, other];
        let comparisons = both.map(|link| link.study.comparison.as_ref());
        let changes = comparisons.map(|comparison| comparison.map(SharedComparison::changes));
        let of_metric = |metric| LinkMetric {
            metric,
            sides: [0, 1].map(|side: usize| {
                let changes = changes[side].as_ref()?;
                changes.iter().find(|c| c.metric == metric).copied()
            }),
        };
        let has_metrics = changes.iter().any(Option::is_some);
        Self {
            sides: both.map(OpenedLink::side),
            metrics: if has_metrics {
                ALL_METRICS.into_iter().map(of_metric).collect()
            } else {
                Vec::new()
            },
            budgets: comparisons.map(|comparison| comparison.map(SharedComparison::budget)),
            ranges: compare_ranges(both),
            incomparable: differences(both),
        }
    }
}

/// Measures the ranges of both tables: those in use first, each range once.
fn compare_ranges(both: [&OpenedLink; 2]) -> Vec<LinkRange> {
    let how = both[0].settings.how;
    let in_use = both.map(|link| link.current().map(|named| named.range));
    let first = both.iter().filter_map(|link| link.current());
    let all = both.iter().flat_map(|link| &link.settings.ranges);
    let mut named: Vec<&NamedRange> = Vec::new();
    for candidate in first.chain(all) {
        if !named.iter().any(|known| known.range == candidate.range) {
            named.push(candidate);
        }
    }
    named.truncate(MAX_RANGES);
    let measure = |named: &NamedRange| {
        let reports = both.map(|link| RangeReport::measure(&link.depths, named, &how));
        LinkRange {
            named: named.clone(),
            in_use: in_use.map(|range| range == Some(named.range)),
            rmse_m: [reports[0].rmse_m(), reports[1].rmse_m()],
            coverage: [reports[0].coverage, reports[1].coverage],
        }
    };
    named.into_iter().map(measure).collect()
}

/// Lists the differences that make two links hard to compare.
fn differences(both: [&OpenedLink; 2]) -> Vec<Incomparable> {
    let [own, other] = both;
    let mut found = Vec::new();
    match (own.compared(), other.compared()) {
        (Some(a), Some(b)) => {
            if a.0 != b.0 {
                found.push(Incomparable::Frames);
            }
            let protocols = both.map(|link| link.study.choices.own_protocol);
            if (a.1, a.2) != (b.1, b.2) || (a.1.is_none() && protocols[0] != protocols[1]) {
                found.push(Incomparable::Evaluators);
            }
        }
        (None, None) => found.push(Incomparable::NoComparison),
        _ => found.push(Incomparable::Comparison),
    }
    if own.summary.count != other.summary.count {
        found.push(Incomparable::Pixels);
    }
    if own.settings.how != other.settings.how {
        found.push(Incomparable::Measurements);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::shared_study::tests::full;
    use crate::link::{SketchBudget, encode, fit_sketch};
    use fathom_analysis::compare::ChangeVerdict;
    use fathom_analysis::{Policy, published_candidates};
    use fathom_core::quant::OutputRange;
    use fathom_core::stats::Resolution;

    fn settings() -> Settings {
        Settings {
            ranges: published_candidates().expect("ranges"),
            current: 3,
            how: RangeSettings::default(),
            found: None,
        }
    }

    /// The link of a room with so many pixels, evenly spread from 0.7 m to 6.7 m.
    fn link(pixels: u32, settings: &Settings, study: &SharedStudy) -> String {
        let values: Vec<f64> = (0..pixels)
            .map(|i| (700.0 + (f64::from(i) * 6000.0 / f64::from(pixels)).floor()) / 1000.0)
            .collect();
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        let shared = SharedDepths::Sketch {
            source: "91 maps, Ground truth".to_owned(),
            summary: DistributionSummary::measure(&depths),
            sketch: fit_sketch(&depths, SketchBudget::WithComparison),
        };
        encode(&shared, settings, &study.to_bytes().expect("bytes"), &[]).expect("a link")
    }

    #[test]
    fn a_link_does_not_differ_from_itself() {
        let own = link(6000, &settings(), &full());
        let comparison = compare_links(&own, &own).expect("two links");
        assert_eq!(comparison.sides[0], comparison.sides[1]);
        assert!(
            comparison.incomparable.is_empty(),
            "{:?}",
            comparison.incomparable
        );
        assert_eq!(comparison.metrics.len(), ALL_METRICS.len());
        for row in &comparison.metrics {
            assert_eq!(
                (row.int8_difference(), row.fp32_difference()),
                (Some(0.0), Some(0.0))
            );
            assert_ne!(row.overlap(), IntervalOverlap::None);
        }
        assert_eq!(comparison.ranges.len(), 4);
        for range in &comparison.ranges {
            assert_eq!(range.rmse_m[0], range.rmse_m[1]);
            assert_eq!(range.coverage[0], range.coverage[1]);
        }
        assert_eq!(comparison.ranges[0].in_use, [true, true]);
        let answers = comparison.sides[0].answers.as_ref().expect("answers");
        assert!(answers.iter().all(|answer| !answer.is_empty()));
    }

    #[test]
    fn differences_are_listed_and_ranges_use_the_first_settings() {
        let other = Settings {
            ranges: vec![NamedRange {
                name: "mine".to_owned(),
                range: OutputRange::new(0.5, 4.0).expect("a range"),
            }],
            current: 0,
            how: RangeSettings {
                policy: Policy::Exclude,
                ..RangeSettings::default()
            },
            found: None,
        };
        let first = link(6000, &settings(), &full());
        let second = link(
            3000,
            &other,
            &SharedStudy {
                comparison: None,
                ..full()
            },
        );
        let comparison = compare_links(&first, &second).expect("two links");
        assert_eq!(
            comparison.incomparable,
            [
                Incomparable::Comparison,
                Incomparable::Pixels,
                Incomparable::Measurements
            ]
        );
        assert!(comparison.sides[0].answers.is_some() && comparison.sides[1].answers.is_none());
        assert!(
            comparison
                .metrics
                .iter()
                .all(|row| row.int8_difference().is_none())
        );
        assert_eq!(comparison.ranges.len(), 5);
        let mine = &comparison.ranges[1];
        assert_eq!(
            (mine.named.name.as_str(), mine.in_use),
            ("mine", [false, true])
        );
        // With the policy of the first link pixels beyond 4 m count.
        let clipped = mine.rmse_m.map(|m| m.expect("pixels"));
        assert!(clipped.iter().all(|m| *m > 0.5), "{clipped:?}");
        assert!((clipped[0] / clipped[1] - 1.0).abs() < 0.01, "{clipped:?}");
    }

    #[test]
    fn intervals_overlap_or_are_disjoint() {
        let change = |interval| Change {
            metric: Criterion::Rmse,
            fp32: 0.25,
            int8: 0.5,
            verdict: interval,
            neighbours: None,
            few_pixels: None,
        };
        let real = |low, high| {
            change(ChangeVerdict::Significant {
                interval: (low, high),
            })
        };
        for (a, b, expected) in [
            (real(0.1, 0.2), real(0.2, 0.3), IntervalOverlap::Some),
            (real(0.1, 0.2), real(0.15, 0.16), IntervalOverlap::Some),
            (real(0.1, 0.2), real(0.21, 0.3), IntervalOverlap::None),
            (real(0.4, 0.5), real(0.1, 0.2), IntervalOverlap::None),
            (
                real(0.1, 0.2),
                change(ChangeVerdict::TooFewFrames),
                IntervalOverlap::Unknown,
            ),
        ] {
            let row = LinkMetric {
                metric: Criterion::Rmse,
                sides: [Some(a), Some(b)],
            };
            assert_eq!(row.overlap(), expected, "{a:?} and {b:?}");
        }
    }

    #[test]
    fn fragments_that_are_no_link_are_an_error() {
        let own = link(600, &settings(), &SharedStudy::default());
        for (other, error) in [
            ("", LinkError::Foreign),
            ("f9.AAAA", LinkError::Version),
            (&own[..own.len() - 5], LinkError::Damaged),
        ] {
            assert_eq!(compare_links(&own, other), Err(error), "{other}");
            assert_eq!(compare_links(other, &own), Err(error), "{other}");
        }
    }
}
