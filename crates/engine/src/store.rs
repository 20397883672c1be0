//! The state of one worker, and its responses to requests, in steps.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use fathom_analysis::DistributionSummary;
use fathom_analysis::compare::{FrameOutcome, PixelPairs, SortedPairs};
use fathom_analysis::understanding::{FrameSample, RepairFit};
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
use crate::frame_depths::{
    FrameDepths, FrameOrder, PreviewInfo, RoleMaps, count_maps, frame_maps, preview, sample,
};
use crate::frame_files::MapSource;
use crate::ids::JobId;
use crate::ingest::{ingest, mask_of, repaired, sized};
use crate::kept_maps::KeptMaps;
use crate::map_view::{View, ViewInfo, map_view};
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

/// The purpose of a frame's maps.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    /// They are compared, in this comparison.
    Compare(JobId),
    /// The place of the shown map in each file.
    View(u32),
}

/// A frame while it is decoded and compared.
#[derive(Debug)]
struct FrameWork {
    purpose: Purpose,
    order: FrameOrder,
    /// Its decoded files so far, in the order of its maps.
    decoded: Vec<Rc<Decoded>>,
    region: Region,
    /// The maps under way in metres, once they are made, and whether their pixels were counted.
    depths: Option<(FrameDepths, bool)>,
    outcomes: Vec<FrameOutcome>,
    /// The sample of its maps and the sums of the ordered fit, once they are decoded.
    sample: Option<(FrameSample, Option<RepairFit>)>,
}

impl FrameWork {
    fn new(purpose: Purpose, order: FrameOrder) -> Box<Self> {
        Box::new(Self {
            purpose,
            order,
            decoded: Vec::new(),
            region: Region::default(),
            depths: None,
            outcomes: Vec::new(),
            sample: None,
        })
    }

    /// Its decoded maps, in the size that is wanted.
    fn roles(&self) -> Vec<RoleMaps<'_>> {
        let files = self.order.files.maps().zip(&self.decoded);
        files
            .map(|((role, source), decoded)| RoleMaps {
                role,
                encoding: source.encoding,
                maps: frame_maps_of(decoded, source),
            })
            .collect()
    }
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
            | Request::Sketch { serial, .. }
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
            Request::Build { serial, .. }
            | Request::Sample { serial }
            | Request::Sketch { serial, .. }
                if serial != self.newest =>
            {
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
            Request::Sketch { serial, sketch } => {
                let depths = sketch.distribution().map_err(|error| error.to_string());
                Response::Built(depths.map(|depths| self.hold(serial, depths, |_| {}))).into()
            }
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
                Step::More(Work::Frame(FrameWork::new(Purpose::Compare(run), *order)))
            }
            Request::View(view) => match *view {
                View::Frame { order, map } => {
                    Step::More(Work::Frame(FrameWork::new(Purpose::View(map), *order)))
                }
                View::Map {
                    source,
                    options,
                    map,
                } => self.view_map(source, &options, map, files),
            },
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
        let pick = options.pick.as_deref();
        if options.member.is_none()
            && self.kept.get(file.source, None, pick).is_none()
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
            None => Err(tr!("no file arrived").to_owned()),
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

    /// The samples of one map.
    fn view_map(
        &mut self,
        source: u32,
        options: &ReadOptions,
        map: u32,
        files: &dyn FileAccess,
    ) -> Step {
        let fewer =
            || tr!("it has fewer maps than before; expected as many: choose it again").to_owned();
        let decoded = self.maps_of(source, options, files);
        let view = decoded.and_then(|decoded| {
            let map = decoded.maps.get(map as usize).ok_or_else(fewer)?;
            Ok(map_view(&sized(map, options)))
        });
        match view {
            Ok((info, samples)) => shown(ViewInfo::Map(info), vec![samples]),
            Err(why) => Response::View(Err(why)).into(),
        }
    }

    /// The numbers of the files that a request needs to be opened: maps that are kept need none.
    #[must_use]
    pub fn files_to_open(&self, request: &Request) -> Vec<u32> {
        let mut out = Vec::new();
        let mut want = |source: u32, options: &ReadOptions, mask: Option<u32>| {
            let (member, pick) = (options.member, options.pick.as_deref());
            if !self.kept.holds(source, member, pick) {
                out.push(source);
            }
            let member = options.mask.as_ref().and_then(|mask| mask.member);
            out.extend(mask.filter(|mask| !self.kept.holds(*mask, member, None)));
        };
        match request {
            Request::Read { chosen, file, .. } if *chosen == self.chosen => {
                want(file.source, &file.options, file.mask);
            }
            // Kept maps are those of another set.
            Request::Read { file, .. } => {
                out.push(file.source);
                out.extend(file.mask);
            }
            Request::Compare { order, .. } => {
                for (_, map) in order.files.maps() {
                    want(map.file, &map.options, map.mask);
                }
            }
            Request::View(view) => match &**view {
                View::Frame { order, .. } => {
                    for (_, map) in order.files.maps() {
                        want(map.file, &map.options, map.mask);
                    }
                }
                View::Map {
                    source, options, ..
                } => want(*source, options, None),
            },
            _ => {}
        }
        out.sort_unstable();
        out.dedup();
        out
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
            .ok_or(tr!("The results of the workers do not match."))?;
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
        let is_under_way = match self.decode_next(&mut work, files) {
            Ok(false) => match work.purpose {
                Purpose::Compare(run) => self.advance(&mut work, run),
                Purpose::View(map) => return frame_view(&work, map),
            },
            decoded => decoded,
        };
        let result = match is_under_way {
            Ok(true) => return Step::More(Work::Frame(work)),
            Ok(false) => Ok(work.outcomes),
            Err(why) if matches!(work.purpose, Purpose::View(_)) => {
                return Response::View(Err(why)).into();
            }
            Err(why) => Err(why),
        };
        let (sample, fit) = work.sample.unwrap_or_default();
        Response::Frame(result, sample, fit).into()
    }

    /// Decodes the next file of a frame; returns false if there is none.
    fn decode_next(
        &mut self,
        work: &mut FrameWork,
        files: &dyn FileAccess,
    ) -> Result<bool, String> {
        let Some((_, source)) = work.order.files.maps().nth(work.decoded.len()) else {
            return Ok(false);
        };
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
        Ok(true)
    }

    /// Does one step of comparing decoded maps; returns true if another one follows.
    fn advance(&mut self, work: &mut FrameWork, run: JobId) -> Result<bool, String> {
        let order = &work.order;
        match work.depths.take() {
            None => {
                let roles = work.roles();
                if work.sample.is_none() {
                    let sample = sampled(&roles, order);
                    work.sample = Some(sample);
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
                if self.run == run {
                    depths.count_pixels(&mut self.pairs);
                }
                work.depths = Some((depths, true));
            }
            Some((depths, true)) => work.outcomes.push(depths.compare(&order.settings)?),
        }
        Ok(true)
    }
}

/// The sample of all maps of a frame, and the sums of the fit that is ordered.
fn sampled(roles: &[RoleMaps<'_>], order: &FrameOrder) -> (FrameSample, Option<RepairFit>) {
    let most = roles.iter().map(|role| role.maps.len()).max().unwrap_or(0);
    let (mut out, mut fit) = (FrameSample::default(), None::<RepairFit>);
    for (index, size) in order.sample.of_stack(most).into_iter().enumerate() {
        let maps = frame_maps(roles, index);
        out.append(sample(&maps, size, &order.markers));
        let own = order.fit.and_then(|fit| fit.sums(&maps, &order.markers));
        match (&mut fit, own) {
            (Some(fit), Some(own)) => fit.merge(&own),
            (None, own) => fit = own,
            (Some(_), None) => {}
        }
    }
    (out, fit)
}

/// The decoded maps of a frame in metres.
fn frame_view(work: &FrameWork, map: u32) -> Step {
    let roles = work.roles();
    let count = count_maps(&roles).max(1);
    let index = (map as usize).min(count - 1);
    match preview(&frame_maps(&roles, index), &work.region, &work.order) {
        Ok(preview) => {
            let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let info = PreviewInfo {
                width: size(preview.width),
                height: size(preview.height),
                roles: preview.maps_m.iter().map(|(role, _)| *role).collect(),
                map: size(index),
                of: size(count),
            };
            let maps = preview.maps_m.into_iter().map(|(_, map_m)| map_m);
            shown(ViewInfo::Frame(info), maps.collect())
        }
        Err(why) => Response::View(Err(why)).into(),
    }
}

/// The response with the samples of a view.
fn shown(info: ViewInfo, doubles: Vec<Vec<f64>>) -> Step {
    let words = Vec::new();
    Step::Done(Response::View(Ok(info)), Buffers { doubles, words })
}

/// The maps of a file that are of a frame, in the size that is wanted.
fn frame_maps_of<'a>(decoded: &'a Decoded, source: &MapSource) -> Vec<Cow<'a, RawMap>> {
    let maps = match source.map {
        Some(place) => {
            let own = decoded.maps.get(place as usize);
            own.map_or(&[][..], std::slice::from_ref)
        }
        None => &decoded.maps,
    };
    maps.iter().map(|map| sized(map, &source.options)).collect()
}

/// The response to a query about depths or predictions that were replaced; the session drops it.
fn gone() -> Step {
    Response::Result(Box::new(QueryResult::Refused(not_held()))).into()
}

fn not_held() -> String {
    tr!("the depths did not arrive").to_owned()
}
