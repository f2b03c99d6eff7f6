//! The only CPU names: which instruction sets there are, and code compiled once for each of them.
//!
//! A kernel is a [`Body`] whose `run` is `#[inline(always)]` down to the last function; [`dispatch`] instantiates it inside
//! one function per level, so the same plain loops become SSE2, AVX2 or AVX-512 code. The bits do not depend on the level:
//! bodies fuse by `mul_add` only and never reassociate. A [`Level`] is proof that this CPU has it: there is no way to
//! make one that it lacks, which is what keeps `dispatch` safe.
#![allow(unsafe_code)] // Calls into `#[target_feature]` functions.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// The environment variable that forces a level.
pub const VARIABLE: &str = "LOSSREG_CPU";

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Set {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// An instruction set that this CPU has; the greater, the wider.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(Set);

impl Level {
    /// What every CPU of the architecture has: SSE2 on `x86_64`, NEON on `aarch64`.
    pub const BASELINE: Level = Level(Set::Baseline);

    /// The levels of this CPU, narrowest first; never empty.
    #[must_use]
    pub fn available() -> &'static [Level] {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            const ALL: [Level; 3] = [Level(Set::Baseline), Level(Set::Avx2), Level(Set::Avx512)];
            let avx2 = has!("avx2") && has!("fma") && has!("bmi1") && has!("bmi2") && has!("lzcnt") && has!("popcnt");
            let avx512 =
                has!("avx512f") && has!("avx512dq") && has!("avx512bw") && has!("avx512vl") && has!("avx512cd");
            &ALL[..1 + usize::from(avx2) + usize::from(avx2 && avx512)]
        }
        #[cfg(not(target_arch = "x86_64"))]
        &[Level::BASELINE]
    }

    /// The widest level of this CPU.
    #[must_use]
    pub fn best() -> Level {
        Level::available().iter().copied().max().unwrap_or(Level::BASELINE)
    }

    /// Whether it has fused products; without them every one is a call, and no loop is vector code.
    #[inline(always)]
    #[must_use]
    pub fn fuses(self) -> bool {
        !cfg!(target_arch = "x86_64") || self.0 != Set::Baseline
    }

    /// The level's name, as [`VARIABLE`] takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Baseline if cfg!(target_arch = "aarch64") => "neon",
            Set::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "avx512",
        }
    }

    /// The level of that name; `baseline` is known everywhere.
    ///
    /// # Errors
    /// A sentence naming what is available, when the name is unknown or this CPU lacks the level.
    pub fn from_name(name: &str) -> Result<Level, String> {
        let wanted = name.trim().to_ascii_lowercase();
        if wanted == "baseline" {
            return Ok(Level::BASELINE);
        }
        Level::available().iter().copied().find(|level| level.name() == wanted).ok_or_else(|| {
            let names: Vec<_> = Level::available().iter().map(|level| level.name()).collect();
            format!("{name:?} is not a level of this CPU; available: {}", names.join(", "))
        })
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The chosen level's number plus one; 0 until chosen. No lock: a fork must find nothing half-done.
static ACTIVE: AtomicU8 = AtomicU8::new(0);

/// Chooses the process's level: the one that [`VARIABLE`] names, otherwise the best.
///
/// # Errors
/// A sentence for the user when the variable names a level that this CPU lacks; the best is active then.
pub fn init() -> Result<Level, String> {
    let chosen = match std::env::var(VARIABLE) {
        Ok(name) if !name.trim().is_empty() => Level::from_name(&name).map_err(|reason| format!("{VARIABLE}={reason}")),
        _ => Ok(Level::best()),
    };
    let level = *chosen.as_ref().unwrap_or(&Level::best());
    ACTIVE.store(level.0 as u8 + 1, Ordering::Relaxed);
    chosen
}

/// The process's level, chosen by [`init`] or at the first use.
#[inline]
#[must_use]
pub fn active() -> Level {
    match ACTIVE.load(Ordering::Relaxed) {
        0 => init().unwrap_or_else(|_| Level::best()),
        1 => Level::BASELINE,
        #[cfg(target_arch = "x86_64")]
        2 => Level(Set::Avx2),
        #[cfg(target_arch = "x86_64")]
        _ => Level(Set::Avx512),
        #[cfg(not(target_arch = "x86_64"))]
        _ => Level::BASELINE,
    }
}

/// Code to be compiled for every level; `run` must be `#[inline(always)]`, and so must all that it calls.
pub trait Body {
    /// What `run` returns.
    type Output;
    /// Whether the widest level has an instantiation of its own, or runs that of the level below.
    const WIDEST: bool = true;
    /// The work itself.
    fn run(self) -> Self::Output;
}

/// Runs a body in its instantiation for the level.
#[inline]
pub fn dispatch<B: Body>(level: Level, body: B) -> B::Output {
    match level.0 {
        Set::Baseline => baseline(body),
        // SAFETY: a `Level` exists only where `available` found every feature that the function enables.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { avx2(body) },
        // SAFETY: as above.
        #[cfg(all(target_arch = "x86_64", not(feature = "quick")))]
        Set::Avx512 if B::WIDEST => unsafe { avx512(body) },
        // SAFETY: as above; this level has those features too.
        #[cfg(target_arch = "x86_64")]
        Set::Avx512 => unsafe { avx2(body) },
    }
}

#[inline(never)]
fn baseline<B: Body>(body: B) -> B::Output {
    body.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
#[inline(never)]
fn avx2<B: Body>(body: B) -> B::Output {
    body.run()
}

#[cfg(all(target_arch = "x86_64", not(feature = "quick")))]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx512cd,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
#[inline(never)]
fn avx512<B: Body>(body: B) -> B::Output {
    body.run()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Horner<'a>(&'a [f32; 64]);

    impl Body for Horner<'_> {
        type Output = [u32; 64];
        #[inline(always)]
        fn run(self) -> [u32; 64] {
            self.0.map(|x| x.mul_add(x.mul_add(0.1, 0.3), 0.7).to_bits())
        }
    }

    #[test]
    fn every_level_gives_the_same_bits() {
        let x: [f32; 64] = std::array::from_fn(|i| (i as f32 - 31.0) * 0.37);
        for &level in Level::available() {
            assert_eq!(dispatch(level, Horner(&x)), dispatch(Level::BASELINE, Horner(&x)), "{level:?}");
        }
    }

    #[test]
    fn names_lead_back_to_levels() {
        for &level in Level::available() {
            assert_eq!(Level::from_name(level.name()), Ok(level));
            assert_eq!(Level::from_name(&format!(" {} ", level.name().to_uppercase())), Ok(level));
        }
        let reason = Level::from_name("avx1024").unwrap_err();
        assert!(reason.contains("avx1024") && reason.contains(Level::BASELINE.name()), "{reason}");
        assert_eq!(Level::available().last(), Some(&Level::best()));
    }
}
