//! Arithmetic on graphs: what is known folds away, and what cancels becomes a function that does not.
//!
//! Rewrites keep the value where it is a number; they never make it less accurate. Those that change what is computed are noted.

use crate::graph::{Graph, Group, Id, Op, compares, logistic};
use crate::parser::Comparison;
use lossreg_core::number::{functions as f, real};

/// How many products and quotients deep signs are looked for.
pub(crate) const SIGNS_WITHIN: usize = 6;

impl Graph {
    pub(crate) fn negative(&mut self, a: Id) -> Id {
        if let Some(number) = self.number(a) {
            return self.constant(-number);
        }
        match self.node(a) {
            (Op::Negative, [inner, ..]) => inner,
            (Op::Subtract, [left, right, ..]) => self.subtract(right, left),
            (Op::Multiply, [left, right, ..]) if self.number(left).is_some() => {
                let factor = self.negative(left);
                self.multiply(factor, right)
            }
            _ => self.unary(Op::Negative, a),
        }
    }

    pub(crate) fn abs(&mut self, a: Id) -> Id {
        if let Some(number) = self.number(a) {
            return self.constant(number.abs());
        }
        match self.node(a) {
            (Op::Negative, [inner, ..]) => self.abs(inner),
            (Op::Abs, _) => a,
            _ => {
                let a = self.turned(a);
                self.unary(Op::Abs, a)
            }
        }
    }

    /// A difference with what varies first, where its sign does not matter.
    fn turned(&mut self, id: Id) -> Id {
        match self.sides(Op::Subtract, id) {
            Some((a, b)) if self.number(a).is_none() && !self.varies(a) && self.varies(b) => self.subtract(b, a),
            _ => id,
        }
    }

    pub(crate) fn sign(&mut self, a: Id) -> Id {
        match self.number(a) {
            Some(number) => self.constant(if number == 0.0 { 0.0 } else { number.signum() }),
            None => self.unary(Op::Sign, a),
        }
    }

    pub(crate) fn add(&mut self, a: Id, b: Id) -> Id {
        if let (Some(x), Some(y)) = (self.number(a), self.number(b)) {
            return self.constant(x + y);
        }
        // A number comes first, then what was there first.
        let (a, b) = if self.number(b).is_some() || self.number(a).is_none() && a > b { (b, a) } else { (a, b) };
        if self.is(a, 0.0) {
            return b;
        }
        if a == b {
            let two = self.constant(2.0);
            return self.multiply(two, a);
        }
        if let Some(b) = self.inside(Op::Negative, b) {
            return self.subtract(a, b);
        }
        if let Some(a) = self.inside(Op::Negative, a) {
            return self.subtract(b, a);
        }
        match self.number(a) {
            Some(number) if number < 0.0 => {
                let number = self.constant(-number);
                self.subtract(b, number)
            }
            _ => self.binary(Op::Add, a, b),
        }
    }

    pub(crate) fn subtract(&mut self, a: Id, b: Id) -> Id {
        if let (Some(x), Some(y)) = (self.number(a), self.number(b)) {
            return self.constant(x - y);
        }
        if self.is(b, 0.0) {
            return a;
        }
        if self.is(a, 0.0) {
            return self.negative(b);
        }
        if let Some(b) = self.inside(Op::Negative, b) {
            return self.add(a, b);
        }
        self.stable_difference(a, b).unwrap_or_else(|| self.binary(Op::Subtract, a, b))
    }

    pub(crate) fn multiply(&mut self, a: Id, b: Id) -> Id {
        if let (Some(x), Some(y)) = (self.number(a), self.number(b)) {
            return self.constant(real::times(x, y));
        }
        let (a, b) = if self.number(b).is_some() || self.number(a).is_none() && a > b { (b, a) } else { (a, b) };
        if let Some(number) = self.number(a) {
            return self.scaled(number, a, b);
        }
        for (one, other) in [(a, b), (b, a)] {
            if let Some(inner) = self.inside(Op::Negative, one) {
                let product = self.multiply(inner, other);
                return self.negative(product);
            }
            // Numbers go outwards, where they meet; a square stays one.
            if a == b {
                break;
            }
            if let Some((factor, rest)) =
                self.sides(Op::Multiply, one).filter(|(factor, _)| self.number(*factor).is_some())
            {
                let product = self.multiply(rest, other);
                return self.multiply(factor, product);
            }
        }
        if a == b && self.has_sign(a, SIGNS_WITHIN) {
            return self.unsigned_square(a);
        }
        if a == b {
            let turned = self.turned(a);
            return self.binary(Op::Multiply, turned, turned);
        }
        if self.inside(Op::Part(Group::Log, 0), b) == Some(a) {
            self.note("u*log(u) as xlogy(u, u)");
            return self.binary(Op::Xlogy, a, a);
        }
        match (self.varies(a), self.varies(b)) {
            (false, true) => self.weighted(a, b),
            (true, false) => self.weighted(b, a),
            (true, true) if self.is_share(a) => self.weighted(a, b),
            (true, true) if self.is_share(b) => self.weighted(b, a),
            (true, true) => self.product(a, b),
            (false, false) => self.binary(Op::Multiply, a, b),
        }
    }

    /// Whether something is a class's probability or its difference to 1: where it is 0, so is its product with an infinite logarithm.
    fn is_share(&self, id: Id) -> bool {
        matches!(self.node(id).0, Op::Share | Op::Others)
    }

    /// A product of two that vary. Weights go outwards: what they remove they remove whole.
    fn product(&mut self, a: Id, b: Id) -> Id {
        for (one, other) in [(a, b), (b, a)] {
            if let Some((weight, inner)) = self.sides(Op::Times, one) {
                let product = self.multiply(inner, other);
                return self.weighted(weight, product);
            }
        }
        self.binary(Op::Multiply, a, b)
    }

    /// Whether something is a sign times something.
    pub(crate) fn has_sign(&self, id: Id, depth: usize) -> bool {
        let (op, [a, b, ..]) = self.node(id);
        let within = |id: Id| depth > 0 && self.has_sign(id, depth - 1);
        match op {
            Op::Sign => true,
            Op::Negative | Op::Divide => within(a),
            Op::Multiply | Op::Times => within(a) || within(b),
            _ => false,
        }
    }

    /// Whether something may be infinite where what it is made of is 0.
    pub(crate) fn is_unbounded(&self, id: Id, depth: usize) -> bool {
        let (op, [a, b, ..]) = self.node(id);
        let within = |id: Id| depth > 0 && self.is_unbounded(id, depth - 1);
        match op {
            Op::Divide | Op::Part(Group::Log, _) => true,
            Op::Power => self.number(b).is_none_or(|exponent| exponent < 0.0),
            Op::Negative | Op::Part(Group::Exp, _) => within(a),
            Op::Add | Op::Subtract | Op::Multiply | Op::Times => within(a) || within(b),
            _ => false,
        }
    }

    /// The square of what has a sign, which that of the rest is: a smooth function of |u| bends at u = 0 as beside it.
    fn unsigned_square(&mut self, id: Id) -> Id {
        let (op, [a, b, ..]) = self.node(id);
        if op == Op::Sign {
            return self.constant(1.0);
        }
        if !self.has_sign(id, SIGNS_WITHIN) {
            return self.power_of(id, 2.0);
        }
        let square = self.unsigned_square(a);
        if op == Op::Negative {
            return square;
        }
        let other = self.unsigned_square(b);
        if op == Op::Divide { self.divide(square, other) } else { self.multiply(square, other) }
    }

    /// A number times something that is none.
    fn scaled(&mut self, number: f64, factor: Id, b: Id) -> Id {
        if number == 0.0 || number == 1.0 {
            return if number == 0.0 { factor } else { b };
        }
        if let Some(inner) = self.inside(Op::Negative, b) {
            let factor = self.constant(-number);
            return self.multiply(factor, inner);
        }
        let inner = self.sides(Op::Multiply, b).and_then(|(first, rest)| Some((self.number(first)?, rest)));
        if let Some((first, rest)) = inner {
            let product = self.constant(number * first);
            if self.number(product).is_some_and(f64::is_normal) {
                return self.multiply(product, rest);
            }
        }
        if number == -1.0 { self.unary(Op::Negative, b) } else { self.binary(Op::Multiply, factor, b) }
    }

    pub(crate) fn divide(&mut self, a: Id, b: Id) -> Id {
        if let (Some(x), Some(y)) = (self.number(a), self.number(b)) {
            return self.constant(x / y);
        }
        if let Some(number) = self.number(b) {
            let inverse = 1.0 / number;
            if inverse.is_normal() && number.abs().log2().fract() == 0.0 {
                let inverse = self.constant(inverse);
                return self.multiply(inverse, a);
            }
        }
        if let Some(inner) = self.inside(Op::Negative, a) {
            let quotient = self.divide(inner, b);
            return self.negative(quotient);
        }
        if let Some(u) = self.one_plus(b).and_then(|e| self.inside(Op::Part(Group::Exp, 0), e))
            && (self.is(a, 1.0) || self.inside(Op::Part(Group::Exp, 0), a) == Some(u))
        {
            self.note("1/(1 + exp(-u)) as sigmoid(u)");
            let part = if self.is(a, 1.0) { logistic::SIGMOID_NEG } else { logistic::SIGMOID };
            return self.part(Group::Logistic, part, u);
        }
        self.binary(Op::Divide, a, b)
    }

    pub(crate) fn most(&mut self, a: Id, b: Id) -> Id {
        self.extreme(Op::Most, a, b)
    }

    pub(crate) fn least(&mut self, a: Id, b: Id) -> Id {
        self.extreme(Op::Least, a, b)
    }

    fn extreme(&mut self, op: Op, a: Id, b: Id) -> Id {
        if let (Some(x), Some(y)) = (self.number(a), self.number(b)) {
            return self.constant(if op == Op::Most { x.max(y) } else { x.min(y) });
        }
        if a == b { a } else { self.binary(op, a.min(b), a.max(b)) }
    }

    pub(crate) fn select(&mut self, comparison: Comparison, [a, b, yes, no]: [Id; 4]) -> Id {
        if let (Some(x), Some(y)) = (self.number(a), self.number(b)) {
            return if compares(comparison, x, y) { yes } else { no };
        }
        if yes == no { yes } else { self.intern(Op::Select(comparison), [a, b, yes, no]) }
    }

    pub(crate) fn sqrt(&mut self, a: Id) -> Id {
        if let Some(number) = self.number(a) {
            return self.constant(number.sqrt());
        }
        self.flattened(a, 0.5).unwrap_or_else(|| self.unary(Op::Sqrt, a))
    }

    pub(crate) fn xlogy(&mut self, a: Id, b: Id) -> Id {
        if let (Some(x), Some(y)) = (self.number(a), self.number(b)) {
            return self.constant(f::xlogy(x, y));
        }
        if let Some((number, rest)) = self.sides(Op::Multiply, a).filter(|_| self.of_classes)
            && self.number(number).is_some()
        {
            let product = self.xlogy(rest, b);
            return self.multiply(number, product);
        }
        if (self.varies(a) || a == b) && !self.is_share(a) {
            return self.binary(Op::Xlogy, a, b);
        }
        // A product that is 0 where its first factor is.
        let log = self.log(b);
        self.weighted(a, log)
    }

    /// A product that is 0 where its first factor is.
    pub(crate) fn weighted(&mut self, weight: Id, x: Id) -> Id {
        if self.number(weight).is_some() || self.number(x).is_some() {
            return self.multiply(weight, x);
        }
        match self.node(x) {
            (Op::Negative, [inner, ..]) => {
                let product = self.weighted(weight, inner);
                self.negative(product)
            }
            (Op::Multiply, [factor, rest, ..]) if self.number(factor).is_some() => {
                let product = self.weighted(weight, rest);
                self.multiply(factor, product)
            }
            _ => self.binary(Op::Times, weight, x),
        }
    }
}
