//! Names for new values.

use std::collections::HashSet;

use super::network_graph::NetworkGraph;

/// The names that a graph's values have, old and new.
pub(crate) struct FreshNames {
    taken: HashSet<String>,
}

impl FreshNames {
    /// The names of a graph.
    pub(crate) fn beside(graph: &NetworkGraph) -> Self {
        Self {
            taken: graph.value_names(),
        }
    }

    /// Returns true if a value has that name.
    pub(crate) fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// A name that no value has yet: the wish, or the wish with a number. It is taken from now on.
    pub(crate) fn fresh(&mut self, wish: &str) -> String {
        let mut name = wish.to_owned();
        let mut count = 1;
        while !self.taken.insert(name.clone()) {
            count += 1;
            name = format!("{wish}_{count}");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::ValueInfo;

    #[test]
    fn no_name_is_given_twice() {
        let mut names = FreshNames::beside(&NetworkGraph {
            inputs: vec![ValueInfo::named("x"), ValueInfo::named("x_2")],
            ..NetworkGraph::default()
        });
        assert!(names.is_taken("x") && !names.is_taken("y"));
        assert_eq!(names.fresh("y"), "y");
        assert_eq!(names.fresh("x"), "x_3");
        assert_eq!(names.fresh("y"), "y_2");
    }
}
