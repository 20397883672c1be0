//! What the page and its workers say to each other.
//!
//! Plain data: a small header, encoded by `postcard`, beside buffers that are handed over without a copy. Knows nothing of how
//! messages travel.

use fathom_core::depth::{
    Crop, Dtype, Encoding, Format, InvalidCounts, RawMap, Resample, Role, SampleKind, ScaleGuess,
    guess_scale,
};
use fathom_core::i18n::tr;
use fathom_core::stats::{
    DepthWindow, Distribution, Encodings, MapCounts, MarkerInfo, MinMedianMax, Resolution,
    SampleSummary, SummaryHeader, SummaryParts, active_markers,
};
use fathom_decode::{ArchiveMember, ArrayChoice};
use serde::{Deserialize, Serialize};

/// Which set of files a message is about. A newer job makes older ones stale.
pub type JobId = u32;

/// Which picture a message is about.
pub type PictureId = u32;

/// A request to a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Decode the file that comes with this message and gather it under its group.
    Add {
        /// The job.
        job: JobId,
        /// The file's place in the job.
        file: u32,
        /// The group of files that share role and encoding.
        group: u32,
        /// What to take from it.
        take: Take,
    },
    /// Hand over all that was gathered and forget it.
    Finish {
        /// The job.
        job: JobId,
    },
    /// Merge the summaries that come with this message and build the distribution of one role.
    Build {
        /// The job.
        job: JobId,
        /// What to build.
        build: Build,
    },
    /// Make the built-in sample.
    Sample {
        /// The job.
        job: JobId,
    },
    /// Decode the file that comes with this message and colour one of its maps.
    Picture {
        /// The picture.
        picture: PictureId,
        /// What to take from the file.
        take: Take,
        /// Which of its maps.
        map: u32,
        /// How to colour it.
        style: PictureStyle,
    },
}

/// What to take from a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Take {
    /// The file in the archive, where the file is one.
    pub member: Option<u32>,
    /// The array or channel, else the likeliest.
    pub pick: Option<String>,
    /// The crop.
    pub crop: Crop,
    /// Numbers to count apart.
    pub watch: Vec<f64>,
    /// The size to bring its maps to.
    pub resize: Option<Resize>,
    /// Where its mask comes from: a second file comes along.
    pub mask: Option<MaskSource>,
}

/// A file to gather, whose bytes come along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GatherOrder {
    /// The job: what was gathered for an older one is forgotten.
    pub job: JobId,
    /// The group of files that share role and encoding.
    pub group: u32,
    /// What to take from it.
    pub take: Take,
}

/// The mask beside a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaskSource {
    /// Its name, for errors.
    pub name: String,
    /// The file in the archive, where it is in one.
    pub member: Option<u32>,
}

/// A size to bring maps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resize {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// How.
    pub how: Resample,
}

/// What to build from summaries.
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
    /// Whether the encodings are those of single files: they then say nothing of their role.
    pub own: bool,
    /// One header per summary.
    pub summaries: Vec<SummaryHeader>,
}

/// How a map becomes a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PictureStyle {
    /// From samples to metres.
    pub encoding: Encoding,
    /// Numbers that mean "no depth".
    pub markers: Vec<f64>,
    /// Depths of the first and the last colour, in metres.
    pub range_m: (f64, f64),
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FileContent {
    /// Depth maps.
    Maps(FileFacts),
    /// An archive: its files have to be read one by one.
    Archive(Vec<ArchiveMember>),
}

/// What is known of one decoded file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Its format.
    pub format: Format,
    /// Its sample type.
    pub dtype: Dtype,
    /// Its maps, at least one.
    pub maps: Vec<MapFacts>,
    /// What was chosen among several arrays or channels.
    pub choice: Option<ArrayChoice>,
    /// The sample that the file itself says means "no depth".
    pub nodata: Option<f64>,
    /// What to tell about how it was read.
    pub notices: Vec<String>,
}

/// What is known of one map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapFacts {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Number of positive finite samples, markers too.
    pub positive: u64,
    /// The others, by reason, and the markers.
    pub invalid: InvalidCounts,
    /// Smallest, median and largest depth, in the unit of the file.
    pub spread: Option<MinMedianMax>,
}

impl MapFacts {
    /// The facts of a map of which these samples were counted.
    #[must_use]
    pub fn of(map: &RawMap, counts: MapCounts) -> Self {
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            width: size(map.width()),
            height: size(map.height()),
            positive: counts.positive,
            invalid: counts.invalid,
            spread: counts.spread,
        }
    }

    /// Number of depths while these markers are in force.
    #[must_use]
    pub fn valid(&self, markers: &[f64]) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        pixels.saturating_sub(self.invalid.total(markers))
    }
}

/// What was built, beside the distribution itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Built {
    /// The role that is shown.
    pub shown: Role,
    /// What is known of each role, in order.
    pub roles: Vec<RoleFacts>,
    /// Numbers that may mean "no depth" in the shown role.
    pub markers: Vec<MarkerInfo>,
    /// Depths that the window left out.
    pub outside_window: u64,
}

/// What is known of the files of a role together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleFacts {
    /// The role.
    pub role: Role,
    /// Its integer files, where there are any.
    pub integer: Option<KindFacts>,
    /// Its floating-point files, where there are any.
    pub float: Option<KindFacts>,
}

/// What is known of one kind of samples of a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KindFacts {
    /// The encoding in use.
    pub encoding: Encoding,
    /// What the data suggest.
    pub guess: ScaleGuess,
    /// Whether the encoding was given and not guessed.
    pub given: bool,
    /// The median, in the unit of the files.
    pub median: f64,
}

impl RoleFacts {
    /// The facts of one kind.
    #[must_use]
    pub fn of(&self, kind: SampleKind) -> Option<&KindFacts> {
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

/// An answer of a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker has started and takes requests.
    Ready,
    /// The request under way needs the readers of further formats; it is answered once they have come.
    NeedsReaders,
    /// A file was decoded and gathered, or why not.
    Added {
        /// The job.
        job: JobId,
        /// The file.
        file: u32,
        /// What it is, or one sentence.
        result: Result<FileContent, String>,
    },
    /// All that was gathered; the buffers of each summary come along.
    Finished {
        /// The job.
        job: JobId,
        /// Group and header per summary.
        summaries: Vec<(u32, SummaryHeader)>,
    },
    /// A distribution; its buffers come along.
    Built {
        /// The job.
        job: JobId,
        /// How faithful it is.
        resolution: Resolution,
        /// What else is known; `None` for the sample.
        built: Option<Built>,
    },
    /// A picture: its samples and its colours come along, row by row.
    Picture {
        /// The picture.
        picture: PictureId,
        /// Its size, or one sentence.
        result: Result<PictureFacts, String>,
    },
    /// Something could not be done; one sentence.
    Failed {
        /// The job.
        job: JobId,
        /// Why.
        message: String,
    },
}

/// The size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureFacts {
    /// Columns of the picture.
    pub width: u32,
    /// Rows of the picture.
    pub height: u32,
    /// Pixels of the map per pixel of the picture, in each direction: 1 but for very large maps.
    pub every: u32,
}

impl PictureFacts {
    /// The pixel at a point given in shares of width and height: column and row of the picture.
    #[must_use]
    pub fn pixel(&self, x: f64, y: f64) -> (u32, u32) {
        let at =
            |share: f64, size: u32| ((share * f64::from(size)) as u32).min(size.saturating_sub(1));
        (at(x, self.width), at(y, self.height))
    }
}

/// Buffers that travel with a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buffers {
    /// Depths, sums, counts that may exceed 32 bits.
    pub doubles: Vec<Vec<f64>>,
    /// Counts.
    pub words: Vec<Vec<u32>>,
}

/// Buffers of one summary, of doubles and of words.
const SUMMARY_DOUBLES: usize = 6;
const SUMMARY_WORDS: usize = 4;

/// Buffers of one summary in all.
pub const BUFFERS_PER_SUMMARY: usize = SUMMARY_DOUBLES + SUMMARY_WORDS;

/// Summaries out of their headers and the buffers that came along, in order; `None` where the numbers do not fit.
#[must_use]
pub fn summaries_of(headers: &[SummaryHeader], buffers: Buffers) -> Option<Vec<SampleSummary>> {
    let Buffers { doubles, words } = buffers;
    if doubles.len() != headers.len() * SUMMARY_DOUBLES
        || words.len() != headers.len() * SUMMARY_WORDS
    {
        return None;
    }
    let (mut doubles, mut words) = (doubles.into_iter(), words.into_iter());
    headers
        .iter()
        .map(|header| {
            SampleSummary::from_parts(SummaryParts {
                header: header.clone(),
                doubles: take_all(&mut doubles)?,
                words: take_all(&mut words)?,
            })
        })
        .collect()
}

/// The next buffers of an iterator, as many as fit.
fn take_all<T, const N: usize>(from: &mut impl Iterator<Item = T>) -> Option<[T; N]> {
    from.take(N).collect::<Vec<T>>().try_into().ok()
}

/// A distribution as the buffers of a message.
#[must_use]
pub fn distribution_buffers(distribution: Distribution) -> (Resolution, Buffers) {
    let (values, counts, running, resolution) = distribution.into_parts();
    let buffers = Buffers {
        doubles: vec![values, running],
        words: vec![counts],
    };
    (resolution, buffers)
}

/// The inverse of [`distribution_buffers`]; `None` where the buffers do not fit together.
#[must_use]
pub fn distribution_of(resolution: Resolution, buffers: Buffers) -> Option<Distribution> {
    let [values, running] = <[Vec<f64>; 2]>::try_from(buffers.doubles).ok()?;
    let [counts] = <[Vec<u32>; 1]>::try_from(buffers.words).ok()?;
    Distribution::from_parts(values, counts, running, resolution).ok()
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
    let mut roles: Vec<RoleFacts> = Vec::new();
    let mut markers: Vec<MarkerInfo> = Vec::new();
    let mut shown: Vec<(SampleSummary, Encodings, Vec<f64>)> = Vec::new();
    for (group, summary) in &mut merged {
        let mut facts = RoleFacts {
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
                KindFacts {
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
    use fathom_core::depth::{Region, Samples, ScalePreset};
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
    fn buffers_carry_summaries_and_distributions() {
        let parts = summary().into_parts();
        let buffers = Buffers {
            doubles: parts.doubles.to_vec(),
            words: parts.words.to_vec(),
        };
        let back = summaries_of(std::slice::from_ref(&parts.header), buffers).expect("fit");
        assert_eq!(back, [summary()]);
        let (build_request, summaries) = request(&[(Role::GroundTruth, None, &back)]);
        let (d, _) = build(&build_request, summaries).expect("valid");
        let (resolution, buffers) = distribution_buffers(d.clone());
        assert_eq!(distribution_of(resolution, buffers), Some(d));
        assert_eq!(summaries_of(&[parts.header], Buffers::default()), None);
        assert_eq!(distribution_of(resolution, Buffers::default()), None);
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
