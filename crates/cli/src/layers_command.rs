//! `fathom layers`: reads, runs, prints.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::time::Instant;

use fathom_core::depth::{Encoding, Scale};
use fathom_engine::network::StudyCost;
use fathom_network::calibrate::QuantizeScheme;
use fathom_network::gating::NetworkPair;
use fathom_network::measure::ranked;
use fathom_network::output::OutputQuantity;
use fathom_network::runtime::Keep;
use fathom_network::study::{
    FrameSource, PreparedStudy, QuantizerSource, ShapleySampling, StudyError, StudyFiles,
    StudyInfo, StudyNetwork, StudySetting, StudySettings, StudyTotals, TruthMaps, evenly,
    network_section, runs_per_frame, split_for_calibration,
};
use fathom_report::export::{csv, layer_ranking};
use fathom_report::network::{NetworkReport, NetworkSection};

use crate::command_error::CommandError;
use crate::frame_files::{self, FrameFile};
use crate::layers_arguments::LayersArguments;
use crate::output_arguments::check_place;
use crate::remedies::Remedies;
use crate::study_progress::progress;
use crate::study_workers::StudySetup;
use crate::{model_files, named_inputs, ranking_table, remedy_tables};

/// Shortest time of a ranking that is announced, in seconds.
const LONG_S: f64 = 20.0;

/// Runs the command.
pub(crate) fn run(arguments: &LayersArguments) -> Result<(), CommandError> {
    let started = Instant::now();
    let mut files = [&arguments.csv, &arguments.out].into_iter().flatten();
    files.try_for_each(|file| check_place(file))?;
    let quantizers = quantizers(arguments)?;
    let remedies = Remedies::of(arguments)?;
    let settings = StudySettings {
        preprocess: arguments.preprocess.clone(),
        output: match &arguments.output {
            Some(text) => Some(
                text.parse::<OutputQuantity>()
                    .map_err(|error| CommandError::usage(format!("--output: {error}")))?,
            ),
            None => None,
        },
        output_name: arguments.output_name.clone(),
        seed: arguments.seed,
    };
    let mut inputs = BTreeMap::new();
    for text in &arguments.input {
        let (name, tensor) = named_inputs::read(text)?;
        inputs.insert(name, tensor);
    }
    let fp32 = model_files::read(&arguments.fp32)?;
    let (_, paths) = arguments.int8_and_frames();
    let mut judged = chosen(frame_files::frames(paths)?, arguments.frames)?;
    let mut calibration = Vec::new();
    if let QuantizerSource::Here(_) = quantizers {
        if judged.len() < 2 {
            return Err(CommandError::usage(
                "quantizing here needs two frames or more, because ranges and errors come from different frames: give more images, or an INT8 model",
            ));
        }
        (judged, calibration) = split_for_calibration(judged);
    }
    let nodes = fp32.nodes.iter().map(|node| node.name.clone()).collect();
    let files = StudyFiles {
        fp32,
        quantizers,
        frames: with_truth(arguments, &judged)?,
        calibration: sources(&calibration)?,
        inputs,
    };
    let prepared = PreparedStudy::new(&files, &settings).map_err(refusal)?;
    let scheme = files.quantizers.scheme();
    drop(files);
    say_guesses(&prepared);
    let once = Instant::now();
    let gates = vec![false; prepared.pair.gated.quantizers.len()];
    let network = prepared.network(1);
    network
        .plan
        .run(&prepared.frames[0].inputs, &gates, None, &Keep::outputs())
        .map_err(CommandError::usage)?;
    let ms_a_run = 1000.0 * once.elapsed().as_secs_f64();
    let cost = study_cost(&prepared, &network, ms_a_run);
    if cost.seconds(cost.runs, threads(arguments)) >= LONG_S {
        eprintln!(
            "{} Fewer --frames, --shapley 0 or a smaller input cut it.",
            cost.of_ranking(threads(arguments))
        );
    }
    let setup = StudySetup {
        frames: &prepared.frames,
        output: prepared.output,
        own_output: prepared.own_output,
        quantity: prepared.quantity,
        space: network.space,
        threads: threads(arguments),
    };
    let (mut section, effects) = study(&setup, &prepared.pair, arguments, prepared.info.clone())?;
    print(&ranking_table::text(&section, arguments.rows))?;
    if let Some(path) = &arguments.csv {
        let table = csv(&layer_ranking(&section)).map_err(CommandError::usage)?;
        fs::write(path, table).map_err(|error| CommandError::file(path, &error))?;
    }
    if !remedies.is_none() {
        remedies.mixed_precision(&setup, &prepared.pair, &nodes, &effects, &mut section)?;
        remedies.repairs(
            &setup,
            &prepared.pair,
            &prepared.calibration,
            &scheme,
            &mut section,
        )?;
        print(&remedy_tables::text(&section, remedies.chosen(&section)))?;
    }
    eprintln!(
        "{} runs of the network in {:.1} s on {} threads.",
        section.runs,
        started.elapsed().as_secs_f64(),
        setup.threads.min(prepared.frames.len())
    );
    if let Some(path) = &arguments.out {
        let json = NetworkReport::new(section)
            .to_json()
            .map_err(CommandError::usage)?;
        fs::write(path, json).map_err(|error| CommandError::file(path, &error))?;
    }
    Ok(())
}

/// The cost of the first ranking, from the time of one run.
fn study_cost(prepared: &PreparedStudy, network: &StudyNetwork<'_>, ms_a_run: f64) -> StudyCost {
    let frames = prepared.frames.len();
    let runs = runs_per_frame(prepared.pair.gated.layers.len()) * frames as u64;
    StudyCost {
        ms_a_run,
        macs: prepared.info.model.macs.unwrap_or_default() as f64,
        worker_bytes: network.frame_bytes() as f64,
        runs: runs as f64,
        frames: u32::try_from(frames).unwrap_or(u32::MAX),
    }
}

/// A refusal with the flag that mends it.
fn refusal(error: StudyError) -> CommandError {
    let StudyError::Setting { setting, problem } = error else {
        return CommandError::usage(error);
    };
    CommandError::usage(match setting {
        StudySetting::Models | StudySetting::Frames => problem,
        StudySetting::Inputs => format!("--input: {problem}"),
        StudySetting::Preprocessing => format!("--preprocess: {problem}"),
        StudySetting::OutputName => format!("--output-name: {problem}"),
        StudySetting::Truth => format!("--gt: {problem}"),
        StudySetting::TruthUnit => {
            format!("--gt: {problem}: give --gt-units-per-metre, such as 1000 for millimetres")
        }
    })
}

/// Prints each guessed setting with the flag that changes it.
fn say_guesses(prepared: &PreparedStudy) {
    let (output, images) = (&prepared.info.output, &prepared.info.preprocessing);
    if !output.is_given {
        let doubt = if prepared.is_certain {
            ""
        } else {
            " If that is wrong, give --output."
        };
        eprintln!(
            "Output `{}` is taken as {}: {}{doubt}",
            output.name,
            output.quantity,
            output.reasons.join(" ")
        );
    }
    if images.preset.is_none() && !images.settings.is_empty() {
        eprintln!(
            "Images are prepared as {}. If that is wrong, give --preprocess.",
            images.settings
        );
    }
}

/// Writes to the standard output. A closed pipe ends the command without an error, as `head` expects.
fn print(text: &str) -> Result<(), CommandError> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(CommandError::usage(
            format!("the table cannot be printed: {error}"),
        )),
        _ => Ok(()),
    }
}

fn threads(arguments: &LayersArguments) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    arguments.threads.unwrap_or_else(processors).max(1)
}

/// At most so many files, evenly over all.
fn chosen(files: Vec<FrameFile>, most: usize) -> Result<Vec<FrameFile>, CommandError> {
    if most == 0 || files.is_empty() {
        return Err(CommandError::usage(
            "no frame: give images or inputs after the models, and --frames above 0",
        ));
    }
    let count = files.len();
    if count > most {
        eprintln!("{most} of {count} frames are used. For more, give --frames.");
    }
    Ok(evenly(files, most))
}

/// The files of frames with their bytes.
fn sources(files: &[FrameFile]) -> Result<Vec<FrameSource>, CommandError> {
    let source = |file: &FrameFile| {
        let bytes = fs::read(&file.path).map_err(|error| CommandError::file(&file.path, &error))?;
        Ok(FrameSource {
            frame: file.frame.clone(),
            file: file.path.display().to_string(),
            bytes,
            truth: None,
        })
    };
    files.iter().map(source).collect()
}

/// The files of frames with their ground truth.
fn with_truth(
    arguments: &LayersArguments,
    files: &[FrameFile],
) -> Result<Vec<FrameSource>, CommandError> {
    let mut frames = sources(files)?;
    if arguments.gt.is_empty() {
        return Ok(frames);
    }
    let maps = frame_files::maps(&arguments.gt)?;
    let matched = frame_files::matched(files, &maps)?;
    let found: Vec<&FrameFile> = matched.iter().flatten().copied().collect();
    let truths = sources(&found.iter().map(|&file| file.clone()).collect::<Vec<_>>())?;
    let truths: Vec<(&str, &[u8])> = truths
        .iter()
        .map(|file| (file.file.as_str(), file.bytes.as_slice()))
        .collect();
    let encoding = match arguments.gt_units_per_metre {
        Some(units) => {
            let scale = Scale::from_units_per_metre(units)
                .map_err(|error| CommandError::usage(format!("--gt-units-per-metre: {error}")))?;
            Some(Encoding::Linear(scale))
        }
        None => None,
    };
    let read = TruthMaps::read(&truths, encoding).map_err(refusal)?;
    let reason = read.reason.as_deref();
    let rest = match frames.len() - found.len() {
        0 => String::new(),
        without => format!(" {without} frames have none."),
    };
    eprintln!(
        "Ground truth is read as {}: {}.{rest}",
        read.encoding.title(),
        reason.unwrap_or("as --gt-units-per-metre says")
    );
    let mut maps = read.maps.into_iter();
    for (frame, map) in frames.iter_mut().zip(&matched) {
        frame.truth = map.and_then(|_| maps.next());
    }
    Ok(frames)
}

/// The origin of the quantizers.
fn quantizers(arguments: &LayersArguments) -> Result<QuantizerSource, CommandError> {
    let (int8, _) = arguments.int8_and_frames();
    match (int8, &arguments.encodings, &arguments.quantize) {
        (Some(path), None, None) => {
            let graph = Box::new(model_files::read(path)?);
            Ok(QuantizerSource::Model(path.display().to_string(), graph))
        }
        (None, Some(path), None) => {
            let bytes = fs::read(path).map_err(|error| CommandError::file(path, &error))?;
            Ok(QuantizerSource::Encodings(
                path.display().to_string(),
                bytes,
            ))
        }
        (None, None, Some(text)) => {
            let scheme = text
                .parse()
                .map_err(|error| CommandError::usage(format!("--quantize: {error}")))?;
            Ok(QuantizerSource::Here(scheme))
        }
        (None, None, None) => {
            let scheme = QuantizeScheme::default();
            eprintln!(
                "There is no INT8 model, so the network is quantized here ({scheme}). For another scheme, give --quantize."
            );
            Ok(QuantizerSource::Here(scheme))
        }
        _ => Err(CommandError::usage(
            "an INT8 model, --encodings and --quantize each give the quantizers: leave two of them out",
        )),
    }
}

/// The first ranking, while Shapley shares are not there yet.
fn preliminary(pair: &NetworkPair, totals: &StudyTotals) {
    let whole = totals.all_on().change.mean_square();
    let only = totals
        .layers
        .iter()
        .map(|runs| runs.only.change.mean_square());
    let only: Vec<f64> = only.collect();
    let first = ranked(&only).into_iter().take(5).filter_map(|layer| {
        let name = &pair.gated.layers.get(layer)?.name;
        Some(format!("{name} {:.1} %", 100.0 * only[layer] / whole))
    });
    if whole > 0.0 {
        let first: Vec<String> = first.collect();
        eprintln!(
            "First ranking, only this layer rounded: {}.",
            first.join(", ")
        );
    }
}

/// Measures frames, then samples orders until the shares are precise enough. Returns the section and the effect by which layers are ordered:
/// Shapley values, or mean squares of only this layer.
fn study(
    setup: &StudySetup<'_>,
    pair: &NetworkPair,
    arguments: &LayersArguments,
    info: StudyInfo,
) -> Result<(NetworkSection, Vec<f64>), CommandError> {
    let frames = setup.frames.len();
    let layers = pair.gated.layers.len();
    let runs = runs_per_frame(layers) * frames as u64;
    let bar = progress(runs, "only this, all but this");
    let figures = setup
        .measure(pair, &|done| bar.inc(done))
        .map_err(CommandError::usage)?;
    bar.finish_and_clear();
    let mut totals = StudyTotals::default();
    for (whole, layers) in &figures {
        totals.add(whole);
        totals.add_layers(layers);
    }
    drop(figures);
    preliminary(pair, &totals);
    let is_changed = totals.all_on().change.mean_square() > 0.0;
    let wanted = if is_changed {
        arguments.shapley / 100.0
    } else {
        0.0
    };
    let mut sampling = ShapleySampling::new(layers, frames, arguments.seed, wanted);
    let bar = progress(sampling.runs_a_round(), "Shapley shares");
    while let Some(orders) = sampling.next_round() {
        let gains = setup
            .shapley_gains(pair, &orders, &|done| bar.inc(done))
            .map_err(CommandError::usage)?;
        sampling.add(&gains);
        bar.set_length(sampling.expected_runs());
    }
    bar.finish_and_clear();
    let info = StudyInfo {
        runs: runs + sampling.runs(),
        ..info
    };
    let shapley = sampling.totals();
    let section = setup
        .with_study(pair, |network| {
            network_section(network, &totals, Some(shapley), info)
        })
        .map_err(CommandError::usage)?;
    let effects = if shapley.pairs() > 0 {
        shapley.values()
    } else {
        let only = totals.layers.iter();
        only.map(|runs| setup.space.mean_square(&runs.only))
            .collect()
    };
    let section = section.ok_or_else(|| CommandError::usage("no frame"))?;
    Ok((section, effects))
}
