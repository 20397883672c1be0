//! The store of one worker of a network, and its responses.

use fathom_core::i18n::tr;
use fathom_engine::network::{
    NetworkRequest, NetworkResponse, ReadyStudy, StudyCost, StudyOrder, StudyProblem, StudyState,
};
use fathom_network::NetworkError;
use fathom_network::preprocess::Preset;
use fathom_network::runtime::Keep;
use fathom_network::study::{ModelRoles, PreparedStudy, runs_per_frame};

use crate::measured_study::Study;
use crate::study_files::{FileBytes, read_models, study_files, unmatched_truth};
use crate::study_words::{model_summary, problem};
use crate::unpacked_order::UnpackedOrder;

/// Facts that a worker reads about its machine.
#[derive(Clone, Copy)]
pub struct Machine<'a> {
    /// Milliseconds.
    pub now_ms: &'a dyn Fn() -> f64,
    /// Bytes of memory in use.
    pub memory_bytes: &'a dyn Fn() -> f64,
}

impl std::fmt::Debug for Machine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Machine")
    }
}

/// The store of a worker.
#[derive(Default)]
pub struct StudyStore {
    study: Option<Study>,
}

impl StudyStore {
    /// Does a request. `machine` gives milliseconds and bytes; `on_run` is called with the number of runs that were done since its last call.
    pub fn handle(
        &mut self,
        request: NetworkRequest,
        files: &dyn FileBytes,
        machine: Machine<'_>,
        on_run: &mut dyn FnMut(u64),
    ) -> NetworkResponse {
        let request = match request {
            NetworkRequest::Prepare(order, workers) => {
                self.study = None;
                let state = self.prepare(&order, workers, files, machine);
                return NetworkResponse::Prepared(Box::new(state));
            }
            NetworkRequest::Measure(request) => request,
        };
        let Some(study) = &mut self.study else {
            return NetworkResponse::Failed(tr!("The network is not ready.").to_owned());
        };
        let response = study.handle(request, on_run);
        response.unwrap_or_else(|error| NetworkResponse::Failed(error.to_string()))
    }

    fn prepare(
        &mut self,
        order: &StudyOrder,
        workers: u32,
        files: &dyn FileBytes,
        machine: Machine<'_>,
    ) -> StudyState {
        let unpacked = match UnpackedOrder::new(order, files) {
            Ok(unpacked) => unpacked,
            Err(problem) => {
                return StudyState {
                    problem: Some(problem),
                    ..StudyState::default()
                };
            }
        };
        let (order, files) = (&unpacked.order, &unpacked);
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
        let study = study_files(order, &models, roles, files).and_then(|(files, settings)| {
            let prepared = PreparedStudy::new(&files, &settings);
            let prepared = prepared.map_err(|error| problem(&error))?;
            let mut ready = ready(&prepared, workers, machine).map_err(|error| StudyProblem {
                text: error.to_string(),
                is_question: false,
            })?;
            ready.left_out = unmatched_truth(order);
            let wanted = order.settings.shapley_percent / 100.0;
            Ok((Study::new(prepared, &files, workers, wanted), ready))
        });
        match study {
            Ok((study, ready)) => {
                state.ready = Some(ready);
                self.study = Some(study);
            }
            Err(problem) => state.problem = Some(problem),
        }
        state
    }
}

/// The facts of a network that is ready. One run is timed.
fn ready(
    prepared: &PreparedStudy,
    workers: usize,
    machine: Machine<'_>,
) -> Result<ReadyStudy, NetworkError> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let info = &prepared.info;
    let gated = &prepared.pair.gated;
    let from_ms = (machine.now_ms)();
    let network = prepared.network(workers);
    if let Some(frame) = prepared.frames.first() {
        let gates = vec![false; gated.quantizers.len()];
        network
            .plan
            .run(&frame.inputs, &gates, None, &Keep::outputs())?;
    }
    let frames = info.frames.len();
    let truths = prepared.frames.iter().filter(|f| f.truth_m.is_some());
    Ok(ReadyStudy {
        frames: info.frames.clone(),
        calibration: number(prepared.calibration.len()),
        truths: number(truths.count()),
        left_out: None,
        preprocessing: info.preprocessing.settings.clone(),
        input: (
            number(info.preprocessing.height),
            number(info.preprocessing.width),
        ),
        outputs: prepared.outputs.clone(),
        output: info.output.name.clone(),
        quantity: info.output.quantity.clone(),
        reasons: prepared.reasons.clone(),
        is_certain: prepared.is_certain,
        scheme: info.quantize.clone().unwrap_or_default(),
        layers: number(gated.layers.len()),
        quantizers: number(gated.quantizers.len()),
        parameters: info.model.parameters as f64,
        cost: StudyCost {
            ms_a_run: (machine.now_ms)() - from_ms,
            macs: info.model.macs.unwrap_or_default() as f64,
            worker_bytes: (machine.memory_bytes)() + network.frame_bytes() as f64,
            runs: (runs_per_frame(gated.layers.len()) * frames as u64) as f64,
            frames: number(frames),
        },
    })
}
