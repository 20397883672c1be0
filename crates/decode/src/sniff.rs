//! Recognition of file contents by their first bytes: readable formats, and common others, which are refused by name.

use super::DecodeError;
use fathom_core::i18n::{msgid, tr, tr_dynamic};

const READABLE: &str = msgid("a depth map as PNG, NPY, NPZ, EXR, TIFF, PFM or PGM");

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
}

/// First bytes of readable formats.
const READ: [(&[u8], Content); 11] = [
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
const OTHERS: [(&[u8], &str, &str); 10] = [
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
        b"RIFF",
        msgid("a WebP or RIFF file"),
        msgid("use the file the picture was made from"),
    ),
    (
        b"\x89HDF\r\n",
        msgid("an HDF5 file (MATLAB 7.3 writes them too)"),
        msgid("with Python: numpy.save(\"depth.npy\", h5py.File(name)[key][()])"),
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
    for (magic, name, remedy) in OTHERS {
        if bytes.starts_with(magic) {
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
