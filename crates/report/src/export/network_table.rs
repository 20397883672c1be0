//! A network's figures in a document: sentences, and the layers that cost most.

use super::key_tables::KeyTable;
use crate::network::{LayerRow, NetworkSection, NetworkSummary};
use fathom_core::i18n::tr;

/// Number of layers in the table; the JSON has all.
const LAYERS: usize = 12;

/// The sentences on a network, the answer first.
pub(super) fn network_sentences(section: &NetworkSection) -> Vec<String> {
    let summary = NetworkSummary::new(section);
    let mut out = summary.structure;
    out.push(summary.verdict);
    out.extend(summary.effect);
    let shares = summary.parts.iter().map(|part| {
        let name = part.part.name();
        tr!("{name} {share}.", name, share = part.share)
    });
    out.extend(shares);
    out.extend([summary.interaction, summary.growth]);
    out.extend(summary.notes);
    out.retain(|sentence| !sentence.is_empty());
    out
}

/// The layers that cost most.
pub(super) fn network_table(section: &NetworkSection) -> KeyTable {
    let row = |row: LayerRow| {
        vec![
            row.name,
            row.share,
            row.only,
            row.all_but,
            row.only_length,
            row.accumulated,
            row.macs,
        ]
    };
    let layers = NetworkSummary::new(section).layers.into_iter();
    KeyTable {
        title: tr!("Which layers cost the depth?"),
        heads: vec![
            tr!("Layer"),
            tr!("Share \u{b1} standard error"),
            tr!("Only this"),
            tr!("All but this"),
            tr!("Depth, only this"),
            tr!("Accumulated SNR"),
            "MACs",
        ],
        rows: layers.take(LAYERS).map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{EffectEntry, LayerEntry};

    #[test]
    fn a_network_is_an_answer_and_its_first_layers() {
        let layer = |i: usize| LayerEntry {
            name: format!("l{i}"),
            only_rms: Some(0.001),
            only_rms_m: Some(0.001),
            only: Some(0.5),
            ..LayerEntry::default()
        };
        let section = NetworkSection {
            effect: EffectEntry {
                rms: 0.002,
                rms_m: Some(0.002),
                ..EffectEntry::default()
            },
            frames: vec!["a".to_owned()],
            layers: (0..20).map(layer).collect(),
            ..NetworkSection::default()
        };
        let said = network_sentences(&section);
        assert!(
            said[0].starts_with("Layer l0 costs most: 1.00 mm of 2.00 mm"),
            "{said:?}"
        );
        assert!(said.iter().all(|sentence| !sentence.is_empty()));
        let table = network_table(&section);
        assert_eq!((table.rows.len(), table.rows[0][0].as_str()), (12, "l0"));
        assert!(table.rows.iter().all(|row| row.len() == table.heads.len()));
    }
}
