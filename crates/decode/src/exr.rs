//! OpenEXR through the `exr` crate: half, float and uint; scan lines and tiles; several parts; all its compressions.
//!
//! Only blocks of the selected part are unpacked, and only samples of the selected channel are kept.

use std::io::Cursor;

use super::decoded::display_name;
use super::integers::{Narrowed, narrow};
use super::{ArrayCandidate, ArrayChoice, DecodeError, DecodeOptions, Decoded, Limits};
use exr::block::chunk::{Chunk, CompressedBlock};
use exr::block::reader::ChunksReader;
use exr::block::{self, UncompressedBlock};
use exr::compression::Compression;
use exr::meta::BlockDescription;
use exr::meta::attribute::{ChannelDescription, SampleType};
use exr::meta::header::Header;
use fathom_core::depth::{Dtype, Format, RawMap, Samples};
use fathom_core::i18n::{msgid, tr};
use half::f16;
use ndarray::{Array2, s};

const EXPECTED: &str = msgid("an OpenEXR image with a channel of depth");

/// Largest ratio of unpacked to packed size; files that claim more get no memory.
///
/// Deflate reaches 1,032. DWA reaches more, with two words for 64 pixels; only a plane of one single depth would exceed this limit.
const MAX_RATIO: u64 = 16_384;

/// A channel of a part.
struct Source {
    part: usize,
    channel: usize,
    dtype: Dtype,
}

#[inline(never)]
pub(super) fn decode(bytes: &[u8], options: &DecodeOptions<'_>) -> Result<Decoded, DecodeError> {
    let reader = block::read(Cursor::new(bytes), false).map_err(damaged)?;
    let headers = reader.headers();
    if headers.iter().all(|h| h.deep) {
        return Err(deep());
    }
    let (sources, candidates): (Vec<Source>, Vec<ArrayCandidate>) = channels(headers).unzip();
    let ranks: Vec<Option<u32>> = candidates.iter().map(|c| rank(&c.name)).collect();
    let mut choice = ArrayChoice::select(candidates, &ranks, options.pick).map_err(|names| {
        DecodeError::unsuitable(
            tr!(
                "an OpenEXR image without a channel that can be depth (it holds {names})",
                names
            ),
            EXPECTED,
            tr!("write depth into a channel Z"),
        )
    })?;
    let source = &sources[choice.selected];
    let (part, channel, dtype) = (source.part, source.channel, source.dtype);
    let header = headers[part].clone();
    check_size(&header, bytes.len(), &options.limits)?;
    let mut plane = Plane::new(&header, dtype);
    let chunks = reader
        .filter_chunks(false, |_, tile, index| {
            index.layer == part && tile.level_index.x() == 0 && tile.level_index.y() == 0
        })
        .map_err(damaged)?;
    let rgb = if options.pick.is_none() && choice.candidates[choice.selected].name.ends_with('R') {
        green_and_blue(&header, channel)
    } else {
        Vec::new()
    };
    let mut is_colour = false;
    let meta = chunks.meta_data().clone();
    for chunk in chunks {
        let chunk = chunk.map_err(damaged)?;
        if !dwa_sizes_fit(&chunk, &header).unwrap_or(true) {
            return Err(DecodeError::damaged(
                tr!("an OpenEXR block that claims more than its pixels"),
                tr!("a complete image"),
            ));
        }
        let block = UncompressedBlock::decompress_chunk(chunk, &meta, false).map_err(damaged)?;
        is_colour |= !rgb.is_empty() && channels_differ(&block, &header, channel, &rgb);
        plane.copy_block(&block, &header, channel)?;
    }
    let (samples, placed) = placed_in_display(plane.samples()?, &header, &options.limits)?;
    let mut map = RawMap::new(samples, Format::Exr, dtype);
    map.notices.extend(placed);
    if is_colour {
        choice.is_certain = false;
        map.notices.push(
            tr!("its channels R, G and B differ, as those of a colour picture do").to_owned(),
        );
    } else if !rgb.is_empty() {
        map.notices
            .push(tr!("its three colour channels are equal, so it is read as grey").to_owned());
    }
    Ok(Decoded {
        maps: vec![map],
        choice: (choice.candidates.len() > 1).then_some(choice),
    })
}

/// Samples of the data window in the display window, which is the frame of the picture. Pixels that were not written are 0: no depth.
/// Returns a notice too, if the windows differ.
fn placed_in_display(
    samples: Samples,
    header: &Header,
    limits: &Limits,
) -> Result<(Samples, Option<String>), DecodeError> {
    let frame = header.shared_attributes.display_window;
    let offset = header.own_attributes.layer_position - frame.position;
    let (width, height) = (frame.size.x(), frame.size.y());
    let data = header.layer_size;
    if (offset.x(), offset.y()) == (0, 0) && (width, height) == (data.x(), data.y()) {
        return Ok((samples, None));
    }
    limits.check_size(width as u64, height as u64)?;
    let columns = common_part(offset.x(), data.x(), width);
    let rows = common_part(offset.y(), data.y(), height);
    let (Some(columns), Some(rows)) = (columns, rows) else {
        return Err(DecodeError::unsuitable(
            tr!("an OpenEXR image whose data lie outside its display window"),
            EXPECTED,
            tr!("save it with a display window that holds the data"),
        ));
    };
    let shape = (height, width);
    let samples = match samples {
        Samples::U16(a) => Samples::U16(placed(&a, shape, rows, columns)),
        Samples::F32(a) => Samples::F32(placed(&a, shape, rows, columns)),
        Samples::F64(a) => Samples::F64(placed(&a, shape, rows, columns)),
    };
    let notice = tr!(
        "its data window of {} x {} pixels is placed in its display window of {width} x {height}; other pixels are no depth",
        data.x(),
        data.y(),
        width,
        height
    );
    Ok((samples, Some(notice)))
}

/// The part of an axis that data and frame share: its start in the frame, its start in the data, its length.
fn common_part(offset: i32, data: usize, frame: usize) -> Option<(usize, usize, usize)> {
    let offset = i64::from(offset);
    let (data, frame) = (i64::try_from(data).ok()?, i64::try_from(frame).ok()?);
    let (from, to) = (offset.max(0), (offset + data).min(frame));
    let length = usize::try_from(to - from).ok().filter(|n| *n > 0)?;
    Some((
        usize::try_from(from).ok()?,
        usize::try_from(from - offset).ok()?,
        length,
    ))
}

fn placed<T: Copy + Default>(
    from: &Array2<T>,
    shape: (usize, usize),
    rows: (usize, usize, usize),
    columns: (usize, usize, usize),
) -> Array2<T> {
    let mut out = Array2::from_elem(shape, T::default());
    let mut target = out.slice_mut(s![
        rows.0..rows.0 + rows.2,
        columns.0..columns.0 + columns.2
    ]);
    target.assign(&from.slice(s![
        rows.1..rows.1 + rows.2,
        columns.1..columns.1 + columns.2
    ]));
    out
}

/// Every readable channel. If there are several parts, the part's name precedes the channel's.
fn channels(headers: &[Header]) -> impl Iterator<Item = (Source, ArrayCandidate)> + '_ {
    let has_parts = headers.len() > 1;
    let flat = headers.iter().enumerate().filter(|(_, h)| !h.deep);
    flat.flat_map(move |(part, header)| {
        let layer = header
            .own_attributes
            .layer_name
            .as_ref()
            .map(ToString::to_string);
        let unsampled = header
            .channels
            .list
            .iter()
            .enumerate()
            .filter(|(_, c)| (c.sampling.x(), c.sampling.y()) == (1, 1));
        unsampled.map(move |(channel, description)| {
            let own = description.name.to_string();
            let name = match (&layer, has_parts) {
                (Some(layer), true) => format!("{layer}: {own}"),
                (None, true) => tr!("part {}: {own}", part + 1, own),
                _ => own,
            };
            let dtype = dtype(description);
            let size = header.layer_size;
            let description = format!("{} {}\u{d7}{}", dtype.name(), size.x(), size.y());
            (
                Source {
                    part,
                    channel,
                    dtype,
                },
                ArrayCandidate {
                    name: display_name(&name),
                    description,
                },
            )
        })
    })
}

fn dtype(channel: &ChannelDescription) -> Dtype {
    match channel.sample_type {
        SampleType::F16 => Dtype::F16,
        SampleType::F32 => Dtype::F32,
        SampleType::U32 => Dtype::U32,
    }
}

/// The likelihood that a channel is depth, from its name: Z, then names with depth, then single grey channels.
fn rank(name: &str) -> Option<u32> {
    let name = name.rsplit(": ").next().unwrap_or(name);
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit('.').next().unwrap_or_default();
    // The third component of a vector is not a depth.
    let vector = ["normal", "position", "world", "vector", "forward", "motion"]
        .iter()
        .any(|w| lower.contains(w));
    match last {
        _ if vector => None,
        "z" if lower == "z" => Some(9),
        "z" => Some(8),
        _ if lower == "depth" => Some(7),
        _ if lower.contains("depth") && matches!(last, "v" | "y" | "r" | "x" | "depth") => Some(6),
        _ if lower.contains("depth") => Some(5),
        "y" => Some(4),
        "v" => Some(3),
        "r" => Some(2),
        "distance" | "disparity" => Some(5),
        "a" | "g" | "b" => None,
        _ => Some(1),
    }
}

fn check_size(header: &Header, length: usize, limits: &Limits) -> Result<(), DecodeError> {
    let (width, height) = (header.layer_size.x() as u64, header.layer_size.y() as u64);
    limits.check_size(width, height)?;
    // Each block takes at least 8 bytes in the table of offsets, so a short file has few blocks.
    let length = length as u64;
    let few_blocks = header.chunk_count as u64 * 8 > length;
    let unpacked = (width * height).saturating_mul(header.channels.bytes_per_pixel as u64);
    if few_blocks || unpacked / MAX_RATIO > length {
        return Err(DecodeError::damaged(
            tr!(
                "an OpenEXR image of {length} bytes that claims {width} x {height} pixels",
                length,
                width,
                height
            ),
            tr!("data for that many"),
        ));
    }
    Ok(())
}

/// Indices of sizes among the 11 numbers at the head of a DWA block: unknown data, packed and unpacked run lengths, two kinds of
/// coefficients.
const DWA_SIZE_INDICES: [usize; 5] = [1, 6, 7, 8, 9];

/// Returns true if the sizes that a DWA block claims fit its pixels. The crate allocates these sizes unchecked. `None` for other
/// compressions.
fn dwa_sizes_fit(chunk: &Chunk, header: &Header) -> Option<bool> {
    if !matches!(
        header.compression,
        Compression::DWAA(_) | Compression::DWAB(_)
    ) {
        return None;
    }
    let data = match &chunk.compressed_block {
        CompressedBlock::ScanLine(block) => &block.compressed_pixels_le,
        CompressedBlock::Tile(block) => &block.compressed_pixels_le,
        CompressedBlock::DeepScanLine(_) | CompressedBlock::DeepTile(_) => return None,
    };
    let image = header.layer_size;
    let (width, height) = match header.blocks {
        BlockDescription::Tiles(tiles) => (
            tiles.tile_size.x().min(image.x()),
            tiles.tile_size.y().min(image.y()),
        ),
        BlockDescription::ScanLines => {
            let lines = header.compression.scan_lines_per_block();
            (image.x(), lines.min(image.y()))
        }
    };
    // Coefficients cover whole squares of 8, and run lengths take at most twice the size of their data.
    let pixels = (width.next_multiple_of(8) * height.next_multiple_of(8)) as u64;
    let most = pixels.saturating_mul(2 * header.channels.bytes_per_pixel as u64);
    let (numbers, _) = data.as_chunks::<8>();
    let fits = |&at: &usize| Some(u64::from_le_bytes(*numbers.get(at)?) <= most);
    DWA_SIZE_INDICES
        .iter()
        .try_fold(true, |all, at| Some(all & fits(at)?))
}

/// The channels G and B of the layer whose R is read.
fn green_and_blue(header: &Header, red: usize) -> Vec<usize> {
    let name = header.channels.list[red].name.to_string();
    let prefix = name.strip_suffix('R').unwrap_or_default();
    let find = |letter: char| {
        let wanted = format!("{prefix}{letter}");
        let same = |c: &ChannelDescription| {
            c.name.to_string() == wanted && c.sample_type == header.channels.list[red].sample_type
        };
        header.channels.list.iter().position(same)
    };
    find('G')
        .zip(find('B'))
        .map_or(Vec::new(), |(g, b)| vec![g, b])
}

/// Returns true if the bytes of two channels differ from those of a third, in any row.
fn channels_differ(
    block: &UncompressedBlock,
    header: &Header,
    red: usize,
    others: &[usize],
) -> bool {
    let rows = |channel: usize| {
        block
            .lines(&header.channels)
            .filter(move |line| line.location.channel == channel)
            .map(|line| line.value)
    };
    others.iter().any(|&other| rows(red).ne(rows(other)))
}

/// The samples of one channel, filled block by block.
struct Plane {
    width: usize,
    height: usize,
    floats: Vec<f32>,
    words: Vec<u32>,
    filled_samples: usize,
}

impl Plane {
    fn new(header: &Header, dtype: Dtype) -> Self {
        let (width, height) = (header.layer_size.x(), header.layer_size.y());
        let count = width * height;
        let integer = dtype == Dtype::U32;
        Self {
            width,
            height,
            floats: vec![0.0; if integer { 0 } else { count }],
            words: vec![0; if integer { count } else { 0 }],
            filled_samples: 0,
        }
    }

    fn copy_block(
        &mut self,
        block: &UncompressedBlock,
        header: &Header,
        channel: usize,
    ) -> Result<(), DecodeError> {
        let outside = || {
            DecodeError::damaged(
                tr!("an OpenEXR block that lies outside its image"),
                tr!("a complete image"),
            )
        };
        let kind = header.channels.list[channel].sample_type;
        for line in block
            .lines(&header.channels)
            .filter(|l| l.location.channel == channel)
        {
            let (x, y, n) = (
                line.location.position.x(),
                line.location.position.y(),
                line.location.sample_count,
            );
            if y >= self.height || x + n > self.width {
                return Err(outside());
            }
            let from = y * self.width + x;
            match kind {
                SampleType::F16 => {
                    for (to, sample) in self.floats[from..from + n]
                        .iter_mut()
                        .zip(line.read_samples::<f16>())
                    {
                        *to = sample.map_err(damaged)?.to_f32();
                    }
                }
                SampleType::F32 => {
                    for (to, sample) in self.floats[from..from + n]
                        .iter_mut()
                        .zip(line.read_samples::<f32>())
                    {
                        *to = sample.map_err(damaged)?;
                    }
                }
                SampleType::U32 => {
                    for (to, sample) in self.words[from..from + n]
                        .iter_mut()
                        .zip(line.read_samples::<u32>())
                    {
                        *to = sample.map_err(damaged)?;
                    }
                }
            }
            self.filled_samples += n;
        }
        Ok(())
    }

    fn samples(self) -> Result<Samples, DecodeError> {
        let shape = (self.height, self.width);
        let missing = || {
            DecodeError::damaged(
                tr!("an OpenEXR image with missing blocks"),
                tr!("a complete image"),
            )
        };
        if self.filled_samples != self.width * self.height {
            return Err(missing());
        }
        if self.words.is_empty() {
            return Ok(Samples::F32(
                Array2::from_shape_vec(shape, self.floats).map_err(|_| missing())?,
            ));
        }
        Ok(match narrow(&self.words)? {
            Narrowed::Codes(codes) => {
                Samples::U16(Array2::from_shape_vec(shape, codes).map_err(|_| missing())?)
            }
            Narrowed::Wide(wide) => {
                Samples::F64(Array2::from_shape_vec(shape, wide).map_err(|_| missing())?)
            }
        })
    }
}

fn deep() -> DecodeError {
    DecodeError::unsuitable(
        tr!("a deep OpenEXR image, with several depths per pixel"),
        tr!("one depth per pixel"),
        tr!("flatten it (exrflatten), then save its Z channel"),
    )
}

fn damaged(error: exr::error::Error) -> DecodeError {
    match error {
        exr::error::Error::NotSupported(what) if what.contains("deep") => deep(),
        exr::error::Error::NotSupported(what) => DecodeError::unsuitable(
            tr!("an OpenEXR image that cannot be read ({what})", what),
            EXPECTED,
            tr!("save it with ZIP compression"),
        ),
        other => DecodeError::damaged(
            tr!("a damaged OpenEXR image ({})", one_line(&other.to_string())),
            tr!("an undamaged file"),
        ),
    }
}

fn one_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
