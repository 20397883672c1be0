//! The question which files are what, where several compete for one role or names state none.

use fathom_core::depth::{
    FileUse, LeftOut, NamedFile, Role, SampleKind, match_files, role_candidates,
};
use fathom_core::i18n::tr;
use fathom_core::units;

use crate::archive_names::NameText;
use crate::file_row::{FileRow, FileState};

/// Most answers that are offered.
const MOST_ANSWERS: usize = 6;

/// A question about the use of files.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleQuestion {
    /// The finding and the question.
    pub text: String,
    /// The answers, the likeliest first.
    pub answers: Vec<RoleAnswer>,
}

/// An answer to a question about the use of files.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleAnswer {
    /// The chosen group, or the role of each.
    pub caption: String,
    /// Places of files and their uses.
    pub uses: Vec<(usize, FileUse)>,
}

/// The question that files raise; `None` if each frame has one file of a role.
#[must_use]
pub fn role_question(rows: &[FileRow], names: NameText) -> Option<RoleQuestion> {
    let named: Vec<NamedFile> = rows
        .iter()
        .map(|row| NamedFile {
            path: (names.composed)(&row.path),
            chosen: match row.state {
                FileState::Archive(_) | FileState::Refused(_) => Some(FileUse::Unused),
                _ => row.chosen_part,
            },
        })
        .collect();
    let found = role_candidates(&named, &match_files(&named))?;
    let groups: Vec<Group> = found
        .groups
        .into_iter()
        .enumerate()
        .map(|(place, group)| Group::new(rows, place, &group.label, group.files))
        .collect();
    Some(match found.role {
        Some(role) => competing(role, &groups),
        None => unnamed(&groups),
    })
}

/// The offer to use confidence maps as masks; `None` without any that are left out.
#[must_use]
pub fn confidence_offer(rows: &[FileRow]) -> Option<RoleQuestion> {
    let is_confidence = |row: &FileRow| row.left_out == Some(LeftOut::Confidence);
    let places = (0..rows.len()).filter(|&at| is_confidence(&rows[at]));
    let uses: Vec<(usize, FileUse)> = places.map(|at| (at, FileUse::Mask)).collect();
    (!uses.is_empty()).then(|| RoleQuestion {
        text: tr!(
            "Confidence maps by name, not used: {}.",
            units::counted(uses.len(), units::Noun::File)
        ),
        answers: vec![RoleAnswer {
            caption: tr!("Leave out pixels of confidence 0").to_owned(),
            uses,
        }],
    })
}

struct Group {
    files: Vec<usize>,
    /// Its label, with type and number of files.
    caption: String,
    /// Likelihood that it is ground truth: sensors write integers, and leave pixels out.
    truth: usize,
}

impl Group {
    fn new(rows: &[FileRow], place: usize, label: &str, files: Vec<usize>) -> Self {
        let infos = || files.iter().filter_map(|&at| rows[at].facts());
        let label = match label {
            "" => tr!("file {} of each name", place + 1),
            label => label.to_owned(),
        };
        let dtype = infos().next().map_or("", |info| info.dtype.name());
        let count = units::counted(files.len(), units::Noun::File);
        let is_integer = infos().any(|info| info.dtype.kind() == SampleKind::Integer);
        let has_gaps = infos().any(|info| info.maps.iter().any(|map| map.invalid.total(&[]) > 0));
        Self {
            caption: format!("{label} ({count}, {dtype})"),
            truth: usize::from(is_integer) + usize::from(has_gaps),
            files,
        }
    }
}

fn competing(role: Role, groups: &[Group]) -> RoleQuestion {
    let answer = |chosen: usize| {
        let others = (0..groups.len()).filter(|&i| i != chosen);
        let unused = others.flat_map(|i| groups[i].files.iter().map(|&at| (at, FileUse::Unused)));
        let used = groups[chosen].files.iter();
        RoleAnswer {
            caption: groups[chosen].caption.clone(),
            uses: used
                .map(|&at| (at, FileUse::Map(role)))
                .chain(unused)
                .collect(),
        }
    };
    RoleQuestion {
        text: tr!(
            "{} groups of files are {}, and each frame needs one. Which group?",
            groups.len(),
            role.title()
        ),
        answers: (0..groups.len()).map(answer).take(MOST_ANSWERS).collect(),
    }
}

fn unnamed(groups: &[Group]) -> RoleQuestion {
    const ROLES: [Role; 3] = [Role::GroundTruth, Role::Float, Role::Quantized];
    let mut orders: Vec<Vec<Role>> = permutations(&ROLES, groups.len());
    let truth = |order: &Vec<Role>| {
        let place = order.iter().position(|role| *role == Role::GroundTruth);
        place.map_or(0, |place| groups[place].truth + 1)
    };
    orders.sort_by_key(|order| std::cmp::Reverse(truth(order)));
    let answer = |order: Vec<Role>| {
        let parts: Vec<String> = groups
            .iter()
            .zip(&order)
            .map(|(group, role)| format!("{}: {}", role.title(), group.caption))
            .collect();
        let uses = groups
            .iter()
            .zip(&order)
            .flat_map(|(group, &role)| group.files.iter().map(move |&at| (at, FileUse::Map(role))));
        RoleAnswer {
            caption: parts.join("; "),
            uses: uses.collect(),
        }
    };
    RoleQuestion {
        text: tr!(
            "{} files have each name, and no name tells ground truth from predictions. Which is which?",
            groups.len()
        ),
        answers: orders.into_iter().map(answer).take(MOST_ANSWERS).collect(),
    }
}

/// Every order of some of the roles, each once; the first keeps theirs.
fn permutations(roles: &[Role], length: usize) -> Vec<Vec<Role>> {
    if length == 0 || roles.is_empty() {
        return vec![Vec::new()];
    }
    let with_first = |(i, &first): (usize, &Role)| {
        let others: Vec<Role> = [&roles[..i], &roles[i + 1..]].concat();
        let rest = permutations(&others, length - 1).into_iter();
        rest.map(move |rest| [vec![first], rest].concat())
            .collect::<Vec<_>>()
    };
    roles.iter().enumerate().flat_map(with_first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_content::{FileInfo, MapInfo};
    use crate::file_set::match_rows;
    use fathom_core::depth::{Dtype, Format, InvalidCounts};

    fn rows(files: &[(&str, Dtype)]) -> Vec<FileRow> {
        let row = |(source, (path, dtype)): (usize, &(&str, Dtype))| {
            let mut row = FileRow::new((*path).to_owned(), None, source, None);
            row.state = FileState::Read(FileInfo {
                format: Format::Npy,
                dtype: *dtype,
                maps: vec![MapInfo {
                    width: 4,
                    height: 3,
                    positive: 12,
                    invalid: InvalidCounts::default(),
                    spread: None,
                }],
                choice: None,
                nodata: None,
                notices: Vec::new(),
            });
            row
        };
        files.iter().enumerate().map(row).collect()
    }

    #[test]
    fn one_of_several_groups_is_chosen() {
        let rows = rows(&[
            ("gt/1.png", Dtype::U16),
            ("int8_a/1.npy", Dtype::F32),
            ("int8_b/1.npy", Dtype::F32),
        ]);
        let question = role_question(&rows, NameText::default()).expect("a question");
        assert!(question.text.contains("2 groups"), "{}", question.text);
        assert_eq!(question.answers[1].caption, "int8_b (1 file, float32)");
        assert_eq!(
            question.answers[1].uses,
            [(2, FileUse::Map(Role::Quantized)), (1, FileUse::Unused)]
        );
        let mut settled = rows;
        for &(at, chosen) in &question.answers[1].uses {
            settled[at].chosen_part = Some(chosen);
        }
        assert_eq!(role_question(&settled, NameText::default()), None);
    }

    #[test]
    fn confidence_is_offered_as_a_mask() {
        let mut rows = rows(&[("gt/1.png", Dtype::U16), ("confidence/1.png", Dtype::U8)]);
        assert_eq!(confidence_offer(&rows), None);
        match_rows(&mut rows, NameText::default());
        let offer = confidence_offer(&rows).expect("an offer");
        assert_eq!(offer.answers[0].uses, [(1, FileUse::Mask)]);
        rows[1].chosen_part = Some(FileUse::Mask);
        match_rows(&mut rows, NameText::default());
        assert_eq!(confidence_offer(&rows), None);
        assert_eq!(rows[1].part, FileUse::Mask);
    }

    #[test]
    fn integers_are_likelier_truth_than_floats() {
        let rows = rows(&[
            ("1.png", Dtype::F32),
            ("1.png", Dtype::U16),
            ("1.png", Dtype::F32),
        ]);
        let question = role_question(&rows, NameText::default()).expect("a question");
        assert_eq!(question.answers.len(), 6);
        let first = &question.answers[0].uses;
        assert!(first.contains(&(1, FileUse::Map(Role::GroundTruth))));
        assert!(first.contains(&(0, FileUse::Map(Role::Float))));
        assert!(first.contains(&(2, FileUse::Map(Role::Quantized))));
    }
}
