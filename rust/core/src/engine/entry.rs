//! A loss as the engine has it: its data, its compiled code, and its settings for given parameters.

use super::kernel::{Kernels, Table};
pub use super::lists::Kernel as Lists;
use super::opposed::{self, Terms};
use super::program::Shared;
use super::{columns, sequences, sets};
use crate::families::{Alignments, Columns, Lists as OfLists, MOST, Opposed, Sums};
use crate::loss::{CONSTANTS, Constants, Domain, Formula, Info, Role, Value};
use crate::number::Real;

/// A loss of the catalogue: its name, its data and its compiled code.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The canonical name: that of its file.
    pub name: &'static str,
    /// What there is to know about it.
    pub info: &'static Info,
    /// The constants of its formula, from the parameters.
    pub constants: fn(&[Value]) -> [f64; CONSTANTS],
    /// What a target may be, from the parameters.
    pub target: fn(&[Value]) -> Domain,
    /// Why there is no loss with these parameters, where there is none.
    pub refusal: fn(&[Value]) -> Option<&'static str>,
    /// Its formula compiled for float32.
    pub single: Kernels<f32>,
    /// Its formula compiled for float64.
    pub double: Kernels<f64>,
    /// Its code, where it is no formula over elements.
    pub code: Code,
}

/// What is compiled of a loss besides a formula over elements.
#[derive(Clone, Copy)]
pub enum Code {
    /// Nothing: the formula is all of it.
    Formula,
    /// A function of sums over a set.
    Sums(sets::Kernels),
    /// The states of alignments.
    Alignments(sequences::Topology),
    /// A formula over columns.
    Columns(columns::Kernels),
    /// A function of a list.
    Lists(Lists),
    /// A function of scores relative to the mean of the other side's.
    Opposed(Terms),
}

/// The fused kernels of a loss, if it is light.
#[derive(Clone, Copy)]
pub struct Fused {
    single: Option<Table<f32>>,
    double: Option<Table<f64>>,
}

impl Fused {
    /// Those of a loss.
    #[must_use]
    pub const fn of<L: Formula>() -> Fused {
        Fused { single: Kernels::fused::<L>(), double: Kernels::fused::<L>() }
    }
}

/// Everything that the engine has to know about a loss with given parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The compiled form, without the bit of hard labels.
    pub form: usize,
    /// The compiled form for blocks whose labels are all 0 or 1.
    pub hard_form: usize,
    /// The formula's constants.
    pub constants: [f64; CONSTANTS],
    /// The same as the kernels for float32 read them,
    pub single: [f32; CONSTANTS],
    /// and as those for float64 do.
    pub double: [f64; CONSTANTS],
    /// Whether the prediction is a raw score, so that the link applies.
    pub raw: bool,
    /// What a target may be.
    pub target: Domain,
    /// What a prediction may be.
    pub prediction: Domain,
    /// Smoothing of labels.
    pub smoothing: f64,
    /// Whether float32 data too are computed in float64, because of the parameters.
    pub widens: bool,
    /// Row-wise: whether a class without a share of the target adds nothing.
    pub zero_share_is_nothing: bool,
    /// Row-wise: one factor per class, or a single one for all.
    pub class_weight: Option<Vec<f64>>,
    /// Row-wise: the label that removes a row.
    pub ignore_index: Option<i64>,
    /// Of columns: how many numbers there are of a target, and how many predict it.
    pub columns: [usize; 2],
    /// Of columns: what each number of a target may be; none where `target` says it of all.
    pub each: Vec<Domain>,
    /// Of columns: what the formula is given of each class; none where targets are no class indices.
    pub of_classes: Vec<[f64; MOST]>,
    /// Where the classes are or the elements of a set; none where these are on all axes.
    pub axes: Option<Vec<i64>>,
    /// What computes the loss instead of the entry's kernels.
    pub program: Option<Shared>,
}

/// Class weights above enlarge what float32 has lost of losses that are subnormal.
const LARGE: f64 = 1e6;

impl Settings {
    /// Which derivatives the loss has: the first, and the second.
    #[must_use]
    pub fn derivatives(&self) -> [bool; 2] {
        self.program.as_ref().map_or([true; 2], |program| program.0.derivatives())
    }

    /// Whether it has those of the two that are wanted.
    #[inline(always)]
    #[must_use]
    pub fn has(&self, wanted: [bool; 2]) -> bool {
        let Some(program) = &self.program else { return true };
        let [grad, hess] = program.0.derivatives();
        (!wanted[0] | grad) & (!wanted[1] | hess)
    }
}

impl Entry {
    /// The data and the compiled code of a loss.
    #[must_use]
    pub const fn of<L: Formula>(name: &'static str) -> Entry {
        Entry::with::<L>(name, Kernels::of::<L>(), Kernels::of::<L>())
    }

    /// The same with what is compiled of it elsewhere.
    #[must_use]
    pub const fn beside<L: Formula>(name: &'static str, fused: &'static Fused) -> Entry {
        Entry::with::<L>(name, Kernels::beside::<L>(fused.single.as_ref()), Kernels::beside::<L>(fused.double.as_ref()))
    }

    #[allow(clippy::large_types_passed_by_value)] // by the compiler, when it makes constants
    const fn with<L: Formula>(name: &'static str, single: Kernels<f32>, double: Kernels<f64>) -> Entry {
        let code = Code::Formula;
        Entry {
            name,
            info: &L::INFO,
            constants: L::constants,
            target: L::target,
            refusal: L::refusal,
            single,
            double,
            code,
        }
    }

    /// A loss of sets.
    #[must_use]
    pub const fn of_sets<L: Sums>(name: &'static str) -> Entry {
        let code = Code::Sums(sets::Kernels::of::<L>());
        Entry { name, info: &L::INFO, constants: L::constants, target: L::target, code, ..ELSEWHERE }
    }

    /// A loss of lists, with what is compiled of it elsewhere.
    #[must_use]
    pub const fn of_lists<L: OfLists>(name: &'static str, lists: &'static Lists) -> Entry {
        let (code, refusal) = (Code::Lists(*lists), L::refusal);
        Entry { name, info: &L::INFO, constants: L::constants, target: L::target, refusal, code, ..ELSEWHERE }
    }

    /// A loss of both sides of a game at once.
    #[must_use]
    pub const fn of_opposed<L: Opposed>(name: &'static str) -> Entry {
        Entry { name, info: &L::INFO, code: Code::Opposed(opposed::terms::<L>), ..ELSEWHERE }
    }

    /// A loss of columns.
    ///
    /// # Panics
    /// Where its columns are not named, when the loss is compiled.
    #[must_use]
    pub const fn of_columns<L: Columns<P, Q>, const P: usize, const Q: usize>(name: &'static str) -> Entry {
        let (predicted, given, by_class) =
            (L::INFO.columns.len(), L::INFO.target_columns.len(), matches!(L::INFO.target, Domain::ClassIndex));
        assert!(P == if by_class { 1 } else { predicted } && Q <= MOST && P <= MOST, "columns have names and room");
        assert!(by_class || Q == if given == 0 { 1 } else { given }, "targets have names");
        let code = Code::Columns(columns::Kernels::of::<L, P, Q>());
        Entry { name, info: &L::INFO, constants: L::constants, target: L::target, code, ..ELSEWHERE }
    }

    /// A loss of sequences.
    #[must_use]
    pub const fn of_sequences<L: Alignments>(name: &'static str) -> Entry {
        let (code, refusal) = (Code::Alignments(sequences::Topology::of::<L>()), L::refusal);
        Entry { name, info: &L::INFO, constants: L::constants, target: L::target, refusal, code, ..ELSEWHERE }
    }

    /// What the engine has to know, from the values of the parameters (checked, in order).
    #[must_use]
    pub fn settings(&self, params: &[Value]) -> Settings {
        let constants = (self.constants)(params);
        let mut settings = Settings {
            form: 0,
            hard_form: 0,
            constants,
            single: self.single.constants(&constants),
            double: self.double.constants(&constants),
            raw: true,
            target: (self.target)(params),
            prediction: self.info.raw,
            smoothing: 0.0,
            widens: !self.single.fit_single(&constants),
            zero_share_is_nothing: self.info.zero_share_is_nothing,
            class_weight: None,
            ignore_index: None,
            columns: [self.info.target_columns, self.info.columns].map(|names| names.len().max(1)),
            each: Vec::new(),
            of_classes: if let Code::Columns(kernels) = self.code { kernels.of_classes(params) } else { Vec::new() },
            axes: Some(vec![-1]),
            program: None,
        };
        let mut bit = 1;
        for (param, value) in self.info.params.iter().zip(params) {
            match (param.role, value) {
                (Role::Switch | Role::RawInput, _) => {
                    settings.form |= if value.is_on() { bit } else { 0 };
                    settings.raw &= param.role == Role::Switch || value.is_on();
                    bit *= 2;
                }
                (Role::Smoothing, _) => settings.smoothing = value.number(),
                (Role::ClassWeight, Value::List(weights)) => settings.class_weight = Some(weights.clone()),
                (Role::ClassWeight, Value::Number(weight)) => settings.class_weight = Some(vec![*weight]),
                (Role::IgnoreIndex, Value::Integer(i)) => settings.ignore_index = Some(*i),
                (Role::Axis, Value::Integer(i)) => settings.axes = Some(vec![*i]),
                (Role::Axis, Value::List(axes)) => settings.axes = Some(axes.iter().map(|&axis| axis as i64).collect()),
                (Role::Axis, Value::None) => settings.axes = None,
                _ => {}
            }
        }
        settings.prediction = self.info.prediction(settings.raw);
        // A weight is multiplied with losses that may be subnormal, and large enough makes numbers of them again.
        settings.widens |= settings.class_weight.iter().flatten().any(|&weight| weight > LARGE);
        // Smoothing leaves no label hard.
        let hard = self.info.hard_labels && settings.smoothing == 0.0;
        settings.hard_form = settings.form | if hard { bit } else { 0 };
        settings
    }
}

/// The formula of losses computed elsewhere, which is never evaluated.
struct Elsewhere;

impl Formula for Elsewhere {
    const INFO: Info = Info::DEFAULT;

    fn value<R: Real>(_: Constants<R>, _: R::Scalar, x: R) -> R {
        x
    }
}

/// An entry for losses computed elsewhere.
pub const ELSEWHERE: Entry = Entry::of::<Elsewhere>("");
