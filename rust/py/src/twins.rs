//! Built-in losses that a formula is the text of: they run in its place, compiled.

use lossreg_core::engine::entry::{Entry, Settings};
use lossreg_core::loss::{Domain, Family, Info, Kind as Allowed, Param, Role, Value};
use lossreg_formula::{Likeness, Meaning, ONE, Tree, variables};
use lossreg_losses::CATALOG;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A built-in with some of its parameters fixed; the others are numbers, in the order that its formula has them.
struct Twin {
    entry: &'static Entry,
    fixed: Vec<Value>,
    numbers: Vec<usize>,
}

/// The built-in that a formula is, with its settings, where numbers and domains of targets and predictions are its own and the
/// parameters are within its bounds. Of rows, it is from logits or not, and has its classes on an axis.
pub fn twin(
    tree: &Tree,
    meanings: &[(&str, Meaning)],
    numbers: &[f64],
    (sizes, domains): ([usize; 2], [Domain; 2]),
    rows: Option<(bool, i64)>,
) -> Option<(&'static Entry, Vec<Value>, Settings)> {
    let (likeness, symbols) = Likeness::of(tree, meanings)?;
    twins().get(&likeness)?.iter().find_map(|Twin { entry, fixed, numbers: places }| {
        let mut values = fixed.clone();
        for (&place, &symbol) in places.iter().zip(&symbols) {
            let number = numbers[usize::from(symbol)];
            if !allows(&entry.info.params[place], number) {
                return None;
            }
            values[place] = Value::Number(number);
        }
        if let Some((raw, axis)) = rows {
            for (param, value) in entry.info.params.iter().zip(&mut values) {
                match param.role {
                    Role::RawInput => *value = Value::Switch(raw),
                    Role::Axis => *value = Value::Integer(axis),
                    _ => {}
                }
            }
        }
        if (entry.refusal)(&values).is_some() {
            return None;
        }
        let settings = entry.settings(&values);
        // What predictions of rows are, that switch says.
        let fits = settings.columns == sizes
            && settings.target == domains[0]
            && (rows.is_some() || settings.prediction == domains[1]);
        fits.then_some((*entry, values, settings))
    })
}

fn allows(param: &Param, number: f64) -> bool {
    match param.kind {
        Allowed::Number { low, low_open, high, high_open, .. } => {
            (if low_open { number > low } else { number >= low })
                && if high_open { number < high } else { number <= high }
        }
        _ => false,
    }
}

fn twins() -> &'static HashMap<Likeness, Vec<Twin>> {
    static TWINS: OnceLock<HashMap<Likeness, Vec<Twin>>> = OnceLock::new();
    TWINS.get_or_init(|| {
        let mut twins: HashMap<Likeness, Vec<Twin>> = HashMap::new();
        let of_formulas = [Family::Pointwise, Family::Columns, Family::RowWise];
        for entry in CATALOG.iter().filter(|entry| of_formulas.contains(&entry.info.family)) {
            let Info { params, formula, columns, target_columns, .. } = entry.info;
            let names: Vec<&str> = params.iter().map(|param| param.name).collect();
            let named = |own: &'static [&str], one| if own.is_empty() { one } else { own };
            let columns = [named(target_columns, ONE[0]), named(columns, ONE[1])];
            let Ok(tree) = Tree::parse(formula, columns, &names) else { continue };
            for choice in choices(params, &tree) {
                let named = params.iter().map(|param| param.name).zip(choice.iter().map(|(meaning, _)| *meaning));
                let meanings: Vec<_> = variables(tree.of_classes, columns).into_iter().chain(named).collect();
                if let Some((likeness, symbols)) = Likeness::of(&tree, &meanings) {
                    let fixed = choice.into_iter().map(|(_, value)| value).collect();
                    let numbers = symbols.into_iter().map(usize::from).collect();
                    twins.entry(likeness).or_default().push(Twin { entry, fixed, numbers });
                }
            }
        }
        twins
    })
}

/// What each parameter of a built-in can mean: of a switch both, of a number itself, and nothing where that may be.
fn choices(params: &[Param], tree: &Tree) -> Vec<Vec<(Meaning, Value)>> {
    let mut all: Vec<Vec<(Meaning, Value)>> = vec![Vec::new()];
    for (i, param) in params.iter().enumerate() {
        let default: Value = param.default.into();
        let symbol = (Meaning::Symbol(i as u8), default.clone());
        let options = match param.kind {
            _ if !tree.mentions(param.name) => vec![(Meaning::Nothing, default)],
            Allowed::Switch => {
                vec![(Meaning::Number(1.0), Value::Switch(true)), (Meaning::Number(0.0), Value::Switch(false))]
            }
            Allowed::Number { optional: true, .. } => vec![symbol, (Meaning::Nothing, Value::None)],
            Allowed::Number { .. } => vec![symbol],
            _ => vec![(Meaning::Nothing, default)],
        };
        all = all
            .into_iter()
            .flat_map(|one| options.iter().map(move |option| [one.clone(), vec![option.clone()]].concat()))
            .collect();
    }
    all
}
