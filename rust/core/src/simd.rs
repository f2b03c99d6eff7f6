//! The only CPU names: which instruction sets there are, and code compiled once for each of them.
//!
//! A kernel is a [`Body`] whose `run` is `#[inline(always)]` down to the last function; [`dispatch`] instantiates it inside
//! one function per level, so the same plain loops become SSE2, AVX2 or AVX-512 code. The bits do not depend on the level:
//! bodies fuse by `mul_add` only and never reassociate. A [`Level`] is proof that this CPU has it: there is no way to
//! make one that it lacks, which is what keeps `dispatch` safe.
//!
//! Streaming stores live here too. They pay for light, memory-bound kernels whose arrays fit in no cache anyway: an output
//! that was used before then crosses the memory bus once instead of twice. Fresh pages were measured to lose, presumably
//! because the system has just zeroed them and ordinary stores still find them in the cache.
#![allow(unsafe_code)] // Calls into `#[target_feature]` functions and the non-temporal stores; each is short and justified.

#[cfg(all(target_arch = "x86_64", not(miri)))]
use std::any::TypeId;
use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

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
        #[cfg(target_arch = "x86_64")]
        Set::Avx512 => unsafe { avx512(body) },
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

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx512cd,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
#[inline(never)]
fn avx512<B: Body>(body: B) -> B::Output {
    body.run()
}

/// Copies past the caches where the CPU can (`f32` and `f64` on `x86_64`), ordinarily elsewhere.
///
/// Whoever streams calls [`stream_fence`] before another thread may read `dst`.
///
/// # Panics
/// When the lengths differ.
#[inline(always)]
pub fn stream_copy<T: Copy + 'static>(dst: &mut [T], src: &[T]) {
    assert_eq!(dst.len(), src.len(), "stream_copy needs equal lengths");
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if TypeId::of::<T>() == TypeId::of::<f32>() || TypeId::of::<T>() == TypeId::of::<f64>() {
        use std::arch::x86_64::{__m128, _mm_loadu_ps, _mm_stream_ps};
        // SAFETY: `f32` and `f64` have no padding and no invalid bits, so any of their bytes make an `__m128`.
        let (head, body, tail) = unsafe { dst.align_to_mut::<__m128>() };
        let (first, rest) = src.split_at(head.len());
        let (middle, last) = rest.split_at(rest.len() - tail.len());
        head.copy_from_slice(first);
        for (i, to) in body.iter_mut().enumerate() {
            // SAFETY: `middle` has exactly the bytes of `body`, so its `i`-th 16 lie within; `to` is aligned by its type.
            unsafe {
                _mm_stream_ps(std::ptr::from_mut(to).cast(), _mm_loadu_ps(middle.as_ptr().cast::<f32>().add(4 * i)));
            }
        }
        tail.copy_from_slice(last);
        return;
    }
    dst.copy_from_slice(src);
}

/// Makes this thread's streaming stores visible to others before anything that it stores later.
#[inline(always)]
pub fn stream_fence() {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: `sfence` is SSE, which every x86_64 CPU has.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

/// Asks for the memory of so many elements from an address on, where there need not be any.
#[inline(always)]
pub fn prefetch<T>(from: *const T, count: usize) {
    let lines = (count * size_of::<T>()).div_ceil(64);
    let four = |i| {
        (prefetch_line(from, i), prefetch_line(from, i + 1), prefetch_line(from, i + 2), prefetch_line(from, i + 3))
    };
    match lines {
        // Loops would keep the compiler from taking conditions out of the loop around them.
        4 => _ = four(0),
        8 => _ = (four(0), four(4)),
        _ => (0..lines).for_each(|line| prefetch_line(from, line)),
    }
}

#[inline(always)]
fn prefetch_line<T>(from: *const T, line: usize) {
    let address = from.cast::<i8>().wrapping_add(64 * line);
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a hint, whatever the address; the instruction is SSE, which every x86_64 CPU has.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address);
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = address;
}

/// What is assumed of a cache that the system does not describe.
const USUAL_CACHE: usize = 32 << 20;

/// Bytes of the last-level cache, as the system tells; 32 MiB where it does not.
#[must_use]
pub fn last_level_cache() -> usize {
    static BYTES: AtomicUsize = AtomicUsize::new(0);
    match BYTES.load(Ordering::Relaxed) {
        0 => {
            let bytes = described_cache().unwrap_or(USUAL_CACHE);
            BYTES.store(bytes, Ordering::Relaxed);
            bytes
        }
        bytes => bytes,
    }
}

/// The largest cache that Linux lists for the first CPU.
fn described_cache() -> Option<usize> {
    let entries = std::fs::read_dir("/sys/devices/system/cpu/cpu0/cache").ok()?;
    entries.flatten().filter_map(|entry| cache_size(&std::fs::read_to_string(entry.path().join("size")).ok()?)).max()
}

/// The bytes in the kernel's notation: `48K`, `32M`.
fn cache_size(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return None,
    };
    digits.parse::<usize>().ok()?.checked_mul(unit).filter(|&bytes| bytes > 0)
}

/// Bytes touched by a light kernel (inputs and outputs) from which streaming into outputs used before pays.
///
/// Bounded, because virtual machines report a cache that they share with strangers: where 480 MiB were reported, squared
/// error with its gradient on one thread gained a tenth at 16 MiB, a fifth at 32 and over a quarter at 160. Into fresh
/// huge pages it lost 14 to 27 % from 8 MiB up, and more below.
#[must_use]
pub fn streaming_threshold() -> usize {
    last_level_cache().min(USUAL_CACHE)
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

    fn copies_exactly<T: Copy + 'static + PartialEq + std::fmt::Debug>(value: impl Fn(usize) -> T) {
        let source: Vec<T> = (0..80).map(&value).collect();
        for (start, from, length) in (0..9).flat_map(|s| (0..3).flat_map(move |f| (0..40).map(move |l| (s, f, l)))) {
            let mut copy = [value(99); 80];
            stream_copy(&mut copy[start..start + length], &source[from..from + length]);
            stream_fence();
            assert_eq!(copy[start..start + length], source[from..from + length], "{start} {from} {length}");
            let (before, after) = (&copy[..start], &copy[start + length..]);
            assert!(before.iter().chain(after).all(|&x| x == value(99)), "wrote outside: {start} {from} {length}");
        }
    }

    #[test]
    fn stream_copy_copies_what_it_should_and_nothing_else() {
        copies_exactly(|i| i as f32);
        copies_exactly(|i| i as f64);
        copies_exactly(|i| i as u16);
    }

    #[test]
    fn cache_sizes_are_read() {
        assert_eq!(cache_size("48K\n"), Some(48 << 10));
        assert_eq!(cache_size("32M"), Some(32 << 20));
        assert_eq!(cache_size("512"), Some(512));
        for nonsense in ["", "K", "0K", "3 apples", "99999999999999999999M"] {
            assert_eq!(cache_size(nonsense), None, "{nonsense:?}");
        }
    }
}
