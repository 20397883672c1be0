//! The answers in plain words, made of this data's numbers.
//!
//! Knows measured ranges and best ranges; draws no conclusion that they do not support. Every branch has a test.

use fathom_analysis::FigureTheory;
use fathom_analysis::Policy;
use fathom_analysis::{BestRange, SweepPoint};
use fathom_analysis::{Measurement, RangeReport};
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::metrics::Metric;
use fathom_core::quant::Bits;
use fathom_core::stats::Distribution;
use fathom_core::units;

/// Relative difference of two RMSEs below which the ranges are called equal. One per cent is under what two runs of an
/// evaluation on different frames of one sequence differ by.
const MATTERS: f64 = 0.01;

/// Does narrowing help?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A narrower candidate has the lower RMSE.
    Helps,
    /// Every narrower candidate has the higher RMSE.
    Hurts,
    /// The best narrower candidate is within one per cent.
    HardlyMatters,
    /// Under this policy clipped pixels cost nothing, so that the question has no answer.
    OnPaperOnly,
    /// No candidate is narrower than the current one.
    NothingNarrower,
    /// The policy leaves no pixel of the current range.
    NoPixels,
}

/// The tone of a card on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Good news, or what to do.
    Good,
    /// A loss.
    Bad,
    /// A fact, or a caution.
    Neutral,
}

/// One of the three questions with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The question.
    pub question: &'static str,
    /// The answer in a few words.
    pub answer: String,
    /// The reason, in one to three sentences.
    pub detail: String,
    /// Its tone.
    pub mood: Mood,
}

/// What the verdict is made of.
#[derive(Clone, Copy, Debug)]
pub struct VerdictInput<'a> {
    /// The measured ranges of the table.
    pub reports: &'a [RangeReport],
    /// Which of them is in use now.
    pub current: usize,
    /// Best ranges, as far as the search has come.
    pub best: &'a [BestRange],
    /// The policy of the table.
    pub policy: Policy,
    /// RMSE of the range in use now with two more bits, in metres, as [`two_more_bits_m`] has it.
    pub two_more_bits_m: Option<f64>,
    /// Known figures of a network, where the data come with some.
    pub figures: Option<&'a FigureTheory>,
}

/// The verdict over the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Does narrowing help?
    pub answer: Answer,
    /// One sentence.
    pub headline: String,
    /// The numbers behind it.
    pub detail: String,
    /// The three questions.
    pub cards: [Card; 3],
}

impl Verdict {
    /// Weighs the ranges; `None` where there is none.
    #[must_use]
    pub fn of(input: &VerdictInput) -> Option<Self> {
        let current = input.reports.get(input.current)?;
        let weighed = weigh(input, current);
        Some(Self {
            answer: weighed.answer,
            headline: headline(input, current, &weighed),
            detail: detail(input, current, &weighed),
            cards: [
                why_worse(input, current),
                would_narrower_help(current, &weighed),
                what_to_do(input, current, &weighed),
            ],
        })
    }
}

struct Weighed<'a> {
    answer: Answer,
    narrower: Option<&'a RangeReport>,
}

fn is_narrower(candidate: &RangeReport, current: &RangeReport) -> bool {
    let (a, b) = (candidate.named.range, current.named.range);
    a.min_m() >= b.min_m() && a.max_m() <= b.max_m() && a != b
}

/// The narrower candidate with the lowest RMSE, and what it says.
fn weigh<'a>(input: &VerdictInput<'a>, current: &RangeReport) -> Weighed<'a> {
    let candidates = input.reports.iter().filter(|r| is_narrower(r, current));
    let narrower = candidates
        .filter_map(|r| Some((r, r.rmse_m()?)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    let answer = match (current.rmse_m(), narrower) {
        (None, _) => Answer::NoPixels,
        (_, None) => Answer::NothingNarrower,
        (Some(_), Some((r, _))) if input.policy != Policy::Count && r.clipped.share > 0.0 => {
            Answer::OnPaperOnly
        }
        (Some(now), Some((_, then))) if then < now * (1.0 - MATTERS) => Answer::Helps,
        (Some(now), Some((_, then))) if then > now * (1.0 + MATTERS) => Answer::Hurts,
        _ => Answer::HardlyMatters,
    };
    Weighed {
        answer,
        narrower: narrower.map(|n| n.0),
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

/// How the two parts of an RMSE compare, as a clause after the range's name.
fn balance(report: &RangeReport) -> String {
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

fn headline(input: &VerdictInput, current: &RangeReport, weighed: &Weighed) -> String {
    let now = range_text(current);
    let then = weighed.narrower.map(range_text).unwrap_or_default();
    match weighed.answer {
        Answer::Hurts => {
            tr!(
                "No: narrowing the output range makes it worse. {now} {}.",
                balance(current),
                now
            )
        }
        Answer::Helps => tr!(
            "Yes: narrowing to {then} lowers the RMSE of the output code from {} to {}.",
            rmse_text(current),
            weighed.narrower.map(rmse_text).unwrap_or_default(),
            then
        ),
        Answer::HardlyMatters => tr!(
            "It hardly matters: {then} is within one per cent of {now}, which {}.",
            balance(current),
            then,
            now
        ),
        Answer::OnPaperOnly => tr!(
            "Only on paper: under the policy \u{201c}{}\u{201d} clipped pixels cost nothing, so that a narrower range always \
             looks better.",
            tr_dynamic(input.policy.name())
        ),
        Answer::NothingNarrower => {
            tr!(
                "{now} {}. Add a narrower range to compare.",
                balance(current),
                now
            )
        }
        Answer::NoPixels => tr!(
            "No valid pixel lies inside {now}, and the policy \u{201c}{}\u{201d} leaves the others out.",
            tr_dynamic(input.policy.name()),
            now
        ),
    }
}

fn detail(input: &VerdictInput, current: &RangeReport, weighed: &Weighed) -> String {
    let mut parts = vec![tr!("On these {} pixels", units::count(current.count))];
    if let (Some(now), Some(narrower)) = (current.errors, weighed.narrower)
        && let Some(then) = narrower.errors
    {
        parts[0] += &tr!(
            ", going from {} to {} {}.",
            range_text(current),
            range_text(narrower),
            trade(
                now.rounding_m - then.rounding_m,
                then.clipping_m - now.clipping_m
            )
        );
        if weighed.answer == Answer::OnPaperOnly {
            parts.push(tr!(
                "But {} of them then lie outside the range.",
                units::share(narrower.clipped.share)
            ));
        }
    } else {
        parts[0] += &format!(", {} {}.", range_text(current), balance(current));
    }
    parts.extend(best_sentence(input.best));
    parts.join(" ")
}

fn trade(saved_m: f64, lost_m: f64) -> String {
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

/// Which end is best under which metric, and whether they agree.
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
            mood: Mood::Neutral,
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
        mood: Mood::Neutral,
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

fn would_narrower_help(current: &RangeReport, weighed: &Weighed) -> Card {
    let question = tr!("Would a narrower output range help?");
    let Some(narrower) = weighed.narrower else {
        return Card {
            question,
            answer: tr!("Nothing narrower to compare").to_owned(),
            detail: tr!("Add a narrower range to the table, or drag the end on the curve.")
                .to_owned(),
            mood: Mood::Neutral,
        };
    };
    let change = tr!(
        "RMSE {} \u{2192} {}",
        rmse_text(current),
        rmse_text(narrower)
    );
    let (answer, mood) = match weighed.answer {
        Answer::Helps => (tr!("Yes, {change}", change), Mood::Good),
        Answer::Hurts => (tr!("No, {change}", change), Mood::Bad),
        Answer::OnPaperOnly => (tr!("On paper, {change}", change), Mood::Neutral),
        _ => (tr!("Hardly, {change}", change), Mood::Neutral),
    };
    Card {
        question,
        answer,
        detail: format!("{} {}", beyond(narrower), rounding_gain(current, narrower)),
        mood,
    }
}

/// What happens to the pixels that the narrower range loses.
fn beyond(narrower: &RangeReport) -> String {
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

fn what_to_do(input: &VerdictInput, current: &RangeReport, weighed: &Weighed) -> Card {
    let question = tr!("So what should I do?");
    let Some(rmse) = best_of(input.best, Metric::Rmse) else {
        return Card {
            question,
            answer: tr!("Looking for the best range \u{2026}").to_owned(),
            detail: tr!("Every end up to beyond the largest depth is tried under each metric.")
                .to_owned(),
            mood: Mood::Neutral,
        };
    };
    let counted = input.policy == Policy::Count;
    let gain = current.rmse_m().map_or(1.0, |now| rmse.value / now);
    let answer = if !counted {
        tr!(
            "Decide whether far pixels count; if so, end at {}",
            units::depth(rmse.range.max_m())
        )
    } else if gain > 1.0 - MATTERS {
        tr!("Keep {}", range_text(current))
    } else if weighed.answer == Answer::Helps {
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
        mood: Mood::Good,
    }
}

/// The RMSE of a measured range with two more bits, in metres, as far as a verdict needs it: where what is clipped already keeps it from
/// changing, that part alone, for which nothing has to be measured. `None` where the policy leaves no pixel, or bits end.
#[must_use]
pub fn two_more_bits_m(
    depths: &Distribution,
    report: &RangeReport,
    how: &Measurement,
) -> Option<f64> {
    let more = Measurement {
        bits: Bits::new(how.bits.get() + 2)?,
        ..*how
    };
    let (range, errors) = (report.named.range, report.errors?);
    // The zero point of a range that begins under zero may move its ends with the bits, and clipping with them.
    if range.min_m() >= 0.0 && changes_nothing(errors.metrics.rmse, errors.clipping_m) {
        return Some(errors.clipping_m);
    }
    SweepPoint::measure(depths, range, &more).map(|point| point.rmse_m)
}

fn changes_nothing(now_m: f64, with_more_m: f64) -> bool {
    with_more_m > now_m * (1.0 - MATTERS)
}

fn more_bits_sentence(current: &RangeReport, with_more_m: f64) -> String {
    let now = current.rmse_m().unwrap_or(with_more_m);
    if changes_nothing(now, with_more_m) {
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
        let how = Measurement {
            policy,
            ..Measurement::default()
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
        Verdict::of(&VerdictInput {
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

    /// Name, depths, ranges, policy; the answer and how its headline begins.
    type Row = (
        &'static str,
        Vec<f64>,
        &'static [(f64, f64)],
        Policy,
        Answer,
        &'static str,
    );

    #[test]
    fn each_answer_has_its_words() {
        let rows: [Row; 7] = [
            (
                "far depths",
                room(30.0),
                &[(0.5, 15.0), (0.5, 7.5)],
                Policy::Count,
                Answer::Hurts,
                "No: narrowing",
            ),
            (
                "a small room",
                room(3.0),
                &[(0.5, 15.0), (0.5, 7.5)],
                Policy::Count,
                Answer::Helps,
                "Yes: narrowing to [0.5, 7.5] m",
            ),
            (
                "nearly equal",
                room(3.0),
                &[(0.5, 15.0), (0.5, 14.99)],
                Policy::Count,
                Answer::HardlyMatters,
                "It hardly matters",
            ),
            (
                "masked",
                room(30.0),
                &[(0.5, 15.0), (0.5, 7.5)],
                Policy::Exclude,
                Answer::OnPaperOnly,
                "Only on paper",
            ),
            (
                "clamped",
                room(30.0),
                &[(0.5, 15.0), (0.5, 7.5)],
                Policy::Clamp,
                Answer::OnPaperOnly,
                "Only on paper",
            ),
            (
                "alone",
                room(30.0),
                &[(0.5, 15.0)],
                Policy::Count,
                Answer::NothingNarrower,
                "[0.5, 15] m already loses",
            ),
            (
                "nothing inside",
                room(3.0),
                &[(5.0, 15.0), (5.0, 7.0)],
                Policy::Exclude,
                Answer::NoPixels,
                "No valid pixel",
            ),
        ];
        for (case, depths, ranges, policy, answer, beginning) in rows {
            let v = verdict(&depths, ranges, policy);
            assert_eq!(v.answer, answer, "{case}: {v:#?}");
            assert!(v.headline.starts_with(beginning), "{case}: {}", v.headline);
            assert!(
                !v.detail.contains("NaN") && v.detail.ends_with('.'),
                "{case}: {}",
                v.detail
            );
        }
    }

    #[test]
    fn masking_without_a_clipped_pixel_is_no_trick() {
        let v = verdict(&room(3.0), &[(0.5, 15.0), (0.5, 7.5)], Policy::Exclude);
        assert_eq!(v.answer, Answer::Helps);
    }

    #[test]
    fn the_metrics_that_disagree_are_named() {
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
    fn a_search_that_is_not_done_promises_nothing() {
        let reports = measure(&room(3.0), &[(0.5, 15.0)], Policy::Count);
        let v = Verdict::of(&VerdictInput {
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
    fn what_two_more_bits_give_is_said_alike_with_and_without_a_measurement() {
        let d = Distribution::new(room(9.0), vec![1; 5000], Resolution::Exact).expect("depths");
        let mut measured = 0;
        for policy in Policy::ALL {
            for code in [CodeKind::Uniform, CodeKind::UniformZeroPoint] {
                for end_m in [2.0, 7.0, 8.99, 8.9999, 9.0, 12.0] {
                    let how = Measurement {
                        policy,
                        code,
                        ..Measurement::default()
                    };
                    let named = NamedRange {
                        name: String::new(),
                        range: OutputRange::new(0.5, end_m).expect("a range"),
                    };
                    let more = Measurement {
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
    fn known_figures_answer_the_first_question() {
        let reports = measure(&room(30.0), &[(0.5, 15.0), (0.5, 7.5)], Policy::Count);
        let range = OutputRange::new(0.5, 15.0).expect("a range");
        let figures = FigureTheory::new(0.390, 0.741, range, Bits::EIGHT);
        let v = Verdict::of(&VerdictInput {
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
    fn no_range_no_verdict() {
        let v = Verdict::of(&VerdictInput {
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
