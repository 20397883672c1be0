//! The quantity of an output in words.

use fathom_core::i18n::tr;

/// The words for a quantity as `--output` reads it. Other texts stay as they are.
#[must_use]
pub fn quantity_words(key: &str) -> String {
    let plain = |text: &str| text.to_owned();
    match key.split_once(':') {
        None => match key {
            "metres" => plain(tr!("depth in metres")),
            "millimetres" => plain(tr!("depth in millimetres")),
            "inverse" => plain(tr!("inverse depth")),
            "log" => plain(tr!("logarithm of the depth in metres")),
            other => plain(other),
        },
        Some(("scaled", factor)) => tr!("depth in units of {factor} m", factor),
        Some(("disparity", numbers)) => match numbers.split_once(',') {
            Some((a, b)) => tr!(
                "disparity, depth in metres = 1 / ({a} + {b} \u{d7} disparity)",
                a,
                b
            ),
            None => plain(key),
        },
        Some(_) => plain(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quantity_has_words() {
        for (key, words) in [
            ("metres", "depth in metres"),
            ("inverse", "inverse depth"),
            ("log", "logarithm of the depth in metres"),
            ("scaled:20", "depth in units of 20 m"),
            (
                "disparity:0.01,9.99",
                "disparity, depth in metres = 1 / (0.01 + 9.99 \u{d7} disparity)",
            ),
            ("other", "other"),
        ] {
            assert_eq!(quantity_words(key), words);
        }
    }
}
