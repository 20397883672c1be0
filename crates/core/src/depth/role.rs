//! Roles of files and frames, from file names and folders.

use serde::{Deserialize, Serialize};

use crate::i18n::tr;

/// The role of a set of maps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Role {
    /// Measured or rendered depth.
    #[default]
    GroundTruth,
    /// Output of the floating-point model.
    Float,
    /// Output of the INT8 model.
    Quantized,
    /// Output of the INT8 model on the device, where the other INT8 output is simulated.
    Board,
}

/// The use of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileUse {
    /// A depth map of this role.
    Map(Role),
    /// A mask: zero pixels are excluded from the maps of its frame, or from all frames if it is the only mask.
    Mask,
    /// Ignored.
    Unused,
}

impl Default for FileUse {
    fn default() -> Self {
        Self::Map(Role::default())
    }
}

/// Words of predictions in any precision: floating point, unless a folder says otherwise.
const PREDICTION_WORDS: [&str; 7] = [
    "pred",
    "preds",
    "prediction",
    "predictions",
    "predicted",
    "estimate",
    "estimated",
];

/// Words that state a use, the most specific first: `pred_int8` is quantized, `int8_board` is the board's.
const WORDS: [(FileUse, &[&str]); 6] = [
    (FileUse::Mask, &["mask", "masks", "validmask"]),
    (
        FileUse::Map(Role::Board),
        &["board", "device", "ondevice", "onboard", "npu", "dsp", "hw"],
    ),
    (
        FileUse::Map(Role::Quantized),
        &[
            "int8",
            "uint8",
            "w8a8",
            "quant",
            "quantized",
            "quantised",
            "q8",
            "ptq",
            "qat",
            "qdq",
        ],
    ),
    (
        FileUse::Map(Role::Float),
        &["fp32", "fp16", "bf16", "float", "float32", "float16"],
    ),
    (FileUse::Map(Role::Float), &PREDICTION_WORDS),
    (
        FileUse::Map(Role::GroundTruth),
        &[
            "gt",
            "groundtruth",
            "truth",
            "gtdepth",
            "depthgt",
            "target",
            "label",
            "labels",
        ],
    ),
];

/// Words in most names of depth files, above all of ground truth. They count only if no other word states a use.
const WEAK_WORDS: [&str; 8] = [
    "depth",
    "depths",
    "sparse",
    "lidar",
    "velodyne",
    "sync",
    "z",
    "compresseddepth",
];

/// Words about the kind of a file, or the variant of a network as converters name it. They tell no frame from another.
const KIND_WORDS: [&str; 25] = [
    "raw", "meter", "meters", "metre", "metres", "mm", "image", "img", "rgb", "color", "colour",
    "frame", "map", "out", "output", "result", "results", "metric", "dynamic", "range", "full",
    "integer", "int16", "act", "with",
];

/// Pairs of words that form one.
const PAIRS: [(&str, &str); 1] = [("ground", "truth")];

impl Role {
    /// All roles, in the order of the page.
    pub const ALL: [Self; 4] = [Self::GroundTruth, Self::Float, Self::Quantized, Self::Board];

    /// The name in reports and links.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GroundTruth => "gt",
            Self::Float => "fp32",
            Self::Quantized => "int8",
            Self::Board => "board",
        }
    }

    /// The name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::GroundTruth => tr!("Ground truth"),
            Self::Float => tr!("FP32 prediction"),
            Self::Quantized => tr!("INT8 prediction"),
            Self::Board => tr!("INT8 on the board"),
        }
    }

    /// The symbol in formulas.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::GroundTruth => "G",
            Self::Float => "F",
            Self::Quantized => "Q",
            Self::Board => "B",
        }
    }
}

impl FileUse {
    /// All uses, in the order of the page.
    pub const ALL: [Self; 6] = [
        Self::Map(Role::GroundTruth),
        Self::Map(Role::Float),
        Self::Map(Role::Quantized),
        Self::Map(Role::Board),
        Self::Mask,
        Self::Unused,
    ];

    /// The name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Map(role) => role.title(),
            Self::Mask => tr!("Mask (0 is left out)"),
            Self::Unused => tr!("Not used"),
        }
    }

    /// The role, for a map.
    #[must_use]
    pub fn role(self) -> Option<Role> {
        match self {
            Self::Map(role) => Some(role),
            Self::Mask | Self::Unused => None,
        }
    }
}

/// Use and frame of a file, parsed from its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameInfo {
    /// The use; ground truth if the name states none.
    pub file_use: FileUse,
    /// True if the name or a folder states the use.
    pub is_from_name: bool,
    /// The stem without words of use, which files of one frame share. Empty for a name of such words only.
    pub frame: String,
    /// The frame after the folders that state no use, for sets that repeat a name in several folders.
    pub frame_with_folders: String,
    /// Folders that state no use, outer ones first.
    pub folders: Vec<String>,
    /// The words of the stem that state neither use nor kind, joined: what names of one frame have in common. Empty if there are none.
    pub core: String,
    /// The other words of the stem, joined: what tells variants of one network apart.
    pub variant: String,
    /// The words that state the use: those of the stem, weak ones too, else the folder. Empty if none does.
    pub statement: String,
}

/// Parses use and frame from a path such as `run3/int8/frame_000600.npy`, `frame_000600_fp32.npy` or `pred_000600.png`. The file's name
/// has priority over its folders, inner folders over outer ones. The path is in Unicode's composed form: systems compose accents and Hangul
/// differently.
#[must_use]
pub fn parse_name(path: &str) -> NameInfo {
    let path = path.replace('\\', "/");
    let mut folders: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let file = folders.pop().unwrap_or_default();
    let words = words(stem(file));
    let (own, frame) = strip(&words);
    let by_folder = || folders.iter().rev().find_map(|folder| word_use(folder));
    let inside = || word_use(stem(file));
    let weak = || {
        let is_weak = |text: &str| self::words(text).iter().any(|w| is_weak(&w.text));
        (is_weak(stem(file)) || folders.iter().any(|f| is_weak(f))).then(FileUse::default)
    };
    // `int8/7_pred.npy` is an INT8 prediction.
    let is_prediction = |w: &Word<'_>| PREDICTION_WORDS.contains(&w.text.as_str());
    let names_precision = words
        .iter()
        .any(|w| !is_prediction(w) && rank(&w.text).is_some());
    let own = own.filter(|_| {
        names_precision
            || !words.iter().any(is_prediction)
            || by_folder().is_none_or(|u| u == FileUse::Map(Role::GroundTruth))
    });
    let stated = own.or_else(by_folder).or_else(inside).or_else(weak);
    let variant = joined(&words, |w| !is_core(w));
    let folder = || folders.iter().rev().find(|f| word_use(f).is_some());
    let statement = match own {
        Some(_) => variant.clone(),
        None => folder().map_or_else(|| variant.clone(), |f| (*f).to_owned()),
    };
    let plain: Vec<&str> = folders
        .iter()
        .copied()
        .filter(|f| word_use(f).is_none() && !self::words(f).iter().all(|w| is_weak(&w.text)))
        .collect();
    let own_frame = (!frame.is_empty()).then_some(frame.as_str());
    let named: Vec<&str> = plain.iter().copied().chain(own_frame).collect();
    NameInfo {
        file_use: stated.unwrap_or_default(),
        is_from_name: stated.is_some(),
        frame_with_folders: named.join("/"),
        folders: plain.iter().map(|&f| f.to_owned()).collect(),
        core: joined(&words, is_core),
        variant,
        statement,
        frame,
    }
}

/// True for a word that states neither use nor kind.
fn is_core(word: &Word<'_>) -> bool {
    let text = word.text.as_str();
    rank(text).is_none() && !is_weak(text) && !KIND_WORDS.contains(&text)
}

fn joined(words: &[Word<'_>], is_wanted: impl Fn(&Word<'_>) -> bool) -> String {
    let wanted = words.iter().filter(|w| is_wanted(w));
    let texts: Vec<&str> = wanted.map(|w| &w.name[w.from..w.to]).collect();
    texts.join("_")
}

/// Returns true if a path names disparities, which need baseline and focal length from the user.
#[must_use]
pub fn is_disparity_name(path: &str) -> bool {
    let path = path.replace('\\', "/");
    path.split('/').any(|part| {
        let words = words(stem(part));
        words.iter().any(|w| is_disparity_word(&w.text))
    })
}

/// A file name without extensions. `.depth` and the like are words, not extensions.
pub(super) fn stem(file: &str) -> &str {
    let mut stem = file;
    while let Some((head, tail)) = stem.rsplit_once('.') {
        let known = [
            "png", "npy", "npz", "exr", "tif", "tiff", "pfm", "pgm", "pnm", "gz", "jpg", "jpeg",
            "zip", "mat", "h5", "hdf5", "bin", "txt", "json", "raw", "dpt", "pb", "pt", "pth",
            "pkl",
        ];
        if head.is_empty() || !known.contains(&tail.to_ascii_lowercase().as_str()) {
            break;
        }
        stem = head;
    }
    stem
}

/// A word of a name, and its position.
pub(super) struct Word<'a> {
    pub(super) text: String,
    from: usize,
    to: usize,
    name: &'a str,
}

pub(super) fn words(name: &str) -> Vec<Word<'_>> {
    let mut found: Vec<Word<'_>> = Vec::new();
    let mut from = 0;
    let ends = name
        .char_indices()
        .filter(|(_, c)| matches!(c, '_' | '-' | '.' | ' ' | '[' | ']' | '(' | ')'))
        .map(|(at, c)| (at, at + c.len_utf8()))
        .chain([(name.len(), name.len())]);
    for (to, next) in ends {
        if to > from {
            let text = name[from..to].to_ascii_lowercase();
            match found.last_mut() {
                Some(last) if PAIRS.contains(&(last.text.as_str(), text.as_str())) => {
                    last.text.push_str(&text);
                    last.to = to;
                }
                _ => found.push(Word {
                    text,
                    from,
                    to,
                    name,
                }),
            }
        }
        from = next;
    }
    found
}

fn is_weak(word: &str) -> bool {
    WEAK_WORDS.contains(&word) || is_disparity_word(word)
}

/// KITTI numbers them: `disp_0`, `disp0`.
fn is_disparity_word(word: &str) -> bool {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(word, "disp" | "disparity" | "disparities")
}

fn rank(word: &str) -> Option<usize> {
    WORDS.iter().position(|(_, words)| words.contains(&word))
}

fn word_use(name: &str) -> Option<FileUse> {
    let best = words(name).iter().filter_map(|w| rank(&w.text)).min()?;
    Some(WORDS[best].0)
}

/// The use that words at either end of a stem state, and the stem without them.
fn strip(words: &[Word<'_>]) -> (Option<FileUse>, String) {
    let mut best: Option<usize> = None;
    let (mut first, mut last) = (0, words.len());
    let mut take = |word: &Word<'_>| {
        let rank = rank(&word.text);
        if let Some(rank) = rank {
            best = Some(best.map_or(rank, |b: usize| b.min(rank)));
        }
        rank.is_some() || is_weak(&word.text)
    };
    while first < last && take(&words[last - 1]) {
        last -= 1;
    }
    while first < last && take(&words[first]) {
        first += 1;
    }
    let frame = match words.get(first..last) {
        Some([only]) => only.name[only.from..only.to].to_owned(),
        Some([head, .., tail]) => head.name[head.from..tail.to].to_owned(),
        _ => String::new(),
    };
    (best.map(|rank| WORDS[rank].0), frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    const G: FileUse = FileUse::Map(Role::GroundTruth);
    const F: FileUse = FileUse::Map(Role::Float);
    const Q: FileUse = FileUse::Map(Role::Quantized);
    const B: FileUse = FileUse::Map(Role::Board);

    #[test]
    fn usual_names() {
        let rows = [
            ("frame_000600.png", G, false, "frame_000600"),
            ("gt/frame_000600.png", G, true, "frame_000600"),
            ("set/fp32/frame_000600.npy", F, true, "frame_000600"),
            ("int8/frame_000600.npy", Q, true, "frame_000600"),
            ("a\\INT8\\frame_1.npy", Q, true, "frame_1"),
            ("frame_1_int8.npy", Q, true, "frame_1"),
            ("frame_1_pred_int8.npy", Q, true, "frame_1"),
            ("fp32/frame_1-quant.npy", Q, true, "frame_1"),
            ("int8/run/frame_1.npy", Q, true, "frame_1"),
            ("int8/depth/frame_1.npy", Q, true, "frame_1"),
            ("int8_board/frame_1.npy", B, true, "frame_1"),
            ("results_fp32/frame_1.npy", F, true, "frame_1"),
            ("frame-000600.depth.png", G, true, "frame-000600"),
            ("sync_depth_00000.png", G, true, "00000"),
            ("7.compressedDepth", G, true, "7"),
            ("pred_00000.png", F, true, "00000"),
            ("ground_truth/7.exr", G, true, "7"),
            ("7_ground_truth.exr", G, true, "7"),
            ("depth.npy", G, true, ""),
            ("pred.npy", F, true, ""),
            ("int8/7_pred.npy", Q, true, "7"),
            ("fp32/pred_7.npy", F, true, "7"),
            ("int8/pred_fp32_7.npy", F, true, "7"),
            ("gt/7_pred.npy", F, true, "7"),
            ("000000_10_disp0.npy", G, true, "000000_10"),
            ("predator.npy", G, false, "predator"),
            ("f16.png", G, false, "f16"),
            ("v1.5.npy", G, false, "v1.5"),
            ("masks/7.png", FileUse::Mask, true, "7"),
            ("7_mask.png", FileUse::Mask, true, "7"),
            ("", G, false, ""),
        ];
        for (path, part, told, frame) in rows {
            let info = parse_name(path);
            assert_eq!(
                (info.file_use, info.is_from_name, info.frame.as_str()),
                (part, told, frame),
                "{path}"
            );
        }
    }

    #[test]
    fn names_state_disparity() {
        for (path, is) in [
            ("disp_0/000000_10.png", true),
            ("set/left-disparity.pfm", true),
            ("disp0/000000_10.png", true),
            ("display/1.png", false),
            ("displays2/1.png", false),
            ("gt/1.png", false),
        ] {
            assert_eq!(is_disparity_name(path), is, "{path}");
        }
    }
}
