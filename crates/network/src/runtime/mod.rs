//! Running networks: `rten` in one file, rewriting of what it lacks, and steps with gates.

mod engine;
mod frame_context;
mod limits;
mod lockstep;
mod multiplications;
mod node_chain;
mod node_groups;
mod nudge;
mod operators;
mod plan;
mod resize_matrix;
mod resize_nodes;
mod size_guard;
mod specialised;
mod windows;

pub(crate) use engine::evaluate;
pub use engine::{Engine, Value};
pub use limits::RunLimits;
pub use plan::{Keep, Plan, Trace};
pub(crate) use specialised::fixed_values;
