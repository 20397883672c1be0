//! Messages between the page and the workers of a network: plain data.

use fathom_core::depth::Encoding;
use fathom_report::network::NetworkSummary;
use serde::{Deserialize, Serialize};

use super::study_cost::StudyCost;
use crate::example_set::MadeFile;

/// Measurements that all frames need before they can be summed up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Round {
    /// The gains of layers in some orders of each frame, each a list of their places.
    Gains(Vec<Vec<Vec<u32>>>),
    /// Sets of layers that are kept at so many bits, by the order in which they are kept.
    Kept(u8, Vec<u32>),
}

/// The use of a file in a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkFileKind {
    /// A model.
    Model,
    /// Weights that a model names.
    Weights,
    /// AIMET's encodings.
    Encodings,
    /// An image or prepared inputs.
    Frame,
    /// Ground truth.
    Truth,
    /// A ZIP archive of these.
    Archive,
}

/// A file of a study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkFile {
    /// The number of the file on disk.
    pub source: u32,
    /// Its name without folders.
    pub name: String,
    /// Its use.
    pub kind: NetworkFileKind,
}

/// The settings of a study as they are typed. Empty ones are guessed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSettings {
    /// Name of the floating-point model's file, if there are several.
    pub fp32: String,
    /// Name of the INT8 model's file, if there are several.
    pub int8: String,
    /// The scheme by which the floating-point model is quantized where there is no INT8 model.
    pub quantize: String,
    /// Preprocessing of images.
    pub preprocess: String,
    /// Quantity of the output.
    pub output: String,
    /// Name of the output that is judged.
    pub output_name: String,
    /// Inputs that are the same for all frames, `name=1,2,3`, separated by semicolons.
    pub inputs: String,
    /// Most frames.
    pub frames: u32,
    /// Standard error of the shares at which sampling stops, in percent of the whole; 0 leaves shares out.
    pub shapley_percent: f64,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            fp32: String::new(),
            int8: String::new(),
            quantize: String::new(),
            preprocess: String::new(),
            output: String::new(),
            output_name: String::new(),
            inputs: String::new(),
            frames: 12,
            shapley_percent: 1.0,
        }
    }
}

/// Files and settings of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyOrder {
    /// The files. Frames are in their order.
    pub files: Vec<NetworkFile>,
    /// The settings.
    pub settings: NetworkSettings,
    /// The unit of the ground truth, if it is known.
    pub truth_encoding: Option<Encoding>,
}

/// A request to a worker of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NetworkRequest {
    /// Make a network ready for one of so many workers.
    Prepare(Box<StudyOrder>, u32),
    /// Measure it.
    Measure(MeasureRequest),
}

/// A request to a worker whose network is ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MeasureRequest {
    /// Measure the network as a whole on a frame.
    Whole(u32),
    /// Measure layers and tensors on a frame.
    Layers(u32),
    /// Measure a round on a frame.
    Round(u32, Round),
    /// Add encoded figures of a frame: to the worker that sums up.
    Add(u32, Vec<u8>),
    /// Add encoded figures of a round, by frame: to the worker that sums up.
    AddRound(Round, Vec<Vec<u8>>),
    /// Say in which order layers are kept at so many bits: to the worker that sums up.
    PlanKept(u8),
    /// Measure repairs: to the worker that sums up.
    Repairs,
    /// Add encoded figures of repairs: to the worker that sums up.
    AddRepairs(Vec<u8>),
    /// Run all frames and give their depths.
    Outputs,
    /// Run a frame with only one layer rounded, by its place, and give its depths: to the worker that sums up.
    Picture(u32, u32),
}

/// A response of a worker of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NetworkResponse {
    /// The files, read, and the network, if it is ready.
    Prepared(Box<StudyState>),
    /// Encoded figures of a frame, for the worker that sums up.
    Measured(u32, Vec<u8>),
    /// Encoded figures of a round on a frame, for the worker that sums up.
    RoundMeasured(u32, Vec<u8>),
    /// Encoded figures of repairs, for the worker that sums up.
    RepairsMeasured(Vec<u8>),
    /// A round that follows.
    Planned(Round),
    /// Depth maps of all frames by role, in folders named after the roles.
    Outputs(Vec<MadeFile>),
    /// Depths of a frame with only one layer rounded.
    Picture(Box<LayerPicture>),
    /// The figures so far.
    Summed(Box<StudyResult>),
    /// It cannot go on, for this reason.
    Failed(String),
}

/// A message to a worker of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToNetworkWorker {
    /// A file comes along, or the reason why there is none.
    File(u32),
    /// A request.
    Request(NetworkRequest),
}

/// A message from a worker of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromNetworkWorker {
    /// It takes requests now.
    Started,
    /// It has done so many runs of the network more.
    Runs(u64),
    /// A response.
    Responded(NetworkResponse),
}

/// A model as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Name of the file.
    pub name: String,
    /// True if it has quantizers.
    pub is_int8: bool,
    /// Its form, number of nodes, operator set.
    pub about: String,
}

/// Why a study cannot begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyProblem {
    /// One sentence.
    pub text: String,
    /// True if something has to be dropped or chosen first; false if a file or a setting is refused.
    pub is_question: bool,
}

/// The files of a study, read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StudyState {
    /// The models that could be read.
    pub models: Vec<ModelSummary>,
    /// Names of the presets of preprocessing.
    pub presets: Vec<String>,
    /// Name of the floating-point model in use.
    pub fp32: Option<String>,
    /// Name of the INT8 model in use.
    pub int8: Option<String>,
    /// True if there are several models of one kind.
    pub is_ambiguous: bool,
    /// Why the study cannot begin.
    pub problem: Option<StudyProblem>,
    /// The network, if it is ready.
    pub ready: Option<ReadyStudy>,
}

/// A network that is ready to be measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadyStudy {
    /// Names of the frames that are judged.
    pub frames: Vec<String>,
    /// Number of frames that ranges are calibrated on.
    pub calibration: u32,
    /// Number of judged frames with ground truth.
    pub truths: u32,
    /// Files of ground truth that match no image, in a sentence.
    pub left_out: Option<String>,
    /// Preprocessing of images; empty for prepared inputs.
    pub preprocessing: String,
    /// Rows and columns of the input.
    pub input: (u32, u32),
    /// Names of all outputs.
    pub outputs: Vec<String>,
    /// Name of the judged output.
    pub output: String,
    /// Its quantity.
    pub quantity: String,
    /// The evidence of a guess, a sentence each; empty for a given quantity.
    pub reasons: Vec<String>,
    /// False if the guess may be wrong.
    pub is_certain: bool,
    /// The scheme by which the network is quantized; empty for a quantized model.
    pub scheme: String,
    /// Number of layers.
    pub layers: u32,
    /// Number of quantizers.
    pub quantizers: u32,
    /// Weights and biases.
    pub parameters: f64,
    /// The cost of measuring it.
    pub cost: StudyCost,
}

/// Depths of a frame with only one layer rounded, beside those of the floating-point network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerPicture {
    /// Number of the frame.
    pub frame: u32,
    /// Place of the layer.
    pub layer: u32,
    /// Columns.
    pub width: u32,
    /// Depths of the floating-point network in metres, row by row; NaN where there is none.
    pub fp32_m: Vec<f32>,
    /// Depths with only this layer rounded.
    pub rounded_m: Vec<f32>,
    /// Tensors of the layer in the floating-point run, without biases.
    pub tensors: Vec<TensorPicture>,
}

/// The values of a tensor over the range of its quantizer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TensorPicture {
    /// Place of the quantizer in the report.
    pub quantizer: u32,
    /// Ends of the bins, which have equal widths.
    pub ends: [f64; 2],
    /// Values in each bin.
    pub counts: Vec<f64>,
    /// Largest absolute value of each channel, and of the range of its codes. Empty where one scale serves all channels.
    pub channels: Vec<(f64, f64)>,
}

/// The figures of a study so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyResult {
    /// The figures in words.
    pub summary: NetworkSummary,
    /// Every figure as JSON, as `fathom layers -o` writes it.
    pub json: String,
    /// The section as JSON without tensors, for the answers and the link.
    pub outline: String,
    /// The next round of sampling; `None` while frames are measured, and once shares are precise enough.
    pub next_round: Option<Round>,
    /// Runs of all rounds of sampling, as far as they can be foreseen.
    pub sampling_runs: f64,
    /// Runs that measure what to keep.
    pub kept_runs: f64,
    /// Runs that measure repairs; 0 where there are too few frames.
    pub repair_runs: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_their_way() {
        let order = StudyOrder {
            files: vec![NetworkFile {
                source: 1 << 31,
                name: "net.onnx".to_owned(),
                kind: NetworkFileKind::Model,
            }],
            settings: NetworkSettings::default(),
            truth_encoding: Some(Encoding::METRES),
        };
        let message = ToNetworkWorker::Request(NetworkRequest::Prepare(Box::new(order), 4));
        let bytes = postcard::to_allocvec(&message).expect("bytes");
        assert_eq!(postcard::from_bytes(&bytes), Ok(message));
        let summary = NetworkSummary {
            verdict: "No single layer".to_owned(),
            ..NetworkSummary::default()
        };
        let result = StudyResult {
            summary,
            json: "{}".to_owned(),
            outline: "{}".to_owned(),
            next_round: Some(Round::Gains(vec![vec![vec![1, 0]]])),
            sampling_runs: 24.0,
            kept_runs: 30.0,
            repair_runs: 0.0,
        };
        let message = FromNetworkWorker::Responded(NetworkResponse::Summed(Box::new(result)));
        let bytes = postcard::to_allocvec(&message).expect("bytes");
        assert_eq!(postcard::from_bytes(&bytes), Ok(message));
    }
}
