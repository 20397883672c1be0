//! One file of a set: its name, what it is for, and what became of it.

use std::collections::{BTreeSet, HashMap};

use fathom_core::depth::{Crop, Encoding, FileUse, LeftOut, Resample, Role};
use fathom_core::i18n::tr;
use fathom_core::stats::DepthWindow;
use fathom_report::report::RepairInfo;
use serde::{Deserialize, Serialize};

use crate::distribution_build::Built;
use crate::file_content::FileInfo;
use crate::set_doubts::{SettledFinding, TakenRepair};

/// The state of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FileState {
    /// It is not read yet.
    Waiting,
    /// It holds maps.
    Read(FileInfo),
    /// It could not be read, for this reason.
    Refused(String),
    /// It is an archive of so many files, which have rows of their own.
    Archive(usize),
    /// It is no map: a mask, or not used.
    Beside,
}

/// A file of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileRow {
    /// Its path as chosen; inside an archive, after the archive's path.
    pub path: String,
    /// Its size where it lies in an archive; that of a file on disk once it is read.
    pub bytes: Option<f64>,
    /// The number of the file on disk.
    pub source: usize,
    /// Its place in that file, if that is an archive.
    pub member: Option<u32>,
    /// Its use.
    pub part: FileUse,
    /// True if its name states the use.
    pub told: bool,
    /// Its frame.
    pub frame: String,
    /// The use chosen by hand.
    pub chosen_part: Option<FileUse>,
    /// The frame chosen by hand.
    pub chosen_frame: Option<String>,
    /// The frames of its maps, where each is one of its own; else empty.
    pub map_frames: Vec<String>,
    /// Why it is not used, if its name says so.
    pub left_out: Option<LeftOut>,
    /// The chosen array or channel.
    pub pick: Option<String>,
    /// The chosen encoding of this file alone.
    pub encoding: Option<Encoding>,
    /// Its state.
    pub state: FileState,
}

/// A frame that a file has maps of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapFrame<'a> {
    /// The name of the frame.
    pub frame: &'a str,
    /// The place of its map in the file; `None` if all maps are of the frame.
    pub place: Option<u32>,
    /// Columns and rows of the map, or of the first one.
    pub size: Option<(u32, u32)>,
}

impl FileRow {
    /// A file that is not read yet.
    #[must_use]
    pub fn new(path: String, bytes: Option<f64>, source: usize, member: Option<u32>) -> Self {
        Self {
            path,
            bytes,
            source,
            member,
            part: FileUse::default(),
            told: false,
            frame: String::new(),
            chosen_part: None,
            chosen_frame: None,
            map_frames: Vec::new(),
            left_out: None,
            pick: None,
            encoding: None,
            state: FileState::Waiting,
        }
    }

    /// Takes what was chosen for another file of the same path: use, frame, array and unit.
    fn take_choices(&mut self, other: &Self) {
        self.chosen_part = other.chosen_part;
        self.chosen_frame.clone_from(&other.chosen_frame);
        self.map_frames.clone_from(&other.map_frames);
        self.pick.clone_from(&other.pick);
        self.encoding = other.encoding;
    }

    /// Its contents, once it is read.
    #[must_use]
    pub fn facts(&self) -> Option<&FileInfo> {
        match &self.state {
            FileState::Read(info) => Some(info),
            _ => None,
        }
    }

    /// Columns and rows of its first map.
    #[must_use]
    pub fn size(&self) -> Option<(u32, u32)> {
        self.size_of(0)
    }

    fn size_of(&self, map: usize) -> Option<(u32, u32)> {
        let map = self.facts()?.maps.get(map)?;
        Some((map.width, map.height))
    }

    /// The number of its maps: 1 until it is read.
    #[must_use]
    pub fn map_count(&self) -> usize {
        self.facts().map_or(1, |info| info.maps.len())
    }

    /// Its frame, or the frames of its maps.
    #[must_use]
    pub fn frames(&self) -> Vec<MapFrame<'_>> {
        if self.map_frames.is_empty() {
            return vec![MapFrame {
                frame: &self.frame,
                place: None,
                size: self.size(),
            }];
        }
        let frames = self.map_frames.iter().enumerate();
        frames
            .map(|(place, frame)| MapFrame {
                frame,
                place: u32::try_from(place).ok(),
                size: self.size_of(place),
            })
            .collect()
    }

    /// Chooses its frame, or a frame for each of its maps; it keeps its own name then.
    pub fn set_frames(&mut self, frames: Vec<String>) {
        if let [only] = &frames[..] {
            self.frame.clone_from(only);
            self.chosen_frame = Some(only.clone());
            self.map_frames.clear();
        } else {
            self.map_frames = frames;
        }
    }

    /// Its name without folders.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// From its samples to metres: its own encoding, else that of its role, else metres: a role without a depth has no encoding.
    #[must_use]
    pub fn encoding_in(&self, built: &Built) -> Option<Encoding> {
        self.encoding.or_else(|| {
            let (role, info) = (self.part.role()?, self.facts()?);
            let of_role = built.roles.iter().find(|r| r.role == role);
            let in_use = of_role.and_then(|of_role| of_role.of(info.dtype.kind()));
            Some(in_use.map_or(Encoding::METRES, |kind| kind.encoding))
        })
    }
}

/// Gives files what was chosen for the known files of the same paths.
pub fn take_choices(rows: &mut [FileRow], known: &[FileRow]) {
    let by_path: HashMap<&str, &FileRow> =
        known.iter().map(|row| (row.path.as_str(), row)).collect();
    for row in rows {
        if let Some(&other) = by_path.get(row.path.as_str()) {
            row.take_choices(other);
        }
    }
}

/// Settings that apply to all files of a set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadingSettings {
    /// The crop of all maps.
    pub crop: Crop,
    /// The resampling that gives predictions the size of their ground truth.
    pub resize: Option<Resample>,
    /// Evaluated depths.
    pub window: DepthWindow,
    /// Numbers that mean "no depth"; guessed without any.
    pub markers: Option<Vec<f64>>,
    /// Repairs of whole roles, in the order of their application.
    pub repairs: Vec<TakenRepair>,
    /// True if the user took repairs back: none is taken without asking any more.
    pub declines_repairs: bool,
}

impl ReadingSettings {
    /// The repairs of a role's maps.
    pub fn repairs_of(&self, role: Role) -> impl Iterator<Item = &TakenRepair> {
        self.repairs
            .iter()
            .filter(move |taken| taken.repair.role == role)
    }

    /// The repairs of all roles as a report has them, by the name of the role.
    #[must_use]
    pub fn repair_infos(&self) -> Vec<(String, RepairInfo)> {
        let info = |taken: &TakenRepair| RepairInfo {
            name: taken.repair.repair.name().to_owned(),
            value: taken.repair.repair.value(),
            evidence: taken.evidence.clone(),
            asked: taken.is_asked,
        };
        let with_role = |taken: &TakenRepair| (taken.repair.role.name().to_owned(), info(taken));
        self.repairs.iter().map(with_role).collect()
    }

    /// The repairs of all roles, and the roles that are right as they are, a sentence each; `None` without any.
    #[must_use]
    pub fn repairs_text(&self) -> Option<String> {
        let is_kept = |taken: &&TakenRepair| taken.settles().is_some();
        let (kept, repaired): (Vec<&TakenRepair>, Vec<&TakenRepair>) =
            self.repairs.iter().partition(is_kept);
        let role = |taken: &&TakenRepair| taken.repair.role.title();
        let one = |taken: &&TakenRepair| format!("{}: {}", role(taken), taken.caption);
        let all: Vec<String> = repaired.iter().map(one).collect();
        let roles: BTreeSet<&str> = kept.iter().map(role).collect();
        let roles: Vec<&str> = roles.into_iter().collect();
        let repaired = (!all.is_empty()).then(|| tr!("Repaired: {}.", all.join("; ")));
        let kept = (!roles.is_empty()).then(|| tr!("Kept as it is: {}.", roles.join(", ")));
        let texts: Vec<String> = repaired.into_iter().chain(kept).collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }

    /// The findings that the user settled: the maps are right as they are.
    #[must_use]
    pub fn settled(&self) -> Vec<SettledFinding> {
        self.repairs
            .iter()
            .filter_map(TakenRepair::settles)
            .collect()
    }
}

/// Predictions of a different size than their ground truth.
#[derive(Clone, Debug, PartialEq)]
pub struct SizeMismatch {
    /// The role of the first one.
    pub role: Role,
    /// Its columns and rows.
    pub own: (u32, u32),
    /// Columns and rows of its ground truth.
    pub wanted: (u32, u32),
    /// Number of such files.
    pub files: usize,
}

impl SizeMismatch {
    /// The warning where no resize is chosen.
    #[must_use]
    pub fn text(&self) -> String {
        tr!(
            "{} is {} x {} pixels and its ground truth {} x {}: they are not compared. Resize one of them.",
            self.role.title(),
            self.own.0,
            self.own.1,
            self.wanted.0,
            self.wanted.1
        )
    }
}
