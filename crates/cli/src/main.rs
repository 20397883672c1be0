//! Fathom on the command line.

mod analyse_arguments;
mod analyse_command;
mod check_command;
mod command_error;
mod compare_command;
mod frame_files;
mod layers_arguments;
mod layers_command;
mod merge_arguments;
mod merge_command;
mod model_files;
mod named_inputs;
mod output_arguments;
mod progress_line;
mod ranking_table;
mod remedies;
mod remedy_tables;
mod report_figures;
mod report_outputs;
mod set_arguments;
mod study_progress;
mod study_workers;
mod summarize_arguments;
mod summarize_command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit status where a command cannot run: as clap's own for arguments.
const CANNOT_RUN: u8 = 2;

/// What INT8 does to depth maps and depth networks.
///
/// The same engine as on the page, on all cores, and the same figures to the last digit.
#[derive(Debug, Parser)]
#[command(name = "fathom", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Analyses depth maps: where INT8's error comes from, and what to do about it.
    #[command(after_help = analyse_arguments::EXAMPLES)]
    Analyse(Box<analyse_arguments::AnalyseArguments>),
    /// Holds a report against limits, for continuous integration.
    #[command(after_help = check_command::EXAMPLES)]
    Check(check_command::CheckArguments),
    /// Puts the figures of two reports beside each other.
    #[command(after_help = compare_command::EXAMPLES)]
    Compare(compare_command::CompareArguments),
    /// Ranks the layers of a network by what INT8 does to its depth.
    Layers(Box<layers_arguments::LayersArguments>),
    /// Summarizes a part of a set that is too large for one machine.
    #[command(after_help = summarize_arguments::EXAMPLES)]
    Summarize(Box<summarize_arguments::SummarizeArguments>),
    /// Merges the parts of a set to its report.
    #[command(after_help = merge_arguments::EXAMPLES)]
    Merge(merge_arguments::MergeArguments),
}

fn main() -> ExitCode {
    let done = |()| ExitCode::SUCCESS;
    let result = match Arguments::parse().command {
        Command::Analyse(arguments) => analyse_command::run(&arguments).map(done),
        Command::Check(arguments) => check_command::run(&arguments),
        Command::Compare(arguments) => compare_command::run(&arguments).map(done),
        Command::Layers(arguments) => layers_command::run(&arguments).map(done),
        Command::Summarize(arguments) => summarize_command::run(&arguments).map(done),
        Command::Merge(arguments) => merge_command::run(&arguments).map(done),
    };
    result.unwrap_or_else(|error| {
        eprintln!("fathom: {error}");
        ExitCode::from(CANNOT_RUN)
    })
}
