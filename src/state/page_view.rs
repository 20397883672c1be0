//! The views of the page, of which one is shown.

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
