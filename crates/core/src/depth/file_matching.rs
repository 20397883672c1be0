//! Frames of a set of files: which names belong together, and which files are left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::role::{FileUse, NameInfo, Role, parse_name, stem, words};

/// The reason why a file is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LeftOut {
    /// A picture of the map beside it.
    Preview,
    /// Input of a depth completion network: sparse lidar beside the ground truth.
    SensorInput,
    /// Points of a laser scanner, which are no map.
    Points,
    /// Calibration of a camera.
    Calibration,
    /// Confidence of a measurement, which may serve as a mask.
    Confidence,
}

/// A file of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// The path, in Unicode's composed form.
    pub path: String,
    /// The use that the user chose.
    pub chosen: Option<FileUse>,
}

/// Use and frame of a file among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMatch {
    /// The use.
    pub file_use: FileUse,
    /// True if the name or a folder states the use.
    pub is_from_name: bool,
    /// The name of the frame, which files of one frame share.
    pub frame: String,
    /// The reason, if the file is not used.
    pub left_out: Option<LeftOut>,
}

/// Finds use and frame of each file of a set.
#[must_use]
pub fn match_files(named: &[NamedFile]) -> Vec<FileMatch> {
    let paths: Vec<&str> = named.iter().map(|f| f.path.as_str()).collect();
    let mut files: Vec<NameInfo> = paths.iter().map(|p| parse_name(p)).collect();
    for (file, named) in files.iter_mut().zip(named) {
        file.file_use = named.chosen.unwrap_or(file.file_use);
    }
    let has_truth = paths.iter().zip(&files).any(|(path, file)| {
        file.file_use == FileUse::Map(Role::GroundTruth)
            && file.is_from_name
            && is_other(path).is_none()
    });
    let mut left_out: Vec<Option<LeftOut>> = paths
        .iter()
        .zip(named)
        .map(|(path, named)| is_other(path).filter(|_| named.chosen.is_none()))
        .map(|why| why.filter(|why| *why != LeftOut::SensorInput || has_truth))
        .collect();
    for i in previews(&paths, &files) {
        if named[i].chosen.is_none() {
            left_out[i] = left_out[i].or(Some(LeftOut::Preview));
        }
    }
    for (file, why) in files.iter_mut().zip(&left_out) {
        if why.is_some() {
            file.file_use = FileUse::Unused;
        }
    }
    let frames = match_frames(&files);
    files
        .into_iter()
        .zip(frames)
        .zip(left_out)
        .map(|((file, frame), left_out)| FileMatch {
            file_use: file.file_use,
            is_from_name: file.is_from_name,
            frame,
            left_out,
        })
        .collect()
}

/// Returns the kind of a file that is no depth map of a role, by its name.
fn is_other(path: &str) -> Option<LeftOut> {
    let path = path.replace('\\', "/");
    let is_binary = path.to_ascii_lowercase().ends_with(".bin");
    path.split('/').rev().find_map(|part| {
        let words = words(stem(part));
        let is = |all: &[&str]| words.iter().any(|w| all.contains(&w.text.as_str()));
        let is_raw_lidar = words
            .windows(2)
            .any(|w| w[0].text == "velodyne" && w[1].text == "raw");
        if is_binary && is(&["velodyne", "lidar", "points", "pointcloud"]) {
            Some(LeftOut::Points)
        } else if is_raw_lidar {
            Some(LeftOut::SensorInput)
        } else if is(&["calib", "calibration", "intrinsics", "extrinsics"]) {
            Some(LeftOut::Calibration)
        } else if is(&["confidence", "conf"]) {
            Some(LeftOut::Confidence)
        } else {
            None
        }
    })
}

/// Pictures beside the map that they show: of one folder, use and name, where another format holds numbers.
fn previews(paths: &[&str], files: &[NameInfo]) -> Vec<usize> {
    let ends = |path: &str, all: &[&str]| {
        let path = path.to_ascii_lowercase();
        path.rsplit_once('.')
            .is_some_and(|(_, end)| all.contains(&end))
    };
    let key = |i: usize| {
        let path = paths[i].replace('\\', "/");
        let folder = path.rsplit_once('/').map_or("", |p| p.0).to_owned();
        (folder, files[i].file_use, files[i].core.clone())
    };
    let numbers: BTreeSet<_> = (0..paths.len())
        .filter(|&i| ends(paths[i], &["npy", "npz", "exr", "pfm", "tif", "tiff"]))
        .map(key)
        .collect();
    (0..paths.len())
        .filter(|&i| files[i].is_from_name && ends(paths[i], &["png", "jpg", "jpeg"]))
        .filter(|&i| numbers.contains(&key(i)))
        .collect()
}

/// The frame of each file: by stem if no use has a stem twice, else with the folders before it. Where that leaves files alone, by the words
/// that names have in common, if this matches more frames, or if variants of one network wrote files of one use.
fn match_frames(files: &[NameInfo]) -> Vec<String> {
    let plain: Vec<String> = files.iter().map(|f| f.frame.clone()).collect();
    let by_name = if is_unique(files, &plain) {
        plain
    } else {
        with_folders(files, |f| &f.frame)
    };
    let roles: BTreeSet<FileUse> = used(files).map(|f| f.1.file_use).collect();
    let cores: Vec<String> = files.iter().map(|f| f.core.clone()).collect();
    if roles.len() < 2 {
        let is_told = used(files).all(|(_, f)| f.is_from_name);
        let are_variants = !is_unique(files, &cores) && has_variants(files, &cores);
        return if is_told && are_variants {
            cores
        } else {
            by_name
        };
    }
    if is_complete(files, &by_name) {
        return by_name;
    }
    let by_core = if is_unique(files, &cores) {
        cores
    } else {
        with_folders(files, |f| &f.core)
    };
    let is_told = is_unique(files, &by_core) || has_variants(files, &by_core);
    if is_told && matched(files, &by_core) > matched(files, &by_name) {
        by_core
    } else {
        by_name
    }
}

/// True if frames repeat in a role because several networks, or variants of one, wrote them. Each of them has its own words and all frames.
fn has_variants(files: &[NameInfo], frames: &[String]) -> bool {
    let mut seen = BTreeSet::new();
    let mut by_role: BTreeMap<FileUse, BTreeMap<&str, usize>> = BTreeMap::new();
    let is_unique = used(files).all(|(i, f)| {
        *by_role
            .entry(f.file_use)
            .or_default()
            .entry(&f.variant)
            .or_default() += 1;
        seen.insert((f.file_use, &frames[i], &f.variant))
    });
    let is_even = |counts: &BTreeMap<&str, usize>| {
        let mut counts = counts.values();
        let first = counts.next();
        counts.all(|count| Some(count) == first)
    };
    is_unique && by_role.values().all(is_even)
}

fn used(files: &[NameInfo]) -> impl Iterator<Item = (usize, &NameInfo)> {
    files
        .iter()
        .enumerate()
        .filter(|(_, f)| f.file_use != FileUse::Unused)
}

fn is_unique(files: &[NameInfo], frames: &[String]) -> bool {
    let mut seen = BTreeSet::new();
    used(files).all(|(i, f)| seen.insert((f.file_use, frames[i].as_str())))
}

/// The uses of each frame.
fn uses<'a>(files: &[NameInfo], frames: &'a [String]) -> BTreeMap<&'a str, BTreeSet<FileUse>> {
    let mut out: BTreeMap<&str, BTreeSet<FileUse>> = BTreeMap::new();
    for (i, f) in used(files) {
        out.entry(&frames[i]).or_default().insert(f.file_use);
    }
    out
}

/// Number of files whose frame has another use too.
fn matched(files: &[NameInfo], frames: &[String]) -> usize {
    uses(files, frames)
        .values()
        .map(BTreeSet::len)
        .filter(|&n| n > 1)
        .sum()
}

/// True if no frame has one use only.
fn is_complete(files: &[NameInfo], frames: &[String]) -> bool {
    uses(files, frames).values().all(|u| u.len() > 1)
}

/// Frames after the folders that tell files of some use apart. A folder above all files of the uses that have it is a root.
fn with_folders(files: &[NameInfo], name: impl Fn(&NameInfo) -> &String) -> Vec<String> {
    let mut holders: BTreeMap<&str, BTreeMap<FileUse, usize>> = BTreeMap::new();
    let mut sizes: BTreeMap<FileUse, usize> = BTreeMap::new();
    for (_, f) in used(files) {
        *sizes.entry(f.file_use).or_default() += 1;
        let folders: BTreeSet<&str> = f.folders.iter().map(String::as_str).collect();
        for folder in folders {
            *holders
                .entry(folder)
                .or_default()
                .entry(f.file_use)
                .or_default() += 1;
        }
    }
    let is_kept = |folder: &str| {
        let uses = holders.get(folder);
        uses.is_none_or(|uses| {
            uses.iter()
                .any(|(file_use, n)| sizes.get(file_use) != Some(n))
        })
    };
    files
        .iter()
        .map(|f| {
            let folders = f.folders.iter().filter(|folder| is_kept(folder));
            let own = Some(name(f)).filter(|n| !n.is_empty());
            let parts: Vec<&str> = folders.chain(own).map(String::as_str).collect();
            parts.join("/")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(paths: &[&str]) -> Vec<NamedFile> {
        let file = |path: &&str| NamedFile {
            path: (*path).to_owned(),
            chosen: None,
        };
        paths.iter().map(file).collect()
    }

    fn frames(paths: &[&str]) -> Vec<String> {
        match_files(&named(paths))
            .into_iter()
            .map(|f| f.frame)
            .collect()
    }

    #[test]
    fn folders_distinguish_files_of_one_name() {
        assert_eq!(frames(&["data/gt/1.png", "run/int8/1.npy"]), ["1", "1"]);
        assert_eq!(
            frames(&[
                "s1/gt/1.png",
                "s1/int8/1.npy",
                "s2/gt/1.png",
                "s2/int8/1.npy"
            ]),
            ["s1/1", "s1/1", "s2/1", "s2/1"]
        );
        // The roots differ, and the scenes are the same.
        assert_eq!(
            frames(&[
                "data/gt/a/1.png",
                "data/gt/b/1.png",
                "runs/7/int8/a/1.npy",
                "runs/7/int8/b/1.npy"
            ]),
            ["a/1", "b/1", "a/1", "b/1"]
        );
        assert_eq!(
            frames(&["data/gt/a/1.png", "data/gt/b/1.png", "runs/7/int8/a/1.npy"]),
            ["a/1", "b/1", "a/1"]
        );
    }

    #[test]
    fn words_inside_names_are_left_out_where_that_matches_more() {
        let kitti = "groundtruth_depth/d_0002_sync_groundtruth_depth_05_image_02.png";
        let run = "int8/d_0002_sync_image_05_image_02.png";
        assert_eq!(frames(&[kitti, run]), ["d_0002_05_02", "d_0002_05_02"]);
        assert_eq!(
            frames(&[
                "gt/1.png",
                "fp32/1_raw_depth_meter.npy",
                "int8/1_raw_depth_meter.npy"
            ]),
            ["1", "1", "1"]
        );
        assert_eq!(frames(&["gt/7.png", "fp32/7_fp16.npy"]), ["7", "7"]);
        // Variants of one network, as a converter names them.
        assert_eq!(
            frames(&[
                "out/a1_raw_depth.png",
                "out/a1_float32.npy",
                "out/a1_dynamic_range_quant.npy",
                "out/a1_full_integer_quant.npy",
            ]),
            ["a1", "a1", "a1", "a1"]
        );
        // Two frames would become one.
        assert_eq!(
            frames(&["gt/raw_1.png", "gt/out_1.png", "fp32/x_1.npy"]),
            ["raw_1", "out_1", "x_1"]
        );
    }

    #[test]
    fn any_system_may_write_names() {
        let names = frames(&[
            "gt/a #1.png",
            "int8\\a #1.npy",
            "fp32\\\u{c774} 50%.npy",
            "gt/\u{c774} 50%.png",
        ]);
        assert_eq!(names[0], names[1]);
        assert_eq!(names[2], names[3]);
    }

    #[test]
    fn files_beside_the_maps_are_left_out() {
        let rows = [
            ("val/groundtruth_depth/1.png", None),
            ("val/velodyne_raw/1.png", Some(LeftOut::SensorInput)),
            ("val/intrinsics/1.txt", Some(LeftOut::Calibration)),
            ("run/fp32/1_raw_depth_meter.npy", None),
            ("run/fp32/1.png", Some(LeftOut::Preview)),
            ("arkit/confidence/1.png", Some(LeftOut::Confidence)),
        ];
        let paths: Vec<&str> = rows.iter().map(|r| r.0).collect();
        for (file, (path, wanted)) in match_files(&named(&paths)).iter().zip(rows) {
            assert_eq!(file.left_out, wanted, "{path}");
            assert_eq!(file.file_use == FileUse::Unused, wanted.is_some(), "{path}");
        }
        assert_eq!(
            match_files(&named(&["velodyne_raw/1.png"]))[0].left_out,
            None,
            "nothing else is truth"
        );
        let apart = match_files(&named(&["1.png", "1_pred.npy", "gt/2.png", "fp32/2.npy"]));
        assert!(apart.iter().all(|f| f.left_out.is_none()));
    }
}
