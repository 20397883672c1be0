//! What is measured behind the ranking.

use fathom_core::depth::RawMap;
use fathom_decode::{DecodeOptions, decode};
use fathom_engine::network::{NetworkEvent, NetworkFileKind};
use fathom_report::network::{NetworkReport, NetworkSection};

use crate::made_study::{Files, Workers, add_frames, fp32, int8, settings};

fn files(frames: usize) -> Files {
    let mut files = Files::default();
    files.add("net.onnx", NetworkFileKind::Model, fp32());
    files.add("net_q.onnx", NetworkFileKind::Model, int8());
    add_frames(&mut files, frames);
    files
}

fn ranked(workers: usize, files: &Files) -> Workers<'_> {
    let mut own = Workers::new(workers, files);
    own.handle(NetworkEvent::Order(Some(files.order(settings()))));
    own.handle(NetworkEvent::Begin);
    own
}

#[test]
fn kept_layers_and_repairs_do_not_depend_on_the_number_of_workers() {
    let files = files(4);
    let measured = |workers: usize| {
        let mut own = ranked(workers, &files);
        own.handle(NetworkEvent::Keep(16));
        own.handle(NetworkEvent::Repair);
        assert_eq!(own.failure, None);
        own.results
    };
    let one = measured(1);
    let last = one.last().expect("figures");
    let summary = &last.summary;
    // One quantizer: nothing kept, and all of it.
    assert_eq!((summary.kept.len(), summary.kept_bits), (2, 16));
    let (none, all) = (&summary.kept[0], &summary.kept[1]);
    assert_eq!((none.left.as_str(), none.nodes.len()), ("100.0 %", 0));
    assert!(all.rms < none.rms && all.mb >= none.mb, "{all:?}");
    // The node that makes the tensor, what stands between, and its reader.
    assert_eq!(all.nodes, ["first", "relu", "second"]);
    assert!(all.by_nodes.ends_with('%'), "{all:?}");
    assert!(summary.repairs.len() >= 6, "{:?}", summary.repairs);
    assert!(
        summary
            .repair_frames
            .contains("Fitted on 2 frames. Measured on 2 frames not used for fitting")
    );
    assert!(last.json.contains("\"kept_nodes\": {"), "{}", last.json);
    assert_eq!(
        measured(3).last().map(|other| &other.json),
        Some(&last.json)
    );
}

#[test]
fn depths_of_both_models_are_files_of_three_roles() {
    let files = files(3);
    let mut own = ranked(2, &files);
    own.handle(NetworkEvent::Outputs);
    let paths: Vec<&str> = own.outputs.iter().map(|file| file.path.as_str()).collect();
    let expected: Vec<String> = (0..3)
        .flat_map(|frame| {
            ["gt", "fp32", "int8"].map(|role| format!("network/{role}/frame_{frame}.pfm"))
        })
        .collect();
    assert_eq!(paths, expected);
    let map = |at: usize| -> RawMap {
        let decoded = decode(&own.outputs[at].bytes, &DecodeOptions::default());
        decoded.expect("a map").maps.remove(0)
    };
    let (truth, plain, rounded) = (map(0), map(1), map(2));
    for map in [&truth, &plain, &rounded] {
        assert_eq!((map.width(), map.height()), (8, 6));
    }
    assert_ne!(plain.samples, rounded.samples);
}

fn section_of(own: &Workers<'_>) -> NetworkSection {
    let json = &own.results.last().expect("figures").json;
    let report: NetworkReport = serde_json::from_str(json).expect("a report");
    report.network
}

#[test]
fn a_picture_shows_what_one_layer_does() {
    let files = files(1);
    let mut own = ranked(1, &files);
    let bytes = own
        .state
        .as_ref()
        .and_then(|state| Some(state.ready.as_ref()?.cost.worker_bytes));
    assert!(bytes.is_some_and(|bytes| bytes > 1e6), "{bytes:?}");
    let outline = &own.results.last().expect("figures").outline;
    let section: NetworkSection = serde_json::from_str(outline).expect("a section");
    assert!(section.quantizers.is_empty() && section.groups.is_some());
    for layer in &section.layers {
        let place = u32::try_from(layer.place).expect("a place");
        own.handle(NetworkEvent::Picture(0, place));
        let picture = own.picture.take().expect("a picture");
        assert_eq!(
            (picture.width, picture.layer, picture.fp32_m.len()),
            (8, place, 48)
        );
        // Every value of the layer's tensors is in a bin.
        let tensors = section_of(&own).quantizers.into_iter();
        let tensors = tensors.filter(|q| q.layer == layer.name && q.kind != "bias");
        assert_eq!(picture.tensors.len(), tensors.count());
        assert!(!picture.tensors.is_empty());
        for tensor in &picture.tensors {
            assert!(tensor.counts.iter().sum::<f64>() > 0.0, "{tensor:?}");
        }
        let pixels = picture.fp32_m.iter().zip(&picture.rounded_m);
        let squares: Vec<f64> = pixels
            .map(|(plain, rounded)| f64::from(rounded - plain) * f64::from(rounded - plain))
            .filter(|square| square.is_finite())
            .collect();
        let rms_m = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
        let expected = layer.only_rms_m.expect("metres");
        assert!(
            (rms_m - expected).abs() <= 1e-5 * expected,
            "{rms_m} {expected}"
        );
    }
}
