//! Effect of layers: only one rounds, all but one round, and Shapley values by sampling.
//!
//! Shapley values by permutations: J. Castro, D. Gomez and J. Tejada, "Polynomial calculation of the Shapley value based on sampling",
//! 2009. Each permutation is used with its reverse (antithetic sampling), which cancels effects that depend on the order alone.

use crate::gating::Layer;
use crate::network_error::NetworkError;
use serde::{Deserialize, Serialize};

use super::frame_session::FrameSession;
use super::group_effects::ErrorSpace;
use super::output_error::OutputError;

/// A group of quantizers that is on or off as one.
pub type Player = Vec<usize>;

/// The quantizers of each layer.
#[must_use]
pub fn layer_players(layers: &[Layer]) -> Vec<Player> {
    layers.iter().map(|l| l.quantizers.clone()).collect()
}

/// One frame with only one player, and with all but one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlayerRuns {
    /// Only this player rounds.
    pub only: OutputError,
    /// All but this player round.
    pub all_but: OutputError,
}

/// Both runs of one player on one frame. Quantizers outside all players are on in the second, off in the first.
///
/// # Errors
/// If an operator cannot run.
pub fn player_runs(
    session: &FrameSession<'_>,
    quantizers: usize,
    player: &Player,
) -> Result<PlayerRuns, NetworkError> {
    let mut gates = vec![false; quantizers];
    set(&mut gates, player, true);
    let only = session.error(&gates)?;
    let mut gates = vec![true; quantizers];
    set(&mut gates, player, false);
    Ok(PlayerRuns {
        only,
        all_but: session.error(&gates)?,
    })
}

fn set(gates: &mut [bool], player: &Player, is_on: bool) {
    for &quantizer in player {
        if let Some(gate) = gates.get_mut(quantizer) {
            *gate = is_on;
        }
    }
}

/// The gain of each player in mean squared error on one frame, averaged over an order and its reverse.
///
/// # Errors
/// If an operator cannot run.
pub fn antithetic_gains(
    session: &FrameSession<'_>,
    quantizers: usize,
    players: &[Player],
    order: &[usize],
    space: ErrorSpace,
) -> Result<Vec<f64>, NetworkError> {
    let mut gains = vec![0.0; players.len()];
    let reverse: Vec<usize> = order.iter().rev().copied().collect();
    for order in [order, &reverse] {
        let mut gates = vec![false; quantizers];
        let mut trace = session.fp32().clone();
        let mut before = 0.0;
        for &player in order {
            let Some(members) = players.get(player) else {
                continue;
            };
            set(&mut gates, members, true);
            trace = session.step(&gates, &trace)?;
            let after = space.mean_square(&session.change(&trace)?);
            gains[player] += (after - before) / 2.0;
            before = after;
        }
    }
    Ok(gains)
}

/// Orders of players, drawn from a seed.
#[derive(Clone, Debug)]
pub struct PlayerOrders {
    players: usize,
    state: u64,
}

impl PlayerOrders {
    /// Orders of so many players. The same seed gives the same orders everywhere.
    #[must_use]
    pub fn new(players: usize, seed: u64) -> Self {
        Self {
            players,
            state: seed,
        }
    }

    /// `SplitMix64` (Steele, Lea and Flood, 2014).
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Iterator for PlayerOrders {
    type Item = Vec<usize>;

    /// Fisher and Yates's shuffle. Never ends.
    fn next(&mut self) -> Option<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.players).collect();
        for i in (1..order.len()).rev() {
            let j = ((u128::from(self.random()) * (i as u128 + 1)) >> 64) as usize;
            order.swap(i, j);
        }
        Some(order)
    }
}

/// Shapley values so far.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapleyEstimate {
    pairs: u64,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl ShapleyEstimate {
    /// No samples of so many players.
    #[must_use]
    pub fn new(players: usize) -> Self {
        Self {
            pairs: 0,
            sums: vec![0.0; players],
            squares: vec![0.0; players],
        }
    }

    /// Adds the gains of one antithetic pair.
    pub fn add(&mut self, gains: &[f64]) {
        self.pairs += 1;
        for ((sum, square), gain) in self.sums.iter_mut().zip(&mut self.squares).zip(gains) {
            *sum += gain;
            *square += gain * gain;
        }
    }

    /// Number of antithetic pairs.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        self.pairs
    }

    /// Mean gain of each player. The sum is the effect of all players together.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        let n = self.pairs.max(1) as f64;
        self.sums.iter().map(|s| s / n).collect()
    }

    /// Standard error of each value; infinite for fewer than two pairs.
    #[must_use]
    pub fn standard_errors(&self) -> Vec<f64> {
        if self.pairs < 2 {
            return vec![f64::INFINITY; self.sums.len()];
        }
        let n = self.pairs as f64;
        self.sums
            .iter()
            .zip(&self.squares)
            .map(|(sum, square)| {
                let variance = (square - sum * sum / n).max(0.0) / (n - 1.0);
                libm::sqrt(variance / n)
            })
            .collect()
    }
}

/// Indices by falling value.
#[must_use]
pub fn ranked(values: &[f64]) -> Vec<usize> {
    let mut out: Vec<usize> = (0..values.len()).collect();
    out.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_permutations_and_repeat() {
        let orders: Vec<Vec<usize>> = PlayerOrders::new(5, 7).take(200).collect();
        assert_eq!(
            orders,
            PlayerOrders::new(5, 7).take(200).collect::<Vec<_>>()
        );
        let mut first = [0; 5];
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4]);
            first[order[0]] += 1;
        }
        assert!(first.iter().all(|&n| (20..=60).contains(&n)), "{first:?}");
    }

    #[test]
    fn estimates_converge_to_exact_values() {
        // v(S) = (sum of weights)^2: the Shapley value of i is w_i * sum of w.
        let weights = [1.0, 2.0, 3.0, 4.0];
        let mut estimate = ShapleyEstimate::new(4);
        for order in PlayerOrders::new(4, 1).take(300) {
            let mut gains = vec![0.0; 4];
            for order in [order.clone(), order.into_iter().rev().collect()] {
                let mut sum: f64 = 0.0;
                for player in order {
                    let after = sum + weights[player];
                    gains[player] += (after * after - sum * sum) / 2.0;
                    sum = after;
                }
            }
            estimate.add(&gains);
        }
        for (found, weight) in estimate.values().iter().zip(weights) {
            // A quadratic game is exact with antithetic pairs.
            assert!((found - weight * 10.0).abs() < 1e-9, "{found}");
        }
        assert!(estimate.standard_errors().iter().all(|&error| error < 1e-9));
        assert_eq!(ranked(&estimate.values()), [3, 2, 1, 0]);
    }
}
