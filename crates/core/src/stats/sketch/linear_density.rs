//! The density of pixels within a bin: linear, with the bin's mean.

/// Steps in which the position of a mean is stored.
pub(super) const MEAN_STEPS: u8 = 255;

/// The stored position of a bin's mean, from a position between 0 at the near edge and 1 at the far edge.
pub(super) fn quantize_mean(mean: f64) -> u8 {
    (mean * f64::from(MEAN_STEPS))
        .round()
        .clamp(0.0, f64::from(MEAN_STEPS)) as u8
}

/// The share of a bin's pixels before position `x`, from 0 to 1.
///
/// The density is linear if a linear one can have the mean, else uniform from the nearer edge.
pub(super) fn share_before(mean: u8, x: f64) -> f64 {
    // With all pixels on one edge, the formulas below cannot tell the side.
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let mean = f64::from(mean) / f64::from(MEAN_STEPS);
    if mean < 1.0 / 3.0 {
        return if x < 2.0 * mean {
            x / (2.0 * mean)
        } else {
            1.0
        };
    }
    if mean > 2.0 / 3.0 {
        let rest = 2.0 * (1.0 - mean);
        return if 1.0 - x < rest {
            1.0 - (1.0 - x) / rest
        } else {
            0.0
        };
    }
    // Density 1 + c (2 x - 1), whose mean is 1/2 + c / 6.
    let c = 6.0 * (mean - 0.5);
    (1.0 - c) * x + c * x * x
}

/// The pixels of a bin in each of `parts` equal parts of it. They add up to `count`.
pub(super) fn spread(count: u64, mean: u8, parts: u64) -> impl Iterator<Item = u64> {
    let before = move |part: u64| {
        if part == parts {
            return count;
        }
        let share = share_before(mean, part as f64 / parts as f64);
        (share * count as f64 + 0.5) as u64
    };
    (0..parts).map(move |part| before(part + 1) - before(part).min(before(part + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pixels_lie_as_the_mean_says(mean: u8, count in 1_u64..10_000_000, parts in 1_u64..600) {
            let counts: Vec<u64> = spread(count, mean, parts).collect();
            prop_assert_eq!(counts.iter().sum::<u64>(), count);
            let sum: f64 = counts
                .iter()
                .enumerate()
                .map(|(i, n)| (i as f64 + 0.5) / parts as f64 * *n as f64)
                .sum();
            let got = sum / count as f64;
            let off = 0.5 / parts as f64 + 0.5 / count as f64 + 1e-9;
            prop_assert!((got - f64::from(mean) / 255.0).abs() <= off, "{got} for {mean}");
        }
    }
}
