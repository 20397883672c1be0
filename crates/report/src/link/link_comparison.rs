//! Two links beside each other: what each says, and by how much they differ.
//!
//! Knows links alone, no maps: so no difference here is paired, and two sets of frames stay two sets. Ranges of both are measured in the
//! way of the first.

use super::SharedComparison;
use serde::{Deserialize, Serialize};

use super::link::{LinkError, Settings, SharedDepths, SharedPage, decode};
use super::study::SharedStudy;
use crate::answers::{
    AnswerEvidence, Answers, AnswersInput, DepthsSource, RangeEvidence, RequantizedRange,
};
use fathom_analysis::compare::{ALL_METRICS, Average, Budget, Change, Evaluator};
use fathom_analysis::diagnosis::planner::{Plan, PlanEvidence, PlannerInput};
use fathom_analysis::{
    BestEndSearch, DistributionSummary, NamedRange, RangeReport, RangeSettings, SweepDomain,
};
use fathom_core::metrics::Criterion;
use fathom_core::stats::Distribution;
use fathom_core::synth;

/// Most ranges that stand beside each other.
const MAX_RANGES: usize = 8;

/// Two links beside each other, the page's own first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facing {
    /// What each is.
    pub sides: [Side; 2],
    /// Every metric; none where neither link has a comparison.
    pub metrics: Vec<FacingMetric>,
    /// Where the errors come from.
    pub budgets: [Option<Budget>; 2],
    /// The ranges of both tables.
    pub ranges: Vec<FacingRange>,
    /// Why the two are not alike.
    pub unlike: Vec<Unlike>,
}

/// What a link is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// As somebody called it; may be empty.
    pub title: String,
    /// What it is of, in words; `None` for the built-in sample.
    pub source: Option<String>,
    /// Figures of its depths.
    pub summary: DistributionSummary,
    /// How wrong figures of ranges are that are measured on it, of themselves.
    pub relative_error: f64,
    /// The range in use.
    pub current: NamedRange,
    /// How its ranges are measured.
    pub how: RangeSettings,
    /// What was compared: frames, whose way, which average.
    pub compared: Option<(u32, Option<Evaluator>, Average)>,
    /// The answers to the three questions in one sentence each.
    pub answers: Option<[String; 3]>,
}

/// A metric of both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacingMetric {
    /// The metric.
    pub metric: Criterion,
    /// Of each link.
    pub sides: [Option<Change>; 2],
}

/// What two intervals say of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// One of them is not there.
    Unknown,
    /// They have depths in common: the two changes may be the same.
    Some,
    /// They have not.
    None,
}

impl FacingMetric {
    /// INT8's figure of the second less that of the first.
    #[must_use]
    pub fn int8_difference(&self) -> Option<f64> {
        self.difference(|change| change.int8)
    }

    /// FP32's figure of the second less that of the first.
    #[must_use]
    pub fn fp32_difference(&self) -> Option<f64> {
        self.difference(|change| change.fp32)
    }

    fn difference(&self, of: fn(&Change) -> f64) -> Option<f64> {
        let [first, second] = self.sides;
        Some(of(&second?) - of(&first?)).filter(|difference| difference.is_finite())
    }

    /// Whether the intervals of the changes from FP32 to INT8 overlap.
    #[must_use]
    pub fn overlap(&self) -> Overlap {
        let [first, second] = self
            .sides
            .map(|side| side.and_then(|change| change.interval()));
        match (first, second) {
            (Some(a), Some(b)) if a.0 <= b.1 && b.0 <= a.1 => Overlap::Some,
            (Some(_), Some(_)) => Overlap::None,
            _ => Overlap::Unknown,
        }
    }
}

/// A range on the depths of both, measured in the way of the first link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacingRange {
    /// The range, by the name that it has first.
    pub named: NamedRange,
    /// In which of the two it is in use.
    pub in_use: [bool; 2],
    /// Its RMSE in metres; `None` where the policy leaves no pixel.
    pub rmse_m: [Option<f64>; 2],
    /// Share of the pixels inside.
    pub coverage: [f64; 2],
}

/// What is not alike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Unlike {
    /// The numbers of valid pixels.
    Pixels,
    /// The numbers of frames.
    Frames,
    /// Whose way of measuring it is, or the average.
    Evaluators,
    /// Code, bits, policy or floor: here the first link's are used for both.
    Measurements,
    /// Only one of them has a comparison of maps.
    Comparison,
    /// Neither of them has.
    NoComparison,
}

/// A link, opened.
struct Opened {
    source: Option<String>,
    settings: Settings,
    study: SharedStudy,
    summary: DistributionSummary,
    depths: Distribution,
    relative_error: f64,
}

/// Puts two links beside each other; both fragments without what they are held against.
///
/// # Errors
/// [`LinkError`] of the first of them that is no link; an empty one is foreign.
pub fn facing(own: &str, other: &str) -> Result<Facing, LinkError> {
    Ok(Facing::of(&opened(own)?, &opened(other)?))
}

fn opened(fragment: &str) -> Result<Opened, LinkError> {
    let SharedPage {
        depths,
        settings,
        study,
    } = decode(fragment)?.ok_or(LinkError::Foreign)?;
    let study = SharedStudy::from_bytes(&study).ok_or(LinkError::Damaged)?;
    Ok(match depths {
        SharedDepths::Sample => {
            let depths = synth::long_tail().map_err(|_| LinkError::Damaged)?;
            Opened {
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
        } => Opened {
            source: Some(source),
            settings,
            study,
            summary,
            depths: sketch.distribution().map_err(|_| LinkError::Damaged)?,
            relative_error: sketch.relative_error(),
        },
    })
}

impl Opened {
    fn current(&self) -> Option<&NamedRange> {
        self.settings.ranges.get(self.settings.current as usize)
    }

    fn compared(&self) -> Option<(u32, Option<Evaluator>, Average)> {
        let compared = self.study.comparison.as_ref()?.compared();
        Some((compared.frames, compared.evaluator, compared.average))
    }

    fn side(&self) -> Side {
        let fallback = || self.settings.ranges[0].clone();
        Side {
            title: self.study.title.clone(),
            source: self.source.clone(),
            summary: self.summary,
            relative_error: self.relative_error,
            // A sound link has a row in use.
            current: self.current().cloned().unwrap_or_else(fallback),
            how: self.settings.how,
            compared: self.compared(),
            answers: self.answers(),
        }
    }

    /// The three answers, as the page gives them where the link is opened.
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
        let recodings = self.study.recodings.as_ref();
        if let Some(recodings) = recodings {
            input.tried = recodings.tried.clone();
        }
        let plan = Plan::compute(&input).ok();
        let range = RangeEvidence {
            current,
            policy: how.policy,
            depths_source: DepthsSource::from_role(self.study.role),
            narrower: RangeReport::narrower(&reports, current.named.range),
            best: &best,
            requantized: recodings.map(|found| RequantizedRange::from_curve(&found.curve)),
        };
        let answers = Answers::new(&AnswersInput {
            evidence: AnswerEvidence::All {
                budget: &budget,
                step_m: compared.step_m,
                change,
                frames: compared.frames as usize,
            },
            range: Some(range),
            plan: plan.as_ref(),
        });
        Some([answers.why, answers.range, answers.todo].map(|paragraph| paragraph.headline))
    }
}

impl Facing {
    fn of(own: &Opened, other: &Opened) -> Self {
        let both = [own, other];
        let comparisons = both.map(|link| link.study.comparison.as_ref());
        let changes = comparisons.map(|comparison| comparison.map(SharedComparison::changes));
        let of_metric = |metric| FacingMetric {
            metric,
            sides: [0, 1].map(|side: usize| {
                let changes = changes[side].as_ref()?;
                changes.iter().find(|c| c.metric == metric).copied()
            }),
        };
        let has_metrics = changes.iter().any(Option::is_some);
        Self {
            sides: both.map(Opened::side),
            metrics: if has_metrics {
                ALL_METRICS.into_iter().map(of_metric).collect()
            } else {
                Vec::new()
            },
            budgets: comparisons.map(|comparison| comparison.map(SharedComparison::budget)),
            ranges: ranges(both),
            unlike: unlike(both),
        }
    }
}

/// The ranges in use first, then the others, each once.
fn ranges(both: [&Opened; 2]) -> Vec<FacingRange> {
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
    let facing = |named: &NamedRange| {
        let reports = both.map(|link| RangeReport::measure(&link.depths, named, &how));
        FacingRange {
            named: named.clone(),
            in_use: in_use.map(|range| range == Some(named.range)),
            rmse_m: [reports[0].rmse_m(), reports[1].rmse_m()],
            coverage: [reports[0].coverage, reports[1].coverage],
        }
    };
    named.into_iter().map(facing).collect()
}

fn unlike(both: [&Opened; 2]) -> Vec<Unlike> {
    let [own, other] = both;
    let mut unlike = Vec::new();
    match (own.compared(), other.compared()) {
        (Some(a), Some(b)) => {
            if a.0 != b.0 {
                unlike.push(Unlike::Frames);
            }
            let ways = both.map(|link| link.study.choices.own_protocol);
            if (a.1, a.2) != (b.1, b.2) || (a.1.is_none() && ways[0] != ways[1]) {
                unlike.push(Unlike::Evaluators);
            }
        }
        (None, None) => unlike.push(Unlike::NoComparison),
        _ => unlike.push(Unlike::Comparison),
    }
    if own.summary.count != other.summary.count {
        unlike.push(Unlike::Pixels);
    }
    if own.settings.how != other.settings.how {
        unlike.push(Unlike::Measurements);
    }
    unlike
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::share::study::tests::full;
    use crate::share::{SketchRoom, encode, sketched};
    use fathom_analysis::compare::ChangeVerdict;
    use fathom_analysis::{Policy, published_candidates};
    use fathom_core::quant::OutputRange;
    use fathom_core::stats::Resolution;

    fn settings() -> Settings {
        Settings {
            ranges: published_candidates().expect("ranges"),
            current: 3,
            how: RangeSettings::default(),
        }
    }

    /// A room of so many pixels, a tenth of them a little farther than its end.
    fn link(pixels: u32, settings: &Settings, study: &SharedStudy) -> String {
        let values: Vec<f64> = (0..pixels)
            .map(|i| (700.0 + (f64::from(i) * 6000.0 / f64::from(pixels)).floor()) / 1000.0)
            .collect();
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        let shared = SharedDepths::Sketch {
            source: "91 maps, Ground truth".to_owned(),
            summary: DistributionSummary::measure(&depths),
            sketch: sketched(&depths, SketchRoom::BesideComparison),
        };
        encode(&shared, settings, &study.to_bytes().expect("bytes")).expect("a link")
    }

    #[test]
    fn a_link_does_not_differ_from_itself() {
        let own = link(6000, &settings(), &full());
        let facing = facing(&own, &own).expect("two links");
        assert_eq!(facing.sides[0], facing.sides[1]);
        assert!(facing.unlike.is_empty(), "{:?}", facing.unlike);
        assert_eq!(facing.metrics.len(), ALL_METRICS.len());
        for row in &facing.metrics {
            assert_eq!(
                (row.int8_difference(), row.fp32_difference()),
                (Some(0.0), Some(0.0))
            );
            assert_ne!(row.overlap(), Overlap::None);
        }
        assert_eq!(facing.ranges.len(), 4);
        for range in &facing.ranges {
            assert_eq!(range.rmse_m[0], range.rmse_m[1]);
            assert_eq!(range.coverage[0], range.coverage[1]);
        }
        assert_eq!(facing.ranges[0].in_use, [true, true]);
        let answers = facing.sides[0].answers.as_ref().expect("answers");
        assert!(answers.iter().all(|answer| !answer.is_empty()));
    }

    #[test]
    fn what_differs_is_the_second_less_the_first() {
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
        let facing = facing(&first, &second).expect("two links");
        assert_eq!(
            facing.unlike,
            [Unlike::Comparison, Unlike::Pixels, Unlike::Measurements]
        );
        assert!(facing.sides[0].answers.is_some() && facing.sides[1].answers.is_none());
        assert!(
            facing
                .metrics
                .iter()
                .all(|row| row.int8_difference().is_none())
        );
        assert_eq!(facing.ranges.len(), 5);
        let mine = &facing.ranges[1];
        assert_eq!(
            (mine.named.name.as_str(), mine.in_use),
            ("mine", [false, true])
        );
        // In the first one's way: what lies beyond 4 m counts.
        let clipped = mine.rmse_m.map(|m| m.expect("pixels"));
        assert!(clipped.iter().all(|m| *m > 0.5), "{clipped:?}");
        assert!((clipped[0] / clipped[1] - 1.0).abs() < 0.01, "{clipped:?}");
    }

    #[test]
    fn intervals_overlap_or_lie_apart() {
        let change = |interval| Change {
            metric: Criterion::Rmse,
            fp32: 0.25,
            int8: 0.5,
            verdict: interval,
            neighbours: None,
        };
        let real = |low, high| {
            change(ChangeVerdict::Significant {
                interval: (low, high),
            })
        };
        for (a, b, expected) in [
            (real(0.1, 0.2), real(0.2, 0.3), Overlap::Some),
            (real(0.1, 0.2), real(0.15, 0.16), Overlap::Some),
            (real(0.1, 0.2), real(0.21, 0.3), Overlap::None),
            (real(0.4, 0.5), real(0.1, 0.2), Overlap::None),
            (
                real(0.1, 0.2),
                change(ChangeVerdict::TooFewFrames),
                Overlap::Unknown,
            ),
        ] {
            let row = FacingMetric {
                metric: Criterion::Rmse,
                sides: [Some(a), Some(b)],
            };
            assert_eq!(row.overlap(), expected, "{a:?} and {b:?}");
        }
    }

    #[test]
    fn what_is_no_link_is_refused() {
        let own = link(600, &settings(), &SharedStudy::default());
        for (other, error) in [
            ("", LinkError::Foreign),
            ("f9.AAAA", LinkError::Version),
            (&own[..own.len() - 5], LinkError::Damaged),
        ] {
            assert_eq!(facing(&own, other), Err(error), "{other}");
            assert_eq!(facing(other, &own), Err(error), "{other}");
        }
    }
}
