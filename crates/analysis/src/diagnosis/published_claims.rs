//! The statements of the published case, each beside the figure computed for it. Statements about depths need the sample's distribution.

use super::super::independence_model::IndependenceModel;
use super::super::policy::Policy;
use super::super::published_case::{PUBLISHED_CASE, Statement, Validity, published_candidates};
use super::super::range_report::{RangeReport, RangeSettings};
use super::calculator::{WeightSizes, fine_percent};
use fathom_core::i18n::tr;
use fathom_core::quant::{Bits, OutputRange};
use fathom_core::stats::Distribution;
use fathom_core::units;

/// Largest difference that rounding to the published digit explains, in millimetres.
const ROUNDED_MM: f64 = 0.05;

/// Largest difference that rounding to the published digit explains, in MB.
const ROUNDED_MB: f64 = 0.5;

/// Returns the published statements with the computed figures: all ten with the sample's depths, otherwise the five that need none.
#[must_use]
pub fn claims(depths: Option<&Distribution>) -> Vec<Statement> {
    let mut out = match depths {
        Some(depths) => PUBLISHED_CASE.statements(depths).unwrap_or_default(),
        None => [PUBLISHED_CASE.half_steps(), PUBLISHED_CASE.theory()]
            .into_iter()
            .flatten()
            .collect(),
    };
    out.extend(depths.and_then(delta1));
    out.push(accumulation());
    out.extend([split(), sizes()].into_iter().flatten());
    out
}

fn delta1(depths: &Distribution) -> Option<Statement> {
    let current = published_candidates().ok()?.pop()?;
    let under = |policy| {
        let how = RangeSettings {
            policy,
            ..RangeSettings::default()
        };
        let errors = RangeReport::measure(depths, &current, &how).errors?;
        Some(errors.metrics.delta1)
    };
    let (count, exclude) = (under(Policy::Count)?, under(Policy::Exclude)?);
    Some(Statement {
        about: tr!("delta1 of INT8 with the current range").to_owned(),
        published: units::share(PUBLISHED_CASE.delta1),
        computed: units::share(count),
        validity: if count >= PUBLISHED_CASE.delta1 {
            Validity::Holds
        } else {
            Validity::OnlyIf
        },
        why: tr!(
            "The output code alone, with a perfect network, reaches {} when every pixel counts and {} when clipped pixels are excluded. \
             It holds only if they were masked, or if nearly none lie nearer than {}.",
            units::share(count),
            units::share(exclude),
            units::depth(PUBLISHED_CASE.min_m)
        ),
    })
}

/// Equal layers through the first two published figures. Each multiplies the error that reaches it by a gain, and adds the first figure.
fn accumulation() -> Statement {
    let [first_m, second_m, third_m, last_m] = PUBLISHED_CASE.accumulated_m;
    let rise = second_m / first_m;
    // Amplitudes add: a_n = g a_(n-1) + a_1, which is a_1 (g^n - 1) / (g - 1).
    let gain = rise - 1.0;
    let aligned_m = first_m * (1.0 + gain + gain * gain);
    let chain = libm::log1p((last_m / first_m) * (gain - 1.0)) / libm::log(gain);
    // Variances add: v_n = h v_(n-1) + v_1; without gain v_n = n v_1.
    let growth = rise * rise - 1.0;
    let independent_m = first_m * (1.0 + growth + growth * growth).sqrt();
    let plain = (last_m / first_m) * (last_m / first_m);
    let agrees = ((aligned_m - third_m) * 1e3).abs() < ROUNDED_MM;
    Statement {
        about: tr!("Error after the first, second, third and last layer").to_owned(),
        published: units::lengths(&[first_m, second_m, third_m, last_m]),
        computed: tr!(
            "{} after three layers, {} after {}",
            units::length(aligned_m),
            units::length(last_m),
            layers(chain)
        ),
        validity: if agrees {
            Validity::OnlyIf
        } else {
            Validity::DoesNotHold
        },
        why: tr!(
            "{} and {} fit a model in which every layer multiplies the error by {} and adds {} in the same direction: a chain of {}, not \
             a deep network. Independent noise through the same two figures gives {} after three layers; without gain it takes {} to {}. \
             Any two figures fit such a model, so these measure nothing.",
            units::length(first_m),
            units::length(second_m),
            units::ratio(gain),
            units::length(first_m),
            layers(chain),
            units::length(independent_m),
            layers(plain),
            units::length(last_m)
        ),
    }
}

fn layers(n: f64) -> String {
    let number = if n < 100.0 {
        units::ratio(n)
    } else {
        units::count(n)
    };
    tr!("{number} layers", number)
}

fn split() -> Option<Statement> {
    let case = &PUBLISHED_CASE;
    let range = OutputRange::new(case.min_m, case.ranges[3].max_m).ok()?;
    let t = IndependenceModel::new(case.rmse_fp32_m, case.rmse_int8_m, range, Bits::EIGHT);
    let (share, implied_m) = (t.output_share?, t.implied_m?);
    // The RMSE of the published share, and the number of values with that rounding RMSE.
    let stated_m = implied_m * case.split.output.sqrt();
    let values = range.width_m() / (stated_m * 12.0_f64.sqrt()) + 1.0;
    let list = [
        (tr!("weights"), case.split.weights),
        (tr!("activations"), case.split.activations),
        (tr!("output"), case.split.output),
        (tr!("interactions"), case.split.interactions),
    ];
    let list: Vec<String> = list
        .iter()
        .map(|(name, share)| format!("{name} {:.0} %", share * 100.0))
        .collect();
    let agrees = (share - case.split.output).abs() < 0.005;
    Some(Statement {
        about: tr!("Shares of the error sources").to_owned(),
        published: list.join(" \u{b7} "),
        computed: tr!("output {}", fine_percent(share)),
        validity: if agrees {
            Validity::OnlyIf
        } else {
            Validity::DoesNotHold
        },
        why: tr!(
            "As a share of the variance the output is {}, not {} %: for that its rounding would need an RMSE of {}, a code of {} values. \
             No figure here tells how the rest divides into weights, activations and interactions: that is an assumption.",
            fine_percent(share),
            format_args!("{:.0}", case.split.output * 100.0),
            units::length(stated_m),
            units::count(values),
        ),
    })
}

fn sizes() -> Option<Statement> {
    let sizes = WeightSizes::from_parameters(PUBLISHED_CASE.parameters());
    let computed = [sizes.fp32_mb, sizes.fp16_mb, sizes.int8_mb];
    let agrees = computed
        .iter()
        .zip(PUBLISHED_CASE.sizes_mb)
        .all(|(c, p)| (c - p).abs() <= ROUNDED_MB);
    let list = |mb: &[f64]| {
        let each: Vec<String> = mb.iter().map(|v| units::ratio(*v)).collect();
        tr!("{} MB", each.join(" \u{b7} "))
    };
    Some(Statement {
        about: tr!("Weights as FP32, FP16 and INT8").to_owned(),
        published: list(&PUBLISHED_CASE.sizes_mb),
        computed: list(&computed),
        validity: if agrees {
            Validity::Holds
        } else {
            Validity::DoesNotHold
        },
        why: tr!(
            "Four, two and one byte for each of {} million parameters, in MB of 10^6 bytes; scales and zero points come on top.",
            units::ratio(sizes.parameters / 1e6)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Validity::{DoesNotHold, Holds, OnlyIf};

    #[test]
    fn every_statement_has_its_expected_validity() {
        let depths = fathom_core::synth::long_tail().expect("a distribution");
        let all = claims(Some(&depths));
        let validities: Vec<_> = all.iter().map(|s| s.validity).collect();
        assert_eq!(
            validities,
            [
                Holds,
                DoesNotHold,
                OnlyIf,
                DoesNotHold,
                DoesNotHold,
                OnlyIf,
                OnlyIf,
                OnlyIf,
                DoesNotHold,
                Holds
            ]
        );
        assert_eq!(
            (all[6].published.as_str(), all[6].computed.as_str()),
            ("92.4 %", "89.3 %")
        );
        for s in &all {
            let text = format!("{} {} {} {}", s.about, s.published, s.computed, s.why);
            assert!(
                !text.contains("NaN") && !text.contains("inf ") && s.why.ends_with('.'),
                "{text}"
            );
        }
    }

    #[test]
    fn half_of_the_statements_need_no_depths() {
        let some = claims(None);
        let abouts: Vec<_> = some.iter().map(|s| s.about.as_str()).collect();
        assert_eq!(
            abouts,
            [
                "Largest rounding error of the four ranges",
                "Share of the output code in the loss",
                "Error after the first, second, third and last layer",
                "Shares of the error sources",
                "Weights as FP32, FP16 and INT8",
            ]
        );
    }

    #[test]
    fn the_published_layers_double_the_error() {
        let s = accumulation();
        // 0.1 mm (2^n - 1) is 0.7 mm for 3 layers, and 351 mm for log2(3511).
        assert!(
            s.computed
                .starts_with("0.700 mm after three layers, 351 mm after 11.8 layers"),
            "{}",
            s.computed
        );
        assert!(
            s.why.contains(
                "by 2.00 and adds 0.100 mm in the same direction: a chain of 11.8 layers"
            ),
            "{}",
            s.why
        );
        assert!(
            s.why.contains("gives 0.854 mm after three layers")
                && s.why.contains("takes 12,320,100 layers"),
            "{}",
            s.why
        );
    }

    #[test]
    fn the_published_share_of_the_output_needs_a_coarse_code() {
        let s = split().expect("a statement");
        assert!(
            s.published
                .starts_with("weights 50 % \u{b7} activations 40 % \u{b7} output 8 %"),
            "{}",
            s.published
        );
        assert!(
            s.why.contains("an RMSE of 178 mm, a code of 24 values"),
            "{}",
            s.why
        );
        assert_eq!(
            sizes().expect("a statement").computed,
            "54.0 \u{b7} 27.0 \u{b7} 13.5 MB"
        );
    }
}
