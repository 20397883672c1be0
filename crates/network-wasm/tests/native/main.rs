//! Workers of a network without a browser: any number of them gives the same figures.

mod made_study;
mod remedies;
mod roles;
mod workers;
