//! The maps of one frame and their differences: colours, scales, values of a pixel, and profiles along a line.

use crate::{
    Profile, colours, depth_range, difference, difference_colours, difference_legend,
    difference_range, legend,
};
use fathom_analysis::compare::FramePreview;
use fathom_analysis::compare::OutputGrid;
use fathom_core::depth::{Encoding, Role};
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::units;
use ndarray::Array2;

/// Colours of a legend's strip.
const LEGEND_STEPS: usize = 24;

/// One image of the viewer.
#[derive(Clone, Debug, PartialEq)]
pub struct Pane {
    /// Title of the pane.
    pub title: &'static str,
    /// One colour per pixel, row by row.
    pub colours: Vec<u32>,
    /// True for a difference of two maps.
    pub is_difference: bool,
}

/// A scale of colours with its ends.
#[derive(Clone, Debug, PartialEq)]
pub struct PaneScale {
    /// The maps of the scale.
    pub title: &'static str,
    /// Text at its first colour.
    pub from: String,
    /// Text at its last colour.
    pub to: String,
    /// CSS colours from the first to the last.
    pub colours: Vec<String>,
    /// Values of the first and the last colour, in metres.
    pub ends_m: (f64, f64),
}

/// Everything that the viewer draws of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FramePanes {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The maps, then their differences.
    pub panes: Vec<Pane>,
    /// Depths of the first and the last colour of all maps, in metres.
    pub range_m: (f64, f64),
    /// The scales: one for all differences against the truth, one for those between predictions.
    pub scales: Vec<PaneScale>,
}

impl FramePanes {
    /// The scale of the maps.
    #[must_use]
    pub fn depth_scale(&self) -> PaneScale {
        let (near_m, far_m) = self.range_m;
        PaneScale {
            title: tr!("depth"),
            from: units::length(near_m),
            to: units::length(far_m),
            colours: legend(LEGEND_STEPS),
            ends_m: self.range_m,
        }
    }
}

fn map_of(look: &FramePreview, role: Role) -> Option<&[f64]> {
    let map = look.maps_m.iter().find(|(own, _)| *own == role);
    map.map(|(_, map_m)| map_m.as_slice())
}

/// The meaningful differences: minuend, subtrahend, title, and true if the ground truth is one of the two.
const DIFFERENCES: [(Role, Role, &str); 6] = [
    (Role::Float, Role::GroundTruth, msgid("FP32 \u{2212} truth")),
    (
        Role::Quantized,
        Role::GroundTruth,
        msgid("INT8 \u{2212} truth"),
    ),
    (Role::Quantized, Role::Float, msgid("INT8 \u{2212} FP32")),
    (
        Role::Board,
        Role::GroundTruth,
        msgid("board \u{2212} truth"),
    ),
    (Role::Board, Role::Quantized, msgid("board \u{2212} INT8")),
    (Role::Board, Role::Float, msgid("board \u{2212} FP32")),
];

/// Pairs of maps by what their difference tells of quantization, the most telling first.
const TELLING_PAIRS: [(Role, Role); 5] = [
    (Role::Quantized, Role::Float),
    (Role::Board, Role::Float),
    (Role::Quantized, Role::GroundTruth),
    (Role::Board, Role::GroundTruth),
    (Role::Float, Role::GroundTruth),
];

/// The differences of the maps that are there. The board's map stands against FP32's only where the simulator's is missing.
fn differences(look: &FramePreview) -> impl Iterator<Item = (Role, Role, &'static str)> {
    let has_int8 = map_of(look, Role::Quantized).is_some();
    let is_shown = move |(a, b): (Role, Role)| (a, b) != (Role::Board, Role::Float) || !has_int8;
    let pairs = DIFFERENCES.into_iter();
    pairs.filter(move |(a, b, _)| is_shown((*a, *b)))
}

/// The images of a frame. All maps share one range of colours, `range_m` in metres or else their own. All differences of one kind share one,
/// too.
#[must_use]
pub fn frame_panes(look: &FramePreview, range_m: Option<(f64, f64)>) -> FramePanes {
    images(look, range_m, None)
}

/// The images of a frame, with the ends of the colours of maps and the size of difference with the last colour, where these are known.
fn images(look: &FramePreview, range_m: Option<(f64, f64)>, most_m: Option<f64>) -> FramePanes {
    let maps = || look.maps_m.iter().map(|(_, map_m)| map_m.as_slice());
    let range_m = range_m.unwrap_or_else(|| depth_range(maps()));
    let mut panes: Vec<Pane> = look
        .maps_m
        .iter()
        .map(|(role, map_m)| Pane {
            title: role.title(),
            colours: depth_colours(look, map_m, range_m),
            is_difference: false,
        })
        .collect();
    let mut scales = Vec::new();
    for (against_truth, title) in [
        (true, tr!("against truth")),
        (false, tr!("between predictions")),
    ] {
        let kind: Vec<(&'static str, Vec<f64>)> = differences(look)
            .filter(|(_, b, _)| (*b == Role::GroundTruth) == against_truth)
            .filter_map(|(a, b, title)| {
                Some((
                    tr_dynamic(title),
                    difference(map_of(look, a)?, map_of(look, b)?),
                ))
            })
            .collect();
        if kind.is_empty() {
            continue;
        }
        let sizes = || kind.iter().map(|(_, values)| values.as_slice());
        let most_m = most_m.unwrap_or_else(|| difference_range(sizes()));
        scales.push(PaneScale {
            title,
            from: format!("\u{2212}{}", units::length(most_m)),
            to: format!("+{}", units::length(most_m)),
            colours: difference_legend(LEGEND_STEPS),
            ends_m: (-most_m, most_m),
        });
        panes.extend(kind.into_iter().map(|(title, values)| Pane {
            title,
            colours: difference_colours(look.width, &values, most_m),
            is_difference: true,
        }));
    }
    let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    FramePanes {
        width: side(look.width),
        height: side(look.height),
        panes,
        range_m,
        scales,
    }
}

/// The most telling pair of a frame's maps with its difference: three images, the reference first, in the colours of other images if they
/// are given. `None` with fewer than two maps.
#[must_use]
pub fn change_panes(look: &FramePreview, like: Option<&FramePanes>) -> Option<FramePanes> {
    let (map, reference) = telling_pair(look)?;
    let own = |role: Role| map_of(look, role).map(|map_m| (role, map_m.to_vec()));
    let both = FramePreview {
        maps_m: vec![own(reference)?, own(map)?],
        ..*look
    };
    let most_m = like.and_then(|like| Some(like.scales.first()?.ends_m.1));
    Some(images(&both, like.map(|like| like.range_m), most_m))
}

fn telling_pair(look: &FramePreview) -> Option<(Role, Role)> {
    let has = |role: Role| map_of(look, role).is_some();
    let mut pairs = TELLING_PAIRS.into_iter();
    pairs.find(|(a, b)| has(*a) && has(*b))
}

/// The depth of the floating-point network, and the change of it by one layer: both images, each with its scale.
#[must_use]
pub fn layer_panes(width: usize, fp32_m: &[f32], rounded_m: &[f32]) -> FramePanes {
    let wide = |depths: &[f32]| depths.iter().map(|&metres| f64::from(metres)).collect();
    let both = FramePreview {
        width,
        height: fp32_m.len() / width.max(1),
        maps_m: vec![
            (Role::Float, wide(fp32_m)),
            (Role::Quantized, wide(rounded_m)),
        ],
    };
    let mut panes = frame_panes(&both, None);
    // The depth with rounding looks like that without.
    panes.panes.remove(1);
    if let Some(change) = panes.panes.last_mut() {
        change.title = tr!("change by this layer");
    }
    if let Some(scale) = panes.scales.last_mut() {
        scale.title = tr!("change");
    }
    panes
}

fn depth_colours(look: &FramePreview, map_m: &[f64], range_m: (f64, f64)) -> Vec<u32> {
    let shape = (look.height, look.width);
    match Array2::from_shape_vec(shape, map_m.to_vec()) {
        Ok(samples) => colours(&samples, Encoding::METRES, &[], range_m),
        Err(_) => Vec::new(),
    }
}

/// Column and row of a point in shares of width and height; `None` outside the image.
#[must_use]
pub fn pixel_at(look: &FramePreview, point: (f64, f64)) -> Option<(usize, usize)> {
    let inside = |share: f64| (0.0..1.0).contains(&share);
    (inside(point.0) && inside(point.1)).then(|| {
        let at = |share: f64, size: usize| (share * size as f64) as usize;
        (at(point.0, look.width), at(point.1, look.height))
    })
}

/// The point in shares of width and height at the centre of a pixel.
#[must_use]
pub fn point_at(look: &FramePreview, (column, row): (usize, usize)) -> (f64, f64) {
    let share = |at: usize, size: usize| (at as f64 + 0.5) / size.max(1) as f64;
    (share(column, look.width), share(row, look.height))
}

/// The pixel where INT8 differs most from FP32, else where a prediction differs most from the truth; `None` without two maps.
#[must_use]
pub fn worst_pixel(look: &FramePreview) -> Option<(usize, usize)> {
    let (a, b) = telling_pair(look)?;
    let (a, b) = (map_of(look, a)?, map_of(look, b)?);
    let error = |at: usize| (a[at] - b[at]).abs();
    let finite = (0..a.len().min(b.len())).filter(|at| error(*at).is_finite());
    let worst = finite.max_by(|i, j| error(*i).total_cmp(&error(*j)))?;
    Some((worst % look.width, worst / look.width))
}

/// The depth of a pixel in metres: of the truth, else of the first map that has one there.
#[must_use]
pub fn depth_at_pixel(look: &FramePreview, (column, row): (usize, usize)) -> Option<f64> {
    let truth = map_of(look, Role::GroundTruth).into_iter();
    let maps = truth.chain(look.maps_m.iter().map(|(_, map_m)| map_m.as_slice()));
    let at = row * look.width + column;
    maps.filter_map(|map_m| map_m.get(at).copied())
        .find(|depth_m| depth_m.is_finite())
}

/// Values of all maps and differences at a pixel, with the samples of the files where they are known.
#[must_use]
pub fn pixel_text(
    look: &FramePreview,
    (column, row): (usize, usize),
    samples: &[(Role, f64)],
) -> String {
    let at = row * look.width + column;
    let depth = |role: Role| map_of(look, role).and_then(|map_m| map_m.get(at).copied());
    let mut readings: Vec<String> = look
        .maps_m
        .iter()
        .filter_map(|(role, map_m)| {
            let depth_m = *map_m.get(at)?;
            let text = if depth_m.is_finite() {
                units::depth(depth_m)
            } else {
                tr!("no depth").to_owned()
            };
            let sample = samples.iter().find(|(own, _)| own == role);
            Some(match sample {
                Some((_, sample)) => tr!(
                    "{} {depth} (sample {})",
                    role.letter(),
                    units::depth_number(*sample),
                    depth = text
                ),
                None => format!("{} {text}", role.letter()),
            })
        })
        .collect();
    readings.extend(differences(look).filter_map(|(a, b, title)| {
        let difference = depth(a)? - depth(b)?;
        let size = units::length(difference.abs());
        let text = format!("{title} {}", units::with_sign(difference, &size));
        difference.is_finite().then_some(text)
    }));
    tr!(
        "Column {column}, row {row}: {}",
        readings.join(" \u{b7} "),
        column,
        row
    )
}

/// A line of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileLine {
    /// Across the image, at a row.
    Row(usize),
    /// Down the image, at a column.
    Column(usize),
}

/// The depths along a line.
#[must_use]
pub fn profile(look: &FramePreview, line: ProfileLine, grid: Option<&OutputGrid>) -> Profile {
    let along = |role: Role| -> Vec<Option<f64>> {
        let Some(map_m) = map_of(look, role) else {
            return Vec::new();
        };
        let depth = |at: usize| map_m.get(at).copied().filter(|d| d.is_finite());
        match line {
            ProfileLine::Row(row) => (0..look.width)
                .map(|x| depth(row * look.width + x))
                .collect(),
            ProfileLine::Column(column) => (0..look.height)
                .map(|y| depth(y * look.width + column))
                .collect(),
        }
    };
    let levels_m = grid.map_or_else(Vec::new, |grid| grid.levels_m().collect());
    Profile {
        gt_m: along(Role::GroundTruth),
        fp32_m: along(Role::Float),
        int8_m: along(Role::Quantized),
        levels_m,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look() -> FramePreview {
        FramePreview {
            width: 3,
            height: 2,
            maps_m: vec![
                (Role::GroundTruth, vec![1.0, f64::NAN, 2.0, 1.5, 1.5, 3.0]),
                (Role::Float, vec![1.1, 1.2, 2.1, 1.4, 1.6, 3.2]),
                (Role::Quantized, vec![1.0, 1.25, 2.0, 1.5, 1.5, 3.25]),
            ],
        }
    }

    #[test]
    fn maps_and_differences_have_an_image_each() {
        let panes = frame_panes(&look(), None);
        let titles: Vec<&str> = panes.panes.iter().map(|p| p.title).collect();
        assert_eq!(
            titles,
            [
                "Ground truth",
                "FP32 prediction",
                "INT8 prediction",
                "FP32 \u{2212} truth",
                "INT8 \u{2212} truth",
                "INT8 \u{2212} FP32"
            ]
        );
        assert!(panes.panes.iter().all(|p| p.colours.len() == 6));
        assert_eq!((panes.scales.len(), panes.range_m), (2, (1.0, 3.25)));
        let wider = frame_panes(&look(), Some((0.5, 30.0)));
        assert_ne!(wider.panes[0].colours, panes.panes[0].colours);
        assert_eq!(wider.panes[3], panes.panes[3], "a difference");
    }

    #[test]
    fn a_change_is_shown_with_its_two_maps() {
        let titles = |look: &FramePreview| -> Option<Vec<&str>> {
            Some(
                change_panes(look, None)?
                    .panes
                    .iter()
                    .map(|p| p.title)
                    .collect(),
            )
        };
        let mut look = look();
        let all = ["FP32 prediction", "INT8 prediction", "INT8 \u{2212} FP32"];
        assert_eq!(titles(&look), Some(all.to_vec()));
        let panes = change_panes(&look, None).expect("two maps");
        assert_eq!((panes.scales.len(), panes.range_m), (1, (1.0, 3.25)));
        // Another run in the same colours, although it has other ends.
        let mut other = look.clone();
        other.maps_m[2].1[0] = 0.5;
        let alone = change_panes(&other, None).expect("two maps");
        let alike = change_panes(&other, Some(&panes)).expect("two maps");
        assert_ne!(
            (alone.range_m, &alone.scales),
            (panes.range_m, &panes.scales)
        );
        assert_eq!(
            (alike.range_m, &alike.scales),
            (panes.range_m, &panes.scales)
        );
        assert_eq!(alike.panes[0], panes.panes[0], "FP32 is the same");
        look.maps_m[2].0 = Role::Board;
        let board = titles(&look).expect("two maps");
        assert_eq!(board[2], "board \u{2212} FP32");
        look.maps_m.remove(1);
        let truth = titles(&look).expect("two maps");
        assert_eq!(
            (truth[0], truth[2]),
            ("Ground truth", "board \u{2212} truth")
        );
        look.maps_m.remove(1);
        assert_eq!(titles(&look), None);
    }

    #[test]
    fn the_worst_pixel_is_where_int8_differs_most_from_fp32() {
        let mut look = look();
        look.maps_m[2].1[4] = 0.9;
        assert_eq!(worst_pixel(&look), Some((1, 1)));
        assert_eq!(pixel_at(&look, point_at(&look, (1, 1))), Some((1, 1)));
        assert_eq!(depth_at_pixel(&look, (1, 1)), Some(1.5));
        assert_eq!(depth_at_pixel(&look, (1, 0)), Some(1.2), "no truth there");
        // Without INT8, FP32 against the truth; pixels without truth do not count.
        look.maps_m.truncate(2);
        look.maps_m[1].1[1] = 9.0;
        assert_eq!(worst_pixel(&look), Some((2, 1)));
        look.maps_m.truncate(1);
        assert_eq!(worst_pixel(&look), None);
    }

    #[test]
    fn a_pixel_is_read_in_all_maps() {
        let look = look();
        assert_eq!(pixel_at(&look, (0.99, 0.5)), Some((2, 1)));
        assert_eq!(pixel_at(&look, (1.0, 0.5)), None);
        let text = pixel_text(&look, (2, 1), &[]);
        assert!(
            text.starts_with("Column 2, row 1: G 3 m \u{b7} F 3.2 m"),
            "{text}"
        );
        assert!(text.contains("INT8 \u{2212} truth +250 mm"), "{text}");
        let text = pixel_text(&look, (1, 0), &[(Role::GroundTruth, 0.0)]);
        assert!(
            text.contains("G no depth (sample 0)") && !text.contains("truth"),
            "{text}"
        );
    }

    #[test]
    fn a_profile_is_a_row_or_a_column() {
        let look = look();
        let row = profile(&look, ProfileLine::Row(0), None);
        assert_eq!(row.gt_m, [Some(1.0), None, Some(2.0)]);
        let column = profile(&look, ProfileLine::Column(2), None);
        assert_eq!(column.int8_m, [Some(2.0), Some(3.25)]);
        assert!(
            profile(&look, ProfileLine::Row(9), None)
                .gt_m
                .iter()
                .all(Option::is_none)
        );
    }
}
