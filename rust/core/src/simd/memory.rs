//! Memory past and into the caches: streaming stores, prefetches, and the size of the last cache.
//!
//! Streaming stores pay for light, memory-bound kernels whose arrays fit in no cache anyway: an output that was used before then
//! crosses the memory bus once instead of twice. Fresh pages were measured to lose, presumably because the system has just zeroed
//! them and ordinary stores still find them in the cache.
#![allow(unsafe_code)] // The non-temporal stores and the prefetches; each is short and justified.

#[cfg(all(target_arch = "x86_64", not(miri)))]
use std::any::TypeId;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// Prefetches `count` elements starting at `from`, which need not be valid.
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
