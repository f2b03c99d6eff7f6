//! Powers: where their base is 0, and beside that.

use super::{ALL, at};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::simd::Level;

const INF: f64 = f64::INFINITY;

#[test]
fn powers_have_derivatives_at_0() {
    for (text, y, x, wanted) in [
        ("0**r", 0.0, 2.5, [0.0; 3]),
        ("0**r", 0.0, 0.0, [1.0, 0.0, 0.0]),
        ("0**r", 0.0, -1.0, [INF, -INF, INF]),
        ("0**abs(r)", 0.0, -2.0, [0.0; 3]),
        ("abs(r)**0.5", 0.0, 0.0, [0.0, 0.0, -INF]),
        ("sqrt(abs(2*r))", 1.0, 1.0, [0.0, 0.0, -INF]),
        ("abs(r)**-0.5", 0.0, 0.0, [INF, 0.0, INF]),
        ("(r**2)**0.75", 0.0, 0.0, [0.0, 0.0, INF]),
        ("(r**2)**1.5", 0.0, 0.0, [0.0; 3]),
        ("(y_true/y_pred)**1.5", 0.0, 2.0, [0.0; 3]),
        ("(y_true*exp(y_pred))**1.25", 0.0, 2.0, [0.0; 3]),
        ("(expm1(r) - r)**1.5", 2.0, 2.0, [0.0; 3]),
        ("(2 - y_pred*y_true)**1.5", 1.0, 2.0, [0.0, 0.0, INF]),
        ("xlogy(abs(r), abs(r))", 0.0, 0.0, [0.0, 0.0, INF]),
        ("r**0 + 0**0", 0.0, 0.0, [2.0, 0.0, 0.0]),
    ] {
        assert_eq!(at(text, y, x, ALL, Level::best()), wanted, "{text} at {y}, {x}");
    }
}

#[test]
fn a_power_of_data_joins_stable_forms() {
    for (text, x, wanted) in [
        ("2**y_pred - 1", 1e-18, 1e-18 * std::f64::consts::LN_2),
        ("log1p(2**y_pred)", 2000.0, 2000.0 * std::f64::consts::LN_2),
        ("log(2**y_pred)", 2000.0, 2000.0 * std::f64::consts::LN_2),
        ("log(1 + delta**y_pred)", 3000.0, 3000.0 * 1.5_f64.ln()),
        ("log(y_pred**y_true)", 1e-3, 400.0 * 1e-3_f64.ln()),
        ("1/(1 + 10**(-y_pred))", -400.0, 0.0),
    ] {
        let [value, slope, bend] = at(text, 400.0, x, ALL, Level::best());
        assert!((value - wanted).abs() <= 4e-16 * wanted.abs(), "{text}: {value} is not {wanted}");
        assert!(slope.is_finite() && bend.is_finite(), "{text}: {slope}, {bend}");
    }
}

/// Of a base that is 0 where y = x: what the exponent makes of it, whether it is a number or data.
#[test]
fn powers_of_powers_have_the_limits_of_one() {
    for (texts, y, wanted) in [
        (["(r**2)**y_true", "(r**2)**0.25"], 0.25, [0.0, 0.0, -INF]),
        (["(r**2)**y_true", "abs(r)**(2*y_true)"], 0.5, [0.0, 0.0, 0.0]),
        (["(r**2)**y_true", "(abs(r)**4)**(0.5*y_true)"], 0.75, [0.0, 0.0, INF]),
        (["(r**2)**y_true", "abs(r)**(1 + y_true)"], 1.0, [0.0, 0.0, 2.0]),
        (["(r**2)**y_true", "(abs(r)**3)**y_true"], 1.5, [0.0; 3]),
        (["(r**2)**y_true", "(r**2)**-0.25"], -0.25, [INF, 0.0, INF]),
        (["(r**2)**y_true", "abs(r)**y_true"], 0.0, [1.0, 0.0, 0.0]),
        (["(abs(r)**3)**0.2", "(abs(r)**6)**0.1"], 1.0, [0.0, 0.0, -INF]),
        (["sqrt(abs(r)**3)", "(4*abs(r)**3)**0.5/2"], 1.0, [0.0, 0.0, INF]),
        (["(r**4)**0.25", "sqrt(r**2/y_true)*sqrt(y_true)"], 2.0, [0.0; 3]),
        (["(0.5*r**2)**0.75", "(r**2/delta)**0.75"], 1.0, [0.0, 0.0, INF]),
        (["(abs(r)**1.5)**2", "sqrt(abs(r))**6"], 1.0, [0.0; 3]),
        (["abs(r)**y_pred", "abs(r)**(y_true + r)"], 3.0, [0.0; 3]),
    ] {
        for text in texts {
            assert_eq!(at(text, y, y, ALL, Level::best()), wanted, "{text} at {y}");
        }
    }
}

/// Beside 0 they are what one power is.
#[test]
fn powers_of_powers_keep_their_digits() {
    for (text, y, power) in [
        ("(y_pred**2)**y_true", 0.75, 1.5),
        ("(abs(y_pred)**3)**0.2", 1.0, 3.0 * 0.2),
        ("sqrt(abs(y_pred)**3)", 1.0, 1.5),
        ("(y_pred**2)**(y_true - 3)", 1.0, -4.0),
        ("exp(log(y_pred**2))", 1.0, 2.0),
    ] {
        for r in [1e-90, 0.25, -3.0, 1e40] {
            let [value, slope, bend] = at(text, y, r, ALL, Level::best());
            let size = f64::abs(r);
            let truth = [
                size.powf(power),
                power * size.powf(power - 1.0) * r.signum(),
                power * (power - 1.0) * size.powf(power - 2.0),
            ];
            for (got, truth) in [value, slope, bend].into_iter().zip(truth) {
                assert!(
                    got == truth || (got - truth).abs() <= 4e-14 * truth.abs(),
                    "{text} at {r}: {got} is not {truth}"
                );
            }
        }
    }
}

/// Of a factor of which the outer power is beyond the range: each is a power of a multiple of what is predicted.
#[test]
fn factors_of_powers_stay_within_the_range() {
    for (text, y, root, power) in [
        ("(y_pred**2/1e-120)**6", 0.0, 1e60, 12.0),
        ("(y_pred**2/1e-120)**y_true", 6.0, 1e60, 12.0),
        ("(1e210*y_pred**2)**1.5", 0.0, 1e105, 3.0),
        ("(1e-100*y_pred**2)**2.5", 0.0, 1e-50, 5.0),
        ("(1e-100*y_pred**2)**y_true", 2.5, 1e-50, 5.0),
    ] {
        assert_eq!(at(text, y, 0.0, ALL, Level::best()), [0.0; 3], "{text} at 0");
        for size in [0.25_f64, -3.0] {
            let got = at(text, y, size / root, Wanted { hess: false, ..ALL }, Level::best());
            let value = size.abs().powf(power);
            for (got, truth) in got.into_iter().zip([value, power * value / size * root]) {
                assert!((got - truth).abs() <= 4e-13 * truth.abs(), "{text} at {size}/{root}: {got} is not {truth}");
            }
        }
    }
}
