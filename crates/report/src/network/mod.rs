//! The section `network` of `report.json`: what each part of a quantized network does to its output.
//!
//! These types hold figures; `fathom-network` measures them. Errors of the output are in the unit of the output (`rms`) and in metres
//! (`rms_m`). A single layer's figure always says whether only it was rounded or all but it, because such figures do not add up.
//!
//! [`NetworkSummary`] puts a section in words for the page, [`NetworkEvidence`] gives it to the answers and the plan.
//!
//! Must be absent: measuring, and running networks.

mod layer_entries;
mod network_evidence;
mod network_section;
mod network_summary;
mod quantity_words;
mod quantizer_entry;
mod remedy_entries;

pub use layer_entries::{
    DepthChange, EffectEntry, GroupEntry, GroupsEntry, GrowthEntry, GrowthPointEntry, LayerEntry,
    ShapleyEntry,
};
pub use network_evidence::{ENOUGH, NetworkEvidence};
pub use network_section::{
    FORMAT, ModelEntry, NetworkReport, NetworkSection, OperatorCount, OutputEntry,
    PreprocessingEntry, StructureEntry, VERSION,
};
pub use network_summary::{
    AlongPoint, KeptRow, LayerRow, NetworkPart, NetworkSummary, PartShare, RepairRow, TensorRow,
    published_growth, published_split, repair_name,
};
pub use quantity_words::quantity_words;
pub use quantizer_entry::{AccumulatedError, LocalError, QuantizerEntry};
pub use remedy_entries::{KeptNodesEntry, ParetoEntry, RepairEntry, SaturationEntry};
