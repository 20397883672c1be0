//! The part of measuring networks that runs without their runtime: which files are a network's, the messages to its workers, and who measures what.
//!
//! The program of these workers is `crates/network-wasm`.

mod example_network;
mod messages;
mod network_files;
mod network_session;
mod study_cost;

pub use example_network::{EXAMPLE_MODELS, example_frames};
pub use messages::{
    FromNetworkWorker, LayerPicture, MeasureRequest, ModelSummary, NetworkFile, NetworkFileKind,
    NetworkRequest, NetworkResponse, NetworkSettings, ReadyStudy, Round, StudyOrder, StudyProblem,
    StudyResult, StudyState, TensorPicture, ToNetworkWorker,
};
pub use network_files::{
    HEAD_BYTES, NetworkUse, TAIL_BYTES, UsedFile, is_archive, network_use, split_files,
};
pub use network_session::{
    NetworkCommand, NetworkEvent, NetworkProgress, NetworkSession, NetworkStage, NetworkUpdate,
};
pub use study_cost::StudyCost;
