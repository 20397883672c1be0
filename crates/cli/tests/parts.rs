//! `fathom summarize` and `fathom merge`: on maps made here, and on a real set beside the checkout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn fathom(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fathom"));
    command.args(arguments).output().expect("the program runs")
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain name")
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        // What an earlier run of the tests left.
        fs::remove_dir_all(&folder).expect("removed");
    }
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Frames of two scenes in three roles: a slanted room, a prediction, and that prediction in steps of 50 mm.
fn set(folder: &Path) -> PathBuf {
    let set = folder.join("set");
    for role in ["gt", "fp32", "int8"] {
        for (scene, frames) in [("kitchen", 3), ("office", 4)] {
            let place = set.join(role).join(scene);
            fs::create_dir_all(&place).expect("a folder");
            for frame in 0..frames {
                let shift = frame + 10 * scene.len();
                let file = place.join(format!("{frame}.npy"));
                fs::write(file, npy(role, shift)).expect("a file");
            }
        }
    }
    set
}

fn npy(role: &str, frame: usize) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (30, 40), }\n";
    bytes.extend(u16::try_from(header.len()).expect("short").to_le_bytes());
    bytes.extend(header.bytes());
    for at in 0..1200 {
        let (y, x) = (at / 40, at % 40);
        let gt = 1.0 + 0.06 * y as f32 + 0.02 * x as f32 + 0.01 * frame as f32;
        let fp32 = 1.02 * gt + 0.004 * ((x + 3 * y + frame) % 7) as f32;
        let depth_m = match role {
            "gt" => gt,
            "fp32" => fp32,
            _ => (fp32 / 0.05).round() * 0.05,
        };
        bytes.extend(depth_m.to_le_bytes());
    }
    bytes
}

/// Summarizes a set in so many parts.
fn parts(set: &Path, folder: &Path, count: usize) -> Vec<PathBuf> {
    let part = |i: usize| {
        let out = folder.join(format!("part-{i}.fathom"));
        let shard = format!("{i}/{count}");
        let flags = ["--shard", &shard, "-o", path(&out)];
        let output = fathom(&[&["summarize", path(set)], &flags[..]].concat());
        assert!(output.status.success(), "{}", error_of(&output));
        out
    };
    (1..=count).map(part).collect()
}

fn merged(parts: &[PathBuf], out: &Path) {
    let mut arguments = vec!["merge"];
    arguments.extend(parts.iter().map(|part| path(part)));
    arguments.extend(["-o", path(out)]);
    let output = fathom(&arguments);
    assert!(output.status.success(), "{}", error_of(&output));
}

fn analysed(set: &Path, out: &Path) {
    let output = fathom(&["analyse", path(set), "-o", path(out)]);
    assert!(output.status.success(), "{}", error_of(&output));
}

#[test]
fn parts_of_a_set_give_its_report() {
    let folder = folder("parts-whole");
    let set = set(&folder);
    let (whole, together) = (folder.join("whole.json"), folder.join("merged.json"));
    analysed(&set, &whole);
    for count in [1, 3] {
        let mut parts = parts(&set, &folder, count);
        parts.reverse();
        merged(&parts, &together);
        assert!(fs::read(&whole).expect("a report") == fs::read(&together).expect("a report"));
    }
    let broken = set.join("gt").join("office").join("9.npy");
    fs::write(broken, "no numbers").expect("a file");
    let parts = parts(&set, &folder, 2);
    let output = fathom(&["merge", path(&parts[0]), path(&parts[1]), "--md", "-"]);
    let told = error_of(&output);
    assert!(told.starts_with("set/gt/office/9.npy: "), "{told}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with("# What INT8 does"), "{text}");
}

#[test]
fn what_cannot_be_summarized_or_merged_is_one_sentence() {
    let folder = folder("parts-errors");
    let set = set(&folder);
    let parts = parts(&set, &folder, 2);
    let other = folder.join("other.fathom");
    let flags = ["--shard", "2/2", "--crop", "nyu", "-o", path(&other)];
    let output = fathom(&[&["summarize", path(&set)], &flags[..]].concat());
    assert!(output.status.success(), "{}", error_of(&output));
    let mut cut = fs::read(&parts[1]).expect("a part");
    cut.truncate(cut.len() / 2);
    let damaged = folder.join("damaged.fathom");
    fs::write(&damaged, cut).expect("a file");
    let nowhere = folder.join("none").join("part.fathom");
    let first = path(&parts[0]);
    for (arguments, words) in [
        (vec!["merge", first, first], "is in both"),
        (vec!["merge", first, path(&other)], "--crop"),
        (
            vec!["merge", first, path(&damaged)],
            "damaged.fathom: it is damaged",
        ),
        (vec!["merge", first, "gone.fathom"], "gone.fathom: "),
        (vec!["merge"], "PARTS"),
        (
            vec!["summarize", path(&set), "--shard", "9/8", "-o", first],
            "from 1/N to N/N",
        ),
        (
            vec!["summarize", path(&set), "--shard", "1/9", "-o", first],
            "use fewer parts",
        ),
        (
            vec!["summarize", path(&set), "-o", path(&nowhere)],
            "part.fathom: ",
        ),
        (vec!["summarize", "-o", first], "nothing to summarize"),
    ] {
        let output = fathom(&arguments);
        let told = error_of(&output);
        assert!(
            output.status.code() == Some(2) && told.contains(words),
            "{arguments:?}: {told}"
        );
    }
}

#[test]
fn a_real_set_is_the_same_in_parts() {
    let data = std::env::var_os("FATHOM_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    for name in ["triple", "near_triple", "kinect640"] {
        let set = data.join(name);
        if !set.is_dir() {
            continue;
        }
        let folder = folder(&format!("parts-{name}"));
        let (whole, together) = (folder.join("whole.json"), folder.join("merged.json"));
        analysed(&set, &whole);
        merged(&parts(&set, &folder, 4), &together);
        assert!(fs::read(&whole).expect("a report") == fs::read(&together).expect("a report"));
    }
}
