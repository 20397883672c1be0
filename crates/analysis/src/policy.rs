//! The out-of-range policy: what a pixel outside the range does to the metrics.

use serde::{Deserialize, Serialize};

use super::coding::{CodedErrors, SquaredErrors};
use fathom_core::i18n::msgid;
use fathom_core::metrics::ErrorSums;

/// What a pixel outside the range does to the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// Its clipping error counts.
    #[default]
    Count,
    /// It is masked out, as many evaluation scripts do.
    Exclude,
    /// The reference is clamped to the range too, so that it counts as a pixel without error.
    Clamp,
}

impl Policy {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Count, Self::Exclude, Self::Clamp];

    /// The name in reports, links and on the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => msgid("count"),
            Self::Exclude => msgid("exclude"),
            Self::Clamp => msgid("clamp"),
        }
    }

    /// The sums over the pixels that this policy measures.
    #[must_use]
    pub fn apply(self, errors: &CodedErrors) -> ErrorSums {
        let mut sums = errors.inside;
        match self {
            Self::Exclude => {}
            Self::Count => {
                sums.add(&errors.below);
                sums.add(&errors.above);
            }
            Self::Clamp => sums.add_perfect(errors.below.count + errors.above.count),
        }
        sums
    }

    /// Number of measured pixels and the clipping part of the squared error, in square metres.
    pub(super) fn measured(self, errors: &SquaredErrors) -> (f64, f64) {
        let all = errors.inside_count + errors.outside_count;
        match self {
            Self::Count => (all, errors.outside_square),
            Self::Exclude => (errors.inside_count, 0.0),
            Self::Clamp => (all, 0.0),
        }
    }
}
