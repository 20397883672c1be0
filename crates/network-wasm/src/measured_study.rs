//! A network that is ready, and what was measured of it. The first worker sums up what all of them measure, in the order of frames.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_engine::network::{
    LayerPicture, MeasureRequest, NetworkResponse, Round, StudyResult, TensorPicture,
};
use fathom_engine::{MadeFile, pfm};
use fathom_network::NetworkError;
use fathom_network::calibrate::QuantizeScheme;
use fathom_network::gating::WiderNetwork;
use fathom_network::measure::{OutputError, kept_counts};
use fathom_network::repair::RepairedNetwork;
use fathom_network::runtime::{Engine, RunLimits};
use fathom_network::study::{
    FrameFigures, KeepCost, KeptPrecision, KeptStudy, LayerFigures, PrecisionCurve, PreparedStudy,
    RepairStudy, ShapleySampling, StudyFiles, StudyFrame, StudyInfo, StudyNetwork, StudyTotals,
    TensorHistogram, errors_of_kept, network_section, plan_of, repaired_errors, runs_per_frame,
};
use fathom_report::network::{ENOUGH, NetworkReport, NetworkSection, NetworkSummary, RepairEntry};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The folder of a network's own depth maps.
const OUTPUTS_FOLDER: &str = "network";

/// Figures on their way to the worker that sums up.
#[derive(Serialize, Deserialize)]
enum Figures {
    Whole(Box<FrameFigures>),
    Layers(LayerFigures),
}

/// Sets of kept layers, measured.
struct Kept {
    study: KeptStudy,
    /// Errors of [`KeptStudy::sets`], summed over frames.
    errors: Vec<OutputError>,
}

/// A network that is ready, and what was measured of it.
pub(crate) struct Study {
    prepared: PreparedStudy,
    /// Nodes that tools find in the floating-point model.
    fp32_nodes: BTreeSet<String>,
    scheme: QuantizeScheme,
    workers: usize,
    /// The standard error at which sampling stops, as a share of the whole.
    wanted: f64,
    wholes: Vec<Option<FrameFigures>>,
    layers: Vec<Option<LayerFigures>>,
    /// Begins once all frames are measured.
    sampling: Option<ShapleySampling>,
    kept: Option<Kept>,
    repairs: Option<Vec<RepairEntry>>,
    /// Runs of what was measured behind the ranking.
    further_runs: u64,
}

impl Study {
    pub(crate) fn new(
        prepared: PreparedStudy,
        files: &StudyFiles,
        workers: usize,
        wanted: f64,
    ) -> Self {
        let frames = prepared.frames.len();
        let nodes = files.fp32.nodes.iter();
        Self {
            prepared,
            fp32_nodes: nodes.map(|node| node.name.clone()).collect(),
            scheme: files.quantizers.scheme(),
            workers,
            wanted,
            wholes: vec![None; frames],
            layers: vec![None; frames],
            sampling: None,
            kept: None,
            repairs: None,
            further_runs: 0,
        }
    }

    /// Does a request.
    pub(crate) fn handle(
        &mut self,
        request: MeasureRequest,
        on_run: &mut dyn FnMut(u64),
    ) -> Result<NetworkResponse, NetworkError> {
        match request {
            MeasureRequest::Whole(frame) => self.with_frame(frame, |network, of| {
                let figures = network.measure_whole(of, on_run)?;
                let bytes = encoded(&Figures::Whole(Box::new(figures)));
                Ok(NetworkResponse::Measured(frame, bytes))
            }),
            MeasureRequest::Layers(frame) => self.with_frame(frame, |network, of| {
                let figures = network.measure_layers(of, on_run)?;
                Ok(NetworkResponse::Measured(
                    frame,
                    encoded(&Figures::Layers(figures)),
                ))
            }),
            MeasureRequest::Round(frame, Round::Gains(orders)) => {
                self.with_frame(frame, |network, of| {
                    let orders = orders.get(frame as usize).map_or(&[][..], Vec::as_slice);
                    let orders: Vec<Vec<usize>> = orders.iter().map(|o| places(o)).collect();
                    let gains = network.shapley_gains(of, &orders, on_run)?;
                    Ok(NetworkResponse::RoundMeasured(frame, encoded(&gains)))
                })
            }
            MeasureRequest::Round(frame, Round::Kept(bits, order)) => {
                let study = self.kept_study(bits, places(&order));
                self.with_frame(frame, |network, of| {
                    let errors = kept_errors(&study, network, of, on_run)?;
                    Ok(NetworkResponse::RoundMeasured(frame, encoded(&errors)))
                })
            }
            MeasureRequest::Add(frame, bytes) => Ok(self.add(frame, &bytes)),
            MeasureRequest::AddRound(round, parts) => Ok(self.add_round(round, &parts)),
            MeasureRequest::PlanKept(bits) => Ok(self.plan_kept(bits)),
            MeasureRequest::Repairs => self.measure_repairs(on_run),
            MeasureRequest::AddRepairs(bytes) => Ok(self.add_repairs(&bytes)),
            MeasureRequest::Outputs => self.outputs(),
            MeasureRequest::Picture(frame, layer) => {
                let width = self.prepared.info.output.width;
                self.with_frame(frame, |network, of| {
                    let depths = network.layer_depths_m(of, layer as usize)?;
                    let [fp32_m, rounded_m] =
                        depths.map(|all| all.into_iter().map(|metres| metres as f32).collect());
                    let tensors = network.layer_tensors(of, layer as usize)?;
                    Ok(NetworkResponse::Picture(Box::new(LayerPicture {
                        frame,
                        layer,
                        width: u32::try_from(width).unwrap_or(1),
                        fp32_m,
                        rounded_m,
                        tensors: tensors.into_iter().map(tensor_picture).collect(),
                    })))
                })
            }
        }
    }

    fn with_frame(
        &self,
        frame: u32,
        work: impl FnOnce(&StudyNetwork<'_>, &StudyFrame) -> Result<NetworkResponse, NetworkError>,
    ) -> Result<NetworkResponse, NetworkError> {
        match self.prepared.frames.get(frame as usize) {
            Some(of) => work(&self.prepared.network(self.workers), of),
            None => Ok(NetworkResponse::Failed(
                tr!("There is no such frame.").to_owned(),
            )),
        }
    }

    fn add(&mut self, frame: u32, bytes: &[u8]) -> NetworkResponse {
        let place = frame as usize;
        match postcard::from_bytes(bytes) {
            Ok(Figures::Whole(figures)) => {
                if let Some(own) = self.wholes.get_mut(place) {
                    *own = Some(*figures);
                }
            }
            Ok(Figures::Layers(figures)) => {
                if let Some(own) = self.layers.get_mut(place) {
                    *own = Some(figures);
                }
            }
            Err(error) => return NetworkResponse::Failed(error.to_string()),
        }
        self.summed()
    }

    fn add_round(&mut self, round: Round, parts: &[Vec<u8>]) -> NetworkResponse {
        let added = match round {
            Round::Gains(_) => decoded(parts).map(|gains: Vec<Vec<Vec<f64>>>| {
                if let Some(sampling) = &mut self.sampling {
                    sampling.add(&gains);
                }
            }),
            Round::Kept(bits, order) => decoded(parts).map(|frames: Vec<Vec<OutputError>>| {
                let study = self.kept_study(bits, places(&order));
                self.further_runs += self.kept_runs();
                self.kept = Some(Kept {
                    study,
                    errors: summed_errors(&frames),
                });
            }),
        };
        match added {
            Ok(()) => self.summed(),
            Err(error) => NetworkResponse::Failed(error.to_string()),
        }
    }

    /// The effects by which layers are ordered: Shapley values, or mean squares of only this layer.
    fn effects(&self, totals: &StudyTotals) -> Vec<f64> {
        let space = self.prepared.network(self.workers).space;
        let only = || {
            let layers = totals.layers.iter();
            layers.map(|runs| space.mean_square(&runs.only)).collect()
        };
        match &self.sampling {
            Some(sampling) if sampling.totals().pairs() > 0 => sampling.totals().values(),
            _ => only(),
        }
    }

    fn plan_kept(&self, bits: u8) -> NetworkResponse {
        let network = self.prepared.network(self.workers);
        let effects = self.effects(&self.totals());
        let curve = PrecisionCurve::new(&network, &effects, precision(bits), KeepCost::Nothing);
        let number = |layer: usize| u32::try_from(layer).unwrap_or(u32::MAX);
        let order = curve.order.into_iter().map(number).collect();
        NetworkResponse::Planned(Round::Kept(bits, order))
    }

    fn kept_study(&self, bits: u8, order: Vec<usize>) -> KeptStudy {
        let curve = PrecisionCurve {
            precision: precision(bits),
            counts: kept_counts(order.len()),
            order,
        };
        KeptStudy::new(&self.prepared.pair.gated, curve, &self.fp32_nodes)
    }

    /// Both ends of a frame, and each set but the first.
    fn kept_runs(&self) -> u64 {
        let points = kept_counts(self.prepared.pair.gated.layers.len()).len();
        ((2 * points + 1) * self.prepared.frames.len()) as u64
    }

    fn repair_study(&self) -> Option<RepairStudy> {
        let names = NetworkSection {
            frames: self.prepared.info.frames.clone(),
            calibration_frames: self.prepared.info.calibration_frames.clone(),
            ..NetworkSection::default()
        };
        RepairStudy::new(&self.prepared.frames, &self.prepared.calibration, &names)
    }

    fn measure_repairs(
        &self,
        on_run: &mut dyn FnMut(u64),
    ) -> Result<NetworkResponse, NetworkError> {
        let Some(study) = self.repair_study() else {
            return Ok(NetworkResponse::Failed(
                tr!("Repairs need two frames or more.").to_owned(),
            ));
        };
        let network = self.prepared.network(self.workers);
        let (on_run, runs) = (RefCell::new(on_run), Cell::new(0));
        let on_run = |done: u64| {
            runs.set(runs.get() + done);
            on_run.borrow_mut()(done);
        };
        let errors = |frames: &[StudyFrame], repaired: &[RepairedNetwork]| {
            let (engine, limits) = (Engine::new(1), RunLimits::default());
            let of_frame = |frame: &StudyFrame| {
                repaired_errors(&network, repaired, frame, &engine, limits, on_run)
            };
            let frames: Result<Vec<_>, NetworkError> = frames.iter().map(of_frame).collect();
            Ok(summed_errors(&frames?))
        };
        let output = self.prepared.output;
        let measured = study.measure(
            &self.prepared.pair,
            output,
            &self.scheme,
            errors,
            network.space,
            on_run,
        )?;
        let figures = encoded(&(measured, runs.get()));
        Ok(NetworkResponse::RepairsMeasured(figures))
    }

    fn add_repairs(&mut self, bytes: &[u8]) -> NetworkResponse {
        match postcard::from_bytes(bytes) {
            Ok((repairs, runs)) => {
                let runs: u64 = runs;
                self.further_runs += runs;
                self.repairs = Some(repairs);
                self.summed()
            }
            Err(error) => NetworkResponse::Failed(error.to_string()),
        }
    }

    /// Depths of all frames in metres, with ground truth at the same pixels.
    fn outputs(&self) -> Result<NetworkResponse, NetworkError> {
        let network = self.prepared.network(self.workers);
        let width = self.prepared.info.output.width;
        let mut files = Vec::new();
        for (frame, name) in self.prepared.frames.iter().zip(&self.prepared.info.frames) {
            let [fp32, int8] = network.depths_m(frame)?;
            let maps = [
                ("gt", frame.truth_m.clone()),
                ("fp32", Some(fp32)),
                ("int8", Some(int8)),
            ];
            for (role, depths) in maps {
                files.extend(depths.map(|depths| MadeFile {
                    path: format!("{OUTPUTS_FOLDER}/{role}/{name}.pfm"),
                    bytes: pfm(width, &depths),
                }));
            }
        }
        Ok(NetworkResponse::Outputs(files))
    }

    fn totals(&self) -> StudyTotals {
        let mut totals = StudyTotals::default();
        for figures in self.wholes.iter().flatten() {
            totals.add(figures);
        }
        for figures in self.layers.iter().flatten() {
            totals.add_layers(figures);
        }
        totals
    }

    /// The figures so far, summed in the order of frames.
    fn summed(&mut self) -> NetworkResponse {
        let totals = self.totals();
        let next_round = self.next_round(&totals);
        let network = self.prepared.network(self.workers);
        let shapley = self.sampling.as_ref().map(ShapleySampling::totals);
        let mut section = network_section(&network, &totals, shapley, self.info());
        if let Some(kept) = &self.kept {
            let (study, errors) = (&kept.study, &kept.errors);
            study.put_into(&mut section, &network, errors, ENOUGH);
        }
        let repairs = self.repair_study();
        if let (Some(study), Some(entries)) = (&repairs, &self.repairs) {
            section.repairs.clone_from(entries);
            section.repair_frames.clone_from(&study.fitted_names);
        }
        let mut summary = NetworkSummary::new(&section);
        self.add_nodes(&mut summary);
        let sampling = self.sampling.as_ref();
        let repair_runs = repairs.map_or(0, |study| study.runs());
        let outline = section.outline();
        let json = NetworkReport::new(section).to_json();
        match json.and_then(|json| Ok((json, outline?))) {
            Ok((json, outline)) => NetworkResponse::Summed(Box::new(StudyResult {
                summary,
                json,
                outline,
                next_round,
                sampling_runs: sampling.map_or(0.0, |sampling| sampling.expected_runs() as f64),
                kept_runs: self.kept_runs() as f64,
                repair_runs: repair_runs as f64,
            })),
            Err(error) => NetworkResponse::Failed(error.to_string()),
        }
    }

    /// The nodes that tools keep at each point, and what they leave of the change.
    fn add_nodes(&self, summary: &mut NetworkSummary) {
        let Some(kept) = &self.kept else { return };
        let counts = &kept.study.curve.counts;
        let whole = kept.errors.first().map_or(0.0, |error| error.change.rms());
        for row in &mut summary.kept {
            let place = counts.iter().position(|&count| count == row.kept as usize);
            let Some(place) = place else { continue };
            row.nodes.clone_from(&kept.study.nodes[place]);
            if let Some(error) = kept
                .errors
                .get(counts.len() + place)
                .filter(|_| whole > 0.0)
            {
                row.by_nodes = units::share(error.change.rms() / whole);
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.wholes.iter().all(Option::is_some) && self.layers.iter().all(Option::is_some)
    }

    /// The next round of sampling, once all frames are measured.
    fn next_round(&mut self, totals: &StudyTotals) -> Option<Round> {
        if !self.is_complete() || self.kept.is_some() || self.repairs.is_some() {
            return None;
        }
        let is_changed = totals.all_on().change.mean_square() > 0.0;
        let wanted = if is_changed { self.wanted } else { 0.0 };
        let (layers, frames) = (self.prepared.pair.gated.layers.len(), self.wholes.len());
        let sampling = self.sampling.get_or_insert_with(|| {
            ShapleySampling::new(layers, frames, self.prepared.info.seed, wanted)
        });
        let orders = sampling.next_round()?.into_iter();
        let number = |layer: usize| u32::try_from(layer).unwrap_or(u32::MAX);
        let numbers = |order: Vec<usize>| order.into_iter().map(number).collect();
        let orders = orders.map(|of_frame| of_frame.into_iter().map(numbers).collect());
        Some(Round::Gains(orders.collect()))
    }

    /// The facts of what was measured so far.
    fn info(&self) -> StudyInfo {
        let own = &self.prepared.info;
        let names = own.frames.iter().zip(&self.wholes);
        let whole_runs = runs_per_frame(0) * self.wholes.iter().flatten().count() as u64;
        let layers = self.prepared.pair.gated.layers.len();
        let of_layers = runs_per_frame(layers) - runs_per_frame(0);
        let layer_runs = of_layers * self.layers.iter().flatten().count() as u64;
        let sampling_runs = self.sampling.as_ref().map_or(0, ShapleySampling::runs);
        StudyInfo {
            frames: names
                .filter(|(_, figures)| figures.is_some())
                .map(|(name, _)| name.clone())
                .collect(),
            runs: whole_runs + layer_runs + sampling_runs + self.further_runs,
            ..own.clone()
        }
    }
}

fn tensor_picture(histogram: TensorHistogram) -> TensorPicture {
    let counts = histogram.counts.into_iter().map(|count| count as f64);
    let size = |[low, high]: [f32; 2]| f64::from(low.abs().max(high.abs()));
    let channels = histogram.channels.into_iter();
    TensorPicture {
        quantizer: u32::try_from(histogram.quantizer).unwrap_or(u32::MAX),
        ends: histogram.ends,
        counts: counts.collect(),
        channels: channels
            .map(|channel| (size(channel.seen), size(channel.range)))
            .collect(),
    }
}

fn places(order: &[u32]) -> Vec<usize> {
    order.iter().map(|&layer| layer as usize).collect()
}

fn precision(bits: u8) -> KeptPrecision {
    match bits {
        16 => KeptPrecision::Bits16,
        _ => KeptPrecision::Float,
    }
}

/// Errors of the sets of kept quantizers on a frame.
fn kept_errors(
    study: &KeptStudy,
    network: &StudyNetwork<'_>,
    frame: &StudyFrame,
    on_run: &mut dyn FnMut(u64),
) -> Result<Vec<OutputError>, NetworkError> {
    let gated = &network.pair.gated;
    let sets = study.sets(gated);
    if study.curve.precision == KeptPrecision::Float {
        return errors_of_kept(network, None, &sets, frame, on_run);
    }
    let wider = WiderNetwork::new(gated)?;
    let plan = plan_of(&wider.gated, &frame.inputs, &Engine::new(1))?;
    errors_of_kept(network, Some((&wider, &plan)), &sets, frame, on_run)
}

/// Sums over frames, in their order.
fn summed_errors(frames: &[Vec<OutputError>]) -> Vec<OutputError> {
    let mut out = vec![OutputError::default(); frames.first().map_or(0, Vec::len)];
    for errors in frames {
        for (sum, error) in out.iter_mut().zip(errors) {
            sum.add(error);
        }
    }
    out
}

/// Figures as bytes. Numbers always have some.
fn encoded(figures: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(figures).unwrap_or_default()
}

fn decoded<T: DeserializeOwned>(parts: &[Vec<u8>]) -> Result<Vec<T>, postcard::Error> {
    let parts = parts.iter();
    parts.map(|bytes| postcard::from_bytes(bytes)).collect()
}
