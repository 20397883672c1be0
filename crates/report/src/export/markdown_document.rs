//! A document as Markdown, with the tables of GitHub's flavour.
//!
//! Knows documents. Charts are left out: Markdown cannot carry them.

use super::document::{Block, Document, readable};
use super::table::{Cell, Column, Table};

/// A document as Markdown.
#[must_use]
pub fn markdown(document: &Document) -> String {
    let mut out = format!("# {}\n", plain(&document.title));
    for block in &document.blocks {
        let text = match block {
            Block::Heading(text) => format!("## {}", plain(text)),
            Block::Answer {
                question,
                headline,
                text,
            } => format!(
                "**{}** {}\n\n{}",
                plain(question),
                plain(headline),
                plain(text)
            ),
            Block::Sentence(text) => plain(text),
            Block::Table(table) => of_table(table),
            Block::Picture(_) => continue,
        };
        out.push('\n');
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

fn of_table(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(table.columns.iter().map(|c| plain(&c.heading())).collect());
    out.push_str(&line(alignments(table)));
    for row in &table.rows {
        out.push_str(&line(
            row.iter().map(|cell| plain(&readable(cell))).collect(),
        ));
    }
    out
}

/// Numbers are aligned to the right.
fn alignments(table: &Table) -> Vec<String> {
    let mark = |(i, _): (usize, &Column)| {
        let is_number = table
            .rows
            .iter()
            .any(|row| matches!(row[i], Cell::Number(_)));
        if is_number { "---:" } else { "---" }.to_owned()
    };
    table.columns.iter().enumerate().map(mark).collect()
}

/// Text that Markdown shows as it is, in one line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\\' | '|' | '*' | '`' | '[' | ']' | '#' => {
                out.push('\\');
                out.push(c);
            }
            // Between letters it marks nothing, and file names are full of it.
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_a_table() {
        assert_eq!(
            plain("a|b\n<img> `x` *y* f_1"),
            "a\\|b &lt;img> \\`x\\` \\*y\\* f_1"
        );
    }
}
