//! What one worker of a network holds. The first worker sums up what all of them measure, in the order of frames.

use fathom_core::i18n::tr;
use fathom_engine::network::{
    FrameGains, NetworkRequest, NetworkResponse, Orders, ReadyStudy, StudyOrder, StudyProblem,
    StudyResult, StudyState,
};
use fathom_network::NetworkError;
use fathom_network::preprocess::Preset;
use fathom_network::runtime::Keep;
use fathom_network::study::{
    FrameFigures, LayerFigures, ModelRoles, PreparedStudy, ShapleySampling, StudyFrame, StudyInfo,
    StudyNetwork, StudyTotals, network_section, runs_per_frame,
};
use fathom_report::network::{NetworkReport, NetworkSummary};
use serde::{Deserialize, Serialize};

use crate::study_files::{FileBytes, read_models, study_files};
use crate::study_words::{model_summary, problem};

/// Figures on their way to the worker that sums up.
#[derive(Serialize, Deserialize)]
enum Figures {
    Whole(Box<FrameFigures>),
    Layers(LayerFigures),
}

/// A network that is ready, and what was measured of it.
struct Study {
    prepared: PreparedStudy,
    workers: usize,
    /// The standard error at which sampling stops, as a share of the whole.
    wanted: f64,
    wholes: Vec<Option<FrameFigures>>,
    layers: Vec<Option<LayerFigures>>,
    /// Begins once all frames are measured.
    sampling: Option<ShapleySampling>,
}

/// The store of a worker.
#[derive(Default)]
pub struct StudyStore {
    study: Option<Study>,
}

impl StudyStore {
    /// Does a request. `clock` gives milliseconds; `on_run` is called with the number of runs that were done since its last call.
    pub fn handle(
        &mut self,
        request: NetworkRequest,
        files: &dyn FileBytes,
        clock: &dyn Fn() -> f64,
        on_run: &mut dyn FnMut(u64),
    ) -> NetworkResponse {
        if let NetworkRequest::Prepare(order, workers) = request {
            self.study = None;
            return NetworkResponse::Prepared(Box::new(
                self.prepare(&order, workers, files, clock),
            ));
        }
        let Some(study) = &mut self.study else {
            return NetworkResponse::Failed(tr!("The network is not ready.").to_owned());
        };
        let response = match request {
            NetworkRequest::Whole(frame) => study.with_frame(frame, |network, of| {
                let figures = network.measure_whole(of, on_run)?;
                Ok(measured(frame, &Figures::Whole(Box::new(figures))))
            }),
            NetworkRequest::Layers(frame) => study.with_frame(frame, |network, of| {
                let figures = network.measure_layers(of, on_run)?;
                Ok(measured(frame, &Figures::Layers(figures)))
            }),
            NetworkRequest::Gains(frame, orders) => study.with_frame(frame, |network, of| {
                let orders: Vec<Vec<usize>> = orders.iter().map(|order| places(order)).collect();
                let gains = network.shapley_gains(of, &orders, on_run)?;
                Ok(NetworkResponse::Gained(frame, gains))
            }),
            NetworkRequest::Add(frame, bytes) => Ok(study.add(frame, &bytes)),
            NetworkRequest::AddGains(gains) => Ok(study.add_gains(&gains)),
            NetworkRequest::Prepare(..) => unreachable!("it was taken above"),
        };
        response.unwrap_or_else(|error| NetworkResponse::Failed(error.to_string()))
    }

    fn prepare(
        &mut self,
        order: &StudyOrder,
        workers: u32,
        files: &dyn FileBytes,
        clock: &dyn Fn() -> f64,
    ) -> StudyState {
        let (models, refused) = read_models(order, files);
        let name = |name: &str| {
            Some(name)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
        };
        let (fp32, int8) = (name(&order.settings.fp32), name(&order.settings.int8));
        let roles = ModelRoles::of(&models, fp32.as_deref(), int8.as_deref());
        let model_name = |place: Option<usize>| place.map(|place| models[place].name.clone());
        let mut state = StudyState {
            models: models.iter().map(model_summary).collect(),
            presets: Preset::ALL.map(|preset| preset.name().to_owned()).to_vec(),
            fp32: model_name(roles.fp32),
            int8: model_name(roles.int8),
            is_ambiguous: roles.is_ambiguous,
            problem: refused,
            ready: None,
        };
        if state.problem.is_some() {
            return state;
        }
        let workers = workers.max(1) as usize;
        let study = study_files(order, &models, roles, files)
            .and_then(|(files, settings)| {
                PreparedStudy::new(&files, &settings).map_err(|error| problem(&error))
            })
            .and_then(|prepared| {
                let ready = ready(&prepared, workers, clock).map_err(|error| StudyProblem {
                    text: error.to_string(),
                    is_question: false,
                })?;
                Ok((prepared, ready))
            });
        match study {
            Ok((prepared, ready)) => {
                let frames = prepared.frames.len();
                state.ready = Some(ready);
                self.study = Some(Study {
                    prepared,
                    workers,
                    wanted: order.settings.shapley_percent / 100.0,
                    wholes: vec![None; frames],
                    layers: vec![None; frames],
                    sampling: None,
                });
            }
            Err(problem) => state.problem = Some(problem),
        }
        state
    }
}

fn places(order: &[u32]) -> Vec<usize> {
    order.iter().map(|&layer| layer as usize).collect()
}

fn measured(frame: u32, figures: &Figures) -> NetworkResponse {
    match postcard::to_allocvec(figures) {
        Ok(bytes) => NetworkResponse::Measured(frame, bytes),
        Err(error) => NetworkResponse::Failed(error.to_string()),
    }
}

/// The facts of a network that is ready. One run is timed.
fn ready(
    prepared: &PreparedStudy,
    workers: usize,
    clock: &dyn Fn() -> f64,
) -> Result<ReadyStudy, NetworkError> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let info = &prepared.info;
    let gated = &prepared.pair.gated;
    let from_ms = clock();
    if let Some(frame) = prepared.frames.first() {
        let gates = vec![false; gated.quantizers.len()];
        let plan = prepared.network(workers).plan;
        plan.run(&frame.inputs, &gates, None, &Keep::outputs())?;
    }
    let frames = info.frames.len();
    let truths = prepared.frames.iter().filter(|f| f.truth_m.is_some());
    Ok(ReadyStudy {
        frames: info.frames.clone(),
        calibration: number(prepared.calibration.len()),
        truths: number(truths.count()),
        preprocessing: info.preprocessing.settings.clone(),
        input: (
            number(info.preprocessing.height),
            number(info.preprocessing.width),
        ),
        outputs: prepared.outputs.clone(),
        output: info.output.name.clone(),
        quantity: info.output.quantity.clone(),
        reasons: info.output.reasons.clone(),
        is_certain: prepared.is_certain,
        scheme: info.quantize.clone().unwrap_or_default(),
        layers: number(gated.layers.len()),
        quantizers: number(gated.quantizers.len()),
        macs: info.model.macs.unwrap_or_default() as f64,
        parameters: info.model.parameters as f64,
        ms_a_run: clock() - from_ms,
        runs: (runs_per_frame(gated.layers.len()) * frames as u64) as f64,
    })
}

impl Study {
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

    fn add_gains(&mut self, gains: &[FrameGains]) -> NetworkResponse {
        if let Some(sampling) = &mut self.sampling {
            sampling.add(gains);
        }
        self.summed()
    }

    /// The figures so far, summed in the order of frames.
    fn summed(&mut self) -> NetworkResponse {
        let mut totals = StudyTotals::default();
        for figures in self.wholes.iter().flatten() {
            totals.add(figures);
        }
        for figures in self.layers.iter().flatten() {
            totals.add_layers(figures);
        }
        let next_round = self.next_round(&totals);
        let section = network_section(
            &self.prepared.network(self.workers),
            &totals,
            self.sampling.as_ref().map(ShapleySampling::totals),
            self.info(),
        );
        let summary = NetworkSummary::new(&section);
        match NetworkReport::new(section).to_json() {
            Ok(json) => NetworkResponse::Summed(Box::new(StudyResult {
                summary,
                json,
                next_round,
                expected_sampling_runs: self
                    .sampling
                    .as_ref()
                    .map_or(0.0, |sampling| sampling.expected_runs() as f64),
            })),
            Err(error) => NetworkResponse::Failed(error.to_string()),
        }
    }

    fn is_complete(&self) -> bool {
        self.wholes.iter().all(Option::is_some) && self.layers.iter().all(Option::is_some)
    }

    /// The orders of the next round, once all frames are measured.
    fn next_round(&mut self, totals: &StudyTotals) -> Option<Orders> {
        if !self.is_complete() {
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
        Some(
            orders
                .map(|order| order.into_iter().map(number).collect())
                .collect(),
        )
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
            runs: whole_runs + layer_runs + sampling_runs,
            ..own.clone()
        }
    }
}
