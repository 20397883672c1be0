//! Axes: quantity, position of a value, ticks, grid lines and titles.

use super::labels::{text_px, widest_px};
use super::plot_rect::PlotRect;
use super::scale::{LinearScale, LogScale, length_ticks};
use super::scene::{Align, Ink, Scene, Weight};
use fathom_core::i18n::tr;
use fathom_core::units;

/// Distance of an axis's labels from the plot, in CSS pixels.
const LABEL_GAP: f64 = 8.0;

/// The quantity of an axis or a readout, in the units of `fathom_core`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// An error or a step, in metres: shown in millimetres or metres.
    Length,
    /// A depth or an end of a range, in metres: shown in metres.
    Depth,
    /// A share of 1: shown in percent.
    Share,
    /// A ratio without unit.
    Plain,
    /// An inverse length in 1/km.
    PerKm,
    /// A squared length, in square metres.
    Square,
    /// Positions in an image, in pixels.
    Pixels,
    /// Numbers of things that the axis's title names.
    Number,
}

impl Quantity {
    /// A value as text with its unit.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Length => units::length(value),
            Self::Depth => units::depth(value),
            Self::Share => units::share(value),
            Self::Plain => units::ratio(value),
            // An infinite figure has no unit.
            Self::PerKm | Self::Square if !value.is_finite() => units::ratio(value),
            Self::PerKm => tr!("{} /km", units::ratio(value)),
            Self::Square => format!("{} m\u{b2}", units::ratio(value)),
            Self::Pixels => tr!("{} px", units::count(value)),
            Self::Number => units::depth_number(value),
        }
    }

    /// Labels of the ticks of one axis.
    fn labels(self, ticks: &[f64], one_unit: bool) -> Vec<String> {
        let largest = ticks.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
        let label = |&v: &f64| match self {
            Self::Length if one_unit => length_in_unit(v, largest),
            Self::Length => length_ticks(v),
            Self::Depth => format!("{} m", plain(v)),
            Self::Share => format!("{} %", plain(v * 100.0)),
            Self::PerKm => tr!("{} /km", plain(v)),
            Self::Square => format!("{} m\u{b2}", plain(v)),
            Self::Pixels => tr!("{} px", plain(v)),
            Self::Plain | Self::Number => plain(v),
        };
        ticks.iter().map(label).collect()
    }
}

/// Number of a tick: at most eight decimals, without trailing zeros.
fn plain(value: f64) -> String {
    let text = format!("{value:.8}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    // Steps that do not end in binary leave a negative zero in the middle.
    units::signed(if text == "-0" { "0" } else { text }.to_owned())
}

/// A length in the unit that suits the largest of its axis.
fn length_in_unit(metres: f64, largest: f64) -> String {
    if largest >= 0.999_999 {
        format!("{} m", plain(metres))
    } else if largest >= 0.999_999e-3 || largest == 0.0 {
        // Products such as 0.07 * 1000 carry the last bits of a rounding.
        tr!("{} mm", plain((metres * 1e9).round() / 1e6))
    } else {
        tr!("{} \u{b5}m", plain((metres * 1e12).round() / 1e6))
    }
}

/// Spacing of values along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// Equal distances.
    Linear,
    /// Equal ratios.
    Log,
}

/// An axis as asked for: its quantity, its title and its ends.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisSpec {
    /// Its quantity.
    pub quantity: Quantity,
    /// Its spacing.
    pub spacing: Spacing,
    /// Title, such as "end of the range"; the unit stands at the ticks.
    pub title: String,
    /// Its ends; `None` for those of the data.
    pub ends: Option<(f64, f64)>,
}

impl AxisSpec {
    /// A linear axis over the data.
    pub fn linear(quantity: Quantity, title: impl Into<String>) -> Self {
        Self {
            quantity,
            spacing: Spacing::Linear,
            title: title.into(),
            ends: None,
        }
    }

    /// A logarithmic axis over the data.
    pub fn log(quantity: Quantity, title: impl Into<String>) -> Self {
        Self {
            spacing: Spacing::Log,
            ..Self::linear(quantity, title)
        }
    }

    /// The same axis with these ends.
    #[must_use]
    pub fn over(self, from: f64, to: f64) -> Self {
        Self {
            ends: Some((from, to)),
            ..self
        }
    }

    /// The ends: as asked for, or those of the values with this share of air around them. Values that the axis cannot show play no
    /// part.
    pub(super) fn ends_of(&self, values: impl Iterator<Item = f64>, air: f64) -> (f64, f64) {
        if let Some(ends) = self.ends {
            return ends;
        }
        let shown = |v: &f64| v.is_finite() && (self.spacing == Spacing::Linear || *v > 0.0);
        let (low, high) = values
            .filter(shown)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            });
        if low > high {
            return (1e-3, 1.0);
        }
        // A single value, or nearly, still gets an axis about it.
        match self.spacing {
            Spacing::Log if high / low < 1.01 => (low / 1.2, high * 1.2),
            Spacing::Log => {
                let factor = libm::pow(high / low, air);
                (low / factor, high * factor)
            }
            Spacing::Linear if high - low <= 1e-6 * high.abs().max(low.abs()) => {
                let room = (0.2 * high.abs()).max(1e-3);
                (low - room, high + room)
            }
            // An axis that begins at zero, or nearly, is not pulled below it.
            Spacing::Linear if low >= 0.0 && low < 0.3 * high && air > 0.0 => {
                (0.0, high + air * (high - low))
            }
            Spacing::Linear => (low - air * (high - low), high + air * (high - low)),
        }
    }

    /// Lays an axis from `low` at `start_px` to `high` at `end_px`.
    pub(super) fn axis(&self, (low, high): (f64, f64), start_px: f64, end_px: f64) -> Axis {
        match self.spacing {
            Spacing::Log => Axis::Log(LogScale::new(low, high, start_px, end_px)),
            Spacing::Linear => Axis::Linear(LinearScale::new(low, high, start_px, end_px)),
        }
    }

    /// The ticks of an axis with their labels.
    pub(super) fn ticks(&self, axis: &Axis, gap_px: f64) -> Vec<(f64, String)> {
        let ticks = axis.ticks(gap_px);
        let one_unit = self.spacing == Spacing::Linear;
        let labels = self.quantity.labels(&ticks, one_unit);
        ticks.into_iter().zip(labels).collect()
    }

    /// Room for the labels of a vertical axis.
    pub(super) fn labels_px(&self, axis: &Axis, gap_px: f64) -> f64 {
        let ticks = self.ticks(axis, gap_px);
        widest_px(ticks.iter().map(|t| t.1.as_str()), Weight::Regular) + LABEL_GAP
    }
}

/// An axis of either kind, laid over pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Axis {
    /// Equal distances.
    Linear(LinearScale),
    /// Equal ratios.
    Log(LogScale),
}

impl Axis {
    /// Position of a value, in pixels. Values beyond the ends lie outside the plot.
    #[must_use]
    pub fn to_px(&self, value: f64) -> f64 {
        match self {
            Self::Linear(scale) => scale.to_px(value),
            Self::Log(scale) => scale.to_px(value),
        }
    }

    /// The value at a pixel, clamped to the axis.
    #[must_use]
    pub fn to_value(&self, px: f64) -> f64 {
        match self {
            Self::Linear(scale) => scale.to_value(px),
            Self::Log(scale) => scale.to_value(px),
        }
    }

    /// Returns true if a value has a position on an axis of this kind, even outside its ends.
    #[must_use]
    pub fn can_show(&self, value: f64) -> bool {
        value.is_finite() && (matches!(self, Self::Linear(_)) || value > 0.0)
    }

    /// Values of the ticks, at least `gap_px` apart.
    #[must_use]
    pub fn ticks(&self, gap_px: f64) -> Vec<f64> {
        match self {
            Self::Linear(scale) => scale.ticks(gap_px),
            Self::Log(scale) => scale.ticks(gap_px),
        }
    }
}

impl PlotRect {
    /// The titles of both axes: that of the vertical one above its labels, that of the horizontal one under its.
    pub(super) fn titles(&self, scene: &mut Scene, x: &str, y: &str, y_at: f64) {
        let under = ((self.left + self.right) / 2.0, self.bottom + 41.0);
        for (text, at, align) in [(y, (4.0, y_at), Align::Start), (x, under, Align::Middle)] {
            if !text.is_empty() {
                scene.text(at, text, Ink::Muted, align, Weight::Regular);
            }
        }
    }

    /// Ticks of a vertical axis: a line across the plot and a label on its left.
    pub(super) fn y_ticks(&self, scene: &mut Scene, ticks: &[(f64, String)], axis: &Axis) {
        for (tick, label) in ticks {
            let y = axis.to_px(*tick);
            scene.line((self.left, y), (self.right, y), Ink::Line, 1.0);
            let at = (self.left - LABEL_GAP, y);
            scene.text(at, label, Ink::Muted, Align::End, Weight::Regular);
        }
    }

    /// The line under the plot, and the ticks of a horizontal axis with their labels below it.
    pub(super) fn x_ticks(&self, scene: &mut Scene, ticks: &[(f64, String)], axis: &Axis) {
        let bottom = self.bottom;
        scene.line((self.left, bottom), (self.right, bottom), Ink::Line, 1.0);
        for (tick, label) in ticks {
            let x = axis.to_px(*tick);
            scene.line((x, bottom), (x, bottom + 5.0), Ink::Muted, 1.0);
            // Labels at the ends of the axis stay on the panel.
            let half = text_px(label, Weight::Regular) / 2.0;
            let at = (x.clamp(half, (scene.width - half).max(half)), bottom + 22.0);
            scene.text(at, label, Ink::Muted, Align::Middle, Weight::Regular);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_a_linear_axis_share_a_unit() {
        let labels = |quantity: Quantity, ticks: &[f64]| quantity.labels(ticks, true).join(" ");
        assert_eq!(
            labels(Quantity::Length, &[-0.5, 0.0, 0.5, 1.0]),
            "\u{2212}0.5 m 0 m 0.5 m 1 m"
        );
        assert_eq!(
            labels(Quantity::Length, &[0.0, 0.07, 0.14]),
            "0 mm 70 mm 140 mm"
        );
        assert_eq!(labels(Quantity::Length, &[0.0]), "0 mm");
        assert_eq!(labels(Quantity::Share, &[0.0, 0.05, 0.1]), "0 % 5 % 10 %");
        assert_eq!(labels(Quantity::Pixels, &[0.0, 100.0]), "0 px 100 px");
        assert_eq!(
            Quantity::Length.labels(&[0.1, 1.0], false).join(" "),
            "100 mm 1 m"
        );
    }

    #[test]
    fn a_single_value_gets_an_axis_about_it() {
        for spec in [
            AxisSpec::log(Quantity::Length, ""),
            AxisSpec::linear(Quantity::Length, ""),
        ] {
            let (low, high) = spec.ends_of([2.0].into_iter(), 0.0);
            assert!(low < 1.9 && high > 2.1, "{low} {high}");
        }
        let (low, high) = AxisSpec::linear(Quantity::Plain, "").ends_of([0.0].into_iter(), 0.1);
        assert!(low < 0.0 && high > 0.0);
    }

    #[test]
    fn an_axis_takes_the_ends_of_what_it_can_show() {
        let log = AxisSpec::log(Quantity::Length, "");
        let (low, high) = log.ends_of([0.0, f64::NAN, 0.01, 1.0, f64::INFINITY].into_iter(), 0.0);
        assert_eq!((low, high), (0.01, 1.0));
        let linear = AxisSpec::linear(Quantity::Share, "");
        assert_eq!(linear.ends_of([0.1, 1.0].into_iter(), 0.1).0, 0.0);
        assert_eq!(log.ends_of(std::iter::empty(), 0.1), (1e-3, 1.0));
        assert_eq!(
            log.over(2.0, 3.0).ends_of([9.0].into_iter(), 0.1),
            (2.0, 3.0)
        );
    }
}
