//! Geman–McClure: the square over one plus itself.

use crate::loss::{Constants, Cost, Curvature, Formula, Info, Param};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Quadratic near zero, constant in the tails.",
        use_when: "No sample costs more than scale²/2; beyond the scale its pull fades with the cube of the distance.",
        formula: "0.5*r**2/(1 + (r/scale)**2)",
        params: &[Param::positive("scale", 1.0, "Where outliers begin to be given up.")],
        aliases: &["geman"],
        convex: false,
        curvature: Curvature::UNIT_IN_RESIDUAL,
        cost: Cost::Light,
        source: "Geman and McClure 1985, Proc. Statistical Computing Section, ASA, 12–18",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([scale, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, a, one, half) = (r.primal(), r.primal().abs(), R::Scalar::ONE, R::Scalar::HALF);
        let u = f::ratio(a, scale);
        // In t = min(u, 1/u) nothing overflows.
        let far = u > one;
        let t = select(far, one / u, u);
        let (square, share) = (t * t, one / t.mul_add(t, one));
        let value = select(far, scale * half * (scale * share), a * half * (a * share));
        // scale·t³ from its largest factor on: a large scale would enlarge what a subnormal t³ has lost.
        let slope = select(far, (scale * t * t * t * (share * share)).copysign(p), p * (share * share));
        // (1 − 3u²)/(1 + u²)³
        let three = R::Scalar::lit(3.0);
        let bend =
            select(far, square * square * (square - three), three.mul_add(-square, one)) * (share * share * share);
        r.chain((value, slope, bend))
    }
}
