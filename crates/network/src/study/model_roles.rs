//! Roles of models by what is inside: the one with quantizers is INT8.

use std::collections::BTreeSet;

use crate::graph::NetworkGraph;
use crate::network_error::NetworkError;
use crate::normalise::{ModelFormat, QuantizedGraph};

/// A model that was read.
#[derive(Clone, Debug)]
pub struct ReadModel {
    /// Name of its file.
    pub name: String,
    /// Its graph.
    pub graph: NetworkGraph,
    /// The form of its quantizers.
    pub format: ModelFormat,
}

impl ReadModel {
    /// Tells the form of a graph's quantizers.
    ///
    /// # Errors
    /// If the graph has quantizers that cannot be read.
    pub fn new(name: &str, graph: NetworkGraph) -> Result<Self, NetworkError> {
        Ok(Self {
            name: name.to_owned(),
            format: QuantizedGraph::from_graph(graph.clone())?.format,
            graph,
        })
    }

    fn is_float(&self) -> bool {
        self.format == ModelFormat::Float
    }
}

/// Places of the models of a study.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelRoles {
    /// The floating-point model.
    pub fp32: Option<usize>,
    /// The INT8 model.
    pub int8: Option<usize>,
    /// True if other models of a role are there, so that this is a choice.
    pub is_ambiguous: bool,
}

impl ModelRoles {
    /// Takes the models that are named, and else the last INT8 model, and the floating-point model that shares most node names with it.
    #[must_use]
    pub fn of(models: &[ReadModel], fp32: Option<&str>, int8: Option<&str>) -> Self {
        let named = |name: Option<&str>, is_float: bool| {
            let fits = |model: &ReadModel| {
                model.is_float() == is_float && Some(model.name.as_str()) == name
            };
            models.iter().position(fits)
        };
        let of_role = |is_float: bool| {
            let all = models.iter().enumerate();
            all.filter(move |(_, model)| model.is_float() == is_float)
                .map(|(place, _)| place)
        };
        let int8 = named(int8, false).or_else(|| of_role(false).next_back());
        let names: BTreeSet<&str> = int8.map_or_else(BTreeSet::new, |int8| {
            let nodes = models[int8].graph.nodes.iter();
            nodes.map(|node| node.name.as_str()).collect()
        });
        let shared = |place: usize| {
            let nodes = models[place].graph.nodes.iter();
            nodes
                .filter(|node| names.contains(node.name.as_str()))
                .count()
        };
        Self {
            fp32: named(fp32, true).or_else(|| of_role(true).max_by_key(|&place| shared(place))),
            int8,
            is_ambiguous: [true, false].iter().any(|&role| of_role(role).count() > 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Node;

    fn model(name: &str, format: ModelFormat, nodes: &[&str]) -> ReadModel {
        let node = |name: &&str| Node::new(name, "Relu", &["x"], &["y"]);
        ReadModel {
            name: name.to_owned(),
            graph: NetworkGraph {
                nodes: nodes.iter().map(node).collect(),
                ..NetworkGraph::default()
            },
            format,
        }
    }

    #[test]
    fn the_model_with_quantizers_is_int8() {
        use ModelFormat::{Float, QOperator, Qdq};
        let models = [
            model("int8", Qdq, &["a", "b"]),
            model("other", Float, &["c", "d"]),
            model("own", Float, &["a", "b"]),
            model("plain", Float, &["c"]),
        ];
        let roles = ModelRoles::of(&models, None, None);
        assert_eq!(
            (roles.fp32, roles.int8, roles.is_ambiguous),
            (Some(2), Some(0), true)
        );
        let roles = ModelRoles::of(&models, Some("other"), None);
        assert_eq!((roles.fp32, roles.int8), (Some(1), Some(0)));
        // A name of another role, and one that is gone, choose nothing.
        let roles = ModelRoles::of(&models, Some("int8"), Some("none"));
        assert_eq!((roles.fp32, roles.int8), (Some(2), Some(0)));
        let roles = ModelRoles::of(&models[1..2], None, None);
        assert_eq!(
            (roles.fp32, roles.int8, roles.is_ambiguous),
            (Some(0), None, false)
        );
        let two = [model("a", Qdq, &[]), model("b", QOperator, &[])];
        let roles = ModelRoles::of(&two, None, None);
        assert_eq!(
            (roles.fp32, roles.int8, roles.is_ambiguous),
            (None, Some(1), true)
        );
    }
}
