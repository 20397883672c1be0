//! The data of a document's charts. `fathom-plot` paints them as [`DocumentChart`](super::DocumentChart)s.

use fathom_analysis::compare::{ComparedSet, FramePreview};
use fathom_analysis::diagnosis::requantized::WhatIf;
use fathom_analysis::range_space::{AxisDomain, RangePoint};
use fathom_analysis::{BestRange, NamedRange, RangeSettings};

/// The data of a document's charts.
#[derive(Clone, Copy, Debug)]
pub struct ChartData<'a> {
    /// The compared frames.
    pub compared: &'a ComparedSet,
    /// The maps of the first of its worst frames, thinned; `None` where they cannot be read.
    pub worst: Option<&'a FramePreview>,
    /// Settings of the measured ranges.
    pub how: &'a RangeSettings,
    /// The range in use.
    pub current: &'a NamedRange,
    /// The best ends from the start in use.
    pub best: &'a [BestRange],
    /// Every metric along the end of the range.
    pub sweep: Option<(AxisDomain, &'a [RangePoint])>,
    /// The predictions over other ranges.
    pub what_if: Option<&'a WhatIf>,
    /// RMSE of INT8 against ground truth over every pixel as it is, in metres.
    pub int8_m: Option<f64>,
}
