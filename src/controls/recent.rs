//! A result that a browser keeps for its reader: the link, which is the whole result, with a time and the error of the range in use.

use serde::{Deserialize, Serialize};

use fathom_analysis::{DistributionSummary, NamedRange};
use fathom_core::quant::Bits;
use fathom_report::link::{SharedDepths, SharedPage, SharedStudy, decode};

/// Number of results that are kept. Each is about two thousand characters.
pub const KEPT: usize = 20;

/// A kept result. Its text is JSON, so that a later version can add to it and an earlier one still reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    /// Tells results apart: when it was first kept, in milliseconds since 1970.
    pub id: f64,
    /// When it was last changed, in the same milliseconds.
    pub at_ms: f64,
    /// The link's fragment, without the "#".
    pub fragment: String,
    /// RMSE of the range in use on the depths themselves, in metres; a link alone knows it only roughly.
    pub rmse_m: Option<f64>,
}

/// A row of the list. No file name: a link has none.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentFacts {
    /// The reader's title; empty without one.
    pub title: String,
    /// The analysed depths in words.
    pub source: String,
    /// Number of pixels.
    pub pixels: f64,
    /// The range in use.
    pub current: NamedRange,
    /// Bits of the output.
    pub bits: Bits,
    /// RMSE of the floating-point and of the INT8 network, in metres, where they were compared.
    pub compared_m: Option<(f64, f64)>,
}

impl RecentFacts {
    /// Its title with what was analysed, or the latter alone.
    #[must_use]
    pub fn name(&self) -> String {
        if self.title.is_empty() {
            self.source.clone()
        } else {
            format!("{}: {}", self.title, self.source)
        }
    }
}

impl Recent {
    /// The text that is stored.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Reads a stored text; `None` for what is none, or whose link leads nowhere.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let recent: Self = serde_json::from_str(text).ok()?;
        recent.facts()?;
        Some(recent)
    }

    /// Its summary, read from its link; `None` for the built-in sample and for what is no link.
    #[must_use]
    pub fn facts(&self) -> Option<RecentFacts> {
        let page = self.page()?;
        let SharedDepths::Sketch {
            source, summary, ..
        } = page.depths
        else {
            return None;
        };
        let current = page.settings.ranges.get(page.settings.current as usize)?;
        let study = SharedStudy::from_bytes(&page.study).unwrap_or_default();
        Some(RecentFacts {
            title: study.title,
            source,
            pixels: summary.count,
            current: current.clone(),
            bits: page.settings.how.bits,
            compared_m: study
                .comparison
                .map(|comparison| comparison.budget())
                .map(|budget| (budget.rmse_fp32_m(), budget.rmse_int8_m())),
        })
    }

    /// True if its link is that of these depths: an address follows what is shown after a moment.
    #[must_use]
    pub fn is_of(&self, shown: &DistributionSummary) -> bool {
        match self.page().map(|page| page.depths) {
            Some(SharedDepths::Sketch { summary, .. }) => summary == *shown,
            Some(SharedDepths::Sample) | None => false,
        }
    }

    /// Its link without the one that it is compared with.
    fn page(&self) -> Option<SharedPage> {
        decode(&self.fragment).ok()?
    }
}

/// Of kept results, newest first, those that are one too many.
#[must_use]
pub fn surplus(newest_first: &[Recent]) -> &[Recent] {
    newest_first.get(KEPT..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::{RangeSettings, published_candidates};
    use fathom_core::stats::{Distribution, Resolution, SketchBuilder};
    use fathom_report::link::{FragmentParts, Settings, encode};

    fn depths(farthest: f64) -> Distribution {
        let values: Vec<f64> = (0..500)
            .map(|i| 0.5 + (farthest - 0.5) * f64::from(i) / 499.0)
            .collect();
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    fn fragment(depths: &SharedDepths) -> String {
        let settings = Settings {
            ranges: published_candidates().expect("ranges"),
            current: 1,
            how: RangeSettings::default(),
            found: None,
        };
        let study = SharedStudy {
            title: "before".to_owned(),
            ..SharedStudy::default()
        };
        encode(depths, &settings, &study.to_bytes().expect("bytes"), &[]).expect("a link")
    }

    fn recent(farthest: f64) -> Recent {
        let depths = depths(farthest);
        let shared = SharedDepths::Sketch {
            source: "1 map, ground truth".to_owned(),
            summary: DistributionSummary::measure(&depths),
            sketch: SketchBuilder::new(&depths, 400).build(400),
        };
        Recent {
            id: 1.0,
            at_ms: 2.0,
            fragment: fragment(&shared),
            rmse_m: Some(0.25),
        }
    }

    fn shown(farthest: f64) -> DistributionSummary {
        DistributionSummary::measure(&depths(farthest))
    }

    #[test]
    fn a_result_comes_back_from_its_text_and_says_what_it_was() {
        let kept = recent(8.0);
        let text = kept.to_text().expect("text");
        assert_eq!(Recent::from_text(&text), Some(kept.clone()));
        let facts = kept.facts().expect("a link");
        assert_eq!(facts.source, "1 map, ground truth");
        assert_eq!(facts.name(), "before: 1 map, ground truth");
        assert_eq!((facts.pixels, facts.bits), (500.0, Bits::EIGHT));
        assert_eq!(facts.current.range.max_m(), 10.0);
        assert_eq!(facts.compared_m, None);
        // A later version may say more.
        let more = text.replacen('{', "{\"colour\":\"red\",", 1);
        assert_eq!(Recent::from_text(&more), Some(kept));
    }

    #[test]
    fn what_leads_nowhere_is_not_kept() {
        let with = |fragment: &str| Recent {
            fragment: fragment.to_owned(),
            ..recent(8.0)
        };
        let cut = recent(8.0).fragment;
        for fragment in [
            "",
            "f1.",
            "elsewhere",
            &cut[..cut.len() - 9],
            &fragment(&SharedDepths::Sample),
        ] {
            let text = with(fragment).to_text().expect("text");
            assert_eq!(Recent::from_text(&text), None, "{fragment}");
        }
        for text in ["", "{}", "[1]", "{\"id\":1}"] {
            assert_eq!(Recent::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn a_link_is_told_from_that_of_other_depths() {
        assert!(recent(8.0).is_of(&shown(8.0)));
        assert!(!recent(8.0).is_of(&shown(9.0)));
        let (own, other) = (recent(8.0).fragment, recent(9.0).fragment);
        let pair = Recent {
            fragment: FragmentParts {
                own: &own,
                compared_with: Some(&other),
                ..FragmentParts::default()
            }
            .join(),
            ..recent(8.0)
        };
        assert!(pair.is_of(&shown(8.0)) && !pair.is_of(&shown(9.0)));
        let sample = Recent {
            fragment: fragment(&SharedDepths::Sample),
            ..recent(8.0)
        };
        assert!(!sample.is_of(&shown(8.0)));
    }

    #[test]
    fn the_oldest_are_one_too_many() {
        let kept: Vec<Recent> = (0..KEPT + 3)
            .map(|i| Recent {
                id: i as f64,
                ..recent(8.0)
            })
            .collect();
        let ids: Vec<f64> = surplus(&kept).iter().map(|recent| recent.id).collect();
        assert_eq!(ids, [20.0, 21.0, 22.0]);
        assert_eq!(surplus(&kept[..KEPT]), []);
    }
}
