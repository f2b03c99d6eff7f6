//! Sums and means against rational arithmetic (`tests/truth/sums.csv`), and the laws that make them reproducible.

use lossreg_core::engine::sums::{Bins, Exact, Lanes, Partial};
use lossreg_core::number::Float;
use lossreg_core::simd::Level;

/// Values that are added up in one set of lanes.
const CHUNK: usize = 4096;

fn blocks<T: Float>(values: &[T]) -> Vec<[T; 64]> {
    let block = |values: &[T]| std::array::from_fn(|i| values.get(i).copied().unwrap_or(T::ZERO));
    values.chunks(64).map(block).collect()
}

fn chunks<T: Float>(blocks: &[[T; 64]]) -> Vec<Partial> {
    let sum = |blocks: &[[T; 64]]| {
        let mut lanes = Lanes::new();
        lanes.add_blocks(blocks);
        lanes.finish()
    };
    blocks.chunks(CHUNK / 64).map(sum).collect()
}

fn partial<T: Float>(blocks: &[[T; 64]]) -> Partial {
    chunks(blocks).into_iter().fold(Partial::ZERO, Partial::merge)
}

fn exact<T: Float>(blocks: &[[T; 64]]) -> Exact {
    let at = |&level: &Level| {
        let mut sum = Bins::new();
        sum.add(level, blocks);
        sum.total()
    };
    let mut sums = Level::available().iter().map(at);
    let first = sums.next().expect("a level");
    assert!(sums.all(|sum| sum == first));
    first
}

/// Numbers without pattern (Steele, Lea and Flood 2014), in [0, 1).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * 2f64.powi(-53)
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for i in (1..values.len()).rev() {
            values.swap(i, self.bits() as usize % (i + 1));
        }
    }
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[track_caller]
fn assert_same(a: f64, b: f64, what: &str) {
    assert!(same(a, b), "{what}: {a:e}, not {b:e}");
}

struct Case {
    name: String,
    condition: f64,
    sum: f64,
    mean: f64,
    weighted: f64,
    values: Vec<f64>,
    weights: Vec<f64>,
}

fn table() -> Vec<Case> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/truth/sums.csv")).unwrap();
    let case = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |i: usize| cells[i].parse::<f64>().unwrap();
        let list = |i: usize| -> Vec<f64> { cells[i].split_whitespace().map(|x| x.parse().unwrap()).collect() };
        let repeats = cells[1].parse().unwrap();
        Case {
            name: cells[0].into(),
            condition: number(2),
            sum: number(3),
            mean: number(4),
            weighted: number(5),
            values: list(6).repeat(repeats),
            weights: list(7).repeat(repeats),
        }
    };
    text.lines().skip(1).map(case).collect()
}

#[test]
fn sums_and_quotients_are_correctly_rounded_in_any_order() {
    let mut random = Random(1);
    for Case { name, condition, sum, mean, weighted, mut values, weights } in table() {
        let count = values.len() as f64;
        let weights = blocks(&weights);
        for order in 0..4 {
            match order {
                1 => values.sort_by(f64::total_cmp),
                2 => values.sort_by(|a, b| a.abs().total_cmp(&b.abs())),
                3 => random.shuffle(&mut values),
                _ => {}
            }
            let what = format!("{name}, order {order}");
            let values = blocks(&values);
            let (quick, slow) = (partial(&values), exact(&values));
            assert_same(slow.rounded(), sum, &what);
            assert_same(slow.over(&Exact::from(count)), mean, &what);
            assert_same(slow.over(&exact(&weights)), weighted, &what);
            assert_same(quick.rounded().unwrap_or(sum), sum, &what);
            assert_same(quick.over(count.into()).unwrap_or(mean), mean, &what);
            assert_same(quick.over(partial(&weights)).unwrap_or(weighted), weighted, &what);
            let hard = name.contains("tie") || name.contains("overflow");
            assert!(quick.rounded().is_some() || condition > 1e8 || hard, "{what}: not certified");
        }
    }
}

#[test]
fn the_certificate_never_lies_where_it_is_hardest_to_tell() {
    let mut random = Random(2);
    let (mut certified, mut refused) = (0, 0);
    for round in 0..20_000 {
        // A number, half a unit in its last place, and remainders of large values that cancel.
        let (size, noise) = (2f64.powi(round % 50), 2f64.powi(-53 - round % 57));
        let mut values = vec![1.0 + random.unit(), 2f64.powi(-53), random.unit() * noise];
        for _ in 0..40 {
            let x = (random.unit() - 0.5) * size;
            let y = random.unit() * x;
            values.extend([x, -y, y - x]);
        }
        random.shuffle(&mut values);
        let values = blocks(&values);
        let (quick, slow) = (partial(&values), exact(&values));
        match quick.rounded() {
            Some(sum) => assert_same(sum, slow.rounded(), &format!("round {round}")),
            None => refused += 1,
        }
        if let Some(quotient) = quick.over(3.0.into()) {
            certified += 1;
            assert_same(quotient, slow.over(&Exact::from(3.0)), &format!("a third, round {round}"));
        }
    }
    assert!(certified > 1000 && refused > 100, "{certified} certified, {refused} refused");
}

#[test]
fn float32_numbers_need_no_exact_sum_where_theirs_ends_half_way() {
    let mut random = Random(9);
    let mut half_way = [0; 3];
    for round in 0..600 {
        let (kind, count) = (round % 3, [256.0, 1000.0, 1024.0][round / 3 % 3]);
        // Multiples of 2^-24 beside a number whose sums have a last bit of 2^-23: of both signs, and of very different sizes.
        let mut draw = || match kind {
            0 => random.unit(),
            1 => random.unit() - random.unit(),
            _ => random.unit() * (-20.0 * random.unit()).exp2(),
        };
        let mut values: Vec<f32> =
            (1..count as usize).map(|_| (draw() * 2f64.powi(24)).round() as f32 / 16_777_216.0).collect();
        values.push(2f32.powi(29));
        let (quick, slow) = (partial(&blocks(&values)), exact(&blocks(&values)));
        let sum = slow.rounded();
        let mut rest = slow.clone();
        rest.merge(&Exact::from(-sum));
        half_way[kind] += usize::from(2.0 * rest.rounded().abs() == sum.abs().next_up() - sum.abs());
        assert_eq!(quick.rounded(), Some(sum), "round {round}");
        for divisor in [1.0, 1000.0, 1024.0] {
            assert_eq!(quick.over(divisor.into()), Some(slow.over(&Exact::from(divisor))), "{round} over {divisor}");
        }
    }
    assert!(half_way.iter().all(|&count| count > 0), "no sums of a kind ended half way: {half_way:?}");
}

#[test]
fn infinite_float32_numbers_need_no_exact_sum() {
    let (inf, none) = (f32::INFINITY, f32::NEG_INFINITY);
    for found in [&[inf][..], &[none], &[inf, inf], &[inf, none], &[none, f32::NAN], &[f32::NAN, inf]] {
        for place in [0, 1, 65, 40_000] {
            let mut values = vec![0.5f32; 50_000];
            values[place..place + found.len()].copy_from_slice(found);
            let (quick, slow) = (partial(&blocks(&values)), exact(&blocks(&values)));
            assert_same(quick.rounded().expect("a sum"), slow.rounded(), "the sum");
            assert_same(quick.over(3.0.into()).expect("a mean"), slow.over(&Exact::from(3.0)), "a third");
        }
    }
    // Sums of float64 numbers overflow on the way to one that does not.
    assert_eq!(partial(&blocks(&[f64::MAX, f64::MAX, -f64::MAX])).rounded(), None);
}

#[test]
fn ordinary_data_need_no_exact_sum() {
    let mut random = Random(3);
    let mut values: Vec<f64> = (0..1_000_000).map(|_| random.unit()).collect();
    let mut sums = Vec::new();
    for _ in 0..3 {
        let sum = partial(&blocks(&values));
        sums.push((sum.rounded().expect("a sum"), sum.over(1e6.into()).expect("a mean")));
        random.shuffle(&mut values);
    }
    let slow = exact(&blocks(&values));
    assert_eq!(sums, [(slow.rounded(), slow.over(&Exact::from(1e6))); 3]);
}

#[test]
fn the_way_of_splitting_changes_nothing() {
    let mut random = Random(4);
    let values: Vec<f64> = (0..9 * CHUNK).map(|_| random.unit() - 0.5).collect();
    let values = blocks(&values);
    let forward = partial(&values).rounded();
    let backward = chunks(&values).into_iter().rev().fold(Partial::ZERO, |later, sum| sum.merge(later)).rounded();
    let mut joined = Exact::new();
    values.chunks(100).for_each(|blocks| joined.merge(&exact(blocks)));
    assert!(forward.is_some());
    assert_eq!(forward, backward);
    assert_eq!(forward, Some(joined.rounded()));
    joined.merge(&Exact::from(f64::INFINITY));
    assert_same(joined.rounded(), f64::INFINITY, "one infinity");
    joined.merge(&Exact::from(f64::NEG_INFINITY));
    assert_same(joined.rounded(), f64::NAN, "two infinities");
}

/// One value after the other.
fn slowly<T: Float>(values: &[T]) -> Exact {
    let mut sum = Exact::new();
    for value in values {
        sum.add(value.to_f64());
    }
    sum
}

#[test]
fn float32_values_are_summed_as_the_float64_numbers_that_they_are() {
    let mut random = Random(5);
    let mut values: Vec<f32> = (0..100_000).map(|_| (random.bits() >> 40) as f32).collect();
    let total: u64 = values.iter().map(|&x| x as u64).sum();
    let sum = partial(&blocks(&values));
    assert_eq!(sum.rounded(), Some(total as f64));
    assert_eq!(sum.over(1e5.into()), Some(total as f64 / 1e5));
    for (first, second, expected) in [
        (f32::MAX, f32::MAX, 2.0 * f64::from(f32::MAX) + total as f64),
        (f32::INFINITY, 1.0, f64::INFINITY),
        (1.0, f32::NEG_INFINITY, f64::NEG_INFINITY),
        (f32::INFINITY, f32::NEG_INFINITY, f64::NAN),
        (f32::NAN, f32::INFINITY, f64::NAN),
    ] {
        (values[0], values[50_000]) = (0.0, 0.0);
        let rest: u64 = values.iter().map(|&x| x as u64).sum();
        (values[0], values[50_000]) = (first, second);
        let expected = if expected.is_finite() { expected - total as f64 + rest as f64 } else { expected };
        let (quick, slow) = (partial(&blocks(&values)), exact(&blocks(&values)));
        assert_same(slow.rounded(), expected, "sum");
        assert_same(quick.rounded().unwrap_or(expected), expected, "quick sum");
        assert_same(quick.over(2.0.into()).unwrap_or(expected / 2.0), expected / 2.0, "quick mean");
    }
}

#[test]
fn sums_of_float32_values_of_any_sizes_are_correctly_rounded() {
    let mut random = Random(6);
    let mut certified = 0;
    for round in 0..2_000 {
        // Exponents over 1 to 200 octaves around some number; subnormal ones and zeros among them.
        let (octaves, around) = (1 + random.bits() % 200, random.bits() % 250);
        let values: Vec<f32> = (0..=random.bits() % 700)
            .map(|_| {
                let exponent = (around + random.bits() % octaves).min(250) as u32;
                let bits = (random.bits() as u32 & 0x807f_ffff) | exponent << 23;
                if random.bits().is_multiple_of(9) { 0.0 } else { f32::from_bits(bits) }
            })
            .collect();
        let (quick, slow) = (partial(&blocks(&values)), slowly(&values));
        assert!(exact(&blocks(&values)) == slow, "round {round}");
        if let Some(sum) = quick.rounded() {
            certified += 1;
            assert_same(sum, slow.rounded(), &format!("round {round}"));
        }
        if let Some(mean) = quick.over(7.0.into()) {
            assert_same(mean, slow.over(&Exact::from(7.0)), &format!("a seventh, round {round}"));
        }
    }
    assert!(certified > 1900, "{certified} certified");
}

#[test]
fn exact_sums_of_many_are_those_of_one_after_the_other() {
    let mut random = Random(7);
    for round in 0..2_000 {
        let octaves = 1 + random.bits() % if round % 2 == 0 { 60 } else { 2046 };
        let around = random.bits() % (2047 - octaves);
        let mut values: Vec<f64> = (0..=random.bits() % 3000)
            .map(|_| {
                let exponent = around + random.bits() % octaves;
                let bits = (random.bits() & 0x800f_ffff_ffff_ffff) | exponent << 52;
                if random.bits().is_multiple_of(9) { -0.0 } else { f64::from_bits(bits) }
            })
            .collect();
        assert!(exact(&blocks(&values)) == slowly(&values), "round {round}");
        let place = random.bits() as usize % values.len();
        for special in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MAX, 5e-324] {
            values[place] = special;
            assert!(exact(&blocks(&values)) == slowly(&values), "round {round}, {special:e}");
        }
    }
    let same = vec![[0.1; 64]; 1000];
    assert!(exact(&same) == slowly(same.as_flattened()));
}

#[test]
fn bins_follow_the_values() {
    let mut random = Random(9);
    for round in 0..300 {
        // Stretches of values of one size, with others among them, after stretches of much larger or smaller ones.
        let mut values = Vec::new();
        while values.len() < 20_000 {
            let (size, rare) = (2f64.powi((random.bits() % 400) as i32 - 200), 1 + random.bits() % 3000);
            let signed = random.bits().is_multiple_of(2);
            for _ in 0..random.bits() % 6000 {
                let other = 2f64.powi((random.bits() % 300) as i32 - 150);
                let value = size * (random.unit() - if signed { 0.5 } else { 0.0 });
                values.push(if random.bits().is_multiple_of(rare) { value * other } else { value });
            }
        }
        assert!(exact(&blocks(&values)) == slowly(&values), "round {round}");
        let narrow: Vec<f32> = values.iter().map(|&value| (value * 2f64.powi(-10)) as f32).collect();
        assert!(exact(&blocks(&narrow)) == slowly(&narrow), "round {round}, float32");
        // What comes and goes leaves a bin where it was.
        let at = random.bits() as usize % values.len();
        let far = values[at] * 2f64.powi((random.bits() % 120) as i32);
        values.splice(at..at, [far, -far]);
        values.splice(at..at, [-far, far]);
        assert!(exact(&blocks(&values)) == slowly(&values), "round {round}, with what cancels");
    }
}

#[test]
fn bins_are_emptied_in_time() {
    // Of what is far below 1 the second bins take all, a little each time, until four of them have more bits than a float.
    let small = 2f64.powi(-49) - 2f64.powi(-92);
    let mut values: Vec<f64> = (0..16 * 700).map(|i| if i % 16 < 3 { small } else { 0.0 }).collect();
    (values[3], values[5]) = (small, 1.0);
    assert!(exact(&blocks(&values)) == slowly(&values));
}

#[test]
fn bins_of_the_largest_numbers_are_emptied_into_numbers() {
    for sign in [1.0, -1.0] {
        let (least, most) = (2f64.powi(1019) * sign, 2f64.powi(1022) * sign);
        let mut values = vec![0.0; 512];
        (values[0], values[256]) = (least, most - least);
        values[257..260].fill(most);
        assert!(exact(&blocks(&values)) == slowly(&values));
    }
}

#[test]
fn a_sum_that_is_written_is_read_again_and_nothing_else_is() {
    let mut random = Random(8);
    let written = |sum: &Exact| {
        let mut bytes = Vec::new();
        sum.pack(&mut bytes);
        bytes
    };
    for round in 0..200 {
        let mut values: Vec<f64> = (0..50).map(|_| f64::from_bits(random.bits())).collect();
        if round % 2 == 0 {
            values.retain(|value| value.is_finite());
        }
        let sum = slowly(&values);
        let bytes = written(&sum);
        let (rest, count) = (&mut &*bytes, values.len() as u64);
        let read = Exact::unpack(rest, count).expect("a sum");
        assert!(read == sum && rest.is_empty(), "round {round}");
        assert!(written(&read) == bytes);
        random.shuffle(&mut values);
        assert!(written(&slowly(&values)) == bytes, "round {round}, in another order");
        assert!((0..bytes.len()).all(|end| Exact::unpack(&mut &bytes[..end], count).is_none()), "round {round}");
    }
    let largest = slowly(&[f64::MAX; 3]);
    assert!(Exact::unpack(&mut &*written(&largest), 3).is_some());
    for (first, len, what) in [(66, 1, "more than there can be"), (69, 2, "beyond the last digit"), (255, 0, "nowhere")]
    {
        let bytes = [&[0, 0, first, len][..], &vec![1; 4 * usize::from(len)]].concat();
        assert!(Exact::unpack(&mut &*bytes, 3).is_none(), "{what}");
    }
    for bytes in [&[0, 0, 3, 1, 0, 0, 0, 0][..], &[4, 0, 0, 0], &[0, 1, 0, 0], &[0, 2, 3, 1, 1, 0, 0, 0]] {
        assert!(Exact::unpack(&mut &*bytes, 3).is_none(), "{bytes:?} is no sum as it is written");
    }
    assert!(Exact::unpack(&mut &*written(&Exact::from(1.0)), 0).is_none(), "a sum of nothing is 0");
}

#[test]
fn quotients_of_extremes() {
    let quotient = |a: f64, b: f64| Exact::from(a).over(&Exact::from(b));
    for a in [0.0, 5e-324, 3e-310, 1e-300, 1.0, 3.0, 1e300, f64::MAX, f64::INFINITY, f64::NAN] {
        for b in [0.0, 5e-324, 7e-310, 1e-300, 1.0, 7.0, 1e300, f64::MAX, f64::INFINITY, f64::NAN] {
            for (a, b) in [(a, b), (-a, b), (a, -b), (-a, -b)] {
                // The sign of a zero is not that of a sum, which is +0.
                let (a, b) = (a + 0.0, b + 0.0);
                assert_same(quotient(a, b), a / b, &format!("{a:e} / {b:e}"));
                let quick = Partial::from(a).over(b.into());
                assert_same(quick.unwrap_or(a / b), a / b, &format!("quick {a:e} / {b:e}"));
            }
        }
    }
}
