//! Metrics of the coded sample from running sums equal those from a pass over its millions of distinct depths. Cancellation in the running
//! sums would show here.

use fathom_analysis::range_space::RangePoint;
use fathom_analysis::{Policy, RangeSettings};
use fathom_core::metrics::{Criterion, DEFAULT_EVAL_MIN_M, DepthMetrics, ErrorSums, pixel_sums};
use fathom_core::quant::{Bits, OutputRange, ScalarCode, UniformCode};
use fathom_core::stats::Distribution;

/// Block length of the summation. Plain addition of millions of terms would lose the digits that are compared.
const BLOCK: usize = 2048;

fn pixel_by_pixel(depths: &Distribution, code: &UniformCode) -> DepthMetrics {
    let mut sums = ErrorSums::default();
    let blocks = depths
        .values_m()
        .chunks(BLOCK)
        .zip(depths.counts().chunks(BLOCK));
    for (values, counts) in blocks {
        let pixels = values.iter().zip(counts);
        let depths: Vec<f64> = pixels
            .flat_map(|(&depth, &count)| std::iter::repeat_n(depth, count as usize))
            .collect();
        let coded: Vec<f64> = depths.iter().map(|&d| code.reconstruct_m(d)).collect();
        let [block] = pixel_sums(&depths, [&coded], DEFAULT_EVAL_MIN_M);
        sums.add(&block.errors);
    }
    DepthMetrics::from_sums(&sums).expect("pixels")
}

fn check(depths: &Distribution, range: (f64, f64), bits: u8, tolerance: f64) {
    let range = OutputRange::new(range.0, range.1).expect("a range");
    let bits = Bits::new(bits).expect("bits");
    let how = RangeSettings {
        bits,
        ..RangeSettings::default()
    };
    let point = RangePoint::measure(depths, range, &how);
    let expected = pixel_by_pixel(depths, &UniformCode::new(range, bits));
    for criterion in Criterion::ALL {
        let parts = point.parts(criterion, Policy::Count, 1.0);
        let (got, expected) = (parts.expect("pixels").value, criterion.value_in(&expected));
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{criterion:?}, {range:?}, {bits:?}: {got} against {expected}, {:e} off",
            (got / expected - 1.0).abs()
        );
    }
}

#[test]
fn every_metric_of_the_sample_equals_a_pass_over_its_pixels() {
    let depths = fathom_core::synth::long_tail().expect("the sample");
    for range in [(0.5, 15.0), (0.5, 150.0), (2.0, 31.4)] {
        check(&depths, range, 8, 1e-9);
        check(&depths, range, 12, 1e-8);
        check(&depths, range, 16, 1e-6);
    }
    let (nearest, farthest) = (depths.min_m(), depths.max_m());
    check(&depths, (nearest, farthest), 8, 1e-9);
    check(&depths, (nearest, farthest), 16, 1e-6);
}
