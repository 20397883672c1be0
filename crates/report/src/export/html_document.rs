//! A document as one self-contained HTML file.
//!
//! Charts and maps are embedded as data URLs of images, in which scripts do not run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::key_tables::KeyTable;
use super::report_document::{
    Block, Document, DocumentChart, DocumentMap, DocumentMaps, cell_text,
};
use super::report_tables::{Cell, Table};
use fathom_core::i18n;

/// Style sheet: system colours and fonts, responsive rows of answers and charts. Colours of charts assume a white ground: a
/// dark screen inverts their lightness and keeps their hues. Colours of maps stay.
/// Tables scroll on small screens.
const STYLE: &str = ":root{color-scheme:light dark;--line:#8885;font:16px/1.55 system-ui,sans-serif}\
    body{max-width:76rem;margin:0 auto;padding:2rem 1.25rem 4rem}\
    h1{font-size:1.75rem;line-height:1.25;margin:0 0 1.5rem}h2{font-size:1.2rem;line-height:1.3;margin:2.5rem 0 .75rem}\
    .answers,.charts{display:grid;gap:1rem;margin:1rem 0}\
    .answers{grid-template-columns:repeat(auto-fit,minmax(min(19rem,100%),1fr))}\
    .charts{grid-template-columns:repeat(auto-fit,minmax(min(32rem,100%),1fr));margin-top:2rem}\
    section,figure{border:1px solid var(--line);border-radius:.75rem;margin:0;padding:1rem 1.25rem;break-inside:avoid}\
    section h2{font-size:.9375rem;font-weight:400;margin:0}section p{margin:.5rem 0 0}\
    section strong{font-size:1.125rem;line-height:1.35}\
    figure{background:#fff;color:#333}img{width:100%;height:auto}figcaption{font-size:.875rem}\
    .maps{display:grid;gap:1rem;grid-template-columns:repeat(3,1fr);font-size:.875rem;margin-bottom:.5rem}\
    .scale{display:flex;gap:.5rem;align-items:center}.scale i{flex:1;height:.75rem;print-color-adjust:exact}\
    @media (width<40rem){.maps{grid-template-columns:1fr}}\
    @media screen and (prefers-color-scheme:dark){figure{background:#111;color:#ddd}.charts img{filter:invert(.93) hue-rotate(180deg)}}\
    .scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}\
    th,td{padding:.3rem .75rem;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}\
    tbody th{font-weight:inherit}td.n{text-align:right}tr:hover td{background:#8882}\
    details{margin:.75rem 0}summary{cursor:pointer}\
    @media print{:root{font-size:11px}.charts{grid-template-columns:1fr 1fr}tr{break-inside:avoid}}";

/// Writes a document as HTML.
#[must_use]
pub fn html(document: &Document) -> String {
    let title = escaped(&document.title);
    let language = i18n::locale().code();
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    for group in document
        .blocks
        .chunk_by(|a, b| row_class(a) == row_class(b))
    {
        let row = row_class(&group[0]);
        if let Some(name) = row {
            out.push_str(&format!("<div class=\"{name}\">\n"));
        }
        for block in group {
            out.push_str(&block_html(block));
            out.push('\n');
        }
        if row.is_some() {
            out.push_str("</div>\n");
        }
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// Returns the class of the row that a block shares with neighbours of its kind.
fn row_class(block: &Block) -> Option<&'static str> {
    match block {
        Block::Answer { .. } => Some("answers"),
        Block::Chart(_) => Some("charts"),
        Block::Heading(_)
        | Block::Sentence(_)
        | Block::Address { .. }
        | Block::KeyTable(_)
        | Block::Maps(_)
        | Block::Folded { .. } => None,
    }
}

fn block_html(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("<h2>{}</h2>", escaped(text)),
        Block::Answer {
            question,
            headline,
            text,
        } => format!(
            "<section><h2>{}</h2>\n<p><strong>{}</strong></p>\n<p>{}</p></section>",
            escaped(question),
            escaped(headline),
            escaped(text)
        ),
        Block::Sentence(text) => format!("<p>{}</p>", escaped(text)),
        Block::Address { words, address } => format!(
            "<p><a href=\"{}\">{}</a></p>",
            escaped(address),
            escaped(words)
        ),
        Block::KeyTable(table) => key_table_html(table),
        Block::Folded { title, table } => format!(
            "<details><summary>{}</summary>\n{}</details>",
            escaped(title),
            table_html(table)
        ),
        Block::Chart(chart) => chart_html(chart),
        Block::Maps(maps) => maps_html(maps),
    }
}

fn chart_html(chart: &DocumentChart) -> String {
    let caption = escaped(&chart.caption);
    let data = STANDARD.encode(&chart.svg);
    format!(
        "<figure><img src=\"data:image/svg+xml;base64,{data}\" alt=\"{caption}\"><figcaption>{caption}</figcaption></figure>"
    )
}

fn maps_html(maps: &DocumentMaps) -> String {
    let map = |map: &DocumentMap| {
        let title = escaped(&map.title);
        let [from, to] = map.ends.each_ref().map(|end| escaped(end));
        let colours = map.colours.join(",");
        let data = STANDARD.encode(&map.png);
        format!(
            "<div><b>{title}</b><img src=\"data:image/png;base64,{data}\" alt=\"{title}\">\
             <span class=\"scale\">{from}<i style=\"background:linear-gradient(to right,{colours})\"></i>{to}</span></div>\n"
        )
    };
    let caption = escaped(&maps.caption);
    let maps: String = maps.maps.iter().map(map).collect();
    format!("<figure><div class=\"maps\">\n{maps}</div><figcaption>{caption}</figcaption></figure>")
}

fn key_table_html(table: &KeyTable) -> String {
    let heads: String = table
        .heads
        .iter()
        .map(|head| format!("<th scope=\"col\">{}</th>", escaped(head)))
        .collect();
    let row = |texts: &Vec<String>| {
        let cells = texts.iter().enumerate().map(|(i, text)| match i {
            0 => format!("<th scope=\"row\">{}</th>", escaped(text)),
            _ => format!("<td class=\"n\">{}</td>", escaped(text)),
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let rows: String = table.rows.iter().map(row).collect();
    format!(
        "<div class=\"scroll\"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>"
    )
}

fn table_html(table: &Table) -> String {
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
            out.push_str(&format!("<td{class}>{}</td>", escaped(&cell_text(cell))));
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
    fn neighbouring_answers_share_a_row() {
        let answer = |question: &str| Block::Answer {
            question: question.to_owned(),
            headline: String::new(),
            text: String::new(),
        };
        let document = Document {
            title: String::new(),
            blocks: vec![
                answer("one"),
                answer("two"),
                Block::Sentence("between".to_owned()),
                answer("three"),
            ],
        };
        let html = html(&document);
        // Skips the text before the first row.
        let rows: Vec<_> = html.split("<div class=\"answers\">").skip(1).collect();
        assert_eq!(rows.len(), 2, "{html}");
        assert!(rows[0].contains("one") && rows[0].contains("two"));
        assert!(rows[0].find("</div>") < rows[0].find("between"));
        assert_eq!(
            html.matches("<section>").count(),
            html.matches("</section>").count()
        );
    }

    #[test]
    fn text_is_escaped() {
        let document = Document {
            title: "<script>alert(1)</script>".to_owned(),
            blocks: vec![Block::Chart(DocumentChart {
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
