//! Arrays of a caller as files: each is read as an NPY whose samples are the caller's own memory.

use std::io::{self, Read, Seek, SeekFrom};

use fathom_engine::{FileAccess, ReadSeek};

use crate::disk_files::DiskFiles;

/// Files on disk, followed by arrays in memory.
#[derive(Clone, Debug, Default)]
pub struct ArrayFiles<'a> {
    disk: DiskFiles,
    arrays: Vec<ArrayFile<'a>>,
}

/// An array: the header of an NPY, and the samples.
#[derive(Clone, Debug)]
struct ArrayFile<'a> {
    head: Vec<u8>,
    samples: &'a [u8],
}

impl<'a> ArrayFiles<'a> {
    /// These files on disk, without arrays.
    #[must_use]
    pub fn new(disk: DiskFiles) -> Self {
        Self {
            disk,
            arrays: Vec::new(),
        }
    }

    /// Adds an array with samples in rows. `descr` is numpy's text of its type, such as `<f4`. Returns the number of the file.
    pub fn push(&mut self, descr: &str, shape: &[usize], samples: &'a [u8]) -> usize {
        self.arrays.push(ArrayFile {
            head: npy_head(descr, shape),
            samples,
        });
        self.disk.count() + self.arrays.len() - 1
    }
}

impl FileAccess for ArrayFiles<'_> {
    fn open(&self, source: u32) -> Result<Box<dyn ReadSeek + '_>, String> {
        let place = (source as usize).checked_sub(self.disk.count());
        let Some(array) = place.and_then(|place| self.arrays.get(place)) else {
            return self.disk.open(source);
        };
        Ok(Box::new(ArrayReader { array, at: 0 }))
    }
}

/// The header of an NPY of version 2.
fn npy_head(descr: &str, shape: &[usize]) -> Vec<u8> {
    let sides: Vec<String> = shape.iter().map(|side| format!("{side},")).collect();
    let dictionary = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}\n",
        sides.join(" ")
    );
    let length = u32::try_from(dictionary.len()).unwrap_or_default();
    let mut head = b"\x93NUMPY\x02\x00".to_vec();
    head.extend(length.to_le_bytes());
    head.extend(dictionary.bytes());
    head
}

/// Reads an array as a file.
#[derive(Debug)]
struct ArrayReader<'a> {
    array: &'a ArrayFile<'a>,
    at: u64,
}

impl Read for ArrayReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        let ArrayFile { head, samples } = self.array;
        let rest = match head.get(at..) {
            Some(rest) if !rest.is_empty() => rest,
            _ => samples.get(at - head.len()..).unwrap_or_default(),
        };
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for ArrayReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = (self.array.head.len() + self.array.samples.len()) as u64;
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => length.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_engine::decode_bytes;

    #[test]
    fn an_array_is_read_as_a_file() {
        let samples: Vec<u8> = [1.5_f32, 2.5, 3.5, 4.5, 5.5, 6.5]
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        let mut files = ArrayFiles::new(DiskFiles::default());
        assert_eq!(files.push("<f4", &[2, 3], &samples), 0);
        assert_eq!(files.push("|u1", &[24], &samples), 1);
        let mut bytes = Vec::new();
        let mut file = files.open(0).expect("a file");
        file.read_to_end(&mut bytes).expect("in memory");
        let maps = decode_bytes(&bytes, None).expect("an array").maps;
        assert_eq!((maps[0].width(), maps[0].height()), (3, 2));
        assert_eq!(
            file.seek(SeekFrom::End(-4)).ok(),
            Some(bytes.len() as u64 - 4)
        );
        let mut last = Vec::new();
        file.read_to_end(&mut last).expect("in memory");
        assert_eq!(last, 6.5_f32.to_le_bytes());
        assert!(file.seek(SeekFrom::End(9)).is_ok());
        assert_eq!(file.read(&mut [0; 4]).ok(), Some(0));
        assert!(files.open(2).is_err());
    }
}
