//! The growth of the accumulated error with depth: exponential, like a random walk, or by one layer.

use std::collections::HashMap;

use crate::gating::GatedNetwork;

/// One quantized tensor on the way through the network.
#[derive(Clone, Debug, PartialEq)]
pub struct GrowthPoint {
    /// Index of the quantizer.
    pub quantizer: usize,
    /// Nodes with a weight on the longest way from an input.
    pub depth: usize,
    /// Accumulated noise to signal, as a ratio of amplitudes.
    pub relative: f64,
}

/// The meaning of the points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GrowthKind {
    /// The noise multiplies at each layer.
    Exponential {
        /// Factor of the amplitude from one layer to the next.
        factor: f64,
    },
    /// The noise grows with a power of depth near 1/2, as independent errors that add up do.
    RandomWalk {
        /// The power.
        power: f64,
    },
    /// The noise does not grow with depth.
    Flat,
}

/// The shape of growth with the share of variance that it explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// The better of both models.
    pub kind: GrowthKind,
    /// Share of the variance of log noise that the model explains.
    pub explained: f64,
}

/// Depth of each quantizer of an activation: nodes with weights on the longest way from an input.
#[must_use]
pub fn depths(network: &GatedNetwork) -> Vec<Option<usize>> {
    let graph = &network.graph;
    let mut depth: HashMap<&str, usize> = HashMap::new();
    let mut constant: HashMap<&str, bool> = graph
        .constants
        .keys()
        .map(|name| (name.as_str(), true))
        .collect();
    let mut out = vec![None; network.quantizers.len()];
    for node in &graph.nodes {
        let is_constant = |name: &String| constant.get(name.as_str()).copied().unwrap_or(false);
        let reads = || node.inputs.iter().filter(|n| !n.is_empty());
        if reads().all(is_constant) {
            constant.extend(node.outputs.iter().map(|o| (o.as_str(), true)));
            continue;
        }
        let before = reads()
            .filter_map(|name| depth.get(name.as_str()))
            .max()
            .copied()
            .unwrap_or(0);
        let has_weight = matches!(
            node.operator.as_str(),
            "Conv" | "ConvTranspose" | "Gemm" | "MatMul"
        ) && reads().any(is_constant);
        let own = before + usize::from(has_weight);
        depth.extend(node.outputs.iter().map(|o| (o.as_str(), own)));
        if let Some(place) = node.quantizer().and_then(|q| out.get_mut(q)) {
            *place = Some(own);
        }
    }
    out
}

/// The shape of growth; `None` for fewer than four points with noise or without different depths.
#[must_use]
pub fn growth(points: &[GrowthPoint]) -> Option<Growth> {
    let noisy: Vec<(f64, f64)> = points
        .iter()
        .filter(|p| p.relative > 0.0 && p.relative.is_finite())
        .map(|p| (p.depth as f64 + 1.0, libm::log(p.relative)))
        .collect();
    if noisy.len() < 4 {
        return None;
    }
    let by_depth = line(noisy.iter().copied())?;
    let by_log = line(noisy.iter().map(|&(d, noise)| (libm::log(d), noise)))?;
    let (kind, explained) = if by_depth.slope <= 0.0 && by_log.slope <= 0.0 {
        (GrowthKind::Flat, by_depth.explained.max(by_log.explained))
    } else if by_depth.explained > by_log.explained {
        let factor = libm::exp(by_depth.slope);
        (GrowthKind::Exponential { factor }, by_depth.explained)
    } else {
        let power = by_log.slope;
        (GrowthKind::RandomWalk { power }, by_log.explained)
    };
    Some(Growth { kind, explained })
}

struct Line {
    slope: f64,
    explained: f64,
}

/// Least squares.
fn line(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Line> {
    let n = points.clone().count() as f64;
    let (sx, sy) = points
        .clone()
        .fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let (mx, my) = (sx / n, sy / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in points {
        xx += (x - mx) * (x - mx);
        xy += (x - mx) * (y - my);
        yy += (y - my) * (y - my);
    }
    (xx > 0.0 && yy > 0.0).then(|| Line {
        slope: xy / xx,
        explained: xy * xy / (xx * yy),
    })
}

/// The spread of an error over layers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Concentration {
    /// One layer has more than half of the effect.
    OneLayer(usize),
    /// These layers, the first so many of the ranking, have half of it together.
    Several(usize),
    /// More than a quarter of all layers is needed for half of the effect: no single layer is guilty.
    Spread,
}

/// Judges Shapley values of layers.
#[must_use]
pub fn concentration(shapley: &[f64]) -> Concentration {
    let total: f64 = shapley.iter().sum();
    let order = super::layer_effects::ranked(shapley);
    let mut sum = 0.0;
    for (i, &layer) in order.iter().enumerate() {
        sum += shapley[layer];
        if sum * 2.0 < total {
            continue;
        }
        return match i + 1 {
            1 => Concentration::OneLayer(layer),
            n if n * 4 > shapley.len() => Concentration::Spread,
            n => Concentration::Several(n),
        };
    }
    Concentration::Spread
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(noise: impl Fn(f64) -> f64) -> Vec<GrowthPoint> {
        (0..20)
            .map(|depth| GrowthPoint {
                quantizer: depth,
                depth,
                relative: noise(depth as f64 + 1.0),
            })
            .collect()
    }

    #[test]
    fn shapes_are_told_apart() {
        let grown = growth(&points(|d| 0.001 * libm::exp(0.3 * d))).expect("a shape");
        let GrowthKind::Exponential { factor } = grown.kind else {
            panic!("{grown:?}");
        };
        assert!((factor - libm::exp(0.3)).abs() < 1e-9);
        let walked = growth(&points(|d| 0.01 * libm::sqrt(d))).expect("a shape");
        let GrowthKind::RandomWalk { power } = walked.kind else {
            panic!("{walked:?}");
        };
        assert!((power - 0.5).abs() < 1e-9);
        assert_eq!(
            growth(&points(|d| 1.0 / d)).map(|g| g.kind),
            Some(GrowthKind::Flat)
        );
        assert_eq!(growth(&points(|_| 0.0)), None);
    }

    #[test]
    fn guilt_needs_half_of_the_effect() {
        assert_eq!(
            concentration(&[1.0, 5.0, 1.0, 1.0]),
            Concentration::OneLayer(1)
        );
        let mut many = vec![0.1; 12];
        many[3] = 0.6;
        many[4] = 0.6;
        assert_eq!(concentration(&many), Concentration::Several(2));
        assert_eq!(concentration(&[1.0; 8]), Concentration::Spread);
    }
}
