//! From the summaries of a set to the distribution of one role, with given or guessed units and markers.

use fathom_core::depth::{Encoding, Role, SampleKind, ScaleGuess, guess_scale};
use fathom_core::i18n::tr;
use fathom_core::stats::{
    DepthWindow, Distribution, Encodings, MarkerInfo, SampleSummary, SummaryHeader, active_markers,
};
use serde::{Deserialize, Serialize};

/// An order to build a distribution from summaries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// The groups whose summaries come along, in order.
    pub groups: Vec<Group>,
    /// The role whose distribution is wanted.
    pub shown: Role,
    /// Numbers that files name as "no data".
    pub nodata: Vec<f64>,
    /// Numbers that mean "no depth", or `None` to guess them.
    pub markers: Option<Vec<f64>>,
    /// Depths to look at.
    pub window: DepthWindow,
}

/// Files that share role and encoding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Their role.
    pub role: Role,
    /// The encoding of integer files; `None` to guess it.
    pub integer: Option<Encoding>,
    /// The encoding of floating-point files; `None` to guess it.
    pub float: Option<Encoding>,
    /// True if the encodings belong to single files and not to their role.
    pub own: bool,
    /// One header per summary.
    pub summaries: Vec<SummaryHeader>,
}

/// The units and markers of a distribution that was built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Built {
    /// The role that is shown.
    pub shown: Role,
    /// Units of each role, in order.
    pub roles: Vec<RoleInfo>,
    /// Numbers that may mean "no depth" in the shown role.
    pub markers: Vec<MarkerInfo>,
    /// Depths that the window left out.
    pub outside_window: u64,
}

/// The units of a role's files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleInfo {
    /// The role.
    pub role: Role,
    /// Its integer files, where there are any.
    pub integer: Option<KindInfo>,
    /// Its floating-point files, where there are any.
    pub float: Option<KindInfo>,
}

/// The unit of one kind of samples of a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KindInfo {
    /// The encoding in use.
    pub encoding: Encoding,
    /// The guess from the data.
    pub guess: ScaleGuess,
    /// True if the user gave the encoding.
    pub given: bool,
    /// The median, in the unit of the files.
    pub median: f64,
}

impl RoleInfo {
    /// The facts of one kind.
    #[must_use]
    pub fn of(&self, kind: SampleKind) -> Option<&KindInfo> {
        match kind {
            SampleKind::Integer => self.integer.as_ref(),
            SampleKind::Float => self.float.as_ref(),
        }
    }

    /// The encodings in use; metres for a kind that is not there.
    #[must_use]
    pub fn encodings(&self) -> Encodings {
        let encoding = |kind| self.of(kind).map_or(Encoding::METRES, |k| k.encoding);
        Encodings {
            integer: encoding(SampleKind::Integer),
            float: encoding(SampleKind::Float),
        }
    }
}

/// Merges summaries and builds the distribution of one role, with given or guessed encodings and markers. `summaries` are those of all
/// groups, in order.
///
/// # Errors
/// One sentence where no sample of the role is valid.
#[inline(never)]
pub fn build(
    request: &Build,
    summaries: Vec<SampleSummary>,
) -> Result<(Distribution, Built), String> {
    let mut summaries = summaries.into_iter();
    let mut merged: Vec<(&Group, SampleSummary)> = request
        .groups
        .iter()
        .map(|group| {
            let mut all = SampleSummary::default();
            summaries
                .by_ref()
                .take(group.summaries.len())
                .for_each(|s| all.merge(s));
            (group, all)
        })
        .collect();
    let mut roles: Vec<RoleInfo> = Vec::new();
    let mut markers: Vec<MarkerInfo> = Vec::new();
    let mut shown: Vec<(SampleSummary, Encodings, Vec<f64>)> = Vec::new();
    for (group, summary) in &mut merged {
        let mut facts = RoleInfo {
            role: group.role,
            integer: None,
            float: None,
        };
        let mut own_markers = Vec::new();
        for kind in [SampleKind::Integer, SampleKind::Float] {
            let Some(survey) =
                summary.kind_evidence(kind, &request.nodata, request.markers.as_deref())
            else {
                continue;
            };
            own_markers.extend(survey.markers);
            let (slot, given) = match kind {
                SampleKind::Integer => (&mut facts.integer, group.integer),
                SampleKind::Float => (&mut facts.float, group.float),
            };
            *slot = survey.evidence.map(|evidence| {
                let guess = guess_scale(&evidence);
                KindInfo {
                    encoding: given.unwrap_or(guess.preset.encoding()),
                    given: given.is_some(),
                    guess,
                    median: evidence.median,
                }
            });
        }
        if group.role == request.shown {
            shown.push((
                std::mem::take(summary),
                facts.encodings(),
                active_markers(&own_markers),
            ));
            add_markers(&mut markers, own_markers);
        }
        if !group.own && (facts.integer.is_some() || facts.float.is_some()) {
            roles.push(facts);
        }
    }
    let (distribution, outside_window) = SampleSummary::distribution(shown, &request.window)
        .map_err(|e| tr!("Nothing to analyse: {e}", e))?;
    let built = Built {
        shown: request.shown,
        roles,
        markers,
        outside_window,
    };
    Ok((distribution, built))
}

/// Markers of another group of the same role: counts add up, shares are those of the larger group.
fn add_markers(all: &mut Vec<MarkerInfo>, more: Vec<MarkerInfo>) {
    for marker in more {
        match all.iter_mut().find(|m| m.value == marker.value) {
            Some(known) => {
                known.count += marker.count;
                known.share = known.share.max(marker.share);
                known.is_active |= marker.is_active;
            }
            None => all.push(marker),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::{Dtype, Format, RawMap, Region, Samples, ScalePreset};
    use ndarray::Array2;

    const WATCH: [f64; 1] = [65_535.0];

    fn summary() -> SampleSummary {
        let samples = Array2::from_shape_vec((2, 3), vec![0, 900, 1800, 1800, 2900, 65_535]);
        let mut summary = SampleSummary::default();
        let map = RawMap::new(
            Samples::U16(samples.expect("six samples")),
            Format::Png,
            Dtype::U16,
        );
        summary.add(&map, &Region::default(), &WATCH);
        summary
    }

    fn request(
        groups: &[(Role, Option<Encoding>, &[SampleSummary])],
    ) -> (Build, Vec<SampleSummary>) {
        let group =
            |(role, integer, summaries): &(Role, Option<Encoding>, &[SampleSummary])| Group {
                role: *role,
                integer: *integer,
                float: None,
                own: false,
                summaries: summaries
                    .iter()
                    .map(|s| s.clone().into_parts().header)
                    .collect(),
            };
        let build = Build {
            groups: groups.iter().map(group).collect(),
            shown: Role::GroundTruth,
            nodata: Vec::new(),
            markers: None,
            window: DepthWindow::default(),
        };
        (build, groups.iter().flat_map(|g| g.2.to_vec()).collect())
    }

    #[test]
    fn a_set_is_built_with_the_guessed_scale_unless_one_is_given() {
        let two = [summary(), summary()];
        let (build_request, summaries) = request(&[(Role::GroundTruth, None, &two)]);
        let (d, built) = build(&build_request, summaries).expect("valid");
        let kind = built.roles[0].integer.as_ref().expect("integers");
        assert_eq!(
            (kind.guess.preset, kind.given),
            (ScalePreset::Millimetre, false)
        );
        assert_eq!((d.count(), d.max_m()), (8.0, 2.9));
        assert_eq!(built.markers.len(), 1);
        assert_eq!(
            (built.markers[0].count, built.markers[0].is_active),
            (2, true)
        );
        let kitti = Some(ScalePreset::Kitti.encoding());
        let (build_request, summaries) = request(&[(Role::GroundTruth, kitti, &two[..1])]);
        let (d, built) = build(&build_request, summaries).expect("valid");
        assert_eq!(d.max_m(), 2900.0 / 256.0);
        assert!(built.roles[0].integer.as_ref().expect("integers").given);
    }

    #[test]
    fn markers_and_the_window_leave_out_what_they_say() {
        let one = [summary()];
        let (mut build_request, summaries) = request(&[(Role::GroundTruth, None, &one)]);
        build_request.markers = Some(vec![1800.0]);
        let mm = Some(ScalePreset::Millimetre.encoding());
        build_request.groups[0].integer = mm;
        let (d, built) = build(&build_request, summaries.clone()).expect("valid");
        assert_eq!(d.values_m(), [0.9, 2.9, 65.535]);
        let facts: Vec<(f64, u64, bool)> = built
            .markers
            .iter()
            .map(|m| (m.value, m.count, m.is_active))
            .collect();
        assert_eq!(facts, [(65_535.0, 1, false), (1800.0, 2, true)]);
        build_request.markers = None;
        build_request.window = DepthWindow {
            min_m: Some(0.95),
            max_m: Some(2.9),
        };
        let (d, built) = build(&build_request, summaries).expect("valid");
        assert_eq!((d.values_m(), built.outside_window), (&[1.8, 2.9][..], 1));
    }

    #[test]
    fn groups_of_one_role_keep_their_own_encodings() {
        let one = [summary()];
        let cm = Some(ScalePreset::Centimetre.encoding());
        let (mut build_request, summaries) = request(&[
            (Role::GroundTruth, None, &one),
            (Role::GroundTruth, cm, &one),
            (Role::Float, cm, &one),
        ]);
        build_request.groups[1].own = true;
        let (d, built) = build(&build_request, summaries).expect("valid");
        assert_eq!(d.values_m(), [0.9, 1.8, 2.9, 9.0, 18.0, 29.0]);
        let roles: Vec<Role> = built.roles.iter().map(|r| r.role).collect();
        assert_eq!(roles, [Role::GroundTruth, Role::Float]);
    }

    #[test]
    fn nothing_valid_is_one_sentence() {
        let (build_request, summaries) =
            request(&[(Role::GroundTruth, None, &[SampleSummary::default()])]);
        let message = build(&build_request, summaries).expect_err("empty");
        assert!(
            message.starts_with("Nothing to analyse: there is no valid depth"),
            "{message}"
        );
    }
}
