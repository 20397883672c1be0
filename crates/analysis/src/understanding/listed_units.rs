//! Units that files are written in, and the unit that a factor points to.

use fathom_core::depth::{Encoding, SampleKind, Scale, ScalePreset};

/// Lengths of units without a preset, in metres: quarters of a millimetre, ranges over 16 bits, feet, inches, half of KITTI's.
const UNNAMED_M: [f64; 7] = [
    1.0 / 4000.0,
    // A range of 1000 m over 16 bits, as CARLA and AirSim write it; and of 10 m and 100 m.
    1000.0 / 65_535.0,
    100.0 / 65_535.0,
    10.0 / 65_535.0,
    0.3048,
    0.0254,
    1.0 / 512.0,
];

/// Medians in metres outside which a scene is unusual.
pub(super) const USUAL_MEDIAN_M: std::ops::RangeInclusive<f64> = 0.3..=100.0;

/// Largest relative difference between a factor and a unit.
pub(super) const SAME_FACTOR: f64 = 0.03;

/// Lengths of units in metres: those with a preset first.
fn units_m() -> impl Iterator<Item = (f64, bool)> {
    let presets = ScalePreset::ALL
        .into_iter()
        .filter_map(|p| p.encoding().metres_per_unit())
        .map(|m| (m, true));
    presets.chain(UNNAMED_M.into_iter().map(|m| (m, false)))
}

/// Units that samples of a kind have. Floats are in metres, or integers converted without their unit.
fn suits(unit_m: f64, kind: SampleKind) -> bool {
    kind == SampleKind::Integer || (1e-4..=1.0).contains(&unit_m)
}

/// The unit in metres that makes depths `factor` times as large as the encoding does, within 3 %; a unit with a preset if there is one.
///
/// `None` for encodings that are not linear.
pub(super) fn unit_at_factor(encoding: Encoding, kind: SampleKind, factor: f64) -> Option<f64> {
    let wanted = encoding.metres_per_unit()? * factor;
    units_m()
        .filter(|&(m, _)| suits(m, kind))
        .map(|(m, has_preset)| (m, has_preset, (m / wanted - 1.0).abs()))
        .filter(|&(.., off)| off <= SAME_FACTOR)
        .min_by(|a, b| b.1.cmp(&a.1).then(a.2.total_cmp(&b.2)))
        .map(|(m, ..)| m)
}

/// Scale errors of networks, as ratios of depths.
pub(super) const NETWORK_ERROR: std::ops::RangeInclusive<f64> = 0.8..=1.25;

/// The unit with a preset that leaves only a network's scale error of a factor, the nearest one: for encodings that were guessed.
pub(super) fn unit_near_factor(encoding: Encoding, kind: SampleKind, factor: f64) -> Option<f64> {
    let wanted = encoding.metres_per_unit()? * factor;
    let off = |m: f64| libm::log(m / wanted).abs();
    preset_units(kind)
        .filter(|m| NETWORK_ERROR.contains(&(m / wanted)))
        .min_by(|a, b| off(*a).total_cmp(&off(*b)))
}

/// Lengths of units with a preset that suit a kind of samples, in metres.
pub(super) fn preset_units(kind: SampleKind) -> impl Iterator<Item = f64> {
    units_m()
        .filter(move |&(m, has_preset)| has_preset && suits(m, kind))
        .map(|(m, _)| m)
}

/// The name of a unit.
pub(super) fn unit_title(unit_m: f64) -> String {
    let preset = ScalePreset::ALL.into_iter().find(|p| {
        p.encoding()
            .metres_per_unit()
            .is_some_and(|m| (m / unit_m - 1.0).abs() < 1e-9)
    });
    if let Some(preset) = preset {
        return preset.title().to_owned();
    }
    match Scale::from_metres_per_unit(unit_m) {
        Ok(scale) if (scale.units_per_metre() - scale.units_per_metre().round()).abs() < 1e-6 => {
            format!("1/{} m", scale.units_per_metre().round())
        }
        _ => format!("{} m", fathom_core::units::depth_number(unit_m)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_point_to_units() {
        let mm = ScalePreset::Millimetre.encoding();
        let unit = |factor| unit_at_factor(mm, SampleKind::Integer, factor);
        assert_eq!(unit(3.9), Some(1.0 / 256.0));
        assert_eq!(unit(0.2), Some(1.0 / 5000.0));
        assert_eq!(unit(0.25), Some(1.0 / 4000.0));
        assert_eq!(unit(15.2), Some(1000.0 / 65_535.0));
        assert_eq!(unit(7.0), None);
        let feet = unit_at_factor(Encoding::METRES, SampleKind::Float, 0.305);
        assert_eq!(feet, Some(0.3048));
        assert_eq!(
            unit_at_factor(Encoding::SunRotated, SampleKind::Integer, 1.0),
            None
        );
    }

    #[test]
    fn units_have_names() {
        let names: Vec<String> = [0.001, 1.0 / 4000.0, 0.3048].map(unit_title).to_vec();
        assert_eq!(names, ["1 mm", "1/4000 m", "0.3048 m"]);
    }
}
