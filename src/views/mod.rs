//! Leptos views. They read signals and call actions; no arithmetic on depths happens here.
#![expect(
    unreachable_pub,
    reason = "the component macro makes the functions it writes public"
)]

pub(crate) mod overview;
pub(crate) mod sections;
pub(crate) mod ui;
