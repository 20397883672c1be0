//! The cost of a ranking in a sentence.

use fathom_network::study::StudyCost;

/// Shortest run in seconds that a warning announces.
const LITTLE: f64 = 20.0;

/// The sentence, if the ranking takes long.
pub(crate) fn sentence(cost: &StudyCost) -> Option<String> {
    let seconds = cost.seconds();
    if seconds < LITTLE {
        return None;
    }
    let time = if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else {
        format!("{:.0} min", seconds / 60.0)
    };
    Some(format!(
        "A run of {:.2} billion multiplications takes {:.2} s. The first ranking with {} runs on {} threads takes up to {time}; shares or remedies take as long again or longer. Fewer --frames, --shapley 0 or a smaller input cut it.",
        cost.macs as f64 / 1e9,
        cost.seconds_a_run,
        cost.runs(),
        cost.used_workers(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_rankings_are_announced() {
        let cost = StudyCost {
            seconds_a_run: 1.5,
            macs: 11_000_000_000,
            layers: 92,
            frames: 2,
            workers: 4,
        };
        let text = sentence(&cost).expect("five minutes");
        for part in [
            "11.00 billion",
            "takes 1.50 s",
            "400 runs on 2 threads takes up to 5 min",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let quick = StudyCost {
            seconds_a_run: 0.02,
            ..cost
        };
        assert_eq!(sentence(&quick), None);
        let medium = StudyCost {
            seconds_a_run: 0.3,
            ..cost
        };
        assert!(sentence(&medium).is_some_and(|text| text.contains("up to 60 s")));
    }
}
