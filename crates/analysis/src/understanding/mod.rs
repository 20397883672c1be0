//! Properties of a set of maps, before a network is judged by it: evidence, repairs that were tried, and the one question worth asking.
//!
//! | step | input | result |
//! | --- | --- | --- |
//! | [`FrameSample::measure`] | decoded maps of a frame | traits of every map, pixels of at most eight frames |
//! | [`Understanding::new`] | the sample | evidence, scored hypotheses, question, repairs without question |
//! | [`Repair::apply`], [`reorder_stack`] | a map | the repaired map |
//! | [`RepairFit`] | all pixels | the numbers of a repair that is taken |
//!
//! The parts of a sample are measured map by map and frame by frame, so several threads can share the work. A sample is bounded:
//! [`sampled_pixels`] of each map, and 2,048 pixels of two roles together. The same maps always give the same sample.
//!
//! A repair is offered if it explains much more than the maps as they are: a rank correlation that is 0.2 higher, or a third of abs_rel.
//! A poor network that no repair explains is not questioned.
//!
//! Must be absent: files, names of files, verdicts about networks.

mod byte_order;
mod dead_output;
mod evidence_found;
mod finding_kind;
mod impossible_depths;
mod linear_fit;
mod listed_units;
mod map_traits;
mod pair_question;
mod placement;
mod plausibility;
mod rank_correlation;
mod repair;
mod repair_fit;
mod repair_text;
mod repaired_map;
mod set_sample;
mod set_understanding;
mod spread_indices;
mod understanding_words;
mod unit_question;
mod value_hypotheses;

#[cfg(test)]
mod case_tests;
#[cfg(test)]
mod made_pair_tests;
#[cfg(test)]
mod read_set;
#[cfg(test)]
mod real_data_tests;

pub use byte_order::is_byte_swapped;
pub use dead_output::{DeadKind, DeadOutput, dead_outputs};
pub use evidence_found::{Question, SetEvidence};
pub use finding_kind::FindingKind;
pub use impossible_depths::{NoDepthValue, marker_shares, no_depth_value};
pub use linear_fit::LinearFit;
pub use map_traits::{MapTraits, sampled_pixels};
pub use placement::{Borders, Fit, Placement};
pub use plausibility::{Hypothesis, Score};
pub use rank_correlation::rank_correlation;
pub use repair::{AxisOrder, Flip, Quantity, Repair, RoleRepair, Window};
pub use repair_fit::RepairFit;
pub use repair_text::RepairTextError;
pub use repaired_map::reorder_stack;
pub use set_sample::{
    EncodingSource, FrameSample, PairSample, RolePair, RoleSample, SampleSize, SampledMap,
    SetSample, sample_sizes,
};
pub use set_understanding::Understanding;
