//! The question about two roles: where they differ in size, orientation, quantity, unit or codes.

use super::evidence_found::{Question, SetEvidence};
use super::listed_units::SAME_FACTOR;
use super::placement::{Fit, same_aspect};
use super::plausibility::{Hypothesis, PooledPixels, Score};
use super::repair::{Repair, RoleRepair};
use super::set_sample::{EncodingSource, RolePair, SetSample};
use super::unit_question::unit_question;
use super::value_hypotheses::{OWN_ERROR, Side, ValuePair, kind};
use fathom_core::depth::Role;

/// The agreement of a pair of roles.
#[derive(Clone, Debug, Default)]
pub(super) struct PairFindings {
    /// Evidence without a question.
    pub(super) evidence: Vec<SetEvidence>,
    /// Repairs that were tried.
    pub(super) hypotheses: Vec<Hypothesis>,
    /// The question, if there is one.
    pub(super) question: Option<Question>,
}

/// Rank correlation from which no orientation can be 0.2 better.
const FOLLOWS: f64 = 0.8;

/// Negative rank correlation, once turned, from which a turned inverse depth is found.
const TURNED_INVERSE: f64 = 0.9;

/// Rank correlation by which turned maps must be closer than inverse depths.
const TURNED_GAIN: f64 = 0.03;

/// Rank correlation from which two predictions are of one kind.
const SAME_KIND: f64 = 0.5;

/// Ratios of medians for which a plausible unit is not asked about.
const AGREEING: std::ops::RangeInclusive<f64> = 1.0 / 1.2..=1.2;

impl PairFindings {
    /// Examines a pair.
    pub(super) fn new(sample: &SetSample, pair: &RolePair, scores: &mut PairScores) -> Self {
        let mut findings = Self::default();
        let (Some(reference), Some(tested)) =
            (sample.role(pair.reference), sample.role(pair.tested))
        else {
            return findings;
        };
        let values = |placement| ValuePair {
            reference,
            tested,
            pixels: PooledPixels::new(pair, placement),
        };
        let Some(first) = pair.frames.first() else {
            return findings;
        };
        let as_is = scores.of(sample, pair).0;
        let together = followers(sample, pair, scores);
        if first.frame == first.map {
            findings.orientation(pair, &as_is, &values, &together);
        } else {
            findings.size(pair, &as_is, &values, &together);
        }
        if findings.question.is_none() {
            findings.codes(pair, &as_is, &values(0));
        }
        if findings.question.is_none() {
            let ratio = scores.of(sample, pair).1;
            findings.values(pair, &as_is, &values(0), &together, ratio);
        }
        findings
    }

    fn try_repairs(
        &mut self,
        pair: &RolePair,
        repairs: &[RoleRepair],
        as_is: Score,
        repaired: Score,
    ) {
        self.hypotheses.push(Hypothesis {
            reference: pair.reference,
            tested: pair.tested,
            repairs: repairs.to_vec(),
            as_is,
            repaired,
        });
    }

    fn orientation<'a>(
        &mut self,
        pair: &RolePair,
        as_is: &Score,
        values: &impl Fn(usize) -> ValuePair<'a>,
        together: &[Role],
    ) {
        let tried = pair.frames.first().map_or(&[][..], |f| &f.placed);
        let mut best: Option<(f64, Score, Vec<RoleRepair>)> = None;
        for (k, (placement, _)) in tried.iter().enumerate().skip(1) {
            // Where maps follow, only a much smaller error counts, and it is cheaper than ranks.
            let turned = values(k);
            if as_is.correlation >= FOLLOWS && 3.0 * turned.abs_rel_as_is() > as_is.abs_rel {
                continue;
            }
            let score = turned.as_is();
            let repairs = for_roles(together, &placement.repairs());
            self.try_repairs(pair, &repairs, *as_is, score);
            let followed = if score.correlation < 0.0 && -score.correlation < TURNED_INVERSE {
                score.correlation
            } else {
                score.correlation.abs()
            };
            if best.as_ref().is_none_or(|b| followed > b.0) {
                best = Some((followed, score, repairs));
            }
        }
        let Some((followed, repaired, repairs)) = best else {
            return;
        };
        let compared = |correlation| Score {
            correlation,
            abs_rel: 1.0,
            ..repaired
        };
        let is_better = if as_is.correlation < 0.0 && repaired.correlation > 0.0 {
            // Depths turned round fall where the truth grows, and so do inverse depths: the closer one holds.
            let falls = -as_is.correlation;
            let in_metres = followed >= falls && 3.0 * repaired.abs_rel <= as_is.abs_rel;
            in_metres
                || (followed > falls + TURNED_GAIN
                    && compared(-falls).is_explained_by(&compared(followed)))
        } else {
            compared(as_is.correlation.abs()).is_explained_by(&compared(followed))
        };
        // Streets and rooms follow their mirror image in rank, at several times the error.
        let is_third = repaired.correlation > as_is.correlation.max(FOLLOWS)
            && 3.0 * repaired.abs_rel <= as_is.abs_rel;
        let is_better = if as_is.correlation >= FOLLOWS {
            is_third
        } else {
            is_better || is_third
        };
        if is_better {
            self.question = Some(Question {
                evidence: SetEvidence::Orientation {
                    reference: pair.reference,
                    tested: pair.tested,
                    as_is: *as_is,
                    repaired,
                },
                options: vec![repairs],
            });
        }
    }

    fn size<'a>(
        &mut self,
        pair: &RolePair,
        as_is: &Score,
        values: &impl Fn(usize) -> ValuePair<'a>,
        together: &[Role],
    ) {
        let Some(first) = pair.frames.first() else {
            return;
        };
        let mut scored: Vec<(f64, usize, Vec<RoleRepair>)> = Vec::new();
        for (k, (placement, _)) in first.placed.iter().enumerate() {
            let score = values(k).as_is();
            let repairs = for_roles(together, &placement.repairs());
            self.try_repairs(pair, &repairs, *as_is, score);
            scored.push((score.correlation.abs(), k, repairs));
        }
        let resized_first = same_aspect(first.frame, first.map)
            && first
                .placed
                .first()
                .is_some_and(|p| p.0.fit == Fit::Resized);
        // Earlier placements are commoner: a later one must be clearly better.
        let margin = |from: f64| {
            if resized_first {
                0.2_f64.min(1.0 - from) * 0.4
            } else {
                0.002
            }
        };
        let mut best = 0;
        for (i, (correlation, ..)) in scored.iter().enumerate() {
            let from = scored[best].0;
            if *correlation > from + margin(from).max(0.002) {
                best = i;
            }
        }
        let Some(k) = scored.get(best).map(|s| s.1) else {
            return;
        };
        scored[..].sort_by(|a, b| (b.1 == k).cmp(&(a.1 == k)).then(b.0.total_cmp(&a.0)));
        let placement = first.placed[k].0;
        self.question = Some(Question {
            evidence: SetEvidence::Size {
                reference: pair.reference,
                tested: pair.tested,
                frame: first.frame,
                map: first.map,
                fit: placement.fit,
                transposed: placement.transposed,
            },
            options: scored.into_iter().take(4).map(|s| s.2).collect(),
        });
    }

    fn codes(&mut self, pair: &RolePair, as_is: &Score, values: &ValuePair<'_>) {
        if !matches!(pair.tested, Role::Quantized | Role::Board) {
            return;
        }
        let Some(codes) = values.codes(as_is) else {
            return;
        };
        let repairs = for_roles(&[pair.tested], &[codes.repair]);
        self.try_repairs(pair, &repairs, *as_is, codes.score);
        self.question = Some(Question {
            evidence: SetEvidence::Codes {
                role: pair.tested,
                fitted_on: Some(pair.reference),
            },
            options: vec![repairs],
        });
    }

    fn values(
        &mut self,
        pair: &RolePair,
        as_is: &Score,
        values: &ValuePair<'_>,
        together: &[Role],
        ratio: Option<f64>,
    ) {
        let roles = |side| match side {
            Side::Reference => vec![pair.reference],
            Side::Tested => together.to_vec(),
        };
        let candidates = values.candidates(as_is, ratio);
        for tried in &candidates {
            let repairs = for_roles(&roles(tried.side), &[tried.repair]);
            self.try_repairs(pair, &repairs, *as_is, tried.score);
        }
        if let Some(found) = ValuePair::explanation(as_is, &candidates) {
            let repaired_roles = roles(found.side);
            let role = repaired_roles[0];
            let ratio = ratio.unwrap_or(f64::NAN);
            // Fitted numbers make depths in the unit of the reference, which nothing else confirms. So does a factor, unless the tested role's
            // own unit is certain.
            let is_factor = matches!(found.repair, Repair::Factor(_));
            let is_guess = is_factor && values.tested.source == EncodingSource::Plausible;
            let is_fitted = found.side == Side::Tested && (found.is_fitted() || is_guess);
            let unit = (is_fitted && values.reference.source == EncodingSource::Plausible)
                .then(|| unit_question(values.reference, &[pair.reference]))
                .flatten();
            if unit.is_some() {
                self.question = unit;
                return;
            }
            let evidence = match found.repair {
                Repair::Unit(unit_m) => SetEvidence::Unit {
                    reference: pair.reference,
                    role,
                    ratio,
                    unit_m,
                },
                Repair::Factor(_) => SetEvidence::Factor {
                    reference: pair.reference,
                    tested: pair.tested,
                    ratio,
                },
                _ => SetEvidence::Quantity {
                    reference: match found.side {
                        Side::Reference => pair.tested,
                        Side::Tested => pair.reference,
                    },
                    role,
                    as_is: *as_is,
                    repaired: found.score,
                },
            };
            let mut options = vec![for_roles(&repaired_roles, &[found.repair])];
            for other in &candidates {
                let repairs = for_roles(&roles(other.side), &[other.repair]);
                if as_is.is_explained_by(&other.score) && !options.contains(&repairs) {
                    options.push(repairs);
                }
            }
            self.question = Some(Question { evidence, options });
            return;
        }
        if as_is.is_unrelated() {
            self.evidence.push(SetEvidence::Unrelated {
                reference: pair.reference,
                tested: pair.tested,
                as_is: *as_is,
            });
        }
        if let Some(ray) = values.along_ray() {
            self.evidence.push(SetEvidence::Ray {
                roles: roles(ray.side),
                focal: ray.focal,
                at_edge: ray.at_edge,
            });
        }
        if let Some(ratio) = ratio.filter(|r| !AGREEING.contains(r)) {
            self.doubtful_unit(pair, values, ratio, &roles);
            if self.question.is_none() && !as_is.is_unrelated() {
                self.evidence.push(SetEvidence::ScaleError {
                    reference: pair.reference,
                    tested: pair.tested,
                    ratio,
                });
            }
        }
    }

    /// A unit that is only plausible is asked about where the other role disagrees.
    fn doubtful_unit(
        &mut self,
        pair: &RolePair,
        values: &ValuePair<'_>,
        ratio: f64,
        roles: &impl Fn(Side) -> Vec<Role>,
    ) {
        // Predictions of one kind and encoding do not differ by their unit.
        let one_kind = pair.reference != Role::GroundTruth
            && values.reference.encoding == values.tested.encoding
            && kind(values.reference) == kind(values.tested);
        if one_kind {
            return;
        }
        let sides = [
            (Side::Reference, values.reference, ratio),
            (Side::Tested, values.tested, 1.0 / ratio),
        ];
        let is_doubtful = |role: &super::set_sample::RoleSample| {
            role.source == EncodingSource::Plausible && role.encoding.metres_per_unit().is_some()
        };
        let Some((side, role, factor)) = sides.into_iter().find(|(_, role, _)| is_doubtful(role))
        else {
            return;
        };
        let current = role.encoding.metres_per_unit().unwrap_or(1.0);
        let mut units: Vec<f64> = super::listed_units::preset_units(kind(role))
            .filter(|m| (m / current - 1.0).abs() > SAME_FACTOR)
            .collect();
        let off = |unit: f64| libm::log(unit / (current * factor)).abs();
        units.push(current);
        units.sort_by(|a, b| off(*a).total_cmp(&off(*b)));
        let beside = if side == Side::Reference {
            pair.tested
        } else {
            pair.reference
        };
        self.question = Some(Question {
            evidence: SetEvidence::DoubtfulUnit {
                role: role.role,
                beside,
                ratio,
            },
            options: units
                .into_iter()
                .take(3)
                .map(|m| for_roles(&roles(side), &[Repair::Unit(m)]))
                .collect(),
        });
    }
}

/// The same repairs for several roles.
fn for_roles(roles: &[Role], repairs: &[Repair]) -> Vec<RoleRepair> {
    roles
        .iter()
        .flat_map(|&role| {
            repairs
                .iter()
                .map(move |&repair| RoleRepair { role, repair })
        })
        .collect()
}

/// The tested role and the other predictions that are like it, which need the same repair.
fn followers(sample: &SetSample, pair: &RolePair, scores: &mut PairScores) -> Vec<Role> {
    let mut out = vec![pair.tested];
    let others = match (pair.reference, pair.tested) {
        (Role::GroundTruth, Role::Float) => &[Role::Quantized, Role::Board][..],
        (Role::GroundTruth, Role::Quantized) => &[Role::Board][..],
        _ => &[][..],
    };
    for &other in others {
        // The board's maps follow INT8's, INT8's follow FP32's.
        let Some(last) = out.last().copied() else {
            break;
        };
        let alike = sample
            .pair(last, other)
            .is_some_and(|p| is_alike(sample, p, scores));
        if alike {
            out.push(other);
        }
    }
    out
}

fn is_alike(sample: &SetSample, pair: &RolePair, scores: &mut PairScores) -> bool {
    let same_size = pair.frames.first().is_some_and(|f| f.frame == f.map);
    let (as_is, ratio) = scores.of(sample, pair);
    same_size && as_is.correlation >= SAME_KIND && ratio.is_some_and(|r| OWN_ERROR.contains(&r))
}

/// A score, and the median ratio of a pair.
type ScoreAndRatio = (Score, Option<f64>);

/// Scores and ratios of pairs as they are, computed once.
#[derive(Debug, Default)]
pub(super) struct PairScores(Vec<((Role, Role), ScoreAndRatio)>);

impl PairScores {
    /// Score and median ratio of a pair whose roles are sampled.
    fn of(&mut self, sample: &SetSample, pair: &RolePair) -> ScoreAndRatio {
        let roles = (pair.reference, pair.tested);
        if let Some((_, known)) = self.0.iter().find(|(own, _)| *own == roles) {
            return *known;
        }
        let values = ValuePair::new(sample, pair);
        let found = values.map_or_else(
            || (Score::measure(&[], &[]), None),
            |values| (values.as_is(), values.ratio()),
        );
        self.0.push((roles, found));
        found
    }
}
