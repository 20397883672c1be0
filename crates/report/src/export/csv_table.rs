//! Tables as CSV after RFC 4180: commas, quotes where needed, lines that end with CR LF, a header with units.

use csv::{Terminator, WriterBuilder};

use super::report_tables::{Cell, Column, Table};

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
}
