//! Every metric over ranges and bit widths: along the end, along the start, over both, and the best of all.
//!
//! May know codes, policies and metrics. Must not know plots. Everything that takes more than a few milliseconds is cut into steps,
//! and what was measured once is kept as sums, so that another metric, policy or weight of clipping costs no second look.

mod bits;
mod map;
mod optimum;
mod point;
mod sweep;
mod tolerance;

pub use bits::{BitGain, BitLadder, BitRow, BitsError, ErrorMeasure, LADDER_BITS, bits_needed};
pub use map::{HeldSums, MapAxes, MapPoint, MapRow, MapSums};
pub(super) use optimum::{Lattice, ShareLimit, ShareSearch, ToothSearch, ratio_of};
pub use optimum::{Optimum, OptimumSearch, Valley, cross_values, settled};
pub use point::RangePoint;
pub use sweep::{AxisDomain, AxisSweep, SweepAxis};
pub use tolerance::Tolerance;

/// The numbers up to `count`, every `stride`-th and the last one first, in reverse: to be taken from the end.
fn coarse_first(count: usize, stride: usize) -> Vec<usize> {
    let coarse = |i: &usize| i.is_multiple_of(stride) || i + 1 == count;
    let mut order: Vec<usize> = (0..count).filter(coarse).collect();
    order.extend((0..count).filter(|i| !coarse(i)));
    order.reverse();
    order
}
