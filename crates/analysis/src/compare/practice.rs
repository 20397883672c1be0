//! A set of frames as it is compared: outcomes in any order, merged in the order of the frames, so that figures do not depend on which
//! worker was faster. What only the whole needs is dropped frame by frame, so that memory stays small.

use std::collections::BTreeMap;

use super::{
    ArtefactScores, BoardSums, Budget, Comparison, Evidence, FrameComparison, FrameEvals, FrameRow,
    MetricsPair, Protocol, frame_row,
};
use fathom_core::i18n::tr;
use serde::{Deserialize, Serialize};

/// What the maps of one frame give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameOutcome {
    /// Which maps there were.
    pub evidence: Evidence,
    /// The comparison.
    pub compared: FrameComparison,
    /// The same with the board's prediction in the place of INT8's, and how the two differ.
    pub board: Option<(FrameComparison, BoardSums)>,
}

/// One outcome per map of the frame's files, or one sentence.
pub type FrameResult = Result<Vec<FrameOutcome>, String>;

/// A frame beside the others, with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct PracticeRow {
    /// Its name; of a stack with the number of the map.
    pub name: String,
    /// Its figures. `frame` is its place among all rows.
    pub row: FrameRow,
}

/// The set as far as it is compared.
#[derive(Clone, Debug, Default)]
pub struct Practice {
    /// Names of all frames of the set.
    names: Vec<String>,
    evidence: Option<Evidence>,
    /// Places of the frames that are compared, in their order.
    places: Vec<u32>,
    /// Outcomes that wait for an earlier frame.
    waiting: BTreeMap<u32, FrameResult>,
    done: usize,
    merged: Comparison,
    board: Option<(Comparison, BoardSums)>,
    evals: Vec<FrameEvals>,
    board_evals: Vec<FrameEvals>,
    rows: Vec<PracticeRow>,
    failures: Vec<(String, String)>,
}

impl Practice {
    /// Prepares the comparison of a set of frames, each with its name and its maps: of the frames whose maps tell most. Others are left
    /// out, and named.
    #[must_use]
    pub fn of(frames: Vec<(String, Option<Evidence>)>) -> Self {
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
        for (place, (name, own)) in (0..).zip(frames) {
            if own == evidence && own.is_some() {
                out.places.push(place);
            } else {
                let why = match own.and_then(Evidence::missing) {
                    Some(role) => tr!("it has no {role}, and other frames have", role),
                    None => tr!("it has one map alone, and other frames have more").to_owned(),
                };
                out.failures.push((name.clone(), why));
            }
            out.names.push(name);
        }
        out
    }

    /// The places of the frames to compare among those of the set, in their order.
    #[must_use]
    pub fn places(&self) -> &[u32] {
        &self.places
    }

    /// Which maps the compared frames have; `None` where no frame has two.
    #[must_use]
    pub fn evidence(&self) -> Option<Evidence> {
        self.evidence
    }

    /// Names of all frames of the set, compared or not, in their order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Takes in what a frame gave.
    pub fn take(&mut self, place: u32, result: FrameResult) {
        self.waiting.insert(place, result);
        while let Some(next) = self.places.get(self.done) {
            let Some(result) = self.waiting.remove(next) else {
                return;
            };
            let name = self.names[*next as usize].clone();
            self.done += 1;
            match result {
                Ok(outcomes) => self.merge(&name, &outcomes),
                Err(why) => self.failures.push((name, why)),
            }
        }
    }

    fn merge(&mut self, name: &str, outcomes: &[FrameOutcome]) {
        for (number, outcome) in (1..).zip(outcomes) {
            let name = if outcomes.len() > 1 {
                format!("{name} #{number}")
            } else {
                name.to_owned()
            };
            self.merged.add(&outcome.compared);
            self.evals.push(outcome.compared.evals());
            if let Some(row) = frame_row(self.rows.len(), &outcome.compared) {
                self.rows.push(PracticeRow { name, row });
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
        self.board_evals.push(compared.evals());
    }

    /// Number of frames that are done, and of those that will be.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.done + self.waiting.len(), self.places.len())
    }

    /// Whether every frame is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done == self.places.len()
    }

    /// All frames together.
    #[must_use]
    pub fn merged(&self) -> &Comparison {
        &self.merged
    }

    /// The same with the board's predictions, and how they differ from the simulator's.
    #[must_use]
    pub fn board(&self) -> Option<(&Comparison, &BoardSums)> {
        self.board.as_ref().map(|(merged, sums)| (merged, sums))
    }

    /// The sums behind each frame's metrics, for intervals.
    #[must_use]
    pub fn evals(&self) -> &[FrameEvals] {
        &self.evals
    }

    /// The same of the board.
    #[must_use]
    pub fn board_evals(&self) -> &[FrameEvals] {
        &self.board_evals
    }

    /// Each frame's figures, in their order.
    #[must_use]
    pub fn rows(&self) -> &[PracticeRow] {
        &self.rows
    }

    /// Each frame's name with the RMSE of both predictions in metres, where there are both.
    pub fn frame_errors(&self) -> impl Iterator<Item = (&str, f64, f64)> {
        let has_both = self.evidence.is_some_and(Evidence::has_both);
        let rows = self.rows.iter().filter(move |_| has_both);
        rows.map(|r| (r.name.as_str(), r.row.rmse_fp32_m, r.row.rmse_int8_m))
    }

    /// Frames that were not compared, each with its reason.
    #[must_use]
    pub fn failures(&self) -> &[(String, String)] {
        &self.failures
    }

    /// The error budget of all frames; `None` before there is a pixel, and where one prediction is missing.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        self.evidence.filter(|e| e.has_both())?;
        self.merged.budget()
    }

    /// The metrics of all pixels together.
    #[must_use]
    pub fn pooled(&self, protocol: &Protocol) -> Option<MetricsPair> {
        self.merged.pooled(protocol)
    }

    /// The artefact scores of all frames.
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
        (name.to_owned(), Evidence::of(gt, fp32, int8))
    }

    fn outcome(k: u32) -> FrameOutcome {
        let gt: Vec<f64> = (0..60).map(|i| 1.0 + 0.05 * f64::from(i)).collect();
        let fp32: Vec<f64> = gt.iter().map(|g| g + 0.01 * f64::from(k + 1)).collect();
        let int8: Vec<f64> = fp32.iter().map(|f| (f / 0.1).round() * 0.1).collect();
        let (maps, evidence) =
            FrameMaps::of(10, Some(&gt), Some(&fp32), Some(&int8)).expect("maps");
        FrameOutcome {
            evidence,
            compared: FrameComparison::of(&maps, &CompareSettings::default()).expect("pixels"),
            board: None,
        }
    }

    /// A set may have thousands of frames: what stays of each is counted in bytes, whatever its size.
    #[test]
    fn what_stays_of_a_frame_is_under_a_kilobyte() {
        let name = "a frame of twenty by";
        let row = size_of::<PracticeRow>() + 2 * name.len();
        let stays = size_of::<FrameEvals>() + row + size_of::<u32>();
        assert!(stays <= 1024, "{stays} bytes");
    }

    #[test]
    fn the_order_in_which_frames_come_changes_nothing() {
        let frames: Vec<_> = (0..6)
            .map(|k| frame(&format!("f{k}"), true, true, true))
            .collect();
        let with = |order: [u32; 6]| {
            let mut practice = Practice::of(frames.clone());
            for place in order {
                assert!(!practice.is_complete());
                practice.take(place, Ok(vec![outcome(place)]));
            }
            assert!(practice.is_complete());
            practice
        };
        let (a, b) = (with([0, 1, 2, 3, 4, 5]), with([5, 3, 0, 4, 1, 2]));
        assert_eq!(a.merged(), b.merged());
        assert_eq!(a.rows(), b.rows());
        assert_eq!(a.rows()[4].name, "f4");
        let direct: Vec<_> = (0..6).map(|k| outcome(k).compared).collect();
        assert_eq!(a.merged(), &Comparison::of(&direct));
    }

    #[test]
    fn frames_that_tell_less_are_left_out_and_named() {
        let practice = Practice::of(vec![
            frame("whole", true, true, true),
            frame("no int8", true, true, false),
            frame("alone", true, false, false),
        ]);
        assert_eq!(practice.evidence(), Some(Evidence::All));
        assert_eq!(practice.places(), [0]);
        let names: Vec<&str> = practice.failures().iter().map(|f| f.0.as_str()).collect();
        assert_eq!(names, ["no int8", "alone"]);
        assert!(practice.failures()[0].1.contains("INT8 predictions"));
        let pair = Practice::of(vec![frame("a", false, true, true)]);
        assert_eq!(pair.evidence(), Some(Evidence::NoGroundTruth));
        let none = Practice::of(vec![frame("a", true, false, false)]);
        assert_eq!((none.evidence(), none.is_complete()), (None, true));
    }

    #[test]
    fn a_frame_that_fails_is_named_and_the_others_go_on() {
        let frames = (0..3)
            .map(|k| frame(&format!("f{k}"), true, true, true))
            .collect();
        let mut practice = Practice::of(frames);
        practice.take(1, Err("it is broken".to_owned()));
        practice.take(2, Ok(vec![outcome(2), outcome(3)]));
        assert_eq!(practice.progress(), (2, 3));
        practice.take(0, Ok(vec![outcome(0)]));
        let names: Vec<&str> = practice.rows().iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["f0", "f2 #1", "f2 #2"]);
        assert_eq!(
            practice.failures(),
            [("f1".to_owned(), "it is broken".to_owned())]
        );
        assert!(practice.budget().is_some());
    }

    #[test]
    fn without_both_predictions_there_is_no_budget() {
        let mut practice = Practice::of(vec![frame("a", true, true, false)]);
        practice.take(0, Ok(vec![outcome(0)]));
        assert_eq!(practice.budget(), None);
    }
}
