//! Summary figures of a distribution, and a sentence about its tail.

use fathom_core::i18n::tr;
use fathom_core::stats::Distribution;
use fathom_core::units;
use serde::{Deserialize, Serialize};

/// The reported percentiles.
pub const PERCENTILES: [f64; 6] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9];

/// Summary figures of a distribution, with all lengths in metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistributionSummary {
    /// Number of valid pixels.
    pub count: f64,
    /// Smallest depth.
    pub min_m: f64,
    /// Largest depth.
    pub max_m: f64,
    /// Mean depth.
    pub mean_m: f64,
    /// Standard deviation, with division by n.
    pub std_m: f64,
    /// Depths at [`PERCENTILES`], interpolated linearly between ranks.
    pub percentiles_m: [f64; PERCENTILES.len()],
}

impl DistributionSummary {
    /// Computes the figures of a distribution.
    #[must_use]
    pub fn measure(depths: &Distribution) -> Self {
        Self {
            count: depths.count(),
            min_m: depths.min_m(),
            max_m: depths.max_m(),
            mean_m: depths.mean_m(),
            std_m: depths.std_m(),
            percentiles_m: PERCENTILES.map(|p| depths.quantile_m(p / 100.0)),
        }
    }

    /// Returns the median depth in metres.
    #[must_use]
    pub fn median_m(&self) -> f64 {
        self.percentiles_m[0]
    }

    /// Returns the 99th percentile in metres.
    #[must_use]
    pub fn p99_m(&self) -> f64 {
        self.percentiles_m[4]
    }
}

/// Describes the tail in a sentence that compares the median, the 99th percentile and the maximum.
#[must_use]
pub fn tail_sentence(s: &DistributionSummary) -> String {
    let (median, p99) = (s.median_m(), s.p99_m());
    let facts = tr!(
        "Half of the pixels lie under {}, 99 % under {}, and the farthest at {}",
        units::depth(median),
        units::depth(p99),
        units::depth(s.max_m)
    );
    let stretch = s.max_m / p99;
    if s.max_m <= s.min_m {
        tr!(
            "Every valid pixel has the same depth, {}.",
            units::depth(s.max_m)
        )
    } else if p99 / median >= 4.0 || stretch >= 3.0 {
        tr!(
            "A long tail. {facts}: the last 1 % of the pixels stretches over {} % of the span.",
            whole_percent((s.max_m - p99) / (s.max_m - s.min_m)),
            facts
        )
    } else {
        tr!(
            "No long tail. {facts}: there are few rare depths for a range to cut off.",
            facts
        )
    }
}

fn whole_percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(min_m: f64, median_m: f64, p99_m: f64, max_m: f64) -> DistributionSummary {
        DistributionSummary {
            count: 100.0,
            min_m,
            max_m,
            mean_m: median_m,
            std_m: 1.0,
            percentiles_m: [median_m, median_m, median_m, median_m, p99_m, p99_m],
        }
    }

    #[test]
    fn the_sentence_distinguishes_long_short_and_no_tails() {
        for (case, beginning) in [
            (summary(0.004, 1.598, 25.789, 230.273), "A long tail. Half"),
            (summary(0.8, 1.8, 2.7, 2.93), "No long tail. Half"),
            (summary(2.0, 2.0, 2.0, 2.0), "Every valid pixel"),
        ] {
            let sentence = tail_sentence(&case);
            assert!(sentence.starts_with(beginning), "{sentence}");
        }
        assert!(
            tail_sentence(&summary(0.004, 1.598, 25.789, 230.273)).contains("89 % of the span")
        );
    }
}
