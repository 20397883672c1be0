//! Another link beside what is on the page. A caller fills it in.
//!
//! Knows names and numbers; knows no link.

use serde::Serialize;

/// What is on the page and what another link holds: every difference is the other's figure less this one's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OtherLinkFacts {
    /// What the two are, the page's own first.
    pub links: [LinkEntry; 2],
    /// Every metric; none where neither holds a comparison.
    pub metrics: Vec<BesideMetric>,
    /// The ranges of both, on the depths of both.
    pub ranges: Vec<BesideRange>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkEntry {
    /// `this` or `other`.
    pub which: &'static str,
    /// As somebody called it; may be empty.
    pub title: String,
    /// What its depths are of; `None` for the built-in sample.
    pub source: Option<String>,
    /// Valid pixels.
    pub count: f64,
    /// Frames compared; `None` without a comparison.
    pub frames: Option<u32>,
}

/// A metric of both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BesideMetric {
    /// Its name.
    pub metric: &'static str,
    /// Of the page; `None` without a comparison.
    pub this: Option<BesideChange>,
    /// Of the other link.
    pub other: Option<BesideChange>,
    /// The other's figure of FP32 less this one's.
    pub fp32_difference: Option<f64>,
    /// The other's figure of INT8 less this one's.
    pub int8_difference: Option<f64>,
    /// What the intervals of the two changes say: `overlap`, `apart` or `unknown`.
    pub intervals: &'static str,
}

/// A metric's change from FP32 to INT8, in the unit of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BesideChange {
    /// Of FP32.
    pub fp32: f64,
    /// Of INT8.
    pub int8: f64,
    /// INT8 less FP32.
    pub difference: f64,
    /// The 95 % interval of the difference.
    pub interval: Option<[f64; 2]>,
}

/// A range on the depths of both, measured in the page's way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BesideRange {
    /// Its name.
    pub name: String,
    /// Its start, in metres.
    pub min: f64,
    /// Its end, in metres.
    pub max: f64,
    /// On the page's depths.
    pub this: BesideOutcome,
    /// On those of the other link.
    pub other: BesideOutcome,
}

/// What a range does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BesideOutcome {
    /// RMSE, in metres; `None` where no pixel is measured.
    pub rmse: Option<f64>,
    /// Share of the pixels inside.
    pub coverage: f64,
}
