//! The printed tables of mixed precision and of repairs.

use std::fmt::Write as _;

use fathom_core::units;
use fathom_report::network::{
    KeptRow, NetworkSection, NetworkSummary, ParetoEntry, RepairRow, repair_name,
};

use crate::ranking_table::table;

/// The text of the remedies that were measured; empty without any. `chosen` is the point whose layers are listed.
pub(crate) fn text(section: &NetworkSection, chosen: Option<&ParetoEntry>) -> String {
    let summary = NetworkSummary::new(section);
    let mut out = String::new();
    curve(&mut out, section, summary.kept, chosen);
    repairs(&mut out, section, summary.repairs, &summary.repair_frames);
    out
}

fn curve(
    out: &mut String,
    section: &NetworkSection,
    rows: Vec<KeptRow>,
    chosen: Option<&ParetoEntry>,
) {
    let Some(first) = section.pareto.first() else {
        return;
    };
    let left = |rms: f64| {
        let share = (first.rms > 0.0).then(|| units::share(rms / first.rms));
        share.unwrap_or_else(|| units::MISSING.to_owned())
    };
    let kept = match section.pareto.last() {
        Some(last) if last.kept_bits == 16 => "at 16 bits",
        _ => "in float",
    };
    let row = |row: KeptRow| {
        vec![
            row.kept.to_string(),
            row.last,
            format!("{} MB", units::ratio(row.mb)),
            row.macs,
            row.change,
            row.left,
            row.rmse,
        ]
    };
    let rows: Vec<Vec<String>> = rows.into_iter().map(row).collect();
    let _ = writeln!(out, "\nLayers kept {kept}, each row measured:");
    table(
        out,
        &[
            "kept",
            "the last of them",
            "parameters",
            "MACs kept",
            "change",
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
            left(point.rms),
            point.kept.join(", ")
        );
    }
    if let Some(listed) = section.kept_nodes.as_ref().filter(|l| !l.nodes.is_empty()) {
        let _ = writeln!(
            out,
            "Tools keep whole nodes: with the {} nodes of these layers and behind them {} of the change is left.",
            listed.nodes.len(),
            left(listed.rms)
        );
    }
}

fn repairs(out: &mut String, section: &NetworkSection, rows: Vec<RepairRow>, frames: &str) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nRepairs. {frames}");
    let row = |row: RepairRow| vec![row.name, row.changes, row.change, row.removed, row.rmse];
    let rows: Vec<Vec<String>> = rows.into_iter().map(row).collect();
    table(
        out,
        &["repair", "changes", "change left", "square removed", "RMSE"],
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
    use fathom_report::network::RepairEntry;

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
            "2 b 13.5 MB 12.5 % 50.0 mm 25.0 % –",
            "1 more points",
            "With 2 of 0 layers at 16 bits, 25.0 % of the change is left: a, b.",
            "Fitted on 1 frame. Measured on 2 frames not used for fitting",
            "bias correction nothing to change 100 mm 75.0 % –",
        ] {
            assert!(text.contains(part), "{part}\n{printed}");
        }
        assert!(!text.contains("1 a 13.5 MB"), "{printed}");
        assert_eq!(super::text(&NetworkSection::default(), None), "");
    }
}
