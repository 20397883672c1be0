//! The out-of-range policy: the effect of pixels outside the range on the metrics.

use serde::{Deserialize, Serialize};

use super::coded_errors::{CodedErrors, SquaredErrors};
use fathom_core::i18n::msgid;
use fathom_core::metrics::ErrorSums;

/// The effect of a pixel outside the range on the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// The clipping error counts.
    #[default]
    Count,
    /// The pixel is masked out, as in many evaluation scripts.
    Exclude,
    /// The reference is clamped to the range too, so the pixel counts as one without error.
    Clamp,
}

impl Policy {
    /// All policies, in display order.
    pub const ALL: [Self; 3] = [Self::Count, Self::Exclude, Self::Clamp];

    /// Returns the name in reports, links and on the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => msgid("count"),
            Self::Exclude => msgid("exclude"),
            Self::Clamp => msgid("clamp"),
        }
    }

    /// Returns the sums over the pixels that this policy includes.
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

    /// Returns the number of included pixels and the clipping part of the squared error, in square metres.
    pub(super) fn count_and_clipping(self, errors: &SquaredErrors) -> (f64, f64) {
        let all = errors.inside_count + errors.outside_count;
        match self {
            Self::Count => (all, errors.outside_square),
            Self::Exclude => (errors.inside_count, 0.0),
            Self::Clamp => (all, 0.0),
        }
    }
}
