//! Several texts as one ZIP archive, through the `zip` crate.

use std::io::{Cursor, Write};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Packs files, given as name and text, into a ZIP archive.
///
/// All files have the earliest date of the format, so that equal texts make equal archives.
///
/// # Errors
/// None in practice: writing to memory cannot fail, and the caller gives short, distinct names.
pub fn archive<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<u8>, ZipError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in files {
        writer.start_file(name, options)?;
        writer.write_all(text.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn an_archive_returns_its_files_and_depends_on_them_alone() {
        let long = "1.25,0.5\n".repeat(4000);
        let bytes = archive([("a.csv", "x,y\n"), ("b.csv", &long)]).expect("an archive");
        assert!(bytes.len() < long.len() / 10);
        let mut read = zip::ZipArchive::new(Cursor::new(&bytes)).expect("an archive");
        let mut text = |name: &str| {
            let mut out = String::new();
            let mut file = read.by_name(name).expect(name);
            file.read_to_string(&mut out).expect("text");
            out
        };
        assert_eq!(
            (text("a.csv").as_str(), text("b.csv")),
            ("x,y\n", long.clone())
        );
        assert_eq!(
            bytes,
            archive([("a.csv", "x,y\n"), ("b.csv", &long)]).expect("again")
        );
    }
}
