//! The link of what is shown, and another one beside it.

mod card;
mod facing;

pub(super) use card::LinkCard;
pub(super) use facing::FacingSection;
