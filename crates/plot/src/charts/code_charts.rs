//! Charts of codes: the error of each against depth.

use crate::{AxisSpec, Ink, LineInput, Mark, Quantity, Series, Tint};
use fathom_analysis::{CodeChoice, CodeReport, ErrorAtDepth};
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{CodeSpec, ErrorWeight, OutputRange, Pieces};
use fathom_core::units;

/// Scale of an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeErrors {
    /// As a length.
    #[default]
    Absolute,
    /// As a share of the depth.
    Relative,
}

/// Neighbouring depths of a point: the error of single depths is a sawtooth.
const SMOOTHED: usize = 5;

/// Returns the RMS of the errors about each depth.
fn smoothed(errors: &[ErrorAtDepth]) -> Vec<ErrorAtDepth> {
    let half = SMOOTHED / 2;
    let about = |at: usize| &errors[at.saturating_sub(half)..(at + half + 1).min(errors.len())];
    let smooth = |(at, own): (usize, &ErrorAtDepth)| {
        let squares: f64 = about(at).iter().map(|e| e.rmse_m * e.rmse_m).sum();
        let rmse_m = (squares / about(at).len() as f64).sqrt();
        ErrorAtDepth { rmse_m, ..*own }
    };
    errors.iter().enumerate().map(smooth).collect()
}

/// The RMSE of codes about each depth, a named curve for each one that is shown, with the ends of the range in use. A code keeps its colour
/// whichever others are shown.
#[must_use]
pub fn code_errors(
    codes: &[(String, &[ErrorAtDepth])],
    is_shown: impl Fn(usize) -> bool,
    range: Option<OutputRange>,
    how: CodeErrors,
) -> LineInput {
    let series = codes
        .iter()
        .enumerate()
        .filter(|(place, _)| is_shown(*place))
        .map(|(place, (name, errors))| {
            let point = |e: &ErrorAtDepth| match how {
                CodeErrors::Absolute => (e.depth_m, e.rmse_m),
                CodeErrors::Relative => (e.depth_m, e.relative()),
            };
            let errors = smoothed(errors);
            // A point without error cannot be shown on a logarithmic axis.
            let points = errors.iter().map(point).filter(|p| p.1 > 0.0);
            Series::new(name.as_str(), tint(place, codes.len()), points)
        })
        .collect();
    let y = match how {
        CodeErrors::Absolute => AxisSpec::log(Quantity::Length, tr!("RMSE at that depth")),
        CodeErrors::Relative => AxisSpec::log(Quantity::Share, tr!("RMSE as a share of the depth")),
    };
    let mut input = LineInput::new(AxisSpec::log(Quantity::Depth, tr!("depth")), y, series);
    let series = || input.series.iter().flat_map(|s| s.points.iter());
    let values = || series().map(|p| p.1).filter(|y| *y > 0.0);
    let most = values().fold(0.0, f64::max);
    let least = values().fold(f64::INFINITY, f64::min);
    if least < SHOWN * most {
        // If a code has a value for every depth, the only error is rounding of the last digit.
        input.y = input.y.over(SHOWN * most, 1.5 * most);
    }
    if let Some(range) = range {
        let mark = |x, label: &str| Mark {
            x,
            label: label.to_owned(),
            tint: Ink::Chosen.into(),
            dashed: true,
        };
        input.marks = vec![mark(range.max_m(), tr!("end in use"))];
        if range.min_m() > 0.0 {
            input
                .marks
                .insert(0, mark(range.min_m(), tr!("start in use")));
        }
    }
    input
}

/// The smallest error shown, as a share of the largest.
const SHOWN: f64 = 1e-4;

/// Returns true if a code has a curve: one code of each family, because similar ones hide each other.
#[must_use]
pub fn is_drawn(choice: &CodeChoice) -> bool {
    match choice {
        CodeChoice::Given(spec) => matches!(
            spec,
            CodeSpec::Uniform
                | CodeSpec::Logarithmic
                | CodeSpec::InverseDepth
                | CodeSpec::Piecewise(_)
        ),
        CodeChoice::LloydMax => true,
        CodeChoice::Companding(weight) => *weight == ErrorWeight::Relative,
    }
}

/// The code with the best value under RMSE, `abs_rel` and `delta1` among those measured, with that value; the first of equals. `None`
/// where none has a value.
#[must_use]
pub fn best_codes(codes: &[(String, &CodeReport)]) -> [(Criterion, Option<(String, f64)>); 3] {
    let best = |criterion: Criterion| {
        let values = codes.iter().filter_map(|(name, report)| {
            let value = criterion.value_in(&report.errors.as_ref()?.metrics);
            Some((name, value))
        });
        let best = values.min_by(|a, b| criterion.cost(a.1).total_cmp(&criterion.cost(b.1)));
        (criterion, best.map(|(name, value)| (name.clone(), value)))
    };
    [Criterion::Rmse, Criterion::AbsRel, Criterion::Delta1].map(best)
}

/// Describes the cost of pieces: number of values, bits of those, and bits stored.
#[must_use]
pub fn pieces_sentence(pieces: &Pieces) -> String {
    let levels = pieces.levels() as f64;
    let bits = libm::log2(levels);
    let fits = if bits > 8.0 {
        tr!("more than INT8 can hold")
    } else {
        tr!("INT8 holds them")
    };
    tr!(
        "{} values in total: {bits} bits, stored in {} each, {fits}.",
        units::count(levels),
        units::counted(bits.ceil() as usize, units::Noun::Bit),
        bits = format_args!("{bits:.1}"),
        fits
    )
}

fn tint(place: usize, count: usize) -> Tint {
    if count <= Ink::SERIES.len() {
        Ink::series(place).into()
    } else {
        Tint::ordered(place, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::{CodeSize, Policy};
    use fathom_core::stats::{Distribution, Resolution};

    #[test]
    fn errors_are_lengths_or_shares() {
        let errors = [
            ErrorAtDepth {
                depth_m: 2.0,
                rmse_m: 0.01,
            },
            ErrorAtDepth {
                depth_m: 4.0,
                rmse_m: 0.0,
            },
        ];
        let codes = [("uniform".to_owned(), &errors[..])];
        let range = OutputRange::new(0.0, 3.0).ok();
        let input = code_errors(&codes, |_| true, range, CodeErrors::Absolute);
        // Both depths are about each other.
        let rms = (0.01_f64 * 0.01 / 2.0).sqrt();
        assert_eq!(input.series[0].points, [(2.0, rms), (4.0, rms)]);
        assert_eq!(input.marks.len(), 1, "a start of zero has no place");
        let input = code_errors(&codes, |_| true, None, CodeErrors::Relative);
        assert_eq!(input.series[0].points, [(2.0, rms / 2.0), (4.0, rms / 4.0)]);
    }

    #[test]
    fn a_sawtooth_is_smoothed_and_a_code_without_error_has_no_curve() {
        let error = |at: u32, rmse_m| ErrorAtDepth {
            depth_m: 1.0 + f64::from(at),
            rmse_m,
        };
        let sawtooth: Vec<_> = (0..50)
            .map(|at| error(at, f64::from(at % 5) * 0.01))
            .collect();
        let exact: Vec<_> = (0..50).map(|at| error(at, 0.0)).collect();
        let codes = [
            ("uniform".to_owned(), &sawtooth[..]),
            ("hidden".to_owned(), &sawtooth[..]),
            ("exact".to_owned(), &exact[..]),
        ];
        let input = code_errors(&codes, |place| place != 1, None, CodeErrors::Absolute);
        let names: Vec<&str> = input.series.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["uniform", "exact"]);
        assert!(input.series[1].points.is_empty());
        assert_eq!(
            input.series[1].tint,
            Ink::series(2).into(),
            "its own colour"
        );
        let inner = &input.series[0].points[2..48];
        let rms = (30.0_f64 / 5.0).sqrt() * 0.01;
        assert!(inner.iter().all(|p| (p.1 - rms).abs() < 1e-12), "{inner:?}");
    }

    #[test]
    fn the_published_pieces_are_more_than_eight_bits() {
        let text = pieces_sentence(&Pieces::depth_aware());
        assert!(
            text.starts_with(
                "1,344 values in total: 10.4 bits, stored in 11 bits each, more than INT8"
            ),
            "{text}"
        );
    }

    #[test]
    fn the_best_code_depends_on_the_metric() {
        let values: Vec<f64> = (0..3000)
            .map(|i| 0.3 * libm::exp(f64::from(i) / 900.0))
            .collect();
        let depths = Distribution::new(values, vec![1; 3000], Resolution::Exact).expect("depths");
        let range = OutputRange::new(0.3, 8.5).expect("a range");
        let reports: Vec<(String, CodeReport)> = CodeChoice::all()
            .into_iter()
            .filter_map(|choice| {
                let code = choice.build(&depths, range, CodeSize::Levels(64)).ok()?;
                let report = CodeReport::measure(&depths, &code, Policy::Count, 1e-3);
                Some((choice.name(), report))
            })
            .collect();
        let borrowed: Vec<_> = reports.iter().map(|(n, r)| (n.clone(), r)).collect();
        let best = best_codes(&borrowed);
        let name = |at: usize| best[at].1.as_ref().map(|(name, _)| name.as_str());
        assert_eq!(name(0), Some("Lloyd-Max"));
        assert!(name(1).is_some_and(|name| name != "Lloyd-Max"));
        assert!(best_codes(&[]).iter().all(|(_, best)| best.is_none()));
    }

    #[test]
    fn a_handful_of_codes_is_drawn() {
        let drawn = CodeChoice::all().iter().filter(|c| is_drawn(c)).count();
        assert_eq!(drawn, 6);
    }
}
