//! What came out of a file: its maps, and what else could have been taken from it.

use serde::{Deserialize, Serialize};

use fathom_core::depth::RawMap;

/// The maps of a file: one, or the frames of a stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// At least one, in the order of the file.
    pub maps: Vec<RawMap>,
    /// What was chosen among several arrays or channels.
    pub choice: Option<ArrayChoice>,
}

/// One of several arrays or channels was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrayChoice {
    /// All that hold numbers, in the order of the file.
    pub candidates: Vec<ArrayCandidate>,
    /// Which of them was taken.
    pub selected: usize,
    /// Whether its name or the lack of others leaves no doubt.
    pub is_certain: bool,
}

/// An array or channel that can be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrayCandidate {
    /// Its name in the file.
    pub name: String,
    /// Type and size, for people.
    pub description: String,
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveMember {
    /// Its place in the archive.
    pub index: u32,
    /// Its path in the archive, folders behind `/`, without anything that leads out of it.
    pub path: String,
    /// Its size, unpacked, in bytes.
    pub bytes: u64,
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

/// Longest name that is shown, in characters.
const MAX_NAME: usize = 1000;

/// A name from a file as people see it, and by which it is picked: on one line, without control characters, not endless.
pub(super) fn display_name(name: &str) -> String {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    name.chars().map(clean).take(MAX_NAME).collect()
}

impl ArrayChoice {
    /// The offer to take: the one asked for, else the one of highest rank, sure if it is the only one of that rank. An offer without
    /// a rank is never taken unasked.
    ///
    /// # Errors
    /// The names that there are, where none can be taken.
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
