//! Results of decoding: the maps of a file, and the choice among its arrays.

use serde::{Deserialize, Serialize};

use fathom_core::depth::RawMap;

/// The maps of a file: one, or the frames of a stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// At least one map, in the order of the file.
    pub maps: Vec<RawMap>,
    /// The choice among several arrays or channels.
    pub choice: Option<ArrayChoice>,
}

/// The choice of one of several arrays or channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrayChoice {
    /// All numeric arrays or channels, in the order of the file.
    pub candidates: Vec<ArrayCandidate>,
    /// Index of the selected candidate.
    pub selected: usize,
    /// True if a name, or the lack of alternatives, leaves no doubt.
    pub is_certain: bool,
}

/// An array or channel that can be selected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrayCandidate {
    /// Name in the file.
    pub name: String,
    /// Type and size, for the page.
    pub description: String,
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveMember {
    /// Index in the archive.
    pub index: u32,
    /// Path in the archive, with folders separated by `/`, without parts that lead out of it.
    pub path: String,
    /// Unpacked size in bytes.
    pub bytes: u64,
    /// The path as it is stored, if it is not in Unicode: the code page is unknown.
    pub raw_path: Option<Vec<u8>>,
}

impl From<Vec<RawMap>> for Decoded {
    fn from(maps: Vec<RawMap>) -> Self {
        Self { maps, choice: None }
    }
}

impl From<RawMap> for Decoded {
    fn from(map: RawMap) -> Self {
        vec![map].into()
    }
}

/// Longest displayed name, in characters.
const MAX_NAME: usize = 1000;

/// A name from a file, for display and for selection: one line of limited length without control characters.
pub(super) fn display_name(name: &str) -> String {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    name.chars().map(clean).take(MAX_NAME).collect()
}

impl ArrayChoice {
    /// Selects the candidate of a given name, else the one of highest rank.
    ///
    /// The choice is certain if no other candidate has that rank. Candidates without rank are never selected unasked.
    ///
    /// # Errors
    /// The names of the candidates, if none can be selected.
    pub(super) fn select(
        candidates: Vec<ArrayCandidate>,
        ranks: &[Option<u32>],
        pick: Option<&str>,
    ) -> Result<Self, String> {
        let names = || {
            let names: Vec<&str> = candidates
                .iter()
                .map(|c| c.name.as_str())
                .take(12)
                .collect();
            names.join(", ")
        };
        if let Some(pick) = pick {
            let selected = candidates
                .iter()
                .position(|c| c.name == pick)
                .ok_or_else(names)?;
            return Ok(Self {
                candidates,
                selected,
                is_certain: true,
            });
        }
        let best = ranks.iter().flatten().max().ok_or_else(names)?;
        let best_count = || ranks.iter().filter(|r| r.as_ref() == Some(best)).count();
        let is_certain = best_count() == 1 && (*best > 0 || ranks.iter().flatten().count() == 1);
        let selected = ranks
            .iter()
            .position(|r| r.as_ref() == Some(best))
            .unwrap_or_default();
        Ok(Self {
            candidates,
            selected,
            is_certain,
        })
    }
}
