//! Texts of a chart: their widths, and positions at which none covers another.
//!
//! Widths are upper estimates, because no font metrics are available where a chart is laid out.

use super::plot_rect::PlotRect;
use super::scene::{Align, Scene, Tint, Weight};

/// Steps of a line that labels keep off, in CSS pixels.
const LINE_STEP_PX: f64 = 6.0;

/// Lines of text that a label may stand farther from its point.
const FARTHER: u8 = 4;

/// Height of a line of text, in CSS pixels.
pub(super) const LINE_PX: f64 = 15.0;

/// The height of `rows` lines of text, in CSS pixels.
pub(super) fn lines_px(rows: usize) -> f64 {
    rows as f64 * LINE_PX
}

/// Widths of letters of 12 CSS pixels, in CSS pixels: those of `DejaVu Sans`, the widest of the fonts that browsers fall back to.
fn letter_px(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '\u{b7}' => 3.9,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' | '"' => 4.9,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '+' | '=' | '<' | '>' => 11.4,
        _ if letter.is_ascii_uppercase() => 8.6,
        _ if (letter as u32) < 0x1100 => 7.5,
        // Korean and other square letters.
        _ => 12.0,
    }
}

/// The width of a text, in CSS pixels.
pub(super) fn text_px(text: &str, weight: Weight) -> f64 {
    let stretch = match weight {
        Weight::Regular => 1.0,
        Weight::Bold => 1.12,
    };
    text.chars().map(letter_px).sum::<f64>() * stretch
}

/// The width of the widest text, in CSS pixels; zero for none.
pub(super) fn widest_px<'a>(texts: impl IntoIterator<Item = &'a str>, weight: Weight) -> f64 {
    let widths = texts.into_iter().map(|text| text_px(text, weight));
    widths.fold(0.0, f64::max)
}

/// A text cut to a width, its end replaced by an ellipsis where it does not fit.
pub(super) fn fitted(text: &str, weight: Weight, room_px: f64) -> String {
    if text_px(text, weight) <= room_px {
        return text.to_owned();
    }
    let mut out: String = text.to_owned();
    while !out.is_empty() && text_px(&out, weight) + letter_px('\u{2026}') > room_px {
        out.pop();
    }
    out.truncate(out.trim_end().len());
    out.push('\u{2026}');
    out
}

/// Names of frames in so many CSS pixels. Where one is wider, all lose the letters that they begin and end with; numbers stay whole where
/// there is room.
#[must_use]
pub fn short_names(names: &[String], room_px: f64) -> Vec<String> {
    let is_narrow = |name: &String| text_px(name, Weight::Bold) <= room_px;
    if names.iter().all(is_narrow) {
        return names.to_vec();
    }
    let letters: Vec<Vec<char>> = names.iter().map(|name| name.chars().collect()).collect();
    let shortest = letters.iter().map(Vec::len).min().unwrap_or_default();
    let is_common = |at: &dyn Fn(&[char]) -> Option<char>| {
        let mut all = letters.iter().map(|own| at(own));
        let first = all.next();
        all.all(|own| Some(own) == first)
    };
    let starts = (0..shortest).take_while(|&i| is_common(&|own| own.get(i).copied()));
    let start = starts.count();
    let last = |own: &[char], i: usize| own.get(own.len() - 1 - i).copied();
    let ends = (0..shortest - start).take_while(|&i| is_common(&|own| last(own, i)));
    let mut end = ends.count();
    let is_digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    let any = letters.first().map_or(&[][..], Vec::as_slice);
    while end > 0 && is_digit(last(any, end - 1)) {
        end -= 1;
    }
    let cut = |start: usize| -> Vec<String> {
        let own = |own: &Vec<char>| {
            let middle: String = own[start..own.len() - end].iter().collect();
            let dots = |count: usize| if count > 0 { "\u{2026}" } else { "" };
            format!("{}{middle}{}", dots(start), dots(end))
        };
        letters.iter().map(own).collect()
    };
    let common = any.iter().take(start).rev();
    let digits = common.take_while(|letter| letter.is_ascii_digit()).count();
    let whole = cut(start - digits);
    if whole.iter().all(is_narrow) {
        return whole;
    }
    let short = cut(start).into_iter();
    short
        .map(|name| fitted(&name, Weight::Bold, room_px))
        .collect()
}

/// Left and right end of a text on its anchor.
pub(super) fn extent(x: f64, text: &str, align: Align, weight: Weight) -> (f64, f64) {
    let width = text_px(text, weight);
    match align {
        Align::Start => (x, x + width),
        Align::Middle => (x - width / 2.0, x + width / 2.0),
        Align::End => (x - width, x),
    }
}

/// Heights moved apart so that none is nearer than a line to the next, keeping their order and staying between two heights while
/// there is room. The result is in the order given.
pub(super) fn spread(heights: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|&a, &b| heights[a].total_cmp(&heights[b]));
    let mut out = heights.to_vec();
    let mut limit = top;
    for &i in &order {
        out[i] = out[i].max(limit);
        limit = out[i] + LINE_PX;
    }
    let mut limit = bottom;
    for &i in order.iter().rev() {
        out[i] = out[i].min(limit);
        limit = out[i] - LINE_PX;
    }
    out
}

/// Centred labels laid out in as few rows as keep them apart, inside two edges.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LabelRows {
    /// Middle and row of each label, in the order given.
    pub(super) places: Vec<(f64, usize)>,
    /// Number of rows.
    pub(super) rows: usize,
}

impl LabelRows {
    /// Lays out labels, each with a preferred middle and a text. Earlier labels get the first rows.
    pub(super) fn new(labels: &[(f64, &str)], weight: Weight, left: f64, right: f64) -> Self {
        const GAP_PX: f64 = 8.0;
        let mut rows: Vec<Vec<(f64, f64)>> = Vec::new();
        let places = labels.iter().map(|&(wish, text)| {
            let half = text_px(text, weight) / 2.0;
            let middle = wish.clamp(left + half, (right - half).max(left + half));
            let (from, to) = (middle - half - GAP_PX, middle + half + GAP_PX);
            let is_free =
                |row: &Vec<(f64, f64)>| row.iter().all(|taken| to <= taken.0 || taken.1 <= from);
            let row = rows.iter().position(is_free).unwrap_or(rows.len());
            if row == rows.len() {
                rows.push(Vec::new());
            }
            rows[row].push((middle - half, middle + half));
            (middle, row)
        });
        Self {
            places: places.collect(),
            rows: rows.len(),
        }
    }
}

/// Finds positions for labels beside points, clear of other labels.
#[derive(Clone, Debug)]
pub(super) struct LabelPlacer {
    bounds: PlotRect,
    taken: Vec<PlotRect>,
    /// Places of lines, which a label covers only where there is no other place.
    lines: Vec<PlotRect>,
}

impl LabelPlacer {
    /// Creates a placer whose labels stay inside these bounds.
    pub(super) fn new(bounds: PlotRect) -> Self {
        Self {
            bounds,
            taken: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Reserves a rectangle: no label covers it.
    pub(super) fn reserve(&mut self, rectangle: PlotRect) {
        self.taken.push(rectangle);
    }

    /// Keeps labels off a line, as far as there is room beside it.
    pub(super) fn avoid(&mut self, line: &[(f64, f64)]) {
        for pair in line.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            let (across, down) = (to.0 - from.0, to.1 - from.1);
            let steps = (across.abs().max(down.abs()) / LINE_STEP_PX)
                .ceil()
                .max(1.0);
            for step in 0..=steps as usize {
                let share = step as f64 / steps;
                let at = (from.0 + share * across, from.1 + share * down);
                self.lines.push(PlotRect::around(at, 1.5));
            }
        }
    }

    /// Middle and background rectangle of a label beside a point: below, above, right or left of it, `gap` away, or farther where that is
    /// free of lines; `None` if there is no room.
    pub(super) fn put(
        &mut self,
        at: (f64, f64),
        text: &str,
        weight: Weight,
        gap: f64,
    ) -> Option<((f64, f64), PlotRect)> {
        let half = text_px(text, weight) / 2.0 + 3.0;
        let inside = |x: f64| {
            let low = self.bounds.left + half;
            x.clamp(low, (self.bounds.right - half).max(low))
        };
        let across = gap + LINE_PX / 2.0;
        let near = [
            (inside(at.0), at.1 + across),
            (inside(at.0), at.1 - across),
            (at.0 + gap + half, at.1),
            (at.0 - gap - half, at.1),
        ];
        let far = (1..=FARTHER).flat_map(|step| {
            let (beside, away) = (gap + half, f64::from(step) * LINE_PX);
            [
                (inside(at.0), at.1 + across + away),
                (inside(at.0), at.1 - across - away),
                (at.0 + beside, at.1 + away),
                (at.0 + beside, at.1 - away),
                (at.0 - beside, at.1 + away),
                (at.0 - beside, at.1 - away),
            ]
        });
        let ground = |place: (f64, f64)| PlotRect {
            left: place.0 - half,
            top: place.1 - 8.0,
            right: place.0 + half,
            bottom: place.1 + 8.0,
        };
        let meets = |places: &[PlotRect], place| places.iter().any(|own| own.meets(&ground(place)));
        let is_free = |place: &(f64, f64)| {
            ground(*place).is_inside(&self.bounds) && !meets(&self.taken, *place)
        };
        let mut places = near.into_iter().chain(far).filter(is_free);
        let off_lines = places.find(|&place| !meets(&self.lines, place));
        let place = off_lines.or_else(|| near.into_iter().find(is_free))?;
        self.taken.push(ground(place));
        Some((place, ground(place)))
    }

    /// Paints a label with a background beside a dot, in these two colours, if there is room.
    pub(super) fn paint(
        &mut self,
        scene: &mut Scene,
        dot: (f64, f64),
        text: &str,
        (ink, ground): (Tint, Tint),
        weight: Weight,
    ) {
        if text.is_empty() {
            return;
        }
        if let Some((place, on)) = self.put(dot, text, weight, 7.0) {
            scene.area((on.left, on.top), (on.right, on.bottom), ground);
            scene.text(place, text, ink, Align::Middle, weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn heights_keep_apart_and_inside(heights in proptest::collection::vec(0.0_f64..300.0, 0..20)) {
            let out = spread(&heights, 10.0, 295.0);
            let mut sorted = out.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert!(sorted.windows(2).all(|w| w[1] - w[0] >= LINE_PX - 1e-9), "{sorted:?}");
            prop_assert!(out.iter().all(|y| (10.0 - 1e-9..=295.0 + 1e-9).contains(y)), "{sorted:?}");
            for (i, a) in heights.iter().enumerate() {
                for (j, b) in heights.iter().enumerate() {
                    prop_assert!(a >= b || out[i] <= out[j], "the order is kept: {i} {j}");
                }
            }
        }

        #[test]
        fn labels_in_a_row_keep_apart(at in proptest::collection::vec(0.0_f64..400.0, 0..12)) {
            let labels: Vec<_> = at.iter().map(|&x| (x, "99.9 %")).collect();
            let rows = LabelRows::new(&labels, Weight::Regular, 0.0, 400.0);
            let half = text_px("99.9 %", Weight::Regular) / 2.0;
            for (i, a) in rows.places.iter().enumerate() {
                prop_assert!(a.0 - half >= 0.0 && a.0 + half <= 400.0 && a.1 < rows.rows);
                for b in &rows.places[..i] {
                    prop_assert!(a.1 != b.1 || (a.0 - b.0).abs() >= 2.0 * half);
                }
            }
        }
    }

    #[test]
    fn labels_beside_points_keep_apart_or_stay_away() {
        let bounds = PlotRect {
            left: 0.0,
            top: 0.0,
            right: 200.0,
            bottom: 100.0,
        };
        let mut placer = LabelPlacer::new(bounds);
        let put = |placer: &mut LabelPlacer| placer.put((100.0, 50.0), "7.5 m", Weight::Bold, 10.0);
        let grounds: Vec<PlotRect> = std::iter::from_fn(|| put(&mut placer))
            .map(|p| p.1)
            .collect();
        assert_eq!(grounds.len(), 4, "four sides: {grounds:?}");
        for (i, a) in grounds.iter().enumerate() {
            assert!(a.is_inside(&bounds) && !grounds[..i].iter().any(|b| a.meets(b)));
        }
        let mut low = LabelPlacer::new(bounds);
        low.reserve(PlotRect {
            top: 60.0,
            ..bounds
        });
        let (place, _) = low
            .put((0.0, 50.0), "7.5 m", Weight::Bold, 5.0)
            .expect("room");
        assert!(place.1 < 50.0 && place.0 > 10.0, "{place:?}");
    }

    #[test]
    fn a_text_is_cut_to_its_room() {
        assert_eq!(fitted("rounding", Weight::Bold, 100.0), "rounding");
        let cut = fitted("companding, relative error", Weight::Regular, 60.0);
        assert!(
            cut.ends_with('\u{2026}') && text_px(&cut, Weight::Regular) <= 60.0,
            "{cut}"
        );
        assert_eq!(fitted("abc", Weight::Regular, 0.0), "\u{2026}");
    }

    #[test]
    fn names_of_frames_lose_what_all_have() {
        let short = |names: &[&str], room_px| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            short_names(&names, room_px)
        };
        let names = ["frame_000600", "frame_000601"];
        assert_eq!(short(&names, 200.0), names);
        assert_eq!(short(&names, 86.0), ["\u{2026}000600", "\u{2026}000601"]);
        assert_eq!(short(&names, 40.0), ["\u{2026}0", "\u{2026}1"]);
        // The digit that both end with belongs to the number.
        let names = ["a_long_name_11", "a_long_name_21"];
        assert_eq!(short(&names, 60.0), ["\u{2026}11", "\u{2026}21"]);
        assert!(short(&[], 40.0).is_empty());
    }

    #[test]
    fn a_label_keeps_off_lines_where_it_can() {
        let bounds = PlotRect::inside((300.0, 200.0), 0.0, 0.0, 0.0, 0.0);
        let dot = (150.0, 100.0);
        let place = |lines: &[Vec<(f64, f64)>]| {
            let mut placer = LabelPlacer::new(bounds);
            lines.iter().for_each(|line| placer.avoid(line));
            placer
                .put(dot, "best 7 m", Weight::Bold, 7.0)
                .map(|(at, _)| at)
        };
        let under = place(&[]).expect("room");
        assert!(under.1 > dot.1);
        // A line under the dot sends it above, one on each side farther away.
        let below = vec![(0.0, 112.0), (300.0, 112.0)];
        let above = vec![(0.0, 88.0), (300.0, 88.0)];
        assert!(place(std::slice::from_ref(&below)).expect("room").1 < dot.1);
        let across = vec![(0.0, 100.0), (300.0, 100.0)];
        let far = place(&[below, above, across]).expect("room");
        assert!((far.1 - dot.1).abs() > 20.0, "{far:?}");
        // Lines everywhere: it stands where it would without any.
        let all = (0..40).map(|i| vec![(0.0, 5.0 * f64::from(i)), (300.0, 5.0 * f64::from(i))]);
        assert_eq!(place(&all.collect::<Vec<_>>()), Some(under));
    }
}
