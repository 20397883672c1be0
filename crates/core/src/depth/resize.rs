//! Resizing of maps: nearest and bilinear, with pixel centres at half units, as in `cv2.resize` and in PyTorch's `interpolate` without
//! `align_corners`.
//!
//! Invalid samples do not spread: a bilinear sample with an invalid neighbour takes the nearest sample.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{Dtype, RawMap, Samples};
use crate::i18n::tr;

/// The interpolation between pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Resample {
    /// The nearest pixel.
    Nearest,
    /// The four nearest pixels, weighted by distance.
    Bilinear,
}

impl Resample {
    /// The name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Nearest => tr!("nearest"),
            Self::Bilinear => tr!("bilinear"),
        }
    }
}

/// Resizes a map. Bilinear integer maps become `f64`, in the unit of the file.
#[must_use]
pub fn resize(map: &RawMap, height: usize, width: usize, how: Resample) -> RawMap {
    let samples = match (&map.samples, how) {
        (Samples::U16(a), Resample::Nearest) => Samples::U16(nearest(a, height, width)),
        (Samples::F32(a), Resample::Nearest) => Samples::F32(nearest(a, height, width)),
        (Samples::F64(a), Resample::Nearest) => Samples::F64(nearest(a, height, width)),
        (Samples::U16(a), Resample::Bilinear) => {
            Samples::F64(bilinear(&a.mapv(f64::from), height, width))
        }
        (Samples::F64(a), Resample::Bilinear) => Samples::F64(bilinear(a, height, width)),
        (Samples::F32(a), Resample::Bilinear) => {
            Samples::F32(bilinear(&a.mapv(f64::from), height, width).mapv(|v| v as f32))
        }
    };
    // Interpolated samples are no codes, but their type still selects the integer encoding.
    let dtype = if map.dtype == Dtype::Bool {
        Dtype::U8
    } else {
        map.dtype
    };
    RawMap {
        samples,
        dtype,
        ..map.clone()
    }
}

/// Position of the centre of pixel `i` of `to` pixels among `from` pixels.
fn centre(i: usize, from: usize, to: usize) -> f64 {
    ((i as f64 + 0.5) * from as f64 / to as f64 - 0.5).clamp(0.0, (from - 1) as f64)
}

fn nearest<T: Copy>(a: &Array2<T>, height: usize, width: usize) -> Array2<T> {
    let (rows, columns) = a.dim();
    let place = |i: usize, from: usize, to: usize| ((2 * i + 1) * from / (2 * to)).min(from - 1);
    Array2::from_shape_fn((height, width), |(y, x)| {
        a[(place(y, rows, height), place(x, columns, width))]
    })
}

fn bilinear(a: &Array2<f64>, height: usize, width: usize) -> Array2<f64> {
    let (rows, columns) = a.dim();
    let is_valid = |v: f64| v > 0.0 && v.is_finite();
    Array2::from_shape_fn((height, width), |(y, x)| {
        let (cy, cx) = (centre(y, rows, height), centre(x, columns, width));
        let (y0, x0) = (cy as usize, cx as usize);
        let (y1, x1) = ((y0 + 1).min(rows - 1), (x0 + 1).min(columns - 1));
        let (fy, fx) = (cy - y0 as f64, cx - x0 as f64);
        let around = [a[(y0, x0)], a[(y0, x1)], a[(y1, x0)], a[(y1, x1)]];
        if !around.into_iter().all(is_valid) {
            return a[(
                if fy < 0.5 { y0 } else { y1 },
                if fx < 0.5 { x0 } else { x1 },
            )];
        }
        let top = around[0] + (around[1] - around[0]) * fx;
        let bottom = around[2] + (around[3] - around[2]) * fx;
        top + (bottom - top) * fy
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::Format;
    use ndarray::array;

    fn floats(a: Array2<f64>) -> RawMap {
        RawMap::new(Samples::F64(a), Format::Npy, Dtype::F64)
    }

    #[test]
    fn twice_the_size_is_what_opencv_makes() {
        // cv2.resize([[1, 2], [3, 4]], (4, 4)), both ways.
        let map = floats(array![[1.0, 2.0], [3.0, 4.0]]);
        let wanted = array![
            [1.0, 1.25, 1.75, 2.0],
            [1.5, 1.75, 2.25, 2.5],
            [2.5, 2.75, 3.25, 3.5],
            [3.0, 3.25, 3.75, 4.0]
        ];
        assert_eq!(
            resize(&map, 4, 4, Resample::Bilinear).samples,
            Samples::F64(wanted)
        );
        let wanted = array![
            [1.0, 1.0, 2.0, 2.0],
            [1.0, 1.0, 2.0, 2.0],
            [3.0, 3.0, 4.0, 4.0],
            [3.0, 3.0, 4.0, 4.0]
        ];
        assert_eq!(
            resize(&map, 4, 4, Resample::Nearest).samples,
            Samples::F64(wanted)
        );
    }

    #[test]
    fn an_invalid_pixel_does_not_spread() {
        let map = floats(array![[1.0, f64::NAN], [3.0, 4.0]]);
        let Samples::F64(big) = resize(&map, 4, 4, Resample::Bilinear).samples else {
            panic!("floats stay floats");
        };
        assert_eq!(big.iter().filter(|v| v.is_nan()).count(), 4);
    }

    #[test]
    fn any_size_becomes_any_other() {
        let map = floats(Array2::from_shape_fn((3, 5), |(y, x)| {
            1.0 + (y * 5 + x) as f64
        }));
        for (h, w) in [(1, 1), (3, 5), (7, 2), (2, 11)] {
            for how in [Resample::Nearest, Resample::Bilinear] {
                let out = resize(&map, h, w, how);
                assert_eq!((out.height(), out.width()), (h, w));
                if (h, w) == (3, 5) {
                    assert_eq!(out, map);
                }
            }
        }
    }
}
