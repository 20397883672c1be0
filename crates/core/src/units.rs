//! Quantities as text: three significant digits, always with a unit, in English number format.
//!
//! Tables, charts and sentences all use these functions, so a figure reads the same everywhere.

use crate::i18n::{msgid, tr};

/// Text for a missing figure.
pub const MISSING: &str = "\u{2013}";

/// Text for a figure that is no finite number: evaluators print an infinite one as `inf`.
fn not_finite(value: f64) -> String {
    if value == f64::INFINITY {
        "inf".to_owned()
    } else if value == f64::NEG_INFINITY {
        "\u{2212}inf".to_owned()
    } else {
        MISSING.to_owned()
    }
}

/// `value` with `digits` significant digits, without exponent, with trailing zeros.
fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let exponent = libm::floor(libm::log10(value.abs())) as i32;
    let decimals = (digits - 1 - exponent).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    // Rounding up to a power of ten adds a digit: 9.996 is 10.0 with three digits, not 10.00.
    let carried = text
        .parse::<f64>()
        .is_ok_and(|v| v.abs() >= libm::exp10(f64::from(exponent + 1)));
    if carried && decimals > 0 {
        return format!("{value:.0$}", decimals - 1);
    }
    text
}

/// A number's text with a typographic minus, which is as wide as the digits.
#[must_use]
pub fn signed(text: String) -> String {
    match text.strip_prefix('-') {
        Some(size) => format!("\u{2212}{size}"),
        None => text,
    }
}

/// An error or a step: metres from 1 m on, millimetres below, micrometres below 0.1 mm.
#[must_use]
pub fn length(metres: f64) -> String {
    let size = metres.abs();
    if !metres.is_finite() {
        not_finite(metres)
    } else if size >= 0.9995 {
        signed(format!("{} m", significant(metres, 3)))
    } else if size >= 0.999_5e-4 {
        signed(format!("{} mm", significant(metres * 1e3, 3)))
    } else if size >= 1e-9 {
        signed(format!("{} \u{b5}m", significant(metres * 1e6, 3)))
    } else {
        "0 mm".to_owned()
    }
}

/// Several lengths in one unit: metres if the largest is at least 1 m, else millimetres.
#[must_use]
pub fn lengths(metres: &[f64]) -> String {
    let largest = metres.iter().copied().fold(0.0, f64::max);
    let (factor, unit) = if largest >= 1.0 {
        (1.0, "m")
    } else {
        (1e3, "mm")
    };
    let number = |v: &f64| {
        if v.is_finite() {
            signed(significant(v * factor, 3))
        } else {
            not_finite(*v)
        }
    };
    let numbers: Vec<String> = metres.iter().map(number).collect();
    format!("{} {unit}", numbers.join(" \u{b7} "))
}

/// Largest number of digits that distinguish lengths: 1e-5 is below the agreement of two evaluations.
const APART_DIGITS: i32 = 5;

/// Compared lengths with units, with three to five digits, as many as their differences need. All are in metres if the largest is at
/// least 1 m, else in millimetres.
#[must_use]
pub fn distinct_lengths<const N: usize>(metres: [f64; N]) -> [String; N] {
    let mut texts = distinct_length_texts(&metres).into_iter();
    std::array::from_fn(|_| texts.next().unwrap_or_default())
}

/// [`distinct_lengths`] of a slice.
#[must_use]
pub fn distinct_length_texts(metres: &[f64]) -> Vec<String> {
    let unit = shared_unit(metres.iter());
    texts(metres, unit, digits_apart(metres, unit.0))
}

/// Lengths that several sentences compare, each sentence in its own group. All have one unit, and the digits of the group that needs
/// most, so that a repeated length reads the same.
#[must_use]
pub fn distinct_length_groups(groups: &[&[f64]]) -> Vec<Vec<String>> {
    let unit = shared_unit(groups.iter().copied().flatten());
    let digits = groups.iter().map(|metres| digits_apart(metres, unit.0));
    let digits = digits.max().unwrap_or(APART_DIGITS);
    let each = groups.iter().map(|metres| texts(metres, unit, digits));
    each.collect()
}

/// Metres if the largest length is at least 1 m, else millimetres: units per metre, and the unit's name.
fn shared_unit<'a>(metres: impl Iterator<Item = &'a f64>) -> (f64, &'static str) {
    let finite = metres.filter(|v| v.is_finite());
    if finite.fold(0.0, |a: f64, v| a.max(v.abs())) >= 0.9995 {
        (1.0, "m")
    } else {
        (1e3, "mm")
    }
}

/// Digits with which the texts differ by as much as the values do, to a quarter.
fn digits_apart(metres: &[f64], factor: f64) -> i32 {
    let tells = |digits: &i32| {
        let shown = metres.iter().filter(|v| v.is_finite()).map(|v| {
            let text = significant(v * factor, *digits);
            (*v, text.parse().unwrap_or(0.0))
        });
        let shown: Vec<(f64, f64)> = shown.collect();
        shown.iter().enumerate().all(|(i, one)| {
            shown[..i].iter().all(|other| {
                let difference = (one.0 - other.0) * factor;
                let off = (one.1 - other.1 - difference).abs();
                off <= 0.25 * difference.abs()
            })
        })
    };
    (3..APART_DIGITS).find(tells).unwrap_or(APART_DIGITS)
}

fn texts(metres: &[f64], (factor, unit): (f64, &str), digits: i32) -> Vec<String> {
    let texts = metres.iter().map(|v| {
        if v.is_finite() {
            signed(format!("{} {unit}", significant(v * factor, digits)))
        } else {
            not_finite(*v)
        }
    });
    texts.collect()
}

/// The root of a mean square as a length, with the square's sign.
#[must_use]
pub fn signed_root(square: f64) -> String {
    let text = length(square.abs().sqrt());
    if square < 0.0 {
        format!("\u{2212}{text}")
    } else {
        text
    }
}

/// A depth or an end of a range, in metres, with up to four significant digits and without trailing zeros.
#[must_use]
pub fn depth_number(metres: f64) -> String {
    if !metres.is_finite() {
        return MISSING.to_owned();
    }
    let text = significant(metres, 4);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A depth with its unit.
#[must_use]
pub fn depth(metres: f64) -> String {
    signed(format!("{} m", depth_number(metres)))
}

/// Ends of ranges nearer to zero than this part of the range read as 0.
const NEGLIGIBLE_END: f64 = 1e-5;

/// A range with its unit, "[0.5, 15] m".
#[must_use]
pub fn range(min_m: f64, max_m: f64) -> String {
    let least_m = NEGLIGIBLE_END * (max_m - min_m);
    let end = |metres: f64| {
        let is_negligible = metres.abs() < least_m;
        signed(depth_number(if is_negligible { 0.0 } else { metres }))
    };
    format!("[{}, {}] m", end(min_m), end(max_m))
}

/// A share as a percentage with one decimal. Small shares are not shown as zero, nor large ones as 100 %.
#[must_use]
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    if !percent.is_finite() {
        MISSING.to_owned()
    } else if percent > 0.0 && percent < 0.05 {
        "< 0.1 %".to_owned()
    } else if (99.95..100.0).contains(&percent) {
        "> 99.9 %".to_owned()
    } else {
        signed(format!("{percent:.1} %"))
    }
}

/// Negative shares nearer to zero than this are what rounding leaves of zero.
const NO_SHARE: f64 = 1e-9;

/// A share that may be negative, as a percentage.
#[must_use]
pub fn signed_share(of_all: f64) -> String {
    match of_all {
        ..0.0 if of_all > -NO_SHARE => share(0.0),
        ..0.0 if of_all > -0.000_5 => "> \u{2212}0.1 %".to_owned(),
        ..0.0 => format!("\u{2212}{}", share(-of_all)),
        _ => share(of_all),
    }
}

/// The size of a change with the sign of the change; zero has none.
#[must_use]
pub fn with_sign(change: f64, size: &str) -> String {
    let sign = match change {
        ..0.0 => "\u{2212}",
        0.0 => "",
        _ => "+",
    };
    format!("{sign}{size}")
}

/// A relative change as a percentage with its sign, "+2.1 %"; zero has none.
#[must_use]
pub fn relative(change: f64) -> String {
    let percent = change * 100.0;
    if change.is_finite() && change != 0.0 && percent.abs() < 0.05 {
        // "+0.0 %" would hide the direction.
        let sign = if change > 0.0 { "+" } else { "" };
        signed(format!("{sign}{} %", significant(percent, 1)))
    } else if change.is_finite() {
        with_sign(change, &format!("{:.1} %", percent.abs()))
    } else {
        MISSING.to_owned()
    }
}

/// A plain ratio such as abs_rel, with three significant digits.
#[must_use]
pub fn ratio(value: f64) -> String {
    if value.is_finite() {
        signed(significant(value, 3))
    } else {
        not_finite(value)
    }
}

/// A whole number with thousands separated, "2,185,607".
#[must_use]
pub fn count(n: f64) -> String {
    let digits = format!("{n:.0}");
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A countable thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// Bits of a code.
    Bit,
    /// Values of a code.
    Code,
    /// Files.
    File,
    /// Frames.
    Frame,
    /// Layers of a network.
    Layer,
    /// Depth maps.
    Map,
    /// Files besides those already named.
    OtherFile,
    /// Predicted maps.
    Prediction,
}

/// Most names in a sentence.
const NAMES: usize = 4;

/// The first names, and how many more there are: "a, b, c, d and 3 more".
#[must_use]
pub fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let first: Vec<&str> = names.take(NAMES).collect();
    let first = first.join(", ");
    match more {
        0 => first,
        _ => tr!("{first} and {more} more", first, more),
    }
}

/// A number with its noun in the right form, "1 file", "2,000 files".
#[must_use]
pub fn counted(n: usize, noun: Noun) -> String {
    let (one, many) = match noun {
        Noun::Bit => (msgid("{number} bit"), msgid("{number} bits")),
        Noun::Code => (msgid("{number} code"), msgid("{number} codes")),
        Noun::File => (msgid("{number} file"), msgid("{number} files")),
        Noun::Frame => (msgid("{number} frame"), msgid("{number} frames")),
        Noun::Layer => (msgid("{number} layer"), msgid("{number} layers")),
        Noun::Map => (msgid("{number} map"), msgid("{number} maps")),
        Noun::OtherFile => (msgid("{number} other file"), msgid("{number} other files")),
        Noun::Prediction => (msgid("{number} prediction"), msgid("{number} predictions")),
    };
    let number = count(n as f64);
    let form = if n == 1 { one } else { many };
    tr!(form, number)
}

/// A sentence whose quantities and ranges do not break across lines: their spaces are non-breaking.
#[must_use]
pub fn with_unbreakable_units(sentence: &str) -> String {
    const UNITS: [&str; 6] = ["m", "mm", "\u{b5}m", "%", "px", "/km"];
    let mut out = String::new();
    for word in sentence.split(' ') {
        let bare = word.trim_end_matches(['.', ',', ';', ':', ')']);
        let unit = UNITS.contains(&bare) && out.ends_with(|c: char| c.is_ascii_digit() || c == ']');
        let range =
            out.ends_with(',') && out.rsplit(' ').next().is_some_and(|w| w.starts_with('['));
        if !out.is_empty() {
            out.push(if unit || range { '\u{a0}' } else { ' ' });
        }
        out.push_str(word);
    }
    out
}

/// A number of bytes, "1.5 MB".
#[must_use]
pub fn bytes(n: f64) -> String {
    if n >= 1e6 {
        format!("{} MB", significant(n / 1e6, 3))
    } else if n >= 1e3 {
        format!("{} kB", significant(n / 1e3, 3))
    } else {
        format!("{n:.0} B")
    }
}

/// A sample without unit with all its digits; large samples in powers of ten.
#[must_use]
pub fn sample(value: f64) -> String {
    let single = value as f32;
    match (f64::from(single) == value, value >= 1e7) {
        (_, true) => format!("{value:e}"),
        (true, false) => single.to_string(),
        (false, false) => value.to_string(),
    }
}

/// The rate of some work, and the time that is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    bytes_per_s: f64,
    left_s: f64,
}

/// Time before a pace is shown, in milliseconds.
const PACE_AFTER_MS: f64 = 1000.0;

impl Pace {
    /// The pace of work that has done some of all bytes in some milliseconds; `None` in the first second or before any work is done.
    #[must_use]
    pub fn measure(done: f64, total: f64, elapsed_ms: f64) -> Option<Self> {
        if elapsed_ms < PACE_AFTER_MS || done <= 0.0 {
            return None;
        }
        let bytes_per_s = done / elapsed_ms * 1000.0;
        Some(Self {
            bytes_per_s,
            left_s: (total - done).max(0.0) / bytes_per_s,
        })
    }

    /// Rate and time left, as text that follows the done part.
    #[must_use]
    pub fn text(self) -> String {
        tr!(
            ", {}/s, {left} left",
            bytes(self.bytes_per_s),
            left = self.left()
        )
    }

    /// The time that is left.
    #[must_use]
    pub fn left(self) -> String {
        duration(self.left_s)
    }
}

/// A rough time in seconds or minutes.
#[must_use]
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.5 => tr!("about a second").to_owned(),
        s if s < 90.0 => tr!("about {} s", format_args!("{s:.0}")),
        s => tr!("about {} min", format_args!("{:.0}", s / 60.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: fn(f64) -> String, rows: &[(f64, &str)]) {
        let wrong: Vec<_> = rows
            .iter()
            .map(|&(value, expected)| (value, format(value), expected))
            .filter(|(_, got, expected)| got != expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_small_change_keeps_its_sign() {
        for (change, text) in [
            (0.021, "+2.1 %"),
            (0.000_2, "+0.02 %"),
            (-0.000_43, "\u{2212}0.04 %"),
            (-0.5, "\u{2212}50.0 %"),
            (0.0, "0.0 %"),
            (f64::NAN, MISSING),
        ] {
            assert_eq!(relative(change), text);
        }
    }

    #[test]
    fn errors_and_steps() {
        check(
            length,
            &[
                (2.377, "2.38 m"),
                (0.9994, "999 mm"),
                (0.9996, "1.00 m"),
                (0.183, "183 mm"),
                (0.015_07, "15.1 mm"),
                (-0.351, "\u{2212}351 mm"),
                (0.000_2, "0.200 mm"),
                (0.000_012_3, "12.3 \u{b5}m"),
                (0.0, "0 mm"),
                (123.4, "123 m"),
                (f64::NAN, MISSING),
                (f64::INFINITY, "inf"),
                (f64::NEG_INFINITY, "\u{2212}inf"),
            ],
        );
    }

    #[test]
    fn several_lengths_share_a_unit() {
        assert_eq!(
            lengths(&[2.7, 0.94, 0.741]),
            "2.70 \u{b7} 0.940 \u{b7} 0.741 m"
        );
        assert_eq!(lengths(&[0.0137, 0.0284]), "13.7 \u{b7} 28.4 mm");
    }

    #[test]
    fn compared_lengths_have_enough_digits() {
        let rows = [
            ([0.390, 0.741], ["390 mm", "741 mm"]),
            ([0.254_1, 0.254_51], ["254.1 mm", "254.5 mm"]),
            ([0.254_10, 0.254_12], ["254.10 mm", "254.12 mm"]),
            ([0.254, 0.254], ["254 mm", "254 mm"]),
            ([0.254_1, 0.254_1 + 1e-9], ["254.10 mm", "254.10 mm"]),
            ([0.95, 1.05], ["0.950 m", "1.05 m"]),
            ([-0.000_05, 0.1], ["\u{2212}0.0500 mm", "100 mm"]),
            ([f64::NAN, 0.1], [MISSING, "100 mm"]),
            ([0.25, f64::INFINITY], ["250 mm", "inf"]),
        ];
        for (metres, texts) in rows {
            assert_eq!(distinct_lengths(metres), texts);
        }
    }

    #[test]
    fn a_length_reads_the_same_in_every_group() {
        let groups: [&[f64]; 3] = [&[0.254_51], &[0.254_51, 0.254_1], &[0.254_51, 0.1]];
        let expected = [
            vec!["254.5 mm"],
            vec!["254.5 mm", "254.1 mm"],
            vec!["254.5 mm", "100.0 mm"],
        ];
        assert_eq!(distinct_length_groups(&groups), expected);
        // Neighbours in different groups are not compared.
        let apart: [&[f64]; 2] = [&[0.254_51, 0.1], &[0.254_1, 0.1]];
        assert_eq!(distinct_length_groups(&apart)[0], ["255 mm", "100 mm"]);
        assert_eq!(distinct_length_groups(&[&[0.95], &[1.05]])[0], ["0.950 m"]);
    }

    #[test]
    fn depths() {
        check(
            depth,
            &[
                (15.0, "15 m"),
                (0.5, "0.5 m"),
                (230.273, "230.3 m"),
                (100.0, "100 m"),
                (0.0, "0 m"),
                (1000.0, "1000 m"),
            ],
        );
    }

    #[test]
    fn shares_near_0_and_1_are_not_rounded_to_them() {
        check(
            share,
            &[
                (0.0, "0.0 %"),
                (1e-6, "< 0.1 %"),
                (0.843, "84.3 %"),
                (0.999_99, "> 99.9 %"),
                (1.0, "100.0 %"),
            ],
        );
    }

    #[test]
    fn counts() {
        check(
            count,
            &[(0.0, "0"), (999.0, "999"), (2_185_607.0, "2,185,607")],
        );
        assert_eq!(counted(1, Noun::File), "1 file");
        assert_eq!(counted(2000, Noun::File), "2,000 files");
    }

    #[test]
    fn quantities_do_not_break_across_lines() {
        assert_eq!(
            with_unbreakable_units("No: [0.5, 15] m loses 2.38 m, or 5.4 % of it in m."),
            "No: [0.5,\u{a0}15]\u{a0}m loses 2.38\u{a0}m, or 5.4\u{a0}% of it in m."
        );
    }

    #[test]
    fn ratios() {
        check(
            ratio,
            &[
                (0.140_5, "0.141"),
                (0.008_7, "0.00870"),
                (9.996, "10.0"),
                (0.0, "0"),
            ],
        );
    }

    #[test]
    fn a_pace_is_shown_after_a_second() {
        assert_eq!(Pace::measure(5e6, 1e7, 500.0), None);
        assert_eq!(Pace::measure(0.0, 1e7, 5000.0), None);
        let text = |done, total, ms| Pace::measure(done, total, ms).expect("a pace").text();
        assert_eq!(
            text(5e7, 1e8, 5000.0),
            format!(", {}/s, about 5 s left", bytes(1e7))
        );
        assert_eq!(
            text(1e6, 1e9, 1000.0),
            format!(", {}/s, about 17 min left", bytes(1e6))
        );
        assert_eq!(
            text(1e7, 1e7, 1000.0),
            format!(", {}/s, about a second left", bytes(1e7))
        );
    }

    #[test]
    fn samples_are_short() {
        for (value, text) in [
            (65_535.0, "65535"),
            (1e10, "1e10"),
            (0.5, "0.5"),
            (16_777_216.0, "1.6777216e7"),
        ] {
            assert_eq!(sample(value), text);
        }
    }
}
