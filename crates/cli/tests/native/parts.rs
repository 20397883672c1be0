//! `fathom summarize` and `fathom merge`: on maps made here, and on a real set beside the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::{error_of, fathom, folder, path, room, shared_data, text};

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
                fs::write(file, room(role, shift)).expect("a file");
            }
        }
    }
    set
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
    let text = text(&output.stdout);
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
        (vec!["summarize", path(&set), "-o", "-"], "name a file"),
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
    let data = shared_data();
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
