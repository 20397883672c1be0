//! The list of the site's files that `sw.js` keeps for visits without a connection, and the name of the build.
//!
//! The name is a digest of every file, so that different builds have different names. Each file is listed with its digest: a service
//! worker that finds a host in the middle of an update keeps no file of it.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Outcome};
use crate::files;

/// The page, which holds the build's name.
const PAGE: &str = "index.html";
/// The service worker, which holds the list.
const WORKER: &str = "sw.js";

/// The places for the build's name and the list in the page and in the worker. Trunk's minifier writes the page's in a shorter way.
const NAME_IN_PAGE: &str = "<meta name=\"build\" content=\"\">";
const NAME_IN_SMALL_PAGE: &str = "<meta name=build>";
const NAME_IN_WORKER: &str = "const BUILD = \"\";";
const LIST_IN_WORKER: &str = "const FILES = [];";

/// Digits of the name: 64 bits make an equal name of two builds unlikely.
const NAME_DIGITS: usize = 16;

/// Names the build and lists its files, in the page and in the worker of a site that Trunk has just built.
///
/// # Errors
/// If one of them is missing or has no place for it.
pub(crate) fn finish(site: &Path) -> Outcome {
    let mut listed = Vec::new();
    for file in files::below(site)? {
        let name = files::name_in(site, &file);
        if name != WORKER && name != PAGE {
            listed.push((name, files::read(&file)?));
        }
    }
    let (page, worker) = (text(site, PAGE)?, text(site, WORKER)?);
    let build = name_of(&listed, &page, &worker);
    let is_small = page.contains(NAME_IN_SMALL_PAGE);
    let page = put(
        &page,
        if is_small {
            NAME_IN_SMALL_PAGE
        } else {
            NAME_IN_PAGE
        },
        &NAME_IN_PAGE.replace("\"\"", &format!("\"{build}\"")),
    )?;
    listed.push((PAGE.to_owned(), page.clone().into_bytes()));
    listed.sort();
    let list = listed.iter().map(|(name, contents)| {
        let digest = STANDARD.encode(Sha256::digest(contents));
        format!("  [{name:?}, \"sha256-{digest}\"],\n")
    });
    let list = format!("const FILES = [\n{}];", list.collect::<String>());
    let worker = put(
        &worker,
        NAME_IN_WORKER,
        &NAME_IN_WORKER.replace("\"\"", &format!("\"{build}\"")),
    )?;
    let worker = put(&worker, LIST_IN_WORKER, &list)?;
    files::write(&site.join(PAGE), page)?;
    files::write(&site.join(WORKER), worker)
}

fn name_of(listed: &[(String, Vec<u8>)], page: &str, worker: &str) -> String {
    let mut all = Sha256::new();
    let two = [(PAGE, page.as_bytes()), (WORKER, worker.as_bytes())];
    let listed = listed
        .iter()
        .map(|(name, contents)| (name.as_str(), contents.as_slice()));
    for (name, contents) in listed.chain(two) {
        all.update((name.len() as u64).to_le_bytes());
        all.update(name);
        all.update(Sha256::digest(contents));
    }
    let digits = format!("{:x}", all.finalize());
    digits.chars().take(NAME_DIGITS).collect()
}

fn text(site: &Path, name: &str) -> Outcome<String> {
    files::text(&site.join(name))
}

/// The text with `what` in its one place.
fn put(text: &str, place: &str, what: &str) -> Outcome<String> {
    if text.matches(place).count() == 1 {
        return Ok(text.replace(place, what));
    }
    Err(Failure::new(
        "cannot prepare the site for offline use",
        format!("{place} must stand exactly once in {PAGE} or {WORKER}"),
        "restore them from version control, and build the site again",
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{finish, text};
    use crate::project::{Scratch, root};

    /// A site of a few files around the repository's own worker.
    fn site(folder: &Path, script: &str) {
        fs::create_dir_all(folder.join("deep")).expect("folder");
        let page = fs::read_to_string(root().join("index.html")).expect("the page");
        fs::write(folder.join("index.html"), page).expect("file");
        fs::copy(root().join("public/sw.js"), folder.join("sw.js")).expect("file");
        fs::write(folder.join("worker.js"), script).expect("file");
        fs::write(folder.join("deep/a.css"), "").expect("file");
    }

    fn build_of(folder: &Path) -> String {
        let page = text(folder, "index.html").expect("the page");
        let rest = page.split("<meta name=\"build\" content=\"").nth(1);
        rest.and_then(|r| r.split('"').next())
            .expect("a name")
            .to_owned()
    }

    #[test]
    fn page_and_worker_get_the_same_name_and_every_file_is_listed() {
        let scratch = Scratch::new("offline-test").expect("temporary files can be written");
        site(scratch.path(), "1");
        finish(scratch.path()).expect("it is whole");
        let build = build_of(scratch.path());
        assert_eq!(build.len(), 16, "{build}");
        let worker = text(scratch.path(), "sw.js").expect("the worker");
        assert!(
            worker.contains(&format!("const BUILD = \"{build}\";")),
            "{worker}"
        );
        // The digest of nothing, and of "1", as any other tool gives them.
        for line in [
            "[\"deep/a.css\", \"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"]",
            "[\"worker.js\", \"sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=\"]",
            "[\"index.html\", \"sha256-",
        ] {
            assert!(worker.contains(line), "{line}: {worker}");
        }
        assert!(!worker.contains("[\"sw.js\""), "it cannot keep itself");
        assert!(finish(scratch.path()).is_err(), "its place is filled");
    }

    #[test]
    fn a_page_made_small_gets_the_name_too() {
        let scratch = Scratch::new("offline-small").expect("temporary files can be written");
        site(scratch.path(), "1");
        let page = text(scratch.path(), "index.html").expect("the page");
        let small = page.replace("<meta name=\"build\" content=\"\">", "<meta name=build>");
        fs::write(scratch.path().join("index.html"), small).expect("file");
        finish(scratch.path()).expect("it is whole");
        assert_eq!(build_of(scratch.path()).len(), 16);
    }

    #[test]
    fn the_name_follows_every_file_and_nothing_else() {
        let names = ["1", "2", "1"].map(|script| {
            let scratch = Scratch::new(&format!("offline-name-{script}"))
                .expect("temporary files can be written");
            site(scratch.path(), script);
            finish(scratch.path()).expect("it is whole");
            build_of(scratch.path())
        });
        assert_ne!(names[0], names[1], "a file that keeps its name");
        assert_eq!(names[0], names[2], "the same files");
    }
}
