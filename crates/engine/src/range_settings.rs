//! The ranges of the table: those of a first visit, those that the user's own depths give, and how they are measured.

use fathom_analysis::{
    CODE_FOUND, DistributionSummary, FoundRange, MIN_MAX_OF_FP32, NamedRange, RangeReport,
    RangeSettings, RangeSource, SweepDomain, own_candidates, published_candidates,
};
use fathom_core::depth::Role;
use fathom_core::quant::{CodeKind, OutputRange};
use fathom_core::stats::Distribution;
use fathom_report::link::{MAX_RANGES, Settings};

/// The settings of a first visit.
#[must_use]
pub fn default_settings() -> Settings {
    let ranges = published_candidates().unwrap_or_default();
    Settings {
        current: u32::try_from(ranges.len().saturating_sub(1)).unwrap_or_default(),
        found: ranges.last().map(|named| FoundRange {
            range: named.range,
            source: RangeSource::Published,
        }),
        ranges,
        how: RangeSettings::default(),
    }
}

/// Takes candidates from the user's own depths, unless the user or a link has set other ranges. `farthest_m` is the largest FP32
/// prediction.
pub fn use_own_candidates(
    settings: &mut Settings,
    shown: Role,
    summary: &DistributionSummary,
    farthest_m: Option<f64>,
) {
    let source = settings.range_in_use().map(|own| own.source);
    if matches!(source, Some(RangeSource::Typed | RangeSource::Link)) {
        return;
    }
    settings.how.code = CodeKind::UniformZeroPoint;
    let mut ranges = own_candidates(summary, settings.how.code);
    let source = match shown {
        Role::GroundTruth => RangeSource::MinMaxOfGroundTruth,
        Role::Float | Role::Quantized | Role::Board => RangeSource::MinMaxOfPredictions,
    };
    let predicted = farthest_m.filter(|_| shown == Role::GroundTruth);
    if let Some(range) = predicted.and_then(|end_m| OutputRange::new(0.0, end_m).ok()) {
        let name = MIN_MAX_OF_FP32.to_owned();
        ranges.insert(0, NamedRange { name, range });
        let source = RangeSource::MinMaxOfPredictions;
        settings.found = Some(FoundRange { range, source });
    } else {
        settings.found = ranges.first().map(|named| FoundRange {
            range: named.range,
            source,
        });
    }
    if !ranges.is_empty() {
        settings.ranges = ranges;
        settings.current = 0;
    }
}

/// Takes the range of the found output code as the one in use, in the first row of the table.
pub fn use_found_range(settings: &mut Settings, found: FoundRange, code: CodeKind) {
    settings.ranges.retain(|named| named.name != CODE_FOUND);
    settings.ranges.truncate(MAX_RANGES - 1);
    let name = CODE_FOUND.to_owned();
    let range = found.range;
    settings.ranges.insert(0, NamedRange { name, range });
    settings.current = 0;
    settings.found = Some(found);
    settings.how.code = code;
}

/// Measures the ranges of the table. Reports in `known`, made with equal settings, are reused.
#[must_use]
pub fn measure_ranges(
    depths: &Distribution,
    ranges: &[NamedRange],
    how: &RangeSettings,
    known: &[RangeReport],
) -> Vec<RangeReport> {
    let report = |named: &NamedRange| {
        let same = known.iter().find(|report| report.named == *named);
        same.cloned()
            .unwrap_or_else(|| RangeReport::measure(depths, named, how))
    };
    ranges.iter().map(report).collect()
}

/// The ends that the curve of the range in use covers, from the largest depth and the median; `None` without a range in use.
#[must_use]
pub fn sweep_domain(largest_m: f64, median_m: f64, settings: &Settings) -> Option<SweepDomain> {
    let current = settings.ranges.get(settings.current as usize)?;
    let min_m = current.range.min_m();
    let has_same_start = |named: &&NamedRange| named.range.min_m() == min_m;
    let same_start: Vec<NamedRange> = settings
        .ranges
        .iter()
        .filter(has_same_start)
        .cloned()
        .collect();
    Some(SweepDomain::around_figures(
        largest_m,
        median_m,
        min_m,
        &same_start,
    ))
}
