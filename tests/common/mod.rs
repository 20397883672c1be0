//! What several native tests need.

use std::fs;
use std::path::Path;

use fathom::decode::{Options, decode};
use fathom::depth::{Encoding, Region, Scale};
use fathom::stats::{Distribution, Encodings, Summary, Window};

/// The depths of a map in a file, with its unit; 65535 is no depth.
pub(crate) fn distribution(file: &Path, units_per_metre: f64) -> Distribution {
    let bytes = fs::read(file).expect("a golden map");
    let decoded = decode(&bytes, &Options::default()).expect("a readable map");
    let markers = [65_535.0];
    let mut summary = Summary::default();
    summary.add(&decoded.maps[0], &Region::default(), &markers);
    let scale = Scale::from_units_per_metre(units_per_metre).expect("a scale");
    let encoding = Encoding::Linear(scale);
    let encodings = Encodings {
        integer: encoding,
        float: encoding,
    };
    let parts = vec![(summary, encodings, markers.to_vec())];
    Summary::distribution(parts, &Window::default())
        .expect("valid depths")
        .0
}
