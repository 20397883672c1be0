//! A whole study of a network over frames: figures of each frame, their sums, and the section of the report.
//!
//! [`PreparedStudy::new`] makes a network ready from files as bytes and settings. [`StudyNetwork::measure_whole`],
//! [`StudyNetwork::measure_layers`] and [`StudyNetwork::shapley_gains`] work on one frame each, so that a caller can spread frames over
//! workers. [`StudyTotals`] adds the results up in the order of frames, [`ShapleySampling`] says which orders come next, and
//! [`network_section`] makes the report's section of them. [`PrecisionCurve`] and [`repaired_errors`] measure remedies, when they are asked
//! for.
//!
//! Must be absent: files by path, threads, and sentences on results.

mod constant_inputs;
mod frame_loader;
mod frame_source;
mod judged_output;
mod kept_study;
mod layer_tensors;
mod measured_repairs;
mod mixed_precision;
mod model_entry;
mod model_roles;
mod prepared_study;
mod quantizer_entries;
mod quantizer_source;
mod repair_study;
mod shapley_sampling;
mod study_error;
mod study_network;
mod study_plans;
mod study_section;
mod study_totals;
mod truth_maps;

pub use constant_inputs::constant_input;
pub use frame_source::{
    FrameSource, IMAGE_ENDINGS, evenly, frame_name, is_image_name, matched_maps,
    split_for_calibration,
};
pub use kept_study::KeptStudy;
pub use layer_tensors::TensorHistogram;
pub use measured_repairs::{RepairSet, repaired_errors};
pub use mixed_precision::{KeepCost, KeptPrecision, PrecisionCurve, errors_of_kept, nodes_to_keep};
pub use model_entry::model_entry;
pub use model_roles::{ModelRoles, ReadModel};
pub use prepared_study::{PreparedStudy, StudyFiles, StudySettings};
pub use quantizer_source::QuantizerSource;
pub use repair_study::RepairStudy;
pub use shapley_sampling::ShapleySampling;
pub use study_error::{StudyError, StudySetting};
pub use study_network::{
    FrameFigures, LayerFigures, OwnFigures, StudyFrame, StudyNetwork, runs_per_frame,
};
pub use study_plans::{StudyPlans, plan_of};
pub use study_section::{StudyInfo, network_section};
pub use study_totals::{ShapleyTotals, StudyTotals};
pub use truth_maps::{TruthMap, TruthMaps};
