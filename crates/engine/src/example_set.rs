//! A made set of three roles for readers without files: a room whose INT8 maps show gain, bias, clipping, banding and noise.

use serde::{Deserialize, Serialize};

use fathom_core::quant::{Bits, CodeKind, OutputRange, ScalarCode as _, UniformCode};

/// Size of a map in pixels.
pub(crate) const WIDTH: usize = 96;
pub(crate) const HEIGHT: usize = 72;

/// Number of frames: enough for an interval over frames.
pub(crate) const FRAMES: usize = 16;

/// End of the output's range in metres; the room is up to 8.4 m deep.
const END_M: f64 = 8.0;

/// A file that is made here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFile {
    /// Path with the role's folder, such as `example/int8/room_03.pfm`.
    pub path: String,
    /// Content: PFM, one channel, float32, metres.
    pub bytes: Vec<u8>,
}

/// Returns the files of the set. They are the same on every call and machine.
#[must_use]
pub fn example_files() -> Vec<MadeFile> {
    let code = OutputRange::new(0.0, END_M)
        .ok()
        .zip(Bits::new(8))
        .map(|(range, bits)| CodeKind::UniformZeroPoint.over(range, bits));
    let mut noise = Noise(1);
    let mut files = Vec::with_capacity(3 * FRAMES);
    for frame in 0..FRAMES {
        let truth = room(frame);
        let fp32: Vec<f64> = truth.iter().map(|d| prediction(*d, noise.next())).collect();
        let int8: Vec<f64> = fp32
            .iter()
            .map(|d| quantized(*d, noise.next(), code.as_ref()))
            .collect();
        for (role, depths) in [("gt", &truth), ("fp32", &fp32), ("int8", &int8)] {
            files.push(MadeFile {
                path: format!("example/{role}/room_{frame:02}.pfm"),
                bytes: pfm(WIDTH, depths),
            });
        }
    }
    files
}

/// Depths in metres, row by row from the top: a back wall, a floor, and a box that comes nearer from frame to frame.
pub(crate) fn room(frame: usize) -> Vec<f64> {
    let at = frame as f64 / FRAMES as f64;
    let wall_m = 6.6 + 1.9 * at;
    let pixel = |i: usize| {
        let across = (i % WIDTH) as f64 / WIDTH as f64;
        let down = (i / WIDTH) as f64 / HEIGHT as f64;
        let floor_m = if down > 0.45 {
            0.8 / (down - 0.4)
        } else {
            wall_m
        };
        let is_box = (across - 0.3 - 0.4 * at).abs() < 0.12 && (0.4..0.8).contains(&down);
        let slanted_m = wall_m * (1.0 - 0.25 * across);
        if is_box {
            2.6 - 1.2 * at
        } else {
            floor_m.min(slanted_m)
        }
    };
    (0..WIDTH * HEIGHT).map(pixel).collect()
}

/// The floating-point network: noise that grows with the depth.
fn prediction(depth_m: f64, noise: f64) -> f64 {
    depth_m * (1.0 + 0.04 * noise)
}

/// The INT8 network: a gain, a bias and noise of its own, then the output code.
fn quantized(depth_m: f64, noise: f64, code: Option<&UniformCode>) -> f64 {
    let inside_m = 0.98 * depth_m - 0.03 + 0.1 * noise * depth_m.sqrt();
    code.map_or(inside_m, |code| code.value_m(code.index_of(inside_m)))
}

/// Pseudo-random numbers in -1..1 with a triangular distribution (Lehmer 1951, multiplier of Park and Miller 1988).
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.uniform() - self.uniform()
    }
}

/// A PFM file of whole rows of depths in metres, from the top row on. The file has them from the bottom on.
#[must_use]
pub fn pfm(width: usize, depths: &[f64]) -> Vec<u8> {
    let height = depths.len() / width.max(1);
    let mut bytes = format!("Pf\n{width} {height}\n-1.0\n").into_bytes();
    for row in depths.chunks_exact(width.max(1)).rev() {
        for depth in row {
            bytes.extend((*depth as f32).to_le_bytes());
        }
    }
    bytes
}
