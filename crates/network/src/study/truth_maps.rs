//! Ground truth of frames in metres.

use fathom_core::depth::{Encoding, RawMap, Region, SampleKind, Samples, guess_scale};
use fathom_core::i18n::tr;
use fathom_core::stats::{SampleSummary, active_markers};
use fathom_decode::{DecodeOptions, decode};

use super::study_error::{StudyError, StudySetting};
use crate::preprocess::ImageSize;

/// A map in metres. Pixels without depth are NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthMap {
    /// Columns and rows.
    pub size: ImageSize,
    /// Depths in metres, in rows.
    pub depths_m: Vec<f32>,
}

/// The maps of some files, and their unit.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthMaps {
    /// One map a file, in their order.
    pub maps: Vec<TruthMap>,
    /// The unit.
    pub encoding: Encoding,
    /// Why this unit was guessed; `None` for a given one.
    pub reason: Option<String>,
}

impl TruthMaps {
    /// Reads maps of one unit from files with their names. Without `encoding` the unit is guessed.
    ///
    /// # Errors
    /// If a file cannot be read, holds several maps, or leaves its unit in doubt.
    pub fn read(files: &[(&str, &[u8])], encoding: Option<Encoding>) -> Result<Self, StudyError> {
        let mut raw = Vec::new();
        for (name, bytes) in files {
            let decoded = decode(bytes, &DecodeOptions::default())
                .map_err(|error| StudyError::file(name, error))?;
            let [map] = &decoded.maps[..] else {
                let problem = tr!(
                    "it holds {} maps, and ground truth of a network is one map a file",
                    decoded.maps.len()
                );
                return Err(StudyError::file(name, problem));
            };
            raw.push(map.clone());
        }
        let refuse = |problem: String| StudyError::setting(StudySetting::Truth, problem);
        let kinds: Vec<SampleKind> = raw.iter().map(|map| map.dtype.kind()).collect();
        let kind = kinds.first().copied().unwrap_or(SampleKind::Integer);
        if kinds.iter().any(|&other| other != kind) {
            return Err(refuse(
                tr!(
                    "some maps of the ground truth hold integers and others floating-point numbers"
                )
                .to_owned(),
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
            return Err(refuse(
                tr!("no pixel of the ground truth has a depth above 0").to_owned(),
            ));
        };
        let (encoding, reason) = match encoding {
            Some(encoding) => (encoding, None),
            None => {
                let guess = guess_scale(&evidence);
                if !guess.confident {
                    let problem = tr!(
                        "the unit of the ground truth is in doubt ({reason})",
                        reason = guess.reason
                    );
                    return Err(StudyError::setting(StudySetting::TruthUnit, problem));
                }
                (guess.preset.encoding(), Some(guess.reason))
            }
        };
        let maps = raw.iter().map(|map| in_metres(map, encoding, &markers));
        Ok(Self {
            maps: maps.collect(),
            encoding,
            reason,
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
    use fathom_core::depth::{Dtype, Format, Scale};

    /// Two rows of two pixels.
    fn pgm(samples: [u16; 4]) -> Vec<u8> {
        let mut out = b"P5\n2 2\n65535\n".to_vec();
        out.extend(samples.into_iter().flat_map(u16::to_be_bytes));
        out
    }

    fn bits(map: &TruthMap) -> Vec<u32> {
        map.depths_m.iter().map(|v| v.to_bits()).collect()
    }

    #[test]
    fn zeros_and_markers_have_no_depth() {
        let decoded = decode(&pgm([0, 1500, 65_535, 2000]), &DecodeOptions::default());
        let map = &decoded.expect("a map").maps[0];
        assert_eq!((map.format, map.dtype), (Format::Pgm, Dtype::U16));
        let scale = Scale::from_units_per_metre(1000.0).expect("a scale");
        let truth = in_metres(map, Encoding::Linear(scale), &[65_535.0]);
        assert_eq!(
            bits(&truth),
            [f32::NAN, 1.5, f32::NAN, 2.0].map(f32::to_bits)
        );
        assert_eq!((truth.size.width, truth.size.height), (2, 2));
    }

    #[test]
    fn a_given_unit_is_taken_and_faults_are_named() {
        let file = pgm([0, 1000, 1500, 2500]);
        let scale = Scale::from_units_per_metre(500.0).expect("a scale");
        let read = TruthMaps::read(&[("a.pgm", &file)], Some(Encoding::Linear(scale)));
        let read = read.expect("a map");
        assert_eq!(
            bits(&read.maps[0]),
            [f32::NAN, 2.0, 3.0, 5.0].map(f32::to_bits)
        );
        let empty = pgm([0; 4]);
        let error = TruthMaps::read(&[("a.pgm", &empty)], None).expect_err("no depth");
        assert!(error.to_string().contains("above 0"), "{error}");
        // No unit mends it.
        let setting = |error: StudyError| match error {
            StudyError::Setting { setting, .. } => Some(setting),
            _ => None,
        };
        assert_eq!(setting(error), Some(StudySetting::Truth));
        let error = TruthMaps::read(&[("b.pgm", b"P5")], None).expect_err("damaged");
        assert!(error.to_string().starts_with("b.pgm: "), "{error}");
    }
}
