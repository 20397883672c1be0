//! The place of each input pixel in the image. Ground truth of the same frame is brought to the output by it.
//!
//! Crop, letterbox and stretch map the edges of pixels linearly along each axis. The maps are fractions of integers: a pixel on the
//! border between two others always takes the same one.

/// Columns and rows, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageSize {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// The map of edge coordinates along an axis: `source = (factor * target + offset) / divisor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AxisMap {
    factor: i128,
    offset: i128,
    divisor: i128,
}

fn greatest_divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl AxisMap {
    fn new(factor: i128, offset: i128, divisor: i128) -> Self {
        let common = greatest_divisor(greatest_divisor(factor, offset), divisor).max(1);
        Self {
            factor: factor / common,
            offset: offset / common,
            divisor: divisor / common,
        }
    }

    /// Stretches `to` pixels over `from` pixels.
    fn stretch(from: usize, to: usize) -> Self {
        Self::new(from as i128, 0, to as i128)
    }

    /// The map of this one followed by `next`.
    fn then(self, next: Self) -> Self {
        Self::new(
            next.factor * self.factor,
            next.factor * self.offset + next.offset * self.divisor,
            self.divisor * next.divisor,
        )
    }

    /// The pixel of the source that holds the centre of a pixel of the target, if there is one among `size`.
    fn pixel(self, at: usize, size: usize) -> Option<usize> {
        let numerator = self.factor * (2 * at as i128 + 1) + 2 * self.offset;
        let pixel = numerator.div_euclid(2 * self.divisor);
        usize::try_from(pixel).ok().filter(|&pixel| pixel < size)
    }
}

/// A crop of the image, the size that it is resized to, and its place in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placement {
    /// First column and row of the crop.
    pub crop_at: (usize, usize),
    /// Size of the crop.
    pub crop: ImageSize,
    /// Size after resizing.
    pub resized: ImageSize,
    /// Column and row of the input where the resized crop begins; negative where the input cuts it.
    pub at: (isize, isize),
    /// Size of the input.
    pub input: ImageSize,
}

/// The geometry of one frame between its image and the input of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameGeometry {
    /// Size of the image.
    pub image: ImageSize,
    /// Size of the network's input.
    pub input: ImageSize,
    columns: AxisMap,
    rows: AxisMap,
}

impl FrameGeometry {
    pub(super) fn new(image: ImageSize, placement: &Placement) -> Self {
        let axis = |at: isize, from: usize, to: usize, crop_at: usize| {
            let moved = AxisMap::new(1, -(at as i128), 1);
            let cropped = AxisMap::new(1, crop_at as i128, 1);
            moved.then(AxisMap::stretch(from, to)).then(cropped)
        };
        let Placement {
            crop_at,
            crop,
            resized,
            at,
            input,
        } = *placement;
        Self {
            image,
            input,
            columns: axis(at.0, crop.width, resized.width, crop_at.0),
            rows: axis(at.1, crop.height, resized.height, crop_at.1),
        }
    }

    /// The geometry of a prepared tensor: the input is the whole frame.
    #[must_use]
    pub fn whole(input: ImageSize) -> Self {
        let placement = Placement {
            crop_at: (0, 0),
            crop: input,
            resized: input,
            at: (0, 0),
            input,
        };
        Self::new(input, &placement)
    }

    /// For each pixel of an output, in rows, the index of the nearest pixel of a ground truth, or `None` outside it.
    ///
    /// Output and ground truth may have any size: both are taken to cover the whole input and the whole image. Each input pixel takes the
    /// truth pixel that holds its centre.
    #[must_use]
    pub fn truth_indices(&self, output: ImageSize, truth: ImageSize) -> Vec<Option<usize>> {
        if output.width == 0 || output.height == 0 || truth.width == 0 || truth.height == 0 {
            return vec![None; output.width * output.height];
        }
        let axis = |map: AxisMap, to: usize, input: usize, image: usize, from: usize| {
            let whole = AxisMap::stretch(input, to)
                .then(map)
                .then(AxisMap::stretch(from, image));
            (0..to).map(|at| whole.pixel(at, from)).collect::<Vec<_>>()
        };
        let columns = axis(
            self.columns,
            output.width,
            self.input.width,
            self.image.width,
            truth.width,
        );
        let rows = axis(
            self.rows,
            output.height,
            self.input.height,
            self.image.height,
            truth.height,
        );
        let places = rows.iter().flat_map(|row| {
            columns
                .iter()
                .map(move |column| Some((*row)? * truth.width + (*column)?))
        });
        places.collect()
    }

    /// Brings a ground truth, in rows, to the pixels of an output. Pixels outside it are NaN, which is no valid depth.
    ///
    /// Returns nothing if `truth` has not `size.width * size.height` values.
    #[must_use]
    pub fn truth_at_output(
        &self,
        truth: &[f32],
        size: ImageSize,
        output: ImageSize,
    ) -> Option<Vec<f32>> {
        if truth.len() != size.width.checked_mul(size.height)? {
            return None;
        }
        let places = self.truth_indices(output, size).into_iter();
        Some(
            places
                .map(|place| place.map_or(f32::NAN, |i| truth[i]))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: usize, height: usize) -> ImageSize {
        ImageSize { width, height }
    }

    /// The pixel by floating-point arithmetic, step by step.
    fn brute_force(
        placement: &Placement,
        image: usize,
        output: usize,
        truth: usize,
        at: usize,
    ) -> Option<usize> {
        let input = (at as f64 + 0.5) * placement.input.width as f64 / output as f64;
        let resized = input - placement.at.0 as f64;
        let cropped = resized * placement.crop.width as f64 / placement.resized.width as f64;
        let in_image = cropped + placement.crop_at.0 as f64;
        let in_truth = in_image * truth as f64 / image as f64;
        let is_inside = in_truth >= 0.0 && in_truth < truth as f64;
        is_inside.then_some(in_truth as usize)
    }

    #[test]
    fn indices_are_those_of_stepwise_arithmetic() {
        // Sizes whose ratios never put a centre on a border, where floating point would decide by its rounding.
        for (crop_at, crop, resized, at, input, image, output, truth) in [
            (0, 53, 40, 0, 40, 53, 40, 53),
            (3, 47, 31, 5, 41, 53, 41, 53),
            (3, 47, 31, -7, 17, 53, 17, 106),
            (0, 64, 37, 11, 59, 64, 29, 71),
        ] {
            let placement = Placement {
                crop_at: (crop_at, 0),
                crop: size(crop, 1),
                resized: size(resized, 1),
                at: (at, 0),
                input: size(input, 1),
            };
            let geometry = FrameGeometry::new(size(image, 1), &placement);
            let indices = geometry.truth_indices(size(output, 1), size(truth, 1));
            let expected: Vec<_> = (0..output)
                .map(|i| brute_force(&placement, image, output, truth, i))
                .collect();
            assert_eq!(indices, expected);
        }
    }

    #[test]
    fn pixels_of_a_letterbox_have_no_truth() {
        let placement = Placement {
            crop_at: (0, 0),
            crop: size(4, 2),
            resized: size(4, 2),
            at: (0, 1),
            input: size(4, 4),
        };
        let geometry = FrameGeometry::new(size(4, 2), &placement);
        let truth = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let at_output = geometry
            .truth_at_output(&truth, size(4, 2), size(4, 4))
            .expect("eight values");
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let nan = [f32::NAN; 4];
        let expected = [&nan[..], &truth[..4], &truth[4..], &nan[..]].concat();
        assert_eq!(bits(&at_output), bits(&expected));
        assert!(
            geometry
                .truth_at_output(&truth, size(3, 2), size(4, 4))
                .is_none()
        );
    }

    #[test]
    fn a_truth_of_twice_the_size_gives_the_pixel_at_the_centre() {
        let geometry = FrameGeometry::whole(size(3, 2));
        let indices = geometry.truth_indices(size(3, 2), size(6, 4));
        // The centre of a pixel lies on the border of four; the later one holds its left edge.
        let expected = [7, 9, 11, 19, 21, 23].map(Some);
        assert_eq!(indices, expected);
        let nothing = geometry.truth_indices(size(3, 2), size(0, 4));
        assert_eq!(nothing, vec![None; 6]);
    }
}
