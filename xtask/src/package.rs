//! The site as one zip: the same built site gives the same bytes on every machine.
//!
//! Entries are sorted and have one time and one set of permissions. They are stored: hosts compress what they send, and the bytes do
//! not depend on the version of a compressor.

use std::io::{Cursor, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::failure::{Failure, Outcome};
use crate::project::{dist, target};
use crate::site::{self, Quality};
use crate::{files, licences, size};

/// The version of the site: that of the workspace's packages.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds the site and packs it, with the lists of its crates, into Cargo's folder.
///
/// # Errors
/// If the build fails, the site is over its limit, a licence is not accepted, or the file cannot be written.
pub(crate) fn make() -> Outcome {
    size::report(site::build(Quality::Full)?)?;
    let parts = licences::parts()?;
    let lists = [
        ("licences.txt", licences::list(&parts)),
        ("fathom.cdx.json", licences::bill(&parts, VERSION)?),
    ];
    let packed = pack(&dist(), &lists)?;
    let file = target().join(format!("fathom-{VERSION}.zip"));
    files::write(&file, &packed)?;
    println!("{}", file.display());
    println!("sha256 {:x}", Sha256::digest(&packed));
    Ok(())
}

/// A folder's files and further texts as a zip.
fn pack(folder: &Path, texts: &[(&str, String)]) -> Outcome<Vec<u8>> {
    let mut entries: Vec<_> = texts
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.clone().into_bytes()))
        .collect();
    for file in files::below(folder)? {
        entries.push((files::name_in(folder, &file), files::read(&file)?));
    }
    // By the bytes of their names: folders sort otherwise on other systems.
    entries.sort();
    write(&entries).map_err(|error| {
        Failure::new(
            "cannot pack the site",
            error.to_string(),
            "report a bug of xtask",
        )
    })
}

fn write(entries: &[(String, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    // The default time of the format is its first, 1980.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in entries {
        packed.start_file(name, options)?;
        packed.write_all(contents)?;
    }
    Ok(packed.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Cursor, Read};
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::pack;
    use crate::project::Scratch;

    const FILES: [(&str, &str); 4] = [
        ("index.html", "page"),
        ("b.js", "b"),
        ("a/c.css", "c"),
        ("a.css", ""),
    ];

    fn build(
        folder: &Path,
        order: impl Iterator<Item = &'static (&'static str, &'static str)>,
        age: u64,
    ) {
        fs::create_dir_all(folder.join("a")).expect("folder");
        for (name, contents) in order {
            fs::write(folder.join(name), contents).expect("file");
            let file = fs::File::options()
                .append(true)
                .open(folder.join(name))
                .expect("file");
            file.set_modified(SystemTime::now() - Duration::from_secs(age))
                .expect("a time");
        }
    }

    #[test]
    fn two_folders_with_the_same_files_give_the_same_bytes() {
        let (one, two) = (
            Scratch::new("package-one").expect("folder"),
            Scratch::new("package-two").expect("folder"),
        );
        build(one.path(), FILES.iter(), 0);
        build(two.path(), FILES.iter().rev(), 86_400);
        let lists = [("licences.txt", "MIT".to_owned())];
        let packed = pack(one.path(), &lists).expect("packed");
        assert!(packed == pack(two.path(), &lists).expect("packed"));
        fs::write(two.path().join("b.js"), "B").expect("file");
        assert!(
            packed != pack(two.path(), &lists).expect("packed"),
            "contents count"
        );
    }

    #[test]
    fn a_package_holds_every_file_in_order() {
        let folder = Scratch::new("package-all").expect("folder");
        build(folder.path(), FILES.iter(), 0);
        let packed = pack(folder.path(), &[("licences.txt", "MIT".to_owned())]).expect("packed");
        let mut archive = zip::ZipArchive::new(Cursor::new(packed)).expect("a zip");
        let names: Vec<_> = archive
            .file_names()
            .map(|name| name.expect("a name").into_owned())
            .collect();
        assert_eq!(
            names,
            ["a.css", "a/c.css", "b.js", "index.html", "licences.txt"]
        );
        let mut text = String::new();
        archive
            .by_name("a/c.css")
            .expect("it is in")
            .read_to_string(&mut text)
            .expect("text");
        assert_eq!(text, "c");
    }
}
