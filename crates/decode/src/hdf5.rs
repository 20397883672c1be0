//! HDF5 through the `hdf5-reader` crate: the dataset that is depth, in any group. MATLAB 7.3 writes such files, with the axes in its own order.

use super::decoded::display_name;
use super::npy::{self, ByteOrder};
use super::npz::rank;
use super::{ArrayCandidate, ArrayChoice, DecodeError, DecodeOptions, Decoded};
use fathom_core::depth::{Dtype, Format, RawMap, Samples};
use fathom_core::i18n::{msgid, tr};
use hdf5_reader::group::Group;
use hdf5_reader::{Dataset, Datatype, Hdf5File, OpenOptions};

const EXPECTED: &str = msgid("an HDF5 file with a 2-D dataset of numbers, or a stack of them");

/// The first bytes of files that MATLAB writes; HDF5 follows after this block.
pub(super) const MATLAB: &[u8] = b"MATLAB 7.3";

/// Deepest nesting of groups, and most groups. Links can form circles.
const DEEPEST: usize = 8;
const MOST_GROUPS: usize = 1000;

/// Decodes the selected dataset.
#[inline(never)]
pub(super) fn decode(bytes: &[u8], options: &DecodeOptions<'_>) -> Result<Decoded, DecodeError> {
    let limit = usize::try_from(options.limits.max_unpacked).unwrap_or(usize::MAX);
    let open = OpenOptions::default()
        .with_max_read_bytes(limit)
        .with_max_chunk_bytes(limit);
    let file = Hdf5File::from_bytes_with_options(bytes, open).map_err(|e| damaged(&e))?;
    let mut found = Vec::new();
    let root = file.root_group().map_err(|e| damaged(&e))?;
    collect(root, &mut found)?;
    let candidates = found
        .iter()
        .map(|(name, dtype, dataset)| ArrayCandidate {
            name: name.clone(),
            description: format!("{} {}", dtype.name(), npy::shape_text(dataset.shape())),
        })
        .collect();
    let ranks: Vec<Option<u32>> = found
        .iter()
        .map(|(name, dtype, dataset)| rank(name, *dtype, dataset.shape()))
        .collect();
    let choice = ArrayChoice::select(candidates, &ranks, options.pick).map_err(|names| {
        DecodeError::unsuitable(
            tr!(
                "an HDF5 file without a dataset that looks like depth (it holds {names})",
                names
            ),
            EXPECTED,
            tr!("with Python: numpy.save(\"depth.npy\", h5py.File(name)[key][()])"),
        )
    })?;
    let (_, dtype, dataset) = &found[choice.selected];
    let claimed: u64 = dataset
        .shape()
        .iter()
        .fold(1, |product, &n| product.saturating_mul(n));
    options.limits.check_size(claimed, 1)?;
    let data = dataset.read_native_bytes().map_err(|e| damaged(&e))?;
    let kind = (ByteOrder::Native, *dtype);
    let mut maps = npy::decode_headerless(kind, dataset.shape(), &data, &options.limits)?;
    for map in &mut maps {
        map.format = Format::Hdf5;
        if bytes.starts_with(MATLAB) {
            transpose(map);
        }
    }
    Ok(Decoded {
        maps,
        choice: (choice.candidates.len() > 1).then_some(choice),
    })
}

/// Adds the datasets of plain numbers in a group and the groups below.
fn collect(root: Group, found: &mut Vec<(String, Dtype, Dataset)>) -> Result<(), DecodeError> {
    let mut open = vec![(root, String::new(), 0_usize)];
    let mut groups = 0;
    while let Some((group, path, depth)) = open.pop() {
        groups += 1;
        if groups > MOST_GROUPS {
            break;
        }
        let (below, datasets) = group.members().map_err(|e| damaged(&e))?;
        for dataset in datasets {
            let name = display_name(&format!("{path}{}", dataset.name()));
            if let Some(dtype) = dtype(dataset.dtype()) {
                found.push((name, dtype, dataset));
            }
        }
        if depth < DEEPEST {
            let inner = |group: Group| {
                let path = format!("{path}{}/", group.name());
                (group, path, depth + 1)
            };
            open.extend(below.into_iter().map(inner));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(())
}

fn dtype(datatype: &Datatype) -> Option<Dtype> {
    Some(match datatype {
        Datatype::FixedPoint { size, signed, .. } => match (size, signed) {
            (1, false) => Dtype::U8,
            (2, false) => Dtype::U16,
            (4, false) => Dtype::U32,
            (8, false) => Dtype::U64,
            (1, true) => Dtype::I8,
            (2, true) => Dtype::I16,
            (4, true) => Dtype::I32,
            (8, true) => Dtype::I64,
            _ => return None,
        },
        Datatype::FloatingPoint { size, .. } => match size {
            2 => Dtype::F16,
            4 => Dtype::F32,
            8 => Dtype::F64,
            _ => return None,
        },
        _ => return None,
    })
}

/// MATLAB stores columns first, so that rows and columns are swapped.
fn transpose(map: &mut RawMap) {
    fn swapped<T: Clone>(a: &ndarray::Array2<T>) -> ndarray::Array2<T> {
        a.t().as_standard_layout().into_owned()
    }
    map.samples = match &map.samples {
        Samples::U16(a) => Samples::U16(swapped(a)),
        Samples::F32(a) => Samples::F32(swapped(a)),
        Samples::F64(a) => Samples::F64(swapped(a)),
    };
}

fn damaged(error: &hdf5_reader::error::Error) -> DecodeError {
    let text = error.to_string();
    let why = text.lines().next().unwrap_or_default();
    DecodeError::unsuitable(
        tr!("an HDF5 file that cannot be read ({why})", why),
        EXPECTED,
        tr!("with Python: numpy.save(\"depth.npy\", h5py.File(name)[key][()])"),
    )
}
