//! Names of archive members that are not in Unicode. A ZIP does not state their code page, so the likeliest one is found.
//!
//! Bytes of one page are often letters of another. Names that were read already decide: the files of a set share words. Without such words,
//! the page decides in which the letters are common ones.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use fathom_decode::ArchiveMember;
use fathom_decode::zip_archive::shown_path;

/// A code page of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePage {
    /// CP949, which contains EUC-KR.
    Korean,
    /// Shift JIS.
    Japanese,
    /// GBK.
    SimplifiedChinese,
    /// Big5.
    TraditionalChinese,
    /// Windows-1252.
    WesternWindows,
    /// CP850, which has the letters of CP437 in the same places.
    WesternDos,
}

/// Ways to handle names, which every platform has of its own.
#[derive(Clone, Copy, Debug)]
pub struct NameText {
    /// Gives a path in Unicode's composed form (NFC).
    pub composed: fn(&str) -> String,
    /// Decodes bytes of a code page; `None` if some bytes are not of it.
    pub decoded: fn(CodePage, &[u8]) -> Option<String>,
}

impl Default for NameText {
    /// Names stay as they are.
    fn default() -> Self {
        Self {
            composed: str::to_owned,
            decoded: |_, _| None,
        }
    }
}

/// The upper half of CP850.
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// The evidence that a name is of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// Its letters are accented, but bytes of another page may look so.
    Unlikely,
    /// Its letters are of the page's language, but rare.
    Possible,
    /// They are common ones.
    Common,
}

impl CodePage {
    /// All pages. Of several that fit equally well, the first is taken: a page whose letters are most often those of later ones.
    const ALL: [Self; 6] = [
        Self::WesternDos,
        Self::WesternWindows,
        Self::Japanese,
        Self::Korean,
        Self::SimplifiedChinese,
        Self::TraditionalChinese,
    ];

    /// The label of the Encoding Standard, which browsers and `encoding_rs` know; `None` for a page that it leaves out.
    #[must_use]
    pub fn label(self) -> Option<&'static str> {
        match self {
            Self::Korean => Some("euc-kr"),
            Self::Japanese => Some("shift_jis"),
            Self::SimplifiedChinese => Some("gbk"),
            Self::TraditionalChinese => Some("big5"),
            Self::WesternWindows => Some("windows-1252"),
            Self::WesternDos => None,
        }
    }

    /// True for a character that names of this page are written in.
    fn has_letter(self, c: char) -> bool {
        // Punctuation and full-width forms are in all pages of East Asia.
        let is_sign = matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff5e}');
        let is_ideograph = matches!(c, '\u{4e00}'..='\u{9fff}');
        match self {
            Self::Korean => is_sign || matches!(c, '\u{ac00}'..='\u{d7a3}'),
            Self::Japanese => is_sign || is_ideograph || matches!(c, '\u{3040}'..='\u{30ff}'),
            Self::SimplifiedChinese | Self::TraditionalChinese => is_sign || is_ideograph,
            Self::WesternWindows | Self::WesternDos => c.is_alphabetic() && c < '\u{180}',
        }
    }

    /// The first bytes of the common characters, which come first in the page's standard, and the least second byte; `None` for a page with one
    /// byte a character.
    fn common_bytes(self) -> Option<(RangeInclusive<u8>, u8)> {
        // KS X 1001 and GB 2312 have both bytes in the upper half; the extensions have other second bytes.
        match self {
            Self::Korean => Some((0xb0..=0xc8, 0xa1)),
            Self::SimplifiedChinese => Some((0xb0..=0xd7, 0xa1)),
            Self::Japanese => Some((0x81..=0x97, 0x40)),
            Self::TraditionalChinese => Some((0xa4..=0xc6, 0x40)),
            Self::WesternWindows | Self::WesternDos => None,
        }
    }

    /// The frequency of the letters of a name, which are all of the page.
    fn fit_of_letters(self, raw: &[u8], name: &str) -> Fit {
        let Some((leads, least_trail)) = self.common_bytes() else {
            let is_usual = name.split(['/', '\\']).all(is_western_word);
            return if is_usual { Fit::Common } else { Fit::Unlikely };
        };
        let mut bytes = raw.iter().copied();
        while let Some(lead) = bytes.next() {
            if lead.is_ascii() {
                continue;
            }
            let trail = bytes.next().unwrap_or_default();
            if !leads.contains(&lead) || trail < least_trail {
                return Fit::Possible;
            }
        }
        Fit::Common
    }

    fn decode(self, raw: &[u8], decoded: impl Fn(Self, &[u8]) -> Option<String>) -> Option<String> {
        if self != Self::WesternDos {
            return decoded(self, raw);
        }
        let upper = |byte: u8| CP850.chars().nth(usize::from(byte - 0x80));
        let letter = |&byte: &u8| match byte {
            0..0x80 => Some(char::from(byte)),
            _ => upper(byte),
        };
        raw.iter().map(letter).collect()
    }

    /// The fit of a name; `None` if it is not of this page.
    fn fit(self, raw: &[u8], name: &str) -> Option<Fit> {
        let has_letters = name.chars().all(|c| c.is_ascii() || self.has_letter(c));
        has_letters.then(|| self.fit_of_letters(raw, name))
    }
}

/// True for ASCII, and for a word in which accents are few, small and between letters: bytes of two-byte pages look otherwise.
fn is_western_word(word: &str) -> bool {
    if word.is_ascii() {
        return true;
    }
    let stem = word.rsplit_once('.').map_or(word, |parts| parts.0);
    let letters = stem.chars().filter(|c| c.is_alphabetic()).count();
    let accents = stem.chars().filter(|c| !c.is_ascii()).count();
    let is_usual = |c: char| c.is_alphanumeric() || " _-.()+,#%&'".contains(c);
    let mut pairs = stem.chars().zip(stem.chars().skip(1));
    let leaps =
        pairs.any(|(a, b)| a.is_lowercase() && b.is_uppercase() && !(a.is_ascii() && b.is_ascii()));
    2 * accents <= letters && stem.chars().all(is_usual) && !leaps
}

/// The words of a name that no role has: runs of letters beyond ASCII.
fn foreign_words(name: &str) -> impl Iterator<Item = &str> {
    let words = name.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_ascii())
}

/// The path of each member: in the code page whose names share most words with `known` ones, else in the one that fits best. A path that fits
/// none stays as it was listed.
pub(crate) fn member_paths(
    members: &[ArchiveMember],
    known: impl FnOnce() -> Vec<String>,
    names: NameText,
) -> Vec<String> {
    let listed = || members.iter().map(|member| member.path.clone()).collect();
    if members.iter().all(|member| member.raw_path.is_none()) {
        return listed();
    }
    let known = known();
    let known: BTreeSet<&str> = known.iter().flat_map(|name| foreign_words(name)).collect();
    let in_page = |page: CodePage| -> Option<((usize, Fit), Vec<String>)> {
        let (mut paths, mut fit, mut shared) = (Vec::new(), Fit::Common, BTreeSet::new());
        for member in members {
            let Some(raw) = &member.raw_path else {
                paths.push(member.path.clone());
                continue;
            };
            let name = page.decode(raw, names.decoded)?;
            fit = fit.min(page.fit(raw, &name)?);
            let path = (names.composed)(&shown_path(&name)?);
            let words = foreign_words(&path).filter(|word| known.contains(word));
            shared.extend(words.map(str::to_owned));
            paths.push(path);
        }
        Some(((shared.len(), fit), paths))
    };
    let found = CodePage::ALL.into_iter().filter_map(in_page);
    // The first of equal ones.
    let best = found.reduce(|best, other| if other.0 > best.0 { other } else { best });
    best.map_or_else(listed, |found| found.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(path: &str, raw: Option<&[u8]>) -> ArchiveMember {
        ArchiveMember {
            index: 0,
            path: path.to_owned(),
            bytes: 1,
            raw_path: raw.map(<[u8]>::to_vec),
        }
    }

    /// Knows one name: the Korean word for "depth" in CP949.
    fn decoded(page: CodePage, bytes: &[u8]) -> Option<String> {
        let is_known = page == CodePage::Korean && bytes == b"\xb1\xed\xc0\xcc/1.png";
        is_known.then(|| "\u{ae4a}\u{c774}/1.png".to_owned())
    }

    #[test]
    fn the_code_page_that_fits_all_names_is_taken() {
        let names = NameText {
            decoded,
            ..NameText::default()
        };
        let paths = |members: &[ArchiveMember]| member_paths(members, Vec::new, names);
        let plain = member("gt/1.png", None);
        let korean = member("\u{2592}\u{fd}/1.png", Some(b"\xb1\xed\xc0\xcc/1.png"));
        assert_eq!(
            paths(&[plain.clone(), korean]),
            ["gt/1.png", "\u{ae4a}\u{c774}/1.png"]
        );
        let accent = member("\u{e9}.png", Some(b"\x82.png"));
        assert_eq!(paths(&[plain.clone(), accent]), ["gt/1.png", "\u{e9}.png"]);
        let other = member("\u{2592}.png", Some(b"\xb1.png"));
        assert_eq!(paths(&[plain, other]), ["gt/1.png", "\u{2592}.png"]);
    }
}
