//! Spearman's rank correlation: Pearson's correlation of ranks, where equal values share the mean of their ranks.

/// Ranks from 0, with the mean rank for equal values. Values must not be NaN.
fn ranks(values: &[f64]) -> Vec<f64> {
    let sorted_key = |(i, value): (u32, &f64)| (ordered_bits(*value), i);
    let mut order: Vec<(i64, u32)> = (0..).zip(values).map(sorted_key).collect();
    order.sort_unstable();
    let mut out = vec![0.0; values.len()];
    let mut from = 0;
    for run in order.chunk_by(|a, b| a.0 == b.0) {
        let mean = from as f64 + (run.len() - 1) as f64 / 2.0;
        for &(_, i) in run {
            out[i as usize] = mean;
        }
        from += run.len();
    }
    out
}

/// An integer in the order of numbers: sorting these is faster than comparing numbers.
fn ordered_bits(value: f64) -> i64 {
    // Without the sign of a zero.
    let bits = (value + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// Pearson's correlation; `None` for fewer than two pairs or a constant side.
pub(super) fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len().min(b.len());
    if n < 2 {
        return None;
    }
    let mean = |v: &[f64]| v[..n].iter().sum::<f64>() / n as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (&x, &y) in a[..n].iter().zip(&b[..n]) {
        let (x, y) = (x - mean_a, y - mean_b);
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    let correlation = ab / (aa * bb).sqrt();
    correlation
        .is_finite()
        .then(|| correlation.clamp(-1.0, 1.0))
}

/// Spearman's rank correlation of pairs without NaN; `None` for fewer than two pairs or a constant side.
#[must_use]
pub fn rank_correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len().min(b.len());
    pearson(&ranks(&a[..n]), &ranks(&b[..n]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_textbook_example_with_ties() {
        // scipy.stats.spearmanr([1, 2, 2, 4, 5], [3, 1, 4, 4, 9]) gives 0.7631578947368421.
        let rho = rank_correlation(&[1.0, 2.0, 2.0, 4.0, 5.0], &[3.0, 1.0, 4.0, 4.0, 9.0]);
        assert!((rho.expect("a number") - 0.763_157_894_736_842_1).abs() < 1e-15);
        assert_eq!(rank_correlation(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(rank_correlation(&[1.0], &[1.0]), None);
    }

    proptest! {
        #[test]
        fn monotone_functions_keep_it_and_a_reversal_negates_it(pairs in prop::collection::vec((0.1..50.0_f64, 0.1..50.0_f64), 3..200)) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let Some(rho) = rank_correlation(&a, &b) else { return Ok(()) };
            let logs: Vec<f64> = b.iter().map(|v| libm::log(*v)).collect();
            let inverse: Vec<f64> = b.iter().map(|v| -v).collect();
            prop_assert!((rank_correlation(&a, &logs).expect("a number") - rho).abs() < 1e-9);
            prop_assert!((rank_correlation(&a, &inverse).expect("a number") + rho).abs() < 1e-9);
        }
    }
}
