//! The views of the page, of which one is shown, and what the chart of sweeps shows.

use fathom_core::i18n::tr;

/// One view of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PageView {
    /// The three answers, with one chart and one table.
    #[default]
    Summary,
    /// FP32 and INT8 against ground truth, by depth, frame and place.
    Predictions,
    /// Rounding and clipping against the ends of the range.
    Range,
    /// Output codes other than the one in use.
    Codes,
    /// Effect of the network's layers.
    Network,
    /// Ranked remedies, exports, the link.
    Remedies,
}

impl PageView {
    /// All views in the order of the bar.
    pub(crate) const ALL: [Self; 6] = [
        Self::Summary,
        Self::Predictions,
        Self::Range,
        Self::Codes,
        Self::Network,
        Self::Remedies,
    ];

    /// The name in the address, and of the view's element.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Predictions => "predictions",
            Self::Range => "range",
            Self::Codes => "codes",
            Self::Network => "network",
            Self::Remedies => "remedies",
        }
    }

    /// The view with this name.
    pub(crate) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.id() == id)
    }

    /// The title in the bar, translated.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Summary => tr!("Summary"),
            Self::Predictions => tr!("Predictions"),
            Self::Range => tr!("Range"),
            Self::Codes => tr!("Codes"),
            Self::Network => tr!("Network"),
            Self::Remedies => tr!("Remedies & export"),
        }
    }
}

/// The figures that the chart of sweeps can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Swept {
    /// FP32's output, quantized over other ranges, against ground truth.
    Predictions,
    /// The metric while the end of the range moves.
    End,
    /// The metric while the start of the range moves.
    Start,
    /// The metric against the end of the range, by bit width.
    Bits,
}

impl Swept {
    /// All of them in the order they are offered.
    pub(crate) const ALL: [Self; 4] = [Self::Predictions, Self::End, Self::Start, Self::Bits];

    /// The name in the address.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Predictions => "what-if",
            Self::End => "end",
            Self::Start => "start",
            Self::Bits => "bits",
        }
    }

    /// The one that an anchor names, with or without the ending of a heading.
    pub(crate) fn from_anchor(anchor: &str) -> Option<Self> {
        let id = anchor.strip_suffix("-title").unwrap_or(anchor);
        Self::ALL.into_iter().find(|swept| swept.id() == id)
    }

    /// The title of its button, translated.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Predictions => tr!("the predictions"),
            Self::End => tr!("the end moves"),
            Self::Start => tr!("the start moves"),
            Self::Bits => tr!("bit widths"),
        }
    }
}
