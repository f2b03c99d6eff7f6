//! A tree becomes a graph: names become nodes, functions their stable forms, conditions the choices that they make.

use crate::fault::Fault;
use crate::graph::{Graph, Id, Op};
use crate::parser::{Comparison, Operator, Part, Tree};
use crate::variables::Meaning;

/// What a part of a tree is.
#[derive(Clone, Copy)]
enum Value {
    Node(Id),
    Condition(Comparison, Id, Id),
    /// No number, and the part that says so.
    Nothing(usize),
    /// A function without a known derivative, there.
    Rough(usize),
}

/// The most nodes of a graph, before derivatives.
const LARGEST: usize = 8_000;

/// The graph of a tree and its root, with what each name stands for.
///
/// # Errors
/// Where a number is wanted of what is none, or a derivative is not known.
pub fn build(tree: &Tree, meanings: &[(&str, Meaning)]) -> Result<(Graph, Id), Fault> {
    let mut graph = Graph::default();
    graph.of_classes = tree.of_classes;
    let mut values: Vec<Value> = Vec::with_capacity(tree.parts.len());
    for (at, (part, _)) in tree.parts.iter().enumerate() {
        let value = of_part(&mut graph, part, at, &values, meanings);
        values.push(value);
        if graph.nodes().len() > LARGEST {
            return Err(Fault::new(tree.parts[at].1, format!("the formula needs more than {LARGEST} steps")));
        }
    }
    match values[tree.root] {
        Value::Nothing(at) => {
            let what = if let Part::Name(name) = &tree.parts[at].0 { name } else { "this" };
            let message = format!("{what} is None, which is no number; ask with where({what} is None, a, b)");
            Err(Fault::new(tree.parts[at].1, message))
        }
        Value::Rough(at) => {
            let message = "lgamma has no derivative here: its argument may depend on the target and parameters only";
            Err(Fault::new(tree.parts[at].1, message))
        }
        value => {
            let root = number(&mut graph, value).unwrap_or_default();
            Ok((graph, root))
        }
    }
}

/// A part as a node; what it is instead where it is none.
fn number(graph: &mut Graph, value: Value) -> Result<Id, Value> {
    match value {
        Value::Node(id) => Ok(id),
        Value::Condition(comparison, a, b) => {
            let (one, zero) = (graph.constant(1.0), graph.constant(0.0));
            Ok(graph.select(comparison, [a, b, one, zero]))
        }
        nothing => Err(nothing),
    }
}

fn of_part(graph: &mut Graph, part: &Part, at: usize, values: &[Value], meanings: &[(&str, Meaning)]) -> Value {
    let made = match part {
        Part::Number(x) => Ok(graph.constant(*x)),
        Part::Nothing => Err(Value::Nothing(at)),
        Part::Name(name) => named(graph, name, meanings).ok_or(Value::Nothing(at)),
        Part::Negative(a) => number(graph, values[*a]).map(|a| graph.negative(a)),
        Part::Binary(operator, a, b) => binary(graph, *operator, values[*a], values[*b]),
        Part::Compare(comparison, a, b) => match (number(graph, values[*a]), number(graph, values[*b])) {
            (Ok(a), Ok(b)) => return Value::Condition(*comparison, a, b),
            (Err(nothing), _) | (_, Err(nothing)) => Err(nothing),
        },
        Part::IsNothing(a) => Ok(graph.constant(if matches!(values[*a], Value::Nothing(_)) { 1.0 } else { 0.0 })),
        Part::Call(crate::functions::Function::Where, arguments) => return choice(graph, values, arguments),
        Part::Call(function, arguments) => arguments
            .iter()
            .map(|&argument| number(graph, values[argument]))
            .collect::<Result<Vec<Id>, Value>>()
            .and_then(|arguments| graph.call(*function, &arguments).ok_or(Value::Rough(at))),
    };
    made.map_or_else(|nothing| nothing, Value::Node)
}

fn named(graph: &mut Graph, name: &str, meanings: &[(&str, Meaning)]) -> Option<Id> {
    // The parser has seen that it is there.
    let meaning = meanings.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning)?;
    Some(match meaning {
        Meaning::Target(column) => graph.leaf(Op::Target(column)),
        Meaning::Prediction(column) => graph.leaf(Op::Prediction(column)),
        Meaning::Share => graph.leaf(Op::Share),
        Meaning::Residual { prediction, target } => {
            let (x, y) = (graph.leaf(Op::Prediction(prediction)), graph.leaf(Op::Target(target)));
            graph.subtract(x, y)
        }
        Meaning::Number(x) => graph.constant(x),
        Meaning::Symbol(i) => graph.leaf(Op::Symbol(i)),
        Meaning::Nothing => return None,
    })
}

fn binary(graph: &mut Graph, operator: Operator, a: Value, b: Value) -> Result<Id, Value> {
    let (a, b) = (number(graph, a)?, number(graph, b)?);
    Ok(match operator {
        Operator::Add => graph.add(a, b),
        Operator::Subtract => graph.subtract(a, b),
        Operator::Multiply => graph.multiply(a, b),
        Operator::Divide => graph.divide(a, b),
        Operator::Power => graph.power(a, b),
    })
}

/// `where`: a condition that is known takes its arm, whatever the other is.
fn choice(graph: &mut Graph, values: &[Value], arguments: &[usize]) -> Value {
    let [condition, yes, no] = [0, 1, 2].map(|i| values[arguments[i]]);
    let (comparison, [a, b], [yes, no]) = match condition {
        Value::Condition(comparison, a, b) => (comparison, [a, b], [yes, no]),
        Value::Node(id) => (Comparison::Equal, [id, graph.constant(0.0)], [no, yes]),
        nothing => return nothing,
    };
    if let (Some(x), Some(y)) = (graph.number(a), graph.number(b)) {
        return if crate::graph::compares(comparison, x, y) { yes } else { no };
    }
    match (number(graph, yes), number(graph, no)) {
        (Ok(yes), Ok(no)) => Value::Node(graph.select(comparison, [a, b, yes, no])),
        (Err(nothing), _) | (_, Err(nothing)) => nothing,
    }
}

/// Whether an element takes more than a few cycles.
#[must_use]
pub fn is_heavy(graph: &Graph) -> bool {
    graph.nodes().iter().any(|(op, _)| matches!(op, Op::Part(..) | Op::Power | Op::Xlogy))
}

/// Whether float32 has no room for some number of a graph.
#[must_use]
pub fn widens(graph: &Graph, live: &[bool]) -> bool {
    let fits = |x: f64| x == 0.0 || x.is_infinite() || (1e-30..=1e30).contains(&x.abs());
    graph.nodes().iter().zip(live).any(|((op, _), live)| match op {
        Op::Constant(bits) => *live && !fits(f64::from_bits(*bits)),
        _ => false,
    })
}
