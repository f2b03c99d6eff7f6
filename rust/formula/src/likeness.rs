//! What a formula is, whatever its parameters are called and in whatever order its sums and products stand.

use crate::build::build;
use crate::graph::{Graph, Id, NONE, Op};
use crate::parser::Tree;
use crate::variables::Meaning;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The same for formulas that are the same but for the names of their parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Likeness {
    shape: u64,
    of_classes: bool,
    /// Which symbol stands where, numbered as they come.
    places: Vec<usize>,
}

impl Likeness {
    /// That of a tree, and its symbols in the order that they come in; none where it is no formula.
    #[must_use]
    pub fn of(tree: &Tree, meanings: &[(&str, Meaning)]) -> Option<(Likeness, Vec<u8>)> {
        let (graph, root) = build(tree, meanings).ok()?;
        let shapes = shapes(&graph);
        let (mut seen, mut symbols, mut places) = (vec![false; graph.nodes().len()], Vec::new(), Vec::new());
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            let (op, _) = graph.node(id);
            if let Op::Symbol(symbol) = op {
                let place = symbols.iter().position(|known| *known == symbol).unwrap_or_else(|| {
                    symbols.push(symbol);
                    symbols.len() - 1
                });
                places.push(place);
            } else if !std::mem::replace(&mut seen[id as usize], true) {
                open.extend(ordered(&graph, id, &shapes));
            }
        }
        Some((Likeness { shape: shapes[root as usize], of_classes: tree.of_classes, places }, symbols))
    }
}

/// The operands of a node; those that may be exchanged by their shapes.
fn ordered(graph: &Graph, id: Id, shapes: &[u64]) -> Vec<Id> {
    let (op, operands) = graph.node(id);
    let mut operands: Vec<Id> = operands.into_iter().filter(|&operand| operand != NONE).collect();
    if matches!(op, Op::Add | Op::Multiply | Op::Least | Op::Most) {
        operands.sort_by_key(|&operand| shapes[operand as usize]);
    }
    operands
}

/// A number for each node that says what it is, but for its symbols.
fn shapes(graph: &Graph) -> Vec<u64> {
    let mut shapes: Vec<u64> = Vec::with_capacity(graph.nodes().len());
    for (id, (op, _)) in graph.nodes().iter().enumerate() {
        let mut hasher = DefaultHasher::new();
        if let Op::Symbol(_) = op {
            Op::Symbol(0).hash(&mut hasher);
        } else {
            op.hash(&mut hasher);
        }
        for operand in ordered(graph, id as Id, &shapes) {
            shapes[operand as usize].hash(&mut hasher);
        }
        shapes.push(hasher.finish());
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::{ONE, variables};

    fn of(text: &str) -> Likeness {
        let meanings = [variables(false, ONE), vec![("a", Meaning::Symbol(0)), ("b", Meaning::Symbol(1))]].concat();
        let Ok(tree) = Tree::parse(text, ONE, &["a", "b"]) else { panic!("{text} is a formula") };
        let Some((likeness, _)) = Likeness::of(&tree, &meanings) else { panic!("{text} has a graph") };
        likeness
    }

    #[test]
    fn formulas_are_alike_whatever_their_order_and_names() {
        assert_eq!(of("a*abs(r) + b*r**2"), of("r*r*a + abs(r)*b"));
        assert_eq!(of("(y_pred - y_true)**2"), of("square(y_true - y_pred)*1"));
        assert_eq!(of("log(1 + exp(y_pred))"), of("softplus(y_pred)"));
        assert_ne!(of("a*abs(r) + b*r**2 + a*exp(r)"), of("a*abs(r) + b*r**2 + b*exp(r)"));
        assert_ne!(of("a*abs(r) + b*r**2"), of("a*abs(r) + a*r**2"));
        assert_ne!(of("y_pred - y_true"), of("y_true - y_pred"));
    }
}
