//! What a study says of its files.

use fathom_engine::network::{NetworkEvent, NetworkFileKind, NetworkSettings};

use crate::made_study::{Files, Workers, add_frames, fp32, int8, settings};

fn prepared<'a>(files: &'a Files, settings: NetworkSettings) -> Workers<'a> {
    let mut own = Workers::new(2, files);
    own.handle(NetworkEvent::Order(Some(files.order(settings))));
    own
}

#[test]
fn models_are_told_apart_by_what_is_inside() {
    let mut files = Files::default();
    files.add("a.onnx", NetworkFileKind::Model, int8());
    files.add("b.onnx", NetworkFileKind::Model, fp32());
    add_frames(&mut files, 2);
    let own = prepared(&files, settings());
    let state = own.state.expect("a state");
    assert_eq!(
        (state.fp32.as_deref(), state.int8.as_deref()),
        (Some("b.onnx"), Some("a.onnx"))
    );
    let about: Vec<&str> = state
        .models
        .iter()
        .map(|model| model.about.as_str())
        .collect();
    assert_eq!(
        about,
        [
            "INT8 with Q and DQ nodes, 5 nodes, opset 17",
            "floating point, 3 nodes, opset 17"
        ]
    );
    let ready = state.ready.expect("ready");
    assert_eq!(
        (ready.scheme.as_str(), ready.calibration, ready.input),
        ("", 0, (6, 8))
    );
}

#[test]
fn what_is_missing_is_one_sentence() {
    let model = |name: &str, bytes: Vec<u8>| {
        let mut files = Files::default();
        files.add(name, NetworkFileKind::Model, bytes);
        files
    };
    let problem = |files: &Files, settings: NetworkSettings| {
        let own = prepared(files, settings);
        assert_eq!(own.failure, None);
        own.problem().to_owned()
    };
    let mut alone = model("q.onnx", int8());
    assert!(problem(&alone, settings()).starts_with("Drop the floating-point model too"));
    alone.add("net.onnx", NetworkFileKind::Model, fp32());
    assert!(problem(&alone, settings()).starts_with("Drop a few images"));
    let damaged = model("net.onnx", b"no model".to_vec());
    assert!(problem(&damaged, settings()).starts_with("net.onnx: "));
    // Ranges and errors come from different frames.
    let mut one = model("net.onnx", fp32());
    add_frames(&mut one, 1);
    assert!(problem(&one, settings()).starts_with("Drop two images"));
    let mut set = model("net.onnx", fp32());
    add_frames(&mut set, 4);
    let mut wrong = settings();
    wrong.quantize = "bits=99".to_owned();
    assert!(problem(&set, wrong).starts_with("Quantization: "));
    let mut wrong = settings();
    wrong.inputs = "camera=1".to_owned();
    assert!(problem(&set, wrong).starts_with("Further inputs: "));
    let mut wrong = settings();
    wrong.preprocess = "fit=stretch".to_owned();
    let said = problem(&set, wrong);
    assert!(
        said.starts_with("Preprocessing: frame_0.png") && !said.contains("--"),
        "{said}"
    );
    let mut wrong = settings();
    wrong.output = "feet".to_owned();
    assert!(problem(&set, wrong).starts_with("Output: `feet`"));
    assert_eq!(problem(&set, settings()), "");
}

#[test]
fn ground_truth_without_an_image_is_named() {
    let mut files = Files::default();
    files.add("net.onnx", NetworkFileKind::Model, fp32());
    files.add("net_q.onnx", NetworkFileKind::Model, int8());
    add_frames(&mut files, 4);
    let left_out = |files: &Files, settings: NetworkSettings| {
        let state = prepared(files, settings).state.expect("a state");
        state.ready.expect("ready").left_out
    };
    // Images beyond the wanted number still match.
    let few = NetworkSettings {
        frames: 2,
        ..settings()
    };
    assert_eq!(left_out(&files, few.clone()), None);
    files.add("other_9.pfm", NetworkFileKind::Truth, Vec::new());
    assert_eq!(
        left_out(&files, few).as_deref(),
        Some("Ground truth without an image of the same name is not used: other_9.pfm.")
    );
}

#[test]
fn an_archive_is_the_files_in_it() {
    let mut loose = Files::default();
    loose.add("net.onnx", NetworkFileKind::Model, fp32());
    loose.add("net_q.onnx", NetworkFileKind::Model, int8());
    add_frames(&mut loose, 3);
    let measured = |files: &Files| {
        let mut own = prepared(files, settings());
        own.handle(NetworkEvent::Begin);
        assert_eq!(own.failure, None);
        own.results.last().expect("figures").json.clone()
    };
    let packed = loose.packed();
    assert_eq!(measured(&packed), measured(&loose));
    let truths = |files: &Files| {
        let state = prepared(files, settings()).state.expect("a state");
        state.ready.expect("ready").truths
    };
    assert_eq!(truths(&packed), 3);
    // Images beside the archive replace those in it.
    let mut beside = loose.packed();
    add_frames(&mut beside, 1);
    let state = prepared(&beside, settings()).state.expect("a state");
    assert_eq!(state.ready.expect("ready").frames, ["frame_0"]);
    let mut damaged = Files::default();
    damaged.add("set.zip", NetworkFileKind::Archive, b"PK".to_vec());
    assert!(
        prepared(&damaged, settings())
            .problem()
            .starts_with("set.zip: ")
    );
}

#[test]
fn a_network_without_int8_model_is_quantized_on_other_frames() {
    let mut files = Files::default();
    files.add("net.onnx", NetworkFileKind::Model, fp32());
    add_frames(&mut files, 5);
    let own = prepared(&files, settings());
    let ready = own.state.and_then(|state| state.ready).expect("ready");
    assert_eq!(
        (ready.frames, ready.calibration, ready.truths),
        (
            ["frame_0", "frame_2", "frame_4"]
                .map(str::to_owned)
                .to_vec(),
            2,
            3
        )
    );
    assert!(
        ready.scheme.contains("weights=per-channel"),
        "{}",
        ready.scheme
    );
}
