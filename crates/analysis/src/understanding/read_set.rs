//! Sets of files for tests: read, matched by names and encoded as the page does it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use super::{
    EncodingSource, FrameSample, Repair, RepairFit, RoleRepair, RoleSample, SampledMap, SetSample,
    reorder_stack, sample_sizes,
};
use crate::compare::{
    CompareSettings, Comparison, FrameComparison, FrameMaps, ground_truth_m, prediction_m,
};
use fathom_core::depth::{
    Encoding, FileUse, MARKERS, NamedFile, RawMap, Region, Role, guess_scale, is_disparity_name,
    match_files,
};
use fathom_core::stats::{SampleSummary, active_markers};
use fathom_decode::zip_archive::Directory;
use fathom_decode::{DecodeOptions, Limits, decode};
use unicode_normalization::UnicodeNormalization;

/// The decoded maps of a role, by frame.
#[derive(Clone, Debug)]
pub(super) struct RoleMaps<'a> {
    pub(super) role: Role,
    pub(super) encoding: Encoding,
    pub(super) source: EncodingSource,
    pub(super) markers: Vec<f64>,
    pub(super) is_disparity_name: bool,
    pub(super) stack: Option<(usize, usize, usize)>,
    /// The maps by name of frame.
    pub(super) maps: BTreeMap<String, &'a RawMap>,
}

impl RoleMaps<'_> {
    fn sampled(&self, frame: &str) -> Option<SampledMap<'_>> {
        Some(SampledMap {
            role: self.role,
            map: self.maps.get(frame)?,
            markers: &self.markers,
        })
    }
}

/// Samples a set as workers do, frame by frame.
pub(super) fn sampled(roles: &[RoleMaps<'_>]) -> SetSample {
    let names: BTreeSet<&String> = roles.iter().flat_map(|r| r.maps.keys()).collect();
    let of_frame = |name: &String| -> Vec<SampledMap<'_>> {
        let sampled = |role| RoleMaps::sampled(role, name);
        roles.iter().filter_map(sampled).collect()
    };
    let present: Vec<Vec<Role>> = names
        .iter()
        .map(|n| of_frame(n).iter().map(|m| m.role).collect())
        .collect();
    let frames: Vec<FrameSample> = names
        .iter()
        .zip(sample_sizes(&present))
        .map(|(name, size)| FrameSample::measure(&of_frame(name), size))
        .collect();
    let samples = roles.iter().map(|r| RoleSample {
        role: r.role,
        encoding: r.encoding,
        source: r.source,
        markers: r.markers.clone(),
        is_disparity_name: r.is_disparity_name,
        stack: r.stack,
        count: r.maps.len(),
        maps: Vec::new(),
    });
    SetSample::new(samples.collect(), frames)
}

/// The maps of a role.
#[derive(Clone, Debug)]
pub(super) struct ReadRole {
    pub(super) role: Role,
    pub(super) encoding: Encoding,
    pub(super) source: EncodingSource,
    /// True if the guess of the unit has alternatives.
    pub(super) has_alternatives: bool,
    pub(super) markers: Vec<f64>,
    pub(super) is_disparity_name: bool,
    pub(super) stack: Option<(usize, usize, usize)>,
    pub(super) files: Vec<(String, Vec<RawMap>)>,
}

/// A set that was read.
#[derive(Clone, Debug)]
pub(super) struct ReadSet {
    pub(super) roles: Vec<ReadRole>,
}

/// The folder of shared data; `None` if it is not there.
pub(super) fn shared(folder: &str) -> Option<PathBuf> {
    let data = std::env::var_os("FATHOM_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = data.join(folder);
    folder.is_dir().then_some(folder)
}

fn files_below(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// The files below folders or in archives, with their paths as a drop has them.
pub(super) fn dropped(root: &Path, parts: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for part in parts {
        let mut paths = Vec::new();
        let at = root.join(part);
        if at.is_dir() {
            files_below(&at, &mut paths);
        } else {
            paths.push(at);
        }
        for path in paths {
            let bytes = fs::read(&path).expect("a file");
            let name: String = path
                .strip_prefix(root)
                .expect("below")
                .to_string_lossy()
                .nfc()
                .collect();
            if path.extension().is_some_and(|e| e == "zip") {
                let limits = Limits::default();
                let directory = Directory::read(Cursor::new(&bytes), &limits).expect("an archive");
                for member in &directory.members {
                    let data = directory.extract(Cursor::new(&bytes), member.index, &limits);
                    let folder = name.trim_end_matches(".zip");
                    let path: String = member.path.nfc().collect();
                    out.push((format!("{folder}/{path}"), data.expect("a member")));
                }
            } else {
                out.push((name, bytes));
            }
        }
    }
    out
}

impl ReadSet {
    /// Decodes, matches and encodes files. Files that are no depth maps are left out.
    pub(super) fn new(files: &[(String, Vec<u8>)]) -> Self {
        let decoded: Vec<(&str, Vec<RawMap>)> = files
            .iter()
            .filter_map(|(path, bytes)| {
                let maps = decode(bytes, &DecodeOptions::default()).ok()?.maps;
                Some((path.as_str(), maps))
            })
            .collect();
        let file = |d: &(&str, Vec<RawMap>)| NamedFile {
            path: d.0.to_owned(),
            chosen: None,
        };
        let matches = match_files(&decoded.iter().map(file).collect::<Vec<_>>());
        let mut roles: BTreeMap<Role, ReadRole> = BTreeMap::new();
        for ((path, maps), found) in decoded.iter().zip(matches) {
            let FileUse::Map(role) = found.file_use else {
                continue;
            };
            let entry = roles.entry(role).or_insert_with(|| ReadRole {
                role,
                encoding: Encoding::METRES,
                source: EncodingSource::Plausible,
                has_alternatives: false,
                markers: Vec::new(),
                is_disparity_name: false,
                stack: None,
                files: Vec::new(),
            });
            entry.is_disparity_name |= is_disparity_name(path);
            entry.files.push((found.frame, maps.clone()));
        }
        let mut set = Self {
            roles: roles.into_values().collect(),
        };
        set.roles.iter_mut().for_each(ReadRole::guess);
        set
    }

    pub(super) fn role(&self, role: Role) -> Option<&ReadRole> {
        self.roles.iter().find(|r| r.role == role)
    }

    /// Samples the set.
    pub(super) fn sample(&self) -> SetSample {
        let maps: Vec<RoleMaps<'_>> = self
            .roles
            .iter()
            .map(|r| RoleMaps {
                role: r.role,
                encoding: r.encoding,
                source: r.source,
                markers: r.markers.clone(),
                is_disparity_name: r.is_disparity_name,
                stack: r.stack,
                maps: r.maps(),
            })
            .collect();
        sampled(&maps)
    }

    /// Takes repairs, whose numbers are fitted on all pixels.
    pub(super) fn repaired(&self, repairs: &[RoleRepair]) -> Self {
        let mut out = self.clone();
        for repair in repairs {
            let fitted = self.fitted(repair).unwrap_or(repair.repair);
            for role in out.roles.iter_mut().filter(|r| r.role == repair.role) {
                role.apply(&fitted);
            }
        }
        out
    }

    /// Fits a repair; the fit of FP32 holds for INT8 too.
    fn fitted(&self, repair: &RoleRepair) -> Option<Repair> {
        let mut fit = RepairFit::new(repair.repair)?;
        let is_code = matches!(repair.repair, Repair::Codes { .. });
        let (from, on) = if is_code {
            (repair.role, Role::Float)
        } else {
            (Role::Float, Role::GroundTruth)
        };
        let (from, on) = (self.role(from)?, self.role(on)?);
        let (samples, references) = (from.maps(), on.maps());
        for (frame, reference) in references {
            let Some(map) = samples.get(&frame) else {
                continue;
            };
            let reference_m = ground_truth_m(&reference.samples, on.encoding, &on.markers);
            let raw = prediction_m(&map.samples, Encoding::METRES);
            reference_m
                .iter()
                .zip(&raw)
                .for_each(|(&m, &s)| fit.add(m, s));
        }
        fit.repair()
    }

    /// Compares the frames that have ground truth, FP32 and INT8.
    pub(super) fn comparison(&self) -> Comparison {
        let maps = |role| self.role(role).map(|r| (r, r.maps())).expect("a role");
        let (g, gt) = maps(Role::GroundTruth);
        let (f, fp32) = maps(Role::Float);
        let (q, int8) = maps(Role::Quantized);
        let frames: Vec<FrameComparison> = gt
            .iter()
            .filter_map(|(frame, gt)| {
                let (fp32, int8) = (fp32.get(frame)?, int8.get(frame)?);
                let maps = FrameMaps {
                    width: gt.width(),
                    gt_m: &ground_truth_m(&gt.samples, g.encoding, &g.markers),
                    fp32_m: &prediction_m(&fp32.samples, f.encoding),
                    int8_m: &prediction_m(&int8.samples, q.encoding),
                };
                Some(FrameComparison::measure(&maps, &CompareSettings::default()).expect(frame))
            })
            .collect();
        Comparison::from_frames(&frames)
    }
}

impl ReadRole {
    /// The maps by frame.
    pub(super) fn maps(&self) -> BTreeMap<String, &RawMap> {
        let mut out = BTreeMap::new();
        for (frame, maps) in &self.files {
            for (k, map) in maps.iter().enumerate() {
                let name = if maps.len() > 1 {
                    format!("{frame}[{k:04}]")
                } else {
                    frame.clone()
                };
                out.insert(name, map);
            }
        }
        out
    }

    /// Guesses markers and encoding from all samples, as the page does.
    fn guess(&mut self) {
        let watch: Vec<f64> = MARKERS.iter().map(|m| m.value).collect();
        let mut summary = SampleSummary::default();
        for map in self.files.iter().flat_map(|f| &f.1) {
            summary.add(map, &Region::default(), &watch);
        }
        self.stack = self.files.iter().find_map(|(_, maps)| {
            (maps.len() > 1).then(|| (maps.len(), maps[0].height(), maps[0].width()))
        });
        let nodata: Vec<f64> = self
            .files
            .iter()
            .flat_map(|f| &f.1)
            .filter_map(|m| m.nodata)
            .collect();
        let Some(first) = self.files.first().and_then(|f| f.1.first()) else {
            return;
        };
        let Some(found) = summary.kind_evidence(first.dtype.kind(), &nodata, None) else {
            return;
        };
        self.markers = active_markers(&found.markers);
        let Some(evidence) = found.evidence else {
            return;
        };
        let guess = guess_scale(&evidence);
        self.encoding = guess.preset.encoding();
        self.has_alternatives = !guess.others.is_empty();
        self.source = if guess.confident {
            EncodingSource::Certain
        } else {
            EncodingSource::Plausible
        };
    }

    fn apply(&mut self, repair: &Repair) {
        self.encoding = repair.encoding_after(self.encoding);
        if repair.encoding_after(Encoding::SunRotated) != Encoding::SunRotated
            || matches!(repair, Repair::Unit(_) | Repair::Factor(_))
        {
            self.source = EncodingSource::Chosen;
        }
        for (_, maps) in &mut self.files {
            *maps = match repair {
                Repair::SwapAxes(order) => reorder_stack(maps, *order),
                other => maps.iter().map(|m| other.apply(m)).collect(),
            };
        }
        if matches!(repair, Repair::ByteOrder | Repair::SwapAxes(_)) {
            self.guess();
        }
    }
}
