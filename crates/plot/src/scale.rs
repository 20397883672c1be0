//! Logarithmic and linear scales and their ticks.

/// A logarithmic axis: an interval of positive numbers laid over an interval of pixels, either of which may run backwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogScale {
    low: f64,
    high: f64,
    start_px: f64,
    end_px: f64,
}

impl LogScale {
    /// The scale that puts `low` at `start_px` and `high` at `end_px`. Ends that make no logarithmic axis (not positive, equal, not
    /// finite) are widened to one that can be drawn.
    #[must_use]
    pub fn new(low: f64, high: f64, start_px: f64, end_px: f64) -> Self {
        let usable = |v: f64, or: f64| if v.is_finite() && v > 0.0 { v } else { or };
        let low = usable(low, 1e-3);
        let high = usable(high, low * 10.0).max(low * 1.000_001);
        Self {
            low,
            high,
            start_px,
            end_px,
        }
    }

    /// Smallest value of the axis.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Largest value of the axis.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.high
    }

    /// Position of a value, in pixels. Values without a logarithm lie at the low end.
    #[must_use]
    pub fn to_px(&self, value: f64) -> f64 {
        let value = if value > 0.0 { value } else { self.low };
        let share = libm::log(value / self.low) / libm::log(self.high / self.low);
        self.start_px + share * (self.end_px - self.start_px)
    }

    /// The value at a pixel, clamped to the axis.
    #[must_use]
    pub fn to_value(&self, px: f64) -> f64 {
        let share = ((px - self.start_px) / (self.end_px - self.start_px)).clamp(0.0, 1.0);
        self.low * libm::exp(share * libm::log(self.high / self.low))
    }

    /// Values of the ticks, at least `min_gap_px` apart: powers of ten first, then 2 and 5, then every digit, then a linear ladder
    /// where the axis spans less than a digit.
    #[must_use]
    pub fn ticks(&self, min_gap_px: f64) -> Vec<f64> {
        const LADDERS: [&[f64]; 4] = [
            &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
            &[1.0, 2.0, 3.0, 5.0, 7.0],
            &[1.0, 2.0, 5.0],
            &[1.0],
        ];
        let wide_enough = |ticks: &[f64]| {
            ticks.len() > 1
                && ticks
                    .windows(2)
                    .all(|w| (self.to_px(w[1]) - self.to_px(w[0])).abs() >= min_gap_px)
        };
        if self.high / self.low < 2.0 {
            return self.linear_ticks(min_gap_px);
        }
        LADDERS
            .iter()
            .map(|ladder| self.on_ladder(ladder))
            .find(|ticks| wide_enough(ticks))
            .unwrap_or_else(|| self.thinned_decades(min_gap_px))
    }

    fn decades(&self) -> std::ops::RangeInclusive<i32> {
        libm::floor(libm::log10(self.low)) as i32..=libm::ceil(libm::log10(self.high)) as i32
    }

    /// Returns true if a value lies on the axis, with a tolerance for the rounding of a computed tick.
    fn holds(&self, value: f64) -> bool {
        (self.low * (1.0 - 1e-9)..=self.high * (1.0 + 1e-9)).contains(&value)
    }

    fn on_ladder(&self, ladder: &[f64]) -> Vec<f64> {
        self.decades()
            .flat_map(|decade| {
                ladder
                    .iter()
                    .map(move |digit| digit * libm::exp10(f64::from(decade)))
            })
            .filter(|&v| self.holds(v))
            .collect()
    }

    fn thinned_decades(&self, min_gap_px: f64) -> Vec<f64> {
        let all = self.on_ladder(&[1.0]);
        let decade_px = (self.to_px(self.low * 10.0) - self.to_px(self.low)).abs();
        let every = (min_gap_px / decade_px).ceil().max(1.0) as usize;
        all.into_iter().step_by(every).collect()
    }

    /// Ticks of a linear axis, where this one spans less than an octave.
    fn linear_ticks(&self, min_gap_px: f64) -> Vec<f64> {
        let span_px = self.end_px - self.start_px;
        LinearScale::new(self.low, self.high, 0.0, span_px).ticks(min_gap_px)
    }
}

/// A linear axis: an interval of numbers laid over an interval of pixels, either of which may run backwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearScale {
    low: f64,
    high: f64,
    start_px: f64,
    end_px: f64,
}

impl LinearScale {
    /// The scale that puts `low` at `start_px` and `high` at `end_px`. Ends that make no axis (equal, reversed, not finite) are
    /// widened to one that can be drawn.
    #[must_use]
    pub fn new(low: f64, high: f64, start_px: f64, end_px: f64) -> Self {
        let low = if low.is_finite() { low } else { 0.0 };
        let least = low + low.abs().max(1e-6) * 1e-6;
        let high = if high.is_finite() { high } else { low + 1.0 }.max(least);
        Self {
            low,
            high,
            start_px,
            end_px,
        }
    }

    /// Position of a value, in pixels.
    #[must_use]
    pub fn to_px(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        self.start_px + share * (self.end_px - self.start_px)
    }

    /// The value at a pixel, clamped to the axis.
    #[must_use]
    pub fn to_value(&self, px: f64) -> f64 {
        let share = ((px - self.start_px) / (self.end_px - self.start_px)).clamp(0.0, 1.0);
        self.low + share * (self.high - self.low)
    }

    /// Multiples of 1, 2 or 5 times a power of ten, at least `min_gap_px` apart.
    #[must_use]
    pub fn ticks(&self, min_gap_px: f64) -> Vec<f64> {
        let span = self.high - self.low;
        let fit = ((self.end_px - self.start_px).abs() / min_gap_px).max(1.0);
        let rough = span / fit;
        let power = libm::exp10(libm::floor(libm::log10(rough)));
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|m| m * power)
            .find(|&s| s >= rough)
            .unwrap_or(10.0 * power);
        let first = libm::ceil(self.low / step - 1e-9);
        let last = libm::floor(self.high / step + 1e-9);
        let n = (last - first).clamp(0.0, 100.0) as usize;
        (0..=n).map(|i| (first + i as f64) * step).collect()
    }
}

/// A tick's label on an axis of lengths: "10 mm", "1 m".
#[must_use]
pub fn length_ticks(metres: f64) -> String {
    let (value, unit) = if metres >= 0.999_999 {
        (metres, "m")
    } else if metres >= 0.999_999e-3 {
        (metres * 1e3, "mm")
    } else {
        (metres * 1e6, "\u{b5}m")
    };
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pixels_and_values_are_inverse(low in 1e-4_f64..10.0, ratio in 1.1_f64..1e5, at in 0.0_f64..1.0, down in any::<bool>()) {
            let (start, end) = if down { (380.0, 12.0) } else { (12.0, 380.0) };
            let scale = LogScale::new(low, low * ratio, start, end);
            let px = start + at * (end - start);
            prop_assert!((scale.to_px(scale.to_value(px)) - px).abs() < 1e-6);
        }

        #[test]
        fn ticks_are_on_the_axis_in_order_and_apart(low in 1e-4_f64..10.0, ratio in 1.01_f64..1e9, span in 100.0_f64..1500.0) {
            let scale = LogScale::new(low, low * ratio, 0.0, span);
            let ticks = scale.ticks(40.0);
            prop_assert!(ticks.iter().all(|&t| scale.holds(t)), "{ticks:?}");
            prop_assert!(ticks.windows(2).all(|w| scale.to_px(w[1]) - scale.to_px(w[0]) >= 38.0), "{ticks:?}");
        }
    }

    proptest! {
        #[test]
        fn linear_pixels_and_values_are_inverse(low in -10.0_f64..10.0, span in 1e-3_f64..1e5, at in 0.0_f64..1.0, down in any::<bool>()) {
            let (start, end) = if down { (380.0, 12.0) } else { (12.0, 380.0) };
            let scale = LinearScale::new(low, low + span, start, end);
            let px = start + at * (end - start);
            prop_assert!((scale.to_px(scale.to_value(px)) - px).abs() < 1e-6);
        }

        #[test]
        fn linear_ticks_are_on_the_axis_and_apart(low in -10.0_f64..10.0, span in 1e-3_f64..1e5, wide in 100.0_f64..1500.0) {
            let scale = LinearScale::new(low, low + span, 0.0, wide);
            let ticks = scale.ticks(40.0);
            prop_assert!(ticks.iter().all(|&t| (-1e-3..=wide + 1e-3).contains(&scale.to_px(t))), "{ticks:?}");
            prop_assert!(ticks.windows(2).all(|w| scale.to_px(w[1]) - scale.to_px(w[0]) >= 39.9), "{ticks:?}");
        }
    }

    #[test]
    fn familiar_axes_get_familiar_ticks() {
        let scale = LogScale::new(1.5, 350.0, 0.0, 600.0);
        assert_eq!(
            scale.ticks(60.0),
            [2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0]
        );
        let narrow = LogScale::new(1.0, 1.4, 0.0, 300.0);
        let labels: Vec<String> = narrow.ticks(60.0).into_iter().map(length_ticks).collect();
        assert_eq!(labels, ["1 m", "1.1 m", "1.2 m", "1.3 m", "1.4 m"]);
    }

    #[test]
    fn an_impossible_axis_is_still_an_axis() {
        for (low, high) in [
            (0.0, 0.0),
            (f64::NAN, 1.0),
            (1.0, 1.0),
            (-1.0, f64::INFINITY),
        ] {
            let scale = LogScale::new(low, high, 0.0, 100.0);
            assert!(scale.low() > 0.0 && scale.high() > scale.low());
            assert!(scale.to_px(scale.low() * 1.1).is_finite());
            let linear = LinearScale::new(low, high, 0.0, 100.0);
            assert!(linear.high > linear.low && linear.to_px(1.0).is_finite());
        }
    }

    #[test]
    fn tick_labels() {
        for (metres, label) in [
            (0.01, "10 mm"),
            (0.1, "100 mm"),
            (1.0, "1 m"),
            (200.0, "200 m"),
            (1e-4, "100 \u{b5}m"),
            (1.5, "1.5 m"),
        ] {
            assert_eq!(length_ticks(metres), label);
        }
    }
}
