//! Arguments of `fathom summarize`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::set_arguments::SetArguments;

/// Examples under `fathom summarize --help`.
pub(crate) const EXAMPLES: &str = "\
Examples:
  One of eight machines or jobs, all of which see the whole set:
    fathom summarize results/ --unit gt=mm --shard 3/8 -o part-3.fathom
  A machine with files of its own:
    fathom summarize /local/results -o part-$(hostname).fathom
  Then, anywhere:
    fathom merge part-*.fathom -o report.json

Settings are fixed here: every part needs the same flags. docs/SCALE.md has GNU parallel, Slurm and Dask.";

/// The arguments as they are typed.
#[derive(Clone, Debug, Args)]
pub(crate) struct SummarizeArguments {
    #[command(flatten)]
    pub set: SetArguments,

    /// Summarizes the I-th of N parts of the frames, in the order of their names. Archives cannot be divided.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// The part.
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub out: PathBuf,
}

/// A part of the frames: `3/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// Places of its frames among so many.
    pub(crate) fn places(self, frames: usize) -> std::ops::Range<usize> {
        let end = |number: usize| number * frames / self.of;
        end(self.number - 1)..end(self.number)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/');
        let numbers = numbers.and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        let fits = |(number, of): &(usize, usize)| (1..=*of).contains(number) && *of <= 1_000_000;
        let (number, of) = numbers.filter(fits).ok_or_else(|| {
            format!("{text} is no part of a set; expected I/N from 1/N to N/N, such as 3/8")
        })?;
        Ok(Self { number, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_all_frames() {
        for frames in [0, 1, 7, 8, 91] {
            let mut next = 0;
            for number in 1..=8 {
                let shard: Shard = format!("{number}/8").parse().expect("a shard");
                let places = shard.places(frames);
                assert_eq!(places.start, next);
                next = places.end;
            }
            assert_eq!(next, frames);
        }
        for text in ["0/8", "9/8", "3", "a/b", "1/0"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
