//! Keyboard access to a chart: arrow keys move a crosshair, in CSS pixels. Each chart reads the value under it.

/// One press moves by this many CSS pixels: less than a cell of the densest map on a wide screen.
const STEP: f64 = 8.0;

/// Moves a crosshair by one key press in a chart of this width and height. Without a position it starts in the middle; it never leaves the chart.
/// `None` for keys that do not move it.
#[must_use]
pub fn crosshair_step(
    key: &str,
    from: Option<(f64, f64)>,
    (width, height): (f64, f64),
) -> Option<(f64, f64)> {
    let (right, down) = match key {
        "ArrowLeft" => (-STEP, 0.0),
        "ArrowRight" => (STEP, 0.0),
        "ArrowUp" => (0.0, -STEP),
        "ArrowDown" => (0.0, STEP),
        _ => return None,
    };
    let Some((x, y)) = from else {
        return Some((width / 2.0, height / 2.0));
    };
    let held = |at: f64, most: f64| at.max(0.0).min((most - 1.0).max(0.0));
    Some((held(x + right, width), held(y + down, height)))
}

#[cfg(test)]
mod tests {
    use super::crosshair_step;

    #[test]
    fn arrows_begin_in_the_middle_and_stay_inside() {
        let size = (100.0, 60.0);
        let step = |key, from| crosshair_step(key, from, size);
        assert_eq!(step("ArrowLeft", None), Some((50.0, 30.0)));
        assert_eq!(step("ArrowLeft", Some((50.0, 30.0))), Some((42.0, 30.0)));
        assert_eq!(step("ArrowRight", Some((98.0, 30.0))), Some((99.0, 30.0)));
        assert_eq!(step("ArrowUp", Some((50.0, 3.0))), Some((50.0, 0.0)));
        assert_eq!(step("ArrowDown", Some((50.0, 30.0))), Some((50.0, 38.0)));
        assert_eq!(step("Enter", Some((50.0, 30.0))), None);
        let tiny = crosshair_step("ArrowDown", Some((0.0, 0.0)), (0.0, 0.0));
        assert_eq!(tiny, Some((0.0, 0.0)));
    }
}
