//! Powers. What is a power of a power is one: the slope of |u|³ is 0 at 0 and that of its root infinite, of which no product is
//! made, where |u|^1.5 is flat.

use crate::graph::{Graph, Group, Id, NONE, Op, logistic};
use crate::parser::Comparison;

/// Between these a factor's power leaves room for what it multiplies.
const ROOM: std::ops::RangeInclusive<f64> = 1e-10..=1e10;

/// What a node is: a factor, where there is one, times a base of at least 0 to a power.
#[derive(Clone, Copy)]
struct Raised {
    factor: Option<Id>,
    base: Id,
    exponent: f64,
}

impl Graph {
    /// a to the power b.
    pub(crate) fn power(&mut self, a: Id, b: Id) -> Id {
        if let (Some(x), Some(y)) = (self.number(a), self.number(b)) {
            return self.constant(x.powf(y));
        }
        let Some(exponent) = self.number(b) else { return self.power_of_data(a, b) };
        let whole = |exponent: f64| exponent.fract() == 0.0;
        let inner = self.raised(a).map_or(1.0, |raised| raised.exponent);
        if (!whole(inner) || !whole(exponent))
            && let Some(power) = self.flattened(a, exponent)
        {
            return power;
        }
        match exponent {
            0.0 => self.constant(1.0),
            1.0 => a,
            0.5 => self.sqrt(a),
            -1.0 => {
                let one = self.constant(1.0);
                self.divide(one, a)
            }
            2.0 => {
                // The square of a magnitude is that of the number.
                let base = self.inside(Op::Abs, a).or(self.inside(Op::Negative, a)).unwrap_or(a);
                self.multiply(base, base)
            }
            3.0 => {
                let square = self.power_of(a, 2.0);
                self.multiply(square, a)
            }
            4.0 => {
                let square = self.power_of(a, 2.0);
                self.multiply(square, square)
            }
            _ => self.general_power(a, b, exponent),
        }
    }

    pub(crate) fn power_of(&mut self, a: Id, exponent: f64) -> Id {
        let exponent = self.constant(exponent);
        self.power(a, exponent)
    }

    /// exp(b log a), which joins stable forms; 0 has no logarithm.
    fn power_of_data(&mut self, a: Id, b: Id) -> Id {
        if let Some(base) = self.number(a) {
            if base == 0.0 {
                return self.intern(Op::Power, [a, b, NONE, NONE]);
            }
            let log = self.constant(base.ln());
            let product = self.multiply(b, log);
            return self.part(Group::Exp, 0, product);
        }
        match self.raised(a).and_then(|raised| self.without_factor(raised)) {
            Some(Raised { base, exponent, .. }) => {
                let exponent = self.constant(exponent);
                let exponent = self.multiply(exponent, b);
                self.power_by_log(base, exponent)
            }
            None => self.power_by_log(a, b),
        }
    }

    /// The same of a base that is no power: 0 to the power 0 is 1.
    fn power_by_log(&mut self, a: Id, b: Id) -> Id {
        let log = self.part(Group::Log, 0, a);
        let product = if a == b { self.multiply(b, log) } else { self.weighted(b, log) };
        self.part(Group::Exp, 0, product)
    }

    /// Of the argument of an exponential: a number, times an exponent, times the logarithm of a base.
    pub(crate) fn of_a_power(&self, id: Id) -> Option<(f64, Id, Id)> {
        let (op, [a, b, ..]) = self.node(id);
        match op {
            Op::Negative => self.of_a_power(a).map(|(number, exponent, base)| (-number, exponent, base)),
            Op::Multiply if let Some(factor) = self.number(a) => {
                self.of_a_power(b).map(|(number, exponent, base)| (factor * number, exponent, base))
            }
            Op::Multiply | Op::Times => {
                let log = |id: Id| self.inside(Op::Part(Group::Log, 0), id).filter(|&base| self.varies(base));
                log(b).map(|base| (1.0, a, base)).or(log(a).map(|base| (1.0, b, base)))
            }
            _ => None,
        }
    }

    /// A power of a power as one.
    pub(crate) fn flattened(&mut self, a: Id, exponent: f64) -> Option<Id> {
        let raised = self.raised(a)?;
        let product = raised.exponent * exponent;
        // A whole power has numbers below 0 for its base too, which none of another has.
        if product.fract() == 0.0 && self.inside(Op::Abs, raised.base).is_none() {
            return None;
        }
        let far = raised
            .factor
            .and_then(|factor| self.number(factor))
            .is_some_and(|factor| !ROOM.contains(&factor.abs().powf(exponent)));
        let Raised { factor, base, .. } = if far { self.without_factor(raised)? } else { raised };
        self.note("a power of a power as one power");
        let power = self.power_of(base, product);
        Some(match factor {
            Some(factor) => {
                let factor = self.power_of(factor, exponent);
                self.multiply(factor, power)
            }
            None => power,
        })
    }

    /// log of a power of u, as a multiple of log u.
    pub(crate) fn log_of_power(&mut self, a: Id) -> Option<Id> {
        let Raised { factor: None, base, exponent } = self.raised(a)? else { return None };
        self.note("log(u**p) as p*log(u)");
        let (exponent, log) = (self.constant(exponent), self.log(base));
        Some(self.multiply(exponent, log))
    }

    /// The same with the factor within the base, where it has a root that is a number: no power of it overflows alone.
    fn without_factor(&mut self, raised: Raised) -> Option<Raised> {
        let Some(factor) = raised.factor else { return Some(raised) };
        let root = self.number(factor)?.powf(1.0 / raised.exponent);
        if !root.is_normal() {
            return None;
        }
        let root = self.constant(root);
        let base = self.multiply(root, raised.base);
        Some(Raised { factor: None, base, ..raised })
    }

    /// What a node that varies is a power of, if of something: not to the power 1.
    fn raised(&mut self, id: Id) -> Option<Raised> {
        self.factored(id).filter(|raised| raised.exponent != 1.0)
    }

    /// The same, and of a magnitude, whose power is 1.
    fn factored(&mut self, id: Id) -> Option<Raised> {
        let (op, [a, b, ..]) = self.node(id);
        if !self.varies(id) {
            return None;
        }
        match op {
            Op::Abs => Some(Raised { factor: None, base: id, exponent: 1.0 }),
            Op::Power => {
                let exponent = self.number(b)?;
                Some(Raised { factor: None, base: a, exponent })
            }
            Op::Sqrt => Some(Raised { factor: None, base: a, exponent: 0.5 }),
            Op::Multiply if a == b => {
                let Raised { factor, base, exponent } = match self.factored(a) {
                    Some(raised) => raised,
                    None => Raised { factor: None, base: self.magnitude(a), exponent: 1.0 },
                };
                Some(Raised { factor: factor.map(|factor| self.power_of(factor, 2.0)), base, exponent: 2.0 * exponent })
            }
            Op::Multiply | Op::Times if !self.varies(a) => {
                let raised = self.factored(b)?;
                Some(Raised { factor: Some(raised.factor.map_or(a, |factor| self.multiply(a, factor))), ..raised })
            }
            Op::Divide if !self.varies(b) => {
                let raised = self.factored(a)?;
                let factor = raised.factor.unwrap_or_else(|| self.constant(1.0));
                Some(Raised { factor: Some(self.divide(factor, b)), ..raised })
            }
            Op::Multiply => {
                let (left, right) = (self.factored(a)?, self.factored(b)?);
                let factor = match (left.factor, right.factor) {
                    (Some(x), Some(y)) => Some(self.multiply(x, y)),
                    (x, y) => x.or(y),
                };
                let exponent = left.exponent + right.exponent;
                (left.base == right.base).then_some(Raised { factor, base: left.base, exponent })
            }
            _ => None,
        }
    }

    /// |u|, which is u where that is never below 0.
    fn magnitude(&mut self, u: Id) -> Id {
        match self.node(u).0 {
            Op::Share
            | Op::Others
            | Op::Sqrt
            | Op::Part(Group::Exp, _)
            | Op::Part(Group::Logistic, logistic::SIGMOID | logistic::SIGMOID_NEG) => u,
            _ => self.abs(u),
        }
    }

    /// A power of no special exponent: of a negative number only where the exponent is whole.
    fn general_power(&mut self, a: Id, b: Id, exponent: f64) -> Id {
        if let Some(power) = self.flattened(a, exponent) {
            return power;
        }
        let (magnitude, whole) = (self.abs(a), exponent.fract() == 0.0);
        if magnitude == a || !whole {
            return self.intern(Op::Power, [a, b, NONE, NONE]);
        }
        let power = self.intern(Op::Power, [magnitude, b, NONE, NONE]);
        if exponent % 2.0 == 0.0 {
            return power;
        }
        let (zero, opposite) = (self.constant(0.0), self.negative(power));
        self.select(Comparison::Less, [a, zero, opposite, power])
    }
}
