//! Evaluation protocols: window, crop, alignment, clamp, and the formulas that differ between evaluators.
//!
//! Read from the evaluators' sources: KITTI depth development kit (`evaluate_depth.cpp`, `io_depth.h`), monodepth2 (`evaluate_depth.py`),
//! BTS (`utils/eval_with_pngs.py`), `ZoeDepth` (`utils/misc.py`), Depth Anything V2 (`metric_depth/util/metric.py`, `train.py`).

use serde::{Deserialize, Serialize};

use fathom_core::depth::Crop;
use fathom_core::i18n::{msgid, tr};
use fathom_core::metrics::DEFAULT_EVAL_MIN_M;

/// The evaluation window: an interval of the ground truth in metres. Pixels outside do not count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalWindow {
    /// Near end, in metres.
    pub min_m: f64,
    /// Far end, in metres.
    pub max_m: f64,
    /// True if the ends themselves count.
    pub ends_count: bool,
}

impl EvalWindow {
    /// Every depth above zero.
    pub const ALL: Self = Self {
        min_m: 0.0,
        max_m: f64::INFINITY,
        ends_count: false,
    };

    /// Depths strictly between the ends, as in most evaluators.
    const fn between(min_m: f64, max_m: f64) -> Self {
        Self {
            min_m,
            max_m,
            ends_count: false,
        }
    }

    /// Returns true if a depth counts. A NaN does not count.
    #[must_use]
    pub fn contains(&self, depth_m: f64) -> bool {
        let inside = (self.min_m < depth_m) & (depth_m < self.max_m);
        let on_end = (depth_m == self.min_m) | (depth_m == self.max_m);
        (depth_m > 0.0) & (inside | (self.ends_count & on_end))
    }
}

/// The interval that predictions are clamped to, in metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clamp {
    /// Near end, in metres.
    pub min_m: f64,
    /// Far end, in metres.
    pub max_m: f64,
}

impl Clamp {
    /// Clamps a depth, in metres.
    #[must_use]
    pub fn apply(&self, depth_m: f64) -> f64 {
        depth_m.max(self.min_m).min(self.max_m)
    }
}

/// An alignment of predictions: `scale * prediction + shift`.
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

    /// Aligns a depth, in metres.
    #[must_use]
    pub fn apply(&self, depth_m: f64) -> f64 {
        self.scale * depth_m + self.shift_m
    }
}

/// The fit of predictions to the ground truth before they are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Alignment {
    /// None: metric depth.
    #[default]
    None,
    /// Per frame, the ratio of the medians.
    MedianScale,
    /// Per frame, scale and shift by least squares.
    LeastSquares,
    /// One given alignment for all frames.
    Fixed(Affine),
}

impl Alignment {
    /// Returns the name for reports and pages, translated.
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

/// Treatment of pixels without a prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HoleFill {
    /// They do not count.
    #[default]
    None,
    /// Holes (not finite, zero or negative) take a neighbour's depth, as in the KITTI kit.
    Background,
    /// Infinity becomes the far end of the clamp, NaN the near one.
    ClampEnds,
}

/// The divisor of the squared error in `sq_rel`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SqRelDivisor {
    /// The depth; the result is in metres.
    #[default]
    Depth,
    /// The squared depth; the result is a ratio.
    DepthSquared,
}

/// A complete evaluation protocol.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalProtocol {
    /// Evaluation window.
    pub window: EvalWindow,
    /// Image region that counts.
    pub crop: Crop,
    /// Treatment of holes in predictions, before all other steps.
    pub fill: HoleFill,
    /// Fit of predictions to the ground truth.
    pub alignment: Alignment,
    /// True if the alignment of `F` is applied to `Q` too. Otherwise `Q` has its own fit, which hides INT8's gain error.
    pub frozen: bool,
    /// Clamp of the aligned predictions. It hides INT8's clipping.
    pub clamp: Option<Clamp>,
    /// Lower limit of predictions in ratios and logarithms, in metres. Without it a zero makes them infinite.
    pub floor_m: Option<f64>,
    /// Smallest number of pixels of a frame; frames with fewer are skipped.
    pub min_pixels: u32,
    /// The factor of `mean(e)^2` in `silog`.
    pub silog_lambda: f64,
    /// The factor that `silog` is multiplied by.
    pub silog_factor: f64,
    /// The divisor in `sq_rel`.
    pub sq_rel: SqRelDivisor,
}

impl Default for EvalProtocol {
    fn default() -> Self {
        Evaluator::Plain.protocol()
    }
}

impl EvalProtocol {
    /// Returns true if every pixel is measured as it is.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Evaluator::Plain.protocol()
    }
}

/// A known evaluator, whose protocol reproduces its figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Evaluator {
    /// Every common pixel, no alignment, no clamp.
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

/// Depth caps of the evaluators, in metres: outdoor, indoor, Hypersim.
const ROAD_M: f64 = 80.0;
const ROOM_M: f64 = 10.0;
const HYPERSIM_M: f64 = 20.0;

impl Evaluator {
    /// All evaluators, in the order of the choices on the page.
    pub const ALL: [Self; 7] = [
        Self::Plain,
        Self::KittiDevkit,
        Self::Monodepth2,
        Self::BtsKitti,
        Self::Nyu,
        Self::DepthAnythingOutdoor,
        Self::DepthAnythingIndoor,
    ];

    /// Returns the name for reports and pages, translated.
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

    /// Returns true if the tool prints the mean over frames of each frame's metrics, not metrics over all pixels.
    #[must_use]
    pub fn averages_frames(self) -> bool {
        self != Self::Plain
    }

    /// Returns the differences from [`Self::Plain`], one clause each, as message ids to be translated.
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

    /// Returns its protocol.
    #[must_use]
    pub fn protocol(self) -> EvalProtocol {
        let plain = EvalProtocol {
            window: EvalWindow::ALL,
            crop: Crop::None,
            fill: HoleFill::None,
            alignment: Alignment::None,
            frozen: true,
            clamp: None,
            floor_m: Some(DEFAULT_EVAL_MIN_M),
            min_pixels: 1,
            silog_lambda: 1.0,
            silog_factor: 1.0,
            sq_rel: SqRelDivisor::Depth,
        };
        let capped = |max_m| EvalProtocol {
            window: EvalWindow::between(1e-3, max_m),
            clamp: Some(Clamp { min_m: 1e-3, max_m }),
            ..plain
        };
        let bts = |max_m, crop| EvalProtocol {
            crop,
            fill: HoleFill::ClampEnds,
            silog_factor: 100.0,
            ..capped(max_m)
        };
        let depth_anything = |max_m| EvalProtocol {
            window: EvalWindow {
                ends_count: true,
                ..EvalWindow::between(1e-3, max_m)
            },
            floor_m: None,
            min_pixels: 10,
            silog_lambda: 0.5,
            ..plain
        };
        match self {
            Self::Plain => plain,
            Self::KittiDevkit => EvalProtocol {
                fill: HoleFill::Background,
                floor_m: None,
                sq_rel: SqRelDivisor::DepthSquared,
                ..plain
            },
            Self::Monodepth2 => EvalProtocol {
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
