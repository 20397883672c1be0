//! Decoded files that a worker keeps, within a budget of bytes.

use std::collections::BTreeMap;
use std::rc::Rc;

use fathom_core::depth::{RawMap, Samples};
use fathom_decode::Decoded;

/// Identity of decoded maps: the file, its place in an archive, and the chosen array.
type Key = (u32, Option<u32>, Option<String>);

/// Decoded files. A set is read and compared in one order, so a full budget keeps the first files: dropping the oldest would drop each
/// file just before it is needed.
#[derive(Debug, Default)]
pub(crate) struct KeptMaps {
    budget: usize,
    bytes: usize,
    files: BTreeMap<Key, Rc<Decoded>>,
}

impl KeptMaps {
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            budget,
            ..Self::default()
        }
    }

    /// Drops all files: others are read now.
    pub(crate) fn clear(&mut self) {
        self.files.clear();
        self.bytes = 0;
    }

    /// A kept file.
    pub(crate) fn get(
        &self,
        source: u32,
        member: Option<u32>,
        pick: Option<&str>,
    ) -> Option<Rc<Decoded>> {
        let key = (source, member, pick.map(str::to_owned));
        self.files.get(&key).cloned()
    }

    /// Keeps a file where the budget allows.
    pub(crate) fn keep(
        &mut self,
        source: u32,
        member: Option<u32>,
        pick: Option<&str>,
        decoded: &Rc<Decoded>,
    ) {
        let bytes: usize = decoded.maps.iter().map(bytes_of).sum();
        if self.bytes.saturating_add(bytes) > self.budget {
            return;
        }
        let key = (source, member, pick.map(str::to_owned));
        if self.files.insert(key, Rc::clone(decoded)).is_none() {
            self.bytes += bytes;
        }
    }
}

fn bytes_of(map: &RawMap) -> usize {
    let bytes_per_sample = match map.samples {
        Samples::U16(_) => 2,
        Samples::F32(_) => 4,
        Samples::F64(_) => 8,
    };
    map.width() * map.height() * bytes_per_sample
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::{Dtype, Format};
    use ndarray::Array2;

    fn file(side: usize) -> Rc<Decoded> {
        let samples = Samples::F32(Array2::zeros((side, side)));
        let map = RawMap::new(samples, Format::Npy, Dtype::F32);
        Rc::new(Decoded::from(vec![map]))
    }

    #[test]
    fn the_first_files_fill_the_budget() {
        let mut kept = KeptMaps::new(4 * 100 + 4 * 9);
        kept.keep(0, None, None, &file(10));
        kept.keep(1, None, None, &file(10));
        kept.keep(2, Some(4), Some("depth"), &file(3));
        // The same file again takes no more room.
        kept.keep(0, None, None, &file(10));
        assert!(kept.get(0, None, None).is_some() && kept.get(1, None, None).is_none());
        assert!(kept.get(2, Some(4), Some("depth")).is_some());
        assert!(kept.get(2, Some(4), None).is_none() && kept.get(2, None, None).is_none());
        kept.clear();
        assert!(kept.get(0, None, None).is_none());
        kept.keep(1, None, None, &file(10));
        assert!(kept.get(1, None, None).is_some());
    }
}
