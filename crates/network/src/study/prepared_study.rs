//! From files and settings to a network that is ready to be measured.

use std::collections::BTreeMap;

use fathom_core::i18n::tr;
use fathom_report::network::{OutputEntry, PreprocessingEntry};

use super::frame_loader::FrameLoader;
use super::frame_source::FrameSource;
use super::judged_output::JudgedOutput;
use super::model_entry::model_entry;
use super::quantizer_source::QuantizerSource;
use super::study_error::{StudyError, StudySetting};
use super::study_network::{StudyFrame, StudyNetwork};
use super::study_plans::StudyPlans;
use super::study_section::StudyInfo;
use crate::gating::NetworkPair;
use crate::graph::NetworkGraph;
use crate::measure::ErrorSpace;
use crate::normalise::ModelFormat;
use crate::output::OutputQuantity;
use crate::preprocess::{InputTensor, Preprocessing, Preset};
use crate::runtime::RunLimits;

/// The files of a study.
#[derive(Clone, Debug)]
pub struct StudyFiles {
    /// The floating-point model.
    pub fp32: NetworkGraph,
    /// The origin of the quantizers.
    pub quantizers: QuantizerSource,
    /// The frames that are judged.
    pub frames: Vec<FrameSource>,
    /// The frames that ranges are calibrated on, if the network is quantized here.
    pub calibration: Vec<FrameSource>,
    /// Inputs that are the same for all frames.
    pub inputs: BTreeMap<String, InputTensor>,
}

/// The settings of a study. Absent ones are guessed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StudySettings {
    /// Preprocessing of images, as `--preprocess` reads it.
    pub preprocess: Option<String>,
    /// The output's quantity.
    pub output: Option<OutputQuantity>,
    /// Name of the output that is judged.
    pub output_name: Option<String>,
    /// Seed of the orders of layers.
    pub seed: u64,
}

impl StudySettings {
    /// The preset that the preprocessing begins with.
    #[must_use]
    pub fn preset(&self) -> Option<Preset> {
        let first = self.preprocess.as_ref()?.split(',').next()?.trim();
        let name = first.to_ascii_lowercase();
        Preset::ALL.into_iter().find(|preset| preset.name() == name)
    }
}

/// A network with its frames, ready to be measured.
#[derive(Debug)]
pub struct PreparedStudy {
    /// Both models as one network with gates.
    pub pair: NetworkPair,
    /// The frames that are judged.
    pub frames: Vec<StudyFrame>,
    /// The frames that ranges were calibrated on.
    pub calibration: Vec<StudyFrame>,
    /// The facts of the report.
    pub info: StudyInfo,
    /// False if the quantity of the output was guessed and may be wrong.
    pub is_certain: bool,
    /// The evidence of that guess, a sentence each, translated; empty for a given quantity.
    pub reasons: Vec<String>,
    /// Names of all outputs.
    pub outputs: Vec<String>,
    /// The output's quantity.
    pub quantity: OutputQuantity,
    /// Index of the judged output.
    pub output: usize,
    /// Index of that output in the INT8 file's own graph.
    pub own_output: usize,
    plans: StudyPlans,
}

impl PreparedStudy {
    /// Loads the frames, puts the quantizers into the network, and guesses what the settings leave open.
    ///
    /// # Errors
    /// If files do not fit each other or the settings, or the network cannot run.
    pub fn new(files: &StudyFiles, settings: &StudySettings) -> Result<Self, StudyError> {
        let fp32 = &files.fp32;
        let sources = || files.frames.iter().chain(&files.calibration);
        let has_images = sources().any(FrameSource::is_image);
        let preprocessing = match &settings.preprocess {
            Some(text) => text
                .parse()
                .map_err(|error| StudyError::setting(StudySetting::Preprocessing, error))?,
            None => Preprocessing::default(),
        };
        let loader = FrameLoader::new(fp32, &files.inputs, preprocessing, has_images)?;
        let mut loaded = loader.load_all(sources())?;
        let calibration = loaded.split_off(files.frames.len());
        let Some(first) = loaded.first() else {
            let problem = tr!("there is no frame: give images or inputs");
            return Err(StudyError::setting(StudySetting::Frames, problem));
        };
        let (input, first) = (first.geometry.input, first.inputs.clone());
        let calibration: Vec<_> = calibration.into_iter().map(|frame| frame.inputs).collect();
        let paired = files.quantizers.pair(fp32, &first, &calibration)?;
        let pair = paired.pair;
        let plans = StudyPlans::new(&pair, &first)?;
        let plan = &plans.gated;
        let judged = JudgedOutput::choose(&pair, plan, settings.output_name.as_deref())?;
        let frames: Vec<StudyFrame> = loaded
            .into_iter()
            .zip(&files.frames)
            .map(|(frame, source)| {
                let truth_m = source.truth.as_ref().and_then(|truth| {
                    let geometry = &frame.geometry;
                    geometry.truth_at_output(&truth.depths_m, truth.size, judged.size)
                });
                StudyFrame {
                    inputs: frame.inputs,
                    truth_m: truth_m.map(|depths| depths.into_iter().map(f64::from).collect()),
                }
            })
            .collect();
        let preset = settings.preset();
        let guess = match settings.output {
            Some(_) => None,
            None => {
                let quantizers = pair.gated.quantizers.len();
                Some(judged.guess(fp32, quantizers, plan, &frames, preset)?)
            }
        };
        let (guess, english) = guess.unzip();
        let guessed = guess.as_ref().map(|guess| guess.quantity);
        let quantity = settings
            .output
            .or(guessed)
            .unwrap_or(OutputQuantity::Metres);
        let macs = Some(plan.multiplications().values().sum()).filter(|&macs: &u64| macs > 0);
        let parameters = fp32.parameter_count();
        let names = |files: &[FrameSource]| files.iter().map(|f| f.frame.clone()).collect();
        let mut int8_model = paired.int8_model;
        if let Some(model) = &mut int8_model {
            model.macs = macs;
        }
        let info = StudyInfo {
            model: model_entry(fp32, ModelFormat::Float, parameters, macs),
            int8_model,
            quantize: match &files.quantizers {
                QuantizerSource::Here(scheme) => Some(scheme.to_string()),
                QuantizerSource::Model(..) | QuantizerSource::Encodings(..) => None,
            },
            preprocessing: PreprocessingEntry {
                settings: if has_images {
                    loader.preprocessing.to_string()
                } else {
                    String::new()
                },
                preset: preset.map(|preset| preset.name().to_owned()),
                height: input.height,
                width: input.width,
            },
            output: OutputEntry {
                name: judged.name.clone(),
                quantity: quantity.to_string(),
                is_given: guess.is_none(),
                reasons: english.unwrap_or_default(),
                height: judged.size.height,
                width: judged.size.width,
            },
            frames: names(&files.frames),
            calibration_frames: names(&files.calibration),
            seed: settings.seed,
            runs: 0,
        };
        Ok(Self {
            outputs: pair.gated.output_names.clone(),
            pair,
            frames,
            calibration: calibration
                .into_iter()
                .map(|inputs| StudyFrame {
                    inputs,
                    truth_m: None,
                })
                .collect(),
            info,
            is_certain: guess.as_ref().is_none_or(|guess| guess.is_certain),
            reasons: guess.map(|guess| guess.reasons).unwrap_or_default(),
            quantity,
            output: judged.index,
            own_output: judged.own_index,
            plans,
        })
    }

    /// The network for one of so many workers on one machine.
    #[must_use]
    pub fn network(&self, workers: usize) -> StudyNetwork<'_> {
        StudyNetwork {
            pair: &self.pair,
            plan: &self.plans.gated,
            own: self.plans.own(),
            output: self.output,
            own_output: self.own_output,
            quantity: self.quantity,
            space: ErrorSpace::Output,
            kept_bytes: RunLimits::default().kept_bytes / workers.max(1) as u64,
        }
    }
}
