//! Parts of a set put together: the same figures as if one machine had read all files.
//!
//! Counts are sums of integers, outcomes merge in the order of frames, and pairs of pixels have sums in fixed point. So no figure depends on
//! how files were divided. Only what a part decided before all files were known can differ, which is checked frame by frame.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read, Seek};

use fathom_analysis::DistributionSummary;
use fathom_analysis::compare::{ComparedSet, FrameResult, PixelPairs, SortedPairs};
use fathom_analysis::understanding::RoleRepair;
use fathom_core::depth::FileUse;
use fathom_core::stats::{
    Distribution, SampleSummary, SummaryHeader, SummaryParts, active_markers,
};

use crate::archive_names::NameText;
use crate::distribution_build::{Built, build};
use crate::file_row::{FileRow, FileState, ReadingSettings};
use crate::file_set::{build_order, frame_set, group_of, match_rows, present_roles};
use crate::frame_files::{FrameFiles, FrameSet, MapSource};
use crate::messages::BuiltDepths;
use crate::part_file::{BlockReader, PartError};
use crate::part_index::{Counts, PartIndex};
use crate::report_run::{MergedInput, ReportRun};
use crate::report_settings::ReportSettings;
use crate::set_doubts::{SetDoubts, TakenRepair};

/// Why parts cannot be merged; one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// No part was given.
    #[error("there is nothing to merge; give the files that `fathom summarize` wrote")]
    Nothing,
    /// A part cannot be read.
    #[error("{name}: {why}")]
    Part {
        /// The part.
        name: String,
        /// The reason.
        why: PartError,
    },
    /// A file is in two parts.
    #[error("{file} is in both {first} and {second}; give each file to one part")]
    Twice {
        /// The file.
        file: String,
        /// A part.
        first: String,
        /// Another part.
        second: String,
    },
    /// A setting was not the same for all parts.
    #[error(
        "{first} and {second} were summarized with different {what}; settings are fixed then: summarize both with the same {flag}"
    )]
    Settings {
        /// The setting.
        what: &'static str,
        /// The flag that states it.
        flag: &'static str,
        /// A part.
        first: String,
        /// Another part.
        second: String,
    },
    /// The files of a frame are in several parts.
    #[error(
        "the maps of frame {frame} were not compared together: its files lie in several parts; summarize all roles of a frame in one part"
    )]
    Divided {
        /// The frame.
        frame: String,
    },
    /// All files together say something else about a role than the files of one part.
    #[error(
        "frame {frame} was compared with another {what} in {part} than all files together have; its pixels are needed again: summarize with {flag}"
    )]
    Decided {
        /// The frame.
        frame: String,
        /// The part.
        part: String,
        /// The difference.
        what: &'static str,
        /// The flag that states it beforehand.
        flag: &'static str,
    },
    /// The maps of one part raise doubts that those of other parts do not.
    #[error("{part} gives no verdict, and other parts do; analyse all files in one run")]
    Doubtful {
        /// The part.
        part: String,
    },
    /// The files cannot be analysed.
    #[error("{0}")]
    Failed(String),
}

/// A part that was opened: its index is read, its blocks are not.
#[derive(Debug)]
pub struct PartReader<R> {
    name: String,
    file: BlockReader<R>,
    index: PartIndex,
}

impl<R: Read + Seek> PartReader<R> {
    /// Opens a part.
    ///
    /// # Errors
    /// The file is no part that can be read.
    pub fn open(name: &str, file: R) -> Result<Self, MergeError> {
        let opened = BlockReader::open(file).map_err(|why| MergeError::Part {
            name: name.to_owned(),
            why,
        });
        let (file, index) = opened?;
        let name = name.to_owned();
        Ok(Self { name, file, index })
    }

    /// Number of frames that were compared.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.index.outcomes.len()
    }

    fn failed(&self) -> impl Fn(PartError) -> MergeError + use<R> {
        let name = self.name.clone();
        move |why| MergeError::Part {
            name: name.clone(),
            why,
        }
    }

    fn damaged(&self) -> MergeError {
        self.failed()(PartError::Damaged)
    }

    fn summary(&mut self, counts: &Counts) -> Result<SampleSummary, MergeError> {
        let failed = self.failed();
        let mut doubles: [Vec<f64>; 6] = Default::default();
        for (numbers, block) in doubles.iter_mut().zip(&counts.doubles) {
            *numbers = self.file.read_numbers(block).map_err(&failed)?;
        }
        let words = self.file.read(&counts.words).map_err(&failed)?;
        let parts = SummaryParts {
            header: counts.header.clone(),
            doubles,
            words,
        };
        SampleSummary::from_parts(parts).ok_or_else(|| self.damaged())
    }
}

/// A merged set: a run that has its frames, and what its queries are about.
#[derive(Debug)]
pub struct MergedSet {
    /// The run, which wants to ask its first queries.
    pub run: ReportRun,
    /// The shown depths.
    pub depths: Distribution,
    /// Pixel pairs of ground truth and FP32.
    pub pairs: SortedPairs,
}

/// Merges parts. `has_link` says whether a link is wanted.
///
/// # Errors
/// Parts that do not belong together, or that cannot be read.
pub fn merge<R: Read + Seek>(
    mut parts: Vec<PartReader<R>>,
    names: NameText,
    has_link: bool,
) -> Result<MergedSet, MergeError> {
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    let first = parts.first().ok_or(MergeError::Nothing)?;
    for part in &parts[1..] {
        check_settings(first, part)?;
    }
    let given = ReportSettings {
        has_link,
        ..first.index.given.clone()
    };
    let mut reading = given.reading.clone();
    reading.repairs = first.index.repairs.clone();
    for stated in parts.iter().flat_map(|part| &part.index.repairs) {
        let is_known = |known: &TakenRepair| known.settles() == stated.settles();
        if stated.settles().is_some() && !reading.repairs.iter().any(is_known) {
            reading.repairs.push(stated.clone());
        }
    }
    let rows = merged_rows(&parts, names)?;
    let (depths, built) = merged_depths(&mut parts, &rows, &given.reading)?;
    let set = frame_set(&rows, &built, &reading, names);
    if let Some(text) = set.unsettled.as_ref().filter(|_| !given.keeps_as_is) {
        return Err(MergeError::Failed(text.clone()));
    }
    let mut compared = ComparedSet::new(set.members());
    let places = Places::new(&parts);
    let used = check_frames(
        &set,
        &compared,
        &parts,
        &places,
        &active_markers(&built.markers),
    )?;
    for (frame, (part, place)) in used {
        let reader = &mut parts[part];
        let block = reader.index.outcomes.iter().find(|(at, _)| *at == place);
        let block = block.map(|(_, block)| *block);
        let block = block.ok_or_else(|| reader.damaged())?;
        let outcome: Result<FrameResult, _> = reader.file.read(&block);
        compared.add_result(frame, outcome.map_err(reader.failed())?);
    }
    let mut pairs = PixelPairs::default();
    for part in &mut parts {
        let Some(block) = part.index.pairs else {
            continue;
        };
        // Frames with fewer maps than others of the set are not compared.
        if part.index.evidence != compared.evidence() {
            continue;
        }
        let flat = part.file.read_numbers(&block).map_err(part.failed())?;
        if !pairs.add_flat(&flat) {
            return Err(part.damaged());
        }
    }
    let is_unjudged = parts.iter().all(|part| part.index.is_unjudged);
    if let Some(doubtful) = parts.iter().find(|part| part.index.is_unjudged)
        && !is_unjudged
    {
        return Err(MergeError::Doubtful {
            part: doubtful.name.clone(),
        });
    }
    let run = ReportRun::from_merged(MergedInput {
        given,
        names,
        reading,
        rows,
        depths: Box::new(BuiltDepths {
            resolution: depths.resolution(),
            summary: DistributionSummary::measure(&depths),
            built: Some(built),
        }),
        set,
        compared,
        doubts: SetDoubts {
            is_unjudged,
            ..SetDoubts::default()
        },
    });
    let pairs = SortedPairs::from_parts(&[pairs.into_flat()]);
    Ok(MergedSet { run, depths, pairs })
}

fn check_settings<R>(first: &PartReader<R>, other: &PartReader<R>) -> Result<(), MergeError> {
    let check = |is_same: bool, what, flag| {
        if is_same {
            return Ok(());
        }
        Err(MergeError::Settings {
            what,
            flag,
            first: first.name.clone(),
            second: other.name.clone(),
        })
    };
    let (own, theirs) = (&first.index, &other.index);
    let (a, b) = (&own.given, &theirs.given);
    let (x, y) = (&a.reading, &b.reading);
    check(a.evaluator == b.evaluator, "evaluators", "--evaluator")?;
    check(x.crop == y.crop, "crops", "--crop")?;
    check(x.window == y.window, "windows of depths", "--window")?;
    check(x.markers == y.markers, "markers", "--markers")?;
    check(x.resize == y.resize, "ways of resizing", "--resize")?;
    check(own.encodings == theirs.encodings, "units", "--unit")?;
    check(a.arrays == b.arrays, "arrays", "--array")?;
    check(a.range == b.range, "ranges", "--range")?;
    check(a.bits == b.bits, "bits", "--bits")?;
    check(a.policy == b.policy, "policies", "--policy")?;
    check(a.searches == b.searches, "searches", "--searches")?;
    check(a.parameters == b.parameters, "networks", "--model")?;
    check(a.pairs_by_order == b.pairs_by_order, "pairings", "--pair")?;
    check(a.keeps_as_is == b.keeps_as_is, "answers", "--as-is")?;
    // What the user states to be right changes no pixel.
    let repairs = |part: &PartReader<R>| -> Vec<RoleRepair> {
        let all = part.index.repairs.iter().filter(|r| r.settles().is_none());
        all.map(|taken| taken.repair).collect()
    };
    check(repairs(first) == repairs(other), "repairs", "--repair")
}

/// The files of all parts in the order in which one run would have them. Numbers of files on disk count on from part to part.
fn merged_rows<R>(parts: &[PartReader<R>], names: NameText) -> Result<Vec<FileRow>, MergeError> {
    // Files that are given one by one have names without folders, which roles tell apart.
    let mut owners: BTreeMap<(FileUse, &str), &str> = BTreeMap::new();
    let mut shared: BTreeSet<&str> = BTreeSet::new();
    let mut rows = Vec::new();
    for (part, offset) in parts.iter().zip(offsets(parts)) {
        for row in &part.index.rows {
            // Parts may share masks, which are no maps.
            if row.state == FileState::Beside {
                if !shared.insert(&row.path) {
                    continue;
                }
            } else if let Some(first) = owners.insert((row.part, &row.path), &part.name) {
                return Err(MergeError::Twice {
                    file: row.path.clone(),
                    first: first.to_owned(),
                    second: part.name.clone(),
                });
            }
            let source = row.source.saturating_add(offset as usize);
            rows.push(FileRow {
                source,
                ..row.clone()
            });
        }
    }
    let archives: BTreeMap<usize, String> = rows
        .iter()
        .filter(|row| row.member.is_none())
        .map(|row| (row.source, row.path.clone()))
        .collect();
    // The files of archives follow all files on disk, in their order in the archive.
    rows.sort_by_cached_key(|row| {
        let on_disk = archives.get(&row.source).cloned();
        (row.member.is_some(), on_disk, row.member)
    });
    match_rows(&mut rows, names);
    Ok(rows)
}

/// By how much the numbers of each part's files move.
fn offsets<R>(parts: &[PartReader<R>]) -> Vec<u32> {
    let mut next = 0_u32;
    let mut out = Vec::new();
    for part in parts {
        out.push(next);
        let numbers = part.index.rows.iter().map(|row| row.source);
        let most = numbers.map(|number| number.saturating_add(1)).max();
        next = u32::try_from(most.unwrap_or(0)).map_or(u32::MAX, |own| own.saturating_add(next));
    }
    out
}

fn merged_depths<R: Read + Seek>(
    parts: &mut [PartReader<R>],
    rows: &[FileRow],
    reading: &ReadingSettings,
) -> Result<(Distribution, Built), MergeError> {
    let chosen = parts[0].index.encodings.clone();
    let mut groups = Vec::new();
    for row in rows {
        // New groups stand in the order of the files, as in one run.
        let _ = group_of(&mut groups, row);
    }
    let mut summaries = vec![SampleSummary::default(); groups.len()];
    for part in parts {
        for counts in std::mem::take(&mut part.index.counts) {
            let key = part.index.groups.get(counts.group as usize);
            let at = key.and_then(|key| groups.iter().position(|own| own == key));
            let at = at.ok_or_else(|| part.damaged())?;
            summaries[at].merge(part.summary(&counts)?);
        }
    }
    let shown = present_roles(rows);
    let shown = *shown.first().ok_or(MergeError::Nothing)?;
    let mut order = build_order(rows, &groups, reading, &chosen, shown);
    for group in &mut order.groups {
        // One summary each; a build looks at the number of headers alone.
        group.summaries = vec![SummaryHeader::default()];
    }
    build(&order, summaries).map_err(MergeError::Failed)
}

/// A part, and the place of a frame in it.
type Place = (usize, u32);

/// The number of a file, its member, and the place of a map in it.
type MapPlace = (u32, Option<u32>, Option<u32>);

fn map_place(map: &MapSource) -> MapPlace {
    (map.file, map.options.member, map.map)
}

/// The part of each frame, by any of its maps.
struct Places {
    by_file: HashMap<MapPlace, Place>,
    /// The frames of each part, with the numbers of the merged files.
    frames: Vec<Vec<FrameFiles>>,
}

impl Places {
    fn new<R>(parts: &[PartReader<R>]) -> Self {
        let mut out = Self {
            by_file: HashMap::new(),
            frames: Vec::new(),
        };
        for ((at, part), offset) in parts.iter().enumerate().zip(offsets(parts)) {
            let mut frames = part.index.frames.clone();
            for (place, frame) in (0..).zip(&mut frames) {
                for map in frame.maps_mut() {
                    map.file = map.file.saturating_add(offset);
                    out.by_file.insert(map_place(map), (at, place));
                }
            }
            out.frames.push(frames);
        }
        out
    }
}

/// Where the outcome of each frame lies, in the order of frames, if it was compared as all files together want it.
fn check_frames<R>(
    set: &FrameSet,
    compared: &ComparedSet,
    parts: &[PartReader<R>],
    places: &Places,
    markers: &[f64],
) -> Result<Vec<(u32, Place)>, MergeError> {
    let mut used = Vec::new();
    for &index in compared.indices() {
        let wanted = &set.frames[index as usize];
        let frame = || wanted.name.clone();
        let of_map = |map: &MapSource| places.by_file.get(&map_place(map));
        let mut found = wanted.maps().map(|(_, map)| of_map(map));
        let first = found.next().flatten().copied();
        let is_whole = found.all(|other| other.copied() == first);
        let Some((part, place)) = first.filter(|_| is_whole) else {
            return Err(MergeError::Divided { frame: frame() });
        };
        let own = places.frames[part].get(place as usize);
        let Some(own) = own.filter(|own| own.maps().count() == wanted.maps().count()) else {
            return Err(MergeError::Divided { frame: frame() });
        };
        let decided = |what, flag| MergeError::Decided {
            frame: frame(),
            part: parts[part].name.clone(),
            what,
            flag,
        };
        for ((role, a), (other, b)) in own.maps().zip(wanted.maps()) {
            if role != other {
                return Err(decided(
                    "role of a file",
                    "--gt, --fp32, --int8 and --board",
                ));
            }
            if a.encoding != b.encoding {
                return Err(decided("unit", "--unit"));
            }
            if a.options != b.options {
                return Err(decided("mask or size", "--resize, or with all masks"));
            }
        }
        if wanted.gt.is_some() && parts[part].index.markers != markers {
            return Err(decided("marker of missing depth", "--markers"));
        }
        used.push((index, (part, place)));
    }
    Ok(used)
}
