//! The three answers for real and made sets of frames.
//!
//! The data are not part of the repository. They are read from `FATHOM_DATA`, or else from `../shared/data`; without them the tests are
//! skipped.

use std::fs;
use std::path::{Path, PathBuf};

use crate::set_answers::{Frame, Measured, measure};
use fathom_analysis::RangeSource;
use fathom_analysis::compare::{ground_truth_m, prediction_m};
use fathom_analysis::diagnosis::planner::RemedyKind;
use fathom_core::depth::{Encoding, RawMap, Scale};
use fathom_decode::{DecodeOptions, decode};
use fathom_report::answers::{Answers, CostFinding, DominantPart, SectionId, Significance};

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

fn frame(folder: &Path, name: &str) -> (Frame, usize) {
    let gt = map(&folder.join("gt").join(format!("{name}.png")));
    let prediction = |role: &str| {
        let map = map(&folder.join(role).join(format!("{name}.npy")));
        prediction_m(&map.samples, encoding(1.0))
    };
    let gt_m = ground_truth_m(&gt.samples, encoding(1000.0), &[]);
    let frame = [
        gt_m.to_vec(),
        prediction("fp32").to_vec(),
        prediction("int8").to_vec(),
    ];
    (frame, gt.width())
}

/// Measures a set of millimetres and metres; `None` where it is not at hand.
fn set(folder: &str) -> Option<Measured> {
    let folder = data().join(folder);
    let Ok(listing) = fs::read_dir(folder.join("gt")) else {
        eprintln!("skipped: no such frames at hand");
        return None;
    };
    let mut names: Vec<String> = listing
        .flatten()
        .filter_map(|f| Some(f.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    let frames: Vec<_> = names.iter().map(|name| frame(&folder, name)).collect();
    let width = frames.first()?.1;
    let frames: Vec<Frame> = frames.into_iter().map(|(frame, _)| frame).collect();
    Some(measure(&frames, width))
}

fn print(answers: &Answers) {
    for card in answers.cards() {
        println!("{}\n  {}\n", card.question, card.text());
    }
}

#[test]
fn answers_for_real_frames_agree_with_the_interval() {
    let Some(measured) = set("triple") else {
        return;
    };
    let findings = measured.findings();
    let answers = Answers::from_findings(&findings);
    print(&answers);
    let change = measured.rmse();
    assert!(
        (change.difference() - 0.000_4).abs() < 1e-4,
        "{}",
        change.difference()
    );
    // The answer agrees with the interval. The noise is from inside: the grid step of 14.6 mm explains 4.2 mm of an RMS of 13.5 mm.
    let (low, high) = change.interval().expect("91 frames");
    let CostFinding::Compared(significance, DominantPart::Inside(share)) = findings.cost else {
        panic!("{}", answers.cost.text());
    };
    assert!(share > 0.5, "{share}");
    assert_eq!(significance == Significance::Worse, low > 0.0);
    assert_eq!(
        significance == Significance::MayBeChance,
        low <= 0.0 && high >= 0.0
    );
    let plan = measured.plan.as_ref().expect("a plan");
    for r in &plan.remedies {
        println!("{}: {}", r.kind.name(), r.text());
    }
    let sum: f64 = plan.sources.iter().map(|s| s.mse).sum();
    let budget = &measured.budget;
    assert!((sum - budget.mse_quant).abs() < 1e-12 * sum);
    let recalibrated = plan.remedy(RemedyKind::Recalibration).expect("a remedy");
    let rmse_m = budget.recalibrated_rmse_m.expect("a line");
    assert!((recalibrated.expected.rmse_m - rmse_m).abs() < 1e-12);
}

#[test]
fn the_made_triple_has_its_known_answer() {
    let Some(measured) = set("near_triple") else {
        return;
    };
    let findings = measured.findings();
    let answers = Answers::from_findings(&findings);
    print(&answers);
    let in_use = measured.in_use;
    assert_eq!(in_use.range.min_m(), 0.0);
    assert!(
        (in_use.range.max_m() - 12.136_215).abs() < 1e-4,
        "{in_use:?}"
    );
    let RangeSource::CodeFound {
        used_codes, codes, ..
    } = in_use.source
    else {
        panic!("{in_use:?}");
    };
    assert_eq!((used_codes, codes), (200, 256));
    assert_eq!(measured.copies, 4);
    let rmse = measured.rmse();
    assert!((rmse.fp32 - 0.241_136_98).abs() < 1e-7, "{rmse:?}");
    assert!((rmse.int8 - 0.254_314_09).abs() < 1e-7, "{rmse:?}");
    let CostFinding::Compared(Significance::Worse, DominantPart::Inside(_)) = findings.cost else {
        panic!("{}", answers.cost.text());
    };
    let output = measured.budget.output.expect("a grid");
    assert!(
        (output.share - 0.025_612_33).abs() < 1e-6,
        "{}",
        output.share
    );
    let named = findings.remedies.remedy();
    assert!(named.is_none_or(|r| !r.kind.changes_output()), "{named:?}");
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
