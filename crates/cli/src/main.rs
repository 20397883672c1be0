//! Fathom on the command line.

mod analyse_arguments;
mod analyse_command;
mod analysed_files;
mod command_error;
mod engine_threads;
mod frame_files;
mod ground_truth;
mod layers_arguments;
mod layers_command;
mod layers_frames;
mod model_files;
mod named_inputs;
mod ranking_table;
mod remedies;
mod remedy_tables;
mod study_cost;
mod study_progress;
mod study_workers;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What INT8 does to depth maps and depth networks.
#[derive(Debug, Parser)]
#[command(name = "fathom", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ranks the layers of a network by what INT8 does to its depth.
    Layers(Box<layers_arguments::LayersArguments>),
    /// Writes the page's report of depth maps.
    Analyse(analyse_arguments::AnalyseArguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Layers(arguments) => layers_command::run(&arguments),
        Command::Analyse(arguments) => analyse_command::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fathom: {error}");
            ExitCode::FAILURE
        }
    }
}
