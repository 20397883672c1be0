//! Arguments that say what is made of a result: the same for `fathom analyse` and `fathom merge`.

use std::path::{Path, PathBuf};

use clap::Args;
use fathom_report::link::MAX_TITLE;

use crate::command_error::CommandError;

/// The arguments as they are typed. `-` stands for the standard output.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct OutputArguments {
    /// The report, with every figure. Without any output, report.json.
    #[arg(
        short = 'o',
        long = "out",
        value_name = "FILE",
        help_heading = "Output"
    )]
    pub out: Option<PathBuf>,

    /// The report as one HTML file with charts.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub html: Option<PathBuf>,

    /// The report as Markdown.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub md: Option<PathBuf>,

    /// Prints report.json and nothing else.
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Prints a link that opens the page with this result: settings, a summary of the depths and the comparison, no file.
    #[arg(long, help_heading = "Output")]
    pub link: bool,

    /// The address of your page, in front of the link.
    #[arg(long, value_name = "URL", requires = "link", help_heading = "Output")]
    pub site: Option<String>,

    /// The title of the link.
    #[arg(long, value_name = "TEXT", requires = "link", value_parser = title, help_heading = "Output")]
    pub title: Option<String>,

    /// Includes the names of the worst frames in the link.
    #[arg(long, requires = "link", help_heading = "Output")]
    pub frame_names: bool,
}

fn title(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() > MAX_TITLE {
        return Err(format!("it is longer than {MAX_TITLE} characters"));
    }
    Ok(text.to_owned())
}

impl OutputArguments {
    /// The file of the report, where one is wanted.
    pub(crate) fn report_file(&self) -> Option<&Path> {
        let is_other = self.html.is_some() || self.md.is_some() || self.json || self.link;
        let default = || (!is_other).then(|| Path::new("report.json"));
        self.out.as_deref().or_else(default)
    }

    /// Checks that one output at most goes to the standard output, and that the folders of files are there: a run may take hours.
    pub(crate) fn check(&self) -> Result<(), CommandError> {
        let files = [&self.out, &self.html, &self.md].into_iter().flatten();
        let to_standard = files.filter(|file| is_standard(file)).count();
        if to_standard + usize::from(self.json) + usize::from(self.link) > 1 {
            return Err(CommandError::usage(
                "--json, --link and files named - all write to the standard output; give one of them, and files for the others",
            ));
        }
        let files = [self.report_file(), self.html.as_deref(), self.md.as_deref()];
        let mut files = files
            .into_iter()
            .flatten()
            .filter(|file| !is_standard(file));
        files.try_for_each(check_place)
    }

    /// True if an output other than words goes to the standard output.
    pub(crate) fn takes_standard(&self) -> bool {
        let files = [&self.out, &self.html, &self.md].into_iter().flatten();
        self.json || self.link || files.into_iter().any(|file| is_standard(file))
    }
}

/// Checks that a file can be written at a place.
pub(crate) fn check_place(file: &Path) -> Result<(), CommandError> {
    if is_standard(file) {
        return Err(CommandError::usage(
            "- stands for the standard output, which takes reports alone; name a file",
        ));
    }
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    if folder.is_some_and(|folder| !folder.is_dir()) {
        let why = "there is no folder to write it to; make the folder first";
        return Err(CommandError::content(file, why));
    }
    if file.is_dir() {
        return Err(CommandError::content(file, "it is a folder; name a file"));
    }
    Ok(())
}

/// Returns true if a path stands for the standard output.
pub(crate) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}
