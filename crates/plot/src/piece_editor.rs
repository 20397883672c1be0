//! The pieces of a piecewise code on an axis of depth: knots to drag or to step by keyboard, bits of each piece.
//!
//! Every edit returns pieces with ascending knots. Their cost is computed elsewhere.

use super::axes::{Axis, AxisSpec, Quantity};
use super::labels::{LabelRows, text_px};
use super::plot_rect::PlotRect;
use super::readout::Readout;
use super::scene::{Align, Ink, Scene, Tint, Weight};
use fathom_core::i18n::tr;
use fathom_core::quant::{Bits, MAX_LEVELS, Pieces};
use fathom_core::units;

/// Space above the bar for the knots' labels, and beside it, in CSS pixels.
const TOP: f64 = 50.0;
const SIDE: f64 = 22.0;

/// Height of the bar, and of the whole editor, in CSS pixels.
const BAR: f64 = 40.0;
const HEIGHT: f64 = TOP + BAR + 40.0;

/// Radius of a handle, and the largest distance of a pointer that grabs it: half the width of a fingertip, in CSS pixels.
const HANDLE: f64 = 8.0;
const GRAB_PX: f64 = 22.0;

/// Least ratio of neighbouring knots: nearer ones could no longer be told apart or taken hold of.
const LEAST_RATIO: f64 = 1.02;

/// Least distance of ticks, in CSS pixels.
const X_GAP: f64 = 52.0;

/// Largest number of pieces that the editor makes.
const MOST_PIECES: usize = 8;

/// Result of a hit test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditorHit {
    /// The handle of a knot.
    Knot(usize),
    /// A piece.
    Piece(usize),
}

/// The editor's geometry.
#[derive(Clone, Debug, PartialEq)]
pub struct PieceEditor {
    width: f64,
    frame: PlotRect,
    x: Axis,
}

fn spec() -> AxisSpec {
    AxisSpec::log(Quantity::Depth, tr!("depth"))
}

impl PieceEditor {
    /// Lays out the editor for a panel of this width in CSS pixels, over these depths in metres and at least the pieces' own.
    #[must_use]
    pub fn new(width: f64, (from_m, to_m): (f64, f64), pieces: &Pieces) -> Self {
        let knots = || pieces.knots_m.iter().copied().filter(|m| *m > 0.0);
        let ends = (knots().fold(from_m, f64::min), knots().fold(to_m, f64::max));
        let frame = PlotRect::inside((width, HEIGHT), SIDE, SIDE, TOP, HEIGHT - TOP - BAR);
        Self {
            width,
            x: spec().axis(ends, frame.left, frame.right),
            frame,
        }
    }

    /// The height that the editor needs, in CSS pixels.
    #[must_use]
    pub fn height(&self) -> f64 {
        HEIGHT
    }

    /// Everything to paint, with one thing marked: what is dragged, or has the keyboard.
    #[must_use]
    pub fn scene(&self, pieces: &Pieces, marked: Option<EditorHit>) -> Scene {
        let mut scene = Scene::new(self.width, HEIGHT);
        let (top, bottom) = (self.frame.top, self.frame.bottom);
        let most = pieces.bits.iter().map(|b| b.get()).max().unwrap_or(1);
        for (i, (ends, bits)) in spans(pieces).enumerate() {
            let (left, right) = (self.x.to_px(ends.0), self.x.to_px(ends.1));
            let opacity = 0.12 + 0.4 * f64::from(bits.get()) / f64::from(most);
            let ground = Tint::Soft(Ink::Rounding, opacity);
            scene.area((left, top), (right, bottom), ground);
            if marked == Some(EditorHit::Piece(i)) {
                let ring = [(left, top), (right, top), (right, bottom), (left, bottom)];
                let ring = ring.into_iter().chain([(left, top)]);
                scene.path(ring.collect(), Ink::Chosen, 2.0);
            }
            let lines = [
                (bits_text(bits), Weight::Bold),
                (step_text(ends, bits), Weight::Regular),
            ];
            for (line, (text, weight)) in lines.into_iter().enumerate() {
                // If a piece is too narrow for its label, only the table has it.
                if text_px(&text, weight) < right - left - 2.0 * HANDLE {
                    let at = ((left + right) / 2.0, top + 12.0 + 16.0 * line as f64);
                    scene.text(at, text, Ink::Primary, Align::Middle, weight);
                }
            }
        }
        let ticks = spec().ticks(&self.x, X_GAP);
        self.frame.x_ticks(&mut scene, &ticks, &self.x);
        self.knots(&mut scene, pieces, marked);
        scene
    }

    fn knots(&self, scene: &mut Scene, pieces: &Pieces, marked: Option<EditorHit>) {
        let labels: Vec<String> = pieces.knots_m.iter().map(|&m| units::depth(m)).collect();
        let wishes: Vec<(f64, &str)> = pieces
            .knots_m
            .iter()
            .zip(&labels)
            .map(|(&m, label)| (self.x.to_px(m), label.as_str()))
            .collect();
        let rows = LabelRows::new(&wishes, Weight::Bold, 2.0, self.width - 2.0);
        for (i, (&(x, label), &(middle, row))) in wishes.iter().zip(&rows.places).enumerate() {
            let is_marked = marked == Some(EditorHit::Knot(i));
            let y = self.frame.top + BAR / 2.0;
            let (above, below) = (self.frame.top - 6.0, self.frame.bottom);
            scene.line((x, above), (x, below), Ink::Chosen, 2.0);
            let radius = if is_marked { HANDLE + 2.0 } else { HANDLE };
            scene.dot((x, y), radius, Ink::Chosen, Ink::Surface);
            // Two rows are kept free for labels; a crowd of knots has its depths in the table.
            if row < 3 {
                let at = (middle, self.frame.top - 14.0 - 14.0 * row as f64);
                scene.text(at, label, Ink::Chosen, Align::Middle, Weight::Bold);
            }
        }
    }

    /// Returns the element under a pointer, handles first; `None` outside the bar.
    #[must_use]
    pub fn hit(&self, pieces: &Pieces, x_px: f64, y_px: f64) -> Option<EditorHit> {
        if !(0.0..=HEIGHT).contains(&y_px) {
            return None;
        }
        let far = |m: f64| (self.x.to_px(m) - x_px).abs();
        let knots = pieces.knots_m.iter().map(|&m| far(m)).enumerate();
        let nearest = knots.min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((i, _)) = nearest.filter(|n| n.1 <= GRAB_PX) {
            return Some(EditorHit::Knot(i));
        }
        let inside =
            |ends: (f64, f64)| (self.x.to_px(ends.0)..=self.x.to_px(ends.1)).contains(&x_px);
        let piece = spans(pieces).position(|(ends, _)| inside(ends));
        piece.map(EditorHit::Piece)
    }

    /// The pieces with a knot dragged to a pixel, clamped between its neighbours. Depths are rounded to three digits.
    #[must_use]
    pub fn dragged(&self, pieces: &Pieces, knot: usize, x_px: f64) -> Pieces {
        self.moved(pieces, knot, self.x.to_value(x_px))
    }

    /// The pieces with a knot moved by so many steps of a hundredth of a decade: by keyboard, ten for a large step.
    #[must_use]
    pub fn stepped(&self, pieces: &Pieces, knot: usize, steps: i32) -> Pieces {
        let Some(&here_m) = pieces.knots_m.get(knot) else {
            return pieces.clone();
        };
        let here_m = if here_m > 0.0 {
            here_m
        } else {
            self.x.to_value(self.frame.left)
        };
        self.moved(pieces, knot, here_m * libm::exp10(f64::from(steps) / 100.0))
    }

    fn moved(&self, pieces: &Pieces, knot: usize, to_m: f64) -> Pieces {
        let knots = &pieces.knots_m;
        let mut out = pieces.clone();
        let before = knot.checked_sub(1).and_then(|i| knots.get(i));
        let low = before.map_or(self.x.to_value(self.frame.left), |m| m * LEAST_RATIO);
        let high = knots
            .get(knot + 1)
            .map_or(self.x.to_value(self.frame.right), |m| m / LEAST_RATIO);
        if let Some(m) = out.knots_m.get_mut(knot)
            && low <= high
        {
            *m = three_digits(to_m).clamp(low, high);
        }
        out
    }

    /// The pieces with one cut in two at its middle (by ratio), both with its bits; `None` where there are enough or it is too
    /// narrow.
    #[must_use]
    pub fn split(pieces: &Pieces, piece: usize) -> Option<Pieces> {
        let (&from_m, &to_m) = (pieces.knots_m.get(piece)?, pieces.knots_m.get(piece + 1)?);
        let bits = *pieces.bits.get(piece)?;
        let wide = from_m > 0.0 && to_m / from_m >= LEAST_RATIO * LEAST_RATIO;
        if !wide || pieces.bits.len() >= MOST_PIECES {
            return None;
        }
        let mut out = pieces.clone();
        let middle_m = (from_m * to_m).sqrt();
        let held = three_digits(middle_m).clamp(from_m * LEAST_RATIO, to_m / LEAST_RATIO);
        out.knots_m.insert(piece + 1, held);
        out.bits.insert(piece + 1, bits);
        (out.levels() <= MAX_LEVELS).then_some(out)
    }

    /// The pieces without an inner knot: the pieces on its two sides become one with the bits of the first. `None` for an end.
    #[must_use]
    pub fn joined(pieces: &Pieces, knot: usize) -> Option<Pieces> {
        if knot == 0 || knot + 1 >= pieces.knots_m.len() || knot >= pieces.bits.len() {
            return None;
        }
        let mut out = pieces.clone();
        out.knots_m.remove(knot);
        out.bits.remove(knot);
        Some(out)
    }

    /// The pieces with more or fewer bits for one; unchanged if the width is invalid.
    #[must_use]
    pub fn with_bits(pieces: &Pieces, piece: usize, by: i8) -> Pieces {
        let mut out = pieces.clone();
        if let Some(bits) = out.bits.get_mut(piece)
            && let Some(new) = bits.get().checked_add_signed(by).and_then(Bits::new)
        {
            *bits = new;
        }
        // More values than a code may have are none.
        if out.levels() <= MAX_LEVELS {
            out
        } else {
            pieces.clone()
        }
    }

    /// Describes the element under a pointer; `None` outside the bar.
    #[must_use]
    pub fn at(&self, pieces: &Pieces, x_px: f64, y_px: f64) -> Option<Readout> {
        match self.hit(pieces, x_px, y_px)? {
            EditorHit::Knot(i) => {
                let depth_m = *pieces.knots_m.get(i)?;
                Some(Readout::new(tr!("knot")).with("", units::depth(depth_m), Ink::Chosen))
            }
            EditorHit::Piece(i) => {
                let (ends, bits) = spans(pieces).nth(i)?;
                let readout = Readout::new(units::range(ends.0, ends.1));
                let readout = readout.with("", bits_text(bits), Ink::Rounding);
                Some(readout.with("", step_text(ends, bits), Ink::Rounding))
            }
        }
    }
}

/// The pieces as (from, to) in metres, with their bits.
fn spans(pieces: &Pieces) -> impl Iterator<Item = ((f64, f64), Bits)> + '_ {
    let ends = pieces.knots_m.windows(2).map(|w| (w[0], w[1]));
    ends.zip(pieces.bits.iter().copied())
}

fn bits_text(bits: Bits) -> String {
    units::counted(usize::from(bits.get()), units::Noun::Bit)
}

/// A piece of `n` values has `n` equal cells.
fn step_text(ends: (f64, f64), bits: Bits) -> String {
    let cells = f64::from(bits.steps()) + 1.0;
    tr!("step {}", units::length((ends.1 - ends.0) / cells))
}

fn three_digits(metres: f64) -> f64 {
    if metres <= 0.0 || !metres.is_finite() {
        return metres;
    }
    let places = 2 - libm::floor(libm::log10(metres)) as i32;
    let unit = libm::exp10(f64::from(places.abs()));
    if places >= 0 {
        (metres * unit).round() / unit
    } else {
        (metres / unit).round() * unit
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::assert_tidy;
    use super::*;
    use fathom_core::quant::{CodeSpec, OutputRange, ScalarCode};
    use proptest::prelude::*;

    fn crowd() -> Pieces {
        (0..7).fold(Pieces::depth_aware(), |pieces, i| {
            PieceEditor::split(&pieces, i % 3).unwrap_or(pieces)
        })
    }

    #[test]
    fn editors_are_tidy_at_every_width() {
        for width in [300.0, 340.0, 700.0] {
            for pieces in [Pieces::depth_aware(), crowd()] {
                let editor = PieceEditor::new(width, (0.3, 30.0), &pieces);
                for marked in [None, Some(EditorHit::Knot(1)), Some(EditorHit::Piece(0))] {
                    assert_tidy(&editor.scene(&pieces, marked));
                }
            }
        }
    }

    #[test]
    fn handles_come_before_pieces() {
        let pieces = Pieces::depth_aware();
        let editor = PieceEditor::new(700.0, (0.3, 30.0), &pieces);
        let x = |m: f64| editor.x.to_px(m);
        assert_eq!(
            editor.hit(&pieces, x(3.0) + 9.0, 70.0),
            Some(EditorHit::Knot(1))
        );
        assert_eq!(editor.hit(&pieces, x(1.2), 70.0), Some(EditorHit::Piece(0)));
        assert_eq!(editor.hit(&pieces, x(0.31), 70.0), None);
        assert_eq!(editor.hit(&pieces, x(3.0), 500.0), None);
        let text = editor.at(&pieces, x(1.2), 70.0).map(|r| r.text());
        assert_eq!(text.as_deref(), Some("[0.5, 3] m: 10 bits, step 2.44 mm"));
        let text = editor.at(&pieces, x(3.0), 70.0).map(|r| r.text());
        assert_eq!(text.as_deref(), Some("knot: 3 m"));
    }

    #[test]
    fn the_step_shown_is_that_of_the_code() {
        let pieces = Pieces::depth_aware();
        let range = OutputRange::new(0.5, 15.0).expect("a range");
        let code = CodeSpec::Piecewise(pieces.clone())
            .over(range, Bits::EIGHT)
            .expect("a code");
        let ((from, to), bits) = spans(&pieces).next().expect("a piece");
        let step = code.value_m(5) - code.value_m(4);
        assert!((step - (to - from) / (f64::from(bits.steps()) + 1.0)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn knots_ascend_whatever_is_done(edits in proptest::collection::vec((0_u8..5, 0_usize..10, -900_i32..900), 0..30)) {
            let mut pieces = Pieces::depth_aware();
            for (kind, i, by) in edits {
                let editor = PieceEditor::new(340.0, (0.1, 100.0), &pieces);
                pieces = match kind {
                    0 => editor.dragged(&pieces, i, f64::from(by)),
                    1 => editor.stepped(&pieces, i, by),
                    2 => PieceEditor::split(&pieces, i).unwrap_or(pieces),
                    3 => PieceEditor::joined(&pieces, i).unwrap_or(pieces),
                    _ => PieceEditor::with_bits(&pieces, i, (by % 4) as i8),
                };
                prop_assert!(pieces.knots_m.windows(2).all(|w| w[0] < w[1]), "{pieces:?}");
                prop_assert_eq!(pieces.knots_m.len(), pieces.bits.len() + 1);
                prop_assert!(!pieces.bits.is_empty() && pieces.bits.len() <= MOST_PIECES);
            }
            let range = OutputRange::new(0.1, 100.0).expect("a range");
            prop_assert!(CodeSpec::Piecewise(pieces).over(range, Bits::EIGHT).is_ok());
        }
    }

    #[test]
    fn depths_are_rounded_to_three_digits() {
        for (metres, rounded) in [
            (3.0049, 3.0),
            (12.345, 12.3),
            (0.12345, 0.123),
            (1234.0, 1230.0),
        ] {
            assert_eq!(three_digits(metres), rounded);
        }
        assert!(three_digits(0.0) == 0.0 && three_digits(f64::NAN).is_nan());
    }
}
