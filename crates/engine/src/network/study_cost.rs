//! The cost of a measurement, known before it begins.

use fathom_core::i18n::tr;
use fathom_core::units;
use serde::{Deserialize, Serialize};

/// The cost of one run, and the size of the first ranking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StudyCost {
    /// Time of one run of one frame, in milliseconds.
    pub ms_a_run: f64,
    /// Multiplications of one run.
    pub macs: f64,
    /// Memory of a worker that measures, in bytes.
    pub worker_bytes: f64,
    /// Runs of the first ranking.
    pub runs: f64,
    /// Frames.
    pub frames: u32,
}

impl StudyCost {
    /// Workers that have a frame, of so many.
    #[must_use]
    pub fn used_workers(&self, workers: usize) -> usize {
        workers.clamp(1, self.frames.max(1) as usize)
    }

    /// At most so many seconds, if the workers do not hinder each other. Runs share what they have in common, which saves up to half.
    #[must_use]
    pub fn seconds(&self, runs: f64, workers: usize) -> f64 {
        runs * self.ms_a_run / 1000.0 / self.used_workers(workers) as f64
    }

    /// The cost of the first ranking on so many workers, in a sentence.
    #[must_use]
    pub fn of_ranking(&self, workers: usize) -> String {
        tr!(
            "The first ranking takes {runs} runs of {macs} million multiplications on {frames}: {time} on this machine, and {memory} of memory. Shares follow and take some ten times as long; they can be stopped.",
            runs = units::count(self.runs),
            macs = units::ratio(self.macs / 1e6),
            frames = units::counted(self.frames as usize, units::Noun::Frame),
            time = units::duration(self.seconds(self.runs, workers)),
            memory = units::bytes(self.worker_bytes * self.used_workers(workers) as f64)
        )
    }

    /// The cost of further runs on so many workers.
    #[must_use]
    pub fn of_further(&self, runs: f64, workers: usize) -> String {
        tr!(
            "{runs} runs, {time} or less.",
            runs = units::count(runs),
            time = units::duration(self.seconds(runs, workers))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_divided_by_workers_that_have_a_frame() {
        let cost = StudyCost {
            ms_a_run: 500.0,
            macs: 23e6,
            worker_bytes: 40e6,
            runs: 1200.0,
            frames: 2,
        };
        for (workers, time, memory) in [
            (1, "about 10 min", "40.0 MB"),
            (2, "about 5 min", "80.0 MB"),
            (8, "about 5 min", "80.0 MB"),
        ] {
            let said = cost.of_ranking(workers);
            let expected = format!(
                "1,200 runs of 23.0 million multiplications on 2 frames: {time} on this machine, and {memory} of memory."
            );
            assert!(said.contains(&expected), "{said}");
        }
        // Repairs run on one worker.
        assert_eq!(cost.of_further(600.0, 1), "600 runs, about 5 min or less.");
    }
}
