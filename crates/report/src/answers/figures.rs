//! Typed quantities: which quantity, its value, and the evidence for it. Every sentence takes its figures from here.
//!
//! A quantity is set once, so that no two sentences give it different values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::section_id::SectionId;
use fathom_analysis::diagnosis::planner::{Basis, RemedyKind};
use fathom_core::i18n::tr;
use fathom_core::quant::OutputRange;
use fathom_core::units;

/// A quantity of the answers.
///
/// *Network* figures are errors of predictions against ground truth. *Perfect network* figures are errors of the output code on the depths
/// themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Quantity {
    /// Network RMSE of FP32.
    RmseFp32,
    /// Network RMSE of INT8.
    RmseInt8,
    /// Network RMSE of INT8 over all pixels together, where another average is shown: the reference of remedies.
    PooledInt8,
    /// Change of the network RMSE from FP32 to INT8.
    RmseChange,
    /// Lower end of that change's interval.
    RmseChangeLow,
    /// Upper end of that change's interval.
    RmseChangeHigh,
    /// Change of the network RMSE, relative to FP32's.
    RmseRelative,
    /// Change of abs_rel, relative to FP32's.
    AbsRelRelative,
    /// Number of compared frames.
    Frames,
    /// Number of frames that are copies of others.
    Copies,
    /// Number of frames like these that would tell the change from chance.
    FramesToShow,
    /// Root mean square of `Q - F`.
    NoiseRms,
    /// Share of the output code in the noise's variance.
    OutputShare,
    /// Share of bias, scale and shift in it.
    LineShare,
    /// Scale of INT8's line on FP32.
    LineScale,
    /// Shift of that line.
    LineShift,
    /// Share of the rest in it.
    RestShare,
    /// Network RMSE that the output step alone predicts for INT8.
    Predicted,
    /// Share of the pixels that carry most of the change.
    FewPixels,
    /// Share of the change that those pixels carry.
    FewPixelsShare,
    /// The range in use.
    Range,
    /// Rounding part of the RMSE of the range in use; perfect network.
    Rounding,
    /// Clipping part of that RMSE; perfect network.
    Clipping,
    /// RMSE of the range in use; perfect network.
    Coded,
    /// Ideal rounding RMSE of the range in use: step over the root of twelve.
    IdealRounding,
    /// Share of the pixels below the range in use.
    Below,
    /// Share of the pixels above the range in use.
    Above,
    /// Share of the pixels outside the range in use.
    Outside,
    /// The best range.
    BestRange,
    /// RMSE of the best range; perfect network.
    BestCoded,
    /// Network RMSE of FP32's maps coded with the range in use.
    Recoded,
    /// Network RMSE of FP32's maps coded with the best range.
    BestRecoded,
    /// RMSE of a logarithmic code; perfect network.
    LogCoded,
    /// Range of that code.
    LogRange,
    /// Network RMSE that a remedy is expected to bring.
    Expected(RemedyKind),
    /// Lower end of its interval.
    ExpectedLow(RemedyKind),
    /// Upper end of its interval.
    ExpectedHigh(RemedyKind),
    /// Published network RMSE of FP32.
    PublishedFp32,
    /// Published network RMSE of INT8.
    PublishedInt8,
    /// Rise between the two.
    PublishedRise,
    /// Rounding RMSE of the published range.
    PublishedRounding,
    /// RMS of the noise that the published figures imply.
    PublishedNoise,
    /// Share of the output code in the variance that the published figures imply.
    PublishedOutputShare,
    /// Typed RMSE of FP32.
    TypedFp32,
    /// Typed RMSE of INT8.
    TypedInt8,
    /// RMSE that theory predicts from the typed figures.
    TypedPredicted,
    /// RMS of the noise that the typed figures imply.
    TypedNoise,
    /// Share of the output code in the variance that the typed figures imply.
    TypedOutputShare,
    /// Rise of the typed RMSE by ideal rounding of the output alone.
    TypedRounding,
    /// Change of the output by all quantizers of the network, RMS.
    NetworkChange,
    /// Number of the network's layers.
    NetworkLayers,
    /// Number of the layers that make half of the squared change together.
    LayersOfHalf,
    /// Change of the output with only the guiltiest layer rounded, RMS.
    LayerAlone,
    /// Share of the guiltiest layer in the squared change.
    LayerShare,
    /// Change of the output with some layers at more bits, RMS.
    KeptChange,
    /// Size of the weights at 8 bits.
    Int8Weights,
    /// Size of the weights with some layers at more bits.
    KeptWeights,
}

/// The value of a quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A length in metres.
    Length(f64),
    /// A change of a length, in metres.
    LengthChange(f64),
    /// A share in 0..1.
    Share(f64),
    /// A relative change: 0.01 is +1 %.
    Relative(f64),
    /// A number of frames.
    Frames(usize),
    /// A range in metres.
    Range(OutputRange),
    /// A value in the unit of a network's output, which is no length.
    Output(f64),
    /// A number of layers.
    Layers(usize),
    /// A number without a unit.
    Count(usize),
    /// A size in MB of 10^6 bytes.
    Megabytes(f64),
}

/// A value with its evidence and the section of the page that shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The value.
    pub value: Value,
    /// Its evidence.
    pub basis: Basis,
    /// The section.
    pub section: SectionId,
}

/// The quantities of a set of answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures(BTreeMap<Quantity, Figure>);

impl Figures {
    /// Sets a quantity. The first value stays.
    pub(super) fn set(
        &mut self,
        quantity: Quantity,
        value: Value,
        basis: Basis,
        section: SectionId,
    ) {
        self.0.entry(quantity).or_insert(Figure {
            value,
            basis,
            section,
        });
    }

    /// Returns a quantity.
    #[must_use]
    pub fn get(&self, quantity: Quantity) -> Option<&Figure> {
        self.0.get(&quantity)
    }

    /// Returns all quantities.
    pub fn iter(&self) -> impl Iterator<Item = (Quantity, &Figure)> {
        self.0.iter().map(|(quantity, figure)| (*quantity, figure))
    }

    /// Returns the value of a length, a change or a share.
    #[must_use]
    pub fn number(&self, quantity: Quantity) -> Option<f64> {
        match self.get(quantity)?.value {
            Value::Length(v) | Value::LengthChange(v) | Value::Share(v) | Value::Relative(v) => {
                Some(v)
            }
            Value::Frames(_)
            | Value::Range(_)
            | Value::Output(_)
            | Value::Layers(_)
            | Value::Count(_)
            | Value::Megabytes(_) => None,
        }
    }

    /// Formats a quantity. Lengths that are compared with each other share a unit and have enough digits to tell them apart.
    #[must_use]
    pub(super) fn text(&self, quantity: Quantity) -> Option<String> {
        Some(match self.get(quantity)?.value {
            Value::Length(metres) => self.length_text(quantity, metres),
            Value::LengthChange(metres) => {
                let text = self.length_text(quantity, metres);
                if metres > 0.0 {
                    format!("+{text}")
                } else {
                    text
                }
            }
            Value::Share(share) if share > 0.0 && share < 0.01 => small_share(share),
            Value::Share(share) => units::signed_share(share),
            Value::Relative(change) => units::relative(change),
            Value::Frames(n) => units::counted(n, units::Noun::Frame),
            Value::Range(range) => units::range(range.min_m(), range.max_m()),
            Value::Output(value) => {
                tr!("{value} (unit of the output)", value = units::ratio(value))
            }
            Value::Layers(n) => units::counted(n, units::Noun::Layer),
            Value::Count(n) => units::count(n as f64),
            Value::Megabytes(mb) => units::bytes(mb * 1e6),
        })
    }

    fn length_text(&self, quantity: Quantity, metres: f64) -> String {
        let Some(family) = Family::of(quantity) else {
            return units::length(metres);
        };
        let groups = self.compared_lengths(family);
        let values: Vec<Vec<f64>> = groups
            .iter()
            .map(|group| group.iter().map(|(_, m)| *m).collect())
            .collect();
        let values: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        let texts = units::distinct_length_groups(&values);
        let mut named = groups.iter().flatten().zip(texts.iter().flatten());
        let own = named.find(|((other, _), _)| *other == quantity);
        own.map(|(_, text)| text.clone()).unwrap_or_default()
    }

    /// Returns the lengths of a family in groups that sentences compare. FP32's maps under two codes are
    /// compared with each other, an expectation with the present RMSE, and the ends of its interval with each other.
    fn compared_lengths(&self, family: Family) -> Vec<Vec<(Quantity, f64)>> {
        let length = |quantity: Quantity| match self.get(quantity)?.value {
            Value::Length(m) | Value::LengthChange(m) => Some((quantity, m)),
            _ => None,
        };
        let own = self.iter().map(|(quantity, _)| quantity);
        let own: Vec<Quantity> = own.filter(|q| Family::of(*q) == Some(family)).collect();
        let is_expectation = |quantity: &Quantity| {
            matches!(
                quantity,
                Quantity::Expected(_) | Quantity::ExpectedLow(_) | Quantity::ExpectedHigh(_)
            )
        };
        let now = [Quantity::PooledInt8, Quantity::RmseInt8];
        let now = now.into_iter().find_map(length);
        let is_recoded =
            |quantity: &Quantity| matches!(quantity, Quantity::Recoded | Quantity::BestRecoded);
        let (recoded, others): (Vec<Quantity>, Vec<Quantity>) = own
            .iter()
            .copied()
            .filter(|q| !is_expectation(q))
            .partition(is_recoded);
        let mut groups: Vec<Vec<(Quantity, f64)>> = [others, recoded]
            .into_iter()
            .map(|group| group.into_iter().filter_map(length).collect())
            .collect();
        for quantity in own.iter().copied() {
            if let Quantity::Expected(kind) = quantity {
                groups.push(length(quantity).into_iter().chain(now).collect());
                let ends = [Quantity::ExpectedLow(kind), Quantity::ExpectedHigh(kind)];
                groups.push(ends.into_iter().filter_map(length).collect());
            }
        }
        groups
    }
}

/// A share under one per cent, with two significant digits.
fn small_share(share: f64) -> String {
    fathom_analysis::diagnosis::calculator::fine_percent(share)
}

/// Lengths that sentences compare with each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    /// Network RMSEs.
    Network,
    /// Ends of the interval of a change.
    Change,
    /// Published RMSEs.
    Published,
    /// Typed RMSEs.
    Typed,
}

impl Family {
    fn of(quantity: Quantity) -> Option<Self> {
        use Quantity as Q;
        match quantity {
            Q::RmseFp32
            | Q::RmseInt8
            | Q::PooledInt8
            | Q::Expected(_)
            | Q::ExpectedLow(_)
            | Q::ExpectedHigh(_)
            | Q::Recoded
            | Q::BestRecoded => Some(Self::Network),
            Q::RmseChange | Q::RmseChangeLow | Q::RmseChangeHigh => Some(Self::Change),
            Q::PublishedFp32 | Q::PublishedInt8 | Q::PublishedRise => Some(Self::Published),
            Q::TypedFp32 | Q::TypedInt8 | Q::TypedPredicted => Some(Self::Typed),
            _ => None,
        }
    }
}
