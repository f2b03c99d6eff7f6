//! The angle of a point, of which the first coordinate is not negative.

use super::super::float::{Float, select};
use super::super::real::over;
use super::polynomials::horner;

/// tan(π/8), and π/4 and π/2 with what they lack.
const TURNED: f64 = 0.41421356237309503;
const EIGHTH: f64 = std::f64::consts::FRAC_PI_4;
const EIGHTH_LOW: f64 = 3.061616997868383e-17;

/// The angle between the first axis and (x, y), x ≥ 0: from −π/2 to π/2, and 0 at the origin; ≤ 2 ULP.
#[inline(always)]
#[must_use]
pub fn atan2(y: f64, x: f64) -> f64 {
    let a = y.abs();
    let steep = a > x;
    let (short, long) = (select(steep, x, a), select(steep, a, x));
    // By symmetry below π/4, and there beyond π/8 from π/4 down, so that the series is of |t| ≤ tan(π/8).
    let slope = over(short, long);
    let turned = slope > TURNED;
    let t = select(turned, (short - long) / (short + long), slope);
    let square = t * t;
    let rest = t * square * tail(square);
    let base = select(turned, EIGHTH, 0.0);
    let angle = base + (t + (rest + select(turned, EIGHTH_LOW, 0.0)));
    let angle = select(steep, 2.0 * EIGHTH - (angle - 2.0 * EIGHTH_LOW), angle);
    Float::copysign(angle, y)
}

/// (atan(t)/t − 1)/t² as a function of t² ≤ 0.1716, to 2e-18.
#[inline(always)]
fn tail(square: f64) -> f64 {
    horner!(
        square,
        0.016285183029865667,
        -0.034570044186095536,
        0.04551573086664191,
        -0.052304498567092406,
        0.05878928398517232,
        -0.06666424833613552,
        0.07692296372129964,
        -0.09090908753400499,
        0.11111111105153429,
        -0.14285714285659806,
        0.19999999999999804,
        -0.3333333333333333
    )
}

#[cfg(test)]
mod tests {
    use super::atan2;

    #[test]
    fn angles_are_those_of_the_standard_library() {
        let mut steps = 1;
        let worst = std::iter::repeat_with(|| {
            steps = steps * 1_103_515_245 % 2_147_483_647_i64;
            let size = f64::from_bits(((1023 - 40 + steps % 80) as u64) << 52);
            let (y, x) = (size * (steps as f64 / 2_147_483_647.0 - 0.5), 0.5 + (steps % 1000) as f64 / 1000.0);
            let (mine, known) = (atan2(y, x), f64::atan2(y, x));
            (mine - known).abs() / (known.abs().next_up() - known.abs())
        });
        let worst = worst.take(200_000).fold(0.0, f64::max);
        assert!(worst <= 2.5, "{worst}"); // half a unit is theirs
        assert_eq!(
            (atan2(0.0, 0.0), atan2(3.0, 0.0), atan2(-0.5, 0.0)),
            (0.0, 2.0 * super::EIGHTH, -2.0 * super::EIGHTH)
        );
        assert_eq!((atan2(1.0, 1.0), atan2(-5e-324, 1.0)), (super::EIGHTH, -5e-324));
    }
}
