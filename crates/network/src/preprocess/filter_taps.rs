//! Interpolation filters as weights of neighbouring pixels, an axis at a time.
//!
//! Tools mean different things by one word. OpenCV's filters read the two or four nearest pixels at any scale. PIL's filters widen with
//! the scale when an image gets smaller, so that no pixel is left out (antialiasing). `bilinear` and `bicubic` alone name neither.
//!
//! Sources: OpenCV 4.14, `imgproc/src/resize.cpp`; Pillow 13, `src/libImaging/Resample.c` and `Geometry.c`.

/// A filter, named after the tool that defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// The nearest pixel, by centres: PIL's `NEAREST`. OpenCV's `INTER_NEAREST` compares left edges instead.
    Nearest,
    /// `cv2.INTER_LINEAR`, without antialiasing.
    OpenCvLinear,
    /// `cv2.INTER_CUBIC` with a = -0.75, without antialiasing.
    OpenCvCubic,
    /// PIL's `BILINEAR`, antialiased.
    PilBilinear,
    /// PIL's `BICUBIC` with a = -0.5, antialiased.
    PilBicubic,
    /// PIL's `LANCZOS` with three lobes, antialiased.
    PilLanczos,
}

impl Filter {
    /// All filters.
    pub const ALL: [Self; 6] = [
        Self::Nearest,
        Self::OpenCvLinear,
        Self::OpenCvCubic,
        Self::PilBilinear,
        Self::PilBicubic,
        Self::PilLanczos,
    ];

    /// The name in `--preprocess`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::OpenCvLinear => "opencv-linear",
            Self::OpenCvCubic => "opencv-cubic",
            Self::PilBilinear => "pil-bilinear",
            Self::PilBicubic => "pil-bicubic",
            Self::PilLanczos => "pil-lanczos",
        }
    }
}

/// The pixels that one output pixel reads along an axis, with their weights.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Taps {
    /// Pixels of the input, clamped to it.
    pub indices: Vec<usize>,
    /// One weight a pixel; their sum is 1.
    pub weights: Vec<f64>,
}

/// The taps of every output pixel of an axis that goes from `from` to `to` pixels.
///
/// `clamp_fraction` selects OpenCV's rule at the borders of rows for `INTER_LINEAR`: the nearest pixel has the whole weight. Down the
/// columns OpenCV repeats the border pixel instead, which rounds differently in fixed point.
pub(super) fn taps(filter: Filter, from: usize, to: usize, clamp_fraction: bool) -> Vec<Taps> {
    (0..to)
        .map(|at| match filter {
            Filter::Nearest => Taps {
                indices: vec![nearest(from, to, at)],
                weights: vec![1.0],
            },
            Filter::OpenCvLinear => linear_taps(from, to, at, clamp_fraction),
            Filter::OpenCvCubic => cubic_taps(from, to, at),
            Filter::PilBilinear => pil_taps(from, to, at, 1.0, triangle),
            Filter::PilBicubic => pil_taps(from, to, at, 2.0, keys_cubic),
            Filter::PilLanczos => pil_taps(from, to, at, 3.0, lanczos),
        })
        .collect()
}

/// The pixel that holds the centre of an output pixel.
fn nearest(from: usize, to: usize, at: usize) -> usize {
    // 64 bits, because the product may not fit into the 32 of WebAssembly.
    let pixel = (2 * at as u64 + 1) * from as u64 / (2 * to as u64);
    usize::try_from(pixel).map_or(from - 1, |pixel| pixel.min(from - 1))
}

/// The pixel at or before the centre of an output pixel, and the distance from it. OpenCV computes both in single precision.
fn opencv_position(from: usize, to: usize, at: usize) -> (isize, f32) {
    let scale = from as f64 / to as f64;
    let centre = ((at as f64 + 0.5) * scale - 0.5) as f32;
    (centre.floor() as isize, centre - centre.floor())
}

fn clamped(index: isize, from: usize) -> usize {
    index.clamp(0, from as isize - 1) as usize
}

fn linear_taps(from: usize, to: usize, at: usize, clamp_fraction: bool) -> Taps {
    let (mut first, mut fraction) = opencv_position(from, to, at);
    if clamp_fraction && (first < 0 || first >= from as isize - 1) {
        first = first.clamp(0, from as isize - 1);
        fraction = 0.0;
    }
    Taps {
        indices: vec![clamped(first, from), clamped(first + 1, from)],
        weights: vec![f64::from(1.0 - fraction), f64::from(fraction)],
    }
}

/// Keys' cubic convolution with a = -0.75, in OpenCV's order of operations.
fn cubic_taps(from: usize, to: usize, at: usize) -> Taps {
    const A: f32 = -0.75;
    let (first, x) = opencv_position(from, to, at);
    let y = 1.0 - x;
    let before = ((A * (x + 1.0) - 5.0 * A) * (x + 1.0) + 8.0 * A) * (x + 1.0) - 4.0 * A;
    let here = ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let next = ((A + 2.0) * y - (A + 3.0)) * y * y + 1.0;
    let after = 1.0 - before - here - next;
    Taps {
        indices: (-1..=2).map(|i| clamped(first + i, from)).collect(),
        weights: [before, here, next, after].map(f64::from).to_vec(),
    }
}

/// The taps of a filter that is `support` pixels wide on either side, widened when the image gets smaller.
fn pil_taps(from: usize, to: usize, at: usize, support: f64, filter: fn(f64) -> f64) -> Taps {
    let scale = from as f64 / to as f64;
    let widening = scale.max(1.0);
    let support = support * widening;
    let centre = (at as f64 + 0.5) * scale;
    // The cast cuts towards zero, as in C.
    let first = ((centre - support + 0.5) as usize).min(from - 1);
    let end = ((centre + support + 0.5) as usize).min(from);
    let inverse = 1.0 / widening;
    let weights: Vec<f64> = (first..end)
        .map(|i| filter((i as f64 - centre + 0.5) * inverse))
        .collect();
    let sum: f64 = weights.iter().sum();
    let divisor = if sum == 0.0 { 1.0 } else { sum };
    Taps {
        indices: (first..end).collect(),
        weights: weights.iter().map(|weight| weight / divisor).collect(),
    }
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys' cubic convolution with a = -0.5.
fn keys_cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| {
        if x == 0.0 {
            1.0
        } else {
            libm::sin(x * std::f64::consts::PI) / (x * std::f64::consts::PI)
        }
    };
    if (-3.0..3.0).contains(&x) {
        sinc(x) * sinc(x / 3.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_and_keep_constants() {
        for filter in Filter::ALL {
            for (from, to) in [(1, 1), (1, 7), (7, 1), (53, 40), (40, 53), (2, 3)] {
                for taps in taps(filter, from, to, true) {
                    let sum: f64 = taps.weights.iter().sum();
                    assert!((sum - 1.0).abs() < 1e-6, "{filter:?} {from} {to}: {sum}");
                    assert!(taps.indices.iter().all(|&i| i < from));
                    assert_eq!(taps.indices.len(), taps.weights.len());
                }
            }
        }
    }

    #[test]
    fn an_equal_size_keeps_each_pixel() {
        for filter in Filter::ALL {
            for (at, taps) in taps(filter, 9, 9, true).iter().enumerate() {
                for (&index, &weight) in taps.indices.iter().zip(&taps.weights) {
                    let expected = if index == at { 1.0 } else { 0.0 };
                    // Clamped neighbours of the border may repeat a pixel with weight 0.
                    assert!(
                        weight.abs() < 1e-12 || (weight - expected).abs() < 1e-12,
                        "{filter:?} {at}: {taps:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn only_pil_reads_every_pixel_of_a_large_image() {
        for filter in Filter::ALL {
            let read: std::collections::BTreeSet<usize> = taps(filter, 64, 4, true)
                .iter()
                .flat_map(|taps| taps.indices.clone())
                .collect();
            let is_antialiased = filter.name().starts_with("pil-");
            assert_eq!(read.len() == 64, is_antialiased, "{filter:?}: {read:?}");
        }
    }
}
