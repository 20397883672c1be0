//! Everything that a reader sets and may want to take back.

use serde::{Deserialize, Serialize};

use fathom_analysis::compare::{Average, EvalProtocol, Evaluator};
use fathom_analysis::diagnosis::calculator::CalculatorInput;
use fathom_analysis::diagnosis::planner::RestShares;
use fathom_core::metrics::Criterion;
use fathom_core::quant::Pieces;
use fathom_report::link::Settings;

/// All settings of the page and of its sections.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Choices {
    /// Ranges, code, bits and policy.
    pub settings: Settings,
    /// The metric that maps and curves show.
    pub criterion: Criterion,
    /// The weight of clipped errors.
    pub clipping_weight: f64,
    /// The protocol of measuring predictions.
    pub evaluator: Evaluator,
    /// A way of measuring of the reader's own in the evaluator's place.
    pub own_protocol: Option<EvalProtocol>,
    /// Over which average.
    pub average: Average,
    /// Inner edges of the depth bands, in metres.
    pub band_edges_m: Vec<f64>,
    /// The calculator's numbers.
    pub numbers: CalculatorInput,
    /// The division of the unexplained part.
    pub rest: RestShares,
    /// The network's parameters.
    pub parameters: Option<f64>,
    /// The pieces of the reader's own code.
    pub pieces: Pieces,
}

impl PartialEq for Choices {
    /// Equal to the last bit. A number that was typed as none is equal to itself here, or undoing would never come to an end.
    fn eq(&self, other: &Self) -> bool {
        let bytes = |choices: &Self| postcard::to_allocvec(choices).ok();
        bytes(self) == bytes(other)
    }
}

/// Settings that change many times while a hand moves or types: all of it is one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// Moving the ends of the range with this number.
    Ends(usize),
    /// Moving the pieces of a code.
    Pieces,
}

impl Choices {
    /// The gesture that a change to another state belongs to; `None` where a press or a choice made it.
    #[must_use]
    pub fn gesture(&self, next: &Self) -> Option<Gesture> {
        let moved_pieces = Self {
            pieces: next.pieces.clone(),
            ..self.clone()
        };
        // Other bits are a choice.
        if moved_pieces == *next && self.pieces.bits == next.pieces.bits {
            return Some(Gesture::Pieces);
        }
        let row = moved_row(&self.settings, &next.settings)?;
        let moved_ends = Self {
            settings: next.settings.clone(),
            ..self.clone()
        };
        (moved_ends == *next).then_some(Gesture::Ends(row))
    }
}

/// The only row whose ends differ, where nothing else does.
fn moved_row(settings: &Settings, next: &Settings) -> Option<usize> {
    let mut rows = settings.ranges.iter().zip(&next.ranges).enumerate();
    let (row, (_, moved)) = rows.find(|(_, (a, b))| a.range != b.range)?;
    let mut same = settings.clone();
    same.ranges[row].range = moved.range;
    (same == *next).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::compare::DEFAULT_BAND_EDGES_M;
    use fathom_analysis::{Policy, RangeSettings, published_candidates};
    use fathom_core::quant::{Bits, OutputRange};

    fn choices() -> Choices {
        Choices {
            settings: Settings {
                ranges: published_candidates().expect("ranges"),
                current: 3,
                how: RangeSettings::default(),
                found: None,
            },
            criterion: Criterion::Rmse,
            clipping_weight: 1.0,
            evaluator: Evaluator::default(),
            own_protocol: None,
            average: Average::default(),
            band_edges_m: DEFAULT_BAND_EDGES_M.to_vec(),
            numbers: CalculatorInput::published(),
            rest: RestShares::default(),
            parameters: None,
            pieces: Pieces::depth_aware(),
        }
    }

    #[test]
    fn only_what_a_hand_moves_is_a_gesture() {
        let ends = |row: usize| {
            move |c: &mut Choices| {
                c.settings.ranges[row].range = OutputRange::new(0.5, 33.0).expect("a range");
            }
        };
        type Change = Box<dyn Fn(&mut Choices)>;
        let rows: [(&str, Change, Option<Gesture>); 9] = [
            ("an end", Box::new(ends(2)), Some(Gesture::Ends(2))),
            (
                "two rows",
                Box::new(move |c| {
                    ends(1)(c);
                    ends(2)(c);
                }),
                None,
            ),
            (
                "an end and the policy",
                Box::new(move |c| {
                    ends(2)(c);
                    c.settings.how.policy = Policy::Exclude;
                }),
                None,
            ),
            (
                "the policy",
                Box::new(|c| c.settings.how.policy = Policy::Clamp),
                None,
            ),
            ("the row in use", Box::new(|c| c.settings.current = 1), None),
            (
                "a row less",
                Box::new(|c| {
                    c.settings.ranges.remove(0);
                }),
                None,
            ),
            (
                "a knot",
                Box::new(|c| c.pieces.knots_m[0] += 0.1),
                Some(Gesture::Pieces),
            ),
            (
                "bits of a piece",
                Box::new(|c| c.pieces.bits[0] = Bits::EIGHT),
                None,
            ),
            ("a weight", Box::new(|c| c.clipping_weight = 3.0), None),
        ];
        for (name, change, expected) in rows {
            let mut next = choices();
            change(&mut next);
            assert_ne!(choices(), next, "{name}");
            assert_eq!(choices().gesture(&next), expected, "{name}");
        }
    }

    #[test]
    fn what_was_typed_and_is_no_number_equals_itself() {
        let mut typed = choices();
        typed.numbers.rmse_fp32_m = f64::NAN;
        assert_eq!(typed, typed.clone());
        assert_ne!(typed, choices());
    }
}
