//! ONNX Resize along one axis as a matrix, for every mode that ONNX knows.
//!
//! Source: ONNX operator Resize (opset 19) and its reference implementation `onnx/reference/ops/op_resize.py`. The runtime computes cubic
//! resizing as linear without a word, and lacks antialiasing.

use fathom_core::i18n::tr;

use crate::graph::Node;

/// The interpolation between pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Interpolation {
    Nearest,
    Linear,
    Cubic,
}

/// Attributes of a Resize that matter for one axis.
#[derive(Clone, Debug)]
pub(crate) struct ResizeRule {
    pub(crate) interpolation: Interpolation,
    /// ONNX `coordinate_transformation_mode`.
    coordinates: String,
    nearest: String,
    cubic_a: f64,
    is_antialiased: bool,
    excludes_outside: bool,
}

impl ResizeRule {
    /// From a node's attributes.
    ///
    /// # Errors
    /// The attribute that has no rule.
    pub(crate) fn of(node: &Node) -> Result<Self, String> {
        let interpolation = match node.string("mode").unwrap_or("nearest") {
            "nearest" => Interpolation::Nearest,
            "linear" => Interpolation::Linear,
            "cubic" => Interpolation::Cubic,
            other => {
                return Err(tr!(
                    "its mode {other} does not exist",
                    other = format_args!("{other:?}")
                ));
            }
        };
        let coordinates = node
            .string("coordinate_transformation_mode")
            .unwrap_or("half_pixel");
        if coordinates == "tf_crop_and_resize" {
            return Err(tr!("its coordinates crop (tf_crop_and_resize)").to_owned());
        }
        Ok(Self {
            interpolation,
            coordinates: coordinates.to_owned(),
            nearest: node
                .string("nearest_mode")
                .unwrap_or("round_prefer_floor")
                .to_owned(),
            cubic_a: node.float("cubic_coeff_a").unwrap_or(-0.75).into(),
            is_antialiased: node.int("antialias") == Some(1),
            excludes_outside: node.int("exclude_outside") == Some(1),
        })
    }

    /// Returns true if the runtime computes it itself.
    pub(crate) fn is_native(&self) -> bool {
        self.interpolation != Interpolation::Cubic
            && !self.is_antialiased
            && !self.excludes_outside
            && matches!(
                self.coordinates.as_str(),
                "half_pixel" | "asymmetric" | "align_corners" | "pytorch_half_pixel"
            )
    }

    /// Weights of the `from` pixels in each of the `to` pixels, row by row.
    pub(crate) fn matrix(&self, from: usize, to: usize, scale: f64) -> Vec<f32> {
        let mut out = vec![0.0_f64; from * to];
        for (i, row) in out.chunks_mut(from.max(1)).enumerate() {
            let at = self.source(i as f64, from as f64, to as f64, scale);
            self.fill(row, at, scale);
        }
        out.into_iter().map(|w| w as f32).collect()
    }

    /// The place in the input of a pixel of the output.
    fn source(&self, x: f64, from: f64, to: f64, scale: f64) -> f64 {
        let half_pixel = (x + 0.5) / scale - 0.5;
        match self.coordinates.as_str() {
            "asymmetric" => x / scale,
            "align_corners" | "pytorch_half_pixel" if to <= 1.0 => 0.0,
            "align_corners" => x * (from - 1.0) / (to - 1.0),
            "half_pixel_symmetric" => {
                let adjustment = to / (scale * from);
                from / 2.0 * (1.0 - adjustment) + half_pixel
            }
            _ => half_pixel,
        }
    }

    fn fill(&self, row: &mut [f64], at: f64, scale: f64) {
        let last = row.len() as i64 - 1;
        if self.interpolation == Interpolation::Nearest {
            let index = self.nearest(at).clamp(0, last.max(0)) as usize;
            if let Some(weight) = row.get_mut(index) {
                *weight = 1.0;
            }
            return;
        }
        // Shrinking with antialiasing widens the filter.
        let widening = if self.is_antialiased {
            scale.min(1.0)
        } else {
            1.0
        };
        let reach = if self.interpolation == Interpolation::Cubic {
            2.0
        } else {
            1.0
        };
        let (first, end) = (
            (at - reach / widening).floor() as i64,
            (at + reach / widening).ceil() as i64,
        );
        let mut weights: Vec<(i64, f64)> = (first..=end)
            .map(|i| (i, self.kernel((i as f64 - at) * widening)))
            .collect();
        if self.excludes_outside {
            weights.retain(|(i, _)| (0..=last).contains(i));
        }
        let sum: f64 = weights.iter().map(|(_, w)| w).sum();
        for (i, weight) in weights {
            if let Some(cell) = row.get_mut(i.clamp(0, last.max(0)) as usize) {
                *cell += weight / sum;
            }
        }
    }

    fn kernel(&self, distance: f64) -> f64 {
        let (a, d) = (self.cubic_a, distance.abs());
        match self.interpolation {
            Interpolation::Cubic if d <= 1.0 => ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0,
            Interpolation::Cubic if d < 2.0 => ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a,
            Interpolation::Cubic => 0.0,
            _ => (1.0 - d).max(0.0),
        }
    }

    fn nearest(&self, at: f64) -> i64 {
        let is_half = (at - at.floor() - 0.5).abs() < 1e-12;
        let rounded = match self.nearest.as_str() {
            "floor" => at.floor(),
            "ceil" => at.ceil(),
            "round_prefer_ceil" if is_half => at.ceil(),
            _ if is_half => at.floor(),
            _ => at.round(),
        };
        rounded as i64
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::Attribute;

    use super::*;

    fn rule(mode: &str, coordinates: &str) -> ResizeRule {
        let node = Node::new("n", "Resize", &["x"], &["y"])
            .with("mode", Attribute::String(mode.to_owned()))
            .with(
                "coordinate_transformation_mode",
                Attribute::String(coordinates.to_owned()),
            );
        ResizeRule::of(&node).expect("a rule")
    }

    fn applied(rule: &ResizeRule, values: &[f32], to: usize, scale: f64) -> Vec<f32> {
        rule.matrix(values.len(), to, scale)
            .chunks(values.len())
            .map(|row| row.iter().zip(values).map(|(w, v)| w * v).sum())
            .collect()
    }

    #[track_caller]
    fn close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-4, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn known_rows() {
        // From ONNX's reference implementation.
        let cubic = applied(&rule("cubic", "half_pixel"), &[1.0, 2.0, 3.0, 4.0], 8, 2.0);
        close(
            &cubic,
            &[
                0.894_531, 1.191_406, 1.667_969, 2.296_875, 2.703_125, 3.332_031, 3.808_594,
                4.105_469,
            ],
        );
        let values: Vec<f32> = (1_u8..8)
            .map(|i| f32::from(i) * f32::from(i).sqrt())
            .collect();
        for (mode, excludes_outside, expected) in [
            ("cubic", false, [2.111_87, 7.967_286, 16.070_782]),
            ("cubic", true, [2.188_32, 8.032_088, 15.902_36]),
            ("linear", false, [2.472_439, 8.178_314, 15.710_28]),
            ("linear", true, [2.682_787, 8.178_314, 15.308_853]),
        ] {
            let rule = ResizeRule {
                is_antialiased: true,
                excludes_outside,
                ..rule(mode, "half_pixel")
            };
            close(&applied(&rule, &values, 3, 3.0 / 7.0), &expected);
        }
        let linear = applied(&rule("linear", "half_pixel"), &[1.0, 2.0], 4, 2.0);
        close(&linear, &[1.0, 1.25, 1.75, 2.0]);
        let corners = applied(&rule("linear", "align_corners"), &[1.0, 2.0], 4, 2.0);
        close(&corners, &[1.0, 4.0 / 3.0, 5.0 / 3.0, 2.0]);
        let nearest = applied(&rule("nearest", "asymmetric"), &[1.0, 2.0], 4, 2.0);
        close(&nearest, &[1.0, 1.0, 2.0, 2.0]);
    }

    #[test]
    fn weights_sum_to_one() {
        for mode in ["linear", "cubic", "nearest"] {
            for coordinates in ["half_pixel", "align_corners", "half_pixel_symmetric"] {
                let rule = ResizeRule {
                    is_antialiased: true,
                    ..rule(mode, coordinates)
                };
                for row in rule.matrix(7, 3, 3.0 / 7.0).chunks(7) {
                    assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
                }
            }
        }
    }
}
