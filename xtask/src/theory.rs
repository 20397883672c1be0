//! The theory as pages of the site, one for each language: `public/theory.html` from `docs/THEORY.md`, and so on.
//!
//! The pages are committed, so that the site builds without this step. A test compares them with their sources.

use pulldown_cmark::{CowStr, Event, Tag, TagEnd, html};

use crate::failure::Outcome;
use crate::files;
use crate::markdown;
use crate::project::root;

/// The theory in a language.
struct Theory {
    /// The Markdown file.
    source: &'static str,
    /// The page.
    page: &'static str,
    language: &'static str,
    title: &'static str,
    description: &'static str,
    /// The names of the list of sections and of a table.
    sections: &'static str,
    table: &'static str,
}

const ENGLISH: Theory = Theory {
    source: "docs/THEORY.md",
    page: "public/theory.html",
    language: "en",
    title: "Theory: what INT8 does to depth maps, derived",
    description: "What Fathom's figures mean, and where they come from.",
    sections: "Sections",
    table: "Table",
};

const KOREAN: Theory = Theory {
    source: "docs/THEORY.ko.md",
    page: "public/theory.ko.html",
    language: "ko",
    title: "이론: INT8이 깊이 맵에 주는 영향의 유도",
    description: "Fathom의 수치가 무엇을 뜻하며 어디서 오는가.",
    sections: "차례",
    table: "표",
};

const ALL: [Theory; 2] = [ENGLISH, KOREAN];

const AFTER: &str = "    </main>\n  </body>\n</html>\n";

/// Writes the pages.
///
/// # Errors
/// If a source cannot be read or a page cannot be written.
pub(crate) fn write() -> Outcome {
    for theory in ALL {
        files::write(&root().join(theory.page), theory.made()?)?;
    }
    Ok(())
}

/// The list of sources at the end of the English text. It is not translated.
fn sources_of(english: &str) -> &str {
    english
        .split_once("\n## Sources\n")
        .map_or("", |(_, list)| list)
}

fn text_of(source: &str) -> Outcome<String> {
    files::text(&root().join(source))
}

impl Theory {
    /// The page from its text. Its headings have the anchors of the English ones, so that a link leads to the same place in all languages.
    fn made(&self) -> Outcome<String> {
        let english = text_of(ENGLISH.source)?;
        let mut text = text_of(self.source)?;
        if self.source != ENGLISH.source {
            text.push_str(sources_of(&english));
        }
        Ok(self.page_of(&text, &markdown::anchors(&english)))
    }

    fn before(&self) -> String {
        let Self {
            language,
            title,
            description,
            ..
        } = self;
        format!(
            r#"<!doctype html>
<html lang="{language}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="description" content="{description}">
    <meta name="color-scheme" content="light dark">
    <title>{title}</title>
    <link rel="icon" href="icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="tokens.css">
    <link rel="stylesheet" href="theory.css">
  </head>
  <body>
    <header><a href="./">Fathom</a></header>
    <main>
"#
        )
    }

    /// The whole page: the text with an anchor at each heading, after its first heading a list of the sections.
    fn page_of(&self, text: &str, anchors: &[String]) -> String {
        let mut out = self.before();
        let mut events = anchored(markdown::parser(text).collect(), anchors, self.table);
        let title_ends = |event: &Event| matches!(event, Event::End(TagEnd::Heading(level)) if *level as usize == 1);
        if let Some(at) = events.iter().position(title_ends) {
            let list = contents(text, anchors, self.sections);
            events.insert(at + 1, Event::Html(list.into()));
        }
        html::push_html(&mut out, events.into_iter());
        out.push_str(AFTER);
        out
    }
}

/// Gives headings their anchors, and tables a box that scrolls on narrow screens.
fn anchored<'a>(mut events: Vec<Event<'a>>, anchors: &[String], table: &str) -> Vec<Event<'a>> {
    let mut anchors = anchors.iter();
    for event in &mut events {
        if let Event::Start(Tag::Heading { id, .. }) = event {
            *id = anchors.next().map(|anchor| CowStr::from(anchor.clone()));
        }
    }
    let mut tables = 0;
    events
        .into_iter()
        .flat_map(|event| match event {
            Event::Start(Tag::Table(_)) => {
                // Landmarks need names of their own.
                tables += 1;
                let shell = format!(
                    "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"{table} {tables}\">"
                );
                vec![Event::Html(shell.into()), event]
            }
            Event::End(TagEnd::Table) => vec![event, Event::Html("</div>\n".into())],
            _ => vec![event],
        })
        .collect()
}

/// Links to the sections, those of the second level.
fn contents(text: &str, anchors: &[String], sections: &str) -> String {
    let mut anchors = anchors.iter();
    let mut list = format!("<nav aria-label=\"{sections}\"><ul>\n");
    let mut level = 0;
    let mut title = Vec::new();
    for event in markdown::parser(text) {
        match event {
            Event::Start(Tag::Heading { level: found, .. }) => {
                level = found as usize;
                title.clear();
            }
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchors.next().map_or("", String::as_str);
                if level == 2 {
                    let mut words = String::new();
                    html::push_html(&mut words, title.drain(..));
                    list.push_str(&format!("<li><a href=\"#{anchor}\">{words}</a></li>\n"));
                }
                level = 0;
            }
            event if level > 0 => title.push(event),
            _ => {}
        }
    }
    list.push_str("</ul></nav>\n");
    list
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::{ALL, ENGLISH, Event, Tag, root, text_of};
    use crate::{files, markdown};

    #[test]
    fn the_page_is_made_from_the_text_as_it_is() {
        for theory in ALL {
            let committed = text_of(theory.page).expect("it is in the repository");
            let fresh = theory.made().expect("the text is there");
            assert!(
                committed == fresh,
                "{} has changed: run `cargo xtask theory`",
                theory.source
            );
        }
    }

    #[test]
    fn every_language_has_the_same_headings() {
        let levels = |source| {
            let text = text_of(source).expect("the text");
            let levels = markdown::parser(&text).filter_map(|event| match event {
                Event::Start(Tag::Heading { level, .. }) => Some(level as usize),
                _ => None,
            });
            levels.collect::<Vec<_>>()
        };
        for theory in ALL {
            assert_eq!(
                levels(theory.source),
                levels(ENGLISH.source),
                "{}",
                theory.source
            );
        }
    }

    #[test]
    fn every_place_that_the_sources_point_to_exists() {
        let text = fs::read_to_string(root().join("docs/THEORY.md")).expect("the text");
        let known: BTreeSet<_> = markdown::anchors(&text).into_iter().collect();
        let mut seen = 0;
        for file in files::rust_sources().expect("the sources") {
            let source = fs::read_to_string(&file).unwrap_or_default();
            // The text after each mention.
            let used = ["theory=\"", "theory_at(\""].map(|before| source.split(before).skip(1));
            for rest in used.into_iter().flatten() {
                let ends = |c: char| !(c.is_alphanumeric() || c == '-' || c == '_');
                let anchor = rest.split(ends).next().unwrap_or_default();
                // A placeholder of a format string.
                if anchor.is_empty() {
                    continue;
                }
                seen += 1;
                let file = file.display();
                assert!(
                    known.contains(anchor),
                    "{file}: docs/THEORY.md has no heading {anchor}"
                );
            }
        }
        assert!(seen > 7, "only {seen} places were found");
    }

    #[test]
    fn headings_tables_and_sections_come_out() {
        let text = "# All\n\nText.\n\n## Part & parcel\n\n| a |\n| - |\n| b |\n";
        let made = ENGLISH.page_of(text, &markdown::anchors(text));
        for expected in [
            "<h1 id=\"all\">All</h1>\n<nav",
            "<li><a href=\"#part--parcel\">Part &amp; ",
            "<h2 id=\"part--parcel\">",
            "aria-label=\"Table 1\"><table>",
            "</table>\n</div>",
        ] {
            assert!(made.contains(expected), "{expected} is not in {made}");
        }
        assert!(!made.contains("<script"), "{made}");
    }
}
