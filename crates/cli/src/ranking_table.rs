//! The printed ranking: a sentence on the whole, groups, layers.

use std::fmt::Write as _;

use fathom_report::network::{GroupEntry, LayerEntry, NetworkSection};

/// The text of a section, with at most `rows` layers. Lines end in line feeds.
pub(crate) fn text(section: &NetworkSection, rows: usize) -> String {
    let mut out = String::new();
    headline(&mut out, section);
    structure(&mut out, section);
    groups(&mut out, section);
    layers(&mut out, section, rows);
    notes(&mut out, section);
    out
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

/// A length in millimetres below 1 m.
pub(crate) fn length(metres: Option<f64>) -> String {
    match metres {
        None => "-".to_owned(),
        Some(metres) if metres.abs() < 1.0 => format!("{} mm", figure(1000.0 * metres)),
        Some(metres) => format!("{} m", figure(metres)),
    }
}

/// A share in percent with one decimal.
pub(crate) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

fn headline(out: &mut String, section: &NetworkSection) {
    let effect = &section.effect;
    let frames = match section.frames.len() {
        1 => "1 frame".to_owned(),
        many => format!("{many} frames"),
    };
    let _ = writeln!(
        out,
        "INT8 changes the depth by {} (RMS), the output `{}` ({}) by {}, over {frames}.",
        length(effect.rms_m),
        section.output.name,
        section.output.quantity,
        figure(effect.rms)
    );
    if let Some([low, high]) = effect.interval {
        let _ = writeln!(
            out,
            "95 % interval of the output's change over frames: {} to {}.",
            figure(low),
            figure(high)
        );
    }
    if let Some(truth) = effect.truth {
        let _ = writeln!(
            out,
            "Against ground truth: RMSE {} -> {}, abs_rel {:.4} -> {:.4}, delta1 {:.4} -> {:.4}.",
            length(Some(truth.rmse_fp32)),
            length(Some(truth.rmse)),
            truth.abs_rel_fp32,
            truth.abs_rel,
            truth.delta1_fp32,
            truth.delta1
        );
    }
}

fn structure(out: &mut String, section: &NetworkSection) {
    let Some(structure) = &section.structure else {
        return;
    };
    let list = |names: &[String]| {
        let first: Vec<&str> = names.iter().map(String::as_str).take(8).collect();
        let more = names.len() - first.len();
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{}{rest}", first.join(", "))
    };
    for (verb, names) in [
        ("lacks", &structure.lost_nodes),
        ("adds", &structure.added_nodes),
    ] {
        if !names.is_empty() {
            let _ = writeln!(
                out,
                "\nThis is not quantization: the INT8 model {verb} {}.",
                list(names)
            );
        }
    }
    if let Some(rms) = structure.rms {
        let _ = writeln!(
            out,
            "These nodes alone change the output by {} ({}). Figures below are those of the quantizers in the intact network.",
            figure(rms),
            length(structure.rms_m)
        );
    }
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
    let row = |(name, group): (&str, &GroupEntry)| {
        let interval = group.interval.map_or_else(String::new, |[low, high]| {
            format!("{:.1} to {:.1} %", 100.0 * low, 100.0 * high)
        });
        vec![
            name.to_owned(),
            group.quantizers.to_string(),
            length(group.alone_rms_m),
            figure(group.alone_rms),
            percent(group.shapley),
            interval,
        ]
    };
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .filter(|(_, group)| group.quantizers > 0)
        .map(row)
        .collect();
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
    if let Some(interaction) = groups.interaction {
        let _ = writeln!(out, "interaction: {}", percent(Some(interaction)));
    }
}

fn layers(out: &mut String, section: &NetworkSection, rows: usize) {
    if section.layers.is_empty() {
        return;
    }
    let macs: Option<u64> = section.model.macs.filter(|&macs| macs > 0);
    let row = |(i, layer): (usize, &LayerEntry)| {
        let shapley = layer.shapley.map_or_else(
            || "-".to_owned(),
            |shapley| {
                format!(
                    "{:.1} ± {:.1} %",
                    100.0 * shapley.share,
                    100.0 * shapley.standard_error
                )
            },
        );
        let mac_share = layer
            .macs
            .zip(macs)
            .map(|(own, all)| own as f64 / all as f64);
        vec![
            format!("{}  {}", i + 1, layer.name),
            layer.operator.clone(),
            shapley,
            percent(layer.only),
            percent(layer.all_but),
            length(layer.only_rms_m),
            percent(mac_share),
            layer.parameters.to_string(),
        ]
    };
    let cells: Vec<Vec<String>> = section
        .layers
        .iter()
        .take(rows)
        .enumerate()
        .map(row)
        .collect();
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
            "MACs",
            "parameters",
        ],
        &cells,
    );
    if let Some(count) = section.layers_of_half {
        let _ = match count {
            1 => writeln!(out, "One layer makes more than half of the loss."),
            _ if 4 * count > section.layers.len() => {
                writeln!(
                    out,
                    "No single layer is guilty: it takes {count} layers to make half of the loss."
                )
            }
            _ => writeln!(out, "{count} layers make half of the loss together."),
        };
    }
    let more = section.layers.len().saturating_sub(rows);
    if more > 0 {
        let _ = writeln!(out, "{more} more layers: give --rows, or -o for all");
    }
}

fn notes(out: &mut String, section: &NetworkSection) {
    if let Some(growth) = &section.growth {
        let explained = 100.0 * growth.explained;
        let _ = match (growth.kind.as_str(), growth.rate) {
            _ if growth.explained < 0.5 => {
                writeln!(out, "Noise to signal follows no simple law of depth.")
            }
            ("exponential", Some(rate)) => writeln!(
                out,
                "Noise to signal is multiplied by {} at each layer (this explains {explained:.0} % of it).",
                figure(rate)
            ),
            ("power", Some(rate)) => writeln!(
                out,
                "Noise to signal grows as depth to the power {}; independent errors have 0.5 (this explains {explained:.0} % of it).",
                figure(rate)
            ),
            _ => writeln!(out, "Noise to signal does not grow with depth."),
        };
    }
    if section.layers.iter().any(|layer| layer.shapley.is_some()) {
        out.push_str(
            "\nShapley shares add up to 100 %. \"Only this\" rounds this layer alone, \"all but this\" is what vanishes without it: neither adds up, because errors of layers cancel or replace each other.\n",
        );
    }
    if let Some(floor) = section.saturation.as_ref().and_then(|s| s.tie_floor_rms)
        && floor > 0.0
    {
        let _ = writeln!(
            out,
            "Ties that round the other way can move the output by some {}, so that runtimes which add in another order differ.",
            figure(floor)
        );
    }
    if let Some(saturation) = &section.saturation
        && saturation.saturating > 0
    {
        let share = saturation.saturating as f64 / saturation.pairs.max(1) as f64;
        let _ = writeln!(
            out,
            "{} of the pairs of weights can saturate on CPUs without VNNI, which then give other results.",
            percent(Some(share))
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_report::network::{
        DepthChange, EffectEntry, GroupsEntry, OutputEntry, SaturationEntry, ShapleyEntry,
        StructureEntry,
    };

    fn section() -> NetworkSection {
        let layer = |name: &str, share: f64| LayerEntry {
            name: name.to_owned(),
            operator: "Conv".to_owned(),
            only: Some(share / 2.0),
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
            "by 13.8 mm (RMS), the output `depth` (metres) by 0.0138, over 2 frames.",
            "0.0100 to 0.0180",
            "RMSE 250 mm -> 1.25 m, abs_rel 0.1166 -> 0.1169, delta1 0.8860 -> 0.8861",
            "This is not quantization: the INT8 model lacks /relu, /relu",
            "and 2 more",
            "weights 30 9.80 mm 0.00980 51.5 % 40.0 to 60.0 %",
            "interaction: -6.9 %",
            "1 /first/Conv Conv 30.0 ± 1.0 % 15.0 % 60.0 % 4.20 mm 25.0 % 27",
            "No single layer is guilty: it takes 2 layers",
            "1 more layers: give --rows",
            "0.9 % of the pairs",
            "can move the output by some 0.00210",
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
        assert_eq!(length(Some(2.0)), "2.00 m");
        assert_eq!(
            (length(None), percent(None)),
            ("-".to_owned(), "-".to_owned())
        );
    }
}
