//! Lines of equal value over a grid: marching squares (Lorensen and Cline 1987, in two dimensions).
//!
//! Written here because these grids have holes, which crates that close every line along the edge of the grid
//! take for values. A square with a missing corner carries no line; the line ends at it.

use std::collections::BTreeMap;

/// A grid of values with coordinates, row by row. Values that are not finite are missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) xs: &'a [f64],
    pub(super) ys: &'a [f64],
    pub(super) values: &'a [f64],
}

/// An edge between two neighbours of the grid: the lower left of both nodes, and whether it runs along y.
type Edge = (usize, bool);

/// Interpolation between two values at the crossing of an edge: linear in a function of the value.
type Ruler = fn(f64) -> f64;

impl Field<'_> {
    fn value(&self, node: usize) -> f64 {
        self.values.get(node).copied().unwrap_or(f64::NAN)
    }

    fn node(&self, row: usize, column: usize) -> usize {
        row * self.xs.len() + column
    }

    /// Position of the level on an edge.
    fn crossing(&self, edge: Edge, level: f64, ruler: Ruler) -> (f64, f64) {
        let (node, along_y) = edge;
        let (row, column) = (node / self.xs.len(), node % self.xs.len());
        let other = if along_y {
            node + self.xs.len()
        } else {
            node + 1
        };
        let (from, to) = (ruler(self.value(node)), ruler(self.value(other)));
        let share = ((ruler(level) - from) / (to - from)).clamp(0.0, 1.0);
        let between = |a: f64, b: f64| a + (b - a) * share;
        if along_y {
            (self.xs[column], between(self.ys[row], self.ys[row + 1]))
        } else {
            (between(self.xs[column], self.xs[column + 1]), self.ys[row])
        }
    }

    /// The segments through one square as pairs of its edges.
    fn segments(&self, row: usize, column: usize, level: f64) -> Vec<(Edge, Edge)> {
        let corner = |down: usize, right: usize| self.value(self.node(row + down, column + right));
        let corners = [corner(0, 0), corner(0, 1), corner(1, 1), corner(1, 0)];
        if corners.iter().any(|v| !v.is_finite()) {
            return Vec::new();
        }
        let edges = [
            (self.node(row, column), false),
            (self.node(row, column + 1), true),
            (self.node(row + 1, column), false),
            (self.node(row, column), true),
        ];
        let above = corners.map(|v| v >= level);
        // Edge i runs from corner i to corner i + 1.
        let crossed: Vec<usize> = (0..4).filter(|&i| above[i] != above[(i + 1) % 4]).collect();
        match *crossed.as_slice() {
            [a, b] => vec![(edges[a], edges[b])],
            [a, b, c, d] => {
                // A saddle: the mean decides which corners belong together.
                let middle = corners.iter().sum::<f64>() / 4.0 >= level;
                if middle == above[0] {
                    vec![(edges[a], edges[b]), (edges[c], edges[d])]
                } else {
                    vec![(edges[d], edges[a]), (edges[b], edges[c])]
                }
            }
            _ => Vec::new(),
        }
    }

    /// The lines of a level, each as its points. A closed line ends where it begins.
    pub(super) fn lines(&self, level: f64, ruler: Ruler) -> Vec<Vec<(f64, f64)>> {
        let (rows, columns) = (self.ys.len(), self.xs.len());
        let squares =
            (1..rows).flat_map(|row| (1..columns).map(move |column| (row - 1, column - 1)));
        let mut links: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
        for (a, b) in squares.flat_map(|(row, column)| self.segments(row, column, level)) {
            links.entry(a).or_default().push(b);
            links.entry(b).or_default().push(a);
        }
        let place = |edge: &Edge| self.crossing(*edge, level, ruler);
        let lines = chains(links);
        lines
            .iter()
            .map(|line| line.iter().map(place).collect())
            .collect()
    }
}

/// Links joined to lines: open ones from their ends first, then the closed ones.
fn chains(mut links: BTreeMap<Edge, Vec<Edge>>) -> Vec<Vec<Edge>> {
    let open = links.iter().filter(|(_, next)| next.len() == 1);
    let mut starts: Vec<Edge> = open.map(|(edge, _)| *edge).collect();
    starts.extend(links.keys());
    let mut lines = Vec::new();
    for start in starts {
        let mut line = vec![start];
        let mut here = start;
        while let Some(next) = links.get_mut(&here).and_then(Vec::pop) {
            if let Some(back) = links.get_mut(&next)
                && let Some(i) = back.iter().position(|edge| *edge == here)
            {
                back.swap_remove(i);
            }
            line.push(next);
            here = next;
        }
        if line.len() > 1 {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(v: f64) -> f64 {
        v
    }

    fn axis(n: usize) -> Vec<f64> {
        (0..n).map(|i| i as f64).collect()
    }

    #[test]
    fn a_circle_is_one_closed_line_of_its_radius() {
        let xs = axis(41);
        let values: Vec<f64> = (0..41 * 41)
            .map(|i| libm::hypot((i % 41) as f64 - 20.0, (i / 41) as f64 - 20.0))
            .collect();
        let field = Field {
            xs: &xs,
            ys: &xs,
            values: &values,
        };
        let lines = field.lines(12.0, plain);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].first(), lines[0].last());
        for &(x, y) in &lines[0] {
            let radius = libm::hypot(x - 20.0, y - 20.0);
            assert!((radius - 12.0).abs() < 0.05, "{radius}");
        }
    }

    #[test]
    fn a_plane_is_crossed_by_one_straight_line() {
        let (xs, ys) = (axis(6), axis(4));
        let values: Vec<f64> = (0..24).map(|i| (i % 6) as f64 + 0.5).collect();
        let field = Field {
            xs: &xs,
            ys: &ys,
            values: &values,
        };
        let lines = field.lines(2.75, plain);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].len(), 4);
        assert!(
            lines[0].iter().all(|p| (p.0 - 2.25).abs() < 1e-12),
            "{lines:?}"
        );
        assert_eq!(field.lines(99.0, plain), Vec::<Vec<(f64, f64)>>::new());
    }

    #[test]
    fn a_hole_ends_a_line() {
        let (xs, ys) = (axis(5), axis(5));
        let mut values: Vec<f64> = (0..25).map(|i| (i % 5) as f64).collect();
        values[12] = f64::NAN;
        let field = Field {
            xs: &xs,
            ys: &ys,
            values: &values,
        };
        let lines = field.lines(1.5, plain);
        assert_eq!(lines.len(), 2, "above and below the hole: {lines:?}");
    }

    #[test]
    fn a_line_is_placed_by_the_ruler() {
        let (xs, ys) = (axis(2), axis(2));
        let values = [1.0, 100.0, 1.0, 100.0];
        let field = Field {
            xs: &xs,
            ys: &ys,
            values: &values,
        };
        let at = |ruler: Ruler| field.lines(10.0, ruler)[0][0].0;
        assert!((at(libm::log) - 0.5).abs() < 1e-12);
        assert!((at(plain) - 9.0 / 99.0).abs() < 1e-12);
    }

    proptest! {
        // Brute force: between neighbours on either side of the level there is exactly one point of a line, and nowhere else.
        #[test]
        fn lines_cross_every_edge_that_they_must(values in proptest::collection::vec(0.0_f64..1.0, 30)) {
            let (xs, ys) = (axis(6), axis(5));
            let field = Field { xs: &xs, ys: &ys, values: &values };
            let mut wanted = Vec::new();
            for (row, column) in (0..5).flat_map(|r| (0..6).map(move |c| (r, c))) {
                let v = values[row * 6 + column];
                let mut edge = |other: f64, x: f64, y: f64| {
                    if (v >= 0.5) != (other >= 0.5) {
                        let share = (0.5 - v) / (other - v);
                        wanted.push((column as f64 + x * share, row as f64 + y * share));
                    }
                };
                if column < 5 { edge(values[row * 6 + column + 1], 1.0, 0.0); }
                if row < 4 { edge(values[(row + 1) * 6 + column], 0.0, 1.0); }
            }
            let mut found: Vec<(f64, f64)> = field.lines(0.5, plain).iter().flat_map(|line| {
                let closed = line.first() == line.last();
                line[usize::from(closed)..].to_vec()
            }).collect();
            let order = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
            wanted.sort_by(order);
            found.sort_by(order);
            prop_assert_eq!(found.len(), wanted.len());
            for (a, b) in found.iter().zip(&wanted) {
                prop_assert!((a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9);
            }
        }
    }
}
