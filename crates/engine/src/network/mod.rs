//! The part of measuring networks that runs without their runtime: which files are a network's, the messages to its workers, and who measures what.
//!
//! The program of these workers is `crates/network-wasm`.

mod example_network;
mod messages;
mod network_files;
mod network_session;

pub use example_network::{EXAMPLE_MODELS, example_frames};
pub use messages::{
    FromNetworkWorker, LayerPicture, MeasureRequest, ModelSummary, NetworkFile, NetworkFileKind,
    NetworkRequest, NetworkResponse, NetworkSettings, OUTPUTS_FOLDER, ReadyStudy, Round,
    StudyOrder, StudyProblem, StudyResult, StudyState, ToNetworkWorker,
};
pub use network_files::{HEAD_BYTES, NetworkUse, UsedFile, network_use, split_files};
pub use network_session::{
    NetworkCommand, NetworkEvent, NetworkProgress, NetworkSession, NetworkStage, NetworkUpdate,
};
