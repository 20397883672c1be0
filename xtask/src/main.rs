//! `cargo xtask`: builds, serves and tests Fathom, and first installs whatever of its tools is missing.
//!
//! What it may know: the layout of the workspace and the tools of its ecosystem. What must be absent: any of Fathom's own
//! computing. Each module is one concern: [`versions`] holds the pins, [`toolchain`] the compilers,
//! [`tools`] the other programs, [`site`] and [`offline`] the build, [`serve`] the local server, [`checks`] and [`browser`] the tests,
//! [`fuzz`] the search for files that break a reader, [`size`] the weight of the download, [`theory`] the page made from the
//! documentation, [`texts`] the other languages, [`package`] the site as one file and [`licences`] what it is made of.

use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::{Long, Short, Value, ValueExt};

mod apt;
mod browser;
mod checks;
mod failure;
mod files;
mod fuzz;
mod licences;
#[cfg(test)]
mod links;
mod markdown;
mod offline;
mod package;
mod process;
mod project;
mod serve;
mod site;
mod size;
mod steps;
mod texts;
mod theory;
mod toolchain;
mod tools;
mod versions;

use failure::{Failure, Outcome};
use serve::Place;
use steps::Step;

const HELP: &str = "\
cargo xtask <command>

  serve    build the release site and serve it on this machine
             --port <number>  the port (8080)
             --base <path>    serve under a sub-path, such as /some/path/
  test     everything below but bench and fuzz, in this order, with the times at the end
  lint     rustfmt and clippy, natively and for the browser, warnings as errors
  unit     native tests
  build    the release site, into dist (plain static files)
  size     what a first visit downloads, against its limit
  e2e      the browser tests, on the release site in Chromium and Firefox
  bench    native benchmarks, then the one in the browser
  fuzz     invented files for every reader, [seconds] for each (60)
  dist     the site as one zip, the same from every folder, with the licences of what it is made of
  theory   public/theory*.html from docs/THEORY*.md
  setup    install what all of these need

Each installs what it needs and is missing, and says so.
";

/// Where the site is served unless the user says otherwise.
const DEFAULT_PORT: u16 = 8080;

/// What `cargo xtask test` runs. The cheapest checks come first.
const TEST: [Step; 5] = [
    ("lint", checks::lint),
    ("unit", checks::unit),
    ("build", site::build),
    ("size", size::report),
    ("e2e", browser::test),
];

fn main() -> ExitCode {
    match parse(lexopt::Parser::from_env()).and_then(Task::perform) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}.");
            ExitCode::FAILURE
        }
    }
}

/// What the user asked for.
enum Task {
    Help,
    Serve(Place),
    Fuzz(Duration),
    Run(fn() -> Outcome),
}

impl Task {
    fn perform(self) -> Outcome {
        match self {
            Self::Help => {
                print!("{HELP}");
                Ok(())
            }
            Self::Serve(place) => {
                site::build()?;
                serve::serve(&project::dist(), &place)
            }
            Self::Fuzz(time) => fuzz::run(time),
            Self::Run(command) => command(),
        }
    }
}

fn command(name: &str) -> Option<fn() -> Outcome> {
    let command: fn() -> Outcome = match name {
        "setup" => set_up,
        "build" => site::build,
        "lint" => checks::lint,
        "unit" => checks::unit,
        "bench" => checks::bench,
        "theory" => theory::write,
        "dist" => package::make,
        "test" => || steps::run(&TEST),
        "size" => || site::build().and_then(|()| size::report()),
        "e2e" => || site::build().and_then(|()| browser::test()),
        _ => return None,
    };
    Some(command)
}

fn set_up() -> Outcome {
    toolchain::ensure_native_linker()?;
    toolchain::ensure_linters()?;
    let compiler = toolchain::ensure_wasm()?;
    tools::path_for_site()?;
    let browser::Browsers { chromium, firefox } = browser::set_up()?;
    let firefox = firefox.map_or(String::new(), |path| format!(" and {}", path.display()));
    println!(
        "All is there: {compiler} for the page, {}{firefox} for its tests.",
        chromium.display()
    );
    Ok(())
}

fn parse(parser: lexopt::Parser) -> Outcome<Task> {
    let Words {
        name,
        port,
        base,
        seconds,
        help,
    } = read(parser).map_err(|error| misunderstood(&error))?;
    let has_place = port.is_some() || base.is_some();
    let name = name.unwrap_or_else(|| "help".to_owned());
    match (name.as_str(), command(&name)) {
        (word, _) if help || word == "help" => Ok(Task::Help),
        ("serve", _) => {
            let base = serve::base(&base.unwrap_or_default())?;
            Ok(Task::Serve(Place {
                port: port.unwrap_or(DEFAULT_PORT),
                base,
            }))
        }
        (_, Some(_)) | ("fuzz", _) if has_place => {
            Err(misunderstood(&"--port and --base belong to serve"))
        }
        ("fuzz", _) => {
            Ok(Task::Fuzz(seconds.map_or(fuzz::DEFAULT_TIME, |n| {
                Duration::from_secs(n.into())
            })))
        }
        (_, Some(command)) => Ok(Task::Run(command)),
        (_, None) => Err(misunderstood(&format!("there is no command {name:?}"))),
    }
}

/// The words after `cargo xtask`, sorted out.
#[derive(Default)]
struct Words {
    name: Option<String>,
    port: Option<u16>,
    base: Option<String>,
    seconds: Option<u32>,
    help: bool,
}

fn read(mut parser: lexopt::Parser) -> Result<Words, lexopt::Error> {
    let mut words = Words::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("port") => words.port = Some(parser.value()?.parse()?),
            Long("base") => words.base = Some(parser.value()?.string()?),
            Long("help") | Short('h') => words.help = true,
            Value(text) if words.name.is_none() => words.name = Some(text.string()?),
            Value(text) if words.name.as_deref() == Some("fuzz") && words.seconds.is_none() => {
                words.seconds = Some(text.parse()?);
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(words)
}

fn misunderstood(why: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        "cannot tell what to do",
        why.to_string(),
        "`cargo xtask --help` lists the commands",
    )
}

#[cfg(test)]
mod tests {
    use super::{HELP, TEST, Task, command, parse};

    fn task(args: &[&str]) -> crate::failure::Outcome<Task> {
        parse(lexopt::Parser::from_args(args))
    }

    #[test]
    fn every_command_in_the_help_exists() {
        let listed = HELP.lines().filter_map(|line| line.strip_prefix("  "));
        let names: Vec<_> = listed
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert_eq!(names.len(), 12, "{names:?}");
        for name in names {
            let takes_more = matches!(name, "serve" | "fuzz");
            assert!(takes_more || command(name).is_some(), "{name}");
        }
        for (step, _) in TEST {
            assert!(command(step).is_some(), "{step}");
        }
    }

    #[test]
    fn serving_takes_a_place() {
        let Ok(Task::Serve(place)) = task(&["serve", "--port", "9000", "--base=/a/b"]) else {
            panic!("it is serve")
        };
        assert_eq!((place.port, place.base.as_str()), (9000, "/a/b/"));
        let Ok(Task::Serve(place)) = task(&["serve"]) else {
            panic!("it is serve")
        };
        assert_eq!((place.port, place.base.as_str()), (8080, "/"));
    }

    #[test]
    fn fuzzing_takes_a_time() {
        for (args, seconds) in [(&["fuzz"][..], 60), (&["fuzz", "5"], 5)] {
            let Ok(Task::Fuzz(time)) = task(args) else {
                panic!("it is fuzz")
            };
            assert_eq!(time.as_secs(), seconds);
        }
    }

    #[test]
    fn help_is_the_answer_to_nothing() {
        for args in [
            &[][..],
            &["--help"],
            &["-h"],
            &["help"],
            &["test", "--help"],
        ] {
            assert!(matches!(task(args), Ok(Task::Help)), "{args:?}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (args, expected) in [
            (&["sevre"][..], "sevre"),
            (&["serve", "--port"], "port"),
            (&["serve", "--port", "70000"], "70000"),
            (&["serve", "--base", "/../"], "/../"),
            (&["serve", "twice"], "twice"),
            (&["test", "--port", "1"], "belong to serve"),
            (&["fuzz", "long"], "long"),
            (&["fuzz", "5", "6"], "6"),
            (&["fuzz", "--port", "1"], "belong to serve"),
            (&["--loud"], "loud"),
        ] {
            let failure = task(args).err().expect("it is a mistake").to_string();
            assert!(failure.contains(expected), "{args:?}: {failure}");
        }
    }
}
