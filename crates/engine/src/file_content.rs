//! What is read of a file, and what it turns out to hold.

use fathom_core::depth::{Crop, Dtype, Format, InvalidCounts, RawMap, Resample};
use fathom_core::stats::{MapCounts, MinMedianMax};
use fathom_decode::{ArchiveMember, ArrayChoice};
use serde::{Deserialize, Serialize};

/// What to take from a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The file in the archive, where the file is one.
    pub member: Option<u32>,
    /// The array or channel, else the likeliest.
    pub pick: Option<String>,
    /// The crop.
    pub crop: Crop,
    /// Numbers to count apart.
    pub watch: Vec<f64>,
    /// The size to bring its maps to.
    pub resize: Option<Resize>,
    /// Where its mask comes from: a second file comes along.
    pub mask: Option<MaskSource>,
}

/// The mask beside a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaskSource {
    /// Its name, for errors.
    pub name: String,
    /// The file in the archive, where it is in one.
    pub member: Option<u32>,
}

/// A size to bring maps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resize {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// How.
    pub how: Resample,
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FileContent {
    /// Depth maps.
    Maps(FileInfo),
    /// An archive: its files have to be read one by one.
    Archive(Vec<ArchiveMember>),
}

/// What is known of one decoded file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Its format.
    pub format: Format,
    /// Its sample type.
    pub dtype: Dtype,
    /// Its maps, at least one.
    pub maps: Vec<MapInfo>,
    /// What was chosen among several arrays or channels.
    pub choice: Option<ArrayChoice>,
    /// The sample that the file itself says means "no depth".
    pub nodata: Option<f64>,
    /// What to tell about how it was read.
    pub notices: Vec<String>,
}

/// What is known of one map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapInfo {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Number of positive finite samples, markers too.
    pub positive: u64,
    /// The others, by reason, and the markers.
    pub invalid: InvalidCounts,
    /// Smallest, median and largest depth, in the unit of the file.
    pub spread: Option<MinMedianMax>,
}

impl MapInfo {
    /// The facts of a map of which these samples were counted.
    #[must_use]
    pub fn of(map: &RawMap, counts: MapCounts) -> Self {
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            width: size(map.width()),
            height: size(map.height()),
            positive: counts.positive,
            invalid: counts.invalid,
            spread: counts.spread,
        }
    }

    /// Number of depths while these markers are in force.
    #[must_use]
    pub fn valid(&self, markers: &[f64]) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        pixels.saturating_sub(self.invalid.total(markers))
    }
}
