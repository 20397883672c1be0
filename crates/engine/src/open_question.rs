//! Questions that the files leave open, the one that matters most first.

use fathom_core::depth::{Role, SampleKind, ScalePreset};

use crate::archive_names::NameText;
use crate::distribution_build::Built;
use crate::file_row::{FileRow, ReadingSettings, SizeMismatch};
use crate::file_set::{pair_by_order, present_roles, size_mismatch};
use crate::role_question::{RoleQuestion, role_question};
use crate::set_doubts::{SetDoubts, SetQuestion, TypedAnswer};

/// A question that changes figures, and that the files do not answer.
#[derive(Clone, Debug, PartialEq)]
pub enum OpenQuestion {
    /// Several files compete for one role, or names state none.
    Roles(RoleQuestion),
    /// Which array or channel of a file is depth.
    Array {
        /// The place of the file among all.
        row: usize,
        /// The file.
        path: String,
        /// Its role.
        role: Role,
        /// The one that was taken, with its description.
        taken: (String, String),
        /// All of them.
        names: Vec<String>,
    },
    /// The maps may not belong together.
    Set(SetQuestion),
    /// The unit of a role is in doubt.
    Unit {
        /// The role.
        role: Role,
        /// The kind of its samples.
        kind: SampleKind,
        /// The median of its samples, in the unit of the files.
        median: f64,
        /// Units that fit, the likeliest first.
        units: Vec<ScalePreset>,
    },
    /// Predictions have another size than their ground truth.
    Size(SizeMismatch),
}

/// The open questions of a set that was read. `built` is `None` for the built-in sample, which leaves no doubt.
#[must_use]
pub fn open_questions(
    rows: &[FileRow],
    built: Option<&Built>,
    doubts: &SetDoubts,
    reading: &ReadingSettings,
    names: NameText,
) -> Vec<OpenQuestion> {
    let Some(built) = built else {
        return Vec::new();
    };
    if let Some(question) = role_question(rows, names) {
        return vec![OpenQuestion::Roles(question)];
    }
    // Values whose type is in doubt say nothing about the set.
    if let Some(array) = doubtful_array(rows) {
        return vec![array];
    }
    let resizes = |q: &&SetQuestion| q.typed == Some(TypedAnswer::Resampling);
    let set = doubts.question.as_ref().filter(|q| !resizes(q)).cloned();
    // Only the files tell that maps which are not as many can be paired by numbers.
    let by_number = |question: SetQuestion| {
        let is_paired =
            question.typed == Some(TypedAnswer::Names) && pair_by_order(&mut rows.to_vec());
        let typed = question.typed.filter(|_| !is_paired);
        SetQuestion {
            typed: typed.or(is_paired.then_some(TypedAnswer::Order)),
            ..question
        }
    };
    let set = set.map(by_number).map(OpenQuestion::Set);
    let size = size_mismatch(rows).filter(|_| reading.resize.is_none());
    // Maps of another size may lie in another way: a question about the set comes first.
    let size = size.filter(|_| set.is_none()).map(OpenQuestion::Size);
    // Roles that agree confirm their units.
    let is_alone = present_roles(rows).len() < 2;
    let unit = is_alone.then(|| doubtful_unit(built)).flatten();
    let all = [set, unit, size];
    all.into_iter().flatten().collect()
}

/// The first file in which several arrays or channels could be depth.
fn doubtful_array(rows: &[FileRow]) -> Option<OpenQuestion> {
    rows.iter().enumerate().find_map(|(at, row)| {
        let choice = row.facts()?.choice.as_ref()?;
        if choice.is_certain {
            return None;
        }
        let taken = choice.candidates.get(choice.selected)?;
        Some(OpenQuestion::Array {
            row: at,
            path: row.path.clone(),
            role: row.part.role()?,
            taken: (taken.name.clone(), taken.description.clone()),
            names: choice.candidates.iter().map(|c| c.name.clone()).collect(),
        })
    })
}

fn doubtful_unit(built: &Built) -> Option<OpenQuestion> {
    let kinds = [SampleKind::Integer, SampleKind::Float];
    built.roles.iter().find_map(|role| {
        kinds.into_iter().find_map(|kind| {
            let found = role.of(kind)?;
            if found.given || found.guess.confident || found.guess.others.is_empty() {
                return None;
            }
            let guess = std::iter::once(found.guess.preset);
            Some(OpenQuestion::Unit {
                role: role.role,
                kind,
                median: found.median,
                units: guess.chain(found.guess.others.iter().copied()).collect(),
            })
        })
    })
}
