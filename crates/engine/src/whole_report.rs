//! The whole report: what has to be asked for it, and how answers become its sections.

use crate::known_figures::KnownFigures;
use crate::query::{Query, QueryResult, grid_searches, optima, refinements};
use crate::report_basis::ReportBasis;
use fathom_analysis::calibrators::{Calibrator, CalibratorRow};
use fathom_analysis::compare::{
    Change, EvalProtocol, Evidence, FramePreview, FrameRow, Resampling,
};
use fathom_analysis::diagnosis::planner::{Basis, ErrorSource, Plan, Remedy};
use fathom_analysis::range_space::{BitRow, Optimum, OptimumSearch, SweepAxis};
use fathom_analysis::{
    BestRange, CodeChoice, CodeRow, CodeSize, LogCodeReport, PUBLISHED_CASE, Policy, RangeReport,
    RangeSettings, SweepPoint,
};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::quant::OutputRange;
use fathom_core::stats::Resolution;
use fathom_report::answers::{AnswerEvidence, Answers, Card, DepthsSource, RangeEvidence};
use fathom_report::export::{ChartData, HeadlineInput, headline_script};
use fathom_report::link::{
    IntervalOverlap, LinkComparison, LinkMetric, LinkRange, Settings, SharedComparison,
};
use fathom_report::report::{
    BitsInfo, BoardInfo, CodesInfo, ComparisonInfo, LinkEntry, OptimaInfo, OtherLinkChange,
    OtherLinkMetric, OtherLinkOutcome, OtherLinkRange, OtherLinkSection, PlannerSection,
    RemedyEntry, Report, ReportInput, ReportSections, Searches, SourceEntry, SweepInfo,
    VerdictEntry, WhatIfSection,
};

/// Weight of a clipped error in the report's best ranges.
const CLIPPING_WEIGHT: f64 = 1.0;

/// The conclusions from compared maps, or from a link that carries their comparison.
#[derive(Clone, Copy, Debug, Default)]
struct Conclusions<'a> {
    /// The comparison of a link, with its protocol.
    shared: Option<(&'a SharedComparison, &'a EvalProtocol)>,
    /// Sources and remedies.
    plan: Option<&'a Plan>,
    /// The three answers.
    answers: Option<&'a Answers>,
    /// True if the set allows no verdict.
    is_unjudged: bool,
}

/// A plan as the report has it.
fn planner_facts(plan: &Plan) -> PlannerSection {
    let source = |source: &ErrorSource| SourceEntry {
        name: source.kind.name().to_owned(),
        share: source.share,
        measured: source.basis == Basis::Measured,
        source: source.kind.explanation().to_owned(),
    };
    let remedy = |remedy: &Remedy| RemedyEntry {
        name: remedy.name(),
        expected_rmse: remedy.expected.rmse_m,
        interval: Some([remedy.expected.low_m, remedy.expected.high_m]),
        size_mb: remedy.cost.weights_mb.map(|(_, most)| most),
        bits: u8::try_from(remedy.cost.output_bits).ok(),
        measured: remedy.basis == Basis::Measured,
        published: match (remedy.kind.published(), remedy.kind.citation()) {
            (Some(result), Some(citation)) => format!("{result} ({})", citation.source()),
            _ => String::new(),
        },
    };
    PlannerSection {
        sources: plan.sources.iter().map(source).collect(),
        remedies: plan.remedies.iter().map(remedy).collect(),
    }
}

/// The answers as the report has them.
fn verdict_entries(answers: &Answers) -> Vec<VerdictEntry> {
    let entry = |card: &Card| VerdictEntry {
        question: card.question.clone(),
        headline: card.headline(),
        text: card.text(),
    };
    answers.cards().map(entry).into()
}

/// The answers to depths without compared predictions; `None` without a range in use.
#[must_use]
pub fn depth_answers(
    is_sample: bool,
    settings: &Settings,
    ranges: &[RangeReport],
    role: Option<Role>,
    best: &[BestRange],
    log_code: Option<&LogCodeReport>,
) -> Option<Answers> {
    let published = PUBLISHED_CASE.figures();
    let evidence = match published.as_ref().filter(|_| is_sample) {
        Some(figures) => AnswerEvidence::Published(figures),
        None => AnswerEvidence::GroundTruth,
    };
    let range = RangeEvidence {
        in_use: settings.range_in_use()?,
        current: ranges.get(settings.current as usize)?,
        policy: settings.how.policy,
        depths_source: role.map_or(DepthsSource::GroundTruth, |role| {
            DepthsSource::from_role(Some(role))
        }),
        best,
        requantized: None,
        log_code,
    };
    Answers::from_depths(&evidence, &range)
}

/// Two links as the report has them.
fn other_link_facts(comparison: &LinkComparison) -> OtherLinkSection {
    let link = |which, side: usize| {
        let side = &comparison.sides[side];
        LinkEntry {
            which,
            title: side.title.clone(),
            source: side.source.clone(),
            count: side.summary.count,
            frames: side.compared.map(|(frames, _, _)| frames),
        }
    };
    let change = |change: Change| OtherLinkChange {
        fp32: change.fp32,
        int8: change.int8,
        difference: change.difference(),
        interval: change.interval().map(|(low, high)| [low, high]),
    };
    let metric = |row: &LinkMetric| OtherLinkMetric {
        metric: row.metric.name(),
        this: row.sides[0].map(change),
        other: row.sides[1].map(change),
        fp32_difference: row.fp32_difference(),
        int8_difference: row.int8_difference(),
        intervals: match row.overlap() {
            IntervalOverlap::Some => "overlap",
            IntervalOverlap::None => "apart",
            IntervalOverlap::Unknown => "unknown",
        },
    };
    let range = |range: &LinkRange| {
        let [this, other] = [0, 1].map(|side: usize| OtherLinkOutcome {
            rmse: range.rmse_m[side],
            coverage: range.coverage[side],
        });
        OtherLinkRange {
            name: range.named.name.clone(),
            min: range.named.range.min_m(),
            max: range.named.range.max_m(),
            this,
            other,
        }
    };
    OtherLinkSection {
        links: [link("this", 0), link("other", 1)],
        metrics: comparison.metrics.iter().map(metric).collect(),
        ranges: comparison.ranges.iter().map(range).collect(),
    }
}

/// The search for the report's best ranges: every pixel counts, once.
fn search_of(page: &ReportBasis) -> OptimumSearch {
    OptimumSearch {
        settings: RangeSettings {
            policy: Policy::Count,
            ..page.how
        },
        clipping_weight: CLIPPING_WEIGHT,
    }
}

/// The queries that follow the results of [`report_queries`]; none before.
#[must_use]
pub fn report_refinements<'a>(
    page: &ReportBasis,
    answers: impl IntoIterator<Item = (&'a Query, Option<&'a QueryResult>)>,
) -> Vec<Query> {
    refinements(search_of(page), answers)
}

/// Everything that the sections on depths need at first.
#[must_use]
pub fn report_queries(page: &ReportBasis) -> Vec<Query> {
    let Some(range) = page.current() else {
        return Vec::new();
    };
    let how = page.how;
    let is_sketch = matches!(page.resolution, Resolution::Sketch { .. });
    let choices = CodeChoice::all().into_iter();
    let choices = choices.filter(|choice| !(is_sketch && choice.is_fitted()));
    let codes = choices.map(|choice| Query::Code {
        choice,
        range,
        amount: CodeSize::Bits(how.bits),
        policy: how.policy,
        eval_min_m: how.eval_min_m,
    });
    let methods = Calibrator::all().into_iter();
    let calibrators = methods.map(|method| Query::Calibrator { method, how });
    let others = [
        Query::LogCodeReport {
            how: RangeSettings {
                policy: Policy::Count,
                ..how
            },
        },
        Query::PanterDite {
            levels: how.bits.steps() + 1,
        },
        Query::BitSweep { range, how },
        Query::Sweep {
            axis: SweepAxis::End {
                min_m: range.min_m(),
            },
            candidates: page.others(),
            how,
        },
    ];
    let searches = match page.searches {
        Searches::None => Vec::new(),
        Searches::All => grid_searches(search_of(page)),
    };
    codes
        .chain(calibrators)
        .chain(searches)
        .chain(others)
        .collect()
}

/// The Python script that recomputes the headline figures from the files that the page read.
///
/// # Errors
/// One sentence where no script could: there are no files, or their samples are no multiples of a length.
pub fn headline(page: &ReportBasis) -> Result<String, String> {
    if page.inputs.is_empty() {
        return Err(tr!("these depths do not come from your files; drop some first").to_owned());
    }
    if page
        .reading
        .repairs
        .iter()
        .any(|(_, repair)| repair.changes_maps())
    {
        return Err(tr!("it reads files as they are, and these are repaired").to_owned());
    }
    let units_per_metre = |is_truth: bool| -> Result<Option<f64>, String> {
        let mut of_role = page
            .inputs
            .iter()
            .filter(|input| (input.role == Role::GroundTruth.name()) == is_truth);
        let Some(first) = of_role.next() else {
            return Ok(None);
        };
        match first.scale {
            Some(scale) if of_role.all(|input| input.scale == Some(scale)) => Ok(Some(1.0 / scale)),
            Some(_) => Err(tr!("the files of a role have different units").to_owned()),
            None => Err(tr!(
                "the files hold disparity or inverse depth, which the script does not read"
            )
            .to_owned()),
        }
    };
    let ranges: Vec<_> = page.ranges.iter().map(|r| r.named.clone()).collect();
    let (truth, predictions) = (units_per_metre(true)?, units_per_metre(false)?);
    let any = truth.or(predictions).unwrap_or(1.0);
    Ok(headline_script(&HeadlineInput {
        gt_units_per_metre: truth.unwrap_or(any),
        prediction_units_per_metre: predictions.unwrap_or(any),
        markers: &page.reading.markers,
        ranges: &ranges,
        how: page.how,
    }))
}

/// Answers by what they are.
#[derive(Default)]
struct SortedResults {
    codes: Vec<CodeRow>,
    panter_dite_m: Option<f64>,
    calibrators: Vec<CalibratorRow>,
    optima: Vec<Optimum>,
    bits: Vec<BitRow>,
    sweep: Vec<SweepPoint>,
    log_code: Option<LogCodeReport>,
    other_link: Option<OtherLinkSection>,
}

impl SortedResults {
    fn from_results<'a>(
        answers: impl Iterator<Item = &'a QueryResult> + Clone,
        policy: Policy,
    ) -> Self {
        let mut out = Self {
            optima: optima(answers.clone(), CLIPPING_WEIGHT),
            ..Self::default()
        };
        for answer in answers {
            match answer {
                QueryResult::Code(row) => out.codes.push((**row).clone()),
                QueryResult::PanterDite { rmse_m, .. } => out.panter_dite_m = Some(*rmse_m),
                QueryResult::Calibrator(row) => out.calibrators.push((**row).clone()),
                QueryResult::LogCodeReport(code) => out.log_code = Some(*code),
                QueryResult::BitSweep(rows) => out.bits.clone_from(rows),
                QueryResult::Sweep(_, points) => {
                    let point = |p| SweepPoint::from_range_point(p, policy);
                    out.sweep = points.iter().filter_map(point).collect();
                }
                QueryResult::LinkComparison(comparison) => {
                    out.other_link = Some(other_link_facts(comparison));
                }
                QueryResult::Summary(_)
                | QueryResult::Ranges(_)
                | QueryResult::BestEnds(_)
                | QueryResult::EndSweep(_)
                | QueryResult::Histogram(_)
                | QueryResult::CodeCurve(_)
                | QueryResult::GridMinima(_)
                | QueryResult::Optimum(_)
                | QueryResult::RangeMapRow(_)
                | QueryResult::Changes(_)
                | QueryResult::Claims(_)
                | QueryResult::Requantized(_)
                | QueryResult::Sketch(_)
                | QueryResult::Refused(_) => {}
            }
        }
        out
    }
}

/// The report from the figures of the depths, the results of [`report_queries`] and [`report_refinements`], and everything else that is
/// known. Ranges and settings are those of `basis`.
#[must_use]
pub fn report<'a>(
    basis: &ReportBasis,
    results: impl Iterator<Item = &'a QueryResult> + Clone,
    known: &KnownFigures<'_>,
) -> Report {
    let settings = basis.settings();
    let known = KnownFigures {
        settings: &settings,
        ranges: &basis.ranges,
        best: &basis.best,
        ..*known
    };
    let plan = known.plan().and_then(Result::ok);
    let answers = known.conclusion().flatten();
    let protocol = &known.measured.protocol;
    let conclusions = Conclusions {
        shared: known.shared.map(|shared| (shared, protocol)),
        plan: plan.as_ref(),
        answers: answers.as_ref(),
        is_unjudged: known.doubts.is_none_or(|doubts| doubts.is_unjudged),
    };
    concluded(basis, results, Some(&known), conclusions)
}

/// The data of a document's charts, with the maps of the worst frame if they are known; `None` without a range in use.
#[must_use]
pub fn chart_data<'a>(
    basis: &'a ReportBasis,
    mut results: impl Iterator<Item = &'a QueryResult>,
    known: &KnownFigures<'a>,
    worst: Option<&'a FramePreview>,
) -> Option<ChartData<'a>> {
    let current = basis.ranges.get(basis.current as usize)?;
    Some(ChartData {
        compared: known.compared,
        worst,
        how: &basis.how,
        current: &current.named,
        best: &basis.best,
        sweep: results.find_map(|result| match result {
            QueryResult::Sweep(domain, points) => Some((*domain, points.as_slice())),
            _ => None,
        }),
        what_if: known.what_if,
        int8_m: known.int8_m(),
    })
}

fn concluded<'a>(
    page: &ReportBasis,
    answers: impl Iterator<Item = &'a QueryResult> + Clone,
    known: Option<&KnownFigures<'_>>,
    conclusions: Conclusions<'_>,
) -> Report {
    let input = ReportInput {
        inputs: &page.inputs,
        source: &page.source,
        summary: &page.summary,
        resolution: page.resolution,
        how: &page.how,
        reading: &page.reading,
        ranges: &page.ranges,
        best: &page.best,
        searches: page.searches,
    };
    let report = Report::new(&input);
    let Some(range) = page.current() else {
        return report;
    };
    let sorted = SortedResults::from_results(answers, page.how.policy);
    let own = depth_answers(
        page.is_sample,
        &page.settings(),
        &page.ranges,
        page.role,
        &page.best,
        sorted.log_code.as_ref(),
    )
    .filter(|_| !conclusions.is_unjudged);
    let conclusions = Conclusions {
        answers: conclusions.answers.or(own.as_ref()),
        ..conclusions
    };
    with_sections(report, &input, (range, &sorted), (known, conclusions))
}

fn with_sections(
    report: Report,
    input: &ReportInput<'_>,
    (range, sorted): (OutputRange, &SortedResults),
    (known, conclusions): (Option<&KnownFigures<'_>>, Conclusions<'_>),
) -> Report {
    let measured = known.filter(|known| known.compared.evidence() == Some(Evidence::All));
    let rows: Vec<FrameRow> = measured
        .iter()
        .flat_map(|known| known.compared.rows().iter().map(|r| r.row))
        .collect();
    let names: Vec<String> = measured
        .iter()
        .flat_map(|known| known.compared.rows().iter().map(|r| r.name.clone()))
        .collect();
    let comparison = measured.map(|known| ComparisonInfo {
        comparison: known.compared.merged(),
        evals: known.compared.metric_sums(),
        rows: &rows,
        names: &names,
        settings: known.measured,
        evaluator: known.evaluator,
        changes: known.changes,
        resampling: Resampling::with_average(known.average),
        board: known.compared.board().map(|(comparison, _)| BoardInfo {
            comparison,
            evals: known.compared.board_metric_sums(),
        }),
    });
    let what_if = measured.and_then(|known| known.what_if);
    let what_if = what_if.map(|curve| WhatIfSection::new(curve, input.how));
    let planner = conclusions.plan.map(planner_facts);
    let verdicts = conclusions.answers.map(verdict_entries);
    let some = |is_there: bool| is_there.then_some(());
    report.with(
        input,
        &ReportSections {
            codes: some(!sorted.codes.is_empty()).map(|()| CodesInfo {
                rows: &sorted.codes,
                range,
                panter_dite_m: sorted.panter_dite_m,
            }),
            calibrators: some(!sorted.calibrators.is_empty()).map(|()| &*sorted.calibrators),
            sweep: some(!sorted.sweep.is_empty()).map(|()| SweepInfo {
                min_m: range.min_m(),
                points: &sorted.sweep,
            }),
            optima: some(!sorted.optima.is_empty()).map(|()| OptimaInfo {
                optima: &sorted.optima,
                clipping_weight: CLIPPING_WEIGHT,
            }),
            bits: some(!sorted.bits.is_empty()).map(|()| BitsInfo {
                range,
                rows: &sorted.bits,
            }),
            comparison,
            shared: conclusions.shared,
            what_if: what_if.as_ref(),
            planner: planner.as_ref(),
            verdicts: verdicts.as_deref(),
            other_link: sorted.other_link.as_ref(),
            network: known.and_then(|known| Some(known.network?.section)),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::answer;
    use fathom_analysis::compare::ChangeVerdict;
    use fathom_analysis::{DistributionSummary, NamedRange, RangeReport};
    use fathom_core::metrics::Criterion;
    use fathom_core::stats::Distribution;
    use fathom_report::link::{Settings, SharedDepths, SharedStudy, compare_links, encode};
    use fathom_report::report::{InputInfo, ReadingInfo};

    #[test]
    fn two_links_keep_their_sides() {
        let link = |max_m| {
            let range = OutputRange::new(0.5, max_m).expect("a range");
            let named = NamedRange {
                name: String::new(),
                range,
            };
            let settings = Settings {
                ranges: vec![named],
                current: 0,
                how: RangeSettings::default(),
                found: None,
            };
            let study = SharedStudy::default().to_bytes().expect("bytes");
            encode(&SharedDepths::Sample, &settings, &study, &[]).expect("a link")
        };
        let mut comparison = compare_links(&link(15.0), &link(12.5)).expect("two links");
        let change = |fp32, int8, interval| Change {
            metric: Criterion::Rmse,
            fp32,
            int8,
            verdict: ChangeVerdict::Significant { interval },
            neighbours: None,
            few_pixels: None,
        };
        comparison.sides[1].title = "after".to_owned();
        comparison.metrics = vec![LinkMetric {
            metric: Criterion::Rmse,
            sides: [
                Some(change(0.25, 0.75, (0.4, 0.6))),
                Some(change(0.5, 0.625, (0.1, 0.2))),
            ],
        }];
        comparison.ranges[0].rmse_m = [Some(1.0), None];
        comparison.ranges[0].coverage = [0.75, 0.5];

        let facts = other_link_facts(&comparison);
        let titles = facts.links.each_ref().map(|l| (l.which, l.title.as_str()));
        assert_eq!(titles, [("this", ""), ("other", "after")]);
        let metric = &facts.metrics[0];
        let figures = |side: Option<OtherLinkChange>| {
            let side = side.expect("a change");
            (side.fp32, side.int8, side.difference, side.interval)
        };
        assert_eq!(figures(metric.this), (0.25, 0.75, 0.5, Some([0.4, 0.6])));
        assert_eq!(figures(metric.other), (0.5, 0.625, 0.125, Some([0.1, 0.2])));
        let differences = (metric.fp32_difference, metric.int8_difference);
        assert_eq!(differences, (Some(0.25), Some(-0.125)));
        assert_eq!((metric.metric, metric.intervals), ("rmse", "apart"));
        let range = &facts.ranges[0];
        assert_eq!((range.min, range.max), (0.5, 15.0));
        let outcomes = [range.this, range.other].map(|side| (side.rmse, side.coverage));
        assert_eq!(outcomes, [(Some(1.0), 0.75), (None, 0.5)]);
    }

    #[test]
    fn every_section_is_asked_for_and_filled() {
        let values: Vec<f64> = (0..60).map(|i| 0.6 + 0.07 * f64::from(i)).collect();
        let depths = Distribution::new(values, vec![3; 60], Resolution::Exact).expect("depths");
        let how = RangeSettings::default();
        let named = NamedRange {
            name: "mine".to_owned(),
            range: OutputRange::new(0.5, 5.0).expect("a range"),
        };
        let page = ReportBasis {
            inputs: Vec::new(),
            source: "a test".to_owned(),
            summary: DistributionSummary::measure(&depths),
            resolution: depths.resolution(),
            how,
            reading: ReadingInfo::default(),
            ranges: vec![RangeReport::measure(&depths, &named, &how)],
            best: Vec::new(),
            current: 0,
            found: None,
            is_sample: false,
            role: None,
            searches: Searches::All,
        };
        let queries = report_queries(&page);
        let mut answers: Vec<QueryResult> = queries
            .iter()
            .map(|query| answer(query, &depths, None))
            .collect();
        let pairs = queries.iter().zip(answers.iter().map(Some));
        let queries = report_refinements(&page, pairs);
        assert_eq!(queries.len(), Criterion::ALL.len());
        answers.extend(queries.iter().map(|query| answer(query, &depths, None)));
        let json = concluded(&page, answers.iter(), None, Conclusions::default())
            .to_json()
            .expect("JSON");
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        for key in [
            "codes",
            "calibrators",
            "optima",
            "bits",
            "sweep",
            "panter_dite_rmse",
        ] {
            assert!(!value[key].is_null(), "{key}");
        }
        assert_eq!(value["sweep"]["points"].as_array().map(Vec::len), Some(200));
        assert_eq!(value["searches"], "all");
        let brief = ReportBasis {
            searches: Searches::None,
            ..page.clone()
        };
        let is_search = |query: &Query| matches!(query, Query::GridSearch { .. });
        assert!(!report_queries(&brief).iter().any(is_search));
        let alone = concluded(&page, std::iter::empty(), None, Conclusions::default())
            .to_json()
            .expect("JSON");
        assert!(!alone.contains("\"codes\""));
        let bytes = postcard::to_allocvec(&page).expect("bytes");
        assert_eq!(
            postcard::from_bytes::<ReportBasis>(&bytes),
            Ok(page.clone())
        );
        let nothing = ReportBasis { current: 7, ..page };
        assert!(report_queries(&nothing).is_empty());
    }

    fn page_of(inputs: Vec<InputInfo>) -> ReportBasis {
        let depths =
            Distribution::new(vec![1.0, 2.0], vec![1, 1], Resolution::Exact).expect("depths");
        ReportBasis {
            inputs,
            source: "a test".to_owned(),
            summary: DistributionSummary::measure(&depths),
            resolution: depths.resolution(),
            how: RangeSettings::default(),
            reading: ReadingInfo::default(),
            ranges: Vec::new(),
            best: Vec::new(),
            current: 0,
            found: None,
            is_sample: false,
            role: None,
            searches: Searches::None,
        }
    }

    fn input(role: Role, scale: Option<f64>) -> InputInfo {
        InputInfo {
            name: "a.npy".to_owned(),
            role: role.name().to_owned(),
            frame: "a".to_owned(),
            format: "NPY".to_owned(),
            dtype: "float32".to_owned(),
            maps: 1,
            width: 1,
            height: 2,
            scale,
            encoding: String::new(),
            valid: 2,
            invalid: 0,
        }
    }

    #[test]
    fn a_script_knows_the_units_of_the_files() {
        let truth = || input(Role::GroundTruth, Some(0.001));
        let script =
            headline(&page_of(vec![truth(), input(Role::Float, Some(1.0))])).expect("a script");
        for line in [
            "GT_UNITS_PER_METRE = 1000",
            "PREDICTION_UNITS_PER_METRE = 1",
        ] {
            assert!(script.contains(line), "{line}: {script}");
        }
        let refused = [
            (Vec::new(), "do not come from your files"),
            (
                vec![truth(), input(Role::GroundTruth, Some(0.5))],
                "different units",
            ),
            (vec![input(Role::Float, None)], "disparity"),
        ];
        for (inputs, why) in refused {
            let error = headline(&page_of(inputs)).expect_err("no script");
            assert!(error.contains(why), "{error}");
        }
    }
}
