//! The page on theory: `docs/THEORY.md` as HTML beside the site, where its sections link to.

use std::fs;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::failure::{Failure, Outcome};
use crate::project::{cannot_write, root};

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
  <head>
    <meta charset=\"utf-8\">
    <title>Fathom: theory</title>
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
    <link rel=\"icon\" href=\"icon.svg\" type=\"image/svg+xml\">
    <link rel=\"stylesheet\" href=\"theory.css\">
  </head>
  <body>
    <main>
";

const FOOT: &str = "    </main>
  </body>
</html>
";

/// Writes the page anew.
///
/// # Errors
/// If the text cannot be read or the page cannot be written.
pub(crate) fn write() -> Outcome {
    let page = page(&text()?);
    let target = root().join("public/theory.html");
    fs::write(&target, page).map_err(|error| cannot_write(&target, &error))
}

fn text() -> Outcome<String> {
    let source = root().join("docs/THEORY.md");
    fs::read_to_string(&source).map_err(|error| {
        Failure::new(
            "cannot read docs/THEORY.md",
            error.to_string(),
            "check that it is there",
        )
    })
}

/// The whole page. Headings get the anchors that hosts of Markdown give them.
fn page(text: &str) -> String {
    let mut events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let mut at = 0;
    while at < events.len() {
        if let Event::Start(Tag::Heading { level, .. }) = events[at] {
            let slug = slug(&heading(&events[at + 1..]));
            events[at] = with_anchor(level, slug);
        }
        at += 1;
    }
    let mut body = String::new();
    html::push_html(&mut body, events.into_iter());
    format!("{HEAD}{body}{FOOT}")
}

fn with_anchor(level: HeadingLevel, slug: String) -> Event<'static> {
    Event::Start(Tag::Heading {
        level,
        id: Some(CowStr::from(slug)),
        classes: Vec::new(),
        attrs: Vec::new(),
    })
}

/// The words of the heading that has begun.
fn heading(events: &[Event<'_>]) -> String {
    events
        .iter()
        .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
            _ => None,
        })
        .collect()
}

/// Lower case, spaces as hyphens, no punctuation.
fn slug(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{page, slug, text};
    use crate::files;
    use crate::project::root;

    #[test]
    fn slugs_are_those_of_hosts() {
        assert_eq!(slug("Why 28 mm is not an RMSE"), "why-28-mm-is-not-an-rmse");
        assert_eq!(slug("Step, half step, RMSE"), "step-half-step-rmse");
    }

    #[test]
    fn the_page_is_up_to_date() {
        let made = page(&text().expect("a text"));
        let kept = fs::read_to_string(root().join("public/theory.html")).expect("a page");
        assert!(made == kept, "run `cargo xtask theory`");
    }

    #[test]
    fn every_anchor_that_sections_link_to_exists() {
        let made = page(&text().expect("a text"));
        let mut found = 0;
        for file in files::below(&root().join("src/study")).expect("sources") {
            let source = fs::read_to_string(&file).expect("text");
            // What follows each mention.
            let anchors = source
                .split("theory=\"")
                .skip(1)
                .chain(source.split("theory.html#").skip(1))
                .filter_map(|rest| rest.split(['"', '{']).next())
                .filter(|anchor| !anchor.is_empty());
            for anchor in anchors {
                found += 1;
                assert!(
                    made.contains(&format!("id=\"{anchor}\"")),
                    "{anchor} of {}",
                    file.display()
                );
            }
        }
        assert!(found > 5, "{found}");
    }
}
