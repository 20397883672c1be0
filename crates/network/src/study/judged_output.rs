//! The output that is measured, and the guess of its quantity.

use fathom_core::i18n::{tr, with_english};

use super::study_error::{StudyError, StudySetting};
use super::study_network::StudyFrame;
use crate::gating::NetworkPair;
use crate::graph::NetworkGraph;
use crate::network_error::NetworkError;
use crate::output::{OutputEvidence, OutputGuess, guess_output};
use crate::preprocess::{ImageSize, Preset};
use crate::runtime::{Keep, Plan};

/// Pixels of a frame that a guess of the output's quantity looks at.
const GUESS_PIXELS: usize = 4000;

/// Frames that a guess of the output's quantity looks at.
const GUESS_FRAMES: usize = 3;

/// The output that is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JudgedOutput {
    pub name: String,
    /// Its place among the outputs.
    pub index: usize,
    /// Its place among those of the INT8 file's own graph.
    pub own_index: usize,
    pub size: ImageSize,
}

impl JudgedOutput {
    /// The output of a name, or else the first of the largest.
    pub(super) fn choose(
        pair: &NetworkPair,
        plan: &Plan,
        name: Option<&str>,
    ) -> Result<Self, StudyError> {
        let refuse = |problem: String| StudyError::setting(StudySetting::OutputName, problem);
        let names = &pair.gated.output_names;
        let outputs = plan.outputs();
        let pixels = |index: usize| -> usize {
            let output = outputs.get(index);
            output.map_or(0, |(_, shape)| shape.iter().product())
        };
        let found = match name {
            Some(name) => names.iter().position(|other| other == name),
            None => (0..names.len()).rev().max_by_key(|&index| pixels(index)),
        };
        let Some(index) = found else {
            return Err(refuse(tr!(
                "the network's outputs are {}",
                names.join(", ")
            )));
        };
        let shape = outputs.get(index).map_or(&[][..], |(_, shape)| shape);
        let size = match *shape {
            [.., height, width] if height * width == pixels(index) => ImageSize { width, height },
            _ => {
                return Err(refuse(tr!(
                    "the output {name} has the shape {shape}, and a depth map has rows, columns and one channel: choose another output, or give inputs of one frame",
                    name = names[index],
                    shape = format_args!("{shape:?}")
                )));
            }
        };
        let own = pair.own.as_ref();
        let own_index = own.and_then(|own| {
            let mut outputs = own.graph.outputs.iter();
            outputs.position(|output| output.name == names[index])
        });
        Ok(Self {
            name: names[index].clone(),
            index,
            own_index: own_index.unwrap_or(index),
            size,
        })
    }

    /// Guesses the quantity from some pixels of the first frames. Returns the guess, and its evidence in English for files.
    pub(super) fn guess(
        &self,
        fp32: &NetworkGraph,
        quantizers: usize,
        plan: &Plan,
        frames: &[StudyFrame],
        preset: Option<Preset>,
    ) -> Result<(OutputGuess, Vec<String>), NetworkError> {
        let (mut values, mut pairs) = (Vec::new(), Vec::new());
        let off = vec![false; quantizers];
        for frame in frames.iter().take(GUESS_FRAMES) {
            let trace = plan.run(&frame.inputs, &off, None, &Keep::outputs())?;
            let outputs = plan.output_values(&trace);
            let Some(output) = outputs.get(self.index).and_then(|value| value.floats()) else {
                continue;
            };
            let step = (output.len() / GUESS_PIXELS).max(1);
            for at in (0..output.len()).step_by(step) {
                let value = f64::from(output[at]);
                values.push(value);
                let truth = frame.truth_m.as_ref();
                if let Some(depth_m) = truth.and_then(|truth| truth.get(at)) {
                    pairs.push((value, *depth_m));
                }
            }
        }
        let mut nodes = fp32.nodes.iter();
        let last = nodes.find(|node| node.outputs.contains(&self.name));
        let evidence = OutputEvidence {
            name: &self.name,
            last_operator: last.map_or("", |node| node.operator.as_str()),
            preset,
            values: &values,
            truth: &pairs,
        };
        let in_english = with_english(|| guess_output(&evidence).reasons);
        Ok((guess_output(&evidence), in_english))
    }
}
