//! Benchmarks of comparing a set of predictions with ground truth: 91 frames of 176 x 144, from maps in metres to every figure.
//!
//! `practice.py` does the same jobs with numpy, on frames from the same formula.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fathom_analysis::compare::{
    Average, CompareSettings, Comparison, FrameComparison, FrameMaps, FrameMetricSums, PixelPairs,
    Resampling, SortedPairs, changes, frame_rows,
};
use fathom_core::quant::{Bits, CodeSpec, OutputRange};

const WIDTH: usize = 176;
const HEIGHT: usize = 144;
const FRAMES: usize = 91;

/// Step of the quantized prediction, in metres.
const STEP_M: f64 = 0.014_623;

struct Maps {
    gt_m: Vec<f64>,
    fp32_m: Vec<f64>,
    int8_m: Vec<f64>,
}

/// Returns deterministic noise, uniform in -0.5..0.5, from the high bits of a product.
fn noise(seed: usize) -> f64 {
    let mixed = (seed as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (mixed >> 40) as f64 / f64::from(1 << 24) - 0.5
}

fn frame(k: usize) -> Maps {
    let pixels = WIDTH * HEIGHT;
    let mut maps = Maps {
        gt_m: Vec::with_capacity(pixels),
        fp32_m: Vec::with_capacity(pixels),
        int8_m: Vec::with_capacity(pixels),
    };
    for i in 0..pixels {
        let (x, y) = ((i % WIDTH) as f64, (i / WIDTH) as f64);
        let seed = 3 * (k * pixels + i);
        let depth_m = 0.8 + 0.01 * y + 0.003 * x + 0.005 * k as f64;
        let is_hole = noise(seed) < -0.41;
        let fp32 = f64::from((1.02 * depth_m + 0.4 * noise(seed + 1)) as f32);
        let int8 = ((fp32 + 0.04 * noise(seed + 2) + 0.002) / STEP_M).round_ties_even() * STEP_M;
        maps.gt_m.push(if is_hole {
            f64::NAN
        } else {
            (depth_m * 1e3).round_ties_even() / 1e3
        });
        maps.fp32_m.push(fp32);
        maps.int8_m.push(f64::from(int8 as f32));
    }
    maps
}

fn compare(maps: &[Maps], settings: &CompareSettings) -> Vec<FrameComparison> {
    maps.iter()
        .map(|m| {
            let maps = FrameMaps {
                width: WIDTH,
                gt_m: &m.gt_m,
                fp32_m: &m.fp32_m,
                int8_m: &m.int8_m,
            };
            FrameComparison::measure(&maps, settings).expect("pixels")
        })
        .collect()
}

fn benches(c: &mut Criterion) {
    let maps: Vec<Maps> = (0..FRAMES).map(frame).collect();
    let settings = CompareSettings::default();
    let frames = compare(&maps, &settings);
    let evals: Vec<FrameMetricSums> = frames.iter().map(FrameComparison::metric_sums).collect();
    let per_frame = Resampling {
        average: Average::PerFrame,
        ..Resampling::default()
    };
    c.bench_function("compare 91 frames of 176 x 144", |b| {
        b.iter(|| black_box(compare(&maps, &settings)));
    });
    c.bench_function("merge 91 frames, their rows and every figure", |b| {
        b.iter(|| {
            let set = Comparison::from_frames(&frames);
            black_box((
                set.pooled(&settings.protocol),
                set.budget(),
                set.grid().ok(),
            ));
            black_box(frame_rows(&frames))
        });
    });
    c.bench_function("intervals of 13 metrics, pooled", |b| {
        b.iter(|| black_box(changes(&evals, &settings.protocol, &Resampling::default())));
    });
    c.bench_function("intervals of 13 metrics, per frame", |b| {
        b.iter(|| black_box(changes(&evals, &settings.protocol, &per_frame)));
    });
    let gather = || {
        let mut sums = PixelPairs::default();
        for m in &maps {
            sums.add(&m.gt_m, &m.fp32_m);
        }
        sums
    };
    c.bench_function("gather and sort pixels for other codes", |b| {
        b.iter(|| black_box(SortedPairs::from_parts(&[gather().into_flat()])));
    });
    let pairs = SortedPairs::from_parts(&[gather().into_flat()]);
    c.bench_function("200 ranges of the predictions themselves", |b| {
        b.iter(|| {
            for i in 0..200 {
                let range = OutputRange::new(0.5, 1.0 + 0.02 * f64::from(i)).expect("a range");
                let code = CodeSpec::Uniform.over(range, Bits::EIGHT).expect("a code");
                black_box(pairs.coded(&code));
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
