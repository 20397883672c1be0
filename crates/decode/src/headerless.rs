//! Samples without a header, as device tools dump outputs: type and size are guessed from the length and from how smooth depth is.
//!
//! Neighbouring pixels of a depth map differ little, in a row and from row to row. Bytes read as the wrong type, or rows of the wrong
//! length, are rough. The guess is offered as an [`ArrayChoice`], like the arrays of an NPZ.

use super::npy::{self, ByteOrder};
use super::{ArrayCandidate, ArrayChoice, DecodeError, Decoded, Limits};
use fathom_core::depth::{Dtype, Format};
use fathom_core::i18n::{msgid, tr};

const EXPECTED: &str = msgid("samples of one type that fill rows of a usual size");

/// Sizes of networks and sensors, columns and rows.
const USUAL_SIZES: [(u32, u32); 28] = [
    (640, 480),
    (320, 240),
    (160, 120),
    (1280, 720),
    (1920, 1080),
    (1242, 375),
    (1216, 352),
    (1024, 320),
    (640, 192),
    (512, 256),
    (1024, 768),
    (512, 384),
    (304, 228),
    (561, 427),
    (480, 640),
    (224, 224),
    (252, 252),
    (256, 256),
    (320, 320),
    (384, 384),
    (392, 518),
    (518, 392),
    (518, 518),
    (512, 512),
    (616, 1064),
    (1064, 616),
    (672, 384),
    (640, 352),
];

/// Types of dumps, small ones first. Smooth samples are smooth in a larger type too, whose upper part is one of them; the lower parts of a larger
/// type are rough as samples. Depths in half precision are smooth integers too.
const TYPES: [Dtype; 6] = [
    Dtype::U8,
    Dtype::I8,
    Dtype::F16,
    Dtype::U16,
    Dtype::F32,
    Dtype::F64,
];

/// The same for rough samples, such as sparse or noisy depth: what networks put out first. Any bytes are believable as integers.
const ROUGH_TYPES: [Dtype; 6] = [
    Dtype::F32,
    Dtype::F16,
    Dtype::U16,
    Dtype::F64,
    Dtype::U8,
    Dtype::I8,
];

/// Most layouts that are offered.
const MOST_CANDIDATES: usize = 12;

/// Smallest side of a size that no list has, in pixels.
const SMALLEST_SIDE: u32 = 16;

/// Largest ratio of the sides of such a size: that of a panorama.
const LONGEST_SHAPE: u32 = 4;

/// Largest number of pairs of pixels that a roughness is measured on.
const MOST_PAIRS: usize = 4096;

/// Most differences of neighbours, in shares of the samples' own spread, at which samples are smooth. Random ones have 1.
const SMOOTH: f64 = 0.5;

/// Believable depths, in any unit. Numbers beyond are bytes of another type.
const BELIEVABLE: std::ops::RangeInclusive<f64> = 1e-4..=1e6;

/// Believable depths in half precision: integers up to 10,000 lie below as bytes of it.
const BELIEVABLE_HALF: std::ops::RangeInclusive<f64> = 1e-2..=1e5;

/// The word of a request for the likeliest layout.
const GUESS: &str = "guess";

/// The name of the likeliest layout of a dump, for [`DecodeOptions::pick`](super::DecodeOptions::pick). `size` has columns and rows of the map
/// beside it.
#[must_use]
pub fn dump_guess(size: Option<(u32, u32)>) -> String {
    size.map_or_else(|| GUESS.to_owned(), |size| layout_name(GUESS, size))
}

fn layout_name(word: &str, (width, height): (u32, u32)) -> String {
    format!("{word} {width}\u{d7}{height}")
}

/// The wanted layout of a dump: a type or the likeliest one, a size or a usual one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DumpLayout {
    dtype: Option<Dtype>,
    size: Option<(u32, u32)>,
}

impl DumpLayout {
    /// Parses the name of a layout; `None` for names of arrays and channels.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (word, size) = match name.split_once(' ') {
            Some((word, size)) => {
                let (width, height) = size.split_once('\u{d7}')?;
                (word, Some((width.parse().ok()?, height.parse().ok()?)))
            }
            None => (name, None),
        };
        let dtype = TYPES.into_iter().find(|t| t.name() == word);
        let is_layout = word == GUESS || (dtype.is_some() && size.is_some());
        is_layout.then_some(Self { dtype, size })
    }
}

/// A way to read the bytes.
struct Layout {
    dtype: Dtype,
    size: (u32, u32),
    roughness: f64,
    is_wanted: bool,
    /// True for a size that is wanted, a part of it, or a usual one.
    is_listed: bool,
}

/// Columns and rows of every shape that a number of samples fills.
fn shapes(samples: usize) -> impl Iterator<Item = (u32, u32)> {
    let samples = u32::try_from(samples).unwrap_or(0);
    let widths = SMALLEST_SIDE..=(samples.saturating_mul(LONGEST_SHAPE)).isqrt();
    let shape = move |width: u32| {
        let height = samples / width;
        let is_map = height >= SMALLEST_SIDE && height <= width.saturating_mul(LONGEST_SHAPE);
        (width * height == samples && is_map).then_some((width, height))
    };
    widths.filter_map(shape)
}

/// Reads samples in the wanted layout, else in the smoothest one. The layout is certain if it was chosen, or if its size is wanted and its
/// samples are smooth or of the only type that has this size.
#[inline(never)]
pub(super) fn decode(
    bytes: &[u8],
    wanted: DumpLayout,
    limits: &Limits,
) -> Result<Decoded, DecodeError> {
    let layouts = layouts(bytes, wanted);
    let candidates: Vec<ArrayCandidate> = layouts
        .iter()
        .map(|layout| ArrayCandidate {
            name: layout_name(layout.dtype.name(), layout.size),
            description: tr!("{} bytes without a header", bytes.len()),
        })
        .collect();
    let Some(first) = layouts.first() else {
        return Err(DecodeError::unsuitable(
            tr!("{} bytes without a header", bytes.len()),
            EXPECTED,
            tr!(
                "with Python: numpy.save(\"depth.npy\", numpy.fromfile(name, \"float32\").reshape(height, width))"
            ),
        ));
    };
    let wanted_ones = layouts.iter().filter(|l| l.is_wanted).count();
    let is_only = wanted_ones == 1 && first.roughness.is_finite();
    let is_certain =
        first.is_wanted && (wanted.dtype.is_some() || first.roughness < SMOOTH || is_only);
    let shape = [u64::from(first.size.1), u64::from(first.size.0)];
    let mut maps = npy::decode_headerless((ByteOrder::Little, first.dtype), &shape, bytes, limits)?;
    for map in &mut maps {
        map.format = Format::Headerless;
    }
    Ok(Decoded {
        maps,
        choice: Some(ArrayChoice {
            candidates,
            selected: 0,
            is_certain,
        }),
    })
}

/// The layouts that fill the bytes, the likeliest first: the chosen one, smooth ones of the wanted size, other smooth ones, rough ones.
fn layouts(bytes: &[u8], wanted: DumpLayout) -> Vec<Layout> {
    let mut sizes: Vec<(u32, u32)> = wanted.size.into_iter().collect();
    // Networks often put out a part of the resolution.
    let parts = |(width, height): (u32, u32)| [2, 4].map(|part| (width / part, height / part));
    sizes.extend(wanted.size.into_iter().flat_map(parts));
    sizes.extend(
        USUAL_SIZES
            .iter()
            .filter(|size| wanted.size != Some(**size)),
    );
    let mut found: Vec<Layout> = Vec::new();
    for dtype in TYPES {
        let Some(samples) = Samples::new(bytes, dtype) else {
            continue;
        };
        let in_rows = samples.roughness(1);
        let layout = |size: (u32, u32)| Layout {
            dtype,
            size,
            roughness: in_rows.max(samples.roughness(size.0 as usize)),
            is_wanted: wanted.size == Some(size) && wanted.dtype.is_none_or(|d| d == dtype),
            is_listed: sizes.contains(&size),
        };
        let fills = |size: &&(u32, u32)| {
            let pixels = u64::from(size.0).checked_mul(u64::from(size.1));
            pixels == Some(samples.count() as u64)
        };
        found.extend(sizes.iter().filter(fills).map(|&size| layout(size)));
        // Where samples are smooth in rows, any shape may be the right one if they are smooth from row to row too.
        if in_rows < SMOOTH && (wanted.size.is_none() || wanted.dtype.is_some()) {
            let shapes = shapes(samples.count()).filter(|size| !sizes.contains(size));
            found.extend(shapes.map(layout).filter(|l| l.roughness < SMOOTH));
        }
    }
    let is_signed = has_signed_bytes(bytes);
    let is_rough = |l: &Layout| l.roughness >= SMOOTH;
    let place = |l: &Layout| {
        let swapped = match l.dtype {
            Dtype::I8 if is_signed => Dtype::U8,
            Dtype::U8 if is_signed => Dtype::I8,
            dtype => dtype,
        };
        let types = if is_rough(l) { ROUGH_TYPES } else { TYPES };
        types.iter().position(|t| *t == swapped)
    };
    let key = |l: &Layout| {
        let is_chosen = l.is_wanted && wanted.dtype.is_some();
        let is_believable = l.roughness.is_finite();
        (
            !is_chosen,
            is_rough(l),
            !l.is_wanted,
            !is_believable,
            place(l),
            !l.is_listed,
        )
    };
    found.sort_by(|a, b| {
        key(a)
            .cmp(&key(b))
            .then(a.roughness.total_cmp(&b.roughness))
    });
    found.truncate(MOST_CANDIDATES);
    found
}

/// Returns true if neighbouring bytes are clearly nearer to each other as signed numbers: unsigned ones leap where codes pass zero.
fn has_signed_bytes(bytes: &[u8]) -> bool {
    let sum = |distance: &dyn Fn(u8, u8) -> u32| -> u64 {
        let pairs = bytes.windows(2).map(|pair| distance(pair[0], pair[1]));
        pairs.map(u64::from).sum()
    };
    let unsigned = sum(&|a, b| u32::from(a.abs_diff(b)));
    let signed = sum(&|a, b| u32::from((a as i8).abs_diff(b as i8)));
    10 * signed < 9 * unsigned
}

/// Bytes as samples of one type.
struct Samples<'a> {
    bytes: &'a [u8],
    dtype: Dtype,
    size: usize,
}

impl<'a> Samples<'a> {
    /// `None` if the bytes are no whole number of samples.
    fn new(bytes: &'a [u8], dtype: Dtype) -> Option<Self> {
        let size = match dtype {
            Dtype::F64 => 8,
            Dtype::F32 => 4,
            Dtype::F16 | Dtype::U16 => 2,
            _ => 1,
        };
        let is_whole = !bytes.is_empty() && bytes.len().is_multiple_of(size);
        is_whole.then_some(Self { bytes, dtype, size })
    }

    fn count(&self) -> usize {
        self.bytes.len() / self.size
    }

    fn value(&self, index: usize) -> f64 {
        let at = |offset: usize| self.bytes[index * self.size + offset];
        match self.dtype {
            Dtype::F64 => f64::from_le_bytes(std::array::from_fn(at)),
            Dtype::F32 => f64::from(f32::from_le_bytes(std::array::from_fn(at))),
            Dtype::F16 => half::f16::from_le_bytes([at(0), at(1)]).to_f64(),
            Dtype::U16 => f64::from(u16::from_le_bytes([at(0), at(1)])),
            Dtype::I8 => f64::from(at(0) as i8),
            _ => f64::from(at(0)),
        }
    }

    /// Mean difference of samples a distance apart, over their mean distance from their median. Large if samples are not believable.
    fn roughness(&self, distance: usize) -> f64 {
        let pairs = self.count().saturating_sub(distance);
        let step = pairs.div_ceil(MOST_PAIRS).max(1);
        // An odd step meets every column.
        let step = step | 1;
        let range = match self.dtype {
            Dtype::F16 => BELIEVABLE_HALF,
            _ => BELIEVABLE,
        };
        let is_believable = |v: &f64| *v == 0.0 || range.contains(&v.abs());
        let taken: Vec<(f64, f64)> = (0..pairs)
            .step_by(step)
            .map(|i| (self.value(i), self.value(i + distance)))
            .collect();
        let believable = taken
            .iter()
            .filter(|(a, b)| is_believable(a) && is_believable(b));
        if taken.is_empty() || believable.count() < taken.len() {
            return f64::INFINITY;
        }
        let mut sorted: Vec<f64> = taken.iter().map(|p| p.0).collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / taken.len() as f64;
        let spread = mean(&mut sorted.iter().map(|v| (v - median).abs()));
        let difference = mean(&mut taken.iter().map(|(a, b)| (a - b).abs()));
        // A plane of one value fits any size.
        if spread > 0.0 {
            difference / spread
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A room: a floor that comes nearer from row to row, and a box.
    fn depth(x: usize, y: usize) -> f32 {
        let floor = 8.0 - 5.0 * y as f32 / 240.0 + 0.3 * (x as f32 / 40.0).sin();
        let is_box = (60..140).contains(&x) && (90..200).contains(&y);
        if is_box { 2.5 } else { floor }
    }

    fn dump<const N: usize>(bytes: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
        let at = |i: usize| bytes(depth(i % 320, i / 320));
        (0..320 * 240).flat_map(at).collect()
    }

    fn chosen(bytes: &[u8], wanted: &str) -> (String, bool) {
        let wanted = DumpLayout::parse(wanted).expect("a layout");
        let decoded = decode(bytes, wanted, &Limits::default()).expect("a map");
        let choice = decoded.choice.expect("a choice");
        (
            choice.candidates[choice.selected].name.clone(),
            choice.is_certain,
        )
    }

    #[test]
    fn type_and_size_follow_from_length_and_smoothness() {
        let rows = [
            (dump(f32::to_le_bytes), "float32 320\u{d7}240"),
            (
                dump(|d| half::f16::from_f32(d).to_le_bytes()),
                "float16 320\u{d7}240",
            ),
            (
                dump(|d| ((d * 1000.0) as u16).to_le_bytes()),
                "uint16 320\u{d7}240",
            ),
            (dump(|d| [(d * 30.0) as u8]), "uint8 320\u{d7}240"),
            (dump(|d| f64::from(d).to_le_bytes()), "float64 320\u{d7}240"),
        ];
        for (bytes, expected) in rows {
            assert_eq!(
                chosen(&bytes, &dump_guess(None)),
                (expected.to_owned(), false)
            );
        }
    }

    #[test]
    fn the_size_of_a_neighbour_leaves_no_doubt() {
        let bytes: Vec<u8> = (0..50 * 34)
            .flat_map(|i| depth(4 * (i % 50), 4 * (i / 50)).to_le_bytes())
            .collect();
        assert_eq!(
            chosen(&bytes, &dump_guess(Some((50, 34)))),
            ("float32 50\u{d7}34".to_owned(), true)
        );
    }

    #[test]
    fn sizes_that_no_list_has_are_offered() {
        for (width, height) in [(50, 34), (128, 96), (300, 100), (77, 210)] {
            let at = |i: usize| {
                let (x, y) = (i % width * 320 / width, i / width * 240 / height);
                depth(x, y)
            };
            let all = || (0..width * height).map(at);
            let name = |dtype: &str| format!("{dtype} {width}\u{d7}{height}");
            let floats: Vec<u8> = all().flat_map(f32::to_le_bytes).collect();
            assert_eq!(chosen(&floats, GUESS), (name("float32"), false));
            let integers: Vec<u8> = all()
                .flat_map(|d| ((d * 1000.0) as u16).to_le_bytes())
                .collect();
            assert_eq!(chosen(&integers, GUESS), (name("uint16"), false));
        }
        // No rectangle has a prime number of pixels, and none is as narrow as 2 columns.
        for pixels in [10_007, 2 * 5003] {
            let bytes: Vec<u8> = (0..pixels)
                .flat_map(|i| depth(i % 320, i / 320).to_le_bytes())
                .collect();
            let guess = DumpLayout::parse(GUESS).expect("a layout");
            let error = decode(&bytes, guess, &Limits::default()).expect_err("no size");
            assert!(error.to_string().contains("fromfile"), "{error}");
        }
    }

    #[test]
    fn signed_codes_and_parts_of_the_size_are_found() {
        let code = |i: usize| (20.0 * depth(i % 320, i / 320) - 128.0).clamp(-128.0, 127.0) as i8;
        let bytes: Vec<u8> = (0..320 * 240).map(|i| code(i) as u8).collect();
        assert_eq!(
            chosen(&bytes, &dump_guess(Some((320, 240)))).0,
            "int8 320\u{d7}240"
        );
        let bytes: Vec<u8> = (0..48 * 32)
            .flat_map(|i| depth(6 * (i % 48), 6 * (i / 48)).to_le_bytes())
            .collect();
        let (name, is_certain) = chosen(&bytes, &dump_guess(Some((96, 64))));
        assert_eq!((name.as_str(), is_certain), ("float32 48\u{d7}32", false));
    }

    #[test]
    fn sparse_floats_are_no_bytes() {
        // As many bytes as a map of 640 x 480 codes has.
        let all = (0..320 * 240).map(|i| {
            if i % 7 == 0 {
                depth(i % 320, i / 320)
            } else {
                0.0
            }
        });
        let bytes: Vec<u8> = all.flat_map(f32::to_le_bytes).collect();
        let found = |size| chosen(&bytes, &dump_guess(size));
        let name = "float32 320\u{d7}240".to_owned();
        assert_eq!(found(None), (name.clone(), false));
        // No other type has this size in as many bytes.
        assert_eq!(found(Some((320, 240))), (name, true));
    }

    #[test]
    fn a_chosen_layout_is_taken() {
        let bytes = dump(|d| ((d * 1000.0) as u16).to_le_bytes());
        let name = "float16 320\u{d7}240";
        assert_eq!(chosen(&bytes, name), (name.to_owned(), true));
        for other in [
            "depth",
            "Z",
            "float32",
            "int64 3\u{d7}4",
            "guess 3",
            "uint8 3x4",
        ] {
            assert_eq!(DumpLayout::parse(other), None, "{other}");
        }
    }
}
