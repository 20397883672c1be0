//! The Python environment of the native tests that compare with numpy, scipy and Pillow.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::process::{Program, find_on_path};
use crate::project::{self, Scratch, root};
use crate::{apt, files};

/// The pinned libraries, and a program that imports them.
const REQUIREMENTS: &str = "tests/golden/requirements.txt";
const IMPORTS: &str = "import numpy, scipy, PIL";

/// The file in the environment that lists its libraries.
const INSTALLED: &str = "installed.txt";

/// Makes the environment of the native tests in the cache of tools, unless it is there; gives its Python.
///
/// # Errors
/// If Python 3 is missing, or the libraries cannot be installed.
pub(crate) fn ensure() -> Outcome<PathBuf> {
    let why = "numpy, scipy and Pillow for the tests";
    environment("oracles", REQUIREMENTS, IMPORTS, why)
}

/// Makes an environment with pinned libraries in the cache of tools, unless it is there; gives its Python. `imports` is a program that
/// needs them, `what` names them.
///
/// # Errors
/// If Python 3 is missing, or the libraries cannot be installed.
pub(crate) fn environment(
    name: &str,
    requirements: &str,
    imports: &str,
    what: &str,
) -> Outcome<PathBuf> {
    let wanted = files::text(&root().join(requirements))?;
    let home = project::tool_folder(name, &pinned(&wanted))?;
    let python = home.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let has = files::text(&home.join(INSTALLED)).is_ok_and(|installed| installed == wanted);
    if has && Program::new(&python).args(["-c", imports]).output().is_ok() {
        return Ok(python);
    }
    println!("Installing {what}, about a minute.");
    make_environment(&home)?;
    let outside = Scratch::new(name)?;
    pip(&python, &outside)
        .args([
            "--requirement".as_ref(),
            root().join(requirements).as_os_str(),
        ])
        .run()
        .map_err(|failure| {
            failure.advise("check that pip reaches its package index, and use Python 3.11 or newer")
        })?;
    files::write(&home.join(INSTALLED), wanted)?;
    Ok(python)
}

/// pip's command that installs, in a folder where no file of the project is taken for a library.
pub(crate) fn pip(python: &Path, outside: &Scratch) -> Program {
    Program::new(python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .within(outside.path())
}

fn make_environment(home: &Path) -> Outcome {
    let names: &[&str] = if cfg!(windows) {
        &["python", "python3"]
    } else {
        &["python3"]
    };
    let found = names.iter().find_map(|name| find_on_path(name));
    let make = |python: &Path| {
        let program = Program::new(python).args(["-m", "venv", "--clear"]);
        program.args([home]).run()
    };
    if found.is_some_and(|python| make(&python).is_ok()) {
        return Ok(());
    }
    // Debian delivers `venv` apart from Python.
    let advise =
        |failure: Failure| failure.advise("install Python 3.11 or newer with its module venv");
    apt::install(&["python3-venv"], "the tests compare with numpy").map_err(advise)?;
    make(Path::new("python3")).map_err(advise)
}

/// The pins in one word, as the name of a folder: `numpy2.4.6-scipy1.17.1`.
fn pinned(requirements: &str) -> String {
    let lines = requirements.lines().filter(|line| line.contains("=="));
    let pins: Vec<_> = lines.map(|line| line.replace("==", "")).collect();
    pins.join("-")
}

#[cfg(test)]
mod tests {
    use super::{REQUIREMENTS, files, pinned, root};

    #[test]
    fn every_library_is_pinned() {
        let text = files::text(&root().join(REQUIREMENTS)).expect("it is in the repository");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for line in lines.clone() {
            assert!(
                line.contains("==") && !line.contains(['*', ' ', '>']),
                "{line}"
            );
        }
        assert_eq!(pinned(&text).split('-').count(), lines.count());
        assert_eq!(pinned("# a\nb==1.0\nc==2\n"), "b1.0-c2");
    }
}
