//! Frames and ablations that are shared by workers.

use fathom_engine::network::{NetworkEvent, NetworkFileKind};

use crate::made_study::{Files, Workers, add_frames, fp32, int8, settings};

fn measured(workers: usize, files: &Files) -> Vec<fathom_engine::network::StudyResult> {
    let mut own = Workers::new(workers, files);
    own.handle(NetworkEvent::Order(Some(files.order(settings()))));
    assert_eq!(own.problem(), "");
    own.handle(NetworkEvent::Begin);
    assert_eq!(own.failure, None);
    own.results
}

#[test]
fn any_number_of_workers_gives_the_same_figures() {
    for (model, parts) in [(Some(int8()), 1), (None, 3)] {
        let mut files = Files::default();
        files.add("net.onnx", NetworkFileKind::Model, fp32());
        if let Some(model) = model {
            files.add("net_q.onnx", NetworkFileKind::Model, model);
        }
        add_frames(&mut files, 6);
        let one = measured(1, &files);
        let last = one.last().expect("figures");
        assert!(last.json.contains("\"shapley\": {"), "{}", last.json);
        assert!(last.json.contains("\"truth\": {"), "{}", last.json);
        // Parts without quantizers are left out.
        assert_eq!(last.summary.parts.len(), parts);
        assert!(!last.summary.layers.is_empty());
        // The network as a whole comes first, from one frame.
        let first = &one[0].summary;
        assert_eq!((first.layers.len(), first.parts.len()), (0, parts));
        assert!(
            first.effect[0].contains("over 1 frame"),
            "{:?}",
            first.effect
        );
        for workers in [2, 5] {
            let many = measured(workers, &files);
            assert_eq!(many.last().map(|l| &l.json), Some(&last.json), "{workers}");
        }
    }
}

#[test]
fn every_run_is_told() {
    let mut files = Files::default();
    files.add("net.onnx", NetworkFileKind::Model, fp32());
    files.add("net_q.onnx", NetworkFileKind::Model, int8());
    add_frames(&mut files, 2);
    let mut own = Workers::new(2, &files);
    let mut plain = settings();
    plain.shapley_percent = 0.0;
    own.handle(NetworkEvent::Order(Some(files.order(plain))));
    let ready = own.state.as_ref().and_then(|state| state.ready.clone());
    let ready = ready.expect("a network that is ready");
    assert_eq!(
        (ready.truths, ready.frames.len(), ready.quantizers),
        (2, 2, 1)
    );
    own.handle(NetworkEvent::Begin);
    assert_eq!(own.runs as f64, ready.cost.runs);
    let json = &own.results.last().expect("figures").json;
    assert!(json.contains(&format!("\"runs\": {}", own.runs)), "{json}");
}
