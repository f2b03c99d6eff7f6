//! What losses of two boxes are made of: how far they are apart, and how that changes with each edge of the first ([`Boxes`]).
//!
//! Nothing here is a difference of areas. On each axis an interval is what both have in common and what sticks out on either side, and
//! areas are sums of products of these. So boxes that are nearly the same keep all digits of what is between them.

use super::columns::Point;
use crate::loss::{Domain, Family, Info, Start};
use crate::number::functions as f;
use crate::number::real::{over, times};
use crate::number::{Float, select};

/// A number that depends on the edges of the first box: with its derivatives with respect to the lower and the upper edge on the first
/// axis and on the second, each in units of its axis.
#[derive(Clone, Copy, Debug)]
pub struct OfEdges {
    /// The number.
    pub value: f64,
    /// Its first derivatives.
    pub first: [f64; 4],
    /// Its second derivatives.
    pub second: [f64; 4],
}

impl OfEdges {
    /// The sum of two.
    #[inline(always)]
    #[must_use]
    pub fn plus(self, other: OfEdges) -> OfEdges {
        let ([a, b, c, d], [e, f, g, h]) = (self.first, other.first);
        let first = [a + e, b + f, c + g, d + h];
        let ([a, b, c, d], [e, f, g, h]) = (self.second, other.second);
        OfEdges { value: self.value + other.value, first, second: [a + e, b + f, c + g, d + h] }
    }
}

/// Two intervals on an axis, in a unit by which what holds both is from 1 to 2 long.
#[derive(Clone, Copy, Debug)]
struct Side {
    /// The units that the axis has in one of its numbers.
    scale: f64,
    /// Whether the ends of the first one came in the other order.
    swapped: bool,
    /// The lengths of the first and of the second,
    own: f64,
    other: f64,
    /// of what they have in common,
    common: f64,
    /// of what lies between them,
    gap: f64,
    /// and of what holds both.
    hull: f64,
    /// How far the first one reaches beyond the second, and the second beyond the first,
    beyond: f64,
    lack: f64,
    /// and how much of each is not common.
    own_rest: f64,
    other_rest: f64,
    /// Twice the distance of their middles.
    apart: f64,
    /// By how much of its movement each end of the first one moves what is common, and what holds both: 0, 1, and ½ on an end of the
    /// second.
    inside: [f64; 2],
    outside: [f64; 2],
}

/// 1, or ½ where two numbers are equal, where the first is not above the second; else 0.
#[inline(always)]
fn below(a: f64, b: f64) -> f64 {
    select(a < b, 1.0, select(a == b, 0.5, 0.0))
}

/// A divisor by which everything is nothing where it is 0.
#[inline(always)]
fn divisor(x: f64) -> f64 {
    select(x == 0.0, f64::INFINITY, x)
}

/// One over the power of two at or below a number of at least 0; a large number where that is 0 or subnormal.
#[inline(always)]
fn inverse_of_power(x: f64) -> f64 {
    let exponent = x.to_bits() >> 52;
    f64::from_bits((2046 - exponent.min(2045)) << 52)
}

impl Side {
    #[inline(always)]
    fn of(a: f64, b: f64, from: f64, to: f64) -> Side {
        let swapped = b < a;
        let (low, high) = (select(swapped, b, a), select(swapped, a, b));
        // Differences of the largest numbers would leave the range.
        let far = Float::max(Float::max(low.abs(), high.abs()), Float::max(from.abs(), to.abs())) > 1e300;
        let shrink = select(far, 0.0625, 1.0);
        let (l, h, from, to) = (low * shrink, high * shrink, from * shrink, to * shrink);
        let hull = Float::max(h, to) - Float::min(l, from);
        let unit = inverse_of_power(hull);
        let (own, other) = ((h - l) * unit, (to - from) * unit);
        let overlap = (Float::min(h, to) - Float::max(l, from)) * unit;
        let (under, above) = ((from - l) * unit, (h - to) * unit);
        let beyond = Float::max(under, 0.0) + Float::max(above, 0.0);
        let lack = Float::max(-under, 0.0) + Float::max(-above, 0.0);
        let (inside_low, inside_high) = (below(from, l), below(h, to));
        let meets = select(overlap > 0.0, 1.0, 0.0);
        Side {
            scale: shrink * unit,
            swapped,
            own,
            other,
            common: Float::max(overlap, 0.0),
            gap: Float::max(-overlap, 0.0),
            hull: hull * unit,
            beyond,
            lack,
            own_rest: Float::min(beyond, own),
            other_rest: Float::min(lack, other),
            apart: above - under,
            inside: [inside_low * meets, inside_high * meets],
            outside: [1.0 - inside_low, 1.0 - inside_high],
        }
    }

    /// What a step of an end outwards adds to the length of the first one that is not common.
    #[inline(always)]
    fn widened(&self, inside: f64) -> f64 {
        self.own_rest + (1.0 - inside) * self.common
    }
}

/// A first and a second derivative.
type Slopes = (f64, f64);

/// Two boxes.
#[derive(Clone, Copy, Debug)]
pub struct Boxes {
    sides: [Side; 2],
    /// The area of what either has for itself, of both as a divisor, and of the second.
    rest: f64,
    union: f64,
    other: f64,
}

impl Boxes {
    /// What there is to know about every loss of two boxes.
    pub const INFO: Info = Info {
        family: Family::Columns,
        columns: &["x1", "y1", "x2", "y2"],
        target_columns: &["x1_true", "y1_true", "x2_true", "y2_true"],
        target: Domain::Box,
        start: Start::None,
        kinks: "where two edges coincide each derivative of what is common and of the hull is halfway between both \
                sides, so that the gradient is 0 where the boxes are equal; corners may come in any order, and those \
                of a box without width or height are taken to be in order; a quotient of nothing by nothing is 0",
        convex: false,
        ..Info::DEFAULT
    };

    /// A box that is predicted, of which two opposite corners come in any order, and one that is given.
    #[inline(always)]
    #[must_use]
    pub fn new([x1, y1, x2, y2]: [f64; 4], [from_x, from_y, to_x, to_y]: [f64; 4]) -> Boxes {
        let (a, b) = (Side::of(x1, x2, from_x, to_x), Side::of(y1, y2, from_y, to_y));
        let own_rest = a.own * b.own_rest + b.common * a.own_rest;
        let other_rest = a.other * b.other_rest + b.common * a.other_rest;
        let rest = own_rest + other_rest;
        Boxes { sides: [a, b], rest, union: divisor(rest + a.common * b.common), other: a.other * b.other }
    }

    /// 1 − the area that both have in common over that of both together; 1 where there is no area.
    #[inline(always)]
    #[must_use]
    pub fn apart(&self) -> OfEdges {
        let [a, b] = &self.sides;
        let ([c, d], [e, f]) = (a.inside, b.inside);
        let value = select(self.union == f64::INFINITY, 1.0, self.rest / self.union);
        let slopes = [
            self.apart_along(a, b, c, -1.0),
            self.apart_along(b, a, e, -1.0),
            self.apart_along(a, b, d, 1.0),
            self.apart_along(b, a, f, 1.0),
        ];
        of_edges(value, slopes)
    }

    #[inline(always)]
    fn apart_along(&self, along: &Side, across: &Side, inside: f64, sign: f64) -> Slopes {
        // (I·U′ − I′·U)/U², what cancels in it left out.
        let held = inside * (along.own_rest * across.own + self.other);
        let moved = (1.0 - inside) * (along.common * across.own);
        let first = across.common / self.union * ((moved - held) / self.union);
        let widened = sign * across.widened(inside);
        (sign * first, -2.0 * sign * first * (widened / self.union))
    }

    /// Which share neither box has of the least one that holds both; 0 where that has no area.
    #[inline(always)]
    #[must_use]
    pub fn between(&self) -> OfEdges {
        let [a, b] = &self.sides;
        let hull = divisor(a.hull * b.hull);
        let area = (a.own_rest * b.lack + a.gap * b.other) + (b.gap * a.common + a.lack * b.beyond);
        let share = area / hull;
        let ([c, d], [e, f]) = (a.outside, b.outside);
        let slopes = [
            between_along(share, hull, a, b, c, -1.0),
            between_along(share, hull, b, a, e, -1.0),
            between_along(share, hull, a, b, d, 1.0),
            between_along(share, hull, b, a, f, 1.0),
        ];
        of_edges(share, slopes)
    }

    /// The square of the distance of the centres over that of the diagonal of the least box that holds both; 0 where that is a point.
    #[inline(always)]
    #[must_use]
    pub fn distance(&self) -> OfEdges {
        let [a, b] = &self.sides;
        // Both axes in the unit of the longer one.
        let unit = Float::min(a.scale, b.scale);
        let (p, q) = (unit / a.scale, unit / b.scale);
        let ((x, y), (width, height)) = ((0.5 * a.apart * p, 0.5 * b.apart * q), (a.hull * p, b.hull * q));
        let diagonal = divisor(width * width + height * height);
        let share = (x * x + y * y) / diagonal;
        let ([c, d], [e, f]) = (a.outside, b.outside);
        let slopes = [
            distance_along(share, diagonal, x, width, c, -1.0, p),
            distance_along(share, diagonal, y, height, e, -1.0, q),
            distance_along(share, diagonal, x, width, d, 1.0, p),
            distance_along(share, diagonal, y, height, f, 1.0, q),
        ];
        of_edges(share, slopes)
    }

    /// v²/(n + v) for v = 4/π²·(the difference of the angles of the boxes' diagonals)² and another number; 0 where either box is a
    /// point or both numbers are 0.
    #[inline(always)]
    #[must_use]
    pub fn aspect(&self, other: &OfEdges) -> OfEdges {
        const FACTOR: f64 = 0.4052847345693511; // 4/π²
        let [a, b] = &self.sides;
        let unit = Float::min(a.scale, b.scale);
        let (p, q) = (unit / a.scale, unit / b.scale);
        let ((width, height), (wanted_width, wanted_height)) = ((a.own * p, b.own * q), (a.other * p, b.other * q));
        let (grow, enlarge) =
            (inverse_of_power(Float::max(width, height)), inverse_of_power(Float::max(wanted_width, wanted_height)));
        let (w, h, wanted_w, wanted_h) = (width * grow, height * grow, wanted_width * enlarge, wanted_height * enlarge);
        let product = w * wanted_h;
        let across = wanted_w.mul_add(h, -product) - w.mul_add(wanted_h, -product);
        let turn = f::atan2(across, wanted_w * w + wanted_h * h);
        let square = w * w + h * h;
        let v = FACTOR * turn * turn;
        let total = other.value + v;
        let (share, held) = (over(v, total), over(other.value, total));
        // The derivatives of the turn with respect to the length of a side: in units of its axis a small box turns quickly.
        let along = [(-over(h, square), 2.0 * w * h, p * grow), (over(w, square), -2.0 * w * h, q * grow)];
        let way = Way { total, share, held, turn, square };
        let ([c, d, e, f], [i, j, k, l]) = (other.first, other.second);
        let slopes = [
            way.along(along[0], -1.0, (c, i), FACTOR),
            way.along(along[1], -1.0, (d, j), FACTOR),
            way.along(along[0], 1.0, (e, k), FACTOR),
            way.along(along[1], 1.0, (f, l), FACTOR),
        ];
        of_edges(v * share, slopes)
    }

    /// A loss, with its derivatives with respect to the corners that came.
    #[inline(always)]
    #[must_use]
    pub fn point(&self, loss: OfEdges) -> Point<4> {
        let [a, b] = &self.sides;
        let place = |[left, bottom, right, top]: [f64; 4]| {
            let (x1, x2) = (select(a.swapped, right, left), select(a.swapped, left, right));
            let (y1, y2) = (select(b.swapped, top, bottom), select(b.swapped, bottom, top));
            [x1 * a.scale, y1 * b.scale, x2 * a.scale, y2 * b.scale]
        };
        let (first, [x1, y1, x2, y2]) = (place(loss.first), place(loss.second));
        let second = [x1 * a.scale, y1 * b.scale, x2 * a.scale, y2 * b.scale];
        Point { value: loss.value, first, second, expected: second }
    }
}

/// A number with its derivatives, edge by edge.
#[inline(always)]
fn of_edges(value: f64, [a, b, c, d]: [Slopes; 4]) -> OfEdges {
    OfEdges { value, first: [a.0, b.0, c.0, d.0], second: [a.1, b.1, c.1, d.1] }
}

#[inline(always)]
fn between_along(share: f64, hull: f64, along: &Side, across: &Side, outside: f64, sign: f64) -> Slopes {
    // (C′·U − C·U′)/C² with the union as what is left of the hull.
    let kept = select(along.common > 0.0, across.own_rest, across.own);
    let first = sign * ((outside * (across.lack - across.hull * share) - (1.0 - outside) * kept) / hull);
    (first, -2.0 * sign * first * (outside * across.hull / hull))
}

#[inline(always)]
fn distance_along(share: f64, diagonal: f64, apart: f64, hull: f64, outside: f64, sign: f64, unit: f64) -> Slopes {
    let grown = sign * outside * hull;
    let first = (apart - 2.0 * share * grown) / diagonal;
    let second = (0.5 - 4.0 * first * grown - 2.0 * share * outside * outside) / diagonal;
    (first * unit, second * unit * unit)
}

/// What the derivatives of [`Boxes::aspect`] have in common.
#[derive(Clone, Copy)]
struct Way {
    total: f64,
    share: f64,
    held: f64,
    turn: f64,
    square: f64,
}

impl Way {
    /// Along an edge: from the turn's first derivative, its second one times the square of the squared diagonal, and the unit of both.
    #[inline(always)]
    fn along(&self, (slope, bend, unit): (f64, f64, f64), sign: f64, (first, second): Slopes, factor: f64) -> Slopes {
        let Way { total, share, held, turn, square } = *self;
        let bent = slope * slope + turn * over(over(bend, square), square);
        let v_first = times(2.0 * factor * turn * slope * sign, unit);
        let v_second = times(times(2.0 * factor * bent, unit), unit);
        let moved = over(times(held, v_first) - times(share, first), total);
        let slope = times(share, (1.0 + held) * v_first - share * first);
        let curved = times(share, times(1.0 + held, v_second) - share * second);
        (slope, 2.0 * times(moved, times(moved, total)) + curved)
    }
}
