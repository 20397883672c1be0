//! Codes fitted to a distribution, sweeps under every metric and the map over both ends, on depths that are all different: the
//! costliest data there are.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fathom::quant::{ErrorWeight, PointDensity, lloyd_max};

fn benches(c: &mut Criterion) {
    let depths = fathom::synth::long_tail().expect("the sample");
    c.bench_function("Lloyd-Max, 256 values, 2 million different depths", |b| {
        b.iter(|| black_box(lloyd_max(&depths, 256)));
    });
    c.bench_function("companding, 256 values, 2 million different depths", |b| {
        b.iter(|| {
            let density = PointDensity::of(&depths, ErrorWeight::Same).expect("a density");
            black_box(density.code(256))
        });
    });
}

criterion_group! {
    name = all;
    config = Criterion::default().sample_size(10);
    targets = benches
}
criterion_main!(all);
