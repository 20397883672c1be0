//! Charts of codes: the error of each against depth.

use crate::analysis::ErrorAtDepth;
use crate::plot::{AxisSpec, Ink, LineInput, Mark, Quantity, Series, Tint};
use crate::quant::OutputRange;

/// How an error is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeErrors {
    /// As a length.
    #[default]
    Absolute,
    /// As a share of the depth.
    Relative,
}

/// The RMSE of codes at each depth, a named curve each, with the ends of the range in use.
#[must_use]
pub fn code_errors(
    codes: &[(String, &[ErrorAtDepth])],
    range: Option<OutputRange>,
    how: CodeErrors,
) -> LineInput {
    let series = codes
        .iter()
        .enumerate()
        .map(|(place, (name, errors))| {
            let point = |e: &ErrorAtDepth| match how {
                CodeErrors::Absolute => (e.depth_m, e.rmse_m),
                CodeErrors::Relative => (e.depth_m, e.relative()),
            };
            // A bin that a code hits exactly has no place on a logarithmic axis.
            let points = errors.iter().map(point).filter(|p| p.1 > 0.0);
            Series::new(name.as_str(), tint(place, codes.len()), points)
        })
        .collect();
    let y = match how {
        CodeErrors::Absolute => AxisSpec::log(Quantity::Length, "RMSE at that depth"),
        CodeErrors::Relative => AxisSpec::log(Quantity::Share, "RMSE as a share of the depth"),
    };
    let mut input = LineInput::new(AxisSpec::log(Quantity::Depth, "depth"), y, series);
    if let Some(range) = range {
        let mark = |x, label: &str| Mark {
            x,
            label: label.to_owned(),
            tint: Ink::Chosen.into(),
            dashed: true,
        };
        input.marks = vec![mark(range.max_m(), "end in use")];
        if range.min_m() > 0.0 {
            input.marks.insert(0, mark(range.min_m(), "start in use"));
        }
    }
    input
}

fn tint(place: usize, count: usize) -> Tint {
    const SERIES: [Ink; 6] = [
        Ink::Series1,
        Ink::Series2,
        Ink::Series3,
        Ink::Series4,
        Ink::Series5,
        Ink::Series6,
    ];
    match SERIES.get(place) {
        Some(&ink) if count <= SERIES.len() => ink.into(),
        _ => Tint::ordered(place, count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let input = code_errors(&codes, range, CodeErrors::Absolute);
        assert_eq!(input.series[0].points, [(2.0, 0.01)]);
        assert_eq!(input.marks.len(), 1, "a start of zero has no place");
        let input = code_errors(&codes, None, CodeErrors::Relative);
        assert_eq!(input.series[0].points, [(2.0, 0.005)]);
    }
}
