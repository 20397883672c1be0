//! Mixed precision and repairs, measured behind the ranking.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fathom_network::calibrate::QuantizeScheme;
use fathom_network::gating::NetworkPair;
use fathom_network::study::{
    KeepCost, KeptPrecision, KeptStudy, PrecisionCurve, RepairStudy, StudyFrame, nodes_to_keep,
};
use fathom_report::export::{NodeListFormat, node_list};
use fathom_report::network::{NetworkSection, ParetoEntry};

use crate::command_error::CommandError;
use crate::layers_arguments::LayersArguments;
use crate::output_arguments::check_place;
use crate::study_progress::progress;
use crate::study_workers::StudySetup;

/// The remedies that are asked for.
pub(crate) struct Remedies {
    keep: Option<KeptPrecision>,
    cost: KeepCost,
    /// Largest change of the output that is left, as a share of the whole.
    until: f64,
    nodes: Vec<(NodeListFormat, PathBuf)>,
    repairs: bool,
}

impl Remedies {
    /// Reads the arguments.
    pub(crate) fn of(arguments: &LayersArguments) -> Result<Self, CommandError> {
        let keep = match arguments.keep.as_deref() {
            None => None,
            Some("16") => Some(KeptPrecision::Bits16),
            Some("float") => Some(KeptPrecision::Float),
            Some(other) => {
                return Err(CommandError::usage(format!(
                    "--keep: layers are kept at 16 or in float, not at `{other}`"
                )));
            }
        };
        let cost = match arguments.keep_by.as_str() {
            "bytes" => KeepCost::Bytes,
            "macs" => KeepCost::Macs,
            "effect" => KeepCost::Nothing,
            other => {
                return Err(CommandError::usage(format!(
                    "--keep-by: layers are ordered by effect, or by effect for bytes or macs, not by `{other}`"
                )));
            }
        };
        let until = arguments.keep_until / 100.0;
        if !(0.0..=1.0).contains(&until) {
            return Err(CommandError::usage(
                "--keep-until: a share of the whole change, 0 to 100",
            ));
        }
        let mut nodes = Vec::new();
        for text in &arguments.nodes {
            let Some((tool, file)) = text.split_once('=') else {
                return Err(CommandError::usage(format!(
                    "--nodes cannot read `{text}`: write a tool and a file, such as onnxruntime=exclude.json"
                )));
            };
            let format = tool.parse::<NodeListFormat>();
            let format =
                format.map_err(|error| CommandError::usage(format!("--nodes: {error}")))?;
            check_place(Path::new(file))?;
            nodes.push((format, PathBuf::from(file)));
        }
        if keep.is_none() && !nodes.is_empty() {
            return Err(CommandError::usage(
                "--nodes lists the layers that are kept: give --keep 16 or --keep float too",
            ));
        }
        Ok(Self {
            keep,
            cost,
            until,
            nodes,
            repairs: arguments.repairs,
        })
    }

    /// True if there is anything to measure.
    pub(crate) fn is_none(&self) -> bool {
        self.keep.is_none() && !self.repairs
    }

    /// Measures the curve and writes the lists of nodes of its chosen point. `fp32_nodes` are those that tools find in the floating-point model;
    /// `effects` give the order in which layers are kept.
    pub(crate) fn mixed_precision(
        &self,
        setup: &StudySetup<'_>,
        pair: &NetworkPair,
        fp32_nodes: &BTreeSet<String>,
        effects: &[f64],
        section: &mut NetworkSection,
    ) -> Result<(), CommandError> {
        let Some(precision) = self.keep else {
            return Ok(());
        };
        let curve = setup.with_study(pair, |network| {
            PrecisionCurve::new(network, effects, precision, self.cost)
        });
        let Some(curve) = curve.map_err(CommandError::usage)? else {
            return Ok(());
        };
        let study = KeptStudy::new(&pair.gated, curve, fp32_nodes);
        let sets = study.sets(&pair.gated);
        // Both ends of a frame, and each set but the first.
        let runs = ((sets.len() + 1) * setup.frames.len()) as u64;
        let bar = progress(runs, "mixed precision");
        let errors = setup.kept_errors(pair, precision, &sets, &|done| bar.inc(done));
        bar.finish_and_clear();
        let errors = errors.map_err(CommandError::usage)?;
        setup
            .with_study(pair, |network| {
                study.put_into(section, network, &errors, self.until);
            })
            .map_err(CommandError::usage)?;
        section.runs += runs;
        if let Some(point) = self.chosen(section) {
            let mut unknown = nodes_to_keep(&pair.gated, &point.kept);
            unknown.retain(|name| !fp32_nodes.contains(name));
            if !unknown.is_empty() {
                eprintln!(
                    "The INT8 model has a graph of its own, and {} of the nodes to keep are not in the floating-point model: {}. Lists leave them out.",
                    unknown.len(),
                    unknown.join(", ")
                );
            }
        }
        let kept = section.kept_nodes.as_ref();
        let nodes = kept.map_or(&[][..], |kept| &kept.nodes);
        for (format, path) in &self.nodes {
            let text = node_list(*format, nodes, precision.bits())
                .map_err(|error| CommandError::usage(format!("--nodes: {error}")))?;
            fs::write(path, text).map_err(|error| CommandError::file(path, &error))?;
        }
        Ok(())
    }

    /// The point that is enough: the first on the curve with no more than the wished share of the change, or else the last on it.
    pub(crate) fn chosen<'s>(&self, section: &'s NetworkSection) -> Option<&'s ParetoEntry> {
        section.kept_point(self.until)
    }

    /// Measures repairs. They are fitted on `calibration`, or else on every second frame, and judged on the others. `scheme` says how ranges are
    /// chosen where equalisation has changed them.
    pub(crate) fn repairs(
        &self,
        setup: &StudySetup<'_>,
        pair: &NetworkPair,
        calibration: &[StudyFrame],
        scheme: &QuantizeScheme,
        section: &mut NetworkSection,
    ) -> Result<(), CommandError> {
        if !self.repairs {
            return Ok(());
        }
        let study = RepairStudy::new(setup.frames, calibration, section);
        let Some(study) = study else {
            return Err(CommandError::usage(
                "--repairs needs two frames or more, because repairs are fitted on some and measured on the others: give more images",
            ));
        };
        let bar = progress(study.runs(), "repairs");
        let measured = study.measure(
            pair,
            setup.output,
            scheme,
            |frames, repaired| {
                let part = StudySetup { frames, ..*setup };
                part.repaired_errors(pair, repaired, &|done| bar.inc(done))
            },
            setup.space,
            |done| bar.inc(done),
        );
        section.repairs = measured.map_err(CommandError::usage)?;
        section.repair_frames = study.fitted_names;
        section.runs += bar.position();
        bar.finish_and_clear();
        Ok(())
    }
}
