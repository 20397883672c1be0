//! The frames of the example network: hazy images of a made room, with their ground truth.
//!
//! `tests/golden/make_example_network.py` made the network for these images.

use crate::example_set::{FRAMES, HEIGHT, MadeFile, Noise, WIDTH, pfm, room};

/// Both models as the site names them, and as the page shows them.
pub const EXAMPLE_MODELS: [(&str, &str); 2] = [
    ("fathom-network-example-fp32.onnx", "example_fp32.onnx"),
    ("fathom-network-example-int8.onnx", "example_int8.onnx"),
];

/// Every so many frames of the made room one is shown; the network was fitted to the others.
const EVERY: usize = 3;

/// The distance in metres at which a channel's light falls to 1 / e.
const REACHES_M: [f64; 3] = [3.0, 6.0, 12.0];

/// The size of a pixel's noise.
const GRAIN: f64 = 0.01;

/// Returns inputs of shape (1, 3, 72, 96) and ground truth. They are the same on every call and machine.
#[must_use]
pub fn example_frames() -> Vec<MadeFile> {
    let frames = (0..FRAMES).step_by(EVERY);
    frames
        .flat_map(|frame| {
            let truth = room(frame);
            [
                MadeFile {
                    path: format!("example/room_{frame:02}.npy"),
                    bytes: npy(&image(frame, &truth)),
                },
                MadeFile {
                    path: format!("example/gt/room_{frame:02}.pfm"),
                    bytes: pfm(WIDTH, &truth),
                },
            ]
        })
        .collect()
}

/// Three channels of haze: near things are bright.
fn image(frame: usize, depths_m: &[f64]) -> Vec<f32> {
    let mut noise = Noise(frame as u64 + 1);
    let channels = REACHES_M.into_iter();
    channels
        .flat_map(|reach_m| {
            let pixel = |depth_m: &f64| libm::exp(-depth_m / reach_m) + GRAIN * noise.next();
            let pixels: Vec<f32> = depths_m.iter().map(pixel).map(|v| v as f32).collect();
            pixels
        })
        .collect()
}

/// An array of NumPy's format, version 1.0: a header of 128 bytes, then the values.
fn npy(values: &[f32]) -> Vec<u8> {
    const HEADER: u16 = 118;
    let shape = format!("(1, {}, {HEIGHT}, {WIDTH})", REACHES_M.len());
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend(HEADER.to_le_bytes());
    let width = usize::from(HEADER) - 1;
    bytes.extend(format!("{header:<width$}\n").into_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{NetworkUse, network_use};

    #[test]
    fn frames_are_inputs_and_depths() {
        let files = example_frames();
        assert_eq!(files.len(), 12);
        for pair in files.chunks_exact(2) {
            let [input, truth] = pair else { continue };
            let head = &input.bytes[..128];
            assert_eq!(head[127], b'\n');
            assert_eq!(network_use(&input.path, head), Some(NetworkUse::Frame));
            assert_eq!(input.bytes.len(), 128 + 4 * 3 * HEIGHT * WIDTH);
            assert_eq!(network_use(&truth.path, &truth.bytes[..16]), None);
        }
        // The first value by hand: 6.6 m behind haze of 3 m, and noise of the generator's first two numbers.
        let value = f32::from_le_bytes(files[0].bytes[128..132].try_into().expect("four bytes"));
        let noise = 48_271.0 / 2_147_483_647.0 - 182_605_794.0 / 2_147_483_647.0;
        let expected = libm::exp(-6.6 / 3.0) + 0.01 * noise;
        assert!(
            (f64::from(value) - expected).abs() < 1e-7,
            "{value} {expected}"
        );
    }
}
