//! FP32 constants that are INT8 constants but for rounding, also where a tool has transposed them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::graph::Tensor;

use super::matching::{LIKE, correlation};

/// Most axes whose orders are tried.
const MOST_AXES: usize = 4;

/// Constants of a network by name.
pub(super) struct AlikeConstants {
    constants: BTreeMap<String, Arc<Tensor>>,
}

impl AlikeConstants {
    pub(super) fn new(constants: BTreeMap<String, Arc<Tensor>>) -> Self {
        Self { constants }
    }

    /// The values of a rounded constant before rounding: of the constant of that name, or of the most alike.
    pub(super) fn find(&self, name: &str, rounded: &Tensor) -> Option<Arc<Tensor>> {
        let values = rounded.as_floats()?;
        let arranged = |tensor| arranged(tensor, &rounded.shape, values);
        // A name tells more than values: rounding can leave nothing of a small bias.
        let named = self.constants.get(name).and_then(arranged);
        if let Some((_, tensor)) = named {
            return Some(tensor);
        }
        let scored = self.constants.values().filter_map(arranged);
        let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
        best.filter(|(score, _)| *score > LIKE)
            .map(|(_, tensor)| tensor)
    }
}

/// A constant in another shape, with its likeness: as it is, or with its axes in the order that fits best.
fn arranged(tensor: &Arc<Tensor>, shape: &[usize], values: &[f32]) -> Option<(f64, Arc<Tensor>)> {
    let floats = tensor.as_floats().filter(|f| f.len() == values.len())?;
    let score = |floats: &[f32]| {
        if floats == values {
            1.0
        } else {
            correlation(floats, values)
        }
    };
    if tensor.shape == shape {
        return Some((score(floats), tensor.clone()));
    }
    let long =
        |shape: &[usize]| -> Vec<usize> { shape.iter().copied().filter(|&d| d > 1).collect() };
    let (from, to) = (long(&tensor.shape), long(shape));
    if from == to {
        let reshaped = Tensor::floats(shape.to_vec(), floats.to_vec()).ok()?;
        return Some((score(floats), Arc::new(reshaped)));
    }
    if from.len() > MOST_AXES || from.len() != to.len() {
        return None;
    }
    let mut best: Option<(f64, Vec<f32>)> = None;
    for order in orders(from.len()) {
        if !order.iter().map(|&axis| from[axis]).eq(to.iter().copied()) {
            continue;
        }
        let moved = transposed(floats, &from, &order);
        let score = score(&moved);
        if best.as_ref().is_none_or(|(s, _)| score > *s) {
            best = Some((score, moved));
        }
    }
    let (score, moved) = best?;
    Some((score, Arc::new(Tensor::floats(shape.to_vec(), moved).ok()?)))
}

/// All orders of so many axes.
fn orders(axes: usize) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new()];
    for _ in 0..axes {
        out = out
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                let free = (0..axes).filter(|axis| !order.contains(axis));
                let longer = |axis| [&order[..], &[axis]].concat();
                free.map(longer).collect::<Vec<_>>()
            })
            .collect();
    }
    out
}

/// Values with their axes in another order, as ONNX Transpose does.
fn transposed(values: &[f32], shape: &[usize], order: &[usize]) -> Vec<f32> {
    let mut steps = vec![1; shape.len()];
    for axis in (0..shape.len().saturating_sub(1)).rev() {
        steps[axis] = steps[axis + 1] * shape[axis + 1];
    }
    let lengths: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
    let strides: Vec<usize> = order.iter().map(|&axis| steps[axis]).collect();
    (0..values.len())
        .map(|index| {
            let (mut rest, mut at) = (index, 0);
            for (length, stride) in lengths.iter().zip(&strides).rev() {
                at += rest % length * stride;
                rest /= length;
            }
            values[at]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposed_constants_are_found() {
        let values: Vec<f32> = (0..24_u16).map(|i| f32::from(i * 37 % 24) - 11.5).collect();
        let tensor = Tensor::floats(vec![2, 3, 4], values.clone()).expect("a tensor");
        let other = Tensor::floats(vec![4, 2, 3], vec![1.0; 24]).expect("a tensor");
        let named = |name: &str, t: &Tensor| (name.to_owned(), Arc::new(t.clone()));
        let constants = AlikeConstants::new([named("w", &tensor), named("o", &other)].into());
        let moved = transposed(&values, &[2, 3, 4], &[2, 0, 1]);
        assert_eq!(moved[..3], [values[0], values[4], values[8]]);
        let rounded: Vec<f32> = moved.iter().map(|v| v + 0.1).collect();
        let rounded = Tensor::floats(vec![4, 2, 3], rounded).expect("a tensor");
        let found = constants.find("gone", &rounded).expect("w");
        assert_eq!(found.as_floats(), Some(&moved[..]));
        assert_eq!(found.shape, [4, 2, 3]);
        let unlike = Tensor::floats(vec![5], vec![1.0; 5]).expect("a tensor");
        assert!(constants.find("w", &unlike).is_none());
    }
}
