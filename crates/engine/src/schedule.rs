//! Which worker reads which file, and what happens to its files when one dies.
//!
//! A pure state machine over numbers of files and workers. The files of one bundle, the maps of one frame, go to one worker. A worker is
//! given a few files ahead, so that it never waits between two of them, and reads them in their order. Workers count what they read, so a
//! worker that dies takes its counts with it: its files are read again, except the one it died on.

use std::collections::VecDeque;

/// The next task of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// Read this file.
    Read(u32),
    /// Hand over what was counted.
    HandOver,
}

/// Files in a worker's hands at most, the one it reads among them. More would be lost time where the files of a set differ in size: the
/// last ones would wait behind a large one.
const AHEAD: usize = 3;

/// A file with the number of its bundle.
#[derive(Clone, Copy, Debug)]
struct BundledFile {
    file: u32,
    bundle: u32,
}

type Bundle = VecDeque<BundledFile>;

#[derive(Clone, Debug, Default)]
struct Worker {
    /// The rest of the bundle that it began.
    claimed: Bundle,
    /// The one it reads, and those that follow.
    reading: Bundle,
    gathered: Vec<BundledFile>,
    handing_over: bool,
}

/// The state of one job.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    waiting: VecDeque<Bundle>,
    workers: Vec<Worker>,
    bundles: u32,
}

impl Schedule {
    /// A job over bundles of files with this many workers.
    #[must_use]
    pub fn new(bundles: impl IntoIterator<Item = Vec<u32>>, workers: usize) -> Self {
        let mut out = Self {
            workers: vec![Worker::default(); workers],
            ..Self::default()
        };
        out.extend(bundles);
        out
    }

    /// More bundles: those of an archive that turned up among the others.
    pub fn extend(&mut self, bundles: impl IntoIterator<Item = Vec<u32>>) {
        for files in bundles {
            let bundle = self.bundles;
            self.bundles += 1;
            let files = files.into_iter();
            self.waiting
                .push_back(files.map(|file| BundledFile { file, bundle }).collect());
        }
    }

    /// Reads a file once more, before all others.
    pub fn retry(&mut self, file: u32) {
        let bundle = self.bundles;
        self.bundles += 1;
        self.waiting
            .push_front([BundledFile { file, bundle }].into());
    }

    /// True if a worker has nothing of this job in its hands.
    #[must_use]
    pub fn is_idle(&self, worker: usize) -> bool {
        self.workers
            .get(worker)
            .is_none_or(|w| w.reading.is_empty() && !w.handing_over)
    }

    /// The next thing for a worker; `None` where it has nothing to do now, or enough.
    pub fn assign(&mut self, worker: usize) -> Option<Assignment> {
        let state = self.workers.get_mut(worker)?;
        if state.reading.len() >= AHEAD || state.handing_over {
            return None;
        }
        while state.claimed.is_empty() {
            let Some(bundle) = self.waiting.pop_front() else {
                break;
            };
            state.claimed = bundle;
        }
        if let Some(next) = state.claimed.pop_front() {
            state.reading.push_back(next);
            return Some(Assignment::Read(next.file));
        }
        if state.gathered.is_empty() || !state.reading.is_empty() {
            return None;
        }
        state.handing_over = true;
        Some(Assignment::HandOver)
    }

    /// A worker has read the first of its files; `gathered` tells whether it was usable.
    pub fn read(&mut self, worker: usize, gathered: bool) {
        if let Some(state) = self.workers.get_mut(worker)
            && let Some(file) = state.reading.pop_front()
            && gathered
        {
            state.gathered.push(file);
        }
    }

    /// A worker has handed over what it counted.
    pub fn handed_over(&mut self, worker: usize) {
        if let Some(state) = self.workers.get_mut(worker) {
            *state = Worker::default();
        }
    }

    /// A worker died. Returns the file it died on, if it was reading one; its other files wait again.
    pub fn died(&mut self, worker: usize) -> Option<u32> {
        let mut state = std::mem::take(self.workers.get_mut(worker)?);
        let culprit = state.reading.pop_front();
        let mut again: VecDeque<Bundle> = VecDeque::new();
        for file in state
            .gathered
            .into_iter()
            .chain(state.reading)
            .chain(state.claimed)
        {
            match again.back_mut() {
                Some(bundle) if bundle.back().is_some_and(|f| f.bundle == file.bundle) => {
                    bundle.push_back(file);
                }
                _ => again.push_back([file].into()),
            }
        }
        for bundle in again.into_iter().rev() {
            self.waiting.push_front(bundle);
        }
        culprit.map(|file| file.file)
    }

    /// True if every file was read and handed over.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let is_free = |w: &Worker| {
            w.claimed.is_empty() && w.reading.is_empty() && w.gathered.is_empty() && !w.handing_over
        };
        self.waiting.is_empty() && self.workers.iter().all(is_free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn singles(files: std::ops::Range<u32>) -> Vec<Vec<u32>> {
        files.map(|file| vec![file]).collect()
    }

    #[test]
    fn the_files_of_a_frame_go_to_one_worker() {
        let mut s = Schedule::new([vec![0, 2, 4], vec![1, 3]], 2);
        assert_eq!(s.assign(0), Some(Assignment::Read(0)));
        assert_eq!(s.assign(1), Some(Assignment::Read(1)));
        assert_eq!(s.assign(0), Some(Assignment::Read(2)));
        assert_eq!(s.assign(0), Some(Assignment::Read(4)));
        s.read(0, true);
        // It dies on file 2: the other two of its frame stay together.
        assert_eq!(s.died(0), Some(2));
        assert_eq!(s.assign(1), Some(Assignment::Read(3)));
        assert_eq!(s.assign(1), Some(Assignment::Read(0)));
        assert_eq!(s.assign(0), None);
        s.retry(2);
        assert_eq!(s.assign(0), Some(Assignment::Read(2)));
        s.read(1, true);
        assert_eq!(s.assign(1), Some(Assignment::Read(4)));
    }

    #[test]
    fn a_dead_worker_costs_one_file_only() {
        let mut s = Schedule::new(singles(0..5), 1);
        for file in 0..3 {
            assert_eq!(s.assign(0), Some(Assignment::Read(file)));
        }
        assert_eq!(s.assign(0), None);
        s.read(0, true);
        assert_eq!(s.assign(0), Some(Assignment::Read(3)));
        // File 0 was gathered and is lost; 2 and 3 were not begun.
        assert_eq!(s.died(0), Some(1));
        for file in [0, 2, 3] {
            assert_eq!(s.assign(0), Some(Assignment::Read(file)));
        }
        s.read(0, true);
        s.read(0, true);
        s.read(0, false);
        assert_eq!(s.assign(0), Some(Assignment::Read(4)));
        // What was gathered is handed over when nothing is left to read.
        assert_eq!(s.assign(0), None);
        s.read(0, false);
        assert_eq!(s.assign(0), Some(Assignment::HandOver));
        assert_eq!((s.assign(0), s.is_idle(0)), (None, false));
        assert!(!s.is_done());
        s.handed_over(0);
        assert!(s.is_done());
    }

    #[test]
    fn the_files_of_an_archive_join_the_job() {
        let mut s = Schedule::new(singles(0..1), 2);
        assert_eq!(s.assign(0), Some(Assignment::Read(0)));
        assert!(!s.is_idle(0) && s.is_idle(1));
        s.read(0, false);
        s.extend(singles(1..3));
        assert!(!s.is_done());
        assert_eq!(s.assign(1), Some(Assignment::Read(1)));
        assert_eq!(s.assign(0), Some(Assignment::Read(2)));
    }

    proptest! {
        /// Whatever dies when, every file ends up handed over exactly once, or was died on, or unusable.
        #[test]
        fn every_file_is_accounted_for_once(sizes in prop::collection::vec(0_u32..4, 0..12), workers in 1_usize..5, script in prop::collection::vec((0_usize..5, 0_u8..10), 0..400)) {
            let mut files = 0;
            let bundles: Vec<Vec<u32>> = sizes
                .iter()
                .map(|size| { files += size; (files - size..files).collect() })
                .collect();
            let mut s = Schedule::new(bundles, workers);
            let mut reading: Vec<VecDeque<u32>> = vec![VecDeque::new(); workers];
            let mut handing_over = vec![false; workers];
            let mut gathered: Vec<Vec<u32>> = vec![Vec::new(); workers];
            let mut ends: BTreeMap<u32, u32> = BTreeMap::new();
            // Each takes all that it may, and then reads one.
            let finish = (0..4000).map(|i| (i / 4 % workers, if i % 4 == 3 { 5 } else { 9 }));
            for (w, what) in script.into_iter().map(|(w, x)| (w % workers, x)).chain(finish) {
                prop_assert_eq!(s.is_idle(w), reading[w].is_empty() && !handing_over[w]);
                match what {
                    0 => {
                        let culprit = s.died(w);
                        prop_assert_eq!(culprit, reading[w].pop_front());
                        if let Some(f) = culprit { *ends.entry(f).or_default() += 1; }
                        reading[w].clear();
                        gathered[w].clear();
                        handing_over[w] = false;
                    }
                    1..=5 if handing_over[w] => {
                        s.handed_over(w);
                        for f in gathered[w].drain(..) { *ends.entry(f).or_default() += 1; }
                        handing_over[w] = false;
                    }
                    1..=5 => {
                        s.read(w, what > 1);
                        match reading[w].pop_front() {
                            Some(f) if what > 1 => gathered[w].push(f),
                            Some(f) => *ends.entry(f).or_default() += 1,
                            None => {}
                        }
                    }
                    _ => match s.assign(w) {
                        Some(Assignment::Read(f)) => {
                            prop_assert!(!handing_over[w]);
                            reading[w].push_back(f);
                            prop_assert!(reading[w].len() <= AHEAD);
                        }
                        Some(Assignment::HandOver) => {
                            prop_assert!(reading[w].is_empty() && !gathered[w].is_empty());
                            handing_over[w] = true;
                        }
                        None => {}
                    },
                }
            }
            prop_assert!(s.is_done());
            prop_assert_eq!(ends.len() as u32, files);
            prop_assert!(ends.values().all(|&n| n == 1));
        }
    }
}
