//! The ways to bring an image to the size of a network's input.

use super::frame_geometry::{ImageSize, Placement};
use super::preprocess_error::PreprocessError;

/// Which way a size that keeps the aspect ratio misses the wanted one. MiDaS's `Resize` has the same three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// At least as large as wanted along both axes.
    Lower,
    /// At most as large as wanted along both axes.
    Upper,
    /// The scale nearer to 1.
    Minimal,
}

/// The fit of an image to a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fit {
    /// Both axes are scaled to the size, whatever the aspect ratio.
    Stretch,
    /// The whole image is scaled to fit inside the size and centred; the rest is filled.
    Letterbox,
    /// The image is scaled to cover the size, and its centre is taken.
    Cover,
    /// The centre is taken without scaling, beginning at (size - wanted) // 2. Without a wanted size this is the whole image.
    Crop,
    /// The image is scaled with its aspect ratio kept; the size of the input depends on the image.
    KeepAspect(Bound),
}

impl Fit {
    /// All fits.
    pub const ALL: [Self; 7] = [
        Self::Stretch,
        Self::Letterbox,
        Self::Cover,
        Self::Crop,
        Self::KeepAspect(Bound::Lower),
        Self::KeepAspect(Bound::Upper),
        Self::KeepAspect(Bound::Minimal),
    ];

    /// The name in `--preprocess`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stretch => "stretch",
            Self::Letterbox => "letterbox",
            Self::Cover => "cover",
            Self::Crop => "crop",
            Self::KeepAspect(Bound::Lower) => "lower-bound",
            Self::KeepAspect(Bound::Upper) => "upper-bound",
            Self::KeepAspect(Bound::Minimal) => "minimal",
        }
    }

    /// Where an image, or the part of it at `crop_at`, goes. `height` and `width` are the wanted size, `multiple` divides every size.
    pub(super) fn place(
        self,
        part: ImageSize,
        crop_at: (usize, usize),
        (height, width): (Option<usize>, Option<usize>),
        multiple: usize,
    ) -> Result<Placement, PreprocessError> {
        let wanted = match (self, height, width) {
            (Self::Crop, height, width) => ImageSize {
                width: width.unwrap_or(part.width / multiple * multiple),
                height: height.unwrap_or(part.height / multiple * multiple),
            },
            (_, Some(height), Some(width)) => ImageSize { width, height },
            _ => return Err(PreprocessError::NoSize { fit: self.name() }),
        };
        let whole = |resized: ImageSize, at, input| Placement {
            crop_at,
            crop: part,
            resized,
            at,
            input,
        };
        let placement = match self {
            Self::Stretch => whole(wanted, (0, 0), wanted),
            Self::Letterbox => {
                let resized = inside(part, wanted);
                let at = |size: usize, of: usize| ((size - of) / 2) as isize;
                let at = (
                    at(wanted.width, resized.width),
                    at(wanted.height, resized.height),
                );
                whole(resized, at, wanted)
            }
            Self::Cover => {
                let resized = covering(part, wanted);
                let at = |size: usize, of: usize| -(((of - size) / 2) as isize);
                let at = (
                    at(wanted.width, resized.width),
                    at(wanted.height, resized.height),
                );
                whole(resized, at, wanted)
            }
            Self::Crop => {
                if wanted.width > part.width || wanted.height > part.height {
                    return Err(PreprocessError::CropTooLarge {
                        height: wanted.height,
                        width: wanted.width,
                        image_height: part.height,
                        image_width: part.width,
                    });
                }
                Placement {
                    crop_at: (
                        crop_at.0 + (part.width - wanted.width) / 2,
                        crop_at.1 + (part.height - wanted.height) / 2,
                    ),
                    crop: wanted,
                    resized: wanted,
                    at: (0, 0),
                    input: wanted,
                }
            }
            Self::KeepAspect(bound) => {
                let resized = keep_aspect(part, wanted, multiple, bound);
                whole(resized, (0, 0), resized)
            }
        };
        for size in [placement.input.height, placement.input.width] {
            if size == 0 || size % multiple != 0 {
                let lower = size / multiple * multiple;
                return Err(PreprocessError::NoMultiple {
                    size,
                    multiple,
                    lower: lower.max(multiple),
                    upper: lower + multiple,
                });
            }
        }
        Ok(placement)
    }
}

/// The largest size inside `wanted` with the aspect ratio of `part`, cut to whole pixels as Metric3D does.
fn inside(part: ImageSize, wanted: ImageSize) -> ImageSize {
    if is_wider(part, wanted) {
        ImageSize {
            width: wanted.width,
            height: scaled(part.height, wanted.width, part.width).max(1),
        }
    } else {
        ImageSize {
            width: scaled(part.width, wanted.height, part.height).max(1),
            height: wanted.height,
        }
    }
}

/// Returns true if `part` has the aspect ratio of `wanted` or a wider one.
fn is_wider(part: ImageSize, wanted: ImageSize) -> bool {
    // 64 bits, because the product may not fit into the 32 of WebAssembly.
    wanted.width as u64 * part.height as u64 <= wanted.height as u64 * part.width as u64
}

/// `size * to / from` in whole pixels.
fn scaled(size: usize, to: usize, from: usize) -> usize {
    usize::try_from(size as u64 * to as u64 / from as u64).unwrap_or(usize::MAX)
}

/// The smallest size that covers `wanted` with the aspect ratio of `part`, cut to whole pixels as torchvision's `Resize` does.
fn covering(part: ImageSize, wanted: ImageSize) -> ImageSize {
    if is_wider(part, wanted) {
        ImageSize {
            width: scaled(part.width, wanted.height, part.height),
            height: wanted.height,
        }
    } else {
        ImageSize {
            width: wanted.width,
            height: scaled(part.height, wanted.width, part.width),
        }
    }
}

/// The size of `Resize.get_size` in MiDaS's `midas/transforms.py`, which Depth Anything took over.
fn keep_aspect(part: ImageSize, wanted: ImageSize, multiple: usize, bound: Bound) -> ImageSize {
    let (mut down, mut across) = (
        wanted.height as f64 / part.height as f64,
        wanted.width as f64 / part.width as f64,
    );
    let takes_width = match bound {
        Bound::Lower => across > down,
        Bound::Upper => across < down,
        Bound::Minimal => (1.0 - across).abs() < (1.0 - down).abs(),
    };
    if takes_width {
        down = across;
    } else {
        across = down;
    }
    let m = multiple as f64;
    let constrain = |size: f64, wanted: usize| {
        // numpy rounds halves to even.
        let rounded = ((size / m).round_ties_even() * m) as usize;
        match bound {
            Bound::Lower if rounded < wanted => ((size / m).ceil() * m) as usize,
            Bound::Upper if rounded > wanted => ((size / m).floor() * m) as usize,
            _ => rounded,
        }
    };
    ImageSize {
        width: constrain(across * part.width as f64, wanted.width),
        height: constrain(down * part.height as f64, wanted.height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: usize, height: usize) -> ImageSize {
        ImageSize { width, height }
    }

    #[track_caller]
    fn input_of(
        fit: Fit,
        image: ImageSize,
        height: usize,
        width: usize,
        multiple: usize,
    ) -> Placement {
        fit.place(image, (0, 0), (Some(height), Some(width)), multiple)
            .expect("a size")
    }

    #[test]
    fn letterboxes_and_covers_are_centred() {
        let boxed = input_of(Fit::Letterbox, size(640, 480), 616, 1064, 1);
        assert_eq!((boxed.resized, boxed.at), (size(821, 616), (121, 0)));
        let covered = input_of(Fit::Cover, size(640, 480), 200, 200, 1);
        assert_eq!((covered.resized, covered.at), (size(266, 200), (-33, 0)));
    }

    #[test]
    fn a_crop_begins_where_the_shared_networks_crop() {
        let crop = input_of(Fit::Crop, size(176, 144), 128, 160, 1);
        assert_eq!((crop.crop_at, crop.crop), ((8, 8), size(160, 128)));
        let whole = Fit::Crop.place(size(177, 145), (0, 0), (None, None), 8);
        assert_eq!(
            whole.map(|p| (p.crop_at, p.input)),
            Ok(((0, 0), size(176, 144)))
        );
        assert!(matches!(
            Fit::Crop.place(size(10, 10), (0, 0), (Some(12), None), 1),
            Err(PreprocessError::CropTooLarge { height: 12, .. })
        ));
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        let none = Fit::Stretch.place(size(8, 8), (0, 0), (Some(4), None), 1);
        assert_eq!(none, Err(PreprocessError::NoSize { fit: "stretch" }));
        let odd = Fit::Stretch.place(size(8, 8), (0, 0), (Some(15), Some(28)), 14);
        let expected = PreprocessError::NoMultiple {
            size: 15,
            multiple: 14,
            lower: 14,
            upper: 28,
        };
        assert_eq!(odd, Err(expected));
        // An upper bound below the multiple leaves no pixel.
        assert!(
            Fit::KeepAspect(Bound::Upper)
                .place(size(8, 8), (0, 0), (Some(8), Some(8)), 32)
                .is_err()
        );
    }
}
