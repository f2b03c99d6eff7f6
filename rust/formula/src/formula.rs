//! A formula with its parameters: what the engine runs.

use crate::build::{build, is_heavy, widens};
use crate::derive::{By, Derived};
use crate::fault::Fault;
use crate::graph::{Graph, Op};
use crate::lower::lower;
use crate::parser::Tree;
use crate::run::{Inputs, Program, Running};
use crate::variables::{Meaning, counts};
use lossreg_core::engine::columns::Points;
use lossreg_core::engine::kernel::{Blocks, no_shares};
use lossreg_core::engine::program::{Failure, Interpreted, Interpreter, OfColumns, Rows, Sees};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::simd::Level;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A formula with numbers for its parameters, differentiated.
#[derive(Debug)]
pub struct Formula {
    kinks: String,
    /// Whether an element takes a transcendental function.
    pub heavy: bool,
    /// Whether float32 has no room for some of its numbers.
    pub widens: bool,
    /// Of classes: whether one without a share adds nothing.
    zero_share_is_nothing: bool,
    rewrites: Vec<&'static str>,
    by_prediction: Programs,
    /// How many numbers there are of a target, and how many predict it.
    columns: [usize; 2],
    /// Of classes, with derivatives with respect to q.
    by_share: Option<Programs>,
}

impl Formula {
    /// The formula of a tree, with what each name stands for.
    ///
    /// # Errors
    /// Where a number is wanted of what is none, or the formula is too large.
    pub fn new(tree: &Tree, meanings: &[(&str, Meaning)]) -> Result<Formula, Fault> {
        let (mut graph, root) = build(tree, meanings)?;
        let kinks = kinks(&graph);
        let columns = counts(meanings);
        let derived = Derived::new(&mut graph, root, (0..columns[1]).map(|column| By::Prediction(column as u8)));
        let in_q = tree.of_classes.then(|| Derived::new(&mut graph, root, [By::Share].into_iter()));
        let live = graph.live([Some(&derived), in_q.as_ref()].into_iter().flatten().flat_map(Derived::roots).flatten());
        let (heavy, widens, rewrites) = (is_heavy(&graph), widens(&graph, &live), graph.rewrites.clone());
        let graph = Arc::new(graph);
        let programs = |derived| Programs::new(graph.clone(), derived);
        Ok(Formula {
            kinks,
            heavy,
            widens,
            zero_share_is_nothing: tree.of_classes && is_nothing_without_target(tree, meanings),
            rewrites,
            by_prediction: programs(derived),
            columns,
            by_share: in_q.map(programs),
        })
    }

    /// The stable forms that took the place of what was written.
    #[must_use]
    pub fn rewrites(&self) -> &[&'static str] {
        &self.rewrites
    }

    /// Which derivative is taken where there is none.
    #[must_use]
    pub fn kinks(&self) -> &str {
        &self.kinks
    }
}

/// Whether the loss of an element is 0 where its target is, whatever the prediction.
fn is_nothing_without_target(tree: &Tree, meanings: &[(&str, Meaning)]) -> bool {
    let none = |meaning| if matches!(meaning, Meaning::Target(_)) { Meaning::Number(0.0) } else { meaning };
    let meanings: Vec<_> = meanings.iter().map(|&(name, meaning)| (name, none(meaning))).collect();
    build(tree, &meanings).is_ok_and(|(graph, root)| graph.is(root, 0.0))
}

/// The programs for both types that were asked for so far, one for each set of outputs.
struct Programs {
    graph: Arc<Graph>,
    derived: Derived,
    single: [OnceLock<Program<f32>>; 8],
    double: [OnceLock<Program<f64>>; 8],
}

impl Programs {
    fn new(graph: Arc<Graph>, derived: Derived) -> Self {
        let (single, double) = (std::array::from_fn(|_| OnceLock::new()), std::array::from_fn(|_| OnceLock::new()));
        Programs { graph, derived, single, double }
    }

    /// The program for what is wanted.
    fn of<'a, T: Running>(&self, programs: &'a [OnceLock<Program<T>>; 8], wanted: Wanted) -> &'a Program<T> {
        let set = usize::from(wanted.value) | usize::from(wanted.grad) << 1 | usize::from(wanted.hess) << 2;
        programs[set].get_or_init(|| Program::new(lower(&self.graph, &self.derived, wanted)))
    }
}

/// Which derivative is taken of a formula where there is none.
fn kinks(graph: &Graph) -> String {
    let has = |wanted: fn(&Op) -> bool| graph.nodes().iter().any(|(op, _)| wanted(op));
    let rules = [
        (has(|op| matches!(op, Op::Abs)), "abs has the slope 0 at 0"),
        (has(|op| matches!(op, Op::Least | Op::Most)), "a maximum or minimum of equals has the flatter slope"),
        (
            has(|op| matches!(op, Op::Select(_))),
            "where has the slope of the arm that it takes, on the seam of two straight ones the flatter",
        ),
    ];
    let said: Vec<&str> = rules.into_iter().filter(|(applies, _)| *applies).map(|(_, rule)| rule).collect();
    if said.is_empty() { "none".to_owned() } else { said.join("; ") }
}

macro_rules! interpreter {
    ($t:ty, $programs:ident) => {
        impl Interpreter<$t> for Programs {
            fn run(&self, level: Level, wanted: Wanted, scale: $t, blocks: &mut Blocks<'_, $t>) -> Result<(), Failure> {
                self.of(&self.$programs, wanted).run(level, wanted, scale, blocks, false);
                Ok(())
            }

            fn run_far(
                &self,
                level: Level,
                wanted: Wanted,
                scale: $t,
                blocks: &mut Blocks<'_, $t>,
            ) -> Result<(), Failure> {
                self.of(&self.$programs, wanted).run(level, wanted, scale, blocks, true);
                Ok(())
            }

            fn run_rows(&self, _: &mut Rows<'_, $t>) -> Result<(), Failure> {
                Err(NOT_OF_ROWS)
            }
        }
    };
}
interpreter!(f32, single);
interpreter!(f64, double);

impl OfColumns for Formula {
    fn run(&self, level: Level, wanted: Wanted, points: Points<'_>) {
        let Points { y, x, value, first, second } = points;
        let ([targets, predictions], len) = (self.columns, value.len());
        let [y, x] = [&y[..targets], &x[..predictions]]
            .map(|columns| columns.iter().map(|column| column[..len].as_chunks().0).collect::<Vec<_>>());
        let (firsts, seconds) = (first.into_iter().take(predictions), second.into_iter().take(predictions));
        let outputs = [value].into_iter().chain(firsts).chain(seconds);
        let mut outputs: Vec<_> = outputs.map(|output| output.as_chunks_mut().0).collect();
        let programs = &self.by_prediction;
        let inputs = Inputs { y: &y, x: &x, shares: no_shares() };
        programs.of(&programs.double, wanted).run_columns(level, 1.0, inputs, &mut outputs, false);
    }
}

/// The only failure of a formula: it is about elements or classes.
const NOT_OF_ROWS: Failure = Failure(1);

impl Interpreted for Formula {
    fn single(&self) -> &dyn Interpreter<f32> {
        &self.by_prediction
    }

    fn double(&self) -> &dyn Interpreter<f64> {
        &self.by_prediction
    }

    fn sees(&self) -> Sees {
        match (&self.by_share, self.columns) {
            (Some(_), _) => Sees::Classes { zero_share_is_nothing: self.zero_share_is_nothing },
            (None, [1, 1]) => Sees::Elements,
            (None, [targets, predictions]) => Sees::Columns { targets, predictions },
        }
    }

    fn of_columns(&self) -> Option<&dyn OfColumns> {
        (self.columns != [1, 1]).then_some(self)
    }

    fn single_in_q(&self) -> Option<&dyn Interpreter<f32>> {
        self.by_share.as_ref().map(|programs| programs as _)
    }

    fn double_in_q(&self) -> Option<&dyn Interpreter<f64>> {
        self.by_share.as_ref().map(|programs| programs as _)
    }

    fn derivatives(&self) -> [bool; 2] {
        [true; 2]
    }

    fn words(&self, _: Failure) -> String {
        "a formula is about elements or classes, not rows".to_owned()
    }
}

impl fmt::Debug for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Programs").field("nodes", &self.graph.nodes().len()).finish_non_exhaustive()
    }
}
