//! Translation of the texts that users read.
//!
//! English is in the source and serves as the key: [`tr!`] translates a literal, with or without arguments; [`msgid`] marks a literal
//! that is translated later by [`tr_dynamic`]. Without a catalogue every text stays English. Names in files and identifiers in
//! reports are not texts and must not pass through here.
//!
//! The current locale belongs to a thread: threads of a command line and parallel tests do not share it.

use std::cell::RefCell;
use std::fmt::Display;

use tr::runtime_format::display_string;

#[doc(hidden)]
pub use ::tr::runtime_format;

pub use crate::tr;

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// English, the language of the source.
    #[default]
    English,
    /// Korean.
    Korean,
}

impl Locale {
    /// The BCP 47 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// The language's name in that language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Korean => "한국어",
        }
    }

    /// An abbreviation that fits a button.
    #[must_use]
    pub fn abbreviation(self) -> &'static str {
        match self {
            Self::English => "EN",
            Self::Korean => "한",
        }
    }

    /// The language that a click on the language button selects.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::English => Self::Korean,
            Self::Korean => Self::English,
        }
    }
}

/// Pairs of English text and translation, sorted by the English text.
type Catalogue = Vec<(&'static str, &'static str)>;

thread_local! {
    static CATALOGUE: RefCell<Option<Catalogue>> = const { RefCell::new(None) };
}

/// The bytes are not a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the texts of this language cannot be read")]
pub struct BadCatalogue;

/// Loads a catalogue that [`pack`] wrote. Its memory is never freed, because translated texts borrow from it.
///
/// # Errors
/// [`BadCatalogue`] if the bytes are not a catalogue; the current locale then stays.
pub fn load(bytes: &[u8]) -> Result<(), BadCatalogue> {
    let bytes: &'static [u8] = Box::leak(bytes.into());
    let mut pairs: Catalogue = postcard::from_bytes(bytes).map_err(|_| BadCatalogue)?;
    pairs.sort_unstable();
    CATALOGUE.replace(Some(pairs));
    Ok(())
}

/// Returns to English.
pub fn reset() {
    CATALOGUE.replace(None);
}

/// Encodes a catalogue.
#[must_use]
pub fn pack(pairs: &[(&str, &str)]) -> Vec<u8> {
    postcard::to_allocvec(pairs).unwrap_or_default()
}

/// The current locale of this thread.
#[must_use]
pub fn locale() -> Locale {
    if CATALOGUE.with_borrow(Option::is_some) {
        Locale::Korean
    } else {
        Locale::English
    }
}

/// Runs `f` in English, whatever the locale: files that programs read have one language.
pub fn with_english<T>(f: impl FnOnce() -> T) -> T {
    let catalogue = CATALOGUE.take();
    let result = f();
    CATALOGUE.replace(catalogue);
    result
}

/// Marks a literal for the catalogue without translating it, for tables of constants; [`tr_dynamic`] translates it where it is shown.
#[must_use]
pub const fn msgid(text: &'static str) -> &'static str {
    text
}

/// The translation of a text known at run time only; the text itself if the catalogue lacks it (a name that the user typed).
#[must_use]
pub fn tr_dynamic(text: &str) -> &str {
    find(text).unwrap_or(text)
}

fn find(text: &str) -> Option<&'static str> {
    CATALOGUE.with_borrow(|pairs| {
        let pairs = pairs.as_ref()?;
        let at = pairs.binary_search_by(|(own, _)| (*own).cmp(text)).ok()?;
        Some(pairs.get(at)?.1)
    })
}

/// Translates a literal and fills in its arguments; what [`tr!`] calls.
#[must_use]
pub fn tr_format(text: &str, arguments: &[(&str, &dyn Display)]) -> String {
    display_string(tr_dynamic(text), arguments)
}

/// Translates a literal: a `&'static str` without arguments, a `String` with arguments for the places `{}`, `{0}` and `{name}`.
///
/// The macro of the crate `tr` would expand its look-up at every call, which makes the download larger.
#[macro_export]
macro_rules! tr {
    ($text:literal $(,)?) => {
        $crate::i18n::tr_dynamic($text)
    };
    ($text:expr, $($arguments:tt)+) => {
        $crate::i18n::tr_format($text, $crate::i18n::runtime_format!(@parse_args [] $($arguments)*))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_catalogue_is_refused_and_the_locale_stays() {
        assert_eq!(load(&[200, 1, 2]), Err(BadCatalogue));
        assert_eq!((tr!("Range"), locale()), ("Range", Locale::English));
    }

    #[test]
    fn a_catalogue_translates_literals_marked_texts_and_arguments() {
        let pairs = [("Range", "범위"), ("{n} frames of {}", "{}의 {n}개")];
        load(&pack(&pairs)).expect("a catalogue");
        assert_eq!((tr!("Range"), locale()), ("범위", Locale::Korean));
        assert_eq!(tr_dynamic(msgid("Range")), "범위");
        assert_eq!(tr!("{n} frames of {}", "a", n = 3), "a의 3개");
        assert_eq!(tr_dynamic("typed by the user"), "typed by the user");
        assert_eq!(with_english(|| tr!("Range")), "Range");
        reset();
        assert_eq!(tr!("Range"), "Range");
    }
}
