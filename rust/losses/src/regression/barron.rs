//! Barron: one number goes from the squared error over a smooth absolute error to losses that give up outliers.

use crate::loss::{CONSTANTS, Constants, Cost, Curvature, Even, Formula, Info, Param, Value, constants};
use crate::number::compensated::two_sum;
use crate::number::real::times;
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

/// From here on −alpha or alpha is as good as infinite: 2⁸⁰.
const LIMIT: f64 = 1_208_925_819_614_629_174_706_176.0;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Quadratic near zero; alpha says how fast the tails grow: 2 quadratically, 1 linearly, 0 as a logarithm, below not at all.",
        use_when: "How many outliers there are is not known beforehand: alpha is tuned as any other number, where each robust loss would be \
                   an experiment of its own.",
        formula: "where(alpha == 2, 0.5*r**2, where(alpha == 0, scale**2*log1p(0.5*(r/scale)**2), \
                  scale**2*abs(alpha - 2)/alpha*expm1(0.5*alpha*log1p((r/scale)**2/abs(alpha - 2)))))",
        params: &[
            Param::real(
                "alpha",
                1.0,
                "How fast the tails grow: the less, the less outliers count. From -1e25 down it is -infinity.",
            )
            .special(&[2.0, 0.0, -2.0, -1e30]),
            Param::positive("scale", 1.0, "Where the tails begin."),
        ],
        aliases: &["general_robust", "adaptive_robust", "general_robust_loss"],
        relations: &[
            ("half_squared_error", "equal to it at alpha=2"),
            ("pseudo_huber", "equal to it at alpha=1"),
            ("cauchy", "that of a scale √2 times as large at alpha=0"),
            ("geman_mcclure", "that of twice the scale at alpha=-2"),
            ("welsch", "that of a scale √2 times as large as alpha goes to minus infinity"),
        ],
        convex: false, // only for alpha from 1 on
        curvature: Curvature {
            even_concave: |params| if params[0].number() <= 2.0 { Even::InResidual } else { Even::Not },
            bound: |params| (params[0].number() <= 2.0).then_some(1.0),
            ..Curvature::UNKNOWN
        },
        cost: Cost::Heaviest,
        source: "Barron 2019, doi:10.1109/CVPR.2019.00446",
        ..Info::DEFAULT
    };

    const PAIRS: usize = 2;

    /// With b = |alpha − 2| and root = scale·√b: 1/root and alpha in two parts each, root, and alpha again at its limits. There, at 2
    /// and from 2⁸⁰ on, b is taken for 1 and alpha for 0 or ±1, and what is a logarithm elsewhere is its argument.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let (alpha, scale) = (params[0].number(), params[1].number());
        let limit = alpha == 2.0 || alpha.abs() >= LIMIT;
        let power = if limit { alpha.signum() * f64::from(u8::from(alpha != 2.0)) } else { alpha };
        let (b, b_low) = if limit { (1.0, 0.0) } else { two_sum(alpha.max(2.0), -alpha.min(2.0)) };
        let sqrt = b.sqrt();
        let sqrt_low = ((-sqrt).mul_add(sqrt, b) + b_low) / (2.0 * sqrt);
        let root = (scale * sqrt).max(f64::MIN_POSITIVE);
        let root_low = scale.mul_add(sqrt, -root) + scale * sqrt_low;
        let inverse = 1.0 / root;
        let inverse_low = ((-root).mul_add(inverse, 1.0) - root_low * inverse) * inverse;
        constants([inverse, inverse_low, power, 0.0, root, if limit { alpha.abs() } else { 0.0 }])
    }

    #[inline(always)]
    fn value<R: Real>([inverse, inverse_low, alpha, alpha_low, root, limit]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, a, one, zero) = (r.primal(), r.primal().abs(), R::Scalar::ONE, R::Scalar::ZERO);
        let (limit, infinity) = (limit != zero, R::Scalar::INFINITY);
        // u = |r|/root, s = u² and log(1 + s), which at the limits is s.
        let lost = f::lost(x.primal(), y);
        let (u, (s, s_low), (log, log_low)) =
            f::log1p_square_parts((a, select(p < zero, -lost, lost)), (inverse, inverse_low));
        let (log, log_low) = (select(limit, s, log), select(limit, s_low, log_low));
        // The value has 1 + s to alpha/2, the derivatives to alpha/2 − 1.
        let (half, half_low) = (alpha * R::Scalar::HALF, alpha_low * R::Scalar::HALF);
        let t = times(half, log);
        let t_low = half.mul_add(log_low, half.mul_add(log, -t) + half_low * log);
        let t_low = select(t_low.abs() < R::Scalar::lit(0.125), t_low, zero);
        let (less, less_low) = two_sum(half, select(limit, zero, -one));
        let less_low = less_low + half_low;
        let e = times(less, log);
        let e_low = less.mul_add(log_low, less.mul_add(log, -e) + less_low * log);

        let growth = f::expm1(t);
        let growth = t_low.mul_add(growth + one, growth);
        let ratio = select(limit || s == zero, one, (log + log_low) / s);
        let tail = root * (root / alpha);
        let linear = select(u < one || limit, a * (a * R::Scalar::HALF) * ratio, root * R::Scalar::HALF * (root * log));
        let steep = f::exp_times(root / alpha, t, t_low).times(root);
        let steep = select(steep == infinity, infinity, steep - tail);
        let shallow = select(t < -one, tail * growth, linear * select(t == zero, one, growth / t));
        let value = select(t > one, steep, shallow);

        // alpha − 1, and what it is at the limits.
        let more = (less + less_low) * R::Scalar::TWO + select(limit, zero, one);
        let slope = f::exp_times(a.min(R::Scalar::MAX), e, e_low).product;
        let unbounded = more > zero || (limit && alpha == zero);
        let end = select(unbounded, infinity, select(more == zero, root, slope));
        let slope = select(a == infinity, end, slope);
        let bend = select(
            s > R::Scalar::lit(1e18) && !limit,
            more + one / s,
            more.mul_add(s, one) / select(limit, one, one + s),
        );
        let bend = select(limit && alpha == zero, one, bend.min(R::Scalar::MAX).max(-R::Scalar::MAX));
        r.chain((value, slope.copysign(p), f::exp_times(bend, e, e_low).product))
    }
}
