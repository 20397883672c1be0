//! The section as a whole, the model, and the settings of the run.

use serde::{Deserialize, Serialize};

use super::layer_entries::{EffectEntry, GroupsEntry, GrowthEntry, LayerEntry};
use super::quantizer_entry::QuantizerEntry;
use super::remedy_entries::{KeptNodesEntry, ParetoEntry, RepairEntry, SaturationEntry};

/// The value of the key `format` in a file with this section alone.
pub const FORMAT: &str = "fathom.network";

/// The value of the key `version` in a file with this section alone.
pub const VERSION: u32 = 1;

/// A file with this section alone, as `fathom layers` writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkReport {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`]. Under one version, keys are never renamed or removed, only added.
    pub version: u32,
    /// The section.
    pub network: NetworkSection,
}

impl NetworkReport {
    /// A file with a section.
    #[must_use]
    pub fn new(network: NetworkSection) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            network,
        }
    }

    /// The file as indented JSON with a final line feed.
    ///
    /// # Errors
    /// None in practice: no part of it can fail to serialise.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        Ok(json)
    }
}

/// The effect of each part of a quantized network on its output.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "network"))]
pub struct NetworkSection {
    /// The floating-point model.
    pub model: ModelEntry,
    /// The quantized model. Absent where the floating-point model was quantized here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub int8_model: Option<ModelEntry>,
    /// Scheme by which the model was quantized here, as `--quantize` reads it. Absent with a quantized model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantize: Option<String>,
    /// The preparation of images as inputs.
    pub preprocessing: PreprocessingEntry,
    /// The output that was measured.
    pub output: OutputEntry,
    /// Names of the frames that every figure comes from.
    pub frames: Vec<String>,
    /// Names of the frames that ranges were calibrated on, none of them in `frames`. Absent with a quantized model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibration_frames: Vec<String>,
    /// Seed of the permutations and of the intervals.
    pub seed: u64,
    /// Runs of the network, counted a frame.
    pub runs: u64,
    /// All quantizers on against all off.
    pub effect: EffectEntry,
    /// The quantizers in the order of the network.
    pub quantizers: Vec<QuantizerEntry>,
    /// Nodes and tensors that only one of the two models has. Absent where they have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<StructureEntry>,
    /// Effect of groups of quantizers. Absent unless asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<GroupsEntry>,
    /// Growth of the accumulated error with depth. Absent where too few tensors have an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<GrowthEntry>,
    /// The unit of the shares of layers and groups: `output` or `metres`.
    pub space: String,
    /// Effect of layers, the largest first. Empty unless asked for.
    pub layers: Vec<LayerEntry>,
    /// How many layers have half of the effect together: 1 where one layer is guilty. Absent without Shapley shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers_of_half: Option<usize>,
    /// Layers kept at 16 bits or in float, more at each point, each point measured. Empty unless asked for.
    pub pareto: Vec<ParetoEntry>,
    /// The nodes of the chosen point, as lists for toolchains have them. Absent unless layers are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_nodes: Option<KeptNodesEntry>,
    /// Repairs, each measured. Empty unless asked for.
    pub repairs: Vec<RepairEntry>,
    /// Names of the frames that repairs were fitted on; their figures come from the other frames. Absent unless asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repair_frames: Vec<String>,
    /// Products of weights that saturate on some processors. Absent unless counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturation: Option<SaturationEntry>,
}

impl NetworkSection {
    /// The point of the curve that is enough: the first with no more than a share of the whole change, or else the last on it.
    #[must_use]
    pub fn kept_point(&self, until: f64) -> Option<&ParetoEntry> {
        let mut points = self.pareto.iter().filter(|point| !point.is_dominated);
        let whole = self.pareto.first()?.rms;
        let enough = points.clone().find(|point| point.rms <= until * whole);
        enough.or_else(|| points.next_back())
    }

    /// Returns true if the output has no length: inverse depth that was guessed has no scale.
    #[must_use]
    pub(crate) fn has_no_scale(&self) -> bool {
        self.output.quantity == "inverse" && !self.output.is_given
    }

    /// The section as one line of JSON without what only a whole file needs.
    ///
    /// # Errors
    /// None in practice: no part of it can fail to serialise.
    pub fn outline(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&self.without_tensors())
    }

    /// The section without what only a whole file needs: tensors, nodes, the way through the network.
    fn without_tensors(&self) -> Self {
        let layer = |layer: &LayerEntry| LayerEntry {
            nodes: Vec::new(),
            readers: Vec::new(),
            quantizers: Vec::new(),
            ..layer.clone()
        };
        Self {
            quantizers: Vec::new(),
            growth: None,
            kept_nodes: None,
            layers: self.layers.iter().map(layer).collect(),
            ..self.clone()
        }
    }
}

/// A model, without names of files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "network_model"))]
pub struct ModelEntry {
    /// Format of the quantization: `float`, `qdq`, `qoperator`, `dynamic` or `encodings`.
    pub quantization: String,
    /// Version of ONNX's default operator set.
    pub opset: i64,
    /// The program that wrote the file, as the file says. Empty where it does not.
    pub producer: String,
    /// Number of nodes.
    pub nodes: usize,
    /// Operators with their numbers of nodes, the most frequent first.
    pub operators: Vec<OperatorCount>,
    /// Number of weights and biases.
    pub parameters: u64,
    /// Multiplications with accumulation of one frame. `null` where a shape is unknown.
    pub macs: Option<u64>,
    /// Size of the parameters at 32 bits, in units of 10^6 bytes. Unit: MB.
    pub mb_32_bits: f64,
    /// Size of the parameters at 16 bits, in units of 10^6 bytes. Unit: MB.
    pub mb_16_bits: f64,
    /// Size of the parameters at 8 bits, in units of 10^6 bytes. Unit: MB.
    pub mb_8_bits: f64,
}

/// An operator and how often it occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_operator")
)]
pub struct OperatorCount {
    /// Type of the operator, with its domain where that is not ONNX's own.
    pub operator: String,
    /// Number of nodes.
    pub count: usize,
}

/// The preparation of images as inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_preprocessing")
)]
pub struct PreprocessingEntry {
    /// The settings, as `--preprocess` reads them. Empty where inputs were given as tensors.
    pub settings: String,
    /// Name of the preset that they come from. `null` without one.
    pub preset: Option<String>,
    /// Rows of the input. Unit: px.
    pub height: usize,
    /// Columns of the input. Unit: px.
    pub width: usize,
}

/// The output that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_output")
)]
pub struct OutputEntry {
    /// Name of the output.
    pub name: String,
    /// Its quantity, as `--output` reads it.
    pub quantity: String,
    /// True if the user gave the quantity, false if it was guessed.
    pub is_given: bool,
    /// The evidence of a guess, a sentence each.
    pub reasons: Vec<String>,
    /// Rows of the output. Unit: px.
    pub height: usize,
    /// Columns of the output. Unit: px.
    pub width: usize,
}

/// Nodes that only one of the two models has: their effect is no quantization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "network_structure")
)]
pub struct StructureEntry {
    /// Nodes of the floating-point model that the quantized one lacks.
    pub lost_nodes: Vec<String>,
    /// Nodes of the quantized model that the floating-point one lacks.
    pub added_nodes: Vec<String>,
    /// Activations that lie in the range of a quantizer, so that their loss changes nothing.
    pub folded_nodes: Vec<String>,
    /// Quantized tensors without a partner in the floating-point model.
    pub unmatched: Vec<String>,
    /// RMS of the output's change by lost and added nodes alone, in the unit of the output. `null` where both models have the same nodes.
    pub rms: Option<f64>,
    /// The same in metres. `null` where both models have the same nodes. Unit: m.
    pub rms_m: Option<f64>,
    /// RMS of the quantized file's output against the floating-point one, in the unit of the output. `null` where both models have the same
    /// nodes, and `effect.rms` is the same.
    pub file_rms: Option<f64>,
}
