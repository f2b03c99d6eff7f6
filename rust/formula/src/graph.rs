//! The graph of a formula: every different expression once, whatever number of times it is used.
//!
//! Nodes are numbered so that operands come before what uses them. The predictions are what derivatives are taken by; the target
//! and the symbols of parameters are constants beside them. In a formula of classes, the prediction is the logarithm of a class's
//! probability, which is a leaf of its own, as is what is left of it to 1: neither is computed from the other.

use crate::parser::Comparison;
use lossreg_core::number::{Float, functions as f};
use std::collections::HashMap;

/// The number of a node.
pub type Id = u32;

/// No operand.
pub const NONE: Id = Id::MAX;

/// A function whose results, some of them derivatives of others, come from one computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // Named as in `number::functions`; the parts are in their order there.
pub enum Group {
    Exp,
    Expm1,
    /// exp(x) − 1 − x.
    Expm1Minus,
    Log,
    Log1p,
    /// x − log(1 + x), with both derivatives.
    MinusLog1p,
    /// log(1 + x²), with both derivatives.
    Log1pSquare,
    /// √(1 + x²) − 1, with both derivatives.
    Hypot1,
    /// log Φ, with both derivatives.
    LogNdtr,
    /// softplus(x), softplus(−x), sigmoid(x), sigmoid(−x), the slope of sigmoid.
    Logistic,
    /// log cosh, tanh, sech².
    Hyperbolic,
    LogGamma,
    Logit,
}

/// The parts of [`Group::Logistic`].
pub mod logistic {
    /// log(1 + exp(x)).
    pub const SOFTPLUS: u8 = 0;
    /// log(1 + exp(−x)).
    pub const SOFTPLUS_NEG: u8 = 1;
    /// 1/(1 + exp(−x)).
    pub const SIGMOID: u8 = 2;
    /// 1/(1 + exp(x)).
    pub const SIGMOID_NEG: u8 = 3;
    /// The product of the last two.
    pub const SLOPE: u8 = 4;
    /// Each for −x instead of x.
    pub const MIRRORED: [u8; 5] = [SOFTPLUS_NEG, SOFTPLUS, SIGMOID_NEG, SIGMOID, SLOPE];
}

/// What a node is made of its operands by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Op {
    /// One of the numbers of the target.
    Target(u8),
    /// One of the numbers that predict it.
    Prediction(u8),
    /// The probability of a class, of which the prediction is the logarithm,
    Share,
    /// and its difference to 1.
    Others,
    /// A parameter that has no value yet.
    Symbol(u8),
    /// The bits of a float64.
    Constant(u64),
    Negative,
    Abs,
    Sign,
    Sqrt,
    Add,
    Subtract,
    Multiply,
    /// A product that is 0 where its first factor is, whatever the second.
    Times,
    Divide,
    Least,
    Most,
    /// |a| to a constant power b.
    Power,
    Xlogy,
    /// c where a compares so to b, else d.
    Select(Comparison),
    /// A part of a group at a.
    Part(Group, u8),
}

/// A node: what it is made by, and its operands.
pub type Node = (Op, [Id; 4]);

/// A graph of nodes.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Node, Id>,
    /// Whether a node depends on a prediction.
    varies: Vec<bool>,
    /// Whether the prediction is the logarithm of a class's probability.
    pub(crate) of_classes: bool,
    /// The stable forms that took the place of what was written.
    pub(crate) rewrites: Vec<&'static str>,
}

impl Graph {
    /// All nodes.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// A node.
    #[must_use]
    pub fn node(&self, id: Id) -> Node {
        self.nodes[id as usize]
    }

    pub(crate) fn intern(&mut self, op: Op, operands: [Id; 4]) -> Id {
        if let Some(&id) = self.known.get(&(op, operands)) {
            return id;
        }
        let varies = matches!(op, Op::Prediction(_) | Op::Share | Op::Others)
            || operands.iter().any(|&id| id != NONE && self.varies[id as usize]);
        let id = self.nodes.len() as Id;
        self.nodes.push((op, operands));
        self.varies.push(varies);
        self.known.insert((op, operands), id);
        id
    }

    pub(crate) fn unary(&mut self, op: Op, a: Id) -> Id {
        self.intern(op, [a, NONE, NONE, NONE])
    }

    pub(crate) fn binary(&mut self, op: Op, a: Id, b: Id) -> Id {
        self.intern(op, [a, b, NONE, NONE])
    }

    pub(crate) fn leaf(&mut self, op: Op) -> Id {
        self.intern(op, [NONE; 4])
    }

    pub(crate) fn constant(&mut self, number: f64) -> Id {
        // One zero, and one number that is none.
        let number = if number.is_nan() { f64::NAN } else { number + 0.0 };
        self.leaf(Op::Constant(number.to_bits()))
    }

    /// The number that a node is, if it is one.
    #[must_use]
    pub fn number(&self, id: Id) -> Option<f64> {
        match self.node(id).0 {
            Op::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    pub(crate) fn is(&self, id: Id, number: f64) -> bool {
        self.number(id) == Some(number)
    }

    /// Whether a node depends on a prediction.
    #[must_use]
    pub fn varies(&self, id: Id) -> bool {
        self.varies[id as usize]
    }

    /// The operand of a unary node of this kind.
    pub(crate) fn inside(&self, op: Op, id: Id) -> Option<Id> {
        let (own, [a, ..]) = self.node(id);
        (own == op).then_some(a)
    }

    /// The operands of a binary node of this kind.
    pub(crate) fn sides(&self, op: Op, id: Id) -> Option<(Id, Id)> {
        let (own, [a, b, ..]) = self.node(id);
        (own == op).then_some((a, b))
    }

    /// A part of a group.
    pub(crate) fn part(&mut self, group: Group, part: u8, x: Id) -> Id {
        if let Some(number) = self.number(x) {
            return self.constant(evaluated(group, part, number));
        }
        match (group, self.inside(Op::Negative, x)) {
            (Group::Logistic, Some(mirror)) => {
                self.unary(Op::Part(group, logistic::MIRRORED[usize::from(part)]), mirror)
            }
            (Group::Hyperbolic, Some(mirror)) if part != 1 => self.unary(Op::Part(group, part), mirror),
            _ => self.unary(Op::Part(group, part), x),
        }
    }

    /// Remembers a stable form.
    pub(crate) fn note(&mut self, rewrite: &'static str) {
        if !self.rewrites.contains(&rewrite) {
            self.rewrites.push(rewrite);
        }
    }

    /// Which nodes some nodes are made of, themselves included.
    #[must_use]
    pub fn live(&self, roots: impl Iterator<Item = Id>) -> Vec<bool> {
        let mut live = vec![false; self.nodes.len()];
        for root in roots {
            live[root as usize] = true;
        }
        for id in (0..self.nodes.len()).rev() {
            if live[id] {
                for operand in self.nodes[id].1.into_iter().filter(|&operand| operand != NONE) {
                    live[operand as usize] = true;
                }
            }
        }
        live
    }
}

/// A part of a group, of a number.
fn evaluated(group: Group, part: u8, x: f64) -> f64 {
    use lossreg_core::number::{Jet, Real};
    let jet = Jet::variable(x);
    let of = |jet: Jet<f64>| [jet.value, jet.first, jet.second][usize::from(part)];
    match group {
        Group::Exp => f::exp(x),
        Group::Expm1 => f::expm1(x),
        Group::Expm1Minus => f::expm1_minus(x),
        Group::Log => f::log(x),
        Group::Log1p => f::log1p(x),
        Group::MinusLog1p => of(jet.minus_log1p()),
        Group::Log1pSquare => of(jet.log1p_square()),
        Group::Hypot1 => of(jet.hypot1()),
        Group::LogNdtr => of(jet.log_ndtr()),
        Group::Logistic => {
            let l = f::logistic(x);
            [l.softplus, l.softplus_neg, l.sigmoid, l.sigmoid_neg, l.slope][usize::from(part)]
        }
        Group::Hyperbolic => {
            let (value, slope, bend) = f::log_cosh(x);
            [value, slope, bend][usize::from(part)]
        }
        Group::LogGamma => f::ln_gamma(x),
        Group::Logit => f::logit(x),
    }
}

/// A comparison of numbers.
#[inline(always)]
pub(crate) fn compares<T: Float>(comparison: Comparison, a: T, b: T) -> bool {
    match comparison {
        Comparison::Less => a < b,
        Comparison::AtMost => a <= b,
        Comparison::Equal => a == b,
    }
}
