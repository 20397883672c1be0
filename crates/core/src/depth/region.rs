//! The evaluated pixels of a map: crops by their published names, and masks.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, s};
use serde::{Deserialize, Serialize};

use crate::i18n::tr;

/// A crop of depth evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Crop {
    /// The whole map.
    #[default]
    None,
    /// Garg et al. 2016 on KITTI, by ratio: rows 0.40810811 to 0.99189189 of the height, columns 0.03594771 to 0.96405229 of the width.
    Garg,
    /// Eigen et al. 2014 on KITTI, by ratio: rows 0.3324324 to 0.91351351, columns 0.0359477 to 0.96405229.
    Eigen,
    /// Eigen's crop of NYUv2: rows 45 to 471 and columns 41 to 601 of 480 x 640, in proportion for other sizes.
    Nyu,
}

impl Crop {
    /// All crops, in the order of the page.
    pub const ALL: [Self; 4] = [Self::None, Self::Garg, Self::Eigen, Self::Nyu];

    /// The name in reports and links.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Garg => "garg",
            Self::Eigen => "eigen",
            Self::Nyu => "nyu",
        }
    }

    /// The name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::None => tr!("none"),
            Self::Garg => tr!("Garg (KITTI)"),
            Self::Eigen => tr!("Eigen (KITTI)"),
            Self::Nyu => tr!("Eigen (NYU)"),
        }
    }

    /// Rows and columns of a map inside the crop. Ratios are truncated to whole pixels, as the evaluation scripts do.
    #[must_use]
    pub fn window(self, height: usize, width: usize) -> (Range<usize>, Range<usize>) {
        let part = |from: f64, to: f64, length: usize| {
            (from * length as f64) as usize..(to * length as f64) as usize
        };
        match self {
            Self::None => (0..height, 0..width),
            Self::Garg => (
                part(0.408_108_11, 0.991_891_89, height),
                part(0.035_947_71, 0.964_052_29, width),
            ),
            Self::Eigen => (
                part(0.332_432_4, 0.913_513_51, height),
                part(0.035_947_7, 0.964_052_29, width),
            ),
            Self::Nyu => {
                let scaled = |at: usize, length: usize, whole: usize| at * length / whole;
                (
                    scaled(45, height, 480)..scaled(471, height, 480),
                    scaled(41, width, 640)..scaled(601, width, 640),
                )
            }
        }
    }
}

/// The evaluated pixels of one map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Region {
    /// The crop.
    pub crop: Crop,
    /// True for evaluated pixels; shape (height, width) of the map.
    pub mask: Option<Array2<bool>>,
}

impl Region {
    /// Visits the samples inside, row by row, and returns the number of samples outside. A mask of another shape is ignored; the caller
    /// checks shapes.
    pub fn visit<T: Copy>(&self, samples: &ArrayView2<'_, T>, mut visit: impl FnMut(T)) -> u64 {
        if let (Crop::None, None, Some(all)) = (self.crop, &self.mask, samples.as_slice()) {
            all.iter().for_each(|&sample| visit(sample));
            return 0;
        }
        let (height, width) = samples.dim();
        let (rows, columns) = self.crop.window(height, width);
        let inside = samples.slice(s![rows.clone(), columns.clone()]);
        let mut visited = 0_u64;
        match self.mask.as_ref().filter(|m| m.dim() == samples.dim()) {
            Some(mask) => {
                let mask = mask.slice(s![rows, columns]);
                for (&sample, &stays) in inside.iter().zip(&mask) {
                    if stays {
                        visited += 1;
                        visit(sample);
                    }
                }
            }
            None => {
                visited = inside.len() as u64;
                inside.iter().for_each(|&sample| visit(sample));
            }
        }
        samples.len() as u64 - visited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crops_are_those_of_the_evaluation_scripts() {
        // int() of the ratios times 375 x 1242, as the scripts compute them.
        assert_eq!(Crop::Garg.window(375, 1242), (153..371, 44..1197));
        assert_eq!(Crop::Eigen.window(375, 1242), (124..342, 44..1197));
        assert_eq!(Crop::Garg.window(370, 1224), (151..366, 43..1180));
        assert_eq!(Crop::Nyu.window(480, 640), (45..471, 41..601));
        assert_eq!(Crop::Nyu.window(240, 320), (22..235, 20..300));
        assert_eq!(Crop::None.window(2, 3), (0..2, 0..3));
    }

    #[test]
    fn crop_and_mask_intersect() {
        let samples = Array2::from_shape_fn((48, 64), |(y, x)| y * 64 + x);
        let mask = Array2::from_shape_fn((48, 64), |(y, x)| (x + y) % 2 == 0);
        let region = Region {
            crop: Crop::Nyu,
            mask: Some(mask.clone()),
        };
        let mut seen = Vec::new();
        let outside = region.visit(&samples.view(), |v| seen.push(v));
        let (rows, columns) = Crop::Nyu.window(48, 64);
        let wanted: Vec<usize> = rows
            .flat_map(|y| columns.clone().map(move |x| (y, x)))
            .filter(|&at| mask[at])
            .map(|at| samples[at])
            .collect();
        assert_eq!(seen, wanted);
        assert_eq!(outside as usize + seen.len(), 48 * 64);
    }

    #[test]
    fn a_map_smaller_than_the_crop_has_no_pixels() {
        let samples = Array2::<u16>::zeros((1, 1));
        let region = Region {
            crop: Crop::Garg,
            mask: None,
        };
        assert_eq!(region.visit(&samples.view(), |_| unreachable!()), 1);
    }
}
