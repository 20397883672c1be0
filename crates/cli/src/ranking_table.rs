//! The printed ranking: sentences on the whole, groups, layers.

use std::fmt::Write as _;

use fathom_core::units;
use fathom_report::network::{GroupEntry, LayerRow, NetworkSection, NetworkSummary};

/// The text of a section, with at most `rows` layers. Lines end in line feeds.
pub(crate) fn text(section: &NetworkSection, rows: usize) -> String {
    let summary = NetworkSummary::new(section);
    let mut out = String::new();
    for sentence in summary.structure.iter().chain([&summary.verdict]) {
        let _ = writeln!(out, "{sentence}");
    }
    for sentence in &summary.effect {
        let _ = writeln!(out, "{sentence}");
    }
    output(&mut out, section);
    groups(&mut out, section);
    layers(&mut out, summary.layers, rows);
    let notes = summary.notes.iter();
    for sentence in [&summary.interaction, &summary.growth]
        .into_iter()
        .chain(notes)
    {
        if !sentence.is_empty() {
            let _ = writeln!(out, "{sentence}");
        }
    }
    if section.layers.iter().any(|layer| layer.shapley.is_some()) {
        out.push_str(
            "\nShapley shares add up to 100 %. \"Only this\" rounds this layer alone, \"all but this\" is what vanishes without it: neither adds up, because errors of layers cancel or replace each other.\n",
        );
    }
    out
}

/// The change in the unit of the output.
fn output(out: &mut String, section: &NetworkSection) {
    let effect = &section.effect;
    let interval = effect.interval.map_or_else(String::new, |ends| {
        let [low, high] = ends.map(units::ratio);
        format!(", with a 95 % interval over frames of {low} to {high}")
    });
    let _ = writeln!(
        out,
        "The output `{}` ({}) changes by {}{interval}.",
        section.output.name,
        section.output.quantity,
        units::ratio(effect.rms)
    );
}

/// A number with three digits, without an exponent where it is short.
pub(crate) fn figure(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if (1e-4..1e5).contains(&size) {
        let digits = (2.0 - decimal_exponent(size)).clamp(0.0, 8.0) as usize;
        format!("{value:.digits$}")
    } else {
        format!("{value:.2e}")
    }
}

/// The exponent of ten in scientific notation.
fn decimal_exponent(size: f64) -> f64 {
    let text = format!("{size:e}");
    let exponent = text.rsplit_once('e').and_then(|(_, e)| e.parse().ok());
    exponent.unwrap_or(0.0)
}

/// Rows of cells as a table; the first column is to the left, the others to the right.
pub(crate) fn table(out: &mut String, heading: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        longest.max(heading[column].chars().count())
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let mut line = |cells: Vec<&str>| {
        let mut text = String::new();
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(text, "{cell:<width$}"),
                _ => write!(text, "  {cell:>width$}"),
            };
        }
        let _ = writeln!(out, "{}", text.trim_end());
    };
    line(heading.to_vec());
    for row in rows {
        line(row.iter().map(String::as_str).collect());
    }
}

fn groups(out: &mut String, section: &NetworkSection) {
    let Some(groups) = &section.groups else {
        return;
    };
    let rows = [
        ("weights", &groups.weights),
        ("biases", &groups.biases),
        ("input", &groups.input),
        ("activations", &groups.activations),
        ("output", &groups.output),
    ];
    let dash = |text: Option<String>| text.unwrap_or_else(|| units::MISSING.to_owned());
    let row = |(name, group): (&str, &GroupEntry)| {
        let interval = group.interval.map_or_else(String::new, |ends| {
            let [low, high] = ends.map(units::signed_share);
            format!("{low} to {high}")
        });
        vec![
            name.to_owned(),
            group.quantizers.to_string(),
            dash(group.alone_rms_m.map(units::length)),
            units::ratio(group.alone_rms),
            dash(group.shapley.map(units::signed_share)),
            interval,
        ]
    };
    let rows = rows.into_iter().filter(|(_, group)| group.quantizers > 0);
    let rows: Vec<Vec<String>> = rows.map(row).collect();
    out.push('\n');
    table(
        out,
        &[
            "group",
            "quantizers",
            "alone",
            "alone (output)",
            "share",
            "95 % interval",
        ],
        &rows,
    );
}

fn layers(out: &mut String, layers: Vec<LayerRow>, rows: usize) {
    if layers.is_empty() {
        return;
    }
    let more = layers.len().saturating_sub(rows);
    let row = |(i, layer): (usize, LayerRow)| {
        vec![
            format!("{}  {}", i + 1, layer.name),
            layer.operator,
            layer.share,
            layer.only,
            layer.all_but,
            layer.only_length,
            layer.local,
            layer.accumulated,
            layer.macs,
            layer.parameters,
        ]
    };
    let cells = layers.into_iter().take(rows).enumerate().map(row);
    let cells: Vec<Vec<String>> = cells.collect();
    out.push('\n');
    table(
        out,
        &[
            "layer",
            "operator",
            "Shapley",
            "only this",
            "all but this",
            "depth, only this",
            "local SNR",
            "accumulated SNR",
            "MACs",
            "parameters",
        ],
        &cells,
    );
    if more > 0 {
        let _ = writeln!(out, "{more} more layers: give --rows, or -o for all");
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_report::network::{
        DepthChange, EffectEntry, GroupsEntry, LayerEntry, OutputEntry, SaturationEntry,
        ShapleyEntry, StructureEntry,
    };

    fn section() -> NetworkSection {
        let layer = |name: &str, share: f64| LayerEntry {
            name: name.to_owned(),
            operator: "Conv".to_owned(),
            only: Some(share / 2.0),
            only_rms: Some(0.0042),
            all_but: Some(share * 2.0),
            only_rms_m: Some(0.0042),
            shapley: Some(ShapleyEntry {
                share,
                standard_error: 0.01,
                interval: None,
            }),
            macs: Some(250),
            parameters: 27,
            ..LayerEntry::default()
        };
        let mut section = NetworkSection {
            output: OutputEntry {
                name: "depth".to_owned(),
                quantity: "metres".to_owned(),
                ..OutputEntry::default()
            },
            frames: vec!["a".to_owned(), "b".to_owned()],
            effect: EffectEntry {
                rms: 0.013_794,
                rms_m: Some(0.013_794),
                interval: Some([0.01, 0.018]),
                bias_m: None,
                truth: Some(DepthChange {
                    rmse_fp32: 0.25,
                    rmse: 1.25,
                    abs_rel_fp32: 0.1166,
                    abs_rel: 0.1169,
                    delta1_fp32: 0.886,
                    delta1: 0.8861,
                }),
            },
            structure: Some(StructureEntry {
                lost_nodes: vec!["/relu".to_owned(); 10],
                rms: Some(0.18),
                rms_m: Some(0.18),
                ..StructureEntry::default()
            }),
            groups: Some(GroupsEntry {
                weights: GroupEntry {
                    quantizers: 30,
                    alone_rms: 0.0098,
                    alone_rms_m: Some(0.0098),
                    shapley: Some(0.515),
                    interval: Some([0.4, 0.6]),
                },
                interaction: Some(-0.069),
                ..GroupsEntry::default()
            }),
            layers: vec![
                layer("/first/Conv", 0.3),
                layer("/second", 0.2),
                layer("/third", 0.1),
            ],
            layers_of_half: Some(2),
            saturation: Some(SaturationEntry {
                pairs: 1000,
                saturating: 9,
                tie_floor_rms: Some(0.0021),
            }),
            ..NetworkSection::default()
        };
        section.model.macs = Some(1000);
        section
    }

    #[test]
    fn every_part_is_in_the_text() {
        let printed = text(&section(), 2);
        let words: Vec<&str> = printed.split_whitespace().collect();
        // Columns are as wide as their cells.
        let text = words.join(" ");
        for part in [
            "by 13.8 mm (RMS) over 2 frames.",
            "The output `depth` (metres) changes by 0.0138, with a 95 % interval over frames of 0.0100 to 0.0180.",
            "RMSE 0.250 m → 1.25 m, abs_rel 0.1166 → 0.1169, delta1 0.8860 → 0.8861",
            "This is not quantization: the INT8 model lacks /relu, /relu",
            "weights 30 9.80 mm 0.00980 51.5 % 40.0 % to 60.0 %",
            "Interaction −6.9 %:",
            "1 /first/Conv Conv 30.0 % ± 1.0 % 15.0 % 60.0 % 4.20 mm – – 25.0 % 27",
            "half of the change",
            "1 more layers: give --rows",
            "0.9 % of the pairs",
            "can move the output by some 2.10 mm",
        ] {
            assert!(text.contains(part), "{part}\n{printed}");
        }
        assert!(
            !text.contains("third") && !text.contains("biases"),
            "{text}"
        );
    }

    #[test]
    fn figures_have_three_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (0.001_234_5, "0.00123"),
            (12.345, "12.3"),
            (-1234.5, "-1234"),
            (1.5e-7, "1.50e-7"),
            (2e9, "2.00e9"),
        ] {
            assert_eq!(figure(value), expected);
        }
    }
}
