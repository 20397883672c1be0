//! A document as one HTML file that needs nothing else.
//!
//! Knows documents. Charts are pictures inside the file, as data: what is in them cannot act on the page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::document::{Block, Document, Picture, readable};
use super::table::{Cell, Table};
use crate::language;

/// The look: the reader's own colours and fonts, tables that scroll on small screens and fit on paper.
const STYLE: &str = ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
    body{max-width:72rem;margin:0 auto;padding:1.5rem}\
    figure{margin:1.5rem 0}img{max-width:100%}\
    .scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
    th,td{padding:.25rem .75rem;border-bottom:1px solid;text-align:left;white-space:nowrap}\
    td.n{text-align:right}";

/// A document as HTML.
#[must_use]
pub fn html(document: &Document) -> String {
    let title = escaped(&document.title);
    let language = language::spoken().code();
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    for block in &document.blocks {
        out.push_str(&of_block(block));
        out.push('\n');
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn of_block(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("<h2>{}</h2>", escaped(text)),
        Block::Answer {
            question,
            headline,
            text,
        } => format!(
            "<h2>{}</h2>\n<p><strong>{}</strong></p>\n<p>{}</p>",
            escaped(question),
            escaped(headline),
            escaped(text)
        ),
        Block::Sentence(text) => format!("<p>{}</p>", escaped(text)),
        Block::Table(table) => of_table(table),
        Block::Picture(picture) => of_picture(picture),
    }
}

fn of_picture(picture: &Picture) -> String {
    let caption = escaped(&picture.caption);
    let data = STANDARD.encode(&picture.svg);
    format!(
        "<figure><img src=\"data:image/svg+xml;base64,{data}\" alt=\"{caption}\"><figcaption>{caption}</figcaption></figure>"
    )
}

fn of_table(table: &Table) -> String {
    let mut out = "<div class=\"scroll\"><table>\n<thead><tr>".to_owned();
    for column in &table.columns {
        out.push_str(&format!(
            "<th scope=\"col\">{}</th>",
            escaped(&column.heading())
        ));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for cell in row {
            let class = if matches!(cell, Cell::Number(_)) {
                " class=\"n\""
            } else {
                ""
            };
            out.push_str(&format!("<td{class}>{}</td>", escaped(&readable(cell))));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>");
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        let document = Document {
            title: "<script>alert(1)</script>".to_owned(),
            blocks: vec![Block::Picture(Picture {
                caption: "\" onload=\"x".to_owned(),
                svg: "<svg/>".to_owned(),
            })],
        };
        let html = html(&document);
        assert!(
            !html.contains("<script") && !html.contains("\" onload"),
            "{html}"
        );
        assert!(html.contains("base64,PHN2Zy8+"), "{html}");
    }
}
