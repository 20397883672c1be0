//! Maps that a reader looks at: those of a frame in metres, or one map in the unit of its file.

use fathom_analysis::compare::{CompareSettings, ComparedFrame, FramePreview};
use fathom_analysis::understanding::SampleSize;
use fathom_core::depth::{RawMap, Samples};
use fathom_core::stats::DepthWindow;
use ndarray::{Array2, ArrayBase, Data, Ix2, s};
use serde::{Deserialize, Serialize};

use crate::buffers::Buffers;
use crate::file_content::ReadOptions;
use crate::frame_depths::{FrameOrder, PreviewInfo};
use crate::frame_files::{FrameFiles, FrameSet};

/// Largest number of samples of a view: larger maps are thinned, because no screen has more pixels.
const MAX_SAMPLES: usize = 1 << 24;

/// Columns of a map in a document, at most.
const DOCUMENT_COLUMNS: usize = 480;

/// Maps to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum View {
    /// All maps of a frame in metres.
    Frame {
        /// The frame.
        order: Box<FrameOrder>,
        /// Which of the maps of its files.
        map: u32,
    },
    /// One map in the unit of its file.
    Map {
        /// The number of the file on disk.
        source: u32,
        /// Options of reading it.
        options: Box<ReadOptions>,
        /// Which of its maps.
        map: u32,
    },
}

impl View {
    /// The maps of a frame, whose markers and window are those of its set.
    #[must_use]
    pub fn frame(files: FrameFiles, markers: Vec<f64>, window: DepthWindow, map: u32) -> Self {
        let order = FrameOrder {
            files,
            markers,
            window,
            settings: CompareSettings::default(),
            sample: SampleSize::default(),
            fit: None,
        };
        let order = Box::new(order);
        Self::Frame { order, map }
    }

    /// The files that it needs, each with its place in an archive: those of maps first.
    pub(crate) fn files(&self) -> Vec<(u32, Option<u32>)> {
        match self {
            Self::Frame { order, .. } => {
                let maps = order.files.maps();
                maps.map(|(_, map)| (map.file, map.options.member))
                    .collect()
            }
            Self::Map {
                source, options, ..
            } => vec![(*source, options.member)],
        }
    }
}

/// The maps of a view, whose samples come along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ViewInfo {
    /// One buffer for each map of the frame.
    Frame(PreviewInfo),
    /// One buffer.
    Map(MapViewInfo),
}

/// Size of a shown map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapViewInfo {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// Pixels of the map per sample of the view, in each direction: 1 but for very large maps.
    pub every: u32,
}

impl FrameSet {
    /// The maps of a compared frame; `None` where the set has no files.
    #[must_use]
    pub fn view(&self, frame: &ComparedFrame) -> Option<View> {
        let (index, map) = frame.place;
        let files = self.frames.get(index as usize)?.clone();
        Some(View::frame(files, self.markers.clone(), self.window, map))
    }
}

/// The maps of a frame for a document, thinned; `None` where they could not be read.
#[must_use]
pub fn document_preview(result: Result<(ViewInfo, Buffers), String>) -> Option<FramePreview> {
    match result {
        Ok((ViewInfo::Frame(info), samples)) => {
            Some(info.preview(samples).thinned(DOCUMENT_COLUMNS))
        }
        Ok((ViewInfo::Map(_), _)) | Err(_) => None,
    }
}

impl MapViewInfo {
    /// The sample at a point given in shares of width and height: column and row.
    #[must_use]
    pub fn pixel(&self, x: f64, y: f64) -> (u32, u32) {
        let at =
            |share: f64, size: u32| ((share * f64::from(size)) as u32).min(size.saturating_sub(1));
        (at(x, self.width), at(y, self.height))
    }
}

/// The samples of a map in its own unit, row by row; every n-th row and column of a very large one.
pub(crate) fn map_view(map: &RawMap) -> (MapViewInfo, Vec<f64>) {
    let pixels = map.width() * map.height();
    let mut every = 1;
    while pixels / (every * every) > MAX_SAMPLES {
        every += 1;
    }
    fn every_nth<T: Copy + Into<f64>, D: Data<Elem = T>>(
        a: &ArrayBase<D, Ix2>,
        every: usize,
    ) -> Array2<f64> {
        a.slice(s![..;every, ..;every]).mapv(Into::into)
    }
    let thinned = match &map.samples {
        Samples::U16(a) => every_nth(a, every),
        Samples::F32(a) => every_nth(a, every),
        Samples::F64(a) => every_nth(a, every),
    };
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let info = MapViewInfo {
        width: size(thinned.ncols()),
        height: size(thinned.nrows()),
        every: size(every),
    };
    let samples = thinned.as_standard_layout().into_owned();
    (info, samples.into_raw_vec_and_offset().0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::{Dtype, Format};
    use ndarray::array;

    #[test]
    fn a_map_of_ordinary_size_is_not_thinned() {
        let of = |samples| {
            let map = RawMap::new(Samples::U16(samples), Format::Png, Dtype::U16);
            map_view(&map)
        };
        let (info, samples) = of(array![[1, 2], [3, 4]]);
        assert_eq!((info.every, samples), (1, vec![1.0, 2.0, 3.0, 4.0]));
        assert_eq!(info.pixel(0.99, 0.0), (1, 0));
        let (info, _) = of(Array2::zeros((5000, 4000)));
        assert_eq!((info.height, info.width, info.every), (2500, 2000, 2));
    }
}
