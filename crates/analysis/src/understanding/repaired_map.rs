//! Application of repairs to decoded maps.
//!
//! A repair changes samples, the encoding, or both. Repairs of the kind "quantity" and "codes" give metres.

use super::repair::{AxisOrder, Flip, Quantity, Repair, Window};
use fathom_core::depth::{Dtype, Encoding, RawMap, Samples, Scale};
use half::f16;
use ndarray::{Array2, ArrayView2, s};

/// Applies the same operation to an array of any type.
macro_rules! per_type {
    ($samples:expr, |$a:ident| $body:expr) => {
        match $samples {
            Samples::U16($a) => Samples::U16($body),
            Samples::F32($a) => Samples::F32($body),
            Samples::F64($a) => Samples::F64($body),
        }
    };
}

impl Repair {
    /// The repaired map. Pixels outside a window and samples that are "no depth" become NaN. Axes of stacks need [`reorder_stack`].
    #[must_use]
    pub fn apply(&self, map: &RawMap) -> RawMap {
        let samples = &map.samples;
        let samples = match *self {
            Self::SwapAxes(AxisOrder::Transposed) => {
                per_type!(samples, |a| a.t().as_standard_layout().into_owned())
            }
            Self::Flip(flip) => per_type!(samples, |a| flipped(&a.view(), flip)),
            Self::Window(window) => placed(samples, &window),
            Self::ByteOrder => swapped(samples, map.dtype),
            Self::Quantity(Quantity::Ray { focal }) => along_axis(samples, focal),
            Self::Quantity(quantity) => Samples::F64(values(samples).mapv(|v| quantity.depth(v))),
            Self::Codes { scale, zero_point } => {
                Samples::F64(values(samples).mapv(|v| scale * (v - zero_point)))
            }
            Self::NoDepth(value) => without(samples, value),
            Self::SwapAxes(_) | Self::Unit(_) | Self::Factor(_) | Self::AsIs(_) => samples.clone(),
        };
        let is_metres = self.encoding_after(Encoding::SunRotated) == Encoding::METRES;
        RawMap {
            samples,
            format: map.format,
            dtype: if is_metres { Dtype::F64 } else { map.dtype },
            nodata: map.nodata.filter(|_| !is_metres),
            notices: map.notices.clone(),
        }
    }

    /// The encoding of repaired samples.
    #[must_use]
    pub fn encoding_after(&self, before: Encoding) -> Encoding {
        match *self {
            Self::Quantity(Quantity::Ray { .. }) => before,
            Self::Quantity(_) | Self::Codes { .. } => Encoding::METRES,
            Self::Unit(metres) => {
                Scale::from_metres_per_unit(metres).map_or(before, Encoding::Linear)
            }
            Self::Factor(factor) => match before {
                Encoding::Linear(scale) => {
                    Scale::from_units_per_metre(scale.units_per_metre() / factor)
                        .map_or(before, Encoding::Linear)
                }
                Encoding::Inverse { product } => {
                    Encoding::inverse(product * factor).unwrap_or(before)
                }
                other => other,
            },
            _ => before,
        }
    }
}

impl Quantity {
    /// The depth of a sample, in metres; for distances along the ray, the sample itself.
    #[must_use]
    pub fn depth(&self, sample: f64) -> f64 {
        match *self {
            Self::Inverse { scale, shift } => {
                let inverse = scale * sample + shift;
                // At and below zero, nothing is seen.
                if inverse > 0.0 {
                    1.0 / inverse
                } else {
                    f64::NAN
                }
            }
            Self::Log { scale, shift } => libm::exp(scale * sample + shift),
            Self::Affine { scale, shift } => scale * sample + shift,
            Self::Ray { .. } => sample,
        }
    }
}

impl Flip {
    pub(super) fn rows(self) -> bool {
        matches!(self, Self::Rows | Self::Both)
    }

    pub(super) fn columns(self) -> bool {
        matches!(self, Self::Columns | Self::Both)
    }
}

/// The frames of a stack in another order of axes; the maps as they are for [`AxisOrder::Transposed`] of each.
///
/// The maps must have one size. `FramesLast` gives as many frames as the maps have columns, `FramesMiddle` as many as they have rows.
#[must_use]
pub fn reorder_stack(maps: &[RawMap], order: AxisOrder) -> Vec<RawMap> {
    let Some(first) = maps.first() else {
        return Vec::new();
    };
    let (height, width) = (first.height(), first.width());
    if order == AxisOrder::Transposed
        || maps
            .iter()
            .any(|m| (m.height(), m.width()) != (height, width))
    {
        let repair = Repair::SwapAxes(order);
        return maps.iter().map(|m| repair.apply(m)).collect();
    }
    let frames = match order {
        AxisOrder::FramesMiddle => height,
        _ => width,
    };
    (0..frames)
        .map(|k| {
            let samples = match order {
                AxisOrder::FramesMiddle => stacked(maps, |a| Samples::from_row(a, k)),
                _ => stacked(maps, |a| Samples::from_column(a, k)),
            };
            RawMap {
                samples,
                format: first.format,
                dtype: first.dtype,
                nodata: first.nodata,
                notices: first.notices.clone(),
            }
        })
        .collect()
}

/// Reads a line of a map of any type as doubles.
trait Lines {
    fn from_row(map: &Samples, at: usize) -> Vec<f64>;
    fn from_column(map: &Samples, at: usize) -> Vec<f64>;
}

impl Lines for Samples {
    fn from_row(map: &Samples, at: usize) -> Vec<f64> {
        match map {
            Samples::U16(a) => a.row(at).iter().map(|&v| f64::from(v)).collect(),
            Samples::F32(a) => a.row(at).iter().map(|&v| f64::from(v)).collect(),
            Samples::F64(a) => a.row(at).to_vec(),
        }
    }

    fn from_column(map: &Samples, at: usize) -> Vec<f64> {
        match map {
            Samples::U16(a) => a.column(at).iter().map(|&v| f64::from(v)).collect(),
            Samples::F32(a) => a.column(at).iter().map(|&v| f64::from(v)).collect(),
            Samples::F64(a) => a.column(at).to_vec(),
        }
    }
}

/// A map whose rows are lines of other maps, in the type of the first map.
fn stacked(maps: &[RawMap], line: impl Fn(&Samples) -> Vec<f64>) -> Samples {
    let rows: Vec<Vec<f64>> = maps.iter().map(|m| line(&m.samples)).collect();
    let width = rows.first().map_or(0, Vec::len);
    let at = |(y, x): (usize, usize)| rows[y][x];
    let shape = (rows.len(), width);
    // Maps of one file have one type, but integers of a stack may be narrowed apart.
    let all = |f: fn(&Samples) -> bool| maps.iter().all(|m| f(&m.samples));
    if all(|s| matches!(s, Samples::U16(_))) {
        Samples::U16(Array2::from_shape_fn(shape, |p| at(p) as u16))
    } else if all(|s| matches!(s, Samples::F32(_))) {
        Samples::F32(Array2::from_shape_fn(shape, |p| at(p) as f32))
    } else {
        Samples::F64(Array2::from_shape_fn(shape, at))
    }
}

fn values(samples: &Samples) -> Array2<f64> {
    match samples {
        Samples::U16(a) => a.mapv(f64::from),
        Samples::F32(a) => a.mapv(f64::from),
        Samples::F64(a) => a.clone(),
    }
}

fn flipped<T: Clone>(map: &ArrayView2<'_, T>, flip: Flip) -> Array2<T> {
    let map = match flip {
        Flip::Rows => map.slice(s![..;-1, ..]),
        Flip::Columns => map.slice(s![.., ..;-1]),
        Flip::Both => map.slice(s![..;-1, ..;-1]),
    };
    map.as_standard_layout().into_owned()
}

impl Window {
    /// Row and column of a map of this size at a pixel of the frame; `None` outside the window.
    pub(super) fn source(
        &self,
        y: usize,
        x: usize,
        height: usize,
        width: usize,
    ) -> Option<(usize, usize)> {
        let source = |at: usize, start: i32, covered: u32, length: usize| {
            let inside = at as i64 - i64::from(start);
            if !(0..i64::from(covered)).contains(&inside) {
                return None;
            }
            // The nearest sample: the one whose pixel holds the centre of this one.
            let index = (2 * inside as u64 + 1) * length as u64 / (2 * u64::from(covered));
            Some((index as usize).min(length.saturating_sub(1)))
        };
        Some((
            source(y, self.top, self.height, height)?,
            source(x, self.left, self.width, width)?,
        ))
    }
}

fn placed(samples: &Samples, window: &Window) -> Samples {
    let shape = (window.frame_height as usize, window.frame_width as usize);
    fn fill<T: Copy>(
        map: &Array2<T>,
        shape: (usize, usize),
        window: &Window,
        of: impl Fn(Option<T>) -> f64,
    ) -> Array2<f64> {
        let (height, width) = map.dim();
        Array2::from_shape_fn(shape, |(y, x)| {
            of(window.source(y, x, height, width).map(|at| map[at]))
        })
    }
    let outside = f64::NAN;
    match samples {
        Samples::U16(a) => {
            let filled = fill(a, shape, window, |v| v.map_or(outside, f64::from));
            Samples::F32(filled.mapv(|v| v as f32))
        }
        Samples::F32(a) => {
            let filled = fill(a, shape, window, |v| v.map_or(outside, f64::from));
            Samples::F32(filled.mapv(|v| v as f32))
        }
        Samples::F64(a) => Samples::F64(fill(a, shape, window, |v| v.unwrap_or(outside))),
    }
}

/// A sample whose bytes are in the other order, of the type in the file.
pub(super) fn swap_sample(value: f64, dtype: Dtype) -> f64 {
    match dtype {
        Dtype::Bool | Dtype::U8 | Dtype::I8 => value,
        Dtype::U16 => f64::from((value as u16).swap_bytes()),
        Dtype::I16 => f64::from((value as i16).swap_bytes()),
        Dtype::U32 => f64::from((value as u32).swap_bytes()),
        Dtype::I32 => f64::from((value as i32).swap_bytes()),
        Dtype::U64 => (value as u64).swap_bytes() as f64,
        Dtype::I64 => (value as i64).swap_bytes() as f64,
        Dtype::F16 => f64::from(f16::from_bits(f16::from_f64(value).to_bits().swap_bytes())),
        Dtype::F32 => f64::from(swap_single(value as f32)),
        Dtype::F64 => f64::from_bits(value.to_bits().swap_bytes()),
    }
}

fn swap_single(value: f32) -> f32 {
    f32::from_bits(value.to_bits().swap_bytes())
}

fn swapped(samples: &Samples, dtype: Dtype) -> Samples {
    match (samples, dtype) {
        (Samples::U16(a), Dtype::U16) => Samples::U16(a.mapv(u16::swap_bytes)),
        // Not through a double, so that the bits of a NaN stay.
        (Samples::F32(a), Dtype::F32) => Samples::F32(a.mapv(swap_single)),
        (Samples::F32(a), _) => Samples::F32(a.mapv(|v| swap_sample(f64::from(v), dtype) as f32)),
        (Samples::U16(a), Dtype::Bool | Dtype::U8 | Dtype::I8) => Samples::U16(a.clone()),
        (Samples::U16(a), _) => Samples::F64(a.mapv(|v| swap_sample(f64::from(v), dtype))),
        (Samples::F64(a), _) => Samples::F64(a.mapv(|v| swap_sample(v, dtype))),
    }
}

/// Depths along the axis from distances along the ray, of a camera whose principal point is the centre of the map.
fn along_axis(samples: &Samples, focal: f64) -> Samples {
    let mut out = values(samples);
    let (height, width) = out.dim();
    for ((y, x), value) in out.indexed_iter_mut() {
        *value /= ray_factor(squared_radius(y, x, height, width), focal);
    }
    Samples::F64(out)
}

/// Squared distance of a pixel from the centre of its map, in pixels.
pub(super) fn squared_radius(y: usize, x: usize, height: usize, width: usize) -> f64 {
    let from_centre = |at: usize, length: usize| at as f64 - (length as f64 - 1.0) / 2.0;
    let (dy, dx) = (from_centre(y, height), from_centre(x, width));
    dy * dy + dx * dx
}

/// Distance along the ray over depth along the axis, for a squared distance from the centre and a focal length in pixels.
pub(super) fn ray_factor(squared_radius: f64, focal: f64) -> f64 {
    (1.0 + squared_radius / (focal * focal)).sqrt()
}

fn without(samples: &Samples, value: f64) -> Samples {
    match samples {
        Samples::U16(a) if a.iter().any(|&v| f64::from(v) == value) => Samples::F32(a.mapv(|v| {
            if f64::from(v) == value {
                f32::NAN
            } else {
                f32::from(v)
            }
        })),
        Samples::U16(a) => Samples::U16(a.clone()),
        Samples::F32(a) => {
            Samples::F32(a.mapv(|v| if f64::from(v) == value { f32::NAN } else { v }))
        }
        Samples::F64(a) => Samples::F64(a.mapv(|v| if v == value { f64::NAN } else { v })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::{Format, ScalePreset};
    use ndarray::array;
    use proptest::prelude::*;

    fn map(samples: Samples, dtype: Dtype) -> RawMap {
        RawMap::new(samples, Format::Npy, dtype)
    }

    fn floats(a: Array2<f32>) -> RawMap {
        map(Samples::F32(a), Dtype::F32)
    }

    #[test]
    fn orientations_by_hand() {
        let m = floats(array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let rows = [
            (
                Repair::Flip(Flip::Rows),
                array![[4.0, 5.0, 6.0], [1.0, 2.0, 3.0]],
            ),
            (
                Repair::Flip(Flip::Columns),
                array![[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]],
            ),
            (
                Repair::Flip(Flip::Both),
                array![[6.0, 5.0, 4.0], [3.0, 2.0, 1.0]],
            ),
            (
                Repair::SwapAxes(AxisOrder::Transposed),
                array![[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]],
            ),
        ];
        for (repair, wanted) in rows {
            assert_eq!(repair.apply(&m).samples, Samples::F32(wanted), "{repair:?}");
            let shape = (m.height(), m.width());
            let twice = repair.apply(&repair.apply(&m));
            assert_eq!(
                (twice.height(), twice.width(), &twice.samples),
                (shape.0, shape.1, &m.samples)
            );
        }
    }

    #[test]
    fn a_window_is_placed_and_the_rest_has_no_depth() {
        let m = map(Samples::U16(array![[10, 20]]), Dtype::U16);
        let window = Window {
            top: 1,
            left: 1,
            height: 1,
            width: 2,
            frame_height: 2,
            frame_width: 4,
        };
        let Samples::F32(out) = Repair::Window(window).apply(&m).samples else {
            panic!("floats")
        };
        assert_eq!((out[(1, 1)], out[(1, 2)]), (10.0, 20.0));
        assert_eq!(out.iter().filter(|v| v.is_nan()).count(), 6);
        // Borders of one column on either side are cut, and two columns are resized to four.
        let m = floats(array![[0.0, 1.0, 2.0, 0.0]]);
        let window = Window {
            top: 0,
            left: -2,
            height: 2,
            width: 8,
            frame_height: 2,
            frame_width: 4,
        };
        let wanted = Samples::F32(array![[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]);
        assert_eq!(Repair::Window(window).apply(&m).samples, wanted);
    }

    #[test]
    fn stacks_are_reordered_as_numpy_transposes_them() {
        // numpy.arange(24).reshape(2, 3, 4), read as two maps of 3 x 4.
        let maps: Vec<RawMap> = (0..2)
            .map(|n| {
                floats(Array2::from_shape_fn((3, 4), |(y, x)| {
                    (n * 12 + y * 4 + x) as f32
                }))
            })
            .collect();
        let last = reorder_stack(&maps, AxisOrder::FramesLast);
        assert_eq!((last.len(), last[1].height(), last[1].width()), (4, 2, 3));
        assert_eq!(
            last[1].samples,
            Samples::F32(array![[1.0, 5.0, 9.0], [13.0, 17.0, 21.0]])
        );
        let middle = reorder_stack(&maps, AxisOrder::FramesMiddle);
        assert_eq!(
            (middle.len(), middle[2].height(), middle[2].width()),
            (3, 2, 4)
        );
        assert_eq!(
            middle[2].samples,
            Samples::F32(array![[8.0, 9.0, 10.0, 11.0], [20.0, 21.0, 22.0, 23.0]])
        );
    }

    #[test]
    fn quantities_codes_and_units_give_metres() {
        let m = map(Samples::F64(array![[-100.0, 0.0, 27.0]]), Dtype::I8);
        let codes = Repair::Codes {
            scale: 0.5,
            zero_point: -128.0,
        };
        assert_eq!(
            codes.apply(&m).samples,
            Samples::F64(array![[14.0, 64.0, 77.5]])
        );
        assert_eq!(
            codes.encoding_after(ScalePreset::Kitti.encoding()),
            Encoding::METRES
        );
        let inverse = Quantity::Inverse {
            scale: 0.25,
            shift: 0.25,
        };
        assert_eq!((inverse.depth(3.0), inverse.depth(1.0)), (1.0, 2.0));
        assert!(inverse.depth(-1.0).is_nan());
        assert_eq!(
            Quantity::Log {
                scale: 1.0,
                shift: 0.0
            }
            .depth(0.0),
            1.0
        );
        assert_eq!(
            Quantity::Affine {
                scale: 2.0,
                shift: 1.0
            }
            .depth(3.0),
            7.0
        );
        let mm = ScalePreset::Millimetre.encoding();
        assert_eq!(
            Repair::Unit(1.0 / 256.0).encoding_after(mm),
            ScalePreset::Kitti.encoding()
        );
        assert_eq!(
            Repair::Factor(10.0).encoding_after(mm),
            ScalePreset::Centimetre.encoding()
        );
        // A pixel at 45 degrees: 3 pixels from the centre with a focal length of 3.
        let m = floats(array![[2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]]);
        let Samples::F64(out) = Repair::Quantity(Quantity::Ray { focal: 3.0 })
            .apply(&m)
            .samples
        else {
            panic!("doubles")
        };
        assert!((out[(0, 0)] - 2.0_f64.sqrt()).abs() < 1e-12 && out[(0, 3)] == 2.0);
    }

    #[test]
    fn a_marked_value_is_no_depth() {
        let m = floats(array![[1.0, 1e11]]);
        let Samples::F32(out) = Repair::NoDepth(f64::from(1e11_f32)).apply(&m).samples else {
            panic!("floats")
        };
        assert!(out[(0, 0)] == 1.0 && out[(0, 1)].is_nan());
    }

    proptest! {
        #[test]
        fn swapped_bytes_swap_back(bits in prop::collection::vec(any::<u32>(), 6)) {
            let ints = map(Samples::U16(Array2::from_shape_fn((2, 3), |(y, x)| bits[y * 3 + x] as u16)), Dtype::U16);
            let single = floats(Array2::from_shape_fn((2, 3), |(y, x)| f32::from_bits(bits[y * 3 + x])));
            for m in [&ints, &single] {
                let twice = Repair::ByteOrder.apply(&Repair::ByteOrder.apply(m));
                let bits = |s: &Samples| -> Vec<u64> {
                    match s {
                        Samples::U16(a) => a.iter().map(|&v| u64::from(v)).collect(),
                        Samples::F32(a) => a.iter().map(|v| u64::from(v.to_bits())).collect(),
                        Samples::F64(a) => a.iter().map(|v| v.to_bits()).collect(),
                    }
                };
                prop_assert_eq!(bits(&twice.samples), bits(&m.samples));
            }
        }
    }
}
