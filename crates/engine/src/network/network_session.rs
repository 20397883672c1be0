//! Which worker measures what. The first worker prepares a study, and sums up what all of them measure.

use std::collections::VecDeque;

use fathom_core::i18n::tr;

use super::messages::{
    FrameGains, NetworkRequest, NetworkResponse, Orders, StudyOrder, StudyResult, StudyState,
};

/// The worker that prepares a study and sums up.
const LEAD: usize = 0;

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkEvent {
    /// The files or the settings changed. No order ends all work.
    Order(Option<Box<StudyOrder>>),
    /// The study shall begin.
    Begin,
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

/// What the owner of the workers has to do.
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
    /// What the files are.
    Prepared(Box<StudyState>),
    /// Figures so far.
    Result(Box<StudyResult>),
    /// The study is complete.
    Complete,
    /// It ended in this sentence.
    Failed(String),
}

/// How far a study is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkProgress {
    /// Runs that are done.
    pub done: u64,
    /// Runs in all, as far as they can be foreseen.
    pub total: u64,
    /// True once the ranking is there, and shares are sampled.
    pub is_sampling: bool,
}

/// What a worker does.
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

/// A round of sampling.
#[derive(Clone, Debug, Default, PartialEq)]
struct Round {
    gains: Vec<Option<FrameGains>>,
}

/// The scheduler of a network's workers. It knows no browser and no network.
#[derive(Debug)]
pub struct NetworkSession {
    workers: Vec<WorkerState>,
    order: Option<Box<StudyOrder>>,
    state: Option<StudyState>,
    is_measuring: bool,
    /// Measurements that no worker has begun, in their order.
    tasks: VecDeque<NetworkRequest>,
    /// What the first worker has to add before anything else.
    sums: VecDeque<NetworkRequest>,
    round: Option<Round>,
    /// Figures that were not added yet: both of each frame.
    open_figures: usize,
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
            progress: NetworkProgress::default(),
        }
    }

    /// How far the study is.
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
            NetworkEvent::Cancel => self.cancel(&mut out),
            NetworkEvent::Started(worker) => self.prepare(worker, &mut out),
            NetworkEvent::Runs(_, count) => self.progress.done += count,
            NetworkEvent::Responded(worker, response) => self.take(worker, response, &mut out),
            NetworkEvent::Stopped(_, why) => {
                let text = tr!(
                    "The network's program stopped ({why}). It may need more memory than the browser gives: take a smaller input or fewer frames.",
                    why
                );
                self.fail(text, &mut out);
            }
        }
        self.assign(&mut out);
        out
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
        self.progress = NetworkProgress::default();
    }

    /// Ends all work at once. The first worker begins again, for whatever follows.
    fn cancel(&mut self, out: &mut Vec<NetworkCommand>) {
        if self.is_measuring {
            self.end_all(out);
            self.start(LEAD, out);
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
        self.progress = NetworkProgress {
            total: ready.runs as u64,
            ..NetworkProgress::default()
        };
        self.is_measuring = true;
        self.open_figures = 2 * frames as usize;
        // The network as a whole comes first on all frames: it is quick, and answers most.
        self.tasks = (0..frames)
            .map(NetworkRequest::Whole)
            .chain((0..frames).map(NetworkRequest::Layers))
            .collect();
        for worker in 0..self.workers.len().min(frames as usize) {
            if self.workers[worker] == WorkerState::Absent {
                self.start(worker, out);
            }
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
                if worker == LEAD && self.state.as_ref() != Some(&*prepared) && !self.is_measuring {
                    self.state = Some((*prepared).clone());
                    out.push(NetworkCommand::Tell(NetworkUpdate::Prepared(prepared)));
                }
            }
            NetworkResponse::Measured(frame, figures) => {
                self.sums.push_back(NetworkRequest::Add(frame, figures));
            }
            NetworkResponse::Gained(frame, gains) => self.add_gains(frame, gains),
            NetworkResponse::Summed(result) => self.take_result(result, out),
            NetworkResponse::Failed(why) => self.fail(why, out),
        }
    }

    fn add_gains(&mut self, frame: u32, gains: FrameGains) {
        let Some(round) = &mut self.round else { return };
        if let Some(place) = round.gains.get_mut(frame as usize) {
            *place = Some(gains);
        }
        if round.gains.iter().all(Option::is_some) {
            let gains = std::mem::take(&mut round.gains);
            let gains = gains.into_iter().flatten().collect();
            self.sums.push_back(NetworkRequest::AddGains(gains));
        }
    }

    fn take_result(&mut self, result: Box<StudyResult>, out: &mut Vec<NetworkCommand>) {
        let was_sampling = self.round.take().is_some();
        if !was_sampling {
            self.open_figures = self.open_figures.saturating_sub(1);
        }
        let next = result.next_round.clone();
        let sampling_runs = result.expected_sampling_runs as u64;
        out.push(NetworkCommand::Tell(NetworkUpdate::Result(result)));
        if self.open_figures > 0 {
            return;
        }
        match next {
            Some(orders) => {
                if !was_sampling {
                    self.progress = NetworkProgress {
                        is_sampling: true,
                        ..NetworkProgress::default()
                    };
                }
                self.progress.total = sampling_runs;
                self.begin_round(&orders);
            }
            None => {
                self.is_measuring = false;
                out.push(NetworkCommand::Tell(NetworkUpdate::Complete));
            }
        }
    }

    fn begin_round(&mut self, orders: &Orders) {
        let ready = self.state.as_ref().and_then(|state| state.ready.as_ref());
        let frames = ready.map_or(0, |ready| ready.frames.len());
        self.round = Some(Round {
            gains: vec![None; frames],
        });
        let count = u32::try_from(frames).unwrap_or_default();
        let tasks = (0..count).map(|frame| NetworkRequest::Gains(frame, orders.clone()));
        self.tasks.extend(tasks);
    }

    /// Gives idle workers the next of the work.
    fn assign(&mut self, out: &mut Vec<NetworkCommand>) {
        for worker in 0..self.workers.len() {
            if self.workers[worker] != WorkerState::Idle || !self.is_measuring {
                continue;
            }
            let sum = (worker == LEAD).then(|| self.sums.pop_front()).flatten();
            if let Some(request) = sum.or_else(|| self.tasks.pop_front()) {
                self.workers[worker] = WorkerState::Busy;
                out.push(NetworkCommand::Send(worker, request));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{NetworkSettings, ReadyStudy};
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
                runs: 100.0,
                ..ReadyStudy::default()
            }),
            ..StudyState::default()
        }))
    }

    fn summed(next_round: Option<Orders>) -> NetworkResponse {
        NetworkResponse::Summed(Box::new(StudyResult {
            summary: NetworkSummary::default(),
            json: String::new(),
            next_round,
            expected_sampling_runs: 24.0,
        }))
    }

    /// Workers that respond to everything at once. Returns what was told, and which worker got which request.
    fn run(
        session: &mut NetworkSession,
        first: Vec<NetworkCommand>,
        frames: usize,
        mut rounds: usize,
    ) -> (Vec<NetworkUpdate>, Vec<(usize, NetworkRequest)>) {
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
                NetworkCommand::Send(worker, request) => {
                    sent.push((worker, request.clone()));
                    let response = match request {
                        NetworkRequest::Prepare(..) => prepared(frames),
                        NetworkRequest::Whole(frame) | NetworkRequest::Layers(frame) => {
                            NetworkResponse::Measured(frame, vec![1])
                        }
                        NetworkRequest::Gains(frame, orders) => {
                            let gains = orders.iter().map(|_| vec![f64::from(frame)]);
                            NetworkResponse::Gained(frame, gains.collect())
                        }
                        NetworkRequest::Add(..) | NetworkRequest::AddGains(_) => {
                            sums += 1;
                            let is_round = sums >= 2 * frames && rounds > 0;
                            rounds -= usize::from(is_round);
                            summed(is_round.then(|| vec![vec![0, 1], vec![1, 0]]))
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
            assert_eq!(sent.len(), 1, "only one worker prepares before the start");
            let first = session.handle(NetworkEvent::Begin);
            let (told, sent) = run(&mut session, first, 3, 2);
            assert_eq!(told.last(), Some(&NetworkUpdate::Complete), "{workers}");
            let count = |is_it: &dyn Fn(&NetworkRequest) -> bool| {
                sent.iter().filter(|(_, request)| is_it(request)).count()
            };
            assert_eq!(count(&|r| matches!(r, NetworkRequest::Whole(_))), 3);
            assert_eq!(count(&|r| matches!(r, NetworkRequest::Layers(_))), 3);
            assert_eq!(count(&|r| matches!(r, NetworkRequest::Add(..))), 6);
            assert_eq!(count(&|r| matches!(r, NetworkRequest::Gains(..))), 6);
            // The first worker alone sums up, and other workers take their share.
            for (worker, request) in &sent {
                if let NetworkRequest::AddGains(gains) = request {
                    let frames: Vec<f64> = gains.iter().map(|frame| frame[0][0]).collect();
                    assert_eq!(frames, [0.0, 1.0, 2.0]);
                }
                let is_sum = matches!(
                    request,
                    NetworkRequest::Add(..) | NetworkRequest::AddGains(_)
                );
                assert!(!is_sum || *worker == LEAD);
            }
            let used = sent.iter().map(|(worker, _)| worker).max();
            assert_eq!(used, Some(&(workers.min(3) - 1)));
        }
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
        // What a worker sent before it was ended is dropped.
        let late = NetworkResponse::Measured(0, vec![1]);
        assert_eq!(session.handle(NetworkEvent::Responded(1, late)), []);
        let (told, _) = run(&mut session, commands, 4, 0);
        assert_eq!(told, [], "the files are the same");
        let first = session.handle(NetworkEvent::Begin);
        let (told, sent) = run(&mut session, first, 4, 0);
        assert_eq!(told.last(), Some(&NetworkUpdate::Complete));
        let adds = sent
            .iter()
            .filter(|(_, r)| matches!(r, NetworkRequest::Add(..)));
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
        // Other files begin anew.
        let commands = session.handle(NetworkEvent::Order(Some(order())));
        assert_eq!(commands, [NetworkCommand::Start(LEAD)]);
    }
}
