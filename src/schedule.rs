//! Which worker reads which file, and what happens to its files when one dies.
//!
//! A pure state machine: knows numbers of files and workers, nothing of threads or messages. Workers gather what they read, so a
//! worker that dies takes its gathered files with it; they are read again, except the one it died on.

use std::collections::VecDeque;

/// What a worker should do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// Read this file.
    Read(u32),
    /// Hand over what was gathered.
    HandOver,
}

#[derive(Clone, Debug, Default)]
struct Worker {
    reading: Option<u32>,
    gathered: Vec<u32>,
    handing_over: bool,
}

/// The state of one job.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    waiting: VecDeque<u32>,
    workers: Vec<Worker>,
}

impl Schedule {
    /// A job over files `0..files` with this many workers.
    #[must_use]
    pub fn new(files: u32, workers: usize) -> Self {
        Self {
            waiting: (0..files).collect(),
            workers: vec![Worker::default(); workers],
        }
    }

    /// More files, with the numbers that follow: those of an archive that turned up among the others.
    pub fn extend(&mut self, from: u32, more: u32) {
        self.waiting.extend(from..from + more);
    }

    /// Whether a worker has nothing of this job in its hands.
    #[must_use]
    pub fn is_idle(&self, worker: usize) -> bool {
        self.workers
            .get(worker)
            .is_none_or(|w| w.reading.is_none() && !w.handing_over)
    }

    /// The next thing for an idle worker; `None` where it has nothing to do now.
    pub fn assign(&mut self, worker: usize) -> Option<Assignment> {
        let state = self.workers.get_mut(worker)?;
        if state.reading.is_some() || state.handing_over {
            return None;
        }
        if let Some(file) = self.waiting.pop_front() {
            state.reading = Some(file);
            return Some(Assignment::Read(file));
        }
        if state.gathered.is_empty() {
            return None;
        }
        state.handing_over = true;
        Some(Assignment::HandOver)
    }

    /// A worker has read its file; `gathered` tells whether it was usable.
    pub fn read(&mut self, worker: usize, gathered: bool) {
        if let Some(state) = self.workers.get_mut(worker)
            && let Some(file) = state.reading.take()
            && gathered
        {
            state.gathered.push(file);
        }
    }

    /// A worker has handed over what it gathered.
    pub fn handed_over(&mut self, worker: usize) {
        if let Some(state) = self.workers.get_mut(worker) {
            *state = Worker::default();
        }
    }

    /// A worker died. Returns the file it died on, if it was reading one; its other files wait again.
    pub fn died(&mut self, worker: usize) -> Option<u32> {
        let state = std::mem::take(self.workers.get_mut(worker)?);
        for file in state.gathered.into_iter().rev() {
            self.waiting.push_front(file);
        }
        state.reading
    }

    /// Whether every file was read and handed over.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty()
            && self
                .workers
                .iter()
                .all(|w| w.reading.is_none() && w.gathered.is_empty() && !w.handing_over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_dead_worker_costs_one_file_only() {
        let mut s = Schedule::new(3, 1);
        assert_eq!(s.assign(0), Some(Assignment::Read(0)));
        s.read(0, true);
        assert_eq!(s.assign(0), Some(Assignment::Read(1)));
        assert_eq!(s.died(0), Some(1));
        assert_eq!(s.assign(0), Some(Assignment::Read(0)));
        s.read(0, true);
        assert_eq!(s.assign(0), Some(Assignment::Read(2)));
        s.read(0, false);
        assert_eq!(s.assign(0), Some(Assignment::HandOver));
        assert!(!s.is_done());
        s.handed_over(0);
        assert!(s.is_done());
    }

    #[test]
    fn the_files_of_an_archive_join_the_job() {
        let mut s = Schedule::new(1, 2);
        assert_eq!(s.assign(0), Some(Assignment::Read(0)));
        assert!(!s.is_idle(0) && s.is_idle(1));
        s.read(0, false);
        s.extend(1, 2);
        assert!(!s.is_done());
        assert_eq!(s.assign(1), Some(Assignment::Read(1)));
        assert_eq!(s.assign(0), Some(Assignment::Read(2)));
    }

    proptest! {
        /// Whatever dies when, every file ends up handed over exactly once, or was died on, or unusable.
        #[test]
        fn every_file_is_accounted_for_once(files in 0_u32..30, workers in 1_usize..5, script in prop::collection::vec((0_usize..5, 0_u8..10), 0..400)) {
            let mut s = Schedule::new(files, workers);
            let mut reading: Vec<Option<Assignment>> = vec![None; workers];
            let mut gathered: Vec<Vec<u32>> = vec![Vec::new(); workers];
            let mut ends: BTreeMap<u32, u32> = BTreeMap::new();
            let finish = (0..4000).map(|i| (i % workers, 5));
            for (w, what) in script.into_iter().map(|(w, x)| (w % workers, x)).chain(finish) {
                match (reading[w], what) {
                    (None, 0) | (Some(_), 0) => {
                        let culprit = s.died(w);
                        prop_assert_eq!(culprit, match reading[w] { Some(Assignment::Read(f)) => Some(f), _ => None });
                        if let Some(f) = culprit { *ends.entry(f).or_default() += 1; }
                        gathered[w].clear();
                        reading[w] = None;
                    }
                    (None, _) => reading[w] = s.assign(w),
                    (Some(Assignment::Read(f)), 1) => { s.read(w, false); *ends.entry(f).or_default() += 1; reading[w] = None; }
                    (Some(Assignment::Read(f)), _) => { s.read(w, true); gathered[w].push(f); reading[w] = None; }
                    (Some(Assignment::HandOver), _) => {
                        s.handed_over(w);
                        for f in gathered[w].drain(..) { *ends.entry(f).or_default() += 1; }
                        reading[w] = None;
                    }
                }
            }
            prop_assert!(s.is_done());
            prop_assert_eq!(ends.len() as u32, files);
            prop_assert!(ends.values().all(|&n| n == 1));
        }
    }
}
