//! The three questions answered from measured ranges alone, where no predictions are compared.

use fathom_analysis::IndependenceModel;
use fathom_analysis::Policy;
use fathom_analysis::{BestRange, SweepPoint};
use fathom_analysis::{RangeReport, RangeSettings};
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::metrics::Metric;
use fathom_core::quant::Bits;
use fathom_core::stats::Distribution;
use fathom_core::units;

/// Relative difference of two RMSEs below which the ranges count as equal. Two evaluations on different frames of one sequence differ
/// by more than one per cent.
const EQUAL_WITHIN: f64 = 0.01;

/// Effect of narrowing the range in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NarrowingEffect {
    /// A narrower candidate has a lower RMSE.
    Helps,
    /// Every narrower candidate has a higher RMSE.
    Hurts,
    /// The best narrower candidate is within one per cent.
    HardlyMatters,
    /// Under this policy clipped pixels cost nothing, so the RMSEs cannot be compared.
    OnPaperOnly,
    /// No candidate is narrower than the current one.
    NothingNarrower,
    /// The policy excludes every pixel under the current range.
    NoPixels,
}

/// The tone of a card on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A gain, or a recommendation.
    Good,
    /// A loss.
    Bad,
    /// A fact or a caution.
    Neutral,
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The question.
    pub question: &'static str,
    /// The answer in a few words.
    pub answer: String,
    /// The reason, in one to three sentences.
    pub detail: String,
    /// Tone of the answer.
    pub tone: Tone,
}

/// The measurements that a [`Verdict`] is made from.
#[derive(Clone, Copy, Debug)]
pub struct VerdictInput<'a> {
    /// Reports of the ranges in the table.
    pub reports: &'a [RangeReport],
    /// Index of the range in use.
    pub current: usize,
    /// Best range of each metric; empty while the search runs.
    pub best: &'a [BestRange],
    /// Out-of-range policy of the reports.
    pub policy: Policy,
    /// RMSE of the range in use with two more bits, in metres, from [`two_more_bits_m`].
    pub two_more_bits_m: Option<f64>,
    /// Published figures of the network, where the data come with them.
    pub figures: Option<&'a IndependenceModel>,
}

/// The verdict on the output range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Effect of narrowing.
    pub effect: NarrowingEffect,
    /// The verdict in one sentence.
    pub headline: String,
    /// The numbers behind it.
    pub detail: String,
    /// The three questions with their answers.
    pub cards: [Card; 3],
}

impl Verdict {
    /// Compares the ranges of the table in words of the current locale; `None` if the table has no range in use.
    #[must_use]
    pub fn new(input: &VerdictInput) -> Option<Self> {
        let current = input.reports.get(input.current)?;
        let narrowing = Narrowing::new(input, current);
        Some(Self {
            effect: narrowing.effect,
            headline: headline(input, current, &narrowing),
            detail: detail(input, current, &narrowing),
            cards: [
                why_worse(input, current),
                would_narrower_help(current, &narrowing),
                what_to_do(input, current, &narrowing),
            ],
        })
    }
}

/// The best narrower candidate and its effect.
struct Narrowing<'a> {
    effect: NarrowingEffect,
    candidate: Option<&'a RangeReport>,
}

fn is_narrower(candidate: &RangeReport, current: &RangeReport) -> bool {
    let (a, b) = (candidate.named.range, current.named.range);
    a.min_m() >= b.min_m() && a.max_m() <= b.max_m() && a != b
}

impl<'a> Narrowing<'a> {
    /// Finds the narrower candidate with the lowest RMSE.
    fn new(input: &VerdictInput<'a>, current: &RangeReport) -> Self {
        use NarrowingEffect::{
            HardlyMatters, Helps, Hurts, NoPixels, NothingNarrower, OnPaperOnly,
        };
        let candidates = input.reports.iter().filter(|r| is_narrower(r, current));
        let best = candidates
            .filter_map(|r| Some((r, r.rmse_m()?)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let effect = match (current.rmse_m(), best) {
            (None, _) => NoPixels,
            (_, None) => NothingNarrower,
            (Some(_), Some((r, _))) if input.policy != Policy::Count && r.clipped.share > 0.0 => {
                OnPaperOnly
            }
            (Some(now), Some((_, then))) if then < now * (1.0 - EQUAL_WITHIN) => Helps,
            (Some(now), Some((_, then))) if then > now * (1.0 + EQUAL_WITHIN) => Hurts,
            _ => HardlyMatters,
        };
        Self {
            effect,
            candidate: best.map(|n| n.0),
        }
    }
}

fn range_text(report: &RangeReport) -> String {
    units::range(report.named.range.min_m(), report.named.range.max_m())
}

fn rmse_text(report: &RangeReport) -> String {
    report
        .rmse_m()
        .map_or(units::MISSING.to_owned(), units::length)
}

/// Compares rounding and clipping, as a clause after the range's name.
fn compared_parts(report: &RangeReport) -> String {
    let Some(errors) = report.errors else {
        return tr!("measures no pixel").to_owned();
    };
    let (rounding, clipping) = (errors.rounding_m, errors.clipping_m);
    if clipping == 0.0 {
        tr!("clips nothing and rounds by {}", units::length(rounding))
    } else if rounding == 0.0 {
        tr!("loses {} to clipping alone", units::length(clipping))
    } else if clipping >= rounding {
        tr!(
            "already loses {} times more to clipping than to rounding",
            times(clipping / rounding)
        )
    } else {
        tr!(
            "loses {} times more to rounding than to clipping",
            times(rounding / clipping)
        )
    }
}

fn times(ratio: f64) -> String {
    if ratio >= 100.0 {
        units::count(ratio)
    } else {
        format!("{ratio:.1}")
    }
}

fn headline(input: &VerdictInput, current: &RangeReport, narrowing: &Narrowing) -> String {
    let now = range_text(current);
    let then = narrowing.candidate.map(range_text).unwrap_or_default();
    match narrowing.effect {
        NarrowingEffect::Hurts => {
            tr!(
                "No: narrowing the output range makes it worse. {now} {}.",
                compared_parts(current),
                now
            )
        }
        NarrowingEffect::Helps => tr!(
            "Yes: narrowing to {then} lowers the RMSE of the output code from {} to {}.",
            rmse_text(current),
            narrowing.candidate.map(rmse_text).unwrap_or_default(),
            then
        ),
        NarrowingEffect::HardlyMatters => tr!(
            "It hardly matters: {then} is within one per cent of {now}, which {}.",
            compared_parts(current),
            then,
            now
        ),
        NarrowingEffect::OnPaperOnly => tr!(
            "Only on paper: under the policy \u{201c}{}\u{201d} clipped pixels cost nothing, so that a narrower range always \
             looks better.",
            tr_dynamic(input.policy.name())
        ),
        NarrowingEffect::NothingNarrower => {
            tr!(
                "{now} {}. Add a narrower range to compare.",
                compared_parts(current),
                now
            )
        }
        NarrowingEffect::NoPixels => tr!(
            "No valid pixel lies inside {now}, and the policy \u{201c}{}\u{201d} leaves the others out.",
            tr_dynamic(input.policy.name()),
            now
        ),
    }
}

fn detail(input: &VerdictInput, current: &RangeReport, narrowing: &Narrowing) -> String {
    let mut parts = vec![tr!("On these {} pixels", units::count(current.count))];
    if let (Some(now), Some(narrower)) = (current.errors, narrowing.candidate)
        && let Some(then) = narrower.errors
    {
        parts[0] += &tr!(
            ", going from {} to {} {}.",
            range_text(current),
            range_text(narrower),
            trade_off(
                now.rounding_m - then.rounding_m,
                then.clipping_m - now.clipping_m
            )
        );
        if narrowing.effect == NarrowingEffect::OnPaperOnly {
            parts.push(tr!(
                "But {} of them then lie outside the range.",
                units::share(narrower.clipped.share)
            ));
        }
    } else {
        parts[0] += &format!(", {} {}.", range_text(current), compared_parts(current));
    }
    parts.extend(best_sentence(input.best));
    parts.join(" ")
}

/// Words for the rounding that narrowing saves and the clipping that it costs, both in metres.
fn trade_off(saved_m: f64, lost_m: f64) -> String {
    let rounding = if saved_m >= 0.0 {
        tr!("saves {} of rounding", units::length(saved_m))
    } else {
        tr!("adds {} of rounding", units::length(-saved_m))
    };
    if lost_m > 0.0 {
        tr!(
            "{rounding} and costs {} of clipping",
            units::length(lost_m),
            rounding
        )
    } else if lost_m < 0.0 {
        tr!(
            "{rounding} and saves {} of clipping",
            units::length(-lost_m),
            rounding
        )
    } else {
        tr!("{rounding} and costs no clipping", rounding)
    }
}

fn best_of(best: &[BestRange], metric: Metric) -> Option<&BestRange> {
    best.iter().find(|b| b.metric == metric)
}

/// Names the best end of each metric, or the one on which they agree.
fn best_sentence(best: &[BestRange]) -> Option<String> {
    let rmse = best_of(best, Metric::Rmse)?;
    let abs_rel = best_of(best, Metric::AbsRel)?;
    let delta1 = best_of(best, Metric::Delta1)?;
    let end = |b: &BestRange| units::depth(b.range.max_m());
    let spread = |a: &BestRange, b: &BestRange| libm::log(a.range.max_m() / b.range.max_m()).abs();
    if spread(rmse, abs_rel).max(spread(rmse, delta1)) < 0.1 {
        return Some(tr!(
            "RMSE, abs_rel and delta1 are all best with the end near {}.",
            end(rmse)
        ));
    }
    Some(tr!(
        "RMSE would be lowest with the end at {}, abs_rel at {}, and delta1 highest at {}: the metrics want different ranges.",
        end(rmse),
        end(abs_rel),
        end(delta1)
    ))
}

fn why_worse(input: &VerdictInput, current: &RangeReport) -> Card {
    let question = tr!("Why is INT8 so much worse than the theory?");
    if let Some(t) = input.figures
        && let (Some(share), Some(implied)) = (t.output_share, t.implied_m)
    {
        return Card {
            question,
            answer: tr!("Not the output code: {} of the loss", tiny_share(share)),
            detail: tr!(
                "RMSE rose from {} to {}, which implies a quantization error of {}; rounding the output explains {} of it. The \
                 often quoted \u{b1}{} is the largest error of one pixel, not an RMSE.",
                units::length(t.rmse_fp32_m),
                units::length(t.rmse_int8_m),
                units::length(implied),
                units::length(t.ideal_rmse_m),
                units::length(t.half_step_m)
            ),
            tone: Tone::Neutral,
        };
    }
    Card {
        question,
        answer: tr!(
            "Rounding the output explains {} of RMSE",
            units::length(
                current
                    .errors
                    .map_or(current.ideal_rmse_m, |e| e.rounding_m)
            )
        ),
        detail: tr!(
            "Theory says the step of {} over \u{221a}12, {}; \u{b1}{} is the largest error of one pixel, not an RMSE. {} If your \
             INT8 RMSE rose by more, the rest comes from inside the network: these depths alone cannot show it.",
            units::length(current.step_m),
            units::length(current.ideal_rmse_m),
            units::length(current.half_step_m),
            clipped_sentence(current)
        ),
        tone: Tone::Neutral,
    }
}

fn clipped_sentence(current: &RangeReport) -> String {
    if current.clipped.share > 0.0 {
        tr!(
            "Clipping {} of the pixels adds {}.",
            units::share(current.clipped.share),
            units::length(current.clipped.contribution_m)
        )
    } else {
        tr!("No pixel is clipped.").to_owned()
    }
}

fn tiny_share(share: f64) -> String {
    if share < 0.01 {
        format!("{:.2} %", share * 100.0)
    } else {
        units::share(share)
    }
}

fn would_narrower_help(current: &RangeReport, narrowing: &Narrowing) -> Card {
    let question = tr!("Would a narrower output range help?");
    let Some(narrower) = narrowing.candidate else {
        return Card {
            question,
            answer: tr!("Nothing narrower to compare").to_owned(),
            detail: tr!("Add a narrower range to the table, or drag the end on the curve.")
                .to_owned(),
            tone: Tone::Neutral,
        };
    };
    let change = tr!(
        "RMSE {} \u{2192} {}",
        rmse_text(current),
        rmse_text(narrower)
    );
    let (answer, tone) = match narrowing.effect {
        NarrowingEffect::Helps => (tr!("Yes, {change}", change), Tone::Good),
        NarrowingEffect::Hurts => (tr!("No, {change}", change), Tone::Bad),
        NarrowingEffect::OnPaperOnly => (tr!("On paper, {change}", change), Tone::Neutral),
        _ => (tr!("Hardly, {change}", change), Tone::Neutral),
    };
    Card {
        question,
        answer,
        detail: format!(
            "{} {}",
            clipping_cost(narrower),
            rounding_gain(current, narrower)
        ),
        tone,
    }
}

/// Describes the error of the pixels that a narrower range clips.
fn clipping_cost(narrower: &RangeReport) -> String {
    let ends = narrower.named.range;
    match (narrower.above.mean_error_m, narrower.below.mean_error_m) {
        (Some(error_m), _) => tr!(
            "With {}, {} of the pixels lie beyond {} and would be wrong by {} on average.",
            range_text(narrower),
            units::share(narrower.above.share),
            units::depth(ends.max_m()),
            units::length(error_m)
        ),
        (None, Some(error_m)) => tr!(
            "With {}, {} of the pixels lie nearer than {} and would be wrong by {} on average.",
            range_text(narrower),
            units::share(narrower.below.share),
            units::depth(ends.min_m()),
            units::length(error_m)
        ),
        (None, None) => tr!("{} still holds every pixel.", range_text(narrower)),
    }
}

fn rounding_gain(current: &RangeReport, narrower: &RangeReport) -> String {
    match (current.errors, narrower.errors) {
        (Some(now), Some(then)) => tr!(
            "The rounding part goes from {} to {}.",
            units::length(now.rounding_m),
            units::length(then.rounding_m)
        ),
        _ => String::new(),
    }
}

fn what_to_do(input: &VerdictInput, current: &RangeReport, narrowing: &Narrowing) -> Card {
    let question = tr!("So what should I do?");
    let Some(rmse) = best_of(input.best, Metric::Rmse) else {
        return Card {
            question,
            answer: tr!("Looking for the best range \u{2026}").to_owned(),
            detail: tr!("Every end up to beyond the largest depth is tried under each metric.")
                .to_owned(),
            tone: Tone::Neutral,
        };
    };
    let counted = input.policy == Policy::Count;
    let gain = current.rmse_m().map_or(1.0, |now| rmse.value / now);
    let answer = if !counted {
        tr!(
            "Decide whether far pixels count; if so, end at {}",
            units::depth(rmse.range.max_m())
        )
    } else if gain > 1.0 - EQUAL_WITHIN {
        tr!("Keep {}", range_text(current))
    } else if narrowing.effect == NarrowingEffect::Helps {
        tr!("End the range at {}", units::depth(rmse.range.max_m()))
    } else {
        tr!(
            "Widen the range: end at {}",
            units::depth(rmse.range.max_m())
        )
    };
    let mut detail = tr!(
        "With every pixel counted, {} has the lowest RMSE, {}.",
        units::range(rmse.range.min_m(), rmse.range.max_m()),
        units::length(rmse.value)
    );
    if let Some(abs_rel) = best_of(input.best, Metric::AbsRel) {
        detail += &tr!(
            " For abs_rel it is {} ({}).",
            units::range(abs_rel.range.min_m(), abs_rel.range.max_m()),
            units::ratio(abs_rel.value)
        );
    }
    if let Some(rmse_m) = input.two_more_bits_m {
        detail += &more_bits_sentence(current, rmse_m);
    }
    Card {
        question,
        answer,
        detail,
        tone: Tone::Good,
    }
}

/// Returns the RMSE of a measured range with two more bits, in metres.
///
/// Where clipping alone keeps the RMSE from changing by one per cent, the clipping part is returned without measuring anything: a verdict
/// says the same of both. `None` where the policy excludes every pixel, or no wider code exists.
#[must_use]
pub fn two_more_bits_m(
    depths: &Distribution,
    report: &RangeReport,
    how: &RangeSettings,
) -> Option<f64> {
    let more = RangeSettings {
        bits: Bits::new(how.bits.get() + 2)?,
        ..*how
    };
    let (range, errors) = (report.named.range, report.errors?);
    // The zero point of a range that begins below zero may move its ends with the bits, and clipping with them.
    if range.min_m() >= 0.0 && hardly_changes(errors.metrics.rmse, errors.clipping_m) {
        return Some(errors.clipping_m);
    }
    SweepPoint::measure(depths, range, &more).map(|point| point.rmse_m)
}

fn hardly_changes(now_m: f64, with_more_m: f64) -> bool {
    with_more_m > now_m * (1.0 - EQUAL_WITHIN)
}

fn more_bits_sentence(current: &RangeReport, with_more_m: f64) -> String {
    let now = current.rmse_m().unwrap_or(with_more_m);
    if hardly_changes(now, with_more_m) {
        tr!(
            " Two more output bits on {} change nothing: clipping stays.",
            range_text(current)
        )
    } else {
        tr!(
            " Two more output bits on {} would give {}.",
            range_text(current),
            units::length(with_more_m)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::NamedRange;
    use fathom_core::quant::{CodeKind, OutputRange};
    use fathom_core::stats::Resolution;

    fn measure(depths: &[f64], ranges: &[(f64, f64)], policy: Policy) -> Vec<RangeReport> {
        let mut values = depths.to_vec();
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        let d = Distribution::new(values, counts, Resolution::Exact).expect("positive depths");
        let how = RangeSettings {
            policy,
            ..RangeSettings::default()
        };
        ranges
            .iter()
            .map(|&(a, b)| {
                let range = OutputRange::new(a, b).expect("a range");
                let name = String::new();
                RangeReport::measure(&d, &NamedRange { name, range }, &how)
            })
            .collect()
    }

    fn verdict(depths: &[f64], ranges: &[(f64, f64)], policy: Policy) -> Verdict {
        let reports = measure(depths, ranges, policy);
        let best = |metric, end, value| BestRange {
            metric,
            range: OutputRange::new(0.5, end).expect("a range"),
            value,
            rmse_m: value,
        };
        Verdict::new(&VerdictInput {
            reports: &reports,
            current: 0,
            best: &[
                best(Metric::Rmse, 40.0, 0.02),
                best(Metric::AbsRel, 20.0, 0.001),
                best(Metric::Delta1, 21.0, 1.0),
            ],
            policy,
            two_more_bits_m: None,
            figures: None,
        })
        .expect("a current range")
    }

    /// Depths spread evenly from 0.6 m to the given end.
    fn room(end_m: f64) -> Vec<f64> {
        (0..5000)
            .map(|i| 0.6 + (end_m - 0.6) * f64::from(i) / 4999.0)
            .collect()
    }

    /// Name, depths, ranges, policy; the effect and the beginning of the headline.
    type Row = (
        &'static str,
        Vec<f64>,
        &'static [(f64, f64)],
        Policy,
        NarrowingEffect,
        &'static str,
    );

    #[test]
    fn every_effect_has_its_words() {
        let rows: [Row; 7] = [
            (
                "far depths",
                room(30.0),
                &[(0.5, 15.0), (0.5, 7.5)],
                Policy::Count,
                NarrowingEffect::Hurts,
                "No: narrowing",
            ),
            (
                "a small room",
                room(3.0),
                &[(0.5, 15.0), (0.5, 7.5)],
                Policy::Count,
                NarrowingEffect::Helps,
                "Yes: narrowing to [0.5, 7.5] m",
            ),
            (
                "nearly equal",
                room(3.0),
                &[(0.5, 15.0), (0.5, 14.99)],
                Policy::Count,
                NarrowingEffect::HardlyMatters,
                "It hardly matters",
            ),
            (
                "masked",
                room(30.0),
                &[(0.5, 15.0), (0.5, 7.5)],
                Policy::Exclude,
                NarrowingEffect::OnPaperOnly,
                "Only on paper",
            ),
            (
                "clamped",
                room(30.0),
                &[(0.5, 15.0), (0.5, 7.5)],
                Policy::Clamp,
                NarrowingEffect::OnPaperOnly,
                "Only on paper",
            ),
            (
                "alone",
                room(30.0),
                &[(0.5, 15.0)],
                Policy::Count,
                NarrowingEffect::NothingNarrower,
                "[0.5, 15] m already loses",
            ),
            (
                "nothing inside",
                room(3.0),
                &[(5.0, 15.0), (5.0, 7.0)],
                Policy::Exclude,
                NarrowingEffect::NoPixels,
                "No valid pixel",
            ),
        ];
        for (case, depths, ranges, policy, effect, beginning) in rows {
            let v = verdict(&depths, ranges, policy);
            assert_eq!(v.effect, effect, "{case}: {v:#?}");
            assert!(v.headline.starts_with(beginning), "{case}: {}", v.headline);
            assert!(
                !v.detail.contains("NaN") && v.detail.ends_with('.'),
                "{case}: {}",
                v.detail
            );
        }
    }

    #[test]
    fn excluding_clipped_pixels_changes_nothing_if_none_is_clipped() {
        let v = verdict(&room(3.0), &[(0.5, 15.0), (0.5, 7.5)], Policy::Exclude);
        assert_eq!(v.effect, NarrowingEffect::Helps);
    }

    #[test]
    fn metrics_with_different_best_ends_are_named() {
        let v = verdict(&room(30.0), &[(0.5, 15.0), (0.5, 7.5)], Policy::Count);
        assert!(
            v.detail
                .contains("RMSE would be lowest with the end at 40 m, abs_rel at 20 m"),
            "{}",
            v.detail
        );
        assert!(
            v.cards[2].answer.starts_with("Widen the range"),
            "{:?}",
            v.cards[2]
        );
    }

    #[test]
    fn a_running_search_names_no_best_range() {
        let reports = measure(&room(3.0), &[(0.5, 15.0)], Policy::Count);
        let v = Verdict::new(&VerdictInput {
            reports: &reports,
            current: 0,
            best: &[],
            policy: Policy::Count,
            two_more_bits_m: None,
            figures: None,
        })
        .expect("a current range");
        assert!(v.cards[2].answer.starts_with("Looking"));
        assert!(!v.detail.contains("lowest"));
    }

    #[test]
    fn the_sentence_on_two_more_bits_is_the_same_with_and_without_a_measurement() {
        let d = Distribution::new(room(9.0), vec![1; 5000], Resolution::Exact).expect("depths");
        let mut measured = 0;
        for policy in Policy::ALL {
            for code in [CodeKind::Uniform, CodeKind::UniformZeroPoint] {
                for end_m in [2.0, 7.0, 8.99, 8.9999, 9.0, 12.0] {
                    let how = RangeSettings {
                        policy,
                        code,
                        ..RangeSettings::default()
                    };
                    let named = NamedRange {
                        name: String::new(),
                        range: OutputRange::new(0.5, end_m).expect("a range"),
                    };
                    let more = RangeSettings {
                        bits: Bits::new(10).expect("a width"),
                        ..how
                    };
                    let report = RangeReport::measure(&d, &named, &how);
                    let short = two_more_bits_m(&d, &report, &how).expect("pixels");
                    let long = SweepPoint::measure(&d, named.range, &more).expect("pixels");
                    assert_eq!(
                        more_bits_sentence(&report, short),
                        more_bits_sentence(&report, long.rmse_m)
                    );
                    measured += u32::from(short == long.rmse_m);
                }
            }
        }
        assert!((10..36).contains(&measured), "{measured} of 36");
    }

    #[test]
    fn published_figures_answer_the_first_question() {
        let reports = measure(&room(30.0), &[(0.5, 15.0), (0.5, 7.5)], Policy::Count);
        let range = OutputRange::new(0.5, 15.0).expect("a range");
        let figures = IndependenceModel::new(0.390, 0.741, range, Bits::EIGHT);
        let v = Verdict::new(&VerdictInput {
            reports: &reports,
            current: 0,
            best: &[],
            policy: Policy::Count,
            two_more_bits_m: None,
            figures: Some(&figures),
        })
        .expect("a current range");
        assert_eq!(v.cards[0].answer, "Not the output code: 0.07 % of the loss");
    }

    #[test]
    fn an_empty_table_has_no_verdict() {
        let v = Verdict::new(&VerdictInput {
            reports: &[],
            current: 0,
            best: &[],
            policy: Policy::Count,
            two_more_bits_m: None,
            figures: None,
        });
        assert_eq!(v, None);
    }
}
