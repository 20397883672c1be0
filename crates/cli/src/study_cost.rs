//! The cost of a ranking, said before it is paid.

/// Shortest run in seconds that a warning announces.
const LITTLE: f64 = 20.0;

/// Cost of a ranking in runs and seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Time of one run of one frame.
    pub seconds_a_run: f64,
    /// Multiplications of one run.
    pub macs: u64,
    /// Layers.
    pub layers: usize,
    /// Frames.
    pub frames: usize,
    /// Threads, each with a frame of its own.
    pub threads: usize,
}

impl Cost {
    /// Runs of the first ranking. What a run shares with an earlier one is not computed again, which saves up to half.
    fn runs(&self) -> u64 {
        (16 + 2 * self.layers as u64) * self.frames as u64
    }

    /// At most so many seconds, if the threads do not hinder each other.
    fn seconds(&self) -> f64 {
        self.runs() as f64 * self.seconds_a_run / self.threads.clamp(1, self.frames.max(1)) as f64
    }

    /// The sentence, if the ranking takes long.
    pub(crate) fn sentence(&self) -> Option<String> {
        let seconds = self.seconds();
        if seconds < LITTLE {
            return None;
        }
        let time = if seconds < 120.0 {
            format!("{seconds:.0} s")
        } else {
            format!("{:.0} min", seconds / 60.0)
        };
        Some(format!(
            "A run of {:.2} billion multiplications takes {:.2} s, the first ranking with {} runs on {} threads up to {time}, and shares or remedies as long again or longer. Fewer --frames, --shapley 0 or a smaller input cut it.",
            self.macs as f64 / 1e9,
            self.seconds_a_run,
            self.runs(),
            self.threads.clamp(1, self.frames.max(1)),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_rankings_are_announced() {
        let cost = Cost {
            seconds_a_run: 1.5,
            macs: 11_000_000_000,
            layers: 92,
            frames: 2,
            threads: 4,
        };
        let text = cost.sentence().expect("five minutes");
        for part in [
            "11.00 billion",
            "takes 1.50 s",
            "400 runs on 2 threads up to 5 min",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let quick = Cost {
            seconds_a_run: 0.02,
            ..cost
        };
        assert_eq!(quick.sentence(), None);
        let medium = Cost {
            seconds_a_run: 0.3,
            ..cost
        };
        assert!(
            medium
                .sentence()
                .is_some_and(|text| text.contains("up to 60 s"))
        );
    }
}
