//! Differences that cancel, as functions that do not.

use crate::graph::{Graph, Group, Id, NONE, Op, logistic};
use crate::parser::Comparison;

impl Graph {
    /// A difference that is known to cancel, as a function that does not.
    pub(crate) fn stable_difference(&mut self, a: Id, b: Id) -> Option<Id> {
        let ((a_op, [in_a, ..]), (b_op, [in_b, ..])) = (self.node(a), self.node(b));
        Some(match (a_op, b_op) {
            (_, Op::Share) if self.is(a, 1.0) => self.leaf(Op::Others),
            (_, Op::Others) if self.is(a, 1.0) => self.leaf(Op::Share),
            (Op::Target(_), Op::Share) => self.target_less_share(a, b),
            (Op::Share, Op::Target(_)) => {
                let difference = self.target_less_share(b, a);
                self.unary(Op::Negative, difference)
            }
            (_, Op::Part(Group::Logistic, part @ (logistic::SIGMOID | logistic::SIGMOID_NEG))) if self.is(a, 1.0) => {
                self.note("1 - sigmoid(u) as sigmoid(-u)");
                self.part(Group::Logistic, logistic::MIRRORED[usize::from(part)], in_b)
            }
            (Op::Part(Group::Exp, _), _) if self.is(b, 1.0) => {
                self.note("exp(u) - 1 as expm1(u)");
                self.part(Group::Expm1, 0, in_a)
            }
            (_, Op::Part(Group::Exp, _)) if self.is(a, 1.0) => {
                self.note("exp(u) - 1 as expm1(u)");
                let difference = self.part(Group::Expm1, 0, in_b);
                self.negative(difference)
            }
            (Op::Part(Group::Expm1, _), _) if in_a == b => {
                self.note("expm1(u) - u as one function");
                self.part(Group::Expm1Minus, 0, b)
            }
            (_, Op::Part(Group::Log1p, _)) if in_b == a => {
                self.note("u - log1p(u) as one function");
                self.part(Group::MinusLog1p, 0, a)
            }
            (Op::Part(Group::Log1p, _), _) if in_a == b => {
                self.note("u - log1p(u) as one function");
                let difference = self.part(Group::MinusLog1p, 0, b);
                self.negative(difference)
            }
            (Op::Sqrt, _) if self.is(b, 1.0) => {
                let root = self.one_plus(in_a).and_then(|square| self.square_of(square))?;
                self.note("sqrt(1 + u**2) - 1 as one function");
                self.part(Group::Hypot1, 0, root)
            }
            (Op::Part(Group::Log1p, _), Op::Part(Group::Log1p, _)) => {
                self.note("log1p(u) - log1p(v) as the logarithm of a quotient");
                self.log_of_ratio(a, b, in_a, in_b)
            }
            (_, Op::Multiply) if self.is(a, 1.0) && self.cube_of_rest(b).is_some() => {
                let u = self.cube_of_rest(b)?;
                self.note("1 - (1 - u)**3 without cancellation");
                // u (3 + u (u − 3))
                let three = self.constant(3.0);
                let inner = self.subtract(u, three);
                let inner = self.multiply(u, inner);
                let inner = self.add(three, inner);
                self.multiply(u, inner)
            }
            (_, Op::Multiply) if self.is(a, 1.0) => {
                let tanh = self.square_of(b)?;
                let Op::Part(Group::Hyperbolic, 1) = self.node(tanh).0 else { return None };
                self.note("1 - tanh(u)**2 as one function");
                let inner = self.node(tanh).1[0];
                self.part(Group::Hyperbolic, 2, inner)
            }
            _ => return None,
        })
    }

    /// t − q, by (1 − q) − (1 − t) where t is large: the last difference is exact.
    fn target_less_share(&mut self, t: Id, q: Id) -> Id {
        self.note("y_true - q as (1 - q) - (1 - y_true) where that keeps more digits");
        let (one, half, others) = (self.constant(1.0), self.constant(0.5), self.leaf(Op::Others));
        let rest = self.subtract(one, t);
        let (near, far) = (self.subtract(others, rest), self.intern(Op::Subtract, [t, q, NONE, NONE]));
        self.select(Comparison::Less, [half, t, near, far])
    }

    /// u, of 1 + u.
    pub(crate) fn one_plus(&self, id: Id) -> Option<Id> {
        let (a, b) = self.sides(Op::Add, id)?;
        self.is(a, 1.0).then_some(b)
    }

    /// u, of u².
    pub(crate) fn square_of(&self, id: Id) -> Option<Id> {
        let (a, b) = self.sides(Op::Multiply, id)?;
        (a == b).then_some(a)
    }

    /// u, of (1 − u)³.
    fn cube_of_rest(&self, id: Id) -> Option<Id> {
        let (a, b) = self.sides(Op::Multiply, id)?;
        let rest = [(a, b), (b, a)].into_iter().find(|&(square, rest)| self.square_of(square) == Some(rest))?.1;
        let (one, u) = self.sides(Op::Subtract, rest)?;
        self.is(one, 1.0).then_some(u)
    }

    /// log1p(u) − log1p(v), by log1p((u − v)/(1 + v)) where the two are close.
    fn log_of_ratio(&mut self, a: Id, b: Id, u: Id, v: Id) -> Id {
        let (one, half) = (self.constant(1.0), self.constant(0.5));
        let (difference, sum) = (self.subtract(u, v), self.add(one, v));
        let ratio = self.divide(difference, sum);
        let (near, size) = (self.part(Group::Log1p, 0, ratio), self.abs(ratio));
        let far = self.intern(Op::Subtract, [a, b, NONE, NONE]);
        self.select(Comparison::AtMost, [size, half, near, far])
    }
}
