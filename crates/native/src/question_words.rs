//! Open questions in words, each with the settings that answer it.

use fathom_core::depth::{Role, ScalePreset};
use fathom_core::units;
use fathom_engine::{OpenQuestion, RoleQuestion, SetAnswer, SetQuestion, TypedAnswer};

use crate::setting_texts::{RESIZES, unit_name};

/// The notation of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// As flags of the command line.
    Flags,
    /// As keyword arguments of Python.
    Keywords,
}

impl Dialect {
    fn of_role(self, name: &str, role: Role, value: &str) -> String {
        let role = role.name();
        match self {
            Self::Flags => format!("--{name} {}", shell_word(&format!("{role}={value}"))),
            Self::Keywords => format!("{name}={{\"{role}\": {}}}", python_string(value)),
        }
    }

    fn plain(self, name: &str, value: &str) -> String {
        match self {
            Self::Flags => format!("--{name} {}", shell_word(value)),
            Self::Keywords => format!("{name}={}", python_string(value)),
        }
    }

    fn repairs(self, repairs: &[String]) -> String {
        match self {
            Self::Flags => {
                let flag = |repair: &String| self.plain("repair", repair);
                let flags: Vec<String> = repairs.iter().map(flag).collect();
                flags.join(" ")
            }
            Self::Keywords => format!("repair={repairs:?}"),
        }
    }

    fn as_is(self) -> &'static str {
        match self {
            Self::Flags => "--as-is",
            Self::Keywords => "as_is=True",
        }
    }
}

/// A word as a shell takes it: in quotation marks if it has more than letters, digits and plain signs.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:=,+%@".contains(c);
    if text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// A text as a string of Python.
fn python_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// All questions, a paragraph each.
#[must_use]
pub fn question_words(questions: &[OpenQuestion], dialect: Dialect) -> String {
    let all = questions.iter().map(|one| question(one, dialect));
    all.collect::<Vec<_>>().join("\n")
}

fn question(question: &OpenQuestion, dialect: Dialect) -> String {
    match question {
        OpenQuestion::Roles(question) => roles(question, dialect),
        OpenQuestion::Array {
            row: _,
            path,
            role,
            taken: (name, description),
            names,
        } => {
            let answers = names
                .iter()
                .map(|name| dialect.of_role("array", *role, name));
            let answers: Vec<String> = answers.collect();
            format!(
                "{path} has several arrays or channels, and no name tells which one is depth; {name} ({description}) is the most likely. Answer with {}.",
                answers.join(" or ")
            )
        }
        OpenQuestion::Set(question) => set(question, dialect),
        OpenQuestion::Unit {
            role,
            kind: _,
            median,
            units,
        } => {
            let answer = |unit: &ScalePreset| {
                let median = units::depth(unit.encoding().metres(*median));
                let setting = dialect.of_role("unit", *role, unit_name(*unit));
                format!("{setting} (median {median})")
            };
            let answers: Vec<String> = units.iter().map(answer).collect();
            format!(
                "{}: several units fit the data. Answer with {}.",
                role.title(),
                answers.join(" or ")
            )
        }
        OpenQuestion::Size(sizes) => {
            format!(
                "Size differs from ground truth: {} (the first: {} x {} against {} x {} pixels). Answer with {}, or with {} to leave them out.",
                units::counted(sizes.files, units::Noun::Prediction),
                sizes.own.0,
                sizes.own.1,
                sizes.wanted.0,
                sizes.wanted.1,
                resizes(dialect),
                dialect.as_is()
            )
        }
    }
}

fn roles(question: &RoleQuestion, dialect: Dialect) -> String {
    let answers: Vec<&str> = question
        .answers
        .iter()
        .map(|a| a.caption.as_str())
        .collect();
    let settings = match dialect {
        Dialect::Flags => "--gt, --fp32, --int8 and --board, each in front of its files",
        Dialect::Keywords => "gt=, fp32=, int8= and board=, each with its files",
    };
    format!(
        "{} Answer with {settings}. Possible: {}.",
        question.text,
        answers.join("; ")
    )
}

fn resizes(dialect: Dialect) -> String {
    RESIZES
        .map(|(name, _)| dialect.plain("resize", name))
        .join(" or ")
}

/// The settings that answer a finding, which is among the warnings of a run.
#[must_use]
pub fn offer_words(offer: &SetQuestion, dialect: Dialect) -> String {
    let mut repairs = offer.answers.iter().flat_map(|answer| &answer.repairs);
    let purpose = if repairs.any(|taken| taken.settles().is_some()) {
        "To judge all the same"
    } else {
        "To convert"
    };
    format!("{purpose}: {}.", answers(offer, dialect).join(", or "))
}

fn set(question: &SetQuestion, dialect: Dialect) -> String {
    let mut answers = answers(question, dialect);
    answers.push(format!("{} if the maps are right", dialect.as_is()));
    format!("{} Answer with {}.", question.text, answers.join(", or "))
}

fn answers(question: &SetQuestion, dialect: Dialect) -> Vec<String> {
    let answer = |answer: &SetAnswer| {
        let repairs = answer.repairs.iter().map(|r| r.repair.to_string());
        let repairs: Vec<String> = repairs.collect();
        format!("{} ({})", dialect.repairs(&repairs), answer.caption)
    };
    let mut answers: Vec<String> = question.answers.iter().map(answer).collect();
    match question.typed {
        Some(TypedAnswer::Product(role)) => answers.push(format!(
            "{} (baseline times focal length, in metres times pixels)",
            dialect.of_role("unit", role, "disparity:PRODUCT")
        )),
        Some(TypedAnswer::Codes(role)) => answers.push(format!(
            "{} (metres per code, and the code of 0 m)",
            dialect.repairs(&[format!("{}:codes=SCALE,ZERO_POINT", role.name())])
        )),
        Some(TypedAnswer::Focal(role)) => answers.push(format!(
            "{} (focal length in pixels)",
            dialect.repairs(&[format!("{}:quantity=ray:FOCAL", role.name())])
        )),
        Some(TypedAnswer::Resampling) => answers.push(resizes(dialect)),
        Some(TypedAnswer::Order) => answers.push(format!(
            "{} (the maps of every role in the order of their names)",
            dialect.plain("pair", "order")
        )),
        Some(TypedAnswer::Names) => answers.push(format!(
            "files of equal names, or with as many maps in every role and {}",
            dialect.plain("pair", "order")
        )),
        None => {}
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::SampleKind;

    #[test]
    fn each_dialect_writes_its_settings() {
        let unit = OpenQuestion::Unit {
            role: Role::GroundTruth,
            kind: SampleKind::Integer,
            median: 8000.0,
            units: vec![ScalePreset::Millimetre, ScalePreset::TenthMillimetre],
        };
        let words = |dialect| question_words(std::slice::from_ref(&unit), dialect);
        assert!(words(Dialect::Flags).contains("--unit gt=mm (median 8"));
        assert!(words(Dialect::Keywords).contains("unit={\"gt\": \"0.1mm\"} (median 0.8"));
        let offer = SetQuestion {
            text: "The values look like distance along the ray.".to_owned(),
            answers: Vec::new(),
            typed: Some(TypedAnswer::Focal(Role::GroundTruth)),
        };
        assert_eq!(
            offer_words(&offer, Dialect::Flags),
            "To convert: --repair gt:quantity=ray:FOCAL (focal length in pixels)."
        );
        assert_eq!(
            shell_word("int8:codes=0.0314,-128"),
            "int8:codes=0.0314,-128"
        );
        assert_eq!(shell_word("gt=it's (1)"), r"'gt=it'\''s (1)'");
        assert_eq!(python_string(r#"a"\b"#), r#""a\"\\b""#);
        let dump = OpenQuestion::Array {
            row: 0,
            path: "a.raw".to_owned(),
            role: Role::Float,
            taken: ("float32 4×3".to_owned(), "48 bytes".to_owned()),
            names: vec!["float32 4×3".to_owned()],
        };
        let words = |dialect| question_words(std::slice::from_ref(&dump), dialect);
        assert!(words(Dialect::Flags).contains("--array 'fp32=float32 4×3'"));
        assert!(words(Dialect::Keywords).contains("array={\"fp32\": \"float32 4×3\"}"));
    }
}
