//! How predictions were measured.
//!
//! Knows a protocol; knows no figure.

use serde::Serialize;

use super::figures::finite;
use fathom_analysis::compare::{Alignment, Fill, Protocol, SqRel};

#[derive(Clone, Debug, Serialize)]
pub(super) struct ProtocolSection {
    window: WindowSection,
    crop: &'static str,
    fill: &'static str,
    alignment: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<AffineSection>,
    frozen: bool,
    clamp: Option<EndsSection>,
    floor: Option<f64>,
    min_pixels: u32,
    silog_lambda: f64,
    silog_factor: f64,
    sq_rel: &'static str,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct WindowSection {
    min: f64,
    max: Option<f64>,
    ends_count: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct AffineSection {
    scale: f64,
    shift: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct EndsSection {
    min: f64,
    max: f64,
}

impl ProtocolSection {
    pub(super) fn of(p: &Protocol) -> Self {
        Self {
            window: WindowSection {
                min: p.window.min_m,
                max: finite(p.window.max_m),
                ends_count: p.window.ends_count,
            },
            crop: p.crop.name(),
            fill: match p.fill {
                Fill::None => "none",
                Fill::Background => "background",
                Fill::ClampEnds => "clamp ends",
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
                SqRel::Depth => "depth",
                SqRel::DepthSquared => "depth squared",
            },
        }
    }
}
