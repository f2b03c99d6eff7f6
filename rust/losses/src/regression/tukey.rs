//! Tukey's biweight: quadratic near zero, constant beyond its scale.

use crate::loss::{Constants, Cost, Curvature, Formula, Info, Param};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Quadratic near zero, constant beyond its scale.",
        use_when: "Beyond the scale a sample has no pull at all, whatever its distance.",
        formula: "where(abs(r) <= scale, scale**2/6*(1 - (1 - (r/scale)**2)**3), scale**2/6)",
        params: &[Param::positive(
            "scale",
            4.685,
            "Where outliers cease to count; 4.685 is 95 % efficient for normal errors.",
        )],
        aliases: &["biweight", "bisquare"],
        convex: false,
        curvature: Curvature::UNIT_IN_RESIDUAL,
        cost: Cost::Light,
        source: "Beaton and Tukey 1974, doi:10.1080/00401706.1974.10489171",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([scale, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        // 1 − (1 − u²)³ = u² (3 − 3 u² + u⁴), and 1 − u² from the difference with the scale.
        let r = x - y;
        let (p, one) = (r.primal(), R::Scalar::ONE);
        let a = p.abs().min(scale);
        let inside = p.abs() <= scale && p.abs() < R::Scalar::INFINITY;
        let u = select(inside, f::ratio(a, scale), one);
        let square = u * u;
        let lost = select(inside, f::lost(x.primal(), y), R::Scalar::ZERO) * one.copysign(p);
        let w = select(inside, f::ratio((scale - a) - lost, scale) * (one + u), R::Scalar::ZERO);
        let three = R::Scalar::lit(3.0);
        let value = a * R::Scalar::lit(1.0 / 6.0) * (a * square.mul_add(square - three, three));
        let slope = select(inside, p * (w * w), R::Scalar::ZERO);
        r.chain((value, slope, w * R::Scalar::lit(5.0).mul_add(-square, one)))
    }
}
