//! Plans of a network for one size of input. They belong to one thread.

use std::collections::{BTreeMap, HashSet};

use crate::gating::{GatedNetwork, NetworkPair};
use crate::measure::OwnPlan;
use crate::network_error::NetworkError;
use crate::runtime::{Engine, Plan, RunLimits, Value};

/// The plan of the gated graph, and that of the INT8 file's own graph if it has one.
#[derive(Debug)]
pub struct StudyPlans {
    /// The gated graph.
    pub gated: Plan,
    /// The file's own graph, with its number of quantizers.
    own: Option<(Plan, usize)>,
}

impl StudyPlans {
    /// Prepares a pair for the sizes of some inputs.
    ///
    /// # Errors
    /// If an operator cannot run, or memory is short.
    pub fn new(pair: &NetworkPair, inputs: &BTreeMap<String, Value>) -> Result<Self, NetworkError> {
        let taps = HashSet::new();
        let (engine, limits) = (Engine::new(1), RunLimits::default());
        let own = pair.own.as_ref().map(|own| {
            let quantizers = own.run_time_quantizers();
            let plan = Plan::new(&own.graph, &quantizers, inputs, &taps, &engine, limits)?;
            Ok((plan, own.quantizers.len()))
        });
        Ok(Self {
            gated: plan_of(&pair.gated, inputs, &engine)?,
            own: own.transpose()?,
        })
    }

    /// The plan of the file's own graph.
    #[must_use]
    pub fn own(&self) -> Option<OwnPlan<'_>> {
        self.own.as_ref().map(|(plan, quantizers)| OwnPlan {
            plan,
            quantizers: *quantizers,
        })
    }
}

/// A plan of a gated network for the sizes of some inputs.
///
/// # Errors
/// If an operator cannot run, or memory is short.
pub fn plan_of(
    gated: &GatedNetwork,
    inputs: &BTreeMap<String, Value>,
    engine: &Engine,
) -> Result<Plan, NetworkError> {
    let (taps, limits) = (HashSet::new(), RunLimits::default());
    Plan::new(
        &gated.graph,
        &gated.quantizers,
        inputs,
        &taps,
        engine,
        limits,
    )
}
