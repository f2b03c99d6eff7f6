//! The functions of formulas on graphs, in their stable forms.

use crate::functions::Function;
use crate::graph::{Graph, Group, Id, Op, logistic};
use crate::parser::Comparison;
use lossreg_core::number::functions as f;

impl Graph {
    /// A function of some nodes; none where it has a derivative that is not known.
    pub(crate) fn call(&mut self, function: Function, arguments: &[Id]) -> Option<Id> {
        let [a, b, c] = [0, 1, 2].map(|i| arguments.get(i).copied().unwrap_or(arguments[0]));
        Some(match function {
            Function::Abs => self.abs(a),
            Function::BoxcoxExp => self.boxcox(a, b, Graph::exp, |_, x| x),
            Function::BoxcoxPow => self.boxcox_of_mean(a, b),
            Function::Clip => {
                let raised = self.most(a, b);
                self.least(raised, c)
            }
            Function::Cosh => self.hyperbolic_sum(a, false),
            Function::Exp => self.exp(a),
            Function::Expm1 => self.expm1(a),
            Function::Lgamma if self.varies(a) => return None,
            Function::Lgamma => self.lgamma(a),
            Function::Log => self.log(a),
            Function::Log1p => self.log1p(a),
            Function::LogCosh => self.part(Group::Hyperbolic, 0, a),
            Function::LogNdtr => self.part(Group::LogNdtr, 0, a),
            Function::LogSigmoid => {
                let loss = self.part(Group::Logistic, logistic::SOFTPLUS_NEG, a);
                self.negative(loss)
            }
            Function::Logaddexp => self.logaddexp(a, b),
            Function::Logit => self.part(Group::Logit, 0, a),
            Function::Maximum => self.most(a, b),
            Function::Minimum => self.least(a, b),
            Function::Sigmoid => self.part(Group::Logistic, logistic::SIGMOID, a),
            Function::Sign => self.sign(a),
            Function::Sinh => self.hyperbolic_sum(a, true),
            Function::Softplus => self.part(Group::Logistic, logistic::SOFTPLUS, a),
            Function::Sqrt => self.sqrt(a),
            Function::Square => self.power_of(a, 2.0),
            Function::Tanh => self.part(Group::Hyperbolic, 1, a),
            Function::Where => {
                let zero = self.constant(0.0);
                self.select(Comparison::Equal, [a, zero, c, b])
            }
            Function::Xlog1py => {
                let log = self.log1p(b);
                self.weighted(a, log)
            }
            Function::Xlogy => self.xlogy(a, b),
        })
    }

    pub(crate) fn exp(&mut self, a: Id) -> Id {
        if self.of_classes && matches!(self.node(a).0, Op::Prediction(_)) {
            return self.leaf(Op::Share);
        }
        self.part(Group::Exp, 0, a)
    }

    fn expm1(&mut self, a: Id) -> Id {
        if self.of_classes && matches!(self.node(a).0, Op::Prediction(_)) {
            let others = self.leaf(Op::Others);
            return self.negative(others);
        }
        self.part(Group::Expm1, 0, a)
    }

    pub(crate) fn log(&mut self, a: Id) -> Id {
        let (op, [inner, ..]) = self.node(a);
        match op {
            Op::Share => return self.leaf(Op::Prediction(0)),
            Op::Part(Group::Logistic, part @ (logistic::SIGMOID | logistic::SIGMOID_NEG)) => {
                self.note("log(sigmoid(u)) as -softplus(-u)");
                let part = if part == logistic::SIGMOID { logistic::SOFTPLUS_NEG } else { logistic::SOFTPLUS };
                let loss = self.part(Group::Logistic, part, inner);
                return self.negative(loss);
            }
            Op::Part(Group::Exp, _) => {
                self.note("log(exp(u)) as u");
                return inner;
            }
            _ => {}
        }
        if let Some(u) = self.cosh_of(a) {
            self.note("log(cosh(u)) as one function");
            return self.part(Group::Hyperbolic, 0, u);
        }
        if let Some(log) = self.log_of_power(a) {
            return log;
        }
        match self.one_plus(a) {
            Some(u) => {
                let log = self.log1p(u);
                if self.node(log).0 == Op::Part(Group::Log1p, 0) {
                    self.note("log(1 + u) as log1p(u)");
                }
                log
            }
            None => self.part(Group::Log, 0, a),
        }
    }

    pub(crate) fn log1p(&mut self, a: Id) -> Id {
        let (op, [inner, ..]) = self.node(a);
        match op {
            Op::Part(Group::Exp, _) => {
                self.note("log(1 + exp(u)) as softplus(u)");
                self.part(Group::Logistic, logistic::SOFTPLUS, inner)
            }
            Op::Part(Group::Expm1, _) => inner,
            Op::Negative
                if matches!(
                    self.node(inner).0,
                    Op::Share | Op::Others | Op::Part(Group::Logistic, logistic::SIGMOID..=logistic::SIGMOID_NEG)
                ) =>
            {
                let one = self.constant(1.0);
                let rest = self.subtract(one, inner);
                self.log(rest)
            }
            _ => match self.square_of(a) {
                Some(u) => {
                    self.note("log1p(u**2) as one function");
                    self.part(Group::Log1pSquare, 0, u)
                }
                None => self.part(Group::Log1p, 0, a),
            },
        }
    }

    /// max(a, b) + softplus(−|a − b|).
    fn logaddexp(&mut self, a: Id, b: Id) -> Id {
        for (one, other) in [(a, b), (b, a)] {
            if self.is(one, 0.0) {
                return self.part(Group::Logistic, logistic::SOFTPLUS, other);
            }
        }
        let (most, difference) = (self.most(a, b), self.subtract(a, b));
        let far = self.abs(difference);
        let near = self.part(Group::Logistic, logistic::SOFTPLUS_NEG, far);
        self.add(most, near)
    }

    /// cosh or sinh.
    fn hyperbolic_sum(&mut self, a: Id, odd: bool) -> Id {
        let (mirrored, half) = (self.negative(a), self.constant(0.5));
        if odd {
            // (expm1(u) − expm1(−u))/2 keeps its digits near 0.
            let (up, down) = (self.expm1(a), self.expm1(mirrored));
            let sum = self.subtract(up, down);
            return self.multiply(half, sum);
        }
        let (up, down) = (self.exp(a), self.exp(mirrored));
        let sum = self.add(up, down);
        self.multiply(half, sum)
    }

    /// u, of cosh(u).
    fn cosh_of(&self, id: Id) -> Option<Id> {
        let (half, sum) = self.sides(Op::Multiply, id)?;
        let (up, down) = self.sides(Op::Add, sum).filter(|_| self.is(half, 0.5))?;
        let (u, v) = (self.inside(Op::Part(Group::Exp, 0), up)?, self.inside(Op::Part(Group::Exp, 0), down)?);
        let opposite = |a, b| self.inside(Op::Negative, a) == Some(b) || self.mirrors(a, b);
        (opposite(u, v) || opposite(v, u)).then_some(u)
    }

    /// Whether one is x − y and the other y − x, or one a number times what the other is the opposite of.
    fn mirrors(&self, a: Id, b: Id) -> bool {
        let differences = self.sides(Op::Subtract, a).zip(self.sides(Op::Subtract, b));
        let products = self.sides(Op::Multiply, a).zip(self.sides(Op::Multiply, b));
        differences.is_some_and(|((x, y), (u, v))| (x, y) == (v, u))
            || products.is_some_and(|((c, x), (d, y))| {
                x == y && self.number(c).zip(self.number(d)).is_some_and(|(c, d)| c == -d)
            })
    }

    /// log Γ; of 1 + y the logarithm of the factorial of y.
    fn lgamma(&mut self, a: Id) -> Id {
        match self.number(a) {
            Some(number) => self.constant(f::ln_gamma(number)),
            None => self.part(Group::LogGamma, 0, a),
        }
    }

    /// (exp(a·x)) / a, and x where a is 0.
    fn boxcox(&mut self, a: Id, x: Id, of: fn(&mut Graph, Id) -> Id, limit: fn(&mut Graph, Id) -> Id) -> Id {
        if self.is(a, 0.0) {
            return limit(self, x);
        }
        let product = self.multiply(a, x);
        let raised = of(self, product);
        let quotient = self.divide(raised, a);
        if self.number(a).is_some() {
            return quotient;
        }
        let (zero, limit) = (self.constant(0.0), limit(self, x));
        self.select(Comparison::Equal, [a, zero, limit, quotient])
    }

    /// x**a / a, and log(x) where a is 0.
    fn boxcox_of_mean(&mut self, a: Id, x: Id) -> Id {
        if self.is(a, 0.0) {
            return self.log(x);
        }
        let raised = self.power(x, a);
        let quotient = self.divide(raised, a);
        if self.number(a).is_some() {
            return quotient;
        }
        let (zero, limit) = (self.constant(0.0), self.log(x));
        self.select(Comparison::Equal, [a, zero, limit, quotient])
    }
}
