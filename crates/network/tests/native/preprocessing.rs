//! Preprocessing against PIL, OpenCV and numpy: `tests/golden/make_preprocessing.py` wrote the arrays.

use std::fs;
use std::path::{Path, PathBuf};

use fathom_network::preprocess::{Preprocessing, RgbImage, read_tensors};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    image: String,
    preprocess: String,
    array: String,
    shape: Vec<usize>,
    stride: usize,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/preprocessing")
}

fn image(name: &str) -> RgbImage {
    let bytes = fs::read(folder().join(name)).expect(name);
    RgbImage::decode(&bytes).expect(name)
}

/// The largest difference, and the mean of all, in units of the input.
fn tolerance(case: &Case) -> (f32, f32) {
    // One step of a byte after normalisation.
    let step = if case.preprocess.contains("divide=1") {
        1.0
    } else {
        1.0 / 255.0
    };
    match case.image.rsplit('.').next() {
        // Decoders of JPEG and lossy WebP may round an inverse transform or an interpolated chroma another way.
        Some("jpg") => (3.0 * step, 0.5 * step),
        Some("webp") if case.image == "lossy.webp" => (3.0 * step, 0.5 * step),
        _ if case.preprocess.contains("opencv-cubic") && !case.preprocess.contains("on=float") => {
            // Sums in single precision depend on the order that a processor's instructions take.
            (1.01 * step, 0.001 * step)
        }
        _ => (2e-6, 1e-7),
    }
}

#[test]
fn inputs_are_those_of_pil_opencv_and_numpy() {
    let text = fs::read_to_string(folder().join("cases.json")).expect("the cases");
    let cases: Vec<Case> = serde_json::from_str(&text).expect("JSON");
    let arrays = fs::read(folder().join("expected.npz")).expect("the arrays");
    let arrays = read_tensors(&arrays).expect("an NPZ");
    assert!(cases.len() > 60, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let what = format!("{} {}", case.image, case.preprocess);
        let settings: Preprocessing = case.preprocess.parse().expect(&what);
        let prepared = settings.prepare(&image(&case.image)).expect(&what).tensor;
        let array = arrays.iter().find(|array| array.name == case.array);
        let expected = &array.expect(&what).tensor.values;
        if prepared.shape != case.shape {
            wrong.push(format!(
                "{what}: shape {:?}, not {:?}",
                prepared.shape, case.shape
            ));
            continue;
        }
        let kept: Vec<f32> = prepared
            .values
            .iter()
            .copied()
            .step_by(case.stride)
            .collect();
        assert_eq!(kept.len(), expected.len(), "{what}");
        let differences: Vec<f32> = kept
            .iter()
            .zip(expected)
            .map(|(a, b)| (a - b).abs())
            .collect();
        let largest = differences.iter().copied().fold(0.0, f32::max);
        let mean = differences.iter().sum::<f32>() / differences.len() as f32;
        let (largest_allowed, mean_allowed) = tolerance(case);
        if !(largest <= largest_allowed && mean <= mean_allowed) {
            wrong.push(format!("{what}: largest {largest}, mean {mean}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn damaged_images_are_refused_in_a_sentence() {
    for name in [
        "image.png",
        "420.jpg",
        "progressive.jpg",
        "lossy.webp",
        "lossless.webp",
    ] {
        let bytes = fs::read(folder().join(name)).expect(name);
        for kept in [0, 3, 11, 24, 40, bytes.len() / 2] {
            // A decoder may fill what is missing; it must not panic.
            if let Err(error) = RgbImage::decode(&bytes[..kept]) {
                let text = error.to_string();
                assert!(
                    text.contains("save") && !text.contains('\n'),
                    "{name}, {kept} bytes: {text}"
                );
            }
        }
        for at in (0..bytes.len()).step_by(7) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x55;
            let _ = RgbImage::decode(&flipped);
        }
    }
}
