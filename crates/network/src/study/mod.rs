//! A whole study of a network over frames: figures of each frame, their sums, and the section of the report.
//!
//! [`StudyNetwork::measure`] and [`StudyNetwork::shapley_gains`] work on one frame each, so that a caller can spread frames over workers.
//! [`StudyTotals`] adds the results up in the order of frames. [`network_section`] makes the report's section of them.
//! [`PrecisionCurve`] and [`repaired_errors`] measure remedies, when they are asked for.
//!
//! Must be absent: files, threads, and sentences.

mod measured_repairs;
mod mixed_precision;
mod model_entry;
mod quantizer_entries;
mod study_network;
mod study_section;
mod study_totals;

pub use measured_repairs::{RepairSet, repair_entries, repaired_errors};
pub use mixed_precision::{
    KeepCost, KeptPrecision, PrecisionCurve, errors_of_kept, kept_nodes_entry, nodes_to_keep,
};
pub use model_entry::model_entry;
pub use study_network::{FrameFigures, OwnFigures, StudyFrame, StudyNetwork};
pub use study_section::{StudyInfo, network_section};
pub use study_totals::{ShapleyTotals, StudyTotals};
