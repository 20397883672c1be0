//! The command as users run it: on files made here, and on real ones beside the checkout.

mod analyse;
mod check_compare;
mod layers;
mod parts;
mod program;
