//! Arguments that say which files are analysed, and how: the same for `fathom analyse` and `fathom summarize`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use fathom_analysis::Policy;
use fathom_analysis::compare::Evaluator;
use fathom_analysis::understanding::RoleRepair;
use fathom_core::depth::{Crop, FileUse, Resample, Role};
use fathom_core::quant::{Bits, OutputRange};
use fathom_core::stats::DepthWindow;
use fathom_engine::{ReadingSettings, ReportSettings};
use fathom_native::setting_texts::{
    ArrayName, RoleValue, Unit, bits, encodings, markers, output_range, two_numbers, whole_number,
};
use fathom_report::report::Searches;

use crate::command_error::CommandError;
use crate::model_files;

/// The arguments as they are typed.
#[derive(Clone, Debug, Args)]
pub(crate) struct SetArguments {
    /// Depth maps, archives of them, or folders. Roles are told by names and folders (gt, fp32, int8, board).
    #[arg(value_name = "DIR | FILES")]
    pub files: Vec<PathBuf>,

    /// Ground truth, whatever its names say: a folder or a file. Can be repeated, as all flags of roles.
    #[arg(long, value_name = "PATH", help_heading = "Roles")]
    pub gt: Vec<PathBuf>,

    /// Predictions of the floating-point model.
    #[arg(long, value_name = "PATH", help_heading = "Roles")]
    pub fp32: Vec<PathBuf>,

    /// Predictions of the INT8 model.
    #[arg(long, value_name = "PATH", help_heading = "Roles")]
    pub int8: Vec<PathBuf>,

    /// Predictions of the INT8 model on the board, beside those of the simulator.
    #[arg(long, value_name = "PATH", help_heading = "Roles")]
    pub board: Vec<PathBuf>,

    /// Masks: pixels that are 0 in them are left out. One for all frames, or one a frame.
    #[arg(long, value_name = "PATH", help_heading = "Roles")]
    pub mask: Vec<PathBuf>,

    /// The network (.onnx): its parameters give the sizes in the plan.
    #[arg(long, value_name = "FILE", help_heading = "Roles")]
    pub model: Option<PathBuf>,

    /// The unit of samples: mm, m, cm, kitti (1/256 m), tum (1/5000 m), 0.1mm, sun, kinect, metres such as 1/4000 or 0.3048, or
    /// disparity:PRODUCT. Of all roles, or of one: gt=mm. Can be repeated. Guessed without it.
    #[arg(long, value_name = "[ROLE=]UNIT", help_heading = "Reading")]
    pub unit: Vec<RoleValue<Unit>>,

    /// The array of an NPZ or the channel of an EXR that is depth, of all roles or of one.
    #[arg(long, value_name = "[ROLE=]NAME", help_heading = "Reading")]
    pub array: Vec<RoleValue<ArrayName>>,

    /// A repair of a role's maps, such as `fp32:flip=rows`, `gt:unit=0.00390625` or `int8:codes=0.0314,-128`. Can be repeated.
    #[arg(
        long = "repair",
        value_name = "ROLE:NAME=VALUE",
        help_heading = "Reading"
    )]
    pub repairs: Vec<RoleRepair>,

    /// The maps are right as they are: no question is asked.
    #[arg(long, help_heading = "Reading")]
    pub as_is: bool,

    /// Samples that mean "no depth" beside 0, such as 65535; or none. Guessed without it.
    #[arg(long, value_name = "NUMBERS", value_parser = markers, help_heading = "Reading")]
    pub markers: Option<MarkerList>,

    /// The part of every map that counts.
    #[arg(long, value_enum, default_value = "none", help_heading = "Reading")]
    pub crop: CropArgument,

    /// Depths of the ground truth that count, in metres, such as 0.5,80 or ,80.
    #[arg(long, value_name = "MIN,MAX", value_parser = two_numbers, help_heading = "Reading")]
    pub window: Option<(Option<f64>, Option<f64>)>,

    /// Brings predictions to the size of their ground truth.
    #[arg(long, value_enum, help_heading = "Reading")]
    pub resize: Option<ResizeArgument>,

    /// What belongs together: files of one name, or the first, second, ... file of every role.
    #[arg(long, value_enum, default_value = "name", help_heading = "Reading")]
    pub pair: PairArgument,

    /// The tool whose figures predictions get: its crop, window, alignment, clamp and average.
    #[arg(long, value_enum, default_value = "plain", help_heading = "Measuring")]
    pub evaluator: EvaluatorArgument,

    /// The range of INT8's output, in metres. Found in INT8's values without it.
    #[arg(long, value_name = "A,B", value_parser = output_range, help_heading = "Measuring")]
    pub range: Option<OutputRange>,

    /// Bits of the output, from 1 to 16; 8 without it.
    #[arg(long, value_name = "N", value_parser = bits, help_heading = "Measuring")]
    pub bits: Option<Bits>,

    /// What a pixel outside the range does to the metrics of ranges.
    #[arg(long, value_enum, default_value = "count", help_heading = "Measuring")]
    pub policy: PolicyArgument,

    /// Long searches. `all`: the best range with both ends free, under every metric.
    #[arg(long, value_enum, default_value = "none", help_heading = "Measuring")]
    pub searches: SearchesArgument,

    /// Threads that compute. Without it, one a processor.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number, help_heading = "Machine")]
    pub threads: Option<usize>,

    /// Megabytes of decoded maps that are kept between reading and comparing. Maps beyond are decoded twice.
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = whole_number,
        default_value_t = 2000,
        help_heading = "Machine"
    )]
    pub memory: usize,
}

/// Several markers as one value: clap repeats lists otherwise.
pub(crate) type MarkerList = Vec<f64>;

/// Crops as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CropArgument {
    /// The whole map.
    None,
    /// Garg's crop of KITTI.
    Garg,
    /// Eigen's crop of KITTI.
    Eigen,
    /// Eigen's crop of NYU.
    Nyu,
}

impl From<CropArgument> for Crop {
    fn from(argument: CropArgument) -> Self {
        match argument {
            CropArgument::None => Self::None,
            CropArgument::Garg => Self::Garg,
            CropArgument::Eigen => Self::Eigen,
            CropArgument::Nyu => Self::Nyu,
        }
    }
}

/// Ways of resizing as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResizeArgument {
    /// The nearest pixel.
    Nearest,
    /// The four nearest pixels, weighted by distance.
    Bilinear,
}

impl From<ResizeArgument> for Resample {
    fn from(argument: ResizeArgument) -> Self {
        match argument {
            ResizeArgument::Nearest => Self::Nearest,
            ResizeArgument::Bilinear => Self::Bilinear,
        }
    }
}

/// Ways of pairing as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PairArgument {
    /// Files of one frame have the same name, but for words of roles.
    Name,
    /// Files of one frame have the same place in their role, in the order of names.
    Order,
}

/// Evaluators as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvaluatorArgument {
    /// Every common pixel as it is, all pixels together.
    Plain,
    /// The KITTI depth benchmark's development kit.
    Kitti,
    /// monodepth2 on the Eigen split.
    Monodepth2,
    /// BTS and `ZoeDepth` on KITTI.
    BtsKitti,
    /// BTS and `ZoeDepth` on `NYUv2`.
    Nyu,
    /// Depth Anything V2, metric, up to 80 m.
    #[value(name = "depth-anything-80m")]
    DepthAnything80m,
    /// Depth Anything V2, metric, up to 20 m.
    #[value(name = "depth-anything-20m")]
    DepthAnything20m,
}

impl From<EvaluatorArgument> for Evaluator {
    fn from(argument: EvaluatorArgument) -> Self {
        match argument {
            EvaluatorArgument::Plain => Self::Plain,
            EvaluatorArgument::Kitti => Self::KittiDevkit,
            EvaluatorArgument::Monodepth2 => Self::Monodepth2,
            EvaluatorArgument::BtsKitti => Self::BtsKitti,
            EvaluatorArgument::Nyu => Self::Nyu,
            EvaluatorArgument::DepthAnything80m => Self::DepthAnythingOutdoor,
            EvaluatorArgument::DepthAnything20m => Self::DepthAnythingIndoor,
        }
    }
}

/// Policies as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyArgument {
    /// Its clipping error counts.
    Count,
    /// It is left out, as in many evaluation scripts.
    Exclude,
    /// The reference is clamped too: it counts as a pixel without error.
    Clamp,
}

impl From<PolicyArgument> for Policy {
    fn from(argument: PolicyArgument) -> Self {
        match argument {
            PolicyArgument::Count => Self::Count,
            PolicyArgument::Exclude => Self::Exclude,
            PolicyArgument::Clamp => Self::Clamp,
        }
    }
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

impl SetArguments {
    /// All paths, each with the use that its flag states.
    pub(crate) fn paths(&self) -> Vec<(&PathBuf, Option<FileUse>)> {
        let of = |role| Some(FileUse::Map(role));
        let all = [
            (&self.files, None),
            (&self.gt, of(Role::GroundTruth)),
            (&self.fp32, of(Role::Float)),
            (&self.int8, of(Role::Quantized)),
            (&self.board, of(Role::Board)),
            (&self.mask, Some(FileUse::Mask)),
        ];
        let each = all.into_iter();
        each.flat_map(|(paths, chosen)| paths.iter().map(move |path| (path, chosen)))
            .collect()
    }

    /// The settings of the report.
    pub(crate) fn settings(&self) -> Result<ReportSettings, CommandError> {
        let window = self.window.unwrap_or_default();
        let parameters = match &self.model {
            Some(path) => Some(model_files::read(path)?.parameter_count()),
            None => None,
        };
        let arrays = self.array.iter();
        Ok(ReportSettings {
            searches: self.searches.into(),
            reading: ReadingSettings {
                crop: self.crop.into(),
                resize: self.resize.map(Into::into),
                window: DepthWindow {
                    min_m: window.0,
                    max_m: window.1,
                },
                markers: self.markers.clone(),
                ..ReadingSettings::default()
            },
            repairs: self.repairs.clone(),
            encodings: encodings(&self.unit),
            arrays: arrays.map(|a| (a.role, a.value.0.clone())).collect(),
            evaluator: self.evaluator.into(),
            range: self.range,
            bits: self.bits,
            policy: self.policy.into(),
            parameters,
            has_link: false,
            keeps_as_is: self.as_is,
            pairs_by_order: self.pair == PairArgument::Order,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_native::setting_texts::{EVALUATORS, RESIZES, named};

    #[test]
    fn names_are_those_of_the_python_package() {
        let evaluators = EvaluatorArgument::value_variants();
        assert_eq!(evaluators.len(), EVALUATORS.len());
        for argument in evaluators {
            let value = argument.to_possible_value().expect("a name");
            assert_eq!(named(&EVALUATORS, value.get_name()), Ok((*argument).into()));
        }
        for argument in ResizeArgument::value_variants() {
            let value = argument.to_possible_value().expect("a name");
            assert_eq!(named(&RESIZES, value.get_name()), Ok((*argument).into()));
        }
    }
}
