//! Arguments of `fathom analyse`.

use clap::Args;

use crate::output_arguments::OutputArguments;
use crate::set_arguments::SetArguments;

/// Examples under `fathom analyse --help`.
pub(crate) const EXAMPLES: &str = "\
Examples:
  Three folders in one, told by their names:
    fathom analyse results/ -o report.json
  Three folders, stated:
    fathom analyse --gt depth/ --fp32 out/ --int8 out_quantized/ --unit gt=mm
  The figures that an evaluation script prints, for a page of a wiki:
    fathom analyse results/ --evaluator kitti --md -
  A link for colleagues who have no files:
    fathom analyse results/ --link --site https://example.org/fathom/
  The built-in sample, which needs no file:
    fathom analyse --html sample.html

A question that the files leave open ends the command with status 2. Its text names the flags that answer it.";

/// The arguments as they are typed.
#[derive(Clone, Debug, Args)]
pub(crate) struct AnalyseArguments {
    #[command(flatten)]
    pub set: SetArguments,

    #[command(flatten)]
    pub output: OutputArguments,
}
