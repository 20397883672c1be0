//! The order in which layers are best kept at more bits, and the points at which the result is measured.
//!
//! The order divides effects by costs, as AMP does with layers' signal to noise (arXiv:2302.05397). It only says which sets are tried: the
//! figure of a set is measured, because effects of layers do not add up.

use std::cmp::Ordering;

/// Points that follow each other layer by layer; behind them the steps grow.
const SINGLE_STEPS: usize = 20;

/// Growth of the steps behind.
const GROWTH: f64 = 1.2;

/// Layers by falling effect for their cost. A layer without a cost comes before those with one if it has an effect; layers whose rounding
/// does good come last.
#[must_use]
pub fn keep_order(effects: &[f64], costs: &[f64]) -> Vec<usize> {
    let gain = |layer: usize| {
        let effect = effects[layer];
        match costs.get(layer) {
            Some(&cost) if cost > 0.0 => effect / cost,
            _ if effect > 0.0 => f64::INFINITY,
            _ => effect,
        }
    };
    let mut out: Vec<usize> = (0..effects.len()).collect();
    out.sort_by(|&a, &b| match gain(b).total_cmp(&gain(a)) {
        Ordering::Equal => effects[b].total_cmp(&effects[a]),
        order => order,
    });
    out
}

/// Numbers of kept layers that are measured: none, all, one by one at first, and then by growing steps.
#[must_use]
pub fn kept_counts(layers: usize) -> Vec<usize> {
    let mut out: Vec<usize> = (0..=layers.min(SINGLE_STEPS)).collect();
    let mut next = SINGLE_STEPS as f64 * GROWTH;
    while (next as usize) < layers {
        out.push(next as usize);
        next *= GROWTH;
    }
    if layers > SINGLE_STEPS {
        out.push(layers);
    }
    out
}

/// For each point of rising cost, whether an earlier one has no larger error.
#[must_use]
pub fn dominated(errors: &[f64]) -> Vec<bool> {
    let mut least = f64::INFINITY;
    let is_worse = |&error: &f64| {
        let is_worse = error >= least;
        least = least.min(error);
        is_worse
    };
    errors.iter().map(is_worse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_ratio_comes_first() {
        let order = keep_order(&[4.0, 3.0, -1.0, 1.0, 2.0], &[4.0, 1.0, 0.1, 0.0, 2.0]);
        assert_eq!(order, [3, 1, 0, 4, 2]);
        // Equal ratios: the larger effect first.
        assert_eq!(keep_order(&[1.0, 2.0], &[1.0, 2.0]), [1, 0]);
        assert_eq!(keep_order(&[], &[]), [0_usize; 0]);
    }

    #[test]
    fn both_ends_are_measured() {
        assert_eq!(kept_counts(0), [0]);
        assert_eq!(kept_counts(3), [0, 1, 2, 3]);
        for layers in [20, 21, 24, 25, 100, 400] {
            let counts = kept_counts(layers);
            assert!(counts.is_sorted_by(|a, b| a < b), "{counts:?}");
            assert_eq!((counts[0], counts.last()), (0, Some(&layers)));
            assert!(counts.len() < 45, "{counts:?}");
        }
    }

    #[test]
    fn later_points_must_be_better() {
        let found = dominated(&[5.0, 6.0, 4.0, 4.0, 0.0]);
        assert_eq!(found, [false, true, false, true, false]);
    }
}
