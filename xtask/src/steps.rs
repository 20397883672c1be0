//! Runs named steps one after another, with a table of their times at the end.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::failure::Outcome;
use crate::files;

/// A step: its name and its function.
pub(crate) type Step = (&'static str, fn() -> Outcome);

/// Runs steps until one fails, then prints the times and the outcome, and writes them to a file.
///
/// # Errors
/// That of the step that failed, or that the file cannot be written.
pub(crate) fn run(steps: &[Step], record: &Path) -> Outcome {
    let mut times = Vec::new();
    let mut outcome = Ok(());
    for (name, step) in steps {
        println!("\n== {name}");
        let start = Instant::now();
        outcome = step();
        times.push((*name, start.elapsed()));
        if outcome.is_err() {
            break;
        }
    }
    let summary = summary(&times, steps.len(), outcome.is_ok());
    println!("\n{summary}");
    outcome.and(files::write(record, summary + "\n"))
}

fn summary(times: &[(&str, Duration)], planned: usize, passed: bool) -> String {
    let mut text = String::new();
    for (name, elapsed) in times {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<6} {:>7.1} s", elapsed.as_secs_f64());
    }
    let total: Duration = times.iter().map(|(_, elapsed)| elapsed).sum();
    let end = match times.last() {
        Some((name, _)) if !passed => {
            format!("FAILED in step {} of {planned}, {name}", times.len())
        }
        _ => format!("all {planned} steps passed"),
    };
    format!("{text}{end}, after {:.1} s", total.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Step, run, summary};
    use crate::failure::Failure;
    use crate::project::Scratch;

    #[test]
    fn a_summary_says_how_it_ended() {
        let times = [
            ("lint", Duration::from_millis(1500)),
            ("unit", Duration::from_secs(2)),
        ];
        assert_eq!(
            summary(&times, 2, true),
            "lint       1.5 s\nunit       2.0 s\nall 2 steps passed, after 3.5 s"
        );
        let failed = summary(&times, 3, false);
        assert!(
            failed.ends_with("FAILED in step 2 of 3, unit, after 3.5 s"),
            "{failed}"
        );
    }

    #[test]
    fn the_first_failure_ends_the_run() {
        let fails = || {
            Err(Failure::new(
                "this step fails",
                "it was written so",
                "expect it",
            ))
        };
        let scratch = Scratch::new("steps-test").expect("temporary files can be written");
        let record = scratch.path().join("times.txt");
        let steps: [Step; 3] = [
            ("good", || Ok(())),
            ("bad", fails),
            ("never", || unreachable!("after a failure")),
        ];
        let outcome = run(&steps, &record);
        let times = std::fs::read_to_string(record).expect("it is written");
        assert!(times.contains("FAILED in step 2 of 3, bad"), "{times}");
        assert!(
            outcome
                .expect_err("the second fails")
                .to_string()
                .contains("written so")
        );
    }
}
