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
use super::super::float::Polynomials;

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
}
