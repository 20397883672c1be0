//! Another output range for the network's own predictions: RMSE of `code(F)` against the truth along the end of the range.

use crate::{AxisSpec, Ink, LineInput, Mark, Quantity, Series, Spot};
use fathom_analysis::Policy;
use fathom_analysis::compare::int8_rmse_with_code;
use fathom_analysis::diagnosis::requantized::WhatIf;
use fathom_analysis::range_space::RangePoint;
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;
use fathom_core::units;

/// The chart: the RMSE of the predictions under a code, of the ground truth under the same code, and without a code.
#[must_use]
pub fn what_if_chart(
    what_if: &WhatIf,
    truth: &[RangePoint],
    current: OutputRange,
    int8_m: Option<f64>,
) -> LineInput {
    let ends = || what_if.points.iter().map(|p| p.0);
    let flat = |value: f64| ends().map(|end| (end, value)).collect::<Vec<_>>();
    let mut series =
        vec![Series::new(tr!("FP32 as it is"), Ink::Muted, flat(what_if.fp32_m)).dashed()];
    let alone: Vec<(f64, f64)> = truth
        .iter()
        .filter_map(|p| {
            let parts = p.parts(Criterion::Rmse, Policy::Count, 1.0)?;
            Some((p.range.max_m(), parts.value))
        })
        .collect();
    if !alone.is_empty() {
        series.push(Series::new(tr!("the truth, quantized"), Ink::Series3, alone).dashed());
    }
    if let Some(int8_m) = int8_m {
        let inside = what_if.points.iter().filter_map(|&(end, rmse_m)| {
            Some((end, int8_rmse_with_code(rmse_m, what_if.current_m, int8_m)?))
        });
        series.push(Series::new(tr!("INT8, inside as now"), Ink::Series2, inside).dashed());
    }
    series.push(Series::new(tr!("FP32, quantized"), Ink::Series1, what_if.points.clone()).bold());
    let mut input = LineInput::new(
        AxisSpec::log(Quantity::Depth, tr!("end of the range")),
        AxisSpec::log(Quantity::Length, tr!("RMSE against truth")),
        series,
    );
    let (first, last) = (what_if.points.first(), what_if.points.last());
    if let (Some(first), Some(last)) = (first, last) {
        input.x = input.x.over(first.0, last.0);
    }
    input.marks.push(Mark {
        x: current.max_m(),
        label: tr!("in use").to_owned(),
        tint: Ink::Chosen.into(),
        dashed: false,
    });
    input.spots.push(Spot {
        at: (what_if.best.0.max_m(), what_if.best.1),
        label: tr!(
            "best {}: {}",
            units::depth(what_if.best.0.max_m()),
            units::length(what_if.best.1)
        ),
        tint: Ink::Best.into(),
    });
    input
}

/// Describes the curve in a paragraph.
#[must_use]
pub fn what_if_text(what_if: &WhatIf, current: OutputRange) -> String {
    let gain_m = what_if.current_m - what_if.best.1;
    let first = tr!(
        "FP32's own output, quantized over {}, has an RMSE of {} against ground truth; without a code it is {}.",
        units::range(current.min_m(), current.max_m()),
        units::length(what_if.current_m),
        units::length(what_if.fp32_m)
    );
    let second = if gain_m > 1e-3 * what_if.current_m {
        tr!(
            " The best end from the same start is {}: {}, {} less.",
            units::depth(what_if.best.0.max_m()),
            units::length(what_if.best.1),
            units::length(gain_m)
        )
    } else {
        tr!(
            " No other end from the same start is better by more than 0.1 % (best {}: {}).",
            units::depth(what_if.best.0.max_m()),
            units::length(what_if.best.1)
        )
    };
    let third = if what_if.best.1 < what_if.fp32_m {
        tr!(
            " That is lower than without a code, because clipping cancels some of FP32's errors. Do not rely on it.",
        )
    } else {
        ""
    };
    format!("{first}{second}{third}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_and_the_text_say_what_was_found() {
        let current = OutputRange::new(0.5, 15.0).expect("a range");
        let found = WhatIf {
            points: vec![(1.0, 0.4), (3.0, 0.05), (20.0, 0.09)],
            best: (OutputRange::new(0.5, 3.2).expect("a range"), 0.049),
            current_m: 0.08,
            fp32_m: 0.047,
        };
        let input = what_if_chart(&found, &[], current, Some(0.09));
        let names: Vec<&str> = input.series.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(
            names,
            ["FP32 as it is", "INT8, inside as now", "FP32, quantized"]
        );
        let text = what_if_text(&found, current);
        assert!(
            text.contains("[0.5, 15] m") && !text.contains("NaN"),
            "{text}"
        );
    }
}
