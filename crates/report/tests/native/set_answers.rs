//! The answers of a set of frames, computed natively as the page computes them.

use std::collections::BTreeMap;

use fathom_analysis::compare::{
    Average, Budget, Change, CompareSettings, Comparison, EvalProtocol, Evaluator, FrameComparison,
    FrameMaps, FrameMetricSums, PixelPairs, Resampling, SortedPairs, changes, originals,
};
use fathom_analysis::diagnosis::planner::{Plan, PlanEvidence, PlannerInput};
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::{
    BestRange, FoundRange, NamedRange, Policy, RangeInUse, RangeReport, RangeSettings,
};
use fathom_core::metrics::{Criterion, Metric};
use fathom_core::quant::{Bits, CodeKind, OutputRange};
use fathom_core::stats::{Distribution, Resolution};
use fathom_report::answers::{
    AnswerEvidence, AnswersInput, ComparedMaps, DepthsSource, Findings, RangeEvidence,
    RequantizedRange,
};

/// Ground truth, FP32 and INT8 of a frame, in metres. No depth is 0 m in the ground truth.
pub(crate) type Frame = [Vec<f64>; 3];

/// Everything that the answers of a set are made from.
pub(crate) struct Measured {
    pub(crate) budget: Budget,
    pub(crate) step_m: Option<f64>,
    pub(crate) changes: Vec<Change>,
    pub(crate) frames: usize,
    pub(crate) copies: usize,
    pub(crate) plan: Option<Plan>,
    pub(crate) in_use: RangeInUse,
    pub(crate) current: RangeReport,
    pub(crate) best: Vec<BestRange>,
    pub(crate) requantized: Option<Requantized>,
}

fn compare(frames: &[Frame], width: usize, settings: &CompareSettings) -> Vec<FrameComparison> {
    frames
        .iter()
        .map(|[gt_m, fp32_m, int8_m]| {
            let maps = FrameMaps {
                width,
                gt_m,
                fp32_m,
                int8_m,
            };
            FrameComparison::measure(&maps, settings).expect("pixels")
        })
        .collect()
}

/// The best end on a grid, with the start held.
fn best_end(depths: &Distribution, now: OutputRange, how: &RangeSettings) -> Vec<BestRange> {
    let measured = (1..60).filter_map(|i| {
        let end_m = now.min_m() + depths.max_m() * f64::from(i) / 40.0;
        let range = OutputRange::new(now.min_m(), end_m).ok()?;
        let name = String::new();
        let report = RangeReport::measure(depths, &NamedRange { name, range }, how);
        let rmse_m = report.rmse_m()?;
        Some(BestRange {
            metric: Metric::Rmse,
            range,
            value: rmse_m,
            rmse_m,
        })
    });
    measured
        .min_by(|a, b| a.value.total_cmp(&b.value))
        .into_iter()
        .collect()
}

/// Measures a set of frames of this width.
pub(crate) fn measure(maps: &[Frame], width: usize) -> Measured {
    let settings = CompareSettings::default();
    let frames = compare(maps, width, &settings);
    let grid = Comparison::from_frames(&frames).grid().ok();
    let settings = CompareSettings { grid, ..settings };
    let frames = compare(maps, width, &settings);
    let merged = Comparison::from_frames(&frames);
    let budget = merged.budget().expect("pixels");
    let sums: Vec<FrameMetricSums> = frames.iter().map(FrameComparison::metric_sums).collect();
    let how = Resampling {
        replicates: 200,
        ..Resampling::default()
    };
    let changes = changes(&sums, &EvalProtocol::default(), &how);

    let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
    let truth = maps.iter().flat_map(|frame| &frame[0]);
    for depth in truth.filter(|depth| **depth > 0.0) {
        *counts.entry(depth.to_bits()).or_default() += 1;
    }
    let (values, counts) = counts
        .into_iter()
        .map(|(b, n)| (f64::from_bits(b), n))
        .unzip();
    let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
    let found = grid.and_then(|grid| FoundRange::from_grid(&grid, Bits::EIGHT));
    let typed = OutputRange::new(0.0, 10.0).expect("a range");
    let (range, code) = found.map_or((typed, CodeKind::UniformZeroPoint), |f| (f.0.range, f.1));
    let how = RangeSettings {
        code,
        ..RangeSettings::default()
    };
    let name = String::new();
    let current = RangeReport::measure(&depths, &NamedRange { name, range }, &how);
    let mut pairs = PixelPairs::default();
    for [gt_m, fp32_m, _] in maps {
        pairs.add(gt_m, fp32_m);
    }
    let pairs = SortedPairs::from_parts(&[pairs.into_flat()]);
    let requantized = Requantized::measure(&pairs, range, None, &how);
    let rmse = changes.iter().find(|c| c.metric == Criterion::Rmse);
    let mut input = PlannerInput::new(PlanEvidence::Measured(&budget), Bits::EIGHT);
    input.step_m = grid.map(|grid| grid.rms_step_m);
    input.change_interval_m = rmse.and_then(Change::interval);
    if let Some(found) = &requantized {
        input.tried = found.tried.clone();
    }
    Measured {
        plan: Plan::compute(&input).ok(),
        best: best_end(&depths, range, &how),
        in_use: RangeInUse::new(range, found.map(|f| f.0), code),
        step_m: grid.map(|grid| grid.rms_step_m),
        frames: maps.len(),
        copies: originals(&sums)
            .iter()
            .enumerate()
            .filter(|(index, original)| index != *original)
            .count(),
        budget,
        changes,
        current,
        requantized,
    }
}

impl Measured {
    pub(crate) fn findings(&self) -> Findings {
        let maps = ComparedMaps {
            budget: &self.budget,
            step_m: self.step_m,
            changes: &self.changes,
            average: Average::Pooled,
            evaluator: Some(Evaluator::Plain),
            frames: self.frames,
            copies: self.copies,
        };
        Findings::new(&AnswersInput {
            evidence: AnswerEvidence::All(&maps),
            range: Some(RangeEvidence {
                in_use: self.in_use,
                current: &self.current,
                policy: Policy::Count,
                depths_source: DepthsSource::GroundTruth,
                best: &self.best,
                requantized: self.requantized.as_ref().map(RequantizedRange::from),
                log_code: None,
            }),
            plan: self.plan.as_ref(),
            network: None,
        })
    }

    pub(crate) fn rmse(&self) -> Change {
        let rmse = self.changes.iter().find(|c| c.metric == Criterion::Rmse);
        *rmse.expect("an RMSE")
    }
}
