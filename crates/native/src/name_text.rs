//! Names of files: their composed form, and their code pages.

use encoding_rs::Encoding;
use fathom_engine::NameText;
use unicode_normalization::UnicodeNormalization;

/// Ways to handle names of files.
pub const NAME_TEXT: NameText = NameText {
    composed: |path| path.nfc().collect(),
    decoded: |page, bytes| {
        let encoding = Encoding::for_label(page.label().as_bytes())?;
        let name = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        Some(name.into_owned())
    },
};
