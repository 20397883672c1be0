//! The fragment of the address: "f1." or "f2." and a base64url text of a checksum and a compact encoding.
//!
//! The number is the version of the whole format; another version is told apart from damage. Added fields need a new version, whose
//! reader keeps reading this one. The second has a comparison of maps behind what the first has; a page without one is still written in
//! the first, which every program reads.

use serde::{Deserialize, Serialize};

use super::seal::{sealed, unsealed};
use crate::analysis::{DistributionSummary, Measurement, NamedRange};
use crate::language::said;
use crate::stats::Sketch;

/// Prefixes of the versions.
const WITHOUT_COMPARISON: &str = "f1.";
const WITH_COMPARISON: &str = "f2.";

/// Longest fragment that is looked at: four times the longest that is written.
const MAX_LENGTH: usize = 16_384;

/// Most ranges of a table. More than a screen of rows; it bounds the link and the work of an edit.
pub const MAX_RANGES: usize = 12;

/// Longest name of a range or of a source, in characters.
const MAX_NAME: usize = 60;

/// What a user has set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The rows of the range table.
    pub ranges: Vec<NamedRange>,
    /// Which row is in use now.
    pub current: u32,
    /// How they are measured.
    pub how: Measurement,
}

/// The depths behind a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SharedDepths {
    /// The built-in sample, made anew where the link is opened.
    Sample,
    /// A compact summary of somebody's depths. No file name is in it.
    Sketch {
        /// What it is in words, such as "91 maps, ground truth".
        source: String,
        /// Figures of the exact distribution.
        summary: DistributionSummary,
        /// Its shape.
        sketch: Sketch,
    },
}

/// Everything a link carries.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedPage {
    /// What is analysed.
    pub depths: SharedDepths,
    /// How.
    pub settings: Settings,
    /// What came out of comparing maps, where there were some: a [`super::SharedComparison`] as its bytes, which a page hands on
    /// without a look.
    pub comparison: Option<Vec<u8>>,
}

/// The body of either version.
type First = (SharedDepths, Settings);
type Second = (SharedDepths, Settings, Vec<u8>);

/// Why a fragment is no link of this page. Each is one sentence for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is something else's fragment.
    #[error(
        "{}",
        said(
            "The address ends in something that is not a Fathom link; the built-in sample is shown instead."
        )
    )]
    Foreign,
    /// A version that this page does not know.
    #[error(
        "{}",
        said(
            "This link was made by a newer Fathom; open it there, or reload this page. The built-in sample is shown instead."
        )
    )]
    Version,
    /// It was cut or changed.
    #[error(
        "{}",
        said(
            "This link is damaged, perhaps cut when it was copied: ask for it again. The built-in sample is shown instead."
        )
    )]
    Damaged,
}

/// The fragment for a page, without the "#".
#[must_use]
pub fn encode(page: &SharedPage) -> Option<String> {
    let SharedPage {
        depths,
        settings,
        comparison,
    } = page;
    Some(match comparison {
        None => format!("{WITHOUT_COMPARISON}{}", sealed(&(depths, settings))?),
        Some(comparison) => {
            let body = sealed(&(depths, settings, comparison))?;
            format!("{WITH_COMPARISON}{body}")
        }
    })
}

/// The page of a fragment, with or without its "#"; `Ok(None)` for an empty one.
///
/// # Errors
/// [`LinkError`].
pub fn decode(fragment: &str) -> Result<Option<SharedPage>, LinkError> {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    if fragment.is_empty() {
        return Ok(None);
    }
    if fragment.len() > MAX_LENGTH {
        return Err(LinkError::Damaged);
    }
    let page = if let Some(text) = fragment.strip_prefix(WITHOUT_COMPARISON) {
        unsealed::<First>(text).map(|(depths, settings)| SharedPage {
            depths,
            settings,
            comparison: None,
        })
    } else if let Some(text) = fragment.strip_prefix(WITH_COMPARISON) {
        unsealed::<Second>(text).map(|(depths, settings, comparison)| SharedPage {
            depths,
            settings,
            comparison: Some(comparison),
        })
    } else if is_other_version(fragment) {
        return Err(LinkError::Version);
    } else {
        return Err(LinkError::Foreign);
    };
    let page = page.ok_or(LinkError::Damaged)?;
    if is_sound(&page) {
        Ok(Some(page))
    } else {
        Err(LinkError::Damaged)
    }
}

/// "f" and a number and a dot: ours, but not this version.
fn is_other_version(fragment: &str) -> bool {
    fragment
        .strip_prefix('f')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(n, _)| {
            !n.is_empty() && n.len() <= 4 && n.bytes().all(|b| b.is_ascii_digit())
        })
}

/// Whether the parts fit together; each part's own reader has already refused what it cannot be.
fn is_sound(page: &SharedPage) -> bool {
    let Settings {
        ranges,
        current,
        how,
    } = &page.settings;
    let short = |text: &str| text.chars().count() <= MAX_NAME;
    let ranges_fit = (1..=MAX_RANGES).contains(&ranges.len())
        && (*current as usize) < ranges.len()
        && ranges.iter().all(|r| short(&r.name))
        && how.eval_min_m > 0.0
        && how.eval_min_m < 1.0;
    let depths_fit = match &page.depths {
        SharedDepths::Sample => true,
        SharedDepths::Sketch {
            source, summary, ..
        } => short(source) && figures_are_sound(summary),
    };
    ranges_fit && depths_fit
}

/// Whether figures can be those of depths: the page shows them as they come.
fn figures_are_sound(summary: &DistributionSummary) -> bool {
    // Means and interpolated percentiles of equal depths may lie beside them by a rounding.
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
    use crate::analysis::{RangeReport, published_candidates};
    use crate::quant::OutputRange;
    use crate::share::SharedComparison;
    use crate::stats::{Distribution, Resolution};
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    fn settings() -> Settings {
        Settings {
            ranges: published_candidates().expect("ranges"),
            current: 3,
            how: Measurement::default(),
        }
    }

    fn shared(depths: &Distribution) -> SharedPage {
        SharedPage {
            depths: SharedDepths::Sketch {
                source: "91 maps, ground truth".to_owned(),
                summary: DistributionSummary::of(depths),
                sketch: Sketch::of(depths),
            },
            settings: settings(),
            comparison: None,
        }
    }

    fn compared(depths: &Distribution) -> SharedPage {
        let (compared, budget, changes) = super::super::comparison::tests::example();
        SharedPage {
            comparison: SharedComparison::new(compared, &budget, &changes)
                .and_then(|comparison| comparison.to_bytes()),
            ..shared(depths)
        }
    }

    /// A crowded room and a far window, 20,000 pixels.
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
    fn depths_that_cannot_be_are_refused_with_sound_settings() {
        let good = shared(&scene());
        assert!(is_sound(&good));
        let with = |change: &dyn Fn(&mut DistributionSummary, &mut String)| {
            let mut page = good.clone();
            if let SharedDepths::Sketch {
                summary, source, ..
            } = &mut page.depths
            {
                change(summary, source);
            }
            is_sound(&page)
        };
        assert!(!with(&|summary, _| summary.mean_m = summary.max_m * 2.0));
        assert!(!with(&|summary, _| summary.min_m = f64::NAN));
        assert!(!with(&|_, source| *source = "x".repeat(MAX_NAME + 1)));
    }

    #[test]
    fn a_page_comes_back_and_the_link_is_short() {
        for page in [
            shared(&scene()),
            compared(&scene()),
            SharedPage {
                depths: SharedDepths::Sample,
                settings: settings(),
                comparison: None,
            },
        ] {
            let link = encode(&page).expect("a link");
            assert!(link.len() < 2000, "{} characters", link.len());
            assert!(link.starts_with(if page.comparison.is_some() {
                "f2."
            } else {
                "f1."
            }));
            assert_eq!(decode(&format!("#{link}")), Ok(Some(page)));
        }
    }

    #[test]
    fn the_sketch_gives_the_figures_within_half_a_per_cent() {
        for exact in [scene(), crate::synth::long_tail().expect("the sample")] {
            let sketch = Sketch::of(&exact).distribution().expect("own sketch");
            for max_m in [2.0, 3.3, 5.0, 7.5, 10.0, 15.0, 40.0, 129.0, 250.0] {
                let named = NamedRange {
                    name: String::new(),
                    range: OutputRange::new(0.5, max_m).expect("a range"),
                };
                let measure = |d| RangeReport::measure(d, &named, &Measurement::default());
                let (a, b) = (measure(&sketch), measure(&exact));
                let (ea, eb) = (a.errors.expect("pixels"), b.errors.expect("pixels"));
                for (name, got, expected) in [
                    ("rmse", ea.metrics.rmse, eb.metrics.rmse),
                    ("abs_rel", ea.metrics.abs_rel, eb.metrics.abs_rel),
                    ("delta1", ea.metrics.delta1, eb.metrics.delta1),
                    ("coverage", a.coverage, b.coverage),
                ] {
                    let off = (got / expected - 1.0).abs();
                    assert!(off < 0.005, "{name} at {max_m}: {got} against {expected}");
                }
            }
        }
    }

    #[test]
    fn each_wrong_fragment_has_its_sentence() {
        let link = encode(&shared(&scene())).expect("a link");
        let cut = &link[..link.len() - 9];
        let changed = link.replace(&link[200..203], "AAA");
        for (fragment, error) in [
            ("section-2", LinkError::Foreign),
            ("f3.AAAA", LinkError::Version),
            ("f2.AAAA", LinkError::Damaged),
            ("f1.", LinkError::Damaged),
            ("f1.!!!", LinkError::Damaged),
            (cut, LinkError::Damaged),
            (&changed, LinkError::Damaged),
        ] {
            assert_eq!(decode(fragment), Err(error), "{fragment}");
        }
        assert_eq!(decode("#"), Ok(None));
    }

    #[test]
    fn settings_that_do_not_fit_together_are_refused() {
        let mut page = shared(&scene());
        page.settings.current = 9;
        assert_eq!(
            decode(&encode(&page).expect("a link")),
            Err(LinkError::Damaged)
        );
    }

    #[test]
    fn figures_that_depths_cannot_have_are_refused() {
        let good = DistributionSummary::of(&scene());
        let rows: [fn(&mut DistributionSummary); 6] = [
            |s| s.percentiles_m[3] = f64::NAN,
            |s| s.percentiles_m[0] = s.max_m * 2.0,
            |s| s.mean_m = -1.0,
            |s| s.std_m = f64::INFINITY,
            |s| s.count = f64::INFINITY,
            |s| s.max_m = s.min_m / 2.0,
        ];
        assert!(figures_are_sound(&good));
        for (i, spoil) in rows.into_iter().enumerate() {
            let mut summary = good;
            spoil(&mut summary);
            assert!(!figures_are_sound(&summary), "row {i}");
        }
    }

    /// A link of this version, written once: every later program must read it.
    #[test]
    fn a_link_from_the_first_release_is_still_read() {
        let page = decode(GOLDEN).expect("readable").expect("a page");
        assert_eq!(page.settings, settings());
        assert_eq!((page.depths, page.comparison), (SharedDepths::Sample, None));
    }

    /// The same of the second version.
    #[test]
    fn a_link_with_a_comparison_is_still_read() {
        let page = decode(GOLDEN_2).expect("readable").expect("a page");
        assert_eq!(
            (page.settings, page.depths),
            (settings(), SharedDepths::Sample)
        );
        let comparison = page
            .comparison
            .and_then(|bytes| SharedComparison::from_bytes(&bytes));
        let comparison = comparison.expect("a comparison");
        assert_eq!(comparison.compared().frames, 91);
        assert!((comparison.budget().mse_int8.sqrt() - 0.254_476_9).abs() < 1e-6);
    }

    const GOLDEN_2: &str = "f2.EwVJfAAECmFnZ3Jlc3NpdmUAAAAAAADgPwAAAAAAAB5ACGJhbGFuY2VkAAAAAAAA4D8AAAAAAAAkQAxjb25zZXJ2YXRpdmUAAAAAAADgPwAAAAAAAClAB2N1cnJlbnQAAAAAAADgPwAAAAAAAC5AAwAIAPyp8dJNYlA_igNbAU-VbzwBBAEBGJP_SQHKMoQ9AUHXPjkBkxraNwHNzCpCAbX-ljcBBByCPgGpjMo9AQAAgD8BhE14NgE5m443AYKo-zoB6SaBPwH3dWC8AffkgT4BrItbPAEK16O9AAFM_n8_AaabxLwNAc3MzD0BO9_PPQNvEoM6bxIDOwEUrsc-Aa5H4T0BHVrkPQJvEoO6bxIDOwABj8L1PQH-1Pg9AAAAAAAAAAAAARSuxz4BuB4FPgHwpwY-AQAAAAAAAAAAAAEpXA8-AWDlED4DbxKDOm8SAzsBFK7HPgGamRk-AdEiGz4CbxKDum8SAzsAAQrXIz4BQmAlPgAAAAAAAAAAAAEUrsc-AXsULj4Bsp0vPgEAAAAAAAAAAAAB7FE4PgEj2zk-A28SgzpvEgM7ARSuxz4BXI9CPgGTGEQ-Am8Sg7pvEgM7AAHNzEw-AQRWTj4AAAAAAAAAAAABFK7HPgE9Clc-AXWTWD4BAAAAAAAAAAAAAa5HYT4B5dBiPgNvEoM6bxIDOwEUrsc-";

    const GOLDEN: &str = "f1.IuwNWQAECmFnZ3Jlc3NpdmUAAAAAAADgPwAAAAAAAB5ACGJhbGFuY2VkAAAAAAAA4D8AAAAAAAAkQAxjb25zZXJ2YXRpdmUAAAAAAADgPwAAAAAAAClAB2N1cnJlbnQAAAAAAADgPwAAAAAAAC5AAwAIAPyp8dJNYlA_";

    proptest! {
        #[test]
        fn no_text_at_all_panics(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&text);
            let mut sealed = crc32fast::hash(&bytes).to_le_bytes().to_vec();
            sealed.extend_from_slice(&bytes);
            let text = URL_SAFE_NO_PAD.encode(sealed);
            let _ = decode(&format!("f1.{text}"));
            let _ = decode(&format!("f2.{text}"));
        }
    }
}
