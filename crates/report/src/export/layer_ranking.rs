//! The ranking of a network's layers as a table.

use super::report_tables::{Cell, Column, Table};
use crate::network::{LayerEntry, NetworkSection};

/// The value of one column.
type Value = fn(usize, &LayerEntry) -> Cell;

/// Keys of the report with their units; keys of nested objects are joined by `/`.
const COLUMNS: [(&str, &str, Value); 15] = [
    ("rank", "", |rank, _| Cell::Number(rank as f64)),
    ("name", "", |_, layer| Cell::Text(layer.name.clone())),
    ("operator", "", |_, layer| {
        Cell::Text(layer.operator.clone())
    }),
    ("place", "", |_, layer| Cell::Number(layer.place as f64)),
    ("shapley/share", "1", |_, layer| {
        number(layer.shapley.map(|shapley| shapley.share))
    }),
    ("shapley/standard_error", "1", |_, layer| {
        number(layer.shapley.map(|shapley| shapley.standard_error))
    }),
    ("shapley/interval/low", "1", |_, layer| {
        number(end(layer, 0))
    }),
    ("shapley/interval/high", "1", |_, layer| {
        number(end(layer, 1))
    }),
    ("only", "1", |_, layer| number(layer.only)),
    ("all_but", "1", |_, layer| number(layer.all_but)),
    ("only_rms", "", |_, layer| number(layer.only_rms)),
    ("only_rms_m", "m", |_, layer| number(layer.only_rms_m)),
    ("all_but_rms", "", |_, layer| number(layer.all_but_rms)),
    ("macs", "", |_, layer| {
        number(layer.macs.map(|macs| macs as f64))
    }),
    ("parameters", "", |_, layer| {
        Cell::Number(layer.parameters as f64)
    }),
];

fn number(value: Option<f64>) -> Cell {
    value.map_or(Cell::Missing, Cell::Number)
}

fn end(layer: &LayerEntry, which: usize) -> Option<f64> {
    layer.shapley?.interval.map(|interval| interval[which])
}

/// The layers of a section in its order, a row each.
#[must_use]
pub fn layer_ranking(section: &NetworkSection) -> Table {
    let columns = COLUMNS.iter().map(|&(key, unit, _)| Column {
        key: key.to_owned(),
        unit,
    });
    let row = |(place, layer): (usize, &LayerEntry)| {
        let cells = COLUMNS.iter().map(|(.., value)| value(place + 1, layer));
        cells.collect()
    };
    Table {
        name: "layers",
        columns: columns.collect(),
        rows: section.layers.iter().enumerate().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::csv;
    use crate::network::ShapleyEntry;

    #[test]
    fn missing_figures_are_empty_fields() {
        let layer = |name: &str| LayerEntry {
            name: name.to_owned(),
            operator: "Conv".to_owned(),
            only: Some(0.25),
            parameters: 27,
            ..LayerEntry::default()
        };
        let mut section = NetworkSection {
            layers: vec![layer("a,b"), layer("=c")],
            ..NetworkSection::default()
        };
        section.layers[0].shapley = Some(ShapleyEntry {
            share: 0.5,
            standard_error: 0.01,
            interval: Some([0.4, 0.6]),
        });
        let text = csv(&layer_ranking(&section)).expect("a table");
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[1], "1,\"a,b\",Conv,0,0.5,0.01,0.4,0.6,0.25,,,,,,27");
        assert_eq!(lines[2], "2,'=c,Conv,0,,,,,0.25,,,,,,27");
        let heading = "rank,name,operator,place,shapley/share [1],shapley/standard_error [1]";
        assert!(lines[0].starts_with(heading), "{}", lines[0]);
        assert!(lines[0].contains("only_rms_m [m]"));
    }
}
