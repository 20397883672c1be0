//! `cargo xtask`: installs missing tools, and builds, serves and tests Fathom.
//!
//! | modules | concern |
//! | --- | --- |
//! | [`versions`], [`toolchain`], [`tools`], [`oracles`], [`apt`] | tools and their versions |
//! | [`programs`], [`site`], [`texts`], [`offline`], [`theory`] | the build of the site |
//! | [`serve`], [`package`], [`licences`] | the local server, the published zip and its licences |
//! | [`checks`], [`python_package`], [`browser`], [`size`], [`fuzz`], [`bench`], [`steps`] | tests and benchmarks |
//!
//! Absent: code of the page. Uses the other packages of the workspace only through Cargo.

use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::{Long, Short, Value, ValueExt};

mod apt;
mod bench;
mod browser;
mod checks;
mod command_line;
mod failure;
mod files;
mod fuzz;
mod licences;
#[cfg(test)]
mod links;
mod markdown;
mod offline;
mod oracles;
mod package;
mod process;
mod programs;
mod project;
mod python_package;
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
use site::Quality;
use steps::Step;

const HELP: &str = "\
cargo xtask <command>

  serve    build the site and serve it on this machine
             --port <number>  the port (8080)
             --base <path>    serve under a sub-path, such as /some/path/
  test     lint, unit, python, a quick build with its size, and e2e, with the times at the end
             --quick          the native part alone: rustfmt, clippy and unit
  lint     rustfmt and clippy, natively and for the browser, warnings as errors
  unit     native tests, compared with numpy and scipy
  build    the site for publishing, into dist (plain static files)
  python   the tests of the Python package
  wheel    the Python package for publishing
  size     what a first visit to that site downloads, against its limit
  e2e      the browser tests, on the site in Chromium and Firefox
  bench    all benchmarks; writes docs/BENCHMARKS.md
  fuzz     random files for every reader, [seconds] for each (60)
  dist     the site for publishing as one zip, with the licences of its crates
  theory   public/theory*.html from docs/THEORY*.md
  first-visit  public/first-visit.html from the page itself
  setup    install what all of these need
  finish   add texts and the offline list to a built site: a hook that Trunk calls

Each command installs the tools that it needs and that are missing. `serve`, `test` and `e2e` build in less time, for a
larger and slower site than `build`, `size`, `bench` and `dist`.
";

/// The default port of `serve`.
const DEFAULT_PORT: u16 = 8080;

/// The steps of `cargo xtask test`. The cheapest checks come first.
const TEST: [Step; 6] = [
    ("lint", checks::lint),
    ("unit", checks::unit),
    ("python", python_package::test),
    ("build", || site::build(Quality::Quick).map(drop)),
    ("size", || size::report(site::build(Quality::Quick)?)),
    ("e2e", browser::test),
];

/// The steps of `cargo xtask test --quick`.
const QUICK_TEST: [Step; 2] = [("lint", checks::lint_native), ("unit", checks::unit)];

fn main() -> ExitCode {
    match parse(lexopt::Parser::from_env()).and_then(Task::perform) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}.");
            ExitCode::FAILURE
        }
    }
}

/// The user's command.
enum Task {
    Help,
    Serve(Place),
    Fuzz(Duration),
    Test(&'static [Step]),
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
                site::build(Quality::Quick)?;
                serve::serve(&project::dist(), &place)
            }
            Self::Fuzz(time) => fuzz::run(time),
            Self::Test(steps) => steps::run(steps, &project::target().join("test-times.txt")),
            Self::Run(command) => command(),
        }
    }
}

fn command(name: &str) -> Option<fn() -> Outcome> {
    let command: fn() -> Outcome = match name {
        "setup" => set_up,
        "build" => || site::build(Quality::Full).map(drop),
        "finish" => site::finish,
        "lint" => checks::lint,
        "unit" => checks::unit,
        "python" => python_package::test,
        "wheel" => python_package::wheel,
        "bench" => bench::run,
        "theory" => theory::write,
        "first-visit" => || site::build(Quality::Quick).and_then(|_| browser::first_visit()),
        "dist" => package::make,
        "size" => || size::report(site::build(Quality::Full)?),
        "e2e" => || site::build(Quality::Quick).and_then(|_| browser::test()),
        _ => return None,
    };
    Some(command)
}

fn set_up() -> Outcome {
    toolchain::ensure_native_linker()?;
    toolchain::ensure_linters()?;
    let compiler = toolchain::ensure_wasm()?;
    tools::path_for_site()?;
    oracles::ensure()?;
    let browser::Browsers { chromium, firefox } = browser::set_up()?;
    let firefox = firefox.map_or(String::new(), |path| format!(" and {}", path.display()));
    println!(
        "All tools are installed: {compiler} for the page, {}{firefox} for its tests.",
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
        quick,
        help,
    } = read(parser).map_err(|error| misunderstood(&error))?;
    let name = name.unwrap_or_else(|| "help".to_owned());
    if help || name == "help" {
        return Ok(Task::Help);
    }
    if name != "serve" && (port.is_some() || base.is_some()) {
        return Err(misunderstood(&"--port and --base belong to serve"));
    }
    if name != "test" && quick {
        return Err(misunderstood(&"--quick belongs to test"));
    }
    match name.as_str() {
        "serve" => Ok(Task::Serve(Place {
            port: port.unwrap_or(DEFAULT_PORT),
            base: serve::base(&base.unwrap_or_default())?,
        })),
        "test" => Ok(Task::Test(if quick { &QUICK_TEST } else { &TEST })),
        "fuzz" => {
            let time = seconds.map(|n| Duration::from_secs(n.into()));
            Ok(Task::Fuzz(time.unwrap_or(fuzz::DEFAULT_TIME)))
        }
        other => command(other)
            .map(Task::Run)
            .ok_or_else(|| misunderstood(&format!("{other:?} is no command"))),
    }
}

/// The words after `cargo xtask`.
#[derive(Default)]
struct Words {
    name: Option<String>,
    port: Option<u16>,
    base: Option<String>,
    seconds: Option<u32>,
    quick: bool,
    help: bool,
}

fn read(mut parser: lexopt::Parser) -> Result<Words, lexopt::Error> {
    let mut words = Words::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("port") => words.port = Some(parser.value()?.parse()?),
            Long("base") => words.base = Some(parser.value()?.string()?),
            Long("quick") => words.quick = true,
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
        "cannot read the command",
        why.to_string(),
        "`cargo xtask --help` lists the commands",
    )
}

#[cfg(test)]
mod tests {
    use super::{HELP, QUICK_TEST, TEST, Task, command, parse};

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
        assert_eq!(names.len(), 16, "{names:?}");
        for name in names {
            let takes_more = matches!(name, "serve" | "fuzz" | "test");
            assert!(takes_more || command(name).is_some(), "{name}");
        }
        for (step, _) in TEST.iter().chain(&QUICK_TEST) {
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
    fn testing_takes_less_when_quick() {
        for (args, count) in [
            (&["test"][..], TEST.len()),
            (&["test", "--quick"], QUICK_TEST.len()),
        ] {
            let Ok(Task::Test(steps)) = task(args) else {
                panic!("it is test")
            };
            assert_eq!(steps.len(), count);
        }
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
            (&["build", "--quick"], "belongs to test"),
            (&["serve", "--quick"], "belongs to test"),
            (&["--loud"], "loud"),
        ] {
            let failure = task(args).err().expect("it is a mistake").to_string();
            assert!(failure.contains(expected), "{args:?}: {failure}");
        }
    }
}
