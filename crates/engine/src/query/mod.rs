//! Queries about the shown depths and their results.
//!
//! A query is a small value whose result depends on nothing but the depths, so results can be cached and stale queries dropped.

mod answer;
mod optimum_queries;
mod queries;

pub use answer::{QueryRun, answer};
pub use optimum_queries::{OptimaProgress, grid_searches, optima, refinements};
pub use queries::{Query, QueryResult};
