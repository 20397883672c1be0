//! Explanations of values: another unit, a factor, another quantity, codes.

use super::linear_fit::LinearFit;
use super::listed_units::{
    NETWORK_ERROR, SAME_FACTOR, USUAL_MEDIAN_M, unit_at_factor, unit_near_factor,
};
use super::map_traits::MapTraits;
use super::plausibility::{PooledPixels, Score};
use super::rank_correlation::{pearson, rank_correlation};
use super::repair::{Quantity, Repair};
use super::repair_fit::RepairFit;
use super::repaired_map::ray_factor;
use super::set_sample::{EncodingSource, RolePair, RoleSample, SetSample};
use fathom_core::depth::SampleKind;

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

impl ValueHypothesis {
    fn is_inverse(&self) -> bool {
        matches!(self.repair, Repair::Quantity(Quantity::Inverse { .. }))
    }

    /// True for an inverse depth in 1/m, up to a network's scale error.
    fn is_metric_inverse(&self) -> bool {
        matches!(
            self.repair,
            Repair::Quantity(Quantity::Inverse { scale, shift: 0.0 }) if NETWORK_ERROR.contains(&scale)
        )
    }

    /// True for the logarithm of a depth in metres.
    fn is_plain_log(&self) -> bool {
        matches!(
            self.repair,
            Repair::Quantity(Quantity::Log { shift: 0.0, .. })
        )
    }

    /// True if numbers are fitted that give depths the unit of the other side.
    pub(super) fn is_fitted(&self) -> bool {
        match self.repair {
            Repair::Quantity(Quantity::Ray { .. }) => false,
            Repair::Quantity(_) => !self.is_metric_inverse() && !self.is_plain_log(),
            _ => false,
        }
    }
}

/// A pair of roles with the pixels of its likeliest placement.
pub(super) struct ValuePair<'a> {
    pub(super) reference: &'a RoleSample,
    pub(super) tested: &'a RoleSample,
    pub(super) pixels: PooledPixels,
}

impl<'a> ValuePair<'a> {
    /// A pair in its likeliest placement; `None` if a role is not sampled.
    pub(super) fn new(sample: &'a SetSample, pair: &RolePair) -> Option<Self> {
        Some(Self {
            reference: sample.role(pair.reference)?,
            tested: sample.role(pair.tested)?,
            pixels: PooledPixels::new(pair, 0),
        })
    }
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

    /// The relative error of the score as it is.
    pub(super) fn abs_rel_as_is(&self) -> f64 {
        self.pixels
            .abs_rel(|v| self.reference_m(v), |v| self.tested_m(v))
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
        median(self.depths_m().map(|(a, b)| b / a).collect())
    }

    /// The simplest of the good explanations among [`Self::candidates`]; `None` if none explains much more than the maps as they are.
    pub(super) fn explanation(
        as_is: &Score,
        candidates: &[ValueHypothesis],
    ) -> Option<ValueHypothesis> {
        let good: Vec<&ValueHypothesis> = candidates
            .iter()
            .filter(|h| as_is.is_explained_by(&h.score))
            .collect();
        let best = good
            .iter()
            .map(|h| h.score.abs_rel)
            .min_by(f64::total_cmp)?;
        // A unit leaves the network's own scale error, which a fitted factor takes away. So does the logarithm of metres.
        let is_unit = |h: &ValueHypothesis| matches!(h.repair, Repair::Unit(_)) || h.is_plain_log();
        let holds = |h: &ValueHypothesis| {
            let simpler = if h.is_inverse() {
                SIMPLER_INVERSE
            } else {
                SIMPLER
            };
            h.score.abs_rel <= simpler * best || (is_unit(h) && h.score.abs_rel <= best + OWN_SCALE)
        };
        good.into_iter().find(|h| holds(h)).copied()
    }

    /// All explanations, the simplest first.
    ///
    /// `ratio` is that of [`Self::ratio`].
    pub(super) fn candidates(&self, as_is: &Score, ratio: Option<f64>) -> Vec<ValueHypothesis> {
        let mut out = Vec::new();
        let ratio = ratio.filter(|r| r.is_finite() && *r > 0.0);
        if as_is.correlation <= FALLING {
            let side = self.inverse_side();
            let found = self.inverse(side);
            // Reciprocals of metres on one side are so on the other: both are answers.
            let is_metric = ValueHypothesis::is_metric_inverse;
            let other = found
                .first()
                .filter(|h| is_metric(h))
                .map(|h| match h.side {
                    Side::Reference => Side::Tested,
                    Side::Tested => Side::Reference,
                });
            out.extend(found);
            out.extend(other.and_then(|side| self.inverse(side).into_iter().next()));
            return out;
        }
        if let Some(ratio) = ratio {
            if (ratio - 1.0).abs() > SAME_FACTOR {
                out.extend(self.units(ratio));
            }
            if !OWN_ERROR.contains(&ratio) {
                // A median that few scenes have is the one that is wrong.
                let is_reference = self.reference.source != EncodingSource::Chosen
                    && !self.has_usual_median(Side::Reference)
                    && self.has_usual_median(Side::Tested);
                let factor = if is_reference {
                    self.with(Side::Reference, Repair::Factor(rounded(ratio)))
                } else {
                    self.with(Side::Tested, Repair::Factor(rounded(1.0 / ratio)))
                };
                out.extend(self.plain_log(&factor.score));
                out.push(factor);
            }
        }
        // A median of positive samples says nothing where many are negative.
        if self.negative_share() > NEGATIVE_DEPTHS || ratio.is_none_or(|r| !OWN_ERROR.contains(&r))
        {
            let (scale, shift) = (1.0, 1.0);
            out.extend(self.monotone(Quantity::Affine { scale, shift }));
            out.extend(self.monotone(Quantity::Log { scale, shift }));
        }
        out.extend(self.along_ray().map(|ray| self.with_ray(ray)));
        out
    }

    /// Share of the pixels with a reference whose tested sample is negative.
    fn negative_share(&self) -> f64 {
        let negative = self.pixels.tested.iter().filter(|v| **v < 0.0);
        negative.count() as f64 / self.pixels.tested.len().max(1) as f64
    }

    /// The logarithm of the depth in metres, if it fits better than a factor: neither has a further fitted number.
    fn plain_log(&self, factor: &Score) -> Option<ValueHypothesis> {
        let log = |&base: &f64| {
            let scale = libm::log(base);
            let off = |(&a, &b): (&f64, &f64)| libm::log(self.reference_m(a)) - scale * b;
            let both = self.pixels.reference.iter().zip(&self.pixels.tested);
            let shift = median(both.map(off).filter(|v| v.is_finite()).collect())?;
            let with_shift = |shift| {
                self.with(
                    Side::Tested,
                    Repair::Quantity(Quantity::Log { scale, shift }),
                )
            };
            let is_better = with_shift(shift).score.abs_rel < factor.abs_rel;
            // A network's own scale error stays.
            (is_better && NETWORK_ERROR.contains(&libm::exp(shift))).then(|| with_shift(0.0))
        };
        let found = LOG_BASES.iter().filter_map(log);
        found.min_by(|a, b| a.score.abs_rel.total_cmp(&b.score.abs_rel))
    }

    /// The side that is inverse depth: the one that a name states, or the one whose median is no usual depth where the other's is; otherwise
    /// the predictions. Other values cannot tell, for the product of both sides is constant either way.
    fn inverse_side(&self) -> Side {
        let (by_name, others_name) = (
            self.reference.is_disparity_name,
            self.tested.is_disparity_name,
        );
        if by_name != others_name {
            return if by_name {
                Side::Reference
            } else {
                Side::Tested
            };
        }
        let reference = self.has_usual_median(Side::Reference);
        let tested = self.has_usual_median(Side::Tested);
        let is_metric = || {
            let product = self.inverse(Side::Tested);
            product
                .first()
                .is_some_and(ValueHypothesis::is_metric_inverse)
        };
        if tested && !reference && is_metric() {
            Side::Reference
        } else {
            Side::Tested
        }
    }

    /// True if the median of a side, in metres, is one that many scenes have.
    fn has_usual_median(&self, side: Side) -> bool {
        let (raw, role) = match side {
            Side::Reference => (&self.pixels.reference, self.reference),
            Side::Tested => (&self.pixels.tested, self.tested),
        };
        let metres = raw.iter().map(|&v| role.encoding.metres(v));
        let positive = metres.filter(|m| m.is_finite() && *m > 0.0).collect();
        median(positive).is_some_and(|m| USUAL_MEDIAN_M.contains(&m))
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
        let changing = sides.iter().filter(|(_, role, _)| may_change(role));
        // Near 1, a certain encoding stays: the network errs.
        let exact = changing.clone().filter_map(|&(side, role, factor)| {
            let is_error = OWN_ERROR.contains(&factor) && role.source == EncodingSource::Certain;
            let unit = unit_at_factor(role.encoding, kind(role), factor).filter(|_| !is_error)?;
            Some(self.with(side, Repair::Unit(unit)))
        });
        // A guessed unit is likelier wrong than a network by a factor, but a factor that is a unit's is likelier still.
        let near = changing.filter_map(|&(side, role, factor)| {
            let is_guessed = role.source == EncodingSource::Plausible;
            let is_exact = unit_at_factor(role.encoding, kind(role), factor).is_some();
            let is_tried = is_guessed && !is_exact && !OWN_ERROR.contains(&factor);
            let unit = unit_near_factor(role.encoding, kind(role), factor).filter(|_| is_tried)?;
            Some(self.with(side, Repair::Unit(unit)))
        });
        exact.chain(near).collect()
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
        let has_negative = negative as f64 > NEGATIVE_CODES * sampled as f64;
        let candidate = holds_integers(self.tested)
            && self.tested.source != EncodingSource::Chosen
            && (has_negative || (has_eight_bits(self.tested) && !has_eight_bits(self.reference)));
        if !candidate || (!has_negative && as_is.abs_rel < FITS) {
            return None;
        }
        let start = Repair::Codes {
            scale: 1.0,
            zero_point: 0.0,
        };
        let fit = self.fit(Side::Tested, start)?;
        let repair = fit.repair()?;
        let found = self.with(Side::Tested, repair);
        // Floats of whole numbers may be coarse depths.
        let is_certain = has_negative || kind(self.tested) == SampleKind::Integer;
        (fit.explained() >= CODES_EXPLAIN && (is_certain || as_is.is_explained_by(&found.score)))
            .then_some(found)
    }

    /// Distances along the ray on one side: their ratio to the other side grows with the angle.
    pub(super) fn along_ray(&self) -> Option<RayFinding> {
        let (mut pairs, mut numbers) = (Vec::new(), Vec::new());
        let both = self.pixels.reference.iter().zip(&self.pixels.tested);
        let places = self.pixels.squared_radius.iter().zip(&self.pixels.frame);
        for ((&a, &b), (&r2, &number)) in both.zip(places) {
            let ratio = self.tested_m(b) / self.reference_m(a);
            if ratio.is_finite() && (0.25..4.0).contains(&ratio) {
                pairs.push((r2, ratio));
                numbers.push(number);
            }
        }
        if pairs.len() < RAY_PIXELS {
            return None;
        }
        let (radii, ratios): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        // Ranks are dear: most pairs have no such trend at all.
        let trend = pearson(&radii, &ratios)?;
        if trend.abs() < RAY_TREND {
            return None;
        }
        // Errors of a network hide the trend in a frame, but not that every frame has it.
        let by_frame = numbers.chunk_by(|a, b| a == b).scan(0, |from, chunk| {
            let of_frame = *from..*from + chunk.len();
            *from = of_frame.end;
            Some(pearson(&radii[of_frame.clone()], &ratios[of_frame]))
        });
        let trends: Vec<f64> = by_frame.flatten().collect();
        let is_everywhere = trends.len() >= RAY_FRAMES
            && trends.iter().all(|t| t * trend.signum() >= RAY_FRAME_TREND);
        if !is_everywhere && rank_correlation(&radii, &ratios)?.abs() < RAY_CORRELATION {
            return None;
        }
        let side = if trend > 0.0 {
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
        let at_edge = ray_factor(farthest, focal);
        // Against the mean ratio, so that a scale error does not count.
        let as_is: Vec<f64> = ratios.iter().map(|&r| square(r).sqrt()).collect();
        let by_radius = as_is.iter().zip(&radii);
        let corrected: Vec<f64> = by_radius
            .map(|(r, &r2)| r / ray_factor(r2, focal))
            .collect();
        let is_explained = mean_deviation(&corrected)? <= RAY_LEFT * mean_deviation(&as_is)?;
        (centred && is_explained && RAY_EFFECT.contains(&at_edge)).then_some(RayFinding {
            side,
            focal,
            at_edge,
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

/// Share of negative predictions from which they are no depths in a unit.
const NEGATIVE_DEPTHS: f64 = 0.05;

/// Bases of logarithms that networks put out.
const LOG_BASES: [f64; 3] = [std::f64::consts::E, 10.0, 2.0];

/// Fewest pixels of a finding about rays.
const RAY_PIXELS: usize = 500;

/// Rank correlation of radius and ratio from which values are distances along the ray.
const RAY_CORRELATION: f64 = 0.6;

/// Correlation of radius and ratio under which ranks are not computed.
const RAY_TREND: f64 = 0.3;

/// Frames from which a trend in every one of them counts.
const RAY_FRAMES: usize = 3;

/// Correlation of radius and ratio that every frame must have then.
const RAY_FRAME_TREND: f64 = 0.15;

/// Share of the deviations of the ratio that the conversion may leave.
const RAY_LEFT: f64 = 0.92;

/// Distance over depth at the edge of the frame that is named: from where it matters to a field of view of 140 degrees.
const RAY_EFFECT: std::ops::RangeInclusive<f64> = 1.05..=3.0;

/// The kind of samples of a role.
pub(super) fn kind(role: &RoleSample) -> SampleKind {
    role.maps
        .first()
        .map_or(SampleKind::Float, |m| m.dtype.kind())
}

/// True if all samples are whole numbers of eight bits, in any type.
pub(super) fn has_eight_bits(role: &RoleSample) -> bool {
    !role.maps.is_empty() && role.maps.iter().all(MapTraits::has_eight_bits)
}

/// True if samples are integers, or floats that hold integers of eight bits.
pub(super) fn holds_integers(role: &RoleSample) -> bool {
    kind(role) == SampleKind::Integer || has_eight_bits(role)
}

/// The upper of the middle values; `None` without any.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// Mean of |value / median - 1|; `None` without values.
fn mean_deviation(values: &[f64]) -> Option<f64> {
    let middle = median(values.to_vec())?;
    let off: f64 = values.iter().map(|v| (v / middle - 1.0).abs()).sum();
    Some(off / values.len() as f64)
}

/// A number with four significant digits: a factor of a sample is no more certain.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}
