//! The texts of other languages: `po/*.po`, checked against the texts of the source and packed for the page.
//!
//! A text is a literal argument of one of [`MARKERS`]. A catalogue has each text once, with the same placeholders, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use polib::catalog::Catalog;
use polib::po_file;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::failure::{Failure, Outcome};
use crate::files;
use crate::project::root;

/// The languages besides English, by their codes.
const LANGUAGES: [&str; 1] = ["ko"];

/// The macros and functions that mark a text.
const MARKERS: [&str; 2] = ["tr", "msgid"];

/// Writes the catalogues, packed, into the built site, as `public/boot.js` fetches them.
///
/// # Errors
/// If a catalogue cannot be read or its texts are not those of the source.
pub(crate) fn pack(site: &Path) -> Outcome {
    let texts = texts()?;
    for code in LANGUAGES {
        let catalogue = catalogue(code)?;
        let problems = problems(&texts, &catalogue);
        if let Some(first) = problems.first() {
            let why = format!(
                "{} of its texts are wrong; the first: {first}",
                problems.len()
            );
            let what = format!("cannot pack po/{code}.po");
            return Err(Failure::new(what, why, "make it agree with the source"));
        }
        let pairs: Vec<(&String, &String)> = catalogue.iter().collect();
        let file = site.join(format!("texts-{code}.bin"));
        let bytes = postcard::to_allocvec(&pairs).unwrap_or_default();
        files::write(&file, bytes)?;
    }
    Ok(())
}

fn catalogue_file(code: &str) -> PathBuf {
    root().join("po").join(format!("{code}.po"))
}

/// The texts of a language by those of the source.
fn catalogue(code: &str) -> Outcome<BTreeMap<String, String>> {
    let file = catalogue_file(code);
    let read = po_file::parse(&file).map_err(|error| {
        let what = format!("cannot read {}", file.display());
        Failure::new(what, error.to_string(), "correct it as a PO file")
    })?;
    Ok(pairs(&read))
}

fn pairs(catalogue: &Catalog) -> BTreeMap<String, String> {
    let of_each = catalogue.messages().map(|message| {
        let text = message.msgstr().unwrap_or_default();
        (message.msgid().to_owned(), text.to_owned())
    });
    of_each.collect()
}

/// The problems of a catalogue, a clause each.
fn problems(texts: &BTreeSet<String>, catalogue: &BTreeMap<String, String>) -> Vec<String> {
    let lacks = texts
        .iter()
        .filter(|text| catalogue.get(*text).is_none_or(String::is_empty))
        .map(|text| format!("it lacks {text:?}"));
    let left_over = catalogue
        .keys()
        .filter(|text| !texts.contains(*text))
        .map(|text| format!("the source has no {text:?}"));
    let misplaced = catalogue
        .iter()
        .filter(|(text, other)| !other.is_empty() && places(text) != places(other))
        .map(|(text, other)| format!("{text:?} has other placeholders than {other:?}"));
    lacks.chain(left_over).chain(misplaced).collect()
}

/// The placeholders, sorted; those without a name by their number.
fn places(text: &str) -> Vec<String> {
    let mut unnamed = 0;
    let mut found: Vec<String> = text
        .split('{')
        // Text before the first brace.
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('}')?.0))
        .map(|name| {
            if name.is_empty() {
                unnamed += 1;
                (unnamed - 1).to_string()
            } else {
                name.to_owned()
            }
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Every text of the source outside its tests.
fn texts() -> Outcome<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for file in files::rust_sources()? {
        if file.ends_with("tests.rs") {
            continue;
        }
        let source = files::text(&file)?;
        let tokens = TokenStream::from_str(&source).map_err(|error| {
            let what = format!("cannot read {}", file.display());
            Failure::new(what, error.to_string(), "correct it as Rust")
        })?;
        gather(tokens, &mut found);
    }
    Ok(found)
}

/// Adds the texts of some tokens. Items with `#[cfg(test)]` are skipped.
fn gather(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        i += 1;
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                let Some(TokenTree::Group(attribute)) = tokens.get(i) else {
                    continue;
                };
                if attribute.stream().to_string().replace(' ', "") == "cfg(test)" {
                    i = end_of_item(&tokens, i + 1);
                }
            }
            TokenTree::Ident(name) => {
                let skipped = usize::from(name == "tr");
                if MARKERS.iter().any(|marker| name == marker)
                    && let Some(TokenTree::Group(arguments)) = tokens.get(i + skipped)
                    && arguments.delimiter() == Delimiter::Parenthesis
                    && let Some(TokenTree::Literal(text)) = arguments.stream().into_iter().next()
                    && let Ok(text) = syn::parse_str::<syn::LitStr>(&text.to_string())
                {
                    found.insert(text.value());
                }
            }
            TokenTree::Group(group) => gather(group.stream(), found),
            _ => {}
        }
    }
}

/// The place behind the item that begins here: behind its block or its semicolon.
fn end_of_item(tokens: &[TokenTree], from: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == ';',
        _ => false,
    };
    // The tokens before `from` belong to the attribute.
    let rest = tokens.iter().skip(from);
    from + rest.take_while(|token| !ends(token)).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_in(source: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        gather(source.parse().expect("Rust"), &mut found);
        found.into_iter().collect()
    }

    #[test]
    fn texts_are_found_wherever_they_stand_but_in_tests() {
        let source = r#"
            const A: &str = msgid("a table's");
            fn f() { view! { <p title=tr!("a title")>{tr!("a {} sentence", n)}</p> } }
            #[cfg(test)]
            mod tests { fn g() { tr!("a test's") } }
            #[error("{}", tr!("an error \
                on two lines"))]
            fn h() { tr_dynamic(name); other("no text") }
        "#;
        let expected = [
            "a table's",
            "a title",
            "a {} sentence",
            "an error on two lines",
        ];
        assert_eq!(found_in(source), expected);
    }

    #[test]
    fn a_wrong_catalogue_is_refused() {
        let texts = ["one", "two {}", "three"].map(str::to_owned).into();
        let catalogue = [("one", "eins"), ("two {}", "zwei"), ("four", "vier")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into();
        assert_eq!(
            problems(&texts, &catalogue),
            [
                "it lacks \"three\"",
                "the source has no \"four\"",
                "\"two {}\" has other placeholders than \"zwei\""
            ]
        );
        assert_eq!(places("{b} {} {a} {}"), places("{1} {a} {0} {b}"));
    }

    #[test]
    fn every_language_has_every_text() {
        let texts = texts().expect("the sources");
        assert!(texts.len() > 500, "{}", texts.len());
        for code in LANGUAGES {
            let catalogue = catalogue(code).expect("a catalogue");
            assert_eq!(problems(&texts, &catalogue), [""; 0], "{code}");
        }
    }
}
