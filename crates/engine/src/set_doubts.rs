//! Doubts about a set of maps, in words: findings, the open question and the repairs that answer it.

use fathom_analysis::understanding::{
    FindingKind, Fit, Quantity, Question, Repair, RoleRepair, SetEvidence, Understanding,
};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use serde::{Deserialize, Serialize};

/// Most answers that are offered.
const MOST_ANSWERS: usize = 3;

/// A finding that is settled: the maps of the role are right as they are.
pub type SettledFinding = (Role, FindingKind);

/// Findings about a set and the question that they raise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SetDoubts {
    /// Sentences on what was found and needs no reply.
    pub notes: Vec<String>,
    /// The question worth asking.
    pub question: Option<SetQuestion>,
    /// An answer that may be given to a finding, although none is asked for.
    pub offer: Option<SetQuestion>,
    /// True if the set allows no verdict on a network, or not yet.
    pub is_unjudged: bool,
    /// Repairs that are taken without asking.
    pub unasked: Vec<TakenRepair>,
}

/// A repair that is taken, or that an answer takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakenRepair {
    /// The repair.
    pub repair: RoleRepair,
    /// The caption of the repair.
    pub caption: String,
    /// The reason, in one sentence.
    pub evidence: String,
    /// True if the user was asked.
    pub is_asked: bool,
}

/// A question about a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetQuestion {
    /// The finding, followed by the question if no answer can be chosen.
    pub text: String,
    /// The answers, the likeliest first.
    pub answers: Vec<SetAnswer>,
    /// The kind of typed answer, if the question takes one.
    pub typed: Option<TypedAnswer>,
}

/// An answer to a question about a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetAnswer {
    /// The roles and what is done to them.
    pub caption: String,
    /// The repairs.
    pub repairs: Vec<TakenRepair>,
}

/// An answer that is not one of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TypedAnswer {
    /// Baseline times focal length of a role's disparities.
    Product(Role),
    /// Scale and zero point of a role's codes.
    Codes(Role),
    /// The focal length in pixels of a camera whose maps hold distances along the ray.
    Focal(Role),
    /// The way predictions are resized.
    Resampling,
    /// That files belong together in their order.
    Order,
    /// Other names of files, or as many files in every role.
    Names,
}

impl SetDoubts {
    /// Words for what was understood. Settled findings are answered: the maps are right as they are.
    ///
    /// `unsettled` says what is open about the files themselves, which comes first.
    #[must_use]
    pub fn new(
        found: &Understanding,
        settled: &[SettledFinding],
        unsettled: Option<&String>,
    ) -> Self {
        if let Some(text) = unsettled {
            return Self {
                question: Some(SetQuestion {
                    text: text.clone(),
                    answers: Vec::new(),
                    typed: None,
                }),
                is_unjudged: true,
                ..Self::default()
            };
        }
        let is_settled = |e: &SetEvidence| e.subject().is_some_and(|s| settled.contains(&s));
        let question = found.question.as_ref();
        let question = question.filter(|q| !is_settled(&q.evidence));
        let unrelated = || {
            let is_unrelated = |e: &&SetEvidence| matches!(e, SetEvidence::Unrelated { .. });
            let all = found.evidence.iter().filter(is_unrelated);
            all.filter(|e| !is_settled(e))
        };
        let is_dead = |e: &SetEvidence| matches!(e, SetEvidence::Dead(_));
        // A question comes first: its answer may explain why maps do not follow.
        let as_is = question.is_none().then(|| SetQuestion::as_is(unrelated()));
        Self {
            notes: found.evidence.iter().map(SetEvidence::sentence).collect(),
            question: question.map(SetQuestion::new),
            offer: as_is
                .flatten()
                .or_else(|| found.evidence.iter().find_map(SetQuestion::offer)),
            is_unjudged: question.is_some()
                || found.evidence.iter().any(is_dead)
                || unrelated().next().is_some(),
            unasked: unasked(found),
        }
    }
}

/// Questions that a statement settles, which says that the maps are right as they are: the question, and that maps hardly follow another role.
#[must_use]
pub fn taken_as_is(found: &Understanding) -> Vec<TakenRepair> {
    let asked = found.question.iter().map(|q| &q.evidence);
    let said = found.evidence.iter();
    let unrelated = said.filter(|e| matches!(e, SetEvidence::Unrelated { .. }));
    asked
        .chain(unrelated)
        .filter_map(TakenRepair::as_is)
        .collect()
}

impl SetQuestion {
    /// The offer to judge a network although maps hardly follow another role; `None` without such a finding.
    fn as_is<'a>(unrelated: impl Iterator<Item = &'a SetEvidence>) -> Option<Self> {
        let unrelated: Vec<&SetEvidence> = unrelated.collect();
        let sentences: Vec<String> = unrelated.iter().map(|e| e.sentence()).collect();
        let repairs = unrelated.into_iter().filter_map(TakenRepair::as_is);
        (!sentences.is_empty()).then(|| Self {
            text: sentences.join(" "),
            answers: vec![SetAnswer {
                caption: tr!("Keep it as it is").to_owned(),
                repairs: repairs.collect(),
            }],
            typed: None,
        })
    }

    /// The offer that a finding makes: distances along the ray can be converted, with the fitted focal length or a typed one.
    fn offer(evidence: &SetEvidence) -> Option<Self> {
        let SetEvidence::Ray { roles, focal, .. } = evidence else {
            return None;
        };
        let ray = |&role: &Role| RoleRepair {
            role,
            repair: Repair::Quantity(Quantity::Ray { focal: *focal }),
        };
        let question = Question {
            evidence: evidence.clone(),
            options: vec![roles.iter().map(ray).collect()],
        };
        Some(Self {
            typed: roles.first().map(|&role| TypedAnswer::Focal(role)),
            ..Self::new(&question)
        })
    }

    fn new(question: &Question) -> Self {
        let evidence = question.evidence.sentence();
        // Whole frames of another resolution are brought to one size by the resampling that the user picks.
        let is_resized = matches!(
            question.evidence,
            SetEvidence::Size {
                fit: Fit::Resized,
                transposed: false,
                ..
            }
        );
        let taken = |repair: &RoleRepair| TakenRepair::new(repair, evidence.clone(), true);
        let answer = |(caption, repairs): (String, &Vec<RoleRepair>)| SetAnswer {
            caption,
            repairs: repairs.iter().map(taken).collect(),
        };
        let wanted = if is_resized { 0 } else { MOST_ANSWERS };
        let answers: Vec<SetAnswer> = question
            .answers()
            .zip(&question.options)
            .take(wanted)
            .map(answer)
            .collect();
        let text = if answers.is_empty() {
            format!("{evidence} {}", question.sentence())
        } else {
            evidence.clone()
        };
        Self {
            text,
            answers,
            typed: match question.evidence {
                SetEvidence::DisparityName { role } => Some(TypedAnswer::Product(role)),
                SetEvidence::Codes { role, .. } => Some(TypedAnswer::Codes(role)),
                SetEvidence::NoMatch {
                    has_order: true, ..
                } => Some(TypedAnswer::Order),
                SetEvidence::NoMatch { .. } => Some(TypedAnswer::Names),
                _ if is_resized => Some(TypedAnswer::Resampling),
                _ => None,
            },
        }
    }
}

impl TakenRepair {
    /// A repair that the user gave without being asked.
    #[must_use]
    pub fn given(repair: &RoleRepair) -> Self {
        Self::new(repair, tr!("Given by the user.").to_owned(), true)
    }

    /// The finding that it settles by leaving the maps as they are.
    #[must_use]
    pub fn settles(&self) -> Option<SettledFinding> {
        match self.repair.repair {
            Repair::AsIs(kind) => Some((self.repair.role, kind)),
            _ => None,
        }
    }

    /// The statement that maps are right, whatever was found; `None` for a finding that needs no reply.
    fn as_is(evidence: &SetEvidence) -> Option<Self> {
        let (role, kind) = evidence.subject()?;
        let repair = Repair::AsIs(kind);
        Some(Self::new(
            &RoleRepair { role, repair },
            evidence.sentence(),
            true,
        ))
    }

    fn new(repair: &RoleRepair, evidence: String, is_asked: bool) -> Self {
        Self {
            repair: *repair,
            caption: repair.repair.caption(),
            evidence,
            is_asked,
        }
    }
}

fn unasked(found: &Understanding) -> Vec<TakenRepair> {
    let reason = |repair: &RoleRepair| {
        let is_this = |e: &&SetEvidence| {
            matches!(e, SetEvidence::NoDepth { role, value }
                if *role == repair.role && repair.repair == Repair::NoDepth(value.value))
        };
        let evidence = found.evidence.iter().find(is_this);
        evidence.map_or_else(String::new, SetEvidence::sentence)
    };
    let taken = |repair: &RoleRepair| TakenRepair::new(repair, reason(repair), false);
    found.unasked.iter().map(taken).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::understanding::{DeadKind, DeadOutput, Flip, NoDepthValue, Score};

    fn turned() -> Understanding {
        let score = |correlation| Score {
            correlation,
            abs_rel: 0.1,
            pixels: 2048,
        };
        let repair = |role| RoleRepair {
            role,
            repair: Repair::Flip(Flip::Rows),
        };
        Understanding {
            question: Some(Question {
                evidence: SetEvidence::Orientation {
                    reference: Role::GroundTruth,
                    tested: Role::Float,
                    as_is: score(0.5),
                    repaired: score(0.98),
                },
                options: vec![vec![repair(Role::Float), repair(Role::Quantized)]],
            }),
            ..Understanding::default()
        }
    }

    #[test]
    fn an_open_question_forbids_a_verdict_until_it_is_settled() {
        let found = turned();
        let open = SetDoubts::new(&found, &[], None);
        let question = open.question.expect("a question");
        assert!(open.is_unjudged && question.text.contains("0.98"));
        assert_eq!(
            question.answers[0].caption,
            "FP32 and INT8: turn upside down"
        );
        assert_eq!(question.answers[0].repairs.len(), 2);
        let taken = taken_as_is(&found);
        assert_eq!(taken[0].repair.to_string(), "fp32:as_is=orientation");
        assert!(taken[0].is_asked && taken[0].evidence == question.text);
        let settled: Vec<SettledFinding> = taken.iter().filter_map(TakenRepair::settles).collect();
        let kept = SetDoubts::new(&found, &settled, None);
        assert_eq!((kept.question, kept.is_unjudged), (None, false));
        let other = SetDoubts::new(&found, &[(Role::Quantized, settled[0].1)], None);
        assert!(other.question.is_some(), "another role is settled");
    }

    #[test]
    fn maps_that_hardly_follow_allow_no_verdict_unless_they_are_right() {
        let as_is = Score {
            correlation: 0.1,
            abs_rel: 0.5,
            pixels: 2048,
        };
        let found = Understanding {
            evidence: vec![SetEvidence::Unrelated {
                reference: Role::GroundTruth,
                tested: Role::Float,
                as_is,
            }],
            ..Understanding::default()
        };
        let doubts = SetDoubts::new(&found, &[], None);
        assert!(doubts.is_unjudged && doubts.question.is_none());
        let offer = doubts.offer.expect("a press that overrules the finding");
        assert!(doubts.notes.contains(&offer.text));
        let answer = &offer.answers[0];
        assert_eq!(answer.caption, "Keep it as it is");
        assert_eq!(answer.repairs, taken_as_is(&found));
        assert_eq!(answer.repairs[0].repair.to_string(), "fp32:as_is=unrelated");
        let settled: Vec<SettledFinding> = answer
            .repairs
            .iter()
            .filter_map(TakenRepair::settles)
            .collect();
        let kept = SetDoubts::new(&found, &settled, None);
        assert_eq!((kept.is_unjudged, kept.offer), (false, None));
    }

    #[test]
    fn a_dead_output_is_said_and_not_asked() {
        let dead = SetEvidence::Dead(DeadOutput {
            role: Role::Quantized,
            kind: DeadKind::SameMap { frames: 4 },
        });
        let found = Understanding {
            evidence: vec![dead],
            ..Understanding::default()
        };
        let doubts = SetDoubts::new(&found, &[], None);
        assert!(doubts.is_unjudged && doubts.question.is_none());
        assert!(doubts.notes[0].contains("same map"));
    }

    #[test]
    fn an_impossible_depth_is_taken_out_with_its_reason() {
        let value = NoDepthValue {
            value: 1e11,
            depth_m: 1e11,
            share: 0.2,
            is_impossible: true,
        };
        let role = Role::GroundTruth;
        let found = Understanding {
            evidence: vec![SetEvidence::NoDepth { role, value }],
            unasked: vec![RoleRepair {
                role,
                repair: Repair::NoDepth(1e11),
            }],
            ..Understanding::default()
        };
        let doubts = SetDoubts::new(&found, &[], None);
        assert!(!doubts.is_unjudged);
        assert_eq!(doubts.unasked[0].evidence, doubts.notes[0]);
        assert!(!doubts.unasked[0].is_asked);
    }
}
