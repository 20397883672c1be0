//! From files of frames to values of a network's inputs.

use std::collections::BTreeMap;

use fathom_core::i18n::tr;

use super::frame_source::FrameSource;
use super::study_error::{StudyError, StudySetting};
use crate::graph::{NetworkGraph, Tensor, TensorData, ValueInfo};
use crate::network_error::NetworkError;
use crate::preprocess::{
    FrameGeometry, ImageSize, InputTensor, Preprocessing, RgbImage, read_tensors,
};
use crate::runtime::Value;

/// A frame's inputs, and where its pixels come from.
pub(super) struct LoadedFrame {
    /// Inputs by name.
    pub inputs: BTreeMap<String, Value>,
    /// The places of the input's pixels in the image.
    pub geometry: FrameGeometry,
}

/// The loading of a network's frames.
pub(super) struct FrameLoader<'a> {
    /// The inputs that frames give.
    open: Vec<&'a ValueInfo>,
    /// The inputs that are the same for all frames.
    constant: BTreeMap<String, Value>,
    /// Preprocessing for the network's input.
    pub preprocessing: Preprocessing,
}

impl<'a> FrameLoader<'a> {
    /// Takes the inputs that are the same for all frames. Preprocessing is fitted to the network if there are images.
    pub(super) fn new(
        graph: &'a NetworkGraph,
        constant: &BTreeMap<String, InputTensor>,
        preprocessing: Preprocessing,
        has_images: bool,
    ) -> Result<Self, StudyError> {
        let mut values = BTreeMap::new();
        for (name, tensor) in constant {
            let Some(info) = graph.inputs.iter().find(|input| input.name == *name) else {
                let problem = tr!(
                    "the network has no input {name}; it has {names}",
                    name,
                    names = listed(graph.inputs.iter())
                );
                return Err(StudyError::setting(StudySetting::Inputs, problem));
            };
            values.insert(name.clone(), value_of(info, tensor)?);
        }
        let inputs = graph.inputs.iter();
        let open: Vec<&ValueInfo> = inputs
            .filter(|input| !values.contains_key(&input.name))
            .collect();
        let preprocessing = if has_images {
            let image = image_input(&open)?;
            let unknown = [None; 4];
            let shape = image.shape.as_deref().unwrap_or(&unknown);
            preprocessing.for_input(shape).map_err(|error| {
                StudyError::setting(
                    StudySetting::Preprocessing,
                    format!("{}: {error}", image.name),
                )
            })?
        } else {
            preprocessing
        };
        Ok(Self {
            open,
            constant: values,
            preprocessing,
        })
    }

    /// Loads frames, whose inputs have to have one size.
    pub(super) fn load_all<'f>(
        &self,
        files: impl Iterator<Item = &'f FrameSource>,
    ) -> Result<Vec<LoadedFrame>, StudyError> {
        let mut out: Vec<LoadedFrame> = Vec::new();
        for file in files {
            let frame = self.load(file)?;
            if let Some(first) = out.first()
                && first.geometry.input != frame.geometry.input
            {
                let (a, b) = (first.geometry.input, frame.geometry.input);
                let problem = tr!(
                    "{file} becomes an input of {height} x {width} and the first frame one of {first_height} x {first_width} (height x width): give height=N,width=N with fit=stretch, letterbox or cover",
                    file = file.file,
                    height = b.height,
                    width = b.width,
                    first_height = a.height,
                    first_width = a.width
                );
                return Err(StudyError::setting(StudySetting::Preprocessing, problem));
            }
            out.push(frame);
        }
        Ok(out)
    }

    fn load(&self, file: &FrameSource) -> Result<LoadedFrame, StudyError> {
        if file.is_image() {
            self.load_image(file)
        } else {
            self.load_tensors(file)
        }
    }

    fn load_image(&self, file: &FrameSource) -> Result<LoadedFrame, StudyError> {
        let input = image_input(&self.open)?;
        let refuse = |error| StudyError::file(&file.file, error);
        let image = RgbImage::decode(&file.bytes).map_err(refuse)?;
        let prepared = self.preprocessing.prepare(&image).map_err(|error| {
            let problem = format!("{}: {error}", file.file);
            StudyError::setting(StudySetting::Preprocessing, problem)
        })?;
        let shape = input.shape.as_deref().unwrap_or_default();
        prepared.check(shape).map_err(refuse)?;
        let mut inputs = self.constant.clone();
        inputs.insert(input.name.clone(), value_of(input, &prepared.tensor)?);
        Ok(LoadedFrame {
            inputs,
            geometry: prepared.geometry,
        })
    }

    fn load_tensors(&self, file: &FrameSource) -> Result<LoadedFrame, StudyError> {
        let tensors =
            read_tensors(&file.bytes).map_err(|error| StudyError::file(&file.file, error))?;
        let mut inputs = self.constant.clone();
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
                let problem = tr!(
                    "it has no array for the input {name} (it has {names}): save it under that name in an .npz",
                    name = input.name,
                    names = names.join(", ")
                );
                return Err(StudyError::file(&file.file, problem));
            };
            if let [.., height, width] = tensor.tensor.shape[..]
                && height * width > size.height * size.width
            {
                size = ImageSize { width, height };
            }
            inputs.insert(input.name.clone(), value_of(input, &tensor.tensor)?);
        }
        Ok(LoadedFrame {
            inputs,
            geometry: FrameGeometry::whole(size),
        })
    }
}

fn listed<'a>(inputs: impl Iterator<Item = &'a ValueInfo>) -> String {
    let names: Vec<&str> = inputs.map(|input| input.name.as_str()).collect();
    names.join(", ")
}

/// The input that takes the image.
fn image_input<'a>(open: &[&'a ValueInfo]) -> Result<&'a ValueInfo, StudyError> {
    let is_image = |input: &&&ValueInfo| input.shape.as_ref().is_none_or(|shape| shape.len() == 4);
    let images: Vec<&&ValueInfo> = open.iter().filter(is_image).collect();
    match (&images[..], open) {
        ([only], [_]) => Ok(only),
        ([], _) => Err(StudyError::setting(
            StudySetting::Frames,
            tr!(
                "the network has no input with 4 axes for an image: give the inputs as .npy or .npz"
            ),
        )),
        _ => Err(StudyError::setting(
            StudySetting::Inputs,
            tr!(
                "the network has the inputs {}, and an image is one of them: give the values of the others",
                listed(open.iter().copied())
            ),
        )),
    }
}

/// A tensor as the network's type of input: integers are rounded.
fn value_of(info: &ValueInfo, tensor: &InputTensor) -> Result<Value, NetworkError> {
    match info.element_type {
        Some(element_type) if !element_type.is_float() => {
            let values = tensor.values.iter().map(|&v| v.round_ties_even() as i32);
            let data = TensorData::Int(values.collect());
            let tensor = Tensor::new(element_type, tensor.shape.clone(), data)?;
            Ok(Value::from_tensor(&tensor))
        }
        _ => Value::from_floats(&tensor.shape, tensor.values.clone()),
    }
}
