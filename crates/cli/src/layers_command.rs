//! `fathom layers`: reads, runs, prints.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use fathom_network::NetworkError;
use fathom_network::calibrate::QuantizeScheme;
use fathom_network::gating::NetworkPair;
use fathom_network::graph::NetworkGraph;
use fathom_network::measure::{ErrorSpace, PlayerOrders, ranked};
use fathom_network::normalise::{ModelFormat, QuantizedGraph};
use fathom_network::output::{OutputEvidence, OutputGuess, OutputQuantity, guess_output};
use fathom_network::preprocess::{FrameGeometry, ImageSize, Preset};
use fathom_network::quantize_here::RangeCollector;
use fathom_network::runtime::{Engine, Keep, Plan, RunLimits, Value};
use fathom_network::study::{
    ShapleyTotals, StudyFrame, StudyInfo, StudyTotals, model_entry, network_section,
};
use fathom_report::export::{csv, layer_ranking};
use fathom_report::network::{
    ModelEntry, NetworkReport, NetworkSection, OutputEntry, PreprocessingEntry,
};

use crate::command_error::CommandError;
use crate::frame_files::{self, FrameFile};
use crate::ground_truth::{GroundTruth, TruthMap};
use crate::layers_arguments::LayersArguments;
use crate::layers_frames::{FrameLoader, LoadedFrame};
use crate::output_arguments::check_place;
use crate::remedies::{RankingFigures, Remedies};
use crate::study_cost::Cost;
use crate::study_progress::progress;
use crate::study_workers::{StudySetup, plan_of};
use crate::{model_files, ranking_table, remedy_tables};

/// Pairs of orders in one round of Shapley sampling: a round begins with two runs of each frame.
const PAIRS_A_ROUND: usize = 2;

/// Most pairs of orders, whatever the standard error.
const MAX_PAIRS: u64 = 400;

/// Pixels of a frame that a guess of the output's quantity looks at.
const GUESS_PIXELS: usize = 4000;

/// Frames that a guess of the output's quantity looks at.
const GUESS_FRAMES: usize = 3;

/// Runs the command.
pub(crate) fn run(arguments: &LayersArguments) -> Result<(), CommandError> {
    let started = Instant::now();
    let mut files = [&arguments.csv, &arguments.out].into_iter().flatten();
    files.try_for_each(|file| check_place(file))?;
    let source = QuantizerSource::of(arguments)?;
    let remedies = Remedies::of(arguments)?;
    let given: Option<OutputQuantity> = match &arguments.output {
        Some(text) => Some(text.parse().map_err(CommandError::usage)?),
        None => None,
    };
    let fp32 = model_files::read(&arguments.fp32)?;
    let (_, paths) = arguments.int8_and_frames();
    let files = chosen(frame_files::frames(paths)?, arguments.frames)?;
    let has_images = files.iter().any(FrameFile::is_image);
    let loader = FrameLoader::new(&fp32, arguments, has_images)?;
    let mut frames = load(&loader, &files)?;
    let mut calibration = Vec::new();
    if let QuantizerSource::Here(_) = source {
        (frames, calibration) = split(frames)?;
    }
    let models = Models::read(&fp32, &source, arguments, &frames[0].inputs, &calibration)?;
    let plan = plan_of(&models.pair.gated, &frames[0].inputs, &Engine::new(1))
        .map_err(CommandError::usage)?;
    let output = JudgedOutput::choose(&models, &plan, arguments)?;
    let truths = truths(arguments, &frames, output.size)?;
    let (quantity, guess) = match given {
        Some(quantity) => (quantity, None),
        None => {
            let guess = output.guess(&models, &plan, &frames, &truths, arguments)?;
            (guess.quantity, Some(guess))
        }
    };
    if let Some(guess) = &guess {
        let doubt = if guess.is_certain {
            ""
        } else {
            " If that is wrong, give --output."
        };
        eprintln!(
            "Output `{}` is taken as {quantity}: {}{doubt}",
            output.name,
            guess.reasons.join(" ")
        );
    }
    if arguments.preprocess.is_none() && has_images {
        eprintln!(
            "Images are prepared as {}. If that is wrong, give --preprocess.",
            loader.preprocessing
        );
    }
    let gates = vec![false; models.pair.gated.quantizers.len()];
    let once = Instant::now();
    plan.run(&frames[0].inputs, &gates, None, &Keep::outputs())
        .map_err(CommandError::usage)?;
    let cost = Cost {
        seconds_a_run: once.elapsed().as_secs_f64(),
        macs: plan.multiplications().values().sum(),
        layers: models.pair.gated.layers.len(),
        frames: frames.len(),
        threads: threads(arguments),
    };
    if let Some(sentence) = cost.sentence() {
        eprintln!("{sentence}");
    }
    let names: Vec<String> = frames
        .iter()
        .map(|frame| frame.file.frame.clone())
        .collect();
    let input = frames[0].geometry.input;
    let study_frames: Vec<StudyFrame> = frames
        .into_iter()
        .zip(truths)
        .map(|(frame, truth_m)| StudyFrame {
            inputs: frame.inputs,
            truth_m,
        })
        .collect();
    let macs = Some(plan.multiplications().values().sum()).filter(|&macs: &u64| macs > 0);
    let parameters = fp32.parameter_count();
    let info = StudyInfo {
        model: model_entry(&fp32, ModelFormat::Float, parameters, macs),
        int8_model: models.int8_entry(&source, parameters, macs),
        quantize: match &source {
            QuantizerSource::Here(scheme) => Some(scheme.to_string()),
            _ => None,
        },
        preprocessing: PreprocessingEntry {
            settings: if has_images {
                loader.preprocessing.to_string()
            } else {
                String::new()
            },
            preset: preset(arguments).map(|preset| preset.name().to_owned()),
            height: input.height,
            width: input.width,
        },
        output: OutputEntry {
            name: output.name.clone(),
            quantity: quantity.to_string(),
            is_given: guess.is_none(),
            reasons: guess.map(|guess| guess.reasons).unwrap_or_default(),
            height: output.size.height,
            width: output.size.width,
        },
        frames: names,
        calibration_frames: calibration
            .iter()
            .map(|frame| frame.file.frame.clone())
            .collect(),
        seed: arguments.seed,
        runs: 0,
    };
    drop(plan);
    let setup = StudySetup {
        frames: &study_frames,
        output: output.index,
        own_output: output.own_index,
        quantity,
        space: ErrorSpace::Output,
        threads: threads(arguments),
    };
    let (mut section, ranking) = study(&setup, &models.pair, arguments, info)?;
    print(&ranking_table::text(&section, arguments.rows))?;
    if let Some(path) = &arguments.csv {
        let table = csv(&layer_ranking(&section)).map_err(CommandError::usage)?;
        fs::write(path, table).map_err(|error| CommandError::file(path, &error))?;
    }
    if !remedies.is_none() {
        let nodes = fp32.nodes.iter().map(|node| node.name.clone()).collect();
        remedies.mixed_precision(&setup, &models.pair, &nodes, &ranking, &mut section)?;
        let calibrated: Vec<StudyFrame> = calibration
            .into_iter()
            .map(|frame| StudyFrame {
                inputs: frame.inputs,
                truth_m: None,
            })
            .collect();
        let scheme = match &source {
            QuantizerSource::Here(scheme) => *scheme,
            // Files do not say how their ranges were chosen.
            _ => QuantizeScheme::default(),
        };
        remedies.repairs(
            &setup,
            &models.pair,
            &calibrated,
            &scheme,
            &ranking,
            &mut section,
        )?;
        print(&remedy_tables::text(&section, remedies.chosen(&section)))?;
    }
    eprintln!(
        "{} runs of the network in {:.1} s on {} threads.",
        section.runs,
        started.elapsed().as_secs_f64(),
        setup.threads.min(study_frames.len())
    );
    if let Some(path) = &arguments.out {
        let json = NetworkReport::new(section)
            .to_json()
            .map_err(CommandError::usage)?;
        fs::write(path, json).map_err(|error| CommandError::file(path, &error))?;
    }
    Ok(())
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

fn preset(arguments: &LayersArguments) -> Option<Preset> {
    let first = arguments.preprocess.as_ref()?.split(',').next()?.trim();
    let name = first.to_ascii_lowercase();
    Preset::ALL.into_iter().find(|preset| preset.name() == name)
}

/// At most so many files, evenly over all.
fn chosen(files: Vec<FrameFile>, most: usize) -> Result<Vec<FrameFile>, CommandError> {
    if most == 0 || files.is_empty() {
        return Err(CommandError::usage(
            "no frame: give images or inputs after the models, and --frames above 0",
        ));
    }
    let count = files.len();
    if count <= most {
        return Ok(files);
    }
    eprintln!("{most} of {count} frames are used. For more, give --frames.");
    let is_kept = |i: &usize| i * most % count < most;
    let kept = files.into_iter().enumerate().filter(|(i, _)| is_kept(i));
    Ok(kept.map(|(_, file)| file).collect())
}

fn load(loader: &FrameLoader<'_>, files: &[FrameFile]) -> Result<Vec<LoadedFrame>, CommandError> {
    let mut out: Vec<LoadedFrame> = Vec::new();
    for file in files {
        let frame = loader.load(file)?;
        if let Some(first) = out.first() {
            let (a, b) = (first.geometry.input, frame.geometry.input);
            if a != b {
                return Err(CommandError::content(
                    &file.path,
                    format!(
                        "it becomes an input of {} x {}, the first frame one of {} x {} (height x width): give --preprocess height=N,width=N with fit=stretch, letterbox or cover",
                        b.height, b.width, a.height, a.width
                    ),
                ));
            }
        }
        out.push(frame);
    }
    Ok(out)
}

/// Frames with even places for judging, the others for calibration.
fn split(frames: Vec<LoadedFrame>) -> Result<(Vec<LoadedFrame>, Vec<LoadedFrame>), CommandError> {
    if frames.len() < 2 {
        return Err(CommandError::usage(
            "quantizing here needs two frames or more, because ranges and errors come from different frames: give more images, or an INT8 model",
        ));
    }
    let (mut judged, mut calibration) = (Vec::new(), Vec::new());
    for (i, frame) in frames.into_iter().enumerate() {
        if i % 2 == 0 {
            judged.push(frame);
        } else {
            calibration.push(frame);
        }
    }
    Ok((judged, calibration))
}

/// The origin of the quantizers.
enum QuantizerSource<'a> {
    /// An INT8 model.
    Model(&'a Path),
    /// AIMET's encodings.
    Encodings(&'a Path),
    /// The network is quantized here.
    Here(QuantizeScheme),
}

impl<'a> QuantizerSource<'a> {
    fn of(arguments: &'a LayersArguments) -> Result<Self, CommandError> {
        let (int8, _) = arguments.int8_and_frames();
        match (int8, &arguments.encodings, &arguments.quantize) {
            (Some(path), None, None) => Ok(Self::Model(path)),
            (None, Some(path), None) => Ok(Self::Encodings(path)),
            (None, None, Some(text)) => text.parse().map(Self::Here).map_err(CommandError::usage),
            (None, None, None) => {
                let scheme = QuantizeScheme::default();
                eprintln!(
                    "There is no INT8 model, so the network is quantized here ({scheme}). For another scheme, give --quantize."
                );
                Ok(Self::Here(scheme))
            }
            _ => Err(CommandError::usage(
                "an INT8 model, --encodings and --quantize each give the quantizers: leave two of them out",
            )),
        }
    }
}

/// The INT8 model, and the quantizers as gates.
struct Models<'a> {
    fp32: &'a NetworkGraph,
    int8: Option<(NetworkGraph, ModelFormat)>,
    pair: NetworkPair,
}

impl<'a> Models<'a> {
    fn read(
        fp32: &'a NetworkGraph,
        source: &QuantizerSource<'_>,
        arguments: &LayersArguments,
        first: &BTreeMap<String, Value>,
        calibration: &[LoadedFrame],
    ) -> Result<Self, CommandError> {
        let own = QuantizedGraph::from_graph(fp32.clone());
        let own = own.map_err(|error| CommandError::content(&arguments.fp32, error))?;
        if own.format != ModelFormat::Float {
            return Err(CommandError::content(
                &arguments.fp32,
                "it is quantized: give the floating-point model first, then the INT8 one",
            ));
        }
        let refuse = |path: &Path, error| CommandError::content(path, error);
        let (int8, pair) = match source {
            QuantizerSource::Model(path) => {
                let graph = model_files::read(path)?;
                let quantized = QuantizedGraph::from_graph(graph.clone())
                    .map_err(|error| refuse(path, error))?;
                let format = quantized.format;
                let (engine, limits) = (Engine::new(1), RunLimits::default());
                let pair = NetworkPair::settled(fp32, quantized, first, &engine, limits)
                    .map_err(|error| refuse(path, error))?;
                let lost = pair.structure.lost_nodes.len();
                if 2 * lost > fp32.nodes.len() {
                    let why = format!(
                        "it was not made from the floating-point model: {lost} of {} nodes have no partner; give the model that it was made from",
                        fp32.nodes.len()
                    );
                    return Err(CommandError::content(path, why));
                }
                (Some((graph, format)), pair)
            }
            QuantizerSource::Encodings(path) => {
                let bytes = fs::read(path).map_err(|error| CommandError::file(path, &error))?;
                let pair = NetworkPair::from_encodings(fp32, &bytes);
                (None, pair.map_err(|error| refuse(path, error))?)
            }
            QuantizerSource::Here(scheme) => {
                let pair = quantized_here(fp32, scheme, calibration);
                (None, pair.map_err(CommandError::usage)?)
            }
        };
        if pair.gated.quantizers.is_empty() {
            return Err(CommandError::usage(
                "no tensor is quantized: give the INT8 model after the floating-point one",
            ));
        }
        Ok(Self { fp32, int8, pair })
    }

    fn int8_entry(
        &self,
        source: &QuantizerSource<'_>,
        parameters: u64,
        macs: Option<u64>,
    ) -> Option<ModelEntry> {
        match (&self.int8, source) {
            (Some((graph, format)), _) => Some(model_entry(graph, *format, parameters, macs)),
            (None, QuantizerSource::Here(_)) => None,
            (None, _) => Some(ModelEntry {
                quantization: "encodings".to_owned(),
                ..model_entry(self.fp32, ModelFormat::Float, parameters, macs)
            }),
        }
    }
}

/// Quantizes a network with ranges from some frames.
fn quantized_here(
    fp32: &NetworkGraph,
    scheme: &QuantizeScheme,
    calibration: &[LoadedFrame],
) -> Result<NetworkPair, NetworkError> {
    let Some(first) = calibration.first() else {
        return NetworkPair::from_placements(fp32, &[]);
    };
    let mut ranges =
        RangeCollector::new(fp32, &first.inputs, &Engine::new(1), RunLimits::default())?;
    for frame in calibration {
        ranges.add(&frame.inputs)?;
    }
    NetworkPair::from_placements(fp32, &ranges.placements(scheme))
}

/// The output that is measured.
struct JudgedOutput {
    name: String,
    index: usize,
    own_index: usize,
    size: ImageSize,
}

impl JudgedOutput {
    fn choose(
        models: &Models<'_>,
        plan: &Plan,
        arguments: &LayersArguments,
    ) -> Result<Self, CommandError> {
        let names = &models.pair.gated.output_names;
        let outputs = plan.outputs();
        let pixels = |index: usize| -> usize {
            outputs
                .get(index)
                .map_or(0, |(_, shape)| shape.iter().product())
        };
        let found = match &arguments.output_name {
            Some(name) => names.iter().position(|other| other == name),
            // The first of the largest.
            None => (0..names.len()).rev().max_by_key(|&index| pixels(index)),
        };
        let Some(index) = found else {
            return Err(CommandError::usage(format!(
                "--output-name: the network's outputs are {}",
                names.join(", ")
            )));
        };
        let shape = outputs.get(index).map_or(&[][..], |(_, shape)| shape);
        let size = match *shape {
            [.., height, width] => ImageSize { width, height },
            _ => {
                return Err(CommandError::usage(format!(
                    "the output {} has the shape {shape:?}, which is no map: give another by --output-name",
                    names[index]
                )));
            }
        };
        if pixels(index) != size.width * size.height {
            return Err(CommandError::usage(format!(
                "the output {} has the shape {shape:?}, and a map has one channel: give another by --output-name, or an input of one frame",
                names[index]
            )));
        }
        let own = models.pair.own.as_ref();
        let own_index = own.and_then(|own| {
            let outputs = own.graph.outputs.iter();
            outputs
                .clone()
                .position(|output| output.name == names[index])
        });
        Ok(Self {
            name: names[index].clone(),
            index,
            own_index: own_index.unwrap_or(index),
            size,
        })
    }

    /// Guesses the quantity from some pixels of the first frames.
    fn guess(
        &self,
        models: &Models<'_>,
        plan: &Plan,
        frames: &[LoadedFrame],
        truths: &[Option<Vec<f64>>],
        arguments: &LayersArguments,
    ) -> Result<OutputGuess, CommandError> {
        let (mut values, mut pairs) = (Vec::new(), Vec::new());
        let off = vec![false; models.pair.gated.quantizers.len()];
        for (frame, truth) in frames.iter().zip(truths).take(GUESS_FRAMES) {
            let trace = plan
                .run(&frame.inputs, &off, None, &Keep::outputs())
                .map_err(CommandError::usage)?;
            let outputs = plan.output_values(&trace);
            let Some(output) = outputs.get(self.index).and_then(|value| value.floats()) else {
                continue;
            };
            let step = (output.len() / GUESS_PIXELS).max(1);
            for at in (0..output.len()).step_by(step) {
                let value = f64::from(output[at]);
                values.push(value);
                if let Some(depth_m) = truth.as_ref().and_then(|truth| truth.get(at)) {
                    pairs.push((value, *depth_m));
                }
            }
        }
        let nodes = models.fp32.nodes.iter();
        let last = nodes.clone().find(|node| node.outputs.contains(&self.name));
        Ok(guess_output(&OutputEvidence {
            name: &self.name,
            last_operator: last.map_or("", |node| node.operator.as_str()),
            preset: preset(arguments),
            values: &values,
            truth: &pairs,
        }))
    }
}

/// Ground truth of each frame at the output's pixels, in metres.
fn truths(
    arguments: &LayersArguments,
    frames: &[LoadedFrame],
    output: ImageSize,
) -> Result<Vec<Option<Vec<f64>>>, CommandError> {
    if arguments.gt.is_empty() {
        return Ok(vec![None; frames.len()]);
    }
    let maps = frame_files::maps(&arguments.gt)?;
    let files: Vec<FrameFile> = frames.iter().map(|frame| frame.file.clone()).collect();
    let matched = frame_files::matched(&files, &maps)?;
    let found: Vec<&FrameFile> = matched.iter().flatten().copied().collect();
    let truth = GroundTruth::read(&found, arguments.gt_units_per_metre)?;
    let without = frames.len() - found.len();
    let rest = match without {
        0 => String::new(),
        _ => format!(" {without} frames have none."),
    };
    eprintln!("{}{rest}", truth.notice);
    let mut maps = truth.maps.iter();
    let mut out = Vec::new();
    for (frame, map) in frames.iter().zip(&matched) {
        let map = map.and_then(|_| maps.next());
        out.push(map.and_then(|map| at_output(map, &frame.geometry, output)));
    }
    Ok(out)
}

fn at_output(map: &TruthMap, geometry: &FrameGeometry, output: ImageSize) -> Option<Vec<f64>> {
    let depths = geometry.truth_at_output(&map.depths_m, map.size, output)?;
    Some(depths.into_iter().map(f64::from).collect())
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

/// Measures frames, then samples orders until the shares are precise enough.
fn study(
    setup: &StudySetup<'_>,
    pair: &NetworkPair,
    arguments: &LayersArguments,
    info: StudyInfo,
) -> Result<(NetworkSection, RankingFigures), CommandError> {
    let frames = setup.frames.len();
    let layers = pair.gated.layers.len();
    let mut runs = (16 + 2 * layers as u64) * frames as u64;
    let bar = progress(runs, "only this, all but this");
    let figures = setup
        .measure(pair, &|done| bar.inc(done))
        .map_err(CommandError::usage)?;
    bar.finish_and_clear();
    let mut totals = StudyTotals::default();
    for one in &figures {
        totals.add(one);
    }
    let fp32 = figures.iter().map(|figures| figures.fp32).collect();
    drop(figures);
    let mut shapley = ShapleyTotals::new(layers, frames);
    preliminary(pair, &totals);
    let wanted = arguments.shapley / 100.0;
    if wanted > 0.0 && totals.all_on().change.mean_square() > 0.0 {
        let round = (2 * layers * PAIRS_A_ROUND * frames) as u64;
        let bar = progress(round, "Shapley shares");
        let mut orders = PlayerOrders::new(layers, arguments.seed);
        while shapley.estimate().pairs() < MAX_PAIRS {
            let orders: Vec<Vec<usize>> = orders.by_ref().take(PAIRS_A_ROUND).collect();
            let gains = setup
                .shapley_gains(pair, &orders, &|done| bar.inc(done))
                .map_err(CommandError::usage)?;
            runs += round + 2 * frames as u64;
            shapley.add(&gains);
            let error = shapley.estimate().worst_share();
            if error <= wanted {
                break;
            }
            // The standard error falls with the root of the number of pairs.
            let needed = shapley.estimate().pairs() as f64 * (error / wanted) * (error / wanted);
            let pairs = needed.min(MAX_PAIRS as f64).ceil() as u64;
            bar.set_length(
                (2 * layers * frames) as u64 * pairs.max(shapley.estimate().pairs() + 1),
            );
        }
        bar.finish_and_clear();
    }
    let info = StudyInfo { runs, ..info };
    let section = setup
        .with_study(pair, |network| {
            network_section(network, &totals, Some(&shapley), info)
        })
        .map_err(CommandError::usage)?;
    let effects = if shapley.estimate().pairs() > 0 {
        shapley.estimate().values()
    } else {
        let only = totals.layers.iter();
        only.map(|runs| setup.space.mean_square(&runs.only))
            .collect()
    };
    let section = section.ok_or_else(|| CommandError::usage("no frame"))?;
    Ok((section, RankingFigures { effects, fp32 }))
}
