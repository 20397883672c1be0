//! Frames spread over threads. Each thread makes a plan of its own, because plans cannot be shared.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use fathom_network::NetworkError;
use fathom_network::gating::{NetworkPair, WiderNetwork};
use fathom_network::measure::{ErrorSpace, OutputError};
use fathom_network::output::OutputQuantity;
use fathom_network::repair::RepairedNetwork;
use fathom_network::runtime::{Engine, RunLimits};
use fathom_network::study::{
    FrameFigures, KeptPrecision, LayerFigures, StudyFrame, StudyNetwork, StudyPlans,
    errors_of_kept, plan_of, repaired_errors,
};

/// The input of every thread's study, beside the network.
#[derive(Clone, Copy)]
pub(crate) struct StudySetup<'a> {
    /// The frames.
    pub frames: &'a [StudyFrame],
    /// Index of the judged output.
    pub output: usize,
    /// Index of that output in the INT8 file's own graph.
    pub own_output: usize,
    /// The output's quantity.
    pub quantity: OutputQuantity,
    /// The unit of shares.
    pub space: ErrorSpace,
    /// Number of threads.
    pub threads: usize,
}

/// Sums over frames, in their order.
fn summed(frames: &[Vec<OutputError>]) -> Vec<OutputError> {
    let mut out = vec![OutputError::default(); frames.first().map_or(0, Vec::len)];
    for errors in frames {
        for (sum, error) in out.iter_mut().zip(errors) {
            sum.add(error);
        }
    }
    out
}

impl StudySetup<'_> {
    /// Measures every frame. The results have the order of the frames.
    pub(crate) fn measure(
        &self,
        pair: &NetworkPair,
        on_run: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<(FrameFigures, LayerFigures)>, NetworkError> {
        self.each_frame(pair, |network, _, frame| network.measure(frame, on_run))
    }

    /// The gains of layers by frame, order and layer. `orders` are those of each frame.
    pub(crate) fn shapley_gains(
        &self,
        pair: &NetworkPair,
        orders: &[Vec<Vec<usize>>],
        on_run: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Vec<Vec<f64>>>, NetworkError> {
        self.each_frame(pair, |network, at, frame| {
            let orders = orders.get(at).map_or(&[][..], Vec::as_slice);
            network.shapley_gains(frame, orders, on_run)
        })
    }

    /// The errors of sets of kept quantizers, summed over frames.
    pub(crate) fn kept_errors(
        &self,
        pair: &NetworkPair,
        precision: KeptPrecision,
        kept: &[Vec<bool>],
        on_run: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<OutputError>, NetworkError> {
        let wider = match precision {
            KeptPrecision::Bits16 => Some(WiderNetwork::new(&pair.gated)?),
            KeptPrecision::Float => None,
        };
        let frames = self.each_frame(pair, |network, _, frame| match &wider {
            Some(wider) => {
                let plan = plan_of(&wider.gated, &frame.inputs, &Engine::new(1))?;
                errors_of_kept(network, Some((wider, &plan)), kept, frame, on_run)
            }
            None => errors_of_kept(network, None, kept, frame, on_run),
        });
        Ok(summed(&frames?))
    }

    /// The errors of repaired networks, summed over frames.
    pub(crate) fn repaired_errors(
        &self,
        pair: &NetworkPair,
        repaired: &[RepairedNetwork],
        on_run: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<OutputError>, NetworkError> {
        let frames = self.each_frame(pair, |network, _, frame| {
            let (engine, limits) = (Engine::new(1), RunLimits::default());
            repaired_errors(network, repaired, frame, &engine, limits, on_run)
        });
        Ok(summed(&frames?))
    }

    /// Does some work on each frame and its place, the frames in turn over the threads.
    fn each_frame<T: Send>(
        &self,
        pair: &NetworkPair,
        work: impl Fn(&StudyNetwork<'_>, usize, &StudyFrame) -> Result<T, NetworkError> + Sync,
    ) -> Result<Vec<T>, NetworkError> {
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::new());
        let threads = self.threads.clamp(1, self.frames.len().max(1));
        let run = || {
            let done = self.with_network(pair, |network| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(frame) = self.frames.get(at) else {
                        return Ok(());
                    };
                    let result = work(network, at, frame)?;
                    if let Ok(mut results) = results.lock() {
                        results.push((at, result));
                    }
                }
            });
            // The other threads stop after their frame.
            if done.is_err() {
                next.store(usize::MAX / 2, Ordering::Relaxed);
            }
            done
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
            let joined = workers.into_iter().map(|worker| {
                let stopped = || NetworkError::Mismatch {
                    problem: "a thread stopped unexpectedly".to_owned(),
                };
                worker.join().unwrap_or_else(|_| Err(stopped()))
            });
            joined.collect::<Result<Vec<()>, _>>()
        })?;
        let mut results = results.into_inner().unwrap_or_default();
        results.sort_by_key(|(at, _)| *at);
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }

    /// Makes the plans of this thread and works with them.
    fn with_network(
        &self,
        pair: &NetworkPair,
        work: impl FnOnce(&StudyNetwork<'_>) -> Result<(), NetworkError>,
    ) -> Result<(), NetworkError> {
        let Some(first) = self.frames.first() else {
            return Ok(());
        };
        let plans = StudyPlans::new(pair, &first.inputs)?;
        work(&StudyNetwork {
            pair,
            plan: &plans.gated,
            own: plans.own(),
            output: self.output,
            own_output: self.own_output,
            quantity: self.quantity,
            space: self.space,
            kept_bytes: RunLimits::default().kept_bytes / self.threads.max(1) as u64,
        })
    }

    /// Makes the report's section on this thread.
    pub(crate) fn with_study<T>(
        &self,
        pair: &NetworkPair,
        work: impl FnOnce(&StudyNetwork<'_>) -> T,
    ) -> Result<Option<T>, NetworkError> {
        let mut out = None;
        self.with_network(pair, |network| {
            out = Some(work(network));
            Ok(())
        })?;
        Ok(out)
    }
}
