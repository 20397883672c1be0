//! The sentences of the three answers, made from findings alone. Figures are spans of their own, each with its quantity and section.

mod action_card;
mod cost_card;
mod depth_cards;
mod line_writer;
mod network_lines;
mod range_card;

pub(super) use action_card::action_card;
pub(super) use cost_card::cost_card;
pub(super) use depth_cards::{depth_action_card, depth_cost_card};
pub(crate) use network_lines::network_verdict;
pub(super) use range_card::range_card;
