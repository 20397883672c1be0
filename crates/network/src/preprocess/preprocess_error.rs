//! Reasons why an image or a tensor does not become an input of a network.

use fathom_core::i18n::tr;
use thiserror::Error;

/// A reason in one sentence: what was found, what was expected, what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PreprocessError {
    /// The bytes are no PNG, JPEG or WebP.
    #[error("{}", tr!("not a PNG, JPEG or WebP by its first bytes: save the image as PNG, or the prepared input as .npy"))]
    UnknownImage,
    /// The decoder refuses the bytes.
    #[error("{}", tr!("a {format} that cannot be read ({why}): save it again as PNG", format = .format, why = .why))]
    DamagedImage {
        /// `PNG`, `JPEG` or `WebP`.
        format: &'static str,
        /// The decoder's words.
        why: String,
    },
    /// A photograph that programs turn or do not.
    #[error("{}", tr!("a {format} that is to be turned when it is shown (EXIF orientation {orientation}), which OpenCV does and PIL does not: save it as your program sees it, without that mark", format = .format, orientation = .orientation))]
    TurnedImage {
        /// `PNG`, `JPEG` or `WebP`.
        format: &'static str,
        /// 2 to 8.
        orientation: u16,
    },
    /// An image or an input beyond [`MAX_PIXELS`](super::input_tensor::MAX_PIXELS).
    #[error("{}", tr!("{width} x {height} pixels are over the limit of {limit} for this file: make the image smaller, or give a smaller height and width", width = .width, height = .height, limit = .limit))]
    TooLarge {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// The limit in pixels.
        limit: usize,
    },
    /// A crop that is larger than the image.
    #[error("{}", tr!("a crop of {height} rows and {width} columns does not fit into an image of {image_height} rows and {image_width} columns: give a smaller height and width, or fit=stretch", height = .height, width = .width, image_height = .image_height, image_width = .image_width))]
    CropTooLarge {
        /// Rows of the crop.
        height: usize,
        /// Columns of the crop.
        width: usize,
        /// Rows of the image.
        image_height: usize,
        /// Columns of the image.
        image_width: usize,
    },
    /// A fit that needs a size has none.
    #[error("{}", tr!("fit={fit} needs a size, and the network leaves its size open: add height=N,width=N", fit = .fit))]
    NoSize {
        /// Name of the fit.
        fit: &'static str,
    },
    /// A size that is no multiple of the required number.
    #[error("{}", tr!("{size} is not a multiple of {multiple}: choose {lower} or {upper}, or another multiple=", size = .size, multiple = .multiple, lower = .lower, upper = .upper))]
    NoMultiple {
        /// Rows or columns.
        size: usize,
        /// The required divisor.
        multiple: usize,
        /// The nearest multiple below.
        lower: usize,
        /// The nearest multiple above.
        upper: usize,
    },
    /// The settings ask for another size than the network takes.
    #[error("{}", tr!("the network takes {height} rows and {width} columns, not {given_height} and {given_width}: leave height and width out, or use fit=stretch or fit=letterbox", height = .height, width = .width, given_height = .given_height, given_width = .given_width))]
    WrongSize {
        /// Rows of the network's input.
        height: usize,
        /// Columns of the network's input.
        width: usize,
        /// Rows that the settings give.
        given_height: usize,
        /// Columns that the settings give.
        given_width: usize,
    },
    /// The network takes another number of channels.
    #[error("{}", tr!("the network takes {expected} channels, and the preprocessing makes {given}: set channels=rgb, bgr or grey, or give the prepared input as .npy", expected = .expected, given = .given))]
    WrongChannels {
        /// Channels of the network's input.
        expected: usize,
        /// Channels of the preprocessing.
        given: usize,
    },
    /// A text of `--preprocess` that cannot be read.
    #[error("{}", tr!("`{item}` cannot be read: {expected}", item = .item, expected = .expected))]
    Text {
        /// The part of the text.
        item: String,
        /// The accepted values.
        expected: String,
    },
    /// A tensor file that cannot be read.
    #[error("{}", tr!("a tensor file that cannot be read: {problem}", problem = .0))]
    Tensor(String),
}
