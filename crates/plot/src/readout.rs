//! The text that a chart shows for the position under the pointer.

use super::scene::Tint;

/// One figure of a readout.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Name of the figure.
    pub name: String,
    /// Its value with its unit.
    pub value: String,
    /// Its colour in the chart.
    pub tint: Tint,
}

/// A position and its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Readout {
    /// The position, with its unit.
    pub at: String,
    /// The figures at this position.
    pub readings: Vec<Reading>,
}

impl Readout {
    pub(super) fn new(at: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            readings: Vec::new(),
        }
    }

    pub(super) fn with(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
        tint: impl Into<Tint>,
    ) -> Self {
        self.readings.push(Reading {
            name: name.into(),
            value: value.into(),
            tint: tint.into(),
        });
        self
    }

    /// All of it in one line: "15 m: rounding 15.1 mm, clipping 2.38 m".
    #[must_use]
    pub fn text(&self) -> String {
        let readings: Vec<String> = self
            .readings
            .iter()
            .map(|r| format!("{} {}", r.name, r.value).trim().to_owned())
            .collect();
        if readings.is_empty() {
            return self.at.clone();
        }
        format!("{}: {}", self.at, readings.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Ink;
    use super::*;

    #[test]
    fn a_readout_reads_as_a_line() {
        let readout = Readout::new("15 m");
        assert_eq!(readout.text(), "15 m");
        let readout =
            readout
                .with("rounding", "15.1 mm", Ink::Rounding)
                .with("", "2.38 m", Ink::Clipping);
        assert_eq!(readout.text(), "15 m: rounding 15.1 mm, 2.38 m");
    }
}
