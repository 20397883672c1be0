//! Ground truth of frames in metres.

use std::fs;

use fathom_core::depth::{Encoding, RawMap, Region, SampleKind, Samples, Scale, guess_scale};
use fathom_core::stats::{SampleSummary, active_markers};
use fathom_decode::{DecodeOptions, decode};
use fathom_network::preprocess::ImageSize;

use crate::command_error::CommandError;
use crate::frame_files::FrameFile;

/// A map in metres. Pixels without depth are NaN.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TruthMap {
    /// Columns and rows.
    pub size: ImageSize,
    /// Depths in metres, in rows.
    pub depths_m: Vec<f32>,
}

/// The maps of some files, and the sentence that says which unit they are read in.
pub(crate) struct GroundTruth {
    /// One map a file, in their order.
    pub maps: Vec<TruthMap>,
    /// The unit with its reason.
    pub notice: String,
}

impl GroundTruth {
    /// Reads maps of one unit. Without `units_per_metre` the unit is guessed, and a guess in doubt is an error.
    pub(crate) fn read(
        files: &[&FrameFile],
        units_per_metre: Option<f64>,
    ) -> Result<Self, CommandError> {
        let mut raw = Vec::new();
        for file in files {
            let bytes =
                fs::read(&file.path).map_err(|error| CommandError::file(&file.path, &error))?;
            let decoded = decode(&bytes, &DecodeOptions::default())
                .map_err(|error| CommandError::content(&file.path, error))?;
            let [map] = &decoded.maps[..] else {
                let why = format!(
                    "{} maps in one file, and --gt takes a file a frame",
                    decoded.maps.len()
                );
                return Err(CommandError::content(&file.path, why));
            };
            raw.push(map.clone());
        }
        let kinds: Vec<SampleKind> = raw.iter().map(|map| map.dtype.kind()).collect();
        let Some(&kind) = kinds.first() else {
            return Err(CommandError::usage("--gt: no ground truth"));
        };
        if kinds.iter().any(|&other| other != kind) {
            return Err(CommandError::usage(
                "--gt: some maps hold integers and others floating-point numbers: give maps of one unit",
            ));
        }
        let mut summary = SampleSummary::default();
        let mut nodata = Vec::new();
        for map in &raw {
            summary.add(map, &Region::default(), &[]);
            nodata.extend(map.nodata);
        }
        let found = summary.kind_evidence(kind, &nodata, None);
        let Some((markers, evidence)) =
            found.and_then(|found| Some((active_markers(&found.markers), found.evidence?)))
        else {
            return Err(CommandError::usage(
                "--gt: no pixel of the ground truth has a depth above 0",
            ));
        };
        let (encoding, notice) = match units_per_metre {
            Some(units) => {
                let scale = Scale::from_units_per_metre(units).map_err(|error| {
                    CommandError::usage(format!("--gt-units-per-metre: {error}"))
                })?;
                (
                    Encoding::Linear(scale),
                    "as --gt-units-per-metre says".to_owned(),
                )
            }
            None => {
                let guess = guess_scale(&evidence);
                if !guess.confident {
                    return Err(CommandError::usage(format!(
                        "--gt: the unit of the ground truth is in doubt ({}): give --gt-units-per-metre, such as 1000 for millimetres",
                        guess.reason
                    )));
                }
                (guess.preset.encoding(), guess.reason)
            }
        };
        let maps = raw.iter().map(|map| in_metres(map, encoding, &markers));
        Ok(Self {
            maps: maps.collect(),
            notice: format!("Ground truth is read as {}: {notice}.", encoding.title()),
        })
    }
}

fn in_metres(map: &RawMap, encoding: Encoding, markers: &[f64]) -> TruthMap {
    let depth = |sample: f64| {
        let depth_m = encoding.metres(sample);
        let is_valid = sample > 0.0 && depth_m > 0.0 && depth_m.is_finite();
        if is_valid && !markers.contains(&sample) {
            depth_m as f32
        } else {
            f32::NAN
        }
    };
    let depths_m = match &map.samples {
        Samples::U16(a) => a.iter().map(|&v| depth(f64::from(v))).collect(),
        Samples::F32(a) => a.iter().map(|&v| depth(f64::from(v))).collect(),
        Samples::F64(a) => a.iter().map(|&v| depth(v)).collect(),
    };
    TruthMap {
        size: ImageSize {
            width: map.width(),
            height: map.height(),
        },
        depths_m,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::{Dtype, Format};
    use ndarray::array;

    #[test]
    fn zeros_and_markers_have_no_depth() {
        let samples = Samples::U16(array![[0, 1500], [65_535, 2000]]);
        let map = RawMap::new(samples, Format::Png, Dtype::U16);
        let scale = Scale::from_units_per_metre(1000.0).expect("a scale");
        let truth = in_metres(&map, Encoding::Linear(scale), &[65_535.0]);
        let bits: Vec<u32> = truth.depths_m.iter().map(|v| v.to_bits()).collect();
        assert_eq!(bits, [f32::NAN, 1.5, f32::NAN, 2.0].map(f32::to_bits));
        assert_eq!((truth.size.width, truth.size.height), (2, 2));
    }
}
