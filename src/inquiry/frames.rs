//! One frame for a worker to compare: what it needs to know besides the files, and from decoded maps to the comparison.

use serde::{Deserialize, Serialize};

use crate::bridge::FrameFiles;
use crate::compare::{CompareSettings, FrameComparison, FrameMaps, ground_truth_m, prediction_m};
use crate::depth::{Encoding, RawMap, Region, Role};
use crate::stats::Window;

/// A frame to compare. Its files come along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameOrder {
    /// Where its maps come from.
    pub files: FrameFiles,
    /// Numbers that mean "no depth" in ground truth.
    pub markers: Vec<f64>,
    /// Depths of the ground truth that count.
    pub window: Window,
    /// What is asked for.
    pub settings: CompareSettings,
}

/// One comparison per map of the frame's files, or one sentence.
pub type FrameResult = Result<Vec<FrameComparison>, String>;

/// A decoded map.
#[derive(Clone, Copy, Debug)]
pub struct FrameMap<'a> {
    /// What it is.
    pub role: Role,
    /// From samples to metres.
    pub encoding: Encoding,
    /// The map.
    pub map: &'a RawMap,
}

/// Compares the maps of a frame, all of one size, where `region` and the window let pixels count.
///
/// # Errors
/// One sentence: sizes differ, or there is no pixel to compare.
pub fn compare(
    maps: &[FrameMap<'_>],
    region: &Region,
    order: &FrameOrder,
) -> Result<FrameComparison, String> {
    let of = |role| maps.iter().find(|map| map.role == role);
    let (Some(gt), Some(fp32), Some(int8)) =
        (of(Role::GroundTruth), of(Role::Float), of(Role::Quantized))
    else {
        return Err("a frame needs three maps".to_owned());
    };
    let size = |map: &FrameMap<'_>| (map.map.width(), map.map.height());
    let (width, height) = size(gt);
    if let Some(other) = maps.iter().find(|map| size(map) != (width, height)) {
        return Err(format!(
            "its ground truth is {width} x {height} pixels and a prediction {} x {}; expected one size: choose a resize for the predictions",
            size(other).0,
            size(other).1
        ));
    }
    let mut gt_m = ground_truth_m(&gt.map.samples, gt.encoding, &order.markers);
    leave_out(&mut gt_m, (height, width), region, &order.window);
    let fp32_m = prediction_m(&fp32.map.samples, fp32.encoding);
    let int8_m = prediction_m(&int8.map.samples, int8.encoding);
    let maps = FrameMaps {
        width,
        gt_m: &gt_m,
        fp32_m: &fp32_m,
        int8_m: &int8_m,
    };
    FrameComparison::of(&maps, &order.settings).map_err(|error| error.to_string())
}

/// Makes pixels NaN that do not count.
fn leave_out(map_m: &mut [f64], (height, width): (usize, usize), region: &Region, window: &Window) {
    let (rows, columns) = region.crop.window(height, width);
    let mask = region
        .mask
        .as_ref()
        .filter(|mask| mask.dim() == (height, width));
    for (at, depth_m) in map_m.iter_mut().enumerate() {
        let (row, column) = (at / width, at % width);
        let stays = rows.contains(&row)
            && columns.contains(&column)
            && mask.is_none_or(|mask| mask[(row, column)])
            && window.contains(*depth_m);
        if !stays {
            *depth_m = f64::NAN;
        }
    }
}
