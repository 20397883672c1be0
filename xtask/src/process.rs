//! Runs other programs, either in the user's terminal or for their output.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::failure::{Failure, Outcome};

/// A command under construction.
pub(crate) struct Program {
    command: Command,
    name: String,
}

impl Program {
    /// The program of that name (looked up on PATH) or path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program.as_ref());
        for (key, _) in env::vars_os().filter(|(key, _)| is_left_by_cargo_run(key)) {
            command.env_remove(key);
        }
        Self {
            command,
            name: program.as_ref().to_string_lossy().into_owned(),
        }
    }

    /// Adds arguments.
    pub(crate) fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, args: I) -> Self {
        self.command.args(args);
        self
    }

    /// Sets one environment variable.
    pub(crate) fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Removes environment variables that would change the behaviour of the program.
    pub(crate) fn without_env(mut self, keys: &[&str]) -> Self {
        for key in keys {
            self.command.env_remove(key);
        }
        self
    }

    /// The directory to run in.
    pub(crate) fn within(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Runs with the user's terminal.
    ///
    /// # Errors
    /// If the program cannot be started or does not end with success; its own messages are above the sentence.
    pub(crate) fn run(mut self) -> Outcome {
        let line = self.line();
        let status = self
            .command
            .status()
            .map_err(|error| self.cannot_start(&error))?;
        if status.success() {
            Ok(())
        } else {
            Err(unsuccessful(&line, status))
        }
    }

    /// Runs without a terminal and gives its standard output, trimmed.
    ///
    /// # Errors
    /// If the program cannot be started or does not end with success.
    pub(crate) fn output(mut self) -> Outcome<String> {
        let line = self.line();
        let output = self
            .command
            .output()
            .map_err(|error| self.cannot_start(&error))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(unsuccessful(&line, output.status))
        }
    }

    /// Runs with the user's terminal, and gives its standard output too.
    ///
    /// # Errors
    /// If the program cannot be started or does not end with success.
    pub(crate) fn echoed(mut self) -> Outcome<String> {
        let line = self.line();
        self.command.stdout(Stdio::piped());
        let mut child = self
            .command
            .spawn()
            .map_err(|error| self.cannot_start(&error))?;
        let mut text = String::new();
        let out = child.stdout.take().map(BufReader::new);
        for line in out
            .into_iter()
            .flat_map(BufRead::lines)
            .map_while(Result::ok)
        {
            println!("{line}");
            text.push_str(&line);
            text.push('\n');
        }
        let status = child.wait().map_err(|error| self.cannot_start(&error))?;
        if status.success() {
            Ok(text)
        } else {
            Err(unsuccessful(&line, status))
        }
    }

    fn line(&self) -> String {
        let args: Vec<_> = self
            .command
            .get_args()
            .map(OsStr::to_string_lossy)
            .collect();
        format!("`{} {}`", self.name, args.join(" "))
    }

    fn cannot_start(&self, error: &std::io::Error) -> Failure {
        Failure::new(
            format!("cannot run `{}`", self.name),
            error.to_string(),
            "install it, or put it on PATH",
        )
    }
}

fn unsuccessful(line: &str, status: ExitStatus) -> Failure {
    Failure::new(
        format!("{line} failed"),
        status.to_string(),
        "see its messages above",
    )
}

/// True if `cargo run` has set this variable. It describes this package, and would mislead commands about others.
fn is_left_by_cargo_run(key: &OsStr) -> bool {
    let key = key.to_string_lossy();
    key == "CARGO" || key.starts_with("CARGO_PKG_") || key.starts_with("CARGO_MANIFEST_")
}

/// The first program of that name on PATH.
pub(crate) fn find_on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

/// PATH with these directories before it.
///
/// # Errors
/// If a directory's name contains the separator of PATH.
pub(crate) fn path_with(first: &[PathBuf]) -> Outcome<OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    env::join_paths(first.iter().cloned().chain(env::split_paths(&rest))).map_err(|error| {
        Failure::new(
            "cannot put the tools on PATH",
            error.to_string(),
            "move the cache with XDG_CACHE_HOME to a plainer path",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{Program, find_on_path, is_left_by_cargo_run};

    #[test]
    fn a_missing_program_is_named() {
        let failure = Program::new("no-such-program-here")
            .run()
            .expect_err("it does not exist");
        assert!(
            failure.to_string().contains("no-such-program-here"),
            "{failure}"
        );
        assert!(find_on_path("no-such-program-here").is_none());
    }

    #[test]
    fn cargo_is_on_path_and_answers() {
        assert!(find_on_path("cargo").is_some());
        let version = Program::new("cargo")
            .args(["--version"])
            .output()
            .expect("cargo answers");
        assert!(version.starts_with("cargo "), "{version}");
    }

    #[test]
    fn only_the_description_of_this_package_is_hidden() {
        for (key, hidden) in [
            ("CARGO", true),
            ("CARGO_PKG_NAME", true),
            ("CARGO_MANIFEST_DIR", true),
            ("CARGO_HOME", false),
            ("CARGO_TARGET_DIR", false),
            ("PATH", false),
        ] {
            assert_eq!(is_left_by_cargo_run(key.as_ref()), hidden, "{key}");
        }
    }
}
