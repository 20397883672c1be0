//! Quantizers with gates in an FP32 graph: from an INT8 model, from an encodings file, or placed by hand.

mod alike_constants;
mod encodings;
mod gated_network;
mod layers;
mod matching;
mod network_pair;
mod own_graph;
mod placement;
mod static_values;
mod wider_codes;

pub use encodings::read_encodings;
pub use gated_network::{GatedNetwork, by_name, of_kinds};
pub use layers::Layer;
pub use matching::{Matching, Structure};
pub use network_pair::NetworkPair;
pub use placement::{Placement, PlacementSource, Reader};
pub use wider_codes::WiderNetwork;
