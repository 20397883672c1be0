//! Frames can be measured by several threads.

use fathom_network::gating::{GatedNetwork, NetworkPair};
use fathom_network::measure::FrameSession;
use fathom_network::runtime::{Engine, Plan};

fn is_shared<T: Send + Sync>() {}

#[test]
fn plans_are_shared_among_threads() {
    is_shared::<Plan>();
    is_shared::<NetworkPair>();
    is_shared::<GatedNetwork>();
    is_shared::<FrameSession<'_>>();
    is_shared::<Engine>();
}
