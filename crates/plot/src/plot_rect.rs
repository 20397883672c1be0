//! Rectangles in CSS pixels: the plot of a chart, and what a label covers.

/// The rectangle that a chart plots in, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlotRect {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl PlotRect {
    /// The rectangle of a panel less the space on its four sides, at least one pixel wide and high.
    #[must_use]
    pub fn inside(
        (width, height): (f64, f64),
        left: f64,
        right: f64,
        top: f64,
        bottom: f64,
    ) -> Self {
        Self {
            left,
            top,
            right: (width - right).max(left + 1.0),
            bottom: (height - bottom).max(top + 1.0),
        }
    }

    /// Returns true if a point lies in it, edges included.
    #[must_use]
    pub fn holds(&self, x: f64, y: f64) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }

    /// The square about a point.
    pub(super) fn around((x, y): (f64, f64), half: f64) -> Self {
        Self {
            left: x - half,
            top: y - half,
            right: x + half,
            bottom: y + half,
        }
    }

    /// Returns true if it lies wholly in another one.
    pub(super) fn is_inside(&self, other: &Self) -> bool {
        other.holds(self.left, self.top) && other.holds(self.right, self.bottom)
    }

    /// Returns true if two overlap.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// The part of a line between two points that lies in the rectangle (Liang and Barsky 1984); `None` where nothing does.
    pub(super) fn clip(&self, a: (f64, f64), b: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut from, mut to) = (0.0_f64, 1.0_f64);
        for (run, room) in [
            (-dx, a.0 - self.left),
            (dx, self.right - a.0),
            (-dy, a.1 - self.top),
            (dy, self.bottom - a.1),
        ] {
            if run == 0.0 && room < 0.0 {
                return None;
            } else if run < 0.0 {
                from = from.max(room / run);
            } else if run > 0.0 {
                to = to.min(room / run);
            }
        }
        let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
        (from <= to).then(|| (at(from), at(to)))
    }

    /// The parts of a polyline that lie in the rectangle. A missing point breaks it.
    pub(super) fn runs(
        &self,
        points: impl IntoIterator<Item = Option<(f64, f64)>>,
    ) -> Vec<Vec<(f64, f64)>> {
        let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut before: Option<(f64, f64)> = None;
        for point in points {
            if let (Some(a), Some(b)) = (before, point)
                && let Some((from, to)) = self.clip(a, b)
            {
                match runs.last_mut() {
                    Some(run) if run.last() == Some(&from) => run.push(to),
                    _ => runs.push(vec![from, to]),
                }
            }
            before = point;
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_clipped_line_lies_inside_and_on_the_line(
            a in (-50.0_f64..150.0, -50.0_f64..150.0), b in (-50.0_f64..150.0, -50.0_f64..150.0),
        ) {
            let frame = PlotRect { left: 0.0, top: 0.0, right: 100.0, bottom: 80.0 };
            let near = |p: (f64, f64)| p.0 > -1e-9 && p.0 < 100.0 + 1e-9 && p.1 > -1e-9 && p.1 < 80.0 + 1e-9;
            let cross = |p: (f64, f64)| (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0);
            // Brute force: whether any of many points on the line lies well inside.
            let some_inside = (0..=500).any(|i| {
                let t = f64::from(i) / 500.0;
                frame.holds(a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
            });
            match frame.clip(a, b) {
                Some((p, q)) => prop_assert!(near(p) && near(q) && cross(p).abs() < 1e-6 && cross(q).abs() < 1e-6),
                None => prop_assert!(!some_inside),
            }
        }
    }

    #[test]
    fn a_missing_point_breaks_a_line_and_an_excursion_splits_it() {
        let frame = PlotRect {
            left: 0.0,
            top: 0.0,
            right: 10.0,
            bottom: 10.0,
        };
        let runs = frame.runs([
            Some((0.0, 5.0)),
            Some((1.0, 5.0)),
            None,
            Some((2.0, 5.0)),
            Some((3.0, 5.0)),
        ]);
        assert_eq!(runs.len(), 2);
        let runs = frame.runs([Some((0.0, 5.0)), Some((4.0, 25.0)), Some((8.0, 5.0))]);
        assert_eq!(
            runs,
            [vec![(0.0, 5.0), (1.0, 10.0)], vec![(7.0, 10.0), (8.0, 5.0)]]
        );
    }
}
