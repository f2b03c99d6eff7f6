//! The elements that a kernel is called with, by the kernels of a formula.

use lossreg_core::engine::blocks::LANES;
use lossreg_core::engine::entry::Entry;
use lossreg_core::engine::kernel::{Blocks, no_shares};
use lossreg_core::engine::look::look;
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::working::Working;
use lossreg_core::loss::{Formula, Kind, Role, Value};
use lossreg_core::number::Real;
use lossreg_core::simd;
use std::array::from_fn;
use std::marker::PhantomData;

/// The most parameters of a formula.
pub const PARAMS: usize = 16;

/// A formula compiled.
struct Compiled<L>(PhantomData<L>);

impl<L: Formula> Compiled<L> {
    const ENTRY: Entry = Entry::of::<L>("");
}

/// Why a formula is no kernel; none where it is one.
pub fn refusal<L: Formula>() -> Option<&'static str> {
    let info = &L::INFO;
    if info.family != lossreg_core::loss::Family::Pointwise {
        return Some("a kernel of a formula is one of elements: its family is Pointwise");
    }
    if info.params.len() > PARAMS {
        return Some("a formula has at most 16 parameters");
    }
    let fits = |kind: Kind, role: Role| match kind {
        Kind::Switch => role == Role::Switch,
        Kind::Number { optional, .. } => !optional && matches!(role, Role::Constant | Role::Smoothing),
        _ => false,
    };
    let all = info.params.iter().all(|param| fits(param.kind, param.role));
    (!all).then_some("the parameters of a kernel are numbers and switches, read by the formula")
}

/// Computes elements; `None` where the formula refuses the parameters. An output that is empty is not wanted.
pub fn elements<L: Formula, T: Working + Real<Scalar = T>>(
    numbers: &[f64],
    y: &[T],
    x: &[T],
    outputs: [&mut [T]; 3],
) -> Option<()> {
    let params = L::INFO.params;
    let values: [Value; PARAMS] = from_fn(|i| match (params.get(i).map(|param| param.kind), numbers.get(i)) {
        (Some(Kind::Switch), Some(number)) => Value::Switch(*number != 0.0),
        (_, Some(number)) => Value::Number(*number),
        _ => Value::None,
    });
    let values = &values[..params.len()];
    if L::refusal(values).is_some() {
        return None;
    }
    let entry = const { &Compiled::<L>::ENTRY };
    let (settings, level) = (entry.settings(values), simd::active());
    let (constants, kernels) = (T::constants(&settings), T::kernels(entry));
    let [value, grad, hess] = outputs;
    let wanted = Wanted { value: !value.is_empty(), grad: !grad.is_empty(), hess: !hess.is_empty() };
    let run = |blocks: &mut Blocks<'_, T>| {
        let soft = look(settings.target, blocks.y, None).soft;
        let form = if soft { settings.form } else { settings.hard_form };
        kernels.choose(form, constants).run(level, wanted, constants, T::ONE, blocks);
    };
    let shares = no_shares();
    let ((y, last_y), (x, last_x)) = (y.as_chunks::<LANES>(), x.as_chunks::<LANES>());
    let [(value, last_value), (grad, last_grad), (hess, last_hess)] = [value, grad, hess].map(<[T]>::as_chunks_mut);
    run(&mut Blocks { y, x, shares, value, sum: None, grad, hess });
    if !last_x.is_empty() {
        // What is left over is filled up, to a block of its own.
        let filled = |numbers: &[T], filling| [from_fn(|i| numbers.get(i).copied().unwrap_or(filling))];
        let (y, x) = (filled(last_y, T::ONE), filled(last_x, T::HALF));
        let mut blocks: [[[T; LANES]; 1]; 3] = [[[T::ZERO; LANES]]; 3];
        let [value, grad, hess] = &mut blocks;
        run(&mut Blocks { y: &y, x: &x, shares, value, sum: None, grad, hess });
        for (output, block) in [last_value, last_grad, last_hess].into_iter().zip(&blocks) {
            let count = output.len();
            output.copy_from_slice(&block[0][..count]);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{elements, refusal};
    use lossreg_core::loss::{Constants, Domain, Family, Formula, Info, Param};
    use lossreg_core::number::{Float, Real};

    /// scale·r², or half of it; labels have a form of their own, of twice that.
    struct Square;

    impl Formula for Square {
        const INFO: Info = Info {
            params: &[Param::positive("scale", 2.0, ""), Param::switch("half", false, "")],
            target: Domain::SoftLabel,
            hard_labels: true,
            ..Info::DEFAULT
        };

        fn in_form<const FORM: usize, R: Real>([scale, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
            let half = if FORM & Self::INFO.form("half") != 0 { R::Scalar::HALF } else { R::Scalar::ONE };
            let hard =
                if FORM & Self::INFO.hard_form() != 0 { R::Scalar::ONE + R::Scalar::ONE } else { R::Scalar::ONE };
            (x - y).square() * (scale * half * hard)
        }

        fn refusal(params: &[lossreg_core::loss::Value]) -> Option<&'static str> {
            (params[0].number() > 100.0).then_some("too large")
        }
    }

    fn computed(params: &[f64], y: &[f64], x: &[f64]) -> Option<[Vec<f64>; 3]> {
        let mut outputs = [0; 3].map(|_| vec![0.0; x.len()]);
        let [value, grad, hess] = &mut outputs;
        elements::<Square, f64>(params, y, x, [value, grad, hess]).map(|()| outputs)
    }

    #[test]
    fn any_number_of_elements_is_computed() {
        for count in [0, 1, 63, 64, 65, 200] {
            let x: Vec<f64> = (0..count).map(f64::from).collect();
            for (half, factor) in [(0.0, 3.0), (1.0, 1.5)] {
                let [value, grad, hess] = computed(&[3.0, half], &vec![0.5; x.len()], &x).unwrap();
                for i in 0..x.len() {
                    let r = x[i] - 0.5;
                    assert_eq!([value[i], grad[i], hess[i]], [factor * r * r, 2.0 * factor * r, 2.0 * factor]);
                }
            }
        }
    }

    #[test]
    fn hard_labels_take_their_form_and_what_is_not_wanted_stays() {
        let (y, x, mut grad) = ([1.0f32], [3.0f32], [0.0]);
        elements::<Square, f32>(&[1.0, 0.0], &y, &x, [&mut [], &mut grad, &mut []]).unwrap();
        assert_eq!(grad, [8.0]);
    }

    #[test]
    fn refused_parameters_are_refused() {
        assert_eq!(computed(&[101.0, 0.0], &[0.0], &[0.0]), None);
    }

    struct Rows;

    impl Formula for Rows {
        const INFO: Info = Info { family: Family::RowWise, ..Info::DEFAULT };
    }

    #[test]
    fn formulas_of_rows_are_no_kernels() {
        assert!(refusal::<Square>().is_none());
        assert!(refusal::<Rows>().is_some());
    }
}
