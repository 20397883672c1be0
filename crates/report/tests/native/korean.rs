//! Answers in Korean have the figures of the English ones, and `with_english` ignores the locale.

use std::collections::BTreeSet;

use fathom_analysis::diagnosis::calculator::{Calculator, CalculatorInput};
use fathom_core::i18n::{self, Locale};
use fathom_core::units::{self, Noun};
use fathom_report::answers::{AnswerEvidence, Answers, AnswersInput};

/// Unquotes a text of a PO file.
fn text(line: &str) -> String {
    let inside = line
        .split_once('"')
        .and_then(|(_, rest)| rest.rsplit_once('"'));
    let quoted = inside.map_or("", |(text, _)| text);
    quoted
        .replace("\\\"", "\"")
        .replace("\\n", "\n")
        .replace("\\\\", "\\")
}

/// Reads the pairs of `po/ko.po`, which has each text on one line.
fn korean() -> Vec<(String, String)> {
    let file = crate::common::root().join("po/ko.po");
    let source = std::fs::read_to_string(file).expect("the catalogue");
    let lines: Vec<&str> = source.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[0].starts_with("msgid \"") && pair[0] != "msgid \"\"")
        .map(|pair| (text(pair[0]), text(pair[1])))
        .collect()
}

fn has_hangul(text: &str) -> bool {
    text.chars().any(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c))
}

#[test]
fn korean_answers_have_the_english_figures() {
    let calculator = Calculator::new(&CalculatorInput::published()).expect("the published case");
    let input = AnswersInput {
        evidence: AnswerEvidence::Figures(&calculator),
        range: None,
        plan: None,
        network: None,
    };
    let english = Answers::new(&input);
    assert_eq!(units::counted(2, Noun::Frame), "2 frames");

    let pairs = korean();
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    i18n::load(&i18n::pack(&pairs)).expect("a catalogue");
    assert_eq!(i18n::locale(), Locale::Korean);
    assert_eq!(units::counted(1, Noun::Frame), "1프레임");
    assert_eq!(units::counted(2000, Noun::Frame), "2,000프레임");
    let korean = Answers::new(&input);
    for (korean, english) in korean.cards().into_iter().zip(english.cards()) {
        assert!(has_hangul(&korean.question), "{}", korean.question);
        assert!(has_hangul(&korean.headline()), "{}", korean.headline());
        assert!(!korean.text().contains('{'), "{}", korean.text());
        // A translation may order them differently.
        let figures = |card: &fathom_report::answers::Card| -> BTreeSet<String> {
            card.figures().map(|(_, text)| text.to_owned()).collect()
        };
        assert_eq!(figures(korean), figures(english));
    }

    // Machine-readable output is always in English.
    assert_eq!(i18n::with_english(|| Answers::new(&input)), english);
    assert_eq!(i18n::locale(), Locale::Korean);

    i18n::reset();
    assert_eq!(Answers::new(&input), english);
}
