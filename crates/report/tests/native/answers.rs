//! The three answers and the plan for 91 real frames with their predictions.
//!
//! The data are not part of the repository. They are read from `FATHOM_DATA`, or else from `../shared/data`; without them the test is
//! skipped.

use std::fs;
use std::path::{Path, PathBuf};

use fathom_analysis::compare::{
    Average, Change, CompareSettings, Comparison, EvalProtocol, FrameComparison, FrameMaps,
    Resampling, changes, ground_truth_m, prediction_m,
};
use fathom_analysis::diagnosis::planner::{Plan, PlanEvidence, PlannerInput, RemedyKind};
use fathom_core::depth::{Encoding, RawMap, Scale};
use fathom_core::metrics::Criterion;
use fathom_core::quant::Bits;
use fathom_decode::{DecodeOptions, decode};
use fathom_report::answers::{
    AnswerEvidence, Answers, AnswersInput, DominantPart, Paragraph, SectionId, Significance,
    WhyFinding, why_finding,
};

fn data() -> PathBuf {
    std::env::var_os("FATHOM_DATA").map_or_else(
        || crate::common::root().join("../shared/data"),
        PathBuf::from,
    )
}

fn map(path: &Path) -> RawMap {
    let bytes = fs::read(path).expect("a map");
    let decoded = decode(&bytes, &DecodeOptions::default()).expect("a readable map");
    decoded.maps.into_iter().next().expect("a map")
}

fn encoding(units_per_metre: f64) -> Encoding {
    Encoding::Linear(Scale::from_units_per_metre(units_per_metre).expect("a scale"))
}

fn frame(folder: &Path, name: &str, settings: &CompareSettings) -> FrameComparison {
    let gt = map(&folder.join("gt").join(format!("{name}.png")));
    let prediction = |role: &str| {
        let map = map(&folder.join(role).join(format!("{name}.npy")));
        prediction_m(&map.samples, encoding(1.0))
    };
    let maps = FrameMaps {
        width: gt.width(),
        gt_m: &ground_truth_m(&gt.samples, encoding(1000.0), &[]),
        fp32_m: &prediction("fp32"),
        int8_m: &prediction("int8"),
    };
    FrameComparison::measure(&maps, settings).expect("pixels")
}

fn rmse_change(frames: &[FrameComparison]) -> Change {
    let evals: Vec<_> = frames.iter().map(FrameComparison::metric_sums).collect();
    let how = Resampling {
        average: Average::Pooled,
        ..Resampling::default()
    };
    changes(&evals, &EvalProtocol::default(), &how)
        .into_iter()
        .find(|c| c.metric == Criterion::Rmse)
        .expect("an RMSE")
}

#[test]
fn answers_for_real_frames_agree_with_the_interval() {
    let folder = data().join("triple");
    let Ok(listing) = fs::read_dir(folder.join("gt")) else {
        eprintln!("skipped: no real frames at hand");
        return;
    };
    let mut names: Vec<String> = listing
        .flatten()
        .filter_map(|f| Some(f.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    let settings = CompareSettings::default();
    let frames: Vec<_> = names.iter().map(|n| frame(&folder, n, &settings)).collect();
    let set = Comparison::from_frames(&frames);
    let grid = set.grid().expect("a grid");
    let settings = CompareSettings {
        grid: Some(grid),
        ..settings
    };
    let frames: Vec<_> = names.iter().map(|n| frame(&folder, n, &settings)).collect();
    let budget = Comparison::from_frames(&frames).budget().expect("pixels");
    let change = rmse_change(&frames);
    assert!(
        (change.difference() - 0.000_4).abs() < 1e-4,
        "{}",
        change.difference()
    );
    let plan = Plan::compute(&PlannerInput {
        step_m: Some(grid.rms_step_m),
        parameters: Some(67_657.0),
        change_interval_m: change.interval(),
        ..PlannerInput::new(PlanEvidence::Measured(&budget), Bits::EIGHT)
    })
    .expect("a plan");
    let input = AnswersInput {
        evidence: AnswerEvidence::All {
            budget: &budget,
            step_m: Some(grid.rms_step_m),
            change: &change,
            frames: frames.len(),
        },
        range: None,
        plan: Some(&plan),
    };
    let answers = Answers::new(&input);
    for text in [&answers.why, &answers.range, &answers.todo].map(Paragraph::text) {
        println!("{text}\n");
    }
    for r in &plan.remedies {
        println!("{}: {}", r.kind.name(), r.text());
    }
    println!("{}", plan.caution());
    // The answer agrees with the interval. The noise is from inside: the grid step of 14.6 mm explains 4.2 mm of an RMS of 13.5 mm.
    let (low, high) = change.interval().expect("91 frames");
    let WhyFinding::Compared(significance, DominantPart::Inside(share)) =
        why_finding(&input.evidence)
    else {
        panic!("{}", answers.why.text());
    };
    assert!(share > 0.5, "{share}");
    assert_eq!(significance == Significance::Worse, low > 0.0);
    assert_eq!(
        significance == Significance::MayBeChance,
        low <= 0.0 && high >= 0.0
    );
    assert!(!answers.why.text().contains("much worse"));
    let sum: f64 = plan.sources.iter().map(|s| s.mse).sum();
    assert!((sum - budget.mse_quant).abs() < 1e-12 * sum);
    let recalibrated = plan.remedy(RemedyKind::Recalibration).expect("a remedy");
    let rmse_m = budget.recalibrated_rmse_m.expect("a line");
    assert!((recalibrated.expected.rmse_m - rmse_m).abs() < 1e-12);
}

#[test]
fn every_section_of_the_answers_exists_on_the_page() {
    fn read_below(folder: &Path, out: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                read_below(&entry.path(), out);
            } else {
                out.push_str(&fs::read_to_string(entry.path()).unwrap_or_default());
            }
        }
    }
    let mut views = String::new();
    read_below(&crate::common::root().join("src"), &mut views);
    for section in SectionId::ALL {
        let id = format!("id=\"{}\"", section.id());
        assert!(views.contains(&id), "no view has {id}");
    }
}
