//! A bounded sample of pixels: distinct, evenly spread, and the same for every map of a size.

/// The golden ratio less one: multiples of it, modulo 1, are spread more evenly than those of any other number.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// At most `wanted` distinct indices below `pixels`. Every beginning of the sequence is spread over the map.
pub(super) fn spread_indices(pixels: usize, wanted: usize) -> impl Iterator<Item = usize> {
    let n = pixels.max(1) as u64;
    let mut stride = ((n as f64 * GOLDEN) as u64).clamp(1, n);
    while greatest_common_divisor(stride, n) > 1 {
        stride += 1;
    }
    let mut next = 0;
    (0..wanted.min(pixels)).map(move |_| {
        let index = next;
        next += stride;
        if next >= n {
            next -= n;
        }
        index as usize
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn indices_are_distinct_and_spread_over_rows_and_columns() {
        for (height, width) in [
            (480, 640),
            (375, 1242),
            (7, 5),
            (1, 1),
            (1024, 1024),
            (3, 4096),
        ] {
            let n = height * width;
            let all: BTreeSet<usize> = spread_indices(n, n).collect();
            assert_eq!(all.len(), n);
            if n < 10_000 {
                continue;
            }
            let some: Vec<usize> = spread_indices(n, 4096).collect();
            for part in 0..4 {
                let in_rows = some.iter().filter(|&&i| i / width * 4 / height == part);
                let in_columns = some.iter().filter(|&&i| i % width * 4 / width == part);
                for count in [in_rows.count(), in_columns.count()] {
                    assert!(
                        (800..1400).contains(&count) || height < 4,
                        "{height}x{width}: {count}"
                    );
                }
            }
        }
        assert_eq!(spread_indices(0, 9).count(), 0);
    }
}
