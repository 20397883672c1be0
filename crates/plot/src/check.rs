//! Checks for the tests of every chart: nothing leaves the panel, and no text covers another.

use super::labels::{extent, text_px};
use super::scene::{Scene, Shape, Weight};

/// Fails where a shape or a text, with its estimated width, leaves the panel, or where a number is NaN.
#[track_caller]
pub(super) fn assert_inside(scene: &Scene) {
    let edge = 0.51;
    for shape in &scene.shapes {
        for (x, y) in corners(shape) {
            assert!(
                (-edge..=scene.width + edge).contains(&x)
                    && (-edge..=scene.height + edge).contains(&y),
                "outside {} x {}: {shape:?}",
                scene.width,
                scene.height
            );
        }
    }
}

/// Fails where two texts overlap.
#[track_caller]
pub(super) fn assert_texts_apart(scene: &Scene) {
    let texts: Vec<_> = scene
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Text {
                at,
                text,
                align,
                weight,
                ..
            } => Some((extent(at.0, text, *align, *weight), at.1, text)),
            _ => None,
        })
        .collect();
    for (i, a) in texts.iter().enumerate() {
        for b in &texts[..i] {
            let meet = (a.1 - b.1).abs() < 12.0 && a.0.0 < b.0.1 - 1.0 && b.0.0 < a.0.1 - 1.0;
            assert!(!meet, "{a:?} covers {b:?}");
        }
    }
}

/// Both checks.
#[track_caller]
pub(super) fn assert_tidy(scene: &Scene) {
    assert_inside(scene);
    assert_texts_apart(scene);
    let empty = scene.texts().any(|t| text_px(t, Weight::Regular) <= 0.0);
    assert!(!empty, "an empty text");
}

fn corners(shape: &Shape) -> Vec<(f64, f64)> {
    match shape {
        Shape::Path { points, .. } | Shape::Polygon { points, .. } => points.clone(),
        Shape::Area { from, to, .. } => vec![*from, *to],
        Shape::Dot { at, .. } => vec![*at],
        Shape::Cells {
            x_edges, y_edges, ..
        } => {
            let xs = x_edges.iter().map(|&x| (x, y_edges[0]));
            xs.chain(y_edges.iter().map(|&y| (x_edges[0], y))).collect()
        }
        Shape::Text {
            at,
            text,
            align,
            weight,
            ..
        } => {
            let (left, right) = extent(at.0, text, *align, *weight);
            vec![(left, at.1 - 6.0), (right, at.1 + 6.0)]
        }
    }
}
