//! The title, the comparison and the user's choices as a link carries them.
//!
//! Answers in words are left out: the opening page makes them from the figures, in its own language. Frame names are included only on
//! request.

use serde::{Deserialize, Serialize};

use super::link_codec::{Settings, SharedDepths, encode};
use super::shared_comparison::{CompactComparison, SharedComparison};
use fathom_analysis::compare::{
    Alignment, Average, Clamp, DEFAULT_BAND_EDGES_M, EvalProtocol, EvalWindow, Evaluator,
};
use fathom_analysis::diagnosis::requantized::{Requantized, WhatIf};
use fathom_analysis::diagnosis::requantized::{RequantizedMse, TriedCodes};
use fathom_core::depth::Role;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{Bits, CodeSpec, OutputRange};

/// Largest length of a title, in characters.
pub const MAX_TITLE: usize = 60;

/// Largest number of frame names, and their largest length in characters.
pub const MAX_FRAMES: usize = 8;
const MAX_FRAME_NAME: usize = 80;

/// Longest fragment with frame names, in characters. With the address of a page the link stays under 2,000.
const SOFT_LIMIT: usize = 1_930;

/// Largest number of band edges.
const MAX_EDGES: usize = 16;

/// Largest weight of a clipped error.
const MAX_WEIGHT: f64 = 1e6;

/// The content of a link beside depths and settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedStudy {
    /// The user's title; empty if there is none.
    pub title: String,
    /// Role of the analysed maps, where it is known.
    pub role: Option<Role>,
    /// The user's choices.
    pub choices: StudyChoices,
    /// Comparison of maps, where predictions were compared.
    pub comparison: Option<SharedComparison>,
    /// Requantized predictions, under the link's settings.
    pub requantized: Option<Requantized>,
    /// The frames with the largest loss; empty unless the user included their names.
    pub frames: Vec<SharedFrame>,
}

/// The user's choices beside [`Settings`].
#[derive(Clone, Debug, PartialEq)]
pub struct StudyChoices {
    /// Evaluator.
    pub evaluator: Evaluator,
    /// Protocol of the user's own, which replaces the evaluator's.
    pub own_protocol: Option<EvalProtocol>,
    /// Average of the metrics.
    pub average: Average,
    /// Metric of maps and curves.
    pub criterion: Criterion,
    /// Weight of a clipped error against a rounding error.
    pub clipping_weight: f64,
    /// Inner edges of the depth bands, in metres.
    pub band_edges_m: Vec<f64>,
}

impl Default for StudyChoices {
    fn default() -> Self {
        Self {
            evaluator: Evaluator::default(),
            own_protocol: None,
            average: Average::default(),
            criterion: Criterion::Rmse,
            clipping_weight: 1.0,
            band_edges_m: DEFAULT_BAND_EDGES_M.to_vec(),
        }
    }
}

/// A frame with the RMSE of both predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedFrame {
    /// Name, at most 80 characters.
    pub name: String,
    /// RMSE of `F`, in metres.
    pub fp32_m: f32,
    /// RMSE of `Q`, in metres.
    pub int8_m: f32,
}

/// Returns the frames whose RMSE rises most from `F` to `Q`, worst first. A row is a name and both RMSEs in metres.
#[must_use]
pub fn worst_frames<'a>(frames: impl Iterator<Item = (&'a str, f64, f64)>) -> Vec<SharedFrame> {
    let mut all: Vec<_> = frames.filter(|f| (f.2 - f.1).is_finite()).collect();
    all.sort_by(|a, b| (b.2 - b.1).total_cmp(&(a.2 - a.1)));
    let shared = |(name, fp32_m, int8_m): (&str, f64, f64)| SharedFrame {
        name: name.chars().take(MAX_FRAME_NAME).collect(),
        fp32_m: fp32_m as f32,
        int8_m: int8_m as f32,
    };
    all.into_iter().take(MAX_FRAMES).map(shared).collect()
}

/// Encodes a link with as many of `frames` as fit into 1,930 characters, the first ones first. Returns it with the study that it carries. An
/// encoded network comes on top.
///
/// `None` if the link cannot be serialised.
#[must_use]
pub fn encode_fitting(
    depths: &SharedDepths,
    settings: &Settings,
    mut study: SharedStudy,
    network: &[u8],
    frames: &[SharedFrame],
) -> Option<(String, SharedStudy)> {
    let mut named = frames.len().min(MAX_FRAMES);
    loop {
        study.frames = frames[..named].to_vec();
        let bytes = study.to_bytes()?;
        let fits = || Some(encode(depths, settings, &bytes, &[])?.len() <= SOFT_LIMIT);
        if named == 0 || fits()? {
            return Some((encode(depths, settings, &bytes, network)?, study));
        }
        named -= 1;
    }
}

impl SharedStudy {
    /// Encodes the study in single precision; `None` if it cannot be serialised.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        postcard::to_allocvec(&Compact::from(self)).ok()
    }

    /// Decodes the bytes of [`SharedStudy::to_bytes`]; `None` unless every value is plausible.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let compact: Compact = postcard::from_bytes(bytes).ok()?;
        Some(compact.into()).filter(Self::is_plausible)
    }

    /// Returns true if a page can have written these values. They are shown without recomputing them.
    fn is_plausible(&self) -> bool {
        let choices = &self.choices;
        let ascending = choices
            .band_edges_m
            .windows(2)
            .all(|pair| pair[0] < pair[1]);
        let edges = choices
            .band_edges_m
            .iter()
            .all(|m| *m > 0.0 && m.is_finite());
        let weight = (0.0..=MAX_WEIGHT).contains(&choices.clipping_weight);
        let frame = |frame: &SharedFrame| {
            frame.name.chars().count() <= MAX_FRAME_NAME
                && [frame.fp32_m, frame.int8_m].iter().all(|m| m.is_finite())
        };
        self.title.chars().count() <= MAX_TITLE
            && choices.band_edges_m.len() <= MAX_EDGES
            && ascending
            && edges
            && weight
            && choices.own_protocol.as_ref().is_none_or(is_valid_protocol)
            && self
                .comparison
                .as_ref()
                .is_none_or(SharedComparison::is_plausible)
            && self
                .requantized
                .as_ref()
                .is_none_or(is_plausible_requantized)
            && self.frames.len() <= MAX_FRAMES
            && self.frames.iter().all(frame)
    }
}

/// Returns true if the protocol can be evaluated.
fn is_valid_protocol(protocol: &EvalProtocol) -> bool {
    let EvalWindow { min_m, max_m, .. } = protocol.window;
    let clamp = protocol
        .clamp
        .is_none_or(|Clamp { min_m, max_m }| min_m > 0.0 && min_m <= max_m && max_m.is_finite());
    let fixed = match protocol.alignment {
        Alignment::Fixed(affine) => affine.scale.is_finite() && affine.shift_m.is_finite(),
        Alignment::None | Alignment::MedianScale | Alignment::LeastSquares => true,
    };
    let floor = protocol
        .floor_m
        .is_none_or(|floor| floor > 0.0 && floor.is_finite());
    let factors = [protocol.silog_lambda, protocol.silog_factor];
    let whole = factors.iter().all(|factor| factor.is_finite());
    min_m >= 0.0 && min_m < max_m && clamp && fixed && floor && whole
}

/// Returns true if every error is finite and not negative.
fn is_plausible_requantized(requantized: &Requantized) -> bool {
    let TriedCodes {
        best_range,
        narrower,
        bits,
        code,
        depth_aware,
        two_outputs,
    } = &requantized.tried;
    let ranges = [best_range, narrower].into_iter().flatten().map(|t| t.1);
    let all = ranges
        .chain(bits.iter().map(|t| t.1))
        .chain(code.as_ref().map(|t| t.1))
        .chain(*depth_aware)
        .chain(*two_outputs);
    let is_plausible = |r: RequantizedMse| {
        [r.mse_code, r.mse_to_gt]
            .iter()
            .all(|m| *m >= 0.0 && m.is_finite())
    };
    let curve = &requantized.curve;
    let lengths = [curve.best.1, curve.current_m, curve.fp32_m];
    all.into_iter().all(is_plausible) && lengths.iter().all(|m| *m >= 0.0 && m.is_finite())
}

/// The encoded form of [`SharedStudy`]: figures in single precision, `None` for default choices.
#[derive(Serialize, Deserialize)]
struct Compact {
    title: String,
    role: Option<Role>,
    evaluator: u8,
    own_protocol: Option<EvalProtocol>,
    average: Average,
    criterion: Criterion,
    clipping_weight: Option<f64>,
    band_edges_m: Option<Vec<f64>>,
    comparison: Option<CompactComparison>,
    requantized: Option<CompactRequantized>,
    frames: Vec<SharedFrame>,
}

impl From<&SharedStudy> for Compact {
    fn from(study: &SharedStudy) -> Self {
        let SharedStudy {
            title,
            role,
            choices,
            comparison,
            requantized,
            frames,
        } = study;
        let evaluator = Evaluator::ALL.iter().position(|e| *e == choices.evaluator);
        let usual = StudyChoices::default();
        Self {
            title: title.clone(),
            role: *role,
            evaluator: evaluator.unwrap_or_default() as u8,
            own_protocol: choices.own_protocol,
            average: choices.average,
            criterion: choices.criterion,
            clipping_weight: Some(choices.clipping_weight)
                .filter(|weight| *weight != usual.clipping_weight),
            band_edges_m: Some(choices.band_edges_m.clone())
                .filter(|edges| *edges != usual.band_edges_m),
            comparison: comparison.as_ref().map(Into::into),
            requantized: requantized.as_ref().map(Into::into),
            frames: frames.clone(),
        }
    }
}

impl From<Compact> for SharedStudy {
    fn from(compact: Compact) -> Self {
        let usual = StudyChoices::default();
        let evaluator = Evaluator::ALL.get(compact.evaluator as usize);
        Self {
            title: compact.title,
            role: compact.role,
            choices: StudyChoices {
                evaluator: evaluator.copied().unwrap_or_default(),
                own_protocol: compact.own_protocol,
                average: compact.average,
                criterion: compact.criterion,
                clipping_weight: compact.clipping_weight.unwrap_or(usual.clipping_weight),
                band_edges_m: compact.band_edges_m.unwrap_or(usual.band_edges_m),
            },
            comparison: compact.comparison.as_ref().map(Into::into),
            requantized: compact.requantized.map(Into::into),
            frames: compact.frames,
        }
    }
}

/// `mse_code` and `mse_to_gt` in single precision.
type Squares = (f32, f32);

/// [`Requantized`] in single precision, without the points of its sweep.
#[derive(Serialize, Deserialize)]
struct CompactRequantized {
    best: OutputRange,
    best_m: f32,
    current_m: f32,
    fp32_m: f32,
    best_range: Option<(OutputRange, Squares)>,
    narrower: Option<(OutputRange, Squares)>,
    bits: Vec<(Bits, Squares)>,
    code: Option<(CodeSpec, Squares)>,
    depth_aware: Option<Squares>,
    two_outputs: Option<Squares>,
}

fn to_squares(mse: RequantizedMse) -> Squares {
    (mse.mse_code as f32, mse.mse_to_gt as f32)
}

fn to_requantized_mse((code, to_gt): Squares) -> RequantizedMse {
    RequantizedMse {
        mse_code: f64::from(code),
        mse_to_gt: f64::from(to_gt),
    }
}

impl From<&Requantized> for CompactRequantized {
    fn from(whole: &Requantized) -> Self {
        let Requantized { curve, tried } = whole;
        Self {
            best: curve.best.0,
            best_m: curve.best.1 as f32,
            current_m: curve.current_m as f32,
            fp32_m: curve.fp32_m as f32,
            best_range: tried.best_range.map(|t| (t.0, to_squares(t.1))),
            narrower: tried.narrower.map(|t| (t.0, to_squares(t.1))),
            bits: tried.bits.iter().map(|t| (t.0, to_squares(t.1))).collect(),
            code: tried.code.as_ref().map(|t| (t.0.clone(), to_squares(t.1))),
            depth_aware: tried.depth_aware.map(to_squares),
            two_outputs: tried.two_outputs.map(to_squares),
        }
    }
}

impl From<CompactRequantized> for Requantized {
    fn from(compact: CompactRequantized) -> Self {
        let best = compact.best;
        Self {
            curve: WhatIf {
                points: Vec::new(),
                best: (best, f64::from(compact.best_m)),
                current_m: f64::from(compact.current_m),
                fp32_m: f64::from(compact.fp32_m),
            },
            tried: TriedCodes {
                best_range: compact.best_range.map(|t| (t.0, to_requantized_mse(t.1))),
                narrower: compact.narrower.map(|t| (t.0, to_requantized_mse(t.1))),
                bits: compact
                    .bits
                    .into_iter()
                    .map(|t| (t.0, to_requantized_mse(t.1)))
                    .collect(),
                code: compact.code.map(|t| (t.0, to_requantized_mse(t.1))),
                depth_aware: compact.depth_aware.map(to_requantized_mse),
                two_outputs: compact.two_outputs.map(to_requantized_mse),
            },
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(min_m: f64, max_m: f64) -> OutputRange {
        OutputRange::new(min_m, max_m).expect("a range")
    }

    fn pair(n: f64) -> RequantizedMse {
        RequantizedMse {
            mse_code: 0.5 * n,
            mse_to_gt: 0.25 + n,
        }
    }

    /// A study with every part.
    pub(crate) fn full() -> SharedStudy {
        let (compared, budget, changes) = super::super::shared_comparison::tests::example();
        let best = range(0.5, 4.25);
        SharedStudy {
            title: "Before recalibration".to_owned(),
            role: Some(Role::GroundTruth),
            choices: StudyChoices {
                evaluator: Evaluator::Nyu,
                own_protocol: Some(EvalProtocol {
                    window: EvalWindow {
                        min_m: 0.5,
                        max_m: f64::INFINITY,
                        ends_count: true,
                    },
                    ..Evaluator::Nyu.protocol()
                }),
                average: Average::PerFrame,
                criterion: Criterion::AbsRel,
                clipping_weight: 3.0,
                band_edges_m: vec![1.0, 2.5, 8.0],
            },
            comparison: SharedComparison::new(compared, &budget, &changes),
            requantized: Some(Requantized {
                curve: WhatIf {
                    points: Vec::new(),
                    best: (best, 0.375),
                    current_m: 0.5,
                    fp32_m: 0.25,
                },
                tried: TriedCodes {
                    best_range: Some((best, pair(1.0))),
                    narrower: Some((range(0.5, 7.5), pair(2.0))),
                    bits: [10, 12, 16]
                        .into_iter()
                        .filter_map(Bits::new)
                        .map(|bits| (bits, pair(4.0)))
                        .collect(),
                    code: Some((CodeSpec::Logarithmic, pair(8.0))),
                    depth_aware: Some(pair(16.0)),
                    two_outputs: Some(pair(32.0)),
                },
            }),
            frames: vec![SharedFrame {
                name: "room_07".to_owned(),
                fp32_m: 0.5,
                int8_m: 0.75,
            }],
        }
    }

    #[test]
    fn a_study_round_trips() {
        let study = SharedStudy {
            // Correlations are rounded to hundredths and would differ.
            comparison: None,
            ..full()
        };
        for study in [study, SharedStudy::default()] {
            let bytes = study.to_bytes().expect("bytes");
            assert_eq!(SharedStudy::from_bytes(&bytes), Some(study));
        }
        let nothing = SharedStudy::default().to_bytes().expect("bytes");
        assert!(nothing.len() < 16, "{} bytes", nothing.len());
        let whole = full();
        let again = SharedStudy::from_bytes(&whole.to_bytes().expect("bytes"));
        let comparison = again
            .and_then(|study| study.comparison)
            .expect("a comparison");
        assert_eq!(
            comparison.budget(),
            whole.comparison.expect("a comparison").budget()
        );
    }

    #[test]
    fn as_many_names_are_encoded_as_fit() {
        let settings = Settings {
            ranges: fathom_analysis::published_candidates().expect("ranges"),
            current: 3,
            how: fathom_analysis::RangeSettings::default(),
            found: None,
        };
        let names: Vec<String> = (0..20)
            .map(|i| format!("{}_{i}", "\u{ae34} ".repeat(60)))
            .collect();
        let rows = names.iter().enumerate().map(|(i, name)| {
            let name = name.as_str();
            (name, 1.0, if i == 7 { f64::NAN } else { 2.0 + i as f64 })
        });
        let worst = worst_frames(rows);
        assert_eq!(worst.len(), MAX_FRAMES);
        assert_eq!((worst[0].int8_m, worst[7].int8_m), (21.0, 14.0));
        assert!(
            worst
                .iter()
                .all(|f| f.name.chars().count() <= MAX_FRAME_NAME)
        );
        let of = |frames: &[SharedFrame]| {
            let link = encode_fitting(&SharedDepths::Sample, &settings, full(), &[], frames);
            link.expect("a link")
        };
        let (link, study) = of(&worst);
        assert!(!study.frames.is_empty() && study.frames.len() < MAX_FRAMES);
        assert!(link.len() <= SOFT_LIMIT, "{} characters", link.len());
        assert!(of(&[]).1.frames.is_empty());
    }

    #[test]
    fn implausible_values_are_rejected() {
        let spoil: [fn(&mut SharedStudy); 7] = [
            |s| s.title = "x".repeat(MAX_TITLE + 1),
            |s| s.choices.band_edges_m = vec![3.0, 2.0],
            |s| s.choices.clipping_weight = f64::NAN,
            |s| {
                s.choices
                    .own_protocol
                    .iter_mut()
                    .for_each(|p| p.window.max_m = 0.25);
            },
            |s| {
                s.requantized
                    .iter_mut()
                    .for_each(|r| r.curve.current_m = f64::NAN);
            },
            |s| s.frames = vec![s.frames[0].clone(); MAX_FRAMES + 1],
            |s| s.frames[0].int8_m = f32::INFINITY,
        ];
        assert!(full().is_plausible());
        for (i, spoil) in spoil.into_iter().enumerate() {
            let mut bad = full();
            spoil(&mut bad);
            let bytes = bad.to_bytes().expect("bytes");
            assert_eq!(SharedStudy::from_bytes(&bytes), None, "row {i}");
        }
    }

    proptest! {
        #[test]
        fn decoding_never_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let _ = SharedStudy::from_bytes(&bytes);
            let mut bytes = full().to_bytes().expect("bytes");
            for (at, byte) in spoilt {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Some(study) = SharedStudy::from_bytes(&bytes) {
                prop_assert!(study.to_bytes().is_some());
            }
        }
    }
}
