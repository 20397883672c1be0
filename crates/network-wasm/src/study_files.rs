//! The files of an order as what a study reads: models, frames with their ground truth, constant inputs.

use std::collections::BTreeMap;

use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_engine::network::{
    NetworkFile, NetworkFileKind, NetworkSettings, StudyOrder, StudyProblem,
};
use fathom_network::calibrate::QuantizeScheme;
use fathom_network::onnx::{ExternalFiles, read_model};
use fathom_network::preprocess::InputTensor;
use fathom_network::study::{
    FrameSource, ModelRoles, QuantizerSource, ReadModel, StudyFiles, StudySettings, TruthMaps,
    constant_input, evenly, frame_name, matched_maps, split_for_calibration,
};

use crate::study_words::{problem, question};

/// Seed of the orders of layers, as `fathom layers` has it.
const SEED: u64 = 1;

/// The bytes of files by their numbers.
pub trait FileBytes {
    /// The bytes of a file.
    ///
    /// # Errors
    /// One sentence where it cannot be read.
    fn bytes(&self, source: u32) -> Result<Vec<u8>, String>;
}

pub(crate) fn refused(file: &NetworkFile, why: impl std::fmt::Display) -> StudyProblem {
    StudyProblem {
        text: format!("{}: {why}", file.name),
        is_question: false,
    }
}

fn read(files: &dyn FileBytes, file: &NetworkFile) -> Result<Vec<u8>, StudyProblem> {
    files.bytes(file.source).map_err(|why| refused(file, why))
}

fn of_kind(order: &StudyOrder, kind: NetworkFileKind) -> impl Iterator<Item = &NetworkFile> {
    order.files.iter().filter(move |file| file.kind == kind)
}

/// Reads every model. The first that cannot be read is a problem; the others are read all the same.
pub(crate) fn read_models(
    order: &StudyOrder,
    files: &dyn FileBytes,
) -> (Vec<ReadModel>, Option<StudyProblem>) {
    let (mut models, mut first) = (Vec::new(), None);
    let mut beside: Vec<(String, Vec<u8>)> = Vec::new();
    for file in of_kind(order, NetworkFileKind::Weights) {
        match read(files, file) {
            Ok(bytes) => beside.push((file.name.clone(), bytes)),
            Err(problem) => first = first.or(Some(problem)),
        }
    }
    for file in of_kind(order, NetworkFileKind::Model) {
        let model = read(files, file).and_then(|bytes| {
            let beside = beside
                .iter()
                .map(|(name, bytes)| (name.clone(), bytes.as_slice()));
            read_model(&bytes, &ExternalFiles::new(beside))
                .and_then(|graph| ReadModel::new(&file.name, graph))
                .map_err(|error| refused(file, error))
        });
        match model {
            Ok(model) => models.push(model),
            Err(problem) => first = first.or(Some(problem)),
        }
    }
    (models, first)
}

/// The files and settings of a study.
pub(crate) fn study_files(
    order: &StudyOrder,
    models: &[ReadModel],
    roles: ModelRoles,
    files: &dyn FileBytes,
) -> Result<(StudyFiles, StudySettings), StudyProblem> {
    let settings = &order.settings;
    let Some(fp32) = roles.fp32 else {
        return Err(question(tr!(
            "Drop the floating-point model too: Fathom compares both."
        )));
    };
    let quantizers = quantizer_source(order, roles.int8.map(|place| &models[place]), files)?;
    let frames: Vec<&NetworkFile> = of_kind(order, NetworkFileKind::Frame).collect();
    if frames.is_empty() {
        return Err(question(tr!(
            "Drop a few images that the network was made for, or its inputs as .npy."
        )));
    }
    let (mut judged, mut calibration) = (evenly(frames, settings.frames as usize), Vec::new());
    if let QuantizerSource::Here(_) = quantizers {
        if judged.len() < 2 {
            return Err(question(tr!(
                "Drop two images or more: without an INT8 model, ranges come from some and errors from others."
            )));
        }
        (judged, calibration) = split_for_calibration(judged);
    }
    let source = |file: &NetworkFile| {
        Ok(FrameSource {
            frame: frame_name(&file.name),
            file: file.name.clone(),
            bytes: read(files, file)?,
            truth: None,
        })
    };
    let sources = |all: Vec<&NetworkFile>| -> Result<Vec<FrameSource>, StudyProblem> {
        all.into_iter().map(source).collect()
    };
    let mut frames = sources(judged)?;
    add_truth(order, &mut frames, files)?;
    let own = StudyFiles {
        fp32: models[fp32].graph.clone(),
        quantizers,
        frames,
        calibration: sources(calibration)?,
        inputs: inputs(settings)?,
    };
    let given = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let output = match given(&settings.output) {
        Some(text) => Some(
            text.parse()
                .map_err(|error| question(&format!("{}: {error}.", tr!("Output"))))?,
        ),
        None => None,
    };
    let own_settings = StudySettings {
        preprocess: given(&settings.preprocess),
        output,
        output_name: given(&settings.output_name),
        seed: SEED,
    };
    Ok((own, own_settings))
}

fn quantizer_source(
    order: &StudyOrder,
    int8: Option<&ReadModel>,
    files: &dyn FileBytes,
) -> Result<QuantizerSource, StudyProblem> {
    if let Some(model) = int8 {
        let graph = Box::new(model.graph.clone());
        return Ok(QuantizerSource::Model(model.name.clone(), graph));
    }
    if let Some(file) = of_kind(order, NetworkFileKind::Encodings).last() {
        return Ok(QuantizerSource::Encodings(
            file.name.clone(),
            read(files, file)?,
        ));
    }
    let text = order.settings.quantize.trim();
    if text.is_empty() {
        return Ok(QuantizerSource::Here(QuantizeScheme::default()));
    }
    let scheme = text.parse();
    scheme
        .map(QuantizerSource::Here)
        .map_err(|error| question(&format!("{}: {error}.", tr!("Quantization"))))
}

fn inputs(settings: &NetworkSettings) -> Result<BTreeMap<String, InputTensor>, StudyProblem> {
    let texts = settings.inputs.split(';').map(str::trim);
    texts
        .filter(|text| !text.is_empty())
        .map(|text| constant_input(text).map_err(|error| problem(&error)))
        .collect()
}

/// A sentence on the ground truth that matches no image of the order.
pub(crate) fn unmatched_truth(order: &StudyOrder) -> Option<String> {
    let names = |kind: NetworkFileKind| -> Vec<String> {
        of_kind(order, kind)
            .map(|file| frame_name(&file.name))
            .collect()
    };
    let (images, maps) = (names(NetworkFileKind::Frame), names(NetworkFileKind::Truth));
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    let maps: Vec<&str> = maps.iter().map(String::as_str).collect();
    let matched = matched_maps(&images, &maps).unwrap_or_default();
    let truths = of_kind(order, NetworkFileKind::Truth).enumerate();
    let lost = truths.filter(|(place, _)| !matched.contains(&Some(*place)));
    let lost: Vec<&str> = lost.map(|(_, file)| file.name.as_str()).collect();
    (!lost.is_empty()).then(|| {
        tr!(
            "Ground truth without an image of the same name is not used: {names}.",
            names = units::listed(lost.into_iter())
        )
    })
}

/// Gives frames the ground truth of their name.
fn add_truth(
    order: &StudyOrder,
    frames: &mut [FrameSource],
    files: &dyn FileBytes,
) -> Result<(), StudyProblem> {
    let truths: Vec<&NetworkFile> = of_kind(order, NetworkFileKind::Truth).collect();
    let map_names: Vec<String> = truths.iter().map(|file| frame_name(&file.name)).collect();
    let map_names: Vec<&str> = map_names.iter().map(String::as_str).collect();
    let frame_names: Vec<&str> = frames.iter().map(|frame| frame.frame.as_str()).collect();
    let Some(matched) = matched_maps(&frame_names, &map_names) else {
        return Ok(());
    };
    let mut read_files = Vec::new();
    for place in matched.iter().flatten() {
        let file = truths[*place];
        read_files.push((file.name.as_str(), read(files, file)?));
    }
    let named: Vec<(&str, &[u8])> = read_files
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()))
        .collect();
    let read = TruthMaps::read(&named, order.truth_encoding).map_err(|error| problem(&error))?;
    let mut maps = read.maps.into_iter();
    for (frame, place) in frames.iter_mut().zip(&matched) {
        frame.truth = place.and_then(|_| maps.next());
    }
    Ok(())
}
