//! Student's t: the negative log-likelihood of a location with heavy-tailed noise.

use crate::loss::{CONSTANTS, Constants, Curvature, Formula, Info, Param, Role, Value, constants};
use crate::number::real::times;
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative log-likelihood of Student's t distribution around the prediction.",
        use_when: "Residuals with outliers whose tails have a known weight; fewer degrees of freedom give them up sooner.",
        formula: "0.5*(df + 1)*log1p((r/scale)**2/df) \
                  + where(full, lgamma(0.5*df) - lgamma(0.5*df + 0.5) + 0.5*log(pi*df) + log(scale), 0)",
        params: &[
            Param::positive("df", 4.0, "The degrees of freedom: towards infinity, the normal distribution.")
                .special(&[1.0]),
            Param::positive("scale", 1.0, "The scale of the distribution."),
            Param {
                role: Role::Constant,
                ..Param::switch("full", false, "Whether to add the terms that no derivative sees.")
            },
        ],
        aliases: &["student_t"],
        convex: false,
        curvature: Curvature::IN_RESIDUAL.bounded(|params| {
            let (df, scale) = (params[0].number(), params[1].number());
            Some((df + 1.0) / (df * scale * scale))
        }),
        source: "Lange, Little and Taylor 1989, doi:10.2307/2290063",
        ..Info::DEFAULT
    };

    /// (df + 1)/2, scale·√df, and the factors of the derivatives; what `full` adds.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let (df, scale) = (params[0].number(), params[1].number());
        let (half, unit) = (0.5 * df + 0.5, scale * df.sqrt());
        let rest =
            if params[2].is_on() { 0.5 * std::f64::consts::TAU.ln() + beyond_normal(df) + scale.ln() } else { 0.0 };
        constants([half, unit, (half + half) / unit, (half + half) / unit / unit, rest])
    }

    #[inline(always)]
    fn value<R: Real>([half, unit, steep, bent, rest, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, one) = (r.primal(), R::Scalar::ONE);
        let (log, t, far) = f::log1p_square_ratio(p.abs(), unit);
        // In t = min(u, 1/u), u = |r|/unit: u/(1 + u²) = t/(1 + t²).
        let share = one / t.mul_add(t, one);
        // So far out both derivatives are those of (df + 1)·log |r|, times what tends to 1.
        let (outer, double) = (select(far, one / p.abs(), one), half + half);
        let fading = (one - t) * (one + t) * (share * share);
        let bend = select(far, -times(outer, times(outer, double * fading)), bent * fading);
        let slope = select(far, times(outer, double * share), steep * (t * share));
        let slope = select(p == R::Scalar::ZERO, p, slope.copysign(p));
        r.chain((half * log + rest, slope, bend))
    }
}

/// log Γ(df/2) − log Γ((df + 1)/2) + ½·log(df/2), which tends to 0: Stirling's series, and the recurrence to where that is exact.
fn beyond_normal(df: f64) -> f64 {
    let (mut n, mut steps) = (df, 0.0);
    while n < 64.0 {
        steps += (n + 1.0).ln() - n.ln();
        n += 2.0;
    }
    let by = 1.0 / n;
    let series = by * (0.25 - by * by * (1.0 / 24.0 - by * by * (0.05 - by * by * (17.0 / 112.0))));
    steps + 0.5 * (df.ln() - n.ln()) + series
}
