//! Comparison of the page with another link. The caller fills in the figures, so no type of a link appears here.

use serde::Serialize;

/// Another link compared with the page. Every difference is the figure of the other link less that of the page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "other_link"))]
pub struct OtherLinkSection {
    /// The two results, the page first.
    pub links: [LinkEntry; 2],
    /// Every metric. Empty where neither holds a comparison.
    pub metrics: Vec<OtherLinkMetric>,
    /// The ranges of both on the depths of both, measured with the settings of the page.
    pub ranges: Vec<OtherLinkRange>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "link"))]
pub struct LinkEntry {
    /// `this` is the page, `other` the link.
    #[cfg_attr(test, schemars(extend("enum" = ["this", "other"])))]
    pub which: &'static str,
    /// Title that the user gave it; may be empty.
    pub title: String,
    /// Source of the depths. `null` for the built-in sample.
    pub source: Option<String>,
    /// Number of valid pixels. Unit: px.
    pub count: f64,
    /// Number of frames compared. `null` without a comparison.
    pub frames: Option<u32>,
}

/// A metric of both.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "beside_metric"))]
pub struct OtherLinkMetric {
    /// Name of the metric.
    #[cfg_attr(test, schemars(extend("enum" = super::value_names::metrics())))]
    pub metric: &'static str,
    /// The metric on the page. `null` without a comparison.
    pub this: Option<OtherLinkChange>,
    /// The metric of the other link. `null` without a comparison.
    pub other: Option<OtherLinkChange>,
    /// `other/fp32 - this/fp32`. `null` where one is missing. Unit: as the metric.
    pub fp32_difference: Option<f64>,
    /// `other/int8 - this/int8`. `null` where one is missing. Unit: as the metric.
    pub int8_difference: Option<f64>,
    /// Says if the 95 % intervals of the two changes `overlap` or lie `apart`. `unknown` where one is missing.
    #[cfg_attr(test, schemars(extend("enum" = ["overlap", "apart", "unknown"])))]
    pub intervals: &'static str,
}

/// A change of a metric from F to Q on one side. A figure that is not finite is `null`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "beside_change"))]
pub struct OtherLinkChange {
    /// The metric of F. Unit: as the metric.
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub fp32: f64,
    /// The metric of Q. Unit: as the metric.
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub int8: f64,
    /// `int8 - fp32`. Unit: as the metric.
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub difference: f64,
    /// 95 % interval of the difference, as in `change`. `null` without one. Unit: as the metric.
    pub interval: Option<[f64; 2]>,
}

/// A range on the depths of both.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "beside_range"))]
pub struct OtherLinkRange {
    /// Name of the range.
    pub name: String,
    /// Start of the range. Unit: m.
    pub min: f64,
    /// End of the range. Unit: m.
    pub max: f64,
    /// On the depths of the page.
    pub this: OtherLinkOutcome,
    /// On the depths of the other link.
    pub other: OtherLinkOutcome,
}

/// Effect of a range on the depths.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "beside_outcome")
)]
pub struct OtherLinkOutcome {
    /// RMSE under the policy of the page. `null` where no pixel is measured. Unit: m.
    pub rmse: Option<f64>,
    /// Share of the pixels inside the range. Unit: 1.
    pub coverage: f64,
}
