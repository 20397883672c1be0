//! AIMET's encodings: quantizers of an FP32 model as JSON beside it.
//!
//! Source: AIMET documentation, "Encoding specification", versions 0.6.1 and 1.0.0. A code is `clamp(round(x / scale) - offset)`, with an
//! offset of at most 0, so the zero point is `-offset`.

use serde_json::Value as Json;

use fathom_core::i18n::tr;

use crate::graph::{NetworkGraph, Node};
use crate::network_error::{NetworkError, quoted};
use crate::quantization::{CodeType, Granularity, QuantizationParameters, Scales};

use super::placement::Placement;

/// Placements of an encodings file. Names that the model does not have are returned beside them.
///
/// # Errors
/// If the file is no encodings file, or a quantizer lacks scale or offset.
pub fn read_encodings(
    bytes: &[u8],
    fp32: &NetworkGraph,
) -> Result<(Vec<Placement>, Vec<String>), NetworkError> {
    let wrong = |problem: String| NetworkError::Encodings { problem };
    let json: Json = serde_json::from_slice(bytes).map_err(|e| wrong(quoted(&e.to_string())))?;
    let (mut placements, mut unmatched) = (Vec::new(), Vec::new());
    let values = fp32.value_names();
    let mut any = false;
    for (section, is_parameter) in [("activation_encodings", false), ("param_encodings", true)] {
        for (name, list) in entries(json.get(section)) {
            any = true;
            if !values.contains(&name) {
                unmatched.push(quoted(&name));
                continue;
            }
            let axis = is_parameter.then(|| channel_axis(fp32, &name));
            let parameters = parameters(&list, axis).map_err(|problem| {
                wrong(tr!("the quantizer of {} {problem}", quoted(&name), problem))
            })?;
            if let Some(parameters) = parameters {
                placements.push(Placement::on_value(&name, parameters));
            }
        }
    }
    if !any {
        return Err(wrong(tr!("it names no quantizer").to_owned()));
    }
    Ok((placements, unmatched))
}

/// Names with one record for each channel; version 1 is a list of records with lists.
fn entries(section: Option<&Json>) -> Vec<(String, Vec<Json>)> {
    match section {
        Some(Json::Object(map)) => map
            .iter()
            .map(|(name, value)| {
                let list = match value {
                    Json::Array(list) => list.clone(),
                    other => vec![other.clone()],
                };
                (name.clone(), list)
            })
            .collect(),
        Some(Json::Array(list)) => list
            .iter()
            .filter_map(|record| {
                let name = record.get("name")?.as_str()?.to_owned();
                Some((name, spread(record)))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// One record a channel from a record with lists.
fn spread(record: &Json) -> Vec<Json> {
    let list = |key: &str| {
        record
            .get(key)
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let (scales, offsets) = (list("scale"), list("offset"));
    scales
        .iter()
        .enumerate()
        .map(|(i, scale)| {
            let mut one = record.clone();
            one["scale"] = scale.clone();
            one["offset"] = offsets
                .get(i)
                .or(offsets.first())
                .cloned()
                .unwrap_or(Json::from(0));
            one
        })
        .collect()
}

/// `None` for records of floating-point types of 16 bits and more, which round too little to matter.
fn parameters(
    records: &[Json],
    axis: Option<usize>,
) -> Result<Option<QuantizationParameters>, String> {
    let number = |record: &Json, key: &str| record.get(key).and_then(Json::as_f64);
    let Some(first) = records.first() else {
        return Err(tr!("has no record").to_owned());
    };
    let kind = first.get("dtype").and_then(Json::as_str).unwrap_or("int");
    if kind.eq_ignore_ascii_case("float") {
        return Ok(None);
    }
    let bits = number(first, "bitwidth")
        .or_else(|| number(first, "bw"))
        .unwrap_or(8.0);
    if !(2.0..=32.0).contains(&bits) {
        return Err(tr!("has {bits} bits, not 2 to 32", bits));
    }
    let (mut scales, mut zero_points) = (Vec::new(), Vec::new());
    for record in records {
        let scale = number(record, "scale").filter(|s| *s > 0.0 && s.is_finite());
        let scale = scale.ok_or(tr!("has no positive scale"))?;
        let offset = number(record, "offset").filter(|o| o.abs() < 4.3e9);
        scales.push(scale as f32);
        zero_points.push(-offset.ok_or(tr!("has no offset"))? as i32);
    }
    // Version 1 writes signed ranges with offset 0.
    let is_signed = first.get("is_sym").and_then(Json::as_bool) == Some(true)
        && zero_points.iter().all(|&z| z == 0);
    let granularity = match axis {
        Some(axis) if scales.len() > 1 => Granularity::PerAxis { axis },
        _ if scales.len() > 1 => return Err(tr!("has several scales for an activation").to_owned()),
        _ => Granularity::PerTensor,
    };
    Ok(Some(QuantizationParameters {
        code_type: CodeType::Integer {
            bits: bits as u8,
            is_signed,
        },
        granularity,
        scales: Scales::Fixed {
            scales,
            zero_points,
        },
    }))
}

/// The axis of a weight with one place for each output channel.
pub(crate) fn channel_axis(graph: &NetworkGraph, weight: &str) -> usize {
    let reader = graph
        .nodes
        .iter()
        .find(|node| node.inputs.iter().any(|name| name == weight));
    let rank = graph.constants.get(weight).map_or(0, |t| t.shape.len());
    let last = rank.saturating_sub(1);
    let axis = |node: &Node| match node.operator.as_str() {
        "ConvTranspose" => 1,
        "MatMul" => last,
        "Gemm" if node.int("transB") != Some(1) => last,
        _ => 0,
    };
    reader.map_or(0, axis)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::graph::{Tensor, ValueInfo};

    use super::*;

    fn graph() -> NetworkGraph {
        let weight = Tensor::floats(vec![2, 2], vec![1.0; 4]).expect("a weight");
        NetworkGraph {
            nodes: vec![Node::new("n", "MatMul", &["x", "w"], &["y"])],
            constants: [("w".to_owned(), Arc::new(weight))].into(),
            inputs: vec![ValueInfo::named("x")],
            outputs: vec![ValueInfo::named("y")],
            ..NetworkGraph::default()
        }
    }

    #[test]
    fn both_versions_are_read() {
        let old = r#"{"version":"0.6.1","activation_encodings":{"x":[{"bitwidth":8,"dtype":"int","is_symmetric":"False","max":1.0,"min":0.0,"offset":-3,"scale":0.5}],"gone":[]},
            "param_encodings":{"w":[{"bitwidth":4,"offset":-8,"scale":0.5},{"bitwidth":4,"offset":-8,"scale":0.25}]}}"#;
        let (placements, unmatched) = read_encodings(old.as_bytes(), &graph()).expect("encodings");
        assert_eq!(unmatched, ["gone"]);
        let expected = QuantizationParameters::per_tensor(CodeType::UINT8, 0.5, 3);
        assert_eq!(placements[0].parameters, expected);
        assert_eq!(
            placements[1].parameters.granularity,
            Granularity::PerAxis { axis: 1 }
        );
        let new = r#"{"version":"1.0.0","activation_encodings":[{"name":"x","bw":8,"dtype":"INT","is_sym":false,"offset":[-3],"scale":[0.5]}],
            "param_encodings":[{"name":"w","bw":8,"dtype":"INT","is_sym":true,"offset":[-128,-128],"scale":[0.5,0.25]}]}"#;
        let (placements, _) = read_encodings(new.as_bytes(), &graph()).expect("encodings");
        assert_eq!(placements[0].parameters, expected);
        let fixed = Scales::Fixed {
            scales: vec![0.5, 0.25],
            zero_points: vec![128, 128],
        };
        assert_eq!(placements[1].parameters.scales, fixed);
    }

    #[test]
    fn other_files_are_refused_in_one_sentence() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"param_encodings":{"w":[{"offset":0}]}}"#,
        ] {
            let error = read_encodings(text.as_bytes(), &graph()).expect_err("no encodings");
            assert!(error.to_string().ends_with("param_encodings."), "{error}");
        }
    }
}
