//! Benchmarks of the page's main jobs: files to a distribution, a sweep of 200 ends, and one edit of a range.
//!
//! `reference.py` does the same jobs with numpy and Pillow, on the same files.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::{env, fs};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use fathom_analysis::{
    NamedRange, RangeReport, RangeSettings, SweepDomain, SweepPoint, published_candidates, sweep,
};
use fathom_core::depth::{Encoding, Region, ScalePreset};
use fathom_core::quant::OutputRange;
use fathom_core::stats::{DepthWindow, Distribution, Encodings, SampleSummary};
use fathom_decode::{DecodeOptions, decode};

/// Returns 91 real frames of 176 x 144 if they are beside the checkout, and otherwise synthetic ones of the same size.
fn frames() -> Vec<Vec<u8>> {
    let data = env::var_os("FATHOM_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let read = |entry: fs::DirEntry| fs::read(entry.path()).ok();
    let real: Vec<Vec<u8>> = fs::read_dir(data.join("triple/gt"))
        .map(|folder| folder.flatten().filter_map(read).collect())
        .unwrap_or_default();
    if real.is_empty() {
        println!("no real frames beside the checkout: synthetic ones are used");
        (0..91).map(synthetic_frame).collect()
    } else {
        real
    }
}

/// Returns a synthetic frame as a 16-bit PNG: a slanted room in millimetres with some missing pixels.
fn synthetic_frame(number: u32) -> Vec<u8> {
    let (width, height) = (176_u32, 144_u32);
    let mut samples = Vec::new();
    for i in 0..width * height {
        let (x, y) = (i % width, i / width);
        let depth = 900 + 8 * x + 5 * y + (x * 7919 + y * 104_729 + number * 31) % 23;
        let sample = if (x * y + number).is_multiple_of(11) {
            0
        } else {
            depth
        };
        samples.extend_from_slice(&(sample as u16).to_be_bytes());
    }
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&samples).expect("the samples");
    writer.finish().expect("a whole file");
    out
}

/// Returns a real frame of 640 x 480 if it is beside the checkout.
fn large_frame() -> Option<Vec<u8>> {
    let data = env::var_os("FATHOM_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let entry = fs::read_dir(data.join("kinect640"))
        .ok()?
        .flatten()
        .next()?;
    fs::read(entry.path()).ok()
}

fn distribution(frames: &[Vec<u8>]) -> Distribution {
    let mut summary = SampleSummary::default();
    for bytes in frames {
        let decoded = decode(bytes, &DecodeOptions::default()).expect("a frame");
        summary.add(&decoded.maps[0], &Region::default(), &[65_535.0]);
    }
    let encodings = Encodings {
        integer: ScalePreset::Millimetre.encoding(),
        float: Encoding::METRES,
    };
    let parts = vec![(summary, encodings, vec![65_535.0])];
    SampleSummary::distribution(parts, &DepthWindow::default())
        .expect("valid depths")
        .0
}

/// Returns the same depths with 137 times as many pixels: 2.2 million become 300 million.
fn times_137(depths: &Distribution) -> Distribution {
    let counts = depths.counts().iter().map(|count| count * 137).collect();
    Distribution::new(depths.values_m().to_vec(), counts, depths.resolution())
        .expect("the same depths")
}

fn named(max_m: f64) -> NamedRange {
    NamedRange {
        name: String::new(),
        range: OutputRange::new(0.5, max_m).expect("a range"),
    }
}

fn benches(c: &mut Criterion) {
    let settings = RangeSettings::default();
    let frames = frames();
    c.bench_function("decode and gather 91 frames of 176x144", |b| {
        b.iter(|| black_box(distribution(&frames)));
    });

    if let Some(frame) = large_frame() {
        c.bench_function("decode one frame of 640x480, 16-bit PNG", |b| {
            b.iter(|| black_box(decode(&frame, &DecodeOptions::default()).expect("a frame")));
        });
    }

    let candidates = published_candidates().expect("candidates");
    let few = distribution(&frames);
    let many = fathom_core::synth::long_tail().expect("the sample");
    let (few_large, many_large) = (times_137(&few), times_137(&many));
    for (name, depths) in [
        ("2 million px, 2,000 depths", &few),
        ("300 million px, 2,000 depths", &few_large),
        ("2 million px, all different", &many),
        ("300 million px, 2 million different", &many_large),
    ] {
        let domain = SweepDomain::around(depths, 0.5, &candidates);
        c.bench_function(&format!("sweep of 200 ends, {name}"), |b| {
            b.iter(|| black_box(sweep(depths, domain, &settings)));
        });
        // A different end each time, so that processor caches do not hold the last result's data.
        let mut end = 0_u32;
        let mut next_end = move || {
            end = (end + 37) % 1000;
            7.0 + f64::from(end) * 0.01
        };
        c.bench_function(&format!("one edit of a range, {name}"), |b| {
            b.iter_batched(
                || named(next_end()),
                |named| {
                    black_box(RangeReport::measure(depths, &named, &settings));
                    black_box(SweepPoint::measure(depths, named.range, &settings))
                },
                BatchSize::SmallInput,
            );
        });
    }

    c.bench_function("the built-in sample", |b| {
        b.iter(|| black_box(fathom_core::synth::long_tail()));
    });
}

criterion_group! {
    name = all;
    config = Criterion::default().sample_size(20);
    targets = benches
}
criterion_main!(all);
