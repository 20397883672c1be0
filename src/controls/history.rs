//! Changes that can be taken back and made again, one step for one gesture.

use undo::{Edit, Merged, Record};

/// Most steps that are kept: it bounds the memory of a long session.
const STEPS: usize = 100;

/// Longest pause within one gesture, in milliseconds: between two arrow keys, or two places of a hand that drags.
const PAUSE_MS: f64 = 800.0;

/// A change from one state to another.
#[derive(Clone, Debug)]
struct Step<T> {
    before: T,
    after: T,
    /// True if it goes on where the one before ended.
    goes_on: bool,
}

impl<T: Clone + PartialEq> Edit for Step<T> {
    type Target = T;
    type Output = ();

    fn edit(&mut self, now: &mut T) {
        now.clone_from(&self.after);
    }

    fn undo(&mut self, now: &mut T) {
        now.clone_from(&self.before);
    }

    fn merge(&mut self, other: Self) -> Merged<Self> {
        if !other.goes_on {
            return Merged::No(other);
        }
        self.after = other.after;
        if self.before == self.after {
            Merged::Annul
        } else {
            Merged::Yes
        }
    }
}

/// The state that is shown now, and the ways back and forth. `G` tells gestures apart, such as dragging one end of a range.
#[derive(Debug)]
pub struct History<T: Clone + PartialEq, G> {
    record: Record<Step<T>>,
    now: T,
    /// The gesture of the last change, and when that was.
    last: Option<(G, f64)>,
}

impl<T: Clone + PartialEq, G: PartialEq> History<T, G> {
    /// Begins with a state and no way back.
    #[must_use]
    pub fn new(now: T) -> Self {
        Self {
            record: Record::builder().limit(STEPS).build(),
            now,
            last: None,
        }
    }

    /// The state that is shown now.
    #[must_use]
    pub fn now(&self) -> &T {
        &self.now
    }

    /// The state has become another at this time. What belongs to the same gesture as the change before, without a long pause, is one
    /// step with it; no gesture means a step of its own. The state that is shown already changes nothing.
    pub fn note(&mut self, next: T, gesture: Option<G>, at_ms: f64) {
        if next == self.now {
            return;
        }
        let goes_on = match (&self.last, &gesture) {
            (Some((last, then_ms)), Some(gesture)) => {
                last == gesture && at_ms - then_ms <= PAUSE_MS
            }
            _ => false,
        };
        let step = Step {
            before: self.now.clone(),
            after: next,
            goes_on,
        };
        self.record.edit(&mut self.now, step);
        self.last = gesture.map(|gesture| (gesture, at_ms));
    }

    /// Takes the last step back: the state to show, or `None` where there is no step.
    pub fn undo(&mut self) -> Option<&T> {
        self.record.undo(&mut self.now)?;
        self.last = None;
        Some(&self.now)
    }

    /// Makes the step again that was taken back last.
    pub fn redo(&mut self) -> Option<&T> {
        self.record.redo(&mut self.now)?;
        self.last = None;
        Some(&self.now)
    }

    /// True if there is a step to take back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        self.record.can_undo()
    }

    /// True if there is a step to make again.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        self.record.can_redo()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Plain = History<i32, char>;

    fn after(changes: &[(i32, Option<char>, f64)]) -> Plain {
        let mut history = Plain::new(0);
        for (next, gesture, at_ms) in changes {
            history.note(*next, *gesture, *at_ms);
        }
        history
    }

    /// Every state on the way back, the one that is shown first.
    fn way_back(mut history: Plain) -> Vec<i32> {
        let mut states = vec![*history.now()];
        while let Some(state) = history.undo() {
            states.push(*state);
        }
        states
    }

    #[test]
    fn a_gesture_is_one_step() {
        let drag = Some('d');
        for (changes, expected) in [
            // A drag, however long it takes.
            (
                vec![
                    (1, drag, 0.0),
                    (2, drag, 700.0),
                    (3, drag, 1400.0),
                    (4, drag, 2200.0),
                ],
                vec![4, 0],
            ),
            // A pause ends it.
            (vec![(1, drag, 0.0), (2, drag, 801.0)], vec![2, 1, 0]),
            // So does another gesture.
            (vec![(1, drag, 0.0), (2, Some('e'), 10.0)], vec![2, 1, 0]),
            // Presses are steps of their own, however quick.
            (
                vec![(1, None, 0.0), (2, None, 1.0), (3, None, 2.0)],
                vec![3, 2, 1, 0],
            ),
            (
                vec![(1, drag, 0.0), (2, None, 1.0), (3, drag, 2.0)],
                vec![3, 2, 1, 0],
            ),
            // A drag back to where it began was none.
            (vec![(1, drag, 0.0), (0, drag, 10.0)], vec![0]),
            // What is shown already is no change.
            (
                vec![(0, None, 0.0), (1, None, 1.0), (1, None, 2.0)],
                vec![1, 0],
            ),
        ] {
            assert_eq!(way_back(after(&changes)), expected, "{changes:?}");
        }
    }

    #[test]
    fn a_gesture_does_not_go_on_after_a_step_back() {
        let drag = Some('d');
        let mut history = after(&[(1, None, 0.0), (2, drag, 10.0)]);
        assert_eq!(history.undo(), Some(&1));
        assert!(history.can_redo());
        // The same gesture soon after: it must not become part of the step before.
        history.note(5, drag, 20.0);
        assert!(!history.can_redo(), "a new change ends the way forth");
        assert_eq!(way_back(history), [5, 1, 0]);
    }

    #[test]
    fn the_oldest_steps_are_forgotten() {
        let mut history = Plain::new(0);
        for next in 1..=250 {
            history.note(next, None, 0.0);
        }
        let states = way_back(history);
        assert_eq!(states.len(), STEPS + 1);
        assert_eq!((states[0], states[STEPS]), (250, 150));
    }

    proptest! {
        /// Against a list of states with a place in it.
        #[test]
        fn it_goes_back_and_forth_as_a_list_does(moves in prop::collection::vec((0_u8..4, 0_i32..4), 0..60)) {
            let mut history = Plain::new(0);
            let mut states = vec![0];
            let mut at = 0;
            for (what, value) in moves {
                match what {
                    0 => {
                        let moved = at > 0;
                        at -= usize::from(moved);
                        prop_assert_eq!(history.undo().copied(), moved.then(|| states[at]));
                    }
                    1 => {
                        let moved = at + 1 < states.len();
                        at += usize::from(moved);
                        prop_assert_eq!(history.redo().copied(), moved.then(|| states[at]));
                    }
                    _ => {
                        history.note(value, None, 0.0);
                        if states[at] != value {
                            states.truncate(at + 1);
                            states.push(value);
                            at += 1;
                        }
                    }
                }
                prop_assert_eq!(*history.now(), states[at]);
                prop_assert_eq!(history.can_undo(), at > 0);
                prop_assert_eq!(history.can_redo(), at + 1 < states.len());
            }
        }
    }
}
