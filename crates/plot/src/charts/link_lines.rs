//! Contents of a link, and the comparison of two links, in words.
//!
//! The second link is always compared with the first: a difference is the figure of the second less that of the
//! first.

use super::comparison_charts::{budget_lines, change_text, changes_apart, pair_texts};
use super::quantity_under;
use crate::Quantity;
use fathom_analysis::compare::{Average, Change, Evaluator};
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::metrics::Criterion;
use fathom_core::units;
use fathom_report::link::{
    Incomparable, IntervalOverlap, LinkComparison, LinkMetric, LinkRange, LinkSide, SharedDepths,
    SharedStudy,
};

/// Contents of a link in one sentence, with the length of its address in characters.
#[must_use]
pub fn link_contents(
    depths: &SharedDepths,
    study: &SharedStudy,
    has_network: bool,
    length: usize,
) -> String {
    let mut parts = vec![tr!("the settings").to_owned()];
    if !study.title.is_empty() {
        parts.insert(0, tr!("the title").to_owned());
    }
    if let SharedDepths::Sketch { sketch, .. } = depths {
        parts.push(tr!(
            "a summary of the depths (figures of ranges within {} %)",
            format_args!("{:.1}", sketch.relative_error() * 100.0)
        ));
    }
    if study.choices.own_protocol.is_some() {
        parts.push(tr!("your own way of measuring").to_owned());
    }
    if let Some(comparison) = &study.comparison {
        let frames = comparison.compared().frames as usize;
        parts.push(tr!(
            "metrics, intervals and error budget of {}",
            units::counted(frames, units::Noun::Frame)
        ));
    }
    if study.requantized.is_some() {
        parts.push(tr!("what other ranges and codes would do").to_owned());
    }
    if has_network {
        parts.push(tr!("the network's guiltiest layers by name").to_owned());
    }
    let names = study.frames.len();
    let held = parts.join(", ");
    let length = units::count(length as f64);
    if names == 0 {
        tr!(
            "Contains {held}, but no file and no file name. {length} characters.",
            held,
            length
        )
    } else {
        tr!(
            "Contains {held} and the names of {}, but no file. {length} characters.",
            units::counted(names, units::Noun::Frame),
            held,
            length
        )
    }
}

/// Names the evaluator and the average.
#[must_use]
pub fn evaluator_text(evaluator: Option<Evaluator>, average: Average) -> String {
    let how = evaluator.map_or(tr!("the sender's own way"), Evaluator::name);
    let average = match average {
        Average::Pooled => tr!("all pixels together"),
        Average::PerFrame => tr!("per frame, then mean"),
    };
    format!("{how}, {average}")
}

/// A row of the comparison of two links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkComparisonLine {
    /// Name of the figure.
    pub name: String,
    /// Of the first link.
    pub first: String,
    /// Of the second.
    pub second: String,
    /// The second less the first, with its sign.
    pub difference: String,
    /// Description of the difference.
    pub remark: &'static str,
}

/// Properties of both links: names with values.
#[must_use]
pub fn link_comparison_info(comparison: &LinkComparison) -> Vec<LinkComparisonLine> {
    let line = |name: &str, of: &dyn Fn(&LinkSide) -> String| {
        let [first, second] = [0, 1].map(|side: usize| of(&comparison.sides[side]));
        LinkComparisonLine {
            name: name.to_owned(),
            first,
            second,
            difference: String::new(),
            remark: "",
        }
    };
    let missing = || units::MISSING.to_owned();
    let sample = || tr!("the built-in sample").to_owned();
    vec![
        line(tr!("Title"), &|side| {
            Some(side.title.clone())
                .filter(|title| !title.is_empty())
                .unwrap_or_else(missing)
        }),
        line(tr!("Depths"), &|side| {
            side.source.clone().unwrap_or_else(sample)
        }),
        line(tr!("Pixels"), &|side| units::count(side.summary.count)),
        line(tr!("Median and 99th percentile"), &|side| {
            let summary = &side.summary;
            format!(
                "{}, {}",
                units::length(summary.median_m()),
                units::length(summary.p99_m())
            )
        }),
        line(tr!("Frames compared"), &|side| {
            side.compared
                .map_or_else(missing, |(frames, _, _)| units::count(f64::from(frames)))
        }),
        line(tr!("As measured by"), &|side| {
            side.compared
                .map_or_else(missing, |(_, evaluator, average)| {
                    evaluator_text(evaluator, average)
                })
        }),
        line(tr!("Range in use"), &|side| {
            let range = side.current.range;
            let ends = units::range(range.min_m(), range.max_m());
            let (bits, policy) = (side.how.bits.get(), tr_dynamic(side.how.policy.name()));
            tr!("{ends}, {bits} bits, {policy}", ends, bits, policy)
        }),
    ]
}

/// The metrics of INT8 and, where they differ, of FP32.
#[must_use]
pub fn link_comparison_lines(comparison: &LinkComparison) -> Vec<LinkComparisonLine> {
    // Sides measured by different evaluators are not compared, so one protocol stands for both.
    let evaluators = comparison.sides.iter().filter_map(|side| side.compared?.1);
    let protocol = evaluators
        .map(Evaluator::protocol)
        .next()
        .unwrap_or_default();
    let rows = comparison.metrics.iter();
    rows.flat_map(|row| metric_lines(row, quantity_under(row.metric, &protocol)))
        .collect()
}

fn metric_lines(row: &LinkMetric, quantity: Quantity) -> Vec<LinkComparisonLine> {
    let metric = row.metric;
    let signed = |difference: Option<f64>| {
        difference.map_or_else(
            || units::MISSING.to_owned(),
            |difference| {
                let [text, _, _] = changes_apart(quantity, [difference, 0.0, 0.0]);
                text
            },
        )
    };
    let pair = |of: fn(&Change) -> f64| match row.sides {
        [Some(a), Some(b)] => pair_texts(quantity, of(&a), of(&b)),
        sides => sides
            .map(|side| side.map_or_else(|| units::MISSING.to_owned(), |c| quantity.text(of(&c)))),
    };
    let [first, second] = pair(|change| change.fp32);
    let fp32 = LinkComparisonLine {
        name: tr!("{} of FP32", metric.name()),
        first,
        second,
        difference: signed(row.fp32_difference()),
        remark: "",
    };
    let [first, second] = pair(|change| change.int8);
    let int8 = LinkComparisonLine {
        name: tr!("{} of INT8", metric.name()),
        first,
        second,
        difference: signed(row.int8_difference()),
        remark: "",
    };
    let [first, second] = row
        .sides
        .map(|side| side.map_or_else(|| units::MISSING.to_owned(), |c| change_text(quantity, &c)));
    let changes = row.sides.map(|side| side.map(|change| change.difference()));
    let difference = match changes {
        [Some(a), Some(b)] => Some(b - a).filter(|d| d.is_finite()),
        _ => None,
    };
    let change = LinkComparisonLine {
        name: tr!("{}, INT8 \u{2212} FP32", metric.name()),
        first,
        second,
        difference: signed(difference),
        remark: overlap_text(row.overlap()),
    };
    if metric == Criterion::Bias || row.fp32_difference() != Some(0.0) {
        vec![fp32, int8, change]
    } else {
        vec![int8, change]
    }
}

fn overlap_text(overlap: IntervalOverlap) -> &'static str {
    match overlap {
        IntervalOverlap::Unknown => tr!("unknown"),
        IntervalOverlap::Some => tr!("intervals overlap: may be the same"),
        IntervalOverlap::None => tr!("intervals lie apart"),
    }
}

/// The pieces of both budgets as an RMSE each.
#[must_use]
pub fn piece_lines(comparison: &LinkComparison) -> Vec<LinkComparisonLine> {
    let lines = comparison
        .budgets
        .each_ref()
        .map(|budget| budget.as_ref().map(budget_lines).unwrap_or_default());
    let most = if lines[1].len() > lines[0].len() {
        1
    } else {
        0
    };
    let find = |side: usize, name: &str| lines[side].iter().find(|line| line.name == name);
    let line = |name: &'static str| {
        let both = [find(0, name), find(1, name)];
        let [first, second] = both
            .map(|line| line.map_or_else(|| units::MISSING.to_owned(), |line| line.length.clone()));
        let difference = match both {
            [Some(a), Some(b)] => {
                let root = |mse: f64| mse.signum() * mse.abs().sqrt();
                let [text, _, _] =
                    changes_apart(Quantity::Length, [root(b.mse) - root(a.mse), 0.0, 0.0]);
                text
            }
            _ => units::MISSING.to_owned(),
        };
        LinkComparisonLine {
            name: name.to_owned(),
            first,
            second,
            difference,
            remark: "",
        }
    };
    lines[most].iter().map(|piece| line(piece.name)).collect()
}

/// A range on the depths of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeLine {
    /// Its RMSE.
    pub rmse: LinkComparisonLine,
    /// The share of pixels inside, of each.
    pub coverage: [String; 2],
}

/// The ranges of both tables.
#[must_use]
pub fn range_lines(comparison: &LinkComparison) -> Vec<RangeLine> {
    comparison.ranges.iter().map(range_line).collect()
}

fn range_line(row: &LinkRange) -> RangeLine {
    let range = row.named.range;
    let difference = match row.rmse_m {
        [Some(a), Some(b)] => {
            let [text, _, _] = changes_apart(Quantity::Length, [b - a, 0.0, 0.0]);
            text
        }
        _ => units::MISSING.to_owned(),
    };
    let [first, second] = match row.rmse_m {
        [Some(a), Some(b)] => units::distinct_lengths([a, b]),
        sides => sides.map(|m| m.map_or_else(|| units::MISSING.to_owned(), units::length)),
    };
    RangeLine {
        rmse: LinkComparisonLine {
            name: format!(
                "{} {}",
                row.named.name,
                units::range(range.min_m(), range.max_m())
            ),
            first,
            second,
            difference,
            remark: match row.in_use {
                [true, true] => tr!("in use in both"),
                [true, false] => tr!("in use in the first"),
                [false, true] => tr!("in use in the second"),
                [false, false] => "",
            },
        },
        coverage: row.coverage.map(units::share),
    }
}

/// Reasons why the two are not comparable, a sentence each, and a note that they are two sets.
#[must_use]
pub fn incomparable_texts(comparison: &LinkComparison) -> Vec<&'static str> {
    let mut texts: Vec<&'static str> = comparison.incomparable.iter().map(unlike_text).collect();
    texts.push(tr!(
        "Links contain no maps, so frames are not paired: a difference smaller than the intervals may be chance.",
    ));
    texts
}

fn unlike_text(incomparable: &Incomparable) -> &'static str {
    match incomparable {
        Incomparable::Pixels => tr!(
            "The two links have different numbers of pixels: part of a difference may come from the data.",
        ),
        Incomparable::Frames => {
            tr!("The two links compare different numbers of frames: the data are not the same.")
        }
        Incomparable::Evaluators => {
            tr!("They were measured in different ways: their metrics are not comparable.",)
        }
        Incomparable::Measurements => tr!(
            "They have different codes, bits or policies: the ranges below are measured with the settings of the first for both.",
        ),
        Incomparable::Comparison => {
            tr!(
                "Only one of them contains a comparison of maps: its metrics and budget have no counterpart."
            )
        }
        Incomparable::NoComparison => {
            tr!(
                "Neither of them contains a comparison of maps: only depths and ranges are compared."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::{RangeSettings, published_candidates};
    use fathom_report::link::{Settings, compare_links, encode};

    #[test]
    fn a_sentence_says_what_a_link_holds() {
        let plain = link_contents(&SharedDepths::Sample, &SharedStudy::default(), false, 1234);
        assert_eq!(
            plain,
            "Contains the settings, but no file and no file name. 1,234 characters."
        );
        let frame = fathom_report::link::SharedFrame {
            name: "a".to_owned(),
            fp32_m: 0.5,
            int8_m: 0.75,
        };
        let named = SharedStudy {
            title: "Before".to_owned(),
            frames: vec![frame],
            ..SharedStudy::default()
        };
        assert_eq!(
            link_contents(&SharedDepths::Sample, &named, true, 99),
            "Contains the title, the settings, the network's guiltiest layers by name and the names of 1 frame, but no file. 99 characters."
        );
    }

    #[test]
    fn two_links_of_the_sample_are_alike_in_words_too() {
        let settings = Settings {
            ranges: published_candidates().expect("ranges"),
            current: 3,
            how: RangeSettings::default(),
            found: None,
        };
        let bytes = SharedStudy::default().to_bytes().expect("bytes");
        let link = encode(&SharedDepths::Sample, &settings, &bytes, &[]).expect("a link");
        let comparison = compare_links(&link, &link).expect("two links");
        for line in link_comparison_info(&comparison) {
            assert_eq!(line.first, line.second, "{}", line.name);
        }
        for line in range_lines(&comparison) {
            assert_eq!(line.rmse.first, line.rmse.second);
            assert!(
                !line
                    .rmse
                    .difference
                    .contains(|c: char| ('1'..='9').contains(&c))
            );
        }
        assert!(
            link_comparison_lines(&comparison).is_empty() && piece_lines(&comparison).is_empty()
        );
        assert!(incomparable_texts(&comparison)[0].starts_with("Neither of them"));
    }
}
