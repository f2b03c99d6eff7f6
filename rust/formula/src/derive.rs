//! Derivatives by each prediction, first and second: forward through the graph, node by node. Of classes they are those by log q,
//! and those by q, which tell more where q is 0.
//!
//! The rules are those of [`lossreg_core::number::Real`]. A derivative that is zero does not exist, so what is constant costs
//! nothing. Where there is no derivative: 0 for a magnitude at 0; between the arguments of a maximum or minimum the flatter side,
//! and 0 where one rises as the other falls; of `where` the arm that is chosen, and the flatter one where two straight arms meet.

use crate::algebra::SIGNS_WITHIN;
use crate::graph::{Graph, Group, Id, NONE, Op, logistic};
use crate::parser::Comparison;

/// A formula with its derivatives, zero where there is none.
#[derive(Clone, Debug)]
pub struct Derived {
    /// The loss.
    pub value: Id,
    /// Its derivatives by each of the predictions.
    pub slopes: Vec<Slopes>,
}

/// What derivatives are taken by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// One of the predictions,
    Prediction(u8),
    /// or the probability of a class, of which that is the logarithm.
    Share,
}

/// Both derivatives of a node.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slopes {
    /// The first,
    pub first: Option<Id>,
    /// and the second.
    pub second: Option<Id>,
}

impl Derived {
    /// A node of the graph with its derivatives, which are added to the graph.
    pub fn new(graph: &mut Graph, value: Id, by: impl Iterator<Item = By>) -> Self {
        Derived { value, slopes: by.map(|by| derive(graph, value, by)).collect() }
    }

    /// The nodes that outputs are, in their order: the loss, its first derivatives, its second ones; none where these are 0.
    pub fn roots(&self) -> Vec<Option<Id>> {
        let (firsts, seconds) = (self.slopes.iter().map(|one| one.first), self.slopes.iter().map(|one| one.second));
        [Some(self.value)].into_iter().chain(firsts).chain(seconds).collect()
    }
}

/// The derivatives of a node of the graph, to which they are added.
fn derive(graph: &mut Graph, root: Id, by: By) -> Slopes {
    let live = graph.live([root].into_iter());
    let mut all: Vec<Slopes> = vec![Slopes::default(); root as usize + 1];
    for id in 0..=root {
        if live[id as usize] && graph.varies(id) {
            all[id as usize] = of_node(graph, id, &all, by);
        }
    }
    all[root as usize]
}

fn of_node(graph: &mut Graph, id: Id, all: &[Slopes], by: By) -> Slopes {
    let (op, [a, b, c, d]) = graph.node(id);
    let of = |id: Id| if id == NONE { Slopes::default() } else { all[id as usize] };
    let (u, v) = (of(a), of(b));
    match op {
        Op::Prediction(column) if by == By::Prediction(column) => {
            Slopes { first: Some(graph.constant(1.0)), second: None }
        }
        Op::Prediction(_) if by == By::Share => {
            let (one, q) = (graph.constant(1.0), graph.leaf(Op::Share));
            let slope = graph.divide(one, q);
            let bend = graph.divide(slope, q);
            Slopes { first: Some(slope), second: Some(graph.negative(bend)) }
        }
        Op::Share | Op::Others => {
            let slopes = match by {
                By::Prediction(_) => {
                    let q = Some(graph.leaf(Op::Share));
                    Slopes { first: q, second: q }
                }
                By::Share => Slopes { first: Some(graph.constant(1.0)), second: None },
            };
            if op == Op::Share { slopes } else { slopes.each(|x| graph.negative(x)) }
        }
        Op::Prediction(_) | Op::Target(_) | Op::Symbol(_) | Op::Constant(_) | Op::Sign => Slopes::default(),
        Op::Negative => u.each(|x| graph.negative(x)),
        Op::Add => u.joined(v, |x, y| sum(graph, x, y)),
        Op::Subtract => u.joined(v, |x, y| difference(graph, x, y)),
        Op::Times if !graph.varies(a) => v.each(|x| graph.weighted(a, x)),
        Op::Times | Op::Multiply => {
            let first = mixed(graph, (u.first, b), (v.first, a));
            let outer = mixed(graph, (u.second, b), (v.second, a));
            let two = graph.constant(2.0);
            let cross = product(graph, u.first, v.first);
            let cross = product(graph, cross, Some(two));
            Slopes { first, second: sum(graph, outer, cross) }
        }
        Op::Divide if !graph.varies(b) => u.each(|x| graph.divide(x, b)),
        Op::Divide => quotient(graph, id, b, u, v),
        Op::Abs => {
            let sign = graph.sign(a);
            u.each(|x| graph.multiply(sign, x))
        }
        Op::Least | Op::Most => extreme(graph, op == Op::Most, (a, u), (b, v)),
        Op::Select(comparison) => {
            let zero = graph.constant(0.0);
            let chosen = of(c).joined(of(d), |x, y| match (x, y) {
                (None, None) => None,
                _ => Some(graph.select(comparison, [a, b, x.unwrap_or(zero), y.unwrap_or(zero)])),
            });
            let first = chosen.first.map(|first| seam(graph, first, [a, b, c, d], [of(c), of(d)]));
            Slopes { first, ..chosen }
        }
        Op::Power => power(graph, (id, a, b), u, v),
        Op::Xlogy => xlogy(graph, a, b, u, v),
        Op::Sqrt => {
            // ½/√a and −½·slope/a
            let half = graph.constant(0.5);
            let slope = graph.divide(half, id);
            let bend = graph.divide(slope, a);
            let bend = graph.multiply(half, bend);
            let bend = graph.negative(bend);
            chain(graph, u, slope, Some(bend))
        }
        Op::Part(Group::Exp, _) if let Some((number, exponent, base)) = graph.of_a_power(a) => {
            let number = graph.constant(number);
            let v = of(exponent).each(|x| graph.multiply(number, x));
            let exponent = graph.multiply(number, exponent);
            power_of_data(graph, (id, base, exponent), of(base), v)
        }
        Op::Part(group, part) => of_part(graph, (id, group, part), a, u),
    }
}

impl Slopes {
    fn each(self, mut of: impl FnMut(Id) -> Id) -> Slopes {
        Slopes { first: self.first.map(&mut of), second: self.second.map(&mut of) }
    }

    fn joined(self, other: Slopes, mut of: impl FnMut(Option<Id>, Option<Id>) -> Option<Id>) -> Slopes {
        Slopes { first: of(self.first, other.first), second: of(self.second, other.second) }
    }
}

/// A derivative that turns out to be the number 0 is none.
fn real(graph: &Graph, id: Id) -> Option<Id> {
    (!graph.is(id, 0.0)).then_some(id)
}

fn sum(graph: &mut Graph, a: Option<Id>, b: Option<Id>) -> Option<Id> {
    match (a, b) {
        (Some(a), Some(b)) => {
            let sum = graph.add(a, b);
            real(graph, sum)
        }
        (one, other) => one.or(other),
    }
}

fn difference(graph: &mut Graph, a: Option<Id>, b: Option<Id>) -> Option<Id> {
    let b = b.map(|b| graph.negative(b));
    sum(graph, a, b)
}

fn product(graph: &mut Graph, a: Option<Id>, b: Option<Id>) -> Option<Id> {
    let product = graph.multiply(a?, b?);
    real(graph, product)
}

/// a·b + c·d, where the first of each pair may not be there.
fn mixed(graph: &mut Graph, (a, b): (Option<Id>, Id), (c, d): (Option<Id>, Id)) -> Option<Id> {
    let (left, right) = (product(graph, a, Some(b)), product(graph, c, Some(d)));
    sum(graph, left, right)
}

/// A slope along another: where that is the sign of a kink it is 0 there, also where the slope has no bound.
fn along(graph: &mut Graph, by: Option<Id>, slope: Id) -> Option<Id> {
    let by = by?;
    let product = if graph.has_sign(by, SIGNS_WITHIN) && graph.is_unbounded(slope, SIGNS_WITHIN) {
        graph.weighted(by, slope)
    } else {
        graph.multiply(by, slope)
    };
    real(graph, product)
}

/// The chain rule: f′u′, and f″u′² + f′u″.
fn chain(graph: &mut Graph, u: Slopes, slope: Id, bend: Option<Id>) -> Slopes {
    let first = along(graph, u.first, slope);
    let square = product(graph, u.first, u.first);
    let bent = product(graph, square, bend);
    let second = along(graph, u.second, slope);
    Slopes { first, second: sum(graph, bent, second) }
}

/// (u′ − q v′)/v, and (u″ − 2 q′v′ − q v″)/v, for q = u/v.
fn quotient(graph: &mut Graph, q: Id, by: Id, u: Slopes, v: Slopes) -> Slopes {
    let over = |graph: &mut Graph, numerator: Option<Id>| numerator.map(|numerator| graph.divide(numerator, by));
    let taken = product(graph, v.first, Some(q));
    let numerator = difference(graph, u.first, taken);
    let first = over(graph, numerator);
    let two = graph.constant(2.0);
    let cross = product(graph, first, v.first);
    let cross = product(graph, cross, Some(two));
    let taken = product(graph, v.second, Some(q));
    let numerator = difference(graph, u.second, cross);
    let numerator = difference(graph, numerator, taken);
    Slopes { first, second: over(graph, numerator) }
}

/// b·a^(b − 1), and b (b − 1)·a^(b − 2), for a number b and a magnitude or a number that has to be positive. The base of another
/// exponent is 0, whose power is infinite below 0 and 0 above, and does not rise towards the 1 between.
fn power(graph: &mut Graph, (id, a, b): (Id, Id, Id), u: Slopes, v: Slopes) -> Slopes {
    if v.first.is_some() {
        let (zero, two, log) = (graph.constant(0.0), graph.constant(2.0), graph.log(a));
        let rises = graph.select(Comparison::Less, [b, zero, log, zero]);
        let (slope, square) = (graph.weighted(id, rises), graph.power(rises, two));
        let bend = graph.weighted(id, square);
        return chain(graph, v, slope, Some(bend));
    }
    let exponent = graph.number(b).unwrap_or(f64::NAN);
    let lower = graph.power_of(a, exponent - 1.0);
    let slope = graph.multiply(b, lower);
    let lowest = graph.power_of(a, exponent - 2.0);
    let factor = graph.constant(exponent * (exponent - 1.0));
    let bend = graph.multiply(factor, lowest);
    let Some(moves) = u.first.filter(|&moves| 1.0 < exponent && exponent < 2.0 && graph.number(moves).is_none()) else {
        return chain(graph, u, slope, Some(bend));
    };
    // A smooth base at its least, 0, does not move, and near it the square of its slope is as small as the base: less than any such
    // bend. One with a kink there does not move either, as the slope of a kink is told.
    let square = graph.multiply(moves, moves);
    let bent = graph.weighted(square, bend);
    let bent = real(graph, bent);
    let Slopes { first, second } = chain(graph, u, slope, None);
    Slopes { first, second: sum(graph, bent, second) }
}

/// The derivatives of a^b by both, with a^(b − 1) and a^(b − 2) computed as such: a^b/a has no limit at 0, and underflows.
fn power_of_data(graph: &mut Graph, (id, a, b): (Id, Id, Id), u: Slopes, v: Slopes) -> Slopes {
    let (one, log) = (graph.constant(1.0), graph.part(Group::Log, 0, a));
    let lower = |graph: &mut Graph, by: f64| {
        let by = graph.constant(by);
        let exponent = graph.subtract(b, by);
        let product = graph.weighted(exponent, log);
        graph.part(Group::Exp, 0, product)
    };
    let (once, twice) = (lower(graph, 1.0), lower(graph, 2.0));
    let slope = graph.weighted(b, once);
    let less = graph.subtract(b, one);
    let factor = graph.multiply(b, less);
    let bend = graph.weighted(factor, twice);
    let by_base = chain(graph, u, slope, Some(bend));
    if v.first.is_none() {
        return by_base;
    }
    // b′ a^b log a, and b″ a^b log a + b′² a^b log² a + 2 a′b′ (a^(b − 1) + b a^(b − 1) log a), with 0·log 0 = 0.
    let squared = graph.multiply(log, log);
    let (rises, bends) = (graph.weighted(id, log), graph.weighted(id, squared));
    let by_exponent = chain(graph, v, rises, Some(bends));
    let tilt = graph.weighted(slope, log);
    let tilt = graph.add(once, tilt);
    let two = graph.constant(2.0);
    let cross = product(graph, v.first, Some(two)).and_then(|v| {
        let tilt = graph.multiply(v, tilt);
        along(graph, u.first, tilt)
    });
    let both = by_base.joined(by_exponent, |x, y| sum(graph, x, y));
    Slopes { second: sum(graph, both.second, cross), ..both }
}

/// u′ log v + u v′/v, and u″ log v + 2 u′v′/v + u (v″ − v′²/v)/v. Where both are one: (log u + 1) u′, and (log u + 1) u″ + u′²/u.
fn xlogy(graph: &mut Graph, a: Id, b: Id, u: Slopes, v: Slopes) -> Slopes {
    let (one, log) = (graph.constant(1.0), graph.log(b));
    if a == b {
        let slope = graph.add(one, log);
        let bend = graph.divide(one, a);
        return chain(graph, u, slope, Some(bend));
    }
    let inverse = graph.divide(one, b);
    let square = graph.multiply(inverse, inverse);
    let bend = graph.negative(square);
    let logs = chain(graph, v, inverse, Some(bend));
    let first = mixed(graph, (u.first, log), (logs.first, a));
    let outer = mixed(graph, (u.second, log), (logs.second, a));
    let two = graph.constant(2.0);
    let cross = product(graph, u.first, logs.first);
    let cross = product(graph, cross, Some(two));
    Slopes { first, second: sum(graph, outer, cross) }
}

/// Of the larger or the smaller of two; where they are equal, the flatter slope, 0 between opposite ones.
fn extreme(graph: &mut Graph, most: bool, (a, u): (Id, Slopes), (b, v): (Id, Slopes)) -> Slopes {
    let zero = graph.constant(0.0);
    let (larger, smaller) = if most { (a, b) } else { (b, a) };
    let mut choose = |x: Option<Id>, y: Option<Id>| -> Option<Id> {
        match (x, y) {
            (None, None) => None,
            // One side is flat: it has the tie.
            (Some(x), None) => Some(graph.select(Comparison::Less, [smaller, larger, x, zero])),
            (None, Some(y)) => Some(graph.select(Comparison::Less, [larger, smaller, y, zero])),
            (Some(x), Some(y)) => {
                let (steep_x, steep_y) = (graph.abs(x), graph.abs(y));
                let (both, half) = (graph.add(x, y), graph.constant(0.5));
                let middle = graph.multiply(half, both);
                let flatter = graph.select(Comparison::Less, [steep_y, steep_x, y, middle]);
                let flatter = graph.select(Comparison::Less, [steep_x, steep_y, x, flatter]);
                let other = graph.select(Comparison::Less, [larger, smaller, y, flatter]);
                Some(graph.select(Comparison::Less, [smaller, larger, x, other]))
            }
        }
    };
    Slopes { first: choose(u.first, v.first), second: choose(u.second, v.second) }
}

/// The slope of a choice with the flatter side's on its seam, where two straight arms meet in a kink.
fn seam(graph: &mut Graph, chosen: Id, [a, b, yes, no]: [Id; 4], slopes: [Slopes; 2]) -> Id {
    let numbers = slopes.map(|slopes| slopes.first.map_or(Some(0.0), |first| graph.number(first)));
    let [Some(x), Some(y)] = numbers else { return chosen };
    if x == y || !(graph.varies(a) || graph.varies(b)) {
        return chosen;
    }
    let flatter = if x.abs() == y.abs() { 0.0 } else { [x, y][usize::from(y.abs() < x.abs())] };
    let flatter = graph.constant(flatter);
    let on_seam = graph.select(Comparison::Equal, [yes, no, flatter, chosen]);
    graph.select(Comparison::Equal, [a, b, on_seam, chosen])
}

fn of_part(graph: &mut Graph, (id, group, part): (Id, Group, u8), a: Id, u: Slopes) -> Slopes {
    let one = graph.constant(1.0);
    let inverse = |graph: &mut Graph, of: Id| {
        let slope = graph.divide(one, of);
        let square = graph.multiply(slope, slope);
        (slope, Some(graph.negative(square)))
    };
    let (slope, bend) = match (group, part) {
        (Group::Exp, _) => (id, Some(id)),
        (Group::Expm1, _) => {
            let e = graph.exp(a);
            (e, Some(e))
        }
        (Group::Expm1Minus, _) => (graph.part(Group::Expm1, 0, a), Some(graph.exp(a))),
        (Group::Log, _) => inverse(graph, a),
        (Group::Log1p, _) => {
            let sum = graph.add(one, a);
            inverse(graph, sum)
        }
        (Group::MinusLog1p | Group::Log1pSquare | Group::Hypot1 | Group::LogNdtr, _) => {
            (graph.part(group, 1, a), Some(graph.part(group, 2, a)))
        }
        (Group::Hyperbolic, 0) => (graph.part(group, 1, a), Some(graph.part(group, 2, a))),
        (Group::Hyperbolic, 1) => {
            let (slope, minus_two) = (graph.part(group, 2, a), graph.constant(-2.0));
            let bend = graph.multiply(slope, id);
            (slope, Some(graph.multiply(minus_two, bend)))
        }
        (Group::Logistic, logistic::SOFTPLUS) => {
            (graph.part(group, logistic::SIGMOID, a), Some(graph.part(group, logistic::SLOPE, a)))
        }
        (Group::Logistic, logistic::SOFTPLUS_NEG) => {
            let slope = graph.part(group, logistic::SIGMOID_NEG, a);
            (graph.negative(slope), Some(graph.part(group, logistic::SLOPE, a)))
        }
        (Group::Logistic, _) => {
            let slope = graph.part(group, logistic::SLOPE, a);
            let (s, t) = (graph.part(group, logistic::SIGMOID, a), graph.part(group, logistic::SIGMOID_NEG, a));
            let tilt = graph.subtract(t, s);
            let bend = graph.multiply(slope, tilt);
            if part == logistic::SIGMOID {
                (slope, Some(bend))
            } else {
                (graph.negative(slope), Some(graph.negative(bend)))
            }
        }
        (Group::Logit, _) => {
            // 1/(p q), and (p − q)/(p q)².
            let rest = graph.subtract(one, a);
            let both = graph.multiply(a, rest);
            let slope = graph.divide(one, both);
            let tilt = graph.subtract(a, rest);
            let square = graph.multiply(slope, slope);
            (slope, Some(graph.multiply(tilt, square)))
        }
        // The parts of what has no further derivative occur in derivatives only, and log Γ where it does not vary.
        (Group::Hyperbolic | Group::LogGamma, _) => (graph.constant(f64::NAN), None),
    };
    chain(graph, u, slope, bend)
}
