//! The file of a part: checked blocks, and an index of them at its end, so that blocks are read one at a time.
//!
//! Layout: 8 bytes of identification, the version, blocks, the index as a block, and 24 bytes that say where the index lies. Numbers are
//! little-endian. A block is compressed and has a CRC-32.

use std::io::{Read, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// First bytes of every part.
const MAGIC: &[u8; 8] = b"fathomPT";

/// Version of the layout and of everything in it.
pub const PART_VERSION: u32 = 1;

/// Length of the bytes that say where the index lies.
const TRAILER: u64 = 24;

/// Largest block, unpacked: 11 million bins of pixels, which 42 octaves of predicted depths fill.
const MAX_BLOCK: u64 = 1 << 30;

/// Compression of blocks: numbers of measured depths hardly get smaller with more effort.
const LEVEL: u32 = 3;

/// Why a file is no part that can be used; one sentence that begins behind the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// The file is something else.
    #[error("it is no part of a set; expected a file that `fathom summarize` wrote")]
    Foreign,
    /// Another version wrote it.
    #[error(
        "it has version {0} and this program reads version {PART_VERSION}; summarize its files again with this program"
    )]
    Version(u32),
    /// It is cut or changed.
    #[error("it is damaged, perhaps cut when it was copied; copy or summarize it again")]
    Damaged,
    /// The system refuses.
    #[error("it could not be read or written ({0})")]
    System(String),
}

impl From<std::io::Error> for PartError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Damaged,
            _ => Self::System(error.to_string()),
        }
    }
}

/// The place of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    offset: u64,
    /// Bytes in the file.
    packed: u64,
    /// Bytes when unpacked.
    length: u64,
    checksum: u32,
}

/// A value as the compressed bytes of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PackedBlock {
    bytes: Vec<u8>,
    length: u64,
}

impl PackedBlock {
    /// Packs a value.
    pub(crate) fn new(value: &impl Serialize) -> Result<Self, PartError> {
        let plain = postcard::to_allocvec(value);
        let plain = plain.map_err(|error| PartError::System(error.to_string()))?;
        Self::from_bytes(&plain)
    }

    /// Packs numbers. Bytes of equal weight stand together, which compresses them to a fraction.
    pub(crate) fn from_numbers(numbers: &[f64]) -> Result<Self, PartError> {
        let mut plain = Vec::with_capacity(size_of_val(numbers));
        for byte in 0..size_of::<f64>() {
            plain.extend(numbers.iter().map(|n| n.to_le_bytes()[byte]));
        }
        Self::from_bytes(&plain)
    }

    fn from_bytes(plain: &[u8]) -> Result<Self, PartError> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
        encoder.write_all(plain)?;
        Ok(Self {
            bytes: encoder.finish()?,
            length: plain.len() as u64,
        })
    }
}

/// Writes blocks one after another.
#[derive(Debug)]
pub(crate) struct BlockWriter<W> {
    out: W,
    offset: u64,
}

impl<W: Write> BlockWriter<W> {
    /// Begins a file.
    pub(crate) fn new(mut out: W) -> Result<Self, PartError> {
        out.write_all(MAGIC)?;
        out.write_all(&PART_VERSION.to_le_bytes())?;
        let offset = (MAGIC.len() + size_of::<u32>()) as u64;
        Ok(Self { out, offset })
    }

    /// Writes a block.
    pub(crate) fn write(&mut self, block: &PackedBlock) -> Result<Block, PartError> {
        self.out.write_all(&block.bytes)?;
        let written = Block {
            offset: self.offset,
            packed: block.bytes.len() as u64,
            length: block.length,
            checksum: crc32fast::hash(&block.bytes),
        };
        self.offset += written.packed;
        Ok(written)
    }

    /// Writes the index and ends the file.
    pub(crate) fn finish(mut self, index: &impl Serialize) -> Result<W, PartError> {
        let index = self.write(&PackedBlock::new(index)?)?;
        for number in [index.offset, index.length] {
            self.out.write_all(&number.to_le_bytes())?;
        }
        self.out.write_all(&index.checksum.to_le_bytes())?;
        let all = self.offset + TRAILER;
        self.out
            .write_all(&crc32fast::hash(&all.to_le_bytes()).to_le_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Reads blocks in any order.
#[derive(Debug)]
pub(crate) struct BlockReader<R> {
    file: R,
    /// Where the trailer begins.
    end: u64,
}

impl<R: Read + Seek> BlockReader<R> {
    /// Opens a file and reads its index.
    pub(crate) fn open<T: DeserializeOwned>(mut file: R) -> Result<(Self, T), PartError> {
        let mut head = [0; 12];
        let is_part = match file.read_exact(&mut head) {
            Ok(()) => head.starts_with(MAGIC),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => false,
            Err(error) => return Err(error.into()),
        };
        if !is_part {
            return Err(PartError::Foreign);
        }
        let version = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
        if version != PART_VERSION {
            return Err(PartError::Version(version));
        }
        let length = file.seek(SeekFrom::End(0))?;
        let end = length.checked_sub(TRAILER).ok_or(PartError::Damaged)?;
        file.seek(SeekFrom::Start(end))?;
        let (mut numbers, mut checks) = ([[0; 8]; 2], [[0; 4]; 2]);
        for number in &mut numbers {
            file.read_exact(number)?;
        }
        for check in &mut checks {
            file.read_exact(check)?;
        }
        let [offset, unpacked] = numbers.map(u64::from_le_bytes);
        let [checksum, of_length] = checks.map(u32::from_le_bytes);
        if of_length != crc32fast::hash(&length.to_le_bytes()) {
            return Err(PartError::Damaged);
        }
        let mut reader = Self { file, end };
        let index = Block {
            offset,
            packed: end.checked_sub(offset).ok_or(PartError::Damaged)?,
            length: unpacked,
            checksum,
        };
        let index = reader.read(&index)?;
        Ok((reader, index))
    }

    /// Reads a value.
    pub(crate) fn read<T: DeserializeOwned>(&mut self, block: &Block) -> Result<T, PartError> {
        let plain = self.unpacked(block)?;
        postcard::from_bytes(&plain).map_err(|_| PartError::Damaged)
    }

    /// Reads numbers.
    pub(crate) fn read_numbers(&mut self, block: &Block) -> Result<Vec<f64>, PartError> {
        let plain = self.unpacked(block)?;
        let count = plain.len() / size_of::<f64>();
        if count * size_of::<f64>() != plain.len() {
            return Err(PartError::Damaged);
        }
        let number = |i: usize| std::array::from_fn(|byte| plain[byte * count + i]);
        Ok((0..count).map(|i| f64::from_le_bytes(number(i))).collect())
    }

    fn unpacked(&mut self, block: &Block) -> Result<Vec<u8>, PartError> {
        let end = block.offset.checked_add(block.packed);
        if end.is_none_or(|end| end > self.end) || block.length > MAX_BLOCK {
            return Err(PartError::Damaged);
        }
        self.file.seek(SeekFrom::Start(block.offset))?;
        let mut bytes = Vec::new();
        let read = (&mut self.file)
            .take(block.packed)
            .read_to_end(&mut bytes)?;
        if read as u64 != block.packed || crc32fast::hash(&bytes) != block.checksum {
            return Err(PartError::Damaged);
        }
        let mut plain = Vec::new();
        let mut decoder = ZlibDecoder::new(bytes.as_slice()).take(block.length + 1);
        decoder
            .read_to_end(&mut plain)
            .map_err(|_| PartError::Damaged)?;
        if plain.len() as u64 != block.length {
            return Err(PartError::Damaged);
        }
        Ok(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    type Index = (String, Vec<Block>);
    type Opened<'a> = (BlockReader<Cursor<&'a [u8]>>, Index);

    fn file() -> Vec<u8> {
        let mut writer = BlockWriter::new(Vec::new()).expect("in memory");
        let numbers = PackedBlock::from_numbers(&[1.5, -2.25, f64::MAX]).expect("packed");
        let words = PackedBlock::new(&vec!["a", "bc"]).expect("packed");
        let blocks = [numbers, words].map(|block| writer.write(&block).expect("written"));
        writer
            .finish(&("a part", blocks.to_vec()))
            .expect("finished")
    }

    fn open(bytes: &[u8]) -> Result<Opened<'_>, PartError> {
        BlockReader::open(Cursor::new(bytes))
    }

    #[test]
    fn blocks_are_read_in_any_order() {
        let bytes = file();
        let (mut reader, (name, blocks)) = open(&bytes).expect("a part");
        assert_eq!(name, "a part");
        let words: Vec<String> = reader.read(&blocks[1]).expect("words");
        assert_eq!(words, ["a", "bc"]);
        let numbers = reader.read_numbers(&blocks[0]).expect("numbers");
        assert_eq!(numbers, [1.5, -2.25, f64::MAX]);
    }

    #[test]
    fn every_other_file_has_its_reason() {
        let bytes = file();
        let error = |bytes: &[u8]| open(bytes).expect_err("refused");
        assert_eq!(
            error(b"{\"format\": \"fathom.report\"}"),
            PartError::Foreign
        );
        assert_eq!(error(b""), PartError::Foreign);
        let mut newer = bytes.clone();
        newer[8] = 7;
        assert_eq!(error(&newer), PartError::Version(7));
        for cut in 12..bytes.len() {
            assert_eq!(error(&bytes[..cut]), PartError::Damaged, "{cut}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_noticed(at in 0_usize..1000, change in 1_u8..) {
            let mut bytes = file();
            let at = at % bytes.len();
            bytes[at] ^= change;
            let all = open(&bytes).and_then(|(mut reader, (_, blocks))| {
                reader.read_numbers(&blocks[0])?;
                reader.read::<Vec<String>>(&blocks[1])
            });
            prop_assert!(all.is_err());
        }
    }
}
