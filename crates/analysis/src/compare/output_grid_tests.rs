//! Tests of the detection of grids on made maps.

use super::eval_protocol::{Affine, Alignment, EvalProtocol};
use super::frame_comparison::{CompareSettings, FrameComparison};
use super::frame_maps::FrameMaps;
use super::grid_quantity::GridQuantity;
use super::output_grid::{GridError, OutputGrid};
use super::set_comparison::Comparison;
use super::value_counts::ValueCounts;
use proptest::prelude::*;

fn detect(values: impl IntoIterator<Item = f64>) -> Result<OutputGrid, GridError> {
    let values: Vec<f64> = values.into_iter().collect();
    OutputGrid::detect(&ValueCounts::from_map(&values))
}

/// Pseudo-random codes with gaps; both ends are in use.
fn codes(n: usize, seed: u64) -> Vec<u32> {
    let mut out = vec![0, 255];
    let mut state = seed;
    for _ in 0..n {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        out.push((state >> 56) as u32);
    }
    out
}

proptest! {
    #[test]
    fn a_grid_is_recovered_from_rounded_values(
        step in 1e-3_f64..0.5, start in -3.0_f64..10.0, n in 30_usize..600, seed in any::<u64>(),
    ) {
        let exact = |k: u32| start + f64::from(k) * step;
        let grid = detect(codes(n, seed).into_iter().map(|k| f64::from(exact(k) as f32))).expect("a grid");
        prop_assert!((grid.step / step - 1.0).abs() < 1e-5, "{grid:?}");
        prop_assert_eq!(grid.steps, 255);
        prop_assert!((grid.min_m - start).abs() < 1e-5);
        prop_assert!(grid.confidence() > 0.999_999);
        for k in [0, 17, 255] {
            prop_assert!((grid.code_m(exact(k) + 0.4 * step) - exact(k)).abs() < 1e-4);
        }
    }

    #[test]
    fn values_without_a_grid_are_rejected(values in prop::collection::vec(0.5_f64..10.0, 4..300)) {
        prop_assert!(detect(values).is_err());
    }
}

#[test]
fn the_step_is_recovered_from_whole_millimetres() {
    let step = 0.014_623_344;
    let grid =
        detect((54..195).map(|k| (f64::from(k) * step * 1e3).round() / 1e3)).expect("a grid");
    assert!((grid.step - step).abs() < 1e-6, "{grid:?}");
    assert_eq!(
        (grid.steps, grid.used_codes, grid.zero_at),
        (140, 141, Some(-54))
    );
}

#[test]
fn the_step_is_recovered_from_half_floats() {
    let step = 15.0 / 255.0;
    let half = |k: u32| half::f16::from_f64(0.5 + f64::from(k) * step).to_f64();
    let grid = detect((0..200).map(half)).expect("a grid");
    assert!((grid.step / step - 1.0).abs() < 1e-3, "{grid:?}");
    assert_eq!(grid.steps, 199);
}

/// A synthetic room of 160 x 120 pixels on a grid, in metres: a slanted wall, a floor and a box.
fn room(step: f64, slant: f64) -> Vec<Vec<f64>> {
    let depth = |x: usize, y: usize| {
        let wall = 95.0 + slant * x as f64 + 0.07 * y as f64;
        let floor = 140.0 - 0.4 * y as f64;
        let is_box = (48..80).contains(&x) && y > 60;
        let code = if is_box { 80.0 } else { wall.min(floor) };
        code.round() * step
    };
    (0..120)
        .map(|y| (0..160).map(|x| depth(x, y)).collect())
        .collect()
}

/// Bilinear resizing with half-pixel centres, as in the layers of networks, in single precision.
fn bilinear(map: &[Vec<f64>], factor: usize) -> Vec<f64> {
    let (height, width) = (map.len(), map[0].len());
    let taps = |i: usize, length: usize| {
        let at = ((i as f64 + 0.5) / factor as f64 - 0.5).clamp(0.0, (length - 1) as f64);
        let low = at.floor() as usize;
        (low, (low + 1).min(length - 1), at - at.floor())
    };
    let mut out = Vec::new();
    for y in 0..height * factor {
        let (top, bottom, down) = taps(y, height);
        for x in 0..width * factor {
            let (left, right, along) = taps(x, width);
            let mix = |row: &[f64]| row[left] * (1.0 - along) + row[right] * along;
            let value = mix(&map[top]) * (1.0 - down) + mix(&map[bottom]) * down;
            out.push(f64::from(value as f32));
        }
    }
    out
}

fn nearest(map: &[Vec<f64>], height: usize, width: usize) -> Vec<f64> {
    let row = |y: usize| &map[y * map.len() / height];
    let pixel = |y: usize, x: usize| row(y)[x * row(y).len() / width];
    (0..height)
        .flat_map(|y| (0..width).map(move |x| (y, x)))
        .map(|(y, x)| pixel(y, x))
        .collect()
}

proptest! {
    #[test]
    fn a_grid_survives_resizing_to_the_nearest_pixel_and_scaling(
        step in 2e-3_f64..0.1, slant in 0.2_f64..0.4, height in 120_usize..200, width in 160_usize..300,
        scale in 0.2_f64..5.0, shift in 0.01_f64..3.0,
    ) {
        let map = room(step, slant);
        let own = detect(map.concat()).expect("a grid");
        prop_assert!((own.step / step - 1.0).abs() < 1e-9);
        let resized = detect(nearest(&map, height, width)).expect("a grid");
        prop_assert!((resized.step / step - 1.0).abs() < 1e-9);
        prop_assert_eq!((resized.used_codes, resized.steps), (own.used_codes, own.steps));
        let scaled = map.concat().into_iter().map(|v| f64::from((scale * v + shift) as f32));
        let scaled = detect(scaled).expect("a grid");
        prop_assert!((scaled.step / (scale * step) - 1.0).abs() < 1e-4, "{scaled:?}");
        prop_assert_eq!(scaled.used_codes, own.used_codes);
    }

    #[test]
    fn an_interpolated_grid_is_detected(
        step in 2e-3_f64..0.1, slant in 0.2_f64..0.4, factor in 2_usize..=4,
    ) {
        match detect(bilinear(&room(step, slant), factor)) {
            Err(GridError::Interpolated { quantity: GridQuantity::Depth, step: found }) => {
                prop_assert!((found / step - 1.0).abs() < 1e-3, "{found} for {step}");
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

#[test]
fn a_step_that_never_occurs_as_a_gap_is_recovered() {
    // All gaps are 2 or 3 steps.
    let grid = detect([0, 2, 4, 7, 9, 12, 14, 16, 19].map(|k| 0.3 * f64::from(k))).expect("a grid");
    assert!((grid.step - 0.3).abs() < 1e-9, "{grid:?}");
    assert_eq!(grid.empty_codes(), 20 - 9);
}

#[test]
fn saturation_is_detected_at_its_end_only() {
    let mut values: Vec<f64> = (0..=100).flat_map(|k| [0.1 * f64::from(k); 10]).collect();
    values.extend([10.0; 200]);
    let grid = detect(values).expect("a grid");
    assert_eq!(
        (grid.saturates_at_min, grid.saturates_at_max),
        (false, true)
    );
    assert!((grid.at_max - 210.0 / 1210.0).abs() < 1e-12);
    assert!((grid.code_m(12.0) - 10.0).abs() < 1e-9);
    assert!((grid.code_m(-0.2) + 0.2).abs() < 1e-9);
}

#[test]
fn errors_name_the_number_of_values() {
    let few = detect([1.0, 2.0, 3.0]).expect_err("too few").to_string();
    assert!(few.contains("3 distinct"), "{few}");
    let many = detect((0..9000).map(f64::from)).expect_err("too many");
    assert_eq!(many, GridError::TooManyValues);
}

#[test]
fn bits_hold_every_code() {
    let grid = detect((0..=255).map(f64::from)).expect("a grid");
    assert_eq!(grid.bits(), 8);
    let grid = detect((0..=256).map(f64::from)).expect("a grid");
    assert_eq!(grid.bits(), 9);
}

/// The output code of a network with equal steps in a quantity.
#[derive(Clone, Copy, Debug)]
struct Head {
    quantity: GridQuantity,
    /// The quantity at code 0.
    first: f64,
    step: f64,
    codes: u32,
}

impl Head {
    fn new(quantity: GridQuantity, bits: u32, near_m: f64, far_m: f64) -> Self {
        let codes = 1 << bits;
        let ends = [near_m, far_m].map(|depth_m| quantity.from_depth_m(depth_m));
        let first = ends[0].min(ends[1]);
        let step = (ends[0].max(ends[1]) - first) / f64::from(codes - 1);
        Self {
            quantity,
            first,
            step,
            codes,
        }
    }

    fn depth_m(&self, code: f64) -> f64 {
        self.quantity.to_depth_m(self.first + code * self.step)
    }

    fn coded_m(&self, depth_m: f64) -> f64 {
        let code = (self.quantity.from_depth_m(depth_m) - self.first) / self.step;
        self.depth_m(code.round_ties_even().clamp(0.0, f64::from(self.codes - 1)))
    }
}

const OTHERS: [GridQuantity; 2] = [GridQuantity::InverseDepth, GridQuantity::LogDepth];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stored {
    Exactly,
    Single,
    Half,
    Millimetres,
}

impl Stored {
    const ALL: [Self; 4] = [Self::Exactly, Self::Single, Self::Half, Self::Millimetres];

    fn value(self, depth_m: f64) -> f64 {
        match self {
            Self::Exactly => depth_m,
            Self::Single => f64::from(depth_m as f32),
            Self::Half => half::f16::from_f64(depth_m).to_f64(),
            Self::Millimetres => (depth_m * 1e3).round() / 1e3,
        }
    }
}

fn stored() -> impl Strategy<Value = Stored> {
    prop::sample::select(&Stored::ALL[..])
}

fn other_quantity() -> impl Strategy<Value = GridQuantity> {
    prop::sample::select(&OTHERS[..])
}

/// Pseudo-random numbers in 0..1.
fn uniform(seed: u64) -> impl Iterator<Item = f64> {
    let mut state = seed;
    std::iter::from_fn(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Some((state >> 11) as f64 / (1_u64 << 53) as f64)
    })
}

/// Depths of a scene, in metres: all octaves alike.
fn scene(near_m: f64, far_m: f64, count: usize, seed: u64) -> Vec<f64> {
    let ratio = libm::log(far_m / near_m);
    let depths = uniform(seed).map(|u| near_m * libm::exp(ratio * u));
    depths.take(count).collect()
}

proptest! {
    #[test]
    fn grids_in_other_quantities_are_recovered(
        quantity in other_quantity(), bits in 6_u32..=8, storage in stored(),
        near in 0.2_f64..1.0, ratio in 8.0_f64..100.0, seed in any::<u64>(), part in 0.3_f64..1.0,
    ) {
        let head = Head::new(quantity, bits, near, ratio * near);
        // Maps reach a part of the code's range.
        let depths = scene(near, near * libm::pow(ratio, part), 3000, seed);
        let values = depths.iter().map(|d| storage.value(head.coded_m(*d)));
        let grid = detect(values).expect("a grid");
        prop_assert_eq!(grid.quantity, quantity, "{:?} {:?}", grid, head);
        // Half precision and millimetres move far values by a notable part of a step.
        let is_fine = matches!(storage, Stored::Exactly | Stored::Single);
        let (tolerance, square_tolerance) = if is_fine { (1e-5, 0.02) } else { (3e-3, 0.05) };
        prop_assert!((grid.step / head.step - 1.0).abs() < tolerance, "{:?} for {:?}", grid, head);
        prop_assert!(grid.used_codes <= head.codes && grid.steps < head.codes);
        // Coding with the grid is coding with the head, wherever the maps reach.
        let squares = |coded: &dyn Fn(f64) -> f64| depths.iter().map(|d| (coded(*d) - d) * (coded(*d) - d)).sum::<f64>();
        let (own, expected) = (squares(&|d| grid.code_m(d)), squares(&|d| head.coded_m(d)));
        prop_assert!((own / expected - 1.0).abs() < square_tolerance, "{} for {}", own, expected);
    }

    #[test]
    fn a_depth_gets_the_nearest_code(
        quantity in other_quantity(), near in 0.2_f64..1.0, ratio in 8.0_f64..100.0, seed in any::<u64>(),
        scale in 0.3_f64..3.0, shift in -0.1_f64..2.0, saturates in any::<bool>(),
    ) {
        let head = Head::new(quantity, 8, near, ratio * near);
        let reach = if saturates { ratio * near * 3.0 } else { ratio * near };
        let values = scene(near, reach, 3000, seed).into_iter().map(|d| head.coded_m(d));
        let grid = detect(values).expect("a grid");
        let levels: Vec<f64> = grid.levels_m().collect();
        prop_assert_eq!(levels.len(), grid.steps as usize + 1);
        prop_assert!(levels.windows(2).all(|w| w[0] < w[1]));
        prop_assert!((levels[0] / grid.min_m - 1.0).abs() < 1e-9 && (levels[levels.len() - 1] / grid.max_m - 1.0).abs() < 1e-9);
        let fit = Affine { scale, shift_m: shift };
        let aligned = grid.aligned(fit);
        prop_assert!((aligned.min_m - fit.apply(grid.min_m)).abs() < 1e-9);
        for depth in scene(near, ratio * near, 50, seed ^ 1) {
            let distance = |level: &f64| (quantity.from_depth_m(*level) - quantity.from_depth_m(depth)).abs();
            let nearest = levels.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b))).expect("levels");
            let coded = grid.code_m(depth);
            let is_inside = (levels[0]..=levels[levels.len() - 1]).contains(&depth);
            prop_assert!(!is_inside || (distance(&coded) - distance(&nearest)).abs() < 1e-9, "{} for {}", coded, depth);
            // A frozen alignment codes what the network put out.
            let (a, b) = (aligned.code_m(fit.apply(depth)), fit.apply(coded));
            prop_assert!((a - b).abs() < 1e-6 * b.abs().max(1.0) || (distance(&coded) / grid.step - 0.5).abs() < 1e-6, "{} for {}", a, b);
            let step = aligned.step_at_m(fit.apply(depth));
            prop_assert!((step / (scale * grid.step_at_m(depth)) - 1.0).abs() < 1e-6);
        }
        if grid.saturates_at_max {
            prop_assert!((grid.code_m(1e6) / grid.max_m - 1.0).abs() < 1e-9);
        } else {
            prop_assert!(grid.code_m(1e6).is_finite());
        }
    }

    #[test]
    fn interpolated_grids_of_other_quantities_are_named(
        quantity in other_quantity(), slant in 0.2_f64..0.4, factor in 2_usize..=4, first in 0.02_f64..0.3, in_depth in any::<bool>(),
    ) {
        let step = match quantity {
            GridQuantity::LogDepth => 0.018,
            _ => 0.0073,
        };
        let to_depth = |code: f64| quantity.to_depth_m(first + code * step);
        let room = room(1.0, slant);
        let values: Vec<f64> = if in_depth {
            let depths: Vec<Vec<f64>> = room.iter().map(|row| row.iter().map(|c| f64::from(to_depth(*c) as f32)).collect()).collect();
            bilinear(&depths, factor)
        } else {
            bilinear(&room, factor).into_iter().map(|c| f64::from(to_depth(c) as f32)).collect()
        };
        match detect(values) {
            Err(GridError::Interpolated { quantity: found, step: own }) => {
                prop_assert_eq!(found, quantity);
                prop_assert!((own / step - 1.0).abs() < 1e-2, "{} for {}", own, step);
            }
            other => prop_assert!(false, "{:?}", other),
        }
        let kept = detect(nearest(&room, 150, 200).into_iter().map(to_depth)).expect("a grid");
        prop_assert_eq!(kept.quantity, quantity);
        prop_assert!((kept.step / step - 1.0).abs() < 1e-6);
    }

    #[test]
    fn values_without_a_grid_are_rejected_however_stored(
        storage in stored(), count in prop::sample::select(&[4_usize, 6, 10, 30, 100, 400, 2500][..]), seed in any::<u64>(),
        // Whole millimetres under 256 may be codes.
        near in 0.3_f64..3.0, ratio in 1.2_f64..80.0,
    ) {
        let found = detect(scene(near, ratio * near, count, seed).into_iter().map(|d| storage.value(d)));
        prop_assert!(found.is_err(), "{:?}", found);
    }

    #[test]
    fn smooth_maps_are_rejected_however_stored(
        storage in stored(), near in 0.3_f64..3.0, slope in 0.01_f64..0.3, curve in 1e-4_f64..0.01, wave in 0.05_f64..0.5,
    ) {
        let depth = |x: f64, y: f64| near + slope * x + curve * y * y + wave * libm::sin(0.3 * x + 0.1 * y);
        let map = (0..40_u32).flat_map(|y| (0..60_u32).map(move |x| (f64::from(x), f64::from(y))));
        let found = detect(map.map(|(x, y)| storage.value(depth(x, y))));
        prop_assert!(found.is_err(), "{:?}", found);
    }

    #[test]
    fn noise_after_the_code_is_no_grid(
        quantity in other_quantity(), near in 0.2_f64..1.0, ratio in 8.0_f64..100.0, noise in 0.5_f64..3.0, seed in any::<u64>(),
    ) {
        let head = Head::new(quantity, 8, near, ratio * near);
        let depths = scene(near, ratio * near, 2000, seed);
        let step = |d: f64| head.step / quantity.per_metre(d);
        let noisy = depths.iter().zip(uniform(seed ^ 7)).map(|(d, u)| head.coded_m(*d) + noise * step(*d) * (u - 0.5));
        let found = detect(noisy.map(|d| f64::from(d as f32)));
        prop_assert!(found.is_err(), "{:?}", found);
    }
}

#[test]
fn zeros_mark_pixels_without_depth_in_inverse_and_log_depth() {
    for quantity in OTHERS {
        let head = Head::new(quantity, 8, 0.4, 40.0);
        let values = scene(0.4, 40.0, 3000, 5)
            .into_iter()
            .map(|d| head.coded_m(d));
        let with_zeros = values.clone().chain([0.0; 40]);
        assert_eq!(detect(with_zeros), detect(values.clone()));
        let negative = detect(values.chain([-0.123_4]));
        assert!(matches!(negative, Err(GridError::NotEquallySpaced { .. })));
    }
}

#[test]
fn zero_inverse_depth_is_found_where_it_is_on_the_grid() {
    // Codes 3 to 200 of a disparity without offset.
    let grid = detect((3..=200).map(|k| 1.0 / (0.01 * f64::from(k)))).expect("a grid");
    assert_eq!(
        (grid.quantity, grid.zero_at),
        (GridQuantity::InverseDepth, Some(200))
    );
    // The code of zero inverse depth is infinitely far away, so the last code is that of one step.
    assert!((grid.code_m(1e9) - 100.0).abs() < 1e-6);
    let offset = detect((3..=200).map(|k| 1.0 / (0.003 + 0.01 * f64::from(k)))).expect("a grid");
    assert_eq!(offset.zero_at, None);
    let log = detect((3..=200).map(|k| libm::exp(0.01 * f64::from(k)))).expect("a grid");
    assert_eq!((log.quantity, log.zero_at), (GridQuantity::LogDepth, None));
}

#[test]
fn the_step_of_a_file_is_no_output_code() {
    // Smooth depths in whole millimetres, and disparities in 1/256 pixels.
    let millimetres = detect((700..3000).map(|k| f64::from(k) / 1e3)).expect_err("no output code");
    assert_eq!(
        millimetres,
        GridError::FileStep {
            found: 2300,
            quantity: GridQuantity::Depth,
            step: 1e-3
        }
    );
    let disparities = detect((700..3000).map(|k| 400.0 / (f64::from(k) / 256.0)));
    assert!(
        matches!(
            disparities,
            Err(GridError::FileStep {
                quantity: GridQuantity::InverseDepth,
                ..
            })
        ),
        "{disparities:?}"
    );
    // A flat scene is none either.
    let flat = detect((800..950).map(|k| f64::from(k) / 1e3));
    assert!(matches!(flat, Err(GridError::FileStep { .. })), "{flat:?}");
    // Codes that were read as millimetres.
    let codes = detect((0..=255).map(|k| f64::from(k) / 1e3)).expect("a grid");
    assert!((codes.step - 1e-3).abs() < 1e-9);
}

#[test]
fn the_root_mean_square_step_is_that_of_the_pixels() {
    let head = Head::new(GridQuantity::InverseDepth, 8, 0.5, 50.0);
    let depths: Vec<f64> = scene(0.5, 50.0, 5000, 3)
        .into_iter()
        .map(|d| head.coded_m(d))
        .collect();
    let grid = detect(depths.iter().copied()).expect("a grid");
    let squares = depths
        .iter()
        .map(|d| (head.step * d * d) * (head.step * d * d));
    let expected = (squares.sum::<f64>() / depths.len() as f64).sqrt();
    assert!((grid.rms_step_m / expected - 1.0).abs() < 1e-6);
    assert_eq!(grid.uniform_step_m(), None);
    assert!((grid.step_at_m(5.0) / (25.0 * head.step) - 1.0).abs() < 1e-6);
}

/// Frames whose INT8 is FP32 coded by the head.
fn coded_frames(head: Head, alignment: Alignment, storage: Stored) -> Comparison {
    let settings = CompareSettings {
        protocol: EvalProtocol {
            alignment,
            ..EvalProtocol::default()
        },
        ..CompareSettings::default()
    };
    let frames: Vec<FrameComparison> = (0..4)
        .map(|k| {
            let fp32_m = scene(1.0, 29.0, 2400, 11 + k);
            let noise = uniform(100 + k);
            let gt_m: Vec<f64> = fp32_m
                .iter()
                .zip(noise)
                .map(|(f, u)| 1.4 * f + 0.3 + 0.2 * u)
                .collect();
            let int8_m: Vec<f64> = fp32_m
                .iter()
                .map(|f| storage.value(head.coded_m(*f)))
                .collect();
            let maps = FrameMaps {
                width: 60,
                gt_m: &gt_m,
                fp32_m: &fp32_m,
                int8_m: &int8_m,
            };
            FrameComparison::measure(&maps, &settings).expect("pixels")
        })
        .collect();
    Comparison::from_frames(&frames)
}

#[test]
fn a_set_that_differs_by_the_output_code_alone_says_so_in_every_quantity() {
    let fixed = Alignment::Fixed(Affine {
        scale: 1.4,
        shift_m: 0.3,
    });
    for quantity in GridQuantity::ALL {
        for bits in [6, 7, 8] {
            let head = Head::new(quantity, bits, 0.6, 30.0);
            for alignment in [
                Alignment::None,
                Alignment::MedianScale,
                Alignment::LeastSquares,
                fixed,
            ] {
                for storage in [Stored::Single, Stored::Half, Stored::Millimetres] {
                    let set = coded_frames(head, alignment, storage);
                    assert_eq!(set.grid().expect("a grid").quantity, quantity);
                    let output = set.budget().expect("pixels").output.expect("a grid");
                    let what = format!("{quantity:?} {bits} {alignment:?} {storage:?}: {output:?}");
                    assert!((output.share - 1.0).abs() < 0.02, "{what}");
                    assert!((output.covered - 1.0).abs() < 1e-12, "{what}");
                }
            }
        }
    }
}
