//! Installs packages of Debian and its relatives.

use std::sync::OnceLock;

use crate::failure::{Failure, Outcome};
use crate::process::{Program, find_on_path};

/// Installs packages, after refreshing the package lists once per run of this program.
///
/// # Errors
/// If apt is missing or fails, or this user may not run it.
pub(crate) fn install(packages: &[&str], why: &str) -> Outcome {
    let names = packages.join(" ");
    if find_on_path("apt-get").is_none() {
        let remedy = format!("install the packages that Debian calls `{names}`");
        return Err(Failure::new(
            format!("cannot install {names} ({why})"),
            "apt-get is missing",
            remedy,
        ));
    }
    println!("Installing {names} with apt: {why}.");
    refresh_once()?;
    let args = ["install", "--yes", "--no-install-recommends"];
    apt_get()?
        .args(args)
        .args(packages)
        .run()
        .map_err(|failure| {
            failure.advise(format!("install the packages {names}, then run this again"))
        })
}

fn refresh_once() -> Outcome {
    static REFRESHED: OnceLock<()> = OnceLock::new();
    if REFRESHED.get().is_none() {
        apt_get()?.args(["update", "--quiet"]).run()?;
        REFRESHED.get_or_init(|| ());
    }
    Ok(())
}

/// `apt-get` as root: directly, or through sudo, which may ask for a password.
fn apt_get() -> Outcome<Program> {
    let program = if is_root() {
        Program::new("apt-get")
    } else {
        through_sudo()?
    };
    Ok(program.env("DEBIAN_FRONTEND", "noninteractive"))
}

fn through_sudo() -> Outcome<Program> {
    if find_on_path("sudo").is_none() {
        let why = "this user is not root and there is no sudo";
        return Err(Failure::new(
            "cannot install packages",
            why,
            "run this once as root",
        ));
    }
    Ok(Program::new("sudo").args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]))
}

fn is_root() -> bool {
    Program::new("id")
        .args(["-u"])
        .output()
        .is_ok_and(|id| id == "0")
}
