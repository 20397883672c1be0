//! Files with weights that lie beside a model.

use std::collections::BTreeMap;

/// The bytes of files beside a model, by name. Exporters call them `model.onnx.data`, `weights.bin`, or without an ending.
#[derive(Clone, Debug, Default)]
pub struct ExternalFiles<'a> {
    files: BTreeMap<String, &'a [u8]>,
}

impl<'a> ExternalFiles<'a> {
    /// No files.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Files by name; folders in a name do not count.
    pub fn new(files: impl IntoIterator<Item = (String, &'a [u8])>) -> Self {
        Self {
            files: files
                .into_iter()
                .map(|(name, bytes)| (base_name(&name).to_owned(), bytes))
                .collect(),
        }
    }

    /// The file that a model means: of that name, or the only one there is.
    pub(crate) fn find(&self, location: &str) -> Option<&'a [u8]> {
        let by_name = self.files.get(base_name(location));
        let only = || match self.files.len() {
            1 => self.files.values().next(),
            _ => None,
        };
        by_name.or_else(only).copied()
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_base_name_or_alone() {
        let one = ExternalFiles::new([("dir/a.bin".to_owned(), &b"a"[..])]);
        assert_eq!(one.find("./a.bin"), Some(&b"a"[..]));
        assert_eq!(one.find("renamed"), Some(&b"a"[..]));
        let two = ExternalFiles::new([("a".to_owned(), &b"a"[..]), ("b".to_owned(), &b"b"[..])]);
        assert_eq!(two.find("x\\b"), Some(&b"b"[..]));
        assert_eq!(two.find("c"), None);
    }
}
