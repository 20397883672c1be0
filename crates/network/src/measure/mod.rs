//! The effects of quantizers on every tensor and on the network's output. Must be absent: files, formats, operators.

mod along_network;
mod frame_interval;
mod frame_session;
mod group_effects;
mod growth;
mod keep_order;
mod layer_effects;
mod output_error;
mod saturation;
mod sources;
mod tensor_statistics;

pub(crate) use along_network::float_values;
pub use along_network::{OwnPlan, own_outputs, tensor_statistics};
pub use frame_interval::FrameInterval;
pub use frame_session::{FrameSession, Judge};
pub use group_effects::{ErrorSpace, GroupEffects, GroupRuns, shared_group};
pub use growth::{Concentration, Growth, GrowthKind, GrowthPoint, concentration, depths, growth};
pub use keep_order::{dominated, keep_order, kept_counts};
pub use layer_effects::{
    Player, PlayerOrders, PlayerRuns, ShapleyEstimate, antithetic_gains, layer_players,
    player_runs, ranked,
};
pub use output_error::{DifferenceSums, OutputError, ToMetres};
pub use saturation::{SaturationCount, saturation};
pub use sources::sources;
pub use tensor_statistics::{PairSums, TensorStatistics};
