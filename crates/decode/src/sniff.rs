//! Recognition of file contents by their first bytes: readable formats, and common others, which are refused by name.

use super::{DecodeError, hdf5, ros_depth, tensor_proto};
use fathom_core::i18n::{msgid, tr, tr_dynamic};

const READABLE: &str = msgid("a depth map as PNG, NPY, NPZ, EXR, TIFF, HDF5, PFM or PGM");

/// The content of a readable file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Portable Network Graphics.
    Png,
    /// A numpy array.
    Npy,
    /// A grey or float map of the netpbm family.
    Pnm,
    /// OpenEXR.
    Exr,
    /// TIFF or BigTIFF.
    Tiff,
    /// A gzip file.
    Gzip,
    /// A ZIP archive: named numpy arrays, or files.
    Zip,
    /// A depth map of the Sintel dataset.
    Sintel,
    /// The payload of a ROS `compressedDepth` message.
    RosDepth,
    /// A tensor of ONNX.
    TensorProto,
    /// HDF5, MATLAB 7.3 too.
    Hdf5,
}

/// First bytes of readable formats.
const READ: [(&[u8], Content); 14] = [
    (b"\x89HDF\r\n\x1a\n", Content::Hdf5),
    (hdf5::MATLAB, Content::Hdf5),
    (b"PIEH", Content::Sintel),
    (b"\x89PNG\r\n\x1a\n", Content::Png),
    (b"\x93NUMPY", Content::Npy),
    (b"\x76\x2f\x31\x01", Content::Exr),
    (b"II*\0", Content::Tiff),
    (b"MM\0*", Content::Tiff),
    (b"II+\0", Content::Tiff),
    (b"MM\0+", Content::Tiff),
    (b"\x1f\x8b", Content::Gzip),
    (b"PK\x03\x04", Content::Zip),
    (b"PK\x05\x06", Content::Zip),
    (b"PK\x07\x08", Content::Zip),
];

/// First bytes of other formats, their names, and remedies.
const OTHERS: [(&[u8], &str, &str); 11] = [
    (
        b"\xff\xd8\xff",
        msgid("a JPEG picture"),
        msgid("JPEG cannot hold depth; use the file the picture was made from"),
    ),
    (
        b"GIF8",
        msgid("a GIF picture"),
        msgid("use the file the picture was made from"),
    ),
    (
        b"BM",
        msgid("a BMP picture"),
        msgid("use the file the picture was made from"),
    ),
    (
        b"\xff\x0a",
        msgid("a JPEG XL picture"),
        msgid("convert it with djxl name.jxl depth.png"),
    ),
    (
        b"\0\0\0\x0cJXL ",
        msgid("a JPEG XL picture"),
        msgid("convert it with djxl name.jxl depth.png"),
    ),
    (
        b"RIFF",
        msgid("a RIFF file"),
        msgid("use the depth file itself"),
    ),
    (
        b"MATLAB 5.0",
        msgid("a MATLAB file"),
        msgid("with Python: numpy.save(\"depth.npy\", scipy.io.loadmat(name)[key])"),
    ),
    (
        b"7z\xbc\xaf",
        msgid("a 7z archive"),
        msgid("unpack it, or pack it as ZIP"),
    ),
    (
        b"Rar!",
        msgid("a RAR archive"),
        msgid("unpack it, or pack it as ZIP"),
    ),
    (
        b"\x28\xb5\x2f\xfd",
        msgid("a Zstandard archive"),
        msgid("unpack it"),
    ),
    (
        b"%PDF",
        msgid("a PDF document"),
        msgid("use the depth file itself"),
    ),
];

/// Bytes that stand inside other formats, their place, names, and remedies.
const INSIDE: [(usize, &[u8], &str, &str); 9] = [
    (
        8,
        b"WEBP",
        msgid("a WebP picture"),
        msgid("lossless ones convert with dwebp name.webp -o depth.png; others hold no depth"),
    ),
    (4, b"ftypheic", HEIF, HEIF_REMEDY),
    (4, b"ftypheix", HEIF, HEIF_REMEDY),
    (4, b"ftypmif1", HEIF, HEIF_REMEDY),
    (4, b"ftypavif", HEIF, HEIF_REMEDY),
    (
        4,
        b"TFL3",
        msgid("a TensorFlow Lite model"),
        msgid("run it, and choose the depth maps it makes"),
    ),
    (
        0,
        b"#ROSBAG",
        msgid("a ROS bag"),
        msgid("export its depth topic as PNG or NPY"),
    ),
    (
        0,
        b"\x89MCAP0\r\n",
        msgid("an MCAP recording"),
        msgid("export its depth topic as PNG or NPY"),
    ),
    (
        0,
        b"SQLite format 3",
        msgid("a ROS 2 bag or another database"),
        msgid("export its depth topic as PNG or NPY"),
    ),
];

const HEIF: &str = msgid("an HEIF or AVIF picture");
const HEIF_REMEDY: &str = msgid("convert it with heif-convert name.heic depth.png");

/// Recognises the content of a file.
///
/// # Errors
/// [`DecodeError`] for unreadable content, with its name if known.
pub fn sniff(bytes: &[u8]) -> Result<Content, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::damaged(
            tr!("the file is empty (0 bytes)"),
            READABLE,
        ));
    }
    if let Some((_, content)) = READ.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Ok(*content);
    }
    if bytes.starts_with(b"\x89PNG") || bytes.get(1..4) == Some(b"PNG") {
        return Err(DecodeError::damaged(
            tr!("a PNG file whose first 8 bytes were changed, as a transfer in text mode does"),
            tr!("the PNG signature"),
        ));
    }
    if ros_depth::is_message(bytes) {
        return Ok(Content::RosDepth);
    }
    // Protocols 2 to 5.
    if matches!(bytes, [0x80, 2..=5, ..]) {
        return Err(DecodeError::unsuitable(
            tr!("this is a Python pickle, which would run code to read"),
            READABLE,
            tr!(
                "with Python: numpy.save(\"depth.npy\", pickle.load(open(name, \"rb\"))), or torch.load for a .pt"
            ),
        ));
    }
    let others = OTHERS.map(|(magic, name, remedy)| (0, magic, name, remedy));
    for (at, magic, name, remedy) in INSIDE.into_iter().chain(others) {
        if bytes.get(at..).is_some_and(|rest| rest.starts_with(magic)) {
            return Err(DecodeError::unsuitable(
                tr!("this is {}", tr_dynamic(name)),
                READABLE,
                tr_dynamic(remedy),
            ));
        }
    }
    match netpbm(bytes) {
        Some(true) => return Ok(Content::Pnm),
        Some(false) => {
            return Err(DecodeError::unsuitable(
                tr!("this is a PBM, PPM or colour PFM picture"),
                READABLE,
                tr!("use the file with depth values, not a picture made of it"),
            ));
        }
        None => {}
    }
    if tensor_proto::is_tensor(bytes) {
        return Ok(Content::TensorProto);
    }
    Err(if looks_like_text(bytes) {
        DecodeError::unsuitable(
            tr!("this is text"),
            READABLE,
            tr!("choose the depth file itself"),
        )
    } else {
        DecodeError::unsuitable(
            tr!("the first bytes ({}) belong to no known format", hex(bytes)),
            READABLE,
            tr!("choose a depth file, or save the array with numpy.save"),
        )
    })
}

/// Returns true for a readable netpbm file, false for another one, `None` for other content. A text may begin with the same two letters,
/// so white space must follow.
fn netpbm(bytes: &[u8]) -> Option<bool> {
    if !bytes.get(2)?.is_ascii_whitespace() {
        return None;
    }
    match bytes.get(..2)? {
        b"P2" | b"P5" | b"Pf" => Some(true),
        b"P1" | b"P3" | b"P4" | b"P6" | b"PF" => Some(false),
        _ => None,
    }
}

fn looks_like_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(512)];
    head.iter()
        .all(|&b| b >= 0x20 || matches!(b, b'\t' | b'\n' | b'\r'))
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().take(4).map(|b| format!("{b:02x}")).collect();
    digits.join(" ")
}
