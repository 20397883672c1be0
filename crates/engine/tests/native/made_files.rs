//! Files in memory, as a disk or a browser would hold them.

use std::io::Cursor;

use fathom_engine::{FileAccess, ReadSeek};

/// Files by their numbers. An empty one is gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct MadeFiles(pub(crate) Vec<Vec<u8>>);

impl FileAccess for MadeFiles {
    fn open(&self, source: u32) -> Result<Box<dyn ReadSeek + '_>, String> {
        match self.0.get(source as usize) {
            Some(bytes) if !bytes.is_empty() => Ok(Box::new(Cursor::new(bytes.as_slice()))),
            _ => Err("NotFoundError".to_owned()),
        }
    }
}

/// A map as NPY.
pub(crate) fn npy(height: usize, width: usize, depth_m: impl Fn(usize, usize) -> f32) -> Vec<u8> {
    let all = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
    npy_array(
        &format!("{height}, {width}"),
        all.map(|(y, x)| depth_m(y, x)),
    )
}

/// Maps as one NPY.
pub(crate) fn npy_stack(
    frames: usize,
    height: usize,
    width: usize,
    depth_m: impl Fn(usize, usize, usize) -> f32,
) -> Vec<u8> {
    let rows = (0..frames).flat_map(|k| (0..height).map(move |y| (k, y)));
    let all = rows.flat_map(|(k, y)| (0..width).map(move |x| (k, y, x)));
    let shape = format!("{frames}, {height}, {width}");
    npy_array(&shape, all.map(|(k, y, x)| depth_m(k, y, x)))
}

fn npy_array(shape: &str, depths_m: impl Iterator<Item = f32>) -> Vec<u8> {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).expect("short").to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(depths_m.flat_map(f32::to_le_bytes));
    bytes
}

/// A map as a 16-bit PNG.
pub(crate) fn png(height: u32, width: u32, sample: impl Fn(u32, u32) -> u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().expect("a header");
    let samples = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
    let data: Vec<u8> = samples
        .flat_map(|(y, x)| sample(y, x).to_be_bytes())
        .collect();
    writer.write_image_data(&data).expect("data");
    writer.finish().expect("an end");
    bytes
}

/// Files in an archive, in this order.
pub(crate) fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut local = Vec::new();
    let mut directory = Vec::new();
    for (name, bytes) in files {
        let offset = u32::try_from(local.len()).expect("small");
        let size = u32::try_from(bytes.len()).expect("small").to_le_bytes();
        let crc = crc32(bytes).to_le_bytes();
        let length = u16::try_from(name.len()).expect("short").to_le_bytes();
        let common = |out: &mut Vec<u8>| {
            // Version, flags, stored, time, date.
            out.extend([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
            out.extend(crc);
            out.extend(size);
            out.extend(size);
            out.extend(length);
            out.extend([0, 0]);
        };
        local.extend(b"PK\x03\x04");
        common(&mut local);
        local.extend(name.bytes());
        local.extend(bytes);
        directory.extend(b"PK\x01\x02\x14\x00");
        common(&mut directory);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.bytes());
    }
    let count = u16::try_from(files.len()).expect("few").to_le_bytes();
    let start = u32::try_from(local.len()).expect("small").to_le_bytes();
    let length = u32::try_from(directory.len()).expect("small").to_le_bytes();
    local.extend(directory);
    local.extend(b"PK\x05\x06\x00\x00\x00\x00");
    local.extend(count);
    local.extend(count);
    local.extend(length);
    local.extend(start);
    local.extend([0, 0]);
    local
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            (c >> 1) ^ (0xEDB8_8320 & (c & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

/// A prediction of a slanted room, with errors, in steps of 50 mm if it is quantized.
pub(crate) fn prediction(frame: usize, is_quantized: bool) -> Vec<u8> {
    npy(24, 32, move |y, x| {
        let depth_m = 1.0 + 0.07 * y as f32 + 0.03 * x as f32 + 0.01 * frame as f32;
        let wave = ((x + 3 * y + frame) % 7) as f32 * 0.004;
        let float_m = 1.02 * depth_m + wave;
        if is_quantized {
            (float_m / 0.05).round() * 0.05
        } else {
            float_m
        }
    })
}

pub(crate) fn ground_truth(frame: usize) -> Vec<u8> {
    png(24, 32, move |y, x| {
        (1000 + 70 * y + 30 * x) as u16 + 10 * frame as u16
    })
}
