//! A link as a QR code (ISO/IEC 18004), through the `qrcode` crate.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// White modules around a code, as the standard asks for.
const QUIET: usize = 4;

/// A code as the path of an SVG, one unit a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrPicture {
    /// Width and height with the white border, in modules.
    pub side: usize,
    /// The dark modules, run by run.
    pub path: String,
}

/// The code of a text, with the least correction: a screen is clean, and fewer modules are easier to scan. `None` for more than a
/// code holds, 2,953 bytes.
#[must_use]
pub fn qr(text: &str) -> Option<QrPicture> {
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
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    Some(QrPicture {
        side: width + 2 * QUIET,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dark modules of a path, as an image of a few pixels a module.
    fn painted(picture: &QrPicture) -> Vec<Vec<bool>> {
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
    fn a_reader_finds_the_whole_link() {
        for length in [10, 400, 1300, 2000, 2900] {
            let text: String = "https://example.org/fathom/#f3."
                .chars()
                .chain(('A'..='z').filter(char::is_ascii_alphanumeric).cycle())
                .take(length)
                .collect();
            let picture = qr(&text).expect("a code");
            let dark = painted(&picture);
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
    fn a_code_stands_in_as_much_white_as_the_standard_asks_for() {
        let picture = qr("https://example.org/").expect("a code");
        let dark = painted(&picture);
        let inside = 4..picture.side - 4;
        for (y, row) in dark.iter().enumerate() {
            for (x, is_dark) in row.iter().enumerate() {
                assert!(
                    !is_dark || inside.contains(&x) && inside.contains(&y),
                    "{x}, {y}"
                );
            }
        }
        // The corner of the first finder pattern: no more white than that.
        assert!(dark[4][4]);
    }

    #[test]
    fn too_much_has_no_code() {
        assert_eq!(qr(&"x".repeat(3000)), None);
    }
}
