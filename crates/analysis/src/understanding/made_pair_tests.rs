//! Made pairs: a good pair is never questioned, and every repair is found.

use std::collections::BTreeMap;

use super::read_set::{RoleMaps, sampled};
use super::{
    AxisOrder, EncodingSource, Flip, Quantity, Repair, SetEvidence, Understanding, Window,
};
use fathom_core::depth::{Dtype, Encoding, Format, RawMap, Role, Samples, ScalePreset};
use ndarray::Array2;
use proptest::prelude::*;

/// A scene without symmetry: a floor, a wall and boxes. In metres.
fn scene(seed: u64, height: usize, width: usize, far_m: f64) -> Array2<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let boxes: Vec<[f64; 5]> = (0..6)
        .map(|_| {
            [
                next(),
                next(),
                0.1 + 0.3 * next(),
                0.1 + 0.3 * next(),
                0.2 + 0.7 * next(),
            ]
        })
        .collect();
    Array2::from_shape_fn((height, width), |(y, x)| {
        let (y, x) = (y as f64 / height as f64, x as f64 / width as f64);
        let mut depth = far_m * (1.0 - 0.6 * y) * (0.75 + 0.25 * x);
        for [top, left, h, w, share] in &boxes {
            if (*top..top + h).contains(&y) && (*left..left + w).contains(&x) {
                depth = depth.min(far_m * share);
            }
        }
        depth
    })
}

/// Multiplicative noise, the same for the same pixel and seed.
fn noisy(depth: &Array2<f64>, seed: u64, spread: f64) -> Array2<f64> {
    let mut state = seed | 1;
    depth.mapv(|d| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let uniform = (state >> 40) as f64 / (1_u64 << 24) as f64;
        d * (1.0 + spread * (2.0 * uniform - 1.0))
    })
}

fn floats(depth: &Array2<f64>) -> RawMap {
    RawMap::new(
        Samples::F32(depth.mapv(|d| d as f32)),
        Format::Npy,
        Dtype::F32,
    )
}

fn codes(depth: &Array2<f64>, units_per_metre: f64) -> RawMap {
    let samples =
        Samples::U16(depth.mapv(|d| (d * units_per_metre).round().clamp(0.0, 65_535.0) as u16));
    RawMap::new(samples, Format::Png, Dtype::U16)
}

fn role(role: Role, maps: &[RawMap], encoding: Encoding, source: EncodingSource) -> RoleMaps<'_> {
    RoleMaps {
        role,
        encoding,
        source,
        markers: Vec::new(),
        is_disparity_name: false,
        stack: None,
        maps: maps
            .iter()
            .enumerate()
            .map(|(i, m)| (format!("{i:03}"), m))
            .collect::<BTreeMap<_, _>>(),
    }
}

const METRES: Encoding = Encoding::METRES;
const CERTAIN: EncodingSource = EncodingSource::Certain;

/// The understanding of ground truth in metres, FP32 and INT8 predictions.
fn understood(gt: &[RawMap], fp32: &[RawMap], int8: &[RawMap]) -> Understanding {
    let mut roles = vec![
        role(Role::GroundTruth, gt, METRES, CERTAIN),
        role(Role::Float, fp32, METRES, CERTAIN),
    ];
    if !int8.is_empty() {
        roles.push(role(Role::Quantized, int8, METRES, CERTAIN));
    }
    Understanding::new(&sampled(&roles))
}

/// Ground truth, FP32 and INT8 of two frames; INT8 has a step of 1/50 m.
fn frames(
    seed: u64,
    height: usize,
    width: usize,
    far_m: f64,
    spread: f64,
) -> [Vec<Array2<f64>>; 3] {
    let gt: Vec<Array2<f64>> = (0..2)
        .map(|k| scene(seed + k, height, width, far_m))
        .collect();
    let fp32: Vec<Array2<f64>> = gt.iter().map(|g| noisy(g, seed, spread)).collect();
    let int8 = fp32
        .iter()
        .map(|f| f.mapv(|d| (d * 50.0).round() / 50.0))
        .collect();
    [gt, fp32, int8]
}

fn maps(frames: &[Array2<f64>]) -> Vec<RawMap> {
    frames.iter().map(floats).collect()
}

fn first_option(found: &Understanding) -> Vec<(Role, Repair)> {
    let question = found
        .question
        .as_ref()
        .unwrap_or_else(|| panic!("no question: {found:?}"));
    question.options.first().map_or(Vec::new(), |o| {
        o.iter().map(|r| (r.role, r.repair)).collect()
    })
}

/// Both predictions need this repair.
fn both(repair: Repair) -> Vec<(Role, Repair)> {
    vec![(Role::Float, repair), (Role::Quantized, repair)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_good_pair_is_never_questioned(
        seed in 0..u64::MAX / 2,
        far_m in 1.5..80.0_f64,
        spread in 0.0..0.6_f64,
        scale in 0.97..1.03_f64,
        holes in 0.0..0.9_f64,
        sides in (24..90_usize, 24..90_usize),
        integers in any::<bool>(),
    ) {
        let [gt, fp32, int8] = frames(seed, sides.0, sides.1, far_m, spread);
        let hole = |i: usize| (i as f64 * 0.618_033_988_7).fract() < holes;
        let gt: Vec<Array2<f64>> = gt.into_iter().map(|mut g| {
            g.iter_mut().enumerate().filter(|(i, _)| hole(*i)).for_each(|(_, d)| *d = 0.0);
            g
        }).collect();
        let scaled = |maps: &[Array2<f64>]| -> Vec<RawMap> { maps.iter().map(|m| floats(&m.mapv(|d| d * scale))).collect() };
        let (gt, encoding) = if integers && far_m < 60.0 {
            (gt.iter().map(|g| codes(g, 1000.0)).collect::<Vec<_>>(), ScalePreset::Millimetre.encoding())
        } else {
            (maps(&gt), METRES)
        };
        let (fp32, int8) = (scaled(&fp32), scaled(&int8));
        for source in [CERTAIN, EncodingSource::Plausible] {
            let roles = [
                role(Role::GroundTruth, &gt, encoding, source),
                role(Role::Float, &fp32, METRES, CERTAIN),
                role(Role::Quantized, &int8, METRES, CERTAIN),
            ];
            let found = Understanding::new(&sampled(&roles));
            prop_assert!(found.question.is_none(), "{:?}", found.question);
            prop_assert!(found.unasked.is_empty() && found.allows_remedies());
        }
    }

    #[test]
    fn a_poor_network_is_not_questioned(seed in 0..u64::MAX / 2, weight in 0.0..0.4_f64) {
        let [gt, ..] = frames(seed, 60, 80, 8.0, 0.0);
        let other = scene(seed ^ 0x5555, 60, 80, 8.0);
        // Between its own picture of another scene without structure in common, and the truth.
        let noise = noisy(&Array2::from_elem((60, 80), 4.0), seed, 0.9);
        let fp32: Vec<Array2<f64>> = gt.iter().map(|g| weight * g + (1.0 - weight) * &noise + 0.0 * &other).collect();
        let found = understood(&maps(&gt), &maps(&fp32), &[]);
        prop_assert!(found.question.is_none(), "{:?}", found.question);
    }

    #[test]
    fn orientations_are_found(seed in 0..u64::MAX / 2, spread in 0.0..0.2_f64, which in 0..3_usize) {
        let [gt, fp32, int8] = frames(seed, 50, 70, 8.0, spread);
        let flip = [Flip::Rows, Flip::Columns, Flip::Both][which];
        let turned = |all: &[Array2<f64>]| -> Vec<RawMap> { all.iter().map(|m| Repair::Flip(flip).apply(&floats(m))).collect() };
        let as_is = understood(&maps(&gt), &maps(&fp32), &maps(&int8));
        prop_assert!(as_is.question.is_none());
        let found = understood(&maps(&gt), &turned(&fp32), &turned(&int8));
        // A scene may be so symmetrical that the turned prediction follows it as well.
        let follows = found.hypotheses.first().is_none_or(|h| h.as_is.correlation > 0.6);
        if !follows {
            prop_assert_eq!(first_option(&found), both(Repair::Flip(flip)));
        }
        // INT8 alone is turned.
        let found = understood(&maps(&gt), &maps(&fp32), &turned(&int8));
        let follows = found.hypotheses.first().is_none_or(|h| h.as_is.correlation > 0.6);
        if !follows {
            prop_assert_eq!(first_option(&found), vec![(Role::Quantized, Repair::Flip(flip))]);
        }
    }

    #[test]
    fn inverse_depth_is_found(seed in 0..u64::MAX / 2, product in 0.5..5000.0_f64, shift in prop_oneof![Just(0.0), 0.02..0.5_f64]) {
        let [gt, fp32, int8] = frames(seed, 50, 70, 8.0, 0.1);
        let raw = |all: &[Array2<f64>]| -> Vec<RawMap> { all.iter().map(|m| floats(&m.mapv(|d| product * (1.0 / d + shift)))).collect() };
        let found = understood(&maps(&gt), &raw(&fp32), &raw(&int8));
        let option = first_option(&found);
        let is_quantity = matches!(found.question.as_ref().expect("one").evidence, SetEvidence::Quantity { .. });
        prop_assert!(is_quantity, "{:?}", found.question);
        prop_assert_eq!(option[0].0, Role::Float);
        let (_, Repair::Quantity(quantity)) = option[0] else { panic!("{option:?}") };
        let depth = quantity.depth(product * (0.25 + shift));
        prop_assert!((depth - 4.0).abs() < 0.4, "{} m of 4 m", depth);
    }

    #[test]
    fn factors_and_units_are_found(seed in 0..u64::MAX / 2, factor in prop_oneof![0.01..0.45_f64, 2.2..100.0_f64]) {
        let [gt, fp32, int8] = frames(seed, 50, 70, 8.0, 0.05);
        let times = |all: &[Array2<f64>]| -> Vec<RawMap> { all.iter().map(|m| floats(&m.mapv(|d| d * factor))).collect() };
        let found = understood(&maps(&gt), &times(&fp32), &times(&int8));
        for (_, repair) in first_option(&found) {
            let back = match repair {
                Repair::Factor(back) | Repair::Unit(back) => back,
                other => panic!("{other:?}"),
            };
            // A unit of the truth goes the other way.
            let off = libm::log(back * factor).abs().min(libm::log(back / factor).abs());
            prop_assert!(off < 0.05, "{} {}", back, factor);
        }
    }
}

#[test]
fn listed_units_are_found_whatever_the_preset() {
    let [gt, fp32, int8] = frames(7, 50, 70, 8.0, 0.05);
    let rows = [
        (4000.0, 1.0 / 4000.0),
        (5000.0, 1.0 / 5000.0),
        (10_000.0 * 0.8, 1.0 / 8000.0),
        (256.0, 1.0 / 256.0),
        (65.535, 1000.0 / 65_535.0),
    ];
    for (units, unit) in rows {
        let gt: Vec<RawMap> = gt.iter().map(|g| codes(g, units)).collect();
        let (fp32, int8) = (maps(&fp32), maps(&int8));
        let roles = [
            role(
                Role::GroundTruth,
                &gt,
                ScalePreset::Millimetre.encoding(),
                CERTAIN,
            ),
            role(Role::Float, &fp32, METRES, CERTAIN),
            role(Role::Quantized, &int8, METRES, CERTAIN),
        ];
        let found = Understanding::new(&sampled(&roles));
        match first_option(&found)[0] {
            (Role::GroundTruth, Repair::Unit(m)) => {
                assert!((m / unit - 1.0).abs() < 1e-9, "{units}");
            }
            (Role::Float, Repair::Factor(f)) => {
                assert!(
                    (f / (1.0 / 1000.0 / unit) - 1.0).abs() < 0.02 || units == 8000.0,
                    "{units}: {f}"
                );
            }
            other => panic!("{units}: {other:?}"),
        }
    }
}

#[test]
fn windows_borders_and_axes_are_found() {
    let [gt, fp32, int8] = frames(3, 96, 128, 8.0, 0.05);
    let cut = |all: &[Array2<f64>], top: usize, left: usize, h: usize, w: usize| -> Vec<RawMap> {
        all.iter()
            .map(|m| {
                floats(&Array2::from_shape_fn((h, w), |(y, x)| {
                    m[(top + y, left + x)]
                }))
            })
            .collect()
    };
    let window = |top, left, height, width| {
        Repair::Window(Window {
            top,
            left,
            height,
            width,
            frame_height: 96,
            frame_width: 128,
        })
    };
    // KITTI's way, and the middle.
    for (top, left, h, w) in [(16, 9, 80, 110), (8, 9, 80, 110)] {
        let found = understood(
            &maps(&gt),
            &cut(&fp32, top, left, h, w),
            &cut(&int8, top, left, h, w),
        );
        let wanted = window(top as i32, left as i32, h as u32, w as u32);
        assert_eq!(first_option(&found), both(wanted), "{top} {left}");
    }
    // Borders up to a multiple of 14 on the right and at the bottom.
    let bordered = |all: &[Array2<f64>]| -> Vec<RawMap> {
        all.iter()
            .map(|m| {
                floats(&Array2::from_shape_fn((98, 140), |(y, x)| {
                    *m.get((y, x)).unwrap_or(&1.0)
                }))
            })
            .collect()
    };
    let found = understood(&maps(&gt), &bordered(&fp32), &bordered(&int8));
    assert_eq!(first_option(&found), both(window(0, 0, 98, 140)));
    // Half the resolution.
    let half = |all: &[Array2<f64>]| -> Vec<RawMap> {
        all.iter()
            .map(|m| floats(&Array2::from_shape_fn((48, 64), |(y, x)| m[(2 * y, 2 * x)])))
            .collect()
    };
    let found = understood(&maps(&gt), &half(&fp32), &half(&int8));
    assert_eq!(first_option(&found), both(window(0, 0, 96, 128)));
    // A letterbox: the frame in the middle of a square.
    let boxed = |all: &[Array2<f64>]| -> Vec<RawMap> {
        all.iter()
            .map(|m| {
                floats(&Array2::from_shape_fn((128, 128), |(y, x)| {
                    y.checked_sub(16)
                        .and_then(|y| m.get((y, x)))
                        .copied()
                        .unwrap_or(0.5)
                }))
            })
            .collect()
    };
    let found = understood(&maps(&gt), &boxed(&fp32), &boxed(&int8));
    assert_eq!(first_option(&found), both(window(-16, 0, 128, 128)));
    // Swapped axes.
    let turned = |all: &[Array2<f64>]| -> Vec<RawMap> {
        all.iter()
            .map(|m| floats(&m.t().as_standard_layout().into_owned()))
            .collect()
    };
    let found = understood(&maps(&gt), &turned(&fp32), &turned(&int8));
    assert_eq!(
        first_option(&found),
        both(Repair::SwapAxes(AxisOrder::Transposed))
    );
}

#[test]
fn logarithms_and_relative_depths_are_found() {
    let [gt, fp32, int8] = frames(5, 60, 80, 8.0, 0.04);
    let log = |all: &[Array2<f64>]| -> Vec<RawMap> {
        all.iter().map(|m| floats(&m.mapv(libm::log))).collect()
    };
    let found = understood(&maps(&gt), &log(&fp32), &log(&int8));
    let option = first_option(&found);
    assert!(
        matches!(
            option[0],
            (Role::Float, Repair::Quantity(Quantity::Log { .. }))
        ),
        "{option:?}"
    );
    let relative = |all: &[Array2<f64>]| -> Vec<RawMap> {
        all.iter()
            .map(|m| floats(&m.mapv(|d| (d - 1.2) / 20.0)))
            .collect()
    };
    let found = understood(&maps(&gt), &relative(&fp32), &relative(&int8));
    let option = first_option(&found);
    assert!(
        matches!(
            option[0],
            (Role::Float, Repair::Quantity(Quantity::Affine { .. }))
        ),
        "{option:?}"
    );
}

#[test]
fn int8_alone_is_repaired_where_it_alone_differs() {
    let [gt, fp32, int8] = frames(13, 60, 80, 8.0, 0.03);
    let (gt, fp32) = (maps(&gt), maps(&fp32));
    let times: Vec<RawMap> = int8
        .iter()
        .map(|m| floats(&m.mapv(|d| d * 1000.0)))
        .collect();
    let found = understood(&gt, &fp32, &times);
    assert_eq!(
        first_option(&found),
        [(Role::Quantized, Repair::Unit(0.001))]
    );
    // Unsigned codes of an output of 0 to 10 m, without their scale.
    let raw: Vec<RawMap> = int8
        .iter()
        .map(|m| {
            let samples = Samples::U16(m.mapv(|d| (d * 25.5).round().min(255.0) as u16));
            RawMap::new(samples, Format::Npy, Dtype::U8)
        })
        .collect();
    let roles = [
        role(Role::GroundTruth, &gt, METRES, CERTAIN),
        role(Role::Float, &fp32, METRES, CERTAIN),
        role(
            Role::Quantized,
            &raw,
            ScalePreset::Millimetre.encoding(),
            EncodingSource::Plausible,
        ),
    ];
    let found = Understanding::new(&sampled(&roles));
    match first_option(&found)[..] {
        [
            (
                Role::Quantized,
                Repair::Codes {
                    scale,
                    zero_point: 0.0,
                },
            ),
        ] => {
            assert!((scale * 25.5 - 1.0).abs() < 0.01, "{scale}");
        }
        ref other => panic!("{other:?}"),
    }
    // The right unit leaves nothing to ask.
    let roles = [
        role(Role::Float, &fp32, METRES, CERTAIN),
        role(
            Role::Quantized,
            &raw,
            Repair::Unit(1.0 / 25.5).encoding_after(METRES),
            EncodingSource::Plausible,
        ),
    ];
    assert_eq!(Understanding::new(&sampled(&roles)).question, None);
}

/// A map that shows a whole frame in one window of it; the rest is a border of 1 m.
fn bordered(frame: &Array2<f64>, (height, width): (usize, usize), window: &Window) -> RawMap {
    floats(&Array2::from_shape_fn((height, width), |(y, x)| {
        let place = |at: usize, start: i32, covered: u32, length: usize| {
            let scale = f64::from(covered) / length as f64;
            f64::from(start) + (at as f64 + 0.5) * scale - 0.5
        };
        let row = place(y, window.top, window.height, height).round();
        let column = place(x, window.left, window.width, width).round();
        let is_inside = row >= 0.0 && column >= 0.0;
        let found = is_inside.then(|| frame.get((row as usize, column as usize)));
        found.flatten().copied().unwrap_or(1.0)
    }))
}

#[test]
fn borders_on_any_side_are_found_with_their_sides() {
    let [gt, fp32, _] = frames(21, 90, 150, 8.0, 0.02);
    // Each row: size of the map, top and left edge of the frame within it, covered sides, expected words.
    let rows = [
        (
            (96, 160),
            (-6, 0),
            (96, 160),
            "borders at the top and on the right",
        ),
        (
            (96, 160),
            (0, -10),
            (96, 160),
            "borders on the left and at the bottom",
        ),
        (
            (96, 160),
            (-3, 0),
            (96, 160),
            "borders at the top, on the right and at the bottom",
        ),
        ((96, 150), (-6, 0), (96, 150), "borders at the top."),
        ((90, 160), (0, -10), (90, 160), "borders on the left."),
        ((90, 160), (0, 0), (90, 160), "borders on the right."),
        ((96, 160), (-3, -5), (96, 160), "borders on all sides"),
        (
            (128, 128),
            (0, 0),
            (150, 150),
            "another resolution, with borders at the bottom.",
        ),
        (
            (128, 128),
            (-60, 0),
            (150, 150),
            "another resolution, with borders at the top.",
        ),
        (
            (128, 128),
            (-30, 0),
            (150, 150),
            "with borders at the top and at the bottom.",
        ),
        (
            (60, 200),
            (0, 0),
            (90, 300),
            "another resolution, with borders on the right.",
        ),
        (
            (60, 200),
            (0, -150),
            (90, 300),
            "another resolution, with borders on the left.",
        ),
    ];
    for (map, (top, left), (height, width), words) in rows {
        let window = Window {
            top,
            left,
            height,
            width,
            frame_height: 90,
            frame_width: 150,
        };
        let fp32: Vec<RawMap> = fp32.iter().map(|f| bordered(f, map, &window)).collect();
        let found = understood(&maps(&gt), &fp32, &[]);
        assert_eq!(
            first_option(&found),
            [(Role::Float, Repair::Window(window))],
            "{words}"
        );
        let said = found.question.expect("a question").evidence.sentence();
        assert!(said.contains(words), "{said}: {words}");
    }
}

#[test]
fn frames_in_another_axis_come_before_what_matches() {
    // A stack of shape (rows, columns, frames), read as 60 maps, beside single files of other names.
    let [gt, fp32, _] = frames(9, 60, 80, 8.0, 0.02);
    let fp32 = maps(&fp32);
    let read: Vec<RawMap> = (0..60)
        .map(|y| floats(&Array2::from_shape_fn((80, 2), |(x, k)| gt[k][(y, x)])))
        .collect();
    let mut roles = [
        role(Role::GroundTruth, &read, METRES, CERTAIN),
        role(Role::Float, &fp32, METRES, CERTAIN),
    ];
    roles[0].stack = Some((60, 80, 2));
    roles[1].maps = fp32
        .iter()
        .zip(["x", "y"])
        .map(|(m, name)| (name.to_owned(), m))
        .collect();
    let found = Understanding::new(&sampled(&roles));
    let wanted = Repair::SwapAxes(AxisOrder::FramesLast);
    assert_eq!(first_option(&found), [(Role::GroundTruth, wanted)]);
    // In the right order of axes, there are as many maps of both roles, which can be paired.
    let gt = maps(&gt);
    let mut stacked = role(Role::GroundTruth, &gt, METRES, CERTAIN);
    stacked.stack = Some((2, 60, 80));
    let [_, single] = roles;
    let question = Understanding::new(&sampled(&[stacked, single])).question;
    let evidence = question.expect("a question").evidence;
    assert!(
        matches!(&evidence, SetEvidence::NoMatch { has_order: true, stacks, .. } if stacks[..] == [Role::GroundTruth]),
        "{evidence:?}"
    );
    assert!(
        evidence.sentence().contains("lie in a stack"),
        "{}",
        evidence.sentence()
    );
}

#[test]
fn distance_along_the_ray_is_named() {
    let [gt, fp32, int8] = frames(9, 120, 160, 8.0, 0.02);
    let ray = |all: &[Array2<f64>]| -> Vec<RawMap> {
        all.iter()
            .map(|m| {
                floats(&Array2::from_shape_fn(m.dim(), |(y, x)| {
                    let (dy, dx) = (y as f64 - 59.5, x as f64 - 79.5);
                    m[(y, x)] * (1.0 + (dy * dy + dx * dx) / 6400.0).sqrt()
                }))
            })
            .collect()
    };
    let found = understood(&maps(&gt), &ray(&fp32), &ray(&int8));
    let focal = match first_option(&found).first() {
        Some((Role::Float, Repair::Quantity(Quantity::Ray { focal }))) => *focal,
        other => panic!("{other:?}"),
    };
    assert!((focal / 80.0 - 1.0).abs() < 0.05, "{focal}");
}

#[test]
fn roles_without_common_frames_are_said_first() {
    let [gt, fp32, _] = frames(9, 60, 80, 8.0, 0.02);
    let (gt, fp32) = (maps(&gt), maps(&fp32));
    let mut roles = [
        role(Role::GroundTruth, &gt, METRES, CERTAIN),
        role(Role::Float, &fp32, METRES, CERTAIN),
    ];
    roles[1].maps = fp32
        .iter()
        .enumerate()
        .map(|(i, m)| (format!("other {i}"), m))
        .collect();
    let found = Understanding::new(&sampled(&roles));
    let question = found.question.expect("a question");
    assert!(
        matches!(question.evidence, SetEvidence::NoMatch { role: None, .. })
            && question.options.is_empty()
    );
    // One role alone has no partner.
    let int8 = gt.clone();
    let mut third = role(Role::Quantized, &int8, METRES, CERTAIN);
    roles[1].maps = fp32
        .iter()
        .enumerate()
        .map(|(i, m)| (format!("{i:03}"), m))
        .collect();
    third.maps = int8
        .iter()
        .enumerate()
        .map(|(i, m)| (format!("other {i}"), m))
        .collect();
    let [a, b] = roles;
    let question = Understanding::new(&sampled(&[a, b, third]))
        .question
        .expect("a question");
    assert!(matches!(
        question.evidence,
        SetEvidence::NoMatch {
            role: Some(Role::Quantized),
            ..
        }
    ));
}

#[test]
fn a_plausible_unit_is_asked_about_where_fp32_disagrees() {
    let [gt, fp32, _] = frames(11, 60, 80, 8.0, 0.02);
    let gt: Vec<RawMap> = gt
        .iter()
        .map(|g| codes(&g.mapv(|d| d * 1.4), 1000.0))
        .collect();
    let fp32 = maps(&fp32);
    let mm = ScalePreset::Millimetre.encoding();
    for (source, is_asked) in [
        (EncodingSource::Plausible, true),
        (CERTAIN, false),
        (EncodingSource::Chosen, false),
    ] {
        let roles = [
            role(Role::GroundTruth, &gt, mm, source),
            role(Role::Float, &fp32, METRES, CERTAIN),
        ];
        let question = Understanding::new(&sampled(&roles)).question;
        let doubtful =
            question.is_some_and(|q| matches!(q.evidence, SetEvidence::DoubtfulUnit { .. }));
        assert_eq!(doubtful, is_asked, "{source:?}");
    }
}

#[test]
fn a_factor_is_taken_on_the_side_whose_median_no_scene_has() {
    let [gt, fp32, _] = frames(31, 60, 80, 4.0, 0.02);
    // Samples of 1/45 m, which no list has: a median of some hundred metres.
    let odd: Vec<RawMap> = gt.iter().map(|g| floats(&g.mapv(|d| d * 45.0))).collect();
    let inches: Vec<RawMap> = gt.iter().map(|g| floats(&g.mapv(|d| d / 0.0254))).collect();
    let fp32 = maps(&fp32);
    let [(Role::GroundTruth, Repair::Factor(factor))] =
        first_option(&understood(&odd, &fp32, &[]))[..]
    else {
        panic!("{:?}", understood(&odd, &fp32, &[]).question)
    };
    assert!((factor * 45.0 - 1.0).abs() < 0.01, "{factor}");
    assert_eq!(
        first_option(&understood(&inches, &fp32, &[])),
        [(Role::GroundTruth, Repair::Unit(0.0254))]
    );
}

#[test]
fn of_two_guessed_units_the_ground_truths_is_asked_first() {
    // 1/256 m and centimetres, both taken for millimetres: the factor of 0.39 is no unit's.
    let [gt, fp32] = streets(41);
    let gt: Vec<RawMap> = gt.iter().map(|g| codes(g, 256.0)).collect();
    let fp32: Vec<RawMap> = fp32
        .iter()
        .map(|f| floats(&f.mapv(|d| d * 100.0)))
        .collect();
    let mm = ScalePreset::Millimetre.encoding();
    let option = |source| {
        let roles = [
            role(Role::GroundTruth, &gt, mm, EncodingSource::Plausible),
            role(Role::Float, &fp32, mm, source),
        ];
        let found = Understanding::new(&sampled(&roles));
        let options = found.question.expect("a question").options;
        options
            .into_iter()
            .flatten()
            .map(|r| (r.role, r.repair))
            .collect::<Vec<_>>()
    };
    let guessed = option(EncodingSource::Plausible);
    assert_eq!(guessed[0], (Role::GroundTruth, Repair::Unit(0.001)));
    assert!(guessed.contains(&(Role::GroundTruth, Repair::Unit(1.0 / 256.0))));
    assert!(matches!(
        option(CERTAIN)[0],
        (Role::Float, Repair::Factor(_))
    ));
}

#[test]
fn a_median_of_25_cm_is_asked_about_unless_another_kind_agrees() {
    let near: Vec<Array2<f64>> = (0..2).map(|k| scene(k, 60, 80, 0.4)).collect();
    let gt: Vec<RawMap> = near.iter().map(|g| codes(g, 1000.0)).collect();
    let mm = ScalePreset::Millimetre.encoding();
    let alone = Understanding::new(&sampled(&[role(Role::GroundTruth, &gt, mm, CERTAIN)]));
    assert!(matches!(
        alone.question.expect("one").evidence,
        SetEvidence::UnusualMedian { .. }
    ));
    let fp32 = maps(&near);
    let roles = [
        role(Role::GroundTruth, &gt, mm, CERTAIN),
        role(Role::Float, &fp32, METRES, CERTAIN),
    ];
    assert_eq!(Understanding::new(&sampled(&roles)).question, None);
}

#[test]
fn a_set_of_which_no_map_could_be_read_is_not_questioned() {
    let (gt, fp32) = (vec![floats(&scene(1, 30, 40, 5.0))], Vec::new());
    let mut sample = sampled(&[
        role(Role::GroundTruth, &gt, METRES, CERTAIN),
        role(Role::Float, &fp32, METRES, CERTAIN),
    ]);
    for role in &mut sample.roles {
        role.count = 3;
        role.maps.clear();
    }
    assert_eq!(Understanding::new(&sample), Understanding::default());
}

/// A street that is nearly its own mirror image: a road, a wall on either side and cars. In metres.
fn street(seed: u64, height: usize, width: usize) -> Array2<f64> {
    let places: Vec<f64> = noisy(&Array2::from_elem((1, 12), 0.5), seed, 0.9)
        .into_iter()
        .collect();
    let (middle, horizon) = (width as f64 / 2.0, 0.45 * height as f64);
    let walls = [3.0 + 4.0 * places[0], 3.0 + 4.0 * places[1]];
    Array2::from_shape_fn((height, width), |(y, x)| {
        let (y, x) = (y as f64 + 0.5 - horizon, x as f64 + 0.5 - middle);
        let focal = 1.1 * width as f64;
        let road = if y > 0.0 { 1.65 * focal / y } else { f64::MAX };
        let wall = walls[usize::from(x > 0.0)] * focal / x.abs();
        let mut depth = road.min(wall).clamp(1.5, 70.0);
        for car in places[2..].chunks(2) {
            let far = 6.0 + 35.0 * car[0];
            let beside = (x - 0.6 * (car[1] - 0.5) * width as f64).abs() < focal / far;
            let (top, bottom) = (0.15 * focal / far, 1.65 * focal / far);
            if beside && (top..bottom).contains(&y) {
                depth = depth.min(far);
            }
        }
        depth
    })
}

/// Streets, and FP32 predictions of them with an error of 5 %.
fn streets(seed: u64) -> [Vec<Array2<f64>>; 2] {
    let gt: Vec<Array2<f64>> = (0..3).map(|k| street(seed + k, 96, 160)).collect();
    let fp32 = gt.iter().map(|g| noisy(g, seed, 0.08)).collect();
    [gt, fp32]
}

#[test]
fn mirrored_streets_follow_in_rank_and_are_found_by_their_error() {
    for seed in [3, 40, 77] {
        let [gt, fp32] = streets(seed);
        let mirrored: Vec<RawMap> = fp32
            .iter()
            .map(|m| Repair::Flip(Flip::Columns).apply(&floats(m)))
            .collect();
        let found = understood(&maps(&gt), &mirrored, &[]);
        let as_is = found.hypotheses[0].as_is;
        assert!(as_is.correlation > 0.8, "{as_is:?}");
        let wanted = vec![(Role::Float, Repair::Flip(Flip::Columns))];
        assert_eq!(first_option(&found), wanted);
        assert_eq!(understood(&maps(&gt), &maps(&fp32), &[]).question, None);
    }
}

#[test]
fn a_guessed_unit_gives_way_to_one_that_leaves_a_networks_error() {
    let [gt, fp32] = streets(5);
    let gt: Vec<RawMap> = gt.iter().map(|g| codes(g, 256.0)).collect();
    let long: Vec<RawMap> = fp32.iter().map(|f| floats(&f.mapv(|d| d * 1.1))).collect();
    let mm = ScalePreset::Millimetre.encoding();
    let option = |source| {
        let roles = [
            role(Role::GroundTruth, &gt, mm, source),
            role(Role::Float, &long, METRES, CERTAIN),
        ];
        first_option(&Understanding::new(&sampled(&roles)))
    };
    let kitti = vec![(Role::GroundTruth, Repair::Unit(1.0 / 256.0))];
    assert_eq!(option(EncodingSource::Plausible), kitti);
    let (_, Repair::Factor(factor)) = option(CERTAIN)[0] else {
        panic!("a factor")
    };
    // Feet are a unit to within 3 %, and likelier than a network that errs by a fifth.
    let in_feet: Vec<RawMap> = fp32
        .iter()
        .map(|f| floats(&f.mapv(|d| d / 0.3048)))
        .collect();
    let room: Vec<RawMap> = streets(5)[0].iter().map(|g| codes(g, 1000.0)).collect();
    let roles = [
        role(Role::GroundTruth, &room, mm, EncodingSource::Plausible),
        role(Role::Float, &in_feet, METRES, CERTAIN),
    ];
    let found = first_option(&Understanding::new(&sampled(&roles)));
    assert_eq!(found, [(Role::Float, Repair::Unit(0.3048))]);
    assert!(
        (factor * 1000.0 * 1.1 / 256.0 - 1.0).abs() < 0.03,
        "{factor}"
    );
}

#[test]
fn disparities_that_agree_in_all_roles_are_asked_about() {
    let [gt, fp32, int8] = frames(21, 60, 80, 4.0, 0.05);
    let disparities = |all: &[Array2<f64>]| -> Vec<RawMap> {
        all.iter().map(|m| floats(&m.mapv(|d| 40.0 / d))).collect()
    };
    let all = [disparities(&gt), disparities(&fp32), disparities(&int8)];
    let question = |named: [bool; 3]| {
        let mut roles = [
            role(Role::GroundTruth, &all[0], METRES, CERTAIN),
            role(Role::Float, &all[1], METRES, CERTAIN),
            role(Role::Quantized, &all[2], METRES, CERTAIN),
        ];
        for (role, is_disparity) in roles.iter_mut().zip(named) {
            role.is_disparity_name = is_disparity;
        }
        Understanding::new(&sampled(&roles)).question
    };
    let asked = question([true; 3]).expect("a question");
    assert!(matches!(
        asked.evidence,
        SetEvidence::DisparityName {
            role: Role::GroundTruth
        }
    ));
    // Depths of another name confirm that these are depths too.
    assert_eq!(question([true, false, false]), None);
    assert_eq!(question([false; 3]), None);
}

#[test]
fn codes_in_floats_are_codes() {
    let [gt, fp32] = streets(9);
    let (gt, fp32_maps) = (maps(&gt), maps(&fp32));
    let step = 75.0 / 255.0;
    let codes_of = |zero: f64| -> Vec<RawMap> {
        let code = |d: &f64| (d / step).round().clamp(0.0, 255.0) + zero;
        fp32.iter().map(|f| floats(&f.map(code))).collect()
    };
    for zero in [-128.0, 0.0] {
        let found = understood(&gt, &fp32_maps, &codes_of(zero));
        let (_, Repair::Codes { scale, zero_point }) = first_option(&found)[0] else {
            panic!("{:?}", found.question)
        };
        assert!((scale / step - 1.0).abs() < 0.02 && (zero_point - zero).abs() <= 1.0);
    }
    // Whole metres are depths.
    let coarse: Vec<RawMap> = fp32.iter().map(|f| floats(&f.mapv(f64::round))).collect();
    assert_eq!(understood(&gt, &fp32_maps, &coarse).question, None);
}

#[test]
fn logarithms_of_metres_need_no_fitted_number() {
    for base in [1.0, std::f64::consts::LN_10] {
        let [gt, fp32, int8] = frames(15, 96, 128, 6.0, 0.1);
        let log = |all: &[Array2<f64>]| -> Vec<RawMap> {
            let of = |d: &f64| libm::log(*d) / base;
            all.iter().map(|m| floats(&m.map(of))).collect()
        };
        let found = understood(&maps(&gt), &log(&fp32), &log(&int8));
        let wanted = Repair::Quantity(Quantity::Log {
            scale: base,
            shift: 0.0,
        });
        assert_eq!(first_option(&found), both(wanted));
        // A factor near that of the logarithm stays a factor.
        let third = |all: &[Array2<f64>]| -> Vec<RawMap> {
            all.iter().map(|m| floats(&m.mapv(|d| d / 2.7))).collect()
        };
        let found = understood(&maps(&gt), &third(&fp32), &third(&int8));
        assert!(matches!(first_option(&found)[0].1, Repair::Factor(_)));
    }
}

#[test]
fn reciprocals_are_on_the_side_whose_median_is_no_depth() {
    let [gt, fp32, int8] = frames(17, 60, 80, 6.0, 0.05);
    let inverse = |all: &[Array2<f64>]| -> Vec<RawMap> {
        all.iter().map(|m| floats(&m.mapv(|d| 1.0 / d))).collect()
    };
    let found = understood(&inverse(&gt), &maps(&fp32), &maps(&int8));
    let option = first_option(&found);
    assert!(
        matches!(
            option[..],
            [(
                Role::GroundTruth,
                Repair::Quantity(Quantity::Inverse { shift: 0.0, .. })
            )]
        ),
        "{option:?}"
    );
    let sentence = found.question.as_ref().expect("one").evidence.sentence();
    assert!(
        sentence.starts_with("The ground truth falls where FP32 grows"),
        "{sentence}"
    );
    let options = &found.question.as_ref().expect("one").options;
    assert!(options.iter().any(|o| o[0].role == Role::Float));
    let found = understood(&maps(&gt), &inverse(&fp32), &inverse(&int8));
    assert_eq!(first_option(&found)[0].0, Role::Float);
}

#[test]
fn rays_show_in_every_frame_under_a_networks_noise() {
    let gt: Vec<Array2<f64>> = (0..6).map(|k| scene(50 + k, 120, 160, 8.0)).collect();
    let fp32: Vec<Array2<f64>> = gt
        .iter()
        .zip(60..)
        .map(|(g, seed)| noisy(g, seed, 0.12))
        .collect();
    let focal = 0.9 * 160.0;
    let ray = |all: &[Array2<f64>]| -> Vec<RawMap> {
        let along = |m: &Array2<f64>| {
            Array2::from_shape_fn(m.dim(), |(y, x)| {
                let (dy, dx) = (y as f64 - 59.5, x as f64 - 79.5);
                m[(y, x)] * (1.0 + (dy * dy + dx * dx) / (focal * focal)).sqrt()
            })
        };
        all.iter().map(|m| floats(&along(m))).collect()
    };
    let named = |found: &Understanding| {
        found.evidence.iter().find_map(|e| match e {
            SetEvidence::Ray { roles, focal, .. } => Some((roles[0], *focal)),
            _ => None,
        })
    };
    let found = understood(&maps(&gt), &ray(&fp32), &[]);
    let (role, fitted) = named(&found).expect("rays");
    assert!(
        role == Role::Float && (fitted / focal - 1.0).abs() < 0.2,
        "{fitted}"
    );
    let found = understood(&ray(&gt), &maps(&fp32), &[]);
    assert_eq!(named(&found).map(|n| n.0), Some(Role::GroundTruth));
    assert_eq!(named(&understood(&maps(&gt), &maps(&fp32), &[])), None);
}

#[test]
fn units_that_nothing_confirms_are_asked_about() {
    let [gt, fp32] = streets(31);
    let as_codes =
        |all: &[Array2<f64>]| -> Vec<RawMap> { all.iter().map(|m| codes(m, 256.0)).collect() };
    let (gt_codes, fp32_codes) = (as_codes(&gt), as_codes(&fp32));
    let mm = ScalePreset::Millimetre.encoding();
    let question = |source| {
        let roles = [
            role(Role::GroundTruth, &gt_codes, mm, source),
            role(Role::Float, &fp32_codes, mm, source),
        ];
        Understanding::new(&sampled(&roles)).question
    };
    let asked = question(EncodingSource::Plausible).expect("a question");
    let kitti = Repair::Unit(1.0 / 256.0);
    let of_both: Vec<(Role, Repair)> = asked.options[1]
        .iter()
        .map(|r| (r.role, r.repair))
        .collect();
    assert_eq!(
        of_both,
        [(Role::GroundTruth, kitti), (Role::Float, kitti)],
        "{:?}",
        asked.options
    );
    assert_eq!(question(CERTAIN), None);
    // The shape of KITTI's maps is evidence, and floats are metres as a rule.
    for (maps, encoding) in [
        (&gt_codes, ScalePreset::Kitti.encoding()),
        (&maps(&gt), METRES),
    ] {
        let roles = [
            role(Role::GroundTruth, maps, encoding, EncodingSource::Plausible),
            role(Role::Float, maps, encoding, EncodingSource::Plausible),
        ];
        assert_eq!(Understanding::new(&sampled(&roles)).question, None);
    }
    // Centimetres, which floats over 200 are taken for millimetres with.
    let [gt, fp32, _] = frames(33, 60, 80, 8.0, 0.05);
    let centimetres = |all: &[Array2<f64>]| -> Vec<RawMap> {
        all.iter().map(|m| floats(&m.mapv(|d| d * 100.0))).collect()
    };
    let (gt, fp32) = (centimetres(&gt), centimetres(&fp32));
    let roles = [
        role(Role::GroundTruth, &gt, mm, EncodingSource::Plausible),
        role(Role::Float, &fp32, mm, EncodingSource::Plausible),
    ];
    let question = Understanding::new(&sampled(&roles)).question;
    let options = question.expect("a question").options;
    let centimetre = Repair::Unit(0.01);
    assert!(
        options.iter().any(|o| o[0].repair == centimetre),
        "{options:?}"
    );
}

#[test]
fn a_fitted_quantity_needs_the_unit_of_its_reference_first() {
    let [gt, fp32] = streets(35);
    let gt: Vec<RawMap> = gt.iter().map(|g| codes(g, 256.0)).collect();
    let fp32: Vec<RawMap> = fp32.iter().map(|f| floats(&f.mapv(|d| 97.0 / d))).collect();
    let evidence = |source| {
        let roles = [
            role(
                Role::GroundTruth,
                &gt,
                ScalePreset::Millimetre.encoding(),
                source,
            ),
            role(Role::Float, &fp32, METRES, CERTAIN),
        ];
        let found = Understanding::new(&sampled(&roles));
        found.question.expect("a question").evidence
    };
    assert!(matches!(
        evidence(EncodingSource::Plausible),
        SetEvidence::UnconfirmedUnit { .. }
    ));
    assert!(matches!(
        evidence(EncodingSource::Chosen),
        SetEvidence::Quantity { .. }
    ));
}

#[test]
fn a_scale_error_of_no_unit_is_said_and_not_asked() {
    let [gt, fp32, int8] = frames(37, 60, 80, 8.0, 0.05);
    let times = |all: &[Array2<f64>], factor: f64| -> Vec<RawMap> {
        all.iter()
            .map(|m| floats(&m.mapv(|d| d * factor)))
            .collect()
    };
    let said = |factor: f64| {
        let found = understood(&maps(&gt), &times(&fp32, factor), &times(&int8, factor));
        assert_eq!(found.question, None, "{factor}");
        let is_scale = |e: &&SetEvidence| matches!(e, SetEvidence::ScaleError { .. });
        let ratios = found.evidence.iter().filter(is_scale);
        ratios.map(SetEvidence::sentence).collect::<Vec<_>>()
    };
    let text = &said(1.95)[0];
    assert!(
        text.ends_with("it counts as a scale error of FP32."),
        "{text}"
    );
    assert_eq!(said(0.7).len(), 1);
    assert!(said(1.1).is_empty());
}
