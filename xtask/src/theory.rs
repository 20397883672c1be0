//! The theory as a page of the site: `public/theory.html`, made from `docs/THEORY.md`.
//!
//! The page beside it links to its headings. It is committed, so that the site builds without this step; a test holds it to its source.

use std::fs;
use std::path::PathBuf;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd, html};

use crate::failure::Outcome;
use crate::files;
use crate::markdown::{self, Anchors};
use crate::project::{cannot_write, root};

const BEFORE: &str = r#"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="description" content="What Fathom's figures mean, and where they come from.">
    <meta name="color-scheme" content="light dark">
    <title>Theory: what INT8 does to depth maps, derived</title>
    <link rel="icon" href="icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="tokens.css">
    <link rel="stylesheet" href="theory.css">
  </head>
  <body>
    <header><a href="./">Fathom</a></header>
    <main>
"#;

const AFTER: &str = "    </main>\n  </body>\n</html>\n";

/// Writes the page.
///
/// # Errors
/// If the source cannot be read or the page not be written.
pub(crate) fn write() -> Outcome {
    let file = page_file();
    fs::write(&file, from_docs()?).map_err(|error| cannot_write(&file, &error))
}

fn page_file() -> PathBuf {
    root().join("public/theory.html")
}

fn from_docs() -> Outcome<String> {
    let source = files::read(&root().join("docs/THEORY.md"))?;
    Ok(page(&String::from_utf8_lossy(&source)))
}

/// The whole page: the text with an anchor at each heading, after its first heading a list of the sections.
fn page(text: &str) -> String {
    let mut out = BEFORE.to_owned();
    let mut events = anchored(markdown::parser(text).collect());
    let title_ends =
        |event: &Event| matches!(event, Event::End(TagEnd::Heading(level)) if *level as usize == 1);
    if let Some(at) = events.iter().position(title_ends) {
        events.insert(at + 1, Event::Html(contents(text).into()));
    }
    html::push_html(&mut out, events.into_iter());
    out.push_str(AFTER);
    out
}

/// Gives headings their anchors, and tables a box to be moved in on narrow screens.
fn anchored(mut events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut anchors = Anchors::default();
    let mut open = None;
    let mut words = String::new();
    for at in 0..events.len() {
        match &events[at] {
            Event::Start(Tag::Heading { .. }) => (open, words) = (Some(at), String::new()),
            Event::Text(text) | Event::Code(text) => words.push_str(text),
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchors.next(&words);
                let start = open.take().and_then(|at| events.get_mut(at));
                if let Some(Event::Start(Tag::Heading { id, .. })) = start {
                    *id = Some(CowStr::from(anchor));
                }
            }
            _ => {}
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
                    "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table {tables}\">"
                );
                vec![Event::Html(shell.into()), event]
            }
            Event::End(TagEnd::Table) => vec![event, Event::Html("</div>\n".into())],
            _ => vec![event],
        })
        .collect()
}

/// Links to the sections, those of the second level.
fn contents(text: &str) -> String {
    let mut anchors = markdown::anchors(text).into_iter();
    let mut list = String::from("<nav aria-label=\"Sections\"><ul>\n");
    let mut level = 0;
    let mut title = Vec::new();
    for event in markdown::parser(text) {
        match event {
            Event::Start(Tag::Heading { level: found, .. }) => {
                level = found as usize;
                title.clear();
            }
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchors.next().unwrap_or_default();
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

    use super::{from_docs, page, page_file, root};
    use crate::{files, markdown};

    #[test]
    fn the_page_is_made_from_the_text_as_it_is() {
        let committed = fs::read_to_string(page_file()).expect("it is in the repository");
        let fresh = from_docs().expect("the text is there");
        assert!(
            committed == fresh,
            "docs/THEORY.md has changed: run `cargo xtask theory`"
        );
    }

    #[test]
    fn every_place_that_the_sources_point_to_exists() {
        let text = fs::read_to_string(root().join("docs/THEORY.md")).expect("the text");
        let known: BTreeSet<_> = markdown::anchors(&text).into_iter().collect();
        let mut seen = 0;
        for file in files::below(&root().join("src")).expect("the sources") {
            let source = fs::read_to_string(&file).unwrap_or_default();
            let used = ["theory=\"", "theory.html#"].map(|before| source.split(before).skip(1));
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
        assert!(seen > 10, "only {seen} places were found");
    }

    #[test]
    fn headings_tables_and_sections_come_out() {
        let made = page("# All\n\nText.\n\n## Part & parcel\n\n| a |\n| - |\n| b |\n");
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
