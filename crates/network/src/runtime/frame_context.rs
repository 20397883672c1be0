//! Facts about values while a network is specialised for one size of input.

use std::collections::HashMap;
use std::sync::Arc;

use crate::graph::Tensor;

use super::engine::Value;

/// Shapes of all values so far, and the values that do not depend on the image.
#[derive(Default)]
pub(crate) struct FrameContext {
    pub(crate) shapes: HashMap<String, Vec<usize>>,
    pub(crate) fixed: HashMap<String, Arc<Value>>,
    /// Constants that rewriting adds, until they are values.
    pub(crate) added: Vec<(String, Tensor)>,
    counter: usize,
}

impl FrameContext {
    pub(crate) fn shape(&self, name: Option<&str>) -> Option<&[usize]> {
        self.shapes.get(name?).map(Vec::as_slice)
    }

    /// Integers that do not depend on the image.
    pub(crate) fn ints(&self, name: Option<&str>) -> Option<Vec<i32>> {
        self.fixed.get(name?)?.ints()
    }

    /// Fractions that do not depend on the image.
    pub(crate) fn floats(&self, name: Option<&str>) -> Option<Vec<f32>> {
        self.fixed
            .get(name?)?
            .floats()
            .map(std::borrow::Cow::into_owned)
    }

    /// A name for a value within a rewritten node.
    pub(crate) fn name(&mut self, base: &str) -> String {
        self.counter += 1;
        format!("{base}·{}", self.counter)
    }

    /// A constant of a rewritten node.
    pub(crate) fn constant(&mut self, base: &str, tensor: Tensor) -> String {
        let name = self.name(base);
        self.added.push((name.clone(), tensor));
        name
    }
}
