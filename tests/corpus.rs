//! Files that nobody here wrote, where they lie beside the checkout: every one is read or refused in a sentence, none panics.

use std::path::{Path, PathBuf};
use std::{env, fs};

use fathom::decode::{Limits, decode};
use fathom::depth::{RawMap, SampleKind, ScalePreset, guess_scale};
use fathom::stats::Summary;

fn corpus() -> Option<PathBuf> {
    let folder = env::var_os("FATHOM_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    if folder.join("files").is_dir() {
        return Some(folder);
    }
    println!("skipped: no real files at {}", folder.display());
    None
}

/// Every file below a folder with its result.
fn results(folder: &Path) -> Vec<(String, Result<RawMap, String>)> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(results(&path));
            continue;
        }
        let bytes = fs::read(&path).expect("a file");
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let result = decode(&bytes, &Limits::default()).map_err(|e| e.to_string());
        out.push((name, result));
    }
    out
}

#[test]
fn every_file_is_read_or_refused_in_one_sentence() {
    let Some(folder) = corpus() else { return };
    let all = results(&folder);
    assert!(all.len() > 300, "{} files", all.len());
    for (name, result) in all {
        if let Err(text) = result {
            let whole = text.contains("; expected ") && text.contains(": ") && !text.contains('\n');
            assert!(whole, "{name}: {text}");
        }
    }
}

/// The names of `PngSuite` say what is in a file: "x" begins a corrupt one; "0g" is grey, "2c" colour, "3p" palette, "4a" and "6a"
/// have transparency.
#[test]
fn pngsuite_is_read_where_it_is_grey_and_refused_where_it_is_not() {
    let Some(folder) = corpus() else { return };
    let mut grey = 0;
    for (name, result) in results(&folder.join("files/pngsuite/pngsuite")) {
        // The suite's own logo begins with a capital.
        if !name.ends_with(".png") || name.starts_with("PngSuite") {
            continue;
        }
        let kind = name.get(4..6).unwrap_or_default();
        match (&result, name.starts_with('x'), kind) {
            (Err(_), true, _) => {}
            (Ok(map), false, "0g") => {
                grey += 1;
                assert!(map.width() > 0 && map.height() > 0, "{name}");
            }
            // Colour whose three channels happen to be equal everywhere is grey after all.
            (Ok(map), false, "2c") => assert_eq!(map.notices.len(), 1, "{name}"),
            (Err(text), false, "2c" | "3p" | "4a" | "6a") => {
                assert!(text.contains("picture"), "{name}: {text}");
            }
            _ => panic!("{name}: {:?}", result.map(|m| m.dtype)),
        }
    }
    assert!(grey > 20, "{grey} grey files");
}

#[test]
fn object_arrays_are_never_unpickled() {
    let Some(folder) = corpus() else { return };
    for (name, result) in results(&folder.join("files/numpy_odd")) {
        assert!(result.is_err(), "{name}");
    }
}

#[test]
fn the_scale_of_known_sets_is_guessed() {
    let Some(folder) = corpus() else { return };
    let rows = [
        ("triple/gt", ScalePreset::Millimetre),
        ("kinect640", ScalePreset::Millimetre),
        ("files/tsdf_fusion_7scenes", ScalePreset::Millimetre),
        ("files/metric3d_nyu", ScalePreset::Millimetre),
        ("files/metric3d_kitti", ScalePreset::Kitti),
    ];
    for (set, preset) in rows {
        let mut summary = Summary::default();
        for (_, result) in results(&folder.join(set)) {
            if let Ok(map) = result {
                summary.add(&map);
            }
        }
        let evidence = summary.evidence(SampleKind::Integer).expect("integer maps");
        let guess = guess_scale(&evidence);
        assert_eq!(guess.preset, preset, "{set}: {}", guess.reason);
    }
}
