//! Paths, maps and the Python interpreter that several tests use.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use fathom_core::depth::{Encoding, Region, Scale};
use fathom_core::stats::{DepthWindow, Distribution, Encodings, SampleSummary};
use fathom_decode::{DecodeOptions, decode};

/// Returns the root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads the depths of a map file. The sample 65535 is invalid.
pub(crate) fn distribution(file: &Path, units_per_metre: f64) -> Distribution {
    let bytes = fs::read(file).expect("a golden map");
    let decoded = decode(&bytes, &DecodeOptions::default()).expect("a readable map");
    let markers = [65_535.0];
    let mut summary = SampleSummary::default();
    summary.add(&decoded.maps[0], &Region::default(), &markers);
    let scale = Scale::from_units_per_metre(units_per_metre).expect("a scale");
    let encoding = Encoding::Linear(scale);
    let encodings = Encodings {
        integer: encoding,
        float: encoding,
    };
    let parts = vec![(summary, encodings, markers.to_vec())];
    SampleSummary::distribution(parts, &DepthWindow::default())
        .expect("valid depths")
        .0
}

/// Returns the Python interpreter, `FATHOM_PYTHON` or else `python3`, if it can import `modules`.
///
/// The caller skips its check on `None`. `cargo xtask` sets `FATHOM_REQUIRE_ORACLES`, which turns a missing module into a failure.
pub(crate) fn python(modules: &str) -> Option<Command> {
    let program = env::var_os("FATHOM_PYTHON").unwrap_or_else(|| "python3".into());
    let imports = Command::new(&program)
        .args(["-c", &format!("import {modules}")])
        .output();
    if imports.is_ok_and(|out| out.status.success()) {
        return Some(Command::new(program));
    }
    let missing = format!("{} cannot import {modules}", program.display());
    assert!(env::var_os("FATHOM_REQUIRE_ORACLES").is_none(), "{missing}");
    eprintln!("skipped: {missing}");
    None
}
