//! Arguments of `fathom layers`.

use std::path::{Path, PathBuf};

use clap::Args;
use fathom_native::setting_texts::whole_number;

/// The arguments as they are typed.
#[derive(Clone, Debug, Args)]
pub(crate) struct LayersArguments {
    /// The floating-point model (.onnx).
    pub fp32: PathBuf,

    /// The INT8 model (.onnx), unless --encodings or --quantize stands for it; then images (.png, .jpg, .webp), prepared inputs (.npy,
    /// .npz, .pb), or folders of them.
    #[arg(required = true, value_name = "INT8 | FRAMES")]
    pub files: Vec<PathBuf>,

    /// AIMET's encodings for the floating-point model (.encodings or .json).
    #[arg(long, value_name = "FILE")]
    pub encodings: Option<PathBuf>,

    /// Quantizes the floating-point model here: key=value separated by commas, such as bits=8,weights=per-channel,calibrator=min-max.
    /// Every second frame is used for calibration only.
    #[arg(long, value_name = "KEY=VALUE,…")]
    pub quantize: Option<String>,

    /// Ground truth: depth maps with the names of the frames, or a folder of them. Can be repeated.
    #[arg(long, value_name = "PATH")]
    pub gt: Vec<PathBuf>,

    /// Units of the ground truth in a metre: 1000 for millimetres, 256 for KITTI. Guessed without it.
    #[arg(long, value_name = "NUMBER")]
    pub gt_units_per_metre: Option<f64>,

    /// Preprocessing of images: a preset (midas, midas-dpt, depth-anything-v2, monodepth2, lite-mono, zoedepth, metric3d, fastdepth,
    /// scdepth) or key=value separated by commas, such as fit=crop,mean=0.485:0.456:0.406,std=0.229:0.224:0.225.
    #[arg(long, value_name = "PRESET | KEY=VALUE,…")]
    pub preprocess: Option<String>,

    /// A further input that is the same for all frames: numbers separated by commas, or a .npy. Can be repeated.
    #[arg(long, value_name = "NAME=VALUES | FILE")]
    pub input: Vec<String>,

    /// What the output is: metres, millimetres, inverse, log, scaled:FACTOR, or disparity:A,B for depth = 1 / (A + B y). Guessed without
    /// it.
    #[arg(long, value_name = "QUANTITY")]
    pub output: Option<String>,

    /// The output to measure, if the network has several. Without it, the largest.
    #[arg(long, value_name = "NAME")]
    pub output_name: Option<String>,

    /// Largest number of frames to use.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number, default_value_t = 12)]
    pub frames: usize,

    /// Standard error, in percent of the whole, at which Shapley shares are precise enough. 0 leaves them out.
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    pub shapley: f64,

    /// Measures mixed precision behind the ranking: layers are kept at 16 bits or in float, more of them at each point.
    #[arg(long, value_name = "16 | float")]
    pub keep: Option<String>,

    /// The order in which layers are kept: the largest effect first, or the largest for its bytes (of weights and of a frame's tensors) or
    /// for its multiplications (macs).
    #[arg(long, value_name = "effect | bytes | macs", default_value = "effect")]
    pub keep_by: String,

    /// The change of the output, in percent of what all quantizers make, at which enough layers are kept for --nodes.
    #[arg(long, value_name = "PERCENT", default_value_t = 50.0)]
    pub keep_until: f64,

    /// Writes the nodes that are kept then: onnxruntime, tensorrt, nncf or names, and a file. Can be repeated.
    #[arg(long, value_name = "TOOL=FILE")]
    pub nodes: Vec<String>,

    /// Measures repairs behind the ranking: cross-layer equalisation, weights per channel, clip search, first and last layer in float, bias
    /// correction, and all together. They are fitted on every second frame and measured on the others.
    #[arg(long)]
    pub repairs: bool,

    /// Seed of the permutations and intervals.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,

    /// Threads that compute. Without it, one a processor.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number)]
    pub threads: Option<usize>,

    /// Layers in the printed table; the file has all.
    #[arg(long, value_name = "NUMBER", value_parser = whole_number, default_value_t = 20)]
    pub rows: usize,

    /// Writes the ranking to a CSV file.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,

    /// Writes every figure to a JSON file.
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub out: Option<PathBuf>,
}

impl LayersArguments {
    /// The INT8 model and the frames: the first file is a model if its name ends in `.onnx`.
    pub(crate) fn int8_and_frames(&self) -> (Option<&Path>, &[PathBuf]) {
        match self.files.split_first() {
            Some((first, rest)) if has_ending(first, &["onnx"]) => (Some(first), rest),
            _ => (None, &self.files),
        }
    }
}

/// Returns true if a name ends in one of these, whatever its case.
pub(crate) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy());
    ending.is_some_and(|ending| endings.iter().any(|one| ending.eq_ignore_ascii_case(one)))
}
