//! Payloads of ROS `compressedDepth` messages: 12 bytes of configuration, then a PNG. Source: `compressed_depth_image_transport`.

use super::{DecodeError, Limits, png};
use fathom_core::depth::{Dtype, Format, RawMap, Samples};
use fathom_core::i18n::tr;

/// Bytes before the PNG: the compression's number and two parameters.
const HEADER: usize = 12;

/// Farthest quantized depths that are believable, in metres. The transport's default is 10.
const FARTHEST_M: std::ops::RangeInclusive<f32> = 0.1..=1e4;

/// Returns true if a PNG follows a configuration.
pub(super) fn is_message(bytes: &[u8]) -> bool {
    bytes
        .get(HEADER..)
        .is_some_and(|rest| rest.starts_with(b"\x89PNG\r\n\x1a\n"))
}

/// Integers are the sensor's samples; quantized inverse depths become metres.
#[inline(never)]
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<RawMap, DecodeError> {
    let (head, image) = bytes.split_at(HEADER.min(bytes.len()));
    let mut map = png::decode(image, limits)?;
    map.format = Format::RosDepth;
    if let (Some((a, b)), Samples::U16(codes)) = (inverse_parameters(head), &map.samples) {
        // 0 stands for "no depth", as in the samples of the sensor.
        let metres = |&code: &u16| match code {
            0 => 0.0,
            code => a / (f32::from(code) - b),
        };
        map.samples = Samples::F32(codes.map(metres));
        map.dtype = Dtype::F32;
        map.notices
            .push(tr!("its inverse depths are converted to metres, as ROS does").to_owned());
    }
    Ok(map)
}

/// The parameters of quantized inverse depth: depth = a / (code - b). Messages of integers leave them undefined.
fn inverse_parameters(head: &[u8]) -> Option<(f32, f32)> {
    let (numbers, _) = head.as_chunks::<4>();
    let [_, a, b] = numbers else { return None };
    let (a, b) = (f32::from_le_bytes(*a), f32::from_le_bytes(*b));
    // b = 1 - a / farthest depth.
    let is_believable = a.is_normal() && a > 0.0 && FARTHEST_M.contains(&(a / (1.0 - b)));
    is_believable.then_some((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    fn message(a: f32, b: f32) -> Vec<u8> {
        let mut out = vec![0; 4];
        out.extend(a.to_le_bytes());
        out.extend(b.to_le_bytes());
        let mut encoder = ::png::Encoder::new(&mut out, 2, 1);
        encoder.set_color(::png::ColorType::Grayscale);
        encoder.set_depth(::png::BitDepth::Sixteen);
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&[0, 0, 0x10, 0x00]).expect("data");
        writer.finish().expect("an end");
        out
    }

    #[test]
    fn integers_stay_and_inverse_depths_become_metres() {
        let plain = message(0.0, 0.0);
        assert!(is_message(&plain) && !is_message(&plain[HEADER..]) && !is_message(b""));
        let map = decode(&plain, &Limits::default()).expect("a map");
        assert_eq!(map.samples, Samples::U16(arr2(&[[0, 4096]])));
        // The transport's defaults: quantization 100, farthest depth 10 m.
        let map = decode(&message(10_100.0, -1009.0), &Limits::default()).expect("a map");
        let expected = 10_100.0 / (4096.0 + 1009.0);
        assert_eq!(map.samples, Samples::F32(arr2(&[[0.0, expected]])));
        assert_eq!(map.dtype, Dtype::F32);
    }
}
