//! Sentences about evidence, questions and repairs.

use super::dead_output::{DeadKind, DeadOutput};
use super::evidence_found::{Question, SetEvidence};
use super::listed_units::unit_title;
use super::placement::{Borders, Fit};
use super::repair::{AxisOrder, Flip, Quantity, Repair, RoleRepair};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::units;

/// The short name of a role inside a sentence.
fn name(role: Role) -> &'static str {
    match role {
        Role::GroundTruth => tr!("the ground truth"),
        Role::Float => "FP32",
        Role::Quantized => "INT8",
        Role::Board => tr!("the board's INT8"),
    }
}

fn names(roles: &[Role]) -> String {
    let mut unique: Vec<Role> = Vec::new();
    for &role in roles {
        if !unique.contains(&role) {
            unique.push(role);
        }
    }
    joined(&unique.into_iter().map(name).collect::<Vec<_>>())
}

/// Names of a sentence, the last two with "and" between them.
fn joined(all: &[&str]) -> String {
    match all {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => tr!("{} and {last}", first.join(", "), last),
    }
}

fn correlation(value: f64) -> String {
    units::signed(format!("{value:.2}"))
}

/// A factor of two sides: "3.9 times as far", "0.26 times as far".
fn times(ratio: f64) -> String {
    units::depth_number(format!("{ratio:.1e}").parse().unwrap_or(ratio))
}

/// A depth with its unit; beyond a thousand kilometres in powers of ten.
fn far(depth_m: f64) -> String {
    if depth_m < 1e6 {
        return units::depth(depth_m);
    }
    let rounded: f64 = format!("{depth_m:.2e}").parse().unwrap_or(depth_m);
    units::signed(format!("{} m", units::sample(rounded)))
}

fn size((height, width): (usize, usize)) -> String {
    format!("{width} × {height}")
}

/// A sentence with a capital at its beginning.
fn capital(sentence: &str) -> String {
    let mut rest = sentence.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest).collect()
}

impl SetEvidence {
    /// One sentence, with its numbers and full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        capital(&self.words())
    }

    fn words(&self) -> String {
        match self {
            Self::NoMatch {
                role,
                counts,
                stacks,
                has_order: _,
            } => {
                let counts: Vec<String> = counts
                    .iter()
                    .map(|(role, maps)| format!("{} {maps}", role.title()))
                    .collect();
                let counts = counts.join(", ");
                match role {
                    _ if !stacks.is_empty() => tr!(
                        "The maps of {} lie in a stack, those of another role in files of their own, so no name tells which belong together: {counts}.",
                        names(stacks),
                        counts = counts
                    ),
                    None => tr!(
                        "No frame has maps of two roles, so nothing can be compared: {}.",
                        counts
                    ),
                    Some(role) => tr!(
                        "No map of {} belongs to a frame of another role: {counts}.",
                        name(*role),
                        counts = counts
                    ),
                }
            }
            Self::StackAxes {
                role,
                shape: (frames, height, width),
                order,
                beside,
            } => {
                let (maps, size) = match order {
                    AxisOrder::FramesMiddle => (height, size((*frames, *width))),
                    _ => (width, size((*frames, *height))),
                };
                match beside {
                    Some(other) => tr!(
                        "The shape of {}, ({frames}, {height}, {width}), is {maps} maps of {size}, the size of {}, with the frames in another axis.",
                        name(*role),
                        name(*other),
                        frames = frames,
                        height = height,
                        width = width,
                        maps = maps,
                        size = size
                    ),
                    None => tr!(
                        "The shape of {}, ({frames}, {height}, {width}), looks like {maps} maps of {size}, with the frames in the last axis.",
                        name(*role),
                        frames = frames,
                        height = height,
                        width = width,
                        maps = maps,
                        size = size
                    ),
                }
            }
            Self::ByteOrder { roles } => tr!(
                "The values of {} cannot be depths as they are, but are once the bytes of each value are swapped: the byte order is wrong.",
                names(roles)
            ),
            Self::NoDepth { role, value } => {
                let (depth, share) = (far(value.depth_m), units::share(value.share));
                if value.is_impossible {
                    tr!(
                        "About {share} of the pixels of {} are at {depth}, farther than any scene: they are no depth.",
                        name(*role),
                        depth = depth,
                        share = share
                    )
                } else {
                    tr!(
                        "About {share} of the pixels of {} are at exactly {depth}, far from the others: probably the sky or a far plane.",
                        name(*role),
                        depth = depth,
                        share = share
                    )
                }
            }
            Self::Codes {
                role,
                fitted_on: Some(other),
            } => tr!(
                "{} holds codes, not depths: a scale and a zero point make them follow {}.",
                name(*role),
                name(*other)
            ),
            Self::Codes {
                role,
                fitted_on: None,
            } => tr!(
                "{} holds codes, not depths: some integers are negative, and their scale and zero point are not in the file.",
                name(*role)
            ),
            Self::Size {
                reference,
                tested,
                frame,
                map,
                fit,
                transposed,
            } => {
                let fits = if *transposed {
                    tr!("its axes are swapped").to_owned()
                } else {
                    fit_words(*fit)
                };
                tr!(
                    "{} is {map}, {} is {frame}: {fits}.",
                    name(*tested),
                    name(*reference),
                    map = size(*map),
                    frame = size(*frame),
                    fits = fits
                )
            }
            Self::Orientation {
                reference,
                tested,
                as_is,
                repaired,
            } => tr!(
                "{} follows {} {after} in another orientation, {before} as it is (rank correlation).",
                name(*tested),
                name(*reference),
                after = correlation(repaired.correlation),
                before = correlation(as_is.correlation)
            ),
            Self::Quantity {
                reference,
                role,
                as_is,
                repaired,
            } => {
                if as_is.correlation < 0.0 {
                    tr!(
                        "{} falls where {} grows (rank correlation {before}; {after} as inverse depth).",
                        name(*role),
                        name(*reference),
                        before = correlation(as_is.correlation),
                        after = correlation(repaired.correlation)
                    )
                } else {
                    tr!(
                        "{} follows {} in order, not in size: abs_rel is {before} as it is, {after} as another quantity.",
                        name(*role),
                        name(*reference),
                        before = units::ratio(as_is.abs_rel),
                        after = units::ratio(repaired.abs_rel)
                    )
                }
            }
            Self::DisparityName { role } => tr!(
                "The name of {} states disparity: depth then needs baseline times focal length.",
                name(*role)
            ),
            Self::Unit {
                reference,
                role,
                ratio,
                unit_m,
            } => tr!(
                "The predictions are {} times as far as {}; with {} in {unit} they agree.",
                times(*ratio),
                name(*reference),
                name(*role),
                unit = unit_title(*unit_m)
            ),
            Self::Factor {
                reference,
                tested,
                ratio,
            } => tr!(
                "{} is {} times as far as {}, a factor of no listed unit.",
                name(*tested),
                times(*ratio),
                name(*reference)
            ),
            Self::ScaleError {
                reference,
                tested,
                ratio,
            } => tr!(
                "{} is {} times as far as {} in the median. No unit explains it: it counts as a scale error of {}.",
                name(*tested),
                times(*ratio),
                name(*reference),
                name(*tested)
            ),
            Self::UnconfirmedUnit {
                roles,
                unit_m,
                median_m,
            } => tr!(
                "The unit of {} is only plausible: in {unit} the median is {median}, other units fit too, and no map in another unit confirms one.",
                names(roles),
                unit = unit_title(*unit_m),
                median = units::depth(*median_m)
            ),
            Self::Marker { role, value, share } => tr!(
                "About {share} of the pixels of {} are {value}, which stands for \"no depth\": they are left out.",
                name(*role),
                share = units::share(*share),
                value = units::sample(*value)
            ),
            Self::DoubtfulUnit {
                role,
                beside,
                ratio,
            } => tr!(
                "The unit of {} is only plausible, and {} disagrees by a factor of {}.",
                name(*role),
                name(*beside),
                times(*ratio)
            ),
            Self::UnusualMedian { role, median_m } => tr!(
                "The median of {} would be {}, as in few scenes.",
                name(*role),
                units::depth(*median_m)
            ),
            Self::Ray {
                roles,
                focal,
                at_edge,
            } => tr!(
                "The values of {} look like distance along the ray, not depth along the axis: at the edge they are {} times as large, as with a focal length of {} pixels.",
                names(roles),
                times(*at_edge),
                units::depth_number(*focal)
            ),
            Self::Unrelated {
                reference,
                tested,
                as_is,
            } => tr!(
                "{} hardly follows {} (rank correlation {}), and no repair explains it.",
                name(*tested),
                name(*reference),
                correlation(as_is.correlation)
            ),
            Self::Dead(dead) => dead.sentence(),
        }
    }
}

fn fit_words(fit: Fit) -> String {
    let words = match fit {
        Fit::Same | Fit::Resized => tr!("the same frame at another resolution"),
        Fit::BottomCrop => {
            tr!("a window at the lower middle of the frame, as KITTI's benchmark crops")
        }
        Fit::CentreCrop => tr!("a window in the middle of the frame"),
        Fit::CornerCrop => tr!("a window at the upper left of the frame"),
        Fit::NyuCrop => tr!("the part of NYUv2 that is evaluated"),
        Fit::Borders(borders) => {
            return tr!("the frame with borders {}", border_words(borders));
        }
        Fit::ScaledCentreCrop => tr!("the middle of the frame at another resolution"),
        Fit::Letterbox(borders) => {
            return tr!(
                "the whole frame at another resolution, with borders {}",
                border_words(borders)
            );
        }
    };
    words.to_owned()
}

/// The sides of borders, as in "on the left and at the top".
fn border_words(borders: Borders) -> String {
    let sides = [
        (borders.left, tr!("on the left")),
        (borders.top, tr!("at the top")),
        (borders.right, tr!("on the right")),
        (borders.bottom, tr!("at the bottom")),
    ];
    let own = sides.into_iter().filter(|side| side.0).map(|side| side.1);
    let own: Vec<&str> = own.collect();
    match own.len() {
        4 => tr!("on all sides").to_owned(),
        _ => joined(&own),
    }
}

impl DeadOutput {
    /// One sentence, with its numbers and full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        capital(&self.words())
    }

    fn words(&self) -> String {
        let role = name(self.role);
        match self.kind {
            DeadKind::SameMap { frames } => tr!(
                "{role} gives the same map for {frames} different inputs: check the run, not the quantization.",
                role = role,
                frames = frames
            ),
            DeadKind::OneValue { value } => tr!(
                "{role} is one value everywhere, {value}: check the run, not the quantization.",
                role = role,
                value = units::sample(value)
            ),
            DeadKind::OneValueFrom { frame, value } => tr!(
                "From frame {frame} on, {role} is one value everywhere, {value}: check the run, not the quantization.",
                frame = frame + 1,
                role = role,
                value = units::sample(value)
            ),
            DeadKind::NanFrom { frame: 0 } => tr!(
                "{role} holds no number at all: check the run, not the quantization.",
                role = role
            ),
            DeadKind::NanFrom { frame } => tr!(
                "From frame {frame} on, {role} holds no number at all: check the run, not the quantization.",
                frame = frame + 1,
                role = role
            ),
        }
    }
}

impl Question {
    /// Captions of the answers: the roles and what is done to them.
    pub fn answers(&self) -> impl Iterator<Item = String> {
        self.options.iter().map(|repairs| answer(repairs))
    }

    /// The question itself, after the sentence of its evidence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match (&self.evidence, self.options.first()) {
            (SetEvidence::NoMatch { .. }, _) => tr!("Which files belong together?").to_owned(),
            (SetEvidence::Codes { .. }, None) => {
                tr!("What are scale and zero point of the output?").to_owned()
            }
            (SetEvidence::DisparityName { .. }, _) => {
                tr!("What is baseline times focal length?").to_owned()
            }
            (_, Some(repairs)) => {
                format!("{}?", answer(repairs))
            }
            (_, None) => tr!("What is the unit?").to_owned(),
        }
    }
}

fn answer(repairs: &[RoleRepair]) -> String {
    let mut roles: Vec<Role> = repairs.iter().map(|r| r.role).collect();
    roles.dedup();
    capital(&format!("{}: {}", names(&roles), repairs_caption(repairs)))
}

/// The captions of repairs, without repetition for several roles.
fn repairs_caption(repairs: &[RoleRepair]) -> String {
    let mut captions: Vec<String> = Vec::new();
    for repair in repairs {
        let caption = repair.repair.caption();
        if !captions.contains(&caption) {
            captions.push(caption);
        }
    }
    captions.join(", ")
}

impl Repair {
    /// The action of a press, as a caption.
    #[must_use]
    pub fn caption(&self) -> String {
        match *self {
            Self::SwapAxes(AxisOrder::Transposed) => tr!("swap rows and columns").to_owned(),
            Self::SwapAxes(AxisOrder::FramesLast) => tr!("take the last axis as frames").to_owned(),
            Self::SwapAxes(AxisOrder::FramesMiddle) => {
                tr!("take the middle axis as frames").to_owned()
            }
            Self::Flip(Flip::Rows) => tr!("turn upside down").to_owned(),
            Self::Flip(Flip::Columns) => tr!("mirror left and right").to_owned(),
            Self::Flip(Flip::Both) => tr!("rotate by 180\u{b0}").to_owned(),
            Self::Window(w) => {
                let whole =
                    (w.top, w.left, w.height, w.width) == (0, 0, w.frame_height, w.frame_width);
                if whole {
                    tr!("resize to {} × {}", w.frame_width, w.frame_height)
                } else {
                    tr!(
                        "place {} × {} pixels at column {} and row {}",
                        w.width,
                        w.height,
                        units::signed(w.left.to_string()),
                        units::signed(w.top.to_string())
                    )
                }
            }
            Self::ByteOrder => tr!("swap the bytes of each value").to_owned(),
            Self::Quantity(Quantity::Inverse { scale, shift: 0.0 }) => tr!(
                "read as disparity, depth = {} / sample",
                units::depth_number(1.0 / scale)
            ),
            Self::Quantity(Quantity::Inverse { .. }) => {
                tr!("read as inverse depth, scale and shift fitted").to_owned()
            }
            Self::Quantity(Quantity::Log { shift: 0.0, .. }) => {
                tr!("read as logarithm of the depth in metres").to_owned()
            }
            Self::Quantity(Quantity::Log { .. }) => {
                tr!("read as logarithm of depth, scale and shift fitted").to_owned()
            }
            Self::Quantity(Quantity::Affine { .. }) => {
                tr!("read as relative depth, scale and shift fitted").to_owned()
            }
            Self::Quantity(Quantity::Ray { focal }) => tr!(
                "read as distance along the ray, with a focal length of {} pixels",
                units::depth_number(focal)
            ),
            Self::Unit(unit_m) => tr!("read in {}", unit_title(unit_m)),
            Self::Factor(factor) => tr!("multiply by {}", units::depth_number(factor)),
            Self::Codes {
                scale,
                zero_point: 0.0,
            } => tr!("depth = {} × code", units::depth_number(scale)),
            Self::Codes { scale, zero_point } => tr!(
                "depth = {} × (code {})",
                units::depth_number(scale),
                if zero_point > 0.0 {
                    format!("\u{2212} {zero_point}")
                } else {
                    format!("+ {}", zero_point.abs())
                }
            ),
            Self::NoDepth(value) => tr!("{} is no depth", units::sample(value)),
            Self::AsIs(_) => tr!("keep as it is").to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understanding::Score;

    #[test]
    fn a_question_says_what_was_found_and_what_a_press_does() {
        let score = |correlation, abs_rel| Score {
            correlation,
            abs_rel,
            pixels: 4096,
        };
        let repair = Repair::Flip(Flip::Rows);
        let question = Question {
            evidence: SetEvidence::Orientation {
                reference: Role::GroundTruth,
                tested: Role::Float,
                as_is: score(0.528, 0.34),
                repaired: score(0.98, 0.05),
            },
            options: vec![vec![
                RoleRepair {
                    role: Role::Float,
                    repair,
                },
                RoleRepair {
                    role: Role::Quantized,
                    repair,
                },
            ]],
        };
        assert_eq!(
            question.evidence.sentence(),
            "FP32 follows the ground truth 0.98 in another orientation, 0.53 as it is (rank correlation)."
        );
        assert_eq!(question.sentence(), "FP32 and INT8: turn upside down?");
    }

    #[test]
    fn captions_have_their_numbers() {
        let rows = [
            (
                Repair::Codes {
                    scale: 0.03137,
                    zero_point: -128.0,
                },
                "depth = 0.03137 × (code + 128)",
            ),
            (Repair::Unit(1.0 / 256.0), "read in 1/256 m (KITTI)"),
            (
                Repair::Quantity(Quantity::Inverse {
                    scale: 0.01,
                    shift: 0.0,
                }),
                "read as disparity, depth = 100 / sample",
            ),
            (Repair::NoDepth(1e11), "1e11 is no depth"),
        ];
        for (repair, wanted) in rows {
            assert_eq!(repair.caption(), wanted);
        }
    }
}
