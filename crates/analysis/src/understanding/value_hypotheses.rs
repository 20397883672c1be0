//! Explanations of values: another unit, a factor, another quantity, codes.

use super::linear_fit::LinearFit;
use super::listed_units::{SAME_FACTOR, unit_at_factor, unit_near_factor};
use super::plausibility::{PooledPixels, Score};
use super::rank_correlation::{pearson, rank_correlation};
use super::repair::{Quantity, Repair};
use super::repair_fit::RepairFit;
use super::repaired_map::ray_factor;
use super::set_sample::{EncodingSource, RoleSample};
use fathom_core::depth::{Dtype, SampleKind};

/// The side of a pair whose values are repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Reference,
    Tested,
}

/// A repair of values, with the score that it gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ValueHypothesis {
    pub(super) side: Side,
    pub(super) repair: Repair,
    pub(super) score: Score,
}

/// Factors within which an unlisted factor is the network's own error.
pub(super) const OWN_ERROR: std::ops::RangeInclusive<f64> = 0.5..=2.0;

/// Rank correlation from which falling values are another quantity.
const FALLING: f64 = -0.3;

/// A simpler explanation holds while its error is at most this many times that of the best one.
const SIMPLER: f64 = 1.5;

/// The same for inverse depth without a shift: networks that put out inverse depth often have one.
const SIMPLER_INVERSE: f64 = 1.1;

/// Relative error that a network's scale error of a quarter makes.
const OWN_SCALE: f64 = 0.25;

fn is_inverse(hypothesis: &ValueHypothesis) -> bool {
    matches!(
        hypothesis.repair,
        Repair::Quantity(Quantity::Inverse { .. })
    )
}

/// A pair of roles with the pixels of its likeliest placement.
pub(super) struct ValuePair<'a> {
    pub(super) reference: &'a RoleSample,
    pub(super) tested: &'a RoleSample,
    pub(super) pixels: PooledPixels,
}

impl ValuePair<'_> {
    fn reference_m(&self, raw: f64) -> f64 {
        self.reference.encoding.metres(raw)
    }

    fn tested_m(&self, raw: f64) -> f64 {
        self.tested.encoding.metres(raw)
    }

    /// The score as it is.
    pub(super) fn as_is(&self) -> Score {
        self.pixels
            .score(|v| self.reference_m(v), |v| self.tested_m(v))
    }

    /// Depths of both sides in metres, where both are positive.
    fn depths_m(&self) -> impl Iterator<Item = (f64, f64)> {
        let (reference, tested) = (&self.pixels.reference, &self.pixels.tested);
        reference
            .iter()
            .zip(tested)
            .map(|(&a, &b)| (self.reference_m(a), self.tested_m(b)))
            .filter(|(a, b)| {
                a.is_finite()
                    && b.is_finite()
                    && *a > 0.0
                    && *b > 0.0
                    && *a < super::plausibility::IMPOSSIBLE_M
            })
    }

    /// Median of tested over reference; `None` without pixels.
    pub(super) fn ratio(&self) -> Option<f64> {
        let mut ratios: Vec<f64> = self.depths_m().map(|(a, b)| b / a).collect();
        let middle = ratios.len() / 2;
        if ratios.is_empty() {
            return None;
        }
        Some(*ratios.select_nth_unstable_by(middle, f64::total_cmp).1)
    }

    /// The explanation that is simplest among the good ones; `None` if none explains much more than the maps as they are.
    pub(super) fn explanation(&self, as_is: &Score) -> Option<ValueHypothesis> {
        let candidates = self.candidates(as_is);
        let good: Vec<&ValueHypothesis> = candidates
            .iter()
            .filter(|h| as_is.is_explained_by(&h.score))
            .collect();
        let best = good
            .iter()
            .map(|h| h.score.abs_rel)
            .min_by(f64::total_cmp)?;
        // A unit leaves the network's own scale error, which a fitted factor takes away.
        let is_unit = |h: &ValueHypothesis| matches!(h.repair, Repair::Unit(_));
        let holds = |h: &ValueHypothesis| {
            let simpler = if is_inverse(h) {
                SIMPLER_INVERSE
            } else {
                SIMPLER
            };
            h.score.abs_rel <= simpler * best || (is_unit(h) && h.score.abs_rel <= best + OWN_SCALE)
        };
        good.into_iter().find(|h| holds(h)).copied()
    }

    /// All explanations, the simplest first.
    pub(super) fn candidates(&self, as_is: &Score) -> Vec<ValueHypothesis> {
        let mut out = Vec::new();
        let ratio = self.ratio().filter(|r| r.is_finite() && *r > 0.0);
        if as_is.correlation <= FALLING {
            out.extend(self.inverse(self.inverse_side()));
            return out;
        }
        let Some(ratio) = ratio else { return out };
        if (ratio - 1.0).abs() > SAME_FACTOR {
            out.extend(self.units(ratio));
        }
        if !OWN_ERROR.contains(&ratio) {
            out.push(self.with(Side::Tested, Repair::Factor(rounded(1.0 / ratio))));
            out.extend(self.monotone(Quantity::Affine {
                scale: 1.0,
                shift: 1.0,
            }));
            out.extend(self.monotone(Quantity::Log {
                scale: 1.0,
                shift: 1.0,
            }));
        }
        out.extend(self.along_ray().map(|ray| self.with_ray(ray)));
        out
    }

    /// The side that is inverse depth: the one that a name states, otherwise the predictions. Values cannot tell, for the product of both
    /// sides is constant either way.
    fn inverse_side(&self) -> Side {
        if self.reference.is_disparity_name && !self.tested.is_disparity_name {
            Side::Reference
        } else {
            Side::Tested
        }
    }

    fn with(&self, side: Side, repair: Repair) -> ValueHypothesis {
        let convert = |repairs: bool, role: &RoleSample, raw: f64| {
            if !repairs {
                return role.encoding.metres(raw);
            }
            match repair {
                Repair::Quantity(quantity) => quantity.depth(raw),
                Repair::Codes { scale, zero_point } => scale * (raw - zero_point),
                other => other.encoding_after(role.encoding).metres(raw),
            }
        };
        let score = self.pixels.score(
            |v| convert(side == Side::Reference, self.reference, v),
            |v| convert(side == Side::Tested, self.tested, v),
        );
        ValueHypothesis {
            side,
            repair,
            score,
        }
    }

    fn units(&self, ratio: f64) -> Vec<ValueHypothesis> {
        let may_change = |role: &RoleSample| role.source != EncodingSource::Chosen;
        let mut sides = [
            (Side::Reference, self.reference, ratio),
            (Side::Tested, self.tested, 1.0 / ratio),
        ];
        // Integers need a unit, floats are usually in metres; a doubtful guess is the first to go.
        sides.sort_by_key(|(_, role, _)| {
            let doubtful = role.source == EncodingSource::Plausible;
            (!doubtful, kind(role) == SampleKind::Float)
        });
        sides
            .into_iter()
            .filter(|(_, role, _)| may_change(role))
            .filter_map(|(side, role, factor)| {
                // Near 1, a certain encoding stays: the network errs.
                if OWN_ERROR.contains(&factor) && role.source == EncodingSource::Certain {
                    return None;
                }
                let unit = unit_at_factor(role.encoding, kind(role), factor).or_else(|| {
                    // A guessed unit is likelier wrong than a network by a factor.
                    let is_guessed = role.source == EncodingSource::Plausible;
                    let is_far = !OWN_ERROR.contains(&factor);
                    (is_guessed && is_far)
                        .then(|| unit_near_factor(role.encoding, kind(role), factor))?
                })?;
                Some(self.with(side, Repair::Unit(unit)))
            })
            .collect()
    }

    /// Inverse depth with a product, and with scale and shift.
    fn inverse(&self, side: Side) -> Vec<ValueHypothesis> {
        [0.0, 1.0]
            .into_iter()
            .filter_map(|shift| {
                let start = Repair::Quantity(Quantity::Inverse { scale: 1.0, shift });
                let repair = self.fit(side, start)?.repair()?;
                let Repair::Quantity(Quantity::Inverse { scale, .. }) = repair else {
                    return None;
                };
                (scale > 0.0).then(|| self.with(side, repair))
            })
            .collect()
    }

    fn monotone(&self, quantity: Quantity) -> Option<ValueHypothesis> {
        let repair = self
            .fit(Side::Tested, Repair::Quantity(quantity))?
            .repair()?;
        let rises = match repair {
            Repair::Quantity(Quantity::Affine { scale, .. } | Quantity::Log { scale, .. }) => {
                scale > 0.0
            }
            _ => false,
        };
        rises.then(|| self.with(Side::Tested, repair))
    }

    fn fit(&self, side: Side, repair: Repair) -> Option<RepairFit> {
        let mut fit = RepairFit::new(repair)?;
        for (&a, &b) in self.pixels.reference.iter().zip(&self.pixels.tested) {
            let (depth_m, sample) = match side {
                Side::Tested => (self.reference_m(a), b),
                Side::Reference => (self.tested_m(b), a),
            };
            if depth_m < super::plausibility::IMPOSSIBLE_M {
                fit.add(depth_m, sample);
            }
        }
        Some(fit)
    }

    /// Scale and zero point of codes, if the tested role has 8-bit integers or negative ones that follow the reference.
    pub(super) fn codes(&self, as_is: &Score) -> Option<ValueHypothesis> {
        let negative: usize = self.tested.maps.iter().map(|m| m.negative).sum();
        let sampled: usize = self.tested.maps.iter().map(|m| m.sampled).sum();
        let eight_bits = |role: &RoleSample| {
            role.maps
                .iter()
                .all(|m| matches!(m.dtype, Dtype::I8 | Dtype::U8))
        };
        let has_negative = negative as f64 > NEGATIVE_CODES * sampled as f64;
        let candidate = kind(self.tested) == SampleKind::Integer
            && self.tested.source != EncodingSource::Chosen
            && (has_negative || (eight_bits(self.tested) && !eight_bits(self.reference)));
        if !candidate || (!has_negative && as_is.abs_rel < FITS) {
            return None;
        }
        let start = Repair::Codes {
            scale: 1.0,
            zero_point: 0.0,
        };
        let fit = self.fit(Side::Tested, start)?;
        let repair = fit.repair()?;
        (fit.explained() >= CODES_EXPLAIN).then(|| self.with(Side::Tested, repair))
    }

    /// Distances along the ray on one side: their ratio to the other side grows with the angle.
    pub(super) fn along_ray(&self) -> Option<RayFinding> {
        let pairs: Vec<(f64, f64)> = self
            .pixels
            .reference
            .iter()
            .zip(&self.pixels.tested)
            .zip(&self.pixels.squared_radius)
            .map(|((&a, &b), &r2)| (r2, self.tested_m(b) / self.reference_m(a)))
            .filter(|(_, ratio)| ratio.is_finite() && (0.25..4.0).contains(ratio))
            .collect();
        if pairs.len() < RAY_PIXELS {
            return None;
        }
        let (radii, ratios): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        // Ranks are dear: most pairs have no such trend at all.
        let trend = pearson(&radii, &ratios)?;
        if trend.abs() < RAY_TREND {
            return None;
        }
        let correlation = rank_correlation(&radii, &ratios)?;
        if correlation.abs() < RAY_CORRELATION {
            return None;
        }
        let side = if correlation > 0.0 {
            Side::Tested
        } else {
            Side::Reference
        };
        let square = |ratio: f64| {
            let ratio = if side == Side::Tested {
                ratio
            } else {
                1.0 / ratio
            };
            ratio * ratio
        };
        let line = LinearFit::from_pairs(pairs.iter().map(|&(r2, ratio)| (r2, square(ratio))));
        let (scale, shift) = line.scale_and_shift()?;
        let focal = (shift / scale).sqrt();
        let farthest = radii.iter().copied().fold(0.0, f64::max);
        let centred = (0.9..1.1).contains(&shift.sqrt());
        let wide = ray_factor(farthest, focal) >= RAY_EFFECT;
        (centred && wide).then_some(RayFinding {
            side,
            focal,
            at_edge: ray_factor(farthest, focal),
        })
    }

    fn with_ray(&self, ray: RayFinding) -> ValueHypothesis {
        let repair = Repair::Quantity(Quantity::Ray {
            focal: rounded(ray.focal),
        });
        let correct = |side: Side, raw: &[f64], metres: &dyn Fn(f64) -> f64| -> Vec<f64> {
            raw.iter()
                .zip(&self.pixels.squared_radius)
                .map(|(&v, &r2)| {
                    let factor = if side == ray.side {
                        ray_factor(r2, ray.focal)
                    } else {
                        1.0
                    };
                    metres(v) / factor
                })
                .collect()
        };
        let a = correct(Side::Reference, &self.pixels.reference, &|v| {
            self.reference_m(v)
        });
        let b = correct(Side::Tested, &self.pixels.tested, &|v| self.tested_m(v));
        ValueHypothesis {
            side: ray.side,
            repair,
            score: Score::measure(&a, &b),
        }
    }
}

/// One side holds distances along the ray.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RayFinding {
    pub(super) side: Side,
    /// Focal length in pixels of the frame.
    pub(super) focal: f64,
    /// Distance over depth at the farthest sampled pixel.
    pub(super) at_edge: f64,
}

/// Share of negative samples from which integers are codes.
const NEGATIVE_CODES: f64 = 0.01;

/// Relative error of 8-bit integers in their unit that leaves no doubt.
const FITS: f64 = 0.1;

/// Share of the reference's variance that codes must explain.
const CODES_EXPLAIN: f64 = 0.7;

/// Fewest pixels of a finding about rays.
const RAY_PIXELS: usize = 500;

/// Rank correlation of radius and ratio from which values are distances along the ray.
const RAY_CORRELATION: f64 = 0.6;

/// Correlation of radius and ratio under which ranks are not computed.
const RAY_TREND: f64 = 0.3;

/// Smallest distance over depth at the edge of the frame that is named.
const RAY_EFFECT: f64 = 1.05;

/// The kind of samples of a role.
pub(super) fn kind(role: &RoleSample) -> SampleKind {
    role.maps
        .first()
        .map_or(SampleKind::Float, |m| m.dtype.kind())
}

/// A number with four significant digits: a factor of a sample is no more certain.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}
