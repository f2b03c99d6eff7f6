//! The grammar: a text becomes a tree, nothing is evaluated.
//!
//! ```text
//! formula    = { name "=" expression break } ( expression | ["-"] "sum" "(" expression ")" )
//! expression = sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum | "is" ["not"] "None" ]
//! sum        = term { ("+" | "-") term }
//! term       = factor { ("*" | "/") factor }
//! factor     = ("-" | "+") factor | power
//! power      = atom [ "**" factor ]
//! atom       = number | name | "True" | "False" | "None" | function "(" expression { "," expression } ")" | "(" expression ")"
//! ```
//!
//! So it reads as Python does: `-x**2` is −(x²), `2**-1` is ½, powers go from the right. A break is a line break outside of
//! parentheses or a semicolon; a name that is given an expression stands for it from there on. A formula with a sum is one of rows,
//! about one class: the sum goes over all of them.

use crate::elsewhere;
use crate::fault::{Fault, nearest};
use crate::functions::{FUNCTIONS, Function, named};
use crate::lexer::{Word, words};
use crate::variables::{Columns, variables};

/// Comparisons: the sign, what it is, whether its sides are exchanged, and whether it is negated.
const SIGNS: [(&str, Comparison, bool, bool); 6] = [
    ("<", Comparison::Less, false, false),
    ("<=", Comparison::AtMost, false, false),
    (">", Comparison::Less, true, false),
    (">=", Comparison::AtMost, true, false),
    ("==", Comparison::Equal, false, false),
    ("!=", Comparison::Equal, false, true),
];

/// The most characters of a text, the deepest parentheses and signs, and the most parts of a tree.
const LONGEST: usize = 10_000;
const DEEPEST: usize = 100;
const LARGEST: usize = 4_000;

/// A part of a tree: its arguments are parts before it, by number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Number(f64),
    Name(String),
    Nothing,
    Negative(usize),
    Binary(Operator, usize, usize),
    Compare(Comparison, usize, usize),
    IsNothing(usize),
    Call(Function, Vec<usize>),
}

/// An operator between two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// What compares two numbers. The greater is the less with its sides exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Comparison {
    /// <
    Less,
    /// ≤
    AtMost,
    /// =
    Equal,
}

/// A text as a tree.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(crate) parts: Vec<(Part, usize)>,
    pub(crate) root: usize,
    /// Whether it is about one of the classes of a row, over which it is summed.
    pub of_classes: bool,
}

impl Tree {
    /// The tree of a text with columns and parameters of these names.
    ///
    /// # Errors
    /// Where the text is no formula: what stands there, and what could.
    pub fn parse<S: AsRef<str>>(text: &str, columns: Columns<'_, S>, params: &[&str]) -> Result<Tree, Fault> {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(Fault::new(
                LONGEST,
                format!("a formula has at most {LONGEST} characters; this one has {length}"),
            ));
        }
        let words = words(text)?;
        let of_classes = has_sum(&words);
        let variables = variables(of_classes, columns);
        let names: Vec<&str> = variables.iter().map(|(name, _)| *name).chain(params.iter().copied()).collect();
        let mut parser =
            Parser { words, next: 0, depth: 0, parts: Vec::new(), names: &names, given: Vec::new(), of_classes };
        let root = parser.formula()?;
        Ok(Tree { parts: parser.parts, root, of_classes })
    }

    /// Whether a text is about the classes of rows, if it is a formula.
    #[must_use]
    pub fn is_of_classes(text: &str) -> bool {
        words(text).is_ok_and(|words| has_sum(&words))
    }

    /// Whether a name occurs.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        self.parts.iter().any(|(part, _)| matches!(part, Part::Name(own) if own == name))
    }
}

/// Whether something is summed.
fn has_sum(words: &[(Word, usize)]) -> bool {
    words.windows(2).any(|pair| matches!(pair, [(Word::Name(name), _), (Word::Sign("("), _)] if name == SUM))
}

/// What is summed over the classes of a row.
const SUM: &str = "sum";

struct Parser<'a> {
    words: Vec<(Word, usize)>,
    next: usize,
    depth: usize,
    parts: Vec<(Part, usize)>,
    names: &'a [&'a str],
    /// Names that were given an expression, and its part.
    given: Vec<(String, usize)>,
    of_classes: bool,
}

impl Parser<'_> {
    fn word(&self) -> &Word {
        &self.words[self.next.min(self.words.len() - 1)].0
    }

    fn at(&self) -> usize {
        self.words[self.next.min(self.words.len() - 1)].1
    }

    /// Whether a sign comes next, which is then behind.
    fn takes(&mut self, sign: &str) -> bool {
        let comes = matches!(self.word(), Word::Sign(own) if *own == sign);
        self.next += usize::from(comes);
        comes
    }

    fn takes_name(&mut self, name: &str) -> bool {
        let comes = matches!(self.word(), Word::Name(own) if own == name);
        self.next += usize::from(comes);
        comes
    }

    fn wanted(&self, what: &str) -> Fault {
        Fault::new(self.at(), format!("{} stands where {what} is wanted", self.word().shown()))
    }

    /// The fault of what follows an operand where an operator, or whatever else, is wanted.
    fn no_operator(&self, or: &str) -> Fault {
        match self.word() {
            Word::Sign(")" | "," | "=") | Word::Break | Word::End => self.wanted(&format!("{or} or an operator")),
            word => Fault::new(self.at(), elsewhere::between(&word.shown(), or)),
        }
    }

    fn part(&mut self, part: Part, at: usize) -> Result<usize, Fault> {
        if self.parts.len() >= LARGEST {
            return Err(Fault::new(at, format!("a formula has at most {LARGEST} parts")));
        }
        self.parts.push((part, at));
        Ok(self.parts.len() - 1)
    }

    fn formula(&mut self) -> Result<usize, Fault> {
        loop {
            let assigns = matches!(self.words.get(self.next + 1), Some((Word::Sign("="), _)));
            if let (Word::Name(name), true) = (self.word().clone(), assigns) {
                self.check_free(&name)?;
                self.next += 2;
                let part = self.expression()?;
                if !matches!(self.word(), Word::Break) {
                    let ended = *self.word() == Word::End;
                    return Err(if ended {
                        self.wanted("a line with the loss itself")
                    } else {
                        self.no_operator("the end of the line")
                    });
                }
                self.next += 1;
                self.given.push((name, part));
                continue;
            }
            let root = if self.of_classes { self.summed()? } else { self.expression()? };
            return match self.word() {
                Word::Sign(_) if self.of_classes => {
                    let message = "a sum is all of a formula: what it is multiplied by or added to goes into it";
                    Err(Fault::new(self.at(), message))
                }
                Word::End => Ok(root),
                Word::Break => {
                    let message =
                        "the formula goes on after the loss itself: lines before the last are name = expression";
                    Err(Fault::new(self.at(), message))
                }
                Word::Sign("=") => Err(Fault::new(self.at(), "'=' gives a name to an expression; equality is '=='")),
                Word::Sign(")") => Err(Fault::new(self.at(), "')' has no '(' before it")),
                _ => Err(self.no_operator("the end")),
            };
        }
    }

    /// What is summed over the classes.
    fn summed(&mut self) -> Result<usize, Fault> {
        let (negative, at) = (self.takes("-"), self.at());
        if !self.takes_name(SUM) || !self.takes("(") {
            return Err(Fault::new(
                at,
                "a formula with a sum is sum(...) or -sum(...): the loss of a row, over its classes; a sum over the \
                 elements is reduction='sum' of the call",
            ));
        }
        let inner = self.nested(Self::expression)?;
        if !self.takes(")") {
            return Err(self.no_operator("')'"));
        }
        if negative { self.part(Part::Negative(inner), at) } else { Ok(inner) }
    }

    fn check_free(&self, name: &str) -> Result<(), Fault> {
        let taken = self.names.contains(&name) || self.given.iter().any(|(given, _)| given == name);
        if !taken && !WORDS.contains(&name) && named(name).is_none() {
            return Ok(());
        }
        Err(Fault::new(self.at(), format!("{name} means something already; give the expression another name")))
    }

    /// One level deeper.
    fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Result<usize, Fault>) -> Result<usize, Fault> {
        if self.depth >= DEEPEST {
            return Err(Fault::new(self.at(), format!("more than {DEEPEST} parentheses and signs within each other")));
        }
        self.depth += 1;
        let part = inner(self);
        self.depth -= 1;
        part
    }

    fn expression(&mut self) -> Result<usize, Fault> {
        let (left, at) = (self.sum()?, self.at());
        if self.takes_name("is") {
            let negated = self.takes_name("not");
            if !self.takes_name("None") {
                return Err(self.wanted("None"));
            }
            let part = self.part(Part::IsNothing(left), at)?;
            return if negated { self.opposite(part, at) } else { Ok(part) };
        }
        let Some((_, comparison, exchanged, negated)) = SIGNS.into_iter().find(|(sign, ..)| self.takes(sign)) else {
            return Ok(left);
        };
        let right = self.sum()?;
        let (a, b) = if exchanged { (right, left) } else { (left, right) };
        let part = self.part(Part::Compare(comparison, a, b), at)?;
        if negated { self.opposite(part, at) } else { Ok(part) }
    }

    /// 0 where a condition holds, 1 where it does not.
    fn opposite(&mut self, condition: usize, at: usize) -> Result<usize, Fault> {
        let (zero, one) = (self.part(Part::Number(0.0), at)?, self.part(Part::Number(1.0), at)?);
        self.part(Part::Call(Function::Where, vec![condition, zero, one]), at)
    }

    fn sum(&mut self) -> Result<usize, Fault> {
        let mut left = self.term()?;
        loop {
            let at = self.at();
            let operator = match () {
                () if self.takes("+") => Operator::Add,
                () if self.takes("-") => Operator::Subtract,
                () => return Ok(left),
            };
            let right = self.term()?;
            left = self.part(Part::Binary(operator, left, right), at)?;
        }
    }

    fn term(&mut self) -> Result<usize, Fault> {
        let mut left = self.factor()?;
        loop {
            let at = self.at();
            let operator = match () {
                () if self.takes("*") => Operator::Multiply,
                () if self.takes("/") => Operator::Divide,
                () => return Ok(left),
            };
            let right = self.factor()?;
            left = self.part(Part::Binary(operator, left, right), at)?;
        }
    }

    fn factor(&mut self) -> Result<usize, Fault> {
        let at = self.at();
        if self.takes("-") {
            let part = self.nested(Self::factor)?;
            return self.part(Part::Negative(part), at);
        }
        if self.takes("+") {
            return self.nested(Self::factor);
        }
        let base = self.atom()?;
        let at = self.at();
        if !self.takes("**") {
            return Ok(base);
        }
        let exponent = self.nested(Self::factor)?;
        self.part(Part::Binary(Operator::Power, base, exponent), at)
    }

    fn atom(&mut self) -> Result<usize, Fault> {
        let (word, at) = (self.word().clone(), self.at());
        match word {
            Word::Number(number) => {
                self.next += 1;
                self.part(Part::Number(number), at)
            }
            Word::Sign("(") => {
                self.next += 1;
                let inner = self.nested(Self::expression)?;
                if self.takes(")") { Ok(inner) } else { Err(self.no_operator("')'")) }
            }
            Word::Name(name) => {
                self.next += 1;
                if self.takes("(") { self.call(&name, at) } else { self.name(&name, at) }
            }
            _ => Err(self.wanted("a number, a name, a function, '(' or '-'")),
        }
    }

    fn name(&mut self, name: &str, at: usize) -> Result<usize, Fault> {
        if let Some((_, part)) = self.given.iter().find(|(given, _)| given == name) {
            return Ok(*part);
        }
        match name {
            _ if self.names.contains(&name) => self.part(Part::Name(name.to_owned()), at),
            "True" => self.part(Part::Number(1.0), at),
            "False" => self.part(Part::Number(0.0), at),
            "None" => self.part(Part::Nothing, at),
            "pi" => self.part(Part::Number(std::f64::consts::PI), at),
            _ if named(name).is_some() => Err(Fault::new(at, format!("{name} is a function: write {name}(...)"))),
            "not" => Err(Fault::new(at, format!("'not' does not occur in a formula: {}", elsewhere::NOT))),
            "if" | "else" | "and" | "or" | "lambda" | "for" => {
                Err(Fault::new(at, format!("'{name}' does not occur in a formula: a choice is where(condition, a, b)")))
            }
            "q" | "log_q" if !self.of_classes => {
                Err(Fault::new(at, format!("{name} is not known: a formula of rows, which is a sum(...), has it")))
            }
            "y_pred" | "r" if self.of_classes => {
                let message = format!(
                    "{name} is not known: a formula with a sum is of rows, and about q, the probability of a class, and \
                     log_q; a sum over the elements is reduction='sum' of the call"
                );
                Err(Fault::new(at, message))
            }
            _ => {
                let mut known: Vec<&str> = self.names.to_vec();
                known.extend(self.given.iter().map(|(given, _)| given.as_str()));
                Err(Fault::new(at, elsewhere::unknown(name, &known)))
            }
        }
    }

    fn call(&mut self, name: &str, at: usize) -> Result<usize, Fault> {
        let Some((function, wanted)) = named(name) else {
            let known = FUNCTIONS.iter().map(|(known, ..)| *known);
            let hint = match name {
                SUM => "; a sum is what is outermost: sum(...) or -sum(...)".to_owned(),
                _ if self.names.contains(&name) => "; it is a number, and '*' multiplies".to_owned(),
                _ => elsewhere::name(name).map_or_else(|| nearest(name, known.clone()), |here| format!("; {here}")),
            };
            let list =
                if hint.is_empty() { format!("; there are {}", known.collect::<Vec<_>>().join(", ")) } else { hint };
            return Err(Fault::new(at, format!("{name} is no function of formulas{list}")));
        };
        let mut arguments = Vec::new();
        while !self.takes(")") {
            if !arguments.is_empty() && !self.takes(",") {
                return Err(self.no_operator("',' or ')'"));
            }
            if matches!(self.words.get(self.next + 1), Some((Word::Sign("="), _))) {
                return Err(Fault::new(self.at(), format!("{name} takes its arguments in order, without names")));
            }
            arguments.push(self.nested(Self::expression)?);
        }
        if arguments.len() != wanted {
            let (s, came) = (if wanted == 1 { "" } else { "s" }, arguments.len());
            return Err(Fault::new(at, format!("{name} takes {wanted} argument{s}, not {came}")));
        }
        self.part(Part::Call(function, arguments), at)
    }
}

/// Words with a meaning of their own, which no name can be.
pub(crate) const WORDS: [&str; 13] =
    ["True", "False", "None", "is", "not", "if", "else", "and", "or", "lambda", "for", "pi", "in"];
