//! The printed tables of mixed precision and of repairs.

use std::fmt::Write as _;

use fathom_report::network::{DepthChange, NetworkSection, ParetoEntry, RepairEntry, repair_name};

use crate::ranking_table::{figure, length, percent, table};

/// The text of the remedies that were measured; empty without any. `chosen` is the point whose layers are listed.
pub(crate) fn text(section: &NetworkSection, chosen: Option<&ParetoEntry>) -> String {
    let mut out = String::new();
    curve(&mut out, section, chosen);
    repairs(&mut out, section);
    out
}

/// Error against ground truth, if it is known.
fn rmse(truth: Option<DepthChange>) -> String {
    truth.map_or_else(|| "-".to_owned(), |truth| length(Some(truth.rmse)))
}

fn curve(out: &mut String, section: &NetworkSection, chosen: Option<&ParetoEntry>) {
    let Some(first) = section.pareto.first() else {
        return;
    };
    let kept = match section.pareto.last() {
        Some(last) if last.kept_bits == 16 => "at 16 bits",
        _ => "in float",
    };
    let row = |point: &ParetoEntry| {
        let left = (first.rms > 0.0).then(|| point.rms / first.rms);
        vec![
            point.kept.len().to_string(),
            point.kept.last().cloned().unwrap_or_default(),
            format!("{} MB", figure(point.mb)),
            percent(point.mac_share),
            length(point.rms_m),
            figure(point.rms),
            percent(left),
            rmse(point.truth),
        ]
    };
    let on_curve = section.pareto.iter().filter(|point| !point.is_dominated);
    let rows: Vec<Vec<String>> = on_curve.map(row).collect();
    let _ = writeln!(out, "\nLayers kept {kept}, each row measured:");
    table(
        out,
        &[
            "kept",
            "the last of them",
            "parameters",
            "MACs kept",
            "change of depth",
            "of output",
            "left",
            "RMSE",
        ],
        &rows,
    );
    let dominated = section.pareto.len() - rows.len();
    if dominated > 0 {
        let _ = writeln!(
            out,
            "{dominated} more points keep more layers without less change, and are left out here."
        );
    }
    if let Some(point) = chosen.filter(|point| !point.kept.is_empty()) {
        let _ = writeln!(
            out,
            "With {} of {} layers {kept}, {} of the change is left: {}.",
            point.kept.len(),
            section.layers.len(),
            percent((first.rms > 0.0).then(|| point.rms / first.rms)),
            point.kept.join(", ")
        );
    }
    if let Some(listed) = section.kept_nodes.as_ref().filter(|l| !l.nodes.is_empty()) {
        let _ = writeln!(
            out,
            "Tools keep whole nodes: the {} nodes of these layers and behind them leave {} ({}).",
            listed.nodes.len(),
            percent((first.rms > 0.0).then(|| listed.rms / first.rms)),
            length(listed.rms_m)
        );
    }
}

fn repairs(out: &mut String, section: &NetworkSection) {
    let Some(first) = section.repairs.first() else {
        return;
    };
    let judged = section.frames.iter();
    let judged = judged.filter(|name| !section.repair_frames.contains(name));
    let _ = writeln!(
        out,
        "\nRepairs, fitted on {} frames and measured on {} others, where INT8 changes the output by {}:",
        section.repair_frames.len(),
        judged.count(),
        figure(first.before_rms)
    );
    let row = |repair: &RepairEntry| {
        let changed = match repair.changed.len() {
            0 => "nothing to change".to_owned(),
            1 => "1 layer".to_owned(),
            many => format!("{many} layers"),
        };
        vec![
            repair_name(&repair.name),
            changed,
            length(repair.rms_m),
            figure(repair.rms),
            percent(Some(repair.removed)),
            rmse(repair.truth),
        ]
    };
    let rows: Vec<Vec<String>> = section.repairs.iter().map(row).collect();
    table(
        out,
        &[
            "repair",
            "changes",
            "change of depth",
            "of output",
            "square removed",
            "RMSE",
        ],
        &rows,
    );
    out.push_str("Gains do not add up, so that sets are measured too.");
    let helpful = section.repairs.iter().find(|one| one.name == "helpful");
    if let Some(helpful) = helpful {
        let names = helpful.repairs.iter().map(|name| repair_name(name));
        let names: Vec<String> = names.collect();
        let _ = write!(
            out,
            " Those that help on the frames that they are fitted on: {}.",
            names.join(", ")
        );
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_off_the_curve_are_counted_and_not_shown() {
        let point = |kept: &[&str], rms: f64, is_dominated: bool| ParetoEntry {
            kept: kept.iter().map(|&name| name.to_owned()).collect(),
            kept_bits: 16,
            mb: 13.5,
            mac_share: Some(0.125),
            rms,
            rms_m: Some(rms),
            is_dominated,
            truth: None,
        };
        let section = NetworkSection {
            pareto: vec![
                point(&[], 0.2, false),
                point(&["a"], 0.3, true),
                point(&["a", "b"], 0.05, false),
            ],
            repairs: vec![RepairEntry {
                name: "bias-correction".to_owned(),
                before_rms: 0.2,
                rms: 0.1,
                rms_m: Some(0.1),
                removed: 0.75,
                ..RepairEntry::default()
            }],
            frames: vec!["1".to_owned(), "2".to_owned(), "3".to_owned()],
            repair_frames: vec!["2".to_owned()],
            ..NetworkSection::default()
        };
        let printed = text(&section, section.pareto.last());
        let words: Vec<&str> = printed.split_whitespace().collect();
        let text = words.join(" ");
        for part in [
            "Layers kept at 16 bits, each row measured:",
            "2 b 13.5 MB 12.5 % 50.0 mm 0.0500 25.0 % -",
            "1 more points",
            "With 2 of 0 layers at 16 bits, 25.0 % of the change is left: a, b.",
            "fitted on 1 frames and measured on 2 others, where INT8 changes the output by 0.200",
            "bias correction nothing to change 100 mm 0.100 75.0 % -",
        ] {
            assert!(text.contains(part), "{part}\n{printed}");
        }
        assert!(!text.contains("1 a 13.5 MB"), "{printed}");
        assert_eq!(super::text(&NetworkSection::default(), None), "");
    }
}
