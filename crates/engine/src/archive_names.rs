//! Names of archive members that are not in Unicode. A ZIP does not state their code page, so the likeliest one is found.

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

impl CodePage {
    const ALL: [Self; 4] = [
        Self::Korean,
        Self::Japanese,
        Self::SimplifiedChinese,
        Self::TraditionalChinese,
    ];

    /// The label of the Encoding Standard, which browsers and `encoding_rs` know.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Korean => "euc-kr",
            Self::Japanese => "shift_jis",
            Self::SimplifiedChinese => "gbk",
            Self::TraditionalChinese => "big5",
        }
    }

    /// True for a letter that names of this page are written in.
    fn has_letter(self, c: char) -> bool {
        let is_ideograph = matches!(c, '\u{4e00}'..='\u{9fff}');
        match self {
            Self::Korean => matches!(c, '\u{ac00}'..='\u{d7a3}'),
            Self::Japanese => is_ideograph || matches!(c, '\u{3040}'..='\u{30ff}'),
            Self::SimplifiedChinese | Self::TraditionalChinese => is_ideograph,
        }
    }
}

/// The path of each member: in the first code page in which all letters beyond ASCII are those of its language, else as it was listed.
pub(crate) fn member_paths(
    members: &[ArchiveMember],
    decoded: impl Fn(CodePage, &[u8]) -> Option<String>,
) -> Vec<String> {
    let in_page = |page: CodePage| -> Option<Vec<String>> {
        let path = |member: &ArchiveMember| match &member.raw_path {
            None => Some(member.path.clone()),
            Some(raw) => decoded(page, raw)
                .filter(|name| name.chars().all(|c| c.is_ascii() || page.has_letter(c)))
                .and_then(|name| shown_path(&name)),
        };
        members.iter().map(path).collect()
    };
    let is_plain = members.iter().all(|member| member.raw_path.is_none());
    let found = CodePage::ALL.into_iter().find_map(in_page);
    let listed = || members.iter().map(|member| member.path.clone()).collect();
    found.filter(|_| !is_plain).unwrap_or_else(listed)
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
        let plain = member("gt/1.png", None);
        let korean = member("\u{2592}\u{fd}/1.png", Some(b"\xb1\xed\xc0\xcc/1.png"));
        let paths = member_paths(&[plain.clone(), korean], decoded);
        assert_eq!(paths, ["gt/1.png", "\u{ae4a}\u{c774}/1.png"]);
        let other = member("\u{e9}.png", Some(b"\x82.png"));
        assert_eq!(
            member_paths(&[plain, other], decoded),
            ["gt/1.png", "\u{e9}.png"]
        );
    }
}
