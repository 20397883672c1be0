//! A network of two convolutions with its images and ground truth, and workers that do what a session commands.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use fathom_engine::MadeFile;
use fathom_engine::network::{
    LayerPicture, NetworkCommand, NetworkEvent, NetworkFile, NetworkFileKind, NetworkSession,
    NetworkSettings, NetworkUpdate, StudyOrder, StudyResult, StudyState,
};
use fathom_network_wasm::{FileBytes, Machine, StudyStore};
use rten_onnx::onnx::{
    DataType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto,
};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Rows and columns of an image.
const SIZE: [usize; 2] = [6, 8];

/// Files by their numbers.
#[derive(Default)]
pub(crate) struct Files {
    bytes: BTreeMap<u32, Vec<u8>>,
    pub(crate) list: Vec<NetworkFile>,
}

impl FileBytes for Files {
    fn bytes(&self, source: u32) -> Result<Vec<u8>, String> {
        let bytes = self.bytes.get(&source).cloned();
        bytes.ok_or_else(|| "it is gone".to_owned())
    }
}

impl Files {
    pub(crate) fn add(&mut self, name: &str, kind: NetworkFileKind, bytes: Vec<u8>) {
        let source = self.list.len() as u32;
        self.bytes.insert(source, bytes);
        self.list.push(NetworkFile {
            source,
            name: name.to_owned(),
            kind,
        });
    }

    /// The same files in one archive, with a folder for each kind.
    pub(crate) fn packed(&self) -> Self {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for file in &self.list {
            let folder = match file.kind {
                NetworkFileKind::Truth => "set/gt",
                NetworkFileKind::Frame => "set/images",
                _ => "set",
            };
            zip.start_file(
                format!("{folder}/{}", file.name),
                SimpleFileOptions::default(),
            )
            .expect("a member");
            zip.write_all(&self.bytes[&file.source]).expect("bytes");
        }
        let bytes = zip.finish().expect("an archive").into_inner();
        let mut out = Self::default();
        out.add("set.zip", NetworkFileKind::Archive, bytes);
        out
    }

    pub(crate) fn order(&self, settings: NetworkSettings) -> Box<StudyOrder> {
        Box::new(StudyOrder {
            files: self.list.clone(),
            settings,
            truth_encoding: None,
        })
    }
}

fn node(name: &str, operator: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        name: Some(name.to_owned()),
        op_type: Some(operator.to_owned()),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

fn constant(name: &str, dims: &[i64], values: Vec<f32>) -> TensorProto {
    TensorProto {
        name: Some(name.to_owned()),
        dims: dims.to_vec(),
        data_type: Some(DataType::FLOAT),
        float_data: values,
        ..TensorProto::default()
    }
}

fn model(nodes: Vec<NodeProto>, constants: Vec<TensorProto>) -> Vec<u8> {
    let value = |name: &str| ValueInfoProto {
        name: Some(name.to_owned()),
        ..ValueInfoProto::default()
    };
    let model = ModelProto {
        ir_version: Some(8),
        graph: Some(GraphProto {
            node: nodes,
            initializer: constants,
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

fn constants() -> Vec<TensorProto> {
    let first = vec![0.31, 0.17, 0.23, -0.05, 0.41, 0.11, 0.07, 0.29, -0.19];
    vec![
        constant("w1", &[3, 3, 1, 1], first),
        constant("b1", &[3], vec![0.2, 0.1, 0.3]),
        constant("w2", &[1, 3, 1, 1], vec![0.9, 0.7, 0.8]),
    ]
}

/// Convolution, ReLU, convolution, of 1 x 1 pixels.
pub(crate) fn fp32() -> Vec<u8> {
    let nodes = vec![
        node("first", "Conv", &["image", "w1", "b1"], "hidden"),
        node("relu", "Relu", &["hidden"], "active"),
        node("second", "Conv", &["active", "w2"], "depth"),
    ];
    model(nodes, constants())
}

/// The same with Q and DQ behind the activation.
pub(crate) fn int8() -> Vec<u8> {
    let nodes = vec![
        node("first", "Conv", &["image", "w1", "b1"], "hidden"),
        node("relu", "Relu", &["hidden"], "active"),
        node("q", "QuantizeLinear", &["active", "scale"], "code"),
        node("dq", "DequantizeLinear", &["code", "scale"], "rounded"),
        node("second", "Conv", &["rounded", "w2"], "depth"),
    ];
    let mut constants = constants();
    constants.push(constant("scale", &[], vec![0.05]));
    model(nodes, constants)
}

fn png(colour: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, SIZE[1] as u32, SIZE[0] as u32);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(data).expect("pixels");
    drop(writer);
    out
}

/// Images with ground truth.
pub(crate) fn add_frames(files: &mut Files, count: usize) {
    let [height, width] = SIZE;
    for frame in 0..count {
        let pixels: Vec<u8> = (0..height * width * 3)
            .map(|i| ((i * 31 + frame * 57) % 256) as u8)
            .collect();
        let image = png(png::ColorType::Rgb, png::BitDepth::Eight, &pixels);
        files.add(&format!("frame_{frame}.png"), NetworkFileKind::Frame, image);
        let depths: Vec<u8> = (0..(height * width) as u16)
            .flat_map(|i| (1200 + 30 * (i % 8)).to_be_bytes())
            .collect();
        let truth = png(png::ColorType::Grayscale, png::BitDepth::Sixteen, &depths);
        files.add(
            &format!("frame_{frame}_gt.png"),
            NetworkFileKind::Truth,
            truth,
        );
    }
}

/// Settings that the images need.
pub(crate) fn settings() -> NetworkSettings {
    NetworkSettings {
        preprocess: "fit=crop".to_owned(),
        ..NetworkSettings::default()
    }
}

/// A session with workers of this thread.
pub(crate) struct Workers<'a> {
    session: NetworkSession,
    stores: BTreeMap<usize, StudyStore>,
    files: &'a Files,
    pub(crate) state: Option<StudyState>,
    pub(crate) results: Vec<StudyResult>,
    pub(crate) failure: Option<String>,
    pub(crate) outputs: Vec<MadeFile>,
    pub(crate) picture: Option<LayerPicture>,
    /// Runs that workers told of.
    pub(crate) runs: u64,
}

impl<'a> Workers<'a> {
    pub(crate) fn new(count: usize, files: &'a Files) -> Self {
        Self {
            session: NetworkSession::new(count),
            stores: BTreeMap::new(),
            files,
            state: None,
            results: Vec::new(),
            failure: None,
            outputs: Vec::new(),
            picture: None,
            runs: 0,
        }
    }

    /// Does everything that follows from an event.
    pub(crate) fn handle(&mut self, event: NetworkEvent) {
        for command in self.session.handle(event) {
            match command {
                NetworkCommand::Start(worker) => {
                    self.stores.insert(worker, StudyStore::default());
                    self.handle(NetworkEvent::Started(worker));
                }
                NetworkCommand::End(worker) => {
                    self.stores.remove(&worker);
                }
                NetworkCommand::Send(worker, request) => {
                    let store = self.stores.get_mut(&worker).expect("a worker");
                    let runs = &mut self.runs;
                    let machine = Machine {
                        now_ms: &|| 0.0,
                        memory_bytes: &|| 1e6,
                    };
                    let mut on_run = |done| *runs += done;
                    let response = store.handle(request, self.files, machine, &mut on_run);
                    self.handle(NetworkEvent::Responded(worker, response));
                }
                NetworkCommand::Tell(NetworkUpdate::Prepared(state)) => self.state = Some(*state),
                NetworkCommand::Tell(NetworkUpdate::Result(result)) => self.results.push(*result),
                NetworkCommand::Tell(NetworkUpdate::Failed(why)) => self.failure = Some(why),
                NetworkCommand::Tell(NetworkUpdate::Complete) => {}
                NetworkCommand::Tell(NetworkUpdate::Outputs(files)) => self.outputs = files,
                NetworkCommand::Tell(NetworkUpdate::Picture(picture)) => {
                    self.picture = Some(*picture);
                }
            }
        }
    }

    /// Why the study cannot begin.
    pub(crate) fn problem(&self) -> &str {
        let state = self.state.as_ref().expect("a state");
        state
            .problem
            .as_ref()
            .map_or("", |problem| problem.text.as_str())
    }
}
