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
const COLUMNS_INFO: Info = Info { family: Family::Columns, ..INFO };
const LIGHT_COLUMNS_INFO: Info = Info { cost: Cost::Light, ..COLUMNS_INFO };

static HEAVY: Entry = Entry { info: &INFO, ..ELSEWHERE };
static LIGHT: Entry = Entry { info: &LIGHT_INFO, ..ELSEWHERE };
static ROWS: Entry = Entry { info: &ROWS_INFO, ..ELSEWHERE };
static LIGHT_ROWS: Entry = Entry { info: &LIGHT_ROWS_INFO, ..ELSEWHERE };
static COLUMNS: Entry = Entry { info: &COLUMNS_INFO, ..ELSEWHERE };
static LIGHT_COLUMNS: Entry = Entry { info: &LIGHT_COLUMNS_INFO, ..ELSEWHERE };

/// The entry of programs that see this, of this cost.
#[must_use]
pub fn entry(sees: Sees, cost: Cost) -> &'static Entry {
    let (light, heavy) = match sees {
        Sees::Elements => (&LIGHT, &HEAVY),
        Sees::Classes { .. } | Sees::Rows => (&LIGHT_ROWS, &ROWS),
        Sees::Columns { .. } => (&LIGHT_COLUMNS, &COLUMNS),
    };
    if cost == Cost::Light { light } else { heavy }
}

/// The settings of a program with its domains; `widens` where float32 has no room for its numbers.
#[must_use]
pub fn settings(program: Arc<dyn Interpreted>, target: Domain, prediction: Domain, widens: bool) -> Settings {
    let sees = program.sees();
    let zero_share_is_nothing = sees == Sees::Classes { zero_share_is_nothing: true };
    let columns = if let Sees::Columns { targets, predictions } = sees { [targets, predictions] } else { [1; 2] };
    let program = Some(Shared(program));
    Settings { target, prediction, widens, zero_share_is_nothing, columns, program, ..HEAVY.settings(&[]) }
}
