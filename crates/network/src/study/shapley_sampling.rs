//! Sampling of orders of layers, round by round, until shares are precise enough.

use super::study_totals::ShapleyTotals;
use crate::measure::PlayerOrders;

/// Pairs of orders of each frame in one round, which begins with two runs. Two give a standard error.
const PAIRS_A_ROUND: usize = 2;

/// Most pairs of orders of each frame, whatever the standard error.
const MAX_PAIRS: u64 = 400;

/// The orders so far, and what they gave.
#[derive(Clone, Debug)]
pub struct ShapleySampling {
    orders: PlayerOrders,
    totals: ShapleyTotals,
    layers: usize,
    frames: usize,
    /// Standard error at which sampling stops, as a share of the whole.
    wanted: f64,
}

impl ShapleySampling {
    /// No orders yet. `wanted` is the standard error as a share of the whole; 0 samples nothing.
    #[must_use]
    pub fn new(layers: usize, frames: usize, seed: u64, wanted: f64) -> Self {
        Self {
            orders: PlayerOrders::new(layers, seed),
            totals: ShapleyTotals::new(layers, frames),
            layers,
            frames,
            wanted,
        }
    }

    /// The orders of the next round, by frame; `None` if the shares are precise enough.
    pub fn next_round(&mut self) -> Option<Vec<Vec<Vec<usize>>>> {
        let pairs = self.totals.pairs();
        let is_precise = pairs > 0 && self.totals.worst_share() <= self.wanted;
        let is_over = self.wanted <= 0.0 || self.layers == 0 || is_precise || pairs >= MAX_PAIRS;
        let mut of_frame = || self.orders.by_ref().take(PAIRS_A_ROUND).collect();
        (!is_over).then(|| (0..self.frames).map(|_| of_frame()).collect())
    }

    /// Adds the gains of a round, by frame, order and layer.
    pub fn add(&mut self, gains: &[Vec<Vec<f64>>]) {
        self.totals.add(gains);
    }

    /// The figures so far.
    #[must_use]
    pub fn totals(&self) -> &ShapleyTotals {
        &self.totals
    }

    /// Runs of one round, without the two that begin it.
    #[must_use]
    pub fn runs_a_round(&self) -> u64 {
        (2 * self.layers * PAIRS_A_ROUND * self.frames) as u64
    }

    /// Runs of the rounds so far, with those that begin them.
    #[must_use]
    pub fn runs(&self) -> u64 {
        let rounds = self.totals.pairs() / PAIRS_A_ROUND as u64;
        rounds * (self.runs_a_round() + 2 * self.frames as u64)
    }

    /// Runs of all rounds, as far as they can be foreseen: the standard error falls with the root of the number of pairs.
    #[must_use]
    pub fn expected_runs(&self) -> u64 {
        let pairs = self.totals.pairs();
        if pairs == 0 || self.wanted <= 0.0 {
            return self.runs_a_round();
        }
        let ratio = self.totals.worst_share() / self.wanted;
        let needed = (pairs as f64 * ratio * ratio).min(MAX_PAIRS as f64).ceil() as u64;
        (2 * self.layers * self.frames) as u64 * needed.max(pairs + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gains of two frames that differ from order to order by `spread`.
    fn gains(round: &[Vec<Vec<usize>>], spread: f64) -> Vec<Vec<Vec<f64>>> {
        let of_order = |(i, _): (usize, &Vec<usize>)| {
            let shift = if i % 2 == 0 { spread } else { -spread };
            vec![1.0 + shift, 1.0 - shift]
        };
        let frames = round.iter();
        let frames = frames.map(|orders| orders.iter().enumerate().map(of_order).collect());
        frames.collect()
    }

    #[test]
    fn sampling_stops_where_shares_are_precise() {
        let mut sampling = ShapleySampling::new(2, 2, 1, 0.01);
        let first = sampling.next_round().expect("a round");
        let pairs: Vec<usize> = first.iter().map(Vec::len).collect();
        assert_eq!((pairs, sampling.runs_a_round()), (vec![2, 2], 16));
        sampling.add(&gains(&first, 0.4));
        assert!(sampling.expected_runs() > 16);
        let second = sampling.next_round().expect("shares are not precise");
        assert_ne!(first, second);
        sampling.add(&gains(&second, 0.0));
        assert_eq!(sampling.runs(), 2 * (16 + 4));
        let mut precise = ShapleySampling::new(2, 2, 1, 0.01);
        let round = precise.next_round().expect("a round");
        precise.add(&gains(&round, 0.0));
        assert_eq!(precise.next_round(), None);
        assert_eq!(ShapleySampling::new(2, 2, 1, 0.0).next_round(), None);
    }
}
