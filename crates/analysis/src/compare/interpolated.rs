//! Whether values that lie on a fine grid were made from a coarser one by interpolation, as resizing does after quantization.
//!
//! Bilinear resizing by a whole factor mixes neighbouring codes with weights that are whole parts of one: all results lie on a grid of
//! their own, 16 times finer for a factor of 2. Taken for the output's grid, it would acquit the output code of its error. What tells: flat
//! parts of a map keep their code, so that one place of each coarse step holds more pixels than any between.
//!
//! Knows numbers; knows nothing of maps.

/// Most fine steps in a coarse one that are looked for: bilinear resizing by a factor of 4 makes 64.
const MAX_PARTS: usize = 64;

/// Steps from end to end that 8 bits hold: a grid of no more can be that of an INT8 output, whatever its pixels look like.
const MAX_STEPS_OF_OUTPUT: usize = 255;

/// Share of the coarse steps with pixels whose own place must hold the most.
const MIN_SHARE: f64 = 0.75;

/// How many times the pixels of any other place the own place must hold over all coarse steps. Of two steps taken for one, both places hold
/// about as many.
const MIN_RATIO: f64 = 2.0;

/// Power of ten of the chance that places of equal rights give that picture.
const MAX_LOG10_CHANCE: f64 = -6.0;

/// In how many parts each coarse step was cut, or `None` where no coarser grid shows. `places` are the used places on the fine grid, ascending
/// from 0, each with its pixels.
pub(super) fn parts(places: &[(usize, f64)]) -> Option<usize> {
    let last = places.last()?.0;
    if last <= MAX_STEPS_OF_OUTPUT {
        return None;
    }
    // The coarsest: where neighbours differ along one side of the picture alone, the fine steps make a comb of their own.
    (2..=MAX_PARTS)
        .rev()
        .filter(|parts| last >= 8 * parts)
        .find(|parts| log10_chance(places, *parts) <= MAX_LOG10_CHANCE)
}

/// Chance that as many coarse steps have the most pixels at their own place, were all places alike (Chernoff's bound on a binomial tail).
fn log10_chance(places: &[(usize, f64)], parts: usize) -> f64 {
    let mut pixels = vec![0.0; parts];
    // Each coarse step weighs the same, so that one wall does not decide for all.
    for step in places.chunk_by(|a, b| a.0 / parts == b.0 / parts) {
        let all: f64 = step.iter().map(|(_, count)| count).sum();
        for (place, count) in step {
            pixels[place % parts] += count / all;
        }
    }
    let fullest = |a: &usize, b: &usize| pixels[*a].total_cmp(&pixels[*b]);
    let Some(own) = (0..parts).max_by(fullest) else {
        return 0.0;
    };
    let others = (0..parts).filter(|place| *place != own);
    let most = others.map(|place| pixels[place]).fold(0.0, f64::max);
    if pixels[own] < MIN_RATIO * most {
        return 0.0;
    }
    // The own place of a coarse step lies in the middle of its cell.
    let offset = parts + parts / 2 - own;
    let (mut cells, mut won) = (0.0, 0.0);
    for cell in places.chunk_by(|a, b| (a.0 + offset) / parts == (b.0 + offset) / parts) {
        let most = |of: &dyn Fn(usize) -> bool| {
            let counts = cell.iter().filter(|(place, _)| of(*place)).map(|c| c.1);
            counts.fold(0.0, f64::max)
        };
        cells += 1.0;
        if most(&|place| place % parts == own) > most(&|place| place % parts != own) {
            won += 1.0;
        }
    }
    let share: f64 = won / cells;
    if share < MIN_SHARE {
        return 0.0;
    }
    let fair = 1.0 / parts as f64;
    let lost = 1.0 - share;
    let divergence = share * libm::log10(share / fair)
        + if lost > 0.0 {
            lost * libm::log10(lost / (1.0 - fair))
        } else {
            0.0
        };
    -cells * divergence
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_counts(count: impl Fn(usize) -> f64, places: usize) -> Vec<(usize, f64)> {
        let all = (0..places).map(|place| (place, count(place)));
        all.filter(|(_, count)| *count > 0.0).collect()
    }

    /// 0 to `below` less one, without a period: the high bits of a product with the golden ratio, mixed once.
    fn noise(place: usize, below: u64) -> f64 {
        let mixed = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        ((mixed >> 33) % below) as f64
    }

    #[test]
    fn a_comb_is_told_by_its_spacing_wherever_it_begins() {
        for parts in [4, 9, 16, 36, 64] {
            for begin in [0, 1, parts - 1] {
                let count = |place: usize| {
                    let pixels = 5.0 + noise(place, 11);
                    if place % parts == begin {
                        4.0 * pixels
                    } else {
                        pixels
                    }
                };
                let places = from_counts(count, 80 * parts);
                assert_eq!(super::parts(&places), Some(parts), "begins at {begin}");
            }
        }
    }

    #[test]
    fn an_output_of_more_bits_is_no_comb() {
        // A smooth scene with noise, 10 bits.
        let smooth = |place: usize| {
            let near = (place as f64 - 300.0) / 150.0;
            (4000.0 * libm::exp(-near * near) + noise(place, 97)).floor()
        };
        assert_eq!(parts(&from_counts(smooth, 1024)), None);
        // Two walls of one code each before a thin rest.
        let walls = |place: usize| match place {
            200 | 600 => 1e6,
            _ => noise(place, 13),
        };
        assert_eq!(parts(&from_counts(walls, 1024)), None);
        assert_eq!(parts(&from_counts(|_| 1.0, 1024)), None);
        assert_eq!(parts(&[]), None);
    }
}
