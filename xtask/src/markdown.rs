//! Headings of Markdown, with the anchors that code hosts give them, and links.

use std::collections::HashMap;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A parser of Markdown with tables.
pub(crate) fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

/// Gives each heading its anchor.
#[derive(Default)]
pub(crate) struct Anchors {
    seen: HashMap<String, usize>,
}

impl Anchors {
    /// The anchor of the next heading with these words: in small letters, without punctuation, joined by hyphens; a second one of
    /// the same words is numbered.
    pub(crate) fn next(&mut self, words: &str) -> String {
        let kept = words.to_lowercase();
        let kept = kept.chars().filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            _ => c.is_alphanumeric().then_some(c),
        });
        let anchor: String = kept.collect();
        let count = self.seen.entry(anchor.clone()).or_default();
        *count += 1;
        match *count {
            1 => anchor,
            n => format!("{anchor}-{}", n - 1),
        }
    }
}

/// The anchors of all headings.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let mut anchors = Anchors::default();
    let mut words: Option<String> = None;
    let mut found = Vec::new();
    for event in parser(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => words = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                found.extend(words.take().map(|words| anchors.next(&words)));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(words) = &mut words {
                    words.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

/// The targets of all links and pictures, as written.
#[cfg(test)]
pub(crate) fn targets(text: &str) -> Vec<String> {
    parser(text)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{anchors, targets};

    #[test]
    fn headings_have_the_anchors_of_code_hosts() {
        let text = "# Step, half step, RMSE\n\n## Why 28 mm is not an `RMSE`?\n\n## Bennett's integral\n\n## a_b -- c\n\n# Twice\n\n# Twice\n";
        assert_eq!(
            anchors(text),
            [
                "step-half-step-rmse",
                "why-28-mm-is-not-an-rmse",
                "bennetts-integral",
                "a_b----c",
                "twice",
                "twice-1",
            ]
        );
        assert!(anchors("```\n# no heading\n```\n").is_empty());
    }

    #[test]
    fn links_and_pictures_are_found_and_code_is_not() {
        let text = "[a](b.md#c) and ![d](e.png), <https://f/>, `[g](h)`\n";
        assert_eq!(targets(text), ["b.md#c", "e.png", "https://f/"]);
    }
}
