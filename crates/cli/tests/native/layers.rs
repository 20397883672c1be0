//! `fathom layers` as users run it: on a small network made here, and on networks beside the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use rten_onnx::onnx::{
    DataType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto,
};
use serde_json::Value;

use crate::program::{self, fathom, json_of, shared_data, text};

/// A folder of this test's own, with a network of two convolutions and four images with ground truth.
fn folder(name: &str) -> PathBuf {
    let folder = program::folder(name);
    fs::create_dir_all(folder.join("images")).expect("a folder");
    fs::create_dir_all(folder.join("truth")).expect("a folder");
    fs::write(folder.join("model.onnx"), network()).expect("a model");
    for frame in 0..4_usize {
        let pixels: Vec<u8> = (0..6 * 8 * 3)
            .map(|i| ((i * 31 + frame * 57) % 256) as u8)
            .collect();
        let image = folder.join("images").join(format!("frame_{frame}.png"));
        write_png(&image, png::ColorType::Rgb, png::BitDepth::Eight, &pixels);
        let depths = (0..6 * 8_u16).flat_map(|i| (1200 + 30 * (i % 8)).to_be_bytes());
        let truth = folder.join("truth").join(format!("frame_{frame}.png"));
        let depths: Vec<u8> = depths.collect();
        write_png(
            &truth,
            png::ColorType::Grayscale,
            png::BitDepth::Sixteen,
            &depths,
        );
    }
    folder
}

fn write_png(path: &Path, colour: png::ColorType, depth: png::BitDepth, data: &[u8]) {
    let file = fs::File::create(path).expect("a file");
    let mut encoder = png::Encoder::new(file, 8, 6);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(data).expect("pixels");
}

/// Convolution, ReLU, convolution, of 1 x 1 pixels.
fn network() -> Vec<u8> {
    let node = |name: &str, operator: &str, inputs: &[&str], output: &str| NodeProto {
        name: Some(name.to_owned()),
        op_type: Some(operator.to_owned()),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    };
    let constant = |name: &str, dims: &[i64], values: Vec<f32>| TensorProto {
        name: Some(name.to_owned()),
        dims: dims.to_vec(),
        data_type: Some(DataType::FLOAT),
        float_data: values,
        ..TensorProto::default()
    };
    let value = |name: &str| ValueInfoProto {
        name: Some(name.to_owned()),
        ..ValueInfoProto::default()
    };
    let first = vec![0.31, 0.17, 0.23, -0.05, 0.41, 0.11, 0.07, 0.29, -0.19];
    let model = ModelProto {
        ir_version: Some(8),
        graph: Some(GraphProto {
            node: vec![
                node("first", "Conv", &["image", "w1", "b1"], "hidden"),
                node("relu", "Relu", &["hidden"], "active"),
                node("second", "Conv", &["active", "w2"], "depth"),
            ],
            initializer: vec![
                constant("w1", &[3, 3, 1, 1], first),
                constant("b1", &[3], vec![0.2, 0.1, 0.3]),
                constant("w2", &[1, 3, 1, 1], vec![0.9, 0.7, 0.8]),
            ],
            input: vec![value("image")],
            output: vec![value("depth")],
            value_info: Vec::new(),
        }),
        opset_import: vec![OperatorSetIdProto {
            domain: Some(String::new()),
            version: Some(17),
        }],
        ..ModelProto::default()
    };
    model.write_buf().expect("a model")
}

#[test]
fn a_network_is_quantized_here_and_ranked() {
    let folder = folder("ranked");
    let path = |name: &str| folder.join(name).display().to_string();
    let (model, images, truth, out) = (
        path("model.onnx"),
        path("images"),
        path("truth"),
        path("out.json"),
    );
    let ranked = |out: &str, threads: &str| {
        fathom(&[
            "layers",
            &model,
            &images,
            "--quantize",
            "bits=6",
            "--gt",
            &truth,
            "--preprocess",
            "fit=crop",
            "-o",
            out,
            "--shapley",
            "0.01",
            "--threads",
            threads,
        ])
    };
    let done = ranked(&out, "2");
    let (printed, said) = (text(&done.stdout), text(&done.stderr));
    assert!(done.status.success(), "{said}");
    for part in [
        "All quantizers together change the depth by",
        "Against ground truth: RMSE",
        "first",
        "second",
        "Shapley",
    ] {
        assert!(printed.contains(part), "{part}\n{printed}");
    }
    assert!(said.contains("Output `depth` is taken as metres"), "{said}");
    let report = json_of(Path::new(&out));
    assert_eq!(
        (&report["format"], &report["version"]),
        (&"fathom.network".into(), &1.into())
    );
    let network = &report["network"];
    assert_eq!(network["frames"], serde_json::json!(["frame_0", "frame_2"]));
    assert_eq!(
        network["calibration_frames"],
        serde_json::json!(["frame_1", "frame_3"])
    );
    let number = |value: &Value| value.as_f64().expect("a number");
    let layers = network["layers"].as_array().expect("layers");
    let shares: Vec<f64> = layers
        .iter()
        .map(|layer| number(&layer["shapley"]["share"]))
        .collect();
    let whole: f64 = shares.iter().sum();
    assert!((whole - 1.0).abs() < 1e-9, "{whole}");
    assert!(shares.is_sorted_by(|a, b| a >= b), "{shares:?}");
    let kinds: Vec<&str> = network["quantizers"]
        .as_array()
        .expect("quantizers")
        .iter()
        .filter_map(|quantizer| quantizer["kind"].as_str())
        .collect();
    assert_eq!(
        kinds,
        ["input", "activation", "output", "weight", "bias", "weight"]
    );
    // Groups alone and together: the whole is their sum with the interaction.
    let groups = &network["groups"];
    let total: f64 = ["weights", "activations", "output"]
        .iter()
        .map(|group| number(&groups[*group]["shapley"]))
        .sum();
    assert!((total - 1.0).abs() < 1e-9, "{total}");
    // The same seed gives the same file.
    let again = path("again.json");
    let same = ranked(&again, "1");
    assert!(same.status.success(), "{}", text(&same.stderr));
    assert_eq!(
        fs::read(&out).expect("a report"),
        fs::read(&again).expect("a report")
    );
}

#[test]
fn remedies_are_measured_behind_the_ranking() {
    let folder = folder("remedies");
    let path = |name: &str| folder.join(name).display().to_string();
    let (out, nodes, table) = (path("out.json"), path("nodes.json"), path("ranking.csv"));
    let run = |keep: &str, out: &str, threads: &str| {
        let done = fathom(&[
            "layers",
            &path("model.onnx"),
            &path("images"),
            "--quantize",
            "bits=6",
            "--gt",
            &path("truth"),
            "--preprocess",
            "fit=crop",
            "--shapley",
            "0",
            "--keep",
            keep,
            "--keep-until",
            "60",
            "--repairs",
            "--nodes",
            &format!("onnxruntime={nodes}"),
            "--csv",
            &table,
            "-o",
            out,
            "--threads",
            threads,
        ]);
        assert!(done.status.success(), "{}", text(&done.stderr));
        text(&done.stdout)
    };
    let printed = run("float", &out, "2");
    for part in [
        "Layers kept in float",
        "Repairs. Fitted on 2 frames.",
        "all together",
    ] {
        assert!(printed.contains(part), "{part}\n{printed}");
    }
    let network = &json_of(Path::new(&out))["network"];
    let number = |value: &Value| value.as_f64().expect("a number");
    let points = network["pareto"].as_array().expect("points");
    // Input, first and second layer: none kept is the whole effect, all kept is none.
    assert_eq!(
        points.len(),
        network["layers"].as_array().expect("layers").len() + 1
    );
    assert_eq!(points[0]["rms"], network["effect"]["rms"]);
    assert_eq!(number(&points[points.len() - 1]["rms"]), 0.0);
    assert!(number(&points[0]["truth"]["rmse"]) > 0.0);
    let whole = number(&points[0]["rms"]);
    let is_enough =
        |point: &&Value| point["is_dominated"] == false && number(&point["rms"]) <= 0.6 * whole;
    let chosen = points.iter().find(is_enough).expect("a point");
    let kept: Vec<&str> = chosen["kept"]
        .as_array()
        .expect("names")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let listed: Vec<String> =
        serde_json::from_slice(&fs::read(&nodes).expect("a list")).expect("JSON");
    // A layer's nodes and those that read what it rounds; the network has three.
    let own = [
        ("image", &["first"][..]),
        ("first", &["first", "relu", "second"]),
        ("second", &["second"]),
    ];
    let own = own.iter().filter(|(layer, _)| kept.contains(layer));
    let named: Vec<&str> = own.flat_map(|(_, nodes)| nodes.iter().copied()).collect();
    let all = ["first", "relu", "second"];
    let expected: Vec<&str> = all
        .into_iter()
        .filter(|node| named.contains(node))
        .collect();
    assert_eq!(listed, expected);
    let by_nodes = &network["kept_nodes"];
    assert_eq!(by_nodes["nodes"], serde_json::json!(listed));
    // Whole nodes free no less than the layers do.
    assert!(number(&by_nodes["rms"]) <= number(&chosen["rms"]));
    let repairs = network["repairs"].as_array().expect("repairs");
    let names: Vec<&str> = repairs
        .iter()
        .filter_map(|repair| repair["name"].as_str())
        .collect();
    assert!(names.len() >= 6 && names[5] == "all", "{names:?}");
    for repair in repairs {
        let (before, after) = (number(&repair["before_rms"]), number(&repair["rms"]));
        // Calibrated apart, so that both are measured on the frames of the ranking.
        assert!((before / number(&network["effect"]["rms"]) - 1.0).abs() < 1e-9);
        let removed = 1.0 - after * after / (before * before);
        assert!((number(&repair["removed"]) - removed).abs() < 1e-9);
    }
    assert_eq!(network["repair_frames"], network["calibration_frames"]);
    let csv = fs::read_to_string(&table).expect("a table");
    assert_eq!(csv.lines().count(), points.len());
    let again = path("again.json");
    run("float", &again, "1");
    assert_eq!(
        fs::read(&out).expect("a report"),
        fs::read(&again).expect("a report")
    );
    let printed = run("16", &again, "1");
    assert!(printed.contains("Layers kept at 16 bits"), "{printed}");
    let other = &json_of(Path::new(&again))["network"]["pareto"];
    // Steps of six bits, and steps a thousand times as fine over the same ranges.
    let last = number(&other[points.len() - 1]["rms"]);
    assert!(last > 0.0 && last < 0.3 * whole, "{last} {whole}");
    assert_eq!(
        other[0],
        points[0]
            .as_object()
            .map(|point| {
                let mut point = point.clone();
                point["kept_bits"] = 16.into();
                Value::Object(point)
            })
            .expect("a point")
    );
}

#[test]
fn errors_name_the_flag_that_mends_them() {
    let folder = folder("errors");
    let path = |name: &str| folder.join(name).display().to_string();
    let (model, images) = (path("model.onnx"), path("images"));
    let cases: [(&[&str], &str); 15] = [
        (&["no.onnx", &images], "no.onnx"),
        (
            &[&model, &images, "--preprocess", "fit=stretch"],
            "--preprocess: ",
        ),
        (
            &[&model, &images, "--preprocess", "filter=cubic"],
            "--preprocess",
        ),
        (&[&model, &images, "--output", "feet"], "--output"),
        (&[&model, &images, "--quantize", "bits=99"], "--quantize"),
        (
            &[
                &model,
                &images,
                "--output-name",
                "none",
                "--preprocess",
                "fit=crop",
            ],
            "--output-name",
        ),
        (&[&model, &images, "--input", "camera=1,2"], "--input: "),
        (&[&model, &images, "--frames", "0"], "--frames"),
        (&[&model, &images, "--keep", "8"], "--keep"),
        (
            &[&model, &images, "--keep", "16", "--keep-by", "size"],
            "--keep-by",
        ),
        (
            &[&model, &images, "--nodes", "names=nodes.txt"],
            "--keep 16",
        ),
        (
            &[&model, &images, "--keep", "16", "--nodes", "openvino=a"],
            "`openvino`",
        ),
        (
            &[
                &model,
                &images,
                "--keep",
                "16",
                "--keep-until",
                "120",
                "--preprocess",
                "fit=crop",
            ],
            "--keep-until",
        ),
        (
            &[&model, &images, "--gt", &images, "--preprocess", "fit=crop"],
            "colour",
        ),
        (
            &[&model, &model, &images, "--quantize", "bits=8"],
            "--quantize",
        ),
    ];
    for (arguments, quoted) in cases {
        let mut all = vec!["layers"];
        all.extend(arguments);
        let done = fathom(&all);
        let said = text(&done.stderr);
        let last = said.lines().last().unwrap_or_default();
        assert!(
            !done.status.success() && last.starts_with("fathom: "),
            "{arguments:?}: {said}"
        );
        assert!(last.contains(quoted), "{quoted}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn known_culprits_come_first() {
    let data = shared_data();
    let networks = data.join("networks");
    if !networks.is_dir() {
        println!("skipped: there are no networks in {}", data.display());
        return;
    }
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("culprit.json");
    let path = |name: &str| networks.join(name).display().to_string();
    let done = fathom(&[
        "layers",
        &path("culprit_weight_fp32.onnx"),
        &path("culprit_weight_int8.onnx"),
        &data.join("model/images").display().to_string(),
        "--gt",
        &data.join("triple/gt").display().to_string(),
        "--preprocess",
        "fit=crop,height=128,width=160",
        "--output",
        "disparity:0.1,9.9",
        "--frames",
        "4",
        "--shapley",
        "0",
        "-o",
        &out.display().to_string(),
    ]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let golden = json_of(&networks.join("goldens/culprit_weight_int8.json"));
    let network = &json_of(&out)["network"];
    let other = fathom(&[
        "layers",
        &path("monodepth2_fp32.onnx"),
        &path("fastdepth_int8_qoperator.onnx"),
        &data.join("model/images").display().to_string(),
        "--preprocess",
        "fit=crop,height=128,width=160",
    ]);
    let said = text(&other.stderr);
    assert!(
        !other.status.success() && said.contains("not made from the floating-point model"),
        "{said}"
    );
    assert_eq!(network["layers"][0]["name"], "node_Conv_384");
    let rms = network["effect"]["rms"].as_f64().expect("a figure");
    let expected = golden["outputs"][0]["int8_minus_fp32"]["rms"]
        .as_f64()
        .expect("a figure");
    assert!((rms / expected - 1.0).abs() < 1e-3, "{rms} {expected}");
    let metres = network["effect"]["rms_m"].as_f64().expect("a figure");
    let expected = golden["outputs"][0]["in_metres"]["rms"]
        .as_f64()
        .expect("a figure");
    assert!(
        (metres / expected - 1.0).abs() < 1e-3,
        "{metres} {expected}"
    );
    assert!(network["effect"]["truth"]["rmse"].as_f64().expect("metres") > 0.1);
}
