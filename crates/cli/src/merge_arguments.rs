//! Arguments of `fathom merge`.

use std::path::PathBuf;

use clap::Args;
use fathom_native::setting_texts::whole_number;

use crate::output_arguments::OutputArguments;

/// Examples under `fathom merge --help`.
pub(crate) const EXAMPLES: &str = "\
Examples:
    fathom merge part-*.fathom -o report.json
    fathom merge part-*.fathom --html report.html --md report.md

The result is that of `fathom analyse` over all files, to the byte. Settings are those of the parts.";

/// The arguments as they are typed.
#[derive(Clone, Debug, Args)]
pub(crate) struct MergeArguments {
    /// Parts that `fathom summarize` wrote.
    #[arg(required = true, value_name = "PARTS")]
    pub parts: Vec<PathBuf>,

    /// Threads that compute. Without it, one a processor.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number)]
    pub threads: Option<usize>,

    #[command(flatten)]
    pub output: OutputArguments,
}
