//! The error by depth, frame and position in the image.

use serde::Serialize;

use super::code_outcome::finite;
use fathom_analysis::compare::{
    ArtefactScores, Band, DepthBin, DepthBinErrors, ERROR_MAP_COLUMNS, ERROR_MAP_ROWS,
    ErrorMapSums, ErrorTriple, FrameRow, SignedErrorSums,
};

/// Signed errors of some pixels.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "signed"))]
struct SignedSection {
    /// Mean. `null` without pixels. Unit: m.
    bias: Option<f64>,
    /// Standard deviation. `null` without pixels. Unit: m.
    spread: Option<f64>,
    /// Root of the mean square. `null` without pixels. Unit: m.
    rms: Option<f64>,
}

impl SignedSection {
    fn new(sums: &SignedErrorSums) -> Self {
        Self {
            bias: sums.bias_m(),
            spread: sums.spread_m(),
            rms: sums.rms_m(),
        }
    }
}

/// One of `bands`.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "band"))]
pub(super) struct BandSection {
    /// Near end, inside. Unit: m.
    from: f64,
    /// Far end, outside. `null` for the last band. Unit: m.
    to: Option<f64>,
    /// Number of pixels. Unit: px.
    count: f64,
    /// Share of all pixels. Unit: 1.
    share: f64,
    /// F - G.
    f: SignedSection,
    /// Q - F.
    q: SignedSection,
    /// Q - G.
    total: SignedSection,
    /// Share of the sum of `f^2`. Unit: 1.
    share_of_f: f64,
    /// Share of the sum of `q^2`. Unit: 1.
    share_of_q: f64,
    /// Share of the sum of `(Q - G)^2`. Unit: 1.
    share_of_total: f64,
}

impl BandSection {
    pub(super) fn new(band: &Band) -> Self {
        Self {
            from: band.from_m,
            to: finite(band.to_m),
            count: band.count,
            share: band.share,
            f: SignedSection::new(&band.f),
            q: SignedSection::new(&band.q),
            total: SignedSection::new(&band.total),
            share_of_f: band.share_of_f,
            share_of_q: band.share_of_q,
            share_of_total: band.share_of_total,
        }
    }
}

/// One of `depth_curve`.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "depth_bin"))]
pub(super) struct DepthSection {
    /// Near end, inside. Unit: m.
    from: f64,
    /// Far end, outside. Unit: m.
    to: f64,
    /// Number of pixels. Unit: px.
    count: f64,
    /// F - G.
    f: AtDepthSection,
    /// Q - F.
    q: AtDepthSection,
}

/// Errors at a depth.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "at_depth"))]
struct AtDepthSection {
    /// Mean. `null` without pixels. Unit: m.
    bias: Option<f64>,
    /// Standard deviation. `null` without pixels. Unit: m.
    spread: Option<f64>,
    /// Quantiles, linear between ranks. The two errors between which they lie are good to a sixteenth and two micrometres.
    quantiles: QuantileSection,
}

/// Quantiles of an error.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "quantiles", extend("additionalProperties" = false)))]
struct QuantileSection {
    /// The 5th percentile. `null` without pixels. Unit: m.
    #[serde(rename = "5")]
    q5: Option<f64>,
    /// The 25th percentile. `null` without pixels. Unit: m.
    #[serde(rename = "25")]
    q25: Option<f64>,
    /// The 50th percentile. `null` without pixels. Unit: m.
    #[serde(rename = "50")]
    q50: Option<f64>,
    /// The 75th percentile. `null` without pixels. Unit: m.
    #[serde(rename = "75")]
    q75: Option<f64>,
    /// The 95th percentile. `null` without pixels. Unit: m.
    #[serde(rename = "95")]
    q95: Option<f64>,
}

impl DepthSection {
    pub(super) fn new(bin: &DepthBin) -> Self {
        Self {
            from: bin.from_m(),
            to: bin.to_m(),
            count: bin.count(),
            f: AtDepthSection::new(&bin.f),
            q: AtDepthSection::new(&bin.q),
        }
    }
}

impl AtDepthSection {
    fn new(errors: &DepthBinErrors) -> Self {
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

/// One of `frames`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "frame"))]
pub(super) struct FrameSection {
    /// Position of the frame in the set.
    frame: usize,
    /// Name of the frame.
    name: String,
    /// Number of pixels. Unit: px.
    count: f64,
    /// RMSE of F, before the clamp. Unit: m.
    rmse_fp32: f64,
    /// RMSE of Q, before the clamp. Unit: m.
    rmse_int8: f64,
    /// `rmse_int8 - rmse_fp32`. Unit: m.
    change: f64,
    /// `sqrt(mean(q^2))`. Unit: m.
    rms_q: f64,
    /// `mean(q)`. Unit: m.
    bias: f64,
    /// Artefacts of the frame.
    #[serde(flatten)]
    artefacts: ArtefactSection,
    /// Name of the first frame with the same maps in all roles, which this one repeats. Absent for any other frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    copy_of: Option<String>,
}

impl FrameSection {
    pub(super) fn new(row: &FrameRow, name: String, copy_of: Option<String>) -> Self {
        Self {
            frame: row.frame,
            name,
            count: row.count,
            rmse_fp32: row.rmse_fp32_m,
            rmse_int8: row.rmse_int8_m,
            change: row.change_m(),
            rms_q: row.rms_q_m,
            bias: row.bias_m,
            artefacts: ArtefactSection::new(&row.artefacts),
            copy_of,
        }
    }
}

/// Artefacts of INT8.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "artefacts"))]
pub(super) struct ArtefactSection {
    /// Share of neighbouring pixels between which F differs and Q does not. `null` without any. Unit: 1.
    banding: Option<f64>,
    /// Share that coding F alone would make flat. Banding beyond it comes from inside the network. `null` without
    /// any. Unit: 1.
    banding_by_code: Option<f64>,
    /// Energy of q at the pixel-alternating frequency over that of f. `null` where it does not exist. Unit: 1.
    checkerboard: Option<f64>,
    /// Share of that frequency in the energy of q: a quarter for white noise, 1 for a pure checkerboard. `null` where
    /// it does not exist. Unit: 1.
    alternating_share: Option<f64>,
    /// Consistency of the sign of the alternation over the image, from 0 to 1: near 0 for noise, 1 for a pattern that
    /// upsampling left. `null` where it does not exist. Unit: 1.
    coherence: Option<f64>,
}

impl ArtefactSection {
    pub(super) fn new(scores: &ArtefactScores) -> Self {
        Self {
            banding: scores.banding,
            banding_by_code: scores.banding_by_code,
            checkerboard: scores.checkerboard,
            alternating_share: scores.alternating_share,
            coherence: scores.coherence,
        }
    }
}

/// Errors by position in the image.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "places"))]
pub(super) struct PlacesSection {
    /// Rows of the coarse grid of cells.
    rows: usize,
    /// Columns of that grid.
    columns: usize,
    /// Pixels within a sixteenth of the image size of its edge.
    border: RegionSection,
    /// The other pixels.
    centre: RegionSection,
    /// `mean(q^2)` at the border over that of the other pixels. `null` where either is empty or the others have no
    /// error. Unit: 1.
    border_ratio: Option<f64>,
    /// Number of pixels of each cell, row by row. Unit: px.
    counts: Vec<f64>,
    /// `mean(f)` of each cell. `null` without pixels. Unit: m.
    bias_f: Vec<Option<f64>>,
    /// `mean(q)` of each cell. `null` without pixels. Unit: m.
    bias_q: Vec<Option<f64>>,
}

/// A region of the image.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "part"))]
struct RegionSection {
    /// Number of pixels. Unit: px.
    count: f64,
    /// F - G.
    f: SignedSection,
    /// Q - F.
    q: SignedSection,
    /// Q - G.
    total: SignedSection,
}

impl PlacesSection {
    pub(super) fn new(place: &ErrorMapSums) -> Self {
        let part = |sums: &ErrorTriple| RegionSection {
            count: sums.f.count,
            f: SignedSection::new(&sums.f),
            q: SignedSection::new(&sums.q),
            total: SignedSection::new(&sums.total),
        };
        Self {
            rows: ERROR_MAP_ROWS,
            columns: ERROR_MAP_COLUMNS,
            border: part(&place.border),
            centre: part(&place.centre),
            border_ratio: place.border_ratio().and_then(finite),
            counts: place.cells.iter().map(|cell| cell.f.count).collect(),
            bias_f: place.cells.iter().map(|cell| cell.f.bias_m()).collect(),
            bias_q: place.cells.iter().map(|cell| cell.q.bias_m()).collect(),
        }
    }
}
