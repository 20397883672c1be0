//! The schedule of a network's workers. The first worker prepares a study, and sums up what all of them measure.

use std::collections::VecDeque;

use fathom_core::i18n::tr;

use crate::example_set::MadeFile;

use super::messages::{
    LayerPicture, MeasureRequest, NetworkRequest, NetworkResponse, Round, StudyOrder, StudyResult,
    StudyState,
};

/// The worker that prepares a study and sums up.
const LEAD: usize = 0;

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkEvent {
    /// The files or the settings changed. No order ends all work.
    Order(Option<Box<StudyOrder>>),
    /// The study shall begin.
    Begin,
    /// Behind the ranking, layers shall be kept at so many bits.
    Keep(u8),
    /// Behind the ranking, repairs shall be measured.
    Repair,
    /// The depths of all frames are wanted.
    Outputs,
    /// The depths of a frame with only one layer rounded are wanted: numbers of both.
    Picture(u32, u32),
    /// It shall end; what was measured stays.
    Cancel,
    /// A worker takes requests.
    Started(usize),
    /// A worker has done so many runs more.
    Runs(usize, u64),
    /// A worker responds.
    Responded(usize, NetworkResponse),
    /// A worker ended, for this reason.
    Stopped(usize, String),
}

/// An order to the owner of the workers.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkCommand {
    /// Start a worker at this place, in place of any that is there.
    Start(usize),
    /// End the worker at this place.
    End(usize),
    /// Send a worker a request.
    Send(usize, NetworkRequest),
    /// Tell the page.
    Tell(NetworkUpdate),
}

/// News for the page.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkUpdate {
    /// The files, read.
    Prepared(Box<StudyState>),
    /// Figures so far.
    Result(Box<StudyResult>),
    /// The study is complete.
    Complete,
    /// Depth maps of all frames.
    Outputs(Vec<MadeFile>),
    /// Depths of a frame with only one layer rounded.
    Picture(Box<LayerPicture>),
    /// It ended in this sentence.
    Failed(String),
}

/// The part of a study that is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NetworkStage {
    /// Frames, for the first ranking.
    #[default]
    Frames,
    /// Shares of layers.
    Shares,
    /// Sets of kept layers.
    Kept,
    /// Repairs.
    Repairs,
    /// Depths of all frames.
    Outputs,
}

/// Progress of a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkProgress {
    /// Runs that are done.
    pub done: u64,
    /// Runs in all, as far as they can be foreseen.
    pub total: u64,
    /// The stage.
    pub stage: NetworkStage,
}

/// The state of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WorkerState {
    /// There is none.
    Absent,
    /// Its program is on its way.
    Starting,
    /// It makes the network ready.
    Preparing,
    /// It waits for work.
    Idle,
    /// It measures or sums up.
    Busy,
}

/// A round under way, with the figures of each frame.
#[derive(Clone, Debug, PartialEq)]
struct OpenRound {
    round: Round,
    parts: Vec<Option<Vec<u8>>>,
}

/// The scheduler of a network's workers. It knows no browser and no network.
#[derive(Debug)]
pub struct NetworkSession {
    workers: Vec<WorkerState>,
    order: Option<Box<StudyOrder>>,
    state: Option<StudyState>,
    is_measuring: bool,
    /// Measurements that no worker has begun, in their order.
    tasks: VecDeque<MeasureRequest>,
    /// Work of the first worker, which it does before anything else.
    sums: VecDeque<MeasureRequest>,
    round: Option<OpenRound>,
    /// Figures that were not added yet: both of each frame.
    open_figures: usize,
    /// Figures that the first worker has summed up.
    summed: Vec<MeasureRequest>,
    /// The sum that it works on.
    summing: Option<MeasureRequest>,
    /// Figures that a new first worker sums up again, after the one before was ended.
    replay: Option<VecDeque<MeasureRequest>>,
    /// Runs of what may follow the ranking: what to keep, and repairs. Known once the ranking is complete.
    further_runs: Option<(u64, u64)>,
    progress: NetworkProgress,
}

impl NetworkSession {
    /// No study, on at most so many workers.
    #[must_use]
    pub fn new(workers: usize) -> Self {
        Self {
            workers: vec![WorkerState::Absent; workers.max(1)],
            order: None,
            state: None,
            is_measuring: false,
            tasks: VecDeque::new(),
            sums: VecDeque::new(),
            round: None,
            open_figures: 0,
            summed: Vec::new(),
            summing: None,
            replay: None,
            further_runs: None,
            progress: NetworkProgress::default(),
        }
    }

    /// Progress of the study.
    #[must_use]
    pub fn progress(&self) -> NetworkProgress {
        self.progress
    }

    /// Takes an event; the commands are to be done in their order.
    pub fn handle(&mut self, event: NetworkEvent) -> Vec<NetworkCommand> {
        let mut out = Vec::new();
        match event {
            NetworkEvent::Order(order) => {
                self.end_all(&mut out);
                self.state = None;
                self.order = order;
                if self.order.is_some() {
                    self.start(LEAD, &mut out);
                }
            }
            NetworkEvent::Begin => self.begin(&mut out),
            NetworkEvent::Keep(bits) => {
                self.go_on(NetworkStage::Kept, MeasureRequest::PlanKept(bits));
            }
            NetworkEvent::Repair => self.go_on(NetworkStage::Repairs, MeasureRequest::Repairs),
            NetworkEvent::Outputs => self.go_on(NetworkStage::Outputs, MeasureRequest::Outputs),
            NetworkEvent::Picture(frame, layer) => {
                if self.state.is_some() {
                    self.sums.push_back(MeasureRequest::Picture(frame, layer));
                }
            }
            NetworkEvent::Cancel => self.cancel(&mut out),
            NetworkEvent::Started(worker) => self.prepare(worker, &mut out),
            NetworkEvent::Runs(_, count) => self.progress.done += count,
            NetworkEvent::Responded(worker, response) => self.take(worker, response, &mut out),
            NetworkEvent::Stopped(worker, why) => {
                let text = self.stop_text(worker, &why);
                self.fail(text, &mut out);
            }
        }
        self.assign(&mut out);
        out
    }

    /// A worker that never took a request lacks its program. One that stops while it works may lack memory.
    fn stop_text(&self, worker: usize, why: &str) -> String {
        match self.workers.get(worker) {
            Some(WorkerState::Starting) => tr!(
                "The network's program could not be loaded ({why}). Check the connection, then try again.",
                why
            ),
            Some(WorkerState::Preparing | WorkerState::Busy) => tr!(
                "The network's program stopped ({why}). It may need more memory than the browser gives: take a smaller input or fewer frames.",
                why
            ),
            Some(WorkerState::Absent | WorkerState::Idle) | None => {
                tr!("The network's program stopped ({why}).", why)
            }
        }
    }

    fn start(&mut self, worker: usize, out: &mut Vec<NetworkCommand>) {
        self.workers[worker] = WorkerState::Starting;
        out.push(NetworkCommand::Start(worker));
    }

    fn end_all(&mut self, out: &mut Vec<NetworkCommand>) {
        for (worker, state) in self.workers.iter_mut().enumerate() {
            if *state != WorkerState::Absent {
                *state = WorkerState::Absent;
                out.push(NetworkCommand::End(worker));
            }
        }
        self.is_measuring = false;
        self.tasks.clear();
        self.sums.clear();
        self.round = None;
        self.open_figures = 0;
        self.summed.clear();
        self.summing = None;
        self.replay = None;
        self.further_runs = None;
        self.progress = NetworkProgress::default();
    }

    /// Goes on behind the ranking with a request to the first worker.
    fn go_on(&mut self, stage: NetworkStage, request: MeasureRequest) {
        let Some((kept, repairs)) = self.further_runs.filter(|_| !self.is_measuring) else {
            return;
        };
        self.progress = NetworkProgress {
            done: 0,
            total: match stage {
                NetworkStage::Kept => kept,
                NetworkStage::Repairs => repairs,
                NetworkStage::Frames | NetworkStage::Shares | NetworkStage::Outputs => 0,
            },
            stage,
        };
        self.is_measuring = true;
        self.sums.push_back(request);
    }

    /// Ends all work at once. The first worker begins again, for whatever follows. Behind the ranking it sums up again what was measured.
    fn cancel(&mut self, out: &mut Vec<NetworkCommand>) {
        if !self.is_measuring {
            return;
        }
        let is_ranked = self.open_figures == 0;
        let summed = std::mem::take(&mut self.summed);
        self.end_all(out);
        self.start(LEAD, out);
        if is_ranked {
            self.replay = Some(summed.into());
        }
    }

    fn fail(&mut self, text: String, out: &mut Vec<NetworkCommand>) {
        self.end_all(out);
        out.push(NetworkCommand::Tell(NetworkUpdate::Failed(text)));
    }

    fn prepare(&mut self, worker: usize, out: &mut Vec<NetworkCommand>) {
        let Some(order) = self.order.clone() else {
            return;
        };
        if self.workers.get(worker) == Some(&WorkerState::Starting) {
            self.workers[worker] = WorkerState::Preparing;
            let count = u32::try_from(self.workers.len()).unwrap_or(1);
            out.push(NetworkCommand::Send(
                worker,
                NetworkRequest::Prepare(order, count),
            ));
        }
    }

    fn begin(&mut self, out: &mut Vec<NetworkCommand>) {
        let ready = self.state.as_ref().and_then(|state| state.ready.as_ref());
        let Some(ready) = ready.filter(|_| !self.is_measuring) else {
            return;
        };
        let frames = u32::try_from(ready.frames.len()).unwrap_or_default();
        let total = ready.cost.runs as u64;
        // Nothing of an earlier study is summed up with this one.
        self.end_all(out);
        self.progress = NetworkProgress {
            total,
            ..NetworkProgress::default()
        };
        self.is_measuring = true;
        self.open_figures = 2 * frames as usize;
        // The network as a whole comes first on all frames: it is quick, and answers most.
        self.tasks = (0..frames)
            .map(MeasureRequest::Whole)
            .chain((0..frames).map(MeasureRequest::Layers))
            .collect();
        for worker in 0..self.workers.len().min(frames as usize) {
            self.start(worker, out);
        }
    }

    fn take(&mut self, worker: usize, response: NetworkResponse, out: &mut Vec<NetworkCommand>) {
        let Some(state) = self
            .workers
            .get_mut(worker)
            .filter(|s| **s != WorkerState::Absent)
        else {
            return;
        };
        *state = WorkerState::Idle;
        match response {
            NetworkResponse::Prepared(prepared) => {
                // A restarted worker reads the same files: only a new problem is news.
                let known = self.state.as_ref();
                let is_news = known.is_none_or(|known| known.problem != prepared.problem);
                if worker == LEAD && is_news && !self.is_measuring {
                    self.state = Some((*prepared).clone());
                    out.push(NetworkCommand::Tell(NetworkUpdate::Prepared(prepared)));
                }
            }
            NetworkResponse::Measured(frame, figures) => {
                self.sums.push_back(MeasureRequest::Add(frame, figures));
            }
            NetworkResponse::RoundMeasured(frame, figures) => self.add_part(frame, figures),
            NetworkResponse::RepairsMeasured(figures) => {
                self.sums.push_back(MeasureRequest::AddRepairs(figures));
            }
            NetworkResponse::Planned(round) => self.begin_round(round),
            NetworkResponse::Outputs(files) => {
                self.is_measuring = false;
                out.push(NetworkCommand::Tell(NetworkUpdate::Outputs(files)));
            }
            NetworkResponse::Picture(picture) => {
                out.push(NetworkCommand::Tell(NetworkUpdate::Picture(picture)));
            }
            NetworkResponse::Summed(result) => self.take_result(result, out),
            NetworkResponse::Failed(why) => self.fail(why, out),
        }
    }

    fn add_part(&mut self, frame: u32, figures: Vec<u8>) {
        let Some(open) = &mut self.round else { return };
        if let Some(place) = open.parts.get_mut(frame as usize) {
            *place = Some(figures);
        }
        if open.parts.iter().all(Option::is_some) {
            let parts = std::mem::take(&mut open.parts);
            let parts = parts.into_iter().flatten().collect();
            let request = MeasureRequest::AddRound(open.round.clone(), parts);
            self.sums.push_back(request);
        }
    }

    fn take_result(&mut self, result: Box<StudyResult>, out: &mut Vec<NetworkCommand>) {
        let was_round = self.round.take().is_some();
        let is_ranking = matches!(self.progress.stage, NetworkStage::Frames);
        if is_ranking && !was_round {
            self.open_figures = self.open_figures.saturating_sub(1);
        }
        let runs = (result.kept_runs as u64, result.repair_runs as u64);
        self.summed.extend(self.summing.take());
        if let Some(replay) = &self.replay {
            if replay.is_empty() {
                self.replay = None;
                self.further_runs = Some(runs);
                out.push(NetworkCommand::Tell(NetworkUpdate::Result(result)));
                out.push(NetworkCommand::Tell(NetworkUpdate::Complete));
            }
            return;
        }
        let next = result.next_round.clone();
        let sampling_runs = result.sampling_runs as u64;
        out.push(NetworkCommand::Tell(NetworkUpdate::Result(result)));
        if self.open_figures > 0 {
            return;
        }
        match next {
            Some(round) => {
                if is_ranking {
                    self.progress = NetworkProgress {
                        stage: NetworkStage::Shares,
                        ..NetworkProgress::default()
                    };
                }
                self.progress.total = sampling_runs;
                self.begin_round(round);
            }
            None => {
                self.is_measuring = false;
                self.further_runs = Some(runs);
                out.push(NetworkCommand::Tell(NetworkUpdate::Complete));
            }
        }
    }

    fn begin_round(&mut self, round: Round) {
        let ready = self.state.as_ref().and_then(|state| state.ready.as_ref());
        let frames = ready.map_or(0, |ready| ready.frames.len());
        let count = u32::try_from(frames).unwrap_or_default();
        let tasks = (0..count).map(|frame| MeasureRequest::Round(frame, round.clone()));
        self.tasks.extend(tasks);
        self.round = Some(OpenRound {
            round,
            parts: vec![None; frames],
        });
    }

    /// Gives idle workers the next of the work.
    fn assign(&mut self, out: &mut Vec<NetworkCommand>) {
        for worker in 0..self.workers.len() {
            if self.workers[worker] != WorkerState::Idle {
                continue;
            }
            let sum = if worker == LEAD {
                let again = self.replay.as_mut().and_then(VecDeque::pop_front);
                again.or_else(|| self.sums.pop_front())
            } else {
                None
            };
            if let Some(
                MeasureRequest::Add(..)
                | MeasureRequest::AddRound(..)
                | MeasureRequest::AddRepairs(_),
            ) = sum
            {
                self.summing.clone_from(&sum);
            }
            if let Some(request) = sum.or_else(|| self.tasks.pop_front()) {
                self.workers[worker] = WorkerState::Busy;
                let request = NetworkRequest::Measure(request);
                out.push(NetworkCommand::Send(worker, request));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{NetworkSettings, ReadyStudy, StudyCost};
    use fathom_report::network::NetworkSummary;

    fn order() -> Box<StudyOrder> {
        Box::new(StudyOrder {
            files: Vec::new(),
            settings: NetworkSettings::default(),
            truth_encoding: None,
        })
    }

    fn prepared(frames: usize) -> NetworkResponse {
        NetworkResponse::Prepared(Box::new(StudyState {
            ready: Some(ReadyStudy {
                frames: (0..frames).map(|frame| frame.to_string()).collect(),
                cost: StudyCost {
                    runs: 100.0,
                    ..StudyCost::default()
                },
                ..ReadyStudy::default()
            }),
            ..StudyState::default()
        }))
    }

    fn summed(next_round: Option<Round>) -> NetworkResponse {
        NetworkResponse::Summed(Box::new(StudyResult {
            summary: NetworkSummary::default(),
            json: String::new(),
            outline: String::new(),
            next_round,
            sampling_runs: 24.0,
            kept_runs: 30.0,
            repair_runs: 40.0,
        }))
    }

    /// Answers each request at once, as workers would. Returns the events of the session, and the requests with their workers.
    fn run(
        session: &mut NetworkSession,
        first: Vec<NetworkCommand>,
        frames: usize,
        mut rounds: usize,
    ) -> (Vec<NetworkUpdate>, Vec<(usize, MeasureRequest)>) {
        let (mut told, mut sent) = (Vec::new(), Vec::new());
        let mut open = VecDeque::from(first);
        let mut sums = 0;
        while let Some(command) = open.pop_front() {
            let event = match command {
                NetworkCommand::Start(worker) => NetworkEvent::Started(worker),
                NetworkCommand::End(_) => continue,
                NetworkCommand::Tell(update) => {
                    told.push(update);
                    continue;
                }
                NetworkCommand::Send(worker, NetworkRequest::Prepare(..)) => {
                    NetworkEvent::Responded(worker, prepared(frames))
                }
                NetworkCommand::Send(worker, NetworkRequest::Measure(request)) => {
                    sent.push((worker, request.clone()));
                    let response = match request {
                        MeasureRequest::Whole(frame) | MeasureRequest::Layers(frame) => {
                            NetworkResponse::Measured(frame, vec![1])
                        }
                        MeasureRequest::Round(frame, _) => {
                            NetworkResponse::RoundMeasured(frame, vec![frame as u8])
                        }
                        MeasureRequest::Outputs => NetworkResponse::Outputs(Vec::new()),
                        MeasureRequest::Picture(frame, layer) => {
                            NetworkResponse::Picture(Box::new(LayerPicture {
                                frame,
                                layer,
                                width: 1,
                                fp32_m: vec![1.0],
                                rounded_m: vec![1.5],
                                tensors: Vec::new(),
                            }))
                        }
                        MeasureRequest::PlanKept(bits) => {
                            NetworkResponse::Planned(Round::Kept(bits, vec![1, 0]))
                        }
                        MeasureRequest::Repairs => NetworkResponse::RepairsMeasured(vec![7]),
                        MeasureRequest::Add(..)
                        | MeasureRequest::AddRound(..)
                        | MeasureRequest::AddRepairs(_) => {
                            sums += 1;
                            let is_round = sums >= 2 * frames && rounds > 0;
                            rounds -= usize::from(is_round);
                            summed(is_round.then(|| Round::Gains(vec![vec![vec![0, 1]]])))
                        }
                    };
                    NetworkEvent::Responded(worker, response)
                }
            };
            open.extend(session.handle(event));
        }
        (told, sent)
    }

    #[test]
    fn every_frame_is_measured_once_and_gains_are_added_in_order() {
        for workers in [1, 2, 5] {
            let mut session = NetworkSession::new(workers);
            let first = session.handle(NetworkEvent::Order(Some(order())));
            let (told, sent) = run(&mut session, first, 3, 2);
            assert!(matches!(told[..], [NetworkUpdate::Prepared(_)]));
            assert_eq!(sent, [], "nothing is measured before the start");
            let first = session.handle(NetworkEvent::Begin);
            let (told, sent) = run(&mut session, first, 3, 2);
            assert_eq!(told.last(), Some(&NetworkUpdate::Complete), "{workers}");
            let count = |is_it: &dyn Fn(&MeasureRequest) -> bool| {
                sent.iter().filter(|(_, request)| is_it(request)).count()
            };
            assert_eq!(count(&|r| matches!(r, MeasureRequest::Whole(_))), 3);
            assert_eq!(count(&|r| matches!(r, MeasureRequest::Layers(_))), 3);
            assert_eq!(count(&|r| matches!(r, MeasureRequest::Add(..))), 6);
            assert_eq!(count(&|r| matches!(r, MeasureRequest::Round(..))), 6);
            // The first worker alone sums up, and other workers take their share.
            for (worker, request) in &sent {
                if let MeasureRequest::AddRound(_, parts) = request {
                    assert_eq!(parts, &[[0], [1], [2]]);
                }
                let is_sum = matches!(
                    request,
                    MeasureRequest::Add(..) | MeasureRequest::AddRound(..)
                );
                assert!(!is_sum || *worker == LEAD);
            }
            let used = sent.iter().map(|(worker, _)| worker).max();
            assert_eq!(used, Some(&(workers.min(3) - 1)));
        }
    }

    #[test]
    fn remedies_follow_the_ranking_only() {
        let mut session = NetworkSession::new(2);
        let first = session.handle(NetworkEvent::Order(Some(order())));
        run(&mut session, first, 3, 0);
        assert_eq!(session.handle(NetworkEvent::Keep(16)), []);
        let first = session.handle(NetworkEvent::Begin);
        run(&mut session, first, 3, 1);
        let first = session.handle(NetworkEvent::Keep(16));
        let progress = session.progress();
        assert_eq!((progress.stage, progress.total), (NetworkStage::Kept, 30));
        let (told, sent) = run(&mut session, first, 3, 0);
        assert!(matches!(
            told[..],
            [NetworkUpdate::Result(_), NetworkUpdate::Complete]
        ));
        let kept = |(_, request): &&(usize, MeasureRequest)| {
            matches!(request, MeasureRequest::Round(_, Round::Kept(16, _)))
        };
        assert_eq!(sent.iter().filter(kept).count(), 3);
        let first = session.handle(NetworkEvent::Repair);
        let (told, sent) = run(&mut session, first, 3, 0);
        assert!(matches!(
            told[..],
            [NetworkUpdate::Result(_), NetworkUpdate::Complete]
        ));
        let measured = (LEAD, MeasureRequest::Repairs);
        let added = (LEAD, MeasureRequest::AddRepairs(vec![7]));
        assert_eq!(sent, [measured, added.clone()]);
        // A first worker that is ended while it measures more adds the repairs again.
        session.handle(NetworkEvent::Keep(16));
        let first = session.handle(NetworkEvent::Cancel);
        let (told, sent) = run(&mut session, first, 3, 0);
        assert!(sent.contains(&added), "{sent:?}");
        assert_eq!(told.last(), Some(&NetworkUpdate::Complete));
        let first = session.handle(NetworkEvent::Outputs);
        let (told, _) = run(&mut session, first, 3, 0);
        assert_eq!(told, [NetworkUpdate::Outputs(Vec::new())]);
        let first = session.handle(NetworkEvent::Picture(2, 5));
        let (told, sent) = run(&mut session, first, 3, 0);
        assert_eq!(sent, [(LEAD, MeasureRequest::Picture(2, 5))]);
        assert!(matches!(&told[..], [NetworkUpdate::Picture(own)] if own.layer == 5));
    }

    #[test]
    fn a_ranking_survives_that_its_shares_are_cancelled() {
        let mut session = NetworkSession::new(2);
        let first = session.handle(NetworkEvent::Order(Some(order())));
        run(&mut session, first, 2, 0);
        let first = session.handle(NetworkEvent::Begin);
        // Commands of sampling are not done.
        let mut open = VecDeque::from(first);
        let mut sums = 0;
        while session.progress().stage == NetworkStage::Frames {
            let event = match open.pop_front().expect("work") {
                NetworkCommand::Start(worker) => NetworkEvent::Started(worker),
                NetworkCommand::Send(worker, NetworkRequest::Prepare(..)) => {
                    NetworkEvent::Responded(worker, prepared(2))
                }
                NetworkCommand::Send(
                    worker,
                    NetworkRequest::Measure(
                        MeasureRequest::Whole(frame) | MeasureRequest::Layers(frame),
                    ),
                ) => NetworkEvent::Responded(worker, NetworkResponse::Measured(frame, vec![1])),
                NetworkCommand::Send(worker, _) => {
                    sums += 1;
                    let next = (sums == 4).then(|| Round::Gains(vec![vec![vec![0, 1]]]));
                    NetworkEvent::Responded(worker, summed(next))
                }
                NetworkCommand::End(_) | NetworkCommand::Tell(_) => continue,
            };
            open.extend(session.handle(event));
        }
        let first = session.handle(NetworkEvent::Cancel);
        let (told, sent) = run(&mut session, first, 2, 0);
        let adds = sent
            .iter()
            .filter(|(_, r)| matches!(r, MeasureRequest::Add(..)));
        assert_eq!(
            (adds.count(), sent.len()),
            (4, 4),
            "nothing is measured again"
        );
        assert!(matches!(
            told[..],
            [NetworkUpdate::Result(_), NetworkUpdate::Complete]
        ));
        let first = session.handle(NetworkEvent::Keep(16));
        let (told, _) = run(&mut session, first, 2, 0);
        assert_eq!(told.last(), Some(&NetworkUpdate::Complete));
    }

    #[test]
    fn a_cancelled_study_can_begin_again() {
        let mut session = NetworkSession::new(2);
        let first = session.handle(NetworkEvent::Order(Some(order())));
        run(&mut session, first, 4, 0);
        session.handle(NetworkEvent::Begin);
        session.handle(NetworkEvent::Runs(0, 7));
        assert_eq!(
            (session.progress().done, session.progress().total),
            (7, 100)
        );
        let commands = session.handle(NetworkEvent::Cancel);
        let ends = commands
            .iter()
            .filter(|c| matches!(c, NetworkCommand::End(_)));
        assert_eq!(ends.count(), 2);
        // A message from a worker that was ended is dropped.
        let late = NetworkResponse::Measured(0, vec![1]);
        assert_eq!(session.handle(NetworkEvent::Responded(1, late)), []);
        let (told, _) = run(&mut session, commands, 4, 0);
        assert_eq!(told, [], "the files are the same");
        let first = session.handle(NetworkEvent::Begin);
        let (told, sent) = run(&mut session, first, 4, 0);
        assert_eq!(told.last(), Some(&NetworkUpdate::Complete));
        let adds = sent
            .iter()
            .filter(|(_, r)| matches!(r, MeasureRequest::Add(..)));
        assert_eq!(adds.count(), 8);
    }

    #[test]
    fn a_worker_that_ends_is_one_sentence() {
        let mut session = NetworkSession::new(3);
        let first = session.handle(NetworkEvent::Order(Some(order())));
        run(&mut session, first, 4, 0);
        session.handle(NetworkEvent::Begin);
        let commands = session.handle(NetworkEvent::Stopped(1, "unreachable".to_owned()));
        let told: Vec<String> = commands
            .iter()
            .filter_map(|command| match command {
                NetworkCommand::Tell(NetworkUpdate::Failed(text)) => Some(text.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("(unreachable)"), "{told:?}");
        // The reason follows from what the worker did.
        for (events, expected) in [
            (&[][..], "could not be loaded (x)"),
            (&[NetworkEvent::Started(LEAD)], "may need more memory"),
            (
                &[
                    NetworkEvent::Started(LEAD),
                    NetworkEvent::Responded(LEAD, prepared(1)),
                ],
                "stopped (x).",
            ),
        ] {
            session.handle(NetworkEvent::Order(Some(order())));
            for event in events {
                session.handle(event.clone());
            }
            let commands = session.handle(NetworkEvent::Stopped(LEAD, "x".to_owned()));
            let Some(NetworkCommand::Tell(NetworkUpdate::Failed(text))) = commands.last() else {
                panic!("{commands:?}");
            };
            assert!(text.contains(expected), "{text}");
        }
        // Other files begin anew.
        let commands = session.handle(NetworkEvent::Order(Some(order())));
        assert_eq!(commands, [NetworkCommand::Start(LEAD)]);
    }
}
