//! A guess of an output's quantity from ground truth, the preset, the output's name, its last operator and its values.

use fathom_core::i18n::tr;

use super::output_quantity::OutputQuantity;
use crate::preprocess::Preset;

/// The evidence about an output.
#[derive(Clone, Copy, Debug)]
pub struct OutputEvidence<'a> {
    /// Name of the output.
    pub name: &'a str,
    /// Type of the operator that makes it, such as `Sigmoid`.
    pub last_operator: &'a str,
    /// Preset of the preprocessing, if there is one.
    pub preset: Option<Preset>,
    /// Some outputs in their own unit, in any order; a few thousand pixels suffice.
    pub values: &'a [f64],
    /// Outputs with the true depth in metres of the same pixel; empty without ground truth.
    pub truth: &'a [(f64, f64)],
}

/// A guess.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputGuess {
    /// The likeliest quantity.
    pub quantity: OutputQuantity,
    /// True if the evidence leaves no doubt. Otherwise ask.
    pub is_certain: bool,
    /// The evidence, a sentence each.
    pub reasons: Vec<String>,
}

/// Median relative error below which a quantity fits ground truth.
const FITS: f64 = 0.35;

/// The factor by which the best quantity must beat the next.
const CLEARLY: f64 = 2.0;

/// Guesses the quantity of an output. Ground truth decides if it can; then preset, name and values, in this order.
#[must_use]
pub fn guess_output(evidence: &OutputEvidence<'_>) -> OutputGuess {
    from_truth(evidence).unwrap_or_else(|| from_names_and_values(evidence))
}

/// The quantity whose depths agree with ground truth, if one does.
fn from_truth(evidence: &OutputEvidence<'_>) -> Option<OutputGuess> {
    if evidence.truth.len() < 100 {
        return None;
    }
    let candidates = [
        OutputQuantity::Metres,
        OutputQuantity::Millimetres,
        OutputQuantity::Inverse,
        OutputQuantity::Log,
        OutputQuantity::MONODEPTH2,
    ];
    let mut ranked: Vec<(f64, OutputQuantity)> = candidates
        .into_iter()
        .filter_map(|quantity| Some((relative_error(quantity, evidence.truth)?, quantity)))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (error, quantity) = *ranked.first()?;
    let next = ranked.get(1).map_or(f64::INFINITY, |next| next.0);
    let fitted = OutputQuantity::fitted_disparity(evidence.truth.iter().copied())
        .filter(|fitted| fitted.is_inverse())
        .map(rounded)
        .and_then(|fitted| Some((relative_error(fitted, evidence.truth)?, fitted)));
    // A disparity of other constants than monodepth2's may pass for it. The fit then is far better.
    let is_other =
        fitted.is_some_and(|(fitted, _)| quantity.is_inverse() && CLEARLY * fitted < error);
    if error < FITS && !is_other {
        return Some(OutputGuess {
            quantity,
            is_certain: next > CLEARLY * error,
            reasons: vec![tr!(
                "As {quantity}, half of the pixels are within {percent} % of the ground truth.",
                quantity,
                percent = format_args!("{:.0}", 100.0 * error)
            )],
        });
    }
    // No fixed scale agrees: a network of relative inverse depth still agrees after a fit.
    let (error, fitted) = fitted?;
    (error < FITS / 2.0).then(|| OutputGuess {
        quantity: fitted,
        is_certain: false,
        reasons: vec![tr!(
            "No common unit agrees with the ground truth. With inverse depth fitted to it, half of the pixels are within {percent} %.",
            percent = format_args!("{:.0}", 100.0 * error)
        )],
    })
}

/// A fit with four significant digits: more are noise, and the text of the quantity is for people.
fn rounded(fitted: OutputQuantity) -> OutputQuantity {
    let short = |value: f64| format!("{value:.3e}").parse().unwrap_or(value);
    match fitted {
        OutputQuantity::Disparity { a, b } => OutputQuantity::Disparity {
            a: short(a),
            b: short(b),
        },
        other => other,
    }
}

/// The median of `|depth / truth - 1|`; an output without depth counts as infinitely wrong.
fn relative_error(quantity: OutputQuantity, truth: &[(f64, f64)]) -> Option<f64> {
    let valid = truth.iter().filter(|(_, depth_m)| *depth_m > 0.0);
    let errors = valid.map(|&(value, depth_m)| {
        let error = (quantity.to_metres(value) / depth_m - 1.0).abs();
        if error.is_nan() { f64::INFINITY } else { error }
    });
    median(errors.collect())
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.retain(|value| !value.is_nan());
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn from_names_and_values(evidence: &OutputEvidence<'_>) -> OutputGuess {
    let (quantity, is_certain, reason) = from_preset(evidence)
        .or_else(|| from_name(evidence))
        .unwrap_or_else(|| from_values(evidence));
    OutputGuess {
        quantity,
        is_certain,
        reasons: vec![reason],
    }
}

type Reasoned = (OutputQuantity, bool, String);

fn from_preset(evidence: &OutputEvidence<'_>) -> Option<Reasoned> {
    let own = evidence.preset?;
    let preset = own.name();
    Some(match own {
        Preset::Midas | Preset::MidasDpt => (
            OutputQuantity::Inverse,
            false,
            tr!(
                "{preset} outputs inverse depth without scale and shift: give disparity:A,B, or ground truth.",
                preset
            ),
        ),
        Preset::DepthAnythingV2 if ends_in(evidence, "Sigmoid") => (
            OutputQuantity::Scaled { factor_m: 20.0 },
            false,
            tr!(
                "{preset} in its metric form outputs a share of 20 m indoors or 80 m outdoors: give scaled:80 for the second.",
                preset
            ),
        ),
        Preset::DepthAnythingV2 => (
            OutputQuantity::Inverse,
            false,
            tr!(
                "{preset} outputs inverse depth without scale and shift, or metres in its metric form.",
                preset
            ),
        ),
        Preset::Monodepth2 | Preset::LiteMono => (
            OutputQuantity::MONODEPTH2,
            is_in_unit(evidence),
            tr!(
                "{preset} outputs disparity in 0..1, for depths of 0.1 m to 100 m unless trained otherwise.",
                preset
            ),
        ),
        Preset::Metric3d => (
            OutputQuantity::Metres,
            false,
            tr!(
                "{preset} outputs metres for a focal length of 1000 px: give scaled:F/1000 for a focal length F.",
                preset
            ),
        ),
        Preset::ZoeDepth | Preset::FastDepth | Preset::ScDepth => (
            OutputQuantity::Metres,
            true,
            tr!("{preset} outputs depth.", preset),
        ),
    })
}

fn ends_in(evidence: &OutputEvidence<'_>, operator: &str) -> bool {
    evidence.last_operator == operator
}

fn is_in_unit(evidence: &OutputEvidence<'_>) -> bool {
    !evidence.values.is_empty() && evidence.values.iter().all(|v| (0.0..=1.0).contains(v))
}

fn from_name(evidence: &OutputEvidence<'_>) -> Option<Reasoned> {
    let lowercase = evidence.name.to_ascii_lowercase();
    let has = |word: &str| lowercase.contains(word);
    let name = evidence.name;
    if has("disp") && (ends_in(evidence, "Sigmoid") || is_in_unit(evidence)) {
        let text = tr!(
            "The output is named `{name}` and lies in 0..1, as monodepth2's disparity for depths of 0.1 m to 100 m.",
            name
        );
        return Some((OutputQuantity::MONODEPTH2, false, text));
    }
    if has("disp") || has("inv") {
        let text = tr!(
            "The output is named `{name}`, which means inverse depth.",
            name
        );
        return Some((OutputQuantity::Inverse, false, text));
    }
    if has("log") {
        let text = tr!(
            "The output is named `{name}`, which means the logarithm of depth.",
            name
        );
        return Some((OutputQuantity::Log, false, text));
    }
    if has("depth") && is_plausible_metres(evidence) {
        let text = tr!(
            "The output is named `{name}`, and its values are plausible metres.",
            name
        );
        return Some((OutputQuantity::Metres, true, text));
    }
    None
}

/// Returns true if the values look like metres: positive, and half of them between 0.2 and 200.
fn is_plausible_metres(evidence: &OutputEvidence<'_>) -> bool {
    let middle = median(evidence.values.to_vec());
    middle.is_some_and(|middle| (0.2..200.0).contains(&middle)) && !has_negative(evidence)
}

/// Returns true if more than one of 100 values is negative.
fn has_negative(evidence: &OutputEvidence<'_>) -> bool {
    let negative = evidence.values.iter().filter(|&&value| value < 0.0).count();
    100 * negative > evidence.values.len()
}

fn from_values(evidence: &OutputEvidence<'_>) -> Reasoned {
    let middle = median(evidence.values.to_vec()).unwrap_or(1.0);
    if has_negative(evidence) {
        let text = tr!("The output is negative in places, which a logarithm can be.").to_owned();
        return (OutputQuantity::Log, false, text);
    }
    if ends_in(evidence, "Sigmoid") {
        let text = tr!("The output ends in a Sigmoid, as monodepth2's disparity.").to_owned();
        return (OutputQuantity::MONODEPTH2, false, text);
    }
    if middle >= 200.0 {
        let text = tr!(
            "Half of the output is above {middle}, as millimetres are.",
            middle = format_args!("{middle:.0}")
        );
        return (OutputQuantity::Millimetres, false, text);
    }
    let text = tr!(
        "Half of the output is above {middle}, which metres can be.",
        middle = format_args!("{middle:.3}")
    );
    (OutputQuantity::Metres, false, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depths() -> Vec<f64> {
        (0..500).map(|i| 0.8 + 0.008 * f64::from(i)).collect()
    }

    fn evidence<'a>(
        name: &'a str,
        last_operator: &'a str,
        values: &'a [f64],
    ) -> OutputEvidence<'a> {
        OutputEvidence {
            name,
            last_operator,
            preset: None,
            values,
            truth: &[],
        }
    }

    #[test]
    fn ground_truth_finds_each_quantity() {
        for quantity in [
            OutputQuantity::Metres,
            OutputQuantity::Millimetres,
            OutputQuantity::Inverse,
            OutputQuantity::Log,
            OutputQuantity::MONODEPTH2,
        ] {
            let truth: Vec<(f64, f64)> = depths()
                .into_iter()
                // A network that is a tenth wrong, up and down.
                .enumerate()
                .map(|(i, d)| {
                    (
                        quantity.from_metres(d * if i % 2 == 0 { 1.1 } else { 0.9 }),
                        d,
                    )
                })
                .collect();
            let guess = guess_output(&OutputEvidence {
                truth: &truth,
                ..evidence("output", "Conv", &[1.0])
            });
            assert_eq!(
                (guess.quantity, guess.is_certain),
                (quantity, true),
                "{guess:?}"
            );
            assert!(guess.reasons[0].contains("10 %"), "{guess:?}");
        }
    }

    #[test]
    fn a_relative_network_is_fitted_to_ground_truth() {
        let truth: Vec<(f64, f64)> = depths()
            .into_iter()
            .map(|d| (300.0 / d + 500.0, d))
            .collect();
        let guess = guess_output(&OutputEvidence {
            truth: &truth,
            ..evidence("output", "Relu", &[600.0])
        });
        let OutputQuantity::Disparity { a, b } = guess.quantity else {
            panic!("{guess:?}");
        };
        assert!(
            (b - 1.0 / 300.0).abs() < 1e-5 && (a + 5.0 / 3.0).abs() < 1e-3,
            "{a} {b}"
        );
        assert!(!guess.is_certain);
    }

    #[test]
    fn another_disparity_does_not_pass_for_monodepth2() {
        let other = OutputQuantity::Disparity { a: 0.1, b: 9.9 };
        let truth: Vec<(f64, f64)> = depths()
            .into_iter()
            .enumerate()
            .map(|(i, d)| {
                (
                    other.from_metres(d * if i % 2 == 0 { 1.02 } else { 0.98 }),
                    d,
                )
            })
            .collect();
        let guess = guess_output(&OutputEvidence {
            truth: &truth,
            ..evidence("disp", "Sigmoid", &[0.1])
        });
        let OutputQuantity::Disparity { a, b } = guess.quantity else {
            panic!("{guess:?}");
        };
        assert!((a - 0.1).abs() < 0.01 && (b - 9.9).abs() < 0.2, "{a} {b}");
    }

    #[test]
    fn names_operators_and_values_decide_without_ground_truth() {
        for (name, operator, values, expected, is_certain) in [
            (
                "depth",
                "Relu",
                &[0.9, 1.5, 2.0][..],
                OutputQuantity::Metres,
                true,
            ),
            (
                "disp",
                "Sigmoid",
                &[0.05, 0.1],
                OutputQuantity::MONODEPTH2,
                false,
            ),
            (
                "inv_depth",
                "Relu",
                &[0.05, 0.1],
                OutputQuantity::Inverse,
                false,
            ),
            (
                "log_depth",
                "Conv",
                &[0.05, 0.1],
                OutputQuantity::Log,
                false,
            ),
            (
                "out",
                "Conv",
                &[1500.0, 2500.0],
                OutputQuantity::Millimetres,
                false,
            ),
            (
                "out",
                "Sigmoid",
                &[0.2, 0.5],
                OutputQuantity::MONODEPTH2,
                false,
            ),
            ("out", "Conv", &[-0.5, 0.5], OutputQuantity::Log, false),
            ("out", "Conv", &[1.5, 0.5], OutputQuantity::Metres, false),
            ("out", "Conv", &[], OutputQuantity::Metres, false),
        ] {
            let guess = guess_output(&evidence(name, operator, values));
            assert_eq!(
                (guess.quantity, guess.is_certain),
                (expected, is_certain),
                "{name} {operator}"
            );
            assert!(guess.reasons[0].ends_with('.'));
        }
    }

    #[test]
    fn presets_know_their_outputs() {
        for preset in Preset::ALL {
            let guess = guess_output(&OutputEvidence {
                preset: Some(preset),
                ..evidence("1234", "Relu", &[0.4, 0.9])
            });
            assert!(guess.reasons[0].starts_with(preset.name()), "{guess:?}");
        }
    }
}
