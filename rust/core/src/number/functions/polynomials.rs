//! The polynomials behind the elementary functions, one set per type.
//!
//! Minimax on the stated interval with coefficients rounded to the type (Sollya `fpminimax`); the error of each is
//! below a hundredth of a unit in the last place of what it is used for.

/// Σ cᵢ xⁱ, highest coefficient first.
macro_rules! horner {
    ($x:expr, $first:expr $(, $next:expr)*) => {{
        let p = $first;
        $(let p = crate::number::Float::mul_add(p, $x, $next);)*
        p
    }};
}
pub(crate) use horner;

/// Polynomial approximations in this type.
pub trait Polynomials {
    /// (exp(r) − 1 − r)/r² for |r| ≤ ln(2)/2.
    fn exp_tail(r: Self) -> Self;
    /// The same to the accuracy that exp(x) − 1 needs, where it is a third of the result.
    fn expm1_tail(r: Self) -> Self;
    /// (2 atanh(s)/s − 2)/s² as a function of s² ≤ 0.0295: the logarithm of a number in [√½, √2).
    fn atanh_near(s2: Self) -> Self;
    /// (2 atanh(t/2) − t)/t³ as a function of t² ≤ 4/9: log(1 + e) for e in [0, 1] without reduction.
    fn atanh_wide(t2: Self) -> Self;
    /// (h(t) − t)·(t + 4) for the hazard h(t) = φ(t)/Φ(−t) of the normal distribution, t ≥ 0, as a function of u = (t − 4)/(t + 4).
    fn hazard(u: Self) -> Self;
}

impl Polynomials for f64 {
    #[inline(always)]
    fn exp_tail(r: f64) -> f64 {
        horner!(
            r,
            2.500455070442903e-8,
            2.7630458833824596e-7,
            2.7557572173343363e-6,
            2.4801492449194634e-5,
            0.00019841269522529137,
            0.001388888894433832,
            0.008333333333487045,
            0.04166666666652699,
            0.16666666666666424,
            0.5000000000000011
        )
    }
    #[inline(always)]
    fn expm1_tail(r: f64) -> f64 {
        Self::exp_tail(r)
    }
    #[inline(always)]
    fn atanh_near(s2: f64) -> f64 {
        horner!(
            s2,
            0.14617371736096876,
            0.1533164476055468,
            0.18182891464431353,
            0.2222221110374515,
            0.28571428626134593,
            0.39999999999899416,
            0.666666666666667
        )
    }
    #[inline(always)]
    fn atanh_wide(t2: f64) -> f64 {
        horner!(
            t2,
            8.114361161182812e-8,
            1.5909236310976438e-7,
            9.236030398552087e-7,
            4.05914532204044e-6,
            1.8782418193623123e-5,
            8.877804728720072e-5,
            0.0004340278118047178,
            0.002232142855309189,
            0.012500000000048814,
            0.08333333333333288
        )
    }
    #[inline(always)]
    fn hazard(u: f64) -> f64 {
        horner!(
            u,
            1.4804154022563544e-8,
            -2.071114283078507e-8,
            -1.3529413081994808e-7,
            2.5569143808187903e-7,
            5.605918542801535e-7,
            -1.6905634592427578e-6,
            -1.1267471643798478e-6,
            8.114172816411628e-6,
            -1.4565187827615587e-6,
            -3.170859414881326e-5,
            2.5598410718239395e-5,
            0.00010488754870985674,
            -0.0001503312905080569,
            -0.0002892918027857523,
            0.0006654957847153117,
            0.0005948559918031812,
            -0.00248579224219354,
            -0.00037358596952200143,
            0.007961411150203152,
            -0.004488589890605869,
            -0.02080045431159896,
            0.031656527489777486,
            0.03370366765351547,
            -0.13822449147915367,
            0.06751792792276659,
            0.40195670380623527,
            -1.1822045015192792,
            1.8048571559157687
        )
    }
}

impl Polynomials for f32 {
    #[inline(always)]
    fn exp_tail(r: f32) -> f32 {
        horner!(r, 0.0013782494, 0.008368673, 0.041668963, 0.16666521, 0.4999999)
    }
    #[inline(always)]
    fn expm1_tail(r: f32) -> f32 {
        horner!(r, 0.00019577847, 0.0013935758, 0.008333887, 0.041666456, 0.16666664, 0.5)
    }
    #[inline(always)]
    fn atanh_near(s2: f32) -> f32 {
        horner!(s2, 0.29586828, 0.39988545, 0.66666687)
    }
    #[inline(always)]
    fn atanh_wide(t2: f32) -> f32 {
        horner!(t2, 0.0005473984, 0.0021873922, 0.012506792, 0.083333015)
    }
    #[inline(always)]
    fn hazard(u: f32) -> f32 {
        horner!(
            u,
            -0.001071592,
            0.0004013500,
            0.0064608305,
            -0.005075314,
            -0.019972791,
            0.0318991243,
            0.0334741659,
            -0.138273701,
            0.0675456672,
            0.4019605219,
            -1.182205438,
            1.8048571348
        )
    }
}
