//! The files of a set together: which are read, which belong to one frame, which mask and which size each has.
//!
//! Rules only: no bytes, no workers.

use std::collections::{BTreeMap, BTreeSet};

use fathom_analysis::understanding::{EncodingSource, Repair, RoleRepair, RoleSample};
use fathom_core::depth::{
    Encoding, FileUse, MARKERS, NamedFile, Role, SampleKind, is_disparity_name, match_files,
};
use fathom_core::i18n::tr;
use fathom_core::stats::active_markers;
use fathom_core::units;
use fathom_decode::{ArchiveMember, dump_guess};
use fathom_report::report::InputInfo;
use serde::{Deserialize, Serialize};

use crate::archive_names::{NameText, member_paths};
use crate::distribution_build::{Build, Built, Group};
use crate::file_content::{ArchiveList, FileInfo, MaskSource, ReadOptions, Resize};
use crate::file_row::{FileRow, FileState, ReadingSettings, SizeMismatch};
use crate::frame_files::{FrameFiles, FrameSet, MapSource};
use crate::role_question::role_question;

/// Ends of names that may be depth; other files of folders and archives are left out unread.
const EXTENSIONS: [&str; 27] = [
    "png",
    "npy",
    "npz",
    "exr",
    "tif",
    "tiff",
    "pfm",
    "pgm",
    "pnm",
    "gz",
    "zip",
    "mat",
    "h5",
    "hdf5",
    "dpt",
    "pb",
    "raw",
    "bin",
    "pt",
    "pth",
    "pkl",
    "webp",
    "jxl",
    "heic",
    "heif",
    "avif",
    "compresseddepth",
];

/// Ends of names of dumps without a header.
const DUMPS: [&str; 2] = ["raw", "bin"];

/// Most frames of one map that are sampled of a role.
const LONE_FRAMES: usize = 8;

/// An encoding chosen by hand for one kind of samples of a role.
pub type ChosenEncoding = ((Role, SampleKind), Encoding);

/// Files that share role and encoding: their samples are counted together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupKey {
    /// The role.
    pub role: Role,
    /// The encoding of single files.
    pub own: Option<Encoding>,
}

/// Sorts chosen files by path. Of folders, only files whose names end like a depth map stay. Returns how many are left out too.
#[must_use]
pub fn select_files<T>(mut files: Vec<(String, T)>) -> (Vec<(String, T)>, usize) {
    // Browsers and disks list folders in an order of their own.
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let has_folder = files.iter().any(|(path, _)| path.contains('/'));
    let all = files.len();
    files.retain(|(path, _)| !has_folder || may_be_depth(path));
    let left_out = all - files.len();
    (files, left_out)
}

/// Returns true if a file's name ends like that of a depth map.
#[must_use]
pub fn may_be_depth(path: &str) -> bool {
    ends_with_one_of(path, &EXTENSIONS)
}

fn ends_with_one_of(path: &str, ends: &[&str]) -> bool {
    let end = path.rsplit_once('.').map_or("", |(_, end)| end);
    ends.contains(&end.to_ascii_lowercase().as_str())
}

/// Asks for the size of the map beside each dump that has no header, which may be a dump whose layout was chosen. Returns true if some have to
/// be read again with it.
pub fn size_dumps(rows: &mut [FileRow]) -> bool {
    let is_dump = |row: &FileRow| ends_with_one_of(&row.path, &DUMPS);
    let is_certain = |row: &FileRow| {
        let choice = row.facts().and_then(|info| info.choice.as_ref());
        choice.is_none_or(|choice| choice.is_certain)
    };
    let sized: Vec<(String, Option<Role>, (u32, u32))> = rows
        .iter()
        .filter(|row| !is_dump(row) || is_certain(row))
        .filter_map(|row| Some((row.frame.clone(), row.part.role(), row.size()?)))
        .collect();
    let common = sized.first().map(|first| first.2);
    let common = common.filter(|size| sized.iter().all(|other| other.2 == *size));
    let mut is_changed = false;
    for row in rows
        .iter_mut()
        .filter(|row| is_dump(row) && row.pick.is_none())
    {
        let beside = sized
            .iter()
            .find(|other| other.0 == row.frame && other.1 != row.part.role());
        if let Some(size) = beside.map(|other| other.2).or(common) {
            row.pick = Some(dump_guess(Some(size)));
            is_changed = true;
        }
    }
    is_changed
}

/// The rows of the files of an archive, which is one of `rows`, and notices of those that have none.
#[must_use]
pub fn member_rows(
    rows: &[FileRow],
    archive: usize,
    list: &ArchiveList,
    names: NameText,
) -> (Vec<FileRow>, Vec<String>) {
    let known = || rows.iter().map(|row| (names.composed)(&row.path)).collect();
    let archive = &rows[archive];
    let row = |(member, path): (&ArchiveMember, &String)| {
        let path = format!("{}/{path}", archive.path);
        let bytes = Some(member.bytes as f64);
        FileRow::new(path, bytes, archive.source, Some(member.index))
    };
    let paths = member_paths(&list.members, known, names);
    let named = list.members.iter().zip(&paths);
    let rows: Vec<FileRow> = named.filter(|m| may_be_depth(m.1)).map(row).collect();
    let hidden = (list.hidden > 0).then(|| {
        tr!(
            "{}: {} not read, because another file has the same name; pack them under different names.",
            archive.path,
            units::counted(list.hidden, units::Noun::File)
        )
    });
    let left_out = left_out_notice(list.members.len() - rows.len());
    (rows, hidden.into_iter().chain(left_out).collect())
}

/// Gives each file the use and the frame that its name states, unless they were chosen by hand. Names are compared in
/// Unicode's composed form.
pub fn match_rows(rows: &mut [FileRow], names: NameText) {
    let named: Vec<NamedFile> = rows
        .iter()
        .map(|row| NamedFile {
            path: (names.composed)(&row.path),
            chosen: match row.state {
                FileState::Archive(_) => Some(FileUse::Unused),
                _ => row.chosen_part,
            },
        })
        .collect();
    for (row, found) in rows.iter_mut().zip(match_files(&named)) {
        row.part = found.file_use;
        row.told = found.is_from_name;
        row.left_out = found.left_out;
        row.frame = row.chosen_frame.clone().unwrap_or(found.frame);
    }
}

/// Pairs files in the order of their names, where numbers count as such. The first files of all roles form one frame, and so on. A frame gets
/// its name in the first role. Masks follow where there are as many. Where roles have as many maps in files of other lengths, such as a stack
/// beside single files, maps are paired. Single files that are fewer than the maps of a stack have their places in it by the numbers in their
/// names; per-frame masks do not cover such a stack. Returns false, and changes nothing, where roles have different numbers of files and maps otherwise.
pub fn pair_by_order(rows: &mut [FileRow]) -> bool {
    let by_use = files_by_use(rows);
    let roles = by_use.iter().filter(|(part, _)| part.role().is_some());
    let roles: Vec<&Vec<usize>> = roles.map(|(_, places)| places).collect();
    if roles.len() < 2 {
        return false;
    }
    let lengths = |places: &[usize]| -> Vec<usize> {
        places.iter().map(|&at| rows[at].map_count()).collect()
    };
    let lengths: Vec<Vec<usize>> = roles.iter().map(|places| lengths(places)).collect();
    let is_even = |of: &dyn Fn(&Vec<usize>) -> usize| {
        lengths.windows(2).all(|pair| of(&pair[0]) == of(&pair[1]))
    };
    let has_other_lengths = lengths.windows(2).any(|pair| pair[0] != pair[1]);
    if has_other_lengths && is_even(&|own| own.iter().sum()) {
        pair_maps(rows, &roles);
        return true;
    }
    if !is_even(&Vec::len) {
        return pair_by_number(rows, &roles);
    }
    let names = distinct_names(rows, roles[0]);
    for places in by_use.values().filter(|p| p.len() == names.len()) {
        for (&at, name) in places.iter().zip(&names) {
            rows[at].set_frames(vec![name.clone()]);
        }
    }
    true
}

/// Pairs the maps of all roles in their order. Frames have the names of single files where a role has such alone.
fn pair_maps(rows: &mut [FileRow], roles: &[&Vec<usize>]) {
    let is_single = |places: &&&Vec<usize>| places.iter().all(|&at| rows[at].map_count() == 1);
    let named = roles.iter().find(is_single).unwrap_or(&roles[0]);
    let of_file = |(&at, name): (&usize, String)| match rows[at].map_count() {
        1 => vec![name],
        count => {
            let digits = (count - 1).to_string().len();
            (0..count)
                .map(|map| format!("{name}[{map:0digits$}]"))
                .collect()
        }
    };
    let names = named.iter().zip(distinct_names(rows, named));
    let names: Vec<String> = names.flat_map(of_file).collect();
    for places in roles {
        let mut rest = names.as_slice();
        for &at in *places {
            let (own, later) = rest.split_at(rows[at].map_count().min(rest.len()));
            rows[at].set_frames(own.to_vec());
            rest = later;
        }
    }
}

/// Pairs single files with the maps of stacks of one length, by the last number in each name: from 0 if one is 0, from 1 if the largest is the
/// last place. Returns false where the numbers do not tell.
fn pair_by_number(rows: &mut [FileRow], roles: &[&Vec<usize>]) -> bool {
    let is_stack = |places: &[usize]| matches!(places, [at] if rows[*at].map_count() > 1);
    let (stacks, singles): (Vec<&Vec<usize>>, Vec<&Vec<usize>>) =
        roles.iter().partition(|places| is_stack(places));
    let single = || singles.iter().flat_map(|places| places.iter().copied());
    let lengths: BTreeSet<usize> = stacks.iter().map(|s| rows[s[0]].map_count()).collect();
    let numbers: Option<BTreeMap<usize, usize>> = single()
        .map(|at| Some((at, last_number(&rows[at].frame)?)))
        .collect();
    let (Some(&length), 1, Some(numbers)) = (lengths.first(), lengths.len(), numbers) else {
        return false;
    };
    // Without a first or a last place, numbers may count from 0 or from 1.
    let ends = numbers.values().min().zip(numbers.values().max());
    let first = match ends {
        Some((0, most)) if *most < length => 0,
        Some((1.., most)) if *most == length => 1,
        _ => return false,
    };
    let is_distinct = |places: &&Vec<usize>| {
        let own: BTreeSet<usize> = places.iter().map(|at| numbers[at]).collect();
        own.len() == places.len()
    };
    let are_single = single().all(|at| rows[at].map_count() == 1);
    if !are_single || !singles.iter().all(is_distinct) {
        return false;
    }
    let mut frames: Vec<Option<String>> = vec![None; length];
    for (&at, number) in &numbers {
        let name = frames[number - first].get_or_insert_with(|| rows[at].frame.clone());
        rows[at].set_frames(vec![name.clone()]);
    }
    for places in stacks {
        let own = rows[places[0]].frame.clone();
        let name = |(place, frame): (usize, &Option<String>)| {
            let alone = || format!("{own}[{place}]");
            frame.clone().unwrap_or_else(alone)
        };
        let names = frames.iter().enumerate().map(name).collect();
        rows[places[0]].set_frames(names);
    }
    true
}

/// The last run of digits of a name as a number.
fn last_number(name: &str) -> Option<usize> {
    let end = name.rfind(|c: char| c.is_ascii_digit())? + 1;
    let digits = name[..end].trim_end_matches(|c: char| c.is_ascii_digit());
    name[digits.len()..end].parse().ok()
}

/// The names of the frames of files; their paths where names repeat.
fn distinct_names(rows: &[FileRow], places: &[usize]) -> Vec<String> {
    let names: Vec<String> = places.iter().map(|&at| rows[at].frame.clone()).collect();
    if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
        return places.iter().map(|&at| rows[at].path.clone()).collect();
    }
    names
}

/// The warning where [`pair_by_order`] could not.
#[must_use]
pub fn unequal_counts(rows: &[FileRow]) -> String {
    let by_use = files_by_use(rows);
    let roles = by_use.iter().filter(|(part, _)| part.role().is_some());
    let maps = |places: &[usize]| -> usize { places.iter().map(|&at| rows[at].map_count()).sum() };
    let counts: Vec<String> = roles
        .map(|(part, places)| format!("{} {}", part.title(), maps(places)))
        .collect();
    if counts.len() < 2 {
        return tr!("Files were not paired in order, because only one role has maps.").to_owned();
    }
    tr!(
        "Files were not paired in order, because the roles have different numbers of maps: {}.",
        counts.join(", ")
    )
}

/// Places of the files of each use, in the order of their names. Files that could not be read keep their place.
fn files_by_use(rows: &[FileRow]) -> BTreeMap<FileUse, Vec<usize>> {
    let mut by_use: BTreeMap<FileUse, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let is_file = !matches!(row.state, FileState::Archive(_));
        if is_file && row.part != FileUse::Unused {
            by_use.entry(row.part).or_default().push(at);
        }
    }
    for places in by_use.values_mut() {
        places.sort_by_cached_key(|&at| natural_key(&rows[at].path));
    }
    by_use
}

/// A key that sorts `7_2` before `7_10`: runs of digits by length, then by digits.
fn natural_key(path: &str) -> Vec<(usize, String)> {
    let chars: Vec<char> = path.chars().collect();
    let runs = chars.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let key = |run: &[char]| {
        let text: String = run.iter().collect();
        if !text.starts_with(|c: char| c.is_ascii_digit()) {
            return (0, text);
        }
        let digits = text.trim_start_matches('0');
        (1 + digits.len(), digits.to_owned())
    };
    runs.map(key).collect()
}

/// The size of the ground truth of each frame, as far as it is known.
#[must_use]
pub fn ground_truth_sizes(rows: &[FileRow]) -> BTreeMap<String, (u32, u32)> {
    rows.iter()
        .filter(|row| row.part == FileUse::Map(Role::GroundTruth))
        .flat_map(FileRow::frames)
        .filter_map(|own| Some((own.frame.to_owned(), own.size?)))
        .collect()
}

/// The mask of a file: that of its frame, or the only one there is. Only the latter is for files with maps of several frames.
#[must_use]
pub fn mask_row<'a>(rows: &'a [FileRow], row: &FileRow) -> Option<&'a FileRow> {
    let mut masks = rows.iter().filter(|r| r.part == FileUse::Mask);
    let first = masks.next()?;
    if masks.next().is_none() {
        return Some(first);
    }
    rows.iter()
        .find(|r| r.part == FileUse::Mask && r.frame == row.frame)
        .filter(|_| row.map_frames.is_empty())
}

/// Options of reading a map's file; `None` for masks and unused files.
#[must_use]
pub fn read_options(
    rows: &[FileRow],
    row: &FileRow,
    reading: &ReadingSettings,
    sizes: &BTreeMap<String, (u32, u32)>,
) -> Option<ReadOptions> {
    let role = row.part.role()?;
    let resize = reading
        .resize
        .filter(|_| role != Role::GroundTruth)
        .zip(row.frames().iter().find_map(|own| sizes.get(own.frame)))
        .map(|(how, &(width, height))| Resize { width, height, how });
    Some(ReadOptions {
        member: row.member,
        pick: row.pick.clone().or_else(|| {
            let is_dump = ends_with_one_of(&row.path, &DUMPS);
            is_dump.then(|| dump_guess(None))
        }),
        crop: reading.crop,
        repairs: reading
            .repairs_of(role)
            .map(|taken| taken.repair.repair)
            .filter(Repair::changes_samples)
            .collect(),
        watch: watched(reading),
        resize,
        mask: mask_row(rows, row).map(|mask| MaskSource {
            name: mask.path.clone(),
            member: mask.member,
        }),
    })
}

/// Numbers that are counted apart.
fn watched(reading: &ReadingSettings) -> Vec<f64> {
    let mut watch: Vec<f64> = MARKERS.iter().map(|m| m.value).collect();
    for &marker in reading.markers.iter().flatten() {
        if !watch.contains(&marker) {
            watch.push(marker);
        }
    }
    watch
}

/// The place of a file's group; a new group is added.
#[must_use]
pub fn group_of(groups: &mut Vec<GroupKey>, row: &FileRow) -> Option<u32> {
    let key = GroupKey {
        role: row.part.role()?,
        own: row.encoding,
    };
    let known = groups.iter().position(|group| *group == key);
    let at = known.unwrap_or_else(|| {
        groups.push(key);
        groups.len() - 1
    });
    u32::try_from(at).ok()
}

/// The order to build the distribution of a role. The headers of the summaries are filled in by the scheduler.
#[must_use]
pub fn build_order(
    rows: &[FileRow],
    groups: &[GroupKey],
    reading: &ReadingSettings,
    chosen: &[ChosenEncoding],
    shown: Role,
) -> Build {
    let chosen = |role, kind| {
        let entry = chosen.iter().find(|(key, _)| *key == (role, kind));
        entry.map(|(_, encoding)| *encoding)
    };
    let group = |key: &GroupKey| Group {
        role: key.role,
        integer: key.own.or_else(|| chosen(key.role, SampleKind::Integer)),
        float: key.own.or_else(|| chosen(key.role, SampleKind::Float)),
        own: key.own.is_some(),
        summaries: Vec::new(),
    };
    let mut nodata: Vec<f64> = Vec::new();
    for value in rows.iter().filter_map(|row| row.facts()?.nodata) {
        if value > 0.0 && !nodata.contains(&value) {
            nodata.push(value);
        }
    }
    Build {
        groups: groups.iter().map(group).collect(),
        shown,
        nodata,
        markers: reading.markers.clone(),
        window: reading.window,
    }
}

/// Changes the encodings chosen by hand to those that hold after a repair. `built` has the encodings in use.
pub fn encodings_after(
    chosen: &mut Vec<ChosenEncoding>,
    built: Option<&Built>,
    RoleRepair { role, repair }: RoleRepair,
) {
    const KINDS: [SampleKind; 2] = [SampleKind::Integer, SampleKind::Float];
    let known = chosen.clone();
    let in_use = |kind| {
        if let Some((_, encoding)) = known.iter().find(|(key, _)| *key == (role, kind)) {
            return Some(*encoding);
        }
        let built = built?.roles.iter().find(|r| r.role == role)?;
        Some(built.of(kind)?.encoding)
    };
    let is_metres_after = repair.encoding_after(Encoding::SunRotated) == Encoding::METRES;
    if matches!(repair, Repair::Unit(_) | Repair::Factor(_)) {
        let after = |kind| {
            let before = in_use(kind).unwrap_or(Encoding::METRES);
            ((role, kind), repair.encoding_after(before))
        };
        let all = KINDS.map(after);
        chosen.retain(|(key, _)| key.0 != role);
        chosen.extend(all);
    } else if is_metres_after {
        // Repaired samples are metres, whatever the file holds.
        chosen.retain(|(key, _)| *key != (role, SampleKind::Float));
        chosen.push(((role, SampleKind::Float), Encoding::METRES));
    } else if repair == Repair::ByteOrder {
        chosen.retain(|(key, _)| key.0 != role);
    }
}

/// The roles of the files that were read, in order.
#[must_use]
pub fn present_roles(rows: &[FileRow]) -> Vec<Role> {
    let read = rows.iter().filter(|row| row.facts().is_some());
    let present: BTreeSet<Role> = read.filter_map(|row| row.part.role()).collect();
    present.into_iter().collect()
}

/// Frames whose predictions have another size than their ground truth.
#[must_use]
pub fn size_mismatch(rows: &[FileRow]) -> Option<SizeMismatch> {
    let sizes = ground_truth_sizes(rows);
    let mut differing = rows.iter().filter_map(|row| {
        let role = row.part.role().filter(|r| *r != Role::GroundTruth)?;
        row.frames().into_iter().find_map(|map| {
            let (own, wanted) = (map.size?, *sizes.get(map.frame)?);
            (own != wanted).then_some((role, own, wanted))
        })
    });
    let (role, own, wanted) = differing.next()?;
    Some(SizeMismatch {
        role,
        own,
        wanted,
        files: 1 + differing.count(),
    })
}

/// A warning if two files are one frame in one role: usually two roles in one heap.
#[must_use]
pub fn duplicates_warning(rows: &[FileRow]) -> Option<String> {
    let mut seen: BTreeMap<(FileUse, &str), &str> = BTreeMap::new();
    let mut twice = None;
    let mut count = 0;
    for row in rows.iter().filter(|row| row.facts().is_some()) {
        for own in row.frames() {
            if let Some(other) = seen.insert((row.part, own.frame), &row.path) {
                count += 1;
                twice.get_or_insert((other, row.path.as_str()));
            }
        }
    }
    let (first, second) = twice?;
    let frames = units::counted(count, units::Noun::Frame);
    Some(tr!(
        "Duplicates: {frames}, for example {first} and {second}; both are counted. If they are ground truth and predictions, set their \
         roles under Files, or end their names in _gt, _fp32 and _int8.",
        frames,
        first,
        second
    ))
}

/// A warning if files of one frame hold different numbers of maps, of which only the first ones are compared.
#[must_use]
pub fn stack_warning(rows: &[FileRow]) -> Option<String> {
    let mut frames: BTreeMap<&str, BTreeSet<(usize, &str)>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.part.role().is_some()) {
        let maps = row.facts().map_or(0, |file| file.maps.len());
        for own in row.frames().into_iter().filter(|_| maps > 0) {
            let files = frames.entry(own.frame).or_default();
            files.insert((own.place.map_or(maps, |_| 1), &row.path));
        }
    }
    let ends = frames
        .values()
        .filter_map(|files| files.first().zip(files.last()));
    let mut uneven = ends.filter(|(fewest, most)| most.0 > fewest.0);
    let ((fewest, other), (maps, path)) = uneven.next()?;
    let frames = units::counted(1 + uneven.count(), units::Noun::Frame);
    Some(tr!(
        "In {frames}, files have different numbers of maps, for example {} {maps} and {} {fewest}: the extra maps are not compared.",
        path,
        other,
        frames = frames,
        maps = maps,
        fewest = fewest
    ))
}

/// A notice of files that are left out by their names.
#[must_use]
pub fn left_out_notice(count: usize) -> Option<String> {
    (count > 0).then(|| {
        tr!(
            "Skipped {}: not depth maps by name.",
            units::counted(count, units::Noun::OtherFile)
        )
    })
}

/// The frames with maps of two roles at least. Each map's file and mask are numbers of files on disk.
#[must_use]
pub fn frame_set(
    rows: &[FileRow],
    built: &Built,
    reading: &ReadingSettings,
    names: NameText,
) -> FrameSet {
    let (frames, lone): (Vec<_>, Vec<_>) = frames_by_name(rows, built, reading, |_| true)
        .into_values()
        .partition(|frame| frame.maps().count() > 1);
    FrameSet {
        serial: 0,
        lone: few_of_each_role(lone, &frames),
        frames,
        roles: role_samples(rows, built),
        markers: active_markers(&built.markers),
        window: reading.window,
        unsettled: role_question(rows, names).map(|question| question.text),
    }
}

/// The files of the frame with this name; `None` where no map is of it.
#[must_use]
pub fn frame_files(
    rows: &[FileRow],
    built: &Built,
    reading: &ReadingSettings,
    name: &str,
) -> Option<FrameFiles> {
    frames_by_name(rows, built, reading, |own| own == name)
        .into_values()
        .next()
}

fn frames_by_name<'a>(
    rows: &'a [FileRow],
    built: &Built,
    reading: &ReadingSettings,
    is_wanted: impl Fn(&str) -> bool,
) -> BTreeMap<&'a str, FrameFiles> {
    let sizes = ground_truth_sizes(rows);
    let mut frames: BTreeMap<&str, FrameFiles> = BTreeMap::new();
    let number = |source: usize| u32::try_from(source).unwrap_or(u32::MAX);
    for row in rows.iter().filter(|row| row.facts().is_some()) {
        let mut own = row.frames();
        own.retain(|own| is_wanted(own.frame));
        if own.is_empty() {
            continue;
        }
        let (Some(role), Some(encoding)) = (row.part.role(), row.encoding_in(built)) else {
            continue;
        };
        let Some(options) = read_options(rows, row, reading, &sizes) else {
            continue;
        };
        for own in own {
            let frame = frames
                .entry(own.frame)
                .or_insert_with(|| FrameFiles::named(own.frame));
            let place = frame.of_mut(role);
            // The first of two files for one place, as elsewhere.
            if place.is_none() {
                *place = Some(MapSource {
                    file: number(row.source),
                    map: own.place,
                    mask: mask_row(rows, row).map(|mask| number(mask.source)),
                    options: options.clone(),
                    encoding,
                });
            }
        }
    }
    frames
}

/// Frames of one map that are sampled, of a role that has no other frames: as many as tell what the role is like.
fn few_of_each_role(lone: Vec<FrameFiles>, frames: &[FrameFiles]) -> Vec<FrameFiles> {
    let has = |frame: &FrameFiles, role| frame.maps().any(|(own, _)| own == role);
    let mut counts: BTreeMap<Role, usize> = BTreeMap::new();
    let mut is_wanted = |frame: &FrameFiles| {
        let Some((role, _)) = frame.maps().next() else {
            return false;
        };
        let count = counts.entry(role).or_default();
        *count += 1;
        *count <= LONE_FRAMES && !frames.iter().any(|f| has(f, role))
    };
    lone.into_iter().filter(|f| is_wanted(f)).collect()
}

/// The reading of each role: encoding, markers and counts, without sampled maps.
fn role_samples(rows: &[FileRow], built: &Built) -> Vec<RoleSample> {
    let markers = active_markers(&built.markers);
    let of_role = |role: Role| {
        let own: Vec<&FileRow> = rows
            .iter()
            .filter(|row| row.part.role() == Some(role) && row.facts().is_some())
            .collect();
        let read: Vec<&FileInfo> = own.iter().filter_map(|row| row.facts()).collect();
        let kind = read.first()?.dtype.kind();
        let known = built.roles.iter().find(|known| known.role == role);
        let in_use = known.and_then(|known| known.of(kind));
        let chosen = own.iter().find_map(|row| row.encoding);
        Some(RoleSample {
            role,
            encoding: chosen.unwrap_or(in_use.map_or(Encoding::METRES, |k| k.encoding)),
            source: if chosen.is_some() || in_use.is_some_and(|k| k.given) {
                EncodingSource::Chosen
            } else if in_use.is_some_and(|k| k.guess.confident) {
                EncodingSource::Certain
            } else {
                EncodingSource::Plausible
            },
            markers: if role == Role::GroundTruth {
                markers.clone()
            } else {
                Vec::new()
            },
            is_disparity_name: own.iter().any(|row| is_disparity_name(&row.path)),
            stack: read.iter().find_map(|file| {
                let first = file.maps.first().filter(|_| file.maps.len() > 1)?;
                Some((file.maps.len(), first.height as usize, first.width as usize))
            }),
            count: read.iter().map(|file| file.maps.len()).sum(),
            maps: Vec::new(),
        })
    };
    let mut samples: Vec<RoleSample> = present_roles(rows)
        .into_iter()
        .filter_map(of_role)
        .collect();
    samples.sort_by_key(|sample| sample.role);
    samples
}

/// The largest depth of the FP32 predictions, in metres; `None` without them or if they hold no depths.
#[must_use]
pub fn farthest_prediction_m(rows: &[FileRow], built: &Built) -> Option<f64> {
    let predictions = rows
        .iter()
        .filter(|row| row.part.role() == Some(Role::Float));
    let ends = predictions.filter_map(|row| {
        let scale = row.encoding_in(built)?.metres_per_unit()?;
        let largest = row.facts()?.maps.iter();
        let largest = largest.filter_map(|map| Some(map.spread?.max));
        largest.reduce(f64::max).map(|max| max * scale)
    });
    ends.reduce(f64::max)
}

/// The files as a report lists them.
#[must_use]
pub fn input_infos(rows: &[FileRow], built: &Built) -> Vec<InputInfo> {
    let markers = active_markers(&built.markers);
    let info = |row: &FileRow| {
        let (facts, role) = (row.facts()?, row.part.role()?);
        let first = facts.maps.first()?;
        let encoding = row.encoding_in(built);
        Some(InputInfo {
            name: row.path.clone(),
            role: role.name().to_owned(),
            frame: row.frame.clone(),
            format: facts.format.name().to_owned(),
            dtype: facts.dtype.name().to_owned(),
            maps: facts.maps.len(),
            width: first.width as usize,
            height: first.height as usize,
            scale: encoding.and_then(Encoding::metres_per_unit),
            encoding: encoding.map_or_else(String::new, Encoding::title),
            valid: facts.maps.iter().map(|m| m.valid(&markers)).sum(),
            invalid: facts.maps.iter().map(|m| m.invalid.total(&markers)).sum(),
        })
    };
    rows.iter().filter_map(info).collect()
}
