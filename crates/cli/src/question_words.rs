//! Open questions in words, each with the flags that answer it.

use fathom_core::depth::{Resample, ScalePreset};
use fathom_core::units;
use fathom_engine::{OpenQuestion, SetAnswer, SetQuestion, TypedAnswer};

use crate::role_values::unit_name;

/// All questions, a paragraph each.
pub(crate) fn words(questions: &[OpenQuestion]) -> String {
    let all: Vec<String> = questions.iter().map(question).collect();
    all.join("\n")
}

fn question(question: &OpenQuestion) -> String {
    match question {
        OpenQuestion::Array {
            path,
            role,
            taken: (name, description),
            names,
        } => {
            let role = role.name();
            let flags: Vec<String> = names
                .iter()
                .map(|n| format!("--array {role}={n}"))
                .collect();
            format!(
                "{path} holds several arrays or channels, and their names do not tell which is depth; {name} ({description}) is likeliest. Answer with {}.",
                flags.join(" or ")
            )
        }
        OpenQuestion::Set(question) => set(question),
        OpenQuestion::Unit {
            role,
            median,
            units,
        } => {
            let flag = |unit: &ScalePreset| {
                let median = units::depth(unit.encoding().metres(*median));
                format!(
                    "--unit {}={} (median {median})",
                    role.name(),
                    unit_name(*unit)
                )
            };
            let flags: Vec<String> = units.iter().map(flag).collect();
            format!(
                "{}: several units fit the data. Answer with {}.",
                role.title(),
                flags.join(" or ")
            )
        }
        OpenQuestion::Size(sizes) => {
            let ways = [Resample::Nearest, Resample::Bilinear];
            let flags = ways.map(|how| format!("--resize {}", how.title()));
            format!(
                "{} of another size than their ground truth (the first: {} x {} against {} x {} pixels). Answer with {}, or with --as-is to leave them out.",
                units::counted(sizes.files, units::Noun::Prediction),
                sizes.own.0,
                sizes.own.1,
                sizes.wanted.0,
                sizes.wanted.1,
                flags.join(" or ")
            )
        }
    }
}

fn set(question: &SetQuestion) -> String {
    let flags = |answer: &SetAnswer| {
        let repairs = answer
            .repairs
            .iter()
            .map(|r| format!("--repair {}", r.repair));
        let flags: Vec<String> = repairs.collect();
        format!("{} ({})", flags.join(" "), answer.caption)
    };
    let mut answers: Vec<String> = question.answers.iter().map(flags).collect();
    match question.typed {
        Some(TypedAnswer::Product(role)) => answers.push(format!(
            "--unit {}=disparity:PRODUCT (baseline times focal length, in metres times pixels)",
            role.name()
        )),
        Some(TypedAnswer::Codes(role)) => answers.push(format!(
            "--repair {}:codes=SCALE,ZERO_POINT (metres per code, and the code of 0 m)",
            role.name()
        )),
        Some(TypedAnswer::Resampling) => {
            answers.push("--resize nearest or --resize bilinear".to_owned());
        }
        None => {}
    }
    answers.push("--as-is if the maps are right".to_owned());
    format!("{} Answer with {}.", question.text, answers.join(", or "))
}
