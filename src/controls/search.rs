//! Finding one of many titles by a few of its letters, in any order of words, also in Hangul that is only half typed.

use frizbee::{CaseMatching, Config, Matcher, UnicodeMatching};

/// Syllables of Hangul in Unicode: each initial consonant with each vowel, and each of those without and with a final consonant.
const FIRST_SYLLABLE: u32 = 0xac00;
const LAST_SYLLABLE: u32 = 0xd7a3;

/// The keys of initial consonants, of vowels, and of final consonants (none first), in the order of Unicode.
const INITIALS: [&str; 19] = [
    "ㄱ", "ㄲ", "ㄴ", "ㄷ", "ㄸ", "ㄹ", "ㅁ", "ㅂ", "ㅃ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅉ", "ㅊ", "ㅋ",
    "ㅌ", "ㅍ", "ㅎ",
];
const VOWELS: [&str; 21] = [
    "ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅛ", "ㅜ",
    "ㅜㅓ", "ㅜㅔ", "ㅜㅣ", "ㅠ", "ㅡ", "ㅡㅣ", "ㅣ",
];
const FINALS: [&str; 28] = [
    "", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ",
    "ㄹㅌ", "ㄹㅍ", "ㄹㅎ", "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ",
    "ㅎ",
];

/// The places of the titles that hold all words of a query, the best first; every place where there is no word. An entry may have several
/// titles, of which the best one counts; entries that are equally good keep their order.
#[must_use]
pub fn ranked<'a>(query: &str, entries: impl IntoIterator<Item = &'a [String]>) -> Vec<usize> {
    let config = Config::default()
        .casing(CaseMatching::Ignore)
        .unicode(UnicodeMatching::Always);
    let mut words: Vec<Matcher> = query
        .split_whitespace()
        .map(|word| Matcher::new(letters(word).as_str(), &config))
        .collect();
    let mut found: Vec<(usize, u32)> = entries
        .into_iter()
        .enumerate()
        .filter_map(|(place, titles)| {
            let scores = titles
                .iter()
                .filter_map(|title| score(&mut words, &letters(title)));
            Some((place, scores.max()?))
        })
        .collect();
    found.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    found.into_iter().map(|(place, _)| place).collect()
}

/// The score of a title for all words; `None` where it lacks one.
fn score(words: &mut [Matcher], title: &str) -> Option<u32> {
    words
        .iter_mut()
        .map(|word| Some(u32::from(word.match_one(title, 0)?.score)))
        .sum()
}

/// A text as the keys that type it: small letters, and syllables of Hangul as their consonants and vowels. So the initials alone find a
/// word, and so does a syllable whose last consonant will begin the next one. By the arithmetic of Unicode's chapter 3.12, because the
/// tables of a crate for all scripts would be a twentieth of the program.
fn letters(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        match u32::from(letter) {
            code @ FIRST_SYLLABLE..=LAST_SYLLABLE => {
                let place = (code - FIRST_SYLLABLE) as usize;
                let (pair, last) = (place / FINALS.len(), place % FINALS.len());
                out.push_str(INITIALS[pair / VOWELS.len()]);
                out.push_str(VOWELS[pair % VOWELS.len()]);
                out.push_str(FINALS[last]);
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLES: [&[&str]; 7] = [
        &["Undo", "실행 취소"],
        &["Redo", "다시 실행"],
        &["Copy link", "링크 복사"],
        &["Go to: Range against error", "range"],
        &["Use the range 0.5\u{2013}7.5 m (aggressive)"],
        &["Bits of the output: 10"],
        &["Bits of the output: 8"],
    ];

    fn found(query: &str) -> Vec<&'static str> {
        let titles =
            TITLES.map(|titles| titles.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
        let places = ranked(query, titles.iter().map(Vec::as_slice));
        places.into_iter().map(|place| TITLES[place][0]).collect()
    }

    #[test]
    fn titles_are_found_by_some_of_their_letters() {
        for (query, first, count) in [
            ("undo", "Undo", 1),
            ("UNDO", "Undo", 1),
            ("cplk", "Copy link", 1),
            // In any order.
            ("8 bits", "Bits of the output: 8", 1),
            ("aggr use", "Use the range 0.5\u{2013}7.5 m (aggressive)", 1),
            // Hangul: whole, half typed, and by initials.
            ("링크", "Copy link", 1),
            ("복사", "Copy link", 1),
            // What an input method shows between two syllables: the consonant of the next one still hangs below this one.
            ("볷", "Copy link", 1),
            ("ㄹㅇㅋ", "Copy link", 1),
            ("취소", "Undo", 1),
        ] {
            let found = found(query);
            assert_eq!(found.first(), Some(&first), "{query}: {found:?}");
            assert_eq!(found.len(), count, "{query}: {found:?}");
        }
    }

    #[test]
    fn the_better_title_comes_first_and_nothing_is_found_for_strangers() {
        assert_eq!(found("range")[0], "Go to: Range against error");
        let both = found("실행");
        assert_eq!(both.len(), 2, "{both:?}");
        assert_eq!(found("xyzzy"), [""; 0]);
        assert_eq!(found("undo xyzzy"), [""; 0]);
    }

    #[test]
    fn without_a_word_everything_is_there_in_its_order() {
        for query in ["", "  "] {
            assert_eq!(found(query), TITLES.map(|titles| titles[0]));
        }
    }

    #[test]
    fn a_syllable_falls_into_the_letters_it_is_typed_with() {
        for (syllables, keys) in [
            ("가", "ㄱㅏ"),
            ("힣", "ㅎㅣㅎ"),
            ("값", "ㄱㅏㅂㅅ"),
            ("과", "ㄱㅗㅏ"),
            ("복사", "ㅂㅗㄱㅅㅏ"),
            ("ㄹㅋ PNG", "ㄹㅋ png"),
        ] {
            assert_eq!(letters(syllables), keys);
        }
    }
}
