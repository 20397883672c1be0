//! The one place that knows `rten`: values, and programs of a few nodes.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::{AsView, Layout};

use fathom_core::i18n::{msgid, tr};

use crate::graph::{Node, Tensor, TensorData};
use crate::network_error::NetworkError;
use crate::onnx::write_model;

/// The advice for an operator that the runtime lacks.
const UNSUPPORTED: &str =
    msgid("export the model at opset 17, run onnxsim on it, or convert it to QDQ format");

/// A tensor at run time: fractions or integers, row-major.
#[derive(Clone, Debug)]
pub struct Value(rten::Value);

impl Value {
    /// Fractions.
    ///
    /// # Errors
    /// If the number of values is not the product of the shape.
    pub fn from_floats(shape: &[usize], values: Vec<f32>) -> Result<Self, NetworkError> {
        let tensor = Tensor::floats(shape.to_vec(), values)?;
        Ok(Self::from_tensor(&tensor))
    }

    /// A constant.
    #[must_use]
    pub fn from_tensor(tensor: &Tensor) -> Self {
        let shape = tensor.shape.as_slice();
        Self(match &tensor.data {
            TensorData::Float(values) => {
                rten_tensor::Tensor::from_data(shape, values.clone()).into()
            }
            TensorData::Int(values) => rten_tensor::Tensor::from_data(shape, values.clone()).into(),
        })
    }

    /// Lengths of the axes.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        self.0.shape().to_vec()
    }

    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// No values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let size = match &self.0 {
            rten::Value::Int8Tensor(_) | rten::Value::UInt8Tensor(_) => 1,
            _ => 4,
        };
        self.len() as u64 * size
    }

    /// The fractions in row-major order; `None` for integers.
    #[must_use]
    pub fn floats(&self) -> Option<Cow<'_, [f32]>> {
        match &self.0 {
            rten::Value::FloatTensor(tensor) => Some(row_major(tensor)),
            _ => None,
        }
    }

    /// The integers in row-major order; `None` for fractions.
    #[must_use]
    pub fn ints(&self) -> Option<Vec<i32>> {
        match &self.0 {
            rten::Value::Int32Tensor(tensor) => Some(tensor.to_vec()),
            rten::Value::Int8Tensor(tensor) => Some(tensor.iter().map(|&v| v.into()).collect()),
            rten::Value::UInt8Tensor(tensor) => Some(tensor.iter().map(|&v| v.into()).collect()),
            _ => None,
        }
    }
}

fn row_major(tensor: &rten_tensor::Tensor<f32>) -> Cow<'_, [f32]> {
    match tensor.data() {
        Some(data) => Cow::Borrowed(data),
        None => Cow::Owned(tensor.to_vec()),
    }
}

/// Threads that compute. In a browser there is one.
#[derive(Clone)]
pub struct Engine {
    pool: Arc<ThreadPool>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// An engine with so many threads.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self {
            pool: Arc::new(ThreadPool::with_num_threads(threads.max(1))),
        }
    }

    /// Does some work on the engine's threads. Programs that the work runs need not hand over to another thread.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.run(work)
    }

    /// Runs a program. `inputs` are in the program's order.
    ///
    /// # Errors
    /// If an operator refuses its inputs.
    pub(crate) fn run(
        &self,
        program: &Program,
        inputs: &[&Value],
    ) -> Result<Vec<Value>, NetworkError> {
        let given: Vec<(NodeId, ValueOrView<'_>)> = program
            .inputs
            .iter()
            .zip(inputs)
            .map(|(&id, value)| (id, ValueOrView::from(&value.0)))
            .collect();
        let options = RunOptions::default().with_thread_pool(Some(self.pool.clone()));
        let run = || program.model.run(given, &program.outputs, Some(options));
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(values)) => Ok(values.into_iter().map(Value).collect()),
            Ok(Err(error)) => Err(program.refused(&error.to_string())),
            Err(_) => Err(program.refused(tr!("the runtime cannot compute it with these shapes"))),
        }
    }
}

/// The first output of one node.
///
/// # Errors
/// If the runtime lacks the operator or refuses the inputs.
pub(crate) fn evaluate(
    node: &Node,
    inputs: &[(&str, Value)],
    opset: i64,
    engine: &Engine,
) -> Result<Value, NetworkError> {
    let mut names: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
    names.dedup();
    let values: Vec<&Value> = names
        .iter()
        .filter_map(|name| inputs.iter().find(|(n, _)| n == name).map(|(_, v)| v))
        .collect();
    let program = Program::new(&[node], &names, &[node.output()], opset)?;
    let results = engine.run(&program, &values)?;
    results
        .into_iter()
        .next()
        .ok_or_else(|| node.error(tr!("it has no result"), UNSUPPORTED))
}

/// A few nodes, ready to run.
pub(crate) struct Program {
    model: Model,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
    /// Name and operator of the last node, for messages.
    node: String,
    operator: String,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Program of {}", self.node)
    }
}

impl Program {
    /// Prepares nodes. `inputs` are all values that they read from outside.
    ///
    /// # Errors
    /// If the runtime lacks an operator.
    pub(crate) fn new(
        nodes: &[&Node],
        inputs: &[&str],
        outputs: &[&str],
        opset: i64,
    ) -> Result<Self, NetworkError> {
        let (node, operator) = nodes.last().map_or_else(Default::default, |last| {
            (last.name.clone(), last.full_operator())
        });
        let refused = |problem: String| NetworkError::node(&node, &operator, problem, UNSUPPORTED);
        let bytes = write_model(nodes, inputs, outputs, opset).map_err(refused)?;
        let load = || {
            let mut options = ModelOptions::with_all_ops();
            options.enable_optimization(false);
            options.load(bytes)
        };
        let model = match catch_unwind(AssertUnwindSafe(load)) {
            Ok(Ok(model)) => model,
            Ok(Err(error)) => return Err(refused(error.to_string())),
            Err(_) => return Err(refused(tr!("the runtime cannot load it").to_owned())),
        };
        let ids = |names: &[&str]| {
            names
                .iter()
                .map(|name| model.node_id(name))
                .collect::<Result<Vec<NodeId>, _>>()
                .map_err(|error| refused(error.to_string()))
        };
        let (inputs, outputs) = (ids(inputs)?, ids(outputs)?);
        Ok(Self {
            model,
            inputs,
            outputs,
            node,
            operator,
        })
    }

    fn refused(&self, problem: &str) -> NetworkError {
        let remedy = tr!("check the size of the input, or export the model for this size");
        NetworkError::node(&self.node, &self.operator, problem, remedy)
    }
}
