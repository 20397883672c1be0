//! The settings from an image to the input of a network, and their execution.

use fathom_core::i18n::tr;

use super::filter_taps::Filter;
use super::fit::Fit;
use super::frame_geometry::{FrameGeometry, ImageSize, Placement};
use super::input_tensor::{InputTensor, MAX_PIXELS};
use super::preprocess_error::PreprocessError;
use super::resample::{Plane, resize_bytes, resize_floats};
use super::rgb_image::RgbImage;

/// The channels of a network's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channels {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red, as `cv2.imread` returns them.
    Bgr,
    /// One channel of luma, as PIL's `convert("L")` computes it (ITU-R 601-2).
    Grey,
}

impl Channels {
    /// All orders.
    pub const ALL: [Self; 3] = [Self::Rgb, Self::Bgr, Self::Grey];

    /// The name in `--preprocess`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rgb => "rgb",
            Self::Bgr => "bgr",
            Self::Grey => "grey",
        }
    }

    /// Number of channels.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Rgb | Self::Bgr => 3,
            Self::Grey => 1,
        }
    }
}

/// The numbers that are resized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Bytes: each tool rounds to 0..255 after resizing. Scaling and normalising are in single precision, as in torchvision.
    Bytes,
    /// Floating point: nothing is rounded or clipped, until the result becomes single precision. MiDaS resizes `image / 255.0` this way.
    Float,
}

impl Precision {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Bytes, Self::Float];

    /// The name in `--preprocess`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Float => "float",
        }
    }
}

/// The settings from an image to the input of a network: crop, fit, resize, then `(sample / divisor - mean) / std`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preprocessing {
    /// The centre of the image that is used, in thousandths of its height and of its width.
    pub centre_permille: u32,
    /// The way in which the image is brought to the size.
    pub fit: Fit,
    /// Rows of the input, unless the network fixes them.
    pub height: Option<usize>,
    /// Columns of the input, unless the network fixes them.
    pub width: Option<usize>,
    /// True if `height` and `width` were asked for. Those of a preset give way to a network of another fixed size.
    pub is_exact_size: bool,
    /// The number that divides rows and columns.
    pub multiple: usize,
    /// The interpolation.
    pub filter: Filter,
    /// The numbers that are resized.
    pub precision: Precision,
    /// The order of channels.
    pub channels: Channels,
    /// The number that samples of 0 to 255 are divided by: 255, or 1 for networks that take bytes.
    pub divisor: f64,
    /// Subtracted after the division, by channel in the order of `channels`.
    pub mean: [f64; 3],
    /// Divides after the subtraction, by channel in the order of `channels`.
    pub std: [f64; 3],
    /// Samples of 0 to 255 beside a letterboxed image, by channel in the order of `channels`.
    pub fill: [f64; 3],
}

impl Default for Preprocessing {
    /// RGB / 255, stretched to the network's size in OpenCV's bilinear interpolation of bytes.
    fn default() -> Self {
        Self {
            centre_permille: 1000,
            fit: Fit::Stretch,
            height: None,
            width: None,
            is_exact_size: false,
            multiple: 1,
            filter: Filter::OpenCvLinear,
            precision: Precision::Bytes,
            channels: Channels::Rgb,
            divisor: 255.0,
            mean: [0.0; 3],
            std: [1.0; 3],
            fill: [0.0; 3],
        }
    }
}

/// An image as a network takes it, and where its pixels come from.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedFrame {
    /// Shape (1, channels, rows, columns).
    pub tensor: InputTensor,
    /// The places of the input's pixels in the image.
    pub geometry: FrameGeometry,
}

impl PreparedFrame {
    /// Returns an error unless the frame has the shape of a network's input; `None` is an open axis.
    ///
    /// # Errors
    /// [`PreprocessError::WrongSize`]: a fit that keeps the aspect ratio may give another size than a network of fixed size takes.
    pub fn check(&self, shape: &[Option<usize>]) -> Result<(), PreprocessError> {
        let (&[_, _, height, width], &[_, _, given_height, given_width]) =
            (shape, &self.tensor.shape[..])
        else {
            return Ok(());
        };
        let agrees = |fixed: Option<usize>, given| fixed.is_none_or(|fixed| fixed == given);
        if agrees(height, given_height) && agrees(width, given_width) {
            return Ok(());
        }
        Err(PreprocessError::WrongSize {
            height: height.unwrap_or(given_height),
            width: width.unwrap_or(given_width),
            given_height,
            given_width,
        })
    }
}

impl Preprocessing {
    /// The settings with the size of a network's input, shape (n, channels, rows, columns); `None` is an open axis.
    ///
    /// # Errors
    /// [`PreprocessError`] if the network takes other channels, or another size than the settings give.
    pub fn for_input(self, shape: &[Option<usize>]) -> Result<Self, PreprocessError> {
        let &[_, channels, height, width] = shape else {
            return Err(PreprocessError::Tensor(tr!(
                "the network's input has {} axes, and an image has 4: give the input as .npy",
                shape.len()
            )));
        };
        let given = self.channels.count();
        if let Some(expected) = channels.filter(|&channels| channels != given) {
            return Err(PreprocessError::WrongChannels { expected, given });
        }
        let sized = Self {
            height: height.or(self.height),
            width: width.or(self.width),
            ..self
        };
        let disagrees = |fixed: Option<usize>, set: Option<usize>| {
            fixed.zip(set).is_some_and(|(fixed, set)| fixed != set)
        };
        if self.is_exact_size && (disagrees(height, self.height) || disagrees(width, self.width)) {
            return Err(PreprocessError::WrongSize {
                height: sized.height.unwrap_or_default(),
                width: sized.width.unwrap_or_default(),
                given_height: self.height.or(height).unwrap_or_default(),
                given_width: self.width.or(width).unwrap_or_default(),
            });
        }
        Ok(sized)
    }

    /// Prepares an image.
    ///
    /// # Errors
    /// [`PreprocessError`] if the fit needs a size, the crop does not fit, or the input has more than [`MAX_PIXELS`] pixels.
    pub fn prepare(&self, image: &RgbImage) -> Result<PreparedFrame, PreprocessError> {
        let size = ImageSize {
            width: image.width(),
            height: image.height(),
        };
        let placement = self.place(size)?;
        let tensor = match self.precision {
            Precision::Bytes => self.tensor_of_bytes(image, &placement),
            Precision::Float => self.tensor_of_floats(image, &placement),
        };
        Ok(PreparedFrame {
            tensor,
            geometry: FrameGeometry::new(size, &placement),
        })
    }

    /// The geometry for an image of this size.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub fn geometry(&self, image: ImageSize) -> Result<FrameGeometry, PreprocessError> {
        Ok(FrameGeometry::new(image, &self.place(image)?))
    }

    fn place(&self, image: ImageSize) -> Result<Placement, PreprocessError> {
        let share = |size: usize| {
            let kept = size as u64 * u64::from(self.centre_permille.clamp(1, 1000)) / 1000;
            usize::try_from(kept).unwrap_or(size).clamp(1, size)
        };
        let part = ImageSize {
            width: share(image.width),
            height: share(image.height),
        };
        let crop_at = (
            (image.width - part.width) / 2,
            (image.height - part.height) / 2,
        );
        let multiple = self.multiple.max(1);
        let placement = self
            .fit
            .place(part, crop_at, (self.height, self.width), multiple)?;
        for size in [placement.input, placement.resized] {
            let pixels = size.width.checked_mul(size.height);
            if pixels.is_none_or(|pixels| pixels > MAX_PIXELS) {
                return Err(PreprocessError::TooLarge {
                    width: size.width,
                    height: size.height,
                    limit: MAX_PIXELS,
                });
            }
        }
        Ok(placement)
    }

    /// The samples of a crop, channels beside each other in the order of [`Self::channels`].
    fn crop(&self, image: &RgbImage, placement: &Placement) -> Vec<u8> {
        let (left, top) = placement.crop_at;
        let row_len = image.width() * 3;
        let rows = image.pixels().chunks_exact(row_len).skip(top);
        let pixels = rows
            .take(placement.crop.height)
            .flat_map(|row| row[left * 3..(left + placement.crop.width) * 3].chunks_exact(3));
        match self.channels {
            Channels::Rgb => pixels.flatten().copied().collect(),
            Channels::Bgr => pixels.flat_map(|p| [p[2], p[1], p[0]]).collect(),
            Channels::Grey => pixels.map(luma).collect(),
        }
    }

    fn tensor_of_bytes(&self, image: &RgbImage, placement: &Placement) -> InputTensor {
        let samples = self.crop(image, placement);
        let plane = self.plane(&samples, placement);
        let ImageSize { width, height } = placement.resized;
        let resized = resize_bytes(&plane, width, height, self.filter);
        // Each operation in single precision, as numpy and torchvision do with a float32 image.
        let normalise = |value: f32, channel: usize| {
            (value / self.divisor as f32 - self.mean[channel] as f32) / self.std[channel] as f32
        };
        self.planes(placement, |at, channel| {
            // OpenCV rounds a fill of bytes.
            let fill = self.fill[channel].round_ties_even() as f32;
            normalise(at.map_or(fill, |at| f32::from(resized[at])), channel)
        })
    }

    fn tensor_of_floats(&self, image: &RgbImage, placement: &Placement) -> InputTensor {
        let samples: Vec<f64> = self
            .crop(image, placement)
            .into_iter()
            .map(|sample| f64::from(sample) / self.divisor)
            .collect();
        let plane = self.plane(&samples, placement);
        let ImageSize { width, height } = placement.resized;
        let resized = resize_floats(&plane, width, height, self.filter);
        self.planes(placement, |at, channel| {
            let value = at.map_or(self.fill[channel] / self.divisor, |at| resized[at]);
            ((value - self.mean[channel]) / self.std[channel]) as f32
        })
    }

    fn plane<'a, T>(&self, samples: &'a [T], placement: &Placement) -> Plane<'a, T> {
        Plane {
            samples,
            width: placement.crop.width,
            height: placement.crop.height,
            channels: self.channels.count(),
        }
    }

    /// The input with one plane a channel. `value` gets the index of a resized sample, or `None` beside the image, and the channel.
    fn planes(
        &self,
        placement: &Placement,
        value: impl Fn(Option<usize>, usize) -> f32,
    ) -> InputTensor {
        let channels = self.channels.count();
        let ImageSize { width, height } = placement.input;
        let inside = |at: usize, offset: isize, size: usize| {
            at.checked_add_signed(-offset).filter(|&at| at < size)
        };
        let mut values = Vec::with_capacity(channels * width * height);
        for channel in 0..channels {
            for y in 0..height {
                let row = inside(y, placement.at.1, placement.resized.height);
                for x in 0..width {
                    let column = inside(x, placement.at.0, placement.resized.width);
                    let at = row.zip(column).map(|(row, column)| {
                        (row * placement.resized.width + column) * channels + channel
                    });
                    values.push(value(at, channel));
                }
            }
        }
        InputTensor {
            shape: vec![1, channels, height, width],
            values,
        }
    }
}

/// PIL's luma, in fixed point with 16 bits.
fn luma(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [0, 1, 2].map(|i| u32::from(pixel[i]));
    ((red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> RgbImage {
        let pixels = (0..4 * 3 * 3).map(|i| (i * 7 % 256) as u8).collect();
        RgbImage::new(4, 3, pixels).expect("12 pixels")
    }

    #[test]
    fn planes_are_channels_in_their_order() {
        let rgb = Preprocessing {
            fit: Fit::Crop,
            divisor: 1.0,
            ..Preprocessing::default()
        };
        let prepared = rgb.prepare(&image()).expect("an input");
        assert_eq!(prepared.tensor.shape, [1, 3, 3, 4]);
        let bytes = image();
        let channel = |c: usize| -> Vec<f32> {
            let samples = bytes.pixels().iter().skip(c).step_by(3);
            samples.map(|&byte| f32::from(byte)).collect()
        };
        let expected = [channel(0), channel(1), channel(2)].concat();
        assert_eq!(prepared.tensor.values, expected);
        let bgr = Preprocessing {
            channels: Channels::Bgr,
            ..rgb
        };
        let expected = [channel(2), channel(1), channel(0)].concat();
        assert_eq!(
            bgr.prepare(&image()).expect("an input").tensor.values,
            expected
        );
    }

    #[test]
    fn the_network_gives_the_size() {
        let open = Preprocessing::default();
        let sized = open
            .for_input(&[None, Some(3), Some(6), Some(8)])
            .expect("a size");
        assert_eq!((sized.height, sized.width), (Some(6), Some(8)));
        let preset = Preprocessing {
            height: Some(8),
            width: Some(6),
            ..open
        };
        let shape = [Some(1), Some(3), Some(6), Some(8)];
        let sized = preset.for_input(&shape).expect("the network's size");
        assert_eq!((sized.height, sized.width), (Some(6), Some(8)));
        let mine = Preprocessing {
            is_exact_size: true,
            ..preset
        };
        let wrong = mine.for_input(&shape);
        let text = wrong.expect_err("another size").to_string();
        assert!(text.contains("6 rows and 8 columns, not 8 and 6"), "{text}");
        assert!(mine.for_input(&[None, Some(3), None, None]) == Ok(mine));
        let grey = open.for_input(&[None, Some(1), None, None]);
        assert!(matches!(
            grey,
            Err(PreprocessError::WrongChannels {
                expected: 1,
                given: 3
            })
        ));
        assert!(open.for_input(&[None, Some(10)]).is_err());
        let frame = preset.prepare(&image()).expect("an input");
        assert_eq!(frame.check(&[Some(1), Some(3), Some(8), None]), Ok(()));
        assert!(frame.check(&shape).is_err());
    }

    #[test]
    fn a_letterbox_is_filled_before_it_is_normalised() {
        let boxed = Preprocessing {
            fit: Fit::Letterbox,
            height: Some(6),
            width: Some(4),
            mean: [0.5; 3],
            std: [0.25; 3],
            fill: [127.5, 0.0, 255.0],
            precision: Precision::Float,
            ..Preprocessing::default()
        };
        let tensor = boxed.prepare(&image()).expect("an input").tensor;
        // The image has 3 of 6 rows, from row 1 on.
        let corner = |channel: usize| tensor.values[channel * 24];
        assert_eq!([corner(0), corner(1), corner(2)], [0.0, -2.0, 2.0]);
    }

    #[test]
    fn huge_inputs_are_refused_before_memory_is_taken() {
        let huge = Preprocessing {
            height: Some(60_000),
            width: Some(60_000),
            ..Preprocessing::default()
        };
        assert!(matches!(
            huge.prepare(&image()),
            Err(PreprocessError::TooLarge { .. })
        ));
    }
}
