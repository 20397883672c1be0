//! The report as a document with charts and maps: the same scenes and colours as on the page, as SVG and PNG.

use super::{DepthError, Pane, RangeMarks, change_panes, depth_errors, sweep_chart, what_if_chart};
use crate::{
    BudgetBar, BudgetInput, ErrorMapChart, ErrorMapKind, FrameStrip, LineChart, LineInput, Scene,
    paper_palette, to_png, to_svg,
};
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::metrics::Criterion;
use fathom_report::export::{
    self, ChartData, DOCUMENT_TITLE, Document, DocumentChart, DocumentMap, DocumentMaps,
    DocumentOrigin, DocumentPictures,
};
use fathom_report::report::Report;

/// Size of a chart, in CSS pixels: as wide as the text of a printed page.
const WIDE_PX: f64 = 720.0;
const TALL_PX: f64 = 320.0;

/// The report as one HTML file with charts and the maps of the worst frame; without them where there is no data.
///
/// # Errors
/// One sentence if a chart cannot be painted; painting in memory does not fail.
pub fn html_report(
    report: &Report,
    data: Option<&ChartData>,
    origin: &DocumentOrigin,
) -> Result<String, String> {
    let pictures = data.map(document_pictures).transpose()?;
    document(report, &pictures.unwrap_or_default(), origin).map(|document| export::html(&document))
}

/// The report as Markdown.
///
/// # Errors
/// None in practice: no part of a report can fail to serialise.
pub fn markdown_report(report: &Report, origin: &DocumentOrigin) -> Result<String, String> {
    document(report, &DocumentPictures::default(), origin)
        .map(|document| export::markdown(&document))
}

fn document(
    report: &Report,
    pictures: &DocumentPictures,
    origin: &DocumentOrigin,
) -> Result<Document, String> {
    let document = Document::new(tr_dynamic(DOCUMENT_TITLE), report, pictures, origin);
    document.map_err(|error| error.to_string())
}

fn document_pictures(facts: &ChartData) -> Result<DocumentPictures, String> {
    Ok(DocumentPictures {
        charts: document_charts(facts)?,
        maps: document_maps(facts)?,
    })
}

/// The worst frame: two maps and their difference, each with its scale.
fn document_maps(facts: &ChartData) -> Result<Option<DocumentMaps>, String> {
    let panes = facts.worst.and_then(|worst| change_panes(worst, None));
    let frames = facts.compared.worst_frames(1);
    let (Some(panes), Some(frame)) = (panes, frames.first()) else {
        return Ok(None);
    };
    let map = |pane: &Pane| {
        let scale = panes.scales.first().filter(|_| pane.is_difference);
        let scale = scale.cloned().unwrap_or_else(|| panes.depth_scale());
        Ok(DocumentMap {
            title: pane.title.to_owned(),
            png: to_png(panes.width, panes.height, &pane.colours)?,
            ends: [scale.from, scale.to],
            colours: scale.colours,
        })
    };
    let maps: Result<Vec<DocumentMap>, String> = panes.panes.iter().map(map).collect();
    // A frame alone may have no name.
    let caption = match facts.compared.rows() {
        [_] => tr!("The maps of a frame").to_owned(),
        _ => tr!("Frame with the largest loss: {name}", name = frame.name),
    };
    Ok(Some(DocumentMaps {
        caption,
        maps: maps?,
    }))
}

/// The charts in the colours of paper, in the order of the three questions; those without data are absent.
///
/// # Errors
/// One sentence if a chart cannot be painted; painting in memory does not fail.
pub fn document_charts(facts: &ChartData) -> Result<Vec<DocumentChart>, String> {
    let palette = paper_palette();
    let mut scenes: Vec<(&str, Scene)> = Vec::new();
    let practice = facts.compared;
    if let Some(budget) = practice.budget() {
        let grid = practice.merged().grid().ok();
        let step_m = grid.map_or_else(
            || facts.current.range.step_m(facts.how.bits),
            |g| g.rms_step_m,
        );
        let input = BudgetInput::new(&budget, Some(&budget.predictions(step_m)));
        let scene = BudgetBar::new(WIDE_PX, input).scene();
        scenes.push((tr!("Where INT8's squared error comes from"), scene));
    }
    let evidence = practice.evidence();
    let curve = &practice.merged().curve;
    if !curve.bins().is_empty() {
        if evidence.is_some_and(fathom_analysis::compare::Evidence::has_ground_truth) {
            let input = depth_errors(curve, DepthError::Fp32);
            scenes.push((tr!("Error of the prediction against depth"), line(&input)));
        }
        if evidence.is_some_and(fathom_analysis::compare::Evidence::has_both) {
            let input = depth_errors(curve, DepthError::Quantization);
            scenes.push((tr!("Error of quantization against depth"), line(&input)));
            let map = ErrorMapChart::new(
                WIDE_PX,
                &practice.merged().error_map,
                ErrorMapKind::Quantization,
            );
            scenes.push((
                tr!("Mean error of quantization by position"),
                map.scene(None),
            ));
        }
    }
    let rows = practice.rows();
    if rows.len() > 1 {
        let strip = FrameStrip::new(WIDE_PX, TALL_PX, rows.to_vec());
        scenes.push((tr!("RMSE of every frame"), strip.scene(None)));
    }
    if let Some((domain, points)) = facts.sweep {
        let marks = RangeMarks {
            current: Some(facts.current.clone()),
            others: Vec::new(),
            best: facts.best.to_vec(),
        };
        let (criterion, policy) = (Criterion::Rmse, facts.how.policy);
        let curve = (facts.how.bits, domain, points);
        let input = sweep_chart(&[curve], criterion, policy, 1.0, &marks);
        scenes.extend(input.map(|input| (tr!("RMSE against the end of the range"), line(&input))));
    }
    if let Some(what_if) = facts.what_if {
        let input = what_if_chart(what_if, &[], facts.current.range, facts.int8_m);
        let caption = tr!("RMSE of requantized predictions against the end of the range");
        scenes.push((caption, line(&input)));
    }
    let picture = |(caption, scene): (&str, Scene)| {
        Ok(DocumentChart {
            caption: caption.to_owned(),
            svg: to_svg(&scene, &palette)?,
        })
    };
    scenes.into_iter().map(picture).collect()
}

fn line(input: &LineInput) -> Scene {
    LineChart::new(WIDE_PX, TALL_PX, input).scene(input, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::compare::FramePreview;
    use fathom_analysis::compare::{
        CompareSettings, ComparedSet, Evidence, FrameComparison, FrameMaps, FrameOutcome,
    };
    use fathom_analysis::diagnosis::requantized::WhatIf;
    use fathom_analysis::{NamedRange, RangeSettings};
    use fathom_core::depth::Role;
    use fathom_core::quant::OutputRange;

    fn practice(frames: u32) -> ComparedSet {
        let members = (0..frames).map(|k| (format!("frame {k}"), Some(Evidence::All)));
        let mut practice = ComparedSet::new(members.collect());
        for k in 0..frames {
            let gt: Vec<f64> = (0..1200).map(|i| 1.0 + 0.002 * f64::from(i)).collect();
            let fp32: Vec<f64> = gt.iter().map(|g| 1.01 * g + 0.001 * f64::from(k)).collect();
            let int8: Vec<f64> = fp32.iter().map(|f| (f / 0.05).round() * 0.05).collect();
            let (maps, evidence) =
                FrameMaps::with_stand_ins(40, Some(&gt), Some(&fp32), Some(&int8)).expect("maps");
            assert_eq!(evidence, Evidence::All);
            let compared =
                FrameComparison::measure(&maps, &CompareSettings::default()).expect("pixels");
            let outcome = FrameOutcome {
                evidence,
                compared,
                board: None,
            };
            practice.add_result(k, Ok(vec![outcome]));
        }
        practice
    }

    fn facts<'a>(
        compared: &'a ComparedSet,
        current: &'a NamedRange,
        how: &'a RangeSettings,
    ) -> ChartData<'a> {
        ChartData {
            compared,
            worst: None,
            how,
            current,
            best: &[],
            sweep: None,
            what_if: None,
            int8_m: Some(0.03),
        }
    }

    fn captions(practice: &ComparedSet, what_if: Option<&WhatIf>) -> Vec<String> {
        let current = NamedRange {
            name: "mine".to_owned(),
            range: OutputRange::new(0.5, 5.0).expect("a range"),
        };
        let pictures = {
            let how = RangeSettings::default();
            let facts = facts(practice, &current, &how);
            document_charts(&ChartData { what_if, ..facts }).expect("pictures")
        };
        for picture in &pictures {
            assert!(
                picture.svg.starts_with("<svg") && picture.svg.contains("<text"),
                "{picture:?}"
            );
        }
        pictures.into_iter().map(|p| p.caption).collect()
    }

    #[test]
    fn the_worst_frame_is_shown_in_maps_with_their_scales() {
        let practice = practice(3);
        let map_m: Vec<f64> = (0..12).map(|i| 1.0 + 0.25 * f64::from(i)).collect();
        let worst = FramePreview {
            width: 4,
            height: 3,
            maps_m: vec![
                (Role::Float, map_m.clone()),
                (Role::Quantized, map_m.iter().map(|m| m + 0.02).collect()),
            ],
        };
        let current = NamedRange {
            name: "mine".to_owned(),
            range: OutputRange::new(0.5, 5.0).expect("a range"),
        };
        let how = RangeSettings::default();
        let mut facts = facts(&practice, &current, &how);
        assert_eq!(document_maps(&facts), Ok(None));
        facts.worst = Some(&worst);
        let maps = document_maps(&facts).expect("pictures").expect("maps");
        let name = &practice.worst_frames(1)[0].name;
        assert!(maps.caption.ends_with(name.as_str()), "{}", maps.caption);
        let ends: Vec<&[String; 2]> = maps.maps.iter().map(|map| &map.ends).collect();
        assert_eq!(*ends[0], ["1.00 m", "3.77 m"]);
        assert_eq!(ends[0], ends[1]);
        assert_eq!(*ends[2], ["\u{2212}20.0 mm", "+20.0 mm"]);
        for map in &maps.maps {
            assert!(map.png.starts_with(b"\x89PNG") && !map.colours.is_empty());
        }
        // A set without frames has no worst one.
        let none = ComparedSet::default();
        facts.compared = &none;
        assert_eq!(document_maps(&facts), Ok(None));
    }

    #[test]
    fn every_chart_with_data_is_there_and_no_other() {
        let what_if = WhatIf {
            points: vec![(1.0, 0.4), (3.0, 0.05), (20.0, 0.09)],
            best: (OutputRange::new(0.5, 3.2).expect("a range"), 0.049),
            current_m: 0.08,
            fp32_m: 0.047,
        };
        assert_eq!(captions(&practice(3), Some(&what_if)).len(), 6);
        // One frame needs no strip of frames.
        assert_eq!(captions(&practice(1), None).len(), 4);
        assert!(captions(&ComparedSet::default(), None).is_empty());
    }
}
