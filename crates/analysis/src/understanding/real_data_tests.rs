//! Real depth maps that are right as they are stay without a question; those that are read wrongly are asked about.
//!
//! They are not part of the repository; without them the test is skipped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::read_set::{ReadSet, dropped, shared};
use super::{EncodingSource, SetEvidence, Understanding};
use fathom_core::depth::{Encoding, Role, ScalePreset};

/// The encoding that the manifest states; `None` for a file that is no depth map.
fn truth(unit: &str) -> Option<Encoding> {
    let starts = |word: &str| unit.starts_with(word);
    let preset = match () {
        () if starts("SUN") => ScalePreset::SunRotated,
        () if starts("NYU raw") => ScalePreset::KinectRaw,
        () if starts("mm") => ScalePreset::Millimetre,
        () if starts("metres") || starts("Blender units") || starts("scene units") => {
            ScalePreset::Metre
        }
        () if starts("KITTI") => ScalePreset::Kitti,
        () if starts("TUM") => ScalePreset::Tum,
        () if starts("1/10000 m") => ScalePreset::TenthMillimetre,
        () => return None,
    };
    Some(preset.encoding())
}

/// The fault of a file or set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    RightlySilent,
    RightlyAsked,
    WronglySilent,
    WronglyAsked,
}

struct Row {
    name: String,
    outcome: Outcome,
    why: String,
}

fn judged(name: &str, set: &ReadSet, truths: &[(Role, Encoding)]) -> Row {
    let is_right = truths
        .iter()
        .all(|(role, truth)| set.role(*role).is_some_and(|r| r.encoding == *truth));
    let found = Understanding::new(&set.sample());
    // The unit's own doubt is asked by the page; a set whose roles agree has none.
    let doubts = set
        .roles
        .iter()
        .any(|r| r.source == EncodingSource::Plausible && r.has_alternatives);
    let question = found.question.as_ref();
    let (outcome, why) = match (is_right, question) {
        (true, None) => {
            let said: Vec<String> = found.evidence.iter().map(SetEvidence::sentence).collect();
            (Outcome::RightlySilent, said.join(" "))
        }
        (true, Some(q)) => (Outcome::WronglyAsked, q.evidence.sentence()),
        (false, Some(q)) => (Outcome::RightlyAsked, q.evidence.sentence()),
        (false, None) if doubts => (Outcome::RightlyAsked, "the unit is in doubt".to_owned()),
        (false, None) => (
            Outcome::WronglySilent,
            format!(
                "{:?}",
                set.roles.iter().map(|r| r.encoding).collect::<Vec<_>>()
            ),
        ),
    };
    let taken: Vec<String> = found.unasked.iter().map(ToString::to_string).collect();
    Row {
        name: name.to_owned(),
        outcome,
        why: format!("{why} {}", taken.join(" ")),
    }
}

#[test]
fn real_maps_that_are_right_stay_without_a_question() {
    let Some(files) = shared("files") else {
        eprintln!("skipped: no shared files");
        return;
    };
    let manifest = std::fs::read_to_string(files.join("MANIFEST.tsv")).expect("a manifest");
    let mut rows: Vec<Row> = Vec::new();
    for line in manifest.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let Some(encoding) = fields.get(7).and_then(|unit| truth(unit)) else {
            continue;
        };
        let name = fields[0];
        let mut file = dropped(&files, &[name]);
        // By itself, a file is the ground truth.
        let end = name
            .rsplit('/')
            .next()
            .and_then(|file| file.split_once('.'))
            .map_or("", |p| p.1);
        file[0].0 = format!("gt/map.{end}");
        let set = ReadSet::new(&file);
        if !set.roles.is_empty() {
            rows.push(judged(name, &set, &[(Role::GroundTruth, encoding)]));
        }
    }
    let metres = Encoding::METRES;
    let mm = ScalePreset::Millimetre.encoding();
    let pair = ReadSet::new(&dropped(
        &files,
        &["fastdepth_nyu/depth.npy", "fastdepth_nyu/pred.npy"],
    ));
    rows.push(judged(
        "fastdepth_nyu pair",
        &pair,
        &[(Role::GroundTruth, metres), (Role::Float, metres)],
    ));
    let all = [
        (Role::GroundTruth, mm),
        (Role::Float, metres),
        (Role::Quantized, metres),
    ];
    for (folder, parts, count) in [
        ("triple", &["gt", "fp32", "int8"][..], 3),
        ("near_triple", &["gt", "fp32", "int8"], 3),
        ("triple", &["gt", "fp32"], 2),
        ("triple", &["gt"], 1),
    ] {
        let Some(root) = shared(folder) else { continue };
        let set = ReadSet::new(&dropped(&root, parts));
        rows.push(judged(&format!("{folder} {parts:?}"), &set, &all[..count]));
    }
    if let Some(root) = shared("kinect640") {
        let mut all = dropped(&root, &[""]);
        all.iter_mut().for_each(|f| f.0 = format!("gt/{}", f.0));
        rows.push(judged(
            "kinect640",
            &ReadSet::new(&all),
            &[(Role::GroundTruth, mm)],
        ));
    }

    rows.sort_by(|a, b| (a.outcome, &a.name).cmp(&(b.outcome, &b.name)));
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    let mut table = String::new();
    for row in &rows {
        *counts.entry(row.outcome).or_default() += 1;
        writeln!(table, "{:?}\t{}\t{}", row.outcome, row.name, row.why).expect("a string");
    }
    println!("{table}tried {}: {counts:?}", rows.len());
    let count = |outcome| counts.get(&outcome).copied().unwrap_or(0);
    assert_eq!(count(Outcome::WronglySilent), 0, "{table}");
    assert_eq!(count(Outcome::WronglyAsked), 0, "{table}");
    assert!(rows.len() > 20, "{}", rows.len());
}
