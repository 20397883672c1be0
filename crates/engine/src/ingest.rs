//! From the decoded maps of a file to what a summary keeps of them, and to what is said of the file.
//!
//! May know what may be taken from a file ([`ReadOptions`]); knows nothing of bytes, threads or the page.

use std::borrow::{Borrow, Cow};

use ndarray::Array2;

use crate::file_content::{FileInfo, MapInfo, MaskSource, ReadOptions};
use fathom_analysis::understanding::{Repair, reorder_stack};
use fathom_core::depth::{RawMap, Region, Samples, resize};
use fathom_core::i18n::tr;
use fathom_core::stats::SampleSummary;
use fathom_decode::Decoded;

/// Adds the maps of a file to a summary. `mask` is called where a mask is to be taken, once.
///
/// # Errors
/// One sentence: the file holds no map, or its mask cannot be used.
#[inline(never)]
pub fn ingest<D: Borrow<Decoded>>(
    summary: &mut SampleSummary,
    decoded: &Decoded,
    options: &ReadOptions,
    mask: impl FnOnce() -> Result<D, String>,
) -> Result<FileInfo, String> {
    let first = decoded.maps.first().ok_or(tr!(
        "it holds no map; expected at least one: choose another file",
    ))?;
    let mut facts = FileInfo {
        format: first.format,
        dtype: first.dtype,
        maps: Vec::with_capacity(decoded.maps.len()),
        choice: decoded.choice.clone(),
        nodata: first.nodata,
        notices: first.notices.clone(),
    };
    let mut watch = options.watch.clone();
    watch.extend(first.nodata);
    let region = Region {
        crop: options.crop,
        mask: match &options.mask {
            Some(source) => Some(mask_of(mask(), source, &sized(first, options))?),
            None => None,
        },
    };
    for map in &decoded.maps {
        let map = sized(map, options);
        let counts = summary.add(&map, &region, &watch);
        facts.maps.push(MapInfo::new(&map, counts));
    }
    Ok(facts)
}

/// The decoded file with the repairs of its role. Unit and factor are left to the encoding.
#[must_use]
pub fn repaired(mut decoded: Decoded, repairs: &[Repair]) -> Decoded {
    for repair in repairs {
        decoded.maps = match repair {
            Repair::SwapAxes(order) => reorder_stack(&decoded.maps, *order),
            other => decoded.maps.iter().map(|map| other.apply(map)).collect(),
        };
    }
    decoded
}

/// The map in the size it is wanted in.
#[must_use]
#[inline(never)]
pub fn sized<'a>(map: &'a RawMap, options: &ReadOptions) -> Cow<'a, RawMap> {
    match options.resize {
        Some(to) if (to.width as usize, to.height as usize) != (map.width(), map.height()) => {
            Cow::Owned(resize(map, to.height as usize, to.width as usize, to.how))
        }
        _ => Cow::Borrowed(map),
    }
}

/// Which pixels of a map stay, by the mask beside it: all that are not 0 in it.
///
/// # Errors
/// One sentence: the mask was not decoded, is empty, or has another size.
#[inline(never)]
pub fn mask_of(
    decoded: Result<impl Borrow<Decoded>, String>,
    source: &MaskSource,
    map: &RawMap,
) -> Result<Array2<bool>, String> {
    let name = &source.name;
    let of_mask = |why: String| {
        tr!(
            "its mask {name} cannot be used ({why}); expected a picture in which 0 is left out: choose another mask",
            name,
            why
        )
    };
    let decoded = decoded.map_err(of_mask)?;
    let mask = decoded
        .borrow()
        .maps
        .first()
        .ok_or_else(|| of_mask(tr!("it is empty").to_owned()))?;
    if (mask.width(), mask.height()) != (map.width(), map.height()) {
        return Err(tr!(
            "it is {} x {} pixels and its mask {name} {} x {}; expected the same size: resize one of them",
            map.width(),
            map.height(),
            mask.width(),
            mask.height(),
            name
        ));
    }
    Ok(match &mask.samples {
        Samples::U16(a) => a.mapv(|v| v != 0),
        Samples::F32(a) => a.mapv(|v| v > 0.0),
        Samples::F64(a) => a.mapv(|v| v > 0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_content::Resize;
    use fathom_core::depth::{Crop, Dtype, Format, Resample};

    fn decoded(height: usize, width: usize, of: impl Fn(usize, usize) -> u16) -> Decoded {
        let map = RawMap {
            samples: Samples::U16(Array2::from_shape_fn((height, width), |(y, x)| of(y, x))),
            format: Format::Png,
            dtype: Dtype::U16,
            nodata: Some(7.0),
            notices: vec!["a notice".to_owned()],
        };
        Decoded {
            maps: vec![map],
            choice: None,
        }
    }

    fn no_mask() -> Result<Decoded, String> {
        Err("no one was requested".to_owned())
    }

    fn masked(name: &str) -> ReadOptions {
        ReadOptions {
            mask: Some(MaskSource {
                name: name.to_owned(),
                member: None,
            }),
            ..ReadOptions::default()
        }
    }

    #[test]
    fn a_file_is_described_and_its_pixels_are_counted() {
        let file = decoded(4, 6, |y, x| (y * 6 + x) as u16);
        let mut summary = SampleSummary::default();
        let facts = ingest(&mut summary, &file, &ReadOptions::default(), no_mask).expect("a map");
        let map = &facts.maps[0];
        assert_eq!((map.width, map.height, map.positive), (6, 4, 23));
        // What the file names as "no depth" is counted apart.
        assert_eq!((map.valid(&[]), map.valid(&[7.0])), (23, 22));
        assert_eq!(
            (facts.nodata, facts.notices.len(), facts.dtype),
            (Some(7.0), 1, Dtype::U16)
        );
        let cropped = ReadOptions {
            crop: Crop::Nyu,
            ..ReadOptions::default()
        };
        let (rows, columns) = Crop::Nyu.window(4, 6);
        let facts = ingest(&mut summary, &file, &cropped, no_mask).expect("a map");
        let outside = facts.maps[0].invalid.outside as usize;
        assert_eq!(outside, 24 - rows.len() * columns.len());
    }

    #[test]
    fn a_mask_leaves_out_its_zeros_in_the_size_that_is_wanted() {
        let file = decoded(2, 3, |_, x| 100 + x as u16);
        let mut options = masked("m.png");
        options.resize = Some(Resize {
            width: 6,
            height: 4,
            how: Resample::Nearest,
        });
        let mut summary = SampleSummary::default();
        let mask = || Ok(decoded(4, 6, |_, x| u16::from(x < 2)));
        let facts = ingest(&mut summary, &file, &options, mask).expect("a mask");
        let map = &facts.maps[0];
        assert_eq!((map.width, map.height), (6, 4));
        assert_eq!((map.positive, map.invalid.outside), (8, 16));
    }

    #[test]
    fn what_cannot_be_taken_is_one_sentence_and_leaves_the_summary_alone() {
        let file = decoded(2, 3, |_, _| 5);
        let mut summary = SampleSummary::default();
        let mut refused = |file: &Decoded, options: &ReadOptions, mask: Result<Decoded, String>| {
            ingest(&mut summary, file, options, || mask).expect_err("refused")
        };
        let small = Ok(decoded(1, 1, |_, _| 1));
        let why = refused(&file, &masked("m.png"), small);
        assert!(
            why.contains("3 x 2") && why.contains("m.png 1 x 1"),
            "{why}"
        );
        let why = refused(&file, &masked("m.png"), Err("it is torn".to_owned()));
        assert!(why.contains("m.png") && why.contains("it is torn"), "{why}");
        let nothing = Decoded {
            maps: Vec::new(),
            choice: None,
        };
        let why = refused(&file, &masked("m.png"), Ok(nothing.clone()));
        assert!(why.contains("it is empty"), "{why}");
        let why = refused(&nothing, &ReadOptions::default(), no_mask());
        assert!(why.contains("it holds no map"), "{why}");
        assert_eq!(summary, SampleSummary::default());
    }
}
