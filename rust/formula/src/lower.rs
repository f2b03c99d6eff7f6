//! A graph becomes instructions over blocks: what is wanted, in order, in as few registers as will do.
//!
//! Products join the sums that they go into as fused multiply-adds, what has one exponential in common becomes one instruction,
//! and results that are wanted are computed where they go.

#![allow(clippy::option_option)] // A root is not wanted, is 0, or is a node.

use crate::derive::Derived;
use crate::graph::{Graph, Group, Id, NONE, Op, logistic};
use crate::parser::Comparison;
use lossreg_core::engine::wanted::Wanted;
use std::collections::HashMap;

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // As in `Op`.
pub enum Action {
    Copy,
    Negative,
    Abs,
    Sign,
    Sqrt,
    Add,
    Subtract,
    Multiply,
    Times,
    Divide,
    Least,
    Most,
    Power,
    Xlogy,
    /// a·b + c
    MultiplyAdd,
    /// a·b − c
    MultiplySubtract,
    /// c − a·b
    SubtractProduct,
    /// c + a·b, and c where a is 0.
    TimesAdd,
    Select(Comparison),
    Group(Group, Parts),
}

/// Which parts of a group are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Parts {
    First,
    Second,
    FirstTwo,
    All,
}

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Source {
    Nowhere,
    Register(u16),
    Constant(u16),
    Target(u8),
    Prediction(u8),
    Share,
    Others,
}

/// Where a result goes: to a register, to an output or nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Place {
    Nowhere,
    Register(u16),
    Output(u8),
}

/// An instruction.
#[derive(Clone, Copy, Debug)]
pub struct Instruction {
    /// What it does.
    pub action: Action,
    /// Its operands.
    pub from: [Source; 4],
    /// Its results, of which groups have several.
    pub to: [Place; 5],
    /// What the result is multiplied by, but for groups.
    pub factor: f64,
}

/// Instructions for some outputs.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// In order.
    pub instructions: Vec<Instruction>,
    /// The numbers in them.
    pub constants: Vec<f64>,
    /// How many registers they need.
    pub registers: usize,
}

/// A node, once products have joined sums.
#[derive(Clone, Copy)]
struct Step {
    action: Action,
    operands: [Id; 4],
    /// Which part of a group it is.
    part: u8,
    /// What its result is multiplied by.
    factor: f64,
}

/// The nodes that outputs are; none where they are not wanted or, within, where they are 0.
type Roots = Vec<Option<Option<Id>>>;

/// The instructions for what is wanted of a formula.
#[must_use]
pub fn lower(graph: &Graph, derived: &Derived, wanted: Wanted) -> Code {
    let (all, predictions) = (derived.roots(), derived.slopes.len());
    let is_wanted = |output| match output {
        0 => wanted.value,
        _ if output <= predictions => wanted.grad,
        _ => wanted.hess,
    };
    let roots: Roots = all.iter().enumerate().map(|(output, root)| is_wanted(output).then_some(*root)).collect();
    let steps = fused(graph, &all, &roots);
    let mut uses = vec![0u32; steps.len()];
    for operand in steps.iter().flatten().flat_map(|step| step.operands).filter(|&id| id != NONE) {
        uses[operand as usize] += 1;
    }
    let mut writer = Writer { graph, code: Code::default(), places: HashMap::new(), free: Vec::new(), left: uses };
    for root in roots.iter().flatten().flatten() {
        writer.left[*root as usize] += 1;
    }
    for (id, step) in steps.iter().enumerate() {
        let Some(step) = step else { continue };
        if writer.places.contains_key(&(id as Id)) {
            continue;
        }
        writer.write(id as Id, *step, &steps, &roots);
    }
    for (output, root) in roots.into_iter().enumerate() {
        let Some(root) = root else { continue };
        if root.is_some_and(|root| writer.places.get(&root) == Some(&Place::Output(output as u8))) {
            continue;
        }
        let from = match root {
            Some(root) => writer.source(root),
            None => writer.constant(0.0),
        };
        let operands = [from, Source::Nowhere, Source::Nowhere, Source::Nowhere];
        writer.emit(Action::Copy, operands, &[Place::Output(output as u8)], 1.0);
    }
    writer.code
}

/// The nodes that the wanted roots need as steps, with products that are used once joined to the sums they go into: once for all
/// roots, so that what else is wanted changes no bit.
fn fused(graph: &Graph, all: &[Option<Id>], wanted: &Roots) -> Vec<Option<Step>> {
    let live = graph.live(all.iter().flatten().copied());
    let mut uses = vec![0u32; live.len()];
    for ((_, operands), _) in graph.nodes().iter().zip(&live).filter(|(_, live)| **live) {
        for operand in operands.iter().filter(|&&operand| operand != NONE) {
            uses[*operand as usize] += 1;
        }
    }
    for root in all.iter().flatten() {
        uses[*root as usize] += 1;
    }
    let joins = |op: Op, id: Id| graph.node(id).0 == op && uses[id as usize] == 1;
    let mut steps: Vec<Option<Step>> = vec![None; live.len()];
    for (id, &(op, operands)) in graph.nodes().iter().enumerate().filter(|(id, _)| live[*id]) {
        let [a, b, ..] = operands;
        let joined = |product: Id, other: Id, action| {
            let [x, y, ..] = graph.node(product).1;
            Some(Step { action, operands: [x, y, other, NONE], part: 0, factor: 1.0 })
        };
        let step = match op {
            Op::Add if joins(Op::Multiply, a) => joined(a, b, Action::MultiplyAdd),
            Op::Add if joins(Op::Multiply, b) => joined(b, a, Action::MultiplyAdd),
            Op::Add if joins(Op::Times, a) => joined(a, b, Action::TimesAdd),
            Op::Add if joins(Op::Times, b) => joined(b, a, Action::TimesAdd),
            Op::Subtract if joins(Op::Multiply, a) => joined(a, b, Action::MultiplySubtract),
            Op::Subtract if joins(Op::Multiply, b) => joined(b, a, Action::SubtractProduct),
            Op::Multiply => scaled(graph, operands, &steps, &uses).or_else(|| plain(op, operands)),
            _ => plain(op, operands),
        };
        steps[id] = step;
    }
    // What has joined a sum is no step of its own.
    let mut needed = vec![false; live.len()];
    for root in wanted.iter().flatten().flatten() {
        needed[*root as usize] = true;
    }
    for id in (0..steps.len()).rev() {
        let Some(step) = steps[id].filter(|_| needed[id]) else {
            steps[id] = None;
            continue;
        };
        for operand in step.operands.into_iter().filter(|&operand| operand != NONE) {
            needed[operand as usize] = true;
        }
    }
    steps
}

/// A number times a result that is used for nothing else: its own step multiplies it.
fn scaled(graph: &Graph, [a, b, ..]: [Id; 4], steps: &[Option<Step>], uses: &[u32]) -> Option<Step> {
    let (factor, inner) = (graph.number(a)?, steps[b as usize]?);
    let joins = uses[b as usize] == 1 && inner.factor == 1.0 && !matches!(inner.action, Action::Group(..));
    joins.then_some(Step { factor, ..inner })
}

/// The step of a node; none of a leaf, which is read where it is.
fn plain(op: Op, operands: [Id; 4]) -> Option<Step> {
    let (action, part) = match op {
        Op::Target(_) | Op::Prediction(_) | Op::Share | Op::Others | Op::Symbol(_) | Op::Constant(_) => return None,
        Op::Negative => (Action::Negative, 0),
        Op::Abs => (Action::Abs, 0),
        Op::Sign => (Action::Sign, 0),
        Op::Sqrt => (Action::Sqrt, 0),
        Op::Add => (Action::Add, 0),
        Op::Subtract => (Action::Subtract, 0),
        Op::Multiply => (Action::Multiply, 0),
        Op::Times => (Action::Times, 0),
        Op::Divide => (Action::Divide, 0),
        Op::Least => (Action::Least, 0),
        Op::Most => (Action::Most, 0),
        Op::Power => (Action::Power, 0),
        Op::Xlogy => (Action::Xlogy, 0),
        Op::Select(comparison) => (Action::Select(comparison), 0),
        Op::Part(group, part) => (Action::Group(group, Parts::All), part),
    };
    Some(Step { action, operands, part, factor: 1.0 })
}

struct Writer<'a> {
    graph: &'a Graph,
    code: Code,
    /// Where the results are that are there.
    places: HashMap<Id, Place>,
    free: Vec<u16>,
    /// How many uses of a node are still to come.
    left: Vec<u32>,
}

impl Writer<'_> {
    fn constant(&mut self, number: f64) -> Source {
        let constants = &mut self.code.constants;
        let known = constants.iter().position(|known| known.to_bits() == number.to_bits());
        Source::Constant(known.unwrap_or_else(|| {
            constants.push(number);
            constants.len() - 1
        }) as u16)
    }

    fn source(&mut self, id: Id) -> Source {
        if id == NONE {
            return Source::Nowhere;
        }
        match self.graph.node(id).0 {
            Op::Target(column) => Source::Target(column),
            Op::Prediction(column) => Source::Prediction(column),
            Op::Share => Source::Share,
            Op::Others => Source::Others,
            Op::Constant(bits) => self.constant(f64::from_bits(bits)),
            _ => match self.places.get(&id) {
                Some(Place::Register(register)) => Source::Register(*register),
                _ => Source::Nowhere,
            },
        }
    }

    fn register(&mut self) -> u16 {
        self.free.pop().unwrap_or_else(|| {
            self.code.registers += 1;
            (self.code.registers - 1) as u16
        })
    }

    fn emit(&mut self, action: Action, from: [Source; 4], results: &[Place], factor: f64) {
        let mut to = [Place::Nowhere; 5];
        to[..results.len()].copy_from_slice(results);
        self.code.instructions.push(Instruction { action, from, to, factor });
    }

    /// Writes a step, with all steps that are parts of the same group.
    fn write(&mut self, id: Id, step: Step, steps: &[Option<Step>], roots: &Roots) {
        let from = step.operands.map(|operand| self.source(operand));
        let operands = step.operands.into_iter().filter(|&operand| operand != NONE);
        // A register that is read for the last time may take the result: results are computed aside.
        for operand in operands {
            self.left[operand as usize] -= 1;
            self.release(operand);
        }
        let Action::Group(group, _) = step.action else {
            let place = self.place(id, roots);
            return self.emit(step.action, from, &[place], step.factor);
        };
        let mut to = [Place::Nowhere; 5];
        for (other, of_same) in steps.iter().enumerate().skip(id as usize) {
            let same = of_same.filter(|of_same| {
                matches!(of_same.action, Action::Group(own, _) if own == group) && of_same.operands == step.operands
            });
            let Some(same) = same else { continue };
            if other != id as usize {
                let operand = same.operands[0];
                self.left[operand as usize] -= 1;
                self.release(operand);
            }
            to[usize::from(same.part)] = self.place(other as Id, roots);
        }
        self.emit(Action::Group(group, parts(group, &to)), from, &to, 1.0);
    }

    /// Frees the register of a node that is not used any more.
    fn release(&mut self, id: Id) {
        if self.left[id as usize] == 0
            && let Some(Place::Register(register)) = self.places.get(&id)
        {
            self.free.push(*register);
        }
    }

    /// Where the result of a node goes: to the output that it is, if nothing else reads it.
    fn place(&mut self, id: Id, roots: &Roots) -> Place {
        let output = roots.iter().position(|root| *root == Some(Some(id)));
        let place = match output {
            Some(output) if self.left[id as usize] == 1 => Place::Output(output as u8),
            _ => Place::Register(self.register()),
        };
        self.places.insert(id, place);
        place
    }
}

/// Which parts of a group have a place.
fn parts(group: Group, to: &[Place; 5]) -> Parts {
    let there = |part: u8| to[usize::from(part)] != Place::Nowhere;
    if group == Group::Logistic {
        let (values, shares) = (
            there(logistic::SOFTPLUS) || there(logistic::SOFTPLUS_NEG),
            there(logistic::SIGMOID) || there(logistic::SIGMOID_NEG),
        );
        return match (values, shares, there(logistic::SLOPE)) {
            (true, false, false) => Parts::First,
            (false, true, false) => Parts::Second,
            (true, true, false) => Parts::FirstTwo,
            _ => Parts::All,
        };
    }
    match (there(1), there(2)) {
        (_, true) => Parts::All,
        (true, false) => Parts::FirstTwo,
        (false, false) => Parts::First,
    }
}
