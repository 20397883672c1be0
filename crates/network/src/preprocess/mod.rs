//! From files to the inputs of a network: images with their preprocessing, and prepared tensors.
//!
//! [`RgbImage`] decodes PNG, JPEG and WebP. [`Preprocessing`] crops, resizes and normalises; [`Preset`] has the settings of well-known
//! networks, and `--preprocess` is parsed with [`str::parse`]. A [`PreparedFrame`] keeps its [`FrameGeometry`], which brings ground truth
//! of the same frame to the output's pixels. [`read_tensors`] reads prepared inputs.
//!
//! Resizing repeats PIL's bytes exactly and OpenCV's within one step, so that a network sees what it saw in its own program.
//!
//! Must be absent: running networks, and files by name.

mod exif_orientation;
mod filter_taps;
mod fit;
mod frame_geometry;
mod input_tensor;
mod preprocess_error;
mod preprocess_text;
mod preprocessing;
mod presets;
mod resample;
mod rgb_image;
mod tensor_file;

pub use filter_taps::Filter;
pub use fit::{Bound, Fit};
pub use frame_geometry::{FrameGeometry, ImageSize};
pub use input_tensor::{InputTensor, MAX_PIXELS};
pub use preprocess_error::PreprocessError;
pub use preprocessing::{Channels, Precision, PreparedFrame, Preprocessing};
pub use presets::Preset;
pub use rgb_image::RgbImage;
pub use tensor_file::{NamedTensor, read_tensors};
