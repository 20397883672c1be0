//! Frames of `fathom layers`: images and prepared inputs as values of the network's inputs, with their geometry.

use std::collections::BTreeMap;
use std::fs;

use fathom_network::graph::{NetworkGraph, Tensor, TensorData, ValueInfo};
use fathom_network::preprocess::{
    FrameGeometry, ImageSize, InputTensor, Preprocessing, RgbImage, read_tensors,
};
use fathom_network::runtime::Value;

use crate::command_error::CommandError;
use crate::frame_files::FrameFile;
use crate::layers_arguments::LayersArguments;
use crate::named_inputs;

/// A frame's inputs, and where its pixels come from.
pub(crate) struct LoadedFrame {
    /// The file and the frame's name.
    pub file: FrameFile,
    /// Inputs by name.
    pub inputs: BTreeMap<String, Value>,
    /// The places of the input's pixels in the image.
    pub geometry: FrameGeometry,
}

/// The loading of a network's frames.
pub(crate) struct FrameLoader<'a> {
    /// The inputs that frames give.
    open: Vec<&'a ValueInfo>,
    /// The inputs that are the same for all frames.
    constant: BTreeMap<String, Value>,
    /// Preprocessing for the image's size.
    pub preprocessing: Preprocessing,
}

impl<'a> FrameLoader<'a> {
    /// Reads `--input` and `--preprocess` for a network.
    pub(crate) fn new(
        graph: &'a NetworkGraph,
        arguments: &LayersArguments,
        has_images: bool,
    ) -> Result<Self, CommandError> {
        let mut constant = BTreeMap::new();
        for text in &arguments.input {
            let (name, tensor) = named_inputs::read(text)?;
            let Some(info) = graph.inputs.iter().find(|input| input.name == name) else {
                let names: Vec<&str> = graph.inputs.iter().map(|i| i.name.as_str()).collect();
                return Err(CommandError::usage(format!(
                    "--input {name}: the network has no such input; it has {}",
                    names.join(", ")
                )));
            };
            constant.insert(name, value_of(info, &tensor)?);
        }
        let inputs = graph.inputs.iter();
        let open: Vec<&ValueInfo> = inputs
            .filter(|input| !constant.contains_key(&input.name))
            .collect();
        let mut preprocessing: Preprocessing = match &arguments.preprocess {
            Some(text) => text.parse().map_err(CommandError::usage)?,
            None => Preprocessing::default(),
        };
        if has_images {
            let image = image_input(&open)?;
            let unknown = [None; 4];
            let shape = image.shape.as_deref().unwrap_or(&unknown);
            preprocessing = preprocessing
                .for_input(shape)
                .map_err(|error| CommandError::usage(format!("input {}: {error}", image.name)))?;
        }
        Ok(Self {
            open,
            constant,
            preprocessing,
        })
    }

    /// Loads a frame.
    pub(crate) fn load(&self, file: &FrameFile) -> Result<LoadedFrame, CommandError> {
        let bytes = fs::read(&file.path).map_err(|error| CommandError::file(&file.path, &error))?;
        let refuse = |why: String| CommandError::content(&file.path, why);
        let mut inputs = self.constant.clone();
        let geometry = if file.is_image() {
            let input = image_input(&self.open)?;
            let image = RgbImage::decode(&bytes).map_err(|error| refuse(error.to_string()))?;
            let prepared = self.preprocessing.prepare(&image);
            let prepared = prepared.map_err(|error| refuse(error.to_string()))?;
            let shape = input.shape.as_deref().unwrap_or_default();
            prepared
                .check(shape)
                .map_err(|error| refuse(error.to_string()))?;
            inputs.insert(input.name.clone(), value_of(input, &prepared.tensor)?);
            prepared.geometry
        } else {
            let tensors = read_tensors(&bytes).map_err(|error| refuse(error.to_string()))?;
            let mut size = ImageSize {
                width: 1,
                height: 1,
            };
            for input in &self.open {
                let named = tensors.iter().find(|tensor| tensor.name == input.name);
                let only = || {
                    let is_one = self.open.len() == 1 && tensors.len() == 1;
                    tensors.first().filter(|_| is_one)
                };
                let Some(tensor) = named.or_else(only) else {
                    let names: Vec<&str> = tensors.iter().map(|t| t.name.as_str()).collect();
                    return Err(refuse(format!(
                        "it has no array for the input {} (it has {}): save it under that name in an .npz, or give --input {}=…",
                        input.name,
                        names.join(", "),
                        input.name
                    )));
                };
                if let [.., height, width] = tensor.tensor.shape[..]
                    && height * width > size.height * size.width
                {
                    size = ImageSize { width, height };
                }
                inputs.insert(input.name.clone(), value_of(input, &tensor.tensor)?);
            }
            FrameGeometry::whole(size)
        };
        Ok(LoadedFrame {
            file: file.clone(),
            inputs,
            geometry,
        })
    }
}

/// The input that takes the image.
fn image_input<'a>(open: &[&'a ValueInfo]) -> Result<&'a ValueInfo, CommandError> {
    let is_image = |input: &&&ValueInfo| input.shape.as_ref().is_none_or(|shape| shape.len() == 4);
    let images: Vec<&&ValueInfo> = open.iter().filter(is_image).collect();
    match (&images[..], open) {
        ([only], [_]) => Ok(only),
        ([], _) => Err(CommandError::usage(
            "the network has no input with 4 axes for an image: give the inputs as .npy or .npz",
        )),
        _ => {
            let names: Vec<&str> = open.iter().map(|input| input.name.as_str()).collect();
            Err(CommandError::usage(format!(
                "the network has the inputs {}: give all but the image by --input NAME=VALUES or --input NAME=file.npy",
                names.join(", ")
            )))
        }
    }
}

/// A tensor as the network's type of input: integers are rounded.
fn value_of(info: &ValueInfo, tensor: &InputTensor) -> Result<Value, CommandError> {
    let refuse = |error: fathom_network::NetworkError| {
        CommandError::usage(format!("input {}: {error}", info.name))
    };
    match info.element_type {
        Some(element_type) if !element_type.is_float() => {
            let values = tensor.values.iter().map(|&v| v.round_ties_even() as i32);
            let data = TensorData::Int(values.collect());
            let tensor = Tensor::new(element_type, tensor.shape.clone(), data);
            Ok(Value::from_tensor(&tensor.map_err(refuse)?))
        }
        _ => Value::from_floats(&tensor.shape, tensor.values.clone()).map_err(refuse),
    }
}
