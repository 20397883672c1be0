//! The question about the unit of roles that nothing confirms.

use super::evidence_found::{Question, SetEvidence};
use super::listed_units::{SAME_FACTOR, USUAL_MEDIAN_M, preset_units};
use super::repair::{Repair, RoleRepair};
use super::set_sample::RoleSample;
use super::value_hypotheses::{kind, median};
use fathom_core::depth::{Encoding, Role, SampleKind, ScalePreset};

/// Asks for the unit of roles that are read like `first`; `None` if no other unit fits.
///
/// Floats are in metres as a rule, and KITTI's unit is guessed by the shape of its maps, which is evidence of its own.
pub(super) fn unit_question(first: &RoleSample, roles: &[Role]) -> Option<Question> {
    let is_usual = first.encoding == ScalePreset::Kitti.encoding()
        || (first.encoding == Encoding::METRES && kind(first) == SampleKind::Float);
    if is_usual {
        return None;
    }
    let unit_m = first.encoding.metres_per_unit()?;
    let median_m = median_m(first)?;
    let fits = |unit: &f64| {
        let is_other = (unit / unit_m - 1.0).abs() > SAME_FACTOR;
        is_other && USUAL_MEDIAN_M.contains(&(median_m / unit_m * unit))
    };
    let is_integer = kind(first) == SampleKind::Integer;
    let units = preset_units(kind(first));
    // Floats have the units that people compute in, not those that files pack depths in.
    let units = units.filter(|unit| is_integer || [1.0, 0.01, 0.001].contains(unit));
    let others: Vec<f64> = units.filter(fits).collect();
    let answer = |unit| {
        let of_role = |&role: &Role| RoleRepair {
            role,
            repair: Repair::Unit(unit),
        };
        roles.iter().map(of_role).collect()
    };
    let evidence = SetEvidence::UnconfirmedUnit {
        roles: roles.to_vec(),
        unit_m,
        median_m,
    };
    let units = std::iter::once(unit_m).chain(others.iter().copied());
    let options = units.map(answer).collect();
    (!others.is_empty()).then_some(Question { evidence, options })
}

/// Median of the medians of a role's maps, in metres.
pub(super) fn median_m(role: &RoleSample) -> Option<f64> {
    let medians = role.maps.iter().filter_map(|m| m.median);
    let metres = medians.map(|raw| role.encoding.metres(raw));
    median(metres.filter(|m| m.is_finite()).collect())
}
