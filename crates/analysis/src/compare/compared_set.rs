//! A set of frames while it is compared. Results arrive in any order and are merged in the order of the frames, so that the figures do not
//! depend on the speed of threads. The sums of a frame are dropped once merged; under 4 kB of each frame remains.

use std::collections::BTreeMap;

use super::{
    ArtefactScores, BoardSums, Budget, Comparison, EvalProtocol, Evidence, FrameComparison,
    FrameMetricSums, FrameRow, MetricsPair, frame_row, originals,
};
use fathom_core::i18n::tr;
use serde::{Deserialize, Serialize};

/// The comparison of one frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameOutcome {
    /// Available maps.
    pub evidence: Evidence,
    /// Sums of the comparison.
    pub compared: FrameComparison,
    /// Sums with the board's prediction in place of INT8's, and the differences between the two predictions.
    pub board: Option<(FrameComparison, BoardSums)>,
}

/// One outcome per map of the frame's files, or a sentence with the reason of a failure.
pub type FrameResult = Result<Vec<FrameOutcome>, String>;

/// A compared frame: its name and its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedFrame {
    /// Name of the frame; for a stack, followed by the number of the map.
    pub name: String,
    /// Place of the frame in the set, and of the map in its files.
    pub place: (u32, u32),
    /// Its figures. `row.frame` is the index of this row.
    pub row: FrameRow,
}

/// A set of frames, compared in part or completely.
#[derive(Clone, Debug, Default)]
pub struct ComparedSet {
    /// Names of all frames, by index.
    names: Vec<String>,
    evidence: Option<Evidence>,
    /// Indices of the frames to compare, ascending.
    indices: Vec<u32>,
    /// Results that wait for those of an earlier frame, by frame index.
    pending: BTreeMap<u32, FrameResult>,
    done: usize,
    merged: Comparison,
    board: Option<(Comparison, BoardSums)>,
    evals: Vec<FrameMetricSums>,
    board_evals: Vec<FrameMetricSums>,
    rows: Vec<ComparedFrame>,
    failures: Vec<(String, String)>,
}

impl ComparedSet {
    /// Prepares the comparison of frames, each with its name and its available maps.
    ///
    /// Only frames with the most informative evidence of the set are compared. The others become [`Self::failures`].
    #[must_use]
    pub fn new(frames: Vec<(String, Option<Evidence>)>) -> Self {
        let order = [
            Evidence::All,
            Evidence::NoGroundTruth,
            Evidence::Int8Only,
            Evidence::Fp32Only,
        ];
        let has = |e: &Evidence| frames.iter().any(|(_, own)| *own == Some(*e));
        let evidence = order.into_iter().find(has);
        let mut out = Self {
            evidence,
            ..Self::default()
        };
        for (index, (name, own)) in (0..).zip(frames) {
            if own == evidence && own.is_some() {
                out.indices.push(index);
            } else {
                let why = match own.and_then(Evidence::missing) {
                    Some(role) => tr!("it has no {role}, but other frames do", role),
                    None => tr!("it has only one map, but other frames have more").to_owned(),
                };
                out.failures.push((name.clone(), why));
            }
            out.names.push(name);
        }
        out
    }

    /// Returns the indices of the frames to compare, ascending.
    #[must_use]
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Returns the evidence of the compared frames; `None` where no frame has two maps.
    #[must_use]
    pub fn evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    /// Returns the names of all frames of the set, compared or not, by index.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Adds the result of the frame with this index. Results may arrive in any order.
    pub fn add_result(&mut self, index: u32, result: FrameResult) {
        self.pending.insert(index, result);
        while let Some(next) = self.indices.get(self.done) {
            let Some(result) = self.pending.remove(next) else {
                return;
            };
            let (next, name) = (*next, self.names[*next as usize].clone());
            self.done += 1;
            match result {
                Ok(outcomes) => self.merge(next, &name, &outcomes),
                Err(why) => self.failures.push((name, why)),
            }
        }
    }

    fn merge(&mut self, index: u32, name: &str, outcomes: &[FrameOutcome]) {
        for (map, outcome) in (0..).zip(outcomes) {
            let name = if outcomes.len() > 1 {
                format!("{name} #{}", map + 1)
            } else {
                name.to_owned()
            };
            self.merged.add(&outcome.compared);
            if let Some(row) = frame_row(self.rows.len(), &outcome.compared) {
                self.evals.push(outcome.compared.metric_sums());
                let place = (index, map);
                self.rows.push(ComparedFrame { name, place, row });
            }
            if let Some((compared, sums)) = &outcome.board {
                self.merge_board(compared, sums);
            }
        }
    }

    fn merge_board(&mut self, compared: &FrameComparison, sums: &BoardSums) {
        let (merged, total) = self.board.get_or_insert_default();
        merged.add(compared);
        total.add(sums);
        self.board_evals.push(compared.metric_sums());
    }

    /// Returns the number of frames with a result, and of all frames to compare.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.done + self.pending.len(), self.indices.len())
    }

    /// Returns true if every frame has been merged.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done == self.indices.len()
    }

    /// Returns the merged sums of the frames so far.
    #[must_use]
    pub fn merged(&self) -> &Comparison {
        &self.merged
    }

    /// Returns the merged sums with the board's predictions, and their differences from the simulator's.
    #[must_use]
    pub fn board(&self) -> Option<(&Comparison, &BoardSums)> {
        self.board.as_ref().map(|(merged, sums)| (merged, sums))
    }

    /// Returns the sums behind the metrics of each frame of [`Self::rows`], for the bootstrap.
    #[must_use]
    pub fn metric_sums(&self) -> &[FrameMetricSums] {
        &self.evals
    }

    /// Returns the sums behind the metrics of each frame with the board's predictions.
    #[must_use]
    pub fn board_metric_sums(&self) -> &[FrameMetricSums] {
        &self.board_evals
    }

    /// Returns the figures of each frame, in the order of the set.
    #[must_use]
    pub fn rows(&self) -> &[ComparedFrame] {
        &self.rows
    }

    /// Returns the copies among the frames so far, each with the name of the first frame that has equal maps in all roles.
    #[must_use]
    pub fn copies(&self) -> Vec<(&str, &str)> {
        let name = |index: usize| self.rows[index].name.as_str();
        let each = originals(&self.evals).into_iter().enumerate();
        each.filter(|(index, original)| index != original)
            .map(|(index, original)| (name(index), name(original)))
            .collect()
    }

    /// Returns the frames to which INT8 adds most, the largest loss first and `count` at most. Copies of a frame are left out; without INT8
    /// there is none.
    #[must_use]
    pub fn worst_frames(&self, count: usize) -> Vec<&ComparedFrame> {
        if !self.evidence.is_some_and(Evidence::has_int8_metrics) {
            return Vec::new();
        }
        let each = originals(&self.evals).into_iter().enumerate();
        let own = each.filter(|(index, original)| index == original);
        let mut frames: Vec<&ComparedFrame> = own.map(|(index, _)| &self.rows[index]).collect();
        frames.sort_by(|a, b| b.row.loss_m().total_cmp(&a.row.loss_m()));
        frames.truncate(count);
        frames
    }

    /// Iterates over the name of each frame and the RMSE of `F` and of `Q` in metres; empty where one prediction is missing.
    pub fn frame_errors(&self) -> impl Iterator<Item = (&str, f64, f64)> {
        let has_both = self.evidence.is_some_and(Evidence::has_both);
        let rows = self.rows.iter().filter(move |_| has_both);
        rows.map(|r| (r.name.as_str(), r.row.rmse_fp32_m, r.row.rmse_int8_m))
    }

    /// Returns the frames that were not compared, each with the reason.
    #[must_use]
    pub fn failures(&self) -> &[(String, String)] {
        &self.failures
    }

    /// Computes the error budget of all frames; `None` without pixels and where one prediction is missing.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        self.evidence.filter(|e| e.has_both())?;
        self.merged.budget()
    }

    /// Computes the metrics over all pixels together; `None` without pixels.
    #[must_use]
    pub fn pooled(&self, protocol: &EvalProtocol) -> Option<MetricsPair> {
        self.merged.pooled(protocol)
    }

    /// Computes the artefact scores over all frames.
    #[must_use]
    pub fn artefacts(&self) -> ArtefactScores {
        self.merged.artefacts.scores()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{CompareSettings, FrameMaps};

    fn frame(name: &str, gt: bool, fp32: bool, int8: bool) -> (String, Option<Evidence>) {
        (name.to_owned(), Evidence::from_roles(gt, fp32, int8))
    }

    fn outcome(k: u32) -> FrameOutcome {
        let gt: Vec<f64> = (0..60).map(|i| 1.0 + 0.05 * f64::from(i)).collect();
        let fp32: Vec<f64> = gt.iter().map(|g| g + 0.01 * f64::from(k + 1)).collect();
        let int8: Vec<f64> = fp32.iter().map(|f| (f / 0.1).round() * 0.1).collect();
        let (maps, evidence) =
            FrameMaps::with_stand_ins(10, Some(&gt), Some(&fp32), Some(&int8)).expect("maps");
        FrameOutcome {
            evidence,
            compared: FrameComparison::measure(&maps, &CompareSettings::default()).expect("pixels"),
            board: None,
        }
    }

    /// Memory per frame matters, because a set may have thousands of frames.
    #[test]
    fn a_merged_frame_takes_less_than_a_kilobyte() {
        let name = "a frame of twenty by";
        let row = size_of::<ComparedFrame>() + 2 * name.len();
        let kept = size_of::<FrameMetricSums>() + row + size_of::<u32>();
        assert!(kept <= 1024, "{kept} bytes");
    }

    #[test]
    fn figures_do_not_depend_on_the_order_of_results() {
        let frames: Vec<_> = (0..6)
            .map(|k| frame(&format!("f{k}"), true, true, true))
            .collect();
        let with = |order: [u32; 6]| {
            let mut set = ComparedSet::new(frames.clone());
            for index in order {
                assert!(!set.is_complete());
                set.add_result(index, Ok(vec![outcome(index)]));
            }
            assert!(set.is_complete());
            set
        };
        let (a, b) = (with([0, 1, 2, 3, 4, 5]), with([5, 3, 0, 4, 1, 2]));
        assert_eq!(a.merged(), b.merged());
        assert_eq!(a.rows(), b.rows());
        assert_eq!(a.rows()[4].name, "f4");
        let direct: Vec<_> = (0..6).map(|k| outcome(k).compared).collect();
        assert_eq!(a.merged(), &Comparison::from_frames(&direct));
    }

    #[test]
    fn copies_are_named_with_their_original() {
        let names = ["a", "b", "c", "d"];
        let frames = names.map(|name| frame(name, true, true, true)).to_vec();
        let mut set = ComparedSet::new(frames);
        // The third and the fourth frame have the maps of the first.
        for (index, k) in [(3, 5), (0, 5), (1, 2), (2, 5)] {
            set.add_result(index, Ok(vec![outcome(k)]));
        }
        assert_eq!(set.copies(), [("c", "a"), ("d", "a")]);
    }

    #[test]
    fn the_worst_frames_are_those_to_which_int8_adds_most() {
        let frames = ["a", "b", "c", "d"].map(|name| frame(name, true, true, true));
        let mut set = ComparedSet::new(frames.to_vec());
        set.add_result(0, Ok(vec![outcome(3)]));
        set.add_result(1, Ok(vec![outcome(0), outcome(1)]));
        set.add_result(2, Ok(vec![outcome(3)]));
        set.add_result(3, Err("it is broken".to_owned()));
        let worst = set.worst_frames(9);
        let losses: Vec<f64> = worst.iter().map(|own| own.row.loss_m()).collect();
        assert!(losses.is_sorted_by(|a, b| a >= b), "{losses:?}");
        let mut places: Vec<(u32, u32)> = worst.iter().map(|own| own.place).collect();
        places.sort_unstable();
        assert_eq!(places, [(0, 0), (1, 0), (1, 1)], "the copy is left out");
        assert_eq!(set.worst_frames(1), worst[..1]);
        let mut alone = ComparedSet::new(vec![frame("a", true, true, false)]);
        alone.add_result(0, Ok(vec![outcome(0)]));
        assert!(alone.worst_frames(1).is_empty(), "no INT8");
    }

    #[test]
    fn frames_with_less_evidence_are_excluded_and_named() {
        let set = ComparedSet::new(vec![
            frame("whole", true, true, true),
            frame("no int8", true, true, false),
            frame("alone", true, false, false),
        ]);
        assert_eq!(set.evidence(), Some(Evidence::All));
        assert_eq!(set.indices(), [0]);
        let names: Vec<&str> = set.failures().iter().map(|f| f.0.as_str()).collect();
        assert_eq!(names, ["no int8", "alone"]);
        assert!(set.failures()[0].1.contains("INT8 predictions"));
        let pair = ComparedSet::new(vec![frame("a", false, true, true)]);
        assert_eq!(pair.evidence(), Some(Evidence::NoGroundTruth));
        let none = ComparedSet::new(vec![frame("a", true, false, false)]);
        assert_eq!((none.evidence(), none.is_complete()), (None, true));
    }

    #[test]
    fn a_failed_frame_is_named_and_the_others_are_compared() {
        let frames = (0..3)
            .map(|k| frame(&format!("f{k}"), true, true, true))
            .collect();
        let mut set = ComparedSet::new(frames);
        set.add_result(1, Err("it is broken".to_owned()));
        set.add_result(2, Ok(vec![outcome(2), outcome(3)]));
        assert_eq!(set.progress(), (2, 3));
        set.add_result(0, Ok(vec![outcome(0)]));
        let names: Vec<&str> = set.rows().iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["f0", "f2 #1", "f2 #2"]);
        assert_eq!(
            set.failures(),
            [("f1".to_owned(), "it is broken".to_owned())]
        );
        assert!(set.budget().is_some());
    }

    #[test]
    fn without_both_predictions_there_is_no_budget() {
        let mut set = ComparedSet::new(vec![frame("a", true, true, false)]);
        set.add_result(0, Ok(vec![outcome(0)]));
        assert_eq!(set.budget(), None);
    }
}
