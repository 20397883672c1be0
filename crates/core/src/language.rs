//! In which language the page speaks.
//!
//! English texts stand in the source, where they are the keys of every other language: [`tr!`] takes those with places to fill in,
//! [`said`] those without. Knows nothing of where a catalogue comes from; before one is taken, everything is English. What is not a
//! text (names in files, identifiers in reports) must not pass through here.

use std::cell::RefCell;
use std::fmt::Display;

use tr::runtime_format::display_string;

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, which is in the program itself.
    #[default]
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// Its code by BCP 47.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// Its own name for itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Korean => "한국어",
        }
    }

    /// A sign for it, as short as a button for it.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::English => "EN",
            Self::Korean => "한",
        }
    }

    /// The language to change to.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::English => Self::Korean,
            Self::Korean => Self::English,
        }
    }
}

/// The texts of a language beside those of the source, sorted by the latter.
type Catalogue = Vec<(&'static str, &'static str)>;

thread_local! {
    /// One a thread, so that threads of a command line and tests in parallel do not race for it.
    static CATALOGUE: RefCell<Option<Catalogue>> = const { RefCell::new(None) };
}

/// A catalogue that is damaged, or not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the texts of this language cannot be read")]
pub struct BadCatalogue;

/// Takes a catalogue, as [`pack`] made it. It stays for as long as the program runs, because texts are borrowed from it.
///
/// # Errors
/// [`BadCatalogue`] where the bytes are no catalogue; what was spoken before is spoken on.
pub fn speak(bytes: &[u8]) -> Result<(), BadCatalogue> {
    let bytes: &'static [u8] = Box::leak(bytes.into());
    let mut pairs: Catalogue = postcard::from_bytes(bytes).map_err(|_| BadCatalogue)?;
    pairs.sort_unstable();
    take(Some(pairs));
    Ok(())
}

/// Speaks English again.
pub fn speak_english() {
    take(None);
}

fn take(catalogue: Option<Catalogue>) {
    CATALOGUE.replace(catalogue);
}

/// The bytes of a catalogue.
#[must_use]
pub fn pack(pairs: &[(&str, &str)]) -> Vec<u8> {
    postcard::to_allocvec(pairs).unwrap_or_default()
}

/// A text without places to fill in, in the language that is spoken; as it is where that language lacks it.
#[must_use]
pub fn said(text: &'static str) -> &'static str {
    found(text).unwrap_or(text)
}

/// The language that is spoken.
#[must_use]
pub fn spoken() -> Language {
    let has_texts = CATALOGUE.with_borrow(Option::is_some);
    if has_texts {
        Language::Korean
    } else {
        Language::English
    }
}

/// Marks a text of a table that is written before a language is known: [`said`] gets it where it is shown.
#[must_use]
pub const fn key(text: &'static str) -> &'static str {
    text
}

/// A name that a reader may have typed or that stands in a table of the source: the latter in the language that is spoken.
#[must_use]
pub fn spoken_name(name: &str) -> &str {
    found(name).unwrap_or(name)
}

/// Does something in English, whatever is spoken: what programs read has one language.
pub fn in_english<T>(what: impl FnOnce() -> T) -> T {
    let spoken = CATALOGUE.take();
    let done = what();
    take(spoken);
    done
}

fn found(text: &str) -> Option<&'static str> {
    CATALOGUE.with_borrow(|pairs| {
        let pairs = pairs.as_ref()?;
        let at = pairs.binary_search_by(|(own, _)| (*own).cmp(text)).ok()?;
        Some(pairs.get(at)?.1)
    })
}

/// [`tr!`] once its places are known.
#[must_use]
pub fn filled(text: &str, places: &[(&str, &dyn Display)]) -> String {
    display_string(spoken_name(text), places)
}

/// A text whose places `{}`, `{0}` and `{name}` are filled in, in the language that is spoken. The places are those of the crate `tr`, whose
/// own macro would repeat its look-up wherever it stands.
#[macro_export]
macro_rules! tr {
    ($text:expr, $($places:tt)*) => {
        $crate::language::filled($text, $crate::language::runtime_format!(@parse_args [] $($places)*))
    };
}
pub use crate::tr;
#[doc(hidden)]
pub use ::tr::runtime_format;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_catalogue_is_refused_and_english_stays() {
        assert_eq!(speak(&[200, 1, 2]), Err(BadCatalogue));
        assert_eq!(said("Range"), "Range");
    }
}
