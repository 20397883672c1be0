//! How predictions are measured: evaluation window, crop, alignment, clamp, and the formulas that differ between evaluators.
//!
//! Knows what the known evaluators do, read from their sources; knows no pixel. Sources: KITTI depth development kit
//! (`evaluate_depth.cpp`, `io_depth.h`), monodepth2 (`evaluate_depth.py`), BTS (`utils/eval_with_pngs.py`), `ZoeDepth`
//! (`utils/misc.py`), Depth Anything V2 (`metric_depth/util/metric.py`, `train.py`).

use serde::{Deserialize, Serialize};

use fathom_core::depth::Crop;
use fathom_core::i18n::{msgid, tr};
use fathom_core::metrics::DEFAULT_EVAL_MIN_M;

/// Depths of the ground truth that count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Near end, in metres.
    pub min_m: f64,
    /// Far end, in metres.
    pub max_m: f64,
    /// Whether the ends themselves count.
    pub ends_count: bool,
}

impl Window {
    /// Every depth above zero.
    pub const ALL: Self = Self {
        min_m: 0.0,
        max_m: f64::INFINITY,
        ends_count: false,
    };

    /// Depths strictly between the ends, as most evaluators have it.
    const fn between(min_m: f64, max_m: f64) -> Self {
        Self {
            min_m,
            max_m,
            ends_count: false,
        }
    }

    /// Whether a depth counts. A NaN never does.
    #[must_use]
    pub fn contains(&self, depth_m: f64) -> bool {
        let inside = (self.min_m < depth_m) & (depth_m < self.max_m);
        let on_end = (depth_m == self.min_m) | (depth_m == self.max_m);
        (depth_m > 0.0) & (inside | (self.ends_count & on_end))
    }
}

/// The interval that predictions are clamped to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clamp {
    /// Near end, in metres.
    pub min_m: f64,
    /// Far end, in metres.
    pub max_m: f64,
}

impl Clamp {
    /// The nearest depth within the ends.
    #[must_use]
    pub fn of(&self, depth_m: f64) -> f64 {
        depth_m.max(self.min_m).min(self.max_m)
    }
}

/// `scale * prediction + shift`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affine {
    /// Factor.
    pub scale: f64,
    /// Shift, in metres.
    pub shift_m: f64,
}

impl Affine {
    /// No change.
    pub const IDENTITY: Self = Self {
        scale: 1.0,
        shift_m: 0.0,
    };

    /// The aligned depth.
    #[must_use]
    pub fn of(&self, depth_m: f64) -> f64 {
        self.scale * depth_m + self.shift_m
    }
}

/// What is fitted to the ground truth before measuring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Alignment {
    /// Nothing: metric depth.
    #[default]
    None,
    /// Per frame, the ratio of the medians.
    MedianScale,
    /// Per frame, scale and shift of least squares.
    LeastSquares,
    /// One alignment for all frames, fitted before.
    Fixed(Affine),
}

impl Alignment {
    /// The name in reports and on the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => tr!("none"),
            Self::MedianScale => tr!("median scale"),
            Self::LeastSquares => tr!("least squares"),
            Self::Fixed(_) => tr!("fixed"),
        }
    }
}

/// What is done about pixels without a prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Fill {
    /// They do not count.
    #[default]
    None,
    /// Holes (not finite, zero or negative) take a neighbour's depth, as in the KITTI kit.
    Background,
    /// Infinity becomes the far end of the clamp, NaN the near one.
    ClampEnds,
}

/// By what `sq_rel` divides the squared error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SqRel {
    /// By the depth: metres.
    #[default]
    Depth,
    /// By its square: a ratio.
    DepthSquared,
}

/// A way to measure, in full.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// Depths of the ground truth that count.
    pub window: Window,
    /// Pixels that count.
    pub crop: Crop,
    /// What is done about holes of predictions, before all else.
    pub fill: Fill,
    /// What is fitted per frame.
    pub alignment: Alignment,
    /// Whether the alignment fitted on `F` is applied to `Q` too. Otherwise `Q` gets its own, which hides INT8's gain error.
    pub frozen: bool,
    /// What predictions are clamped to after alignment. It hides INT8's clipping.
    pub clamp: Option<Clamp>,
    /// Smallest prediction that ratios and logarithms see, in metres; without one a zero makes them infinite.
    pub floor_m: Option<f64>,
    /// Frames with fewer pixels are left out.
    pub min_pixels: u32,
    /// The factor of `mean(e)^2` in `silog`.
    pub silog_lambda: f64,
    /// What `silog` is multiplied by.
    pub silog_factor: f64,
    /// By what `sq_rel` divides.
    pub sq_rel: SqRel,
}

impl Default for Protocol {
    fn default() -> Self {
        Evaluator::Plain.protocol()
    }
}

/// An evaluator by name, so that a reader finds the figures of the tool they know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Evaluator {
    /// Every common pixel, nothing fitted, nothing clamped.
    #[default]
    Plain,
    /// The KITTI depth benchmark's development kit.
    KittiDevkit,
    /// monodepth2 on the Eigen split.
    Monodepth2,
    /// BTS and `ZoeDepth` on KITTI.
    BtsKitti,
    /// BTS and `ZoeDepth` on NYUv2.
    Nyu,
    /// Depth Anything V2, metric, up to 80 m.
    DepthAnythingOutdoor,
    /// Depth Anything V2, metric, up to 20 m.
    DepthAnythingIndoor,
}

/// Far ends of the evaluators, in metres.
const ROAD_M: f64 = 80.0;
const ROOM_M: f64 = 10.0;
const HYPERSIM_M: f64 = 20.0;

impl Evaluator {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 7] = [
        Self::Plain,
        Self::KittiDevkit,
        Self::Monodepth2,
        Self::BtsKitti,
        Self::Nyu,
        Self::DepthAnythingOutdoor,
        Self::DepthAnythingIndoor,
    ];

    /// The name on the page and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => tr!("plain"),
            Self::KittiDevkit => tr!("KITTI devkit"),
            Self::Monodepth2 => "monodepth2",
            Self::BtsKitti => tr!("BTS / ZoeDepth, KITTI"),
            Self::Nyu => tr!("BTS / ZoeDepth, NYUv2"),
            Self::DepthAnythingOutdoor => tr!("Depth Anything V2, 80 m"),
            Self::DepthAnythingIndoor => tr!("Depth Anything V2, 20 m"),
        }
    }

    /// Whether the tool prints the mean over frames of each frame's metrics, rather than metrics over all pixels.
    #[must_use]
    pub fn averages_frames(self) -> bool {
        self != Self::Plain
    }

    /// What it does differently, a clause each, to be translated.
    #[must_use]
    pub fn differences(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[],
            Self::KittiDevkit => {
                const {
                    &[
                        msgid("holes of predictions are filled first"),
                        msgid("sq_rel divides by the squared depth"),
                        msgid("no floor under predictions"),
                        msgid("per frame, then mean"),
                    ]
                }
            }
            Self::Monodepth2 => {
                const {
                    &[
                        msgid("0.001 m < depth < 80 m"),
                        msgid("Garg crop"),
                        msgid(
                            "each map scaled by the ratio of medians, FP32 and INT8 each by its own",
                        ),
                        msgid("then clamped to [0.001, 80] m"),
                        msgid("per frame, then mean"),
                    ]
                }
            }
            Self::BtsKitti => {
                const {
                    &[
                        msgid("0.001 m < depth < 80 m"),
                        msgid("Garg crop"),
                        msgid("predictions clamped to [0.001, 80] m"),
                        msgid("silog times 100"),
                        msgid("per frame, then mean"),
                    ]
                }
            }
            Self::Nyu => {
                const {
                    &[
                        msgid("0.001 m < depth < 10 m"),
                        msgid("Eigen crop of NYUv2"),
                        msgid("predictions clamped to [0.001, 10] m"),
                        msgid("silog times 100"),
                        msgid("per frame, then mean"),
                    ]
                }
            }
            Self::DepthAnythingOutdoor => {
                const {
                    &[
                        msgid("0.001 m to 80 m, ends included"),
                        msgid("predictions not clamped: a zero gives inf and NaN"),
                        msgid("silog with half of the squared mean"),
                        msgid("frames of fewer than 10 pixels left out"),
                        msgid("per frame, then mean"),
                    ]
                }
            }
            Self::DepthAnythingIndoor => {
                const {
                    &[
                        msgid("0.001 m to 20 m, ends included"),
                        msgid("predictions not clamped: a zero gives inf and NaN"),
                        msgid("silog with half of the squared mean"),
                        msgid("frames of fewer than 10 pixels left out"),
                        msgid("per frame, then mean"),
                    ]
                }
            }
        }
    }

    /// How it measures.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        let plain = Protocol {
            window: Window::ALL,
            crop: Crop::None,
            fill: Fill::None,
            alignment: Alignment::None,
            frozen: true,
            clamp: None,
            floor_m: Some(DEFAULT_EVAL_MIN_M),
            min_pixels: 1,
            silog_lambda: 1.0,
            silog_factor: 1.0,
            sq_rel: SqRel::Depth,
        };
        let capped = |max_m| Protocol {
            window: Window::between(1e-3, max_m),
            clamp: Some(Clamp { min_m: 1e-3, max_m }),
            ..plain
        };
        let bts = |max_m, crop| Protocol {
            crop,
            fill: Fill::ClampEnds,
            silog_factor: 100.0,
            ..capped(max_m)
        };
        let depth_anything = |max_m| Protocol {
            window: Window {
                ends_count: true,
                ..Window::between(1e-3, max_m)
            },
            floor_m: None,
            min_pixels: 10,
            silog_lambda: 0.5,
            ..plain
        };
        match self {
            Self::Plain => plain,
            Self::KittiDevkit => Protocol {
                fill: Fill::Background,
                floor_m: None,
                sq_rel: SqRel::DepthSquared,
                ..plain
            },
            Self::Monodepth2 => Protocol {
                crop: Crop::Garg,
                alignment: Alignment::MedianScale,
                frozen: false,
                ..capped(ROAD_M)
            },
            Self::BtsKitti => bts(ROAD_M, Crop::Garg),
            Self::Nyu => bts(ROOM_M, Crop::Nyu),
            Self::DepthAnythingOutdoor => depth_anything(ROAD_M),
            Self::DepthAnythingIndoor => depth_anything(HYPERSIM_M),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_windows_count_where_the_evaluator_says_so() {
        let strict = Evaluator::BtsKitti.protocol().window;
        let inclusive = Evaluator::DepthAnythingOutdoor.protocol().window;
        for (depth_m, in_strict, in_inclusive) in [
            (80.0, false, true),
            (1e-3, false, true),
            (5.0, true, true),
            (80.001, false, false),
            (f64::NAN, false, false),
            (-1.0, false, false),
        ] {
            assert_eq!(strict.contains(depth_m), in_strict, "{depth_m}");
            assert_eq!(inclusive.contains(depth_m), in_inclusive, "{depth_m}");
        }
    }
}
