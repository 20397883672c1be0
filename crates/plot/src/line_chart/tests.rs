//! The curves' geometry, labels and readouts.

use super::super::check::assert_tidy;
use super::super::scene::Shape;
use super::super::{AxisSpec, Quantity};
use super::*;

fn decay(name: &str, tint: Tint, scale: f64) -> Series {
    let points = (0..60).map(|i| {
        let x = 2.0 * libm::exp(f64::from(i) * 0.08);
        (x, scale / x + 1e-3 * x)
    });
    Series::new(name, tint, points)
}

fn family(count: usize) -> LineInput {
    let series = (0..count).map(|i| {
        let tint = Tint::ordered(i, count);
        decay(&format!("{} bits", i + 4), tint, libm::exp2(-(i as f64)))
    });
    LineInput::new(
        AxisSpec::log(Quantity::Depth, "end of the range"),
        AxisSpec::log(Quantity::Length, "RMSE"),
        series.collect(),
    )
}

fn with_everything() -> LineInput {
    let mut input = family(3);
    input.bands.push(Band {
        name: "90 %".to_owned(),
        edges: vec![(2.0, 0.1, 1.0), (10.0, 0.02, 0.5), (100.0, 0.05, 2.0)],
        tint: Ink::Series1.into(),
    });
    for (i, x) in [7.5, 8.0, 10.0, 12.5, 15.0, 15.5, 16.0, 400.0]
        .into_iter()
        .enumerate()
    {
        input.marks.push(Mark {
            x,
            label: format!("calibrator {i}"),
            tint: Ink::Series2.into(),
            dashed: i % 2 == 0,
        });
    }
    input.arcs.extend([(2.0, 100.0), (8.0, 31.0)]);
    input.place_names.push((2.0, "first".to_owned()));
    input.spots.push(Spot {
        at: (31.0, 0.06),
        label: "best 31 m".to_owned(),
        tint: Ink::Best.into(),
    });
    input
}

#[test]
fn charts_are_tidy_at_every_width() {
    for width in [300.0, 340.0, 520.0, 700.0, 1100.0] {
        for input in [family(1), family(13), with_everything()] {
            let chart = LineChart::new(width, 360.0, &input);
            assert_tidy(&chart.scene(&input, Some(9.0)));
        }
    }
}

#[test]
fn labels_of_the_final_ticks_have_room() {
    // The ticks of a guess at the height lack 1.5 mm, whose label is the widest.
    let points = (0..60).map(|i| (1.0 + f64::from(i) / 40.0, 1.3e-3 + 1e-4 * f64::from(i)));
    let series = vec![Series::new("uniform", Ink::Series1, points)];
    let input = LineInput::new(
        AxisSpec::log(Quantity::Depth, "depth"),
        AxisSpec::log(Quantity::Length, "RMSE at that depth"),
        series,
    );
    for height in 200..420 {
        let chart = LineChart::new(960.0, f64::from(height), &input);
        assert_tidy(&chart.scene(&input, None));
    }
}

#[test]
fn names_go_above_where_they_do_not_fit_beside() {
    let mut input = family(4);
    for series in &mut input.series {
        series.name = format!("companding against relative error, {}", series.name);
    }
    for width in [340.0, 700.0] {
        let chart = LineChart::new(width, 360.0, &input);
        assert!(matches!(chart.names, SeriesNames::Above(_)) == (width < 1000.0));
        let scene = chart.scene(&input, None);
        assert_tidy(&scene);
        let names = scene.texts().filter(|t| t.contains("companding"));
        assert_eq!(names.count(), 4);
    }
}

#[test]
fn a_readout_gives_the_values_of_the_points() {
    let input = family(2);
    let chart = LineChart::new(700.0, 380.0, &input);
    let (x, y) = input.series[0].points[20];
    let px = chart.x().to_px(x) + 1.0;
    assert_eq!(chart.snap(&input, px, 200.0), Some(x));
    let readout = chart.at(&input, px, 200.0).expect("in the plot");
    assert_eq!(readout.at, Quantity::Depth.text(x));
    assert_eq!(readout.readings[0].value, Quantity::Length.text(y));
    assert_eq!(readout.readings.len(), 2);
    assert_eq!(chart.at(&input, 1.0, 200.0), None);
    assert_eq!(chart.at(&input, px, 379.0), None);
}

#[test]
fn between_points_the_drawn_line_is_read() {
    let log = |points| {
        LineInput::new(
            AxisSpec::log(Quantity::Depth, ""),
            AxisSpec::log(Quantity::Length, ""),
            vec![Series::new("a", Ink::Series1, points)],
        )
    };
    let input = log(vec![(1.0, 0.01), (100.0, 1.0)]);
    let chart = LineChart::new(700.0, 380.0, &input);
    let value = chart.value_of(&input.series[0], 10.0).expect("on the line");
    assert!((value - 0.1).abs() < 1e-12, "{value}");
    assert_eq!(chart.value_of(&input.series[0], 200.0), None);
    assert_eq!(chart.value_of(&input.series[0], 0.5), None);
}

#[test]
fn a_curve_is_broken_where_it_has_no_value() {
    let points = [
        (1.0, 0.5),
        (2.0, 0.4),
        (3.0, f64::NAN),
        (4.0, 0.2),
        (5.0, 0.0),
        (6.0, 0.1),
        (7.0, 0.2),
    ];
    let input = LineInput::new(
        AxisSpec::linear(Quantity::Depth, ""),
        AxisSpec::log(Quantity::Length, ""),
        vec![Series::new("", Ink::Series1, points)],
    );
    let chart = LineChart::new(600.0, 300.0, &input);
    assert_eq!(
        chart.runs(&input.series[0]).len(),
        2,
        "(4, 0.2) stands alone"
    );
    assert_tidy(&chart.scene(&input, Some(3.0)));
}

#[test]
fn the_keyboard_goes_from_point_to_point() {
    let input = family(1);
    let chart = LineChart::new(600.0, 300.0, &input);
    let places = input.places();
    assert_eq!(chart.step(&input, None, true), Some(places[0]));
    assert_eq!(chart.step(&input, None, false), places.last().copied());
    assert_eq!(chart.step(&input, Some(places[3]), true), Some(places[4]));
    assert_eq!(chart.step(&input, Some(places[3]), false), Some(places[2]));
    assert_eq!(chart.step(&input, Some(places[0]), false), Some(places[0]));
}

#[test]
fn nothing_to_show_is_an_empty_frame() {
    let input = family(0);
    let chart = LineChart::new(340.0, 300.0, &input);
    assert_tidy(&chart.scene(&input, Some(3.0)));
    assert_eq!(chart.at(&input, 100.0, 100.0), None);
}

#[test]
fn a_band_is_painted_soft_and_read_at_its_edges() {
    let input = with_everything();
    let chart = LineChart::new(700.0, 380.0, &input);
    let scene = chart.scene(&input, None);
    let soft = scene.shapes.iter().any(
        |s| matches!(s, Shape::Polygon { points, ink: Tint::Soft(Ink::Series1, _) } if points.len() == 6),
    );
    assert!(soft);
    let readout = chart.readout(&input, 10.0);
    let value = |name: &str| {
        let reading = readout.readings.iter().find(|r| r.name == name);
        reading.map(|r| r.value.as_str())
    };
    assert_eq!(value("90 %"), Some("20.0 mm to 500 mm"));
    assert_eq!(
        value("calibrator 2"),
        Some("10 m"),
        "a mark under the crosshair"
    );
    assert_eq!(value("calibrator 3"), None);
}

#[test]
fn the_focused_curve_is_in_front_of_pale_ones() {
    let mut input = LineInput::new(
        AxisSpec::log(Quantity::Depth, ""),
        AxisSpec::log(Quantity::Length, ""),
        (0..3)
            .map(|i| Series::numbered("", i, [(1.0, 0.1), (10.0, 0.2)]))
            .collect(),
    );
    input.focus = Some(0);
    let chart = LineChart::new(500.0, 300.0, &input);
    let scene = chart.scene(&input, None);
    let curves: Vec<Tint> = scene
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Path { ink, width, .. } if *width >= 2.0 => Some(*ink),
            _ => None,
        })
        .collect();
    let pale = |ink| Tint::Soft(ink, PALE);
    assert_eq!(
        curves,
        [pale(Ink::Series2), pale(Ink::Series3), Ink::Series1.into()]
    );
}

#[test]
fn many_marks_leave_the_plot_its_height_and_the_first_keeps_its_label() {
    let mut input = family(1);
    for i in 0..30 {
        input.marks.push(Mark {
            x: 10.0 + 0.1 * f64::from(i),
            label: format!("a calibrator with a name {i}"),
            tint: Ink::Series2.into(),
            dashed: true,
        });
    }
    let chart = LineChart::new(340.0, 360.0, &input);
    let frame = chart.frame();
    assert!(frame.bottom - frame.top > 180.0, "{frame:?}");
    let scene = chart.scene(&input, None);
    assert_tidy(&scene);
    assert!(scene.texts().any(|t| t.ends_with("name 0")));
}

#[test]
fn arcs_stand_over_the_plot_and_places_have_names() {
    let input = with_everything();
    let chart = LineChart::new(700.0, 360.0, &input);
    let (plain, read) = (chart.scene(&input, None), chart.scene(&input, Some(2.0)));
    let arcs = |scene: &Scene, width: f64| {
        let is_over =
            |points: &[(f64, f64)]| points.iter().all(|p| p.1 <= chart.frame().top + 1e-9);
        let shapes = scene.shapes.iter();
        shapes
            .filter(|shape| matches!(shape, Shape::Path { points, width: own, .. } if *own == width && points.len() == ARC_PIECES + 1 && is_over(points)))
            .count()
    };
    assert_eq!((arcs(&plain, 1.0), arcs(&plain, 2.0)), (2, 0));
    // The arc that begins at the crosshair stands out.
    assert_eq!((arcs(&read, 1.0), arcs(&read, 2.0)), (1, 1));
    assert_eq!(chart.readout(&input, 2.0).at, "first");
}
