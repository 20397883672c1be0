//! Changes of the table of ranges and of how ranges are measured.

use leptos::prelude::*;

use super::notices::notify;
use crate::state::{Severity, State};
use fathom_analysis::{CODE_FOUND, NamedRange, own_candidates};
use fathom_core::i18n::tr;
use fathom_core::quant::{Bits, CodeKind, OutputRange, RangeError};
use fathom_engine::range_settings::default_settings;
use fathom_report::link::MAX_RANGES;

/// Sets both ends of a row.
///
/// # Errors
/// The sentence of [`RangeError`]; the row stays as it was.
pub(crate) fn set_range(
    state: State,
    row: usize,
    min_m: f64,
    max_m: f64,
) -> Result<(), RangeError> {
    let range = OutputRange::new(min_m, max_m)?;
    state.settings.update(|s| {
        if let Some(named) = s.ranges.get_mut(row) {
            named.range = range;
        }
    });
    Ok(())
}

/// Moves the end of the range in use now; an end that makes no range is ignored.
pub(crate) fn move_end(state: State, max_m: f64) {
    let row = state.settings.with_untracked(|s| s.current as usize);
    let Some(named) = state
        .settings
        .with_untracked(|s| s.ranges.get(row).cloned())
    else {
        return;
    };
    // Three digits are what a hand can aim at, and what the table shows.
    let rounded = round_to_digits(max_m);
    let moved = set_range(state, row, named.range.min_m(), rounded);
    debug_assert!(moved.is_ok() || rounded <= named.range.min_m());
}

fn round_to_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// Takes another row as the range in use now.
pub(crate) fn choose_range(state: State, row: usize) {
    state.settings.update(|s| {
        if row < s.ranges.len() {
            s.current = u32::try_from(row).unwrap_or_default();
        }
    });
}

/// Adds a copy of the range in use now, ready to be edited.
pub(crate) fn add_range(state: State) {
    state.settings.update(|s| {
        if s.ranges.len() >= MAX_RANGES {
            return;
        }
        let taken = |name: &str| s.ranges.iter().any(|r| r.name == name);
        let name = (1..).map(|i| tr!("mine {i}", i)).find(|n| !taken(n));
        if let (Some(name), Some(current)) = (name, s.ranges.get(s.current as usize)) {
            let range = current.range;
            s.ranges.push(NamedRange { name, range });
            s.current = u32::try_from(s.ranges.len() - 1).unwrap_or_default();
        }
    });
}

/// Takes a range from a section into the table. More digits than these are noise of the data, and cannot be read.
pub(crate) fn use_range(state: State, name: &str, range: OutputRange) {
    add_named(state, name, range.rounded(6));
}

/// Measures with another code.
pub(crate) fn use_code(state: State, code: CodeKind) {
    state.settings.update(|s| s.how.code = code);
}

/// Measures with another bit width.
pub(crate) fn use_bits(state: State, bits: Bits) {
    state.settings.update(|s| s.how.bits = bits);
}

/// Adds a given range and takes it as the one in use now. A full table says so.
pub(crate) fn add_named(state: State, name: &str, range: OutputRange) {
    let known = state
        .settings
        .with_untracked(|s| s.ranges.iter().position(|r| r.name == name));
    if known.is_none()
        && state
            .settings
            .with_untracked(|s| s.ranges.len() >= MAX_RANGES)
    {
        let text = tr!("The table is full: remove a range first.");
        return notify(state, Severity::Warning, text.to_owned());
    }
    state.settings.update(|s| {
        let row = known.unwrap_or(s.ranges.len());
        if let Some(own) = s.ranges.get_mut(row) {
            own.range = range;
        } else {
            s.ranges.push(NamedRange {
                name: name.to_owned(),
                range,
            });
        }
        s.current = u32::try_from(row).unwrap_or_default();
    });
}

/// Removes a row; the last one stays.
pub(crate) fn remove_range(state: State, row: usize) {
    state.settings.update(|s| {
        if s.ranges.len() > 1 && row < s.ranges.len() {
            s.ranges.remove(row);
            if s.current as usize > row || s.current as usize >= s.ranges.len() {
                s.current = s.current.saturating_sub(1);
            }
        }
    });
}

/// The first candidates again: the published ones, or those of the user's own depths with the found code.
pub(crate) fn reset_ranges(state: State) {
    let own = state.data.with_untracked(|data| {
        let data = data.as_ref()?;
        (!data.is_sample()).then_some(data.summary)
    });
    let fresh = default_settings();
    state.settings.update(|s| match own {
        None => {
            s.ranges = fresh.ranges;
            s.current = fresh.current;
            s.found = fresh.found;
        }
        Some(summary) => {
            let found = s.found.map(|found| NamedRange {
                name: CODE_FOUND.to_owned(),
                range: found.range,
            });
            let own = own_candidates(&summary, s.how.code);
            let known = own
                .iter()
                .any(|own| Some(own.range) == s.found.map(|f| f.range));
            s.ranges = found.filter(|_| !known).into_iter().chain(own).collect();
            s.current = 0;
        }
    });
}
