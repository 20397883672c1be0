//! Effect of weights, biases, input, activations and output: alone, together, and Shapley shares of {weights, activations, output}.
//!
//! Shapley value: L. S. Shapley, "A value for n-person games", 1953. With three groups it is exact from the eight subsets.

use crate::network_error::NetworkError;
use crate::quantization::{Quantizer, QuantizerKind};
use serde::{Deserialize, Serialize};

use super::frame_interval::FrameInterval;
use super::frame_session::FrameSession;
use super::output_error::OutputError;

/// Groups whose shares are computed.
const SHARED_GROUPS: usize = 3;

/// Which of the three groups a quantizer is in: weights and biases, input and activations, output.
#[must_use]
pub fn shared_group(kind: QuantizerKind) -> usize {
    match kind {
        QuantizerKind::Weight | QuantizerKind::Bias => 0,
        QuantizerKind::Input | QuantizerKind::Activation => 1,
        QuantizerKind::Output => 2,
    }
}

/// Runs of one frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupRuns {
    /// By subset of the three groups: bit 0 for weights, bit 1 for activations, bit 2 for the output.
    pub subsets: [OutputError; 1 << SHARED_GROUPS],
    /// Each kind alone, in the order of [`QuantizerKind::ALL`].
    pub alone: [OutputError; 5],
}

impl GroupRuns {
    /// Runs a frame with each subset and each kind.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn measure(
        session: &FrameSession<'_>,
        quantizers: &[Quantizer],
    ) -> Result<Self, NetworkError> {
        let run = |is_on: &dyn Fn(QuantizerKind) -> bool| {
            let gates: Vec<bool> = quantizers.iter().map(|q| is_on(q.kind)).collect();
            session.error(&gates)
        };
        let mut out = Self {
            subsets: Default::default(),
            alone: Default::default(),
        };
        for (subset, error) in out.subsets.iter_mut().enumerate() {
            *error = run(&|kind| subset >> shared_group(kind) & 1 == 1)?;
        }
        for (kind, error) in QuantizerKind::ALL.iter().zip(&mut out.alone) {
            *error = run(&|other| other == *kind)?;
        }
        Ok(out)
    }
}

/// The unit of a mean squared error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorSpace {
    /// The output's own.
    Output,
    /// Metres.
    Metres,
}

impl ErrorSpace {
    /// Mean of the squares in this unit.
    #[must_use]
    pub fn mean_square(self, error: &OutputError) -> f64 {
        match self {
            Self::Output => error.change.mean_square(),
            Self::Metres => error.change_m.mean_square(),
        }
    }
}

/// Effects over all frames. Errors are mean squares.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupEffects {
    /// All quantizers.
    pub total: FrameInterval,
    /// Each kind alone, in the order of [`QuantizerKind::ALL`].
    pub alone: [FrameInterval; 5],
    /// By subset of the three groups, as in [`GroupRuns`].
    pub subsets: [f64; 1 << SHARED_GROUPS],
    /// Shapley values of weights with biases, input with activations, and output. Their sum is the total.
    pub shapley: [FrameInterval; SHARED_GROUPS],
    /// The total less the three groups alone.
    pub interaction: f64,
}

impl GroupEffects {
    /// Averages frames: each counts the same.
    #[must_use]
    pub fn of(frames: &[GroupRuns], space: ErrorSpace) -> Self {
        let over_frames = |value: &dyn Fn(&GroupRuns) -> f64| {
            let values: Vec<f64> = frames.iter().map(value).collect();
            FrameInterval::of(&values)
        };
        let subset = |runs: &GroupRuns, i: usize| space.mean_square(&runs.subsets[i]);
        let subsets: [f64; 8] = std::array::from_fn(|i| over_frames(&|r| subset(r, i)).mean);
        Self {
            total: over_frames(&|r| subset(r, 7)),
            alone: std::array::from_fn(|i| over_frames(&|r| space.mean_square(&r.alone[i]))),
            shapley: std::array::from_fn(|i| {
                over_frames(&|r| exact_shapley(&std::array::from_fn(|s| subset(r, s)))[i])
            }),
            interaction: subsets[7] - subsets[1] - subsets[2] - subsets[4],
            subsets,
        }
    }

    /// Shares of the three groups; zeros if nothing changes.
    #[must_use]
    pub fn shares(&self) -> [f64; SHARED_GROUPS] {
        let total = self.total.mean;
        self.shapley
            .map(|s| if total > 0.0 { s.mean / total } else { 0.0 })
    }
}

/// Shapley values of three players from the values of all subsets.
fn exact_shapley(v: &[f64; 8]) -> [f64; SHARED_GROUPS] {
    std::array::from_fn(|i| {
        let own = 1 << i;
        (0..8)
            .filter(|s| s & own == 0)
            .map(|s: usize| {
                // Orders in which exactly `s` precedes the player, over all 3! = 6 orders.
                let weight = match s.count_ones() {
                    1 => 1.0,
                    _ => 2.0,
                };
                weight / 6.0 * (v[s | own] - v[s])
            })
            .sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapley_is_the_mean_over_all_orders() {
        let v = [0.0, 1.0, 2.0, 4.5, 0.5, 1.25, 2.5, 6.0];
        let orders = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        let mut expected = [0.0; 3];
        for order in orders {
            let mut set = 0_usize;
            for player in order {
                let next = set | 1 << player;
                expected[player] += (v[next] - v[set]) / 6.0;
                set = next;
            }
        }
        for (found, expected) in exact_shapley(&v).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12);
        }
    }
}
