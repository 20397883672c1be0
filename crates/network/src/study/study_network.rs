//! The network of a study, and what is measured on one frame.

use std::collections::BTreeMap;

use fathom_core::i18n::tr;
use serde::{Deserialize, Serialize};

use crate::gating::NetworkPair;
use crate::measure::{
    DifferenceSums, ErrorSpace, FrameSession, GroupRuns, Judge, OutputError, OwnPlan, Player,
    PlayerRuns, TensorStatistics, antithetic_gains, layer_players, own_outputs, player_runs,
    tensor_statistics,
};
use crate::network_error::NetworkError;
use crate::output::OutputQuantity;
use crate::runtime::{Keep, Plan, Value};

/// Seed of the directions in which values are nudged before they are rounded.
const TIES_SEED: u64 = 1;

/// One frame.
#[derive(Clone, Debug)]
pub struct StudyFrame {
    /// Inputs by name.
    pub inputs: BTreeMap<String, Value>,
    /// Ground truth in metres at the output's pixels; NaN where there is none.
    pub truth_m: Option<Vec<f64>>,
}

/// A network with gates, ready to run.
#[derive(Clone, Copy, Debug)]
pub struct StudyNetwork<'a> {
    /// The network with its quantizers.
    pub pair: &'a NetworkPair,
    /// The gated graph's plan.
    pub plan: &'a Plan,
    /// The INT8 file's own plan, if its graph differs.
    pub own: Option<OwnPlan<'a>>,
    /// Index of the output that is judged.
    pub output: usize,
    /// Index of that output in the INT8 file's own graph.
    pub own_output: usize,
    /// The output's quantity.
    pub quantity: OutputQuantity,
    /// The unit of shares.
    pub space: ErrorSpace,
    /// Largest number of bytes that a frame's runs may keep.
    pub kept_bytes: u64,
}

/// The effect of the INT8 file's own graph where its nodes are not those of the FP32 model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnFigures {
    /// The file's output against the FP32 network's.
    pub file: OutputError,
    /// The file's output against that of the quantizers in the FP32 graph, in the output's unit: what lost and added nodes do.
    pub nodes: DifferenceSums,
    /// The same in metres.
    pub nodes_m: DifferenceSums,
}

/// The network as a whole on one frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameFigures {
    /// Groups, with all quantizers on among the subsets.
    pub groups: GroupRuns,
    /// The INT8 file's own graph.
    pub own: Option<OwnFigures>,
    /// The output's change by ties that round the other way, in its unit.
    pub ties: DifferenceSums,
}

/// Layers and tensors on one frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerFigures {
    /// Each layer only, and all but it.
    pub layers: Vec<PlayerRuns>,
    /// Each quantizer's tensor.
    pub tensors: Vec<TensorStatistics>,
}

/// Runs of the network to measure a frame, without those that keep tensors: both ends, eight subsets and five kinds, one for ties, and two
/// a layer.
#[must_use]
pub fn runs_per_frame(layers: usize) -> u64 {
    16 + 2 * layers as u64
}

impl StudyNetwork<'_> {
    /// Bytes that a worker keeps while it measures a frame: the values of three runs, or of none where those are more than it may keep.
    #[must_use]
    pub fn frame_bytes(&self) -> u64 {
        let kept = self.plan.trace_bytes().saturating_mul(3);
        if kept <= self.kept_bytes { kept } else { 0 }
    }

    /// The quantizers of each layer.
    #[must_use]
    pub fn players(&self) -> Vec<Player> {
        layer_players(&self.pair.gated.layers)
    }

    /// Measures the network as a whole on a frame. `on_run` is called with the number of runs that were done since its last call.
    ///
    /// # Errors
    /// If an operator cannot run, or an input does not fit.
    pub fn measure_whole(
        &self,
        frame: &StudyFrame,
        on_run: impl FnMut(u64),
    ) -> Result<FrameFigures, NetworkError> {
        let quantity = self.quantity;
        let to_metres = move |values: &[f32]| in_metres(quantity, values);
        self.whole_of(frame, &self.session(frame, &to_metres)?, on_run)
    }

    /// Measures layers and tensors on a frame.
    ///
    /// # Errors
    /// As [`Self::measure_whole`].
    pub fn measure_layers(
        &self,
        frame: &StudyFrame,
        on_run: impl FnMut(u64),
    ) -> Result<LayerFigures, NetworkError> {
        let quantity = self.quantity;
        let to_metres = move |values: &[f32]| in_metres(quantity, values);
        let layers = self.layers_of(&self.session(frame, &to_metres)?, on_run)?;
        let tensors = self.tensors_of(frame)?;
        Ok(LayerFigures { layers, tensors })
    }

    /// Both, which saves the runs that begin them.
    ///
    /// # Errors
    /// As [`Self::measure_whole`].
    pub fn measure(
        &self,
        frame: &StudyFrame,
        mut on_run: impl FnMut(u64),
    ) -> Result<(FrameFigures, LayerFigures), NetworkError> {
        let quantity = self.quantity;
        let to_metres = move |values: &[f32]| in_metres(quantity, values);
        let session = self.session(frame, &to_metres)?;
        let whole = self.whole_of(frame, &session, &mut on_run)?;
        let layers = self.layers_of(&session, on_run)?;
        // The traces of the session make room for the tensors.
        drop(session);
        let tensors = self.tensors_of(frame)?;
        Ok((whole, LayerFigures { layers, tensors }))
    }

    fn whole_of(
        &self,
        frame: &StudyFrame,
        session: &FrameSession<'_>,
        mut on_run: impl FnMut(u64),
    ) -> Result<FrameFigures, NetworkError> {
        let ties = session.floor_of_ties(TIES_SEED)?;
        on_run(3);
        let groups = GroupRuns::measure(session, &self.pair.gated.quantizers)?;
        on_run(13);
        let own = match self.own {
            Some(own) => Some(self.own_figures(own, frame, session)?),
            None => None,
        };
        Ok(FrameFigures { groups, own, ties })
    }

    fn layers_of(
        &self,
        session: &FrameSession<'_>,
        mut on_run: impl FnMut(u64),
    ) -> Result<Vec<PlayerRuns>, NetworkError> {
        let count = self.pair.gated.quantizers.len();
        let mut layers = Vec::new();
        for player in &self.players() {
            layers.push(player_runs(session, count, player)?);
            on_run(2);
        }
        Ok(layers)
    }

    fn tensors_of(&self, frame: &StudyFrame) -> Result<Vec<TensorStatistics>, NetworkError> {
        let (pair, inputs) = (self.pair, &frame.inputs);
        tensor_statistics(pair, self.plan, self.own, inputs, self.kept_bytes)
    }

    /// The gains of each layer on a frame, for each of some orders of the layers and its reverse.
    ///
    /// # Errors
    /// As [`Self::measure_whole`].
    pub fn shapley_gains(
        &self,
        frame: &StudyFrame,
        orders: &[Vec<usize>],
        mut on_run: impl FnMut(u64),
    ) -> Result<Vec<Vec<f64>>, NetworkError> {
        let quantity = self.quantity;
        let to_metres = move |values: &[f32]| in_metres(quantity, values);
        let session = self.session(frame, &to_metres)?;
        let players = self.players();
        let count = self.pair.gated.quantizers.len();
        let mut out = Vec::new();
        for order in orders {
            out.push(antithetic_gains(
                &session, count, &players, order, self.space,
            )?);
            on_run(2 * players.len() as u64);
        }
        Ok(out)
    }

    /// The effect of sets of open gates of a plan on a frame, against the plan with all gates closed. A set that differs little from the one
    /// before costs little.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn errors_of_gates(
        &self,
        plan: &Plan,
        frame: &StudyFrame,
        sets: &[Vec<bool>],
        mut on_run: impl FnMut(u64),
    ) -> Result<Vec<OutputError>, NetworkError> {
        let Some(first) = sets.first() else {
            return Ok(Vec::new());
        };
        let quantity = self.quantity;
        let to_metres = move |values: &[f32]| in_metres(quantity, values);
        let session = FrameSession::with_gates(
            plan,
            first.clone(),
            &frame.inputs,
            Judge {
                output: self.output,
                to_metres: &to_metres,
            },
            frame.truth_m.as_deref(),
            self.kept_bytes,
        )?;
        on_run(2);
        let mut trace = session.int8().clone();
        let mut out = vec![session.judged(&trace)?];
        for gates in &sets[1..] {
            trace = session.step(gates, &trace)?;
            out.push(session.judged(&trace)?);
            on_run(1);
        }
        Ok(out)
    }

    /// Depths of the FP32 and of the INT8 model on a frame, in metres; NaN where there is none. The INT8 file's own graph gives the latter
    /// where it differs.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn depths_m(&self, frame: &StudyFrame) -> Result<[Vec<f64>; 2], NetworkError> {
        let quantity = self.quantity;
        let to_metres = move |values: &[f32]| in_metres(quantity, values);
        let session = self.session(frame, &to_metres)?;
        let own = match self.own.filter(|_| !self.pair.structure.is_same()) {
            Some(own) => {
                let outputs = own_outputs(own, &frame.inputs)?;
                let output = outputs.get(self.own_output).and_then(|v| v.floats());
                output.map(std::borrow::Cow::into_owned)
            }
            None => None,
        };
        let int8 = match own {
            Some(values) => values,
            None => session.int8_output()?,
        };
        Ok([to_metres(session.fp32_output()), to_metres(&int8)])
    }

    /// Depths of the FP32 network, and of the same with only this layer rounded, in metres; NaN where there is none.
    ///
    /// # Errors
    /// If an operator cannot run, or there is no such layer.
    pub fn layer_depths_m(
        &self,
        frame: &StudyFrame,
        layer: usize,
    ) -> Result<[Vec<f64>; 2], NetworkError> {
        let gated = &self.pair.gated;
        let Some(layer) = gated.layers.get(layer) else {
            let problem = tr!("the network has no such layer").to_owned();
            return Err(NetworkError::Mismatch { problem });
        };
        let off = vec![false; gated.quantizers.len()];
        let mut only = off.clone();
        for &quantizer in &layer.quantizers {
            only[quantizer] = true;
        }
        let depths_m = |gates: &[bool]| -> Result<Vec<f64>, NetworkError> {
            let trace = self
                .plan
                .run(&frame.inputs, gates, None, &Keep::outputs())?;
            let outputs = self.plan.output_values(&trace);
            let output = outputs.get(self.output).and_then(|value| value.floats());
            Ok(output.map_or_else(Vec::new, |values| in_metres(self.quantity, &values)))
        };
        Ok([depths_m(&off)?, depths_m(&only)?])
    }

    fn session<'s>(
        &'s self,
        frame: &'s StudyFrame,
        to_metres: &'s (dyn Fn(&[f32]) -> Vec<f64> + Sync),
    ) -> Result<FrameSession<'s>, NetworkError> {
        FrameSession::new(
            self.plan,
            self.pair.gated.quantizers.len(),
            &frame.inputs,
            Judge {
                output: self.output,
                to_metres,
            },
            frame.truth_m.as_deref(),
            self.kept_bytes,
        )
    }

    fn own_figures(
        &self,
        own: OwnPlan<'_>,
        frame: &StudyFrame,
        session: &FrameSession<'_>,
    ) -> Result<OwnFigures, NetworkError> {
        let outputs = own_outputs(own, &frame.inputs)?;
        let output = outputs
            .get(self.own_output)
            .and_then(|value| value.floats());
        let Some(file) = output else {
            return Err(NetworkError::Mismatch {
                problem: tr!("the INT8 model lacks the output").to_owned(),
            });
        };
        let gated = session.int8_output()?;
        let wide = |v: &f32| f64::from(*v);
        let (file_m, gated_m) = (
            in_metres(self.quantity, &file),
            in_metres(self.quantity, &gated),
        );
        Ok(OwnFigures {
            file: session.judged_values(&file),
            nodes: DifferenceSums::of(file.iter().map(wide).zip(gated.iter().map(wide))),
            nodes_m: DifferenceSums::of(file_m.into_iter().zip(gated_m)),
        })
    }
}

pub(super) fn in_metres(quantity: OutputQuantity, values: &[f32]) -> Vec<f64> {
    let values = values.iter();
    values.map(|&v| quantity.to_metres(f64::from(v))).collect()
}
