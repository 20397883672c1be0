//! Files that compete for one place: several predictions for one role, or several roles without a name.

use std::collections::{BTreeMap, BTreeSet};

use super::file_matching::{FileMatch, NamedFile};
use super::role::{FileUse, Role, parse_name};

/// Groups of files that compete for the same frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleCandidates {
    /// The role that all names state; `None` if no name states one, so that the groups are different roles.
    pub role: Option<Role>,
    /// The groups, in the order of the files.
    pub groups: Vec<CandidateGroup>,
}

/// Files of which each frame has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateGroup {
    /// The mark of the group: a folder, an extension, or nothing.
    pub label: String,
    /// Places of its files among those given.
    pub files: Vec<usize>,
}

/// Most groups that are told apart by order alone: one a role.
const MOST_ROLES: usize = Role::ALL.len();

/// A file without its folders and extension.
struct Parts<'a> {
    at: usize,
    folder: &'a str,
    extension: &'a str,
    stem: String,
    /// The words that state use, kind or variant.
    variant: String,
    /// The words that state the use.
    statement: String,
    is_told: bool,
}

/// Finds the first role for which files compete. `found` holds what [`match_files`](super::match_files) says of the files.
#[must_use]
pub fn role_candidates(named: &[NamedFile], found: &[FileMatch]) -> Option<RoleCandidates> {
    let by_stem = parts_by_role(named, found, |_, frame| frame);
    // Words inside names may tell variants apart, where names alone match nothing.
    competitors(&by_stem)
        .or_else(|| competitors(&parts_by_role(named, found, |found, _| found.frame.clone())))
}

fn parts_by_role<'a>(
    named: &'a [NamedFile],
    found: &[FileMatch],
    stem: impl Fn(&FileMatch, String) -> String,
) -> BTreeMap<Role, Vec<Parts<'a>>> {
    let mut by_role: BTreeMap<Role, Vec<Parts<'_>>> = BTreeMap::new();
    for (at, (file, found)) in named.iter().zip(found).enumerate() {
        if let FileUse::Map(role) = found.file_use {
            let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            let parsed = parse_name(&file.path);
            by_role.entry(role).or_default().push(Parts {
                at,
                folder,
                extension: name.rsplit_once('.').map_or("", |parts| parts.1),
                stem: stem(found, parsed.frame),
                variant: parsed.variant,
                statement: parsed.statement,
                is_told: found.is_from_name || file.chosen.is_some(),
            });
        }
    }
    by_role
}

fn competitors(by_role: &BTreeMap<Role, Vec<Parts<'_>>>) -> Option<RoleCandidates> {
    let is_single = |files: &[Parts<'_>]| files.len() == stems(files).len();
    by_role.iter().find_map(|(&role, files)| {
        if is_single(files) {
            return None;
        }
        let own = stems(files);
        let mut others = by_role.iter().filter(|(other, _)| **other != role);
        if files.iter().any(|file| file.is_told) {
            // Scenes repeat the names of frames in every role; candidates in one.
            let is_beside = |other: &[Parts<'_>]| {
                is_single(other) && stems(other).intersection(&own).next().is_some()
            };
            let groups = by_folder(files)
                .or_else(|| by_variant(files))
                .or_else(|| by_extension(files))?;
            // Names that state the role in words of their own are variants, whatever other roles have.
            let is_certain = are_variants(files, &groups);
            return (is_certain || others.any(|(_, other)| is_beside(other))).then_some(
                RoleCandidates {
                    role: Some(role),
                    groups,
                },
            );
        }
        let in_one_folder = files.iter().all(|file| file.folder == files[0].folder);
        if by_role.len() > 1 || !in_one_folder {
            return None;
        }
        let groups = by_extension(files).or_else(|| by_order(files))?;
        Some(RoleCandidates { role: None, groups })
    })
}

/// True if each group states the role in one way, which no other group has.
fn are_variants(files: &[Parts<'_>], groups: &[CandidateGroup]) -> bool {
    let statements: BTreeMap<usize, &str> = files
        .iter()
        .map(|file| (file.at, file.statement.as_str()))
        .collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    groups.iter().all(|group| {
        let own = group.files.iter().filter_map(|at| statements.get(at));
        let own: BTreeSet<&str> = own.copied().collect();
        own.len() == 1 && own.into_iter().all(|statement| seen.insert(statement))
    })
}

fn stems<'a>(files: &'a [Parts<'_>]) -> BTreeSet<&'a str> {
    files.iter().map(|file| file.stem.as_str()).collect()
}

fn by_folder(files: &[Parts<'_>]) -> Option<Vec<CandidateGroup>> {
    let common = files.iter().skip(1).fold(files[0].folder, |common, file| {
        let shared = common.split('/').zip(file.folder.split('/'));
        let parts = shared.take_while(|(a, b)| a == b).map(|(a, _)| a);
        let length: usize = parts.map(|part| part.len() + 1).sum();
        common.get(..length.min(common.len())).unwrap_or(common)
    });
    groups_by(files, |file| {
        let own = file.folder.get(common.len()..).unwrap_or(file.folder);
        own.trim_matches('/').to_owned()
    })
}

fn by_variant(files: &[Parts<'_>]) -> Option<Vec<CandidateGroup>> {
    groups_by(files, |file| file.variant.clone())
}

fn by_extension(files: &[Parts<'_>]) -> Option<Vec<CandidateGroup>> {
    groups_by(files, |file| file.extension.to_ascii_lowercase())
}

/// The first, second, ... file of each name.
fn by_order(files: &[Parts<'_>]) -> Option<Vec<CandidateGroup>> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: Vec<CandidateGroup> = Vec::new();
    for file in files {
        let place = seen.entry(&file.stem).or_default();
        if groups.len() <= *place {
            groups.push(CandidateGroup {
                label: String::new(),
                files: Vec::new(),
            });
        }
        groups[*place].files.push(file.at);
        *place += 1;
    }
    let is_whole = groups
        .iter()
        .all(|group| group.files.len() == groups[0].files.len());
    (is_whole && groups.len() <= MOST_ROLES).then_some(groups)
}

/// Groups by a label; `None` if one group has two files of a frame, or if there is one group.
fn groups_by(
    files: &[Parts<'_>],
    label: impl Fn(&Parts<'_>) -> String,
) -> Option<Vec<CandidateGroup>> {
    let mut groups: Vec<CandidateGroup> = Vec::new();
    let mut taken: BTreeSet<(String, &str)> = BTreeSet::new();
    for file in files {
        let label = label(file);
        if !taken.insert((label.clone(), &file.stem)) {
            return None;
        }
        match groups.iter_mut().find(|group| group.label == label) {
            Some(group) => group.files.push(file.at),
            None => groups.push(CandidateGroup {
                label,
                files: vec![file.at],
            }),
        }
    }
    (groups.len() > 1).then_some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::match_files;

    type Labels = Vec<(String, usize)>;

    fn candidates(paths: &[&str]) -> Option<(Option<Role>, Labels)> {
        let named: Vec<NamedFile> = paths
            .iter()
            .map(|path| NamedFile {
                path: (*path).to_owned(),
                chosen: None,
            })
            .collect();
        let found = role_candidates(&named, &match_files(&named))?;
        let groups = found.groups.into_iter();
        let groups = groups.map(|group| (group.label, group.files.len()));
        Some((found.role, groups.collect()))
    }

    fn groups(labels: &[&str], files: usize) -> Labels {
        labels.iter().map(|l| ((*l).to_owned(), files)).collect()
    }

    #[test]
    fn variants_of_a_network_compete_for_its_role() {
        let paths = [
            "run/gt/1.png",
            "run/gt/2.png",
            "run/int8_dynamic/1.npy",
            "run/int8_dynamic/2.npy",
            "run/int8_full/1.npy",
            "run/int8_full/2.npy",
        ];
        let expected = (
            Some(Role::Quantized),
            groups(&["int8_dynamic", "int8_full"], 2),
        );
        assert_eq!(candidates(&paths), Some(expected));
        let flat = [
            "out/a_raw_depth.png",
            "out/a_float16.npy",
            "out/a_float32.npy",
            "out/a_dynamic_range_quant.npy",
            "out/a_full_integer_quant.npy",
        ];
        let expected = (Some(Role::Float), groups(&["float16", "float32"], 1));
        assert_eq!(candidates(&flat), Some(expected));
        let int8 = [flat[0], flat[2], flat[3], flat[4]];
        let labels = ["dynamic_range_quant", "full_integer_quant"];
        let expected = (Some(Role::Quantized), groups(&labels, 1));
        assert_eq!(candidates(&int8), Some(expected));
        let formats = ["gt/1.png", "int8/1.npy", "int8/1.tif"];
        let expected = (Some(Role::Quantized), groups(&["npy", "tif"], 1));
        assert_eq!(candidates(&formats), Some(expected));
    }

    #[test]
    fn variants_compete_without_a_ground_truth() {
        let flat = [
            "a_float16.npy",
            "a_float32.npy",
            "a_dynamic_range_quant.npy",
            "a_full_integer_quant.npy",
            "a_integer_quant.npy",
        ];
        let expected = (Some(Role::Float), groups(&["float16", "float32"], 1));
        assert_eq!(candidates(&flat), Some(expected));
        let labels = ["dynamic_range_quant", "full_integer_quant", "integer_quant"];
        let expected = Some((Some(Role::Quantized), groups(&labels, 1)));
        assert_eq!(candidates(&flat[1..]), expected);
        assert_eq!(candidates(&flat[2..]), expected);
        let folders = [
            "out/int8_full/1.npy",
            "out/int8_full/2.npy",
            "out/int8_dynamic/1.npy",
            "out/int8_dynamic/2.npy",
        ];
        let labels = groups(&["int8_full", "int8_dynamic"], 2);
        assert_eq!(candidates(&folders), Some((Some(Role::Quantized), labels)));
        let scenes = [
            "a/int8/1.npy",
            "b/int8/1.npy",
            "a/fp32/1.npy",
            "b/fp32/1.npy",
        ];
        assert_eq!(candidates(&scenes), None);
        assert_eq!(candidates(&scenes[..2]), None);
    }

    #[test]
    fn scenes_and_single_files_do_not_compete() {
        for paths in [
            &["gt/1.png", "fp32/1.npy", "int8/1.npy"][..],
            &["a/gt/1.png", "b/gt/1.png", "a/int8/1.npy", "b/int8/1.npy"],
            &["a/1.png", "b/1.png"],
            &["gt/1.png", "gt/2.png"],
        ] {
            assert_eq!(candidates(paths), None, "{paths:?}");
        }
    }

    #[test]
    fn names_without_folders_repeat_once_a_role() {
        let expected = |labels: &[&str]| Some((None, groups(labels, 2)));
        let paths = ["1.png", "1.png", "1.png", "2.png", "2.png", "2.png"];
        assert_eq!(candidates(&paths), expected(&["", "", ""]));
        let formats = ["1.npy", "1.png", "2.npy", "2.png"];
        assert_eq!(candidates(&formats), expected(&["npy", "png"]));
        assert_eq!(candidates(&["1.png", "1.png", "2.png"]), None);
    }
}
