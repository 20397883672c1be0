//! Degenerate depths and ranges give finite figures or an error, never NaN.

use fathom_analysis::calibrators::{Calibrator, CalibratorComparison};
use fathom_analysis::range_space::{
    AxisDomain, AxisSweep, BitSweep, RangeMapAxes, RangeMapPoint, RangePoint, SumKind,
};
use fathom_analysis::{
    CodeChoice, CodeComparison, CodeSize, NamedRange, Policy, RangeReport, RangeSettings,
};
use fathom_core::metrics::{Criterion, DEFAULT_EVAL_MIN_M};
use fathom_core::quant::{Bits, CodeKind, OutputRange};
use fathom_core::stats::{Distribution, Resolution};
use proptest::prelude::*;

/// Denormal, tiny, usual and huge depths, in metres.
const DEPTHS_M: [f64; 12] = [
    5e-324,
    1e-310,
    1e-200,
    1e-12,
    9.9e-4,
    1e-3,
    0.5,
    2.0,
    2.0000000000000004,
    15.0,
    230.273,
    9.9e8,
];

fn distributions() -> impl Strategy<Value = Distribution> {
    let counts = prop_oneof![Just(1_u32), 1_u32..2000, Just(u32::MAX)];
    let pixels = (prop::sample::select(DEPTHS_M.as_slice()), counts);
    prop::collection::vec(pixels, 1..4).prop_map(|mut pixels| {
        pixels.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (values, counts) = pixels.into_iter().unzip();
        Distribution::new(values, counts, Resolution::Exact).expect("sorted positive depths")
    })
}

/// Ends of every kind, ordered or not; invalid ones are an error text.
fn ranges() -> impl Strategy<Value = Result<OutputRange, String>> {
    let end = || {
        prop_oneof![
            prop::sample::select(DEPTHS_M.as_slice()),
            Just(0.0),
            Just(-1.0),
            Just(1e9),
            Just(f64::NAN),
            Just(f64::INFINITY),
        ]
    };
    (end(), end()).prop_map(|(a, b)| OutputRange::new(a, b).map_err(|error| error.to_string()))
}

fn check_point(point: &RangePoint) -> Result<(), TestCaseError> {
    for criterion in Criterion::ALL {
        for policy in Policy::ALL {
            let finite = point.parts(criterion, policy, 1.0).is_none_or(|p| {
                p.value.is_finite() && p.rounding.is_finite() && p.clipping.is_finite()
            });
            prop_assert!(finite, "{criterion:?}, {policy:?}: {point:?}");
        }
    }
    Ok(())
}

fn check_text(what: &impl std::fmt::Debug) -> Result<(), TestCaseError> {
    let text = format!("{what:?}");
    prop_assert!(!text.contains("NaN") && !text.contains(": inf"), "{text}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reports_and_sweeps_are_finite(
        depths in distributions(), range in ranges(), bits in 1_u8..=16, kind in prop::sample::select(CodeKind::ALL.as_slice()),
    ) {
        let range = match range {
            Ok(range) => range,
            Err(sentence) => {
                prop_assert!(sentence.contains("range"), "{sentence}");
                return Ok(());
            }
        };
        let how = RangeSettings { code: kind, bits: Bits::new(bits).expect("a width"), ..RangeSettings::default() };
        check_point(&RangePoint::measure(&depths, range, &how))?;
        for policy in Policy::ALL {
            let named = NamedRange { name: String::new(), range };
            check_text(&RangeReport::measure(&depths, &named, &RangeSettings { policy, ..how }))?;
        }
        let mut ladder = BitSweep::new(range, how);
        while ladder.step(&depths) {}
        for row in ladder.rows() {
            check_point(&row.point)?;
        }
        let domains = [AxisDomain::ends(&depths, range.min_m(), &[]), AxisDomain::starts(&depths, range.max_m())];
        for domain in domains {
            let mut sweep = AxisSweep::new(domain, how);
            while sweep.step(&depths) {}
            for point in sweep.points() {
                check_point(point)?;
            }
        }
        let axes = RangeMapAxes::around(&depths, 5, 5);
        for row in 0..5 {
            for point in axes.row(&depths, row, &how, SumKind::All).into_iter().flatten().flatten() {
                let RangeMapPoint::Full(point) = point else { return Err(TestCaseError::fail("all sums were requested")) };
                check_point(&point)?;
            }
            for point in axes.row(&depths, row, &how, SumKind::Squares).into_iter().flatten().flatten() {
                let value = point.parts(Criterion::Rmse, Policy::Count, 1.0).map(|parts| parts.value);
                prop_assert!(value.is_none_or(f64::is_finite), "{value:?}");
            }
        }
    }

    #[test]
    fn codes_and_calibrators_give_figures_or_a_sentence(depths in distributions(), range in ranges()) {
        let Ok(range) = range else { return Ok(()) };
        for amount in [CodeSize::Bits(Bits::EIGHT), CodeSize::Levels(7)] {
            let mut codes = CodeComparison::new(CodeChoice::all(), range, amount, Policy::Count, DEFAULT_EVAL_MIN_M);
            while codes.step(&depths) {}
            for row in codes.rows() {
                check_text(row)?;
            }
        }
        let mut methods = CalibratorComparison::new(Calibrator::all(), RangeSettings::default());
        while methods.step(&depths) {}
        for row in methods.rows() {
            check_text(row)?;
        }
    }
}
