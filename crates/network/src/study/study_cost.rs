//! The cost of a ranking, known before it is paid.

/// Cost of a ranking in runs and seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudyCost {
    /// Time of one run of one frame.
    pub seconds_a_run: f64,
    /// Multiplications of one run.
    pub macs: u64,
    /// Layers.
    pub layers: usize,
    /// Frames.
    pub frames: usize,
    /// Workers, each with a frame of its own.
    pub workers: usize,
}

impl StudyCost {
    /// Runs of the first ranking. What a run shares with an earlier one is not computed again, which saves up to half.
    #[must_use]
    pub fn runs(&self) -> u64 {
        runs_per_frame(self.layers) * self.frames as u64
    }

    /// Workers that have a frame.
    #[must_use]
    pub fn used_workers(&self) -> usize {
        self.workers.clamp(1, self.frames.max(1))
    }

    /// At most so many seconds, if the workers do not hinder each other.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.runs() as f64 * self.seconds_a_run / self.used_workers() as f64
    }
}

/// Runs of the network to measure a frame, without those that keep tensors: both ends, eight subsets and five kinds, one for ties, and two
/// a layer.
#[must_use]
pub fn runs_per_frame(layers: usize) -> u64 {
    16 + 2 * layers as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_shared_by_as_many_workers_as_there_are_frames() {
        let cost = StudyCost {
            seconds_a_run: 1.5,
            macs: 11_000_000_000,
            layers: 92,
            frames: 2,
            workers: 4,
        };
        assert_eq!((cost.runs(), cost.used_workers()), (400, 2));
        assert_eq!(cost.seconds(), 300.0);
    }
}
