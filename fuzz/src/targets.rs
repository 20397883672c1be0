//! The targets, one per reader.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fathom_analysis::RangeReport;
use fathom_core::depth::{FileUse, NamedFile, match_files};
use fathom_core::stats::Sketch;
use fathom_decode::zip_archive::{self, Directory};
use fathom_decode::{Limits, dump_guess};
use fathom_engine::{NameText, PartReader, merge};
use fathom_network::NetworkError;
use fathom_network::gating::NetworkPair;
use fathom_network::normalise::QuantizedGraph;
use fathom_network::onnx::{ExternalFiles, read_model};
use fathom_network::preprocess::{Fit, PreprocessError, Preprocessing, RgbImage, read_tensors};
use fathom_report::link::{self, SharedDepths, SharedPage, SharedStudy};

use crate::{memory, mend, promises};

/// A reader to feed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    read: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 19] = [
    target("png", |bytes| {
        promises::file(bytes);
        promises::file(&mend::png(bytes));
    }),
    target("npy", promises::file),
    target("npz", |bytes| {
        promises::file(&mend::npz(&mend::split(bytes, b"\x93NUMPY")));
    }),
    target("zip", zip),
    target("gzip", promises::file),
    target("pnm", promises::file),
    target("exr", promises::file),
    target("tiff", promises::file),
    target("hdf5", promises::file),
    target("sintel", |bytes| {
        promises::file(&[b"PIEH", bytes].concat());
    }),
    target("ros", |bytes| {
        promises::file(&[bytes.get(..12).unwrap_or(&[0; 12]), bytes].concat());
    }),
    target("tensor-proto", |bytes| {
        promises::file(&[b"\x08", bytes].concat());
    }),
    target("dump", |bytes| {
        promises::picked(bytes, Some(&dump_guess(None)));
        let columns = u32::try_from(bytes.len() / 4).unwrap_or(1);
        promises::picked(bytes, Some(&dump_guess(Some((columns, 1)))));
    }),
    target("link", link),
    target("names", names),
    target("part", |bytes| {
        part(bytes);
        part(&mend::part(bytes));
    }),
    target("onnx", network),
    target("image", image),
    target("tensor", tensor),
];

const fn target(name: &'static str, read: fn(&[u8])) -> Target {
    Target { name, read }
}

impl Target {
    /// The target of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.into_iter().find(|t| t.name == name)
    }

    /// Feeds it.
    ///
    /// # Panics
    /// If a promise is broken.
    pub fn feed(&self, bytes: &[u8]) {
        memory::within_budget(bytes.len(), || (self.read)(bytes));
    }
}

/// Files of one archive that are unpacked.
const MEMBERS: usize = 16;

fn zip(bytes: &[u8]) {
    promises::file(bytes);
    let limits = Limits::default();
    let directory = match Directory::read(Cursor::new(bytes), &limits) {
        Ok(directory) => directory,
        Err(error) => return promises::one_sentence(&error),
    };
    let _ = zip_archive::is_npz(&directory.members, "set.npz");
    for member in directory.members.iter().take(MEMBERS) {
        let parts = || member.path.split('/');
        let leads_out = parts().any(|p| p == ".." || p.is_empty());
        assert!(
            !leads_out && !member.path.contains(char::is_control),
            "{:?}",
            member.path
        );
        match directory.extract(Cursor::new(bytes), member.index, &limits) {
            Ok(data) => assert_eq!(data.len() as u64, member.bytes, "{}", member.path),
            Err(error) => promises::one_sentence(&error),
        }
    }
}

/// The bytes as the text of a link, and as what a link with a right checksum carries.
fn link(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(Some(page)) = link::decode(text)
    {
        opened(&page);
    }
    let mut sealed = crc32fast::hash(bytes).to_le_bytes().to_vec();
    sealed.extend_from_slice(bytes);
    let text = URL_SAFE_NO_PAD.encode(sealed);
    if let Ok(Some(page)) = link::decode(&format!("f4.{text}")) {
        opened(&page);
    }
    // What packs a sketch has no checksum of its own, and bytes that pass for one are rare.
    if let Ok(depths) = Sketch::from_bytes(bytes.to_vec()).distribution() {
        assert!(depths.min_m() > 0.0 && depths.max_m().is_finite());
    }
}

/// What the page does with a link that it accepts: it encodes the content again.
fn opened(page: &SharedPage) {
    let study = SharedStudy::from_bytes(&page.study).unwrap_or_default();
    let bytes = study.to_bytes().expect("what was read can be written");
    let again = link::encode(&page.depths, &page.settings, &bytes, &page.network).expect("a link");
    let passed_on = || {
        let again = link::decode(&again).expect("own link").expect("a page");
        assert_eq!(again.depths, page.depths);
        assert_eq!(again.settings, page.settings);
        assert!(SharedStudy::from_bytes(&again.study).is_some());
    };
    let SharedDepths::Sketch { sketch, .. } = &page.depths else {
        return passed_on();
    };
    // A sketch is looked through only here, as on the page; until then it may hold anything, even what is not equal to itself.
    let Ok(depths) = sketch.distribution() else {
        return;
    };
    passed_on();
    for named in &page.settings.ranges {
        let report = RangeReport::measure(&depths, named, &page.settings.how);
        assert!((0.0..=1.0).contains(&report.coverage), "{report:?}");
    }
}

/// The bytes as a part of a set, merged alone.
fn part(bytes: &[u8]) {
    let opened = PartReader::open("part", Cursor::new(bytes));
    let merged = opened.and_then(|reader| merge(vec![reader], NameText::default(), true));
    if let Err(error) = merged {
        promises::one_merge_sentence(&error);
    }
}

/// The lines of the bytes as the paths of a set.
fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let file = |path: &str| NamedFile {
        path: path.to_owned(),
        chosen: None,
    };
    let files: Vec<NamedFile> = text.lines().map(file).collect();
    let found = match_files(&files);
    assert_eq!(found.len(), files.len());
    for file in &found {
        assert_eq!(file.left_out.is_some(), file.file_use == FileUse::Unused);
    }
}

/// The bytes as a network, as weights beside it, and as encodings of a network. Nothing is run: the runtime is another project.
fn network(bytes: &[u8]) {
    if let Err(error) = read_network(bytes) {
        promises::one_network_sentence(&error);
    }
}

fn read_network(bytes: &[u8]) -> Result<(), NetworkError> {
    let files = ExternalFiles::new([("weights".to_owned(), bytes)]);
    let graph = read_model(bytes, &files)?;
    let int8 = QuantizedGraph::from_graph(graph)?;
    let fp32 = int8.graph.clone();
    if let Err(error) = NetworkPair::from_encodings(&fp32, bytes) {
        promises::one_network_sentence(&error);
    }
    let gated = NetworkPair::new(&fp32, int8)?.gated;
    let mut times = vec![0; gated.quantizers.len()];
    for layer in &gated.layers {
        layer.quantizers.iter().for_each(|&q| times[q] += 1);
    }
    assert!(
        times.iter().all(|&n| n == 1),
        "a quantizer in {times:?} layers"
    );
    Ok(())
}

/// The bytes as an image for a network, brought to a small input.
fn image(bytes: &[u8]) {
    let settings = Preprocessing {
        fit: Fit::Letterbox,
        height: Some(28),
        width: Some(42),
        ..Preprocessing::default()
    };
    match RgbImage::decode(bytes).and_then(|image| settings.prepare(&image)) {
        Ok(frame) => assert_eq!(frame.tensor.shape, [1, 3, 28, 42]),
        Err(error) => one_preprocess_sentence(&error),
    }
}

/// The bytes as a prepared input.
fn tensor(bytes: &[u8]) {
    match read_tensors(bytes) {
        Ok(tensors) => {
            for named in tensors {
                let count: usize = named.tensor.shape.iter().product();
                assert_eq!(count, named.tensor.values.len());
            }
        }
        Err(error) => one_preprocess_sentence(&error),
    }
}

fn one_preprocess_sentence(error: &PreprocessError) {
    let text = error.to_string();
    assert!(!text.contains('\n') && text.len() < 2000, "{text:?}");
}
