//! Colours of pixels as a PNG file, equal to the byte in every browser and natively.

use png::{BitDepth, ColorType, Encoder, EncodingError};

/// Writes one colour per pixel, row by row in the byte order of a canvas, as a PNG of 8 bits a channel without opacity.
///
/// # Errors
/// One sentence if the number of colours is not that of the pixels, or a side is zero.
pub fn to_png(width: u32, height: u32, colours: &[u32]) -> Result<Vec<u8>, String> {
    encode(width, height, colours).map_err(|error| error.to_string())
}

fn encode(width: u32, height: u32, colours: &[u32]) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    let channels = colours.iter().map(|colour| colour.to_le_bytes());
    let samples: Vec<u8> = channels.flat_map(|[r, g, b, _]| [r, g, b]).collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&samples)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_picture_is_read_back() {
        let colours: Vec<u32> = (0..600).map(|at| 0xff00_0000 | (at * 7919)).collect();
        let file = to_png(30, 20, &colours).expect("a picture");
        let decoder = png::Decoder::new(Cursor::new(file));
        let mut reader = decoder.read_info().expect("a header");
        let mut samples = vec![0; reader.output_buffer_size().expect("a size")];
        let frame = reader.next_frame(&mut samples).expect("pixels");
        assert_eq!((frame.width, frame.height), (30, 20));
        let pixels = samples
            .chunks(3)
            .map(|c| u32::from_le_bytes([c[0], c[1], c[2], 0xff]));
        assert_eq!(pixels.collect::<Vec<_>>(), colours);
    }

    #[test]
    fn colours_of_another_size_are_refused() {
        assert!(to_png(3, 2, &[0; 5]).is_err());
        assert!(to_png(0, 2, &[]).is_err());
    }
}
