//! A formula with its parameters: what the engine runs.

use crate::build::{Meaning, build, is_heavy, widens};
use crate::derive::{Derived, derive};
use crate::fault::Fault;
use crate::graph::{Graph, Op};
use crate::lower::lower;
use crate::parser::Tree;
use crate::run::{Program, Running};
use lossreg_core::engine::kernel::Blocks;
use lossreg_core::engine::program::{Failure, Interpreted, Interpreter, Rows};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::simd::Level;
use std::fmt;
use std::sync::OnceLock;

/// A formula with numbers for its parameters, differentiated, with the programs that were asked for so far.
pub struct Formula {
    graph: Graph,
    derived: Derived,
    kinks: String,
    /// Whether an element takes a transcendental function.
    pub heavy: bool,
    /// Whether float32 has no room for some of its numbers.
    pub widens: bool,
    single: Programs<f32>,
    double: Programs<f64>,
}

/// A program for each set of outputs.
type Programs<T> = [OnceLock<Program<T>>; 8];

impl Formula {
    /// The formula of a tree, with what each name stands for.
    ///
    /// # Errors
    /// Where a number is wanted of what is none, or the formula is too large.
    pub fn new(tree: &Tree, meanings: &[(&str, Meaning)]) -> Result<Formula, Fault> {
        let (mut graph, root) = build(tree, meanings)?;
        let kinks = kinks(&graph);
        let derived = derive(&mut graph, root);
        let roots = [Some(derived.value), derived.first, derived.second];
        let live = graph.live(roots.into_iter().flatten());
        let (heavy, widens) = (is_heavy(&graph), widens(&graph, &live));
        Ok(Formula {
            graph,
            derived,
            kinks,
            heavy,
            widens,
            single: std::array::from_fn(|_| OnceLock::new()),
            double: std::array::from_fn(|_| OnceLock::new()),
        })
    }

    /// The stable forms that took the place of what was written.
    #[must_use]
    pub fn rewrites(&self) -> &[&'static str] {
        &self.graph.rewrites
    }

    /// Which derivative is taken where there is none.
    #[must_use]
    pub fn kinks(&self) -> &str {
        &self.kinks
    }

    fn run<T: Running>(
        &self,
        programs: &Programs<T>,
        (level, wanted, scale): (Level, Wanted, T),
        blocks: &mut Blocks<'_, T>,
    ) {
        let set = usize::from(wanted.value) | usize::from(wanted.grad) << 1 | usize::from(wanted.hess) << 2;
        let program = programs[set].get_or_init(|| Program::new(lower(&self.graph, self.derived, wanted)));
        program.run(level, wanted, scale, blocks);
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
        impl Interpreter<$t> for Formula {
            fn run(&self, level: Level, wanted: Wanted, scale: $t, blocks: &mut Blocks<'_, $t>) -> Result<(), Failure> {
                self.run(&self.$programs, (level, wanted, scale), blocks);
                Ok(())
            }

            fn run_rows(&self, _: &mut Rows<'_, $t>) -> Result<(), Failure> {
                Err(OF_ELEMENTS)
            }
        }
    };
}
interpreter!(f32, single);
interpreter!(f64, double);

/// The only failure of a formula: it is about elements.
const OF_ELEMENTS: Failure = Failure(1);

impl Interpreted for Formula {
    fn single(&self) -> &dyn Interpreter<f32> {
        self
    }

    fn double(&self) -> &dyn Interpreter<f64> {
        self
    }

    fn derivatives(&self) -> [bool; 2] {
        [true; 2]
    }

    fn words(&self, _: Failure) -> String {
        "a formula is about elements, not rows".to_owned()
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Formula").field("nodes", &self.graph.nodes().len()).finish_non_exhaustive()
    }
}
