//! What a file is for, read from its name and folder.
//!
//! Knows the usual habits of naming; knows nothing of what is in a file.

use serde::{Deserialize, Serialize};

/// The part a set of maps plays.
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
}

/// Words in a folder's name or at the end of a file's stem that tell a role.
const WORDS: [(Role, &[&str]); 3] = [
    (
        Role::Quantized,
        &[
            "int8",
            "uint8",
            "i8",
            "quant",
            "quantized",
            "quantised",
            "q8",
            "ptq",
            "qat",
        ],
    ),
    (
        Role::Float,
        &[
            "fp32",
            "fp16",
            "float",
            "float32",
            "float16",
            "pred",
            "prediction",
            "predictions",
        ],
    ),
    (
        Role::GroundTruth,
        &[
            "gt",
            "groundtruth",
            "ground_truth",
            "depth_gt",
            "gtdepth",
            "truth",
            "sparse",
        ],
    ),
];

impl Role {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::GroundTruth, Self::Float, Self::Quantized];

    /// The name in reports and links.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GroundTruth => "gt",
            Self::Float => "fp32",
            Self::Quantized => "int8",
        }
    }

    /// The name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::GroundTruth => "Ground truth",
            Self::Float => "FP32 prediction",
            Self::Quantized => "INT8 prediction",
        }
    }

    /// The letter that stands for it in formulas.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::GroundTruth => "G",
            Self::Float => "F",
            Self::Quantized => "Q",
        }
    }
}

/// Role and frame of a file, from its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameFacts {
    /// The role, ground truth where the name tells nothing.
    pub role: Role,
    /// Whether the name told the role.
    pub told: bool,
    /// The stem without a role suffix: files of one frame share it.
    pub frame: String,
}

/// Reads role and frame from a path such as `run3/int8/frame_000600.npy` or `frame_000600_fp32.npy`. The suffix of the file wins
/// over the folder, and the innermost folder over the others.
#[must_use]
pub fn name_facts(path: &str) -> NameFacts {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let file = parts.pop().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let told = |role, frame: &str| NameFacts {
        role,
        told: true,
        frame: frame.to_owned(),
    };
    if let Some((frame, role)) = suffix_role(stem) {
        return told(role, frame);
    }
    if let Some(role) = parts.iter().rev().find_map(|folder| word_role(folder)) {
        return told(role, stem);
    }
    NameFacts {
        role: Role::default(),
        told: false,
        frame: stem.to_owned(),
    }
}

fn word_role(word: &str) -> Option<Role> {
    let word = word.to_ascii_lowercase().replace('-', "_");
    WORDS
        .iter()
        .find(|(_, words)| words.contains(&word.as_str()))
        .map(|(role, _)| *role)
}

/// The stem without its role word, and the role. A stem that is nothing but a role word has no frame of its own, so the word stays.
fn suffix_role(stem: &str) -> Option<(&str, Role)> {
    if let Some(role) = word_role(stem) {
        return Some((stem, role));
    }
    let (frame, word) = stem.rsplit_once(['_', '-', '.'])?;
    Some((frame, word_role(word)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names() {
        let rows = [
            ("frame_000600.png", Role::GroundTruth, false, "frame_000600"),
            (
                "gt/frame_000600.png",
                Role::GroundTruth,
                true,
                "frame_000600",
            ),
            (
                "set/fp32/frame_000600.npy",
                Role::Float,
                true,
                "frame_000600",
            ),
            (
                "int8/frame_000600.npy",
                Role::Quantized,
                true,
                "frame_000600",
            ),
            ("a\\INT8\\frame_1.npy", Role::Quantized, true, "frame_1"),
            ("frame_1_int8.npy", Role::Quantized, true, "frame_1"),
            ("fp32/frame_1-quant.npy", Role::Quantized, true, "frame_1"),
            ("int8/run/frame_1.npy", Role::Quantized, true, "frame_1"),
            (
                "frame-000600.depth.png",
                Role::GroundTruth,
                false,
                "frame-000600.depth",
            ),
            ("pred.npy", Role::Float, true, "pred"),
            ("predator.npy", Role::GroundTruth, false, "predator"),
            ("", Role::GroundTruth, false, ""),
        ];
        for (path, role, told, frame) in rows {
            let facts = name_facts(path);
            assert_eq!(
                (facts.role, facts.told, facts.frame.as_str()),
                (role, told, frame),
                "{path}"
            );
        }
    }
}
