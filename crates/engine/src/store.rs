//! The state of one worker, and its responses to requests, in steps.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use fathom_analysis::DistributionSummary;
use fathom_analysis::compare::{FrameOutcome, PixelPairs, SortedPairs};
use fathom_analysis::understanding::FrameSample;
use fathom_core::depth::{RawMap, Region};
use fathom_core::i18n::tr;
use fathom_core::stats::{Distribution, SampleSummary, SummaryHeader};
use fathom_core::synth;
use fathom_decode::Decoded;

use crate::buffers::{
    Buffers, distribution_buffers, distribution_from_buffers, summaries_from_buffers,
};
use crate::distribution_build::{Build, build};
use crate::file_access::{Directories, FileAccess};
use crate::file_content::{FileContent, ReadOptions};
use crate::frame_depths::{FrameDepths, FrameOrder, RoleMaps, count_maps, frame_maps, sample};
use crate::ids::JobId;
use crate::ingest::{ingest, mask_of, repaired, sized};
use crate::kept_maps::KeptMaps;
use crate::messages::{BuiltDepths, Priority, ReadFile, Request, RequestId, Response};
use crate::query::{QueryResult, QueryRun};

/// A finished request: its number, the response, and the buffers that come along.
pub type Finished = (RequestId, Response, Buffers);

/// A request that is not finished.
#[derive(Debug)]
struct Task {
    id: RequestId,
    priority: Priority,
    work: Work,
}

#[derive(Debug)]
enum Work {
    /// Not begun.
    Waiting(Request, Buffers),
    /// A query between two steps.
    Query(JobId, Box<QueryRun>),
    /// A frame between two steps.
    Frame(Box<FrameWork>),
}

/// A frame while it is compared.
#[derive(Debug)]
struct FrameWork {
    run: JobId,
    order: FrameOrder,
    /// Its decoded files so far, in the order of its maps.
    decoded: Vec<Rc<Decoded>>,
    region: Region,
    /// The maps under way in metres, once they are made, and whether their pixels were counted.
    depths: Option<(FrameDepths, bool)>,
    outcomes: Vec<FrameOutcome>,
    /// The sample of its maps, once they are decoded.
    sample: Option<FrameSample>,
}

/// Outcome of one step of a task.
enum Step {
    /// More is to do.
    More(Work),
    /// The response.
    Done(Response, Buffers),
}

impl From<Response> for Step {
    fn from(response: Response) -> Self {
        Self::Done(response, Buffers::default())
    }
}

/// The state of one worker: decoded maps, its share of counts and pixels, the shown depths, and the predictions of a comparison.
#[derive(Debug, Default)]
pub struct Store {
    tasks: Vec<Task>,
    chosen: JobId,
    job: JobId,
    summaries: BTreeMap<u32, SampleSummary>,
    kept: KeptMaps,
    directories: Directories,
    depths: Option<(JobId, Distribution)>,
    /// The newest depths that it was asked to hold: older ones come too late.
    newest: JobId,
    run: JobId,
    pairs: PixelPairs,
    predictions: Option<(JobId, SortedPairs)>,
}

impl Store {
    /// An empty store that keeps up to `budget` bytes of decoded maps.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self {
            kept: KeptMaps::new(budget),
            directories: Directories::default(),
            ..Self::default()
        }
    }

    /// Takes a request.
    pub fn push(&mut self, id: RequestId, priority: Priority, request: Request, buffers: Buffers) {
        match &request {
            Request::Abandon => self.tasks.clear(),
            Request::Build { serial, .. }
            | Request::Sample { serial }
            | Request::HoldDepths { serial, .. } => self.newest = *serial,
            _ => {}
        }
        let work = Work::Waiting(request, buffers);
        self.tasks.push(Task { id, priority, work });
    }

    /// Returns true if every request is finished.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Does one step of the most urgent request: at most a few milliseconds, but for a file that takes longer to decode and for searches
    /// without steps. Returns the request that it finished.
    pub fn poll(&mut self, files: &dyn FileAccess) -> Option<Finished> {
        let order = |at: &usize| (self.tasks[*at].priority, self.tasks[*at].id);
        let at = (0..self.tasks.len()).min_by_key(order)?;
        let Task { id, priority, work } = self.tasks.swap_remove(at);
        match self.step(work, files) {
            Step::More(work) => {
                self.tasks.push(Task { id, priority, work });
                None
            }
            Step::Done(response, buffers) => Some((id, response, buffers)),
        }
    }

    fn step(&mut self, work: Work, files: &dyn FileAccess) -> Step {
        match work {
            Work::Waiting(request, buffers) => self.begin(request, buffers, files),
            Work::Query(serial, mut run) => {
                let Some(depths) = self.depths_of(serial) else {
                    return gone();
                };
                match run.step(depths, self.predictions.as_ref().map(|(_, pairs)| pairs)) {
                    Some(result) => Response::Result(Box::new(result)).into(),
                    None => Step::More(Work::Query(serial, run)),
                }
            }
            Work::Frame(work) => self.step_frame(work, files),
        }
    }

    fn begin(&mut self, request: Request, buffers: Buffers, files: &dyn FileAccess) -> Step {
        match request {
            Request::Build { serial, .. } | Request::Sample { serial } if serial != self.newest => {
                Response::Built(Err(not_held())).into()
            }
            Request::HoldDepths { serial, .. } if serial != self.newest => Response::Done.into(),
            Request::Read { job, chosen, file } => {
                if self.chosen != chosen {
                    self.chosen = chosen;
                    self.kept.clear();
                    self.directories.clear();
                }
                if self.job != job {
                    self.job = job;
                    self.summaries.clear();
                }
                Response::Read(self.read(&file, files)).into()
            }
            Request::Summaries { job } => self.hand_over(job),
            Request::Build {
                serial,
                order,
                parts,
            } => Response::Built(self.build(serial, *order, &parts, buffers)).into(),
            Request::Sample { serial } => Response::Built(self.sample(serial)).into(),
            Request::ShareDepths { serial } => match self.depths_of(serial) {
                Some(depths) => {
                    let (resolution, buffers) = distribution_buffers(depths.clone());
                    Step::Done(Response::Depths(Some(resolution)), buffers)
                }
                None => Response::Depths(None).into(),
            },
            Request::HoldDepths { serial, resolution } => {
                // The old ones go first: two sets of millions of depths need not be held at once.
                self.depths = None;
                let depths = distribution_from_buffers(resolution, buffers);
                self.depths = depths.map(|depths| (serial, depths));
                Response::Done.into()
            }
            Request::Query { serial, query } => {
                let is_held = match query.predictions() {
                    Some(run) => self
                        .predictions
                        .as_ref()
                        .is_some_and(|(own, _)| *own == run),
                    None => true,
                };
                match self.depths_of(serial).filter(|_| is_held) {
                    Some(depths) => {
                        Step::More(Work::Query(serial, Box::new(QueryRun::new(*query, depths))))
                    }
                    None => gone(),
                }
            }
            Request::Compare { run, order } => {
                if self.run != run {
                    self.run = run;
                    self.pairs = PixelPairs::default();
                }
                Step::More(Work::Frame(Box::new(FrameWork {
                    run,
                    order: *order,
                    decoded: Vec::new(),
                    region: Region::default(),
                    depths: None,
                    outcomes: Vec::new(),
                    sample: None,
                })))
            }
            Request::Pairs { run } => {
                // Workers bring their pixels in order side by side; where they are merged, little is left to do.
                let pairs = std::mem::take(&mut self.pairs);
                let doubles = if self.run == run {
                    vec![pairs.into_flat()]
                } else {
                    Vec::new()
                };
                let words = Vec::new();
                Step::Done(Response::Pairs, Buffers { doubles, words })
            }
            Request::HoldPredictions { run } => {
                self.predictions = None;
                self.predictions = Some((run, SortedPairs::from_parts(&buffers.doubles)));
                Response::Done.into()
            }
            Request::Abandon => Response::Done.into(),
        }
    }

    fn depths_of(&self, serial: JobId) -> Option<&Distribution> {
        let held = self.depths.as_ref();
        held.and_then(|(own, depths)| (*own == serial).then_some(depths))
    }

    /// Lists an archive, or decodes a file and counts its samples.
    fn read(&mut self, file: &ReadFile, files: &dyn FileAccess) -> Result<FileContent, String> {
        let options = &file.options;
        if options.member.is_none()
            && let Some(list) = self.directories.list(files, file.source, &file.name)?
        {
            return Ok(FileContent::Archive(list));
        }
        let decoded = self.maps_of(file.source, options, files)?;
        let member = options.mask.as_ref().and_then(|mask| mask.member);
        let mask = file
            .mask
            .map(|mask| self.decoded(mask, member, None, files));
        let mask = || match mask {
            Some(decoded) => decoded,
            None => Err(tr!("no file came along").to_owned()),
        };
        let summary = self.summaries.entry(file.group).or_default();
        ingest(summary, &decoded, options, mask).map(FileContent::Maps)
    }

    /// A file's maps: kept ones, or decoded now.
    fn decoded(
        &mut self,
        source: u32,
        member: Option<u32>,
        pick: Option<&str>,
        files: &dyn FileAccess,
    ) -> Result<Rc<Decoded>, String> {
        if let Some(kept) = self.kept.get(source, member, pick) {
            return Ok(kept);
        }
        let read = self.directories.decoded_file(files, source, member, pick);
        let decoded = Rc::new(read?);
        self.kept.keep(source, member, pick, &decoded);
        Ok(decoded)
    }

    /// The maps of a file after the repairs of its role.
    fn maps_of(
        &mut self,
        source: u32,
        options: &ReadOptions,
        files: &dyn FileAccess,
    ) -> Result<Rc<Decoded>, String> {
        let decoded = self.decoded(source, options.member, options.pick.as_deref(), files)?;
        Ok(if options.repairs.is_empty() {
            decoded
        } else {
            Rc::new(repaired((*decoded).clone(), &options.repairs))
        })
    }

    fn hand_over(&mut self, job: JobId) -> Step {
        let summaries = std::mem::take(&mut self.summaries);
        let (mut headers, mut buffers) = (Vec::new(), Buffers::default());
        for (group, summary) in summaries.into_iter().filter(|_| self.job == job) {
            let parts = summary.into_parts();
            headers.push((group, parts.header));
            buffers.doubles.extend(parts.doubles);
            buffers.words.extend(parts.words);
        }
        Step::Done(Response::Summaries(headers), buffers)
    }

    fn build(
        &mut self,
        serial: JobId,
        mut order: Build,
        parts: &[(u32, SummaryHeader)],
        buffers: Buffers,
    ) -> Result<Box<BuiltDepths>, String> {
        let headers: Vec<_> = parts.iter().map(|(_, header)| header.clone()).collect();
        let summaries = summaries_from_buffers(&headers, buffers)
            .ok_or(tr!("The workers' results do not fit together."))?;
        // Each worker's summaries come in the order of their groups; the build wants all of a group in a row.
        let mut all: Vec<_> = parts.iter().zip(summaries).collect();
        all.sort_by_key(|((group, _), _)| *group);
        for ((group, header), _) in &all {
            if let Some(own) = order.groups.get_mut(*group as usize) {
                own.summaries.push(header.clone());
            }
        }
        let summaries = all.into_iter().map(|(_, summary)| summary).collect();
        let (depths, built) = build(&order, summaries)?;
        Ok(self.hold(serial, depths, |built_depths| {
            built_depths.built = Some(built);
        }))
    }

    fn sample(&mut self, serial: JobId) -> Result<Box<BuiltDepths>, String> {
        let depths = synth::long_tail()
            .map_err(|error| tr!("The built-in sample could not be made: {error}.", error))?;
        Ok(self.hold(serial, depths, |_| {}))
    }

    fn hold(
        &mut self,
        serial: JobId,
        depths: Distribution,
        with: impl FnOnce(&mut BuiltDepths),
    ) -> Box<BuiltDepths> {
        let mut out = Box::new(BuiltDepths {
            resolution: depths.resolution(),
            summary: DistributionSummary::measure(&depths),
            built: None,
        });
        with(&mut out);
        self.depths = Some((serial, depths));
        out
    }

    /// One step of a frame: decode a file, or convert, count or compare one of its maps.
    fn step_frame(&mut self, mut work: Box<FrameWork>, files: &dyn FileAccess) -> Step {
        match self.advance(&mut work, files) {
            Ok(true) => Step::More(Work::Frame(work)),
            Ok(false) => Response::Frame(Ok(work.outcomes), work.sample.unwrap_or_default()).into(),
            Err(why) => Response::Frame(Err(why), work.sample.unwrap_or_default()).into(),
        }
    }

    /// Does one step; returns true if another one follows.
    fn advance(&mut self, work: &mut FrameWork, files: &dyn FileAccess) -> Result<bool, String> {
        let order = &work.order;
        if let Some((_, source)) = order.files.maps().nth(work.decoded.len()) {
            let decoded = self.maps_of(source.file, &source.options, files)?;
            if work.region.mask.is_none()
                && let (Some(file), Some(mask), Some(first)) =
                    (source.mask, &source.options.mask, decoded.maps.first())
            {
                let found = self.decoded(file, mask.member, None, files);
                work.region.mask = Some(mask_of(found, mask, &sized(first, &source.options))?);
            }
            work.region.crop = source.options.crop;
            work.decoded.push(decoded);
            return Ok(true);
        }
        match work.depths.take() {
            None => {
                let roles: Vec<RoleMaps<'_>> = order
                    .files
                    .maps()
                    .zip(&work.decoded)
                    .map(|((role, source), decoded)| RoleMaps {
                        role,
                        encoding: source.encoding,
                        maps: in_size(decoded, &source.options),
                    })
                    .collect();
                if work.sample.is_none() {
                    work.sample = Some(sampled(&roles, order));
                    return Ok(true);
                }
                let index = work.outcomes.len();
                if index >= count_maps(&roles) || roles.len() < 2 {
                    return Ok(false);
                }
                let maps = frame_maps(&roles, index);
                let depths = FrameDepths::new(&maps, &work.region, order)?;
                work.depths = Some((depths, false));
            }
            Some((depths, false)) => {
                if self.run == work.run {
                    depths.count_pixels(&mut self.pairs);
                }
                work.depths = Some((depths, true));
            }
            Some((depths, true)) => work.outcomes.push(depths.compare(&order.settings)?),
        }
        Ok(true)
    }
}

/// The sample of all maps of a frame.
fn sampled(roles: &[RoleMaps<'_>], order: &FrameOrder) -> FrameSample {
    let most = roles.iter().map(|role| role.maps.len()).max().unwrap_or(0);
    let mut out = FrameSample::default();
    for (index, size) in order.sample.of_stack(most).into_iter().enumerate() {
        out.append(sample(&frame_maps(roles, index), size, &order.markers));
    }
    out
}

/// The maps of a file in the size that is wanted.
fn in_size<'a>(decoded: &'a Decoded, options: &ReadOptions) -> Vec<Cow<'a, RawMap>> {
    decoded.maps.iter().map(|map| sized(map, options)).collect()
}

/// The response to a query about depths or predictions that were replaced; the session drops it.
fn gone() -> Step {
    Response::Result(Box::new(QueryResult::Refused(not_held()))).into()
}

fn not_held() -> String {
    tr!("the depths did not arrive").to_owned()
}
