//! The queries of a run, their results, and what a finished run hands over.

use fathom_analysis::compare::{Change, Evidence};
use fathom_analysis::diagnosis::calculator::CalculatorInput;
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::{BestRange, RangeReport};
use fathom_core::depth::Role;
use fathom_core::stats::Sketch;
use fathom_report::report::ReadingInfo;

use super::ReportRun;
use crate::file_row::FileRow;
use crate::known_figures::found_range;
use crate::messages::Priority;
use crate::query::{Query, QueryResult};
use crate::range_settings::{sweep_domain, use_found_range};
use crate::report_basis::{FilesOrigin, ReportBasis, sample_source};
use crate::run_outcome::RunOutcome;
use crate::session_types::{Event, QueryKey};
use crate::shared_result::sketch_budget;
use crate::whole_report::report_queries;

impl ReportRun {
    pub(super) fn next_key(&self) -> QueryKey {
        u32::try_from(self.asked.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn ask<B>(
        &mut self,
        query: Query,
        priority: Priority,
        out: &mut Vec<Event<B>>,
    ) -> QueryKey {
        let key = self.next_key();
        out.push(Event::Query(key, priority, Box::new(query.clone())));
        self.asked.push((query, None));
        key
    }

    /// The result of a query, once it is there.
    fn result(&self, key: Option<QueryKey>) -> Option<&QueryResult> {
        self.asked.get(key? as usize)?.1.as_deref()
    }

    pub(super) fn ranges(&self) -> Option<&[RangeReport]> {
        match self.result(self.ranges_key)? {
            QueryResult::Ranges(ranges) => Some(ranges),
            _ => Some(&[]),
        }
    }

    fn best(&self) -> &[BestRange] {
        match self.result(self.best_key) {
            Some(QueryResult::BestEnds(best)) => best,
            _ => &[],
        }
    }

    fn changes(&self) -> &[Change] {
        match self.result(self.changes_key) {
            Some(QueryResult::Changes(changes)) => changes,
            _ => &[],
        }
    }

    fn requantized(&self) -> Option<&Requantized> {
        match self.result(self.requantized_key) {
            Some(QueryResult::Requantized(found)) => Some(found),
            _ => None,
        }
    }

    fn sketch(&self) -> Option<&Sketch> {
        match self.result(self.sketch_key) {
            Some(QueryResult::Sketch(sketch)) => Some(sketch),
            _ => None,
        }
    }

    /// Asks for the figures of ranges and changes. The settings are final: INT8's own range is known.
    pub(super) fn ask_ranges<B>(&mut self, out: &mut Vec<Event<B>>) {
        if let Some((found, code)) = found_range(&self.compared, self.settings.how.bits) {
            use_found_range(&mut self.settings, found, code);
        }
        self.given.use_given_range(&mut self.settings);
        let (ranges, how) = (self.settings.ranges.clone(), self.settings.how);
        self.ranges_key = Some(self.ask(Query::Ranges { ranges, how }, Priority::Edit, out));
        let summary = self.depths.as_ref().map(|depths| depths.summary);
        let domain = summary.and_then(|s| sweep_domain(s.max_m, s.median_m(), &self.settings));
        if let Some(domain) = domain {
            let how = self.settings.how;
            let best = Query::BestEnds { domain, how };
            self.best_key = Some(self.ask(best, Priority::InView, out));
        }
        if self.compared.evidence().is_some_and(Evidence::has_both) {
            let changes = Query::Changes {
                frames: self.compared.metric_sums().to_vec(),
                protocol: self.given.protocol(),
                how: self.given.resampling(),
            };
            self.changes_key = Some(self.ask(changes, Priority::InView, out));
        }
    }

    pub(super) fn ask_for_report<B>(&mut self, ranges: Vec<RangeReport>, out: &mut Vec<Event<B>>) {
        let Some(depths) = &self.depths else { return };
        let built = depths.built.as_ref();
        let origin = match built {
            Some(built) => FilesOrigin::new(&self.rows, built, &self.reading),
            None => FilesOrigin {
                inputs: Vec::new(),
                source: sample_source(),
                reading: ReadingInfo::default(),
            },
        };
        let basis = ReportBasis {
            inputs: origin.inputs,
            source: origin.source,
            summary: depths.summary,
            resolution: depths.resolution,
            how: self.settings.how,
            reading: origin.reading,
            ranges,
            best: Vec::new(),
            current: self.settings.current,
            found: self.settings.found,
            is_sample: built.is_none(),
            role: self.role(),
            searches: self.given.searches,
        };
        if let (Some(run), Some(current)) = (self.run, basis.current()) {
            let narrower = RangeReport::narrower(&basis.ranges, current);
            let requantized = Query::Requantized {
                run,
                current,
                narrower: narrower.map(|report| report.named.range),
                how: basis.how,
            };
            self.requantized_key = Some(self.ask(requantized, Priority::InView, out));
        }
        if self.given.has_link && !basis.is_sample {
            let sketch = Query::Sketch(sketch_budget(&self.compared));
            self.sketch_key = Some(self.ask(sketch, Priority::Rest, out));
        }
        self.report_key = Some(self.next_key());
        for query in report_queries(&basis) {
            self.ask(query, Priority::Rest, out);
        }
        self.basis = Some(basis);
    }

    fn role(&self) -> Option<Role> {
        Some(self.depths.as_ref()?.built.as_ref()?.shown)
    }

    pub(super) fn outcome(&self) -> Option<RunOutcome> {
        let basis = ReportBasis {
            best: self.best().to_vec(),
            ..self.basis.clone()?
        };
        let of_shown = |row: &&FileRow| row.part.role() == basis.role;
        let shown = self.rows.iter().filter(of_shown);
        let maps = shown.filter_map(|row| Some(row.facts()?.maps.len())).sum();
        let from = self.report_key? as usize;
        let results = self.asked[from..].iter();
        Some(RunOutcome {
            given: self.given.clone(),
            measured: self.given.compare_settings(),
            numbers: CalculatorInput::published(),
            settings: self.settings.clone(),
            compared: self.compared.clone(),
            worst: None,
            changes: self.changes().to_vec(),
            requantized: self.requantized().cloned().map(Box::new),
            results: results.filter_map(|(_, r)| r.as_deref().cloned()).collect(),
            sketch: self.sketch().cloned(),
            doubts: self.doubts.clone(),
            basis,
            maps,
        })
    }
}
