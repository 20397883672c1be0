//! The fragment of the address: `f4.` followed by the checksummed encoding of sections.
//!
//! A section is a tag and bytes: depths, settings, study, and the network where one was measured. Readers skip sections whose tags they do not know, so that later versions can add
//! some. The content of a section never changes: another layout gets another tag. A link of another format is not called damaged.
//! Keys with values follow, each behind an ampersand: [`FragmentParts`].

use serde::{Deserialize, Serialize};

use super::checksummed::{decode_checked, encode_checked};
use fathom_analysis::{DistributionSummary, FoundRange, NamedRange, RangeInUse, RangeSettings};
use fathom_core::i18n::tr;
use fathom_core::stats::Sketch;

/// Prefix of the version that is written and read.
const VERSION: &str = "f4.";

/// Tag of the section that holds [`SharedDepths`].
const DEPTHS: u8 = 1;

/// Tag of the section that holds [`Settings`].
const SETTINGS: u8 = 2;

/// Tag of the section that holds an encoded [`super::SharedStudy`].
const STUDY: u8 = 3;

/// Tag of the section that holds an encoded network ([`super::encode_network`]).
const NETWORK: u8 = 4;

/// Key of the second of two links that are compared.
const COMPARED_WITH: &str = "with";

/// Key of the view of the page that is shown.
const VIEW: &str = "view";

/// Key of the section of the page that is scrolled to.
const SECTION: &str = "at";

/// Longest fragment that is decoded, in characters. A link with the largest sketch has some 45,000.
const MAX_LENGTH: usize = 65_536;

/// Largest number of ranges in a table. It bounds the length of a link and the work of an edit.
pub const MAX_RANGES: usize = 12;

/// Longest name of a range or of a source, in characters.
const MAX_NAME: usize = 60;

/// The settings that a user chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Rows of the range table.
    pub ranges: Vec<NamedRange>,
    /// Index of the row in use.
    pub current: u32,
    /// Code, bits, policy and floor of the measurement.
    pub how: RangeSettings,
    /// The range that evidence gives.
    pub found: Option<FoundRange>,
}

impl Settings {
    /// Returns the range in use with its evidence; `None` if the table has no row in use.
    #[must_use]
    pub fn range_in_use(&self) -> Option<RangeInUse> {
        let named = self.ranges.get(self.current as usize)?;
        Some(RangeInUse::new(named.range, self.found, self.how.code))
    }
}

/// The depths that a link carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SharedDepths {
    /// The built-in sample, which the opening page generates.
    Sample,
    /// A lossy summary of the user's depths, without file names.
    Sketch {
        /// Description, such as "91 maps, ground truth".
        source: String,
        /// Statistics of the exact distribution.
        summary: DistributionSummary,
        /// Sketch of the distribution.
        sketch: Sketch,
    },
}

/// The content of a link.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedPage {
    /// The analysed depths.
    pub depths: SharedDepths,
    /// The user's settings.
    pub settings: Settings,
    /// An encoded [`super::SharedStudy`], which only the sections that show it decode.
    pub study: Vec<u8>,
    /// An encoded network; empty where none was measured.
    pub network: Vec<u8>,
    /// True if the link has further sections, which a later version reads.
    pub has_unknown: bool,
}

/// The encoded value: sections with their tags.
type Sections = Vec<(u8, Vec<u8>)>;

/// The reason why a fragment is no link of this page, as one sentence for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The fragment is no Fathom link.
    #[error("{}", tr!("This is not a Fathom link."))]
    Foreign,
    /// The link has another version.
    #[error(
        "{}",
        tr!("Another version of Fathom made this link: open it there, or ask for a new one.")
    )]
    Version,
    /// The link was cut or changed.
    #[error(
        "{}",
        tr!("This link is damaged, perhaps cut when it was copied: ask for it again.")
    )]
    Damaged,
}

/// Encodes depths, settings, an encoded study and an encoded network as a fragment, without `#`. An empty network is left out. `None` if they
/// cannot be serialised.
#[must_use]
pub fn encode(
    depths: &SharedDepths,
    settings: &Settings,
    study: &[u8],
    network: &[u8],
) -> Option<String> {
    let mut sections: Sections = vec![
        (DEPTHS, postcard::to_allocvec(depths).ok()?),
        (SETTINGS, postcard::to_allocvec(settings).ok()?),
        (STUDY, study.to_vec()),
    ];
    if !network.is_empty() {
        sections.push((NETWORK, network.to_vec()));
    }
    Some(format!("{VERSION}{}", encode_checked(&sections)?))
}

/// A fragment in its parts: `own&with=other&view=range`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FragmentParts<'a> {
    /// The page's own link; empty on a first visit.
    pub own: &'a str,
    /// The link that it is compared with.
    pub compared_with: Option<&'a str>,
    /// The name of the view that is shown.
    pub view: Option<&'a str>,
    /// The anchor of the section that is scrolled to.
    pub section: Option<&'a str>,
}

impl<'a> FragmentParts<'a> {
    /// Splits a fragment, with or without `#`. Keys that are not known are ignored.
    #[must_use]
    pub fn split(fragment: &'a str) -> Self {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        let mut pieces = fragment.split('&').peekable();
        let own = pieces.next_if(|first| !first.contains('='));
        let mut parts = Self {
            own: own.unwrap_or_default(),
            ..Self::default()
        };
        for (key, value) in pieces.filter_map(|piece| piece.split_once('=')) {
            match key {
                COMPARED_WITH => parts.compared_with = Some(value),
                VIEW => parts.view = Some(value),
                SECTION => parts.section = Some(value),
                _ => {}
            }
        }
        parts
    }

    /// Joins the parts to a fragment, without `#`.
    #[must_use]
    pub fn join(&self) -> String {
        let pair = |key: &str, value: &str| format!("{key}={value}");
        let own = Some(self.own.to_owned()).filter(|own| !own.is_empty());
        let pairs = [
            (COMPARED_WITH, self.compared_with),
            (VIEW, self.view),
            (SECTION, self.section),
        ];
        let pairs = pairs
            .into_iter()
            .filter_map(|(key, value)| Some(pair(key, value?)));
        let pieces: Vec<String> = own.into_iter().chain(pairs).collect();
        pieces.join("&")
    }
}

/// Decodes the page's own link of a fragment, with or without `#`; `Ok(None)` if there is none.
///
/// # Errors
/// [`LinkError`] if the fragment is no link of this version.
pub fn decode(fragment: &str) -> Result<Option<SharedPage>, LinkError> {
    let fragment = FragmentParts::split(fragment).own;
    if fragment.is_empty() {
        return Ok(None);
    }
    if fragment.len() > MAX_LENGTH {
        return Err(LinkError::Damaged);
    }
    let Some(text) = fragment.strip_prefix(VERSION) else {
        return Err(if is_other_version(fragment) {
            LinkError::Version
        } else {
            LinkError::Foreign
        });
    };
    let page = decode_checked(text).and_then(read_sections);
    page.map(Some).ok_or(LinkError::Damaged)
}

/// Reads the known sections; `None` if one is missing, repeated or inconsistent.
fn read_sections(sections: Sections) -> Option<SharedPage> {
    let (mut depths, mut settings, mut study, mut network) = (None, None, None, None);
    let mut has_unknown = false;
    for (tag, bytes) in sections {
        let place = match tag {
            DEPTHS => &mut depths,
            SETTINGS => &mut settings,
            STUDY => &mut study,
            NETWORK => &mut network,
            _ => {
                has_unknown = true;
                continue;
            }
        };
        if place.replace(bytes).is_some() {
            return None;
        }
    }
    let page = SharedPage {
        depths: postcard::from_bytes(&depths?).ok()?,
        settings: postcard::from_bytes(&settings?).ok()?,
        study: study?,
        network: network.unwrap_or_default(),
        has_unknown,
    };
    is_consistent(&page).then_some(page)
}

/// Returns true for "f", a number and a dot: the prefix of some version.
fn is_other_version(fragment: &str) -> bool {
    fragment
        .strip_prefix('f')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(n, _)| {
            !n.is_empty() && n.len() <= 4 && n.bytes().all(|b| b.is_ascii_digit())
        })
}

/// Returns true if the parts are consistent. Deserialisation has already checked each part by itself.
fn is_consistent(page: &SharedPage) -> bool {
    let Settings {
        ranges,
        current,
        how,
        found,
    } = &page.settings;
    let short = |text: &str| text.chars().count() <= MAX_NAME;
    let ranges_fit = (1..=MAX_RANGES).contains(&ranges.len())
        && (*current as usize) < ranges.len()
        && ranges.iter().all(|r| short(&r.name))
        && how.eval_min_m > 0.0
        && how.eval_min_m < 1.0
        && found.is_none_or(|found| found.source.is_plausible());
    let depths_fit = match &page.depths {
        SharedDepths::Sample => true,
        SharedDepths::Sketch {
            source, summary, ..
        } => short(source) && is_plausible_summary(summary),
    };
    ranges_fit && depths_fit
}

/// Returns true if depths can have these statistics. The page shows them without recomputing them.
fn is_plausible_summary(summary: &DistributionSummary) -> bool {
    // Means and interpolated percentiles of equal depths may differ from them by rounding.
    const ROUNDING: f64 = 1e-9;
    let DistributionSummary {
        count,
        min_m,
        max_m,
        mean_m,
        std_m,
        percentiles_m,
    } = *summary;
    let within = min_m * (1.0 - ROUNDING)..=max_m * (1.0 + ROUNDING);
    count >= 1.0
        && count.is_finite()
        && min_m > 0.0
        && max_m.is_finite()
        && (0.0..=max_m).contains(&std_m)
        && within.contains(&mean_m)
        && percentiles_m.iter().all(|p| within.contains(p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{SharedStudy, SketchBudget, fit_sketch, largest_error};
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use fathom_analysis::published_candidates;
    use fathom_core::stats::{Distribution, Resolution};
    use proptest::prelude::*;

    fn settings() -> Settings {
        Settings {
            ranges: published_candidates().expect("ranges"),
            current: 3,
            how: RangeSettings::default(),
            found: None,
        }
    }

    fn sketch_of(depths: &Distribution) -> SharedDepths {
        SharedDepths::Sketch {
            source: "91 maps, ground truth".to_owned(),
            summary: DistributionSummary::measure(depths),
            sketch: fit_sketch(depths, SketchBudget::WithSettings),
        }
    }

    fn page(depths: SharedDepths, study: &SharedStudy) -> SharedPage {
        SharedPage {
            depths,
            settings: settings(),
            study: study.to_bytes().expect("bytes"),
            network: Vec::new(),
            has_unknown: false,
        }
    }

    fn shared(depths: &Distribution) -> SharedPage {
        page(sketch_of(depths), &SharedStudy::default())
    }

    fn link_of(page: &SharedPage) -> String {
        encode(&page.depths, &page.settings, &page.study, &page.network).expect("a link")
    }

    /// 20,000 pixels of a near room with a far tail.
    fn scene() -> Distribution {
        let mut values: Vec<f64> = (0..20_000)
            .map(|i| {
                let u = (f64::from(i) + 0.5) / 20_000.0;
                0.7 + 3.0 * u + if u > 0.93 { 60.0 * (u - 0.93) } else { 0.0 }
            })
            .map(|d| (d * 1000.0).round() / 1000.0)
            .collect();
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn impossible_depths_are_rejected() {
        let good = shared(&scene());
        assert!(is_consistent(&good));
        let with = |change: &dyn Fn(&mut DistributionSummary, &mut String)| {
            let mut page = good.clone();
            if let SharedDepths::Sketch {
                summary, source, ..
            } = &mut page.depths
            {
                change(summary, source);
            }
            is_consistent(&page)
        };
        assert!(!with(&|summary, _| summary.mean_m = summary.max_m * 2.0));
        assert!(!with(&|summary, _| summary.min_m = f64::NAN));
        assert!(!with(&|_, source| *source = "x".repeat(MAX_NAME + 1)));
    }

    #[test]
    fn a_page_round_trips_through_a_short_link() {
        let full = super::super::shared_study::tests::full();
        let sample = fathom_core::synth::long_tail().expect("the sample");
        let sketch = fit_sketch(&sample, SketchBudget::WithSettings);
        let again = sketch.distribution().expect("own sketch");
        assert!(
            largest_error(&sample, &again) < 0.005,
            "{}",
            sketch.relative_error()
        );
        let long_tail = SharedDepths::Sketch {
            source: "91 maps, ground truth".to_owned(),
            summary: DistributionSummary::measure(&sample),
            sketch,
        };
        for page in [
            shared(&scene()),
            page(sketch_of(&scene()), &full),
            page(long_tail, &full),
            page(SharedDepths::Sample, &full),
            page(SharedDepths::Sample, &SharedStudy::default()),
        ] {
            let link = link_of(&page);
            assert!(link.len() < 2000, "{} characters", link.len());
            assert_eq!(decode(&format!("#{link}")), Ok(Some(page)));
        }
    }

    #[test]
    fn a_network_comes_along() {
        let section = super::super::shared_network::tests::full();
        let evidence = crate::network::NetworkEvidence {
            section: &section,
            kept: None,
        };
        let plain = page(
            sketch_of(&scene()),
            &super::super::shared_study::tests::full(),
        );
        let with_network = SharedPage {
            network: crate::link::encode_network(&evidence).expect("bytes"),
            ..plain.clone()
        };
        let link = link_of(&with_network);
        let more = link.len() - link_of(&plain).len();
        assert!(more < 1_400, "{more} characters more");
        assert_eq!(decode(&link), Ok(Some(with_network)));
    }

    #[test]
    fn parts_of_a_fragment_are_joined_and_split() {
        let own = link_of(&shared(&scene()));
        let other = link_of(&page(SharedDepths::Sample, &SharedStudy::default()));
        for own in [own.as_str(), ""] {
            for compared_with in [Some(other.as_str()), None] {
                for view in [Some("range"), None] {
                    for section in [Some("table-title"), None] {
                        let parts = FragmentParts {
                            own,
                            compared_with,
                            view,
                            section,
                        };
                        let fragment = format!("#{}", parts.join());
                        assert_eq!(FragmentParts::split(&fragment), parts);
                        assert_eq!(decode(&fragment), decode(own));
                        let later = format!("{fragment}&later=1");
                        assert_eq!(FragmentParts::split(&later), parts, "unknown keys");
                    }
                }
            }
        }
        assert_eq!(FragmentParts::split("#section-2").own, "section-2");
    }

    #[test]
    fn each_wrong_fragment_has_its_error() {
        let link = link_of(&shared(&scene()));
        let cut = &link[..link.len() - 9];
        let changed = link.replace(&link[200..203], "AAA");
        for (fragment, error) in [
            ("section-2", LinkError::Foreign),
            ("f5.AAAA", LinkError::Version),
            ("f4.AAAA", LinkError::Damaged),
            ("f4.", LinkError::Damaged),
            ("f4.!!!", LinkError::Damaged),
            ("f3.AAAA", LinkError::Version),
            ("f1.AAAA", LinkError::Version),
            (cut, LinkError::Damaged),
            (&changed, LinkError::Damaged),
        ] {
            assert_eq!(decode(fragment), Err(error), "{fragment}");
        }
        assert_eq!(decode("#"), Ok(None));
    }

    #[test]
    fn unknown_sections_are_skipped_and_said() {
        let own = shared(&scene());
        let sections = |own: &SharedPage| -> Sections {
            vec![
                (DEPTHS, postcard::to_allocvec(&own.depths).expect("bytes")),
                (
                    SETTINGS,
                    postcard::to_allocvec(&own.settings).expect("bytes"),
                ),
                (STUDY, own.study.clone()),
            ]
        };
        let read = |sections: &Sections| {
            let text = encode_checked(sections).expect("a link");
            decode(&format!("{VERSION}{text}"))
        };
        assert_eq!(read(&sections(&own)), Ok(Some(own.clone())));
        for at in 0..=3 {
            let mut more = sections(&own);
            more.insert(at, (200, vec![7; 40]));
            let page = SharedPage {
                has_unknown: true,
                ..own.clone()
            };
            assert_eq!(read(&more), Ok(Some(page)));
        }
        for at in 0..3 {
            let mut missing = sections(&own);
            let taken = missing.remove(at);
            assert_eq!(read(&missing), Err(LinkError::Damaged));
            let mut twice = sections(&own);
            twice.push(taken);
            assert_eq!(read(&twice), Err(LinkError::Damaged));
        }
    }

    #[test]
    fn inconsistent_settings_are_rejected() {
        let mut page = shared(&scene());
        page.settings.current = 9;
        assert_eq!(decode(&link_of(&page)), Err(LinkError::Damaged));
    }

    #[test]
    fn impossible_statistics_are_rejected() {
        let good = DistributionSummary::measure(&scene());
        let rows: [fn(&mut DistributionSummary); 6] = [
            |s| s.percentiles_m[3] = f64::NAN,
            |s| s.percentiles_m[0] = s.max_m * 2.0,
            |s| s.mean_m = -1.0,
            |s| s.std_m = f64::INFINITY,
            |s| s.count = f64::INFINITY,
            |s| s.max_m = s.min_m / 2.0,
        ];
        assert!(is_plausible_summary(&good));
        for (i, spoil) in rows.into_iter().enumerate() {
            let mut summary = good;
            spoil(&mut summary);
            assert!(!is_plausible_summary(&summary), "row {i}");
        }
    }

    /// A link that every program of this version reads: depths on a lattice, cells, and a full study.
    #[test]
    fn a_golden_link_is_read() {
        let page = decode(GOLDEN).expect("readable").expect("a page");
        assert_eq!(page.settings, settings());
        let SharedDepths::Sketch {
            summary, sketch, ..
        } = &page.depths
        else {
            panic!("{page:?}");
        };
        assert_eq!(summary.count, 20_000.0);
        let depths = sketch.distribution().expect("readable");
        assert_eq!((depths.min_m(), depths.max_m()), (0.7, 7.898));
        let error = largest_error(&scene(), &depths);
        assert!(error <= sketch.relative_error(), "{error}");
        let study = SharedStudy::from_bytes(&page.study).expect("readable");
        assert_eq!(study.title, "Before recalibration");
        assert_eq!(study.frames[0].name, "room_07");
        let whole = super::super::shared_study::tests::full();
        assert_eq!(study.choices, whole.choices);
        assert_eq!(study.requantized, whole.requantized);
        assert_eq!(
            study.comparison.expect("a comparison").compared().frames,
            91
        );
    }

    const GOLDEN: &str = include_str!("../../../../tests/golden/link.txt");

    /// Writes the golden link anew where `FATHOM_BLESS` is set, after a change of the layout.
    #[test]
    fn the_golden_link_can_be_made_anew() {
        if std::env::var_os("FATHOM_BLESS").is_none() {
            return;
        }
        let depths = sketch_of(&scene());
        let study = super::super::shared_study::tests::full();
        let study = study.to_bytes().expect("bytes");
        let link = encode(&depths, &settings(), &study, &[]).expect("a link");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/link.txt");
        std::fs::write(path, link).expect("a file");
    }

    proptest! {
        #[test]
        fn decoding_never_panics(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&text);
            let mut encode_checked = crc32fast::hash(&bytes).to_le_bytes().to_vec();
            encode_checked.extend_from_slice(&bytes);
            let text = URL_SAFE_NO_PAD.encode(encode_checked);
            if let Ok(Some(page)) = decode(&format!("{VERSION}{text}")) {
                let _ = SharedStudy::from_bytes(&page.study);
            }
        }
    }
}
