//! A document as Markdown with tables (GitHub Flavored Markdown). Charts and maps are left out: Markdown cannot embed them.

use super::key_tables::KeyTable;
use super::report_document::{Block, Document, cell_text};
use super::report_tables::{Cell, Column, Table};

/// Writes a document as Markdown.
#[must_use]
pub fn markdown(document: &Document) -> String {
    let mut out = format!("# {}\n", escaped(&document.title));
    for block in &document.blocks {
        let text = match block {
            Block::Heading(text) => format!("## {}", escaped(text)),
            Block::Answer {
                question,
                headline,
                text,
            } => format!(
                "**{}** {}\n\n{}",
                escaped(question),
                escaped(headline),
                escaped(text)
            ),
            Block::Sentence(text) => escaped(text),
            Block::Address { words, address } => format!("[{}](<{address}>)", escaped(words)),
            Block::KeyTable(table) => key_table_markdown(table),
            // The blank line ends the HTML, so that the table is Markdown again.
            Block::Folded { title, table } => format!(
                "<details><summary>{}</summary>\n\n{}\n</details>",
                escaped(title),
                table_markdown(table)
            ),
            Block::Chart(_) | Block::Maps(_) => continue,
        };
        out.push('\n');
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

fn key_table_markdown(table: &KeyTable) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mark = |column: usize| if column == 0 { "---" } else { "---:" };
    let heads = table.heads.iter().map(|head| escaped(head)).collect();
    let marks = (0..table.heads.len()).map(|i| mark(i).to_owned()).collect();
    let rows = table
        .rows
        .iter()
        .map(|row| line(row.iter().map(|text| escaped(text)).collect()));
    [line(heads), line(marks)].into_iter().chain(rows).collect()
}

fn table_markdown(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(
        table
            .columns
            .iter()
            .map(|c| escaped(&c.heading()))
            .collect(),
    );
    out.push_str(&line(alignments(table)));
    for row in &table.rows {
        out.push_str(&line(
            row.iter().map(|cell| escaped(&cell_text(cell))).collect(),
        ));
    }
    out
}

/// Returns the alignment mark of each column; columns with numbers are aligned to the right.
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

/// Escapes a text so that Markdown shows it unchanged, in one line.
fn escaped(text: &str) -> String {
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
            // An underscore between letters is no markup, and file names have many.
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            escaped("a|b\n<img> `x` *y* f_1"),
            "a\\|b &lt;img> \\`x\\` \\*y\\* f_1"
        );
    }
}
