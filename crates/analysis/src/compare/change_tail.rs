//! Pixels that carry much of the change of a metric from `F` to `Q`.
//!
//! A metric is a mean over pixels, or a root of one, so its change is a sum of changes of pixels. A few zeros in `Q` can make most of the
//! change of an inverse metric. [`ChangeTail`] keeps the pixels of a frame with large changes, as a histogram with exact sums. From the tails
//! of all frames follows the share of the change that the largest 0.01 % of the pixels carry ([`FewPixels`]).
//!
//! A pixel is kept if the change of its squared error, of depth or of inverse depth, is over 32 times the 90th percentile in its frame. The
//! pixels left out are smaller than 320 times the mean. So 0.01 % of the pixels with such changes carry less than 3.2 % of the sum of all
//! absolute changes.

use serde::{Deserialize, Serialize};

use super::aligned_frame::Pixels;
use super::eval_protocol::{EvalProtocol, SqRelDivisor};
use fathom_core::metrics::{Criterion, PixelSums};

/// Largest share of pixels that are few.
pub const FEW_SHARE: f64 = 1e-4;

/// Share of a change from which few pixels carry much of it.
pub const MUCH_SHARE: f64 = 0.1;

/// Part of what the largest 0.01 % of the pixels carry that [`FewPixels::pixels`] carry.
const MOST: f64 = 0.9;

/// A pixel is kept above this multiple of the percentile of its frame.
const KEPT_MULTIPLE: f64 = 32.0;

/// The percentile, as a share.
const KEPT_PERCENTILE: f64 = 0.9;

/// Pixels of a frame that the percentile is estimated from.
const SAMPLE_LEN: usize = 256;

/// Pixels that are tested together: most groups have none to keep.
const GROUP_LEN: usize = 64;

/// Bits of an `f64` below those that select a bin: four bins an octave.
const BIN_SHIFT: u32 = 50;

/// Number of sizes of bins below the largest change: 16 octaves.
const BINS_BELOW: usize = 64;

/// Largest number of bins of a term that a frame keeps, the largest changes first.
const MAX_BINS: usize = 32;

/// The sums over pixels that metrics are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Term {
    Error,
    Absolute,
    Square,
    Relative,
    SquareRelative,
    LogAbsolute,
    LogSquare,
    InverseAbsolute,
    InverseSquare,
}

/// Number of terms.
const TERMS: usize = 9;

/// The change of each term at a pixel, and the change of the logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
struct PixelChange {
    terms: [f64; TERMS],
    log: f64,
}

impl PixelChange {
    /// The changes at a pixel with ground truth `g`, in metres. Predictions were clamped; ratios and logarithms see them floored.
    fn new(g: f64, fp32: f64, int8: f64, floor_m: f64, sq_rel: SqRelDivisor) -> Self {
        let (gt_log, gt_inverse) = (libm::log(g), 1.0 / g);
        let of = |p: f64| {
            let floored = if p < floor_m { floor_m } else { p };
            let error = p - g;
            let relative = error * gt_inverse;
            let log = libm::log(floored) - gt_log;
            let inverse = 1.0 / floored - gt_inverse;
            let square_relative = match sq_rel {
                SqRelDivisor::Depth => error * relative,
                SqRelDivisor::DepthSquared => relative * relative,
            };
            let terms = [
                error,
                error.abs(),
                error * error,
                relative.abs(),
                square_relative,
                log.abs(),
                log * log,
                inverse.abs(),
                inverse * inverse,
            ];
            (terms, log)
        };
        let ((fp32, fp32_log), (int8, int8_log)) = (of(fp32), of(int8));
        Self {
            terms: std::array::from_fn(|i| int8[i] - fp32[i]),
            log: int8_log - fp32_log,
        }
    }
}

/// Pixels with changes of one sign and about one size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct TailBin {
    count: u32,
    /// Sum of the changes.
    change: f32,
}

/// The largest changes of one frame: for each term, bins with the largest changes first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangeTail {
    terms: [Vec<TailBin>; TERMS],
    /// Sums of the changes of the logarithm in the bins of its square.
    logs: Vec<f32>,
}

/// Limits of the changes of a frame above which pixels are kept: of the squared error, and of that of inverse depth.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Limits {
    square: f64,
    inverse_square: f64,
    floor_m: f64,
}

impl Limits {
    /// The two changes at a pixel, without sign. The second one is a fraction, so that no division is needed.
    fn changes(&self, g: f64, fp32: f64, int8: f64) -> (f64, (f64, f64)) {
        let square = (int8 - fp32) * (int8 + fp32 - 2.0 * g);
        let floored = |p: f64| if p < self.floor_m { self.floor_m } else { p };
        let (fp32, int8) = (floored(fp32), floored(int8));
        // 1/q^2 - 1/f^2 - 2/g (1/q - 1/f) over one denominator.
        let product = fp32 * int8;
        let inverse = (int8 - fp32) * ((fp32 + int8) * g - 2.0 * product);
        (square.abs(), (inverse.abs(), product * product * g))
    }

    fn exceeds(&self, g: f64, fp32: f64, int8: f64) -> bool {
        let (square, (inverse, denominator)) = self.changes(g, fp32, int8);
        (square > self.square) | (inverse > self.inverse_square * denominator)
    }

    /// Estimates the limits from pixels at equal distances. Predictions are clamped as for the metrics.
    fn estimate(pixels: Pixels, protocol: &EvalProtocol) -> Self {
        let mut out = Self {
            square: 0.0,
            inverse_square: 0.0,
            floor_m: protocol.floor_m.unwrap_or(f64::NEG_INFINITY),
        };
        let clamped = |p: f64| protocol.clamp.map_or(p, |ends| ends.apply(p));
        // An odd distance, so that columns of images with an even width do not repeat.
        let distance = (pixels.gt_m.len() / SAMPLE_LEN) | 1;
        let (mut squares, mut inverses) = (Vec::new(), Vec::new());
        for at in (distance / 2..pixels.gt_m.len()).step_by(distance) {
            let g = pixels.gt_m[at];
            let (fp32, int8) = (clamped(pixels.fp32_m[at]), clamped(pixels.int8_m[at]));
            let (square, (inverse, denominator)) = out.changes(g, fp32, int8);
            squares.push(square);
            inverses.push(if inverse > 0.0 {
                inverse / denominator
            } else {
                0.0
            });
        }
        out.square = limit(&mut squares);
        out.inverse_square = limit(&mut inverses);
        out
    }
}

/// The limit of changes without sign. Reorders the numbers.
fn limit(changes: &mut [f64]) -> f64 {
    let rank = (KEPT_PERCENTILE * changes.len() as f64) as usize;
    if rank >= changes.len() {
        return 0.0;
    }
    let (_, &mut percentile, _) = changes.select_nth_unstable_by(rank, f64::total_cmp);
    if percentile > 0.0 {
        KEPT_MULTIPLE * percentile
    } else {
        // Nine tenths of the pixels do not change.
        changes.iter().sum::<f64>() / changes.len() as f64
    }
}

/// Collects the tail of a frame while its metrics are measured.
#[derive(Clone, Debug)]
pub(super) struct TailScan {
    limits: Limits,
    sq_rel: SqRelDivisor,
    kept: Vec<PixelChange>,
}

impl TailScan {
    /// Prepares the scan of a frame.
    pub(super) fn new(pixels: Pixels, protocol: &EvalProtocol) -> Self {
        Self {
            limits: Limits::estimate(pixels, protocol),
            sq_rel: protocol.sq_rel,
            kept: Vec::new(),
        }
    }

    /// Scans pixels, in metres, with clamped predictions. The slices have one length.
    pub(super) fn add(&mut self, gt_m: &[f64], fp32_m: &[f64], int8_m: &[f64]) {
        let predictions = fp32_m.chunks(GROUP_LEN).zip(int8_m.chunks(GROUP_LEN));
        for (gt_m, (fp32_m, int8_m)) in gt_m.chunks(GROUP_LEN).zip(predictions) {
            let pixels = || gt_m.iter().zip(fp32_m.iter().zip(int8_m));
            // Without a branch for each pixel, so that the test vectorises.
            let any = pixels().fold(0_u64, |any, (&g, (&fp32, &int8))| {
                any | u64::from(self.limits.exceeds(g, fp32, int8))
            });
            if any == 0 {
                continue;
            }
            for (&g, (&fp32, &int8)) in pixels() {
                if self.limits.exceeds(g, fp32, int8) {
                    let floor_m = self.limits.floor_m;
                    let change = PixelChange::new(g, fp32, int8, floor_m, self.sq_rel);
                    self.kept.push(change);
                }
            }
        }
    }

    /// Returns the tail of the scanned pixels.
    pub(super) fn finish(self) -> ChangeTail {
        let mut out = ChangeTail::default();
        if self.kept.is_empty() {
            return out;
        }
        for (term, bins) in out.terms.iter_mut().enumerate() {
            let (own, logs) = binned(&self.kept, term);
            *bins = own;
            if term == Term::LogSquare as usize {
                out.logs = logs;
            }
        }
        out
    }
}

/// The bins of a term, largest changes first, and the sums of the changes of the logarithm in them.
fn binned(kept: &[PixelChange], term: usize) -> (Vec<TailBin>, Vec<f32>) {
    let bin = |change: f64| (change.abs().to_bits() >> BIN_SHIFT) as usize;
    let changes = || {
        let all = kept.iter().map(|pixel| (pixel.terms[term], pixel.log));
        all.filter(|(change, _)| *change != 0.0 && change.is_finite())
    };
    let highest = changes().map(|(change, _)| bin(change)).max().unwrap_or(0);
    // Of each size two bins, so that the size of a bin's changes follows from their sum.
    let mut sums = [[(0_u32, 0.0, 0.0); 2]; BINS_BELOW];
    for (change, log) in changes() {
        if let Some(pair) = sums.get_mut(highest - bin(change)) {
            let (count, sum, logs) = &mut pair[usize::from(change < 0.0)];
            *count += 1;
            *sum += change;
            *logs += log;
        }
    }
    let used = sums.as_flattened().iter().filter(|sums| sums.0 > 0);
    used.take(MAX_BINS)
        .map(|&(count, change, log)| {
            let own = TailBin {
                count,
                change: change as f32,
            };
            (own, log as f32)
        })
        .unzip()
}

/// The share of a change that few pixels carry.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FewPixels {
    /// Share of the change that the largest 0.01 % of the pixels' changes carry. It is negative where they oppose the change, and above 1
    /// where the other pixels oppose it.
    pub share: f64,
    /// The smallest number of pixels that carry nine tenths of that share.
    pub pixels: f64,
    /// Number of all pixels.
    pub of: f64,
}

impl FewPixels {
    /// Returns true if under 0.01 % of the pixels carry over 10 % of the change.
    #[must_use]
    pub fn carry_much(&self) -> bool {
        self.share.abs() > MUCH_SHARE
    }
}

/// A frame's tail with the sums of its metrics: of `F`, then of `Q`.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameTail<'a> {
    pub(super) tail: &'a ChangeTail,
    pub(super) fp32: &'a PixelSums,
    pub(super) int8: &'a PixelSums,
}

/// Changes of pixels as parts of the change of a metric.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Size of the change of one pixel.
    size: f64,
    count: f64,
    /// Sum of the changes.
    change: f64,
}

/// The change of a metric from the changes of a term: they are multiplied by a weight.
struct Weighting {
    term: Term,
    /// Change of the term, summed over all pixels.
    change: f64,
    weight: f64,
    /// The deduction from the change for each change of the logarithm.
    log: f64,
}

impl Weighting {
    /// The weighting of a metric over these sums of `F` and `Q`; `None` for shares of pixels, in which all pixels count alike.
    fn new(
        metric: Criterion,
        fp32: &PixelSums,
        int8: &PixelSums,
        protocol: &EvalProtocol,
    ) -> Option<Self> {
        let count = int8.errors.count;
        let (a, b) = (&fp32.errors, &int8.errors);
        let mean = |term, fp32: f64, int8: f64| Self {
            term,
            change: int8 - fp32,
            weight: 1.0 / count,
            log: 0.0,
        };
        // sqrt(x) - sqrt(y) = (x - y) / (sqrt(x) + sqrt(y)), exactly.
        let root = |term, fp32: f64, int8: f64| Self {
            weight: 1.0 / (count * ((fp32 / count).sqrt() + (int8 / count).sqrt())),
            ..mean(term, fp32, int8)
        };
        Some(match metric {
            Criterion::Rmse => root(Term::Square, a.square, b.square),
            Criterion::AbsRel => mean(Term::Relative, a.relative, b.relative),
            Criterion::Mae => mean(Term::Absolute, a.absolute, b.absolute),
            Criterion::Bias => mean(Term::Error, a.error, b.error),
            Criterion::SqRel => match protocol.sq_rel {
                SqRelDivisor::Depth => mean(
                    Term::SquareRelative,
                    a.square_over_depth,
                    b.square_over_depth,
                ),
                SqRelDivisor::DepthSquared => mean(
                    Term::SquareRelative,
                    fp32.square_over_square,
                    int8.square_over_square,
                ),
            },
            Criterion::RmseLog => root(Term::LogSquare, a.log_square, b.log_square),
            Criterion::Log10 => mean(Term::LogAbsolute, a.log_absolute, b.log_absolute),
            Criterion::Silog => {
                let lambda = protocol.silog_lambda;
                // x^2 - y^2 = (x - y) (x + y) for the means of the logarithm.
                let log = lambda * (a.log + b.log) / count;
                let inside = |square: f64, log: f64| {
                    let mean_log = log / count;
                    (square / count - lambda * mean_log * mean_log)
                        .max(0.0)
                        .sqrt()
                };
                let roots = inside(a.log_square, a.log) + inside(b.log_square, b.log);
                Self {
                    term: Term::LogSquare,
                    change: b.log_square - a.log_square - log * (b.log - a.log),
                    weight: 1.0 / (count * roots),
                    log,
                }
            }
            Criterion::Irmse => root(Term::InverseSquare, a.inverse_square, b.inverse_square),
            Criterion::Imae => mean(
                Term::InverseAbsolute,
                a.inverse_absolute,
                b.inverse_absolute,
            ),
            Criterion::Delta1 | Criterion::Delta2 | Criterion::Delta3 => return None,
        })
    }

    /// The parts of the change that a frame's tail carries.
    fn parts<'a>(&'a self, tail: &'a ChangeTail) -> impl Iterator<Item = Part> + 'a {
        let bins = &tail.terms[self.term as usize];
        bins.iter().enumerate().map(move |(at, bin)| {
            let (count, change) = (f64::from(bin.count), f64::from(bin.change));
            let shift = if self.log == 0.0 {
                0.0
            } else {
                self.log * tail.logs.get(at).copied().map_or(0.0, f64::from)
            };
            Part {
                size: (change / count).abs() * self.weight,
                count,
                change: (change - shift) * self.weight,
            }
        })
    }
}

/// Computes the share of the change of a metric that few pixels carry: over all pixels together, or for the mean over frames.
///
/// `None` for metrics that count pixels, where nothing changes or the change is not finite, and for fewer than 10,000 pixels.
pub(super) fn few_pixels(
    metric: Criterion,
    frames: &[FrameTail<'_>],
    per_frame: bool,
    protocol: &EvalProtocol,
) -> Option<FewPixels> {
    let of: f64 = frames.iter().map(|frame| frame.int8.errors.count).sum();
    let few = libm::floor(FEW_SHARE * of);
    let mut parts = Vec::new();
    let mut whole = 0.0;
    if per_frame {
        for frame in frames {
            let weighting = Weighting::new(metric, frame.fp32, frame.int8, protocol)?;
            if weighting.change != 0.0 {
                whole += weighting.change * weighting.weight;
                parts.extend(weighting.parts(frame.tail));
            }
        }
    } else {
        let (mut fp32, mut int8) = (PixelSums::default(), PixelSums::default());
        for frame in frames {
            fp32.add(frame.fp32);
            int8.add(frame.int8);
        }
        let weighting = Weighting::new(metric, &fp32, &int8, protocol)?;
        whole = weighting.change * weighting.weight;
        for frame in frames {
            parts.extend(weighting.parts(frame.tail));
        }
    }
    if few < 1.0 || whole == 0.0 || !whole.is_finite() {
        return None;
    }
    parts.sort_by(|a, b| b.size.total_cmp(&a.size));
    let carried = largest(&parts, few);
    let most = MOST * carried.abs();
    // The smallest number of pixels: the parts are in order, so a search over whole parts and one step within the last.
    let (mut pixels, mut sum) = (0.0, 0.0_f64);
    for part in &parts {
        if sum.abs() >= most || pixels >= few {
            break;
        }
        let each = part.change / part.count;
        let needed = if each == 0.0 {
            part.count
        } else {
            libm::ceil((most - sum.abs()) / each.abs())
        };
        let taken = needed.min(part.count).min(few - pixels);
        pixels += taken;
        sum += taken * each;
    }
    Some(FewPixels {
        // Not minus zero.
        share: carried / whole + 0.0,
        pixels,
        of,
    })
}

/// The sum of this many largest changes; a part that is cut counts in proportion.
fn largest(parts: &[Part], few: f64) -> f64 {
    let (mut pixels, mut sum) = (0.0, 0.0);
    for part in parts {
        let taken = part.count.min(few - pixels);
        pixels += taken;
        sum += part.change * (taken / part.count);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::aligned_frame::AlignedFrame;
    use super::super::bootstrap::{Average, Resampling, changes};
    use super::super::eval_protocol::Evaluator;
    use super::super::evaluate::{ALL_METRICS, FrameMetricSums, evaluate, metrics};
    use super::super::frame_maps::FrameMaps;
    use super::*;
    use fathom_core::depth::Crop;
    use fathom_core::metrics::DepthMetrics;
    use proptest::prelude::*;

    const WIDTH: usize = 200;
    const HEIGHT: usize = 60;

    /// Clamped pixels of a frame: ground truth, `F` and `Q`.
    type Triples = Vec<[f64; 3]>;

    struct MadeFrame {
        sums: FrameMetricSums,
        pixels: Triples,
        metrics: [DepthMetrics; 2],
    }

    /// A pixel with a large change: its place and its kind.
    type Plant = (usize, u8);

    fn made_frame(seed: u64, plants: &[Plant], protocol: &EvalProtocol) -> MadeFrame {
        let mut state = seed;
        let mut noise = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1 << 24) - 0.5
        };
        let (mut gt_m, mut fp32_m, mut int8_m) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..WIDTH * HEIGHT {
            let g = 2.0 + 0.02 * (i % WIDTH) as f64 + 0.01 * (i / WIDTH) as f64;
            let f = g + 0.4 * noise();
            gt_m.push(g);
            fp32_m.push(f);
            int8_m.push(f + 0.05 * noise() + 0.01);
        }
        for &(place, kind) in plants {
            let at = place % gt_m.len();
            match kind {
                0 => int8_m[at] = 1e-4,
                1 => int8_m[at] += 40.0,
                2 => int8_m[at] *= 8.0,
                4 => int8_m[at] = 0.0,
                // INT8 repairs an error of FP32.
                _ => fp32_m[at] = 0.02 * gt_m[at],
            }
        }
        let maps = FrameMaps {
            width: WIDTH,
            gt_m: &gt_m,
            fp32_m: &fp32_m,
            int8_m: &int8_m,
        };
        let aligned = AlignedFrame::new(&maps, protocol).expect("pixels");
        let (fp32, int8, tail) = evaluate(&aligned, protocol);
        let clamped = |p: f64| protocol.clamp.map_or(p, |ends| ends.apply(p));
        let pixels = aligned.pixels().iter();
        let of = |sums| metrics(sums, protocol).expect("pixels");
        MadeFrame {
            pixels: pixels
                .map(|(g, f, q)| [g, clamped(f), clamped(q)])
                .collect(),
            metrics: [of(&fp32), of(&int8)],
            sums: FrameMetricSums {
                fp32,
                int8,
                tail,
                ..FrameMetricSums::default()
            },
        }
    }

    /// The term of a metric at a pixel, and true if the metric is a root of its mean.
    fn term(metric: Criterion, protocol: &EvalProtocol, p: f64, g: f64) -> Option<(f64, bool)> {
        let floored = p.max(protocol.floor_m.unwrap_or(f64::NEG_INFINITY));
        let log = libm::log(floored / g);
        let inverse = 1.0 / floored - 1.0 / g;
        Some(match metric {
            Criterion::Rmse => ((p - g) * (p - g), true),
            Criterion::AbsRel => ((p - g).abs() / g, false),
            Criterion::Mae => ((p - g).abs(), false),
            Criterion::Bias => (p - g, false),
            Criterion::SqRel => match protocol.sq_rel {
                SqRelDivisor::Depth => ((p - g) * (p - g) / g, false),
                SqRelDivisor::DepthSquared => ((p - g) * (p - g) / g / g, false),
            },
            Criterion::RmseLog | Criterion::Silog => (log * log, true),
            Criterion::Log10 => (log.abs(), false),
            Criterion::Irmse => (inverse * inverse, true),
            Criterion::Imae => (inverse.abs(), false),
            Criterion::Delta1 | Criterion::Delta2 | Criterion::Delta3 => return None,
        })
    }

    /// Size and change of every pixel as parts of the change of a metric, over these frames together.
    fn direct_parts(
        metric: Criterion,
        frames: &[&MadeFrame],
        values: [&DepthMetrics; 2],
        protocol: &EvalProtocol,
    ) -> Option<Vec<(f64, f64)>> {
        let pixels = || frames.iter().flat_map(|frame| &frame.pixels);
        let count = pixels().count() as f64;
        let logs =
            |p: f64, g: f64| libm::log(p.max(protocol.floor_m.unwrap_or(f64::NEG_INFINITY)) / g);
        let mean_log = |role: usize| pixels().map(|t| logs(t[role], t[0])).sum::<f64>() / count;
        let is_silog = metric == Criterion::Silog;
        let factor = if is_silog {
            protocol.silog_lambda * (mean_log(1) + mean_log(2))
        } else {
            0.0
        };
        let scale = match metric {
            Criterion::Irmse => 1e3,
            Criterion::Silog => protocol.silog_factor,
            _ => 1.0,
        };
        let roots = (metric.value_in(values[0]) + metric.value_in(values[1])) / scale;
        pixels()
            .map(|&[g, f, q]| {
                let (of_f, is_root) = term(metric, protocol, f, g)?;
                let (of_q, _) = term(metric, protocol, q, g)?;
                let weight = if is_root {
                    1.0 / (count * roots)
                } else {
                    1.0 / count
                };
                let shift = if is_silog {
                    factor * (logs(q, g) - logs(f, g))
                } else {
                    0.0
                };
                Some(((of_q - of_f).abs() * weight, (of_q - of_f - shift) * weight))
            })
            .collect()
    }

    /// The exact share of the largest 0.01 % of the pixels, and the sum of absolute changes over the change.
    fn direct(parts: &mut [(f64, f64)]) -> (f64, f64) {
        parts.sort_by(|a, b| b.0.total_cmp(&a.0));
        let few = (1e-4 * parts.len() as f64) as usize;
        let whole: f64 = parts.iter().map(|p| p.1).sum();
        let carried: f64 = parts[..few].iter().map(|p| p.1).sum();
        let absolute: f64 = parts.iter().map(|p| p.1.abs()).sum();
        (carried / whole, absolute / whole.abs())
    }

    fn protocol(evaluator: Evaluator) -> EvalProtocol {
        EvalProtocol {
            crop: Crop::None,
            ..evaluator.protocol()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn few_pixels_carry_what_all_pixels_one_by_one_say(
            seed in any::<u64>(),
            plants in prop::collection::vec((any::<usize>(), 0_u8..4), 0..14),
            is_spread in any::<bool>(),
            evaluator in prop::sample::select(&[
                Evaluator::Plain, Evaluator::BtsKitti, Evaluator::DepthAnythingOutdoor, Evaluator::KittiDevkit,
            ][..]),
        ) {
            let protocol = protocol(evaluator);
            let frames: Vec<MadeFrame> = (0..8)
                .map(|k| {
                    let own: Vec<Plant> = plants.iter().copied().enumerate()
                        .filter(|(i, _)| if is_spread { i % 8 == k } else { k == 3 })
                        .map(|(_, plant)| plant)
                        .collect();
                    made_frame(seed.wrapping_add(k as u64), &own, &protocol)
                })
                .collect();
            let sums: Vec<FrameMetricSums> = frames.iter().map(|frame| frame.sums.clone()).collect();
            let all: Vec<&MadeFrame> = frames.iter().collect();
            let mut pooled = (PixelSums::default(), PixelSums::default());
            for frame in &sums {
                pooled.0.add(&frame.fp32);
                pooled.1.add(&frame.int8);
            }
            let pooled = [pooled.0, pooled.1].map(|sums| metrics(&sums, &protocol).expect("pixels"));
            for average in [Average::Pooled, Average::PerFrame] {
                let how = Resampling { average, replicates: 1, ..Resampling::default() };
                for change in changes(&sums, &protocol, &how) {
                    let metric = change.metric;
                    let parts = match average {
                        Average::Pooled => direct_parts(metric, &all, [&pooled[0], &pooled[1]], &protocol),
                        Average::PerFrame => frames.iter().map(|frame| {
                            direct_parts(metric, &[frame], [&frame.metrics[0], &frame.metrics[1]], &protocol)
                        }).collect::<Option<Vec<_>>>().map(|parts| parts.concat()),
                    };
                    let Some(mut parts) = parts else {
                        prop_assert_eq!(change.few_pixels, None);
                        continue;
                    };
                    let (share, cancelled) = direct(&mut parts);
                    let few = change.few_pixels.expect("pixels that change");
                    let tolerance = 0.032 * cancelled + 0.2 * share.abs();
                    prop_assert!((few.share - share).abs() <= tolerance, "{metric:?} {average:?}: {few:?} for {share}, to {tolerance}");
                    prop_assert_eq!(few.of, parts.len() as f64);
                    prop_assert!(few.pixels <= 1e-4 * few.of);
                }
            }
        }
    }

    #[test]
    fn sixteen_zeros_carry_an_inverse_metric() {
        let protocol = EvalProtocol::default();
        let plants: Vec<Plant> = (0..16).map(|i| (331 * i, 0)).collect();
        let sums: Vec<FrameMetricSums> = (0..20)
            .map(|k| {
                let own = if k == 7 { &plants[..] } else { &[] };
                made_frame(k, own, &protocol).sums
            })
            .collect();
        let found = changes(&sums, &protocol, &Resampling::default());
        let few = |metric: Criterion| {
            let change = found.iter().find(|change| change.metric == metric);
            change.and_then(|change| change.few_pixels)
        };
        let irmse = few(Criterion::Irmse).expect("pixels that change");
        assert!(irmse.carry_much() && irmse.share > 0.99, "{irmse:?}");
        // Nine tenths of equal changes.
        assert_eq!((irmse.pixels, irmse.of), (15.0, 240_000.0));
        assert!(
            !few(Criterion::Bias)
                .expect("pixels that change")
                .carry_much()
        );
        assert_eq!(few(Criterion::Delta1), None);
    }

    #[test]
    fn zeros_without_a_floor_leave_other_metrics_finite() {
        let protocol = protocol(Evaluator::DepthAnythingOutdoor);
        let sums: Vec<FrameMetricSums> = (0..4)
            .map(|k| made_frame(k, &[(70, 4), (900, 4)], &protocol).sums)
            .collect();
        for change in changes(&sums, &protocol, &Resampling::default()) {
            let is_finite = change.difference().is_finite();
            assert_eq!(
                change.few_pixels.is_some(),
                is_finite && !change.metric.name().starts_with("delta"),
                "{change:?}"
            );
            assert!(change.few_pixels.is_none_or(|few| few.share.is_finite()));
        }
    }

    #[test]
    fn even_changes_are_carried_by_all_pixels() {
        let protocol = EvalProtocol::default();
        let sums: Vec<FrameMetricSums> = (0..12)
            .map(|k| made_frame(k, &[], &protocol).sums)
            .collect();
        for change in changes(&sums, &protocol, &Resampling::default()) {
            let is_carried = change.few_pixels.is_some_and(|few| few.carry_much());
            assert!(!is_carried, "{change:?}");
        }
        assert!(ALL_METRICS.len() > TERMS);
    }

    #[test]
    fn nothing_is_said_of_equal_predictions_and_of_small_sets() {
        let protocol = EvalProtocol::default();
        let frame = made_frame(3, &[(5, 0)], &protocol);
        let equal = FrameMetricSums {
            int8: frame.sums.fp32,
            ..FrameMetricSums::default()
        };
        let equal = FrameMetricSums {
            fp32: frame.sums.fp32,
            ..equal
        };
        for change in changes(&[equal], &protocol, &Resampling::default()) {
            assert_eq!(change.few_pixels, None);
        }
        // One pixel of 9,999 is more than 0.01 %.
        let tail = &frame.sums.tail;
        let mut small = frame.sums.int8;
        small.errors.count = 9_999.0;
        let frames = [FrameTail {
            tail,
            fp32: &frame.sums.fp32,
            int8: &small,
        }];
        assert_eq!(few_pixels(Criterion::Rmse, &frames, false, &protocol), None);
    }
}
