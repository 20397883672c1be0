//! The origin of the quantizers of a study, and the network with their gates.

use std::collections::BTreeMap;

use fathom_core::i18n::tr;
use fathom_report::network::ModelEntry;

use super::model_entry::model_entry;
use super::study_error::{StudyError, StudySetting};
use crate::calibrate::QuantizeScheme;
use crate::gating::NetworkPair;
use crate::graph::NetworkGraph;
use crate::network_error::NetworkError;
use crate::normalise::{ModelFormat, QuantizedGraph};
use crate::quantize_here::RangeCollector;
use crate::runtime::{Engine, RunLimits, Value};

/// The origin of the quantizers.
#[derive(Clone, Debug)]
pub enum QuantizerSource {
    /// An INT8 model, with the name of its file.
    Model(String, Box<NetworkGraph>),
    /// AIMET's encodings, with the name of their file.
    Encodings(String, Vec<u8>),
    /// The network is quantized here.
    Here(QuantizeScheme),
}

/// The network with gates, and the entry of the INT8 model.
pub(super) struct Paired {
    pub pair: NetworkPair,
    pub int8_model: Option<ModelEntry>,
}

impl QuantizerSource {
    /// Puts the quantizers into the floating-point network. `first` are inputs that fix sizes; `calibration` are those that ranges come from.
    pub(super) fn pair(
        &self,
        fp32: &NetworkGraph,
        first: &BTreeMap<String, Value>,
        calibration: &[BTreeMap<String, Value>],
    ) -> Result<Paired, StudyError> {
        let refuse = |problem: String| StudyError::setting(StudySetting::Models, problem);
        let own = QuantizedGraph::from_graph(fp32.clone())?;
        if own.format != ModelFormat::Float {
            return Err(refuse(
                tr!(
                    "the floating-point model has quantizers: give the model that it was made from"
                )
                .to_owned(),
            ));
        }
        let parameters = fp32.parameter_count();
        let paired = match self {
            Self::Model(file, graph) => {
                let quantized = QuantizedGraph::from_graph((**graph).clone())
                    .map_err(|error| StudyError::file(file, error))?;
                let format = quantized.format;
                let (engine, limits) = (Engine::new(1), RunLimits::default());
                let pair = NetworkPair::settled(fp32, quantized, first, &engine, limits)
                    .map_err(|error| StudyError::file(file, error))?;
                let lost = pair.structure.lost_nodes.len();
                if 2 * lost > fp32.nodes.len() {
                    let problem = tr!(
                        "it was not made from the floating-point model: {lost} of {all} nodes have no partner; give the model that it was made from",
                        lost,
                        all = fp32.nodes.len()
                    );
                    return Err(StudyError::file(file, problem));
                }
                Paired {
                    pair,
                    int8_model: Some(model_entry(graph, format, parameters, None)),
                }
            }
            Self::Encodings(file, bytes) => Paired {
                pair: NetworkPair::from_encodings(fp32, bytes)
                    .map_err(|error| StudyError::file(file, error))?,
                int8_model: Some(ModelEntry {
                    quantization: "encodings".to_owned(),
                    ..model_entry(fp32, ModelFormat::Float, parameters, None)
                }),
            },
            Self::Here(scheme) => Paired {
                pair: quantized_here(fp32, scheme, calibration)?,
                int8_model: None,
            },
        };
        if paired.pair.gated.quantizers.is_empty() {
            return Err(refuse(
                tr!("no tensor is quantized: give the INT8 model beside the floating-point one")
                    .to_owned(),
            ));
        }
        Ok(paired)
    }

    /// The scheme by which ranges are chosen. Files do not say how theirs were.
    #[must_use]
    pub fn scheme(&self) -> QuantizeScheme {
        match self {
            Self::Here(scheme) => *scheme,
            Self::Model(..) | Self::Encodings(..) => QuantizeScheme::default(),
        }
    }
}

/// Quantizes a network with ranges from some frames.
fn quantized_here(
    fp32: &NetworkGraph,
    scheme: &QuantizeScheme,
    calibration: &[BTreeMap<String, Value>],
) -> Result<NetworkPair, NetworkError> {
    let Some(first) = calibration.first() else {
        return NetworkPair::from_placements(fp32, &[]);
    };
    let mut ranges = RangeCollector::new(fp32, first, &Engine::new(1), RunLimits::default())?;
    for inputs in calibration {
        ranges.add(inputs)?;
    }
    NetworkPair::from_placements(fp32, &ranges.placements(scheme))
}
