//! Outputs of a result: `report.json`, documents, the link, and words on the terminal.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use fathom_engine::RunOutcome;
use fathom_native::documents;
use serde_json::Value;

use crate::command_error::CommandError;
use crate::output_arguments::{OutputArguments, is_standard};

/// Writes everything that is wanted.
pub(crate) fn write(outcome: &RunOutcome, wanted: &OutputArguments) -> Result<(), CommandError> {
    let report = outcome.report();
    let json = report.to_json().map_err(CommandError::usage)?;
    let link = if wanted.link {
        Some(link(outcome, wanted)?)
    } else {
        None
    };
    // A fragment without its site is no address.
    let address = link.clone().filter(|_| wanted.site.is_some());
    if let Some(file) = wanted.report_file() {
        write_text(file, &json)?;
    }
    if let Some(file) = &wanted.html {
        let html =
            documents::html(outcome, &report, address.clone()).map_err(CommandError::Usage)?;
        write_text(file, &html)?;
    }
    if let Some(file) = &wanted.md {
        let markdown = documents::markdown(&report, address).map_err(CommandError::Usage)?;
        write_text(file, &markdown)?;
    }
    if wanted.json {
        print(&json)?;
    }
    if let Some(link) = link {
        print(&format!("{link}\n"))?;
    }
    if !wanted.takes_standard() {
        print(&words(&json))?;
        let files = [
            wanted.report_file(),
            wanted.html.as_deref(),
            wanted.md.as_deref(),
        ];
        for file in files.into_iter().flatten() {
            print(&format!("Written: {}\n", file.display()))?;
        }
    }
    Ok(())
}

/// The link, behind the address of the site if there is one.
fn link(outcome: &RunOutcome, wanted: &OutputArguments) -> Result<String, CommandError> {
    let title = wanted.title.as_deref().unwrap_or_default();
    let made = outcome.link(title, wanted.frame_names);
    let (fragment, ..) = made.ok_or_else(|| CommandError::usage("no link can be made of it"))?;
    let site = wanted.site.as_deref().unwrap_or_default();
    Ok(format!("{}#{fragment}", site.trim_end_matches('#')))
}

/// The answers of a report: a line each.
fn words(json: &str) -> String {
    let report: Value = serde_json::from_str(json).unwrap_or_default();
    let verdicts = report["verdicts"].as_array();
    let line = |verdict: &Value| {
        let text = |key: &str| verdict[key].as_str().unwrap_or_default().to_owned();
        format!("{}\n  {}\n", text("question"), text("headline"))
    };
    let answers = match verdicts {
        Some(verdicts) => verdicts.iter().map(line).collect(),
        None => "No verdict: these maps do not show what a network does.\n".to_owned(),
    };
    answers + &missing_roles(&report).unwrap_or_default()
}

/// Roles that a set lacks, with the flags that state them; `None` for a whole set and for the built-in sample.
fn missing_roles(report: &Value) -> Option<String> {
    let inputs = report["inputs"].as_array()?;
    let has = |role: &str| inputs.iter().any(|input| input["role"] == role);
    let roles = [
        ("ground truth (--gt)", has("gt")),
        ("FP32 predictions (--fp32)", has("fp32")),
        ("INT8 predictions (--int8)", has("int8") || has("board")),
    ];
    let missing = roles.iter().filter(|(_, is_there)| !is_there);
    let missing: Vec<&str> = missing.map(|(name, _)| *name).collect();
    (!missing.is_empty()).then(|| {
        format!(
            "For metrics, an error budget and a plan, add {}.\n",
            missing.join(" and ")
        )
    })
}

fn write_text(file: &Path, text: &str) -> Result<(), CommandError> {
    if is_standard(file) {
        return print(text);
    }
    fs::write(file, text).map_err(|error| CommandError::file(file, &error))
}

/// Prints. A reader that closes the pipe early is no error.
pub(crate) fn print(text: &str) -> Result<(), CommandError> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CommandError::file(Path::new("standard output"), &error))
        }
        _ => Ok(()),
    }
}
