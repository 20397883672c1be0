//! Ways in which a map can lie on a frame: orientations, crops, borders.

use super::repair::{AxisOrder, Flip, Repair, Window};
use fathom_core::depth::Crop;
use serde::{Deserialize, Serialize};

/// The kind of a window, for its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Fit {
    /// The map has the size of the frame.
    Same,
    /// The map is the whole frame at another resolution.
    Resized,
    /// The map is the lower middle of the frame, as KITTI's benchmark crops it.
    BottomCrop,
    /// The map is the middle of the frame.
    CentreCrop,
    /// The map is the upper left of the frame.
    CornerCrop,
    /// The map is the part of NYUv2 that is evaluated.
    NyuCrop,
    /// The map is the frame with borders.
    Borders(Borders),
    /// The map is the middle of the frame at another resolution.
    ScaledCentreCrop,
    /// The map is the frame at another resolution, with borders that make up its shape.
    Letterbox(Borders),
}

/// The sides on which borders are. Both of an axis hold borders of equal width, up to a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Borders {
    /// At the left.
    pub left: bool,
    /// At the top.
    pub top: bool,
    /// At the right.
    pub right: bool,
    /// At the bottom.
    pub bottom: bool,
}

/// Where a frame lies along an axis of a map that is longer.
#[derive(Clone, Copy)]
enum Align {
    Start,
    Middle,
    End,
}

impl Align {
    const ALL: [Self; 3] = [Self::Start, Self::Middle, Self::End];

    /// The first pixel of the map, for a map that is this many pixels longer. Of two borders, the one before the frame is the smaller.
    fn start(self, longer: i32) -> i32 {
        match self {
            Self::Start => 0,
            Self::Middle => -(longer / 2),
            Self::End => -longer,
        }
    }
}

impl Borders {
    /// The borders of a map that covers such a window.
    fn of(window: &Window) -> Self {
        let end = |start: i32, covered: u32| i64::from(start) + i64::from(covered);
        Self {
            left: window.left < 0,
            top: window.top < 0,
            right: end(window.left, window.width) > i64::from(window.frame_width),
            bottom: end(window.top, window.height) > i64::from(window.frame_height),
        }
    }
}

/// A position of a map on a frame: first axes are swapped, then reversed, then the window is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// True if rows and columns are swapped.
    pub transposed: bool,
    /// Reversed axes, after the swap.
    pub flip: Option<Flip>,
    /// The window, unless it is the whole frame in its own size.
    pub window: Option<Window>,
    /// The kind of the window.
    pub fit: Fit,
}

/// Rows and columns.
pub(super) type Size = (usize, usize);

impl Placement {
    /// The map as it is.
    pub const AS_IS: Self = Self {
        transposed: false,
        flip: None,
        window: None,
        fit: Fit::Same,
    };

    /// The repairs that give this placement, in the order of their application.
    #[must_use]
    pub fn repairs(&self) -> Vec<Repair> {
        let axes = self
            .transposed
            .then_some(Repair::SwapAxes(AxisOrder::Transposed));
        let flip = self.flip.map(Repair::Flip);
        let window = self.window.map(Repair::Window);
        axes.into_iter().chain(flip).chain(window).collect()
    }

    /// Row and column of a map of this size that lie at a pixel of the frame; `None` outside the map.
    pub(super) fn source(&self, y: usize, x: usize, map: Size) -> Option<Size> {
        let (height, width) = if self.transposed { (map.1, map.0) } else { map };
        let (mut y, mut x) = match &self.window {
            Some(window) => window.source(y, x, height, width)?,
            None => (y, x),
        };
        if y >= height || x >= width {
            return None;
        }
        if self.flip.is_some_and(Flip::rows) {
            y = height - 1 - y;
        }
        if self.flip.is_some_and(Flip::columns) {
            x = width - 1 - x;
        }
        Some(if self.transposed { (x, y) } else { (y, x) })
    }
}

const FLIPS: [Option<Flip>; 4] = [
    None,
    Some(Flip::Rows),
    Some(Flip::Columns),
    Some(Flip::Both),
];

/// The placements that a map of one size may have on a frame of another, the likeliest first. Without another reason the first holds.
pub(super) fn placements(frame: Size, map: Size) -> Vec<Placement> {
    let oriented = |transposed| {
        FLIPS.map(|flip| Placement {
            transposed,
            flip,
            ..Placement::AS_IS
        })
    };
    if frame == map {
        let mut out = oriented(false).to_vec();
        if frame.0 == frame.1 {
            out.extend(oriented(true));
        }
        return out;
    }
    let mut out: Vec<Placement> = Vec::new();
    if map == (frame.1, frame.0) {
        out.extend(oriented(true));
    }
    for (fit, window) in windows(frame, map) {
        if out.iter().all(|p| p.window != Some(window)) {
            out.push(Placement {
                window: Some(window),
                fit,
                ..Placement::AS_IS
            });
        }
    }
    out
}

fn windows(frame: Size, map: Size) -> Vec<(Fit, Window)> {
    let whole = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
    let (frame_height, frame_width) = (whole(frame.0), whole(frame.1));
    let (height, width) = (whole(map.0), whole(map.1));
    let window = |top: i32, left: i32, height: i32, width: i32| Window {
        top,
        left,
        height: height.max(1).unsigned_abs(),
        width: width.max(1).unsigned_abs(),
        frame_height: frame_height.unsigned_abs(),
        frame_width: frame_width.unsigned_abs(),
    };
    let (down, right) = (frame_height - height, frame_width - width);
    let mut out = Vec::new();
    let same_shape = same_aspect(frame, map);
    if same_shape {
        out.push((Fit::Resized, window(0, 0, frame_height, frame_width)));
    }
    if down >= 0 && right >= 0 {
        let (rows, columns) = Crop::Nyu.window(frame.0, frame.1);
        if (rows.len(), columns.len()) == map {
            let at = window(whole(rows.start), whole(columns.start), height, width);
            out.push((Fit::NyuCrop, at));
        }
        out.push((Fit::BottomCrop, window(down, right / 2, height, width)));
        out.push((Fit::CentreCrop, window(down / 2, right / 2, height, width)));
        out.push((Fit::CornerCrop, window(0, 0, height, width)));
    }
    if down <= 0 && right <= 0 {
        // The commonest first: borders at the ends, on all sides, at the starts.
        let mut aligned: Vec<(Align, Align)> = Align::ALL.map(|at| (at, at)).to_vec();
        for rows in Align::ALL {
            aligned.extend(Align::ALL.map(|columns| (rows, columns)));
        }
        for (rows, columns) in aligned {
            let at = window(rows.start(-down), columns.start(-right), height, width);
            out.push((Fit::Borders(Borders::of(&at)), at));
        }
    }
    if !same_shape {
        let ratio = |a: i32, b: i32| f64::from(a) / f64::from(b);
        let (by_rows, by_columns) = (ratio(height, frame_height), ratio(width, frame_width));
        let covered =
            |scale: f64| [height, width].map(|length| (f64::from(length) / scale).round() as i32);
        let middle = |whole: i32, part: i32| (whole - part).div_euclid(2);
        let [h, w] = covered(by_rows.min(by_columns));
        let (below, beside) = (h - frame_height, w - frame_width);
        let centred = (middle(frame_height, h), middle(frame_width, w));
        // The borders lie in one axis: the other is covered exactly, up to rounding.
        for (top, left) in [centred, (0, 0), (-below, -beside)] {
            let at = window(top, left, h, w);
            out.push((Fit::Letterbox(Borders::of(&at)), at));
        }
        let [h, w] = covered(by_rows.max(by_columns));
        let at = window(middle(frame_height, h), middle(frame_width, w), h, w);
        out.push((Fit::ScaledCentreCrop, at));
        out.push((Fit::Resized, window(0, 0, frame_height, frame_width)));
    }
    out
}

/// Largest relative difference of two aspect ratios that count as equal. Sides rounded to multiples of 32 differ by more.
const SAME_ASPECT: f64 = 0.01;

/// True if two sizes have the same aspect ratio.
pub(super) fn same_aspect(a: Size, b: Size) -> bool {
    let aspect = |s: Size| s.1 as f64 / s.0.max(1) as f64;
    let one_pixel = 1.0 / (b.0.min(b.1).max(1) as f64);
    (aspect(a) / aspect(b) - 1.0).abs() <= SAME_ASPECT.max(one_pixel.min(0.02))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understanding::reorder_stack;
    use fathom_core::depth::{Dtype, Format, RawMap, Samples};
    use ndarray::Array2;

    #[test]
    fn kittis_window_is_where_its_kit_puts_it() {
        let all = placements((375, 1242), (352, 1216));
        let kitti = all.iter().find(|p| p.fit == Fit::BottomCrop).expect("it");
        let w = kitti.window.expect("a window");
        assert_eq!((w.top, w.left, w.height, w.width), (23, 13, 352, 1216));
        assert_eq!(all[0].fit, Fit::BottomCrop);
        assert_eq!(placements((480, 640), (240, 320))[0].fit, Fit::Resized);
        assert_eq!(placements((480, 640), (426, 560))[0].fit, Fit::NyuCrop);
        let ends = Borders {
            right: true,
            bottom: true,
            ..Borders::default()
        };
        assert_eq!(placements((96, 128), (98, 140))[0].fit, Fit::Borders(ends));
        assert_eq!(placements((48, 64), (64, 48))[0].repairs().len(), 1);
    }

    #[test]
    fn a_letterbox_covers_more_than_the_frame() {
        let all = placements((375, 1242), (640, 640));
        let is_letterbox = |p: &&Placement| matches!(p.fit, Fit::Letterbox(_));
        let p = all.iter().find(is_letterbox).expect("it");
        let w = p.window.expect("a window");
        assert_eq!((w.height, w.width, w.left), (1242, 1242, 0));
        assert_eq!(w.top, -434);
        // The first row of the frame lies below the border of 223 rows.
        assert_eq!(p.source(0, 0, (640, 640)), Some((223, 0)));
        assert_eq!(p.source(374, 1241, (640, 640)), Some((416, 639)));
    }

    #[test]
    fn repairs_place_every_pixel_where_the_source_says() {
        for (frame, map) in [
            ((6, 6), (6, 6)),
            ((6, 9), (9, 6)),
            ((6, 9), (4, 7)),
            ((6, 9), (8, 12)),
            ((6, 9), (3, 3)),
        ] {
            let raw = RawMap::new(
                Samples::F32(Array2::from_shape_fn(map, |(y, x)| (y * 100 + x) as f32)),
                Format::Npy,
                Dtype::F32,
            );
            for placement in placements(frame, map) {
                let mut out = raw.clone();
                for repair in placement.repairs() {
                    out = match repair {
                        Repair::SwapAxes(order) => reorder_stack(&[out], order).remove(0),
                        other => other.apply(&out),
                    };
                }
                let Samples::F32(out) = out.samples else {
                    panic!("floats")
                };
                assert_eq!(out.dim(), frame, "{placement:?}");
                for ((y, x), value) in out.indexed_iter() {
                    let wanted = placement.source(y, x, map);
                    let got = (!value.is_nan()).then_some(*value);
                    assert_eq!(
                        got,
                        wanted.map(|(y, x)| (y * 100 + x) as f32),
                        "{placement:?}"
                    );
                }
            }
        }
    }
}
