//! Files that come while a set is shown: whether they complete it or are a set of their own.

use std::collections::BTreeSet;

use fathom_core::depth::{Role, parse_name};

use crate::file_row::FileRow;

/// The part of a shown set that stays when files join it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetJoin {
    /// Rows of the shown set that stay.
    pub rows: Vec<usize>,
    /// Their roles.
    pub kept: BTreeSet<Role>,
}

impl SetJoin {
    /// Decides by names whether new files join a shown set: each name states a role, and a frame is in both. The predictions that they bring
    /// replace those of the set; new ground truth begins a new set. `None` if the new files are a set of their own.
    ///
    /// A set from an archive is replaced as a whole: an archive cannot lose a role.
    #[must_use]
    pub fn new<'a>(shown: &[FileRow], paths: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        if shown.iter().any(|row| row.member.is_some()) {
            return None;
        }
        let mut added = BTreeSet::new();
        let mut frames = BTreeSet::new();
        for path in paths {
            let name = parse_name(path);
            added.insert(name.file_use.role().filter(|_| name.is_from_name)?);
            frames.insert(name.frame);
        }
        let stays = |row: &FileRow| row.part.role().is_none_or(|role| !added.contains(&role));
        let has_truth = |row: &FileRow| row.part.role() == Some(Role::GroundTruth);
        if added.contains(&Role::GroundTruth) && shown.iter().any(has_truth) {
            return None;
        }
        let rows: Vec<usize> = (0..shown.len()).filter(|&i| stays(&shown[i])).collect();
        let kept = rows.iter().filter_map(|&i| shown[i].part.role()).collect();
        let is_shared = rows.iter().any(|&i| {
            let row = &shown[i];
            row.part.role().is_some() && frames.contains(&parse_name(&row.path).frame)
        });
        is_shared.then_some(Self { rows, kept })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::FileUse;

    fn rows(paths: &[&str]) -> Vec<FileRow> {
        let row = |(i, path): (usize, &&str)| {
            let mut row = FileRow::new((*path).to_owned(), None, i, None);
            row.part = parse_name(path).file_use;
            row
        };
        paths.iter().enumerate().map(row).collect()
    }

    /// Paths of a shown set and of new files, with the rows and roles that stay.
    type Case<'a> = (
        &'a [&'a str],
        &'a [&'a str],
        Option<(&'a [usize], &'a [Role])>,
    );

    #[test]
    fn missing_roles_join_and_stated_ones_are_replaced() {
        use Role::{Float, GroundTruth};
        let truth = ["gt/a.png", "gt/b.png"];
        let all = ["gt/a.png", "fp32/a.npy", "int8/a.npy"];
        let cases: [Case; 10] = [
            (
                &truth,
                &["fp32/a.npy", "int8/a.npy"],
                Some((&[0, 1], &[GroundTruth])),
            ),
            // The set was named by no word, and is ground truth by default.
            (&["a.png"], &["int8/a.npy"], Some((&[0], &[GroundTruth]))),
            (
                &all,
                &["new/int8/a.npy"],
                Some((&[0, 1], &[GroundTruth, Float])),
            ),
            (
                &["int8/a.npy"],
                &["gt/a.png"],
                Some((&[0], &[Role::Quantized])),
            ),
            (&all, &all, None),
            (&all, &["gt/a.png", "fp32/a.npy"], None),
            // No frame is shared.
            (&truth, &["fp32/c.npy"], None),
            // A name states no role.
            (&truth, &["fp32/a.npy", "a.npy"], None),
            (&[], &["fp32/a.npy"], None),
            (&truth, &[], None),
        ];
        for (shown, added, expected) in cases {
            let join = SetJoin::new(&rows(shown), added.iter().copied());
            let expected = expected.map(|(rows, kept)| SetJoin {
                rows: rows.to_vec(),
                kept: kept.iter().copied().collect(),
            });
            assert_eq!(join, expected, "{shown:?} and {added:?}");
        }
    }

    #[test]
    fn an_archive_is_replaced_as_a_whole() {
        let mut shown = rows(&["set.zip/gt/a.png"]);
        shown[0].member = Some(0);
        assert_eq!(SetJoin::new(&shown, ["fp32/a.npy"]), None);
    }

    #[test]
    fn masks_stay_with_the_maps() {
        let mut shown = rows(&["gt/a.png", "mask/a.png"]);
        shown[1].part = FileUse::Mask;
        let join = SetJoin::new(&shown, ["fp32/a.npy"]).expect("a set to join");
        assert_eq!(join.rows, [0, 1]);
    }
}
