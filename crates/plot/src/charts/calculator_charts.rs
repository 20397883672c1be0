//! The calculator: figures that follow from typed numbers alone.

use super::comparison_charts::LabelledValue;
use fathom_analysis::diagnosis::calculator::Calculator;
use fathom_core::i18n::tr;
use fathom_core::units;

/// All figures of the calculator, with the common misreadings beside the correct ones.
#[must_use]
pub fn calculator_values(calculator: &Calculator) -> Vec<LabelledValue> {
    let t = &calculator.theory;
    let fact = |name, value: String, meaning: &str| LabelledValue {
        name,
        value,
        meaning: meaning.to_owned(),
    };
    // These figures differ by thousandths, so shares keep that digit.
    let share = |v: Option<f64>| {
        v.map_or(units::MISSING.to_owned(), |v| {
            format!("{} %", units::ratio(v * 100.0))
        })
    };
    let length = |v: Option<f64>| v.map_or(units::MISSING.to_owned(), units::length);
    let mut facts = vec![
        fact(
            tr!("Rise of the RMSE"),
            units::length(t.gap_m),
            tr!("INT8 \u{2212} FP32: the rise to explain."),
        ),
        fact(
            tr!("Half step"),
            format!("\u{b1}{}", units::length(t.half_step_m)),
            tr!("The largest rounding error of one pixel, not an RMSE."),
        ),
        fact(
            tr!("Rounding RMSE of the output"),
            units::length(t.ideal_rmse_m),
            tr!("Step / \u{221a}12: the half step divided by \u{221a}3."),
        ),
        fact(
            tr!("Predicted RMSE of INT8"),
            units::length(t.predicted_m),
            tr!("Root sum of squares of FP32's RMSE and the rounding of the output."),
        ),
        fact(
            tr!("The same with the half step"),
            units::length(t.predicted_with_half_step_m),
            tr!("If the half step is mistaken for an RMSE."),
        ),
        fact(
            tr!("Rise that the output explains"),
            units::length(calculator.rise_by_output_m),
            tr!("The part of the rise that theory predicts."),
        ),
        fact(
            tr!("Implied quantization RMSE"),
            length(t.implied_m),
            tr!(
                "Root of the difference of squares, if the quantization error is independent of FP32's error.",
            ),
        ),
        fact(
            tr!("Output's share of that variance"),
            share(t.output_share),
            tr!("The share that a better output code could remove."),
        ),
        fact(
            tr!("The same with the half step"),
            share(t.output_share_with_half_step),
            tr!("If the half step is mistaken for an RMSE."),
        ),
        fact(
            tr!("Half step over rise"),
            share(t.length_ratio),
            tr!("A ratio of lengths, often quoted as a share of the error."),
        ),
        fact(
            tr!("Unexplained part"),
            length(calculator.unexplained_m),
            tr!("Not from rounding the output: the network's inside, bias, clipping."),
        ),
    ];
    if let Some(rise) = calculator.abs_rel_rise {
        facts.push(fact(
            tr!("Rise of abs_rel"),
            units::share(rise),
            tr!("Relative to FP32's."),
        ));
    }
    if let Some(change) = calculator.delta1_change {
        facts.push(fact(
            tr!("Change of delta1"),
            tr!("{} points", format_args!("{:+.1}", change * 100.0)),
            tr!("Percentage points."),
        ));
    }
    facts
}

/// The sentences below the figures.
#[must_use]
pub fn calculator_sentences(calculator: &Calculator) -> Vec<String> {
    let sizes = calculator.sizes.map(|sizes| sizes.text());
    [
        Some(calculator.meaning()),
        calculator.length_against_variance(),
        calculator.required_resolution_text(),
        sizes,
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::diagnosis::calculator::CalculatorInput;

    #[test]
    fn the_published_figures_are_those_of_the_theory() {
        let calculator = Calculator::new(&CalculatorInput::published()).expect("figures");
        let facts = calculator_values(&calculator);
        let value = |name: &str| {
            let fact = facts.iter().find(|f| f.name == name).expect("a fact");
            fact.value.clone()
        };
        assert_eq!(value("Rise of the RMSE"), "351 mm");
        assert_eq!(value("Half step"), "\u{b1}28.4 mm");
        assert_eq!(value("Rounding RMSE of the output"), "16.4 mm");
        assert_eq!(value("Implied quantization RMSE"), "630 mm");
        assert_eq!(value("Half step over rise"), "8.10 %");
        assert_eq!(value("Output's share of that variance"), "0.0679 %");
        let sentences = calculator_sentences(&calculator);
        assert!(sentences.len() >= 3);
        for text in facts.iter().map(|f| &f.value).chain(&sentences) {
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }
}
