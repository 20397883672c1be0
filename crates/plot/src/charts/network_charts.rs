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

/// Noise to signal of every tensor in the order of the network: of its quantizer alone, and of the tensor in the INT8 run. Arcs are
/// connections that skip tensors.
#[must_use]
pub fn along_chart(points: &[AlongPoint]) -> LineInput {
    let series = |read: fn(&AlongPoint) -> Option<f64>| {
        let points = points.iter().enumerate();
        points.filter_map(move |(at, point)| Some((at as f64 + 1.0, read(point)?)))
    };
    let mut input = LineInput::new(
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
    );
    for (at, point) in points.iter().enumerate() {
        let own = at as f64 + 1.0;
        let number = |source: u32| f64::from(source) + 1.0;
        let skipped = point.sources.iter().map(|&source| number(source));
        let skipped: Vec<f64> = skipped.filter(|source| own - source > 1.0).collect();
        input.arcs.extend(skipped.iter().map(|&from| (from, own)));
        let numbers: Vec<String> = skipped.into_iter().map(units::count).collect();
        let name = &point.name;
        let text = if numbers.is_empty() {
            format!("{} {name}", units::count(own))
        } else {
            tr!(
                "{place} {name}, skip from {sources}",
                place = units::count(own),
                name,
                sources = units::listed(numbers.iter().map(String::as_str))
            )
        };
        input.place_names.push((own, text));
    }
    input
}

/// The values of a tensor as shares of all, over the range of its codes.
#[must_use]
pub fn tensor_chart(ends: [f64; 2], counts: &[f64], range: Option<[f64; 2]>) -> LineInput {
    let all: f64 = counts.iter().sum::<f64>().max(1.0);
    let width = (ends[1] - ends[0]) / counts.len().max(1) as f64;
    // Each bin is a step, and an empty one a gap.
    let steps = counts.iter().enumerate().flat_map(|(at, &count)| {
        let from = ends[0] + at as f64 * width;
        [(from, count / all), (from + width, count / all)]
    });
    let mut input = LineInput::new(
        AxisSpec::linear(Quantity::Plain, tr!("value, in the unit of the tensor")),
        AxisSpec::log(Quantity::Share, tr!("share of the values")),
        vec![Series::new(tr!("values"), Ink::Series1, steps)],
    );
    for (x, label) in range
        .into_iter()
        .flatten()
        .zip([tr!("lowest code"), tr!("highest code")])
    {
        input.marks.push(Mark {
            x,
            label: label.to_owned(),
            tint: Ink::Chosen.into(),
            dashed: false,
        });
    }
    input
}

/// The largest absolute value of each channel, and the largest that its codes stand for.
#[must_use]
pub fn channels_chart(channels: &[(f64, f64)]) -> LineInput {
    let series = |read: fn(&(f64, f64)) -> f64| {
        let channels = channels.iter().enumerate();
        channels.map(move |(at, channel)| (at as f64, read(channel)))
    };
    LineInput::new(
        AxisSpec::linear(Quantity::Number, tr!("channel")),
        AxisSpec::linear(
            Quantity::Plain,
            tr!("absolute value, in the unit of the tensor"),
        ),
        vec![
            Series::new(tr!("range of the codes"), Ink::Chosen, series(|own| own.1)).dashed(),
            Series::new(tr!("largest value"), Ink::Series1, series(|own| own.0)),
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
            sources: Vec::new(),
        };
        let chart = along_chart(&[point(None, 0.1), point(Some(0.02), 0.2)]);
        assert_eq!(chart.series[0].points, [(2.0, 0.02)]);
        assert_eq!(chart.series[1].points, [(1.0, 0.1), (2.0, 0.2)]);
    }

    #[test]
    fn connections_that_skip_tensors_are_arcs() {
        let point = |name: &str, sources: &[u32]| AlongPoint {
            name: name.to_owned(),
            local: Some(0.01),
            accumulated: Some(0.02),
            sources: sources.to_vec(),
        };
        let points = [
            point("x", &[]),
            point("a", &[0]),
            point("b", &[1]),
            point("sum", &[0, 2]),
        ];
        let chart = along_chart(&points);
        assert_eq!(chart.arcs, [(1.0, 4.0)]);
        let names: Vec<&str> = chart
            .place_names
            .iter()
            .map(|(_, name)| name.as_str())
            .collect();
        assert_eq!(names, ["1 x", "2 a", "3 b", "4 sum, skip from 1"]);
    }

    #[test]
    fn a_tensor_is_a_curve_of_steps_with_the_ends_of_its_range() {
        let chart = tensor_chart([-1.0, 3.0], &[1.0, 0.0, 2.0, 1.0], Some([0.0, 2.0]));
        let points = &chart.series[0].points;
        assert_eq!(points.len(), 8);
        assert_eq!(
            points[..4],
            [(-1.0, 0.25), (0.0, 0.25), (0.0, 0.0), (1.0, 0.0)]
        );
        let shares: f64 = points.iter().step_by(2).map(|point| point.1).sum();
        assert_eq!(shares, 1.0);
        let marks: Vec<f64> = chart.marks.iter().map(|mark| mark.x).collect();
        assert_eq!(marks, [0.0, 2.0]);
        assert!(tensor_chart([0.0, 1.0], &[1.0], None).marks.is_empty());
        let channels = channels_chart(&[(0.5, 1.0), (2.0, 2.0)]);
        assert_eq!(channels.series[1].points, [(0.0, 0.5), (1.0, 2.0)]);
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
