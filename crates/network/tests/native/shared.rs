//! Networks, images and goldens beside the checkout.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fathom_network::graph::NetworkGraph;
use fathom_network::normalise::QuantizedGraph;
use fathom_network::onnx::{ExternalFiles, read_model};
use fathom_network::runtime::Value;
use serde_json::Value as Json;

/// The folder with data; `None` if it is absent.
pub(crate) fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("FATHOM_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if folder.join("networks/goldens").is_dir() {
        return Some(folder);
    }
    println!("skipped: there are no networks in {}", folder.display());
    None
}

/// Figures of one INT8 network.
pub(crate) struct Golden {
    pub(crate) name: String,
    pub(crate) json: Json,
    folder: PathBuf,
}

/// Goldens whose name passes a test.
pub(crate) fn goldens(is_wanted: impl Fn(&str) -> bool) -> Vec<Golden> {
    let Some(data) = data() else {
        return Vec::new();
    };
    let folder = data.join("networks");
    let mut out: Vec<Golden> = fs::read_dir(folder.join("goldens"))
        .expect("goldens")
        .flatten()
        .filter_map(|entry| {
            let name = entry.path().file_stem()?.to_str()?.to_owned();
            let json = serde_json::from_slice(&fs::read(entry.path()).ok()?).ok()?;
            let folder = folder.clone();
            is_wanted(&name).then_some(Golden { name, json, folder })
        })
        .collect();
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

pub(crate) fn read_file(path: &Path) -> NetworkGraph {
    let bytes = fs::read(path).expect("a model");
    read_model(&bytes, &ExternalFiles::none()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub(crate) fn read_quantized(path: &Path) -> QuantizedGraph {
    QuantizedGraph::from_graph(read_file(path))
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

impl Golden {
    pub(crate) fn path(&self, key: &str) -> PathBuf {
        self.folder.join(self.json[key].as_str().expect("a file"))
    }

    /// The inputs of each frame.
    pub(crate) fn frames(&self) -> Vec<BTreeMap<String, Value>> {
        let images = self.folder.join("../model/images");
        let crop: Vec<usize> = self.json["crop"]
            .as_array()
            .expect("a crop")
            .iter()
            .map(|v| v.as_u64().expect("a length") as usize)
            .collect();
        let kind = self.json["input"].as_str().expect("an input");
        let names = self.json["images"].as_array().expect("images");
        let mut out = Vec::new();
        for name in names {
            let path = images.join(name.as_str().expect("a name"));
            let image = tensor(&path, (crop[0], crop[1]), kind);
            let mut inputs = BTreeMap::from([("image".to_owned(), image)]);
            for (name, rows) in self.json["extra"].as_object().expect("extra inputs") {
                let values: Vec<f32> = serde_json::from_value(rows[0].clone()).expect("numbers");
                let shape = [1, values.len()];
                inputs.insert(
                    name.clone(),
                    Value::from_floats(&shape, values).expect("a row"),
                );
            }
            out.push(inputs);
        }
        out
    }
}

/// The centre of an image as planes.
pub(crate) fn tensor(path: &Path, (height, width): (usize, usize), kind: &str) -> Value {
    let file = std::io::BufReader::new(fs::File::open(path).expect("an image"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("pixels");
    assert_eq!(info.color_type, png::ColorType::Rgb);
    let (w, h) = (info.width as usize, info.height as usize);
    let (x0, y0) = ((w - width) / 2, (h - height) / 2);
    let (mean, std) = ([0.485_f32, 0.456, 0.406], [0.229_f32, 0.224, 0.225]);
    let mut out = Vec::with_capacity(3 * height * width);
    for channel in 0..3 {
        for y in 0..height {
            for x in 0..width {
                let byte = f32::from(pixels[((y + y0) * w + x + x0) * 3 + channel]);
                out.push(match kind {
                    "byte" => byte,
                    "unit" => byte / 255.0,
                    _ => (byte / 255.0 - mean[channel]) / std[channel],
                });
            }
        }
    }
    Value::from_floats(&[1, 3, height, width], out).expect("a frame")
}
