//! What the page knows: a few signals that are set, and what follows from them.

use std::sync::Arc;

use leptos::prelude::*;

use crate::analysis::{
    BestRange, DistributionSummary, FigureTheory, Measurement, NamedRange, PUBLISHED_CASE,
    RangeReport, SweepDomain, SweepPoint, Verdict, VerdictInput, published_candidates,
};
use crate::depth::{NameFacts, Role};
use crate::protocol::{FileFacts, Guesses, JobId};
use crate::quant::Bits;
use crate::share::Settings;
use crate::stats::{Distribution, Scales, Sketch};

/// Where the shown depths come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Origin {
    /// The built-in sample.
    Sample,
    /// Files, of this role.
    Files {
        role: Role,
        scales: Scales,
        guesses: Guesses,
    },
    /// A link, with the words and the summary that it carries: passed on, it must not change.
    Link { source: String, sketch: Sketch },
}

/// The depths that are shown.
#[derive(Debug)]
pub(super) struct Dataset {
    pub(super) depths: Distribution,
    pub(super) summary: DistributionSummary,
    pub(super) origin: Origin,
    /// Tells datasets apart.
    pub(super) serial: JobId,
}

impl Dataset {
    pub(super) fn is_sample(&self) -> bool {
        self.origin == Origin::Sample
    }
}

/// What is going on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Job {
    /// Nothing.
    Idle,
    /// Files are read.
    Reading {
        done: usize,
        total: usize,
        bytes_done: f64,
        bytes_total: f64,
    },
    /// Results are put together, or the sample is made.
    Building,
    /// It ended in this sentence.
    Failed(String),
}

impl Job {
    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Reading { .. } | Self::Building)
    }
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FileState {
    Waiting,
    Read(FileFacts),
    Refused,
}

/// A file of the current set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FileRow {
    pub(super) path: String,
    pub(super) bytes: f64,
    pub(super) name: NameFacts,
    pub(super) state: FileState,
}

/// How loud a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loudness {
    Info,
    Warning,
}

/// A sentence for the reader that stays until it is dismissed or outdated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) id: u32,
    pub(super) loudness: Loudness,
    pub(super) text: String,
}

/// The theme switch: system, light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// The drawn curve with its domain.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    pub(super) domain: SweepDomain,
    pub(super) points: Vec<SweepPoint>,
}

/// Measured rows with what they were measured on, so that an edit measures only what changed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Measured {
    serial: JobId,
    how: Option<Measurement>,
    reports: Vec<RangeReport>,
}

/// The page's state. `Copy`: every view holds it.
#[derive(Clone, Copy)]
pub(super) struct State {
    pub(super) settings: RwSignal<Settings>,
    pub(super) data: RwSignal<Option<Arc<Dataset>>>,
    pub(super) job: RwSignal<Job>,
    pub(super) files: RwSignal<Vec<FileRow>>,
    pub(super) roles: RwSignal<Vec<Role>>,
    /// Files of the last job that could not be read, each with its reason.
    pub(super) refused: RwSignal<Vec<String>>,
    pub(super) notices: RwSignal<Vec<Notice>>,
    pub(super) best: RwSignal<Vec<BestRange>>,
    pub(super) theme: RwSignal<Theme>,
    /// Counts changes of colours that no other signal shows: the system's theme.
    pub(super) repaint: RwSignal<u32>,
    /// Whether the end is being dragged: the axis then holds still.
    pub(super) dragging: RwSignal<bool>,
    /// The end under the crosshair, in metres.
    pub(super) crosshair: RwSignal<Option<f64>>,
    measured: Memo<Measured>,
    /// The domain of the curve that the settings ask for.
    pub(super) domain: Memo<Option<SweepDomain>>,
    /// The curve as far as it is measured.
    pub(super) curve: RwSignal<Option<Curve>>,
    pub(super) verdict: Memo<Option<Verdict>>,
}

/// The settings of a first visit.
pub(super) fn default_settings() -> Settings {
    let ranges = published_candidates().unwrap_or_default();
    Settings {
        current: u32::try_from(ranges.len().saturating_sub(1)).unwrap_or_default(),
        ranges,
        how: Measurement::default(),
    }
}

impl State {
    pub(super) fn new() -> Self {
        let settings = RwSignal::new(default_settings());
        let data = RwSignal::new(None::<Arc<Dataset>>);
        let best = RwSignal::new(Vec::new());
        let dragging = RwSignal::new(false);
        let measured = Memo::new(move |previous: Option<&Measured>| {
            settings.with(|s| data.with(|d| measure(d.as_deref(), s, previous)))
        });
        let domain = Memo::new(move |previous: Option<&Option<SweepDomain>>| {
            if dragging.get()
                && let Some(Some(held)) = previous
            {
                return Some(*held);
            }
            settings.with(|s| data.with(|d| domain_of(d.as_deref(), s)))
        });
        let verdict = Memo::new(move |_| {
            settings.with(|s| {
                let data = data.get()?;
                measured.with(|m| best.with(|best| verdict_of(&data, s, &m.reports, best)))
            })
        });
        Self {
            settings,
            data,
            job: RwSignal::new(Job::Building),
            files: RwSignal::new(Vec::new()),
            roles: RwSignal::new(Vec::new()),
            refused: RwSignal::new(Vec::new()),
            notices: RwSignal::new(Vec::new()),
            best,
            theme: RwSignal::new(Theme::default()),
            repaint: RwSignal::new(0),
            dragging,
            crosshair: RwSignal::new(None),
            measured,
            domain,
            curve: RwSignal::new(None),
            verdict,
        }
    }

    /// The state of the page in context.
    pub(super) fn here() -> Self {
        expect_context()
    }

    /// One of empty, working, ready, error: the contract for automation.
    pub(super) fn data_state(self) -> &'static str {
        let has_data = self.data.with(Option::is_some);
        self.job.with(|job| match job {
            Job::Reading { .. } | Job::Building => "working",
            Job::Failed(_) => "error",
            Job::Idle if has_data => "ready",
            Job::Idle => "empty",
        })
    }

    /// The measured rows of the table.
    pub(super) fn with_reports<T>(self, read: impl FnOnce(&[RangeReport]) -> T) -> T {
        self.measured.with(|m| read(&m.reports))
    }

    /// The same without subscribing.
    pub(super) fn with_reports_untracked<T>(self, read: impl FnOnce(&[RangeReport]) -> T) -> T {
        self.measured.with_untracked(|m| read(&m.reports))
    }

    /// The measured row with this number.
    pub(super) fn report(self, row: usize) -> Option<RangeReport> {
        self.with_reports(|r| r.get(row).cloned())
    }

    /// The number of the row in use now.
    pub(super) fn current(self) -> usize {
        self.settings.with(|s| s.current as usize)
    }

    /// The range in use now.
    pub(super) fn current_range(self) -> Option<NamedRange> {
        self.settings
            .with(|s| s.ranges.get(s.current as usize).cloned())
    }
}

fn measure(data: Option<&Dataset>, settings: &Settings, previous: Option<&Measured>) -> Measured {
    let Some(data) = data else {
        return Measured::default();
    };
    let known = previous
        .filter(|p| p.serial == data.serial && p.how == Some(settings.how))
        .map_or(&[][..], |p| &p.reports);
    let report = |named: &NamedRange| {
        known
            .iter()
            .find(|r| r.named == *named)
            .cloned()
            .unwrap_or_else(|| RangeReport::measure(&data.depths, named, &settings.how))
    };
    Measured {
        serial: data.serial,
        how: Some(settings.how),
        reports: settings.ranges.iter().map(report).collect(),
    }
}

fn domain_of(data: Option<&Dataset>, settings: &Settings) -> Option<SweepDomain> {
    let current = settings.ranges.get(settings.current as usize)?;
    let min_m = current.range.min_m();
    let same_start: Vec<NamedRange> = settings
        .ranges
        .iter()
        .filter(|r| r.range.min_m() == min_m)
        .cloned()
        .collect();
    Some(SweepDomain::around(&data?.depths, min_m, &same_start))
}

fn verdict_of(
    data: &Dataset,
    settings: &Settings,
    reports: &[RangeReport],
    best: &[BestRange],
) -> Option<Verdict> {
    let current = settings.current as usize;
    let named = settings.ranges.get(current)?;
    let more_bits = Bits::new(settings.how.bits.get() + 2).and_then(|bits| {
        let how = Measurement {
            bits,
            ..settings.how
        };
        SweepPoint::measure(&data.depths, named.range, &how)
    });
    let figures = data.is_sample().then(|| {
        FigureTheory::new(
            PUBLISHED_CASE.rmse_fp32_m,
            PUBLISHED_CASE.rmse_int8_m,
            named.range,
            settings.how.bits,
        )
    });
    Verdict::of(&VerdictInput {
        reports,
        current,
        best,
        policy: settings.how.policy,
        two_more_bits_m: more_bits.map(|point| point.rmse_m),
        figures: figures.as_ref(),
    })
}
