//! Real files against their manifest: values against those of Pillow and numpy, rejections, and guessed scales.
//!
//! The files are not part of the repository. They are read from `FATHOM_DATA`, or else from `../shared/data`; without them the tests are
//! skipped. `MANIFEST.tsv` has a row per file.

use std::fs;
use std::path::{Path, PathBuf};

use fathom_core::depth::{RawMap, Region, Samples, ScaleGuess, ScalePreset, guess_scale};
use fathom_core::stats::SampleSummary;
use fathom_decode::{DecodeError, DecodeOptions, Decoded, decode};

/// A file with its row of the manifest.
struct Row {
    path: String,
    format: String,
    dtype: String,
    size: Option<(usize, usize)>,
    unit: String,
    note: String,
    bytes: Vec<u8>,
}

impl Row {
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    fn is(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|e| e == extension)
    }

    fn decode(&self) -> Result<RawMap, DecodeError> {
        let decoded = decode(&self.bytes, &DecodeOptions::default())?;
        Ok(decoded.maps.into_iter().next().expect("at least one map"))
    }

    /// Decodes the channel that the manifest's figures belong to, where it names one.
    fn decode_noted(&self) -> Result<RawMap, String> {
        let whole = decode(&self.bytes, &DecodeOptions::default()).map_err(|e| e.to_string())?;
        let Decoded { maps, choice } = whole;
        let wanted = self.format.split("stats on ").nth(1);
        let other = choice.zip(wanted).and_then(|(choice, wanted)| {
            let ends = |name: &str| name == wanted || name.ends_with(&format!(": {wanted}"));
            if ends(&choice.candidates[choice.selected].name) {
                return None;
            }
            choice
                .candidates
                .into_iter()
                .map(|o| o.name)
                .find(|name| ends(name))
        });
        let Some(pick) = other else {
            return Ok(maps.into_iter().next().expect("at least one map"));
        };
        let options = DecodeOptions {
            pick: Some(&pick),
            ..DecodeOptions::default()
        };
        let decoded = decode(&self.bytes, &options).map_err(|e| e.to_string())?;
        Ok(decoded.maps.into_iter().next().expect("at least one map"))
    }

    /// Returns the number after a word in the format column, such as the colour type of a PNG.
    fn format_number(&self, word: &str) -> Option<u32> {
        let mut words = self.format.split(' ').skip_while(|w| *w != word);
        words.nth(1)?.parse().ok()
    }

    /// Returns the true scale, where the unit of the manifest has a preset.
    fn truth(&self) -> Option<ScalePreset> {
        let unit = self.unit.as_str();
        let starts = |word| unit.starts_with(word);
        match unit {
            _ if starts("SUN") => Some(ScalePreset::SunRotated),
            _ if starts("NYU raw") => Some(ScalePreset::KinectRaw),
            _ if starts("mm") => Some(ScalePreset::Millimetre),
            _ if starts("metres") => Some(ScalePreset::Metre),
            _ if starts("KITTI") => Some(ScalePreset::Kitti),
            _ if starts("TUM") => Some(ScalePreset::Tum),
            _ if starts("1/10000 m") => Some(ScalePreset::TenthMillimetre),
            _ => None,
        }
    }
}

/// Returns the rows that a predicate selects; `None` without the files.
fn rows(fits: impl Fn(&Row) -> bool) -> Option<Vec<Row>> {
    let data = std::env::var_os("FATHOM_DATA").map_or_else(
        || crate::common::root().join("../shared/data"),
        PathBuf::from,
    );
    let folder = data.join("files");
    let Ok(manifest) = fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        eprintln!(
            "skipped: there is no MANIFEST.tsv in {}; FATHOM_DATA can name another folder",
            folder.display()
        );
        return None;
    };
    let row = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        let mut field = || fields.next().unwrap_or_default();
        let (path, _source, _licence) = (field(), field(), field());
        let (format, dtype) = (field(), field());
        let (width, height) = (field().parse().ok(), field().parse().ok());
        let (unit, _invalid, note) = (field(), field(), field());
        Row {
            bytes: fs::read(folder.join(&path)).expect("a file that the manifest names"),
            size: width.zip(height),
            path,
            format,
            dtype,
            unit,
            note,
        }
    };
    // The first line is the header.
    let rows: Vec<Row> = manifest.lines().skip(1).map(row).filter(fits).collect();
    assert!(!rows.is_empty(), "no file was selected");
    Some(rows)
}

/// Runs a check on every selected row and reports all failures.
#[track_caller]
fn check_rows(fits: impl Fn(&Row) -> bool, check: impl Fn(&Row) -> Result<(), String>) {
    let Some(rows) = rows(fits) else { return };
    let failures: Vec<String> = rows
        .iter()
        .filter_map(|row| Some(format!("{}: {}", row.path, check(row).err()?)))
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} files fail\n{}",
        failures.len(),
        rows.len(),
        failures.join("\n")
    );
}

fn values(map: &RawMap) -> Vec<f64> {
    match &map.samples {
        Samples::U16(a) => a.iter().map(|&v| f64::from(v)).collect(),
        Samples::F32(a) => a.iter().map(|&v| f64::from(v)).collect(),
        Samples::F64(a) => a.iter().copied().collect(),
    }
}

/// Returns the number after a word of the note, as in `median 2.415`.
fn noted(note: &str, word: &str) -> Option<f64> {
    let mut words = note.split(' ').skip_while(|w| *w != word);
    words.nth(1)?.trim_end_matches('%').parse().ok()
}

/// Returns true for the data window of an EXR that was placed in its display window.
fn is_placed(map: &RawMap) -> bool {
    map.notices.iter().any(|n| n.contains("display window"))
}

/// Compares with the figures of the note, which have 4 digits, and 0.1 % for the share.
fn check_figures(row: &Row, map: &RawMap, factor: impl Fn(f64) -> f64) -> Result<(), String> {
    let all = values(map);
    let mut positive: Vec<f64> = all
        .iter()
        .copied()
        .filter(|v| v.is_finite() && *v > 0.0)
        .map(factor)
        .filter(|v| v.is_finite() && *v > 0.0)
        .collect();
    positive.sort_by(f64::total_cmp);
    let (Some(&min), Some(&max)) = (positive.first(), positive.last()) else {
        return if row.note.contains("no positive") || row.dtype == "bool" {
            Ok(())
        } else {
            Err("no positive sample".to_owned())
        };
    };
    let middle = positive.len() / 2;
    let median = if positive.len() % 2 == 1 {
        positive[middle]
    } else {
        f64::midpoint(positive[middle - 1], positive[middle])
    };
    // The manifest speaks of the data window, which the map may exceed by pixels without depth.
    let (width, height) = row.size.unwrap_or((map.width(), map.height()));
    let share = 100.0 * positive.len() as f64 / (width * height) as f64;
    // The manifest has no figures for black and white images.
    if row.dtype == "bool" {
        return Ok(());
    }
    // Pixels of a data window beyond the display window are cut.
    let (median_tolerance, share_tolerance) = if is_placed(map) {
        (2e-3, 5.0)
    } else {
        (6e-4, 0.051)
    };
    let figures = [
        ("min", min, 6e-4 * min),
        ("max", max, 6e-4 * max),
        ("median", median, median_tolerance * median),
        ("valid(>0,finite)", share, share_tolerance),
    ];
    for (word, got, tolerance) in figures {
        let wanted = noted(&row.note, word).ok_or_else(|| format!("no {word} is noted"))?;
        if (got - wanted).abs() > tolerance {
            return Err(format!("{word} {got} instead of {wanted}"));
        }
    }
    Ok(())
}

fn is_png(row: &Row) -> bool {
    row.is("png")
}

/// Selects images with a wrong checksum in a chunk without pixels.
fn has_bad_ancillary_chunk(row: &Row) -> bool {
    row.note.contains("bad CRC in ANCILLARY")
}

#[test]
fn corrupt_pngs_are_rejected() {
    check_rows(
        |row| row.path.starts_with("pngsuite/") && row.name().starts_with('x'),
        |row| match row.decode() {
            Ok(map) => Err(format!("was read as {}", map.dtype.name())),
            Err(_) => Ok(()),
        },
    );
}

#[test]
fn grey_pngs_have_the_values_of_pillow() {
    check_rows(
        |row| {
            is_png(row) && !row.name().starts_with('x') && row.format_number("colortype") == Some(0)
        },
        |row| {
            let map = row.decode().map_err(|e| e.to_string())?;
            if Some((map.width(), map.height())) != row.size {
                return Err(format!("{} x {}", map.width(), map.height()));
            }
            // Pillow scales samples of 2 and 4 bits to 0..255; Fathom keeps them as stored.
            let spread = match row.format_number("bitdepth") {
                Some(2) => 85.0,
                Some(4) => 17.0,
                _ => 1.0,
            };
            let encoding = row.truth().unwrap_or(ScalePreset::Metre).encoding();
            check_figures(row, &map, |v| encoding.metres(v * spread))
        },
    );
}

#[test]
fn colour_pngs_are_rejected_as_colour() {
    check_rows(
        |row| {
            is_png(row)
                && !row.name().starts_with('x')
                && row.format_number("colortype").is_some_and(|c| c != 0)
        },
        |row| match row.decode() {
            Err(DecodeError::Unsuitable { found, .. })
                if ["colour", "palette", "transparency"]
                    .iter()
                    .any(|word| found.contains(word)) =>
            {
                Ok(())
            }
            Err(other) => Err(other.to_string()),
            // Colour images with equal channels are decoded with a notice.
            Ok(map) if map.notices.len() == 1 => Ok(()),
            Ok(map) => Err(format!("was read as {}", map.dtype.name())),
        },
    );
}

#[test]
fn a_wrong_checksum_of_an_ancillary_chunk_is_no_damage() {
    check_rows(has_bad_ancillary_chunk, |row| match row.decode() {
        Err(error @ DecodeError::Damaged { .. }) => Err(error.to_string()),
        _ => Ok(()),
    });
}

#[test]
fn arrays_have_the_values_of_numpy() {
    check_rows(
        |row| row.is("npy") && row.format.starts_with("NPY"),
        |row| {
            let map = row.decode().map_err(|e| e.to_string())?;
            let facts = (map.dtype.name(), Some((map.width(), map.height())));
            if facts != (row.dtype.as_str(), row.size) {
                return Err(format!("{facts:?}"));
            }
            check_figures(row, &map, |v| v)
        },
    );
}

#[test]
fn arrays_of_objects_are_rejected_as_such() {
    check_rows(
        |row| row.path.starts_with("numpy_odd/") && row.is("npy"),
        |row| match row.decode() {
            Err(error) if error.to_string().contains("Python objects") => Ok(()),
            other => Err(format!("{other:?}")),
        },
    );
}

#[test]
fn other_files_are_rejected_by_name() {
    let names = [("jpg", "JPEG"), ("json", "text")];
    check_rows(
        |row| names.iter().any(|(extension, _)| row.is(extension)),
        |row| {
            let wanted = names.iter().find(|(extension, _)| row.is(extension));
            let (_, name) = wanted.ok_or("a format without a name")?;
            match row.decode() {
                Err(error @ DecodeError::Unsuitable { .. }) if error.to_string().contains(name) => {
                    Ok(())
                }
                other => Err(format!("{other:?}")),
            }
        },
    );
}

fn is_image_or_archive(row: &Row) -> bool {
    ["exr", "tif", "tiff", "pfm", "pgm", "npz", "gz"]
        .iter()
        .any(|e| row.is(e))
        && !row.path.starts_with("openexr_damaged/")
}

/// Selects a TIFF without the photometric interpretation tag, which its decoder requires.
fn lacks_a_tag(row: &Row) -> bool {
    row.name() == "10ct_32bit_128.tiff"
}

#[test]
fn images_and_archives_have_the_values_of_their_libraries() {
    let refused = |row: &Row| {
        row.path.starts_with("numpy_odd/")
            || row.note.contains("must be refused")
            || row.note.contains("128, 3)")
            || lacks_a_tag(row)
    };
    check_rows(
        |row| is_image_or_archive(row) && !refused(row),
        |row| {
            let map = row.decode_noted()?;
            if Some((map.width(), map.height())) != row.size && !is_placed(&map) {
                return Err(format!("{} x {}", map.width(), map.height()));
            }
            // The manifest states its figures in another form.
            if row.is("gz") {
                let ends = |(a, b): (f64, f64), v: f64| (a.min(v), b.max(v));
                let (min, max) = values(&map).into_iter().fold((f64::INFINITY, 0.0), ends);
                let right = (min - 9.548).abs() < 1e-3 && (max - 1e10).abs() < 1e3;
                return if right {
                    Ok(())
                } else {
                    Err(format!("{min} to {max}"))
                };
            }
            let encoding = row.truth().unwrap_or(ScalePreset::Metre).encoding();
            check_figures(row, &map, |v| encoding.metres(v))
        },
    );
    check_rows(
        |row| is_image_or_archive(row) && refused(row),
        |row| match row.decode() {
            Err(error @ DecodeError::Unsuitable { .. })
                if ["Python objects", "deep", "colour", "photometric"]
                    .iter()
                    .any(|w| error.to_string().contains(w)) =>
            {
                Ok(())
            }
            other => Err(format!("{other:?}")),
        },
    );
}

#[test]
fn damaged_images_are_decoded_or_rejected() {
    check_rows(
        |row| row.path.starts_with("openexr_damaged/"),
        |row| match row.decode() {
            Err(error) if error.to_string().contains("; expected ") => Ok(()),
            Err(error) => Err(error.to_string()),
            // Some are damaged only outside the samples of the channel.
            Ok(_) => Ok(()),
        },
    );
}

fn guess(map: &RawMap) -> Option<ScaleGuess> {
    let mut summary = SampleSummary::default();
    let watch: Vec<f64> = fathom_core::depth::MARKERS
        .iter()
        .map(|m| m.value)
        .collect();
    summary.add(map, &Region::default(), &watch);
    let survey = summary.kind_evidence(map.dtype.kind(), &[], None)?;
    Some(guess_scale(&survey.evidence?))
}

#[test]
fn a_guessed_scale_is_right_or_marked_as_uncertain() {
    let check = |row: &Row| {
        let truth = row.truth().ok_or("no known scale")?;
        let map = row.decode().map_err(|e| e.to_string())?;
        let guess = guess(&map).ok_or("no valid sample")?;
        let right = guess.preset == truth;
        println!(
            "{} {:<45} {:<16} {}",
            if right { "right" } else { "WRONG" },
            row.path,
            truth.title(),
            guess.reason
        );
        // Samples alone are ambiguous: 0.8 m in 1/10000 m is 8 m in millimetres. An uncertain guess must list the truth.
        let is_listed = !guess.confident && guess.others.contains(&truth);
        if right || (truth == ScalePreset::TenthMillimetre && is_listed) {
            Ok(())
        } else {
            Err(format!("{} is not {}", guess.reason, truth.title()))
        }
    };
    check_rows(
        |row| row.truth().is_some() && !row.path.starts_with("numpy_odd/"),
        check,
    );
}
