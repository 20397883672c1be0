//! One frame for a worker to compare: what it needs to know besides the files, and from decoded maps to the comparison.

use std::borrow::Cow;

use crate::buffers::Buffers;
use crate::frame_files::FrameFiles;
use fathom_analysis::compare::{
    BoardSums, CompareSettings, FrameComparison, FrameMaps, FrameOutcome, FramePreview, PixelPairs,
    ground_truth_m, prediction_m,
};
use fathom_analysis::understanding::{
    FrameSample, Repair, RepairFit, RoleRepair, SampleSize, SampledMap,
};
use fathom_core::depth::{Encoding, RawMap, Region, Role};
use fathom_core::i18n::tr;
use fathom_core::stats::DepthWindow;
use serde::{Deserialize, Serialize};

/// A frame to compare. Its files come along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameOrder {
    /// The files of its maps.
    pub files: FrameFiles,
    /// Numbers that mean "no depth" in ground truth.
    pub markers: Vec<f64>,
    /// Depths of the ground truth that count.
    pub window: DepthWindow,
    /// Settings of the comparison.
    pub settings: CompareSettings,
    /// Numbers of pixels to sample.
    pub sample: SampleSize,
    /// A repair whose numbers are fitted.
    pub fit: Option<FitOrder>,
}

/// A repair whose numbers are fitted on all pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitOrder {
    /// The repair.
    pub repair: Repair,
    /// The role whose samples are repaired.
    pub role: Role,
    /// The role whose depths they should follow.
    pub reference: Role,
}

impl FitOrder {
    /// The fit that repairs of one answer need: that of FP32 on the ground truth, of codes on FP32. INT8 takes the numbers of FP32.
    #[must_use]
    pub fn new(repairs: &[RoleRepair]) -> Option<Self> {
        let fitted = |r: &&RoleRepair| RepairFit::new(r.repair).is_some();
        let RoleRepair { role, repair } = *repairs.iter().find(fitted)?;
        let is_code = matches!(repair, Repair::Codes { .. });
        let reference = if is_code || role == Role::GroundTruth {
            Role::Float
        } else {
            Role::GroundTruth
        };
        Some(Self {
            repair,
            role,
            reference,
        })
    }

    /// Adds the pixels of a frame up; `None` if a map is missing or sizes differ.
    #[must_use]
    pub fn sums(&self, maps: &[FrameMap<'_>], markers: &[f64]) -> Option<RepairFit> {
        let find = |role| maps.iter().find(|map| map.role == role);
        let (reference, own) = (find(self.reference)?, find(self.role)?);
        let size = |map: &FrameMap<'_>| (map.map.height(), map.map.width());
        if size(reference) != size(own) {
            return None;
        }
        let mut fit = RepairFit::new(self.repair)?;
        let samples = prediction_m(&own.map.samples, Encoding::METRES);
        for (&depth_m, &sample) in metres(reference, markers).iter().zip(&samples) {
            fit.add(depth_m, sample);
        }
        Some(fit)
    }
}

/// A decoded map.
#[derive(Clone, Copy, Debug)]
pub struct FrameMap<'a> {
    /// Its role.
    pub role: Role,
    /// From samples to metres.
    pub encoding: Encoding,
    /// The map.
    pub map: &'a RawMap,
}

/// The decoded maps of a role's file, in the size that is wanted.
#[derive(Clone, Debug)]
pub struct RoleMaps<'a> {
    /// Their role.
    pub role: Role,
    /// From samples to metres.
    pub encoding: Encoding,
    /// One map, or those of a stack.
    pub maps: Vec<Cow<'a, RawMap>>,
}

/// The number of maps that every role has.
#[must_use]
pub fn count_maps(roles: &[RoleMaps<'_>]) -> usize {
    let counts = roles.iter().map(|role| role.maps.len());
    counts.min().unwrap_or_default()
}

/// The maps of all roles at one place of their stacks.
#[must_use]
pub fn frame_maps<'a>(roles: &'a [RoleMaps<'_>], index: usize) -> Vec<FrameMap<'a>> {
    let at = |role: &'a RoleMaps<'_>| {
        Some(FrameMap {
            role: role.role,
            encoding: role.encoding,
            map: role.maps.get(index)?.as_ref(),
        })
    };
    roles.iter().filter_map(at).collect()
}

/// Size and roles of the maps of a frame, whose samples come along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewInfo {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Roles, in the order of the maps.
    pub roles: Vec<Role>,
    /// Which of the maps of its files it is, from 0.
    pub map: u32,
    /// Number of maps: more than one in stacks.
    pub of: u32,
}

impl PreviewInfo {
    /// The maps with the samples that came along.
    #[must_use]
    pub fn preview(&self, samples: Buffers) -> FramePreview {
        let roles = self.roles.iter().copied();
        FramePreview {
            width: self.width as usize,
            height: self.height as usize,
            maps_m: roles.zip(samples.doubles).collect(),
        }
    }
}

/// Samples the maps of a frame.
#[must_use]
#[inline(never)]
pub fn sample(maps: &[FrameMap<'_>], size: SampleSize, markers: &[f64]) -> FrameSample {
    let sampled: Vec<SampledMap<'_>> = maps
        .iter()
        .map(|map| SampledMap {
            role: map.role,
            map: map.map,
            markers: if map.role == Role::GroundTruth {
                markers
            } else {
                &[]
            },
        })
        .collect();
    FrameSample::measure(&sampled, size)
}

/// The maps of a frame in metres, all of one size; every pixel of predictions is shown, of ground truth those that count.
///
/// # Errors
/// One sentence: sizes differ, or there is no map.
#[inline(never)]
pub fn preview(
    maps: &[FrameMap<'_>],
    region: &Region,
    order: &FrameOrder,
) -> Result<FramePreview, String> {
    let (width, height) = one_size(maps)?;
    let in_metres = |map: &FrameMap<'_>| {
        let mut map_m = metres(map, &order.markers);
        if map.role == Role::GroundTruth {
            leave_out(&mut map_m, (height, width), region, &order.window);
        }
        (map.role, map_m)
    };
    Ok(FramePreview {
        width,
        height,
        maps_m: maps.iter().map(in_metres).collect(),
    })
}

/// The maps of a frame in metres, ready to be compared: all of one size, NaN where a pixel does not count.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameDepths {
    width: usize,
    gt_m: Option<Vec<f64>>,
    fp32_m: Option<Vec<f64>>,
    int8_m: Option<Vec<f64>>,
    board_m: Option<Vec<f64>>,
}

impl FrameDepths {
    /// From decoded maps, where `region` and the order's window let pixels count.
    ///
    /// # Errors
    /// One sentence: sizes differ, or there is no map.
    #[inline(never)]
    pub fn new(maps: &[FrameMap<'_>], region: &Region, order: &FrameOrder) -> Result<Self, String> {
        let (width, height) = one_size(maps)?;
        let metres = |role: Role| {
            let map = maps.iter().find(|map| map.role == role)?;
            Some(metres(map, &order.markers))
        };
        let mut depths = Self {
            width,
            gt_m: metres(Role::GroundTruth),
            fp32_m: metres(Role::Float),
            int8_m: metres(Role::Quantized),
            board_m: metres(Role::Board),
        };
        // What does not count is taken out of the map that says which pixels are valid.
        if let Some(reference) = depths.gt_m.as_mut().or(depths.fp32_m.as_mut()) {
            leave_out(reference, (height, width), region, &order.window);
        }
        Ok(depths)
    }

    /// Gathers the pixels by their prediction, for other codes: those that a comparison has in common. Nothing where ground truth or FP32
    /// is missing.
    #[inline(never)]
    pub fn count_pixels(&self, sums: &mut PixelPairs) {
        let (Some(gt_m), Some(fp32_m)) = (&self.gt_m, &self.fp32_m) else {
            return;
        };
        match &self.int8_m {
            Some(int8_m) if int8_m.iter().any(|m| !m.is_finite()) => {
                let both = gt_m.iter().zip(int8_m);
                let common = both.map(|(&gt, int8)| if int8.is_finite() { gt } else { f64::NAN });
                sums.add(&common.collect::<Vec<_>>(), fp32_m);
            }
            _ => sums.add(gt_m, fp32_m),
        }
    }

    /// Compares the maps.
    ///
    /// # Errors
    /// One sentence: there is one map only, or no pixel to compare.
    #[inline(never)]
    pub fn compare(&self, settings: &CompareSettings) -> Result<FrameOutcome, String> {
        let (int8_m, board_m) = (self.int8_m.as_deref(), self.board_m.as_deref());
        let of = |quantized: Option<&[f64]>| {
            let (gt_m, fp32_m) = (self.gt_m.as_deref(), self.fp32_m.as_deref());
            let (maps, evidence) = FrameMaps::with_stand_ins(self.width, gt_m, fp32_m, quantized)
                .ok_or(tr!(
                "it has one map; expected two at least: drop its other maps too"
            ))?;
            let compared = FrameComparison::measure(&maps, settings).map_err(|e| e.to_string())?;
            Ok::<_, String>((compared, evidence))
        };
        // A board's map alone is the quantized one.
        let (compared, evidence) = of(int8_m.or(board_m))?;
        let board = match (int8_m, board_m) {
            (Some(int8_m), Some(board_m)) => {
                Some((of(Some(board_m))?.0, BoardSums::measure(int8_m, board_m)))
            }
            _ => None,
        };
        Ok(FrameOutcome {
            evidence,
            compared,
            board,
        })
    }
}

#[inline(never)]
fn metres(map: &FrameMap<'_>, markers: &[f64]) -> Vec<f64> {
    match map.role {
        Role::GroundTruth => ground_truth_m(&map.map.samples, map.encoding, markers),
        _ => prediction_m(&map.map.samples, map.encoding),
    }
}

/// Columns and rows of all maps.
fn one_size(maps: &[FrameMap<'_>]) -> Result<(usize, usize), String> {
    let first = maps.first().ok_or(tr!(
        "it has no map; expected two at least: drop its other maps too",
    ))?;
    let size = (first.map.width(), first.map.height());
    let other = maps
        .iter()
        .find(|map| (map.map.width(), map.map.height()) != size);
    match other {
        None => Ok(size),
        Some(other) => Err(tr!(
            "its {} is {} x {} pixels and its {} {} x {}; expected one size: choose a resize for predictions",
            first.role.title(),
            size.0,
            size.1,
            other.role.title(),
            other.map.width(),
            other.map.height()
        )),
    }
}

/// Makes pixels NaN that do not count.
#[inline(never)]
fn leave_out(
    map_m: &mut [f64],
    (height, width): (usize, usize),
    region: &Region,
    window: &DepthWindow,
) {
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

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use fathom_analysis::compare::Evidence;
    use fathom_analysis::compare::SortedPairs;
    use fathom_analysis::understanding::Flip;
    use fathom_core::depth::{Crop, Dtype, Format, Samples, ScalePreset};

    fn map(of: impl Fn(usize, usize) -> u16) -> RawMap {
        RawMap {
            samples: Samples::U16(Array2::from_shape_fn((40, 64), |(y, x)| of(y, x))),
            format: Format::Png,
            dtype: Dtype::U16,
            nodata: None,
            notices: Vec::new(),
        }
    }

    fn compare(
        maps: &[FrameMap<'_>],
        region: &Region,
        order: &FrameOrder,
    ) -> Result<FrameOutcome, String> {
        FrameDepths::new(maps, region, order)?.compare(&order.settings)
    }

    fn order(window: DepthWindow) -> FrameOrder {
        FrameOrder {
            files: FrameFiles::named("a"),
            markers: vec![65_535.0],
            window,
            settings: CompareSettings::default(),
            sample: SampleSize::default(),
            fit: None,
        }
    }

    fn gt() -> RawMap {
        map(|y, x| {
            if (y, x) == (0, 0) {
                65_535
            } else {
                (500 + 40 * y + x) as u16
            }
        })
    }

    fn of(role: Role, map: &RawMap) -> FrameMap<'_> {
        let encoding = ScalePreset::Millimetre.encoding();
        FrameMap {
            role,
            encoding,
            map,
        }
    }

    #[test]
    fn markers_crops_masks_and_windows_leave_pixels_out() {
        let (gt, fp32) = (gt(), map(|y, x| (510 + 40 * y + x) as u16));
        let maps = [of(Role::GroundTruth, &gt), of(Role::Float, &fp32)];
        let count = |region: &Region, window| {
            let outcome = compare(&maps, region, &order(window)).expect("pixels");
            assert_eq!(outcome.evidence, Evidence::Fp32Only);
            outcome.compared.joint.count
        };
        let all = Region::default();
        assert_eq!(count(&all, DepthWindow::default()), 40.0 * 64.0 - 1.0);
        let nyu = Region {
            crop: Crop::Nyu,
            mask: None,
        };
        let (rows, columns) = Crop::Nyu.window(40, 64);
        assert_eq!(
            count(&nyu, DepthWindow::default()),
            (rows.len() * columns.len()) as f64
        );
        let masked = Region {
            crop: Crop::None,
            mask: Some(Array2::from_shape_fn((40, 64), |(y, _)| y >= 20)),
        };
        assert_eq!(count(&masked, DepthWindow::default()), 20.0 * 64.0);
        let near = DepthWindow {
            min_m: None,
            max_m: Some(0.54),
        };
        // 500 to 540 mm: 41 of the first row and one of the second, less the marker.
        assert_eq!(count(&all, near), 41.0);
    }

    #[test]
    fn a_board_beside_int8_is_compared_with_it_and_alone_takes_its_place() {
        let (gt, fp32) = (gt(), map(|y, x| (510 + 40 * y + x) as u16));
        let int8 = map(|y, x| ((510 + 40 * y + x) / 8 * 8) as u16);
        let board = map(|y, x| ((510 + 40 * y + x) / 8 * 8 + 8) as u16);
        let three = [
            of(Role::GroundTruth, &gt),
            of(Role::Float, &fp32),
            of(Role::Quantized, &int8),
            of(Role::Board, &board),
        ];
        let order = order(DepthWindow::default());
        let outcome = compare(&three, &Region::default(), &order).expect("pixels");
        assert_eq!(outcome.evidence, Evidence::All);
        let (compared, sums) = outcome.board.expect("a board");
        assert!((sums.difference.bias_m().expect("pixels") - 0.008).abs() < 1e-12);
        let alone = [three[0], three[1], three[3]];
        let outcome = compare(&alone, &Region::default(), &order).expect("pixels");
        assert_eq!((outcome.compared, outcome.board), (compared, None));
    }

    #[test]
    fn what_cannot_be_compared_is_one_sentence() {
        let (gt, small) = (
            gt(),
            RawMap {
                samples: Samples::U16(Array2::zeros((2, 2))),
                ..gt()
            },
        );
        let order = order(DepthWindow::default());
        let region = Region::default();
        let sizes = [of(Role::GroundTruth, &gt), of(Role::Float, &small)];
        let why = compare(&sizes, &region, &order).expect_err("sizes");
        assert!(why.contains("64 x 40") && why.contains("2 x 2"), "{why}");
        let why = compare(&sizes[..1], &region, &order).expect_err("one map");
        assert!(why.contains("two at least"), "{why}");
        assert!(compare(&[], &region, &order).is_err());
    }

    #[test]
    fn pixels_without_an_int8_depth_are_not_gathered() {
        let float = |of: &dyn Fn(usize, usize) -> f32| RawMap {
            samples: Samples::F32(Array2::from_shape_fn((40, 64), |(y, x)| of(y, x))),
            format: Format::Npy,
            dtype: Dtype::F32,
            nodata: None,
            notices: Vec::new(),
        };
        let near = |y: usize, x: usize| 0.5 + 0.01 * (y + x) as f32;
        // An error of its own at each pixel, so that one more or less changes the mean.
        let (gt, fp32) = (float(&near), float(&|y, x| near(y, x) * 1.1));
        let int8 = float(&|y, x| match (y, x) {
            (0, 0) => f32::NAN,
            (0, 1) => f32::INFINITY,
            _ => near(y, x),
        });
        let of = |role, map| FrameMap {
            encoding: ScalePreset::Metre.encoding(),
            ..of(role, map)
        };
        let maps = [
            of(Role::GroundTruth, &gt),
            of(Role::Float, &fp32),
            of(Role::Quantized, &int8),
        ];
        let gathered = |maps: &[FrameMap<'_>]| {
            let mut sums = PixelPairs::default();
            let depths = FrameDepths::new(maps, &Region::default(), &order(DepthWindow::default()));
            depths.expect("maps of one size").count_pixels(&mut sums);
            SortedPairs::from_parts(&[sums.into_flat()])
        };
        let mut expected = PixelPairs::default();
        let [gt_m, fp32_m] = [&maps[0], &maps[1]].map(|map| metres(map, &[]));
        expected.add(&gt_m[2..], &fp32_m[2..]);
        let expected = SortedPairs::from_parts(&[expected.into_flat()]);
        assert_eq!(gathered(&maps), expected);
        assert_ne!(gathered(&maps[..2]), expected);
    }

    #[test]
    fn a_look_shows_every_map_in_metres() {
        let (gt, fp32) = (gt(), map(|y, x| (510 + 40 * y + x) as u16));
        let maps = [of(Role::GroundTruth, &gt), of(Role::Float, &fp32)];
        let shown =
            preview(&maps, &Region::default(), &order(DepthWindow::default())).expect("maps");
        assert_eq!((shown.width, shown.height), (64, 40));
        let [(_, gt_m), (role, fp32_m)] = &shown.maps_m[..] else {
            panic!("two maps")
        };
        assert_eq!(*role, Role::Float);
        assert!(gt_m[0].is_nan(), "the marker");
        assert_eq!((gt_m[1], fp32_m[0]), (0.501, 0.51));
        assert!(preview(&[], &Region::default(), &order(DepthWindow::default())).is_err());
    }

    #[test]
    fn a_repair_is_fitted_on_the_role_that_it_has_to_follow() {
        let int8_codes = |zero: f64| {
            let samples = gt().samples;
            let Samples::U16(gt) = samples else {
                panic!("integers")
            };
            let mut codes = map(|_, _| 0);
            // Codes of 20 mm; the marker's pixel is left out.
            codes.samples = Samples::F64(gt.mapv(|mm| (f64::from(mm) / 20.0).round() + zero));
            codes
        };
        let repair = |role, repair| RoleRepair { role, repair };
        let codes = repair(
            Role::Quantized,
            Repair::Codes {
                scale: 1.0,
                zero_point: 0.0,
            },
        );
        let order = FitOrder::new(&[codes]).expect("numbers to fit");
        assert_eq!(order.reference, Role::Float);
        let (fp32, int8) = (gt(), int8_codes(-128.0));
        let maps = [of(Role::Float, &fp32), of(Role::Quantized, &int8)];
        let fitted = order.sums(&maps, &[]).and_then(|sums| sums.repair());
        let Some(Repair::Codes { scale, zero_point }) = fitted else {
            panic!("{fitted:?}")
        };
        assert_eq!(zero_point, -128.0);
        assert!((scale - 0.02).abs() < 1e-5, "{scale}");

        let flip = repair(Role::Float, Repair::Flip(Flip::Rows));
        assert_eq!(FitOrder::new(&[flip]), None);
        let lone = [of(Role::Quantized, &int8)];
        assert!(order.sums(&lone, &[]).is_none());
    }
}
