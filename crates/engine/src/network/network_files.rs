//! Which of the chosen files belong to a network, by their names and first bytes.

use fathom_core::depth::parse_name;

use super::messages::NetworkFileKind;

/// Bytes at the end of an archive that are looked at: its directory has some 100 bytes a file.
pub const TAIL_BYTES: usize = 1 << 20;

/// Bytes from the beginning of a file that are looked at.
pub const HEAD_BYTES: usize = 4096;

/// Ends of names of photos that are never depth.
const PHOTOS: [&str; 3] = ["jpg", "jpeg", "webp"];

/// Ends of names of weights beside a model that depth never has.
const WEIGHTS: [&str; 3] = ["data", "weights", "weight"];

/// The use of a file of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkUse {
    /// A model.
    Model,
    /// Weights beside a model.
    Weights,
    /// AIMET's encodings.
    Encodings,
    /// An image or prepared inputs.
    Frame,
    /// A ZIP archive with a model.
    Archive,
}

impl NetworkUse {
    /// The same in an order.
    #[must_use]
    pub fn kind(self) -> NetworkFileKind {
        match self {
            Self::Model => NetworkFileKind::Model,
            Self::Weights => NetworkFileKind::Weights,
            Self::Encodings => NetworkFileKind::Encodings,
            Self::Frame => NetworkFileKind::Frame,
            Self::Archive => NetworkFileKind::Archive,
        }
    }
}

/// Returns true for a ZIP archive, of which [`network_use`] takes the last bytes.
#[must_use]
pub fn is_archive(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".zip")
}

/// The use of a file where there is a model; `None` for a depth map. `head` are its first bytes, or the last ones of an archive.
#[must_use]
pub fn network_use(path: &str, head: &[u8]) -> Option<NetworkUse> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let has_role = || parse_name(path).is_from_name;
    match end {
        "onnx" => Some(NetworkUse::Model),
        "zip" => lists_model(head).then_some(NetworkUse::Archive),
        "encodings" => Some(NetworkUse::Encodings),
        "json" => holds(head, b"_encodings\"").then_some(NetworkUse::Encodings),
        "pb" => (!has_role()).then_some(NetworkUse::Frame),
        "png" => (is_photo(head) && !has_role()).then_some(NetworkUse::Frame),
        "npy" | "npz" => (is_input(head) && !has_role()).then_some(NetworkUse::Frame),
        _ if PHOTOS.contains(&end) => Some(NetworkUse::Frame),
        _ if name.contains(".onnx") || WEIGHTS.contains(&end) => Some(NetworkUse::Weights),
        // Exporters also write `.bin` or no end at all.
        _ if end == "bin" || !name.contains('.') => (!has_role()).then_some(NetworkUse::Weights),
        _ => None,
    }
}

/// A file of a network with its use and path.
pub type UsedFile<T> = (NetworkUse, String, T);

/// Parts files into those of a network and the rest. Each has its path, its first bytes and whatever goes with it.
#[must_use]
pub fn split_files<T>(files: Vec<(String, Vec<u8>, T)>) -> (Vec<UsedFile<T>>, Vec<(String, T)>) {
    let (mut own, mut rest) = (Vec::new(), Vec::new());
    for (path, head, file) in files {
        match network_use(&path, &head) {
            Some(found) => own.push((found, path, file)),
            None => rest.push((path, file)),
        }
    }
    (own, rest)
}

/// Returns true if the directory of a ZIP archive, which ends the file, has the name of a model.
fn lists_model(tail: &[u8]) -> bool {
    const ENTRY: &[u8] = b"PK\x01\x02";
    const NAME_LENGTH_AT: usize = 28;
    const NAME_AT: usize = 46;
    let name = |at: usize| -> Option<&[u8]> {
        let length = tail.get(at + NAME_LENGTH_AT..at + NAME_LENGTH_AT + 2)?;
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        tail.get(at + NAME_AT..at + NAME_AT + length)
    };
    let mut entries = (0..tail.len()).filter(|&at| tail[at..].starts_with(ENTRY));
    entries.any(|at| name(at).is_some_and(|name| name.to_ascii_lowercase().ends_with(b".onnx")))
}

fn holds(head: &[u8], text: &[u8]) -> bool {
    head.windows(text.len()).any(|window| window == text)
}

/// A PNG of 8 bits with colours: its header has bit depth and colour type at 24 and 25.
fn is_photo(head: &[u8]) -> bool {
    const COLOURS: [u8; 3] = [2, 3, 6];
    head.starts_with(b"\x89PNG")
        && head.get(24) == Some(&8)
        && head.get(25).is_some_and(|colour| COLOURS.contains(colour))
}

/// A NumPy array, or the first one of an archive, of four axes with three channels. Depth has one.
fn is_input(head: &[u8]) -> bool {
    let Some(at) = head.windows(9).position(|window| window == b"'shape': ") else {
        return false;
    };
    let text: String = head[at + 9..]
        .iter()
        .map(|&byte| char::from(byte))
        .collect();
    let Some((shape, _)) = text.trim_start_matches('(').split_once(')') else {
        return false;
    };
    let axes: Vec<Option<u32>> = shape
        .split(',')
        .map(|axis| axis.trim().parse().ok())
        .collect();
    matches!(axes[..], [_, Some(3), _, _] | [_, _, _, Some(3)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(depth: u8, colour: u8) -> Vec<u8> {
        let mut head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x08\0\0\0\x06".to_vec();
        head.extend([depth, colour, 0, 0, 0]);
        head
    }

    fn npy(shape: &str) -> Vec<u8> {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        [b"\x93NUMPY\x01\0v\0".as_slice(), header.as_bytes()].concat()
    }

    /// The entry of a file in the directory of an archive.
    fn listed(name: &str) -> Vec<u8> {
        let mut entry = b"PK\x01\x02".to_vec();
        entry.resize(46, 0);
        entry[28] = name.len() as u8;
        entry.extend(name.bytes());
        entry
    }

    #[test]
    fn files_are_told_by_content_and_name() {
        use NetworkUse::{Archive, Encodings, Frame, Model, Weights};
        let zipped = [b"PK\x03\x04image.npy".as_slice(), &npy("(1, 3, 4, 6)")].concat();
        for (path, head, expected) in [
            ("a/net.ONNX", vec![], Some(Model)),
            ("net.onnx.data", vec![], Some(Weights)),
            ("net_fp32_external.onnx.data", vec![], Some(Weights)),
            ("net_int8.data", vec![], Some(Weights)),
            ("net.bin", vec![], Some(Weights)),
            ("weights", vec![], Some(Weights)),
            ("net.encodings", vec![], Some(Encodings)),
            (
                "net.json",
                b"{\"activation_encodings\": {".to_vec(),
                Some(Encodings),
            ),
            ("report.json", b"{\"format\": ".to_vec(), None),
            ("a.jpeg", vec![], Some(Frame)),
            ("a.pb", vec![], Some(Frame)),
            // Depth is grey, or says what it is.
            ("a.png", png(8, 2), Some(Frame)),
            ("a.png", png(8, 6), Some(Frame)),
            ("a.png", png(8, 0), None),
            ("a.png", png(16, 2), None),
            ("a_gt.png", png(8, 2), None),
            ("int8/a.png", png(8, 2), None),
            ("a.npy", npy("(1, 3, 144, 176)"), Some(Frame)),
            ("a.npy", npy("(1, 144, 176, 3)"), Some(Frame)),
            ("a.npy", npy("(144, 176)"), None),
            ("a.npy", npy("(12, 1, 144, 176)"), None),
            ("a_fp32.npy", npy("(1, 3, 144, 176)"), None),
            ("a.npz", zipped, Some(Frame)),
            ("a.exr", vec![], None),
            ("a.tiff", vec![], None),
            ("a_int8.bin", vec![], None),
            ("set.zip", listed("net/fp32.ONNX"), Some(Archive)),
            ("set.zip", listed("gt/0001.png"), None),
        ] {
            assert_eq!(network_use(path, &head), expected, "{path}");
        }
    }

    #[test]
    fn the_rest_stays_in_order() {
        let file = |path: &str, head: Vec<u8>| (path.to_owned(), head, ());
        let files = vec![
            file("gt/1.png", png(16, 0)),
            file("1.png", png(8, 2)),
            file("net.onnx", vec![]),
            file("int8/1.npy", npy("(4, 6)")),
        ];
        let (own, rest) = split_files(files);
        let own: Vec<&str> = own.iter().map(|(_, path, ())| path.as_str()).collect();
        let rest: Vec<&str> = rest.iter().map(|(path, ())| path.as_str()).collect();
        assert_eq!(
            (own, rest),
            (vec!["1.png", "net.onnx"], vec!["gt/1.png", "int8/1.npy"])
        );
    }
}
