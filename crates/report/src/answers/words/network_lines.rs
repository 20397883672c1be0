//! Sentences on a measured network.

use super::super::figures::{Figures, Quantity as Q};
use super::super::network_finding::{GuiltyLayers, KeptLayers, NetworkFinding};
use super::line_writer::{Filling, LineWriter};
use crate::network::{NetworkEvidence, NetworkSection};
use fathom_core::i18n::tr;
use fathom_core::units;

/// Bits of a value that is not rounded.
const FLOAT: u8 = 32;

/// The answer of a section in one sentence.
pub(crate) fn network_verdict(section: &NetworkSection) -> String {
    let mut figures = Figures::default();
    let evidence = NetworkEvidence {
        section,
        kept: None,
    };
    let finding = NetworkFinding::new(&evidence, &mut figures);
    let mut w = LineWriter::new(&figures);
    add_guilty(&mut w, &finding.guilty);
    w.text()
}

/// Adds the layers that make the change.
pub(super) fn add_guilty(w: &mut LineWriter, guilty: &GuiltyLayers) {
    let (only, whole): (Filling, Filling) = (Q::LayerAlone.into(), Q::NetworkChange.into());
    match guilty {
        GuiltyLayers::NoChange => w.add(tr!(
            "INT8 changes nothing: both models give the same output on these frames."
        )),
        GuiltyLayers::Unranked => w.fill(
            tr!("INT8 changes the depth by {whole} (RMS). Layers follow."),
            [("whole", whole)],
        ),
        GuiltyLayers::Cancelled(name) => w.fill(
            tr!(
                "Layer {name} costs most: {only} (RMS) when it alone is rounded. Errors of other layers cancel part of it, and {whole} is left."
            ),
            [("name", name.as_str().into()), ("only", only), ("whole", whole)],
        ),
        GuiltyLayers::One(name) => w.fill(
            tr!(
                "Layer {name} costs {only} of {whole} (RMS) when it alone is rounded, and makes {share} of the squared change."
            ),
            [
                ("name", name.as_str().into()),
                ("only", only),
                ("whole", whole),
                ("share", Q::LayerShare.into()),
            ],
        ),
        GuiltyLayers::NoSingle => w.fill(
            tr!(
                "No single layer is guilty: half of the change of {whole} (RMS) takes {count} of {layers}."
            ),
            [
                ("whole", whole),
                ("count", Q::LayersOfHalf.into()),
                ("layers", Q::NetworkLayers.into()),
            ],
        ),
        GuiltyLayers::Few(names) => w.fill(
            tr!("{count} of {layers} make half of the change of {whole} (RMS): {names}."),
            [
                ("count", Q::LayersOfHalf.into()),
                ("layers", Q::NetworkLayers.into()),
                ("whole", whole),
                ("names", listed(names)),
            ],
        ),
        GuiltyLayers::Largest(name) => w.fill(
            tr!("Layer {name} costs most: {only} of {whole} (RMS) when it alone is rounded."),
            [("name", name.as_str().into()), ("only", only), ("whole", whole)],
        ),
    };
}

/// Adds what is left with the kept layers, and what it costs.
pub(super) fn add_kept(w: &mut LineWriter, kept: &KeptLayers) {
    let template = if kept.bits == FLOAT {
        tr!(
            "Measured: with {layers} in float, {then} of {whole} is left; weights {now_mb} to {mb}."
        )
    } else {
        tr!(
            "Measured: with {layers} at 16 bits, {then} of {whole} is left; weights {now_mb} to {mb}."
        )
    };
    w.fill(
        template,
        [
            ("layers", listed(&kept.names)),
            ("then", Q::KeptChange.into()),
            ("whole", Q::NetworkChange.into()),
            ("now_mb", Q::Int8Weights.into()),
            ("mb", Q::KeptWeights.into()),
        ],
    );
}

/// Adds what to do by the network alone, without a plan.
pub(super) fn add_advice(w: &mut LineWriter, finding: &NetworkFinding) {
    match (&finding.guilty, &finding.kept) {
        (GuiltyLayers::NoChange, _) => w.add(tr!("Nothing: INT8 changes nothing on these frames.")),
        (_, Some(kept)) => w.fill(
            if kept.bits == FLOAT {
                tr!("Try first: {layers} in float.")
            } else {
                tr!("Try first: 16 bits for {layers}.")
            },
            [("layers", listed(&kept.names))],
        ),
        (_, None) => w.add(tr!("Measure in the Network view what to keep at 16 bits.")),
    };
}

fn listed(names: &[String]) -> Filling {
    units::listed(names.iter().map(String::as_str)).into()
}
