//! Several frames run step by step together, so that what is learned from a value over all frames can change it for the steps behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::network_error::NetworkError;

use super::engine::Value;
use super::plan::Plan;

impl Plan {
    /// Runs frames together. After each step `watch` gets the name of every value that it made, with the value of each frame, and may replace
    /// them. Values that no later step reads are dropped.
    ///
    /// # Errors
    /// As for [`run`](Self::run), and those of `watch`.
    pub fn run_together(
        &self,
        frames: &[&BTreeMap<String, Value>],
        gates: &[bool],
        mut watch: impl FnMut(&str, &mut [Arc<Value>]) -> Result<(), NetworkError>,
    ) -> Result<(), NetworkError> {
        let started = frames.iter().map(|inputs| self.start(inputs, None));
        let mut runs = started.collect::<Result<Vec<_>, _>>()?;
        for (i, step) in self.steps.iter().enumerate() {
            for values in &mut runs {
                self.compute(step, values, gates, None)?;
            }
            for &slot in &step.outputs {
                let made = runs.iter().map(|values| values[slot].clone());
                let Some(mut made) = made.collect::<Option<Vec<_>>>() else {
                    continue;
                };
                watch(&self.names[slot], &mut made)?;
                for (values, value) in runs.iter_mut().zip(made) {
                    values[slot] = Some(value);
                }
            }
            for values in &mut runs {
                for &slot in &step.inputs {
                    if self.last_use[slot] == i {
                        values[slot] = None;
                    }
                }
            }
        }
        Ok(())
    }
}
