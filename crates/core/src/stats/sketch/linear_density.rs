//! How the pixels of a cell are taken to lie in it: by a linear density that has their mean.

/// A share of a cell is told to one in so many.
pub(super) const MEANS: u8 = 255;

/// Where in a cell its mean lies, as it is kept; `mean` from 0 at the near end to 1 at the far one.
pub(super) fn kept_mean(mean: f64) -> u8 {
    (mean * f64::from(MEANS))
        .round()
        .clamp(0.0, f64::from(MEANS)) as u8
}

/// The share of a cell's pixels that lies before `x`, from 0 to 1: of a linear density where one can have that mean, else of an even one
/// against the nearer end.
pub(super) fn share_before(mean: u8, x: f64) -> f64 {
    // Where all pixels stand on one end, neither line below says which side of it they are on.
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let mean = f64::from(mean) / f64::from(MEANS);
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

/// The pixels of a cell over `places` equal parts of it, part by part: numbers that add up to `count`.
pub(super) fn spread(count: u64, mean: u8, places: u64) -> impl Iterator<Item = u64> {
    let before = move |place: u64| {
        if place == places {
            return count;
        }
        let share = share_before(mean, place as f64 / places as f64);
        (share * count as f64 + 0.5) as u64
    };
    (0..places).map(move |place| before(place + 1) - before(place).min(before(place + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pixels_lie_as_the_mean_says(mean: u8, count in 1_u64..10_000_000, places in 1_u64..600) {
            let parts: Vec<u64> = spread(count, mean, places).collect();
            prop_assert_eq!(parts.iter().sum::<u64>(), count);
            let sum: f64 = parts
                .iter()
                .enumerate()
                .map(|(i, n)| (i as f64 + 0.5) / places as f64 * *n as f64)
                .sum();
            let got = sum / count as f64;
            let off = 0.5 / places as f64 + 0.5 / count as f64 + 1e-9;
            prop_assert!((got - f64::from(mean) / 255.0).abs() <= off, "{got} for {mean}");
        }
    }
}
