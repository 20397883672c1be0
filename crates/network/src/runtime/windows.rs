//! Windows of convolutions and poolings: sizes, steps and borders as numbers, where a file leaves them out.

use fathom_core::i18n::{msgid, tr};

use crate::graph::{Attribute, Node};
use crate::network_error::NetworkError;

use super::frame_context::FrameContext;

const CHECK: &str = msgid("check the file with onnx.checker");

/// The same node with `kernel_shape`, `strides`, `dilations` and `pads`, and without `auto_pad` and `output_shape`.
pub(super) fn with_explicit_window(node: &Node, at: &FrameContext) -> Result<Node, NetworkError> {
    let Some(shape) = at.shape(node.input(0)) else {
        return Err(node.error(tr!("it has no input"), CHECK));
    };
    let Some(axes) = shape.len().checked_sub(2).filter(|&n| n > 0) else {
        return Err(node.error(
            tr!(
                "its input has the shape {shape}, without a plane",
                shape = format_args!("{shape:?}")
            ),
            CHECK,
        ));
    };
    let has_weight = node.is("Conv") || node.is("ConvTranspose");
    let kernel: Vec<i64> = match node.ints("kernel_shape") {
        Some(kernel) => kernel.to_vec(),
        None if has_weight => {
            let weight = at.shape(node.input(1)).unwrap_or(&[]);
            weight.iter().skip(2).map(|&k| k as i64).collect()
        }
        None => Vec::new(),
    };
    let listed = |key: &str| {
        node.ints(key)
            .map_or_else(|| vec![1; axes], <[i64]>::to_vec)
    };
    let (strides, dilations) = (listed("strides"), listed("dilations"));
    let lengths = [kernel.len(), strides.len(), dilations.len()];
    let limit = i64::from(i32::MAX);
    let is_sane = |v: &i64| (1..limit).contains(v);
    let all = kernel.iter().chain(&strides).chain(&dilations);
    if lengths.iter().any(|&n| n != axes) || !all.into_iter().all(is_sane) {
        return Err(node.error(
            tr!("its kernel, strides or dilations do not fit its input"),
            CHECK,
        ));
    }
    let (pads, extra) = borders(node, shape, &kernel, &strides, &dilations)?;
    let mut out = node.clone();
    for key in ["auto_pad", "output_shape"] {
        out.attributes.remove(key);
    }
    let mut set = |key: &str, values: Vec<i64>| {
        out.attributes
            .insert(key.to_owned(), Attribute::Ints(values));
    };
    set("kernel_shape", kernel);
    set("strides", strides);
    set("pads", pads);
    if has_weight || node.ints("dilations").is_some() {
        set("dilations", dilations);
    }
    if extra.iter().any(|&e| e > 0) {
        out.attributes
            .insert("output_padding".to_owned(), Attribute::Ints(extra));
    }
    if node.is("MaxPool") {
        out.attributes.remove("storage_order");
    }
    Ok(out)
}

/// Borders before and after each axis, and what a transposed convolution adds at the end.
fn borders(
    node: &Node,
    shape: &[usize],
    kernel: &[i64],
    strides: &[i64],
    dilations: &[i64],
) -> Result<(Vec<i64>, Vec<i64>), NetworkError> {
    let axes = kernel.len();
    let mut more = node.ints("output_padding").unwrap_or(&[]).to_vec();
    let auto = node.string("auto_pad").unwrap_or("NOTSET");
    let wanted = node.ints("output_shape");
    if !auto.starts_with("SAME") && wanted.is_none() {
        let pads = match node.ints("pads") {
            Some(pads) if auto != "VALID" => pads.to_vec(),
            _ => vec![0; 2 * axes],
        };
        let is_sane = |p: &i64| (0..i64::from(i32::MAX)).contains(p);
        if pads.len() != 2 * axes || !pads.iter().all(is_sane) {
            return Err(node.error(tr!("its pads do not fit its input"), CHECK));
        }
        return Ok((pads, more));
    }
    let mut pads = vec![0; 2 * axes];
    for i in 0..axes {
        let length = shape[i + 2] as i64;
        let window = (kernel[i] - 1)
            .saturating_mul(dilations[i])
            .saturating_add(1);
        let total = if node.is("ConvTranspose") {
            let extra = node.ints("output_padding").and_then(|p| p.get(i)).copied();
            let out = match wanted {
                // Tools write all axes or those of the plane only.
                Some(out) => out.get(out.len().saturating_sub(axes) + i).copied(),
                None => None,
            };
            let out = out.unwrap_or(length.saturating_mul(strides[i]));
            strides[i].saturating_mul(length - 1) + extra.unwrap_or(0) + window - out
        } else {
            let out = length.div_euclid(strides[i]) + i64::from(length % strides[i] != 0);
            (out - 1) * strides[i] + window - length
        };
        if total < 0 && node.is("ConvTranspose") {
            more.resize(axes, 0);
            more[i] -= total;
        }
        let total = total.max(0);
        let (small, large) = (total / 2, total - total / 2);
        let is_lower = auto == "SAME_LOWER" || (wanted.is_some() && auto != "SAME_UPPER");
        (pads[i], pads[i + axes]) = if is_lower {
            (large, small)
        } else {
            (small, large)
        };
    }
    Ok((pads, more))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pads(node: &Node, shape: &[usize]) -> Vec<i64> {
        let mut at = FrameContext::default();
        at.shapes.insert("x".to_owned(), shape.to_vec());
        at.shapes.insert("w".to_owned(), vec![4, 4, 3, 3]);
        let out = with_explicit_window(node, &at).expect("a window");
        out.ints("pads").expect("pads").to_vec()
    }

    #[test]
    fn same_borders_are_computed() {
        let conv = Node::new("n", "Conv", &["x", "w"], &["y"]);
        assert_eq!(pads(&conv, &[1, 4, 8, 8]), [0; 4]);
        let same = |mode: &str| {
            conv.clone()
                .with("auto_pad", Attribute::String(mode.to_owned()))
                .with("strides", Attribute::Ints(vec![2, 2]))
        };
        assert_eq!(pads(&same("SAME_UPPER"), &[1, 4, 8, 7]), [0, 1, 1, 1]);
        assert_eq!(pads(&same("SAME_LOWER"), &[1, 4, 8, 7]), [1, 1, 0, 1]);
    }

    #[test]
    fn windows_that_do_not_fit_are_refused() {
        let mut at = FrameContext::default();
        at.shapes.insert("x".to_owned(), vec![1, 4, 8, 8]);
        let pool = Node::new("n", "MaxPool", &["x"], &["y"]);
        assert!(with_explicit_window(&pool, &at).is_err());
        let zero = pool.with("kernel_shape", Attribute::Ints(vec![0, 2]));
        assert!(with_explicit_window(&zero, &at).is_err());
    }
}
