//! Properties of a set of maps, before anything is said about the network.

use super::byte_order::is_byte_swapped;
use super::dead_output::dead_outputs;
use super::evidence_found::{Question, SetEvidence};
use super::impossible_depths::{marker_shares, no_depth_value};
use super::listed_units::{USUAL_MEDIAN_M, preset_units};
use super::pair_question::{PairFindings, PairScores};
use super::plausibility::Hypothesis;
use super::repair::{AxisOrder, Repair, RoleRepair};
use super::set_sample::{EncodingSource, RolePair, RoleSample, SetSample, role_pairs};
use super::unit_question::{median_m, unit_question};
use super::value_hypotheses::{ValuePair, holds_integers, kind};
use fathom_core::depth::{Encoding, Role};
use serde::{Deserialize, Serialize};

/// Properties of a set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Understanding {
    /// Evidence that needs no reply.
    pub evidence: Vec<SetEvidence>,
    /// Repairs that were tried, with their scores.
    pub hypotheses: Vec<Hypothesis>,
    /// The one question worth asking.
    pub question: Option<Question>,
    /// Repairs that may be taken without asking; their evidence is in the list.
    pub unasked: Vec<RoleRepair>,
}

/// Ratio of two roles up to which they confirm each other's unit.
const CONFIRMING: std::ops::RangeInclusive<f64> = 0.8..=1.25;

impl Understanding {
    /// Examines the sample of a set. The first question found is the one worth asking: each assumes that those before it are settled.
    #[must_use]
    pub fn new(sample: &SetSample) -> Self {
        let mut out = Self::default();
        if sample.roles.iter().all(|role| role.maps.is_empty()) {
            // No map could be read, which is said where files are read.
            return out;
        }
        let mut sample = sample.clone();
        let dead = dead_outputs(&sample);
        out.evidence
            .extend(dead.iter().map(|d| SetEvidence::Dead(*d)));
        if let Some(truth) = sample.role(Role::GroundTruth) {
            let marker = |(value, share)| SetEvidence::Marker {
                role: truth.role,
                value,
                share,
            };
            out.evidence
                .extend(marker_shares(truth).into_iter().map(marker));
        }
        out.take_impossible_depths(&mut sample);
        // Frames in another axis are counted wrongly, so they come before what matches.
        out.question = stack_axes(&sample)
            .or_else(|| no_match(&sample))
            .or_else(|| byte_order(&sample))
            .or_else(|| far_plane(&sample));
        if out.question.is_some() {
            return out;
        }
        let mut scores = PairScores::default();
        let is_dead = |role| dead.iter().any(|d| d.role == role);
        for pair in &sample.pairs {
            let indirect = (pair.reference, pair.tested) == (Role::GroundTruth, Role::Quantized)
                && sample.pair(Role::Float, Role::Quantized).is_some();
            if is_dead(pair.reference) || is_dead(pair.tested) || indirect {
                continue;
            }
            let found = PairFindings::new(&sample, pair, &mut scores);
            out.evidence.extend(found.evidence);
            out.hypotheses.extend(found.hypotheses);
            out.question = found.question;
            if out.question.is_some() {
                return out;
            }
        }
        out.question = signed_codes(&sample)
            .filter(|_| dead.is_empty())
            .or_else(|| disparity_name(&sample))
            .or_else(|| unusual_median(&sample))
            .or_else(|| unconfirmed_unit(&sample).filter(|_| dead.is_empty()));
        out
    }

    /// True if a verdict about a network may be given: nothing is to be asked first.
    #[must_use]
    pub fn allows_verdict(&self) -> bool {
        self.question.is_none()
    }

    /// True if remedies may be proposed: no output is dead, and nothing is to be asked first.
    #[must_use]
    pub fn allows_remedies(&self) -> bool {
        let is_dead = |e: &SetEvidence| matches!(e, SetEvidence::Dead(_));
        self.allows_verdict() && !self.evidence.iter().any(is_dead)
    }

    fn take_impossible_depths(&mut self, sample: &mut SetSample) {
        for role in sample
            .roles
            .iter_mut()
            .filter(|r| r.role == Role::GroundTruth)
        {
            while let Some(value) = no_depth_value(role).filter(|v| v.is_impossible) {
                self.evidence.push(SetEvidence::NoDepth {
                    role: role.role,
                    value,
                });
                self.unasked.push(RoleRepair {
                    role: role.role,
                    repair: Repair::NoDepth(value.value),
                });
                role.markers.push(value.value);
            }
        }
    }
}

fn ask(evidence: SetEvidence, options: Vec<Vec<RoleRepair>>) -> Option<Question> {
    Some(Question { evidence, options })
}

fn no_match(sample: &SetSample) -> Option<Question> {
    let counts: Vec<(Role, usize)> = sample
        .roles
        .iter()
        .filter(|r| r.count > 0)
        .map(|r| (r.role, r.count))
        .collect();
    let has = |role| counts.iter().any(|c| c.0 == role);
    let comparable = role_pairs(has);
    let stands_in = |pair: &(Role, Role), role| pair.0 == role || pair.1 == role;
    let alone = counts.iter().map(|c| c.0).find(|&role| {
        let has_pair = sample
            .pairs
            .iter()
            .any(|p| p.reference == role || p.tested == role);
        comparable.iter().any(|p| stands_in(p, role)) && !has_pair
    })?;
    let role = (!sample.pairs.is_empty()).then_some(alone);
    let stacks = sample.roles.iter().filter(|r| r.stack.is_some());
    let mut stacks: Vec<Role> = stacks.map(|r| r.role).collect();
    if stacks.len() == sample.roles.len() {
        stacks.clear();
    }
    let evidence = SetEvidence::NoMatch {
        role,
        has_order: counts.windows(2).all(|pair| pair[0].1 == pair[1].1),
        counts,
        stacks,
    };
    ask(evidence, Vec::new())
}

/// Width up to which a stack's last axis is not the columns of a map.
const NARROW: usize = 16;

/// Side from which an axis is one of a map.
const WIDE: usize = 24;

fn stack_axes(sample: &SetSample) -> Option<Question> {
    sample.roles.iter().find_map(|role| {
        let shape @ (frames, height, width) = role.stack?;
        let (order, beside) = sample
            .roles
            .iter()
            .filter(|o| o.role != role.role)
            .find_map(|other| {
                let map = other.maps.first()?;
                let size = (map.height, map.width);
                let order = match size {
                    _ if size == (height, width) => None,
                    _ if size == (frames, height) => Some(AxisOrder::FramesLast),
                    _ if size == (frames, width) => Some(AxisOrder::FramesMiddle),
                    _ => None,
                };
                order.map(|order| (order, Some(other.role)))
            })
            .or_else(|| {
                let alone = sample.roles.len() == 1;
                let narrow = width <= NARROW && frames >= WIDE && height >= WIDE;
                (alone && narrow).then_some((AxisOrder::FramesLast, None))
            })?;
        let repair = RoleRepair {
            role: role.role,
            repair: Repair::SwapAxes(order),
        };
        let evidence = SetEvidence::StackAxes {
            role: role.role,
            shape,
            order,
            beside,
        };
        ask(evidence, vec![vec![repair]])
    })
}

fn byte_order(sample: &SetSample) -> Option<Question> {
    let roles: Vec<Role> = sample
        .roles
        .iter()
        .filter(|r| is_byte_swapped(r))
        .map(|r| r.role)
        .collect();
    let repairs: Vec<RoleRepair> = roles
        .iter()
        .map(|&role| RoleRepair {
            role,
            repair: Repair::ByteOrder,
        })
        .collect();
    (!roles.is_empty()).then(|| ask(SetEvidence::ByteOrder { roles }, vec![repairs]))?
}

fn far_plane(sample: &SetSample) -> Option<Question> {
    let role = sample.role(Role::GroundTruth)?;
    let value = no_depth_value(role).filter(|v| !v.is_impossible)?;
    let repair = RoleRepair {
        role: role.role,
        repair: Repair::NoDepth(value.value),
    };
    let evidence = SetEvidence::NoDepth {
        role: role.role,
        value,
    };
    ask(evidence, vec![vec![repair]])
}

/// The unit of several roles, if it was only guessed and no role confirms it that is read in another way.
fn unconfirmed_unit(sample: &SetSample) -> Option<Question> {
    let first = sample.roles.first().filter(|_| sample.roles.len() > 1)?;
    let roles = alike(sample, first);
    if first.source != EncodingSource::Plausible {
        return None;
    }
    let is_confirmed = sample
        .pairs
        .iter()
        .filter(|p| roles.contains(&p.reference) != roles.contains(&p.tested))
        .any(|p| confirms(sample, p));
    (!is_confirmed).then(|| unit_question(first, &roles))?
}

/// The roles that are read like one, for the same reason.
fn alike(sample: &SetSample, one: &RoleSample) -> Vec<Role> {
    let is_alike = |other: &&RoleSample| {
        other.source == one.source && other.encoding == one.encoding && kind(other) == kind(one)
    };
    let alike = sample.roles.iter().filter(is_alike);
    alike.map(|r| r.role).collect()
}

/// Share of negative integers from which they are codes, although nothing tells their scale.
const NEGATIVE_CODES: f64 = 0.01;

fn signed_codes(sample: &SetSample) -> Option<Question> {
    sample
        .roles
        .iter()
        .filter(|r| r.source != EncodingSource::Chosen)
        .find_map(|role| {
            let sum = |f: fn(&super::map_traits::MapTraits) -> usize| {
                role.maps.iter().map(f).sum::<usize>()
            };
            let negative = sum(|m| m.negative) as f64 > NEGATIVE_CODES * sum(|m| m.sampled) as f64;
            let evidence = SetEvidence::Codes {
                role: role.role,
                fitted_on: None,
            };
            (negative && holds_integers(role) && role.role != Role::GroundTruth)
                .then(|| ask(evidence, Vec::new()))?
        })
}

fn disparity_name(sample: &SetSample) -> Option<Question> {
    let role = sample.roles.iter().find(|r| {
        r.is_disparity_name
            && matches!(r.encoding, Encoding::Linear(_))
            && r.source != EncodingSource::Chosen
    })?;
    let confirmed = sample
        .pairs
        .iter()
        .filter(|p| p.reference == role.role || p.tested == role.role)
        // Disparities confirm each other's quantity, not a unit of depth.
        .filter(|p| {
            let other = if p.reference == role.role {
                p.tested
            } else {
                p.reference
            };
            sample.role(other).is_some_and(|o| !o.is_disparity_name)
        })
        .any(|p| confirms(sample, p) && rises(sample, p));
    (!confirmed).then(|| ask(SetEvidence::DisparityName { role: role.role }, Vec::new()))?
}

/// True if the depths of a pair have about the same median.
fn confirms(sample: &SetSample, pair: &RolePair) -> bool {
    let ratio = ValuePair::new(sample, pair).and_then(|values| values.ratio());
    ratio.is_some_and(|ratio| CONFIRMING.contains(&ratio))
}

/// True if the tested role of a pair rises with its reference.
fn rises(sample: &SetSample, pair: &RolePair) -> bool {
    ValuePair::new(sample, pair).is_some_and(|values| values.as_is().correlation > 0.0)
}

fn unusual_median(sample: &SetSample) -> Option<Question> {
    let role = sample
        .role(Role::GroundTruth)
        .or_else(|| sample.roles.first())?;
    let median_m = median_m(role).filter(|m| !USUAL_MEDIAN_M.contains(m))?;
    let is_linear = role.encoding.metres_per_unit().is_some();
    // Integers and floats that agree were not misread in the same way.
    let confirmed = sample
        .pairs
        .iter()
        .filter(|p| p.reference == role.role)
        .filter(|p| sample.role(p.tested).is_some_and(|t| kind(t) != kind(role)))
        .any(|p| confirms(sample, p));
    if confirmed || !is_linear || role.source == EncodingSource::Chosen {
        return None;
    }
    let current = role.encoding.metres_per_unit().unwrap_or(1.0);
    let options = preset_units(kind(role))
        .filter(|unit| USUAL_MEDIAN_M.contains(&(median_m / current * unit)))
        .map(|unit| {
            let repair = Repair::Unit(unit);
            let of_role = |role| RoleRepair { role, repair };
            alike(sample, role).into_iter().map(of_role).collect()
        })
        .collect();
    ask(
        SetEvidence::UnusualMedian {
            role: role.role,
            median_m,
        },
        options,
    )
}
