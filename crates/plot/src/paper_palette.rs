//! The colours of inks as the page's style sheet names them, and those that charts have on paper: the light theme's.

use super::paint::Palette;
use super::scene::Ink;

/// The page's fonts, as its style sheet lists them.
const FONT: &str = "Inter, \"Segoe UI\", system-ui, -apple-system, \"Noto Sans\", \"Noto Sans KR\", \"Noto Sans CJK KR\", sans-serif";

/// The colours on paper.
#[must_use]
pub fn paper_palette() -> Palette {
    Palette::new(|ink| channels(token(ink).1), FONT)
}

/// The custom property of the page that holds an ink's colour.
#[must_use]
pub fn colour_property(ink: Ink) -> &'static str {
    token(ink).0
}

/// The name of an ink's colour in `style/tokens.css`, and its value there in the light theme.
fn token(ink: Ink) -> (&'static str, u32) {
    match ink {
        Ink::Primary => ("--ink", 0x14_20_2b),
        Ink::Muted => ("--ink-3", 0x5f_6c_78),
        Ink::Line => ("--line", 0xdf_e3_e6),
        Ink::Surface => ("--card", 0xff_ff_ff),
        Ink::Rounding => ("--round", 0x0b_6f_78),
        Ink::Clipping => ("--clip", 0xb9_3d_0a),
        Ink::ClippingSoft => ("--clip-soft", 0xfd_f1_ea),
        Ink::Chosen => ("--deep", 0x0f_4c_75),
        Ink::Best => ("--good", 0x17_70_3f),
        Ink::Series1 => ("--series-1", 0x22_68_99),
        Ink::Series2 => ("--series-2", 0xac_66_15),
        Ink::Series3 => ("--series-3", 0x00_40_1d),
        Ink::Series4 => ("--series-4", 0x68_0f_51),
        Ink::Series5 => ("--series-5", 0x82_6a_3b),
        Ink::Series6 => ("--series-6", 0x39_08_90),
        Ink::OrderLow => ("--order-low", 0x1d_9a_80),
        Ink::OrderHigh => ("--order-high", 0x43_11_5e),
        Ink::Under => ("--under", 0x1f_5f_a8),
        Ink::Zero => ("--zero", 0xf1_f2_f2),
        Ink::Over => ("--over", 0xb3_48_0c),
        Ink::OnMap => ("--on-map", 0xff_ff_ff),
        Ink::OnMapEdge => ("--on-map-edge", 0x10_18_20),
    }
}

fn channels(colour: u32) -> (u8, u8, u8, f64) {
    let [_, red, green, blue] = colour.to_be_bytes();
    (red, green, blue, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_has_the_colours_of_the_light_theme() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../style/tokens.css");
        let sheet = std::fs::read_to_string(path).expect("the tokens");
        let (light, _) = sheet.split_once("@media").expect("a dark theme behind");
        for ink in Ink::ALL {
            let (name, colour) = token(ink);
            let wanted = format!("{name}: #{colour:06x};");
            assert!(light.contains(&wanted), "{wanted}");
        }
        assert!(light.contains(&format!("--sans: {FONT};")));
    }
}
