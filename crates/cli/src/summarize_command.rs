//! `fathom summarize`: what a part of a set shows, to be merged with other parts.

use std::collections::BTreeSet;

use fathom_core::depth::FileUse;
use fathom_engine::file_set::{match_rows, pair_by_order, unequal_counts};
use fathom_engine::{FileRow, PartRecorder, ReportRun};
use fathom_native::{NAME_TEXT, write_part};

use crate::analyse_command::{driven, files_of};
use crate::command_error::CommandError;
use crate::output_arguments::check_place;
use crate::summarize_arguments::{Shard, SummarizeArguments};

/// Runs the command.
pub(crate) fn run(arguments: &SummarizeArguments) -> Result<(), CommandError> {
    let SummarizeArguments { set, shard, out } = arguments;
    check_place(out)?;
    let settings = set.settings()?;
    let mut found = files_of(set)?;
    if found.rows.is_empty() {
        return Err(CommandError::usage(
            "there is nothing to summarize; give files or folders",
        ));
    }
    if let Some(shard) = shard {
        found.rows = rows_of(found.rows, *shard, settings.pairs_by_order)?;
    }
    let mut run = ReportRun::new(found.rows, settings, NAME_TEXT).until_compared();
    let mut recorder = PartRecorder::default();
    driven(set, &found.disk, &mut run, Some(&mut recorder))?;
    Ok(write_part(recorder, &run, out)?)
}

/// The files of one part of the frames. Masks go to every part.
fn rows_of(
    mut rows: Vec<FileRow>,
    shard: Shard,
    is_by_order: bool,
) -> Result<Vec<FileRow>, CommandError> {
    if let Some(archive) = rows.iter().find(|row| has_end(&row.path, ".zip")) {
        return Err(CommandError::usage(format!(
            "{} is an archive, which --shard cannot divide; unpack it, or give each part archives of its own",
            archive.path
        )));
    }
    match_rows(&mut rows, NAME_TEXT);
    if is_by_order && !pair_by_order(&mut rows) {
        return Err(CommandError::usage(unequal_counts(&rows)));
    }
    let frames: BTreeSet<String> = rows
        .iter()
        .filter(|row| row.part.role().is_some())
        .map(|row| row.frame.clone())
        .collect();
    let places = shard.places(frames.len());
    let own: BTreeSet<&String> = frames
        .iter()
        .skip(places.start)
        .take(places.len())
        .collect();
    rows.retain(|row| row.part == FileUse::Mask || own.contains(&row.frame));
    if own.is_empty() {
        return Err(CommandError::usage(format!(
            "this part of {} frames has none; use fewer parts",
            frames.len()
        )));
    }
    for row in &mut rows {
        // Names alone may say less about a few files than about all.
        row.chosen_part = row.chosen_part.or(Some(row.part));
        row.chosen_frame = Some(row.frame.clone());
    }
    Ok(rows)
}

fn has_end(path: &str, end: &str) -> bool {
    path.to_ascii_lowercase().ends_with(end)
}
