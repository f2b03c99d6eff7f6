//! The entries and settings of losses that are programs.

use super::entry::{ELSEWHERE, Entry, Settings};
use super::program::{Interpreted, Sees, Shared};
use crate::loss::{Cost, Domain, Family, Info};
use std::sync::Arc;

/// What is known of every program: little.
const INFO: Info = Info { convex: false, ..Info::DEFAULT };
const LIGHT_INFO: Info = Info { cost: Cost::Light, ..INFO };
const ROWS_INFO: Info = Info { family: Family::RowWise, ..INFO };
const LIGHT_ROWS_INFO: Info = Info { cost: Cost::Light, ..ROWS_INFO };

static HEAVY: Entry = Entry { info: &INFO, ..ELSEWHERE };
static LIGHT: Entry = Entry { info: &LIGHT_INFO, ..ELSEWHERE };
static ROWS: Entry = Entry { info: &ROWS_INFO, ..ELSEWHERE };
static LIGHT_ROWS: Entry = Entry { info: &LIGHT_ROWS_INFO, ..ELSEWHERE };

/// The entry of programs of elements, or of rows, of this cost.
#[must_use]
pub fn entry(by_rows: bool, cost: Cost) -> &'static Entry {
    match (by_rows, cost) {
        (false, Cost::Light) => &LIGHT,
        (false, _) => &HEAVY,
        (true, Cost::Light) => &LIGHT_ROWS,
        (true, _) => &ROWS,
    }
}

/// The settings of a program with its domains; `widens` where float32 has no room for its numbers.
#[must_use]
pub fn settings(program: Arc<dyn Interpreted>, target: Domain, prediction: Domain, widens: bool) -> Settings {
    let zero_share_is_nothing = program.sees() == Sees::Classes { zero_share_is_nothing: true };
    let program = Some(Shared(program));
    Settings { target, prediction, widens, zero_share_is_nothing, program, ..HEAVY.settings(&[]) }
}
