//! Repairs from the frames that they are fitted on to their entries in the report.

use std::collections::BTreeMap;

use fathom_report::network::{NetworkSection, RepairEntry};

use super::measured_repairs::{RepairSet, repair_entries};
use super::study_network::StudyFrame;
use crate::calibrate::QuantizeScheme;
use crate::gating::NetworkPair;
use crate::measure::{ErrorSpace, OutputError};
use crate::network_error::NetworkError;
use crate::repair::{RepairKit, RepairedNetwork};
use crate::runtime::{Engine, RunLimits, Value};

/// Runs of the network by which a set of repairs is fitted, a frame.
const FITTING_RUNS: u64 = 3;

/// Frames that repairs are fitted on, and those that they are judged on.
#[derive(Clone, Debug)]
pub struct RepairStudy {
    /// Frames for fitting.
    pub fitted: Vec<StudyFrame>,
    /// Frames for judging.
    pub judged: Vec<StudyFrame>,
    /// Names of the frames for fitting.
    pub fitted_names: Vec<String>,
}

impl RepairStudy {
    /// Fits on `calibration`, or else on every second frame. `None` if nothing is left to judge on.
    #[must_use]
    pub fn new(
        frames: &[StudyFrame],
        calibration: &[StudyFrame],
        section: &NetworkSection,
    ) -> Option<Self> {
        let is_apart = !calibration.is_empty();
        if !is_apart && frames.len() < 2 {
            return None;
        }
        let is_judged = |place: &usize| is_apart || place.is_multiple_of(2);
        let places = || 0..frames.len();
        let others = || places().filter(|place| !is_judged(place));
        let names = others().filter_map(|place| section.frames.get(place).cloned());
        Some(Self {
            fitted: if is_apart {
                calibration.to_vec()
            } else {
                others().map(|place| frames[place].clone()).collect()
            },
            judged: places()
                .filter(is_judged)
                .map(|place| frames[place].clone())
                .collect(),
            fitted_names: if is_apart {
                section.calibration_frames.clone()
            } else {
                names.collect()
            },
        })
    }

    /// Runs of the network, as far as they can be foreseen.
    #[must_use]
    pub fn runs(&self) -> u64 {
        let sets = RepairSet::standard().len() as u64;
        let runs = |sets: u64, frames: usize| sets * (2 * frames as u64 + 1);
        // The helpful ones together are one set more.
        (sets + 1) * FITTING_RUNS * self.fitted.len() as u64
            + runs(sets, self.fitted.len())
            + runs(sets + 1, self.judged.len())
    }

    /// Fits and measures every set, for the report. `errors` measures networks on frames and sums up; `on_run` is called with the runs of fitting.
    ///
    /// # Errors
    /// If an operator cannot run.
    pub fn measure(
        &self,
        pair: &NetworkPair,
        output: usize,
        scheme: &QuantizeScheme,
        errors: impl Fn(&[StudyFrame], &[RepairedNetwork]) -> Result<Vec<OutputError>, NetworkError>,
        space: ErrorSpace,
        on_run: impl Fn(u64),
    ) -> Result<Vec<RepairEntry>, NetworkError> {
        let inputs: Vec<&BTreeMap<String, Value>> =
            self.fitted.iter().map(|frame| &frame.inputs).collect();
        let kit = RepairKit {
            pair,
            frames: &inputs,
            output,
            calibrator: scheme.activations.calibrator,
            engine: &Engine::new(1),
            limits: RunLimits::default(),
        };
        let mut sets = RepairSet::standard();
        let mut repaired: Vec<RepairedNetwork> = Vec::new();
        for set in &sets {
            repaired.push(kit.apply(&set.repairs)?);
            on_run(FITTING_RUNS * self.fitted.len() as u64);
        }
        let fitted = errors(&self.fitted, &repaired)?;
        let squares: Vec<f64> = fitted
            .iter()
            .map(|error| space.mean_square(error))
            .collect();
        if let Some(set) = RepairSet::helpful(&squares) {
            repaired.push(kit.apply(&set.repairs)?);
            sets.push(set);
        }
        let errors = errors(&self.judged, &repaired)?;
        Ok(repair_entries(space, &sets, &repaired, &errors))
    }
}
