//! The files of the shown set as the browser gave them, and those of the set before while another is read.

use std::collections::BTreeMap;

use web_sys::File;

use fathom_core::depth::{Encoding, Role, SampleKind};
use fathom_engine::file_set::GroupKey;
use fathom_engine::{FileContent, FileRow, ReadingSettings};

/// What the page keeps of files beside their rows.
#[derive(Default)]
pub(crate) struct FileStore {
    /// The files of the set.
    pub(crate) set: SetFiles,
    /// The shown set, kept while another set is read.
    pub(crate) before: Option<SetBefore>,
    /// Tasks of the job that were read and not yet taken in.
    pub(crate) reads: Vec<ReadTask>,
    /// Counts readings: only the last one's sizes are added up.
    pub(crate) readings: u32,
    /// Number of choices of files.
    intakes: u32,
    /// The number of the next file: no two files of a visit have the same.
    next_source: usize,
}

/// The part of a set that cannot live in a signal.
#[derive(Clone, Default)]
pub(crate) struct SetFiles {
    /// Tells what was chosen at different times apart: files of the same names may hold something else.
    pub(crate) intake: u32,
    /// The number of the first file.
    pub(crate) first_source: usize,
    pub(crate) files: Vec<File>,
    /// Sizes of files in bytes, as far as they are known.
    pub(crate) sizes: BTreeMap<usize, f64>,
    /// The row of each task of the job.
    pub(crate) task_rows: Vec<usize>,
    pub(crate) groups: Vec<GroupKey>,
    /// The rows of the same set as it was read before, whose choices stay.
    pub(crate) known: Vec<FileRow>,
    /// True if its last files joined those of the set before.
    pub(crate) joins: bool,
}

/// A set that another one is about to replace.
#[derive(Clone)]
pub(crate) struct SetBefore {
    pub(crate) rows: Vec<FileRow>,
    pub(crate) roles: Vec<Role>,
    pub(crate) encodings: Vec<((Role, SampleKind), Encoding)>,
    pub(crate) reading: ReadingSettings,
    pub(crate) set: SetFiles,
}

/// A task's file that was read.
pub(crate) struct ReadTask {
    pub(crate) task: usize,
    pub(crate) result: Result<FileContent, String>,
}

impl FileStore {
    /// Begins a set of these files, and returns the number of its first file.
    pub(crate) fn begin(&mut self, files: Vec<File>, joins: bool) -> usize {
        let first_source = self.next_source;
        self.next_source += files.len();
        self.intakes = self.next_intake();
        self.set = SetFiles {
            intake: self.intakes,
            first_source,
            files,
            joins,
            ..SetFiles::default()
        };
        first_source
    }

    /// The number that the next choice of files gets.
    pub(crate) fn next_intake(&self) -> u32 {
        self.intakes.wrapping_add(1)
    }

    /// A file by its number: of the set, or of the one that is shown while another is read.
    pub(crate) fn file(&self, source: u32) -> Option<&File> {
        let source = source as usize;
        let before = || self.before.as_ref()?.set.file(source);
        self.set.file(source).or_else(before)
    }
}

impl SetFiles {
    pub(crate) fn file(&self, source: usize) -> Option<&File> {
        self.files.get(source.checked_sub(self.first_source)?)
    }

    /// The size of a file in bytes.
    pub(crate) fn size(&mut self, source: usize) -> f64 {
        if let Some(bytes) = self.sizes.get(&source) {
            return *bytes;
        }
        let bytes = self.file(source).map_or(0.0, |file| file.size());
        self.sizes.insert(source, bytes);
        bytes
    }
}
