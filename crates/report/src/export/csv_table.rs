//! Tables as CSV after RFC 4180: commas, quotes where needed, lines that end with CR LF, a header with units.
//!
//! Names come from files, and spreadsheets run a cell as a formula that begins with `=`, `+`, `-` or `@`. Such a text gets a leading
//! apostrophe, which spreadsheets take for "this is text": OWASP, CSV Injection. Numbers stay numbers.

use csv::{Terminator, WriterBuilder};

use super::report_tables::{Cell, Column, Table};

/// First characters of formulas: those of OWASP, and the full-width forms that East Asian versions of Excel accept.
const FORMULA_STARTS: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// Writes a table as CSV. Numbers keep every digit of their `f64`; a missing figure is an empty field.
///
/// # Errors
/// None in practice: writing to memory cannot fail.
pub fn csv(table: &Table) -> Result<String, csv::Error> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(Column::heading))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(field))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Missing => String::new(),
        // In positional notation a tiny number would be a long row of zeros.
        Cell::Number(n) if *n != 0.0 && n.abs() < 1e-5 => format!("{n:e}"),
        Cell::Number(n) => n.to_string(),
        Cell::Text(text) if text.starts_with(FORMULA_STARTS) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
        Cell::Flag(flag) => flag.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_needed() {
        let table = Table {
            name: "test",
            columns: vec![
                Column {
                    key: "name".to_owned(),
                    unit: "",
                },
                Column {
                    key: "rmse".to_owned(),
                    unit: "m",
                },
            ],
            rows: vec![
                vec![Cell::Text("a, \"b\"".to_owned()), Cell::Number(0.1)],
                vec![Cell::Text("line\nline".to_owned()), Cell::Missing],
                vec![Cell::Flag(true), Cell::Number(1.25e-9)],
            ],
        };
        let expected =
            "name,rmse [m]\r\n\"a, \"\"b\"\"\",0.1\r\n\"line\nline\",\r\ntrue,1.25e-9\r\n";
        assert_eq!(csv(&table).expect("text"), expected);
    }

    #[test]
    fn no_text_begins_like_a_formula_and_numbers_stay_numbers() {
        let texts = [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\u{ff1d}1",
            "-0.5",
            "a=1",
            "'=1",
            "",
        ];
        let numbers = [-0.5, -1e-9, -0.0, 1e300];
        let column = |key: &str| Column {
            key: key.to_owned(),
            unit: "",
        };
        let table = Table {
            name: "test",
            columns: vec![column("text"), column("number")],
            rows: texts
                .iter()
                .zip(numbers.iter().cycle())
                .map(|(&text, &n)| vec![Cell::Text(text.to_owned()), Cell::Number(n)])
                .collect(),
        };
        let written = csv(&table).expect("text");
        let mut reader = csv::Reader::from_reader(written.as_bytes());
        for (record, (text, n)) in reader
            .records()
            .zip(texts.iter().zip(numbers.iter().cycle()))
        {
            let record = record.expect("a record");
            assert!(!record[0].starts_with(FORMULA_STARTS), "{record:?}");
            assert_eq!(
                record[0].trim_start_matches('\''),
                text.trim_start_matches('\'')
            );
            assert_eq!(record[1].parse().ok(), Some(*n));
        }
    }
}
