//! What the page knows: a few signals that are set, and what follows from them.

use std::sync::Arc;

use leptos::prelude::*;

use crate::protocol::PictureFacts;
use fathom_analysis::{
    BestRange, DistributionSummary, LogCodeReport, NamedRange, Policy, RangeReport, RangeSettings,
    SweepDomain, SweepPoint,
};
use fathom_core::depth::{Encoding, FileUse, Role, SampleKind};
use fathom_core::quant::{Bits, CodeKind};
use fathom_core::stats::Distribution;
use fathom_engine::range_settings::{default_settings, measure_ranges, sweep_domain};
use fathom_engine::{
    Built, FileRow, JobId, ReadingSettings, SetDoubts, SizeMismatch, depth_answers,
};
use fathom_report::answers::Answers;
use fathom_report::link::Settings;

/// Where the shown depths come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Origin {
    /// The built-in sample.
    Sample,
    /// Files.
    Files { built: Built },
    /// A link, with its words.
    Link { source: String },
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

    /// The role of the files that are shown.
    pub(super) fn shown_role(&self) -> Option<Role> {
        match &self.origin {
            Origin::Files { built } => Some(built.shown),
            Origin::Sample | Origin::Link { .. } => None,
        }
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
        /// When reading began, in the page's milliseconds.
        since_ms: f64,
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

/// The frame that is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Look {
    pub(super) frame: String,
    /// The map of a stack.
    pub(super) map: u32,
}

/// A map that is looked at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Picture {
    Coming,
    There {
        facts: PictureFacts,
        samples: Arc<Vec<f64>>,
        colours: Arc<Vec<u32>>,
        encoding: Encoding,
    },
    Failed(String),
}

/// How loud a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Info,
    Warning,
}

/// A sentence for the reader that stays until it is dismissed or outdated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) id: u32,
    pub(super) severity: Severity,
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

/// Answers from compared predictions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum ComparedAnswers {
    /// There is nothing to compare: depths alone are answered.
    #[default]
    None,
    /// Predictions are being compared, or a link may carry a comparison.
    Pending,
    /// The answers.
    Found(Arc<Answers>),
}

/// The input of a search for the best range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SearchKey {
    serial: JobId,
    domain: SweepDomain,
    code: CodeKind,
    bits: Bits,
    eval_min_m: f64,
}

/// Measured rows with what they were measured on, so that an edit measures only what changed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Measured {
    serial: JobId,
    how: Option<RangeSettings>,
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
    pub(super) reading: RwSignal<ReadingSettings>,
    /// Encodings that were chosen, per role and kind of samples.
    pub(super) encodings: RwSignal<Vec<((Role, SampleKind), Encoding)>>,
    /// The role whose distribution is being built; none for the sample.
    pub(super) building: RwSignal<Option<Role>>,
    pub(super) size_mismatch: RwSignal<Option<SizeMismatch>>,
    /// What was found in the files; `None` while they are examined.
    pub(super) doubts: RwSignal<Option<SetDoubts>>,
    pub(super) look: RwSignal<Look>,
    /// The maps of the frame that is looked at, by role.
    pub(super) pictures: RwSignal<Vec<(Role, Picture)>>,
    /// Depths of the first and the last colour of all pictures, in metres; those of the shown depths where none were set.
    pub(super) colour_range: RwSignal<Option<(f64, f64)>>,
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
    /// What the search for the best ranges has found belongs to this.
    pub(super) searched: RwSignal<Option<SearchKey>>,
    /// Answers from compared predictions.
    pub(super) compared: RwSignal<ComparedAnswers>,
    /// The three answers.
    pub(super) answers: Memo<Option<Arc<Answers>>>,
}

impl SearchKey {
    fn new(serial: JobId, domain: SweepDomain, how: RangeSettings) -> Self {
        Self {
            serial,
            domain,
            code: how.code,
            bits: how.bits,
            eval_min_m: how.eval_min_m,
        }
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
        let searched = RwSignal::new(None);
        let compared = RwSignal::new(ComparedAnswers::default());
        let doubts = RwSignal::new(None::<SetDoubts>);
        let log_code = Memo::new(move |_| {
            let how = RangeSettings {
                policy: Policy::Count,
                ..settings.with(|s| s.how)
            };
            data.with(|d| LogCodeReport::measure(&d.as_ref()?.depths, &how))
        });
        // The last answers with the number of their depths: those of other depths are not shown again.
        let numbered = Memo::new(move |previous: Option<&Option<(JobId, Arc<Answers>)>>| {
            let data = data.get()?;
            let is_file = matches!(data.origin, Origin::Files { .. });
            if is_file && doubts.with(|d| d.as_ref().is_none_or(|d| d.is_unjudged)) {
                return None;
            }
            match compared.get() {
                ComparedAnswers::Found(answers) => return Some((data.serial, answers)),
                ComparedAnswers::Pending => return None,
                ComparedAnswers::None => {}
            }
            let is_searched = settings.with(|s| {
                let key = SearchKey::new(data.serial, domain.get()?, s.how);
                Some(searched.get() == Some(key))
            });
            if is_searched == Some(true) {
                let answers = settings.with(|s| {
                    let log_code = log_code.get();
                    measured.with(|m| {
                        best.with(|best| {
                            let log_code = log_code.as_ref();
                            let role = data.shown_role();
                            depth_answers(data.is_sample(), s, &m.reports, role, best, log_code)
                        })
                    })
                })?;
                Some((data.serial, Arc::new(answers)))
            } else {
                // The last answers stay until those to an edit are there.
                let last = previous.cloned().flatten();
                last.filter(|(serial, _)| *serial == data.serial)
            }
        });
        let answers = Memo::new(move |_| numbered.with(|n| n.as_ref().map(|n| Arc::clone(&n.1))));
        Self {
            settings,
            data,
            job: RwSignal::new(Job::Building),
            files: RwSignal::new(Vec::new()),
            roles: RwSignal::new(Vec::new()),
            reading: RwSignal::new(ReadingSettings::default()),
            encodings: RwSignal::new(Vec::new()),
            building: RwSignal::new(None),
            size_mismatch: RwSignal::new(None),
            doubts,
            look: RwSignal::new(Look::default()),
            pictures: RwSignal::new(Vec::new()),
            colour_range: RwSignal::new(None),
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
            searched,
            compared,
            answers,
        }
    }

    /// What the search for the best ranges depends on now.
    pub(super) fn search_key(self) -> Option<SearchKey> {
        let serial = self.data.with(|d| d.as_ref().map(|d| d.serial))?;
        let how = self.settings.with(|s| s.how);
        Some(SearchKey::new(serial, self.domain.get()?, how))
    }

    /// The state of the page in context.
    pub(super) fn here() -> Self {
        expect_context()
    }

    /// Depths of the first and the last colour of all pictures, in metres: those set, else the shown depths without their farthest
    /// thousandth.
    pub(super) fn picture_range(self) -> Option<(f64, f64)> {
        self.colour_range.get().or_else(|| {
            self.data.with(|d| {
                let summary = &d.as_ref()?.summary;
                let far = summary
                    .percentiles_m
                    .last()
                    .copied()
                    .unwrap_or(summary.max_m);
                Some((summary.min_m, far.max(summary.min_m)))
            })
        })
    }

    /// Number of maps of a role that were read.
    pub(super) fn maps_of(self, role: Role) -> usize {
        self.files.with(|files| {
            let of_role = files.iter().filter(|f| f.part == FileUse::Map(role));
            of_role.filter_map(|f| Some(f.facts()?.maps.len())).sum()
        })
    }

    /// One of empty, working, ready, error: the contract for automation.
    pub(super) fn data_state(self) -> &'static str {
        let has_answers = self.answers.with(Option::is_some) || self.is_unjudged();
        self.job.with(|job| match job {
            Job::Reading { .. } | Job::Building => "working",
            Job::Failed(_) => "error",
            Job::Idle if has_answers => "ready",
            Job::Idle if self.data.with(Option::is_some) => "working",
            Job::Idle => "empty",
        })
    }

    /// Whether nothing may be said about a network by these files.
    pub(super) fn is_unjudged(self) -> bool {
        let is_file = |d: &Option<Arc<Dataset>>| {
            let origin = d.as_ref().map(|d| &d.origin);
            matches!(origin, Some(Origin::Files { .. }))
        };
        let is_unjudged = |d: &Option<SetDoubts>| d.as_ref().is_some_and(|d| d.is_unjudged);
        self.data.with(is_file) && self.doubts.with(is_unjudged)
    }

    /// Whether other depths replace the shown ones: what stands below the answers is then out of date.
    pub(super) fn is_replacing(self) -> bool {
        let is_read = self.job.with(Job::is_running) && self.data.with(Option::is_some);
        is_read || self.compared.with(|c| *c == ComparedAnswers::Pending)
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
    Measured {
        serial: data.serial,
        how: Some(settings.how),
        reports: measure_ranges(&data.depths, &settings.ranges, &settings.how, known),
    }
}

fn domain_of(data: Option<&Dataset>, settings: &Settings) -> Option<SweepDomain> {
    sweep_domain(&data?.depths, settings)
}
