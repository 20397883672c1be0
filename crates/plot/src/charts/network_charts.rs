//! Charts of a network's layers.

use crate::{AxisSpec, Ink, LineInput, Mark, Quantity, Series};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_report::network::{AlongPoint, KeptRow};

/// The change that is left against the size of the parameters, with the chosen point. Changes are in metres, or in the unit of the output.
#[must_use]
pub fn kept_chart(rows: &[KeptRow], chosen: usize, is_in_metres: bool) -> LineInput {
    let quantity = if is_in_metres {
        Quantity::Length
    } else {
        Quantity::Plain
    };
    let points = rows.iter().map(|row| (row.mb, row.rms));
    let mut input = LineInput::new(
        AxisSpec::linear(Quantity::Plain, tr!("parameters, MB")),
        AxisSpec::linear(quantity, tr!("RMS of the change that is left")),
        vec![Series::new(tr!("layers kept"), Ink::Series1, points)],
    );
    if let Some(row) = rows.get(chosen) {
        input.marks.push(Mark {
            x: row.mb,
            label: units::counted(row.kept as usize, units::Noun::Layer),
            tint: Ink::Chosen.into(),
            dashed: false,
        });
    }
    input
}

/// Noise to signal of every tensor in the order of the network: of its quantizer alone, and of the tensor in the INT8 run.
#[must_use]
pub fn along_chart(points: &[AlongPoint]) -> LineInput {
    let series = |read: fn(&AlongPoint) -> Option<f64>| {
        let points = points.iter().enumerate();
        points.filter_map(move |(at, point)| Some((at as f64 + 1.0, read(point)?)))
    };
    LineInput::new(
        AxisSpec::linear(Quantity::Number, tr!("tensor, in the order of the network")),
        AxisSpec::log(Quantity::Share, tr!("noise to signal")),
        vec![
            Series::new(tr!("local"), Ink::Series2, series(|point| point.local)).dashed(),
            Series::new(
                tr!("accumulated"),
                Ink::Series1,
                series(|point| point.accumulated),
            )
            .bold(),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_without_noise_leave_gaps() {
        let point = |local: Option<f64>, accumulated: f64| AlongPoint {
            name: "t".to_owned(),
            local,
            accumulated: Some(accumulated),
        };
        let chart = along_chart(&[point(None, 0.1), point(Some(0.02), 0.2)]);
        assert_eq!(chart.series[0].points, [(2.0, 0.02)]);
        assert_eq!(chart.series[1].points, [(1.0, 0.1), (2.0, 0.2)]);
    }

    #[test]
    fn the_chosen_point_is_marked() {
        let row = |kept: u32, mb: f64, rms: f64| KeptRow {
            kept,
            mb,
            rms,
            ..KeptRow::default()
        };
        let rows = [row(0, 1.0, 0.02), row(3, 1.5, 0.01)];
        let chart = kept_chart(&rows, 1, true);
        assert_eq!(chart.series[0].points, [(1.0, 0.02), (1.5, 0.01)]);
        let marks: Vec<(f64, &str)> = chart
            .marks
            .iter()
            .map(|m| (m.x, m.label.as_str()))
            .collect();
        assert_eq!(marks, [(1.5, "3 layers")]);
        assert!(kept_chart(&rows, 9, false).marks.is_empty());
    }
}
