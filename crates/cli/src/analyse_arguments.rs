//! Arguments of `fathom analyse`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use fathom_analysis::understanding::RoleRepair;
use fathom_core::depth::{FileUse, Role};
use fathom_report::report::Searches;

/// The arguments as they are typed.
#[derive(Clone, Debug, Args)]
pub(crate) struct AnalyseArguments {
    /// Depth maps, archives of them, or folders. Roles are told by names and folders (gt, fp32, int8). Without any, the built-in sample.
    #[arg(value_name = "DIR | FILES")]
    pub files: Vec<PathBuf>,

    /// Ground truth, whatever its names say: a folder or a file. Can be repeated.
    #[arg(long, value_name = "PATH")]
    pub gt: Vec<PathBuf>,

    /// Predictions of the floating-point model. Can be repeated.
    #[arg(long, value_name = "PATH")]
    pub fp32: Vec<PathBuf>,

    /// Predictions of the INT8 model. Can be repeated.
    #[arg(long, value_name = "PATH")]
    pub int8: Vec<PathBuf>,

    /// A repair of a role's maps, such as `fp32:flip=rows`, `gt:unit=0.00390625` or `int8:codes=0.0314,-128`. Can be repeated.
    #[arg(long = "repair", value_name = "ROLE:NAME=VALUE")]
    pub repairs: Vec<RoleRepair>,

    /// Long searches. `all`: the best range with both ends free, under every metric.
    #[arg(long, value_enum, default_value = "none")]
    pub searches: SearchesArgument,

    /// Threads that compute. Without it, one a processor.
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<usize>,

    /// Megabytes of decoded maps that are kept between reading and comparing. Maps beyond are decoded twice.
    #[arg(long, value_name = "NUMBER", default_value_t = 2000)]
    pub memory: usize,

    /// The report.
    #[arg(
        short = 'o',
        long = "out",
        value_name = "FILE",
        default_value = "report.json"
    )]
    pub out: PathBuf,
}

/// The long searches as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SearchesArgument {
    /// None.
    None,
    /// Every one.
    All,
}

impl From<SearchesArgument> for Searches {
    fn from(argument: SearchesArgument) -> Self {
        match argument {
            SearchesArgument::None => Self::None,
            SearchesArgument::All => Self::All,
        }
    }
}

impl AnalyseArguments {
    /// All paths, each with the use that its flag states.
    pub(crate) fn paths(&self) -> Vec<(&PathBuf, Option<FileUse>)> {
        let of = |role| Some(FileUse::Map(role));
        let all = [
            (&self.files, None),
            (&self.gt, of(Role::GroundTruth)),
            (&self.fp32, of(Role::Float)),
            (&self.int8, of(Role::Quantized)),
        ];
        let each = all.into_iter();
        each.flat_map(|(paths, chosen)| paths.iter().map(move |path| (path, chosen)))
            .collect()
    }
}
