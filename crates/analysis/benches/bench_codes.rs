//! Benchmarks of fitted codes, sweeps under every metric, maps over both ends and the search for the best range.
//!
//! They run on 2.2 million different depths, the costliest data, and on the same depths rounded to the millimetre.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fathom_analysis::calibrators::Calibrator;
use fathom_analysis::range_space::{
    AxisDomain, AxisSweep, BitSweep, OptimumSearch, RangeMapAxes, SumKind,
};
use fathom_analysis::{CodeChoice, CodeComparison, CodeReport, CodeSize, Policy, RangeSettings};
use fathom_core::metrics::{Criterion as Metric, DEFAULT_EVAL_MIN_M};
use fathom_core::quant::{Bits, CodeSpec, ErrorWeight, OutputRange, PointDensity, lloyd_max};
use fathom_core::stats::Distribution;

/// Rounds depths to the millimetre, as most files do: 2 million pixels with at most 65,534 different depths.
fn to_the_millimetre(depths: &Distribution) -> Distribution {
    let mut values: Vec<f64> = Vec::new();
    let mut counts: Vec<u32> = Vec::new();
    for (&depth, &count) in depths.values_m().iter().zip(depths.counts()) {
        let rounded = (depth * 1e3).round().clamp(1.0, 65_534.0) / 1e3;
        if values.last() == Some(&rounded) {
            *counts.last_mut().expect("a count for each depth") += count;
        } else {
            values.push(rounded);
            counts.push(count);
        }
    }
    Distribution::new(values, counts, depths.resolution()).expect("sorted depths")
}

fn benches(c: &mut Criterion) {
    let depths = fathom_core::synth::long_tail().expect("the sample");
    c.bench_function("Lloyd-Max, 256 values, 2 million different depths", |b| {
        b.iter(|| black_box(lloyd_max(&depths, 256)));
    });
    c.bench_function("companding, 256 values, 2 million different depths", |b| {
        b.iter(|| {
            let density = PointDensity::estimate(&depths, ErrorWeight::Same).expect("a density");
            black_box(density.code(256))
        });
    });
    let millimetres = to_the_millimetre(&depths);
    c.bench_function("Lloyd-Max, 256 values, to the millimetre", |b| {
        b.iter(|| black_box(lloyd_max(&millimetres, 256)));
    });
    ranges(c, "all different", &depths);
    ranges(c, "to the millimetre", &millimetres);
}

fn ranges(c: &mut Criterion, name: &str, depths: &Distribution) {
    let settings = RangeSettings::default();
    let range = OutputRange::new(0.5, 15.0).expect("a range");
    c.bench_function(&format!("sweep of 200 ends, every metric, {name}"), |b| {
        b.iter(|| {
            let mut sweep = AxisSweep::new(AxisDomain::ends(depths, 0.5, &[]), settings);
            while sweep.step(depths) {}
            black_box(sweep.points().count())
        });
    });
    let kinds = [
        ("every metric", SumKind::All),
        ("RMSE", SumKind::Squares),
        ("MAE", SumKind::Depths),
        ("abs_rel", SumKind::Inverses),
        ("SILog", SumKind::Logs),
        ("log10", SumKind::AbsoluteLogs),
        ("sq_rel", SumKind::SquaresOverDepth),
        ("delta1", SumKind::Ratios),
    ];
    for (metrics, sums) in kinds {
        c.bench_function(&format!("map of 64 x 64 ranges, {metrics}, {name}"), |b| {
            b.iter(|| {
                let axes = RangeMapAxes::around(depths, 64, 64);
                for row in 0..64 {
                    black_box(axes.row(depths, row, &settings, sums));
                }
            });
        });
    }
    let three = [Metric::Rmse, Metric::AbsRel, Metric::Delta1];
    for (metrics, criteria) in [
        ("3 metrics", three.as_slice()),
        ("13 metrics", &Metric::ALL),
    ] {
        c.bench_function(&format!("best range, both ends, {metrics}, {name}"), |b| {
            let search = OptimumSearch {
                settings,
                clipping_weight: 1.0,
            };
            b.iter(|| black_box(search.run(depths, criteria)));
        });
    }
    c.bench_function(&format!("4 to 16 bits, {name}"), |b| {
        b.iter(|| {
            let mut ladder = BitSweep::new(range, settings);
            while ladder.step(depths) {}
            black_box(ladder.rows().len())
        });
    });
    for code in [CodeSpec::Int16, CodeSpec::Float16] {
        let built = code.over(range, Bits::EIGHT).expect("a code");
        c.bench_function(&format!("{}, {name}", code.name()), |b| {
            b.iter(|| {
                black_box(CodeReport::measure(
                    depths,
                    &built,
                    Policy::Count,
                    DEFAULT_EVAL_MIN_M,
                ))
            });
        });
    }
    c.bench_function(&format!("16 codes, {name}"), |b| {
        b.iter(|| {
            let amount = CodeSize::Bits(Bits::EIGHT);
            let choices = CodeChoice::all();
            let mut codes =
                CodeComparison::new(choices, range, amount, Policy::Count, DEFAULT_EVAL_MIN_M);
            while codes.step(depths) {}
            black_box(codes.rows().len())
        });
    });
    c.bench_function(&format!("18 calibration methods, {name}"), |b| {
        b.iter(|| {
            for method in Calibrator::all() {
                let _ = black_box(method.range(depths, Bits::EIGHT));
            }
        });
    });
}

criterion_group! {
    name = all;
    config = Criterion::default().sample_size(10);
    targets = benches
}
criterion_main!(all);
