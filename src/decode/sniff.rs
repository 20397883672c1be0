//! What a file is, by its first bytes: the two formats that are read, and the ones that people drop by mistake or hope for.

use super::DecodeError;
use crate::depth::Format;

const READABLE: &str = "a greyscale PNG or an NPY array";

/// First bytes of files that are something else, what to call it, and what to do about it.
const OTHERS: [(&[u8], &str, &str); 14] = [
    (
        b"\xff\xd8\xff",
        "a JPEG picture",
        "JPEG cannot hold depth; use the file the picture was made from",
    ),
    (
        b"GIF8",
        "a GIF picture",
        "use the file the picture was made from",
    ),
    (
        b"BM",
        "a BMP picture",
        "use the file the picture was made from",
    ),
    (
        b"RIFF",
        "a WebP or RIFF file",
        "use the file the picture was made from",
    ),
    (
        b"\x76\x2f\x31\x01",
        "an OpenEXR image",
        "save its depth channel with numpy.save",
    ),
    (
        b"II*\0",
        "a TIFF image",
        "save it as a 16-bit PNG or with numpy.save",
    ),
    (
        b"MM\0*",
        "a TIFF image",
        "save it as a 16-bit PNG or with numpy.save",
    ),
    (
        b"II+\0",
        "a BigTIFF image",
        "save it as a 16-bit PNG or with numpy.save",
    ),
    (
        b"MM\0+",
        "a BigTIFF image",
        "save it as a 16-bit PNG or with numpy.save",
    ),
    (
        b"PK\x03\x04",
        "a ZIP or NPZ archive",
        "unpack it, or save its array with numpy.save",
    ),
    (b"\x1f\x8b", "a gzip archive", "unpack it"),
    (
        b"PK\x05\x06",
        "an empty ZIP or NPZ archive",
        "save the depth array with numpy.save",
    ),
    (
        b"\x89HDF\r\n",
        "an HDF5 file",
        "save its depth array with numpy.save",
    ),
    (b"%PDF", "a PDF document", "use the depth file itself"),
];

/// Tells the format.
pub(super) fn sniff(bytes: &[u8]) -> Result<Format, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::damaged(
            "the file is empty (0 bytes)",
            READABLE,
        ));
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Format::Png);
    }
    if bytes.starts_with(b"\x93NUMPY") {
        return Ok(Format::Npy);
    }
    if bytes.starts_with(b"\x89PNG") || bytes.get(1..4) == Some(b"PNG") {
        return Err(DecodeError::damaged(
            "a PNG file whose first 8 bytes were changed, as a transfer in text mode does",
            "the PNG signature",
        ));
    }
    for (magic, name, remedy) in OTHERS {
        if bytes.starts_with(magic) {
            return Err(DecodeError::unsuitable(
                format!("this is {name}"),
                READABLE,
                remedy,
            ));
        }
    }
    if let Some((name, remedy)) = netpbm(bytes) {
        return Err(DecodeError::unsuitable(
            format!("this is {name}"),
            READABLE,
            remedy,
        ));
    }
    Err(if looks_like_text(bytes) {
        DecodeError::unsuitable("this is text", READABLE, "choose the depth file itself")
    } else {
        DecodeError::unsuitable(
            format!("the first bytes ({}) belong to no known format", hex(bytes)),
            READABLE,
            "choose a depth file, or save the array with numpy.save",
        )
    })
}

/// The formats of the netpbm family: two letters that could begin a text as well, so white space must follow.
fn netpbm(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if !bytes.get(2)?.is_ascii_whitespace() {
        return None;
    }
    match bytes.get(..2)? {
        b"P2" | b"P5" => Some(("a PGM image", "save it as a 16-bit PNG")),
        b"Pf" => Some(("a PFM map", "save it with numpy.save")),
        b"P1" | b"P3" | b"P4" | b"P6" | b"PF" => Some((
            "a PBM, PPM or colour PFM picture",
            "use the file with depth values, not a picture made of it",
        )),
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
