//! `fathom merge`: the report of a set from its parts.

use fathom_engine::{PartReader, merge};
use fathom_native::{Machine, NAME_TEXT, finish, open_part};

use crate::command_error::CommandError;
use crate::merge_arguments::MergeArguments;
use crate::progress_line::ProgressLine;
use crate::report_outputs;

/// Runs the command.
pub(crate) fn run(arguments: &MergeArguments) -> Result<(), CommandError> {
    arguments.output.check()?;
    let line = ProgressLine::new();
    let mut parts = Vec::new();
    for path in &arguments.parts {
        line.show(&format!("Opening {}", path.display()));
        parts.push(open_part(path)?);
    }
    let frames: usize = parts.iter().map(PartReader::frames).sum();
    line.show(&format!("Merging {} parts, {frames} frames", parts.len()));
    let merged = merge(parts, NAME_TEXT, arguments.output.link).map_err(CommandError::usage)?;
    let threads = Machine::new(arguments.threads, 0).threads;
    let (outcome, warnings) = finish(merged, threads, &mut |stage| line.on_stage(stage))?;
    drop(line);
    for warning in warnings {
        eprintln!("{warning}");
    }
    report_outputs::write(&outcome, &arguments.output)
}
