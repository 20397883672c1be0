//! Options of reading a file, and its content.

use fathom_analysis::understanding::Repair;
use fathom_core::depth::{Crop, Dtype, Format, InvalidCounts, RawMap, Resample};
use fathom_core::stats::{MapCounts, MinMedianMax};
use fathom_decode::{ArchiveMember, ArrayChoice};
use serde::{Deserialize, Serialize};

/// Options of reading a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The file in the archive, where the file is one.
    pub member: Option<u32>,
    /// The array or channel, else the likeliest.
    pub pick: Option<String>,
    /// The crop.
    pub crop: Crop,
    /// The repairs of its maps, in the order of their application.
    pub repairs: Vec<Repair>,
    /// Numbers to count apart.
    pub watch: Vec<f64>,
    /// The size to bring its maps to.
    pub resize: Option<Resize>,
    /// Its mask, which is a second file.
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
    /// The method.
    pub how: Resample,
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FileContent {
    /// Depth maps.
    Maps(FileInfo),
    /// An archive: its files have to be read one by one.
    Archive(ArchiveList),
}

/// The files of an archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchiveList {
    /// Those that may be depth maps.
    pub members: Vec<ArchiveMember>,
    /// Number of files that another file of the same name hides.
    pub hidden: usize,
}

/// A decoded file without its samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Its format.
    pub format: Format,
    /// Its sample type.
    pub dtype: Dtype,
    /// Its maps, at least one.
    pub maps: Vec<MapInfo>,
    /// The choice among several arrays or channels.
    pub choice: Option<ArrayChoice>,
    /// The sample that the file itself says means "no depth".
    pub nodata: Option<f64>,
    /// Notices of the decoder.
    pub notices: Vec<String>,
}

/// A decoded map without its samples.
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
    pub fn new(map: &RawMap, counts: MapCounts) -> Self {
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
