//! Which depths, frames and places carry the error.
//!
//! Knows the figures of parts of a comparison; knows nothing of the whole.

use serde::Serialize;

use super::figures::finite;
use fathom_analysis::compare::{
    ArtefactScores, Band, DepthBin, ErrorTriple, ErrorsAtDepth, FrameRow, PLACE_COLUMNS,
    PLACE_ROWS, PlaceSums, SignedSums,
};

/// Signed errors of some pixels.
#[derive(Clone, Copy, Debug, Serialize)]
struct SignedSection {
    bias: Option<f64>,
    spread: Option<f64>,
    rms: Option<f64>,
}

impl SignedSection {
    fn of(sums: &SignedSums) -> Self {
        Self {
            bias: sums.bias_m(),
            spread: sums.spread_m(),
            rms: sums.rms_m(),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct BandSection {
    from: f64,
    to: Option<f64>,
    count: f64,
    share: f64,
    f: SignedSection,
    q: SignedSection,
    total: SignedSection,
    share_of_f: f64,
    share_of_q: f64,
    share_of_total: f64,
}

impl BandSection {
    pub(super) fn of(band: &Band) -> Self {
        Self {
            from: band.from_m,
            to: finite(band.to_m),
            count: band.count,
            share: band.share,
            f: SignedSection::of(&band.f),
            q: SignedSection::of(&band.q),
            total: SignedSection::of(&band.total),
            share_of_f: band.share_of_f,
            share_of_q: band.share_of_q,
            share_of_total: band.share_of_total,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct DepthSection {
    from: f64,
    to: f64,
    count: f64,
    f: AtDepthSection,
    q: AtDepthSection,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct AtDepthSection {
    bias: Option<f64>,
    spread: Option<f64>,
    quantiles: QuantileSection,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct QuantileSection {
    #[serde(rename = "5")]
    q5: Option<f64>,
    #[serde(rename = "25")]
    q25: Option<f64>,
    #[serde(rename = "50")]
    q50: Option<f64>,
    #[serde(rename = "75")]
    q75: Option<f64>,
    #[serde(rename = "95")]
    q95: Option<f64>,
}

impl DepthSection {
    pub(super) fn of(bin: &DepthBin) -> Self {
        Self {
            from: bin.from_m(),
            to: bin.to_m(),
            count: bin.count(),
            f: AtDepthSection::of(&bin.f),
            q: AtDepthSection::of(&bin.q),
        }
    }
}

impl AtDepthSection {
    fn of(errors: &ErrorsAtDepth) -> Self {
        Self {
            bias: errors.sums.bias_m(),
            spread: errors.sums.spread_m(),
            quantiles: QuantileSection {
                q5: errors.quantile_m(0.05),
                q25: errors.quantile_m(0.25),
                q50: errors.quantile_m(0.5),
                q75: errors.quantile_m(0.75),
                q95: errors.quantile_m(0.95),
            },
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct FrameSection {
    frame: usize,
    name: String,
    count: f64,
    rmse_fp32: f64,
    rmse_int8: f64,
    change: f64,
    rms_q: f64,
    bias: f64,
    #[serde(flatten)]
    artefacts: ArtefactSection,
}

impl FrameSection {
    pub(super) fn of(row: &FrameRow, name: String) -> Self {
        Self {
            frame: row.frame,
            name,
            count: row.count,
            rmse_fp32: row.rmse_fp32_m,
            rmse_int8: row.rmse_int8_m,
            change: row.change_m(),
            rms_q: row.rms_q_m,
            bias: row.bias_m,
            artefacts: ArtefactSection::of(&row.artefacts),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct ArtefactSection {
    banding: Option<f64>,
    banding_by_code: Option<f64>,
    checkerboard: Option<f64>,
    alternating_share: Option<f64>,
    coherence: Option<f64>,
}

impl ArtefactSection {
    pub(super) fn of(scores: &ArtefactScores) -> Self {
        Self {
            banding: scores.banding,
            banding_by_code: scores.banding_by_code,
            checkerboard: scores.checkerboard,
            alternating_share: scores.alternating_share,
            coherence: scores.coherence,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct PlacesSection {
    rows: usize,
    columns: usize,
    border: PartSection,
    centre: PartSection,
    border_ratio: Option<f64>,
    counts: Vec<f64>,
    bias_f: Vec<Option<f64>>,
    bias_q: Vec<Option<f64>>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct PartSection {
    count: f64,
    f: SignedSection,
    q: SignedSection,
    total: SignedSection,
}

impl PlacesSection {
    pub(super) fn of(place: &PlaceSums) -> Self {
        let part = |sums: &ErrorTriple| PartSection {
            count: sums.f.count,
            f: SignedSection::of(&sums.f),
            q: SignedSection::of(&sums.q),
            total: SignedSection::of(&sums.total),
        };
        Self {
            rows: PLACE_ROWS,
            columns: PLACE_COLUMNS,
            border: part(&place.border),
            centre: part(&place.centre),
            border_ratio: place.border_ratio().and_then(finite),
            counts: place.cells.iter().map(|cell| cell.f.count).collect(),
            bias_f: place.cells.iter().map(|cell| cell.f.bias_m()).collect(),
            bias_q: place.cells.iter().map(|cell| cell.q.bias_m()).collect(),
        }
    }
}
