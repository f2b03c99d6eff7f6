//! The entries and settings of losses that are programs.

use super::entry::{ELSEWHERE, Entry, Settings};
use super::program::{Interpreted, Shared};
use crate::loss::{Cost, Domain, Info};
use std::sync::Arc;

/// What is known of every program: little.
const INFO: Info = Info { convex: false, ..Info::DEFAULT };
const LIGHT_INFO: Info = Info { cost: Cost::Light, ..INFO };

static HEAVY: Entry = Entry { info: &INFO, ..ELSEWHERE };
static LIGHT: Entry = Entry { info: &LIGHT_INFO, ..ELSEWHERE };

/// The entry of programs of this cost.
#[must_use]
pub fn entry(cost: Cost) -> &'static Entry {
    if cost == Cost::Light { &LIGHT } else { &HEAVY }
}

/// The settings of a program with its domains; `widens` where float32 has no room for its numbers.
#[must_use]
pub fn settings(program: Arc<dyn Interpreted>, target: Domain, prediction: Domain, widens: bool) -> Settings {
    Settings { program: Some(Shared(program)), target, prediction, widens, ..HEAVY.settings(&[]) }
}
