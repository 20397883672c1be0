//! A graph in the making: values of codes are followed back to the fractions that they stand for.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use fathom_core::i18n::{msgid, tr};

use crate::graph::{Attribute, FreshNames, NetworkGraph, Node, Tensor};
use crate::network_error::{NetworkError, quoted};
use crate::quantization::{CodeType, Granularity, QuantizationParameters, Scales};

/// The advice for a node that cannot be read.
pub(crate) const USE_QDQ: &str = msgid(
    "write the INT8 model in QDQ format (QuantizeLinear and DequantizeLinear around float operators)",
);

/// Most values of constants that are rounded: 1 GB as fractions.
const MOST_VALUES: usize = 1 << 28;

/// The places where a file rounds values.
#[derive(Clone, Debug)]
pub struct FileQuantizer {
    /// The tensor's name without what tools append.
    pub name: String,
    /// Scale, zero point, type and axis.
    pub parameters: QuantizationParameters,
    /// The fractions before rounding, for constants that the file holds as such.
    pub original: Option<Arc<Tensor>>,
}

/// A value of codes.
#[derive(Clone, Debug)]
pub(crate) struct Coded {
    /// The value with the fractions that the codes stand for.
    pub(crate) float: String,
    pub(crate) parameters: QuantizationParameters,
}

/// The new graph, and what is known about values of the old one.
pub(crate) struct Rewriter {
    /// The old graph's constants, and new ones.
    pub(crate) constants: BTreeMap<String, Arc<Tensor>>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) quantizers: Vec<FileQuantizer>,
    /// Constants that are rounded, with their quantizer.
    pub(crate) rounded: BTreeMap<String, usize>,
    codes: HashMap<String, Coded>,
    aliases: HashMap<String, String>,
    names: FreshNames,
    /// Values of new constants.
    values: usize,
}

impl Rewriter {
    pub(crate) fn new(graph: &NetworkGraph) -> Self {
        Self {
            constants: graph.constants.clone(),
            nodes: Vec::with_capacity(graph.nodes.len()),
            quantizers: Vec::new(),
            rounded: BTreeMap::new(),
            codes: HashMap::new(),
            aliases: HashMap::new(),
            names: FreshNames::beside(graph),
            values: 0,
        }
    }

    /// A name that no value has yet.
    pub(crate) fn fresh(&mut self, wish: &str) -> String {
        self.names.fresh(wish)
    }

    /// The new name of an old value.
    pub(crate) fn resolved(&self, name: &str) -> String {
        self.aliases
            .get(name)
            .map_or(name, String::as_str)
            .to_owned()
    }

    pub(crate) fn alias(&mut self, name: &str, new: &str) {
        self.aliases.insert(name.to_owned(), self.resolved(new));
    }

    pub(crate) fn coded(&self, name: &str) -> Option<&Coded> {
        self.codes.get(name)
    }

    pub(crate) fn set_coded(&mut self, name: &str, coded: Coded) {
        self.codes.insert(name.to_owned(), coded);
    }

    pub(crate) fn constant(&self, name: &str) -> Option<&Arc<Tensor>> {
        self.constants.get(self.resolved(name).as_str())
    }

    /// Counts the values of new constants. A file can have one constant rounded by thousands of nodes.
    fn reserve(&mut self, node: &Node, values: usize) -> Result<(), NetworkError> {
        self.values = self.values.saturating_add(values);
        if self.values > MOST_VALUES {
            return Err(NetworkError::OverLimit {
                place: tr!("Node {}", quoted(&node.name)),
                needed: 4 * self.values as u64,
                limit: 4 * MOST_VALUES as u64,
            });
        }
        Ok(())
    }

    /// Adds a constant under a new name.
    pub(crate) fn add_constant(&mut self, wish: &str, tensor: Tensor) -> String {
        let name = self.fresh(wish);
        self.constants.insert(name.clone(), Arc::new(tensor));
        name
    }

    /// Keeps a node that computes with fractions.
    pub(crate) fn keep(&mut self, node: &Node) {
        let mut node = node.clone();
        for input in &mut node.inputs {
            *input = self.resolved(input);
        }
        self.nodes.push(node);
    }

    /// Reads scale and zero point.
    ///
    /// `slots` are the places of scale and zero point among the inputs, `code_type` that of the codes where no zero point tells it.
    pub(crate) fn parameters(
        &self,
        node: &Node,
        slots: (usize, usize),
        code_type: Option<CodeType>,
        axis: Axis,
    ) -> Result<QuantizationParameters, NetworkError> {
        let scale_name = node.input(slots.0).unwrap_or_default();
        let Some(scales) = self.constant(scale_name).and_then(|t| t.as_floats()) else {
            return Err(node.error(
                tr!("its scale {} is no constant", quoted(scale_name)),
                tr!("quantize with ranges that are fixed in the file, or with onnxruntime's quantize_dynamic"),
            ));
        };
        let zero_point = match node.input(slots.1) {
            None => None,
            Some(name) => Some(self.constant(name).ok_or_else(|| {
                node.error(
                    tr!("its zero point {} is no constant", quoted(name)),
                    tr!("quantize with zero points that are fixed in the file"),
                )
            })?),
        };
        let of_zero_point = zero_point.and_then(|t| CodeType::of(t.element_type));
        let code_type = of_zero_point.or(code_type).unwrap_or(CodeType::UINT8);
        let zero_points = match zero_point.and_then(|t| t.as_ints()) {
            Some([zero]) => vec![*zero; scales.len()],
            Some(zeros) => zeros.to_vec(),
            None => vec![0; scales.len()],
        };
        let granularity = if scales.len() == 1 {
            Granularity::PerTensor
        } else {
            axis.granularity()
                .map_err(|problem| node.error(problem, USE_QDQ))?
        };
        Ok(QuantizationParameters {
            code_type,
            granularity,
            scales: Scales::Fixed {
                scales: scales.to_vec(),
                zero_points,
            },
        })
    }

    /// The fractions of an operand that is given as codes with scale and zero point.
    pub(crate) fn operand(
        &mut self,
        node: &Node,
        slot: usize,
        slots: (usize, usize),
        axis: impl Fn(Option<usize>) -> Axis,
    ) -> Result<String, NetworkError> {
        let name = node.input(slot).ok_or_else(|| {
            node.error(
                tr!("its input {slot} is absent", slot),
                tr!("check the file with onnx.checker"),
            )
        })?;
        if let Some(tensor) = self.constant(name).cloned() {
            let code_type = CodeType::of(tensor.element_type);
            let axis = axis(Some(tensor.shape.len()));
            let parameters = self.parameters(node, slots, code_type, axis)?;
            return self.dequantized_constant(node, name, &tensor, parameters);
        }
        if let Some(coded) = self.coded(name).cloned() {
            let parameters =
                self.parameters(node, slots, Some(coded.parameters.code_type), axis(None))?;
            return self.rescaled(node, &coded, &parameters);
        }
        let parameters = self.parameters(node, slots, None, axis(None))?;
        self.dequantized_input(node, name, &parameters)
    }

    /// The fractions of constant codes, as a constant.
    pub(crate) fn dequantized_constant(
        &mut self,
        node: &Node,
        name: &str,
        tensor: &Arc<Tensor>,
        parameters: QuantizationParameters,
    ) -> Result<String, NetworkError> {
        let wish = format!("{}_dequantized", base_name(name));
        let existing = self.rounded.get(&wish).copied();
        if existing.is_some_and(|q| self.quantizers[q].parameters == parameters) {
            return Ok(wish);
        }
        let codes: Vec<f32> = match (tensor.as_ints(), tensor.as_floats()) {
            (Some(ints), _) => ints.iter().map(|&i| i as f32).collect(),
            (None, Some(floats)) => floats.to_vec(),
            (None, None) => Vec::new(),
        };
        let wrong = |problem: String| {
            node.error(
                tr!(
                    "{} has the wrong parameters: {problem}",
                    quoted(name),
                    problem
                ),
                tr!("check the file with onnx.checker and quantize again"),
            )
        };
        parameters.check(&tensor.shape).map_err(wrong)?;
        self.reserve(node, tensor.len())?;
        let values = dequantized(&parameters, tensor, &codes)?;
        let out = self.add_constant(&wish, Tensor::floats(tensor.shape.clone(), values)?);
        self.rounded.insert(out.clone(), self.quantizers.len());
        self.quantizers.push(FileQuantizer {
            name: base_name(name).to_owned(),
            parameters,
            original: None,
        });
        Ok(out)
    }

    /// The fractions of codes under another scale than they were written with.
    fn rescaled(
        &mut self,
        node: &Node,
        coded: &Coded,
        parameters: &QuantizationParameters,
    ) -> Result<String, NetworkError> {
        if coded.parameters == *parameters {
            return Ok(coded.float.clone());
        }
        let (Some(from), Some(to)) = (single(&coded.parameters), single(parameters)) else {
            return Err(node.error(
                tr!("its scales are not those that its codes were written with"),
                tr!("use one scale for a QuantizeLinear and the DequantizeLinear after it"),
            ));
        };
        // (x / s1 + z1 - z2) * s2
        let steps = [
            ("Div", from.0),
            ("Add", from.1 as f32 - to.1 as f32),
            ("Mul", to.0),
        ];
        Ok(self.arithmetic(&coded.float, &node.name, &steps))
    }

    /// The fractions of an input of the network that holds codes.
    fn dequantized_input(
        &mut self,
        node: &Node,
        name: &str,
        parameters: &QuantizationParameters,
    ) -> Result<String, NetworkError> {
        let Some((scale, zero_point)) = single(parameters) else {
            return Err(node.error(tr!("it has several scales for an input of codes"), USE_QDQ));
        };
        let float = self.fresh(&format!("{name}_float"));
        let cast = Node::new(&float, "Cast", &[&self.resolved(name)], &[&float]);
        self.nodes.push(cast.with("to", Attribute::Int(1)));
        let steps = [("Sub", zero_point as f32), ("Mul", scale)];
        Ok(self.arithmetic(&float, name, &steps))
    }

    /// A chain of operators with a scalar each.
    fn arithmetic(&mut self, input: &str, name: &str, steps: &[(&str, f32)]) -> String {
        let mut value = input.to_owned();
        for (operator, number) in steps {
            let scalar = self.add_constant(&format!("{name}_{operator}"), Tensor::scalar(*number));
            let out = self.fresh(&format!("{name}_{operator}_out"));
            self.nodes
                .push(Node::new(&out, operator, &[&value, &scalar], &[&out]));
            value = out;
        }
        value
    }

    /// Rounds a value: the name of the rounded one.
    pub(crate) fn quantized(
        &mut self,
        node: &Node,
        input: &str,
        parameters: QuantizationParameters,
    ) -> Result<String, NetworkError> {
        let input = self.resolved(input);
        if let Some(tensor) = self.constants.get(&input).cloned()
            && let Some(floats) = tensor.as_floats()
        {
            parameters.check(&tensor.shape).map_err(|problem| {
                node.error(
                    problem,
                    tr!("check the file with onnx.checker and quantize again"),
                )
            })?;
            self.reserve(node, tensor.len())?;
            let mut values = floats.to_vec();
            parameters.round(&mut values, &tensor.shape);
            let wish = format!("{}_rounded", base_name(&input));
            let out = self.add_constant(&wish, Tensor::floats(tensor.shape.clone(), values)?);
            self.rounded.insert(out.clone(), self.quantizers.len());
            self.quantizers.push(FileQuantizer {
                name: base_name(&input).to_owned(),
                parameters,
                original: Some(tensor),
            });
            return Ok(out);
        }
        let out = self.fresh(&format!("{}_FakeQuantize", base_name(&input)));
        self.nodes
            .push(Node::fake_quantize(self.quantizers.len(), &input, &out));
        self.quantizers.push(FileQuantizer {
            name: base_name(&input).to_owned(),
            parameters,
            original: None,
        });
        Ok(out)
    }
}

/// Values of codes; those of small floating-point types are scaled only.
fn dequantized(
    parameters: &QuantizationParameters,
    tensor: &Tensor,
    codes: &[f32],
) -> Result<Vec<f32>, NetworkError> {
    // Codes of 32 bits do not fit in `f32`, and the product is what ONNX Runtime computes too: the code as `f32` times the scale.
    parameters.dequantize(codes, &tensor.shape)
}

/// The scale and zero point of all values.
fn single(parameters: &QuantizationParameters) -> Option<(f32, i32)> {
    match &parameters.scales {
        Scales::Fixed {
            scales,
            zero_points,
        } => match (&scales[..], &zero_points[..]) {
            (&[scale], &[zero_point]) => Some((scale, zero_point)),
            _ => None,
        },
        Scales::Dynamic => None,
    }
}

/// The input slots of an operator's scales.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub(crate) axis: i64,
    /// 0 for one scale at each place.
    pub(crate) block_size: i64,
    /// Number of axes, where it is known.
    pub(crate) rank: Option<usize>,
}

impl Axis {
    pub(crate) fn new(axis: i64, rank: Option<usize>) -> Self {
        Self {
            axis,
            block_size: 0,
            rank,
        }
    }

    fn granularity(self) -> Result<Granularity, String> {
        let axis = match (usize::try_from(self.axis), self.rank) {
            (Ok(axis), _) => Some(axis),
            (Err(_), Some(rank)) => usize::try_from(self.axis + rank as i64).ok(),
            (Err(_), None) => None,
        };
        let axis = axis.ok_or_else(|| tr!("its axis {} has no place", self.axis))?;
        Ok(match usize::try_from(self.block_size) {
            Ok(size) if size > 0 => Granularity::Blocked { axis, size },
            _ => Granularity::PerAxis { axis },
        })
    }
}

/// Suffixes that tools append to the name of a tensor that they quantize.
const SUFFIXES: [&str; 7] = [
    "_QuantizeLinear_Input",
    "_QuantizeLinear_Output",
    "_DequantizeLinear_Output",
    "_dequantized",
    "_quantized",
    "_rounded",
    "_FakeQuantize",
];

/// A tensor's name in the FP32 model, as far as its name in the INT8 model tells.
#[must_use]
pub fn base_name(name: &str) -> &str {
    let mut name = name;
    while let Some(shorter) = SUFFIXES
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .filter(|shorter| !shorter.is_empty())
    {
        name = shorter;
    }
    name
}

/// A node's name in the FP32 model, as far as its name in the INT8 model tells.
#[must_use]
pub fn base_node_name(name: &str) -> &str {
    ["_quant", "_QLinear", "_quantized"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_tools_append() {
        let rows = [
            ("x_QuantizeLinear_Input", "x"),
            ("w_quantized", "w"),
            ("w_quantized_dequantized", "w"),
            ("_quantized", "_quantized"),
            ("plain", "plain"),
        ];
        for (name, base) in rows {
            assert_eq!(base_name(name), base);
        }
        assert_eq!(base_node_name("/Conv_quant"), "/Conv");
    }
}
