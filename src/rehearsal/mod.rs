//! What workers go through before the first file comes, so that the browser has compiled it well by then.
//!
//! A browser compiles a function quickly at first and well only once it has run for a while. On the first files of a visit that costs
//! a third of the time. Whoever is about to bring files points at a button or drags them over the page first; in the seconds between,
//! a worker reads made files and compares made maps. Nobody sees the results. Knows what workers do; knows nothing of threads.

use ndarray::Array2;

use fathom_analysis::RangeSettings;
use fathom_analysis::compare::FrameResult;
use fathom_analysis::compare::{CompareSettings, PixelPairs, SortedPairs};
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::understanding::SampleSize;
use fathom_core::depth::{Dtype, Encoding, Format, RawMap, Region, Role, Samples, ScalePreset};
use fathom_core::quant::OutputRange;
use fathom_core::stats::DepthWindow;
use fathom_engine::{FrameDepths, FrameFiles, FrameMap, FrameOrder};

#[cfg(any(feature = "readers", test))]
pub use reading::{read_floats, read_integers};

/// Frames that are compared: a few are enough for the loops over their pixels, and small ones for what is done once a frame.
const FRAMES: usize = 6;
const SMALL_FRAMES: usize = 80;

/// Columns and rows of a made map.
const SIZE: (usize, usize) = (176, 144);
const SMALL: (usize, usize) = (44, 36);

/// A made depth, in metres: a slanted floor with blocks on it.
fn depth_m(row: usize, column: usize, frame: usize) -> f64 {
    let block = (row / 18 + column / 24 + frame) % 3;
    0.7 + 0.021 * row as f64 + 0.006 * column as f64 + 0.4 * block as f64
}

fn map(format: Format, dtype: Dtype, samples: Samples) -> RawMap {
    RawMap {
        samples,
        format,
        dtype,
        nodata: None,
        notices: Vec::new(),
    }
}

/// Made maps of a frame: ground truth in millimetres with holes, predictions in metres.
fn maps((width, height): (usize, usize), frame: usize) -> [(Role, Encoding, RawMap); 3] {
    let float = |of: &dyn Fn(f64) -> f64| {
        let at = |(row, column): (usize, usize)| {
            let wave = libm::sin(0.9 * column as f64 + 1.7 * row as f64);
            of(1.03 * depth_m(row, column, frame) + 0.05 * wave) as f32
        };
        let samples = Samples::F32(Array2::from_shape_fn((height, width), at));
        map(Format::Npy, Dtype::F32, samples)
    };
    let gt = Array2::from_shape_fn((height, width), |(row, column)| {
        let is_hole = (row + column).is_multiple_of(31);
        if is_hole {
            0
        } else {
            (1000.0 * depth_m(row, column, frame)) as u16
        }
    });
    let metre = ScalePreset::Metre.encoding();
    [
        (
            Role::GroundTruth,
            ScalePreset::Millimetre.encoding(),
            map(Format::Png, Dtype::U16, Samples::U16(gt)),
        ),
        (Role::Float, metre, float(&|depth_m| depth_m)),
        (
            Role::Quantized,
            metre,
            float(&|depth_m| libm::round(depth_m / 0.057) * 0.057 + 0.01),
        ),
    ]
}

/// Compares made frames and measures what other ranges would do to their predictions.
#[must_use]
pub fn compare() -> (Vec<FrameResult>, Option<Requantized>) {
    let order = FrameOrder {
        files: FrameFiles::named("made"),
        markers: Vec::new(),
        window: DepthWindow::default(),
        settings: CompareSettings::default(),
        sample: SampleSize::default(),
        fit: None,
    };
    let region = Region::default();
    let mut sums = PixelPairs::default();
    let sizes = [(SIZE, FRAMES), (SMALL, SMALL_FRAMES)];
    let results = sizes
        .into_iter()
        .flat_map(|(size, count)| (0..count).map(move |frame| (size, frame)))
        .map(|(size, frame)| {
            let maps = maps(size, frame);
            let maps = maps.each_ref().map(|(role, encoding, map)| FrameMap {
                role: *role,
                encoding: *encoding,
                map,
            });
            let depths = FrameDepths::new(&maps, &region, &order)?;
            depths.count_pixels(&mut sums);
            Ok(vec![depths.compare(&order.settings)?])
        })
        .collect();
    let pairs = SortedPairs::from_parts(&[sums.into_flat()]);
    let range = OutputRange::new(0.5, 15.0).ok();
    let recodings = range
        .and_then(|range| Requantized::measure(&pairs, range, None, &RangeSettings::default()));
    (results, recodings)
}

#[cfg(any(feature = "readers", test))]
mod reading {
    use super::{SIZE, depth_m};
    use fathom_core::depth::Role;
    use fathom_core::stats::{DepthWindow, SampleSummary};
    use fathom_decode::{DecodeOptions, decode};
    use fathom_engine::{Build, Built, Group, ReadOptions, build, ingest};

    /// A made map as a file: 96 x 72 depths in millimetres, with holes.
    const PNG: &[u8] = include_bytes!("map.png");

    /// How often the file is read: until what inflates, and what is done once a file, has run as often as the loops over pixels.
    const TIMES: usize = 120;

    /// Maps of floats that are gathered, and files so small that what is done once a file is most of the work.
    const FLOAT_MAPS: usize = 6;
    const SMALL_FILES: usize = 80;

    /// A made map as NPY.
    fn npy((width, height): (usize, usize), frame: usize) -> Vec<u8> {
        let mut header =
            format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({height}, {width}), }}");
        // The data begin at a multiple of 64 (the format's own document); what stands before the header takes 10 bytes.
        let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
        header.push_str(&" ".repeat(padded - 1 - header.len()));
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(
            u16::try_from(header.len())
                .unwrap_or_default()
                .to_le_bytes(),
        );
        bytes.extend(header.bytes());
        for at in 0..width * height {
            let depth_m = depth_m(at / width, at % width, frame) as f32;
            // No two alike, as a network's are.
            let depth_m = depth_m * (1.0 + 1e-6 * (at % 1000) as f32);
            bytes.extend(depth_m.to_le_bytes());
        }
        bytes
    }

    /// Reads made files of integers, gathers them and builds their distribution.
    ///
    /// # Errors
    /// One sentence, where a made file cannot be read.
    pub fn read_integers() -> Result<Built, String> {
        read_files(Role::GroundTruth, &vec![PNG.to_vec(); TIMES])
    }

    /// The same with floats.
    ///
    /// # Errors
    /// One sentence, where a made file cannot be read.
    pub fn read_floats() -> Result<Built, String> {
        let maps = (0..FLOAT_MAPS).map(|frame| npy(SIZE, frame));
        let small = (0..SMALL_FILES).map(|frame| npy((8, 8), frame));
        read_files(Role::Float, &maps.chain(small).collect::<Vec<_>>())
    }

    fn read_files(role: Role, files: &[Vec<u8>]) -> Result<Built, String> {
        let mut summaries = [SampleSummary::default(), SampleSummary::default()];
        for (at, bytes) in files.iter().enumerate() {
            let decoded = decode(bytes, &DecodeOptions::default()).map_err(|e| e.to_string())?;
            ingest(
                &mut summaries[at % 2],
                &decoded,
                &ReadOptions::default(),
                || Err::<fathom_decode::Decoded, _>(String::new()),
            )?;
        }
        let parts = summaries.map(SampleSummary::into_parts);
        let group = Group {
            role,
            integer: None,
            float: None,
            own: false,
            summaries: parts.iter().map(|p| p.header.clone()).collect(),
        };
        let order = Build {
            groups: vec![group],
            shown: role,
            nodata: Vec::new(),
            markers: None,
            window: DepthWindow::default(),
        };
        let summaries = parts
            .into_iter()
            .filter_map(SampleSummary::from_parts)
            .collect();
        Ok(build(&order, summaries)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn made_frames_are_compared_as_real_ones_are() {
        let (frames, recodings) = compare();
        assert_eq!(frames.len(), FRAMES + SMALL_FRAMES);
        for (at, frame) in frames.into_iter().enumerate() {
            let outcomes = frame.expect("a frame");
            let joint = &outcomes[0].compared.joint;
            let (width, height) = if at < FRAMES { SIZE } else { SMALL };
            assert!(joint.count > 0.9 * (width * height) as f64);
        }
        let curve = recodings.expect("predictions").curve;
        assert!(curve.best.1 < curve.current_m, "{curve:?}");
    }

    #[test]
    fn made_files_are_read_as_real_ones_are() {
        let integers = read_integers().expect("made files");
        let floats = read_floats().expect("made files");
        assert!(integers.roles[0].integer.is_some() && integers.roles[0].float.is_none());
        assert!(floats.roles[0].float.is_some() && floats.roles[0].integer.is_none());
    }
}
