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

#[test]
fn images_that_exif_turns_are_refused_and_upright_ones_are_not() {
    let jpeg = fs::read(folder().join("420.jpg")).expect("a JPEG");
    for orientation in 0..=9_u8 {
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let length = (exif.len() as u16 + 2).to_be_bytes();
        let turned = [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat();
        let mut png = Vec::new();
        let mut info = png::Info::with_size(1, 1);
        info.exif_metadata = Some(exif[6..].to_vec().into());
        let mut writer = png::Encoder::with_info(&mut png, info).expect("an encoder");
        writer.set_depth(png::BitDepth::Eight);
        let mut writer = writer.write_header().expect("a header");
        writer.write_image_data(&[7]).expect("a pixel");
        writer.finish().expect("an end");
        for (format, bytes) in [("JPEG", &turned), ("PNG", &png)] {
            match (orientation, RgbImage::decode(bytes)) {
                (2..=8, Err(error)) => {
                    let text = error.to_string();
                    let start = format!("a {format} that is to be turned");
                    let quoted = format!("EXIF orientation {orientation}");
                    assert!(text.starts_with(&start) && text.contains(&quoted), "{text}");
                }
                (0 | 1 | 9, Ok(_)) => {}
                (_, other) => panic!("{format} {orientation}: {other:?}"),
            }
        }
    }
}
