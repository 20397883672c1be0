//! The arguments of a run, as the Python half of the package prepares them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use fathom_analysis::Policy;
use fathom_analysis::understanding::RepairTextError;
use fathom_core::depth::{Crop, FileUse, Role};
use fathom_core::stats::DepthWindow;
use fathom_engine::{FileRow, ReadingSettings, ReportSettings};
use fathom_native::setting_texts::{
    ArrayName, EVALUATORS, RESIZES, RoleValue, Unit, bits, encodings, named, output_range,
};
use fathom_native::{ArrayFiles, CollectedFiles, Machine, NativeError, collect};
use fathom_report::report::Searches;
use numpy::{PyReadonlyArray1, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::{failed, failure};

/// Time between two looks for signals.
const SIGNALS: Duration = Duration::from_millis(100);

/// An array: its use, the path that stands for it, numpy's text of its type, its shape, and its bytes.
type ArrayInput<'py> = (
    String,
    String,
    String,
    Vec<usize>,
    PyReadonlyArray1<'py, u8>,
);

/// The arguments of a run.
pub(crate) struct RunInput<'py> {
    arguments: Bound<'py, PyDict>,
    paths: Vec<(Option<FileUse>, PathBuf)>,
    arrays: Vec<(FileUse, ArrayInput<'py>)>,
}

/// The files of a run.
pub(crate) struct RunSet<'a> {
    /// Files and arrays by their numbers.
    pub(crate) files: ArrayFiles<'a>,
    /// Their rows.
    pub(crate) rows: Vec<FileRow>,
    /// A notice of files that are left out.
    pub(crate) warnings: Vec<String>,
}

fn use_of(name: &str) -> PyResult<FileUse> {
    if name == "mask" {
        return Ok(FileUse::Mask);
    }
    let role = Role::ALL.into_iter().find(|role| role.name() == name);
    role.map(FileUse::Map)
        .ok_or_else(|| failed(&format!("there is no role {name}")))
}

impl<'py> RunInput<'py> {
    /// Takes the arguments.
    pub(crate) fn extract(input: &Bound<'py, PyAny>) -> PyResult<Self> {
        let arguments: Bound<'py, PyDict> = input.cast::<PyDict>()?.clone();
        let list = |name: &str| {
            let found = arguments.get_item(name)?;
            found.ok_or_else(|| failed(&format!("{name} is missing")))
        };
        let paths: Vec<(Option<String>, PathBuf)> = list("paths")?.extract()?;
        let paths = paths.into_iter().map(|(role, path)| {
            let role = role.as_deref().map(use_of).transpose()?;
            Ok((role, path))
        });
        let arrays: Vec<ArrayInput<'py>> = list("arrays")?.extract()?;
        let arrays = arrays
            .into_iter()
            .map(|array| Ok((use_of(&array.0)?, array)));
        Ok(Self {
            paths: paths.collect::<PyResult<_>>()?,
            arrays: arrays.collect::<PyResult<_>>()?,
            arguments,
        })
    }

    fn get<T>(&self, name: &str) -> PyResult<Option<T>>
    where
        T: for<'a> FromPyObjectOwned<'a>,
    {
        match self.arguments.get_item(name)? {
            Some(value) if !value.is_none() => Ok(Some(value.extract().map_err(Into::into)?)),
            _ => Ok(None),
        }
    }

    fn parsed<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> PyResult<Option<T>> {
        let text: Option<String> = self.get(name)?;
        let named = |why: String| failed(&format!("{name}: {why}"));
        text.map(|text| parse(&text).map_err(named)).transpose()
    }

    fn all_parsed<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> PyResult<Vec<T>> {
        let texts: Option<Vec<String>> = self.get(name)?;
        let named = |why: String| failed(&format!("{name}: {why}"));
        let texts = texts.unwrap_or_default();
        texts
            .iter()
            .map(|text| parse(text).map_err(named))
            .collect()
    }

    /// Threads and memory.
    pub(crate) fn machine(&self) -> PyResult<Machine> {
        let megabytes: Option<usize> = self.get("memory")?;
        Ok(Machine::new(
            self.get("threads")?,
            megabytes.unwrap_or(2000),
        ))
    }

    /// The settings of the report.
    pub(crate) fn settings(&self) -> PyResult<ReportSettings> {
        let crops = Crop::ALL.map(|crop| (crop.name(), crop));
        let policies = Policy::ALL.map(|policy| (policy.name(), policy));
        let searches = Searches::ALL.map(|searches| (searches.name(), searches));
        let (min_m, max_m) = self.get("window")?.unwrap_or_default();
        let units: Vec<RoleValue<Unit>> = self.all_parsed("unit", str::parse)?;
        let arrays: Vec<RoleValue<ArrayName>> = self.all_parsed("array", str::parse)?;
        Ok(ReportSettings {
            searches: self
                .parsed("searches", |text| named(&searches, text))?
                .unwrap_or_default(),
            reading: ReadingSettings {
                crop: self
                    .parsed("crop", |text| named(&crops, text))?
                    .unwrap_or_default(),
                resize: self.parsed("resize", |text| named(&RESIZES, text))?,
                window: DepthWindow { min_m, max_m },
                markers: self.get("markers")?,
                ..ReadingSettings::default()
            },
            repairs: self.all_parsed("repair", |text| {
                text.parse()
                    .map_err(|error: RepairTextError| error.to_string())
            })?,
            encodings: encodings(&units),
            arrays: arrays.into_iter().map(|a| (a.role, a.value.0)).collect(),
            evaluator: self
                .parsed("evaluator", |text| named(&EVALUATORS, text))?
                .unwrap_or_default(),
            range: self.parsed("range", output_range)?,
            bits: self.parsed("bits", bits)?,
            policy: self
                .parsed("policy", |text| named(&policies, text))?
                .unwrap_or_default(),
            parameters: self.get("parameters")?,
            has_link: true,
            keeps_as_is: self.get("as_is")?.unwrap_or_default(),
            pairs_by_order: self
                .parsed("pair", |text| {
                    named(&[("name", false), ("order", true)], text)
                })?
                .unwrap_or_default(),
        })
    }

    /// The files. They borrow the memory of the arrays.
    pub(crate) fn set(&self) -> PyResult<RunSet<'_>> {
        let paths: Vec<(&PathBuf, Option<FileUse>)> = self
            .paths
            .iter()
            .map(|(role, path)| (path, *role))
            .collect();
        let CollectedFiles {
            disk,
            mut rows,
            left_out,
        } = collect(&paths).map_err(failure)?;
        let mut files = ArrayFiles::new(disk);
        for (role, (_, path, descr, shape, bytes)) in &self.arrays {
            let samples = bytes.as_slice()?;
            let size = Some(bytes.len() as f64);
            let source = files.push(descr, shape, samples);
            let mut row = FileRow::new(path.clone(), size, source, None);
            row.chosen_part = Some(*role);
            rows.push(row);
        }
        // As files on disk, whatever the order of arguments.
        rows.sort_by(|a, b| a.path.cmp(&b.path));
        if rows.is_empty() {
            return Err(failed(&"there is nothing to analyse; give paths or arrays"));
        }
        Ok(RunSet {
            files,
            rows,
            warnings: left_out.into_iter().collect(),
        })
    }
}

/// Looks for signals while a run goes on without the interpreter's lock.
#[derive(Default)]
pub(crate) struct Interrupts {
    last: Option<Instant>,
    raised: Option<PyErr>,
}

impl Interrupts {
    /// Returns false once a signal has raised an exception.
    pub(crate) fn go_on(&mut self) -> bool {
        if self.last.is_none_or(|last| last.elapsed() > SIGNALS) {
            self.last = Some(Instant::now());
            self.raised = Python::attach(|py| py.check_signals()).err();
        }
        self.raised.is_none()
    }

    /// The end of a run, or the exception of a signal.
    pub(crate) fn checked<T>(self, end: Result<T, NativeError>) -> PyResult<T> {
        self.or(end.map_err(failure))
    }

    /// The same for an end whose error is an exception already.
    pub(crate) fn or<T>(self, end: PyResult<T>) -> PyResult<T> {
        match self.raised {
            Some(raised) => Err(raised),
            None => end,
        }
    }
}
