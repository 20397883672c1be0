//! Every figure of a measured range as text.

use fathom_analysis::{ClippedPixels, MeasuredErrors, PUBLISHED_CASE, PublishedRange, RangeReport};
use fathom_core::i18n::{msgid, tr};
use fathom_core::units;

/// A figure by its name, and its text for a range.
pub type RangeFigure = (&'static str, fn(&RangeReport) -> String);

fn length_or_dash(value: Option<f64>) -> String {
    value.map_or(units::MISSING.to_owned(), units::length)
}

fn depth_or_dash(value: Option<f64>) -> String {
    value.map_or(units::MISSING.to_owned(), units::depth)
}

const FIGURES: [RangeFigure; 37] = [
    (msgid("Valid pixels"), |r| units::count(r.count)),
    (msgid("Inside (coverage)"), |r| units::share(r.coverage)),
    (msgid("Below the start"), |r| units::share(r.below.share)),
    (msgid("Beyond the end"), |r| units::share(r.above.share)),
    (msgid("Far-side coverage (up to the end)"), |r| {
        units::share(r.far_coverage)
    }),
    (msgid("Ends of the code"), |r| {
        units::range(r.effective.min_m(), r.effective.max_m())
    }),
    (msgid("Step"), |r| units::length(r.step_m)),
    (msgid("Half step: largest rounding error"), |r| {
        units::length(r.half_step_m)
    }),
    (msgid("Ideal rounding RMSE, step/\u{221a}12"), |r| {
        units::length(r.ideal_rmse_m)
    }),
    (msgid("Pixels measured under the policy"), |r| {
        error_text(r, |e| units::count(e.count))
    }),
    ("RMSE", |r| error_text(r, |e| units::length(e.metrics.rmse))),
    (msgid("\u{2003}rounding part"), |r| {
        error_text(r, |e| units::length(e.rounding_m))
    }),
    (msgid("\u{2003}clipping part"), |r| {
        error_text(r, |e| units::length(e.clipping_m))
    }),
    (msgid("Mean depth of clipped pixels"), |r| {
        depth_or_dash(r.clipped.mean_depth_m)
    }),
    (msgid("Mean error of clipped pixels"), |r| {
        length_or_dash(r.clipped.mean_error_m)
    }),
    (msgid("Their contribution to RMSE"), |r| {
        contribution(&r.clipped)
    }),
    (msgid("\u{2003}beyond the end: mean depth"), |r| {
        depth_or_dash(r.above.mean_depth_m)
    }),
    (msgid("\u{2003}beyond the end: mean error"), |r| {
        length_or_dash(r.above.mean_error_m)
    }),
    (msgid("\u{2003}beyond the end: contribution"), |r| {
        contribution(&r.above)
    }),
    (msgid("\u{2003}below the start: mean depth"), |r| {
        depth_or_dash(r.below.mean_depth_m)
    }),
    (msgid("\u{2003}below the start: mean error"), |r| {
        length_or_dash(r.below.mean_error_m)
    }),
    (msgid("\u{2003}below the start: contribution"), |r| {
        contribution(&r.below)
    }),
    ("MAE", |r| error_text(r, |e| units::length(e.metrics.mae))),
    (msgid("Bias"), |r| {
        error_text(r, |e| units::length(e.metrics.bias))
    }),
    ("abs_rel", |r| {
        error_text(r, |e| units::ratio(e.metrics.abs_rel))
    }),
    ("sq_rel", |r| {
        error_text(r, |e| units::length(e.metrics.sq_rel))
    }),
    ("rmse_log", |r| {
        error_text(r, |e| units::ratio(e.metrics.rmse_log))
    }),
    ("log10", |r| {
        error_text(r, |e| units::ratio(e.metrics.log10))
    }),
    ("silog", |r| {
        error_text(r, |e| units::ratio(e.metrics.silog))
    }),
    ("irmse", |r| {
        error_text(r, |e| tr!("{} /km", units::ratio(e.metrics.irmse)))
    }),
    ("imae", |r| {
        error_text(r, |e| tr!("{} /km", units::ratio(e.metrics.imae)))
    }),
    (msgid("delta1, ratio under 1.25"), |r| {
        error_text(r, |e| units::share(e.metrics.delta1))
    }),
    (msgid("delta2, under 1.25\u{b2}"), |r| {
        error_text(r, |e| units::share(e.metrics.delta2))
    }),
    (msgid("delta3, under 1.25\u{b3}"), |r| {
        error_text(r, |e| units::share(e.metrics.delta3))
    }),
    (msgid("Raised to 1 mm for ratios and logs"), |r| {
        error_text(r, |e| units::share(e.floored))
    }),
    (msgid("Published RMSE"), |r| {
        published(r).map_or(units::MISSING.to_owned(), |p| units::length(p.rmse_m))
    }),
    (msgid("Published abs_rel"), |r| {
        published(r).map_or(units::MISSING.to_owned(), |p| units::ratio(p.abs_rel))
    }),
];

/// Rows at the end that only the sample has.
const PUBLISHED_ROWS: usize = 2;

fn contribution(clipped: &ClippedPixels) -> String {
    units::length(clipped.contribution_m)
}

/// The figures of a range in the order of a table; those of the published case only where the depths are its own.
#[must_use]
pub fn range_figures(is_sample: bool) -> &'static [RangeFigure] {
    let rows = if is_sample {
        FIGURES.len()
    } else {
        FIGURES.len() - PUBLISHED_ROWS
    };
    &FIGURES[..rows]
}

/// A figure under the policy, or a dash where it leaves no pixel.
pub fn error_text(report: &RangeReport, of: impl Fn(&MeasuredErrors) -> String) -> String {
    report.errors.as_ref().map_or(units::MISSING.to_owned(), of)
}

/// Index of the published candidate that a row is; `None` for other rows.
fn published(report: &RangeReport) -> Option<&'static PublishedRange> {
    PUBLISHED_CASE.ranges.iter().find(|p| {
        report.named.range.max_m() == p.max_m && report.named.range.min_m() == PUBLISHED_CASE.min_m
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::{NamedRange, RangeSettings};
    use fathom_core::quant::OutputRange;
    use fathom_core::stats::{Distribution, Resolution};

    #[test]
    fn each_name_has_its_own_figure() {
        let depths: Vec<f64> = (0..3000).map(|i| 0.2 + 0.0037 * f64::from(i)).collect();
        let counts = vec![1; depths.len()];
        let depths = Distribution::new(depths, counts, Resolution::Exact).expect("depths");
        let named = NamedRange {
            name: "mine".to_owned(),
            range: OutputRange::new(0.35, 11.15).expect("a range"),
        };
        let r = RangeReport::measure(&depths, &named, &RangeSettings::default());
        let e = r.errors.expect("pixels");
        let expected = [
            ("Inside (coverage)", units::share(r.coverage)),
            ("Below the start", units::share(r.below.share)),
            ("Beyond the end", units::share(r.above.share)),
            ("Step", units::length(r.step_m)),
            (
                "Half step: largest rounding error",
                units::length(r.half_step_m),
            ),
            ("RMSE", units::length(e.metrics.rmse)),
            ("\u{2003}rounding part", units::length(e.rounding_m)),
            ("\u{2003}clipping part", units::length(e.clipping_m)),
            ("MAE", units::length(e.metrics.mae)),
            ("Bias", units::length(e.metrics.bias)),
            ("abs_rel", units::ratio(e.metrics.abs_rel)),
            ("sq_rel", units::length(e.metrics.sq_rel)),
            ("rmse_log", units::ratio(e.metrics.rmse_log)),
            ("log10", units::ratio(e.metrics.log10)),
            ("silog", units::ratio(e.metrics.silog)),
            ("irmse", format!("{} /km", units::ratio(e.metrics.irmse))),
            ("imae", format!("{} /km", units::ratio(e.metrics.imae))),
            ("delta1, ratio under 1.25", units::share(e.metrics.delta1)),
            ("delta2, under 1.25\u{b2}", units::share(e.metrics.delta2)),
        ];
        for (name, text) in &expected {
            let figure = range_figures(true).iter().find(|(own, _)| own == name);
            let (_, of) = figure.unwrap_or_else(|| panic!("no {name}"));
            assert_eq!(of(&r), *text, "{name}");
            let same = expected.iter().filter(|(_, other)| other == text).count();
            assert_eq!(same, 1, "{name} cannot be told from another figure");
        }
    }

    #[test]
    fn only_the_sample_has_published_figures() {
        let names = |is_sample| {
            let figures = range_figures(is_sample).iter();
            figures.map(|(name, _)| *name).collect::<Vec<_>>()
        };
        assert!(names(true).contains(&"Published RMSE"));
        assert!(
            !names(false)
                .iter()
                .any(|name| name.starts_with("Published"))
        );
        assert_eq!(names(true).len(), names(false).len() + 2);
    }
}
