//! The program, what it writes, and the maps that tests give it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

pub(crate) fn fathom(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fathom"));
    command.args(arguments).output().expect("the program runs")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn error_of(output: &Output) -> String {
    text(&output.stderr)
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("a plain name")
}

pub(crate) fn json_of(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a report")).expect("JSON")
}

/// An empty folder of one test's own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        // What an earlier run of the tests left.
        fs::remove_dir_all(&folder).expect("removed");
    }
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Real sets of maps, where they lie beside the checkout.
pub(crate) fn shared_data() -> PathBuf {
    std::env::var_os("FATHOM_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    )
}

/// A map of 40 x 30 samples as NPY.
pub(crate) fn npy(dtype: &str, samples: impl Iterator<Item = u8>) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': (30, 40), }}\n");
    bytes.extend(u16::try_from(header.len()).expect("short").to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(samples);
    bytes
}

/// A slanted room, its prediction `fp32`, or that prediction in steps of 50 mm.
pub(crate) fn room(role: &str, frame: usize) -> Vec<u8> {
    let depths_m = (0..1200).map(|at| {
        let (y, x) = (at / 40, at % 40);
        let gt = 1.0 + 0.06 * y as f32 + 0.02 * x as f32 + 0.01 * frame as f32;
        let fp32 = 1.02 * gt + 0.004 * ((x + 3 * y + frame) % 7) as f32;
        match role {
            "gt" => gt,
            "fp32" => fp32,
            _ => (fp32 / 0.05).round() * 0.05,
        }
    });
    npy("<f4", depths_m.flat_map(f32::to_le_bytes))
}
