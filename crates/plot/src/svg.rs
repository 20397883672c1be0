//! A scene as SVG text, for download.
//!
//! Scenes are painted with the same code as on a canvas, through the SVG backend of plotters.

use super::paint::{Brush, Palette, TEXT_PX};
use super::scene::{Ink, Scene};
use fathom_core::i18n::tr;
use plotters::drawing::IntoDrawingArea;
use plotters::prelude::SVGBackend;

/// Units of the drawing per CSS pixel. The backend draws on whole units; tenths of a pixel keep curves smooth at any zoom.
const RATIO: f64 = 10.0;

/// The backend divides the size of text by this, taking it for the height of a line.
const LINE_HEIGHT: f64 = 1.24;

/// A scene as an SVG document in the colours of a palette, as wide and high as the scene in CSS pixels.
///
/// # Errors
/// One sentence if the backend fails; a backend in memory does not.
pub fn to_svg(scene: &Scene, palette: &Palette) -> Result<String, String> {
    let units = |v: f64| (v * RATIO).round() as u32;
    let size = (units(scene.width), units(scene.height));
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
    let brush = Brush {
        area: &area,
        palette,
        ratio: RATIO,
        text_px: TEXT_PX * LINE_HEIGHT * RATIO,
    };
    let mut ground = Scene::new(scene.width, scene.height);
    ground.area((0.0, 0.0), (scene.width, scene.height), Ink::Surface);
    ground.shapes.extend_from_slice(&scene.shapes);
    brush
        .scene(&ground)
        .map_err(|e| tr!("The chart could not be written as SVG ({e}).", e))?;
    drop(area);
    Ok(in_css_pixels(&text, scene, size))
}

/// The document with its outer size in CSS pixels; the coordinates stay in units.
fn in_css_pixels(text: &str, scene: &Scene, units: (u32, u32)) -> String {
    let body = text.split_once('\n').map_or(text, |(_, body)| body);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\">\n{body}",
        scene.width, scene.height, units.0, units.1
    )
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Align, Tint, Weight};
    use super::super::{AxisSpec, LineChart, LineInput, Quantity, Series};
    use super::*;

    /// The text between tags, and that every tag is closed in its order.
    #[track_caller]
    fn texts(svg: &str) -> Vec<String> {
        let mut open = Vec::new();
        let mut texts = Vec::new();
        // The text before the first tag is empty.
        for part in svg.split('<').skip(1) {
            let (tag, text) = part.split_once('>').expect("a closed tag");
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            assert!(!tag.contains('&') || tag.contains(';'), "{tag}");
            let name = tag
                .trim_start_matches('/')
                .split([' ', '/'])
                .next()
                .expect("a name");
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name.to_owned()));
            } else if !tag.ends_with('/') {
                open.push(name.to_owned());
            }
            if name == "text" && !tag.starts_with('/') {
                texts.push(text.trim().to_owned());
            }
        }
        assert_eq!(open, Vec::<String>::new());
        texts
    }

    #[test]
    fn every_label_is_in_the_document_escaped() {
        let mut scene = Scene::new(320.0, 200.0);
        scene.dashes(vec![(0.0, 0.0), (50.0, 80.0)], Ink::Series1, 2.0);
        scene.polygon(
            vec![(0.0, 0.0), (9.0, 9.0), (0.0, 9.0)],
            Tint::Soft(Ink::Series2, 0.2),
        );
        let tint = Some(Tint::Scale(0.5, 1.0));
        scene.cells(
            vec![0.0, 5.0, 10.0, 15.0],
            vec![0.0, 5.0],
            vec![tint, tint, None],
        );
        for (text, align) in [("5 < 7 & \"9\"", Align::Start), ("15 m", Align::End)] {
            scene.text((10.0, 10.0), text, Ink::Primary, align, Weight::Bold);
        }
        let palette = Palette::new(|_| (1, 2, 3, 1.0), "\"Segoe UI\", sans-serif");
        let svg = to_svg(&scene, &palette).expect("a document");
        assert_eq!(texts(&svg), ["5 &lt; 7 &amp; &quot;9&quot;", "15 m"]);
        assert!(
            svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"320\""),
            "{svg}"
        );
        assert!(svg.contains("viewBox=\"0 0 3200 2000\""), "{svg}");
        let size = svg.split("font-size=\"").nth(1).expect("a text");
        let size: f64 = size
            .split('"')
            .next()
            .and_then(|n| n.parse().ok())
            .expect("a number");
        assert!((size / (TEXT_PX * RATIO) - 1.0).abs() < 1e-9, "{size}");
        // Two neighbours of one colour are one rectangle beside that of the ground.
        assert_eq!(svg.matches("<rect").count(), 2, "{svg}");
        assert_eq!(svg.matches("<polygon").count(), 1, "{svg}");
        assert!(
            svg.contains("opacity=\"0.2\"") && svg.contains("bold"),
            "{svg}"
        );
    }

    /// The rectangles of a document, the ground first: their ends in CSS pixels and their colour.
    fn rectangles(svg: &str) -> Vec<([f64; 4], String)> {
        let attribute = |tag: &str, name: &str| {
            let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
            rest.split('"').next().map(ToOwned::to_owned)
        };
        let number = |tag: &str, name| -> f64 {
            let text = attribute(tag, name).expect("an attribute");
            text.parse::<f64>().expect("a number") / RATIO
        };
        let tags = svg
            .split('<')
            .filter_map(|part| part.strip_prefix("rect")?.split('>').next());
        tags.map(|tag| {
            let (x, y) = (number(tag, "x"), number(tag, "y"));
            let ends = [x, y, x + number(tag, "width"), y + number(tag, "height")];
            (ends, attribute(tag, "fill").expect("a colour"))
        })
        .collect()
    }

    #[test]
    fn cells_are_painted_where_they_are_along_rows_or_columns() {
        let palette = Palette::new(|_| (1, 2, 3, 1.0), "sans-serif");
        let (columns, rows) = (5, 4);
        let edges = |count: usize, size: f64| (0..=count).map(|i| i as f64 * size).collect();
        for (by_rows, most) in [(true, 6), (false, 7)] {
            let tints: Vec<Option<Tint>> = (0..rows * columns)
                .map(|i| {
                    let (row, column) = (i / columns, i % columns);
                    let lane = if by_rows { row } else { column };
                    ((row, column) != (1, 2)).then_some(Tint::Scale(lane as f64 / 5.0, 1.0))
                })
                .collect();
            let mut scene = Scene::new(100.0, 100.0);
            scene.cells(edges(columns, 20.0), edges(rows, 25.0), tints.clone());
            let painted = rectangles(&to_svg(&scene, &palette).expect("a document"));
            // One for each lane, one more for the lane with the hole, and the ground.
            assert_eq!(painted.len(), most, "{painted:?}");
            let topmost = |x: f64, y: f64| {
                let covers = |(ends, _): &&([f64; 4], String)| {
                    (ends[0]..ends[2]).contains(&x) && (ends[1]..ends[3]).contains(&y)
                };
                painted.iter().rev().find(covers).map(|(_, colour)| colour)
            };
            for i in 0..rows * columns {
                let (row, column) = (i / columns, i % columns);
                let at = |row: usize, column: usize| {
                    topmost(20.0 * column as f64 + 10.0, 25.0 * row as f64 + 12.0)
                };
                for other in 0..rows * columns {
                    let is_same = at(row, column) == at(other / columns, other % columns);
                    assert_eq!(is_same, tints[i] == tints[other], "{i} and {other}");
                }
            }
        }
    }

    #[test]
    fn a_chart_keeps_its_words() {
        let series = |name| Series::new(name, Ink::Series1, [(1.0, 0.1), (20.0, 2.0)]);
        let input = LineInput::new(
            AxisSpec::log(Quantity::Depth, "end of the range"),
            AxisSpec::log(Quantity::Length, "RMSE"),
            vec![series("rounding"), series("clipping")],
        );
        let scene = LineChart::new(700.0, 400.0, &input).scene(&input, Some(20.0));
        let palette = Palette::new(|_| (1, 2, 3, 1.0), "sans-serif");
        let svg = to_svg(&scene, &palette).expect("a document");
        let words: Vec<&str> = scene.texts().collect();
        assert!(words.len() > 8, "{words:?}");
        assert_eq!(texts(&svg), words);
    }
}
