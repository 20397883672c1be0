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
    /// The last stack that is beyond the budget: its frames are asked for one after another.
    last_stack: Option<(Key, Rc<Decoded>)>,
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
        self.last_stack = None;
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
        let last = self.last_stack.iter().filter(|(own, _)| *own == key);
        let mut last = last.map(|(_, decoded)| decoded);
        self.files.get(&key).or_else(|| last.next()).cloned()
    }

    /// Returns true if a file stays kept. The last stack does not stay: the next one takes its place.
    pub(crate) fn holds(&self, source: u32, member: Option<u32>, pick: Option<&str>) -> bool {
        let key = (source, member, pick.map(str::to_owned));
        self.files.contains_key(&key)
    }

    /// Keeps a file where the budget allows, and the last stack in any case.
    pub(crate) fn keep(
        &mut self,
        source: u32,
        member: Option<u32>,
        pick: Option<&str>,
        decoded: &Rc<Decoded>,
    ) {
        let bytes: usize = decoded.maps.iter().map(bytes_of).sum();
        let key = (source, member, pick.map(str::to_owned));
        if self.bytes.saturating_add(bytes) > self.budget {
            if decoded.maps.len() > 1 {
                self.last_stack = Some((key, Rc::clone(decoded)));
            }
            return;
        }
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

    #[test]
    fn the_last_stack_beyond_the_budget_is_there_until_another_comes() {
        let stack = || {
            let maps = [file(9), file(9)].map(|own| own.maps[0].clone());
            Rc::new(Decoded::from(maps.to_vec()))
        };
        let mut kept = KeptMaps::new(100);
        kept.keep(0, None, None, &stack());
        // A single file beyond the budget is of one frame, and not asked for again.
        kept.keep(1, None, None, &file(10));
        assert!(kept.get(0, None, None).is_some() && kept.get(1, None, None).is_none());
        assert!(!kept.holds(0, None, None));
        kept.keep(2, None, None, &stack());
        assert!(kept.get(0, None, None).is_none() && kept.get(2, None, None).is_some());
        kept.clear();
        assert!(kept.get(2, None, None).is_none());
    }
}
