//! One frame: the FP32 run, the INT8 run, and runs with any other gates.

use std::collections::BTreeMap;

use fathom_core::i18n::tr;

use crate::network_error::NetworkError;
use crate::runtime::{Keep, Plan, Trace, Value};

use super::output_error::{DifferenceSums, OutputError, ToMetres};

/// The judgement of an output.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// Index of the output.
    pub output: usize,
    /// From its values to metres.
    pub to_metres: ToMetres<'a>,
}

impl std::fmt::Debug for Judge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Judge of output {}", self.output)
    }
}

impl Judge<'_> {
    /// An output that is depth in metres.
    #[must_use]
    pub fn depth(output: usize) -> Self {
        Judge {
            output,
            to_metres: &|values| values.iter().map(|&v| f64::from(v)).collect(),
        }
    }
}

/// A frame with its two ends: all gates off, all gates on.
#[derive(Debug)]
pub struct FrameSession<'a> {
    plan: &'a Plan,
    inputs: &'a BTreeMap<String, Value>,
    judge: Judge<'a>,
    truth_m: Option<&'a [f64]>,
    /// The gates of the INT8 run.
    on_gates: Vec<bool>,
    off: Trace,
    on: Trace,
    /// True if both traces hold all values.
    is_complete: bool,
    reference: Vec<f32>,
    reference_m: Vec<f64>,
}

impl<'a> FrameSession<'a> {
    /// Runs both ends. Their values are kept if they fit `kept_bytes`; without them every run is a whole one.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn new(
        plan: &'a Plan,
        quantizers: usize,
        inputs: &'a BTreeMap<String, Value>,
        judge: Judge<'a>,
        truth_m: Option<&'a [f64]>,
        kept_bytes: u64,
    ) -> Result<Self, NetworkError> {
        let on_gates = vec![true; quantizers];
        Self::with_gates(plan, on_gates, inputs, judge, truth_m, kept_bytes)
    }

    /// The same where the INT8 run has these gates and not all.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn with_gates(
        plan: &'a Plan,
        on_gates: Vec<bool>,
        inputs: &'a BTreeMap<String, Value>,
        judge: Judge<'a>,
        truth_m: Option<&'a [f64]>,
        kept_bytes: u64,
    ) -> Result<Self, NetworkError> {
        // Both ends and the run of the moment.
        let is_complete = plan.trace_bytes().saturating_mul(3) <= kept_bytes;
        let keep = if is_complete {
            Keep::All
        } else {
            Keep::outputs()
        };
        let off = plan.run(inputs, &vec![false; on_gates.len()], None, &keep)?;
        let base = is_complete.then_some(&off);
        let on = plan.run(inputs, &on_gates, base, &keep)?;
        let mut out = Self {
            plan,
            inputs,
            judge,
            truth_m,
            on_gates,
            off,
            on,
            is_complete,
            reference: Vec::new(),
            reference_m: Vec::new(),
        };
        out.reference = out.values(&out.off)?;
        out.reference_m = (judge.to_metres)(&out.reference);
        Ok(out)
    }

    /// The values of the judged output.
    fn values(&self, trace: &Trace) -> Result<Vec<f32>, NetworkError> {
        let outputs = self.plan.output_values(trace);
        let output = outputs.get(self.judge.output).and_then(|v| v.floats());
        output.map(std::borrow::Cow::into_owned).ok_or_else(|| {
            NetworkError::invalid(
                tr!("Output {}", self.judge.output),
                tr!("the model has no such output, or it holds integers"),
            )
        })
    }

    /// The effect on the output of the quantizers whose gate is on.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn error(&self, gates: &[bool]) -> Result<OutputError, NetworkError> {
        let on = gates.iter().filter(|&&g| g).count();
        let base = if on * 2 > gates.len() {
            &self.on
        } else {
            &self.off
        };
        let base = self.is_complete.then_some(base);
        let trace = self.plan.run(self.inputs, gates, base, &Keep::outputs())?;
        self.judged(&trace)
    }

    /// A run that keeps its values where they fit, based on another.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn step(&self, gates: &[bool], before: &Trace) -> Result<Trace, NetworkError> {
        let (base, keep) = if self.is_complete {
            (Some(before), Keep::All)
        } else {
            (None, Keep::outputs())
        };
        self.plan.run(self.inputs, gates, base, &keep)
    }

    /// The effect of a run's gates on the output.
    ///
    /// # Errors
    /// If the output holds integers.
    pub fn judged(&self, trace: &Trace) -> Result<OutputError, NetworkError> {
        Ok(OutputError::of(
            &self.values(trace)?,
            &self.reference,
            &self.reference_m,
            self.judge.to_metres,
            self.truth_m,
        ))
    }

    /// The same without ground truth, which costs more than all else.
    ///
    /// # Errors
    /// If the output holds integers.
    pub fn change(&self, trace: &Trace) -> Result<OutputError, NetworkError> {
        Ok(OutputError::of(
            &self.values(trace)?,
            &self.reference,
            &self.reference_m,
            self.judge.to_metres,
            None,
        ))
    }

    /// The error of other values of the output, for example those of the INT8 file's own graph.
    #[must_use]
    pub fn judged_values(&self, values: &[f32]) -> OutputError {
        OutputError::of(
            values,
            &self.reference,
            &self.reference_m,
            self.judge.to_metres,
            self.truth_m,
        )
    }

    /// The distance by which ties alone can part the outputs of two runtimes: all gates on, with every value before a quantizer moved by what
    /// another order of sums would, against the same without. In the output's own unit.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn floor_of_ties(&self, seed: u64) -> Result<DifferenceSums, NetworkError> {
        let keep = Keep::outputs();
        let nudged = self
            .plan
            .run_nudged(self.inputs, &self.on_gates, None, &keep, Some(seed))?;
        let (nudged, plain) = (self.values(&nudged)?, self.values(&self.on)?);
        let wide = |v: &f32| f64::from(*v);
        Ok(DifferenceSums::of(
            nudged.iter().map(wide).zip(plain.iter().map(wide)),
        ))
    }

    /// The run with all gates off.
    #[must_use]
    pub fn fp32(&self) -> &Trace {
        &self.off
    }

    /// The run with all gates on.
    #[must_use]
    pub fn int8(&self) -> &Trace {
        &self.on
    }

    /// The FP32 network's output.
    #[must_use]
    pub fn fp32_output(&self) -> &[f32] {
        &self.reference
    }

    /// The output of the run with all gates on.
    ///
    /// # Errors
    /// If the output holds integers.
    pub fn int8_output(&self) -> Result<Vec<f32>, NetworkError> {
        self.values(&self.on)
    }
}
