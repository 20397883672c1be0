//! A link as a QR code (ISO/IEC 18004).

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Width of the quiet zone around a code, in modules, as the standard requires.
const QUIET_ZONE: usize = 4;

/// A QR code as the path of an SVG, with one unit per module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrImage {
    /// Width and height including the quiet zone, in modules.
    pub side: usize,
    /// Path of the dark modules, one horizontal run after the other.
    pub path: String,
}

/// Encodes a text as a QR code; `None` beyond its capacity of 2,953 bytes.
///
/// The error correction level is the lowest: a screen is clean, and fewer modules are easier to scan.
#[must_use]
pub fn qr_code(text: &str) -> Option<QrImage> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let colours = code.to_colors();
    let mut path = String::new();
    for (y, row) in colours.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|c| **c == Color::Dark).count();
            if run > 0 {
                // Writing to a text cannot fail.
                let _ = write!(
                    path,
                    "M{} {}h{run}v1h-{run}z",
                    x + QUIET_ZONE,
                    y + QUIET_ZONE
                );
            }
            x += run.max(1);
        }
    }
    Some(QrImage {
        side: width + 2 * QUIET_ZONE,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rasterises the path, one pixel per module; true is dark.
    fn rasterised(picture: &QrImage) -> Vec<Vec<bool>> {
        let mut dark = vec![vec![false; picture.side]; picture.side];
        for run in picture.path.split('z').filter(|run| !run.is_empty()) {
            let (place, rest) = run
                .strip_prefix('M')
                .and_then(|run| run.split_once('h'))
                .expect("a run");
            let (x, y) = place.split_once(' ').expect("a place");
            let (x, y): (usize, usize) = (x.parse().expect("x"), y.parse().expect("y"));
            let length: usize = rest
                .split('v')
                .next()
                .expect("a length")
                .parse()
                .expect("a length");
            dark[y][x..x + length].fill(true);
        }
        dark
    }

    #[test]
    fn a_scanner_reads_the_whole_link() {
        for length in [10, 400, 1300, 2000, 2900] {
            let text: String = "https://example.org/fathom/#f4."
                .chars()
                .chain(('A'..='z').filter(char::is_ascii_alphanumeric).cycle())
                .take(length)
                .collect();
            let picture = qr_code(&text).expect("a code");
            let dark = rasterised(&picture);
            let scale = 4;
            let size = picture.side * scale;
            let mut image = rqrr::PreparedImage::prepare_from_greyscale(size, size, |x, y| {
                if dark[y / scale][x / scale] { 0 } else { 255 }
            });
            let grids = image.detect_grids();
            let (_, read) = grids.first().expect("a code").decode().expect("a text");
            assert_eq!(read, text);
        }
    }

    #[test]
    fn a_code_has_the_quiet_zone_of_the_standard() {
        let picture = qr_code("https://example.org/").expect("a code");
        let dark = rasterised(&picture);
        let inside = 4..picture.side - 4;
        for (y, row) in dark.iter().enumerate() {
            for (x, is_dark) in row.iter().enumerate() {
                assert!(
                    !is_dark || inside.contains(&x) && inside.contains(&y),
                    "{x}, {y}"
                );
            }
        }
        // The corner of the first finder pattern: the zone is no wider.
        assert!(dark[4][4]);
    }

    #[test]
    fn a_text_beyond_the_capacity_has_no_code() {
        assert_eq!(qr_code(&"x".repeat(3000)), None);
    }
}
