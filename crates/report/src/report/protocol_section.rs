//! The evaluation protocol of a comparison.

use serde::Serialize;

use super::code_outcome::finite;
use fathom_analysis::compare::{Alignment, EvalProtocol, Evaluator, HoleFill, SqRelDivisor};

/// The evaluation protocol.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "protocol"))]
pub(super) struct ProtocolSection {
    /// Name of the protocol: that of the tool, or `own` for any other protocol.
    name: String,
    /// The average that the tool prints. Absent for an own protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    prints: Option<AverageName>,
    /// Depths of G that count.
    window: WindowSection,
    /// Evaluated pixels.
    #[cfg_attr(test, schemars(extend("enum" = super::value_names::crops())))]
    crop: &'static str,
    /// Replacement of holes in predictions; the first step.
    fill: FillName,
    /// Alignment fitted to the ground truth.
    #[cfg_attr(test, schemars(extend("enum" = super::value_names::alignments())))]
    alignment: &'static str,
    /// The one alignment of all frames. Absent unless `alignment` is `fixed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<AffineSection>,
    /// True if the alignment fitted to F is applied to Q too.
    frozen: bool,
    /// Interval that predictions are clamped to. `null` without a clamp.
    clamp: Option<EndsSection>,
    /// Smallest prediction that ratios and logarithms see. `null` without one: a zero then makes them infinite, which
    /// is written as `null`. Unit: m.
    floor: Option<f64>,
    /// Frames with fewer pixels are left out. Unit: px.
    min_pixels: u32,
    /// Factor of `mean(e)^2` in silog. Unit: 1.
    silog_lambda: f64,
    /// Factor of silog. Unit: 1.
    silog_factor: f64,
    /// Divisor of sq_rel.
    sq_rel: DivisorName,
    /// Unit of sq_rel: `m` if it is divided by the depth, `1` if by the depth squared.
    sq_rel_unit: UnitName,
}

/// An average of a metric over a set.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub(super) enum AverageName {
    #[serde(rename = "pooled")]
    Pooled,
    #[serde(rename = "per frame")]
    PerFrame,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
enum UnitName {
    #[serde(rename = "m")]
    Metre,
    #[serde(rename = "1")]
    One,
}

/// Returns the name of a protocol: that of the tool, or `own`.
pub(super) fn protocol_name(evaluator: Option<Evaluator>) -> &'static str {
    evaluator.map_or("own", Evaluator::name)
}

#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
enum FillName {
    #[serde(rename = "none")]
    None,
    #[serde(rename = "background")]
    Background,
    #[serde(rename = "clamp ends")]
    ClampEnds,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
enum DivisorName {
    #[serde(rename = "depth")]
    Depth,
    #[serde(rename = "depth squared")]
    DepthSquared,
}

/// Evaluation window.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "window"))]
struct WindowSection {
    /// Near end. Unit: m.
    min: f64,
    /// Far end. `null` without one. Unit: m.
    max: Option<f64>,
    /// True if the ends themselves count.
    ends_count: bool,
}

/// An alignment: `scale * prediction + shift`.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "affine"))]
struct AffineSection {
    /// Factor. Unit: 1.
    scale: f64,
    /// Shift. Unit: m.
    shift: f64,
}

/// An interval.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ends"))]
struct EndsSection {
    /// Near end. Unit: m.
    min: f64,
    /// Far end. Unit: m.
    max: f64,
}

impl ProtocolSection {
    pub(super) fn new(p: &EvalProtocol, evaluator: Option<Evaluator>) -> Self {
        Self {
            name: protocol_name(evaluator).to_owned(),
            prints: evaluator.map(|tool| {
                if tool.averages_frames() {
                    AverageName::PerFrame
                } else {
                    AverageName::Pooled
                }
            }),
            window: WindowSection {
                min: p.window.min_m,
                max: finite(p.window.max_m),
                ends_count: p.window.ends_count,
            },
            crop: p.crop.name(),
            fill: match p.fill {
                HoleFill::None => FillName::None,
                HoleFill::Background => FillName::Background,
                HoleFill::ClampEnds => FillName::ClampEnds,
            },
            alignment: p.alignment.name(),
            fixed: match p.alignment {
                Alignment::Fixed(fit) => Some(AffineSection {
                    scale: fit.scale,
                    shift: fit.shift_m,
                }),
                Alignment::None | Alignment::MedianScale | Alignment::LeastSquares => None,
            },
            frozen: p.frozen,
            clamp: p.clamp.map(|ends| EndsSection {
                min: ends.min_m,
                max: ends.max_m,
            }),
            floor: p.floor_m,
            min_pixels: p.min_pixels,
            silog_lambda: p.silog_lambda,
            silog_factor: p.silog_factor,
            sq_rel: match p.sq_rel {
                SqRelDivisor::Depth => DivisorName::Depth,
                SqRelDivisor::DepthSquared => DivisorName::DepthSquared,
            },
            sq_rel_unit: match p.sq_rel {
                SqRelDivisor::Depth => UnitName::Metre,
                SqRelDivisor::DepthSquared => UnitName::One,
            },
        }
    }
}
